"""All that the calendar needs of a case: made after a fold, kept beside the label, read without loading the case."""

from dataclasses import dataclass
from datetime import date, datetime

from retoure.lifecycle import ReturnCase
from retoure.monitor.cadence import Cadence
from retoure.monitor.reasons import Reason, Stop
from retoure.programmes import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What one label's reads are planned by, until the case is folded again.

    Attributes:
        phase: Where the parcel stands, as the reason it is read for.
        since: When the label got into that phase, as far as it was learned; a label's creation while it is unscanned.
        made_at: When this was made.
        issued_at: When the label was created, else first watched.
        known: The carrier has told something of the number: "not found" then means that it forgot.
        moved_at: The last event, by its own time; None without any.
        opens_at: When a loss is presumed, if the parcel's way still goes on.
        closes_on: The last day of a claim window that is or will be open, nothing being filed.
        zone: By whose clock the forced reads are planned.
        day_zone: By whose clock it is day at the destination.
        pickup_on: The day of a pickup, where the merchant told one.
        guessed_since: When a first scan was learned whose zone had to be guessed; the next read asks for exact times.
        retained_until: Until when the carrier is expected to answer for the number.
        until: The stop date; forced reads that lie later are read all the same.
        stop: Why reading stops then.
        wake_at: The next moment at which the calendar alone may bring a signal or change this outlook, if any. Nobody needs to be
            asked: see :class:`~retoure.monitor.plans.Plan`.
        restless: A verdict waits for a fresh answer: every answer must be folded, the same as before included.
    """

    phase: Reason
    since: datetime
    made_at: datetime
    issued_at: datetime
    known: bool = False
    moved_at: datetime | None = None
    opens_at: datetime | None = None
    closes_on: date | None = None
    zone: str = "UTC"
    day_zone: str = "UTC"
    pickup_on: date | None = None
    guessed_since: datetime | None = None
    retained_until: datetime | None = None
    until: datetime | None = None
    stop: Stop | None = None
    wake_at: datetime | None = None
    restless: bool = False

    def quiet(self, at: datetime) -> bool:
        """Whether an answer that is the same as the last one needs no fold at that moment: a bare row in the log will do."""
        return not self.restless and (self.wake_at is None or at < self.wake_at)

    def to_json(self) -> str:
        """One text, for a column."""
        raise NotImplementedError

    @classmethod
    def from_json(cls, text: str) -> "Outlook":
        """Back from that text."""
        raise NotImplementedError


def outlook_of(
    case: ReturnCase,
    policy: Policy,
    number: str,
    *,
    at: datetime,
    watched_at: datetime,
    refund_at_scan: bool = False,
    pickup_on: date | None = None,
    before: Outlook | None = None,
    cadence: Cadence = Cadence(),  # noqa: B008 - frozen
) -> Outlook:
    """What a label's reads are planned by.

    Args:
        case: The return, just folded.
        policy: The rules it was folded by.
        number: The label's number: one of the case's, a successor's included.
        at: The moment of the fold.
        watched_at: Since when the label is watched; its age counts from there where its creation is unknown.
        refund_at_scan: The merchant promised the refund at the first scan.
        pickup_on: The day of a pickup, where one is booked.
        before: The outlook that this one replaces: what a phase counts from stays while the phase lasts.

    Raises:
        ValueError: the number is no label of this case.
    """
    raise NotImplementedError
