"""When a label is read next, and why: pure, no clock, no chance of its own.

Everything is planned from what is stored, so a restart loses nothing, and a read that comes late decides nothing wrong: only when
it was really asked counts.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from retoure.carrier.times import day_in, first_instant
from retoure.monitor.cadence import NO_STRETCH, Cadence, Stretch, lasting
from retoure.monitor.deadlines import deadlines_of
from retoure.monitor.intervals import Due, regular
from retoure.monitor.outlooks import Outlook
from retoure.monitor.reads import UNREAD, Reads
from retoure.monitor.reasons import FailureClass, Rank, Reason, Stop

_ONE_DAY = timedelta(days=1)


class Plan(NamedTuple):
    """When and why a label is read next.

    ``wake_at`` is for the store: from then on it folds the case by the clock alone (``fold(case, None, policy, now)``), without a
    call, writes the signals that come of it, and makes outlook and plan anew; a label that is read no more is woken all the same.
    So a signal of the calendar (a claim closing, a label expiring, a trace, a history about to be deleted, a change of the rules)
    never waits for the next read. The same moment ends the quiet in which an unchanged answer needs no fold.

    Attributes:
        at: When it is due, in the past where it is overdue; None: never again, for the reason ``stop``.
        reason: Why.
        rank: How urgent it is.
        deadline_at: The first forced read that is still owed, be it the next read or a later one.
        deadlines_booked: How many forced reads are owed within a day of ``deadline_at``, it included: what to keep of a budget.
        ride_from: From when on the label may fill a batch that leaves anyway, before it is due.
        precise: The answer is asked for with exact times, alone if need be.
        stop: Why it is read no more.
        wake_at: When to fold by the clock.
    """

    at: datetime | None
    reason: Reason
    rank: Rank
    deadline_at: datetime | None = None
    deadlines_booked: int = 0
    ride_from: datetime | None = None
    precise: bool = False
    stop: Stop | None = None
    wake_at: datetime | None = None


_WANTED = (Reason.PUSHED, Reason.ASKED)
_SPREAD_TRIES, _KEPT_TRIES = 3, 1
"""Of a day's tries of a forced read so many are spread over the rest of the day, and so many kept for the account's return."""
_WANTED_TRIES = 10
"""So often what somebody wants to know is asked for in vain, before it is left to the calendar."""


def next_read(
    outlook: Outlook,
    reads: Reads = UNREAD,
    *,
    now: datetime,
    draw: float,
    wanted: Reason | None = None,
    not_before: datetime | None = None,
    cadence: Cadence = Cadence(),  # noqa: B008 - frozen
    stretch: Stretch = NO_STRETCH,
) -> Plan:
    """When to read a label next.

    Args:
        outlook: What is known of its parcel.
        reads: How it was read so far, the read just made included.
        now: The moment, aware.
        draw: In [0, 1), by chance: moves the read within its jitter.
        wanted: PUSHED or ASKED, where somebody wants it read at once.
        not_before: Until when its account rests: a Retry-After, the reset of a budget that is spent.
        cadence: How often labels are read.
        stretch: How far intervals are stretched.
    """
    now = now.astimezone(UTC)
    reads = reads.as_of(now)
    owed = _owed(outlook, reads, now, cadence)
    ordinary = regular(outlook, reads, draw, cadence, stretch)
    if wanted is not None:
        ordinary = ordinary if ordinary is not None and ordinary.at <= now else Due(now, wanted)
    elif reads.failure is not None:
        ordinary = min(_repeated(ordinary, reads, draw, cadence), key=lambda one: one.at, default=None)
    bounds = reads, owed, _tomorrow(now, cadence.reads_day_zone), not_before, draw, cadence
    due = _bounded(ordinary, *bounds) if ordinary is not None else None
    if owed and (due is None or owed[0] <= now or _spared(due, owed[0])):  # nothing makes a forced read earlier than it is owed
        forced = _bounded(_after_a_failure(_forced(owed[0], now, draw, outlook, cadence), reads, draw, cadence), *bounds)
        due = forced if due is None or owed[0] <= now or _spared(due, forced.at) else due
    if due is None:
        gone = reads.failure is FailureClass.GONE and outlook.phase is not Reason.CONFIRMING
        stop = Stop.GONE if gone else outlook.stop
        return Plan(at=None, reason=outlook.phase, rank=outlook.phase.rank, stop=stop, wake_at=outlook.wake_at)
    return Plan(
        at=due.at,
        reason=due.reason,
        rank=min(due.reason.rank, wanted.rank) if wanted else due.reason.rank,
        deadline_at=owed[0] if owed else None,
        deadlines_booked=bisect_right(owed, owed[0] + _ONE_DAY) if owed else 0,
        ride_from=due.ride_from,
        precise=due.reason in (Reason.DEADLINE, Reason.CONFIRMING) or _times_were_guessed(outlook, reads),
        wake_at=outlook.wake_at,
    )


def _owed(outlook: Outlook, reads: Reads, now: datetime, cadence: Cadence) -> Sequence[datetime]:
    """Forced reads that no answer was asked for at or after, the earliest first. Of those that have passed one read is enough."""
    forced = deadlines_of(outlook.opens_at, outlook.closes_on, ZoneInfo(outlook.zone), cadence)
    owed = forced[bisect_right(forced, reads.answered_at) :] if reads.answered_at is not None else forced
    passed = bisect_right(owed, now)
    return owed[passed - 1 :] if passed else owed


def _forced(deadline: datetime, now: datetime, draw: float, outlook: Outlook, cadence: Cadence) -> Due:
    """A forced read: at its time where that has passed, and from the opening on moved by chance to later where it has not."""
    opened = outlook.opens_at is not None and deadline >= outlook.opens_at
    spread = timedelta(minutes=cadence.deadline_spread_minutes) * draw if opened and deadline > now else timedelta()
    return Due(deadline + spread, Reason.DEADLINE)


def _repeated(ordinary: Due | None, reads: Reads, draw: float, cadence: Cadence) -> Iterator[Due]:
    """The ordinary read, and once more the one that somebody wanted, as long as it was not answered: for a while."""
    if ordinary is not None:
        yield _after_a_failure(ordinary, reads, draw, cadence)
    unanswered = reads.failure is not None and not reads.failure.answered
    if unanswered and reads.asked_at is not None and reads.reason in _WANTED and reads.failures <= _WANTED_TRIES:
        yield _after_a_failure(Due(reads.asked_at, reads.reason), reads, draw, cadence)


def _after_a_failure(due: Due, reads: Reads, draw: float, cadence: Cadence) -> Due:
    """What a read that was not answered is repeated after: a wait that doubles, with chance in it, up to a most."""
    if reads.asked_at is None or reads.failure is None or reads.failure.answered:
        return due
    if due.reason is Reason.DEADLINE:
        most = _longest_wait(reads.asked_at - due.at, reads.asked_at, reads.today, cadence)
    else:
        # A number's own failures do not have it read more often than others; its account's trouble says nothing of it.
        least = due.interval if reads.failure is FailureClass.FAILED else timedelta()
        most = max(timedelta(hours=cadence.retry_most_hours), least)
    doubled = timedelta(minutes=cadence.retry_minutes) * 2 ** min(max(reads.failures, 1) - 1, 16)
    again = reads.asked_at + min(doubled, most) * (1 - draw / 2)
    return Due(max(due.at, again), due.reason, due.interval, max(due.ride_from or due.at, again))


def _longest_wait(owed_for: timedelta, asked_at: datetime, today: int, cadence: Cadence) -> timedelta:
    """Between two tries of a forced read: short, until it has been owed for days.

    A day's last tries are spread over what is left of it, and the very last one is kept: a forced read is due at once when its
    account answers again, and must not have used up its day by then.
    """
    share = min((owed_for - timedelta(days=cadence.deadline_retry_days)) * cadence.deadline_retry_share, _ONE_DAY)
    left = cadence.reads_per_day - _KEPT_TRIES - today
    spread = (_tomorrow(asked_at, cadence.reads_day_zone) - asked_at) / max(left, 1) if left <= _SPREAD_TRIES else timedelta()
    return max(timedelta(minutes=cadence.deadline_retry_most_minutes), share, spread)


def _spared(ordinary: Due, forced_at: datetime) -> bool:
    """Whether a forced read does for an ordinary one too: one that comes so much later that half the interval is still left."""
    later = forced_at - ordinary.at
    return later <= timedelta() if ordinary.reason is Reason.FIRST_LOOK else 2 * later <= ordinary.interval


def _bounded(
    due: Due, reads: Reads, owed: Sequence[datetime], tomorrow: datetime, not_before: datetime | None, draw: float,
    cadence: Cadence,
) -> Due:  # fmt: skip
    """A read no earlier than it may be: a minute after the last one, not in a day that is full, not while the account rests.

    Of a day's reads those are kept that forced ones will need. After a rest ordinary reads are spread.
    """
    earliest = reads.asked_at + lasting(seconds=cadence.least_gap_seconds) if reads.asked_at else due.ride_from or due.at
    forced = due.reason is Reason.DEADLINE
    tried = reads.reason is Reason.DEADLINE and reads.failure is not None and not reads.failure.answered
    kept = _KEPT_TRIES * tried if forced else bisect_left(owed, tomorrow)
    if reads.today >= cadence.reads_per_day - kept:
        earliest = max(earliest, tomorrow)
    rest = not_before or (tomorrow if reads.failure is FailureClass.DAILY_EXHAUSTED else None)
    if rest is not None:
        spread = timedelta() if forced else due.interval * cadence.jitter_share * draw
        earliest = max(earliest, rest.astimezone(UTC) + spread)
    return Due(max(due.at, earliest), due.reason, due.interval, max(due.ride_from or due.at, earliest))


@lru_cache(maxsize=16)
def _tomorrow(now: datetime, zone: str) -> datetime:
    """When the next day begins that reads are counted on; outcomes that are written down together have one moment."""
    return _start_of(day_in(now, ZoneInfo(zone)) + _ONE_DAY, ZoneInfo(zone))


@lru_cache(maxsize=64)
def _start_of(day: date, zone: ZoneInfo) -> datetime:
    return first_instant(day, zone).astimezone(UTC)


def _times_were_guessed(outlook: Outlook, reads: Reads) -> bool:
    """Whether a first scan waits for an exact time: once, for a carrier that tells none tells none again."""
    return outlook.guessed_since is not None and (reads.answered_at is None or reads.answered_at <= outlook.guessed_since)


_STARVED_AFTER = timedelta(days=1)


def urgency(rank: Rank, at: datetime, now: datetime) -> tuple[int, Rank, datetime]:
    """What due reads are ordered by, the most urgent first.

    Forced reads, what is indeterminate, then what has waited for more than a day, so that nobody starves, then the others; within
    each by rank and by how long they are due.
    """
    if rank <= Rank.INDETERMINATE:
        return rank, rank, at
    return 2 if now - at > _STARVED_AFTER else 3, rank, at
