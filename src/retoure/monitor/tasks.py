"""The monitor on many machines: its units of work as Procrastinate tasks on PostgreSQL, taken by any number of workers.

Three tasks, in the database that holds the monitor's store. ``retoure.plan`` runs every minute on one worker, frees what a dead
worker held, and defers a ``retoure.poll`` for every account with labels that are due, which is one ``Monitor.poll_due``; a unit
of work after which more is due defers the next, and asks another worker to help. ``retoure.hand_out`` gives signals to a function
of the user's own and acknowledges each once that came back.

Nothing is kept in a task: one that is lost with its worker is planned anew within a minute, and the labels that it held are due
again when their leases end.
"""

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from typing import TypeAlias

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Status
from procrastinate.schema import SchemaManager
from sqlalchemy import make_url

from retoure.errors import ConfigurationError
from retoure.lifecycle.signals import AnySignal
from retoure.monitor.monitor import Monitor, Polled, stop_at

__all__ = ["SIGNALS", "WORK", "Handler", "Tasks"]

log = logging.getLogger("retoure.monitor")

WORK = "retoure"
"""The queue of planning and polling."""
SIGNALS = "retoure.signals"
"""The queue of handing out; only workers with a handler listen to it."""

Handler: TypeAlias = Callable[[AnySignal], Awaitable[None] | None]
"""Books one signal by its id. It may get one again that it booked already, if it was killed before it came back."""

_EVERY_MINUTE = "* * * * *"
_AHEAD = timedelta(minutes=1)
_SCHEMA_LOCK = 0x7265746F7572


class Tasks:
    """The tasks, and the worker that runs them.

    Args:
        url: The store's database, ``postgresql://user@host/name``; the jobs lie in it as well.
        monitor: Makes a monitor on that store; called once for each account and room that this worker polls.
        handler: Books a signal; without one nothing is handed out here, and signals wait for another consumer.
        types: Which signals; all of them, unless said.
        lease: For how long the handler has a signal before another worker may be given it.
        rooms: How many units of work of one account may be under way at a time, on all workers together.
        limit: How many calls a unit of work makes at most.
        cron: When to plan; Procrastinate's form, which takes seconds in a sixth place.
        stalled_s: A worker that was not heard of for so long is dead.

    Raises:
        ConfigurationError: the URL is not PostgreSQL's.
    """

    def __init__(
        self,
        url: str,
        monitor: Callable[[], Monitor],
        *,
        handler: Handler | None = None,
        types: Iterable[type[AnySignal] | str] | None = None,
        lease: timedelta = timedelta(minutes=5),
        rooms: int = 4,
        limit: int | None = None,
        cron: str = _EVERY_MINUTE,
        stalled_s: float = 30.0,
    ) -> None:
        self.app = App(connector=PsycopgConnector(conninfo=conninfo(url), min_size=1, max_size=8))
        self._make = monitor
        self._monitors: dict[tuple[str, int], Monitor] = {}
        self._handler = handler
        self._types = None if types is None else list(types)
        self._lease = lease
        self._rooms = rooms
        self._limit = limit
        self._stalled_s = stalled_s
        self._plan = self.app.task(name="retoure.plan", queue=WORK, queueing_lock="retoure.plan")(self.plan)
        self._poll = self.app.task(name="retoure.poll", queue=WORK)(self.poll)
        self._hand_out = self.app.task(name="retoure.hand_out", queue=SIGNALS, queueing_lock="retoure.hand_out")(self.hand_out)
        self.app.periodic(cron=cron, periodic_id="retoure")(self._plan)

    async def prepare(self) -> None:
        """Make Procrastinate's tables where there are none; another version's are left to Procrastinate's own migrations."""
        async with self.app.connector.pool.connection() as connection:  # type: ignore[attr-defined] # the connector's own pool
            await connection.execute("SELECT pg_advisory_xact_lock(%s)", (_SCHEMA_LOCK,))
            found = await connection.execute("SELECT to_regclass('procrastinate_jobs')")
            if (await found.fetchone()) == (None,):
                await connection.execute(SchemaManager.get_schema())

    async def run(self, *, stop: asyncio.Event | None = None, concurrency: int = 8, heartbeat_s: float = 10.0) -> None:
        """Work until ``stop`` is set; then finish what is under way and give back the rest.

        Args:
            stop: Ends it; where no event is given, SIGTERM and SIGINT do.
            concurrency: How many tasks are under way in this worker.
            heartbeat_s: How often this worker tells that it lives.

        Raises:
            StoreError: the database cannot be opened.
        """
        queues = [WORK, SIGNALS] if self._handler else [WORK]
        ending = stop or asyncio.Event()
        taken = [] if stop else stop_at(ending)
        try:
            await self._monitor().due()  # a store that cannot be opened says so in words
            async with self.app.open_async():
                await self.prepare()
                await self._work(queues, ending, concurrency, heartbeat_s)
        finally:
            await self.aclose()
            for number in taken:
                asyncio.get_running_loop().remove_signal_handler(number)

    async def _work(self, queues: list[str], ending: asyncio.Event, concurrency: int, heartbeat_s: float) -> None:
        working = asyncio.create_task(
            self.app.run_worker_async(
                queues=queues, concurrency=concurrency, delete_jobs="always", install_signal_handlers=False,
                update_heartbeat_interval=heartbeat_s, stalled_worker_timeout=self._stalled_s,
            )
        )  # fmt: skip
        stopping = asyncio.create_task(ending.wait())
        try:
            await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            for monitor in self._monitors.values():
                monitor.halt()
            working.cancel()
            done = await asyncio.gather(working, return_exceptions=True)
        for trouble in done:
            if isinstance(trouble, Exception):
                raise trouble

    async def aclose(self) -> None:
        """Close the monitors that were made."""
        while self._monitors:
            _, monitor = self._monitors.popitem()
            await monitor.aclose()

    def _monitor(self, account: str = "", room: int = 0) -> Monitor:
        """The monitor of an account: none waits for another's carrier, and each keeps its tokens and connections."""
        if (account, room) not in self._monitors:
            self._monitors[account, room] = self._make()
        return self._monitors[account, room]

    async def plan(self, timestamp: int) -> None:
        """Free what dead workers held, and defer what is due until the next planning."""
        for job in await self.app.job_manager.get_stalled_jobs(seconds_since_heartbeat=self._stalled_s):
            if job.queue in (WORK, SIGNALS):
                await self.app.job_manager.finish_job(job, Status.FAILED, delete_job=True)
                log.warning("a worker died while it was at %s", job.task_name, extra={"task": job.task_name})
        monitor = self._monitor()
        for account, at in (await monitor.due()).items():
            if at <= monitor.now() + _AHEAD:
                await self._defer_poll(account, 0, at)
        await self._defer_hand_out()

    async def poll(self, account: str, room: int) -> None:
        """One unit of work of an account."""
        monitor = self._monitor(account, room)
        polled = await monitor.poll_due(limit=self._limit, accounts=[account])
        if polled.signals:
            await self._defer_hand_out()
        await self._defer_more(account, room, polled, monitor.now())

    async def _defer_more(self, account: str, room: int, polled: Polled, now: datetime) -> None:
        if not polled.calls or polled.next_due is None or polled.next_due > now + _AHEAD:
            return  # planning sees to it
        await self._defer_poll(account, room, polled.next_due)
        if polled.next_due <= now and room + 1 < self._rooms:
            await self._defer_poll(account, room + 1, polled.next_due)

    async def hand_out(self) -> None:
        """Give every signal that waits to the handler; one that it fails on is given to it again when its lease is over."""
        handler = self._handler
        if handler is None:
            return
        monitor = self._monitor()
        async for signal in monitor.signals(self._types, lease=self._lease):
            try:
                await _handled(handler, signal)
            except Exception:
                log.exception("the handler failed on a signal %s", signal.type, extra={"signal": signal.id, "type": signal.type})
            else:
                await monitor.acknowledge(signal)

    async def _defer_poll(self, account: str, room: int, at: datetime) -> None:
        name = f"retoure.poll/{account}/{room}"
        try:
            await self._poll.configure(lock=name, queueing_lock=name, schedule_at=at).defer_async(account=account, room=room)
        except AlreadyEnqueued:
            log.debug("account %s waits to be polled already", account)

    async def _defer_hand_out(self) -> None:
        try:
            await self._hand_out.defer_async()
        except AlreadyEnqueued:
            log.debug("signals wait to be handed out already")


async def _handled(handler: Handler, signal: AnySignal) -> None:
    if inspect.iscoroutinefunction(handler):
        await handler(signal)
        return
    coming = await asyncio.to_thread(handler, signal)
    if coming is not None:
        await coming


def conninfo(url: str) -> str:
    """A store's URL as libpq takes it.

    Raises:
        ConfigurationError: it is not PostgreSQL's.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() not in ("postgresql", "postgres"):
        raise ConfigurationError(f"workers share a PostgreSQL store, not {parsed.get_backend_name()}; a file is for monitor run")
    return parsed.set(drivername="postgresql").render_as_string(hide_password=False)
