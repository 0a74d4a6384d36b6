"""The cheapest quote of each parcel of a catalogue, by one bisection where every account's price goes by weight alone.

For an address and a day, the bands of all services of all accounts are laid over one another once: between two bounds the
cheapest is always the same. A parcel that anything else matters for - sides that are billed, conditions, postcodes, customs,
an account that cannot quote it - is left to be asked one by one, so that both ways give the same answer.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, TypeAlias

from retoure.carrier.settings import CarrierSettings
from retoure.errors import CurrencyMismatch, RateCardError
from retoure.model.labels import ReturnRequest
from retoure.model.offers import Offers
from retoure.model.quotes import Quote, QuoteAnswer
from retoure.ratecards.asking import Asked, asked_of, nobodys
from retoure.ratecards.lanes import Lane, Limits
from retoure.ratecards.measures import size_of
from retoure.ratecards.pricing import SIDES_WARNING, banded, trusted
from retoure.ratecards.schema import BandKey
from retoure.ratecards.source import RateCards, check_use
from retoure.ratecards.tables import Segment

_QUOTE_FIELDS: Final = set(Quote.model_fields)
_PLAIN_KEYS: Final = frozenset({BandKey.WEIGHT_TIER, BandKey.FLAT})


@dataclass(frozen=True, slots=True)
class CardAccount:
    """An account whose quotes come from a card. ``market`` answers the country of a return address, or None."""

    name: str
    settings: CarrierSettings
    cards: RateCards
    market: Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class _Way:
    """One lane of one account at one moment."""

    account: CardAccount
    segment: Segment
    lane: Lane
    asked: Asked


_Winner: TypeAlias = tuple[dict[str, Any], Limits, bool]
"""A quote's values but for the parcel's own, the limits that it states, and whether its price goes by weight."""


@dataclass(frozen=True, slots=True)
class _Table:
    """The cheapest way between each two bounds in grams, and above the last; None: ask one by one."""

    bounds: list[Decimal]
    winners: list[_Winner | None]


@dataclass(frozen=True, slots=True)
class _Menu:
    """All ways from one country on one day, and a table for each combination of limits that a parcel keeps."""

    ways: list[_Way]
    limits: list[Limits]
    tables: dict[tuple[bool, ...], _Table] = field(default_factory=dict)

    @classmethod
    def of(cls, ways: list[_Way]) -> "_Menu":
        """A menu of ways; services with the same limits share one object."""
        return cls(ways, list({id(way.lane.limits[None]): way.lane.limits[None] for way in ways}.values()))

    def table(self, passed: tuple[bool, ...]) -> _Table:
        """The table of a parcel that keeps these limits."""
        return self.tables.get(passed) or self.tables.setdefault(passed, self._lay_over(passed))

    def _lay_over(self, passed: tuple[bool, ...]) -> _Table:
        kept = {id(limits) for limits, kept in zip(self.limits, passed, strict=True) if kept}
        ways = [way for way in self.ways if id(way.lane.limits[None]) in kept]
        bounds = sorted({bound for way in ways if way.lane.by_weight for bound in way.lane.bounds})
        return _Table(bounds, [_winner(ways, bound) for bound in (*bounds, None)])


def _winner(ways: list[_Way], grams: Decimal | None) -> _Winner | None:
    """The cheapest of the ways for a weight, None for one above all bounds; None where any account has no price for it."""
    quoted: dict[str, list[Quote]] = {way.account.name: [] for way in ways}
    chosen: dict[int, _Way] = {}
    for way in ways:
        band = 0 if not way.lane.by_weight else len(way.lane.bounds) if grams is None else bisect_left(way.lane.bounds, grams)
        if band < len(way.lane.bounds):
            try:
                quote = banded(way.segment, way.lane, band, way.asked)
            except RateCardError:
                return None
            quoted[way.account.name].append(quote)
            chosen[id(quote)] = way
    if not all(quoted.values()):
        return None
    try:
        best = Offers.of({name: QuoteAnswer(quotes=tuple(quotes)) for name, quotes in quoted.items()}).cheapest
    except (LookupError, CurrencyMismatch):
        return None
    lane = chosen[id(best)].lane
    return dict(best.__dict__), lane.limits[None], lane.by_weight


class Catalogue:
    """The cheapest quotes of some accounts at one moment.

    Args:
        accounts: All of them have rate cards.
        priced_at: The instant whose prices count; without it the ship date of each request, else ``now``.
        now: Where there is neither.
    """

    def __init__(self, accounts: Sequence[CardAccount], priced_at: datetime | None, now: datetime) -> None:
        self._accounts = accounts
        self._priced_at = priced_at
        self.now = now
        self._menus: dict[tuple[str, str, date | None], _Menu | None] = {}

    def cheapest(self, request: ReturnRequest) -> Quote | None:
        """The cheapest quote, or None: ask one by one. That may come to the same quote, or to the reasons why there is none."""
        parcel = request.parcel
        if parcel.packaging or parcel.other_weights or request.exemptions:
            return None
        key = (request.return_to, request.ship_from.country, request.ship_date)
        try:
            menu = self._menus[key]
        except KeyError:
            menu = self._menus[key] = self._menu(*key)
        if menu is None:
            return None
        size = size_of(parcel, parcel.weight)
        passed = tuple([limits.kept_by(size) for limits in menu.limits])
        table = menu.table(passed)
        winner = table.winners[bisect_left(table.bounds, size.grams)]
        if winner is None:
            return None
        template, limits, by_weight = winner
        values = template.copy()
        values["request"] = request
        values["weight_source"] = parcel.weight_source
        values["limits"] = limits.shown.copy()
        if by_weight:
            values["billable_weight"] = parcel.weight
        if size.sides is None and limits.needs_sides:
            values["warnings"] += (SIDES_WARNING,)
        return trusted(Quote, values, _QUOTE_FIELDS)

    def _menu(self, return_to: str, country: str, ship_date: date | None) -> _Menu | None:
        """The ways from a country, or None where any account has one that weight alone does not price."""
        ways: list[_Way] = []
        for account in self._accounts:
            try:
                found = self._ways(account, return_to, country, ship_date)
            except RateCardError:
                return None
            if not found:
                return None
            ways += found
        return _Menu.of(ways)

    def _ways(self, account: CardAccount, return_to: str, country: str, ship_date: date | None) -> list[_Way]:
        market = account.market(return_to)
        if market is None:
            return []
        loaded = account.cards.loaded(account.name, account.settings)
        priced_at, day = loaded.moment(self._priced_at, ship_date, self.now)
        segment = loaded.segment(day)
        tariff = segment.card.tariff
        check_use(tariff, account.name, market, account.settings)
        if tariff.weight_sources or segment.splits(country):
            return []
        asked = asked_of(nobodys(account.name), priced_at, tariff, account.settings.charge_event)
        ways = [_Way(account, segment, lane, asked) for _, lane in segment.ways(country, "") if isinstance(lane, Lane)]
        return ways if all(_is_plain(way.lane) for way in ways) else []


def _is_plain(lane: Lane) -> bool:
    """Whether weight alone decides what a parcel costs that keeps the limits."""
    simple = lane.service.key in _PLAIN_KEYS and lane.weighing is None and not lane.customs
    return simple and all(extra.unconditional for extra in lane.extras)
