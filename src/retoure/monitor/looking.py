"""From a case that was just folded to what one of its labels is read by."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from retoure.carrier.shaping import plain_number
from retoure.carrier.times import country_zone
from retoure.lifecycle import Detail, ReturnCase
from retoure.lifecycle.ahead import next_date, waits_for_answer
from retoure.lifecycle.claiming import Standing
from retoure.lifecycle.endings import End
from retoure.lifecycle.legs import Leg
from retoure.lifecycle.verdict import standings
from retoure.monitor.cadence import Cadence
from retoure.monitor.outlooks import Outlook
from retoure.monitor.reasons import Reason, Stop
from retoure.monitor.underway import tracked_until, under_way
from retoure.monitor.unscanned import unscanned
from retoure.programmes import Policy, RetentionRule

_PHASES: Mapping[Detail, Reason] = {
    Detail.CREATED: Reason.UNSCANNED,
    Detail.ANNOUNCED: Reason.UNSCANNED,
    Detail.PICKUP_PENDING: Reason.UNSCANNED,
    Detail.QUARANTINED: Reason.UNSCANNED,
    Detail.NEVER_SCANNED: Reason.ENDED,
    Detail.EXPIRED: Reason.ENDED,
    Detail.CANCELLED: Reason.ENDED,
    Detail.ACCEPTED: Reason.MOVING,
    Detail.IN_TRANSIT: Reason.MOVING,
    Detail.PARTIALLY_DELIVERED: Reason.MOVING,
    Detail.OUT_FOR_DELIVERY: Reason.OUT_FOR_DELIVERY,
    Detail.READY_FOR_COLLECTION: Reason.COLLECTION,
    Detail.EXCEPTION: Reason.EXCEPTION,
    Detail.RETURNING_TO_CUSTOMER: Reason.EXCEPTION,
    Detail.LOST_PRESUMED: Reason.LOST,
    Detail.LOST_BY_CARRIER: Reason.LOST,
    Detail.INDETERMINATE: Reason.INDETERMINATE,
    Detail.DELIVERED: Reason.CONFIRMING,
    Detail.RECOVERED: Reason.CONFIRMING,
    Detail.BACK_AT_CUSTOMER: Reason.CONFIRMING,
    Detail.DISPOSED: Reason.CONFIRMING,
}
"""What each state is read for; a state of :class:`Detail` that is missing here does not get past the tests."""

_ENDS: Mapping[Detail, tuple[End, Stop]] = {
    Detail.DELIVERED: (End.DELIVERED, Stop.DELIVERED),
    Detail.RECOVERED: (End.DELIVERED, Stop.DELIVERED),
    Detail.BACK_AT_CUSTOMER: (End.BACK_AT_CUSTOMER, Stop.BACK_AT_CUSTOMER),
    Detail.DISPOSED: (End.DISPOSED, Stop.DISPOSED),
}


def outlook_of(
    case: ReturnCase,
    policy: Policy,
    number: str,
    *,
    at: datetime,
    watched_at: datetime,
    refund_at_scan: bool = False,
    pickup_on: date | None = None,
    before: Outlook | None = None,
    cadence: Cadence = Cadence(),  # noqa: B008 - frozen
) -> Outlook:
    """What a label's reads are planned by.

    Args:
        case: The return, just folded.
        policy: The rules it was folded by.
        number: The label's number: one of the case's, a successor's included.
        at: The moment of the fold; one before the last observation counts as that observation's.
        watched_at: Since when the label is watched; its age counts from there where its creation is unknown.
        refund_at_scan: The merchant promised the refund at the first scan.
        pickup_on: The day of a pickup, where one is booked.
        before: The outlook that this one replaces.
        cadence: For how long labels are read.

    Raises:
        ValueError: the number is no label of this case, or ``at`` has no time zone.
    """
    if case.observations:
        at = max(at, case.observations[-1].observed_at)
    plain = plain_number(number)
    standing = next((one for one in standings(case, policy, at=at) if plain in one.record.legs), None)
    if standing is None:
        raise ValueError("the number is no label of this return")
    record, leg = standing.record, standing.record.legs[plain]
    outlook = _base(standing, leg, watched_at.astimezone(UTC), cadence)
    goes_on = any(other.linked and plain_number(other.label.successor_of) == plain for other in record.legs.values())
    if record.over:
        return _arrived(outlook, standing, goes_on=goes_on)
    first = record.scans.first
    if first is None:
        return unscanned(outlook, standing, cadence, pickup_on, refund_at_scan=refund_at_scan)
    if goes_on:
        # The number that it goes on under shows where it is; it may yet end under this one.
        return replace(outlook, phase=Reason.SILENT, until=tracked_until(record, first, cadence), stop=Stop.TRACKED_TO_DAY_60)
    return under_way(outlook, standing, first, cadence, before)


def _base(standing: Standing, leg: Leg, watched_at: datetime, cadence: Cadence) -> Outlook:
    """What every outlook says, whatever the state."""
    record, label = standing.record, leg.label
    issued_at = label.issued_at.astimezone(UTC) if label.issued_at else watched_at
    country = label.destination.country if label.destination else ""
    retention = record.policy.find(RetentionRule, record.facts(standing.at))
    answered_for = timedelta(days=retention.value.days if retention else cadence.unknown_retention_days)
    last_event = max((known.event.instant.astimezone(UTC) for known in record.scans.events), default=issued_at)
    return Outlook(
        phase=_PHASES[standing.finding.detail],
        since=issued_at,
        issued_at=issued_at,
        watched_at=watched_at,
        known=bool(leg.history.events),
        zone=record.zone.key,
        day_zone=_zone_of_country(country, record.zone.key),
        retained_until=last_event + answered_for,
        wake_at=next_date(standing),
        restless=waits_for_answer(standing),
    )


def _arrived(outlook: Outlook, standing: Standing, *, goes_on: bool) -> Outlook:
    """Counted from when the end was learned, however late the carrier told it; a number that has a successor confirms nothing."""
    record, (end, stop) = standing.record, _ENDS[standing.finding.detail]
    learned = [ending.known.first_observed.astimezone(UTC) for ending in record.endings if ending.end is end]
    received = [record.receipt.observed_at.astimezone(UTC)] if record.receipt else []
    since = min((*learned, *received))
    return replace(outlook, phase=Reason.CONFIRMING, since=since, stop=stop, until=since if goes_on else None)


@lru_cache(maxsize=256)
def _zone_of_country(country: str, otherwise: str) -> str:
    """The clock of a country that has one, else the policy's: only for telling day from night."""
    zone = country_zone(country, datetime(2026, 1, 1)) if country else None  # noqa: DTZ001 - a country's wall clock
    return zone.key if zone else otherwise
