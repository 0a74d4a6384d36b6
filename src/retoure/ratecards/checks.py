"""What must hold between the parts of a tariff, beyond what each part says of itself."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from retoure.model.money import minor_unit
from retoure.ratecards.faults import Location
from retoure.ratecards.fields import finer
from retoure.ratecards.outline import Outline, scopes, tables
from retoure.ratecards.records import Basis, Period
from retoure.ratecards.schema import Tariff
from retoure.ratecards.zones import overlaps

Finding = tuple[Location, str]


def check_keys(raw: Mapping[str, Any]) -> Iterator[Finding]:
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


def check_place(outline: Outline, card_id: str, valid_from: date) -> Iterator[Finding]:
    """Whether a card lies in the folder of its id and of its first day."""
    if outline.raw.get("id", card_id) != card_id:
        yield ("id",), f"the card lies in the folder {card_id!r}"
    if outline.valid_from != valid_from:
        yield ("valid_from",), f"the card lies in the folder of {valid_from}"


def check_weight_rules(outline: Outline) -> Iterator[Finding]:
    """Dated weight rules that leave or double a day of the card."""
    for index, service in enumerate(tables(outline.raw, "services")):
        rules = scopes(service, "billable_weight")
        what = f"service {service.get('code')!r}"
        yield from _whole_period(rules, outline, ("services", index, "billable_weight"), what)


def check_lanes(outline: Outline, priced: Collection[tuple[str, str]], *, complete: bool) -> Iterator[Finding]:
    """Services without prices, zones of one service that overlap, taxes that do not cover the card's period.

    Where not all rows could be told apart, what is ``priced`` is not ``complete``, and a missing price says nothing.
    """
    taxes = scopes(outline.raw, "taxes")
    named = {service for service, _ in priced}
    for index, code in enumerate(str(service.get("code")) for service in tables(outline.raw, "services")):
        zones = [zone for zone in outline.zone_ids if (code, zone) in priced]
        if code not in named and complete:
            yield ("services", index), f"service {code!r} has no price"
        here = [zone for zone in outline.zones if zone and (code, zone.id) in priced]
        yield from ((("zones",), f"service {code!r}: {text}") for text in overlaps(here))
        for zone in zones:
            rules = [rule for rule in taxes if rule is None or (applies(rule.services, code) and applies(rule.zones, zone))]
            yield from _whole_period(rules, outline, ("taxes",), f"the tax of service {code!r}, zone {zone!r}")


def check_amounts(tariff: Tariff) -> Iterator[Finding]:
    """Amounts that would make a price with more decimals than the currency has."""
    decimals = minor_unit(tariff.currency)
    text = f"the amount has more than the {decimals} decimals of {tariff.currency}"
    if finer(tariff.round_to, decimals):
        yield ("round_to",), text
    for index, surcharge in enumerate(tariff.surcharges):
        if surcharge.basis is Basis.FIXED and surcharge.amount is not None and finer(surcharge.amount, decimals):
            yield ("surcharges", index, "amount"), text
    for index, discount in enumerate(tariff.discounts):
        for place, step in enumerate(discount.steps):
            if discount.basis is Basis.FIXED and finer(step.amount, decimals):
                yield ("discounts", index, "steps", place, "amount"), text


def unpriced_zones(outline: Outline, priced: Collection[tuple[str, str]]) -> Iterator[Finding]:
    """Zones that no service has a price for."""
    zones = {zone for _, zone in priced}
    for index, zone in enumerate(outline.zone_ids):
        if zone not in zones:
            yield ("zones", index), f"zone {zone!r} has no price"


def never_valid(outline: Outline) -> Iterator[Finding]:
    """Dated records that hold on no day of their card."""
    if not outline.dated:
        return
    places: list[tuple[Location, Mapping[str, Any], str]] = [((), outline.raw, table) for table in ("surcharges", "discounts")]
    places += [(("services", index), service, "limits") for index, service in enumerate(tables(outline.raw, "services"))]
    for where, holder, table in places:
        for index, record in enumerate(scopes(holder, table)):
            if record and not _within(record, outline):
                yield (*where, table, index), "the record holds on no day of the card"


def _within(record: Period, outline: Outline) -> bool:
    """Whether a record holds on any day of its card."""
    begins = record.valid_from is None or record.valid_from < (outline.valid_until or date.max)
    return begins and (record.valid_until is None or record.valid_until > outline.valid_from)


def applies(names: Sequence[str], name: str) -> bool:
    """Whether a record with these names is for this one; no names means all."""
    return not names or name in names


def _doubles(table: str, names: Sequence[object], field: str) -> Iterator[Finding]:
    for index, name in enumerate(names):
        if name is not None and name in names[:index]:
            yield (table, index, field), f"{name!r} stands there already"


def _whole_period(records: Sequence[Period | None], outline: Outline, where: Location, what: str) -> Iterator[Finding]:
    """Where any record is given, exactly one is valid on each day of the card; not told where a day is unreadable."""
    known = [record for record in records if record]
    if not outline.dated or len(known) < len(records) or not known:
        return
    end = outline.valid_until or date.max
    spans = sorted(
        (max(record.valid_from or outline.valid_from, outline.valid_from), min(record.valid_until or date.max, end))
        for record in known
        if _within(record, outline)
    )
    if not spans:
        yield where, f"{what} has no record in the card's period"
        return
    if spans[0][0] > outline.valid_from:
        yield where, f"{what} has no record from {outline.valid_from} until {spans[0][0]}"
    for (_, until), (start, _) in pairwise(spans):
        if start < until:
            yield where, f"{what} has two records from {start} on"
        elif start > until:
            yield where, f"{what} has no record from {until} until {start}"
    if spans[-1][1] < end:
        yield where, f"{what} has no record from {spans[-1][1]} on"
