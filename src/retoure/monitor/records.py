"""What the store hands over and takes: leases, outcomes, reservations, and what it shows a person."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from retoure.carrier.plugin import Quota
from retoure.carrier.wire import HttpRequest, HttpResponse
from retoure.lifecycle import FailedRead, Read, ReturnCase, SameRead
from retoure.lifecycle.signals import AnySignal
from retoure.model.tracking import TrackedParcel
from retoure.monitor.outlooks import Outlook
from retoure.monitor.reasons import FailureClass, Rank, Reason
from retoure.monitor.shown import AccountStatus, Erased, LabelShown, Shown, SignalShown, Snapshot, Status

__all__ = [
    "AccountStatus", "Ask", "Erased", "Exchange", "Grant", "LabelShown", "Lease", "Outcome", "Pause", "Recorded", "Shown",
    "SignalShown", "Snapshot", "Status", "Watch", "Watched",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Watch:
    """A return to be watched, or further labels of one.

    Attributes:
        case: Its labels, and what was observed of them elsewhere.
        policy: The name of its rules.
        refund_at_scan: The merchant promises the refund at the first scan: unscanned labels are read more often.
        pickup_on: The day of a pickup, where one is booked.
    """

    case: ReturnCase
    policy: str
    refund_at_scan: bool = False
    pickup_on: date | None = None


@dataclass(frozen=True, slots=True)
class Watched:
    """A return that is watched.

    Attributes:
        id: The store's number of it.
        added: The numbers that were not watched before.
        refused: Why this one could not be taken; the others of the same call were.
    """

    id: int
    rma: str
    added: tuple[str, ...] = ()
    refused: str = ""


@dataclass(slots=True, kw_only=True)
class Lease:
    """A label that this poller, and no other, may ask for until ``until``.

    Attributes:
        label, case: The store's numbers.
        parcel: What to ask for.
        planned_at: When it was due.
        attempts: Failures in a row.
        token: Proves the lease.
        outlook: What its plan rests on.
        row: What is needed of the label's row, as it was when it was leased; the store's own.
    """

    label: int
    case: int
    account: str
    carrier: str
    parcel: TrackedParcel = field(repr=False)
    rank: Rank
    reason: Reason
    planned_at: datetime | None
    attempts: int
    last_attempt_at: datetime | None
    token: str
    until: datetime
    outlook: Outlook = field(repr=False)
    row: Mapping[str, Any] = field(repr=False, compare=False)

    @property
    def deadline(self) -> bool:
        """Whether it is a forced read: it may use what is kept in reserve."""
        return self.rank is Rank.DEADLINE

    @property
    def known(self) -> bool:
        """Whether the carrier told something of it before: then "not found" means gone, and not new."""
        return self.outlook.known


@dataclass(slots=True)
class Exchange:
    """A carrier's raw answer, as evidence; its SHA-256 is the report's ``digest``."""

    request: HttpRequest = field(repr=False)
    response: HttpResponse

    @property
    def path(self) -> str:
        """The URL's path, without a query and without secrets."""
        return "/" + self.request.url.partition("?")[0].split("/", 3)[-1]


@dataclass(slots=True)
class Outcome:
    """What came of asking for a leased label.

    Attributes:
        failure: The class of a failed read.
        not_before: Until when its account rests: a Retry-After, or the reset of a budget that is spent.
        exchange: The raw answer, kept where a report tells something new or a snapshot is taken.
    """

    lease: Lease
    observation: Read | SameRead | FailedRead
    failure: FailureClass | None = None
    not_before: datetime | None = None
    exchange: Exchange | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What recording came to.

    Attributes:
        unchanged: How many outcomes told nothing new, and cost a bare row.
        folded: How many changed a case.
        signals: What is new to be told.
        added: Numbers that answers named, and that are watched from now on.
        overtaken: Outcomes whose lease another poller had taken over; they are in the log all the same.
        broken: Returns whose rows cannot be read, with what is wrong: nothing of them was changed, and all others were.
    """

    unchanged: int = 0
    folded: int = 0
    signals: tuple[AnySignal, ...] = ()
    added: tuple[str, ...] = ()
    overtaken: int = 0
    broken: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ask:
    """Calls to be reserved.

    Attributes:
        credential: What accounts with the same credentials share; only a keyed digest of it is kept.
        quotas: The account's quotas, with its own figures.
        path: The path of the call: a quota counts those that start with its own.
        urgent: A forced read: it may use the reserve.
        accounts: The accounts that share the credential: their deadline reads are kept in reserve.
        numbers_per_call: How many deadline reads one call carries.
        patience: Slots further ahead than this are not given.
    """

    credential: str
    quotas: tuple[Quota, ...]
    path: str = "/"
    calls: int = 1
    urgent: bool = False
    accounts: tuple[str, ...] = ()
    numbers_per_call: int = 1
    patience: timedelta = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Grant:
    """Calls that may be made.

    Attributes:
        slots: The moment from which each may leave.
        reserved_at: When they were reserved: the day that they count on.
        spent: The daily budget has no more for this kind of read.
        retry_at: When to ask again for the calls that were not granted.
    """

    ask: Ask
    slots: tuple[datetime, ...]
    reserved_at: datetime
    spent: bool = False
    retry_at: datetime | None = None

    @property
    def calls(self) -> int:
        """How many."""
        return len(self.slots)


@dataclass(frozen=True, slots=True)
class Pause:
    """A credential that is left alone.

    Attributes:
        until: Nothing leaves before.
        ordinary_until: Only forced reads leave before: the day's budget is down to the reserve.
        why: In a word or two, without personal data.
        failures: How often in a row it went wrong.
        stopped: Nothing leaves until somebody resumes it: the carrier does not accept the credentials.
    """

    until: datetime | None = None
    ordinary_until: datetime | None = None
    why: str = ""
    failures: int = 0
    stopped: bool = False
