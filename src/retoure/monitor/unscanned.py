"""What a label is read by that nobody handed in yet: until long after it could last be, for a late scan revives it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from retoure.carrier.times import first_instant
from retoure.lifecycle import Detail
from retoure.lifecycle.claiming import Standing
from retoure.lifecycle.record import Record
from retoure.lifecycle.windows import ONE_DAY
from retoure.model.tracking import Kind
from retoure.monitor.cadence import Cadence
from retoure.monitor.outlooks import Outlook
from retoure.monitor.reasons import Reason, Stop
from retoure.programmes import NeverScannedRule

_PICKUPS = frozenset({Kind.PICKUP_BOOKED, Kind.PICKUP_FAILED})


def unscanned(outlook: Outlook, standing: Standing, cadence: Cadence, pickup_on: date | None, *, refund_at_scan: bool) -> Outlook:
    """The outlook of a parcel without a first scan, from what every outlook says."""
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
