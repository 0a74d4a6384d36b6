"""Reads that are forced: around the opening of a window, and before its closing.

The evening before the opening shows what was delivered until then. The read right after the opening is the one that can show a
loss; by the clock of Germany it falls at the end of the old day of a quota that is reset at midnight GMT, so that it may find the
budget spent. The one in the morning falls into the new day: the safety net.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from retoure.carrier.times import aware, day_in
from retoure.monitor.cadence import Cadence


@lru_cache(maxsize=4096)
def deadlines_of(opens_at: datetime | None, closes_on: date | None, zone: ZoneInfo, cadence: Cadence) -> tuple[datetime, ...]:
    """Every forced read, the earliest first.

    A closing that lies before the opening is none. Where a window opens in the course of a day, the read in the morning comes as
    long after the opening as it would after midnight, unless that morning is still ahead.
    """
    if opens_at is None:
        return ()
    opens_on = day_in(opens_at, zone)
    opening = opens_at.astimezone(UTC) + timedelta(minutes=cadence.opening_minutes)
    morning = _at(opens_on, cadence.morning_hour, zone)
    if morning <= opening:
        morning = opens_at.astimezone(UTC) + timedelta(hours=cadence.morning_hour)
    evening = _at(opens_on - timedelta(days=1), cadence.evening_hour, zone)
    closing = (_at(closes_on - timedelta(days=days), cadence.closing_hour, zone) for days in cadence.closing_days if closes_on)
    return tuple(sorted({evening, opening, morning, *(at for at in closing if at > opening)}))


def _at(day: date, hour: int, zone: ZoneInfo) -> datetime:
    return aware(datetime.combine(day, time(hour)), zone)[0].astimezone(UTC)
