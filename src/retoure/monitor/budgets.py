"""The quota ledger of a monitor: calls are reserved in the store, which all processes share, before they leave."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from retoure.carrier.plugin import Quota
from retoure.errors import RateLimited
from retoure.monitor.records import Ask, Grant

log = logging.getLogger("retoure.monitor")

_READY_S = 1.0
"""So long before its turn by a rate a call takes its place among those under way again."""
_LATE_SHARE = 0.1
"""One that gets its place later than by this share of its rate's time waits for another turn: late ones would leave together."""


class Does(Protocol):
    """Runs what blocks: in a thread beside the event loop, or at once."""

    def __call__(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Awaitable[Any]:  # noqa: ANN401
        """Run it."""
        ...


class Reserves(Protocol):
    """The part of the store that counts calls."""

    def reserve(self, asks: Sequence[Ask]) -> tuple[Grant, ...]:
        """Reserve calls before they are made."""
        ...

    def give_back(self, grant: Grant, calls: int) -> None:
        """Give reserved calls back of which nothing was sent."""
        ...


class TurnedAway(RateLimited):
    """Our own ledger lets no call out; nothing was sent.

    Attributes:
        spent: The day's budget has no more for this kind of read.
        retry_at: When to ask again.
    """

    def __init__(self, *, spent: bool, retry_at: datetime | None) -> None:
        super().__init__("a quota of the account lets nothing out now; nothing was sent")
        self.spent = spent
        self.retry_at = retry_at

    def __reduce__(self) -> Any:  # noqa: ANN401 - pickle's and copy's recipe
        return _turned_away, (self.spent, self.retry_at), self.__dict__


def _turned_away(spent: bool, retry_at: datetime | None) -> TurnedAway:  # noqa: FBT001
    return TurnedAway(spent=spent, retry_at=retry_at)


def _late_s(quotas: Sequence[Quota]) -> float:
    return min((quota.per.total_seconds() * _LATE_SHARE for quota in quotas if quota.per), default=_READY_S)


class Places:
    """As many places as calls may be under way in all, each taken by ``async with``."""

    def __init__(self, most: int) -> None:
        self._free = asyncio.Semaphore(most)

    async def __aenter__(self) -> None:
        await self._free.acquire()

    async def __aexit__(self, *exc: object) -> None:
        self._free.release()

    @asynccontextmanager
    async def lent(self) -> AsyncIterator[None]:
        """Leave the own place to others for a while; it is waited for at the end, even by one that is cancelled."""
        self._free.release()
        try:
            yield
        finally:
            back = asyncio.ensure_future(self._free.acquire())
            try:
                await asyncio.shield(back)
            except asyncio.CancelledError:
                await back
                raise


@dataclass(frozen=True, slots=True)
class Shared:
    """Who shares a credential, and how many numbers its calls carry: what is kept back is reckoned from their forced reads."""

    accounts: tuple[str, ...] = ()
    numbers_per_call: int = 1


class StoreLedger:
    """Counts in the store. Whoever asks while reservations are being written is in the next transaction, with all others.

    Attributes:
        places: Of the calls under way; whoever reserves one has one, and lends it to others while it waits for its turn.
    """

    def __init__(
        self, store: Reserves, do: Does, *, clock: Callable[[], datetime], sleep: Callable[[float], Awaitable[None]],
        places: Places,
    ) -> None:  # fmt: skip
        self.places = places
        self._store = store
        self._do = do
        self._clock = clock
        self._sleep = sleep
        self._shared: dict[str, Shared] = {}
        self._waiting: list[tuple[Ask, asyncio.Future[Grant]]] = []
        self._writing: asyncio.Task[None] | None = None

    def share(self, shared: Mapping[str, Shared]) -> None:
        """Who shares which credential."""
        self._shared = dict(shared)

    async def reserve(self, credential: str, quotas: Sequence[Quota], path: str, now: datetime, *, urgent: bool) -> float:
        """Reserve one call, wait for its turn, and return 0.

        Raises:
            TurnedAway: no call may leave within reach.
        """
        counting = tuple(quota for quota in quotas if path.startswith(quota.path))
        if not counting:
            return 0.0
        ask = self._ask(credential, counting, path, urgent=urgent)
        turn = await self._turn(ask)
        if (wait_s := self._until(turn.slots[0]) - _READY_S) > 0:
            async with self.places.lent():
                await self._sleep(wait_s)
            if self._until(turn.slots[0]) < -_late_s(counting):  # all places were taken: a late call meets those after it
                await self._do(self._store.give_back, turn, turn.calls)
                turn = await self._turn(ask)
        if (wait_s := self._until(turn.slots[0])) > 0:
            await self._sleep(wait_s)
        return 0.0

    async def _turn(self, ask: Ask) -> Grant:
        grant = await self._granted(ask)
        if not grant.slots:
            raise TurnedAway(spent=grant.spent, retry_at=grant.retry_at)
        return grant

    def _until(self, moment: datetime) -> float:
        return (moment - self._clock()).total_seconds()

    def _ask(self, credential: str, quotas: tuple[Quota, ...], path: str, *, urgent: bool) -> Ask:
        shared = self._shared.get(credential, Shared())
        return Ask(credential, quotas, path, urgent=urgent, accounts=shared.accounts, numbers_per_call=shared.numbers_per_call)

    async def spent(self, credential: str, quotas: tuple[Quota, ...], path: str) -> datetime | None:
        """When the next day begins, if the day's budget is used up to the last call, by our own count."""
        grant = await self._granted(self._ask(credential, quotas, path, urgent=True))
        if grant.slots:
            await self._do(self._store.give_back, grant, grant.calls)
        return grant.retry_at if grant.spent else None

    async def _granted(self, ask: Ask) -> Grant:
        future: asyncio.Future[Grant] = asyncio.get_running_loop().create_future()
        self._waiting.append((ask, future))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        return await future

    async def _write(self) -> None:
        while self._waiting:
            some, self._waiting = self._waiting, []
            try:
                grants: Sequence[Grant] = await self._do(self._store.reserve, [ask for ask, _ in some])
            except Exception as error:  # noqa: BLE001 - whoever waits must be told, whatever it was
                for _, future in some:
                    if not future.done():
                        future.set_exception(error)
                continue
            returned: list[Grant] = []
            for (_, future), grant in zip(some, grants, strict=True):
                if not future.done():
                    future.set_result(grant)
                elif grant.slots:  # whoever asked was cancelled
                    returned.append(grant)
            for grant in returned:
                try:
                    await self._do(self._store.give_back, grant, grant.calls)
                except Exception as error:  # noqa: BLE001 - nobody waits for it: the calls stay counted, which overruns no quota
                    log.warning("%d calls that nobody made stay counted: %s", grant.calls, error)

    async def rest(self, credential: str, until: datetime) -> None:
        """Nothing: the poller pauses a credential by what its call came to."""

    def start_over(self) -> None:
        """In a forked child: nobody waits here."""
        self._waiting = []
        self._writing = None
