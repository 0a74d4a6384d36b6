"""All that the calendar needs of a case: made after a fold, kept beside the label, read without loading the case."""

from dataclasses import dataclass
from datetime import date, datetime

from pydantic import AwareDatetime, TypeAdapter

from retoure.monitor.reasons import Reason, Stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What one label's reads are planned by, until the case is folded again.

    Attributes:
        phase: Where the parcel stands, as the reason it is read for.
        since: What the phase's own figures count from: a label's creation, the last news, the end as it was learned, the opening.
        issued_at: When the label was created, else since when it is watched.
        watched_at: Since when it is watched.
        known: The carrier has told something of the number: "not found" then means that it forgot.
        moved_at: The last event of a parcel that is on its way, by its own time; None where silence means nothing.
        opens_at: When a loss is presumed, as long as the parcel's way goes on.
        closes_on: The last day of a claim window that is or will be open, nothing being filed.
        zone: By whose clock the forced reads are planned.
        day_zone: By whose clock it is day at the destination.
        pickup_on: The day of a pickup, where the merchant told one.
        guessed_since: When a first scan was learned whose zone had to be guessed; the next read asks for exact times.
        retained_until: Until when the carrier is expected to answer for the number.
        until: The stop date; forced reads that lie later are made all the same.
        stop: Why reading stops then.
        wake_at: The next moment at which the calendar alone may bring a signal or change this outlook, if any. Nobody needs to be
            asked: see :class:`~retoure.monitor.plans.Plan`.
        restless: A verdict waits for a fresh answer: every answer must be folded, the same as before included.
    """

    phase: Reason
    since: AwareDatetime
    issued_at: AwareDatetime
    watched_at: AwareDatetime
    known: bool = False
    moved_at: AwareDatetime | None = None
    opens_at: AwareDatetime | None = None
    closes_on: date | None = None
    zone: str = "UTC"
    day_zone: str = "UTC"
    pickup_on: date | None = None
    guessed_since: AwareDatetime | None = None
    retained_until: AwareDatetime | None = None
    until: AwareDatetime | None = None
    stop: Stop | None = None
    wake_at: AwareDatetime | None = None
    restless: bool = False

    def quiet(self, at: datetime) -> bool:
        """Whether an answer that is the same as the last one needs no fold at that moment: a bare row in the log will do.

        A failed answer needs none either, as long as it is of the same class as before.
        """
        return not self.restless and (self.wake_at is None or at < self.wake_at)

    def to_json(self) -> str:
        """One text, for a column."""
        return _JSON.dump_json(self, exclude_defaults=True).decode()

    @classmethod
    def from_json(cls, text: str) -> "Outlook":
        """Back from that text."""
        return _JSON.validate_json(text)


_JSON: TypeAdapter[Outlook] = TypeAdapter(Outlook)
