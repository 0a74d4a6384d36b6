"""Times at which a carrier in a box does not answer, or answers that it was asked too often."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from enum import StrEnum

from retoure.replay.sandbox.messages import Answer
from retoure.replay.sandbox.server import Cut


class Trouble(StrEnum):
    """What comes instead of an answer."""

    ERROR = "error"  # HTTP 503
    SILENCE = "silence"  # nothing at all
    BUSY = "busy"  # HTTP 429
    CALL_LIMIT = "call_limit"  # the carrier's own way to say so, inside of a success


class Silence(Cut):
    """No answer is to come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A time of trouble.

    Attributes:
        carrier: Whose.
        start: From when on.
        until: Until when.
        retry_after: What HTTP 429 tells to wait; nothing unless given.
        as_date: It tells so by a date.
    """

    carrier: str
    trouble: Trouble
    start: datetime
    until: datetime
    retry_after: timedelta | None = None
    as_date: bool = False

    def befalls(self, carrier: str, now: datetime) -> bool:
        """Whether a carrier is in this trouble at a moment."""
        return self.carrier == carrier and self.start <= now < self.until

    def answer(self, now: datetime, call_limit: Answer | None) -> Answer:
        """What comes instead; raises ``Silence`` where nothing does."""
        match self.trouble:
            case Trouble.SILENCE:
                raise Silence
            case Trouble.CALL_LIMIT if call_limit is not None:
                return call_limit
            case Trouble.ERROR:
                return Answer(503)
        if self.retry_after is None:
            return Answer(429)
        told = (
            format_datetime((now + self.retry_after).astimezone(UTC), usegmt=True)
            if self.as_date
            else str(int(self.retry_after.total_seconds()))
        )
        return Answer(429, {"Retry-After": told})
