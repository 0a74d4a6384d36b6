"""Workers on one PostgreSQL store: what one that is killed held is taken by the others, and quotas are shared."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from retoure.errors import ConfigurationError, StoreError
from retoure.monitor.store import Store
from retoure.monitor.tasks import Tasks
from tests.crash.journal import Journal
from tests.monitor.fleet import Held, fleet_over
from tests.monitor.world import Shop
from tests.purchases.conftest import empty_database

NUMBERS = [f"1Z12345E{place:010d}" for place in range(1, 41)]


@dataclass
class Told:
    """What came of a fleet of which one was killed."""

    box: Held
    url: str
    booked: list[dict[str, str]]
    held: set[str]
    exit_codes: list[int | None]
    jobs: int


@pytest.fixture(scope="module")
def told(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """Three workers: one is killed while it waits for answers; the others go on until everything is read and booked."""
    url, booked = empty_database(server), Journal(tmp_path_factory.mktemp("fleet") / "booked")
    with fleet_over(url, booked, NUMBERS, "ups") as (box, fleet):
        box.unanswered = frozenset({"first"})
        fleet.start("first")
        fleet.until(box.reached.is_set)
        fleet.start("second", "third")
        fleet.kill("first")
        held = box.asked_by("first")
        with closing(Store.at(url)) as store:
            fleet.until(lambda: len(_booked(booked)) == len(NUMBERS) and store.status().unacknowledged == 0)
        codes = fleet.stop()
        yield Told(box, url, list(booked.read()), held, codes, _jobs(url))


def _booked(booked: Journal) -> set[str]:
    return {line["id"] for line in booked.read() if line["what"] == "booked"}


def _jobs(url: str) -> int:
    import psycopg

    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM procrastinate_jobs WHERE status <> 'todo'").fetchone()
        return int(row[0]) if row else -1


def test_what_a_killed_worker_held_is_polled_by_the_others(told: Told) -> None:
    assert told.held
    assert told.held <= told.box.asked_by("second") | told.box.asked_by("third")


def test_every_parcel_is_read(told: Told) -> None:
    with closing(Store.at(told.url)) as store:
        assert [number for number in NUMBERS if store.label(number).last_success_at is None] == []


def test_no_two_workers_that_live_read_the_same_parcel(told: Told) -> None:
    asked = Counter(number for who, numbers in told.box.asked if who != "first" for number in numbers)
    assert max(asked.values()) == 1


def test_a_signal_is_booked_once_and_acknowledged(told: Told) -> None:
    booked = Counter(line["id"] for line in told.booked if line["what"] == "booked")
    assert (len(booked), set(booked.values())) == (len(NUMBERS), {1})
    with closing(Store.at(told.url)) as store:
        assert store.waiting() == ()


def test_a_signal_that_the_handler_failed_on_comes_again(told: Told) -> None:
    failed = {line["id"] for line in told.booked if line["what"] == "failed"}
    assert failed
    assert failed <= {line["id"] for line in told.booked if line["what"] == "booked"}


def test_workers_end_politely_and_leave_no_task_behind(told: Told) -> None:
    assert (told.exit_codes, told.jobs) == ([0, 0], 0)


def test_workers_together_never_overrun_a_daily_budget(server: str, tmp_path: Path) -> None:
    numbers = [f"003404341234{place:08d}" for place in range(200)]
    budget = {"parcel_de_tracking_per_day": 6, "parcel_de_tracking_per_second": 1000}
    url = empty_database(server)
    with fleet_over(url, Journal(tmp_path / "booked"), numbers, "dhl_paket", **budget) as (box, fleet):
        fleet.start("first", "second", "third")
        with closing(Store.at(url)) as store:
            fleet.until(lambda: any("spent" in why for why in store.status().pauses.values()))
        assert fleet.stop() == [0, 0, 0]
        assert len(box.asked) == 5  # of six a tenth is kept for forced reads, and a part of a call is one


def test_a_store_in_a_file_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="PostgreSQL"):
        Tasks("sqlite:///retoure.db", lambda: pytest.fail("made"))


def test_tables_of_the_tasks_are_made_once(server: str) -> None:
    tasks = Tasks(empty_database(server), lambda: pytest.fail("made"))

    async def prepare() -> bool:
        async with tasks.app.open_async():
            await asyncio.gather(*(tasks.prepare() for _ in range(3)))
            return await tasks.app.check_connection_async()

    assert asyncio.run(prepare())


async def test_a_database_that_is_not_there_is_named(tmp_path: Path) -> None:
    shop = Shop(tmp_path, url="postgresql://postgres@127.0.0.1:1/retoure")
    with pytest.raises(StoreError, match="the monitor's store cannot be opened"):
        await Tasks(shop.url, shop.monitor).run(stop=asyncio.Event())
