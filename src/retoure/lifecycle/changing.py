"""What is told because a verdict or the first scan is another one than before."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, TypeAlias

from retoure.lifecycle import signals as tell
from retoure.lifecycle.assessment import Flag, RecoveryKind, State
from retoure.lifecycle.claiming import Standing
from retoure.lifecycle.flags import flags_of
from retoure.lifecycle.record import Record
from retoure.lifecycle.rows import Known, spot
from retoure.lifecycle.verdict import scan_of
from retoure.lifecycle.windows import day_of
from retoure.model.tracking import Kind, TrackingEvent

Fact: TypeAlias = tuple[type[tell.AnySignal], str, Callable[[], Mapping[str, Any]]]
"""What is told, which one where there may be several, and its contents."""


@dataclass(frozen=True, slots=True)
class Before:
    """What had been told of a parcel at some moment, as far as it bears on what is told next."""

    state: State
    first: TrackingEvent | None
    waiting: TrackingEvent | None
    facts: frozenset[tuple[type[tell.AnySignal], str]]
    scanned: bool = False
    """A first scan was told, be it one that turned out to be none."""


NOTHING = Before(State.AWAITING_FIRST_SCAN, None, None, frozenset())


def together(told: Sequence[Before]) -> Before:
    """What had been told of numbers that turn out to be one parcel's: what was told of the first that was scanned holds on."""
    of_parcel = next((one for one in told if one.scanned), told[0] if told else NOTHING)
    return replace(of_parcel, facts=of_parcel.facts.union(*(one.facts for one in told)))


def changes(standing: Standing, before: Before, learned_at: datetime) -> Iterator[Fact]:
    """What is told because a verdict or the first scan is another one than before."""
    record, state = standing.record, standing.finding.state
    first, old = record.scans.first, before.first
    moment = learned_at.astimezone(UTC).isoformat()
    if before.scanned and _instant(old) != _instant(first.event if first else None):
        key = f"{moment}/{_instant(old)}/{_instant(first.event if first else None)}"
        yield tell.FirstScanRevised, key, lambda: {
            "old": _scan_that_was(old, standing) if old else None, "new": scan_of(first, record),
            "reason": _why_revised(old, first.event if first else None), "opens_on": opens_on(standing),
        }  # fmt: skip
    waiting = waits(record)
    if waiting is not None and (before.waiting is None or before.waiting.instant != waiting.event.instant):
        yield tell.ReadyForCollection, f"{moment}/{_instant(waiting.event)}", lambda: {"scan": scan_of(waiting, record)}
    if state is before.state:
        return
    if before.state is State.LOST_PRESUMED and state is State.DELIVERED:
        # Only where an answer is learned late: in the order of learning it had never counted as lost.
        yield tell.Recovered, moment, lambda: _recovery(standing)
    if state in _ENTERED:
        kind, contents = _ENTERED[state]
        yield kind, moment, lambda: contents(standing)
    elif before.state in _ENTERED and not (before.state is State.NEVER_SCANNED and first is not None and old is None):
        yield tell.VerdictRevised, moment, lambda: {"old": before.state, "new": state, "detail": standing.finding.detail}


def _instant(event: TrackingEvent | None) -> str:
    return event.instant.astimezone(UTC).isoformat() if event else ""


def waits(record: Record) -> Known | None:
    """The scan since which it waits for the merchant, if it does."""
    last = record.scans.last
    return last if last is not None and last.event.kind is Kind.READY_FOR_COLLECTION and not record.over else None


def _lost(standing: Standing) -> Mapping[str, Any]:
    window = standing.finding.window
    return {
        "opens_on": window and window.opens_on, "recommended_file_from": window and window.recommended_file_from,
        "claim_route": standing.claim.route, "flags": flags_at(standing),
    }  # fmt: skip


def _delivered(standing: Standing) -> Mapping[str, Any]:
    return {"delivered_at": standing.finding.delivered_at, "needs_review": Flag.NEEDS_REVIEW in flags_at(standing)}


def _recovery(standing: Standing) -> Mapping[str, Any]:
    kind = standing.finding.recovery or RecoveryKind.LATE_DATA
    return {
        "delivered_at": standing.finding.delivered_at, "recovery_kind": kind, "claim_filed": standing.record.claim is not None,
    }  # fmt: skip


_ENTERED: Mapping[State, tuple[type[tell.AnySignal], Callable[[Standing], Mapping[str, Any]]]] = {
    State.DELIVERED: (tell.Delivered, _delivered),
    State.RECOVERED: (tell.Recovered, _recovery),
    State.BACK_AT_CUSTOMER: (tell.BackAtCustomer, lambda standing: {}),
    State.LOST_PRESUMED: (tell.LostPresumed, _lost),
    State.NEVER_SCANNED: (tell.NeverScanned, lambda standing: {"claim_case": standing.claim_case}),
}
"""Verdicts that are told when they are entered; leaving one is told by the next, or as revised."""


def _why_revised(old: TrackingEvent | None, new: TrackingEvent | None) -> str:
    if old is None:
        return "another_scan"
    if new is not None and spot(new) == spot(old) and not (new.instant - old.instant).seconds % 3600:
        return "corrected_time"
    return "earlier_event" if new is not None and new.instant < old.instant else "no_longer_a_scan"


def _scan_that_was(event: TrackingEvent, standing: Standing) -> Mapping[str, Any]:
    return {
        "instant": event.instant, "day": day_of(event, standing.record.zone), "kind": event.kind, "precision": event.precision,
        "zone_source": event.zone_source, "raw_code": event.raw_code, "location": event.location,
    }  # fmt: skip


def opens_on(standing: Standing) -> date | None:
    """From when it counts as lost, where that is known."""
    return standing.finding.window.opens_on if standing.finding.window else None


def flags_at(standing: Standing) -> tuple[Flag, ...]:
    """The remarks beside the verdict."""
    return flags_of(standing.record, standing.finding, standing.at)
