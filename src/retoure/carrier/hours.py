"""Opening hours as carriers write them."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from retoure.carrier.times import first_instant
from retoure.model.dropoffs import Closure, OpeningHours

_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
WEEKDAYS = {name: number for number, name in enumerate(_NAMES, 1)}
LAST_SECOND = time(23, 59, 59)
"""Midnight as the end of a day, which is no time of that day."""
_FORMS = ("%H:%M", "%H:%M:%S", "%I:%M %p")


def time_of_day(text: str) -> time | None:
    """A time like ``9:00``, ``18:30:00`` or ``9:00 AM``, or None; ``24:00`` is the last second."""
    if text[:5] == "24:00":
        return LAST_SECOND
    for form in _FORMS:
        try:
            return datetime.strptime(text, form).time()  # noqa: DTZ007 - a time of day has no zone
        except ValueError:
            continue
    return None


def weekly_hours(entries: Iterable[tuple[int | None, time | None, time | None]]) -> tuple[OpeningHours, ...]:
    """Weekday, opening and closing time as opening hours; none at all where one is not known, for half a week would mislead."""
    hours = []
    for weekday, opens, closes in entries:
        if weekday is None or opens is None or closes is None:
            return ()
        hours.append(OpeningHours(weekday=weekday, opens=opens, closes=closes))
    return tuple(sorted(hours, key=lambda entry: (entry.weekday, entry.opens)))


def closed_days(first: date, last: date, zone: ZoneInfo) -> Closure:
    """A closed period of whole days, both included."""
    return Closure(closed_from=first_instant(first, zone), closed_until=first_instant(last + timedelta(days=1), zone))
