"""The verdict on a return at one moment: where it is, whether it counts as lost, and who can be claimed against.

Pure: no clock, no network. A policy that is given by name is read from the package once and kept.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import partial
from itertools import groupby
from zoneinfo import ZoneInfo

from retoure.carrier.times import day_in
from retoure.lifecycle.assessment import Assessment, Detail, Flag, Reason, RuleUsed, State
from retoure.lifecycle.case import CaseLabel, ReturnCase, plain
from retoure.lifecycle.flags import flags_of
from retoure.lifecycle.judging import Finding, judge
from retoure.lifecycle.observations import FailedRead, Observation, Read, RefundIssued
from retoure.lifecycle.record import Record
from retoure.lifecycle.rows import Known
from retoure.lifecycle.scans import Scan
from retoure.lifecycle.windows import day_of
from retoure.programmes import (
    Anchor,
    Block,
    ClaimCase,
    ClaimRoute,
    ClaimStatus,
    ClaimWindow,
    Policy,
    Rule,
    Situation,
    claim_window,
    load_policy,
)

_BEST_FIRST = (
    State.DELIVERED, State.RECOVERED, State.IN_TRANSIT, State.EXCEPTION, State.BACK_AT_CUSTOMER,
    State.INDETERMINATE, State.LOST_PRESUMED, State.AWAITING_FIRST_SCAN, State.NEVER_SCANNED,
)  # fmt: skip


def assess(case: ReturnCase, policy: str | Policy = "amazon_aprl_de", *, at: datetime) -> Assessment:
    """The verdict on a return as it stood at a moment.

    Only what had been observed by then counts, so that a verdict can be recomputed for any moment of the past. A parcel counts
    as lost only by an answer that was asked for at or after the opening; a failed asking, "not found" and silence never make
    it lost. Costs nothing: no carrier is asked.

    Args:
        case: The return: its labels and all that was observed.
        policy: The programme's rules, or the name of rules that ship with the package.
        at: The moment, aware.

    Returns:
        The verdict on the label that decides; of several labels the best one does, and the others are in ``other_labels``.

    Raises:
        ValueError: ``at`` has no time zone.
        UnknownPolicy: no policy of that name.
    """
    if at.utcoffset() is None:
        raise ValueError("at must say its time zone, or the day it falls on is a guess: pass datetime.now(UTC), for example")
    rules = load_policy(policy) if isinstance(policy, str) else policy
    observed = _learned_by(case, at)
    assessed = [_assess_label(label, _concerning(label, case, observed), rules, at) for label in case.labels]
    assessed.sort(key=lambda one: _BEST_FIRST.index(one.state))
    best, *others = assessed
    if not others:
        return best
    scanned = sum(one.first_scan is not None for one in assessed)
    flags = tuple(sorted({*best.flags, Flag.DUPLICATE_LABEL})) if scanned > 1 else best.flags
    return best.model_copy(update={"other_labels": tuple(others), "flags": flags})


def _learned_by(case: ReturnCase, at: datetime) -> list[Observation]:
    """In the order of learning, which is the same however they were delivered."""
    moment = at.astimezone(UTC)
    learned = [one for one in case.observations if one.observed_at.astimezone(UTC) <= moment]
    together = groupby(sorted(learned, key=_order_of_learning), key=_order_of_learning)
    return [one for _, group in together for one in _settled(list(group))]


def _settled(group: list[Observation]) -> list[Observation]:
    """What was learned at once, in an order of its own: its JSON's."""
    return group if len(group) == 1 else sorted(group, key=lambda one: one.model_dump_json())


def _order_of_learning(observation: Observation) -> tuple[datetime, str, datetime, str]:
    match observation:
        case Read(report=answer) | FailedRead(failure=answer):
            happened, told = answer.read_at, answer.digest
        case _:
            happened, told = observation.at, ""
    return observation.observed_at.astimezone(UTC), observation.type, happened.astimezone(UTC), told


def _concerning(label: CaseLabel, case: ReturnCase, observed: Iterable[Observation]) -> list[Observation]:
    if len(case.labels) == 1:
        return list(observed)
    number = plain(label.number)
    return [one for one in observed if isinstance(one, RefundIssued) or plain(one.number) == number]


def _assess_label(label: CaseLabel, observations: Iterable[Observation], policy: Policy, at: datetime) -> Assessment:
    record = Record(label, policy).follow(observations)
    finding = judge(record, at)
    flags = flags_of(record, finding, at)
    claim, claim_reasons = _claim(record, finding, flags, at)
    zone, first, window = policy.zone_of(), record.scans.first, finding.window
    last_read = max(filter(None, (record.answers.trusted, *record.answers.unscanned)), default=None)
    unusable = record.answers.last_unusable
    return Assessment(
        number=label.number,
        carrier=label.carrier,
        label_source=label.label_source,
        policy=policy.id,
        at=at,
        state=finding.state,
        detail=finding.detail,
        first_scan=_scan(first, record, zone) if first else None,
        acceptance=_scan(record.scans.acceptance, record, zone) if record.scans.acceptance else None,
        inferred=record.scans.inferred,
        delivered_at=finding.delivered_at,
        recovery_kind=finding.recovery,
        opens_on=window.opens_on if window else None,
        opens_at=window.opens_at if window else None,
        recommended_file_from=window.recommended_file_from if window else None,
        closes_on=claim.closes_on,
        recommended_file_by=claim.recommended_file_by,
        claim_case=_claim_case(record, finding),
        claim_route=claim.route,
        claim_status=claim.status,
        blocked_by=claim.blocked_by,
        last_read=last_read,
        stale_since=last_read if last_read and unusable and unusable > last_read else None,
        reasons=(*finding.reasons, *claim_reasons),
        flags=flags,
        quarantined=tuple(record.history.aside.values()),
        rules=_used((*finding.rules, *claim.rules)),
    )


def _claim(record: Record, finding: Finding, flags: tuple[Flag, ...], at: datetime) -> tuple[ClaimWindow, tuple[Reason, ...]]:
    if finding.state in (State.BACK_AT_CUSTOMER, State.NEVER_SCANNED):
        nothing = ClaimWindow(route=ClaimRoute.NONE, status=ClaimStatus.NOT_ELIGIBLE, blocked_by=(Block.NOT_ELIGIBLE,))
        return nothing, _why_nothing_was_lost(record, finding)
    claim = claim_window(record.policy, _situation(record, finding, flags, at))
    return claim, tuple(_claim_reasons(claim, record, finding))


def _situation(record: Record, finding: Finding, flags: tuple[Flag, ...], at: datetime) -> Situation:
    anchors = {}
    if record.scans.first is not None and record.scans.last is not None:
        anchors[Anchor.FIRST_SCAN] = partial(day_of, record.scans.first.event)
        anchors[Anchor.LAST_SCAN] = partial(day_of, record.scans.last.event)
    if record.refund is not None:
        anchors[Anchor.REFUND] = partial(day_in, record.refund.at)
    if record.label.issued_at is not None:
        anchors[Anchor.LABEL_CREATED] = partial(day_in, record.label.issued_at)
    blocks = {
        State.DELIVERED: (Block.DELIVERED,),
        State.RECOVERED: (Block.DELIVERED,),
        State.INDETERMINATE: (Block.EVIDENCE_STALE,),
    }
    window = finding.window
    return Situation(
        carrier=record.label.carrier,
        label_source=record.label.label_source,
        at=at,
        anchors=anchors,
        opens_at=window.opens_at if window else None,
        opens_on=window.opens_on if window else None,
        blocks=blocks.get(finding.state, ()),
        delivered_elsewhere=Flag.WRONG_PLACE in flags,
        ended_by_carrier=finding.detail in (Detail.LOST_BY_CARRIER, Detail.DISPOSED),
        disposed=finding.detail is Detail.DISPOSED,
    )


def _claim_case(record: Record, finding: Finding) -> ClaimCase | None:
    if finding.state is State.NEVER_SCANNED:
        return None if record.handover else ClaimCase.BUYER_DID_NOT_RETURN
    lost = record.scans.first is not None and not record.over
    return ClaimCase.LOST_IN_RETURN_TRANSIT if lost or finding.detail in (Detail.DISPOSED, Detail.LOST_BY_CARRIER) else None


def _why_nothing_was_lost(record: Record, finding: Finding) -> tuple[Reason, ...]:
    if finding.state is State.BACK_AT_CUSTOMER:
        return ()
    if record.handover is not None:
        return (
            Reason("HANDOVER_PROVEN", "the customer has proof of handing it in, though it was never scanned: ask the carrier"),
        )
    return (
        Reason(
            "BUYER_DID_NOT_RETURN",
            "without a first scan a claim can only say that the buyer did not return, never that it was lost",
        ),
    )


_WHY = {
    Block.REFUND_FIRST: "the order must have been refunded before a claim, and the window closes counted from the refund",
    Block.SOURCE_UNKNOWN: "it is not known on whose contract the label is; no claim anywhere until it is",
    Block.NOT_ELIGIBLE: "no record of the policy makes this loss claimable",
    Block.EVIDENCE_STALE: "no answer of the carrier since the opening shows that there was no delivery",
    Block.DELIVERED: "a delivery scan is visible",
}


def _claim_reasons(claim: ClaimWindow, record: Record, finding: Finding) -> Iterable[Reason]:
    rule = claim.rules[0].id if claim.rules else ""
    yield from (Reason(block.value, _WHY[block], rule) for block in claim.blocked_by)
    if claim.route is ClaimRoute.CARRIER:
        yield Reason(
            "CLAIM_AT_CARRIER", "Amazon does not answer for this label; the carrier's own deadline runs from the hand-over", rule
        )
    if claim.status is ClaimStatus.NEVER_OPENS:
        yield Reason("NEVER_OPENS", f"the window closes on {claim.closes_on}, before it opens: turn to the carrier", rule)
    if claim.status is ClaimStatus.CLOSED:
        yield Reason("CLAIM_CLOSED", f"the last usable date was {claim.closes_on}", rule)
    if finding.detail is Detail.LOST_BY_CARRIER and claim.route is ClaimRoute.AMAZON:
        yield Reason("CARRIER_CLAIM_NOW", "a claim at the carrier may start at once; Amazon's window counts its own days")
    if record.claim is not None and finding.state in (State.DELIVERED, State.RECOVERED):
        yield Reason("CLAIM_FILED", f"a claim was filed with the {record.claim.route.value.lower()}, and the parcel is there")


def _scan(known: Known, record: Record, zone: ZoneInfo) -> Scan:
    event = known.event
    return Scan(
        instant=event.instant, day=day_of(event, zone), kind=event.kind, precision=event.precision, zone_source=event.zone_source,
        raw_code=event.raw_code, location=event.location, retracted=record.history.retracted(known),
    )  # fmt: skip


def _used(rules: Iterable[Rule]) -> tuple[RuleUsed, ...]:
    return tuple({rule.id: RuleUsed(rule.id, rule.evidence, rule.source, rule.confidence) for rule in rules}.values())
