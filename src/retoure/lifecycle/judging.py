"""From what is known of a label to its state. Each function answers for one part of a parcel's life."""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from retoure.carrier.times import day_in, first_instant
from retoure.lifecycle.assessment import Detail, Reason, RecoveryKind, State
from retoure.lifecycle.endings import End
from retoure.lifecycle.record import Record
from retoure.lifecycle.rows import Known
from retoure.lifecycle.windows import ONE_DAY, Window
from retoure.model.tracking import Custody, Kind
from retoure.programmes import NeverScannedRule, OpeningRule, RetentionRule, Rule

_DETAIL = {
    Kind.DROPPED_OFF: Detail.ACCEPTED,
    Kind.PICKED_UP: Detail.ACCEPTED,
    Kind.ACCEPTED: Detail.ACCEPTED,
    Kind.ORIGIN_SCAN: Detail.ACCEPTED,
    Kind.HUB_SCAN: Detail.IN_TRANSIT,
    Kind.CUSTOMS: Detail.IN_TRANSIT,
    Kind.RELABELLED: Detail.IN_TRANSIT,
    Kind.OUT_FOR_DELIVERY: Detail.OUT_FOR_DELIVERY,
    Kind.READY_FOR_COLLECTION: Detail.READY_FOR_COLLECTION,
    Kind.DELIVERY_FAILED: Detail.EXCEPTION,
    Kind.DAMAGED: Detail.EXCEPTION,
    Kind.EXCEPTION: Detail.EXCEPTION,
    Kind.RETURNING_TO_ORIGIN: Detail.RETURNING_TO_CUSTOMER,
    Kind.PARTIALLY_DELIVERED: Detail.PARTIALLY_DELIVERED,
    # Handed over at a place that is neither the return address nor the customer's: the way goes on.
    Kind.DELIVERED: Detail.EXCEPTION,
    Kind.DELIVERED_TO_NEIGHBOUR: Detail.EXCEPTION,
    Kind.RETURNED_TO_ORIGIN: Detail.EXCEPTION,
}

_ON_THE_WAY = frozenset({Detail.ACCEPTED, Detail.IN_TRANSIT})
_TROUBLE = frozenset({Detail.EXCEPTION, Detail.RETURNING_TO_CUSTOMER})


@dataclass(frozen=True, slots=True)
class Finding:
    """A state with its reasons and the records it rests on."""

    state: State
    detail: Detail
    reasons: tuple[Reason, ...]
    rules: tuple[Rule, ...] = ()
    window: Window | None = None
    delivered_at: datetime | None = None
    recovery: RecoveryKind | None = None


def judge(record: Record, at: datetime) -> Finding:
    """The state of one label at a moment, from what had been learned by then."""
    rule = record.opening_rule(at)
    window = record.window(rule)
    if record.over:
        return _ended(record, rule, window)
    if record.scans.first is None:
        return _unscanned(record, at)
    if rule is None or window is None:
        missing = Reason("NO_RULE", f"the policy {record.policy.id} has no record that says when this parcel counts as lost")
        return Finding(*_running(record), (missing,))
    return _under_way(record, at, rule, window)


def _ended(record: Record, rule: OpeningRule | None, window: Window | None) -> Finding:
    rules = (rule,) if rule else ()
    delivery = record.delivery()
    told = delivery.instant if delivery else record.receipt.at if record.receipt else None
    if told is not None:
        who = "a delivery scan at the return address" if delivery else "the merchant has the parcel"
        reason = Reason("DELIVERED", f"{who}, {_moment(told, record)}")
        recovery = _recovery(record, told, window)
        if recovery is None:
            return Finding(State.DELIVERED, Detail.DELIVERED, (reason,), rules, window, told)
        withdraw = Reason("WITHDRAW_CLAIM", "it had counted as lost: withdraw a claim, or repay within a month of the notice")
        return Finding(State.RECOVERED, Detail.RECOVERED, (reason, withdraw), rules, window, told, recovery)
    last = next(ending for ending in reversed(record.endings) if ending.end is not End.WRONG_PLACE)
    when = _moment(last.instant, record)
    if last.end is End.DISPOSED:
        reason = Reason("DISPOSED", f"destroyed or confiscated, {when}: a matter for a claim at the carrier")
        return Finding(State.EXCEPTION, Detail.DISPOSED, (reason,), rules, window)
    reason = Reason("BACK_AT_CUSTOMER", f"handed back to the customer, {when}: neither delivered nor lost")
    return Finding(State.BACK_AT_CUSTOMER, Detail.BACK_AT_CUSTOMER, (reason,), rules, window)


def _recovery(record: Record, delivered: datetime, window: Window | None) -> RecoveryKind | None:
    delivery, loss = record.delivery(), record.carrier_loss
    declared = loss is not None and (delivery is None or _precedes(loss, delivery.known, record))
    if record.lost_since is None and not declared:
        return None
    late = window is not None and delivered.astimezone(UTC) >= window.opens_at
    return RecoveryKind.FOUND_AFTER_DEADLINE if late else RecoveryKind.LATE_DATA


def _precedes(one: Known, other: Known, record: Record) -> bool:
    events = record.scans.events
    return events.index(one) < events.index(other)


def _under_way(record: Record, at: datetime, rule: OpeningRule, window: Window) -> Finding:
    loss = record.carrier_loss
    declared = (
        (Reason("LOST_BY_CARRIER", f"the carrier declared the loss, {_moment(loss.event.instant, record)}"),) if loss else ()
    )
    if at.astimezone(UTC) < window.opens_at:
        reason = Reason("CLOCK_RUNS", f"counts as lost from {window.opens_on} unless a delivery is seen", rule.id)
        state, detail = (State.EXCEPTION, Detail.LOST_BY_CARRIER) if loss else _running(record)
        return Finding(state, detail, (*declared, reason), (rule,), window)
    asked = record.answers.trusted
    # A record that begins to hold may open the window earlier than an answer that is known; the next answer shows the loss.
    if record.lost_since is not None and asked is not None and asked >= window.opens_at:
        reason = Reason(
            "NO_DELIVERY_SEEN",
            f"the carrier was asked {_moment(asked, record)}, after the opening on {window.opens_on}, and told of no delivery",
            rule.id,
        )
        detail = Detail.LOST_BY_CARRIER if loss else Detail.LOST_PRESUMED
        return Finding(State.LOST_PRESUMED, detail, (*declared, reason), (rule,), window)
    detail = Detail.LOST_BY_CARRIER if loss else Detail.INDETERMINATE
    return Finding(State.INDETERMINATE, detail, (*declared, *_why_open(record, rule, window)), (rule,), window)


def _why_open(record: Record, rule: OpeningRule, window: Window) -> tuple[Reason, ...]:
    answers = record.answers
    last = (
        f"the last usable answer was asked for {_moment(answers.trusted, record)}" if answers.trusted else "no answer is usable"
    )
    reasons = [Reason("NO_FRESH_READ", f"the window opened on {window.opens_on}, and {last}", rule.id)]
    if answers.missing is not None and answers.missing >= window.opens_at:
        reasons.append(Reason("HISTORY_GONE", "the carrier no longer tells the history it told before; that is not a loss"))
    if answers.failed is not None and answers.failed >= window.opens_at:
        reasons.append(Reason("READ_FAILED", "asking since the opening gave no usable answer"))
    return tuple(reasons)


def _running(record: Record) -> tuple[State, Detail]:
    """Where a scanned parcel is, by its last event that says so; what was taken back says so only if nothing else does."""
    telling = [
        known
        for known in record.scans.events
        if known.event.kind in _DETAIL and (known.event.custody is Custody.PHYSICAL or known.event.kind is Kind.EXCEPTION)
    ]
    standing = [known for known in telling if not record.retracted(known)] or telling
    details = [_DETAIL[known.event.kind] for known in standing]
    detail = details[-1] if details else Detail.IN_TRANSIT
    if detail in _ON_THE_WAY and Detail.RETURNING_TO_CUSTOMER in details:
        detail = Detail.RETURNING_TO_CUSTOMER
    return (State.EXCEPTION if detail in _TROUBLE else State.IN_TRANSIT), detail


def _unscanned(record: Record, at: datetime) -> Finding:
    if record.carrier_loss is not None:
        reason = Reason("LOST_BY_CARRIER", "the carrier declared a loss of a parcel it never scanned")
        return Finding(State.EXCEPTION, Detail.LOST_BY_CARRIER, (reason,))
    detail = _before_scan(record, at)
    waiting = Reason(
        "NO_SCAN_YET", "the carrier has not scanned the parcel: no clock runs, and a charge on first scan is not due"
    )
    rule = record.policy.find(NeverScannedRule, record.facts(at))
    start = record.label.issued_at or record.first_asked
    if rule is None or start is None or detail is Detail.CANCELLED:
        return Finding(State.AWAITING_FIRST_SCAN, detail, (waiting,))
    patience_ends = first_instant(
        day_in(start, record.policy.zone_of(rule)) + timedelta(days=rule.value.wait_days), record.policy.zone_of(rule)
    )
    unused_from = min(filter(None, (patience_ends, _expiry(record))))
    if at.astimezone(UTC) < unused_from:
        return Finding(State.AWAITING_FIRST_SCAN, detail, (waiting,))
    return _unused(record, at, detail, rule, start, unused_from)


def _unused(
    record: Record, at: datetime, detail: Detail, rule: NeverScannedRule, start: datetime, unused_from: datetime
) -> Finding:
    """A label past its time: unused if the carrier, asked since, still answers for the number and knows of no hand-in."""
    retention = record.policy.find(RetentionRule, record.facts(at))
    until = start.astimezone(UTC) + timedelta(days=retention.value.days) if retention else None
    rules: tuple[Rule, ...] = (rule, retention) if retention else (rule,)
    unscanned = record.answers.unscanned
    first_since = bisect_left(unscanned, unused_from)
    fresh = unscanned[first_since : first_since + 1]
    if fresh and (until is None or fresh[0] <= until):
        reason = Reason("NEVER_HANDED_IN", f"asked since {unused_from.date()}, the carrier knows of no hand-in", rule.id)
        return Finding(State.NEVER_SCANNED, Detail.NEVER_SCANNED, (reason,), rules)
    missing = record.answers.missing
    if fresh or (missing is not None and missing >= unused_from):
        reason = Reason("HISTORY_GONE", "the carrier may have deleted what it knew of the number; its silence proves nothing")
        return Finding(State.INDETERMINATE, Detail.INDETERMINATE, (reason,), rules)
    reason = Reason(
        "NO_FRESH_READ",
        f"not scanned so far as known, and the carrier was not asked with success since {unused_from.date()}",
        rule.id,
    )
    return Finding(State.AWAITING_FIRST_SCAN, detail, (reason,), rules)


def _before_scan(record: Record, at: datetime) -> Detail:
    kinds = {known.event.kind for known in record.scans.events}
    if record.voided or Kind.CANCELLED in kinds:
        return Detail.CANCELLED
    expiry = _expiry(record)
    if expiry is not None and at.astimezone(UTC) >= expiry:
        return Detail.EXPIRED
    if kinds & {Kind.PICKUP_BOOKED, Kind.PICKUP_FAILED}:
        return Detail.PICKUP_PENDING
    if any(known.event.custody is Custody.NONE for known in record.scans.events):
        return Detail.ANNOUNCED
    if record.answers.wrong and not record.answers.unscanned and not record.scans.events:
        return Detail.QUARANTINED
    return Detail.CREATED


def _expiry(record: Record) -> datetime | None:
    """The first instant at which the label can no longer be used."""
    expires_on = record.label.expires_on
    return first_instant(expires_on + ONE_DAY, record.policy.zone_of()) if expires_on else None


def _moment(instant: datetime, record: Record) -> str:
    return f"{instant.astimezone(record.policy.zone_of()):%Y-%m-%d %H:%M %z}"
