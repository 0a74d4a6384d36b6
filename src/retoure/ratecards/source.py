"""Rate cards as the client and its adapters see them: directories in, quotes out.

Nothing is read until the first question. Cards are read once and kept; a client is restarted to see new ones.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from importlib.resources.abc import Traversable
from pathlib import Path
from threading import Lock
from typing import Final
from zoneinfo import ZoneInfo

from retoure.carrier.settings import CarrierSettings
from retoure.carrier.times import day_in
from retoure.errors import ExampleCardOnly, InvalidRateCard, NoRateCard, OutsideRateCard, RateCardError
from retoure.model.quotes import Decline, DeclineReason, Quote, QuoteAnswer, QuoteRequest
from retoure.ratecards.asking import Asked, asked_of
from retoure.ratecards.history import CardHistory, read_history
from retoure.ratecards.pricing import price_lane, trusted
from retoure.ratecards.schema import Origin, Tariff
from retoure.ratecards.tables import CardTables, Segment

_ANSWER_FIELDS: Final = set(QuoteAnswer.model_fields)
_ID: Final = re.compile(r"[a-z0-9][a-z0-9_\-]*\Z")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A card with what was compiled of it."""

    history: CardHistory
    zone: ZoneInfo
    tables: dict[date, CardTables] = field(default_factory=dict)

    def moment(self, priced_at: datetime | None, ship_date: date | None, now: datetime) -> tuple[datetime, date]:
        """The instant whose prices count, and its date in the card's zone."""
        if priced_at is None and ship_date is not None:
            return datetime.combine(ship_date, time(12), tzinfo=self.zone), ship_date
        instant = priced_at or now
        return instant, day_in(instant, self.zone)

    def segment(self, day: date) -> Segment:
        """What holds on a date.

        Raises:
            NoRateForDate: no card does.
        """
        span = self.history.on(day)
        tables = self.tables.get(span.start) or self.tables.setdefault(span.start, CardTables(span, self.history.series))
        return tables.on(day)


class RateCards:
    """The rate cards of some directories; implements :class:`retoure.carrier.RateCardSource`.

    Args:
        directories: Each holds one folder per card id. A card is taken from the first directory that has its id, so the user's
            own directories stand before those of shipped examples.
    """

    def __init__(self, directories: Sequence[str | Path | Traversable] = ()) -> None:
        self._directories = tuple(Path(folder) if isinstance(folder, str) else folder for folder in directories)
        self._loaded: dict[str, Loaded] = {}
        self._lock = Lock()

    def __repr__(self) -> str:
        return f"RateCards({[str(folder) for folder in self._directories]})"

    def ids(self) -> tuple[str, ...]:
        """The ids of all cards that there are, usable or not; no card is read."""
        found = {entry.name for folder in self._directories if folder.is_dir() for entry in folder.iterdir()
                 if entry.is_dir() and _ID.match(entry.name)}  # fmt: skip
        return tuple(sorted(found))

    def card(self, card_id: str) -> CardHistory:
        """All cards of one id.

        Raises:
            NoRateCard: no directory has it; the message says where was looked and what there is.
            InvalidRateCard: a card cannot be used; ``faults`` names each file, line and reason.
        """
        return self._load(card_id).history

    def quote(self, request: QuoteRequest, *, settings: CarrierSettings, now: datetime) -> QuoteAnswer:
        """Price one parcel over every service of the account's card. Costs nothing, calls nobody.

        The prices are those of ``request.priced_at``, else of the ship date, else of ``now``. A service that the carrier does not
        offer for the parcel is declined with its reason. One whose price cannot be known is declined as UNKNOWN beside quotes of
        other services, and raised where there is no quote.

        Raises:
            NoRateCard: the account names no card, an absent one, one of another carrier, or an example that it refuses.
            InvalidRateCard: the card cannot be used, or its discounts are larger than the price.
            NoRateForDate: no card covers the date, or an index or a count that the price depends on does not.
            OutsideRateCard: the card has no zone for the address, no band for the parcel, or is for another market.
            MissingMeasure: the price depends on a weight or on dimensions that the parcel does not have.
        """
        loaded = self.loaded(request.account, settings)
        priced_at, day = loaded.moment(request.priced_at, request.request.ship_date, now)
        segment = loaded.segment(day)
        check_use(segment.card.tariff, request.account, request.return_to.address.country, settings)
        return _answer(segment, asked_of(request, priced_at, segment.card.tariff, settings.charge_event))

    def loaded(self, account: str, settings: CarrierSettings) -> Loaded:
        """The account's card.

        Raises:
            NoRateCard: the account names no card, or an absent one.
            InvalidRateCard: the card cannot be used.
        """
        if not settings.rate_card:
            raise NoRateCard(
                f"account {account!r} names no rate card: set its rate_card to the id of a card "
                f"({self._known()}) and give the client the directory that the card's folder lies in"
            )
        return self._loaded.get(settings.rate_card) or self._load(settings.rate_card)

    def _load(self, card_id: str) -> Loaded:
        with self._lock:
            if card_id in self._loaded:
                return self._loaded[card_id]
            reading = read_history(self._folder(card_id))
            if reading.history is None:
                raise InvalidRateCard(f"rate card {card_id!r} cannot be used", faults=map(str, reading.faults))
            zone = ZoneInfo(reading.history.spans[0].card.tariff.time_zone)
            self._loaded[card_id] = Loaded(reading.history, zone)
            return self._loaded[card_id]

    def _folder(self, card_id: str) -> Traversable:
        if _ID.match(card_id):
            for directory in self._directories:
                if (folder := directory / card_id).is_dir():
                    return folder
        looked = "; ".join(f"{folder}{'' if folder.is_dir() else ' (no such directory)'}" for folder in self._directories)
        raise NoRateCard(
            f"there is no rate card {card_id!r} ({self._known()}); looked in {looked or 'no directory'}. "
            "Give the client the directory that the card's folder lies in"
        )

    def _known(self) -> str:
        return f"there are {', '.join(self.ids())}" if self.ids() else "there are none"


def check_use(tariff: Tariff, account: str, market: str, settings: CarrierSettings) -> None:
    """Whether a card may price an account's returns to a country.

    Raises:
        NoRateCard: it is another carrier's, or an example that the account refuses.
        OutsideRateCard: it is for another market.
    """
    if tariff.carrier != settings.carrier:
        raise NoRateCard(
            f"account {account!r} is with {settings.carrier!r}, but its rate card {tariff.id!r} is for {tariff.carrier!r}"
        )
    if tariff.origin is Origin.EXAMPLE and settings.refuse_examples:
        raise ExampleCardOnly(
            f"account {account!r} refuses examples, and its rate card {tariff.id!r} is one: give it a contract's"
        )
    if market not in tariff.markets:
        raise OutsideRateCard(f"rate card {tariff.id!r} is for returns to {', '.join(tariff.markets)}, not to {market}")


def _answer(segment: Segment, asked: Asked) -> QuoteAnswer:
    ship_from, account = asked.request.ship_from, asked.account
    quotes: list[Quote] = []
    declined: list[Decline] = []
    elsewhere: list[Decline] = []
    failures: dict[str, RateCardError] = {}
    for code, lane in segment.ways(ship_from.country, ship_from.postal_code):
        if lane is None:
            elsewhere.append(_no_coverage(account, code, ship_from.country))
        elif isinstance(lane, OutsideRateCard):
            failures[code] = lane
        else:
            try:
                outcome = price_lane(segment, lane, asked)
            except RateCardError as error:
                failures[code] = error
                continue
            if isinstance(outcome, list):
                declined += outcome
            else:
                quotes.append(outcome)
    if failures and not quotes:
        kind: type[RateCardError] = type(next(iter(failures.values())))
        raise kind("; ".join(dict.fromkeys(map(str, failures.values()))))
    if not quotes and not declined:
        raise OutsideRateCard(f"rate card {segment.card.id!r} has no zone for {ship_from.country} with this postal code")
    unknown = [
        Decline(account=account, service=code, reason=DeclineReason.UNKNOWN, detail=f"no price: {error}")
        for code, error in failures.items()
    ]
    return trusted(QuoteAnswer, {"quotes": tuple(quotes), "declined": (*declined, *elsewhere, *unknown)}, _ANSWER_FIELDS)


def _no_coverage(account: str, service: str, country: str) -> Decline:
    return Decline(
        account=account,
        service=service,
        reason=DeclineReason.NO_COVERAGE,
        actual=country,
        detail="the card has no zone of this service for the customer's address",
    )
