"""The driver for an event loop: what an adapter asks for goes out through httpx, what comes back is judged and handed in."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, TypeVar

import httpx
from tenacity import AsyncRetrying

from retoure.carrier.auth import Grant, Token
from retoure.carrier.wire import Effect, HttpRequest, HttpResponse, Judgement
from retoure.client._driver import BaseDriver, Surroundings, after_wait, left_of
from retoure.client._http import TOO_LATE, Unreadable, limits, look_at, no_cookies, response_of, timeout_of, too_large, trouble_of
from retoure.client._outgoing import GRANTS, Prepared, prepare, renewable, token_job
from retoure.client._quiet import speaking_of
from retoure.client._retry import Again, TransportFailure, Tries, Trouble, policy
from retoure.client._run import Job, in_thread, run_async
from retoure.client.accounts import Account
from retoure.client.tokens import AsyncTokens
from retoure.errors import CarrierError, ConfigurationError
from retoure.purchases.steps import Departures

T = TypeVar("T")


class AsyncDriver(BaseDriver):
    """Runs calls on an event loop. Opens no connection before its first request."""

    def __init__(
        self,
        surroundings: Surroundings,
        *,
        transport: httpx.AsyncBaseTransport | None,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        super().__init__(surroundings)
        self._transport = transport
        self._sleep = sleep
        self._open_nothing()

    def _open_nothing(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._free: dict[bool, list[httpx.AsyncClient]] = {True: [], False: []}
        self._lanes: list[httpx.AsyncClient] = []
        self._ssl_context: ssl.SSLContext | None = None
        self._token_stores: dict[str, AsyncTokens] = {}

    def start_over(self) -> None:
        """In a forked child: start with connections and tokens of its own."""
        super().start_over()
        self._open_nothing()

    async def close(self) -> None:
        """Begin nothing any more, and close the connections as soon as what is under way has ended."""
        self._closed = True
        await self._hang_up()

    async def _hang_up(self) -> None:
        while self._lanes and not self._under_way:
            await self._lanes.pop().aclose()

    def _stay_in_loop(self) -> None:
        running = asyncio.get_running_loop()
        if self._loop is None:
            self._loop = running
        elif self._loop is not running:
            raise ConfigurationError("an AsyncClient serves one event loop, this is another: make a client in each")

    async def run(self, account: Account, job: Job[T]) -> T:
        """Drive a job to its result, or raise its named and redacted error."""
        self._begin()
        try:
            return await run_async(job, lambda request: self._exchange(request, account, job))
        except CarrierError as error:
            self._ended(job, error)
            raise
        finally:
            self._under_way -= 1
            if self._closed:
                await self._hang_up()

    async def _exchange(self, request: HttpRequest, account: Account, job: Job[Any]) -> HttpResponse:
        self._stay_in_loop()
        self._admit(request, account, job)
        response = await self._retried(request, account, job)
        self._keep(response)
        return response

    async def _retried(self, request: HttpRequest, account: Account, job: Job[Any]) -> HttpResponse:
        tries = Tries(request, self._around.clock)
        try:
            response: HttpResponse = await AsyncRetrying(**policy(self._sleep))(self._try, request, account, job, tries)
            return response
        except CarrierError as error:
            weighed = tries.weighed(error)
        raise weighed

    async def _try(self, request: HttpRequest, account: Account, job: Job[Any], tries: Tries) -> HttpResponse:
        try:
            return await self._attempt(request, account, job, tries)
        except Again:
            await self._did_nothing(job, tries)
            raise

    async def _did_nothing(self, job: Job[Any], tries: Tries) -> None:
        if job.departures and tries.did_nothing:
            await in_thread(job.departures.did_nothing)

    async def _attempt(self, request: HttpRequest, account: Account, job: Job[Any], tries: Tries) -> HttpResponse:
        await self._wait_for_quota(request, account)
        token = await self._tokens(account).get(request.auth) if isinstance(request.auth, GRANTS) else None
        response = await self._send(request, prepare(request, token, job.redactor), account, job, tries)
        judgement = request.judge(response)
        if judgement is Judgement.TOKEN_EXPIRED and not tries.renewed and renewable(request):
            tries.renewed = True
            if token is not None and isinstance(request.auth, GRANTS):
                self._tokens(account).drop(request.auth, token)
            await self._did_nothing(job, tries)
            return await self._attempt(request, account, job, tries)
        if trouble := self._trouble_of(request, response, judgement, account, tries):
            raise trouble
        return response

    async def _wait_for_quota(self, request: HttpRequest, account: Account) -> None:
        now = self._around.clock()
        while wait_s := self._quota_wait_s(request, account, now):
            await self._sleep(wait_s)
            now = after_wait(self._around.clock(), now, wait_s)

    def _tokens(self, account: Account) -> AsyncTokens:
        if account.name not in self._token_stores:
            self._token_stores[account.name] = AsyncTokens(self._around.clock, lambda grant: self._token(grant, account))
        return self._token_stores[account.name]

    async def _token(self, grant: Grant, account: Account) -> Token:
        job = token_job(grant, account)
        return await run_async(job, lambda request: self._retried(request, account, job))

    async def _send(
        self, request: HttpRequest, prepared: Prepared, account: Account, job: Job[Any], tries: Tries
    ) -> HttpResponse:
        deadline_s = request.deadline_s or self._around.deadline_s
        started, requested_at = time.monotonic(), self._around.clock()
        progress = Progress()
        trouble: Exception
        try:
            if job.departures and request.effect is not Effect.READ:
                await _leaves(job.departures, requested_at)
                deadline_s = left_of(deadline_s, started)
            tries.leaving(requested_at)
            with speaking_of(prepared.redactor):
                async with asyncio.timeout(deadline_s):
                    content, answer = await self._stream(request, prepared, deadline_s, progress)
            response = response_of(answer, content, requested_at)
        except Unreadable as unreadable:
            trouble = tries.unreadable(str(unreadable))
        except TransportFailure as failure:
            trouble = tries.failed(failure)
        except TimeoutError:
            trouble = tries.failed(progress.too_late())
        except httpx.HTTPError as error:
            trouble = trouble_of(error, tries)
        else:
            self._logged(request, response, account, job, started)
            return response
        raise trouble

    async def _stream(
        self, request: HttpRequest, prepared: Prepared, deadline_s: float, progress: "Progress"
    ) -> tuple[bytes, httpx.Response]:
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
            look_at(answer, max_bytes)
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > max_bytes:
                    raise too_large(max_bytes)
        return bytes(body), answer

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


async def _leaves(departures: Departures, at: datetime) -> None:
    """Tell of a departure; a task that is cancelled meanwhile sends nothing, and takes it back."""
    try:
        await in_thread(departures.leaves, at)
    except asyncio.CancelledError:
        await in_thread(departures.did_nothing)
        raise


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
