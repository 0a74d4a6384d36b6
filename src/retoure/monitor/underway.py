"""What a parcel is read by that was scanned and is not at its end."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from retoure.carrier.times import first_instant
from retoure.lifecycle import Flag, State
from retoure.lifecycle.claiming import Standing
from retoure.lifecycle.flags import flags_of
from retoure.lifecycle.record import Record
from retoure.lifecycle.rows import Known
from retoure.lifecycle.windows import ONE_DAY, day_of
from retoure.model.tracking import ZoneSource
from retoure.monitor.cadence import Cadence
from retoure.monitor.outlooks import Outlook
from retoure.monitor.reasons import Reason, Stop
from retoure.programmes import ClaimRoute, ClaimStatus

_NO_WINDOW = frozenset({ClaimStatus.NEVER_OPENS, ClaimStatus.NOT_ELIGIBLE})


def under_way(outlook: Outlook, standing: Standing, first: Known, cadence: Cadence, before: Outlook | None) -> Outlook:
    """Scanned, and not at its end: the forced reads lie ahead or behind, and one day it is followed no longer."""
    record, window = standing.record, standing.finding.window
    outlook = replace(
        outlook,
        moved_at=_moved_at(record),
        opens_at=window.opens_at.astimezone(UTC) if window else None,
        closes_on=_closes_on(standing),
        guessed_since=_guessed_since(first),
        until=tracked_until(record, first, cadence),
        stop=Stop.TRACKED_TO_DAY_60,
    )
    if standing.finding.state is State.INDETERMINATE:
        return replace(outlook, phase=Reason.INDETERMINATE, since=_open_since(outlook, standing, before))
    if outlook.phase is Reason.LOST and Flag.MOVING_AGAIN in flags_of(record, standing.finding, standing.at):
        return replace(outlook, phase=Reason.MOVING)
    return replace(outlook, since=record.scans.events[-1].first_observed.astimezone(UTC))


def _moved_at(record: Record) -> datetime:
    return max(known.event.instant for known in record.scans.events).astimezone(UTC)


def _guessed_since(first: Known) -> datetime | None:
    """When a first scan was learned whose time rests on a guess."""
    return first.first_observed.astimezone(UTC) if first.event.zone_source is ZoneSource.ASSUMED else None


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


def tracked_until(record: Record, first: Known, cadence: Cadence) -> datetime:
    """The end of the day until which what was scanned is followed; longer where it was scanned lately."""
    last_day = day_of(first.event, record.zone) + timedelta(days=cadence.lost_until_day)
    moved = _moved_at(record) + timedelta(days=cadence.moved_days)
    return max(first_instant(last_day + ONE_DAY, record.zone).astimezone(UTC), moved)
