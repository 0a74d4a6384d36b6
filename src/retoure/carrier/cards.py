"""Quotes from the merchant's rate card: for a carrier without a price call, or an account that wants its own figures instead."""

from retoure.carrier.plugin import CarrierContext
from retoure.carrier.settings import CarrierSettings
from retoure.carrier.wire import Call, immediate
from retoure.errors import Unsupported
from retoure.model.quotes import QuoteAnswer, QuoteRequest


class CardQuotes:
    """Quotes of one account, from the rate card that its settings name."""

    def __init__(self, settings: CarrierSettings, context: CarrierContext) -> None:
        self.settings = settings
        self._context = context

    def quote(self, request: QuoteRequest) -> Call[QuoteAnswer]:
        """Quotes and declines for one parcel. Costs nothing and calls nobody; raises ``RateCardError`` when the call runs."""
        context = self._context
        return (yield from immediate(context.rate_cards.quote(request, settings=self.settings, now=context.clock())))


def refuse_card_wishes(request: QuoteRequest) -> None:
    """Raise ``Unsupported`` for what only a rate card can price: for adapters of a carrier's price call."""
    if names := request.card_only:
        raise Unsupported(
            f"{', '.join(names)}: the carrier's price call is not asked with that. Leave it out, or give the account a rate_card"
        )
