"""The next ordinary read, by where a parcel stands and how it was last read."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from retoure.carrier.times import aware
from retoure.monitor.cadence import UNSCANNED, Cadence, Stretch, lasting, stretched
from retoure.monitor.outlooks import Outlook
from retoure.monitor.reads import Reads
from retoure.monitor.reasons import FailureClass, Reason


class Due(NamedTuple):
    """A read that is due.

    Attributes:
        interval: How far ordinary reads of this kind lie apart.
        ride_from: From when on it may be made with others in one call.
    """

    at: datetime
    reason: Reason
    interval: timedelta = timedelta()
    ride_from: datetime | None = None


def regular(outlook: Outlook, reads: Reads, draw: float, cadence: Cadence, stretch: Stretch) -> Due | None:
    """The next ordinary read; None where there is none any more."""
    if outlook.phase is Reason.CONFIRMING:
        return _confirming(outlook, reads, draw, cadence)
    answered, failure = reads.answered_at, reads.failure
    gone = failure is FailureClass.GONE
    if answered is None or failure is FailureClass.TOO_NEW:
        due = _first_look(outlook, draw, cadence)
    elif gone and reads.reason is Reason.GONE:
        return None
    elif gone or (reads.reason is Reason.GONE and failure is not None and not failure.answered):
        due = Due(answered + lasting(hours=cadence.gone_hours), Reason.GONE)
    else:
        due = _by_phase(outlook, answered, draw, cadence, stretch)
    over = outlook.until is not None and due.at >= outlook.until
    return None if over and (answered is not None or reads.failures >= cadence.give_up_failures) else due


def _first_look(outlook: Outlook, draw: float, cadence: Cadence) -> Due:
    """Not before the carrier can know the number."""
    age = timedelta(minutes=cadence.first_look_minutes) * (1 + cadence.jitter_share * draw)
    at = max(outlook.issued_at + age, outlook.watched_at)
    return Due(at, Reason.FIRST_LOOK, lasting(hours=cadence.unscanned_hours))


def _confirming(outlook: Outlook, reads: Reads, draw: float, cadence: Cadence) -> Due | None:
    """One read a day after the end was learned; DHL asks to be asked no more after a delivery."""
    interval = lasting(hours=cadence.confirming_hours)
    earliest = outlook.since + interval * (1 - cadence.jitter_share)
    confirmed = reads.answered_at is not None and reads.answered_at >= earliest
    forgotten = reads.failure is FailureClass.GONE
    if outlook.until is not None or confirmed or forgotten or reads.failures >= cadence.give_up_failures:
        return None
    return Due(_moved(outlook.since, interval, draw, cadence), Reason.CONFIRMING, interval, earliest)


def _by_phase(outlook: Outlook, answered: datetime, draw: float, cadence: Cadence, stretch: Stretch) -> Due:
    reason, hours = _how_often(outlook, answered, cadence)
    interval = lasting(hours=stretched(reason, hours, stretch, cadence))
    at = _moved(answered, interval, draw, cadence)
    if reason in UNSCANNED:
        at = min(at, answered + lasting(hours=cadence.longest_unscanned_hours))
    if reason is Reason.INDETERMINATE and answered < outlook.since:
        at = outlook.since
    due = Due(at, reason, interval, at - _share(interval, cadence.ride_share))
    if reason is Reason.OUT_FOR_DELIVERY:
        return _by_day(due, outlook, draw, cadence)
    if outlook.pickup_on is not None:
        return _on_the_day_of_a_pickup(due, outlook, outlook.pickup_on, answered, draw, cadence)
    return due


def _moved(start: datetime, interval: timedelta, draw: float, cadence: Cadence) -> datetime:
    """One interval later, moved either way by chance."""
    return start + interval * (1 + cadence.jitter_share * (2 * draw - 1))


@lru_cache(maxsize=256)
def _share(interval: timedelta, share: float) -> timedelta:
    return interval * share


def _how_often(outlook: Outlook, answered: datetime, cadence: Cadence) -> tuple[Reason, float]:
    """The interval that follows a read, by how things stood then."""
    phase = outlook.phase
    if phase is Reason.UNSCANNED and answered - outlook.issued_at >= lasting(days=cadence.unscanned_old_days):
        return phase, cadence.unscanned_old_hours
    if phase in _MAY_FALL_SILENT and outlook.moved_at and answered - outlook.moved_at > lasting(days=cadence.silent_days):
        return Reason.SILENT, cadence.silent_hours
    if phase is Reason.EXCEPTION and answered - outlook.since >= lasting(hours=cadence.exception_for_hours):
        return phase, cadence.exception_later_hours
    return phase, cadence.hours(phase)


_MAY_FALL_SILENT = frozenset({Reason.MOVING, Reason.OUT_FOR_DELIVERY, Reason.COLLECTION, Reason.EXCEPTION})


def _by_day(due: Due, outlook: Outlook, draw: float, cadence: Cadence) -> Due:
    """In the day time of the destination: nobody delivers at night."""
    zone = ZoneInfo(outlook.day_zone)
    local = due.at.astimezone(zone)
    if cadence.day_starts_hour <= local.hour < cadence.day_ends_hour:
        return due
    day = local.date() + timedelta(days=local.hour >= cadence.day_ends_hour)
    at = _hour_of(day, cadence.day_starts_hour, zone) + due.interval * cadence.jitter_share * draw
    return due._replace(at=at, ride_from=at)


def _on_the_day_of_a_pickup(due: Due, outlook: Outlook, day: date, answered: datetime, draw: float, cadence: Cadence) -> Due:
    """From the morning of that day on, and more often as long as it lasts."""
    zone = ZoneInfo(outlook.zone)
    interval = lasting(hours=cadence.pickup_day_hours)
    morning, midnight = _hour_of(day, cadence.day_starts_hour, zone), _hour_of(day + timedelta(days=1), 0, zone)
    at = morning + interval * cadence.jitter_share * draw if answered < morning else _moved(answered, interval, draw, cadence)
    return Due(at, Reason.PICKUP, interval, at) if at < min(due.at, midnight) else due


def _hour_of(day: date, hour: int, zone: ZoneInfo) -> datetime:
    return aware(datetime.combine(day, time(hour)), zone)[0].astimezone(UTC)
