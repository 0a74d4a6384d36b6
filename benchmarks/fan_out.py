"""A hundred parcels of an API that takes one number a call, over a loopback server that needs 100 ms for each answer."""

import asyncio
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from benchmarks import answers, ups
from benchmarks.measuring import Row, at_most
from retoure import AsyncClient, Registry, TrackingReport
from retoure.carrier import CarrierPlugin, CarrierSettings
from retoure_dhl_paket import PLUGIN as DHL_PAKET
from retoure_dhl_paket import DhlPaketSettings
from retoure_ups import PLUGIN as UPS

PARCELS = 100
_ANSWER_S = 0.1
_TOKEN = b'{"access_token": "fake-token", "expires_in": "14399"}'


@dataclass(frozen=True)
class Lane:
    """One carrier: its plugin, its account at a base URL, and its answer, in which ``number`` stands for the one asked for."""

    name: str
    plugin: CarrierPlugin
    account: Callable[[str], CarrierSettings]
    number: str
    answer: Callable[[], bytes]
    asked_for: tuple[bytes, bytes]


def _ups_account(base_url: str) -> CarrierSettings:
    """An account that was granted more than the hundred calls a second that are the default."""
    return ups.SETTINGS.model_copy(update={"base_url": base_url, "quotas": {"calls_per_second": 200}})


LANES = (
    Lane(
        "parcels", replace(DHL_PAKET, quotas=()),  # as if the quota permitted it: DHL's own is a call a second
        lambda url: DhlPaketSettings(environment="production", api_key="fake-key", base_url=url),
        answers.NUMBER, answers.tracking_json, (b"trackingNumber=", b"&"),
    ),
    Lane(
        "UPS numbers", UPS, _ups_account, ups.NUMBER, ups.tracking_json, (b"/details/", b"?"),
    ),
)  # fmt: skip


def _number(lane: Lane, count: int) -> str:
    return f"{lane.number[:-4]}{count:04}"


async def _serve(lane: Lane, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    template, (before, after) = lane.answer(), lane.asked_for
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            if head.startswith(b"POST"):
                await reader.readuntil(b"client_credentials")
                body = _TOKEN
            else:
                number = head.split(before, 1)[1].split(after, 1)[0]
                await asyncio.sleep(_ANSWER_S)
                body = template.replace(lane.number.encode(), number)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def measure(lane: Lane) -> float:
    """How many times as long a hundred answers take as one."""
    connections: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(asyncio.create_task(_serve(lane, reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    account = lane.account(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    registry = Registry(entries=[], plugins=[lane.plugin])
    async with server, AsyncClient({"one": account}, registry=registry) as client:
        await client.track(_number(lane, 1000), account="one")
        started = time.perf_counter()
        await client.track(_number(lane, 1001), account="one")
        one = time.perf_counter() - started
        started = time.perf_counter()
        outcomes = await client.track_many([_number(lane, 2000 + n) for n in range(PARCELS)], account="one")
        many = time.perf_counter() - started
    await asyncio.gather(*connections)
    if not all(isinstance(outcome, TrackingReport) for outcome in outcomes.values()):
        raise RuntimeError("not every parcel was read")
    return many / one


def run() -> list[Row]:
    """The time of a hundred answers beside the time of one, for each carrier."""
    return [
        at_most(
            f"{PARCELS} {lane.name}, one a call, 100 ms an answer / one answer",
            statistics.median(asyncio.run(measure(lane)) for _ in range(3)), 6.0,
        )
        for lane in LANES
    ]  # fmt: skip
