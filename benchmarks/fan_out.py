"""A hundred parcels of an API that takes one number a call, over a loopback server that needs 100 ms for each answer."""

import asyncio
import statistics
import time
from dataclasses import replace

from benchmarks.answers import tracking_json
from benchmarks.measuring import Row, at_most
from retoure import AsyncClient, Registry, TrackingReport
from retoure_dhl_paket import PLUGIN, DhlPaketSettings

PARCELS = 100
_ANSWER_S = 0.1
_REGISTRY = Registry(entries=[], plugins=[replace(PLUGIN, quotas=())])  # as if the quota permitted it


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    template = tracking_json()
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            number = head.split(b"trackingNumber=", 1)[1].split(b"&", 1)[0]
            await asyncio.sleep(_ANSWER_S)
            body = template.replace(b"00340434161094000001", number)
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def _measure() -> float:
    connections: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.add(asyncio.create_task(_serve(reader, writer)))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    account = DhlPaketSettings(environment="production", api_key="fake-key", base_url=base_url)
    async with server, AsyncClient({"dhl": account}, registry=_REGISTRY) as client:
        await client.track("1000", account="dhl")
        started = time.perf_counter()
        await client.track("1001", account="dhl")
        one = time.perf_counter() - started
        started = time.perf_counter()
        outcomes = await client.track_many([str(2000 + n) for n in range(PARCELS)], account="dhl")
        many = time.perf_counter() - started
    await asyncio.gather(*connections)
    if not all(isinstance(outcome, TrackingReport) for outcome in outcomes.values()):
        raise RuntimeError("not every parcel was read")
    return many / one


def run() -> list[Row]:
    """The time of a hundred answers beside the time of one."""
    measured = statistics.median(asyncio.run(_measure()) for _ in range(3))
    return [at_most(f"{PARCELS} parcels, one a call, 100 ms an answer / one answer", measured, 6.0)]
