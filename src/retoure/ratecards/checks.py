"""What must hold between the parts of a tariff, beyond what each part says of itself."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from retoure.ratecards.faults import Location
from retoure.ratecards.prices import PriceRow
from retoure.ratecards.records import Period
from retoure.ratecards.schema import Tariff
from retoure.ratecards.zones import overlaps

Finding = tuple[Location, str]


def tables(raw: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The records of one table of an unread tariff; those that are no tables are left to the schema."""
    found = raw.get(name)
    return [entry if isinstance(entry, dict) else {} for entry in found] if isinstance(found, list) else []


def check_names(raw: Mapping[str, Any]) -> Iterator[Finding]:
    """Names that stand twice and names that are not there. The tariff may be faulty otherwise."""
    for table, field in (("services", "code"), ("zones", "id"), ("surcharges", "id"), ("discounts", "id")):
        yield from _doubles(table, [entry.get(field) for entry in tables(raw, table)], field)
    known = {
        "services": [entry.get("code") for entry in tables(raw, "services")],
        "zones": [entry.get("id") for entry in tables(raw, "zones")],
    }
    for table in ("surcharges", "discounts", "taxes"):
        for index, entry in enumerate(tables(raw, table)):
            for field, names in known.items():
                wanted = entry.get(field)
                missing = [name for name in wanted if name not in names] if isinstance(wanted, list) else []
                yield from (((table, index, field), f"the tariff has no {field[:-1]} {name!r}") for name in missing)
    for index, service in enumerate(tables(raw, "services")):
        transit = service.get("transit")
        missing = [zone for zone in transit if zone not in known["zones"]] if isinstance(transit, dict) else []
        yield from ((("services", index, "transit"), f"the tariff has no zone {zone!r}") for zone in missing)


def check_series(raw: Mapping[str, Any], there: Collection[str]) -> Iterator[Finding]:
    """References to dated tables that are not there. The tariff may be faulty otherwise."""
    for table, field in (("surcharges", "index"), ("discounts", "counts")):
        for place, entry in enumerate(tables(raw, table)):
            name = entry.get(field)
            if isinstance(name, str) and name not in there:
                yield (table, place, field), f"the file {name}.csv is not beside the card's folders"


def check_tariff(tariff: Tariff) -> Iterator[Finding]:
    """Dated weight rules that leave or double a day of the card."""
    for index, service in enumerate(tariff.services):
        yield from _whole_period(
            service.billable_weight, tariff, ("services", index, "billable_weight"), f"service {service.code!r}"
        )


def check_lanes(tariff: Tariff, rows: Sequence[PriceRow], *, complete: bool) -> Iterator[Finding]:
    """Services without prices, zones of one service that overlap, taxes that do not cover the card's period.

    Where not all rows could be read, the rows are not ``complete`` and a missing price says nothing.
    """
    priced = {(row.service, row.zone) for row in rows}
    for index, service in enumerate(tariff.services):
        zones = [zone for zone in tariff.zones if (service.code, zone.id) in priced]
        if not zones and complete:
            yield ("services", index), f"service {service.code!r} has no price"
        yield from ((("zones",), f"service {service.code!r}: {text}") for text in overlaps(zones))
        for zone in zones:
            rules = [rule for rule in tariff.taxes if applies(rule.services, service.code) and applies(rule.zones, zone.id)]
            yield from _whole_period(rules, tariff, ("taxes",), f"the tax of service {service.code!r}, zone {zone.id!r}")


def unpriced_zones(tariff: Tariff, rows: Sequence[PriceRow]) -> Iterator[Finding]:
    """Zones that no service has a price for."""
    priced = {row.zone for row in rows}
    yield from (
        (("zones", index), f"zone {zone.id!r} has no price") for index, zone in enumerate(tariff.zones) if zone.id not in priced
    )


def applies(names: Sequence[str], name: str) -> bool:
    """Whether a record with these names is for this one; no names means all."""
    return not names or name in names


def _doubles(table: str, names: Sequence[object], field: str) -> Iterator[Finding]:
    for index, name in enumerate(names):
        if name is not None and name in names[:index]:
            yield (table, index, field), f"{name!r} stands there already"


def _whole_period(records: Iterable[Period], tariff: Tariff, where: Location, what: str) -> Iterator[Finding]:
    """Where any record is given, exactly one is valid on each day of the card."""
    records = tuple(records)
    spans = sorted(
        (max(record.valid_from or tariff.valid_from, tariff.valid_from), record.valid_until or date.max) for record in records
    )
    end = tariff.valid_until or date.max
    spans = [(start, min(until, end)) for start, until in spans if start < until and start < end]
    if not spans:
        if records:
            yield where, f"{what} has no record in the card's period"
        return
    if spans[0][0] > tariff.valid_from:
        yield where, f"{what} has no record from {tariff.valid_from} until {spans[0][0]}"
    for (_, until), (start, _) in pairwise(spans):
        if start < until:
            yield where, f"{what} has two records from {start} on"
        elif start > until:
            yield where, f"{what} has no record from {until} until {start}"
    if spans[-1][1] < end:
        yield where, f"{what} has no record from {spans[-1][1]} on"
