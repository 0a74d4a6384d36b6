"""How often each kind of label is read: every figure is data, and a user may give others."""

from datetime import timedelta
from functools import lru_cache
from typing import Annotated, Self, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field
from pydantic.dataclasses import dataclass

from retoure.monitor.reasons import Reason

UNSCANNED = frozenset({Reason.UNSCANNED, Reason.REFUND_AT_SCAN})
"""Nobody handed it in, as far as is known."""

lasting = lru_cache(maxsize=256)(timedelta)
"""A length of time, made once: the same few are wanted for every read."""


def _zone(name: str) -> str:
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("name a time zone, like Europe/Berlin") from None


_MOST = 100_000  # of whatever unit: instants stay within the calendar
_Interval: TypeAlias = Annotated[float, Field(gt=0, le=_MOST)]
_Length: TypeAlias = Annotated[float, Field(ge=0, le=_MOST)]
_Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]
_Hour: TypeAlias = Annotated[int, Field(ge=0, lt=24)]
_Count: TypeAlias = Annotated[int, Field(ge=0, le=_MOST)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """How often a label is read, by where its parcel stands.

    Attributes:
        first_look_minutes: How old a label must be before the carrier is asked: before it answers "not found" to every number.
        unscanned_hours: Nobody handed it in yet.
        refund_at_scan_hours: The same, where the merchant promised the refund at the first scan; at every age of the label.
        unscanned_old_days, unscanned_old_hours: From what age on it is read how often.
        unscanned_patience_days: After how many days a label counts as unused where no policy and no expiry says so.
        pickup_day_hours: On the day of a pickup, from ``day_starts_hour`` on.
        moving_hours: Handed in and on its way.
        out_for_delivery_hours: In the day time of the destination, ``day_starts_hour`` to ``day_ends_hour``; nights are left out.
        collection_hours: It waits for the merchant.
        exception_hours, exception_for_hours, exception_later_hours: Something is wrong: how often, for how long, then how often.
        silent_days, silent_hours: After how many days without an event it is read how often.
        lost_hours: It counts as lost, and might be found.
        lost_until_day: Counted from the first scan; the last day on which it is read.
        moved_days: A parcel that was scanned is read so many days longer, whatever the day.
        indeterminate_hours: Answers came since the opening and settled nothing; before that it is read in the next free slot.
        confirming_hours: The one read after the end.
        gone_hours: The one retry after the carrier forgot what it had told.
        ended_hours, ended_days: Never scanned, expired or cancelled: how often, and for how long. A late scan revives it.
        evening_hour: The read on the evening before the opening, by the clock of the policy's zone.
        opening_minutes: The read so long after the opening, never earlier.
        morning_hour: The read on the morning of the opening's day.
        closing_days: How many days before a claim window's last day to read.
        closing_hour: At what hour; before the working day on which a claim is filed.
        retry_minutes, retry_most_hours: The first wait after a read that was not answered, doubled each time, and the longest
            one; of an answer that cannot be read, the interval of such reads where that is longer.
        deadline_retry_most_minutes, deadline_retry_days, deadline_retry_share: The longest wait while a forced read is owed: so
            many minutes, and after so many days, which outlast an outage, this share of the time since, a day at most; longer
            where few of the day's reads are left.
        least_gap_seconds: Two reads of one label are never closer, whatever asks for them.
        jitter_share: By what share of an interval a read is moved, either way, so that labels bought together are read apart.
        deadline_spread_minutes: Forced reads at and after the opening are moved to later by so much at most, never to earlier.
        ride_share: The last share of an interval in which a label may fill a batch that leaves anyway.
        reads_per_day: The most reads of one label a day, whatever asks for them. For every carrier: DHL tolerates 10 fetches of a
            parcel a day, nobody publishes less, and this table never needs as many.
        reads_day_zone: In whose midnight that day starts.
        longest_unscanned_hours: An unscanned label is read at least so often, however far intervals are stretched.
        give_up_failures: After so many reads in a row that were not answered, what is past its stop date or only to be confirmed
            is read no more.
        unknown_retention_days: How long a carrier answers for a number where no record of the policy says so.
        unscanned_stretched_hours, moving_stretched_hours: What ``unscanned_hours`` and ``moving_hours`` become where a budget
            does not carry the demand, in steps.

    Raises:
        ValidationError: what nobody can mean, by its name: a negative length, an interval of nothing, an unknown zone.
    """

    first_look_minutes: _Length = 30
    unscanned_hours: _Interval = 24
    refund_at_scan_hours: _Interval = 6
    unscanned_old_days: _Length = 14
    unscanned_old_hours: _Interval = 48
    unscanned_patience_days: _Count = 30
    pickup_day_hours: _Interval = 4
    moving_hours: _Interval = 6
    out_for_delivery_hours: _Interval = 2
    day_starts_hour: _Hour = 8
    day_ends_hour: Annotated[int, Field(ge=0, le=24)] = 20
    collection_hours: _Interval = 12
    exception_hours: _Interval = 4
    exception_for_hours: _Length = 48
    exception_later_hours: _Interval = 12
    silent_days: _Length = 5
    silent_hours: _Interval = 24
    lost_hours: _Interval = 24
    lost_until_day: _Count = 60
    moved_days: _Count = 14
    indeterminate_hours: _Interval = 4
    confirming_hours: _Interval = 24
    gone_hours: _Interval = 24
    ended_hours: _Interval = 48
    ended_days: _Count = 30
    evening_hour: _Hour = 18
    opening_minutes: _Length = 5
    morning_hour: _Hour = 8
    closing_days: tuple[_Count, ...] = (3, 1)
    closing_hour: _Hour = 8
    retry_minutes: _Length = 5
    retry_most_hours: _Length = 4
    deadline_retry_most_minutes: _Length = 40
    deadline_retry_days: _Length = 3
    deadline_retry_share: _Share = 0.125
    least_gap_seconds: _Length = 60
    jitter_share: _Share = 0.1
    deadline_spread_minutes: _Length = 10
    ride_share: _Share = 0.25
    reads_per_day: Annotated[int, Field(gt=0)] = 10
    reads_day_zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    longest_unscanned_hours: _Interval = 72
    give_up_failures: Annotated[int, Field(gt=0)] = 8
    unknown_retention_days: _Count = 60
    unscanned_stretched_hours: tuple[_Interval, ...] = (48, 72)
    moving_stretched_hours: tuple[_Interval, ...] = (8, 12)

    def __hash__(self) -> int:
        """Of a few figures: taking all of them takes longer than what is looked up by it."""
        return hash((self.evening_hour, self.opening_minutes, self.morning_hour, self.closing_days, self.closing_hour))

    def hours(self, reason: Reason) -> float:
        """How far the reads of a kind lie apart, at first and unstretched; a day for those that are made once."""
        name = _HOURS.get(reason)
        return getattr(self, name) if name else 24


_HOURS = {
    Reason.REFUND_AT_SCAN: "refund_at_scan_hours",
    Reason.UNSCANNED: "unscanned_hours",
    Reason.PICKUP: "pickup_day_hours",
    Reason.MOVING: "moving_hours",
    Reason.OUT_FOR_DELIVERY: "out_for_delivery_hours",
    Reason.COLLECTION: "collection_hours",
    Reason.EXCEPTION: "exception_hours",
    Reason.SILENT: "silent_hours",
    Reason.LOST: "lost_hours",
    Reason.INDETERMINATE: "indeterminate_hours",
    Reason.CONFIRMING: "confirming_hours",
    Reason.ENDED: "ended_hours",
}


@dataclass(frozen=True, slots=True)
class Stretch:
    """How far intervals are stretched: how many steps of the cadence's tables. Forced reads never are."""

    unscanned: int = 0
    moving: int = 0

    @classmethod
    def steps(cls, cadence: Cadence) -> tuple[Self, ...]:
        """Every stretch, in the order in which they are tried: unscanned labels first, then what is moving."""
        unscanned, moving = len(cadence.unscanned_stretched_hours), len(cadence.moving_stretched_hours)
        return (*(cls(step) for step in range(unscanned + 1)), *(cls(unscanned, step) for step in range(1, moving + 1)))


NO_STRETCH = Stretch()


def stretched(reason: Reason, hours: float, stretch: Stretch, cadence: Cadence) -> float:
    """The interval of a reason, from the one that nothing stretches; an unscanned label is read at least every 72 hours."""
    if reason in UNSCANNED and stretch.unscanned:
        factor = cadence.unscanned_stretched_hours[stretch.unscanned - 1] / cadence.unscanned_hours
        return max(hours, min(hours * factor, cadence.longest_unscanned_hours))
    if reason is Reason.MOVING and stretch.moving:
        return hours * cadence.moving_stretched_hours[stretch.moving - 1] / cadence.moving_hours
    return hours
