"""Killing those who poll and those who book, and comparing the store with the box."""

import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from retoure.monitor.store import Store
from retoure.replay.sandbox import Sandbox
from retoure.replay.sandbox.messages import Answer, Asked
from retoure.replay.sandbox.scripts import Script
from tests.crash.journal import Journal
from tests.crash.judging_returns import Shown, Verdict, judge
from tests.crash.killing import kill_each
from tests.crash.returns import CARRIERS, LEASE_S, FastClock, World, book_for_life, book_once, case_of, poll_for_life, scripts
from tests.crash.running import database, preloaded

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
_LIFE_S = (0.0, 0.5)
_UNITS = 3
_SETTLED_S = 90.0


class Watched(Sandbox):
    """A box that writes down who asked for what, and what that one was surely shown. Its history can be stopped."""

    def __init__(self, told: dict[str, Script], clock: FastClock) -> None:
        super().__init__(CARRIERS, clock=clock)
        self.told = told
        self.shown: list[Shown] = []
        self.stops_at: datetime | None = None
        for carrier in CARRIERS:
            self.script(carrier, *(case for number, case in told.items() if _carrier(number) == carrier))

    def now(self) -> datetime:
        now = super().now()
        return min(now, self.stops_at) if self.stops_at else now

    def answer(self, code: str, asked: Asked) -> Answer:
        carrier, _, who = code.partition("~")
        before = self.now()
        answer = super().answer(carrier, asked)
        after, words = self.now(), f"{asked.path} {asked.query} {asked.content.decode('utf-8', 'replace')}"
        for number, script in self.told.items():
            if number in words and answer.status == 200:
                surely = [row.at for row in script.shown(before) if row in script.shown(after)]
                self.shown.append(Shown(who, number, after, tuple(surely)))
        return answer


def _carrier(number: str) -> str:
    return "ups" if number.startswith("1Z") else "dhl_paket" if number.startswith("00") else "dhl_express"


@contextmanager
def returns_in_a_box(kind: str, seed: int) -> Iterator[tuple[Watched, World]]:
    """Returns that are watched in a new store, in a box in which time has begun to pass."""
    with database(kind) as url, tempfile.TemporaryDirectory(prefix="retoure-journal-") as folder:
        clock = FastClock(time.time(), START)
        with Watched(scripts(START, seed), clock) as box:
            settings = {carrier: box.account(carrier, quotas=_QUOTAS.get(carrier, {})) for carrier in CARRIERS}
            world = World(url, clock, settings, Journal(Path(folder) / "polled"), Journal(Path(folder) / "booked"))
            asyncio.run(_watch(world, box.told))
            yield box, world


_QUOTAS: dict[str, dict[str, int]] = {
    "dhl_paket": {"parcel_de_tracking_per_second": 1000, "parcel_de_tracking_per_day": 100_000},
    "dhl_express": {"test_calls_per_day": 100_000},
}


async def _watch(world: World, told: dict[str, Script]) -> None:
    async with world.client("shop") as client, world.monitor(client, "shop") as monitor:
        watched = await monitor.watch_many([case_of(place, script, START) for place, script in enumerate(told.values())])
        assert not [one.refused for one in watched if one.refused]


def crash(kind: str, kills: int, seed: int = 0) -> tuple[Verdict, str]:
    """Kill pollers and consumers, settle what they left, and judge."""
    with returns_in_a_box(kind, seed) as (box, world):
        kill_each(preloaded(), kills, seed, life=_live, of=lambda born: (world, born), life_s=_LIFE_S, gets=_UNITS)
        box.stops_at = until = box.now()
        asyncio.run(_settle(world, box.told, until))
        with closing(Store.at(world.store, clock=world.clock)) as store:
            verdict = judge(store, box.told, box.shown, world.polled, world.booked, until)
            events = sum(len(one.rows) for one in box.shown)
            signals = sum(line["what"] == "acknowledged" for line in world.booked.read())
        days = (until - START) / timedelta(days=1)
        told = (
            f"{kind}: {len(box.told)} returns over {days:.1f} days, {len(box.shown)} answers with {events} rows, "
            f"{sum(1 for _ in world.polled.read())} units of work, {signals} signals booked"
        )
    return verdict, told


def _live(world: World, born: int, at: Any) -> None:
    """Every third one books; the others poll."""
    (book_for_life if born % 3 == 2 else poll_for_life)(world, f"{born}", at)


async def _settle(world: World, told: dict[str, Script], until: datetime) -> None:
    """Read every return once more after the end, and book what is left."""
    async with world.client("last") as client, world.monitor(client, "last") as monitor:
        ends = time.monotonic() + _SETTLED_S
        left = set(told)
        for number in told:
            await monitor.refresh(number)
        while left:
            await monitor.poll_due()
            world.polled.write("done", who="last", at=world.clock().isoformat())
            left = {number for number in left if not await _read_since(monitor, number, until)}
            assert time.monotonic() < ends, f"{len(left)} returns were not read within {_SETTLED_S:g} s: {sorted(left)[:5]}"
        quiet_since = time.monotonic()
        while time.monotonic() - quiet_since < LEASE_S + 0.5:  # leases of the dead run out
            if await book_once(world, monitor, "last"):
                quiet_since = time.monotonic()
            await asyncio.sleep(0.1)


async def _read_since(monitor: Any, number: str, until: datetime) -> bool:
    label = await monitor.label(number)
    return label.last_success_at is not None and label.last_success_at > until
