"""One unit of work: lease what is due, ask the carriers, write down what they said."""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from time import monotonic

from retoure.client.reading import Fare, Reader
from retoure.errors import ConfigurationError, RequestRejected, RetoureError
from retoure.monitor.asking import Asked, Asker
from retoure.monitor.budgets import Does, Shared, StoreLedger
from retoure.monitor.outbox import Recorder
from retoure.monitor.records import Lease, Pause
from retoure.monitor.standing import pause_after, turned_away
from retoure.monitor.store import Store
from retoure.monitor.units import READ, Limits, Unit, batched, fitting, gate_of

log = logging.getLogger("retoure.monitor")
_UNIT = 8
"""A unit of work has so many times the calls that are under way at a time: its end, the wait for the last, then costs little."""
_PATIENCE = timedelta(seconds=30)
"""No call waits longer for its turn by a rate: a unit takes no more labels than fit."""
_MEANWHILE = timedelta(seconds=1)
"""What an account reads while others are still at work takes no longer by its own rates, so that it ends with them."""
_NO_PAUSE = Pause()
_TROUBLED = timedelta(hours=1)
"""An account that cannot be used at all is tried again after so long: somebody may have mended the configuration."""


class Poller:
    """Does units of work for one process."""

    def __init__(
        self,
        reader: Reader,
        store: Store,
        ledger: StoreLedger,
        *,
        do: Does,
        clock: Callable[[], datetime],
        draw: Callable[[], float],
        owner: str,
        limits: Limits,
    ) -> None:
        self._reader = reader
        self._store = store
        self._ledger = ledger
        self._do = do
        self._clock = clock
        self._draw = draw
        self._owner = owner
        self._limits = limits
        self._deadline = timedelta(seconds=limits.deadline_s)
        self._asker = Asker(reader=reader, clock=clock, spent=self._day_ends)
        self._rooms: dict[str, asyncio.Semaphore] = {}
        self._standing: dict[str, Pause] = {}
        self.fares: dict[str, Fare] = {}
        self.recorder = Recorder(store, do)
        self.halted = False

    async def poll(self, accounts: Sequence[str], *, watched: Sequence[str] = (), most: int | None = None) -> Unit:
        """One unit of work for some accounts, side by side: the trouble of one is no other's.

        Args:
            accounts: Whose labels are read.
            watched: All accounts that can be asked: those that share a credential share what is kept back for forced reads.
            most: How many calls at most for each account.

        Raises:
            RetoureError: the store has trouble. What was learned is kept, and written down by the next unit.
        """
        unit = Unit(at_work=set(accounts))
        await self.learn([*watched, *accounts])
        try:
            await self.recorder.flush()  # what an earlier unit could not write down
            await self._pauses({self.fares[name].credential for name in accounts if name in self.fares})
            done = await asyncio.gather(*(self._account(name, most, unit) for name in accounts), return_exceptions=True)
        finally:
            await asyncio.shield(self._end(unit))
        for trouble in done:
            if isinstance(trouble, BaseException):
                raise trouble
        return unit

    async def _end(self, unit: Unit) -> None:
        if unit.unasked:
            await self._do(self._store.release, unit.unasked)
        await self.recorder.flush()
        unit.tally = self.recorder.counted()

    def _share(self, accounts: Iterable[str]) -> None:
        shared: dict[str, Shared] = {}
        for name in accounts:
            if fare := self.fares.get(name):
                names = shared[fare.credential].accounts if fare.credential in shared else ()
                shared[fare.credential] = Shared((*names, name), fare.batch_size)
        self._ledger.share(shared)

    async def _account(self, account: str, most: int | None, unit: Unit) -> None:
        """Read what is due of an account, and go on while slower accounts are at work: none waits for another's carrier."""
        left = most or self._limits.at_a_time * _UNIT
        try:
            made = await self._round(account, min(left, self._limits.at_a_time * _UNIT), unit)
        finally:
            unit.at_work.discard(account)
        while made and unit.at_work and account not in unit.later and (most is None or (left := left - made) > 0):
            made = await self._round(account, min(left, self._limits.at_a_time), unit, meanwhile=True)

    async def _round(self, account: str, most: int, unit: Unit, *, meanwhile: bool = False) -> int:
        """Lease what is due and ask for it; how many calls that were to be."""
        known = account in self.fares
        fare = await self._fare(account, unit)
        if fare is None:
            return 0
        if not known:
            await self._pauses({fare.credential})
        gate = gate_of(self._standing[fare.credential], self._clock())
        if not gate.open:
            unit.later[account] = gate.until
            return 0
        if gate.forced_until is not None:
            unit.forced_only[account] = gate.forced_until
        calls = min(most, 1 if gate.trial else fitting(fare, _MEANWHILE) if meanwhile else max(1, fitting(fare, _PATIENCE)))
        if not calls or (meanwhile and fare.credential in unit.held):
            return 0
        taken = await self._take(account, calls, fare, deadlines_only=gate.forced_until is not None or gate.trial)
        if not taken and gate.trial:
            taken = await self._take(account, 1, fare, deadlines_only=gate.forced_until is not None)
        batches = batched(taken, fare.batch_size)
        unit.unasked += [lease for batch in batches[calls:] for lease in batch]  # those read alone take more calls
        del batches[calls:]
        waiting = iter(batches)
        workers = min(self._limits.per_credential, len(batches))
        try:
            done = await asyncio.gather(*(self._work(waiting, fare, unit) for _ in range(workers)), return_exceptions=True)
        finally:
            unit.unasked += [lease for batch in waiting for lease in batch]
        for trouble in done:
            if isinstance(trouble, BaseException):
                raise trouble
        return len(batches)

    async def _work(self, waiting: Iterator[Sequence[Lease]], fare: Fare, unit: Unit) -> None:
        """Ask for one batch after the other. The limits are waited for only where others share them."""
        if fare.credential not in self._rooms:
            self._rooms[fare.credential] = asyncio.Semaphore(self._limits.per_credential)
        for batch in waiting:
            await self._batch(batch, fare, unit)
            await asyncio.sleep(0)  # other answers that have come are dealt with first: the same work in a row takes less time

    async def _take(self, account: str, calls: int, fare: Fare, *, deadlines_only: bool) -> tuple[Lease, ...]:
        if self.halted:
            return ()
        leases: tuple[Lease, ...] = await self._do(
            self._store.lease, account, calls=calls, owner=self._owner, batch_size=fare.batch_size, lasts=self._limits.lease,
            deadlines_only=deadlines_only,
        )  # fmt: skip
        return leases

    async def learn(self, accounts: Sequence[str]) -> None:
        """Learn what looks cost, as far as that can be told without asking."""
        for name in accounts:
            await self._fare(name)
        self._share(self.fares)

    async def _fare(self, account: str, unit: Unit | None = None) -> Fare | None:
        """What a look costs, known from any label of the account; None where there is none, or the account cannot be used."""
        if account in self.fares:
            return self.fares[account]
        parcel = await self._do(self._store.sample, account)
        if parcel is None:
            return None
        try:
            self.fares[account] = fare = self._reader.fare(account, parcel)
        except RequestRejected:
            return Fare(account, (), 1)  # the number's fault, not the account's: asking for it says so in the log
        except (RetoureError, ConfigurationError) as error:
            if unit is not None:
                self._trouble(account, error, unit)
            return None
        self._share(self.fares)
        return fare

    def _trouble(self, account: str, error: Exception, unit: Unit) -> None:
        unit.troubles[account] = f"{type(error).__name__}: {error}"
        unit.later[account] = self._clock() + _TROUBLED
        log.error("account %s cannot be polled: %s", account, unit.troubles[account], extra={"account": account})

    async def _pauses(self, credentials: Collection[str]) -> None:
        """Learn which of these are left alone."""
        pauses: Mapping[str, Pause] = await self._do(self._store.pauses, credentials) if credentials else {}
        self._standing |= {credential: pauses.get(credential, Pause()) for credential in credentials}

    async def _batch(self, batch: Sequence[Lease], fare: Fare, unit: Unit) -> None:
        urgent = any(lease.deadline for lease in batch)
        room = self._rooms[fare.credential]
        asked = None
        try:
            async with room, self._ledger.places:
                if not self._must_leave(batch, fare, unit, urgent=urgent):
                    started = monotonic()
                    asked = await self._asker.ask(batch)
        except ConfigurationError as error:
            self._trouble(batch[0].account, error, unit)
        finally:
            unit.unasked += batch if asked is None else asked.unasked
        if asked is None:
            return
        unit.calls += asked.calls
        for outcome in asked.outcomes:
            unit.outcomes[READ if outcome.failure is None else str(outcome.failure)] += 1
        self.recorder.put(asked.outcomes)
        self._told(asked, monotonic() - started)
        await self._stand(batch[0].account, fare, asked, unit, urgent=urgent)

    def _must_leave(self, batch: Sequence[Lease], fare: Fare, unit: Unit, *, urgent: bool) -> bool:
        """Whether to leave labels that were taken: we are to stop, the credential is left alone, or the lease may run out."""
        held = unit.held.get(fare.credential)
        over = self._clock() + self._deadline > batch[0].until  # they were taken together
        return self.halted or held is True or (held is False and not urgent) or over

    async def _stand(self, account: str, fare: Fare, asked: Asked, unit: Unit, *, urgent: bool) -> None:
        """What a call says of its credential, for everybody who shares it."""
        credential, now = fare.credential, self._clock()
        before = self._standing.get(credential, _NO_PAUSE)
        pause = None
        if asked.turned_away:
            retry_at = asked.turned_away.retry_at
            unit.held[credential] = urgent or not asked.turned_away.spent
            if asked.turned_away.spent and not urgent and retry_at is not None:
                unit.forced_only[account] = retry_at
            else:
                unit.later[account] = retry_at
            if asked.turned_away.spent:
                pause = turned_away(before, retry_at=retry_at, urgent=urgent)
        elif asked.failure is not None:
            pause = pause_after(asked.failure, before, now=now, told=asked.told, resets_at=asked.resets_at, draw=self._draw())
        elif before.failures and credential not in unit.held:
            self._standing[credential] = Pause()
            sharing = [name for name, known in self.fares.items() if known.credential == credential]
            await self._do(self._store.resume, credential, sharing)
        if pause is None or pause == before:
            return
        self._standing[credential] = pause
        if pause.stopped or (pause.until is not None and pause.until > now):
            unit.held[credential] = True
            unit.later[account] = None if pause.stopped else pause.until
            self.fares.pop(account, None)  # credentials may be read anew
            level = logging.ERROR if pause.stopped else logging.WARNING
            log.log(level, "account %s is left alone: %s", account, pause.why, extra={"account": account, "until": pause.until})
        await self._do(self._store.pause, credential, pause)

    async def _day_ends(self, account: str) -> datetime | None:
        fare = self.fares.get(account)
        if fare is None or not any(quota.daily_zone for quota in fare.quotas):
            return None
        return await self._ledger.spent(fare.credential, fare.quotas, fare.path)

    def _told(self, asked: Asked, took_s: float) -> None:
        if not log.isEnabledFor(logging.INFO):
            return
        for outcome in asked.outcomes:
            account, number = outcome.lease.account, self._store.digest(outcome.lease.parcel.number)
            kind = READ if outcome.failure is None else str(outcome.failure)
            said = {"account": account, "number": number, "outcome": kind, "duration_s": round(took_s, 3)}
            log.info("%s %s: %s in %.3f s", account, number, kind, took_s, extra=said)
