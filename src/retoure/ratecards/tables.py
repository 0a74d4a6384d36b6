"""A card compiled: for each stretch of days without a change, and each service and lane, what a parcel is looked up in."""

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias, TypeVar
from zoneinfo import ZoneInfo

from retoure.carrier.times import first_instant
from retoure.errors import OutsideRateCard
from retoure.model.quotes import CardReference
from retoure.ratecards.checks import applies
from retoure.ratecards.history import Span
from retoure.ratecards.loading import RateCard
from retoure.ratecards.measures import Measure, Test, beyond
from retoure.ratecards.prices import PriceRow, lanes
from retoure.ratecards.schema import BandKey, Limit, Period, Service, Surcharge, TaxRule
from retoure.ratecards.weighing import Condition, Weighing, conditions_of
from retoure.ratecards.zones import PostcodeNeededError, ZoneFinder

P = TypeVar("P", bound=Period)


@dataclass(frozen=True, slots=True)
class Bound:
    """One limit, compiled, with its texts."""

    broken: Test
    limit: Limit
    text: str


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a lane. Services with the same limits share one, so that a parcel is held against them once."""

    bounds: tuple[Bound, ...]
    tests: tuple[Test, ...]
    shown: dict[str, str]
    needs_sides: bool

    @classmethod
    def of(cls, records: tuple[Limit, ...]) -> "Limits":
        """Limits, compiled."""
        bounds = tuple(Bound(_limit_test(limit), limit, limit.max or limit.min or "") for limit in records)
        return cls(
            bounds=bounds,
            tests=tuple(bound.broken for bound in bounds),
            shown=_shown(bounds),
            needs_sides=any(limit.measure is not Measure.WEIGHT for limit in records),
        )


@dataclass(frozen=True, slots=True)
class Extra:
    """One surcharge with its conditions, compiled."""

    record: Surcharge
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Lane:
    """One service from one country and zone. ``cells`` keeps what was priced before, by band and surcharges that applied."""

    service: Service
    zone: str
    customs: bool
    limits: Limits
    weighing: Weighing | None
    bounds: list[Decimal]
    bands: list[PriceRow]
    extras: tuple[Extra, ...]
    tax: TaxRule | None
    by_weight: bool
    cells: dict[object, dict[str, Any]] = field(default_factory=dict)


Ways: TypeAlias = tuple[tuple[str, Lane | OutsideRateCard | None], ...]
"""From one address: each service's code with its lane."""


class ServiceTable:
    """One service: its zones, and its lanes as they are asked for."""

    def __init__(self, segment: "Segment", service: Service, bands: dict[str, list[PriceRow]]) -> None:
        self.service = service
        self._segment = segment
        self._bands = bands
        self._zones = {zone.id: zone for zone in segment.card.tariff.zones if zone.id in bands}
        self._finder = ZoneFinder(self._zones.values())
        self._lanes: dict[tuple[str, str], Lane] = {}

    def splits(self, country: str) -> bool:
        """Whether the zone in this country depends on the postcode."""
        return self._finder.splits(country)

    def lane(self, country: str, postcode: str) -> Lane | OutsideRateCard | None:
        """The lane from an address; None where the service has no zone for it, an error where the missing postcode decides."""
        try:
            zone = self._finder.find(country, postcode)
        except PostcodeNeededError:
            card = self._segment.card.id
            return OutsideRateCard(
                f"rate card {card!r}, service {self.service.code!r}: the zone in {country} needs the postal code"
            )
        if zone is None:
            return None
        return self._lanes.get((country, zone)) or self._lanes.setdefault((country, zone), self._compile(country, zone))

    def _compile(self, country: str, zone: str) -> Lane:
        segment, service = self._segment, self.service
        tariff = segment.card.tariff
        limits = tuple(limit for limit in segment.current(service.limits) if applies(limit.countries, country))
        extras = tuple(
            Extra(record, conditions_of(record.when))
            for record in segment.current(tariff.surcharges)
            if record.applies_to_returns and applies(record.services, service.code) and applies(record.zones, zone)
        )
        taxes = [r for r in segment.current(tariff.taxes) if applies(r.services, service.code) and applies(r.zones, zone)]
        rules = segment.current(service.billable_weight)
        bands = self._bands[zone]
        return Lane(
            service=service,
            zone=zone,
            customs=self._zones[zone].customs,
            limits=segment.limits(limits),
            weighing=Weighing(rules[0]) if rules else None,
            bounds=[band.bound for band in bands],
            bands=bands,
            extras=extras,
            tax=taxes[0] if taxes else None,
            by_weight=service.key is BandKey.WEIGHT_TIER,
        )


def _limit_test(limit: Limit) -> Test:
    strict = limit.comparison == "LT"
    if limit.max is not None:
        return beyond(limit.measure, limit.max, at=strict)
    return beyond(limit.measure, limit.min or "", below=True, at=strict)


def _shown(bounds: tuple[Bound, ...]) -> dict[str, str]:
    shown: dict[str, str] = {}
    for bound in bounds:
        name = f"{'max' if bound.limit.max else 'min'}_{bound.limit.measure.value.lower()}"
        text = f"less than {bound.text}" if bound.limit.comparison == "LT" and bound.limit.max else bound.text
        shown[name] = f"{shown[name]}; {text}" if name in shown else text
    return shown


class Segment:
    """A stretch of days on which nothing in a card changes, ``until`` exclusive or open."""

    def __init__(self, card: RateCard, start: date, until: date | None) -> None:
        self.card = card
        self.start = start
        self.reference = CardReference(
            id=card.id, revision=card.revision, sha256=card.sha256, confidential=card.tariff.confidential
        )
        zone = ZoneInfo(card.tariff.time_zone)
        self.first_instant = first_instant(start, zone)
        self.until: datetime | None = first_instant(until, zone) if until else None
        self.services = self._services()
        self._ways: dict[str, Ways] = {}
        self._limits: dict[tuple[Limit, ...], Limits] = {}

    def _services(self) -> tuple[ServiceTable, ...]:
        bands = lanes(self.card.rows)
        return tuple(
            ServiceTable(self, service, {zone: rows for (code, zone), rows in bands.items() if code == service.code})
            for service in self.card.tariff.services
        )

    def ways(self, country: str, postcode: str) -> Ways:
        """The lane of every service from an address; see :meth:`ServiceTable.lane`."""
        if found := self._ways.get(country):
            return found
        ways = tuple((table.service.code, table.lane(country, postcode)) for table in self.services)
        if not any(table.splits(country) for table in self.services):
            self._ways[country] = ways
        return ways

    def limits(self, records: tuple[Limit, ...]) -> Limits:
        """Limits, compiled; equal ones are the same object."""
        return self._limits.get(records) or self._limits.setdefault(records, Limits.of(records))

    def current(self, records: tuple[P, ...]) -> tuple[P, ...]:
        """The records that are valid in this stretch."""
        return tuple(record for record in records if record.covers(self.start))


class CardTables:
    """The segments of one card."""

    def __init__(self, span: Span) -> None:
        self._card = span.card
        self._starts = sorted({span.start, *(day for day in _changes(span.card) if span.start < day < (span.until or date.max))})
        self._ends = [*self._starts[1:], span.until]
        self._segments: dict[int, Segment] = {}

    def on(self, day: date) -> Segment:
        """The segment of a date of the card."""
        place = bisect_right(self._starts, day) - 1
        found = self._segments.get(place)
        return found or self._segments.setdefault(place, Segment(self._card, self._starts[place], self._ends[place]))


def _changes(card: RateCard) -> set[date]:
    tariff = card.tariff
    records: list[Period] = [*tariff.surcharges, *tariff.taxes]
    for service in tariff.services:
        records += [*service.limits, *service.billable_weight]
    return {day for record in records for day in (record.valid_from, record.valid_until) if day}
