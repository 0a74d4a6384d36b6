"""Polling through the whole monitor, beside bare aiohttp on the same server in the same run; and what watching costs in memory.

The server is a process of its own. Bare aiohttp reads bodies and does nothing with them; the monitor leases what is due, asks through
the adapter, reserves, judges, plans and writes down, in a database on disk. Most reads of a return bring what is known already, so
that is what the budget is for; first looks, after which a case is folded anew, are told beside it.
"""

import asyncio
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path

import aiohttp

from benchmarks import answers
from benchmarks.measuring import Row, at_least
from retoure import AsyncClient, Monitor, Registry
from retoure.lifecycle import CaseLabel
from retoure_dhl_paket import PLUGIN, DhlPaketSettings

PARCELS = 1500
AT_A_TIME = 32
_START = datetime(2026, 6, 1, 12, tzinfo=UTC)
_ASKED_FOR = (b"trackingNumber=", b"&")
_PATH = "/track/shipments?trackingNumber={}&service=parcel-de"
_UNLIMITED = replace(PLUGIN, quotas=())  # as if the quota permitted it: DHL's own is a call in five seconds


class _Protocol(asyncio.Protocol):
    """Answers each request with the history of the number that it asks for."""

    def __init__(self) -> None:
        head, _, tail = answers.tracking_json().partition(answers.NUMBER.encode())
        self._template = answers.tracking_json()
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
            CaseLabel(number=number_of(number), carrier="dhl_paket", account="dhl", issued_at=_START)
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


async def through_the_monitor(url: str) -> tuple[float, float]:
    """Answers a second that the monitor deals with: first looks, and later ones."""
    clock = Clock()
    with folder() as place:
        async with client_of(url, clock) as client, Monitor(client, f"sqlite:///{place}/monitor.db", clock=clock, at_a_time=2 * AT_A_TIME) as monitor:
            await watch(monitor, PARCELS)
            clock.now += timedelta(days=1)
            first = await _polled(monitor, PARCELS)
            clock.now += timedelta(days=2)
            return first, await _polled(monitor, PARCELS)


async def _rates(url: str) -> tuple[float, float]:
    floor = await bare(url)
    first, later = await through_the_monitor(url)
    again = await bare(url)
    floor = (floor + again) / 2
    print(f"bare {floor:.0f}/s, first looks {first:.0f}/s, later ones {later:.0f}/s", file=sys.stderr)
    return first / floor, later / floor


def run() -> list[Row]:
    """The shares of bare aiohttp's answers a second that the monitor gets through."""
    with server() as url:
        rates = [asyncio.run(_rates(url)) for _ in range(3)]
    later = statistics.median(rate for _, rate in rates)
    return [at_least(f"parcels polled through the monitor, {AT_A_TIME} at a time / bare aiohttp", later, 0.3)]


if __name__ == "__main__":
    for row in run():
        print(row.as_json())
