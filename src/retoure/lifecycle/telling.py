"""From where a parcel stands to what the merchant is told: facts that hold, and verdicts that were entered or left."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import partial

from retoure.carrier.times import day_in
from retoure.lifecycle import signals as tell
from retoure.lifecycle.assessment import Detail, State
from retoure.lifecycle.changing import Before, Fact, changes, flags_at, opens_on
from retoure.lifecycle.claiming import Standing
from retoure.lifecycle.rows import minute, spot
from retoure.lifecycle.validity import Quarantine
from retoure.lifecycle.verdict import scan_of
from retoure.model.tracking import Kind
from retoure.programmes import ClaimCase, ClaimRoute, ClaimStatus, ClosingRule, ExpiringRule, NeverScannedRule

PURGE_NOTICE = timedelta(days=14)
"""How long before the assumed deletion of a history to say so."""

_OPEN = frozenset({ClaimStatus.OPEN, ClaimStatus.CLOSING_SOON})


def facts_of(standing: Standing, before: Before, learned_at: datetime | None) -> Iterator[Fact]:
    """Every fact that holds, and what changed since ``before``, if anything was learned or time has passed.

    A fact's key is the same as long as it is the same fact.
    """
    if not before.scanned:
        yield from _of_scans(standing)
    yield from _of_history(standing)
    if learned_at is not None:
        yield from changes(standing, before, learned_at)
    yield from _of_claim(standing)
    yield from _of_calendar(standing)


def news(facts: Iterable[Fact], before: Before) -> Iterator[Fact]:
    """The facts that were not told before. Of rows that are set aside at once for one reason, the first speaks for all."""
    aside = set()
    for kind, key, contents in facts:
        if (kind, key) in before.facts:
            continue
        if kind is tell.Quarantined:
            reason = key.partition("/")[0]
            if reason in aside:
                continue
            aside.add(reason)
        yield kind, key, contents


def _of_scans(standing: Standing) -> Iterator[Fact]:
    record, first = standing.record, standing.record.scans.first
    if first is None:
        return
    yield tell.FirstScan, "", lambda: {
        "scan": scan_of(first, record), "inferred": record.scans.inferred, "opens_on": opens_on(standing),
        "charge_event": record.label.charge_event, "flags": flags_at(standing),
    }  # fmt: skip
    if record.label.superseded:
        yield tell.OrphanScanned, "", lambda: {"scan": scan_of(first, record)}


def _of_history(standing: Standing) -> Iterator[Fact]:
    record = standing.record
    for known in record.scans.events:
        event = known.event
        if event.kind is Kind.UNKNOWN:
            yield tell.UnmappedCode, event.raw_code, partial(dict, code=event.raw_code, text=event.text)
        elif event.kind is Kind.LOST_BY_CARRIER:
            yield tell.LostByCarrier, "", lambda: {"claim_route": standing.claim.route}
    if standing.finding.detail is Detail.DISPOSED:
        yield tell.Disposed, "", dict
    for event, reason in ((aside.event, aside.reason) for aside in record.aside):
        if reason is not Quarantine.WRONG_SHIPMENT:
            key = "/".join((reason, str(minute(event)), *spot(event)))
            yield tell.Quarantined, key, partial(dict, reason=reason, code=event.raw_code, instant=event.instant)
    if record.answers.wrong:
        yield tell.Quarantined, Quarantine.WRONG_SHIPMENT, partial(dict, reason=Quarantine.WRONG_SHIPMENT)
    for number, leg in record.legs.items():
        if leg.label.successor_of and leg.linked:
            yield tell.Relabelled, number, partial(dict, successor=leg.label.number)


def _of_claim(standing: Standing) -> Iterator[Fact]:
    claim, finding, window = standing.claim, standing.finding, standing.finding.window
    if standing.record.claim is not None or standing.claim_case is None or claim.route is ClaimRoute.NONE:
        return
    closes_on = claim.closes_on
    damaged = standing.claim_case is ClaimCase.DAMAGED_IN_RETURN_TRANSIT
    told_by_carrier = finding.detail in (Detail.LOST_BY_CARRIER, Detail.DISPOSED)
    if (finding.state is State.LOST_PRESUMED or damaged or told_by_carrier) and claim.status in _OPEN:
        yield tell.ClaimOpening, f"{standing.claim_case}/{claim.route}", lambda: {
            "claim_case": standing.claim_case, "claim_route": claim.route, "opens_on": claim.opens_on, "closes_on": closes_on,
            "recommended_file_from": window.recommended_file_from if window and not damaged else None,
            "recommended_file_by": claim.recommended_file_by,
        }  # fmt: skip
    if closes_on is None:
        return
    if claim.status is ClaimStatus.NEVER_OPENS:
        yield tell.ClaimNeverOpens, str(closes_on), lambda: {"opens_on": claim.opens_on, "closes_on": closes_on}
    if claim.status is ClaimStatus.CLOSED and finding.state is State.LOST_PRESUMED:
        yield tell.ClaimClosed, str(closes_on), lambda: {"claim_route": claim.route, "closes_on": closes_on}
    if claim.status is ClaimStatus.CLOSING_SOON:
        yield tell.ClaimClosingSoon, str(closes_on), lambda: {
            "claim_route": claim.route, "closes_on": closes_on, "recommended_file_by": claim.recommended_file_by,
        }  # fmt: skip
    if standing.shortened:
        turn, then = standing.shortened
        yield tell.PolicyChangeShortensWindow, f"{turn}/{then}", lambda: {
            "changes_on": turn, "closes_on": closes_on, "closes_then": then,
        }  # fmt: skip


def _of_calendar(standing: Standing) -> Iterator[Fact]:
    record, policy = standing.record, standing.record.policy
    today = day_in(standing.at, record.zone)
    dates = standing.carrier_claim
    if dates and dates.trace_from and dates.trace_from <= today and not record.over and record.claim is None:
        yield tell.TraceRecommended, "", lambda: {
            "trace_from": dates.trace_from, "trace_by": dates.trace_by, "before_claim": dates.trace_before_claim,
            "closes_on": dates.closes_on,
        }  # fmt: skip
    if standing.refund_due_on is not None:
        yield tell.RefundDue, str(standing.refund_due_on), lambda: {"due_on": standing.refund_due_on}
    expires_on = record.label.expires_on
    if expires_on is not None and record.scans.first is None and not record.voided and today <= expires_on:
        rule = policy.find(ExpiringRule, record.facts(standing.at))
        if rule is not None and expires_on - timedelta(days=rule.value.warn_days_before) <= today:
            yield tell.LabelExpiring, str(expires_on), lambda: {"expires_on": expires_on}
    purged_from = standing.purged_from
    if purged_from is not None and purged_from - PURGE_NOTICE <= today:
        yield tell.EvidencePurgeNear, str(purged_from), lambda: {"purged_from": purged_from}


def dates_ahead(standing: Standing) -> Iterator[date]:
    """Every date on which the calendar alone may bring a fact, or a verdict that a fresh answer then brings."""
    record, claim, dates = standing.record, standing.claim, standing.carrier_claim
    if dates and dates.trace_from and not record.over and record.claim is None:
        yield dates.trace_from
    if standing.claim_case is not None and record.claim is None:
        if claim.opens_on is not None:
            yield claim.opens_on
        if claim.closes_on is not None:
            yield from (claim.closes_on - timedelta(days=days) for days in _warnings(standing))
            yield claim.closes_on + timedelta(days=1)
    if standing.purged_from is not None:
        yield standing.purged_from - PURGE_NOTICE
    if record.scans.first is None:
        yield from _dates_unscanned(standing)


def _warnings(standing: Standing) -> Iterator[int]:
    return (rule.value.warn_days_before for rule in standing.claim.rules if isinstance(rule, ClosingRule))


def _dates_unscanned(standing: Standing) -> Iterator[date]:
    record, policy = standing.record, standing.record.policy
    facts, expires_on = record.facts(standing.at), record.label.expires_on
    start = record.label.issued_at or record.first_asked
    if expires_on is not None:
        reminder = policy.find(ExpiringRule, facts)
        yield expires_on + timedelta(days=1)
        yield expires_on - timedelta(days=reminder.value.warn_days_before if reminder else 0)
    if start is not None and (patience := policy.find(NeverScannedRule, facts)) is not None:
        yield day_in(start, policy.zone_of(patience)) + timedelta(days=patience.value.wait_days)
