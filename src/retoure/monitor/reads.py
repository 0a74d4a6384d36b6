"""How a label was read so far: what the store keeps beside its plan."""

from datetime import datetime
from typing import NamedTuple, Self

from retoure.monitor.reasons import FailureClass, Reason


class Reads(NamedTuple):
    """How a label has been read so far. Times are those at which requests left.

    Attributes:
        asked_at: The last read, whatever came of it.
        answered_at: The last read that was answered: a history, or a failure that is ``answered``.
        reason: Why the last read was planned.
        failure: What came of the last read, if it gave no history.
        failures: How many reads in a row were not answered.
        today: Reads on the present day of ``Cadence.reads_day_zone``; reads that a quota turned away are none.
    """

    asked_at: datetime | None = None
    answered_at: datetime | None = None
    reason: Reason | None = None
    failure: FailureClass | None = None
    failures: int = 0
    today: int = 0

    def as_of(self, now: datetime) -> Self:
        """The same, for a clock that may have gone back since: nothing can have been asked later than now.

        Nor answered: a read that failed since is repeated, whatever an answer from ahead of now would have it wait for.
        """
        failed_since = self.failures > 0 and self.answered_at is not None and self.answered_at > now
        if (self.asked_at is None or self.asked_at <= now) and not failed_since:
            return self
        return self._replace(asked_at=_by(self.asked_at, now), answered_at=_by(self.answered_at, now))


def _by(at: datetime | None, now: datetime) -> datetime | None:
    return at and min(at, now)


UNREAD = Reads()
