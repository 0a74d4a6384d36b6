"""A zone's days, found by walking its clock a quarter of an hour at a time."""

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

FIRST, LAST = datetime(2023, 12, 1, tzinfo=UTC), datetime(2030, 2, 1, tzinfo=UTC)
STEP = timedelta(minutes=15)
DAY = timedelta(days=1)


class Days:
    """When each date of a zone begins, and how its clock stood at every moment.

    Attributes:
        begins: The first moment of each date.
        stretches: From when on which offset holds.
    """

    def __init__(self, name: str) -> None:
        zone = ZoneInfo(name)
        self.begins: dict[date, datetime] = {}
        self.stretches: list[tuple[datetime, timedelta]] = []
        moment, offset, seen = FIRST, None, None
        while moment < LAST:
            clock = moment.astimezone(zone)
            ahead = clock.utcoffset()
            if ahead != offset and ahead is not None:
                self.stretches.append((moment, ahead))
                offset = ahead
            if seen is None or clock.date() > seen:
                seen = clock.date()
                self.begins[seen] = moment
            moment += STEP
        self._moments, self._dates = list(self.begins.values()), list(self.begins)

    def date_of(self, moment: datetime) -> date:
        """The date that the zone's calendar shows."""
        return self._dates[bisect_right(self._moments, moment) - 1]

    def moment_of(self, wall: datetime) -> datetime:
        """The first moment at which the clock shows this; what it leaves out comes when the clock before would show it."""
        clock = wall.replace(tzinfo=UTC)
        held = self.stretches[0][1]
        for (begin, ahead), end in zip(self.stretches, [*(begin for begin, _ in self.stretches[1:]), LAST], strict=True):
            if begin <= clock - ahead < end:
                return clock - ahead
            if begin > clock - ahead:
                return clock - held
            held = ahead
        raise ValueError(f"{wall} lies outside the walk")

    def on(self, day: date) -> datetime:
        """The first moment of a date."""
        return self.begins[day]


@cache
def days_of(zone: str) -> Days:
    """The days of a zone, walked once."""
    return Days(zone)


def after(day: date, full_days: int) -> date:
    """The date that follows so many full days; the day itself is none of them."""
    passed = 0
    while passed < full_days:
        day += DAY
        passed += 1
    return day + DAY
