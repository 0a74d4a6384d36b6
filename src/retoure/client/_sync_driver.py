"""The driver for threads: what an adapter asks for goes out through httpx, what comes back is judged and handed in."""

import time
from collections.abc import Callable
from threading import Lock
from typing import Any, TypeVar

import httpx
from tenacity import Retrying

from retoure.carrier.auth import Grant, Token
from retoure.carrier.wire import Effect, HttpRequest, HttpResponse, Judgement
from retoure.client._bodies import Unreadable, look_at, too_large
from retoure.client._deadline import BoundedTransport, bounded
from retoure.client._driver import BaseDriver, Surroundings, after_wait, bearable, counted, left_of
from retoure.client._http import failure_of, limits, no_cookies, response_of, timeout_of
from retoure.client._outgoing import GRANTS, Prepared, credential_id, prepare, renewable, token_job
from retoure.client._quiet import SpeakingOf
from retoure.client._retry import TOO_LATE, Again, TransportFailure, Tries, Trouble, policy
from retoure.client._run import Job, run
from retoure.client.accounts import Account
from retoure.client.quotas import QuotaLedger
from retoure.client.tokens import Tokens
from retoure.errors import CarrierError

T = TypeVar("T")


class Driver(BaseDriver):
    """Runs calls on threads. Opens no connection before its first request, so it may be made before a fork."""

    def __init__(
        self, surroundings: Surroundings, *, transport: httpx.BaseTransport | None, sleep: Callable[[float], None]
    ) -> None:
        super().__init__(surroundings)
        self._transport = transport
        self._sleep = sleep
        self._ledger = QuotaLedger()
        self._open_nothing()

    def _open_nothing(self) -> None:
        self._opening = Lock()
        self._clients: dict[bool, httpx.Client] = {}
        self._token_stores: dict[str, Tokens] = {}

    def start_over(self) -> None:
        """In a forked child: start with connections and tokens of its own."""
        super().start_over()
        self._ledger = self._ledger.copy()
        self._open_nothing()

    def close(self) -> None:
        """Begin nothing any more, and close the connections as soon as what is under way has ended."""
        self._closed = True
        self._hang_up()

    def _hang_up(self) -> None:
        with self._opening:
            clients = [] if self._under_way else [self._clients.pop(once) for once in list(self._clients)]
        for client in clients:
            client.close()

    def run(self, account: Account, job: Job[T]) -> T:
        """Drive a job to its result, or raise its named and redacted error."""
        with self._opening:
            self._begin()
        try:
            return run(job, lambda request: self._exchange(request, account, job))
        except CarrierError as error:
            self._ended(job, error)
            raise
        finally:
            with self._opening:
                self._under_way -= 1
            if self._closed:
                self._hang_up()

    def _exchange(self, request: HttpRequest, account: Account, job: Job[Any]) -> HttpResponse:
        self._admit(request, account, job)
        response = self._retried(request, account, job)
        self._keep(response)
        job.exchanged.append((request, response))
        return response

    def _retried(self, request: HttpRequest, account: Account, job: Job[Any]) -> HttpResponse:
        tries = Tries(request, self._around.clock)
        try:
            response: HttpResponse = Retrying(**policy(self._sleep))(self._try, request, account, job, tries)
            return response
        except CarrierError as error:
            weighed = tries.weighed(error)
        raise weighed

    def _try(self, request: HttpRequest, account: Account, job: Job[Any], tries: Tries) -> HttpResponse:
        try:
            return self._attempt(request, account, job, tries)
        except Again:
            self._did_nothing(job, tries)
            raise

    def _did_nothing(self, job: Job[Any], tries: Tries) -> None:
        if job.departures and tries.did_nothing:
            job.departures.did_nothing()

    def _attempt(self, request: HttpRequest, account: Account, job: Job[Any], tries: Tries) -> HttpResponse:
        self._wait_for_quota(request, account)
        token = self._tokens(account).get(request.auth) if isinstance(request.auth, GRANTS) else None
        response = self._send(request, prepare(request, token, job.redactor), account, job, tries)
        judgement = request.judge(response)
        if judgement is Judgement.TOKEN_EXPIRED and not tries.renewed and renewable(request):
            tries.renewed = True
            if token is not None and isinstance(request.auth, GRANTS):
                self._tokens(account).drop(request.auth, token)
            self._did_nothing(job, tries)
            return self._attempt(request, account, job, tries)
        if trouble := tries.judged(response, judgement):
            if (until := self._left_alone_until(request, response, judgement)) is not None:
                self._ledger.rest(credential_id(request.auth, account.name), until)
            raise trouble
        return response

    def _wait_for_quota(self, request: HttpRequest, account: Account) -> None:
        if not counted(request, account):
            return
        credential, path = credential_id(request.auth, account.name), account.api_path(request.url)
        now = self._around.clock()
        while wait_s := bearable(self._ledger.reserve(credential, account.quotas, path, now)):
            self._sleep(wait_s)
            now = after_wait(self._around.clock(), now, wait_s)

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
        started, requested_at = time.monotonic(), self._around.clock()
        trouble: Exception
        try:
            if job.departures and request.effect is Effect.READ:
                job.departures.goes_on()
            elif job.departures:
                job.departures.leaves(requested_at)
                deadline_s = left_of(deadline_s, started)
            tries.leaving(requested_at)
            with SpeakingOf(prepared.redactor), bounded(deadline_s):
                content, answer = self._stream(request, prepared, deadline_s, started)
            response = response_of(answer, content, requested_at)
        except (Unreadable, TransportFailure) as failure:
            trouble = tries.after(failure)
        except httpx.HTTPError as error:
            trouble = tries.after(failure_of(error))
        else:
            self._logged(request, response, account, job, started)
            return response
        raise trouble

    def _stream(
        self, request: HttpRequest, prepared: Prepared, deadline_s: float, started: float
    ) -> tuple[bytes, httpx.Response]:
        body, effect, max_bytes = bytearray(), request.effect, request.max_bytes
        timeout = timeout_of(deadline_s)
        with self._client_for(effect).stream(
            prepared.method, prepared.url, headers=prepared.headers, content=prepared.content, timeout=timeout
        ) as answer:
            look_at(answer.headers, max_bytes)
            for chunk in answer.iter_bytes():
                body += chunk
                if len(body) > max_bytes:
                    raise too_large(max_bytes)
                # A transport of the user's own does not know the deadline; between two chunks it is kept all the same.
                if time.monotonic() - started > deadline_s:
                    raise TransportFailure(Trouble.NO_ANSWER, TOO_LATE)
        return bytes(body), answer

    def _client_for(self, effect: Effect) -> httpx.Client:
        once = effect is Effect.ONCE
        with self._opening:
            if once not in self._clients:
                transport = self._transport or BoundedTransport(httpx.create_ssl_context(), limits(once=once))
                self._clients[once] = httpx.Client(
                    transport=transport, follow_redirects=False, trust_env=False, cookies=no_cookies()
                )
            return self._clients[once]
