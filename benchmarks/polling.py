"""Polling through the whole monitor, beside bare aiohttp on the same server in the same run; and what watching costs in memory.

The server is a process of its own. Bare aiohttp reads bodies and does nothing with them; the monitor leases what is due, asks
through the adapter, reserves, judges, plans and writes down, in a database on disk. Most reads of a return bring what is known:
those are what is measured.
"""

import asyncio
import json
import multiprocessing
import sqlite3
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import aiohttp

from benchmarks import answers
from benchmarks.measuring import Row, at_least, at_most
from retoure import AsyncClient, Monitor, Registry
from retoure.cli.collecting import collecting_seldom
from retoure.lifecycle import CaseLabel
from retoure_dhl_paket import PLUGIN, DhlPaketSettings

PARCELS = 500
_ROUNDS = 9
_WATCHED, _TIMES = 1000, (1, 20, 200)
AT_A_TIME = 32
_ISSUED = datetime(2026, 6, 1, 5, tzinfo=UTC)
_START = datetime(2026, 6, 2, 6, tzinfo=UTC)
_ASKED_FOR = (b"trackingNumber=", b"&")
_PATH = "/track/shipments?trackingNumber={}&service=parcel-de"
_UNLIMITED = replace(PLUGIN, quotas=())  # as if the quota permitted it: DHL's own is a call in five seconds


def _on_its_way() -> bytes:
    """The history of a parcel that moves, which is read every six hours; one that has arrived is hardly read any more."""
    answer = json.loads(answers.tracking_json())
    del answer["shipments"][0]["events"][-2:]
    return json.dumps(answer).encode()


class _Protocol(asyncio.Protocol):
    """Answers each request with the history of the number that it asks for."""

    def __init__(self) -> None:
        self._template = _on_its_way()
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take note of who is there."""
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer whatever requests are whole."""
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head, self._buffer = self._buffer[:end], self._buffer[end + 4 :]
            number = head.split(_ASKED_FOR[0], 1)[1].split(_ASKED_FOR[1], 1)[0].split(b" ", 1)[0]
            body = self._template.replace(answers.NUMBER.encode(), number)
            self._transport.write(  # type: ignore[attr-defined]
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body
            )


def _serve(pipe: Connection) -> None:
    async def serving() -> None:
        server = await asyncio.get_running_loop().create_server(_Protocol, "127.0.0.1", 0, backlog=256)
        pipe.send(server.sockets[0].getsockname()[1])
        async with server:
            await asyncio.to_thread(pipe.recv)

    asyncio.run(serving())


@contextmanager
def server() -> Iterator[str]:
    """A server in a process of its own, at its base URL."""
    ours, theirs = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        ours.send("enough")
        process.join(5)


def number_of(count: int) -> str:
    """One of many numbers."""
    return f"{answers.NUMBER[:-6]}{count:06}"


async def bare(url: str) -> float:
    """Answers a second that aiohttp reads."""
    numbers = iter(range(PARCELS))

    async def read(session: aiohttp.ClientSession) -> None:
        for number in numbers:
            async with session.get(url + _PATH.format(number_of(number))) as answer:
                await answer.read()

    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_A_TIME)) as session:
        await asyncio.gather(*(read(session) for _ in range(AT_A_TIME)))  # connections are open by now
        numbers = iter(range(PARCELS))
        started = time.perf_counter()
        await asyncio.gather(*(read(session) for _ in range(AT_A_TIME)))
        return PARCELS / (time.perf_counter() - started)


class Clock:
    """A clock that is put on by hand."""

    def __init__(self) -> None:
        self.now = _START

    def __call__(self) -> datetime:
        """The time."""
        return self.now


@contextmanager
def folder() -> Iterator[Path]:
    """A directory for a database."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def client_of(url: str, clock: Clock) -> AsyncClient:
    """A client of one account at a server."""
    account = DhlPaketSettings(environment="production", api_key="fake-key", base_url=url)
    return AsyncClient({"dhl": account}, registry=Registry(entries=[], plugins=[_UNLIMITED]), clock=clock)


async def watch(monitor: Monitor, count: int) -> None:
    """Watch so many parcels."""
    for start in range(0, count, 1000):
        labels = [
            CaseLabel(number=number_of(number), carrier="dhl_paket", account="dhl", issued_at=_ISSUED)
            for number in range(start, min(start + 1000, count))
        ]
        await monitor.watch_many(labels)


async def _polled(monitor: Monitor, count: int) -> float:
    done = 0
    started = time.perf_counter()
    while done < count:
        polled = await monitor.poll_due()
        if not polled.calls:
            raise RuntimeError(f"nothing is due after {done} of {count}")
        done += sum(polled.outcomes.values())
    return done / (time.perf_counter() - started)


async def _share(url: str, monitor: Monitor, clock: Clock) -> float:
    """What share of bare aiohttp's answers a second the monitor deals with, each a look that tells nothing new."""
    before = await bare(url)
    clock.now += timedelta(hours=7)
    polled = await _polled(monitor, PARCELS)
    return polled / statistics.mean([before, await bare(url)])


async def shares(url: str) -> list[float]:
    """The same several times, in turn, in a process that is set up like that of ``retoure monitor run``."""
    clock = Clock()
    async with client_of(url, clock) as client:
        with folder() as place:
            store = f"sqlite:///{place}/monitor.db"
            async with Monitor(client, store, clock=clock, at_a_time=2 * AT_A_TIME, threads=False) as monitor:
                await watch(monitor, PARCELS)
                clock.now += timedelta(hours=1)
                await _polled(monitor, PARCELS)
                with collecting_seldom():
                    return [await _share(url, monitor, clock) for _ in range(_ROUNDS)]


def _multiplied(path: Path, times: int) -> None:
    """Watch so many times as many parcels, by copying the rows of those that are watched."""
    with closing(sqlite3.connect(path)) as database:
        for table, owner in (("monitor_case", "id"), ("monitor_label", "case_id"), ("monitor_content", "case_id")):
            names = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
            rows = [dict(zip(names, row, strict=True)) for row in database.execute(f"SELECT * FROM {table}")]
            highest = max(row["id"] for row in rows)
            for copy in range(1, times):
                database.executemany(
                    f"INSERT INTO {table} VALUES ({', '.join('?' * len(names))})",
                    [tuple(_copied(row, copy, highest, owner).values()) for row in rows],
                )
        database.commit()


def _copied(row: dict[str, Any], copy: int, highest: int, owner: str) -> dict[str, Any]:
    number = answers.NUMBER[:-6]
    other = f"{int(number) + copy:0{len(number)}}"
    made = {name: value.replace(number, other) if isinstance(value, str) else value for name, value in row.items()}
    return {**made, "id": row["id"] + copy * highest} | ({owner: row[owner] + copy * _WATCHED} if owner != "id" else {})


async def memory(url: str, times: int) -> int:
    """The most bytes that Python holds at a time while a unit of work is done, with everything due at once."""
    clock = Clock()
    with folder() as place:
        path = place / "monitor.db"
        async with client_of(url, clock) as client:
            async with Monitor(client, f"sqlite:///{path}", clock=clock) as monitor:
                await watch(monitor, _WATCHED)
            _multiplied(path, times)
            clock.now += timedelta(days=1)
            async with Monitor(client, f"sqlite:///{path}", clock=clock) as monitor:
                await monitor.poll_due(limit=64)  # what is loaded once is loaded
                tracemalloc.start()
                try:
                    for _ in range(2):
                        if (await monitor.poll_due(limit=64)).calls != 64:
                            raise RuntimeError("not everything is due")
                    return tracemalloc.get_traced_memory()[1]
                finally:
                    tracemalloc.stop()


def run() -> list[Row]:
    """Throughput and memory."""
    with server() as url:
        throughput = statistics.median(asyncio.run(shares(url)))
        few, many, most = [asyncio.run(memory(url, times)) for times in _TIMES]
    return [
        at_least(f"parcels polled through the monitor, {AT_A_TIME} at a time / bare aiohttp", throughput, 0.3),
        at_most("memory of polling among 20,000 watched parcels / among 1,000", many / few, 1.1),
        at_most("memory of polling among 200,000 watched parcels / among 1,000", most / few, 1.1),
    ]


if __name__ == "__main__":
    for row in run():
        print(row.as_json())
