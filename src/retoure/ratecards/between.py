"""What must hold between the cards of one id, and between them and the dated tables beside them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

from retoure.model.money import minor_unit
from retoure.ratecards.faults import Fault
from retoure.ratecards.loading import Reading
from retoure.ratecards.outline import Outline
from retoure.ratecards.records import Basis
from retoure.ratecards.series import SUFFIX, TablesRead, counted_wrongly, too_fine


def overlaps(cards: Sequence[tuple[str, Outline]]) -> list[Fault]:
    """Each two cards, in the order of their first days, that both hold on some day."""
    following = [*(card.valid_from for _, card in cards[1:]), None]
    ends = [card.valid_until or after or date.max for (_, card), after in zip(cards, following, strict=False)]
    faults = []
    for place, (name, card) in enumerate(cards):
        for (other, later), until in zip(cards[place + 1 :], ends[place + 1 :], strict=True):
            start, end = later.valid_from, min(card.valid_until or later.valid_from, until)
            if card.dated and later.dated and start < end:
                days = f"from {start} to {end - timedelta(days=1)}"
                faults.append(Fault(other, None, f"{name} and {other} overlap {days}"))
    return faults


def gaps(cards: Sequence[tuple[str, Outline]]) -> list[Fault]:
    """The days between two cards on which none holds."""
    warnings = []
    for (name, card), (other, later) in pairwise(cards):
        until, start = card.valid_until, later.valid_from
        if until and until < start and card.dated and later.dated:
            last = start - timedelta(days=1)
            days = str(until) if until == last else f"{until} to {last}"
            warnings.append(Fault(other, None, f"no card between {name} and {other}: no prices on {days}"))
    return warnings


def disagreements(card_id: str, cards: Sequence[tuple[str, Outline]]) -> list[Fault]:
    """What all cards of one id share, and these do not."""
    seen: dict[str, set[str]] = defaultdict(set)
    for _, card in cards:
        for name in ("time_zone", "carrier"):
            if isinstance(value := card.raw.get(name), str):
                seen[name].add(value.strip())
    return [
        Fault(card_id, None, f"all cards of one id have the same {name}, not {' and '.join(sorted(values))}")
        for name, values in seen.items()
        if len(values) > 1
    ]


def of_tables(card_id: str, read: TablesRead, readings: Sequence[Reading]) -> tuple[list[Fault], list[Fault]]:
    """The faults and warnings of the dated tables that the cards refer to; a file that none refers to is only warned of.

    Where a card does not say what it refers to, it may be any of them.
    """
    series, unreadable, gaps = read
    outlines = [reading.outline for reading in readings if reading.outline]
    referred = {name for outline in outlines for name in outline.series}
    places = {f"{card_id}/{name}{SUFFIX}": name for name in sorted(series)}
    strangers = set() if len(outlines) < len(readings) else {place for place, name in places.items() if name not in referred}
    faults = [fault for fault in unreadable if fault.file not in strangers]
    tariffs = [reading.card.tariff for reading in readings if reading.card]
    counts = {discount.counts for tariff in tariffs for discount in tariff.discounts}
    faults += (fault for place, name in places.items() if name in counts for fault in counted_wrongly(series[name], place))
    fixed = {
        record.index: minor_unit(tariff.currency)
        for tariff in tariffs
        for record in tariff.surcharges
        if record.basis is Basis.FIXED
    }
    faults += (fault for place, name in places.items() if name in fixed for fault in too_fine(series[name], fixed[name], place))
    if len(outlines) < len(readings) or any(outline.confidential for outline in outlines):
        faults = [fault.without_amounts() for fault in faults]
    warnings = [gap for gap in gaps if gap.file not in strangers]
    warnings += (Fault(place, None, "no card in force refers to this table") for place in sorted(strangers))
    return faults, warnings
