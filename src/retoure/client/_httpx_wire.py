"""httpx on an event loop, and which wire to take for reads alone."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from importlib.util import find_spec
from typing import Any

import httpx

from retoure.carrier.wire import Effect, HttpRequest, HttpResponse
from retoure.client._async_driver import Wire
from retoure.client._bodies import Unreadable, look_at, too_large
from retoure.client._http import failure_of, limits, no_cookies, response_of, timeout_of
from retoure.client._outgoing import Prepared
from retoure.client._retry import TOO_LATE, TransportFailure, Trouble


class HttpxWire:
    """Takes whatever there is to send."""

    effects = frozenset(Effect)

    def __init__(self, transport: httpx.AsyncBaseTransport | None) -> None:
        self._transport = transport
        self.start_over()

    def start_over(self) -> None:
        """Leave the connections to the parent process, and start with none."""
        self._free: dict[bool, list[httpx.AsyncClient]] = {True: [], False: []}
        self._lanes: list[httpx.AsyncClient] = []
        self._ssl_context: ssl.SSLContext | None = None

    async def close(self) -> None:
        """Close the connections."""
        for lane in self._lanes:
            await lane.aclose()

    async def send(self, request: HttpRequest, prepared: Prepared, deadline_s: float, requested_at: datetime) -> HttpResponse:
        """One attempt within the deadline."""
        progress = Progress()
        failure: TransportFailure | Unreadable
        try:
            async with asyncio.timeout(deadline_s):
                return await self._stream(request, prepared, deadline_s, requested_at, progress)
        except TimeoutError:
            failure = progress.too_late()
        except httpx.HTTPError as error:
            failure = failure_of(error)
        raise failure

    async def _stream(
        self, request: HttpRequest, prepared: Prepared, deadline_s: float, requested_at: datetime, progress: "Progress"
    ) -> HttpResponse:
        body, max_bytes = bytearray(), request.max_bytes
        async with (
            self._lane(once=request.effect is Effect.ONCE) as lane,
            lane.stream(
                prepared.method,
                prepared.url,
                headers=prepared.headers,
                content=prepared.content,
                timeout=timeout_of(deadline_s),
                extensions={"trace": progress.trace},
            ) as answer,
        ):
            look_at(answer.headers, max_bytes)
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > max_bytes:
                    raise too_large(max_bytes)
        return response_of(answer, bytes(body), requested_at)

    @asynccontextmanager
    async def _lane(self, *, once: bool) -> AsyncIterator[httpx.AsyncClient]:
        """A client with connections of its own, for one request at a time; the warmest first.

        httpcore looks at every idle connection of a pool, socket and all, whenever a request comes or goes. With fifty requests
        under way that costs several times the requests themselves; a small pool each costs nothing.
        """
        lane = self._free[once].pop() if self._free[once] else self._open_lane(once=once)
        try:
            yield lane
        finally:
            self._free[once].append(lane)

    def _open_lane(self, *, once: bool) -> httpx.AsyncClient:
        if self._ssl_context is None:
            self._ssl_context = httpx.create_ssl_context()
        transport = self._transport or httpx.AsyncHTTPTransport(verify=self._ssl_context, limits=limits(once=once, lane=True))
        lane = httpx.AsyncClient(transport=transport, follow_redirects=False, trust_env=False, cookies=no_cookies())
        self._lanes.append(lane)
        return lane


class Progress:
    """How far an asynchronous attempt had come when its deadline struck, as httpcore's trace tells it."""

    def __init__(self) -> None:
        self._connecting = False
        self._sending = False

    async def trace(self, event: str, _info: Mapping[str, Any]) -> None:
        """Take note of an event of httpcore."""
        self._connecting |= event.startswith("connection.")
        self._sending |= event.endswith(".send_request_headers.started")

    def too_late(self) -> TransportFailure:
        """The failure: nothing was sent only where the trace shows that it had not come to sending."""
        if self._connecting and not self._sending:
            return TransportFailure(Trouble.NOT_SENT, "the carrier could not be reached within the deadline")
        return TransportFailure(Trouble.NO_ANSWER, TOO_LATE)


def wire_for_reads(transport: httpx.AsyncBaseTransport | None) -> Wire:
    """The wire over aiohttp where that is installed; over httpx else, or where requests go over a transport of the user's own."""
    if transport is None and find_spec("aiohttp"):
        from retoure.client._aiohttp import AiohttpWire

        return AiohttpWire()
    return HttpxWire(transport)
