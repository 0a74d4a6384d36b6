"""What the clients' quoting methods share: wishes, the accounts' rate cards, and prices for many parcels. No I/O."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from retoure.carrier.cards import CardQuotes
from retoure.carrier.plugin import Operation
from retoure.carrier.registry import Registry
from retoure.carrier.settings import CarrierSettings
from retoure.carrier.wire import immediate
from retoure.client._run import Job
from retoure.client.operations import Operations, job_for, personal_of, valid
from retoure.errors import ConfigurationError, OutsideRateCard, RetoureError, Unsupported
from retoure.model.labels import LabelSource, ReturnRequest
from retoure.model.offers import Rerating
from retoure.model.quotes import Decline, DeclineReason, HandIn, PriceDateBasis, Quote, QuoteAnswer, QuoteRequest

if TYPE_CHECKING:
    from retoure.ratecards import RateCards
    from retoure.ratecards.catalogue import Catalogue

WINDOW = 64
"""How many requests are asked of carriers at a time: enough to keep every connection busy, few enough to stream."""


class CardShelf:
    """The user's rate cards, then the examples of the carrier asked; read when first needed."""

    def __init__(self, directories: Sequence[str | Path], registry: Registry) -> None:
        self._directories = [Path(directory) for directory in directories]
        self._registry = registry
        self._cards: dict[str, RateCards] = {}
        self._lock = Lock()

    def cards(self, carrier: str) -> "RateCards":
        """The cards that a carrier's accounts may name."""
        from retoure.ratecards import RateCards

        with self._lock:
            cards = self._cards.get(carrier)
            if cards is None:
                examples = self._registry.get(carrier).rates
                cards = self._cards[carrier] = RateCards([*self._directories, *([examples] if examples else [])])
        return cards

    def quote(self, request: QuoteRequest, *, settings: CarrierSettings, now: datetime) -> QuoteAnswer:
        """Price a parcel from the account's card."""
        return self.cards(settings.carrier).quote(request, settings=settings, now=now)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is asked beside the request itself."""

    priced_at: datetime | None = None
    include: tuple[str, ...] = ()
    hand_in: HandIn | str | None = None


class Quoting:
    """Turns wishes for prices into jobs of named accounts, and answers into what was asked."""

    def __init__(self, operations: Operations, shelf: CardShelf, clock: Callable[[], datetime]) -> None:
        self._operations = operations
        self._shelf = shelf
        self._clock = clock

    def quote(self, account: str, request: ReturnRequest, wishes: Wishes) -> Job[QuoteAnswer]:
        """Ask one account for its prices."""
        where = self._operations.accounts[account]
        quotes = self._operations.capability(where, Operation.QUOTE)
        fields = {
            "account": account,
            "request": request,
            "return_to": self._operations.bind(account, request.return_to, Operation.QUOTE),
            "priced_at": wishes.priced_at,
            "include": wishes.include,
            "hand_in": wishes.hand_in,
        }
        asked = valid(QuoteRequest, where, Operation.QUOTE, fields)
        exempt = request.exemptions and where.settings.label_source is LabelSource.AMAZON_NEGOTIATED
        call = immediate(_exempt(asked)) if exempt else quotes.quote(asked)
        return job_for(where, Operation.QUOTE, call, subject=request, personal=personal_of(request.ship_from))

    def rerate(self, quote: Quote, first_scan: datetime, label_created: datetime | None) -> Job[QuoteAnswer]:
        """Ask the quote's account for the prices of the moment that its card charges by.

        Raises:
            Unsupported: the quote does not come from a rate card.
        """
        if quote.price_date_basis is None:
            raise Unsupported(
                "a carrier's own price cannot be asked for again: only quotes from a rate card are rerated",
                account=quote.account, carrier=quote.carrier, operation=Operation.QUOTE,
            )  # fmt: skip
        by_scan = quote.price_date_basis is PriceDateBasis.FIRST_SCAN
        moment = first_scan if by_scan else label_created or quote.priced_at
        return self.quote(quote.account, quote.request, Wishes(moment, quote.include, quote.hand_in))

    def catalogue(self, names: Sequence[str], wishes: Wishes) -> "Catalogue | None":
        """The quick way to price many parcels; None where any of these accounts has no rate card, or more is wished."""
        from retoure.ratecards.catalogue import CardAccount, Catalogue

        accounts = []
        for name in names:
            try:
                quotes = self._operations.capability(self._operations.accounts[name], Operation.QUOTE)
            except (RetoureError, ConfigurationError):
                return None
            if not isinstance(quotes, CardQuotes) or wishes.include or wishes.hand_in:
                return None
            cards = self._shelf.cards(quotes.settings.carrier)
            accounts.append(CardAccount(name, quotes.settings, cards, self._operations.market))
        return Catalogue(accounts, wishes.priced_at, self._clock())


def _exempt(asked: QuoteRequest) -> QuoteAnswer:
    """The answer of an account whose labels are the marketplace's, for an item that its programme exempts."""
    decline = Decline(
        account=asked.account,
        service="",
        reason=DeclineReason.EXEMPT_ITEM,
        actual=", ".join(asked.request.exemptions),
        detail="the marketplace exempts the item from its label programme",
    )
    return QuoteAnswer(declined=(decline,))


def moment_of(request: ReturnRequest, wishes: Wishes, catalogue: "Catalogue") -> Wishes:
    """The wishes of one request of a catalogue, whose every parcel without a day of its own is priced at one instant."""
    if wishes.priced_at is not None or request.ship_date is not None:
        return wishes
    return replace(wishes, priced_at=catalogue.now)


def windows(requests: Iterable[ReturnRequest]) -> Iterator[list[ReturnRequest]]:
    """The requests, a few at a time."""
    remaining = iter(requests)
    while window := list(islice(remaining, WINDOW)):
        yield window


def rerated(quote: Quote, answer: QuoteAnswer) -> Rerating:
    """The quote beside that of the same service at another moment.

    Raises:
        OutsideRateCard: the service is not offered for the parcel any more.
    """
    for charged in answer.quotes:
        if charged.service == quote.service:
            return Rerating(quoted=quote, charged=charged)
    why = "; ".join(f"{one.reason} {one.detail}" for one in answer.declined if one.service == quote.service) or "it is gone"
    raise OutsideRateCard(f"account {quote.account!r}: service {quote.service!r} has no price at the moment that counts: {why}")
