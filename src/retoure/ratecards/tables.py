"""A card compiled: for each stretch of days without a change, and each service and lane, what a parcel is looked up in."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias, TypeVar
from zoneinfo import ZoneInfo

from retoure.carrier.times import first_instant
from retoure.errors import OutsideRateCard
from retoure.model.quotes import CardReference, HandIn, Transit
from retoure.ratecards.charging import Levy
from retoure.ratecards.checks import applies
from retoure.ratecards.history import Span
from retoure.ratecards.lanes import Extra, Lane, Limits
from retoure.ratecards.loading import RateCard
from retoure.ratecards.prices import PriceRow, lanes
from retoure.ratecards.records import Discount, Limit, Period, Surcharge, TaxRule
from retoure.ratecards.schema import BY_WEIGHT, Service, Zone
from retoure.ratecards.series import Series, next_month
from retoure.ratecards.weighing import Weighing, conditions_of
from retoure.ratecards.zones import PostcodeNeededError, ZoneFinder

P = TypeVar("P", bound=Period)
L = TypeVar("L", Surcharge, Discount, TaxRule)


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
        extras = tuple(segment.surcharge(record) for record in self._here(tariff.surcharges, zone) if record.applies_to_returns)
        discounts, unknown = segment.discounts(self._here(tariff.discounts, zone))
        taxes = self._here(tariff.taxes, zone)
        rules = segment.current(service.billable_weight)
        bands = [row for row in self._bands[zone] if not row.further]
        named = (flag for extra in extras if extra.areas is None for flag in extra.packaging)
        return Lane(
            service=service,
            zone=zone,
            customs=self._zones[zone].customs,
            limits={hand_in: segment.limits(limits, hand_in) for hand_in in (None, *HandIn)},
            weighing=Weighing(rules[0]) if rules else None,
            bounds=[band.bound for band in bands],
            bands=bands,
            further=next((row for row in self._bands[zone] if row.further), None),
            extras=extras,
            accepts=frozenset((*service.accepts, *named)),
            discounts=discounts,
            unknown=unknown,
            tax=taxes[0] if taxes else None,
            transit=_transit(service.transit.get(zone)),
            by_weight=service.key in BY_WEIGHT,
        )

    def _here(self, records: tuple[L, ...], zone: str) -> tuple[L, ...]:
        return tuple(
            record
            for record in self._segment.current(records)
            if applies(record.services, self.service.code) and applies(record.zones, zone)
        )


def _transit(days: str | None) -> Transit | None:
    earliest, _, latest = (days or "").partition("-")
    return Transit(earliest_days=int(earliest), latest_days=int(latest or earliest)) if days else None


class Segment:
    """A stretch of days on which nothing in a card changes, ``until`` exclusive or open."""

    def __init__(self, card: RateCard, start: date, until: date | None, series: Mapping[str, Series]) -> None:
        self.card = card
        self._series = series
        self.start = start
        self.reference = CardReference(
            id=card.id, revision=card.revision, sha256=card.sha256, confidential=card.tariff.confidential
        )
        zone = ZoneInfo(card.tariff.time_zone)
        self.first_instant = first_instant(start, zone)
        self.until: datetime | None = first_instant(until, zone) if until else None
        self.services = self._services()
        self._ways: dict[str, Ways] = {}
        self._limits: dict[tuple[tuple[Limit, ...], HandIn | None], Limits] = {}

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
        if not self.splits(country):
            self._ways[country] = ways
        return ways

    def splits(self, country: str) -> bool:
        """Whether the postcode matters in this country."""
        return any(table.splits(country) for table in self.services)

    def limits(self, records: tuple[Limit, ...], hand_in: HandIn | None) -> Limits:
        """Limits, compiled; equal ones are the same object."""
        key = records, hand_in
        return self._limits.get(key) or self._limits.setdefault(key, Limits.of(records, hand_in))

    def surcharge(self, record: Surcharge) -> Extra:
        """A surcharge, compiled, with the value that its index has in this stretch."""
        return Extra(
            record=record,
            when=conditions_of(record.when),
            unless=conditions_of(record.unless),
            areas=ZoneFinder([Zone(id=record.id, postcodes=record.postcodes)]) if record.postcodes else None,
            levy=self._levy(record),
        )

    def _levy(self, record: Surcharge) -> Levy | None:
        text, source, amount = record.text, record.id, record.amount or Decimal(0)
        if record.index is not None:
            entry = self._series[record.index].on(self.start)
            if entry is None:
                return None
            amount, source = entry.value, f"{record.id}/{record.index}/{entry.start}"
        if record.requirement == "INCLUDED":
            text = f"{text} (included)"
        return Levy(record.code, text, record.basis, amount, source, optional=record.requirement == "OPTIONAL")

    def discounts(self, records: tuple[Discount, ...]) -> tuple[tuple[Levy, ...], str]:
        """The discounts that the counts of earlier months bring, and why one cannot be known where a count is missing."""
        found: list[Levy] = []
        for record in records:
            series, month = self._series[record.counts], next_month(self.start, -record.lag_months)
            if not series.entries or month < series.entries[0].start:
                continue
            entry = series.on(month)
            if entry is None:
                return (), f"{record.counts}.csv has no count of {month:%Y-%m}, which sets the discount {record.id!r}"
            place = bisect_right([step.from_count for step in record.steps], entry.value) - 1
            if place >= 0:
                text = f"{record.text}, {entry.value:f} in {month:%Y-%m}"
                source = f"{record.id}/{record.counts}/{entry.start}"
                found.append(Levy(record.code, text, record.basis, record.steps[place].amount, source, off=True))
        return tuple(found), ""

    def current(self, records: tuple[P, ...]) -> tuple[P, ...]:
        """The records that are valid in this stretch."""
        return tuple(record for record in records if record.covers(self.start))


class CardTables:
    """The segments of one card."""

    def __init__(self, span: Span, series: Mapping[str, Series]) -> None:
        self._card = span.card
        self._series = series
        changes = _changes(span.card, series)
        self._starts = sorted({span.start, *(day for day in changes if span.start < day < (span.until or date.max))})
        self._ends = [*self._starts[1:], span.until]
        self._segments: dict[int, Segment] = {}

    def on(self, day: date) -> Segment:
        """The segment of a date of the card."""
        place = bisect_right(self._starts, day) - 1
        found = self._segments.get(place)
        return found or self._segments.setdefault(place, self._segment(place))

    def _segment(self, place: int) -> Segment:
        return Segment(self._card, self._starts[place], self._ends[place], self._series)


def _changes(card: RateCard, series: Mapping[str, Series]) -> Iterator[date]:
    """Every day on which something in a card, or in a dated table that it refers to, changes."""
    tariff = card.tariff
    records: list[Period] = [*tariff.surcharges, *tariff.discounts, *tariff.taxes]
    for service in tariff.services:
        records += [*service.limits, *service.billable_weight]
    yield from (day for record in records for day in (record.valid_from, record.valid_until) if day)
    for surcharge in tariff.surcharges:
        if surcharge.index is not None:
            yield from (day for entry in series[surcharge.index].entries for day in (entry.start, entry.until))
    for discount in tariff.discounts:
        for entry in series[discount.counts].entries:
            yield from (next_month(day, discount.lag_months) for day in (entry.start, entry.until))
