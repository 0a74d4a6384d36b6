"""What all drivers know and decide without doing any I/O: whom to admit, how long to wait, what to keep.

Adapters do no I/O; everything that touches the network, a token, a quota or a secret happens in the drivers and nowhere else.
"""

import logging
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakSet

from retoure.carrier.wire import HttpRequest, HttpResponse, Judgement
from retoure.client._outgoing import login_id
from retoure.client._quiet import quieten
from retoure.client._retry import LONGEST_WAIT_S, TransportFailure, Trouble, retry_after
from retoure.client._run import Job
from retoure.client.accounts import Account
from retoure.errors import AuthenticationFailed, CarrierError, ConfigurationError, RateLimited

log = logging.getLogger("retoure.client")


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


_drivers: "WeakSet[BaseDriver]" = WeakSet()


def _after_fork() -> None:
    for driver in list(_drivers):
        driver.start_over()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class BaseDriver:
    """What all drivers know and decide without doing any I/O."""

    def __init__(self, surroundings: Surroundings) -> None:
        self._around = surroundings
        self._locked_out: dict[str, AuthenticationFailed] = {}
        self._closed = False
        self._under_way = 0
        quieten()
        _drivers.add(self)

    def start_over(self) -> None:
        """In a forked child: leave the parent's connections and tokens to the parent, and start with none.

        Two processes on one connection would read each other's answers, and each other's labels.
        """
        self._under_way = 0

    def _begin(self) -> None:
        """Count a job in; one that has begun may come to its end while the client is being closed."""
        if self._closed:
            raise ConfigurationError("this client was closed; make a new one")
        self._under_way += 1

    def _admit(self, request: HttpRequest, account: Account, job: Job[Any]) -> None:
        if self._locked_out and (lockout := self._locked_out.get(login_id(request, account.name))) is not None:
            raise AuthenticationFailed(f"nothing was sent until the client is made anew: {lockout.message}", locked_out=True)
        account.permit(request.url)
        job.asked.append(request)
        if self._around.observer:
            self._around.observer(Exchange(account=account.name, operation=job.operation, request=job.subject, http=request))

    def _left_alone_until(self, request: HttpRequest, response: HttpResponse, judgement: Judgement) -> datetime | None:
        """Until when a carrier that asks to wait is left alone by everybody with the same credentials."""
        if judgement is not Judgement.RETRY or request.cool_down is None:
            return None
        now = self._around.clock()
        return now + max(retry_after(response, now) or request.cool_down, request.cool_down)

    def _keep(self, response: HttpResponse) -> None:
        if self._around.raw_sink is None:
            return
        try:
            self._around.raw_sink(response.digest, response)
        except Exception as error:  # noqa: BLE001 - a full disk must not lose a label that was bought
            log.error("the raw sink failed (%s): the answer %s was not kept", type(error).__name__, response.digest)  # noqa: TRY400

    def _logged(self, request: HttpRequest, response: HttpResponse, account: Account, job: Job[Any], started: float) -> None:
        if log.isEnabledFor(logging.INFO):
            path, took_s = job.redactor.text(urlsplit(request.url).path), time.monotonic() - started
            log.info("%s %s: %s %s -> %d in %.3f s", account.name, job.operation, request.method, path, response.status, took_s)

    def _ended(self, job: Job[Any], error: CarrierError) -> None:
        if job.asked and isinstance(error, AuthenticationFailed) and error.locked_out:
            self._locked_out[login_id(job.asked[-1], job.account)] = error


def counted(request: HttpRequest, account: Account) -> bool:
    """Whether a quota may count a request, or a pause hold it back."""
    return bool(account.quotas) or request.cool_down is not None


def bearable(wait_s: float) -> float:
    """A wait for a quota that somebody may sleep through; raises ``RateLimited`` for a longer one."""
    if wait_s > LONGEST_WAIT_S:
        told = f"by the carrier's word or the account's own quota nothing may leave for {wait_s:.0f} s; nothing was sent"
        raise RateLimited(told, retry_after=timedelta(seconds=wait_s))
    return wait_s


def left_of(deadline_s: float, started: float) -> float:
    """What is left of a deadline after the departure was written down, in seconds: the lease was counted from before it.

    Raises:
        TransportFailure: nothing is left, and nothing was sent.
    """
    left_s = deadline_s - (time.monotonic() - started)
    if left_s <= 0:
        raise TransportFailure(Trouble.NOT_SENT, "writing down that it leaves took longer than the deadline")
    return left_s


def after_wait(clock: datetime, before: datetime, wait_s: float) -> datetime:
    """The time after a wait: a clock that stands still must not make anyone wait for ever."""
    return max(clock, before + timedelta(seconds=wait_s))
