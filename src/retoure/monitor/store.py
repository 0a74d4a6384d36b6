"""The store of the monitor: cases, plans, signals, quotas and evidence in one database, a transaction at a time.

Synchronous: asynchronous code calls it through ``asyncio.to_thread``, with many labels at once. Safe for threads, and for many
processes on one database.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol, Self

from retoure.lifecycle import Assessment, CaseLabel, Observation, ReturnCase
from retoure.lifecycle.signals import AnySignal
from retoure.monitor.records import (
    Ask,
    Erased,
    Grant,
    Lease,
    Outcome,
    Pause,
    Recorded,
    Shown,
    Snapshot,
    Status,
    Watch,
    Watched,
)
from retoure.programmes import Policy

if TYPE_CHECKING:
    from retoure.monitor.plans import FailureClass, Outlook, Plan


class Planning(Protocol):
    """What decides when a label is read next: ``plans.outlook_of`` and ``plans.next_read`` with cadence, stretch and draw bound.

    Pure, and called within a transaction: it must not touch the store.
    """

    def outlook(
        self, case: ReturnCase, assessment: Assessment, policy: Policy, label: CaseLabel, *,
        refund_at_scan: bool, watched_at: datetime, before: "Outlook | None",
    ) -> "Outlook":  # fmt: skip
        """``outlook_of``."""
        ...

    def next_read(
        self, outlook: "Outlook", *, account: str, now: datetime, last_asked: datetime | None, failure: "FailureClass | None",
        failures: int, reads_today: int,
    ) -> "Plan":  # fmt: skip
        """``next_read`` for a label of an account."""
        ...


class Store:
    """Everything the monitor remembers. Made by :meth:`at`; opened when first used. Every method blocks."""

    @classmethod
    def at(
        cls,
        url: str,
        *,
        planning: Planning | None = None,
        policies: Mapping[str, Policy] | None = None,
        clock: Callable[[], datetime] | None = None,
        cases: int = 256,
    ) -> Self:
        """The store at a database's URL: ``sqlite:///retoure.db``, ``postgresql://user@host/name``. Nothing is opened yet.

        Args:
            url: The database may hold the books of purchases as well.
            planning: When labels are read; the default cadence where it is not told.
            policies: Rules by name that do not ship with the package.
            clock: The time; else the system's.
            cases: How many folded cases are kept in memory.

        Raises:
            ConfigurationError: the URL cannot be used, or its driver is not installed.
        """
        raise NotImplementedError

    def close(self) -> None:
        """Close the connections; they are opened again when needed."""

    # Watching
    def watch(self, watches: Sequence[Watch]) -> tuple[Watched, ...]:
        """Watch returns, all in one transaction; those that cannot be taken say so in ``refused``. The same again changes nothing.

        A return with the same non-empty rma gets the labels added. A number of an account that another return still watches is
        refused; one whose other return is finished is not.
        """
        raise NotImplementedError

    def observe(self, observations: Iterable[Observation], *, account: str | None = None) -> Recorded:
        """Write down what the merchant knows and what carriers sent, fold it, and plan anew. A message makes its label due at once.

        Raises:
            ConfigurationError: an observation is of no watched return, of several, or of one that was erased.
        """
        raise NotImplementedError

    def refresh(self, number: str, *, account: str | None = None) -> None:
        """Make a label due at once, a stopped one as well; it is read once more.

        Raises:
            ConfigurationError: the number is not watched.
        """

    def stop(self, number: str, *, account: str | None = None) -> None:
        """Read a label no more, until it is refreshed or pushed."""

    # Polling
    def lease(
        self, account: str, *, calls: int, owner: str, batch_size: int = 1, lease: timedelta = timedelta(minutes=5),
        soon: timedelta = timedelta(hours=1), zone: str = "UTC", deadlines_only: bool = False,
    ) -> tuple[Lease, ...]:  # fmt: skip
        """Take the most urgent due labels of an account, for as many calls; none that another poller has.

        Forced and indeterminate reads come first, then up to a quarter for what is overdue by more than a day, then by rank. The
        last batch is filled with labels that are due ``soon``. An expired lease is taken over.

        Args:
            zone: In which the carrier counts its days.
            deadlines_only: Only forced reads: the budget is down to the reserve, or the circuit is on trial.
        """
        raise NotImplementedError

    def release(self, leases: Iterable[Lease], *, not_before: datetime | None = None) -> None:
        """Give back labels that were not asked for; they are due as before, or at ``not_before``."""

    def record(self, outcomes: Sequence[Outcome]) -> Recorded:
        """Write down what came of asking: case, log, signals, plan, evidence, lease, all in one transaction. Again changes nothing."""
        raise NotImplementedError

    def tick(self, *, limit: int = 100) -> Recorded:
        """Fold the returns on which the calendar brings something by now, whether or not anything is read."""
        raise NotImplementedError

    def accounts(self) -> tuple[str, ...]:
        """The accounts that have labels to be read."""
        raise NotImplementedError

    def next_due(self, accounts: Iterable[str]) -> datetime | None:
        """When the next label of these accounts is due, or the calendar brings something."""
        raise NotImplementedError

    def counts(self, account: str) -> Mapping[str, int]:
        """How many active labels of an account are planned for which reason: what feasibility is reckoned from."""
        raise NotImplementedError

    def deadlines(self, account: str, until: datetime, *, limit: int = 100_000) -> int:
        """How many forced reads of an account are due until a moment."""
        raise NotImplementedError

    def replan(self, *, policy: str | None = None) -> int:
        """Have every return, or those of a policy, folded and planned anew by the next ticks: the rules have changed."""
        raise NotImplementedError

    # Quotas
    def reserve(self, asks: Sequence[Ask]) -> tuple[Grant, ...]:
        """Reserve calls before they are made, all in one transaction, shared by all processes. Never more than a quota allows."""
        raise NotImplementedError

    def give_back(self, grant: Grant, calls: int) -> None:
        """Give reserved calls back of which nothing was sent."""

    def pauses(self, credentials: Iterable[str]) -> Mapping[str, Pause]:
        """The pauses of credentials; those that have none are not in it."""
        raise NotImplementedError

    def pause(self, credential: str, pause: Pause) -> None:
        """Leave a credential alone, for all processes."""

    def resume(self, credential: str) -> None:
        """Forget a pause and its failures: it works again."""

    # Signals
    def signals(
        self, types: Iterable[str] | None = None, *, owner: str, lease: timedelta = timedelta(minutes=5), limit: int = 100,
    ) -> tuple[AnySignal, ...]:  # fmt: skip
        """Hand out signals that are not acknowledged: of each return the first one of these types, so that they come in order.

        One that was handed out comes again when its lease is over, and never after its acknowledgement.
        """
        raise NotImplementedError

    def acknowledge(self, ids: Iterable[str]) -> int:
        """Never hand these out again; how many were not acknowledged before."""
        raise NotImplementedError

    # Evidence
    def snapshot(self, of: str, *, why: str = "asked") -> Snapshot:
        """Take a snapshot of a return, by rma or number, now."""
        raise NotImplementedError

    def evidence(self, of: str) -> tuple[Snapshot, ...]:
        """The chain of snapshots of a return, by rma or number, the oldest first."""
        raise NotImplementedError

    # Keeping and reading
    def case(self, of: str) -> ReturnCase:
        """A return by rma or number, with its whole log."""
        raise NotImplementedError

    def show(self, of: str) -> Shown:
        """All about a return, by rma or number.

        Raises:
            ConfigurationError: it is not watched.
        """
        raise NotImplementedError

    def status(self) -> Status:
        """How the monitor stands."""
        raise NotImplementedError

    def erase(self, *rmas: str) -> Erased:
        """Erase the personal data of returns at once; numbers, digests, codes and times stay. Open claims are kept, and told."""
        raise NotImplementedError

    def purge(self, before: datetime) -> Erased:
        """Erase returns that were finished before a moment, in the way of :meth:`erase`."""
        raise NotImplementedError
