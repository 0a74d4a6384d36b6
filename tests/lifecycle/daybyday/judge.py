"""The verdict, by counting days one at a time and hearing what was learned one by one."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from tests.lifecycle.daybyday.days import DAY, Days, after, days_of
from tests.lifecycle.daybyday.ledger import (
    ACCEPTING,
    Entry,
    Ledger,
    day_of,
    in_order,
    ledger_of,
    moment_of,
)
from tests.lifecycle.daybyday.told import Fact, Story
from tests.lifecycle.daybyday.unscanned import waiting

TROUBLE = {"EXCEPTION", "DAMAGED", "DELIVERY_FAILED"}
GOING_ON = {
    "OUT_FOR_DELIVERY": "OUT_FOR_DELIVERY",
    "READY_FOR_COLLECTION": "READY_FOR_COLLECTION",
    "RETURNING_TO_ORIGIN": "RETURNING_TO_CUSTOMER",
    **dict.fromkeys(ACCEPTING, "ACCEPTED"),
    **dict.fromkeys(TROUBLE, "EXCEPTION"),
}
STATE_OF = {
    "EXCEPTION": "EXCEPTION",
    "RETURNING_TO_CUSTOMER": "EXCEPTION",
    "DISPOSED": "EXCEPTION",
    **{same: same for same in ("DELIVERED", "BACK_AT_CUSTOMER", "LOST_PRESUMED", "INDETERMINATE", "NEVER_SCANNED", "RECOVERED")},
    **dict.fromkeys(("CREATED", "ANNOUNCED", "PICKUP_PENDING", "CANCELLED", "EXPIRED", "QUARANTINED"), "AWAITING_FIRST_SCAN"),
    **dict.fromkeys(("ACCEPTED", "IN_TRANSIT", "OUT_FOR_DELIVERY", "READY_FOR_COLLECTION"), "IN_TRANSIT"),
}


@dataclass
class Look:
    """How a return looks at one moment."""

    state: str = ""
    detail: str = ""
    first: Entry | None = None
    first_day: date | None = None
    acceptance: Entry | None = None
    opens: date | None = None
    file_from: date | None = None
    delivered: datetime | None = None
    delivered_on: date | None = None
    by: Entry | None = None
    recovery: str = ""
    flags: set[str] = field(default_factory=set)
    last_scan: date | None = None


def whereabouts(entry: Entry, story: Story, *, turned: bool = False) -> str:
    """What a hand-over was: ``delivered``, ``back``, ``elsewhere``, or nothing where it was no hand-over."""
    row = entry.row
    if row.custody != "PHYSICAL" or row.kind not in ("DELIVERED", "DELIVERED_TO_NEIGHBOUR", "RETURNED_TO_ORIGIN"):
        return ""
    place = row.place if story.aimed else ""
    if place == "merchant":
        return "delivered"
    if place == "buyer":
        return "back"
    if place:
        return "elsewhere"
    return "back" if turned or row.homeward or row.kind == "RETURNED_TO_ORIGIN" else "delivered"


def moment_of_hand_over(entry: Entry) -> datetime:
    """A hand-over of which only the date is known counts from the start of its day, where the carrier's clock hangs."""
    row = entry.row
    return moment_of(replace(row, wall=row.wall.replace(hour=0, minute=0))) if row.date_only else moment_of(row)


def look(story: Story, moment: datetime) -> Look:
    """What is to be said at a moment, as if nothing had been said before."""
    days = days_of(story.zone)
    found = ledger_of(story, moment)
    facts = [one for one in story.heard if isinstance(one, Fact) and one.known <= moment]
    seen = Look()
    scans = [entry for entry in found.entries if entry.row.custody == "PHYSICAL" and entry.row.kind != "UNKNOWN"]
    if scans:
        seen.first = in_order(scans)[0]
        seen.first_day = day_of(seen.first.row, days)
        seen.last_scan = day_of(in_order(scans)[-1].row, days)
        if seen.first.row.kind in ACCEPTING:
            seen.acceptance = seen.first
        seen.opens = after(max(seen.first.days), 20)
        seen.file_from = seen.opens + DAY
        if seen.first.row.source == "ASSUMED":
            seen.file_from += DAY
    seen.detail = (
        ended(story, seen, found, facts, days)
        or declared_lost(found)
        or (moving(story, seen, found, scans, moment, days) if scans else waiting(story, found, facts, moment, days))
    )
    seen.state = STATE_OF.get(seen.detail, "")
    if seen.detail == "LOST_BY_CARRIER":
        seen.state = "EXCEPTION"
        if seen.opens is not None and moment >= days.on(seen.opens):
            seen.state = "LOST_PRESUMED" if asked_since(found, days.on(seen.opens)) else "INDETERMINATE"
    seen.flags = remarks(story, seen, found, facts, scans, moment)
    return seen


def ended(story: Story, seen: Look, found: Ledger, facts: list[Fact], days: Days) -> str:
    """How it came to an end: delivered, back, or destroyed; else nothing."""
    turned = [entry for entry in found.entries if entry.row.kind == "RETURNING_TO_ORIGIN"]
    spots = [
        (entry, whereabouts(entry, story, turned=any(in_order([one, entry])[-1] is entry for one in turned)))
        for entry in found.entries
    ]
    arrived = sorted((moment_of_hand_over(entry), entry.order) for entry, spot in spots if spot == "delivered")
    received = [fact.at for fact in facts if fact.what in ("receipt", "damaged_receipt")]
    if arrived:
        seen.delivered, place = arrived[0]
        seen.by = found.entries[place]
        seen.delivered_on = day_of(seen.by.row, days)
        return "DELIVERED"
    if received:
        seen.delivered, seen.delivered_on = min(received), days.date_of(min(received))
        return "DELIVERED"
    ends = [entry for entry, spot in spots if spot == "back" or entry.row.kind == "DISPOSED"]
    if ends:
        return "DISPOSED" if in_order(ends)[-1].row.kind == "DISPOSED" else "BACK_AT_CUSTOMER"
    return ""


def declared_lost(found: Ledger) -> str:
    """The carrier says by itself that it is lost."""
    return "LOST_BY_CARRIER" if any(entry.row.kind == "LOST_BY_CARRIER" for entry in found.entries) else ""


def asked_since(found: Ledger, opening: datetime) -> bool:
    """An answer that can be trusted, asked for at or after a moment, and with a history."""
    return any(answer.sent >= opening and any(row.custody == "PHYSICAL" for row in rows) for answer, rows in found.answers)


def moving(story: Story, seen: Look, found: Ledger, scans: list[Entry], moment: datetime, days: Days) -> str:
    """It was scanned and has not come to an end."""
    opening = days.on(seen.opens)  # type: ignore[arg-type]
    if moment >= opening:
        return "LOST_PRESUMED" if asked_since(found, opening) else "INDETERMINATE"
    telling = [entry for entry in found.entries if entry.row.custody == "PHYSICAL" or entry.row.kind == "EXCEPTION"]
    latest = in_order([entry for entry in telling if not entry.gone] or telling)[-1]
    if whereabouts(latest, story) == "elsewhere":
        return "EXCEPTION"
    said = GOING_ON.get(latest.row.kind, "IN_TRANSIT")
    turned = any(
        entry.row.kind == "RETURNING_TO_ORIGIN" for entry in telling if not entry.gone or all(one.gone for one in telling)
    )
    return "RETURNING_TO_CUSTOMER" if turned and said in ("ACCEPTED", "IN_TRANSIT") else said


def remarks(story: Story, seen: Look, found: Ledger, facts: list[Fact], scans: list[Entry], moment: datetime) -> set[str]:
    """What is to be said beside the verdict."""
    said = {fact.what for fact in facts}
    kinds = {entry.row.kind for entry in found.entries}
    spots = {whereabouts(entry, story) for entry in found.entries}
    aside = {why for _, _, why in found.aside}
    named: Mapping[str, bool] = {
        "inferred": seen.first is not None and seen.acceptance is None,
        "retracted": any(entry.gone and entry.row.custody != "NONE" for entry in found.entries),
        "number_reuse": "NUMBER_REUSE" in aside,
        "future_event": "FUTURE" in aside,
        "wrong_shipment": bool(found.strangers) or any(one.why == "WRONG_SHIPMENT" for one in found.failures),
        "reuse_unchecked": story.issued is None,
        "wrong_place": "elsewhere" in spots,
        "lost_by_carrier": "LOST_BY_CARRIER" in kinds,
        "delivered_to_neighbour": "DELIVERED_TO_NEIGHBOUR" in kinds,
        "unmapped_code": "UNKNOWN" in kinds,
        "handover_proven": "handover" in said,
        "warehouse_receipt": bool(said & {"receipt", "damaged_receipt"}),
        "claim_filed": "claim" in said,
    }
    return {name for name, holds in named.items() if holds}


def declared_before(story: Story, moment: datetime, seen: Look) -> bool:
    """The carrier tells of the loss before it tells of the delivery, or dates it before the merchant had the parcel."""
    entries = ledger_of(story, moment).entries
    losses = [entry for entry in entries if entry.row.kind == "LOST_BY_CARRIER"]
    if seen.by is not None:
        by = entries[seen.by.order]
        return any(in_order([entry, by])[0] is entry for entry in losses)
    return any(seen.delivered is not None and moment_of(entry.row) < seen.delivered for entry in losses)


def judge(story: Story) -> Look:
    """Hear everything in the order in which it was learned, and say what is to be said now."""
    return told_so_far(story)[-1]


def told_so_far(story: Story) -> list[Look]:
    """What was to be said whenever something was learned, and what is to be said now."""
    looks: list[Look] = []
    moments = sorted({one.known for one in story.heard if one.known < story.now})
    for moment in [*moments, story.now]:
        lost = any(then.state == "LOST_PRESUMED" or then.detail == "LOST_BY_CARRIER" for then in looks)
        looks.append(say(story, moment, lost=lost))
    return looks


def say(story: Story, moment: datetime, *, lost: bool) -> Look:
    """What is to be said at a moment, after it had been said that the parcel is lost, or had not."""
    days = days_of(story.zone)
    seen = look(story, moment)
    if seen.detail == "DELIVERED" and (lost or declared_before(story, moment, seen)):
        seen.state = seen.detail = "RECOVERED"
        late = seen.opens is not None and seen.delivered is not None and seen.delivered >= days.on(seen.opens)
        seen.recovery = "FOUND_AFTER_DEADLINE" if late else "LATE_DATA"
    return seen
