"""The verdict on a return at one moment: where it is, whether it counts as lost, and who can be claimed against.

Pure: no clock, no network. A policy that is given by name is read from the package once and kept.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from retoure.carrier.shaping import plain_number
from retoure.lifecycle.assessment import Assessment, Detail, Flag, RuleUsed, State
from retoure.lifecycle.case import ReturnCase
from retoure.lifecycle.claiming import Standing, claim_reasons, stand
from retoure.lifecycle.flags import flags_of
from retoure.lifecycle.kept import Kept, records_at
from retoure.lifecycle.numbers import CaseLabel
from retoure.lifecycle.record import Record
from retoure.lifecycle.rows import Known
from retoure.lifecycle.scans import Scan
from retoure.lifecycle.windows import day_of
from retoure.programmes import Policy, Rule, load_policy

_BEST_FIRST = (
    State.DELIVERED, State.RECOVERED, State.IN_TRANSIT, State.EXCEPTION, State.BACK_AT_CUSTOMER,
    State.INDETERMINATE, State.LOST_PRESUMED, State.AWAITING_FIRST_SCAN, State.NEVER_SCANNED,
)  # fmt: skip

_FURTHEST_FROM_ITS_END_FIRST = (
    State.LOST_PRESUMED, State.NEVER_SCANNED, State.BACK_AT_CUSTOMER, State.INDETERMINATE, State.EXCEPTION,
    State.AWAITING_FIRST_SCAN, State.IN_TRANSIT, State.RECOVERED, State.DELIVERED,
)  # fmt: skip

_ARRIVED = frozenset({State.DELIVERED, State.RECOVERED})


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
        The verdict on the label that decides; of several labels the best one does, and the others are in ``other_labels``. Of a
        shipment's pieces the one that is furthest from its end decides, and the others are in ``pieces``.

    Raises:
        ValueError: ``at`` has no time zone.
        UnknownPolicy: no policy of that name.
    """
    shipments: dict[str, list[Assessment]] = {}
    for standing in standings(case, policy, at=at):
        shipments.setdefault(shipment_of(standing.record.label), []).append(assessment_of(standing))
    return _best([_whole(pieces) for pieces in shipments.values()])


def standings(case: ReturnCase, policy: str | Policy, *, at: datetime) -> list[Standing]:
    """Where each parcel of a return stood at a moment, by what had been observed by then.

    Raises:
        ValueError: ``at`` has no time zone.
        UnknownPolicy: no policy of that name.
    """
    refuse_naive(at)
    rules = load_policy(policy) if isinstance(policy, str) else policy
    kept = Kept.of(case, rules)
    try:
        known = kept.standings(at) if kept is not None else None
        return known if known is not None else [stand(record, at) for record in records_at(case, rules, at).values()]
    finally:
        if kept is not None:
            kept.keep(case)


def refuse_naive(at: datetime) -> None:
    """Raise ``ValueError`` for a moment without a zone."""
    if at.utcoffset() is None:
        raise ValueError("at must say its time zone, or the day it falls on is a guess: pass datetime.now(UTC), for example")


def shipment_of(label: CaseLabel) -> str:
    """What a label's parcel belongs to: its shipment, or itself."""
    return plain_number(label.shipment or label.number)


def _whole(pieces: list[Assessment]) -> Assessment:
    """The verdict on a shipment: delivered when all its pieces are."""
    if len(pieces) == 1:
        return pieces[0]
    deciding, *others = sorted(pieces, key=lambda piece: _FURTHEST_FROM_ITS_END_FIRST.index(piece.state))
    scanned = [(piece.first_scan.instant.astimezone(UTC), piece) for piece in pieces if piece.first_scan]
    earliest = min(scanned, key=lambda pair: pair[0])[1] if scanned else None
    told: dict[str, object] = {"pieces": tuple(others), "shipment_first_scan": earliest and earliest.first_scan}
    if earliest is not None and deciding.state is State.AWAITING_FIRST_SCAN:
        told |= {"state": State.IN_TRANSIT, "detail": Detail.IN_TRANSIT, "first_scan": earliest.first_scan}
        told |= {"acceptance": earliest.acceptance, "inferred": earliest.inferred}
    if len({piece.state in _ARRIVED for piece in pieces}) > 1:
        told["flags"] = _with(deciding, Flag.PARTIALLY_DELIVERED, Flag.NEEDS_REVIEW)
        if deciding.state in (State.IN_TRANSIT, State.AWAITING_FIRST_SCAN):
            told |= {"state": State.IN_TRANSIT, "detail": Detail.PARTIALLY_DELIVERED}
    return deciding.model_copy(update=told)


def _best(assessed: list[Assessment]) -> Assessment:
    best, *others = sorted(assessed, key=lambda one: _BEST_FIRST.index(one.state))
    if not others:
        return best
    scanned = sum((one.first_scan or one.shipment_first_scan) is not None for one in assessed)
    flags = _with(best, Flag.DUPLICATE_LABEL) if scanned > 1 else best.flags
    return best.model_copy(update={"other_labels": tuple(others), "flags": flags})


def _with(assessed: Assessment, *flags: Flag) -> tuple[Flag, ...]:
    return tuple(sorted({*assessed.flags, *flags}))


def assessment_of(standing: Standing) -> Assessment:
    """The verdict in full."""
    record, finding, claim = standing.record, standing.finding, standing.claim
    window, answers = finding.window, record.answers
    last_read, unusable = answers.last_usable, answers.last_unusable
    return Assessment(
        number=record.label.number,
        carrier=record.label.carrier,
        label_source=record.label.label_source,
        policy=record.policy.id,
        at=standing.at,
        state=finding.state,
        detail=finding.detail,
        first_scan=scan_of(record.scans.first, record),
        acceptance=scan_of(record.scans.acceptance, record),
        inferred=record.scans.inferred,
        delivered_at=finding.delivered_at,
        recovery_kind=finding.recovery,
        opens_on=window.opens_on if window else None,
        opens_at=window.opens_at if window else None,
        recommended_file_from=window.recommended_file_from if window else None,
        closes_on=claim.closes_on,
        recommended_file_by=claim.recommended_file_by,
        claim_case=standing.claim_case,
        claim_route=claim.route,
        claim_status=claim.status,
        blocked_by=claim.blocked_by,
        last_read=last_read,
        stale_since=last_read if last_read and unusable and unusable > last_read else None,
        reasons=(*finding.reasons, *claim_reasons(standing)),
        flags=flags_of(record, finding, standing.at),
        carrier_claim=standing.carrier_claim,
        claim_update=record.claim_update.status if record.claim_update else None,
        refund_due_on=standing.refund_due_on,
        quarantined=record.aside,
        rules=used(standing.rules),
    )


def scan_of(known: Known | None, record: Record) -> Scan | None:
    """An event as the scan that a verdict names."""
    if known is None:
        return None
    event = known.event
    return Scan(
        instant=event.instant, day=day_of(event, record.zone), kind=event.kind, precision=event.precision,
        zone_source=event.zone_source, raw_code=event.raw_code, location=event.location, retracted=record.retracted(known),
    )  # fmt: skip


def used(rules: Iterable[Rule]) -> tuple[RuleUsed, ...]:
    """The records that took part, each once."""
    return tuple({rule.id: RuleUsed(rule.id, rule.evidence, rule.source, rule.confidence) for rule in rules}.values())
