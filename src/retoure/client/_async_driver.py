"""The driver for an event loop: what an adapter asks for goes out over a wire, what comes back is judged and handed in."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Protocol, TypeVar

from tenacity import AsyncRetrying

from retoure.carrier.auth import Grant, Token
from retoure.carrier.wire import Effect, HttpRequest, HttpResponse, Judgement
from retoure.client._bodies import Unreadable
from retoure.client._driver import BaseDriver, Surroundings, after_wait, bearable, counted, left_of
from retoure.client._outgoing import GRANTS, Prepared, credential_id, prepare, renewable, token_job
from retoure.client._quiet import SpeakingOf
from retoure.client._retry import ATTEMPTS, Again, TransportFailure, Tries, policy
from retoure.client._run import Job, in_thread, run_async
from retoure.client.accounts import Account
from retoure.client.quotas import Ledger, MemoryLedger
from retoure.client.tokens import AsyncTokens
from retoure.errors import CarrierError, ConfigurationError
from retoure.purchases.steps import Departures

T = TypeVar("T")


class Wire(Protocol):
    """An HTTP library on an event loop. It opens no connection before its first request."""

    effects: frozenset[Effect]
    """What it may be trusted with."""

    async def send(self, request: HttpRequest, prepared: Prepared, deadline_s: float, requested_at: datetime) -> HttpResponse:
        """One attempt, headers and body, within the deadline; the errors it raises say nothing of the request.

        Raises:
            TransportFailure: there is no whole answer.
            Unreadable: there is one that is not read to its end.
        """
        ...

    def start_over(self) -> None:
        """Leave the connections to the parent process, and start with none."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


class AsyncDriver(BaseDriver):
    """Runs calls on an event loop, over a wire.

    Args:
        surroundings: Clock, deadline, sink and observer.
        wire: What requests go out over; it is closed with the driver.
        sleep: Awaited between attempts and for a quota.
        attempts: How often a request that may be resent is sent at most.
    """

    def __init__(
        self,
        surroundings: Surroundings,
        wire: Wire,
        *,
        sleep: Callable[[float], Awaitable[None]],
        attempts: int = ATTEMPTS,
    ) -> None:
        super().__init__(surroundings)
        self._wire = wire
        self._sleep = sleep
        self._ledger: Ledger = MemoryLedger()
        self._attempts = attempts
        self._open_nothing()

    def _open_nothing(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._token_stores: dict[str, AsyncTokens] = {}

    def count_in(self, ledger: Ledger) -> None:
        """Reserve calls in this ledger from now on, instead of in memory."""
        self._ledger = ledger

    def start_over(self) -> None:
        """In a forked child: start with connections and tokens of its own."""
        super().start_over()
        self._ledger.start_over()
        self._wire.start_over()
        self._open_nothing()

    async def close(self) -> None:
        """Begin nothing any more, and close the connections as soon as what is under way has ended."""
        self._closed = True
        await self._hang_up()

    async def _hang_up(self) -> None:
        if not self._under_way:
            await self._wire.close()

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
        if request.effect not in self._wire.effects:
            raise ConfigurationError(f"account {account.name!r}: {job.operation} changes something, and this driver only reads")
        self._stay_in_loop()
        self._admit(request, account, job)
        response = await self._retried(request, account, job)
        self._keep(response)
        job.exchanged.append((request, response))
        return response

    async def _retried(self, request: HttpRequest, account: Account, job: Job[Any]) -> HttpResponse:
        tries = Tries(request, self._around.clock)
        try:
            if self._attempts == 1:
                return await self._attempt(request, account, job, tries)
            retrying = AsyncRetrying(**policy(self._sleep, self._attempts))
            response: HttpResponse = await retrying(self._try, request, account, job, tries)
            return response
        except CarrierError as error:
            weighed = tries.weighed(error)
        except Again as again:
            weighed = again.final
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
        if counted(request, account):
            await self._wait_for_quota(request, account, urgent=job.urgent)
        token = await self._tokens(account).get(request.auth) if isinstance(request.auth, GRANTS) else None
        response = await self._send(request, prepare(request, token, job.redactor), account, job, tries)
        judgement = request.judge(response)
        if judgement is Judgement.TOKEN_EXPIRED and not tries.renewed and renewable(request):
            tries.renewed = True
            if token is not None and isinstance(request.auth, GRANTS):
                self._tokens(account).drop(request.auth, token)
            await self._did_nothing(job, tries)
            return await self._attempt(request, account, job, tries)
        if trouble := tries.judged(response, judgement):
            if (until := self._left_alone_until(request, response, judgement)) is not None:
                await self._ledger.rest(credential_id(request.auth, account.name), until)
            raise trouble
        return response

    async def _wait_for_quota(self, request: HttpRequest, account: Account, *, urgent: bool) -> None:
        credential, path = credential_id(request.auth, account.name), account.api_path(request.url)
        now = self._around.clock()
        while wait_s := bearable(await self._ledger.reserve(credential, account.quotas, path, now, urgent=urgent)):
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
        try:
            if job.departures and request.effect is Effect.READ:
                await in_thread(job.departures.goes_on)
            elif job.departures:
                await _leaves(job.departures, requested_at)
                deadline_s = left_of(deadline_s, started)
            tries.leaving(requested_at)
            with SpeakingOf(prepared.redactor):
                response = await self._wire.send(request, prepared, deadline_s, requested_at)
        except (Unreadable, TransportFailure) as failure:
            trouble = tries.after(failure)
        else:
            self._logged(request, response, account, job, started)
            return response
        raise trouble


async def _leaves(departures: Departures, at: datetime) -> None:
    """Tell of a departure; a task that is cancelled meanwhile sends nothing, and takes it back."""
    try:
        await in_thread(departures.leaves, at)
    except asyncio.CancelledError:
        await in_thread(departures.did_nothing)
        raise
