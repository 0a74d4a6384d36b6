"""The monitor: watches returns until their end, and hands out what there is to tell, each thing once."""

import asyncio
import logging
import signal as unix
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from random import random
from secrets import token_hex
from typing import Any, Self, TypeVar

from pydantic import AwareDatetime

from retoure.client.async_ import AsyncClient
from retoure.client.reading import Fare
from retoure.errors import ConfigurationError, RetoureError
from retoure.lifecycle import Observation
from retoure.lifecycle.signals import AnySignal
from retoure.model.base import Model
from retoure.monitor.budgets import Places, StoreLedger
from retoure.monitor.cadence import Cadence
from retoure.monitor.forecasts import Forecaster
from retoure.monitor.intake import REFUSALS, Watchable, Watcher, lost_labels
from retoure.monitor.planning import Planning
from retoure.monitor.poller import Poller
from retoure.monitor.records import Pause, Watch, Watched
from retoure.monitor.shown import Erased, LabelShown, Prospect, Shown, Snapshot, Status
from retoure.monitor.standing import said
from retoure.monitor.store import Store
from retoure.monitor.units import Limits, Unit
from retoure.programmes import Policy
from retoure.purchases import Purchases
from retoure.storage.engine import Busy, at_once

log = logging.getLogger("retoure.monitor")
T = TypeVar("T")
_HANDED_OUT = 100
_LEAST_WAIT = timedelta(seconds=1)
_TROUBLED = timedelta(seconds=30)


class Polled(Model):
    """What one unit of work came to.

    Attributes:
        calls: HTTP calls that left.
        outcomes: Labels by what came of asking: ``READ``, or the class of a failure.
        unchanged: Of those, how many told nothing new.
        signals: New signals by their type.
        released: Labels that were taken and not asked for.
        added: Numbers that answers named, and that are watched from now on.
        troubles: What is wrong with an account, by its name; the others were polled.
        broken: What is wrong with a return that could not be folded, by its rma, or a number of it; the others were.
        next_due: When there is something to do again, as far as is known now.
    """

    calls: int
    outcomes: Mapping[str, int]
    unchanged: int
    signals: Mapping[str, int]
    released: int
    added: tuple[str, ...]
    troubles: Mapping[str, str]
    broken: Mapping[str, str]
    next_due: AwareDatetime | None


class Monitor:
    """Watches returns and tells what becomes of them.

    Use it as an asynchronous context manager, in one event loop; as many of them as you like, in as many processes, on one store.

    Args:
        client: Whose accounts are asked. Reads go over connections of the monitor's own, over aiohttp where it is installed.
        store: A database's URL, ``sqlite:///retoure.db`` or ``postgresql://user@host/name``; or a store made by ``Store.at``,
            which has its own rules, cadence and chance.
        policy: The rules of returns that are watched without naming any.
        policies: Further rules that do not ship with the package, for returns that name them.
        cadence: How often labels are read.
        at_a_time: Calls under way in all.
        per_credential: Calls under way with the same credentials; by default half of those.
        lease: For how long labels are taken by one process.
        owner: The name of this process in leases; by default one of its own.
        clock: The time; the client's by default.
        sleep: Awaited for a quota's next slot and between units of work; the client's by default.
        draw: Chance, in [0, 1).
        threads: Whether the database is used in threads, so that the event loop goes on meanwhile. Without them a store in SQLite
            is read from and written to a fifth faster, and whatever else is in the loop waits for it: for a process that does
            nothing but watch. While another process writes to the file, it is waited for in a thread all the same, so that no
            answer that is under way meanwhile comes too late.

    Raises:
        ConfigurationError: the store's URL cannot be used, a store that was made before is told what it has itself, the lease
            is shorter than a call may take, or no call may be under way.
    """

    def __init__(
        self,
        client: AsyncClient,
        store: str | Store,
        *,
        policy: str | Policy = "amazon_aprl_de",
        policies: Iterable[Policy] = (),
        cadence: Cadence | None = None,
        at_a_time: int = 32,
        per_credential: int | None = None,
        lease: timedelta = timedelta(minutes=5),
        owner: str | None = None,
        clock: Callable[[], datetime] | None = None,
        sleep: Callable[[float], Awaitable[None]] | None = None,
        draw: Callable[[], float] | None = None,
        threads: bool = True,
    ) -> None:
        self._reader = client.reader(attempts=1, clock=clock, sleep=sleep)
        self._clock = self._reader.clock
        self._sleep = self._reader.sleep
        self._threads = threads
        self._beside = 0  # so much is done in threads at the moment
        self._owner = owner or token_hex(8)
        self._policy = policy if isinstance(policy, str) else policy.id
        _refuse_less_than_one(at_a_time=at_a_time, per_credential=per_credential)
        if lease.total_seconds() <= self._reader.deadline_s:
            raise ConfigurationError(f"lease= must outlive a call, which may take {self._reader.deadline_s:g} s")
        own = [*policies, *([] if isinstance(policy, str) else [policy])]
        if isinstance(store, str):
            planning = Planning(cadence or Cadence(), draw or random)
            store = Store.at(store, planning=planning, policies={one.id: one for one in own}, clock=self._clock)
        elif own or cadence is not None or draw is not None:
            raise ConfigurationError("a store made by Store.at has its own rules, cadence and chance: tell them there")
        self._store = store
        planning = store.planning
        ledger = StoreLedger(store, self._do, clock=self._clock, sleep=self._sleep, places=Places(at_a_time))
        self._reader.count_in(ledger)
        limits = Limits(
            at_a_time=at_a_time,
            per_credential=per_credential or max(1, at_a_time // 2),
            lease=lease,
            deadline_s=self._reader.deadline_s,
        )
        self._poller = Poller(
            self._reader, store, ledger,
            do=self._do, clock=self._clock, draw=planning.draw, owner=self._owner, limits=limits,
        )  # fmt: skip
        self._watcher = Watcher(self._reader, self._poller.fares)
        self._forecaster = Forecaster(store, planning.cadence, planning.stretches)
        self._polling = asyncio.Lock()

    async def __aenter__(self) -> Self:
        usable = [name for name in await self._do(self._store.accounts) if name in self._reader.accounts]
        await self._poller.learn(usable)
        await self._do(self._forecaster.forecast, self._poller.fares, self._clock())
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"Monitor({self._owner!r}, {', '.join(self._reader.accounts)})"

    async def aclose(self) -> None:
        """Finish what is under way, and close the connections. The client is not closed."""
        self.halt()
        async with self._polling:
            await self._reader.close()
            await self._do(self._store.close)

    async def _do(self, work: Callable[..., T], /, *args: Any, **kwargs: Any) -> T:  # noqa: ANN401 - the work's own
        if not (self._threads or self._beside):  # threads that wait may have all of the store's connections
            with suppress(Busy):
                return at_once(work, *args, **kwargs)
        self._beside += 1
        try:
            return await asyncio.to_thread(work, *args, **kwargs)
        finally:
            self._beside -= 1

    # Watching
    async def watch(
        self, what: Watchable, *, policy: str | None = None, refund_at_scan: bool = False, pickup_on: date | None = None
    ) -> Watched:
        """Watch a label, or a return with what was observed of it elsewhere. The same again changes nothing.

        Args:
            what: A label, bought or adopted; or a return as the lifecycle has it.
            policy: Its rules; the monitor's by default.
            refund_at_scan: The merchant promises the refund at the first scan: the label is read more often until then.
            pickup_on: The day of a pickup, where one is booked.

        Raises:
            ConfigurationError: a label names no account, one that there is not or one of another carrier; or another return that
                is still watched has its number.
            RequestRejected: a number has a form that its carrier has none of.
            Unsupported: the account's carrier tells no histories.
        """
        watch = self._watcher.watch(what, policy or self._policy, refund_at_scan=refund_at_scan, pickup_on=pickup_on)
        (watched,) = await self._do(self._store.watch, [watch])
        if watched.refused:
            raise ConfigurationError(watched.refused)
        return watched

    async def watch_many(
        self, what: Iterable[Watchable], *, policy: str | None = None, refund_at_scan: bool = False
    ) -> tuple[Watched, ...]:
        """Watch many in one transaction, and answer in their order; what cannot be watched says why in ``refused``."""
        made: list[Watch | Watched] = []
        for one in what:
            try:
                made.append(self._watcher.watch(one, policy or self._policy, refund_at_scan=refund_at_scan))
            except (RetoureError, *REFUSALS) as error:
                made.append(Watched(id=0, rma=getattr(one, "rma", ""), refused=_why(error)))
        taken = iter(await self._do(self._store.watch, [watch for watch in made if isinstance(watch, Watch)]))
        return tuple(next(taken) if isinstance(one, Watch) else one for one in made)

    async def watch_lost(self, purchases: Purchases) -> tuple[Watched, ...]:
        """Watch the labels that went astray when they were bought and whose number is known: a scan of one is billed, and told.

        The same again changes nothing, so that it may be called whenever a number was named.
        """
        return await self.watch_many(lost_labels(await self._do(purchases.lost)))

    async def observe(self, observation: Observation, *, account: str | None = None) -> tuple[AnySignal, ...]:
        """Write down what the merchant knows, or a message that a carrier sent, which makes its parcel due at once.

        Answers with the signals that follow; they are handed out by :meth:`signals` as well, to be booked there.

        Raises:
            ConfigurationError: it is of no watched return, of several, or of one that was erased.
        """
        recorded = await self._do(self._store.observe, [observation], account=account)
        return recorded.signals

    # Polling
    async def poll_due(self, *, limit: int | None = None, accounts: Iterable[str] | None = None) -> Polled:
        """One unit of work: read what is due, as far as quotas and pauses allow, and write down what became of it.

        Call it from a schedule, a task queue or a loop; several processes may, at the same time. It comes back when what it took
        is read: there may be more, which ``next_due`` in the past tells.

        Args:
            limit: How many calls to make at most for each account.
            accounts: Whose labels; by default those of all accounts.

        Raises:
            UnknownAccount: one that was named is not configured.
            ConfigurationError: the limit lets no call out.
            RetoureError: the store has trouble; what was read is kept and written down by the next call.
        """
        _refuse_less_than_one(limit=limit)
        async with self._polling:
            now = self._clock()
            watched = await self._do(self._store.accounts)
            named = watched if accounts is None else [self._reader.accounts[name].name for name in accounts]
            usable = [name for name in named if name in self._reader.accounts]
            ticked = await self._do(self._store.tick)
            unit = await self._poller.poll(
                usable, watched=[name for name in watched if name in self._reader.accounts], most=limit
            )
            unit.tally.add(ticked)
            for name in set(named) - set(usable):
                unit.troubles[name] = "labels of this account are watched, and it is not configured"
                log.error("account %s: %s", name, unit.troubles[name], extra={"account": name})
            for name in unit.tally.broken:
                log.error("the return %s could not be folded; it is tried again in an hour", self._store.digest(name))
            await self._do(self._forecaster.forecast, self._poller.fares, now)
            return _polled(unit, await self._next_due(usable, unit))

    async def _next_due(self, accounts: Sequence[str], unit: Unit) -> datetime | None:
        unbound = [name for name in accounts if name not in unit.later and name not in unit.forced_only]
        moments = [due] if (due := await self._do(self._store.next_due, unbound)) else []
        for name in set(accounts).difference(unbound):
            later, forced_until = unit.later.get(name), unit.forced_only.get(name)
            if name in unit.later and later is None:
                continue  # stopped until somebody resumes it
            due = await self._do(self._store.next_due, [name], deadlines_only=forced_until is not None)
            if forced_until is not None:
                due = min(due, forced_until) if due else forced_until
            if due is not None:
                moments.append(max(due, later) if later else due)
        return min(moments, default=None)

    async def run(self, *, stop: asyncio.Event | None = None, every: timedelta = timedelta(minutes=1)) -> None:
        """Poll what is due whenever something is, until ``stop`` is set; then finish what is under way and give back the rest.

        Where no event is given, SIGTERM and SIGINT stop it. Trouble of the store is logged and outlasted.

        Args:
            stop: Ends it.
            every: Look at least so often: another process may have watched something.

        Raises:
            ConfigurationError: the configuration is wrong; no waiting mends it.
        """
        ending = stop or asyncio.Event()
        taken = [] if stop else stop_at(ending)
        watching = asyncio.create_task(self._halt_when(ending))
        try:
            while not ending.is_set():
                await self._pause(ending, await self._turn(every))
        finally:
            watching.cancel()
            for number in taken:
                asyncio.get_running_loop().remove_signal_handler(number)

    async def _turn(self, every: timedelta) -> timedelta:
        """One unit of work, and how long to wait after it."""
        try:
            polled = await self.poll_due()
        except ConfigurationError:
            raise
        except RetoureError as error:
            log.error("a unit of work ended with trouble: %s", error)  # noqa: TRY400 - said in full, without a trace
            return _TROUBLED
        if polled.next_due is None:
            return every
        # Something that is due and cannot be taken, since another process has it, must not make us spin.
        least = timedelta(0) if polled.calls else _LEAST_WAIT
        return min(every, max(least, polled.next_due - self._clock()))

    async def _pause(self, ending: asyncio.Event, wait: timedelta) -> None:
        sleeping = asyncio.ensure_future(self._sleep(wait.total_seconds()))
        stopping = asyncio.create_task(ending.wait())
        _, unfinished = await asyncio.wait({sleeping, stopping}, return_when=asyncio.FIRST_COMPLETED)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)

    async def _halt_when(self, ending: asyncio.Event) -> None:
        await ending.wait()
        self.halt()

    def halt(self) -> None:
        """Have the unit of work that is under way end soon: what is being asked is finished, the rest is given back."""
        self._poller.halted = True

    # Signals
    async def signals(
        self, types: Iterable[type[AnySignal] | str] | None = None, *, lease: timedelta = timedelta(minutes=5)
    ) -> AsyncIterator[AnySignal]:
        """Hand out what is not acknowledged, of each return in order, and end when there is nothing left.

        A signal comes again, with its id, when it is not acknowledged within ``lease``: book each id once, then acknowledge.
        """
        names = _names(types)
        while True:
            ends = self._clock() + lease
            handed = await self._do(self._store.signals, names, owner=self._owner, lease=lease, limit=_HANDED_OUT)
            if not handed:
                return
            for one in handed:
                if self._clock() >= ends:
                    break  # it took long to book the others: they are handed out anew
                if await self._do(self._store.holds, one.id, self._owner):  # somebody slow may have acknowledged it by now
                    yield one

    async def waiting(self, types: Iterable[type[AnySignal] | str] | None = None, *, limit: int = 100) -> tuple[AnySignal, ...]:
        """What is not acknowledged, whoever has it, the oldest first. A look that changes nothing: book what is handed out."""
        return await self._do(self._store.waiting, _names(types), limit=limit)

    async def acknowledge(self, *told: AnySignal | str) -> int:
        """Never hand these signals, or those with these ids, out again; how many were not acknowledged before."""
        return await self._do(self._store.acknowledge, [one if isinstance(one, str) else one.id for one in told])

    async def unknown(self, *ids: str) -> tuple[str, ...]:
        """Those of some ids that no signal ever had: :meth:`acknowledge` leaves them alone."""
        return await self._do(self._store.unknown, ids)

    # Looking and keeping
    async def status(self) -> Status:
        """How the monitor stands: what is watched, due, overdue, paused and used up."""
        return await self._do(self._store.status)

    async def due(self) -> Mapping[str, datetime]:
        """The configured accounts with labels to be read, and when the next one of each is due."""
        named = [name for name in await self._do(self._store.accounts) if name in self._reader.accounts]
        moments = {name: await self._do(self._store.next_due, [name]) for name in named}
        return {name: at for name, at in moments.items() if at is not None}

    def now(self) -> datetime:
        """The monitor's time."""
        return self._clock()

    async def prospects(self) -> tuple[Prospect, ...]:
        """Whether the quotas of each account carry what is watched, and which accounts are left alone. Nothing is sent."""
        fares: dict[str, Fare] = {}
        found: dict[str, Prospect] = {}
        for name in await self._do(self._store.accounts):
            try:
                if fare := await self._fare(name):
                    fares[name] = fare
            except (RetoureError, ConfigurationError) as error:
                found[name] = Prospect(account=name, error=f"{type(error).__name__}: {error}")
        pauses = await self._do(self._store.pauses, {fare.credential for fare in fares.values()})
        for name, fare in fares.items():
            accounts = sorted(other for other in fares if fares[other].credential == fare.credential)
            told = await self._do(self._forecaster.prospect, name, accounts, fare, self._clock())
            paused = said(pauses.get(fare.credential, Pause()), self._clock())
            found[name] = told.model_copy(update={"paused": paused})
        return tuple(found[name] for name in sorted(found))

    async def _fare(self, account: str) -> Fare | None:
        """What a look costs; None where nothing of the account is watched."""
        if account not in self._poller.fares:
            parcel = await self._do(self._store.sample, account)
            if parcel is None:
                _ = self._reader.accounts[account]  # one that there is not is told
                return None
            return self._reader.fare(account, parcel)
        return self._poller.fares[account]

    async def label(self, number: str, *, account: str | None = None) -> LabelShown:
        """A label's plan, and how asking went."""
        return await self._do(self._store.label, number, account=account)

    async def show(self, of: str) -> Shown:
        """All about a return, by rma or number."""
        return await self._do(self._store.show, of)

    async def evidence(self, of: str) -> tuple[Snapshot, ...]:
        """The chain of snapshots of a return, by rma or number, the oldest first."""
        return await self._do(self._store.evidence, of)

    async def snapshot(self, of: str) -> Snapshot:
        """Take a piece of evidence of a return now, by rma or number."""
        return await self._do(self._store.snapshot, of)

    async def refresh(self, number: str, *, account: str | None = None) -> None:
        """Make a label due at once, one that is read no more as well."""
        await self._do(self._store.refresh, number, account=account)

    async def stop(self, number: str, *, account: str | None = None) -> None:
        """Read a label no more, until it is refreshed or a message of it comes in."""
        await self._do(self._store.stop, number, account=account)

    async def resume(self, account: str) -> None:
        """Ask again with an account's credentials: they were mended, or the carrier is known to answer."""
        fare = await self._fare(account)
        if fare is not None:
            sharing = {name for name, known in self._poller.fares.items() if known.credential == fare.credential}
            await self._do(self._store.resume, fare.credential, {account, *sharing})

    async def erase(self, *of: str) -> Erased:
        """Erase the personal data of returns, by rma or number, at once; open claims are kept, with the reason told."""
        return await self._do(self._store.erase, *of)

    async def purge(self, before: datetime) -> Erased:
        """Erase returns that were finished before a moment."""
        return await self._do(self._store.purge, before)


def _polled(unit: Unit, next_due: datetime | None) -> Polled:
    return Polled(
        calls=unit.calls,
        outcomes=dict(unit.outcomes),
        unchanged=unit.tally.unchanged,
        signals=dict(unit.tally.signals),
        released=len(unit.unasked),
        added=tuple(unit.tally.added),
        troubles=unit.troubles,
        broken=unit.tally.broken,
        next_due=next_due,
    )


def _refuse_less_than_one(**counts: int | None) -> None:
    for name, count in counts.items():
        if count is not None and count < 1:
            raise ConfigurationError(f"{name}={count}: one is the least")


def _why(error: Exception) -> str:
    """What is wrong with one of many, without what is the same for all of them."""
    return "; ".join(problem.text for problem in getattr(error, "problems", ())) or str(error)


def _names(types: Iterable[type[AnySignal] | str] | None) -> list[str] | None:
    return None if types is None else [one if isinstance(one, str) else _name_of(one) for one in types]


def _name_of(kind: type[AnySignal]) -> str:
    name: str = kind.model_fields["type"].default
    return name


def stop_at(ending: asyncio.Event) -> list[unix.Signals]:
    """Have a polite signal of the system end it, where the loop can listen to any: in a main thread, on Unix."""
    taken: list[unix.Signals] = []
    for number in (unix.SIGTERM, unix.SIGINT):
        try:
            asyncio.get_running_loop().add_signal_handler(number, ending.set)
        except (NotImplementedError, RuntimeError, ValueError):
            return taken
        taken.append(number)
    return taken
