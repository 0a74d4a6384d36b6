"""A monitor's surroundings in a simulation: time that passes at will, carriers in the same process, a journal of all calls."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from retoure import AsyncClient, Unprotected
from retoure.carrier import CarrierSettings, Effect, HttpRequest, HttpResponse
from retoure.client._driver import Exchange
from retoure.client._outgoing import Prepared
from retoure.client._retry import TransportFailure, Trouble
from retoure.client.reading import Reader
from retoure.replay.sandbox import Sandbox
from retoure.replay.sandbox.server import Cut
from tests.monitor.simulation.world import day_of


class Clock:
    """Simulated time, which passes where somebody sleeps."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Wait until a moment: two that wait side by side wait no longer than one."""
        self.now = max(self.now, self.now + timedelta(seconds=seconds))
        await asyncio.sleep(0)


@dataclass
class Journal:
    """What was asked of the carriers, and when."""

    clock: Clock
    asked: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    calls: Counter[tuple[str, date]] = field(default_factory=Counter)

    def __call__(self, exchange: Exchange) -> None:
        """Take note of one request on its way out."""
        now = self.clock()
        self.calls[exchange.account, day_of(now)] += 1
        for parcel in exchange.request:  # type: ignore[attr-defined] - a batch of parcels
            self.asked[parcel.number].append(now)


class BoxWire:
    """Takes requests to a box in the same process: no socket, and no HTTP library to spend the time in."""

    effects = frozenset({Effect.READ})

    def __init__(self, box: Sandbox) -> None:
        self._box = box

    async def send(self, request: HttpRequest, prepared: Prepared, deadline_s: float, requested_at: datetime) -> HttpResponse:
        """One attempt."""
        try:
            answer = self._box.ask(prepared.method, prepared.url, prepared.headers, prepared.content)
        except Cut:
            raise TransportFailure(Trouble.NO_ANSWER, "the box gave no answer") from None
        told = {name.lower(): value for name, value in answer.headers.items()}
        return HttpResponse(answer.status, told, answer.content, requested_at)

    def start_over(self) -> None:
        """Nothing is open."""

    async def close(self) -> None:
        """Nothing is open."""


class BoxClient(AsyncClient):
    """A client whose reads go into a box."""

    def __init__(self, box: Sandbox, accounts: Mapping[str, CarrierSettings], clock: Clock, journal: Journal) -> None:
        super().__init__(accounts, purchases=Unprotected(), clock=clock, sleep=clock.sleep, observer=journal)
        self._box = box

    def reader(
        self,
        *,
        attempts: int = 1,
        clock: Callable[[], datetime] | None = None,
        sleep: Callable[[float], Awaitable[None]] | None = None,
    ) -> Reader:
        """Something that looks parcels up in the box."""
        around = self._setup.surroundings
        return Reader(self._operations, around, BoxWire(self._box), sleep=sleep or self._sleep, attempts=attempts)
