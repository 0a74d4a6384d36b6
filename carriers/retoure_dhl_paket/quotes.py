"""Quotes: from the merchant's rate card, because DHL Paket has no price call.

When a label is charged is for the card to say; where it does not, the account does: DHL bills a return label with its first scan.
"""

from importlib.resources import files
from importlib.resources.abc import Traversable

from retoure.carrier import Call, CarrierContext, immediate
from retoure.model import ChargeEvent, Quote, QuoteAnswer, QuoteRequest
from retoure_dhl_paket.settings import DhlPaketSettings


def example_cards() -> Traversable:
    """The directory of the example rate card that ships with the package. Its prices are invented."""
    return files("retoure_dhl_paket") / "rates"


class DhlPaketQuotes:
    """Quotes of one account, from its rate card."""

    def __init__(self, settings: DhlPaketSettings, context: CarrierContext) -> None:
        self._settings = settings
        self._context = context

    def quote(self, request: QuoteRequest) -> Call[QuoteAnswer]:
        """Quotes and declines for one parcel. Costs nothing and calls nobody; raises ``RateCardError`` when the call runs."""
        answer = self._context.rate_cards.quote(request, settings=self._settings, now=self._context.clock())
        return (yield from immediate(with_charge_event(answer, self._settings.charge_event)))


def with_charge_event(answer: QuoteAnswer, event: ChargeEvent) -> QuoteAnswer:
    """The answer with the charge event of every quote whose card does not state one."""
    return answer.model_copy(update={"quotes": tuple(_charged(quote, event) for quote in answer.quotes)})


def _charged(quote: Quote, event: ChargeEvent) -> Quote:
    return quote.model_copy(update={"charge_event": event}) if quote.charge_event is ChargeEvent.UNKNOWN else quote
