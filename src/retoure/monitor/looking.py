"""From a case that was just folded to what one of its labels is read by."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from retoure.carrier.shaping import plain_number
from retoure.carrier.times import country_zone, first_instant
from retoure.lifecycle import Detail, Flag, ReturnCase, State
from retoure.lifecycle.ahead import next_date, waits_for_answer
from retoure.lifecycle.claiming import Standing
from retoure.lifecycle.endings import End
from retoure.lifecycle.flags import flags_of
from retoure.lifecycle.legs import Leg
from retoure.lifecycle.record import Record
from retoure.lifecycle.verdict import standings
from retoure.lifecycle.windows import ONE_DAY, day_of
from retoure.model.tracking import Kind, ZoneSource
from retoure.monitor.cadence import Cadence
from retoure.monitor.outlooks import Outlook
from retoure.monitor.reasons import Reason, Stop
from retoure.programmes import ClaimRoute, ClaimStatus, NeverScannedRule, Policy, RetentionRule

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
_NO_WINDOW = frozenset({ClaimStatus.NEVER_OPENS, ClaimStatus.NOT_ELIGIBLE})
_PICKUPS = frozenset({Kind.PICKUP_BOOKED, Kind.PICKUP_FAILED})


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
    if record.scans.first is None:
        return _unscanned(outlook, standing, cadence, pickup_on, refund_at_scan=refund_at_scan)
    if goes_on:
        # The number that it goes on under shows where it is; it may yet end under this one.
        return replace(outlook, phase=Reason.SILENT, until=_tracked_until(standing, cadence), stop=Stop.TRACKED_TO_DAY_60)
    return _under_way(outlook, standing, cadence, before)


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


def _unscanned(
    outlook: Outlook, standing: Standing, cadence: Cadence, pickup_on: date | None, *, refund_at_scan: bool
) -> Outlook:
    """Read until long after it could last be handed in: a late scan revives it."""
    record, detail = standing.record, standing.finding.detail
    ended = timedelta(days=cadence.ended_days)
    if record.carrier_loss is not None:
        learned = record.carrier_loss.first_observed.astimezone(UTC)
        until = learned + timedelta(days=cadence.lost_until_day)
        return replace(outlook, phase=Reason.LOST, since=learned, until=until, stop=Stop.TRACKED_TO_DAY_60)
    if detail is Detail.CANCELLED:
        since = min(_cancelled(record))
        return replace(outlook, since=since, until=since + ended, stop=Stop.CANCELLED)
    last_day, stop = _usable_until(outlook, record, standing.at, cadence)
    outlook = replace(outlook, until=last_day + ended, stop=stop)
    if outlook.phase is not Reason.UNSCANNED:
        return replace(outlook, phase=Reason.ENDED)
    pickups = [known for known in record.scans.events if known.event.kind in _PICKUPS]
    if pickups and pickups[-1].event.kind is Kind.PICKUP_FAILED:
        failed = pickups[-1]
        learned, happened = failed.first_observed.astimezone(UTC), failed.event.instant.astimezone(UTC)
        return replace(outlook, phase=Reason.EXCEPTION, since=learned, moved_at=happened, pickup_on=pickup_on)
    return replace(outlook, phase=Reason.REFUND_AT_SCAN if refund_at_scan else Reason.UNSCANNED, pickup_on=pickup_on)


def _cancelled(record: Record) -> Iterator[datetime]:
    """When the label was voided, by us and by the carrier."""
    if record.voided:
        yield record.voided.at.astimezone(UTC)
    yield from (known.event.instant.astimezone(UTC) for known in record.scans.events if known.event.kind is Kind.CANCELLED)


def _usable_until(outlook: Outlook, record: Record, at: datetime, cadence: Cadence) -> tuple[datetime, Stop]:
    """Its last day, or where none is known the end of the patience with it."""
    if record.label.expires_on is not None:
        return first_instant(record.label.expires_on + ONE_DAY, record.zone).astimezone(UTC), Stop.EXPIRED
    rule = record.policy.find(NeverScannedRule, record.facts(at))
    days = rule.value.wait_days if rule else cadence.unscanned_patience_days
    return outlook.issued_at + timedelta(days=days), Stop.NEVER_SCANNED


def _under_way(outlook: Outlook, standing: Standing, cadence: Cadence, before: Outlook | None) -> Outlook:
    """Scanned, and not at its end: the forced reads lie ahead or behind, and one day it is followed no longer."""
    record, window = standing.record, standing.finding.window
    outlook = replace(
        outlook,
        moved_at=_moved_at(record),
        opens_at=window.opens_at.astimezone(UTC) if window else None,
        closes_on=_closes_on(standing),
        guessed_since=_guessed_since(record),
        until=_tracked_until(standing, cadence),
        stop=Stop.TRACKED_TO_DAY_60,
    )
    if standing.finding.state is State.INDETERMINATE:
        return replace(outlook, phase=Reason.INDETERMINATE, since=_open_since(outlook, standing, before))
    if outlook.phase is Reason.LOST and Flag.MOVING_AGAIN in flags_of(record, standing.finding, standing.at):
        return replace(outlook, phase=Reason.MOVING)
    return replace(outlook, since=record.scans.events[-1].first_observed.astimezone(UTC))


def _moved_at(record: Record) -> datetime:
    return max(known.event.instant for known in record.scans.events).astimezone(UTC)


def _guessed_since(record: Record) -> datetime | None:
    """When a first scan was learned whose time rests on a guess."""
    first = record.scans.first
    guessed = first is not None and first.event.zone_source is ZoneSource.ASSUMED
    return first.first_observed.astimezone(UTC) if first and guessed else None


def _open_since(outlook: Outlook, standing: Standing, before: Outlook | None) -> datetime:
    """The opening, unless a change of the rules moved that to before an answer that was usable."""
    trusted, opens_at = standing.record.answers.trusted, outlook.opens_at or outlook.since
    if trusted is None or trusted < opens_at:
        return opens_at
    return before.since if before and before.phase is Reason.INDETERMINATE else standing.at.astimezone(UTC)


def _closes_on(standing: Standing) -> date | None:
    """The last day of a window in which something may still be filed."""
    claim = standing.claim
    over = standing.record.claim is not None or claim.route is ClaimRoute.NONE or claim.status in _NO_WINDOW
    return None if over else claim.closes_on


def _tracked_until(standing: Standing, cadence: Cadence) -> datetime | None:
    """The end of the day until which what was scanned is followed; longer where it was scanned lately."""
    record, first = standing.record, standing.record.scans.first
    if first is None:
        return None
    last_day = day_of(first.event, record.zone) + timedelta(days=cadence.lost_until_day)
    moved = _moved_at(record) + timedelta(days=cadence.moved_days)
    return max(first_instant(last_day + ONE_DAY, record.zone).astimezone(UTC), moved)


@lru_cache(maxsize=256)
def _zone_of_country(country: str, otherwise: str) -> str:
    """The clock of a country that has one, else the policy's: only for telling day from night."""
    zone = country_zone(country, datetime(2026, 1, 1)) if country else None  # noqa: DTZ001 - a country's wall clock
    return zone.key if zone else otherwise
