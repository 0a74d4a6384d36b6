"""When a label is read next, and why: pure, no clock, no chance of its own.

Everything is planned from what is stored, so a restart loses nothing, and a read that comes late decides nothing wrong: only when it
was really asked counts.
"""

from dataclasses import dataclass
from datetime import datetime

from retoure.monitor.cadence import NO_STRETCH, Cadence, Stretch
from retoure.monitor.outlooks import Outlook
from retoure.monitor.reasons import FailureClass, Rank, Reason, Stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """How a label has been read so far. Times are those at which requests left.

    Attributes:
        asked_at: The last read, whatever came of it.
        answered_at: The last read that was answered: a history, or a failure that is ``answered``.
        reason: Why the last read was planned.
        failure: What came of the last read, if it gave no history.
        failures: How many reads failed in a row, this one included; an answered one is none.
        today: Reads on the present day of ``Cadence.reads_day_zone``; reads that a quota turned away are none.
    """

    asked_at: datetime | None = None
    answered_at: datetime | None = None
    reason: Reason | None = None
    failure: FailureClass | None = None
    failures: int = 0
    today: int = 0


UNREAD = Reads()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
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
    raise NotImplementedError


def urgency(rank: Rank, at: datetime, now: datetime) -> tuple[int, Rank, datetime]:
    """What due reads are ordered by, the most urgent first: forced reads, what is indeterminate, then what has waited for more than
    a day, so that nobody starves, then by rank and by how long they are due.
    """
    raise NotImplementedError
