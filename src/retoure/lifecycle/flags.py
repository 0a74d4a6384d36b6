"""The remarks beside a verdict: what a person should know, and what a person should look at."""

from collections.abc import Iterator
from datetime import UTC, datetime

from retoure.carrier.times import country_zone, day_in
from retoure.lifecycle.assessment import Detail, Flag, State
from retoure.lifecycle.endings import End, says_turned
from retoure.lifecycle.judging import Finding
from retoure.lifecycle.record import Record
from retoure.lifecycle.rows import span
from retoure.lifecycle.validity import Quarantine
from retoure.lifecycle.windows import day_of
from retoure.model.tracking import Custody, Kind, TrackingEvent, ZoneSource

_OF_KIND = {
    Kind.UNKNOWN: Flag.UNMAPPED_CODE,
    Kind.PARTIALLY_DELIVERED: Flag.PARTIALLY_DELIVERED,
    Kind.DELIVERED_TO_NEIGHBOUR: Flag.DELIVERED_TO_NEIGHBOUR,
    Kind.DAMAGED: Flag.DAMAGED,
    Kind.LOST_BY_CARRIER: Flag.LOST_BY_CARRIER,
    Kind.PICKUP_FAILED: Flag.PICKUP_FAILED,
    Kind.CANCELLED: Flag.VOIDED,
    Kind.RETURNING_TO_ORIGIN: Flag.RETURNING,
}

_OF_QUARANTINE = {
    Quarantine.NUMBER_REUSE: Flag.NUMBER_REUSE,
    Quarantine.FUTURE: Flag.FUTURE_EVENT,
    Quarantine.WRONG_SHIPMENT: Flag.WRONG_SHIPMENT,
}

_TO_REVIEW = frozenset({Flag.PARTIALLY_DELIVERED, Flag.DELIVERED_TO_NEIGHBOUR, Flag.DAMAGED})

_ENDS = frozenset({Kind.DELIVERED, Kind.DELIVERED_TO_NEIGHBOUR, Kind.RETURNED_TO_ORIGIN, Kind.DISPOSED})

_ASKS_FOR_REVIEW = "needs_review"
"""The flag with which a carrier package says that a row or an answer is ambiguous."""


def flags_of(record: Record, finding: Finding, at: datetime) -> tuple[Flag, ...]:
    """Every remark, each once, in the order of their names."""
    flags = {
        *_of_events(record),
        *(Flag.STATED_ZONE for known in record.scans.events if _contradicts_place(known.event)),
        *_of_first_scan(record),
        *_of_answers(record),
        *_of_label(record, at),
        *_of_merchant(record),
        *_of_state(record, finding),
    }
    if flags & _TO_REVIEW:
        flags.add(Flag.NEEDS_REVIEW)
    return tuple(sorted(flags))


def _of_events(record: Record) -> Iterator[Flag]:
    for known in record.scans.events:
        event = known.event
        if event.kind in _OF_KIND:
            yield _OF_KIND[event.kind]
        if says_turned(event.flags):
            yield Flag.RETURNING
        if _ASKS_FOR_REVIEW in event.flags:
            yield Flag.NEEDS_REVIEW
        if record.retracted(known) and event.custody is not Custody.NONE:
            yield from (Flag.RETRACTED, Flag.NEEDS_REVIEW)
    for ending in record.endings:
        if ending.review:
            yield Flag.NEEDS_REVIEW
        if ending.end is End.WRONG_PLACE:
            yield Flag.WRONG_PLACE
    if len({ending.end for ending in record.endings}) > 1:
        yield Flag.NEEDS_REVIEW


def _contradicts_place(event: TrackingEvent) -> bool:
    """Whether an offset that was stated is none that clocks at its place show; UTC claims to be no local time."""
    if event.zone_source is not ZoneSource.STATED:
        return False
    offset = event.instant.utcoffset()
    zone = country_zone(event.location.country, event.instant.replace(tzinfo=None)) if offset else None
    return zone is not None and event.instant.astimezone(zone).utcoffset() != offset


def _of_first_scan(record: Record) -> Iterator[Flag]:
    first = record.scans.first
    if first is None:
        return
    if record.scans.inferred:
        yield Flag.INFERRED
    if first.event.zone_source is ZoneSource.ASSUMED:
        yield Flag.ASSUMED_ZONE
    yield from (flag for flag in (Flag.DST_GAP, Flag.DST_OVERLAP) if flag.value in first.event.flags)


def _of_answers(record: Record) -> Iterator[Flag]:
    if says_turned(record.answer_flags):
        yield Flag.RETURNING
    if _ASKS_FOR_REVIEW in record.answer_flags or record.contradicted:
        yield Flag.NEEDS_REVIEW
    for aside in record.aside:
        yield _OF_QUARANTINE[aside.reason]
    if record.answers.wrong:
        yield Flag.WRONG_SHIPMENT
    for leg in record.legs.values():
        if leg.history.answers and leg.history.unverified:
            yield Flag.DESTINATION_UNVERIFIED
        for event, came in leg.unconfirmed():
            yield Flag.PUSH_UNCONFIRMED
            if leg.fresh is not None and leg.fresh >= came and event.kind in _ENDS:
                yield Flag.NEEDS_REVIEW
    if record.label.issued_at is None:
        yield Flag.REUSE_UNCHECKED


def _of_label(record: Record, at: datetime) -> Iterator[Flag]:
    first = record.scans.first
    if record.voided is not None:
        yield Flag.VOIDED
        if first is not None and span(first.event, record.zone)[1] >= record.voided.at.timestamp():
            yield Flag.SCANNED_AFTER_VOID
    expires_on, zone = record.label.expires_on, record.zone
    if expires_on is not None:
        if day_in(at, zone) > expires_on:
            yield Flag.EXPIRED
        if first is not None and day_of(first.event, zone) > expires_on:
            yield Flag.SCANNED_AFTER_EXPIRY
    if record.label.superseded and first is not None:
        yield Flag.ORPHAN_SCANNED
    if sum(leg.linked for leg in record.legs.values()) > 1:
        yield Flag.RELABELLED


def _of_merchant(record: Record) -> Iterator[Flag]:
    if record.receipt is not None:
        yield Flag.WAREHOUSE_RECEIPT
        if record.receipt.damaged:
            yield Flag.DAMAGED
    if record.handover is not None:
        yield Flag.HANDOVER_PROVEN
    if record.claim is not None:
        yield Flag.CLAIM_FILED


def _of_state(record: Record, finding: Finding) -> Iterator[Flag]:
    last, loss = record.scans.last, record.carrier_loss
    if finding.detail is Detail.BACK_AT_CUSTOMER:
        yield Flag.NEEDS_REVIEW
    if record.over or last is None:
        return
    if last.event.kind is Kind.READY_FOR_COLLECTION:
        yield Flag.READY_FOR_COLLECTION
    scanned_since = record.lost_since is not None and last.first_observed.astimezone(UTC) > record.lost_since
    if scanned_since or (loss is not None and last.order > loss.order):
        yield Flag.MOVING_AGAIN
    if finding.state is State.LOST_PRESUMED and record.label.code_only:
        yield Flag.COLLECTIVE_POSSIBLE
