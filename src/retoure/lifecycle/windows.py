"""Counting days: when a parcel counts as lost. Dates are counted in the policy's zone, never multiples of 24 hours.

The day of the first scan does not count (BGB s.187(1)), the period ends with the end of its last day (s.188(1)), and weekends and
holidays are days like others: the shift of s.193 is not applied.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from retoure.carrier.times import day_in, first_instant
from retoure.lifecycle.observations import settled
from retoure.lifecycle.rows import end_of_day, to_the_day
from retoure.model.tracking import Precision, TrackingEvent, ZoneSource
from retoure.programmes import DayRule, Opening

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Window:
    """When a loss is presumed.

    Attributes:
        opens_on: The date in the policy's zone.
        opens_at: Its first instant; under ELAPSED_HOURS the exact one.
        recommended_file_from: From when filing is safe under every reading of the count.
    """

    opens_on: date
    opens_at: datetime
    recommended_file_from: datetime


def day_of(event: TrackingEvent, zone: ZoneInfo) -> date:
    """The date of an event in a zone; what is known to the day only keeps the carrier's date."""
    return event.instant.date() if to_the_day(event) else day_in(event.instant, zone)


def window_of(first: TrackingEvent, superseded: tuple[TrackingEvent, ...], rule: Opening, zone: ZoneInfo) -> Window:
    """When the loss is presumed of a parcel first scanned so.

    Of several readings of the same scan in different zones the latest opens it, and a zone that was guessed moves the recommended
    date to later: a claim filed a day late costs nothing, one filed too early is rejected.
    """
    opens_at, opens_on = max(_opening(version, rule, zone) for version in (first, *superseded))
    guessed = first.zone_source is ZoneSource.ASSUMED
    file_from = first_instant(opens_on + timedelta(days=rule.safety_days + guessed), zone)
    return Window(opens_on, opens_at, file_from)


def _opening(event: TrackingEvent, rule: Opening, zone: ZoneInfo) -> tuple[datetime, date]:
    wait = timedelta(days=rule.wait_full_days)
    if rule.day_rule is DayRule.ELAPSED_HOURS:
        start = end_of_day(event, zone) if event.precision is Precision.DATE else event.instant
        opens_at = settled((start.astimezone(UTC) + wait).astimezone(zone))
        return opens_at, opens_at.date()
    counted = day_of(event, zone) + wait
    opens_on = counted if rule.day_rule is DayRule.INCLUSIVE else counted + ONE_DAY
    return first_instant(opens_on, zone), opens_on
