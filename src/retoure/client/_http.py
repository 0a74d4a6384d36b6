"""The two drivers: what an adapter asks for goes out through httpx, what comes back is judged and handed in.

Adapters do no I/O; everything that touches the network, a token, a quota or a secret happens here and nowhere else.
"""

import asyncio
import logging
import os
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.cookiejar import CookieJar, DefaultCookiePolicy
from threading import Lock
from typing import Any, TypeVar
from urllib.parse import urlsplit
from weakref import WeakSet

import httpx
from tenacity import AsyncRetrying, Retrying

from retoure.carrier.auth import (
    Grant,
    Token,
)
from retoure.carrier.wire import Effect, HttpRequest, HttpResponse, Judgement
from retoure.client._deadline import BoundedTransport, bounded
from retoure.client._outgoing import GRANTS, Prepared, credential_id, login_id, prepare, renewable, token_job
from retoure.client._quiet import quieten, speaking_of
from retoure.client._retry import LONGEST_WAIT_S, TransportFailure, Tries, Trouble, policy
from retoure.client._run import Job, run, run_async
from retoure.client.accounts import Account
from retoure.client.quotas import QuotaLedger
from retoure.client.tokens import AsyncTokens, Tokens
from retoure.errors import AuthenticationFailed, CarrierError, ConfigurationError, RateLimited

T = TypeVar("T")
log = logging.getLogger("retoure.client")

_CONNECT_S = 10.0
_KEPT_OPEN_S = 2.0
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request on its way out, as an observer sees it: before secrets are filled in.

    Attributes:
        account: Whose.
        operation: What for.
        request: The domain request that it serves.
        http: The request, with placeholders where secrets go.
    """

    account: str
    operation: str
    request: object = field(repr=False)
    http: HttpRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What drivers are given from outside, so that tests own time and users see what leaves and what comes."""

    clock: Callable[[], datetime]
    deadline_s: float
    raw_sink: Callable[[str, HttpResponse], None] | None = None
    observer: Callable[[Exchange], None] | None = None


def _limits(*, once: bool, lane: bool = False) -> httpx.Limits:
    """How many connections, and how long they are kept.

    A purchase gets a connection of its own. On a kept one it may cross with the server's hanging up, and then nobody can say
    whether it arrived.
    """
    most = 4 if lane else 100
    return httpx.Limits(
        max_connections=most, max_keepalive_connections=0 if once else min(most, 50), keepalive_expiry=_KEPT_OPEN_S
    )


def _no_cookies() -> CookieJar:
    """A jar that takes nothing: one account's session must never ride along with another's request."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))


def _timeout(deadline_s: float) -> httpx.Timeout:
    return httpx.Timeout(deadline_s, connect=min(_CONNECT_S, deadline_s), pool=min(_CONNECT_S, deadline_s))


def _trouble(error: httpx.HTTPError, tries: Tries) -> Exception:
    kind = type(error).__name__
    if isinstance(error, httpx.DecodingError):
        return tries.unreadable(f"the answer's compression cannot be undone ({kind})")
    if isinstance(error, _NOT_SENT):
        return tries.failed(TransportFailure(Trouble.NOT_SENT, f"the carrier could not be reached ({kind})"))
    return tries.failed(TransportFailure(Trouble.NO_ANSWER, f"the request left and no whole answer came ({kind})"))


_TOO_LATE = "the request left and no whole answer came within the deadline"


class _Unreadable(Exception):  # noqa: N818
    """The body is not read to its end; the message says why."""


def _too_large(max_bytes: int) -> _Unreadable:
    return _Unreadable(f"the answer is larger than {max_bytes / 2**20:g} MiB and was not read to its end")


def _look_at(response: httpx.Response, max_bytes: int) -> None:
    """Refuse a body that is too large by its own word, or packed twice: each layer may unpack to a thousand times its size."""
    length = response.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length) > max_bytes:
        raise _too_large(max_bytes)
    coding = response.headers.get("content-encoding", "").strip().lower()
    if coding not in ("", "identity", "gzip", "x-gzip"):
        raise _Unreadable("the answer is packed in a way that nobody asked for, and was not read")


def _response(response: httpx.Response, content: bytes, requested_at: datetime) -> HttpResponse:
    return HttpResponse(response.status_code, {k.lower(): v for k, v in response.headers.items()}, content, requested_at)


_drivers: "WeakSet[_Driver]" = WeakSet()


def _after_fork() -> None:
    for driver in list(_drivers):
        driver.start_over()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class _Driver:
    """What both drivers know and decide without doing any I/O."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._around = surroundings
        self._ledger = QuotaLedger()
        self._locked_out: dict[str, AuthenticationFailed] = {}
        self._closed = False
        quieten()
        _drivers.add(self)

    def start_over(self) -> None:
        """In a forked child: leave the parent's connections and tokens to the parent, and start with none.

        Two processes on one connection would read each other's answers, and each other's labels.
        """
        self._ledger = self._ledger.copy()

    def _admit(self, request: HttpRequest, account: Account, job: Job[Any]) -> None:
        if self._closed:
            raise ConfigurationError("this client was closed; make a new one")
        if self._locked_out and (lockout := self._locked_out.get(login_id(request, account.name))) is not None:
            raise AuthenticationFailed(f"nothing was sent until the client is made anew: {lockout.message}", locked_out=True)
        account.permit(request.url)
        job.asked.append(request)
        if self._around.observer:
            self._around.observer(Exchange(account=account.name, operation=job.operation, request=job.subject, http=request))

    def _quota_wait_s(self, request: HttpRequest, account: Account, now: datetime) -> float:
        if not account.quotas:
            return 0.0
        credential = credential_id(request.auth, account.name)
        wait_s = self._ledger.reserve(credential, account.quotas, account.api_path(request.url), now)
        if wait_s > LONGEST_WAIT_S:
            raise RateLimited(f"the account's own quota asks to wait {wait_s:.0f} s; nothing was sent")
        return wait_s

    def _keep(self, response: HttpResponse) -> None:
        if self._around.raw_sink is None:
            return
        try:
            self._around.raw_sink(response.digest, response)
        except Exception as error:  # noqa: BLE001 - a full disk must not lose a label that was bought
            log.error("the raw sink failed (%s): the answer %s was not kept", type(error).__name__, response.digest)  # noqa: TRY400

    def _logged(self, request: HttpRequest, response: HttpResponse, account: Account, job: Job[Any], started: float) -> None:
        if log.isEnabledFor(logging.INFO):
            path, took_s = urlsplit(request.url).path, time.monotonic() - started
            log.info("%s %s: %s %s -> %d in %.3f s", account.name, job.operation, request.method, path, response.status, took_s)

    def _ended(self, job: Job[Any], error: CarrierError) -> None:
        if job.asked and isinstance(error, AuthenticationFailed) and error.locked_out:
            self._locked_out[login_id(job.asked[-1], job.account)] = error


class Driver(_Driver):
    """Runs calls on threads. Opens no connection before its first request, so it may be made before a fork."""

    def __init__(
        self, surroundings: Surroundings, *, transport: httpx.BaseTransport | None, sleep: Callable[[float], None]
    ) -> None:
        super().__init__(surroundings)
        self._transport = transport
        self._sleep = sleep
        self._open_nothing()

    def _open_nothing(self) -> None:
        self._opening = Lock()
        self._clients: dict[bool, httpx.Client] = {}
        self._token_stores: dict[str, Tokens] = {}

    def start_over(self) -> None:
        """In a forked child: start with connections and tokens of its own."""
        super().start_over()
        self._open_nothing()

    def close(self) -> None:
        """Close the connections; nothing can be asked any more."""
        self._closed = True
        for client in self._clients.values():
            client.close()

    def run(self, account: Account, job: Job[T]) -> T:
        """Drive a job to its result, or raise its named and redacted error."""
        try:
            return run(job, lambda request: self._exchange(request, account, job))
        except CarrierError as error:
            self._ended(job, error)
            raise

    def _exchange(self, request: HttpRequest, account: Account, job: Job[Any]) -> HttpResponse:
        self._admit(request, account, job)
        response = self._retried(request, account, job)
        self._keep(response)
        return response

    def _retried(self, request: HttpRequest, account: Account, job: Job[Any]) -> HttpResponse:
        tries = Tries(request, self._around.clock)
        try:
            response: HttpResponse = Retrying(**policy(self._sleep))(self._attempt, request, account, job, tries)
            return response
        except CarrierError as error:
            weighed = tries.weighed(error)
        raise weighed

    def _attempt(self, request: HttpRequest, account: Account, job: Job[Any], tries: Tries) -> HttpResponse:
        self._wait_for_quota(request, account)
        token = self._tokens(account).get(request.auth) if isinstance(request.auth, GRANTS) else None
        response = self._send(request, prepare(request, token, job.redactor), account, job, tries)
        judgement = request.judge(response)
        if judgement is Judgement.TOKEN_EXPIRED and not tries.renewed and renewable(request):
            tries.renewed = True
            if token is not None and isinstance(request.auth, GRANTS):
                self._tokens(account).drop(request.auth, token)
            return self._attempt(request, account, job, tries)
        if trouble := tries.judged(response, judgement):
            raise trouble
        return response

    def _wait_for_quota(self, request: HttpRequest, account: Account) -> None:
        now = self._around.clock()
        while wait_s := self._quota_wait_s(request, account, now):
            self._sleep(wait_s)
            now = _after(self._around.clock(), now, wait_s)

    def _tokens(self, account: Account) -> Tokens:
        with self._opening:
            if account.name not in self._token_stores:
                self._token_stores[account.name] = Tokens(self._around.clock, lambda grant: self._token(grant, account))
            return self._token_stores[account.name]

    def _token(self, grant: Grant, account: Account) -> Token:
        job = token_job(grant, account)
        return run(job, lambda request: self._retried(request, account, job))

    def _send(self, request: HttpRequest, prepared: Prepared, account: Account, job: Job[Any], tries: Tries) -> HttpResponse:
        deadline_s = request.deadline_s or self._around.deadline_s
        requested_at = self._around.clock()
        if job.departing and request.effect is not Effect.READ:
            job.departing(requested_at)
        started = time.monotonic()
        tries.leaving(requested_at)
        trouble: Exception
        try:
            with speaking_of(prepared.redactor), bounded(deadline_s):
                content, answer = self._stream(request, prepared, deadline_s, started)
            response = _response(answer, content, requested_at)
        except _Unreadable as unreadable:
            trouble = tries.unreadable(str(unreadable))
        except TransportFailure as failure:
            trouble = tries.failed(failure)
        except httpx.HTTPError as error:
            trouble = _trouble(error, tries)
        else:
            self._logged(request, response, account, job, started)
            return response
        raise trouble

    def _stream(
        self, request: HttpRequest, prepared: Prepared, deadline_s: float, started: float
    ) -> tuple[bytes, httpx.Response]:
        body, effect, max_bytes = bytearray(), request.effect, request.max_bytes
        timeout = _timeout(deadline_s)
        with self._client_for(effect).stream(
            prepared.method, prepared.url, headers=prepared.headers, content=prepared.content, timeout=timeout
        ) as answer:
            _look_at(answer, max_bytes)
            for chunk in answer.iter_bytes():
                body += chunk
                if len(body) > max_bytes:
                    raise _too_large(max_bytes)
                # A transport of the user's own does not know the deadline; between two chunks it is kept all the same.
                if time.monotonic() - started > deadline_s:
                    raise TransportFailure(Trouble.NO_ANSWER, _TOO_LATE)
        return bytes(body), answer

    def _client_for(self, effect: Effect) -> httpx.Client:
        once = effect is Effect.ONCE
        with self._opening:
            if once not in self._clients:
                transport = self._transport or BoundedTransport(httpx.create_ssl_context(), _limits(once=once))
                self._clients[once] = httpx.Client(
                    transport=transport, follow_redirects=False, trust_env=False, cookies=_no_cookies()
                )
            return self._clients[once]


class AsyncDriver(_Driver):
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
        """Close the connections; nothing can be asked any more."""
        self._closed = True
        for lane in self._lanes:
            await lane.aclose()

    def _stay_in_loop(self) -> None:
        running = asyncio.get_running_loop()
        if self._loop is None:
            self._loop = running
        elif self._loop is not running:
            raise ConfigurationError("an AsyncClient serves one event loop, this is another: make a client in each")

    async def run(self, account: Account, job: Job[T]) -> T:
        """Drive a job to its result, or raise its named and redacted error."""
        try:
            return await run_async(job, lambda request: self._exchange(request, account, job))
        except CarrierError as error:
            self._ended(job, error)
            raise

    async def _exchange(self, request: HttpRequest, account: Account, job: Job[Any]) -> HttpResponse:
        self._stay_in_loop()
        self._admit(request, account, job)
        response = await self._retried(request, account, job)
        self._keep(response)
        return response

    async def _retried(self, request: HttpRequest, account: Account, job: Job[Any]) -> HttpResponse:
        tries = Tries(request, self._around.clock)
        try:
            response: HttpResponse = await AsyncRetrying(**policy(self._sleep))(self._attempt, request, account, job, tries)
            return response
        except CarrierError as error:
            weighed = tries.weighed(error)
        raise weighed

    async def _attempt(self, request: HttpRequest, account: Account, job: Job[Any], tries: Tries) -> HttpResponse:
        await self._wait_for_quota(request, account)
        token = await self._tokens(account).get(request.auth) if isinstance(request.auth, GRANTS) else None
        response = await self._send(request, prepare(request, token, job.redactor), account, job, tries)
        judgement = request.judge(response)
        if judgement is Judgement.TOKEN_EXPIRED and not tries.renewed and renewable(request):
            tries.renewed = True
            if token is not None and isinstance(request.auth, GRANTS):
                self._tokens(account).drop(request.auth, token)
            return await self._attempt(request, account, job, tries)
        if trouble := tries.judged(response, judgement):
            raise trouble
        return response

    async def _wait_for_quota(self, request: HttpRequest, account: Account) -> None:
        now = self._around.clock()
        while wait_s := self._quota_wait_s(request, account, now):
            await self._sleep(wait_s)
            now = _after(self._around.clock(), now, wait_s)

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
        requested_at = self._around.clock()
        if job.departing and request.effect is not Effect.READ:
            await asyncio.to_thread(job.departing, requested_at)
        started = time.monotonic()
        tries.leaving(requested_at)
        progress = _Progress()
        trouble: Exception
        try:
            with speaking_of(prepared.redactor):
                async with asyncio.timeout(deadline_s):
                    content, answer = await self._stream(request, prepared, deadline_s, progress)
            response = _response(answer, content, requested_at)
        except _Unreadable as unreadable:
            trouble = tries.unreadable(str(unreadable))
        except TimeoutError:
            trouble = tries.failed(progress.too_late())
        except httpx.HTTPError as error:
            trouble = _trouble(error, tries)
        else:
            self._logged(request, response, account, job, started)
            return response
        raise trouble

    async def _stream(
        self, request: HttpRequest, prepared: Prepared, deadline_s: float, progress: "_Progress"
    ) -> tuple[bytes, httpx.Response]:
        body, max_bytes = bytearray(), request.max_bytes
        async with (
            self._lane(once=request.effect is Effect.ONCE) as lane,
            lane.stream(
                prepared.method,
                prepared.url,
                headers=prepared.headers,
                content=prepared.content,
                timeout=_timeout(deadline_s),
                extensions={"trace": progress.trace},
            ) as answer,
        ):
            _look_at(answer, max_bytes)
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > max_bytes:
                    raise _too_large(max_bytes)
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
        transport = self._transport or httpx.AsyncHTTPTransport(verify=self._ssl_context, limits=_limits(once=once, lane=True))
        lane = httpx.AsyncClient(transport=transport, follow_redirects=False, trust_env=False, cookies=_no_cookies())
        self._lanes.append(lane)
        return lane


class _Progress:
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
        return TransportFailure(Trouble.NO_ANSWER, _TOO_LATE)


def _after(clock: datetime, before: datetime, wait_s: float) -> datetime:
    """The time after a wait: a clock that stands still must not make anyone wait for ever."""
    return max(clock, before + timedelta(seconds=wait_s))
