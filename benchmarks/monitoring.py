"""What the monitor's store costs: finding what is due among few and among many, and writing down a read without news."""

import sqlite3
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import text

from benchmarks.measuring import Row, at_most, ratio, seconds
from retoure.lifecycle import CaseLabel, Read, ReturnCase
from retoure.model import Custody, Kind, LabelSource, Precision, TrackingEvent, TrackingReport, ZoneSource
from retoure.monitor.planning import Planning
from retoure.monitor.records import Lease, Outcome, Watch
from retoure.monitor.store import Store

START = datetime(2026, 6, 1, 6, tzinfo=UTC)
FEW, MANY, BATCH = 10_000, 1_000_000, 200
EVENTS = tuple(
    TrackingEvent(
        Kind.HUB_SCAN if number else Kind.ACCEPTED, Custody.PHYSICAL, START + timedelta(hours=number), "", ZoneSource.CARRIER,
        Precision.MINUTE, f"code {number}", "processed at the parcel centre", sequence=number,
    )
    for number in range(8)
)  # fmt: skip


class _Clock:
    """A clock that a benchmark turns."""

    def __init__(self) -> None:
        self.now = START + timedelta(days=1)

    def __call__(self) -> datetime:
        return self.now


def _watched(folder: str, name: str, clock: _Clock, labels: int) -> Store:
    store = Store.at(f"sqlite:///{folder}/{name}.db", clock=clock, planning=Planning(draw=lambda: 0.5))
    watches = []
    for number in range(labels):
        label = CaseLabel(
            number=f"R{number}", carrier="dhl_paket", account="dhl", label_source=LabelSource.AMAZON_NEGOTIATED, issued_at=START
        )
        watches.append(Watch(ReturnCase(labels=(label,)), "amazon_aprl_de"))
    store.watch(watches)
    return store


def _many(folder: str, clock: _Clock, labels: int) -> Store:
    """A store with that many labels: copies of one, due over six days of which one is past, in three ranks."""
    store = _watched(folder, f"due-{labels}", clock, 1)
    with store._premises.database.writing() as connection:  # noqa: SLF001 - rows by the million, faster than by watching
        columns = [row[1] for row in connection.exec_driver_sql("PRAGMA table_info(monitor_label)") if row[1] != "id"]
        changed = {
            "number": "'N' || i",
            "due_at": f"due_at + (i * 7919 % {labels}) * {5 * 86_400_000_000 // labels} - 86400000000",
            "rank": "3 + i % 3",
        }
        values = ", ".join(changed.get(column, column) for column in columns)
        series = f"WITH RECURSIVE series(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM series WHERE i < {labels})"
        names = ", ".join(columns)
        fill = f"INSERT INTO monitor_label ({names}) {series} SELECT {values} FROM series, monitor_label WHERE id = 1"
        connection.execute(text(fill))
    return store


def _due(store: Store) -> object:
    leases = store.lease("dhl", calls=100, owner="benchmark")
    store.release(leases)
    return leases


def _same(store: Store, clock: _Clock) -> list[Outcome]:
    """The leases of a batch, and answers like those before."""
    leases = store.lease("dhl", calls=BATCH, owner="benchmark")
    return [Outcome(lease, _answer(lease, clock.now)) for lease in leases]


def _answer(lease: Lease, at: datetime) -> Read:
    return Read(report=TrackingReport(lease.parcel.number, lease.carrier, EVENTS, at, f"{at.timestamp():064}"))


def _bare(connection: sqlite3.Connection, clock: _Clock) -> None:
    """The rows that reads without news come to, with nothing around them."""
    now = int(clock.now.timestamp() * 1e6)
    connection.execute("BEGIN IMMEDIATE")
    logged = [(number, now, now, f"{now:064}", f"R{number}") for number in range(BATCH)]
    connection.executemany("INSERT INTO log (case_id, observed_at, read_at, digest, number) VALUES (?, ?, ?, ?, ?)", logged)
    connection.executemany("UPDATE label SET due_at = ?, attempt_at = ? WHERE id = ?", [(now, now, one) for one in range(BATCH)])
    connection.execute("COMMIT")


def _floor(folder: str) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{folder}/floor.db", isolation_level=None)
    connection.executescript(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
        "CREATE TABLE log (id INTEGER PRIMARY KEY, case_id, observed_at, read_at, digest, number);"
        "CREATE UNIQUE INDEX once ON log (case_id, observed_at, number, digest);"
        "CREATE TABLE label (id INTEGER PRIMARY KEY, due_at, attempt_at); CREATE INDEX due ON label (due_at);"
    )
    connection.executemany("INSERT INTO label (id) VALUES (?)", [(one,) for one in range(BATCH)])
    return connection


def run() -> Iterator[Row]:
    """The budgets of due selection and of recording."""
    clock = _Clock()
    with tempfile.TemporaryDirectory(prefix="retoure-bench-", ignore_cleanup_errors=True) as folder:
        with closing(_many(folder, clock, MANY)) as many, closing(_many(folder, clock, FEW)) as few:
            measured = ratio(lambda: _due(many), lambda: _due(few), repeats=4, rounds=11)
        Path(f"{folder}/due-{MANY}.db").unlink()
        yield at_most("lease 100 due labels of 1,000,000, over of 10,000", measured, 2)
        with closing(_watched(folder, "same", clock, BATCH)) as store, closing(_floor(folder)) as floor:
            yield at_most("record a read without news, over its bare rows", _recording(store, floor, clock), 20)


def _recording(store: Store, floor: sqlite3.Connection, clock: _Clock) -> float:
    """The median over rounds; outcomes are leased and made outside of what is timed."""
    store.record(_same(store, clock))
    ratios = []
    for _ in range(11):
        clock.now += timedelta(hours=7)
        outcomes = _same(store, clock)
        ours, bare = seconds(partial(store.record, outcomes), 1), seconds(partial(_bare, floor, clock), 1)
        ratios.append(ours / bare)
    return statistics.median(ratios)
