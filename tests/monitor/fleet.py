"""Workers in processes of their own, over a box that can leave one of them without an answer."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.process import BaseProcess
from threading import Event
from typing import Any

from retoure import AsyncClient
from retoure.carrier import CarrierSettings
from retoure.lifecycle import CaseLabel, FirstScan, ReturnCase
from retoure.monitor.monitor import Monitor
from retoure.monitor.tasks import Tasks
from retoure.replay.sandbox import Sandbox
from retoure.replay.sandbox.messages import Answer, Asked
from retoure.replay.sandbox.scripts import Script, ScriptedRow
from tests.crash.journal import Journal
from tests.crash.returns import settings_of
from tests.crash.running import preloaded

EVERY_SECOND = "* * * * * */1"
LEASE = timedelta(seconds=4)
_DEADLINE_S = 2.0
_PATIENCE_S = 90.0


@dataclass(frozen=True)
class Shop:
    """What a worker needs; it is handed to other processes."""

    url: str
    settings: Mapping[str, CarrierSettings]
    booked: Journal
    limit: int = 5

    def client(self, who: str) -> AsyncClient:
        """A client by whose calls the box sees who asks."""
        return AsyncClient(settings_of(self.settings, who), deadline_s=_DEADLINE_S)

    def monitor(self, client: AsyncClient) -> Monitor:
        return Monitor(client, self.url, lease=LEASE)


class Held(Sandbox):
    """A box that writes down who asked for what, and lets some wait in vain."""

    def __init__(self, told: dict[str, Script], carrier: str) -> None:
        super().__init__([carrier])
        self.told = told
        self.asked: list[tuple[str, tuple[str, ...]]] = []
        self.unanswered: frozenset[str] = frozenset()
        self.reached, self.closing = Event(), Event()
        self.script(carrier, *told.values())

    def answer(self, code: str, asked: Asked) -> Answer:
        carrier, _, who = code.partition("~")
        words = f"{asked.path} {asked.query} {asked.content.decode('utf-8', 'replace')}"
        if numbers := tuple(number for number in self.told if number in words):
            self.asked.append((who, numbers))
            if who in self.unanswered:
                self.reached.set()
                self.closing.wait(_PATIENCE_S)
        return super().answer(carrier, asked)

    def close(self) -> None:
        self.closing.set()
        super().close()

    def asked_by(self, who: str) -> set[str]:
        return {number for asker, numbers in self.asked if asker == who for number in numbers}


def work(shop: Shop, who: str) -> None:
    """A worker's life."""

    def book(told: Any) -> None:
        """Fail on each first scan once: what is not booked must come again."""
        before = [line for line in shop.booked.read() if line["what"] == "failed" and line["id"] == told.id]
        if isinstance(told, FirstScan) and not before and told.number.endswith("0"):
            shop.booked.write("failed", who=who, id=told.id)
            raise RuntimeError("the books are closed")
        shop.booked.write("booked", who=who, id=told.id, number=told.number)

    async def run() -> None:
        async with shop.client(who) as client:
            tasks = Tasks(
                shop.url, lambda: shop.monitor(client), handler=book, lease=timedelta(seconds=3), limit=shop.limit,
                cron=EVERY_SECOND, stalled_s=3.0,
            )  # fmt: skip
            await tasks.run(concurrency=4, heartbeat_s=0.5)

    asyncio.run(run())


@dataclass
class Fleet:
    """Workers that live."""

    shop: Shop
    crew: dict[str, BaseProcess] = field(default_factory=dict)

    def start(self, *names: str) -> None:
        for who in names:
            self.crew[who] = preloaded().Process(target=work, args=(self.shop, who), daemon=True)
            self.crew[who].start()

    def kill(self, who: str) -> None:
        process = self.crew.pop(who)
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()

    def stop(self) -> list[int | None]:
        """Ask all of them to end, and wait; their exit codes."""
        crew, self.crew = list(self.crew.values()), {}
        for process in crew:
            process.terminate()
        for process in crew:
            process.join(_PATIENCE_S)
        return [process.exitcode for process in crew]

    def until(self, done: Callable[[], bool]) -> None:
        """Wait for other processes."""
        ends = time.monotonic() + _PATIENCE_S
        while not done():
            assert time.monotonic() < ends, f"not within {_PATIENCE_S:g} s"
            assert all(process.is_alive() for process in self.crew.values()), "a worker ended by itself"
            time.sleep(0.05)


def histories(numbers: list[str]) -> dict[str, Script]:
    """Each was handed in days ago."""
    issued = (datetime.now(UTC) - timedelta(days=3)).replace(second=0, microsecond=0)
    rows = tuple(
        ScriptedRow(row=row, at=issued + timedelta(hours=hours)) for hours, row in ((1, "announced"), (6, "dropped_off"))
    )
    return {number: Script(number=number, issued_at=issued, rows=rows) for number in numbers}


@contextmanager
def fleet_over(url: str, booked: Journal, numbers: list[str], carrier: str, **quotas: int) -> Iterator[tuple[Held, Fleet]]:
    """Returns that are watched and were never read, a box that knows them, and no worker yet."""
    with Held(histories(numbers), carrier) as box:
        shop = Shop(url, {carrier: box.account(carrier, quotas=quotas)}, booked)
        asyncio.run(_watch(shop, box, carrier))
        fleet = Fleet(shop)
        try:
            yield box, fleet
        finally:
            for who in list(fleet.crew):
                fleet.kill(who)


async def _watch(shop: Shop, box: Held, carrier: str) -> None:
    cases = [
        ReturnCase(
            rma=f"RMA-{number}", labels=(CaseLabel(number=number, carrier=carrier, account=carrier, issued_at=script.issued_at),)
        )
        for number, script in box.told.items()
    ]
    async with shop.client("shop") as client, shop.monitor(client) as monitor:
        await monitor.watch_many(cases)
