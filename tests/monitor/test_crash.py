"""Pollers and consumers that are killed: nothing is lost, nothing is told after its acknowledgement; and a judge that sees it."""

import asyncio
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from retoure.monitor.records import Watch
from retoure.monitor.store import Store
from retoure.monitor.tables import signal
from retoure.replay.sandbox.scripts import Script
from tests.crash.journal import Journal
from tests.crash.judging_returns import Shown, Verdict, expected, judge
from tests.crash.returns import CARRIERS, FastClock, World, book_once, case_of, scripts
from tests.crash.watching import START, Watched, crash

END = START + timedelta(days=6)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_nothing_is_lost_and_nothing_told_twice_whoever_is_killed(kind: str) -> None:
    verdict, told = crash(kind, kills=6, seed=1)
    assert (verdict.lost, verdict.double) == ([], []), told


class Judged:
    """One return that was read and booked as it should be, and what a judge makes of it."""

    def __init__(self, world: World, store: Store, script: Script) -> None:
        self.store = store
        self.scripts = {script.number: script}
        self.number = script.number
        self.polled, self.booked = world.polled, world.booked
        self.shown: list[Shown] = []

    def __call__(self) -> Verdict:
        return judge(self.store, self.scripts, self.shown, self.polled, self.booked, END)


@pytest.fixture
def judged(tmp_path: Path) -> Iterator[Judged]:
    script = next(script for script in scripts(START, 0).values() if "delivered" in expected(script, END))
    with _world(tmp_path, script) as world, closing(Store.at(world.store, clock=world.clock)) as store:
        asyncio.run(_poll(world, script))
        judged = Judged(world, store, script)
        for one in store.waiting():
            judged.booked.write("asks", who="1")
            judged.booked.write("has", who="1", id=one.id, type=one.type, number=one.number)
            store.acknowledge([one.id])
            judged.booked.write("acknowledged", who="1", id=one.id)
        yield judged


@contextmanager
def _world(folder: Path, script: Script) -> Iterator[World]:
    """A box at the end of a return, and a store that knows nothing of it."""
    clock = _Still()
    with Watched({script.number: script}, clock) as box:
        settings = {carrier: box.account(carrier) for carrier in CARRIERS}
        yield World(f"sqlite:///{folder}/m.db", clock, settings, Journal(folder / "polled"), Journal(folder / "booked"))


class _Still(FastClock):
    """Time stands still."""

    def __init__(self) -> None:
        super().__init__(0, END)

    def __call__(self) -> object:
        return END


async def _poll(world: World, script: Script) -> None:
    async with world.client("1") as client, world.monitor(client, "1") as monitor:
        await monitor.watch(case_of(0, script, script.issued_at))
        await monitor.poll_due()


def test_the_judge_finds_nothing_where_all_is_well(judged: Judged) -> None:
    assert (judged().lost, judged().double) == ([], [])


def test_the_judge_misses_an_event_that_a_finished_unit_of_work_was_shown(judged: Judged) -> None:
    judged.shown.append(Shown("1", judged.number, END, (END - timedelta(days=90),)))
    judged.polled.write("done", who="1", at=END.isoformat())
    assert len(judged().lost) == 1


def test_the_judge_excuses_an_event_that_was_shown_to_one_who_was_killed(judged: Judged) -> None:
    judged.shown.append(Shown("1", judged.number, END, (END - timedelta(days=90),)))
    assert judged().lost == []


def test_the_judge_misses_an_event_that_the_box_still_shows(judged: Judged) -> None:
    other = Script(number=judged.number, issued_at=START, rows=scripts(START, 3)[judged.number].rows)
    judged.scripts = {judged.number: other}
    assert [one for one in judged().lost if one.startswith("event of")]


def test_the_judge_sees_events_that_nobody_showed(judged: Judged) -> None:
    judged.scripts = {judged.number: Script(number=judged.number, issued_at=START, rows=())}
    assert [one for one in judged().double if "nobody showed" in one]


def test_the_judge_misses_a_signal_that_was_never_booked(judged: Judged) -> None:
    judged.booked.file.unlink()
    assert "first_scan of " in " ".join(judged().lost)


def test_the_judge_excuses_an_acknowledgement_that_was_not_written_down(judged: Judged) -> None:
    lines = [line for line in judged.booked.file.read_text().splitlines() if '"acknowledged"' not in line]
    judged.booked.file.write_text("\n".join(lines) + "\n")
    assert (judged().lost, judged().double) == ([], [])


def test_the_judge_misses_a_signal_that_still_waits(judged: Judged) -> None:
    engine = judged.store._premises.database._engine
    with engine.begin() as connection:
        connection.execute(signal.update().values(acknowledged_at=None))
    assert [one for one in judged().lost if "still waits" in one]


def test_the_judge_sees_a_signal_that_is_handed_out_after_its_acknowledgement(judged: Judged) -> None:
    line = next(line for line in judged.booked.read() if line["what"] == "has")
    judged.booked.write("asks", who="2")
    judged.booked.write("has", who="2", id=line["id"], type=line["type"], number=line["number"])
    assert [one for one in judged().double if "after its acknowledgement" in one]


def test_the_judge_sees_a_second_first_scan(judged: Judged) -> None:
    judged.booked.write("has", who="1", id="another", type="first_scan", number=judged.number)
    assert [one for one in judged().double if "told 2 times" in one]


def test_the_judge_misses_an_acknowledgement_that_the_store_forgot(tmp_path: Path, judged: Judged) -> None:
    with closing(Store.at(f"sqlite:///{tmp_path}/other.db", clock=_Still())) as other:
        script = judged.scripts[judged.number]
        other.watch([Watch(case=case_of(0, script, script.issued_at), policy="amazon_aprl_de")])
        judged.store = other
        assert [one for one in judged().lost if "which the store handed out" in one]


def test_consumers_write_down_what_they_have_before_they_acknowledge_it(tmp_path: Path) -> None:
    script = next(iter(scripts(START, 0).values()))
    with _world(tmp_path, script) as world:

        async def book() -> int:
            await _poll(world, script)
            async with world.client("1") as client, world.monitor(client, "1") as monitor:
                return await book_once(world, monitor, "1")

        assert asyncio.run(book())
        assert [line["what"] for line in world.booked.read()][:3] == ["asks", "has", "acknowledged"]
