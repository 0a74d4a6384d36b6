"""What the store shows a person."""

from collections.abc import Mapping

from pydantic import AwareDatetime

from retoure.lifecycle import Assessment, ReturnCase
from retoure.model.base import Model


class Snapshot(Model):
    """One piece of evidence.

    Attributes:
        place: Its place in the return's chain, from 1.
        why: What it was taken for; several reasons are separated by blanks.
        at: When it was taken; None of one that is missing.
        sha256: Of the body.
        before: The hash of the one before it, which the body holds as well; empty for the first.
        body: JSON with verdict, events, label facts, and what was asked and answered; None once it is erased, or was changed.
        text: The same for a person.
        raw: The carrier's answer, byte for byte; None where it is not kept.
        intact: Whether body, hashes and what is stored beside them fit together. One that is missing at the chain's end, whose
            ``why`` is "missing", is not.
    """

    place: int
    number: str
    why: str
    at: AwareDatetime | None
    sha256: str
    before: str
    body: Mapping[str, object] | None = None
    text: str = ""
    raw: bytes | None = None
    intact: bool = True


class Erased(Model):
    """What an erasure came to, of each return by its rma, or by a number where it has none.

    Attributes:
        returns: Those whose personal data are gone.
        kept: Those that were left as they are, with the reason: an open claim, or rows that cannot be read.
        unknown: Names that no return and no number has.
    """

    returns: tuple[str, ...]
    kept: Mapping[str, str] = {}
    unknown: tuple[str, ...] = ()


class LabelShown(Model):
    """A watched label: its plan, and how asking went."""

    number: str
    account: str
    carrier: str
    reason: str
    rank: int
    next_poll_at: AwareDatetime | None
    deadline_at: AwareDatetime | None
    last_attempt_at: AwareDatetime | None
    last_success_at: AwareDatetime | None
    attempts: int
    last_error_class: str
    leased_until: AwareDatetime | None
    stopped_at: AwareDatetime | None
    stop_reason: str


class SignalShown(Model):
    """A signal and whether it was acknowledged; of one that cannot be read id, type and time."""

    signal: Mapping[str, object]
    acknowledged_at: AwareDatetime | None


class Shown(Model):
    """All about one return. ``case`` and ``assessment`` are None once it is erased.

    Attributes:
        trouble: Why it cannot be judged, and how that is mended: its rules are not known any more, or its rows cannot be read.
    """

    rma: str
    policy: str
    state: str
    detail: str
    watched_at: AwareDatetime
    erased_at: AwareDatetime | None
    labels: tuple[LabelShown, ...]
    signals: tuple[SignalShown, ...]
    evidence: tuple[Snapshot, ...]
    case: ReturnCase | None = None
    assessment: Assessment | None = None
    trouble: str = ""


class AccountStatus(Model):
    """One account's part of the store: what is watched, due and overdue."""

    account: str
    carrier: str
    active: int
    due: int
    leased: int
    oldest_overdue_deadline: AwareDatetime | None
    next_due: AwareDatetime | None
    by_reason: Mapping[str, int]


class Status(Model):
    """How the monitor stands.

    Attributes:
        unmapped_codes: How often a carrier's code was met that is in no table.
        used: Calls of the current days, by quota and day.
        pauses: Credentials that are left alone, by the first letters of their digest.
    """

    at: AwareDatetime
    returns: int
    active: int
    stopped: int
    states: Mapping[str, int]
    accounts: tuple[AccountStatus, ...]
    unacknowledged: int
    leased_signals: int
    unmapped_codes: int
    used: Mapping[str, int]
    pauses: Mapping[str, str]


class Prospect(Model):
    """Whether an account's quotas carry what is watched.

    Attributes:
        shares: Other accounts with the same credentials, whose calls are counted together.
        budget_per_day: How many calls leave on a day at most; None where nothing limits them.
        paused: Why the account is left alone, and until when; empty where it is not.
        summary: What the budget carries, in words.
        warnings: What does not fit, and what follows.
        error: What keeps it from being polled, or that forced reads alone exceed the budget.
    """

    account: str
    shares: tuple[str, ...] = ()
    budget_per_day: int | None = None
    paused: str = ""
    summary: str = ""
    warnings: tuple[str, ...] = ()
    error: str = ""
