"""Where a parcel stands at a moment: its state, and what that means for a claim, for the carrier's dates and for the refund."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from operator import attrgetter
from zoneinfo import ZoneInfo

from retoure.carrier.times import day_in, first_instant
from retoure.lifecycle.assessment import Detail, Reason, State
from retoure.lifecycle.endings import End
from retoure.lifecycle.judging import Finding, judge
from retoure.lifecycle.observations import ClaimLife
from retoure.lifecycle.record import Record
from retoure.lifecycle.windows import ONE_DAY, day_of
from retoure.programmes import (
    Anchor,
    Block,
    CarrierClaim,
    ClaimCase,
    ClaimRoute,
    ClaimStatus,
    ClaimWindow,
    RefundDueRule,
    RetentionRule,
    Rule,
    Situation,
    carrier_claim,
    claim_window,
)
from retoure.programmes.claims import DayIn

_ARRIVED = frozenset({State.DELIVERED, State.RECOVERED})
_BLOCKS = {
    State.DELIVERED: (Block.DELIVERED,),
    State.RECOVERED: (Block.DELIVERED,),
    State.INDETERMINATE: (Block.EVIDENCE_STALE,),
}
_NOTHING = ClaimWindow(route=ClaimRoute.NONE, status=ClaimStatus.NOT_ELIGIBLE, blocked_by=(Block.NOT_ELIGIBLE,))
_SATURDAY = 5
_ORDER = attrgetter("order")


@dataclass(frozen=True, slots=True)
class Standing:
    """One parcel at one moment.

    Attributes:
        claim_case: What would be claimed for, where anything is.
        carrier_claim: The carrier's own dates.
        refund_due_on: Until when to refund, where that is due.
        shortened: A change of the rules that closes the window earlier: its day, and the closing under it.
        purged_from: From when the carrier may have deleted the history, while a claim can still rest on it.
        rules: The records that took part.
    """

    record: Record
    at: datetime
    finding: Finding
    claim_case: ClaimCase | None
    claim: ClaimWindow
    carrier_claim: CarrierClaim | None
    refund_due_on: date | None
    shortened: tuple[date, date] | None
    purged_from: date | None
    rules: tuple[Rule, ...]


def stand(record: Record, at: datetime) -> Standing:
    """Where a parcel stands, from what had been learned by that moment."""
    finding = judge(record, at)
    claim_case = _claim_case(record, finding)
    situation = _situation(record, finding, claim_case, at)
    if finding.state in (State.BACK_AT_CUSTOMER, State.NEVER_SCANNED):
        claim, shortened = _NOTHING, None
    else:
        claim = claim_window(record.policy, replace(situation, at=record.claim.at) if record.claim else situation)
        shortened = _shortened(record, situation, claim)
    dates, carrier_rules = carrier_claim(record.policy, situation)
    refund_due, duty = _refund_due(record, finding, situation)
    return Standing(
        record, at, finding, claim_case, claim, dates, refund_due, shortened, _purged_from(record, claim, at),
        (*finding.rules, *claim.rules, *carrier_rules, *((duty,) if duty else ())),
    )  # fmt: skip


def _claim_case(record: Record, finding: Finding) -> ClaimCase | None:
    if finding.state is State.NEVER_SCANNED:
        return None if record.handover else ClaimCase.BUYER_DID_NOT_RETURN
    if finding.state in _ARRIVED:
        return ClaimCase.DAMAGED_IN_RETURN_TRANSIT if record.damaged else None
    lost = record.scans.first is not None and not record.over
    return ClaimCase.LOST_IN_RETURN_TRANSIT if lost or finding.detail in (Detail.DISPOSED, Detail.LOST_BY_CARRIER) else None


def _situation(record: Record, finding: Finding, claim_case: ClaimCase | None, at: datetime) -> Situation:
    damaged = claim_case is ClaimCase.DAMAGED_IN_RETURN_TRANSIT
    window = finding.window
    return Situation(
        carrier=record.label.carrier,
        label_source=record.label.label_source,
        at=at,
        anchors=dict(_anchors(record, finding)),
        case=ClaimCase.DAMAGED_IN_RETURN_TRANSIT if damaged else ClaimCase.LOST_IN_RETURN_TRANSIT,
        refund_mode=record.refund.mode if record.refund else None,
        opens_at=window.opens_at if window else None,
        opens_on=window.opens_on if window else None,
        blocks=() if damaged else _BLOCKS.get(finding.state, ()),
        delivered_elsewhere=any(ending.end is End.WRONG_PLACE for ending in record.endings),
        ended_by_carrier=finding.detail in (Detail.LOST_BY_CARRIER, Detail.DISPOSED),
        disposed=finding.detail is Detail.DISPOSED,
    )


def _anchors(record: Record, finding: Finding) -> Iterator[tuple[Anchor, DayIn]]:
    """The dates that periods count from. Each is counted in the zone of the record that asks for it."""
    first, last = record.scans.first, record.scans.last
    if first is not None and last is not None:
        yield Anchor.FIRST_SCAN, partial(day_of, first.event)
        yield Anchor.LAST_SCAN, partial(day_of, last.event)
    if first is not None or record.handover is not None:
        yield Anchor.HANDOVER, partial(_handed_over, record)
    if record.label.expected_delivery is not None:
        yield Anchor.EXPECTED_DELIVERY, partial(_as_told, record.label.expected_delivery)
    if finding.delivered_at is not None:
        delivery = record.delivery()
        yield Anchor.RETURN_DELIVERY, partial(day_of, delivery.known.event) if delivery else partial(day_in, finding.delivered_at)
    if record.refund is not None:
        yield Anchor.REFUND, partial(day_in, record.refund.at)
    if record.label.issued_at is not None:
        yield Anchor.LABEL_CREATED, partial(day_in, record.label.issued_at)


def _handed_over(record: Record, zone: ZoneInfo) -> date:
    """The earlier of the customer's receipt and the first scan; a scan that was not told can only lie before one that was."""
    first, receipt = record.scans.first, record.handover
    days = [day_of(first.event, zone)] if first else []
    return min([*days, *([day_in(receipt.at, zone)] if receipt else [])])


def _as_told(day: date, _zone: ZoneInfo) -> date:
    return day


def _shortened(record: Record, situation: Situation, claim: ClaimWindow) -> tuple[date, date] | None:
    """The next change of the rules after which the window closes earlier than it does now."""
    if claim.closes_on is None or record.claim is not None or claim.status is ClaimStatus.CLOSED:
        return None
    today = day_in(situation.at, record.zone)
    for turn in record.policy.turns:
        if today < turn <= claim.closes_on:
            then = claim_window(record.policy, replace(situation, at=first_instant(turn, record.zone)))
            if then.closes_on is not None and then.closes_on < claim.closes_on:
                return turn, max(then.closes_on, turn - ONE_DAY)
    return None


def _purged_from(record: Record, claim: ClaimWindow, at: datetime) -> date | None:
    if record.over or record.scans.last is None or claim.route is ClaimRoute.NONE:
        return None
    retention = record.policy.find(RetentionRule, record.facts(at))
    last = max(record.scans.events, key=_ORDER)
    return day_of(last.event, record.zone) + timedelta(days=retention.value.days) if retention else None


def _refund_due(record: Record, finding: Finding, situation: Situation) -> tuple[date | None, RefundDueRule | None]:
    if finding.state not in _ARRIVED or record.refund:
        return None, None
    rule = record.policy.find(RefundDueRule, record.facts(situation.at))
    if rule is None:
        return None, None
    arrived = situation.anchors[rule.value.anchor](record.policy.zone_of(rule))
    return _days_after(arrived, rule.value.days, business=rule.value.count == "business"), rule


def _days_after(day: date, days: int, *, business: bool) -> date:
    while days:
        day += timedelta(days=1)
        days -= not business or day.weekday() < _SATURDAY
    return day


_WHY = {
    Block.REFUND_FIRST: "the order must have been refunded before a claim, and the window closes counted from the refund",
    Block.SOURCE_UNKNOWN: "it is not known on whose contract the label is; no claim anywhere until it is",
    Block.AUTOMATED_REFUND: "the programme refunded the buyer by itself, and leaves such refunds out",
    Block.NOT_ELIGIBLE: "no record of the policy makes this loss claimable",
    Block.EVIDENCE_STALE: "no answer of the carrier since the opening shows that there was no delivery",
    Block.DELIVERED: "a delivery scan is visible",
}


def claim_reasons(standing: Standing) -> Iterable[Reason]:
    """Why a claim goes where it goes, and what is in its way."""
    record, finding, claim = standing.record, standing.finding, standing.claim
    if finding.state is State.BACK_AT_CUSTOMER:
        return
    if finding.state is State.NEVER_SCANNED:
        yield _why_nothing_was_lost(record)
        return
    rule = claim.rules[0].id if claim.rules else ""
    yield from (Reason(block.value, _WHY[block], rule) for block in claim.blocked_by)
    if claim.route is ClaimRoute.CARRIER:
        yield Reason("CLAIM_AT_CARRIER", "the carrier answers for this label, and its own deadline runs from the hand-over", rule)
    if claim.status is ClaimStatus.NEVER_OPENS:
        yield Reason("NEVER_OPENS", f"the window closes on {claim.closes_on}, before it opens: turn to the carrier", rule)
    if claim.status is ClaimStatus.CLOSED:
        yield Reason("CLAIM_CLOSED", f"the last usable date was {claim.closes_on}", rule)
    if standing.shortened:
        turn, closes = standing.shortened
        yield Reason("POLICY_CHANGE_SHORTENS_WINDOW", f"the rules change on {turn}: the last usable date is then {closes}", rule)
    if finding.detail is Detail.LOST_BY_CARRIER and claim.route is ClaimRoute.AMAZON:
        yield Reason("CARRIER_CLAIM_NOW", "a claim at the carrier may start at once; Amazon's window counts its own days")
    if record.claim is not None and finding.state in _ARRIVED:
        yield _filed(record)


def _filed(record: Record) -> Reason:
    status = record.claim_update.status if record.claim_update else None
    if status is ClaimLife.GRANTED:
        text = "the claim was granted, and the parcel is there: repay within a month of the notice or refuse the goods, HGB s.424"
        return Reason("REPAY_OR_REFUSE_GOODS", text)
    if status in (ClaimLife.REPAID, ClaimLife.WITHDRAWN, ClaimLife.DENIED):
        return Reason(f"CLAIM_{status}", f"the claim was {status.lower()}: nothing is left to do")
    venue = record.claim.route.value.lower() if record.claim else ""
    return Reason("CLAIM_FILED", f"a claim was filed with the {venue}, and the parcel is there")


def _why_nothing_was_lost(record: Record) -> Reason:
    if record.handover is not None:
        return Reason("HANDOVER_PROVEN", "the customer has proof of handing it in, though it was never scanned: ask the carrier")
    return Reason(
        "BUYER_DID_NOT_RETURN",
        "without a first scan a claim can only say that the buyer did not return, never that it was lost",
    )
