"""The store of the monitor: cases, plans, signals, quotas and evidence in one database, a transaction at a time.

Synchronous: asynchronous code calls it through ``asyncio.to_thread``, with many labels at once. Safe for threads, and for many
processes on one database.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Self

from retoure.lifecycle import Observation, ReturnCase
from retoure.lifecycle.signals import AnySignal
from retoure.model.tracking import TrackedParcel
from retoure.monitor import handing, keeping, leasing, observing, quotas, reading, recording, ticking, watching
from retoure.monitor.planning import Planning
from retoure.monitor.premises import FoldedCases, Premises
from retoure.monitor.reasons import Reason
from retoure.monitor.records import Ask, Grant, Lease, Outcome, Pause, Recorded, Watch, Watched
from retoure.monitor.shown import Erased, LabelShown, Shown, Snapshot, Status
from retoure.monitor.tables import STORE
from retoure.programmes import Policy
from retoure.storage.database import Database


class Store:
    """Everything the monitor remembers. Made by :meth:`at`; opened when first used. Every method blocks."""

    def __init__(self, premises: Premises) -> None:
        self._premises = premises

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
        kept = FoldedCases(cases)
        return cls(Premises(Database(url, clock, STORE), planning or Planning(), dict(policies or {}), kept))

    def __repr__(self) -> str:
        return f"Store.at({str(self._premises.database)!r})"

    @property
    def planning(self) -> Planning:
        """When labels are read."""
        return self._premises.planning

    def close(self) -> None:
        """Close the connections; they are opened again when needed."""
        self._premises.database.close()

    # Watching
    def watch(self, watches: Sequence[Watch]) -> tuple[Watched, ...]:
        """Watch returns, in one transaction; those that cannot be taken say why in ``refused``. The same again changes nothing.

        A return with the same non-empty rma gets the labels added. A number of an account that another return still watches is
        refused; one whose other return is finished is not.
        """
        return watching.watch(self._premises, watches)

    def observe(self, observations: Iterable[Observation], *, account: str | None = None) -> Recorded:
        """Write down what the merchant knows and what carriers sent. A message makes its label due at once.

        Raises:
            ConfigurationError: an observation is of no watched return, of several, or of one that was erased.
        """
        return observing.observe(self._premises, observations, account)

    def refresh(self, number: str, *, account: str | None = None) -> None:
        """Make a label due at once, a stopped one as well; it is read once more.

        Raises:
            ConfigurationError: the number is not watched.
        """
        observing.refresh(self._premises, number, account)

    def stop(self, number: str, *, account: str | None = None) -> None:
        """Read a label no more, until it is refreshed or pushed."""
        observing.stop(self._premises, number, account)

    # Polling
    def lease(
        self, account: str, *, calls: int, owner: str, batch_size: int = 1, lasts: timedelta = timedelta(minutes=5),
        deadlines_only: bool = False,
    ) -> tuple[Lease, ...]:  # fmt: skip
        """Take the most urgent due labels of an account, for as many calls; none that another poller has.

        Forced and indeterminate reads come first, then up to a quarter for what is overdue by more than a day, then by rank. The
        last batch is filled with labels that are due soon. An expired lease is taken over.

        Args:
            account: Whose labels.
            calls: How many calls fit.
            owner: Who polls.
            batch_size: How many numbers a call carries.
            lasts: How long the lease holds; longer than any call.
            deadlines_only: Only forced reads: the budget is down to the reserve, or the circuit is on trial.
        """
        return leasing.lease(
            self._premises, account, calls=calls, owner=owner, batch_size=batch_size, lasts=lasts, deadlines_only=deadlines_only
        )

    def release(self, leases: Iterable[Lease], *, not_before: datetime | None = None) -> None:
        """Give back labels that were not asked for; they are due as before, or at ``not_before``."""
        leasing.release(self._premises, leases, not_before)

    def record(self, outcomes: Sequence[Outcome]) -> Recorded:
        """Write down what came of asking, in one transaction: log, signals, plan, evidence, lease. Again changes nothing."""
        return recording.record(self._premises, outcomes)

    def tick(self, *, limit: int = 100) -> Recorded:
        """Fold the returns on which the calendar brings something by now, whether or not anything is read."""
        return ticking.tick(self._premises, limit)

    def accounts(self) -> tuple[str, ...]:
        """The accounts that have labels to be read."""
        return leasing.accounts(self._premises)

    def sample(self, account: str) -> TrackedParcel | None:
        """Any parcel of an account that is still read."""
        return leasing.sample(self._premises, account)

    def next_due(self, accounts: Iterable[str], *, deadlines_only: bool = False) -> datetime | None:
        """When the next label of these accounts, or their next forced read, is due; or the calendar brings something."""
        return leasing.next_due(self._premises, accounts, deadlines_only=deadlines_only)

    def counts(self, account: str) -> Mapping[Reason, int]:
        """How many active labels of an account are planned for which reason: what feasibility is reckoned from."""
        return leasing.counts(self._premises, account)

    def deadlines(self, account: str, until: datetime) -> int:
        """How many forced reads of an account are due until a moment."""
        return leasing.deadlines(self._premises, account, until)

    def replan(self, *, policy: str | None = None) -> int:
        """Have every return, or those of a policy, folded and planned anew by the next ticks: the rules have changed."""
        return ticking.replan(self._premises, policy)

    # Quotas
    def reserve(self, asks: Sequence[Ask]) -> tuple[Grant, ...]:
        """Reserve calls before they are made, all in one transaction, shared by all processes. Never more than a quota allows."""
        return quotas.reserve(self._premises, asks)

    def give_back(self, grant: Grant, calls: int) -> None:
        """Give reserved calls back of which nothing was sent."""
        quotas.give_back(self._premises, grant, calls)

    def digest(self, text: str) -> str:
        """What a credential, or a number in a log, is known by: nobody can guess it without the store's secret."""
        return quotas.digest(self._premises, text)

    def pauses(self, credentials: Iterable[str]) -> Mapping[str, Pause]:
        """The pauses of credentials; those that have none are not in it."""
        return quotas.pauses_of(self._premises, credentials)

    def pause(self, credential: str, pause: Pause) -> None:
        """Leave a credential alone, for all processes."""
        quotas.pause(self._premises, credential, pause)

    def resume(self, credential: str, accounts: Iterable[str] = ()) -> None:
        """Forget a pause and its failures: it works again. Forced reads that its accounts' trouble left owed are due at once."""
        quotas.resume(self._premises, credential, accounts)

    # Signals
    def signals(
        self, types: Iterable[str] | None = None, *, owner: str, lease: timedelta = timedelta(minutes=5), limit: int = 100,
    ) -> tuple[AnySignal, ...]:  # fmt: skip
        """Hand out signals that are not acknowledged: of each return the first one of these types, so that they come in order.

        One that was handed out comes again when its lease is over, and never after its acknowledgement.

        Raises:
            ConfigurationError: the lease is longer than a day.
        """
        return handing.handed_out(self._premises, types, owner=owner, lease=lease, limit=limit)

    def holds(self, id: str, owner: str) -> bool:  # noqa: A002 - the signal's
        """Whether a signal that was handed out to this owner was neither acknowledged nor handed to another one since."""
        return handing.holds(self._premises, id, owner)

    def waiting(self, types: Iterable[str] | None = None, *, limit: int = 100) -> tuple[AnySignal, ...]:
        """What is not acknowledged, whoever has it, the oldest first. Changes nothing."""
        return handing.waiting(self._premises, types, limit)

    def acknowledge(self, ids: Iterable[str]) -> int:
        """Never hand these out again; how many were not acknowledged before."""
        return handing.acknowledge(self._premises, ids)

    def unknown(self, ids: Iterable[str]) -> tuple[str, ...]:
        """Those of some ids that no signal ever had."""
        return handing.unknown(self._premises, ids)

    # Evidence
    def snapshot(self, of: str, *, why: str = "asked") -> Snapshot:
        """Take a snapshot of a return, by rma or number, now."""
        return reading.snapshot(self._premises, of, why)

    def evidence(self, of: str) -> tuple[Snapshot, ...]:
        """The chain of snapshots of a return, by rma or number, the oldest first."""
        return reading.evidence(self._premises, of)

    # Keeping and reading
    def case(self, of: str) -> ReturnCase:
        """A return by rma or number, with its whole log."""
        return reading.case(self._premises, of)

    def show(self, of: str) -> Shown:
        """All about a return, by rma or number.

        Raises:
            ConfigurationError: it is not watched.
        """
        return reading.show(self._premises, of)

    def label(self, number: str, *, account: str | None = None) -> LabelShown:
        """A label's plan, and how asking went.

        Raises:
            ConfigurationError: the number is not watched.
        """
        return reading.label(self._premises, number, account)

    def status(self) -> Status:
        """How the monitor stands."""
        return reading.status(self._premises)

    def erase(self, *of: str) -> Erased:
        """Erase the personal data of returns, by rma or number, at once; numbers, digests, codes and times stay.

        Returns with open claims, or that cannot be read, are kept, and told.
        """
        return keeping.erase(self._premises, of)

    def purge(self, before: datetime) -> Erased:
        """Erase returns that were finished before a moment, in the way of :meth:`erase`."""
        return keeping.purge(self._premises, before)
