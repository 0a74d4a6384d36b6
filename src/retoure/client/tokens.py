"""OAuth tokens: asked for once however many wait, kept by the carrier's own expiry, renewed once after a refusal."""

import asyncio
import copy
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from retoure.carrier.auth import Grant, Token
from retoure.errors import CarrierError

_MARGIN_S = 60.0
_MARGIN_SHARE = 0.1


@dataclass(frozen=True, slots=True, repr=False)
class _Kept:
    token: Token
    stale_from: datetime


def _keep(token: Token, asked_at: datetime) -> _Kept:
    margin_s = min(_MARGIN_S, token.lifetime_s * _MARGIN_SHARE)
    return _Kept(token, asked_at + timedelta(seconds=token.lifetime_s - margin_s))


def shared(error: BaseException) -> BaseException:
    """An error for one more who waited: a copy of ours, so that each caller's is named and traced by itself."""
    return copy.copy(error) if isinstance(error, CarrierError) else error


class _Shelf:
    """The tokens in hand, by grant. Grants of two accounts are one if their credentials are the same objects."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._kept: dict[Grant, _Kept] = {}

    def fresh(self, grant: Grant) -> Token | None:
        kept = self._kept.get(grant)
        return kept.token if kept and self._clock() < kept.stale_from else None

    def put(self, grant: Grant, token: Token, asked_at: datetime) -> None:
        self._kept[grant] = _keep(token, asked_at)

    def drop(self, grant: Grant, refused: Token) -> None:
        """Forget a token that was refused; a newer one, which somebody else has renewed already, stays."""
        kept = self._kept.get(grant)
        if kept and kept.token is refused:
            del self._kept[grant]


class Tokens:
    """Tokens for threads. Whoever comes while a token is being asked for waits for that answer, or that failure."""

    def __init__(self, clock: Callable[[], datetime], fetch: Callable[[Grant], Token]) -> None:
        self._clock = clock
        self._fetch = fetch
        self._shelf = _Shelf(clock)
        self._flights: dict[Grant, Future[Token]] = {}
        self._lock = Lock()

    def get(self, grant: Grant) -> Token:
        """A token that is good now."""
        with self._lock:
            if token := self._shelf.fresh(grant):
                return token
            flight = self._flights.get(grant)
            mine = flight is None
            if flight is None:
                flight = self._flights[grant] = Future()
        if mine:
            self._fly(grant, flight)
        error = flight.exception()
        if error is not None:
            raise error if mine else shared(error)
        return flight.result()

    def _fly(self, grant: Grant, flight: "Future[Token]") -> None:
        asked_at = self._clock()
        try:
            token = self._fetch(grant)
            with self._lock:
                self._shelf.put(grant, token, asked_at)
        except BaseException as error:  # noqa: BLE001 - whoever waits must be told, whatever it was
            flight.set_exception(error)
        else:
            flight.set_result(token)
        finally:
            with self._lock:
                del self._flights[grant]

    def drop(self, grant: Grant, refused: Token) -> None:
        """Forget a refused token, unless somebody else has renewed it already."""
        with self._lock:
            self._shelf.drop(grant, refused)


class AsyncTokens:
    """Tokens for tasks. The request for one runs in a task of its own, so that a cancelled waiter does not take it along."""

    def __init__(self, clock: Callable[[], datetime], fetch: Callable[[Grant], Awaitable[Token]]) -> None:
        self._clock = clock
        self._fetch = fetch
        self._shelf = _Shelf(clock)
        self._flights: dict[Grant, asyncio.Task[Token]] = {}

    async def get(self, grant: Grant) -> Token:
        """A token that is good now."""
        if token := self._shelf.fresh(grant):
            return token
        flight = self._flights.get(grant)
        mine = flight is None
        if flight is None:
            flight = self._flights[grant] = asyncio.create_task(self._fly(grant))
            flight.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            return await asyncio.shield(flight)
        except Exception as error:
            if mine:
                raise
            theirs = shared(error)
        raise theirs

    async def _fly(self, grant: Grant) -> Token:
        asked_at = self._clock()
        try:
            token = await self._fetch(grant)
            self._shelf.put(grant, token, asked_at)
            return token
        finally:
            del self._flights[grant]

    def drop(self, grant: Grant, refused: Token) -> None:
        """Forget a refused token, unless somebody else has renewed it already."""
        self._shelf.drop(grant, refused)
