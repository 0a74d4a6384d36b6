"""Returns under way in a box in which hours pass in seconds, and the processes that watch them and book what becomes of them."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from retoure import AsyncClient
from retoure.carrier import CarrierSettings
from retoure.lifecycle import CaseLabel, ReturnCase
from retoure.model import Place
from retoure.monitor.monitor import Monitor
from retoure.replay.sandbox.scripts import Script, ScriptedRow
from tests.crash.journal import Journal

HOURS_A_SECOND = 3.0
NUMBERS = 150
LEASE_S = 3.0
"""Real seconds: longer than a unit of work, and than the longest life of a consumer."""
BERLIN = ZoneInfo("Europe/Berlin")
CARRIERS = ("dhl_paket", "ups", "dhl_express")
_WAY = ((0, "announced"), (6, "dropped_off"), (14, "origin_hub"), (26, "hub"), (34, "out_for_delivery"), (38, "delivered"))
_FLEETING = 20
"""After so many hours a row is shown for a while only: who saw it must not forget it."""


@dataclass(frozen=True)
class FastClock:
    """Hours in seconds, the same in every process."""

    begun: float
    start: datetime

    def __call__(self) -> datetime:
        return self.start + timedelta(hours=(time.time() - self.begun) * HOURS_A_SECOND)


def simulated(seconds: float) -> timedelta:
    """How much time passes in the box within so many real seconds."""
    return timedelta(hours=seconds * HOURS_A_SECOND)


async def sleep(seconds: float) -> None:
    """Let simulated seconds pass."""
    await asyncio.sleep(seconds / 3600 / HOURS_A_SECOND)


def settings_of(settings: Mapping[str, CarrierSettings], who: str) -> Mapping[str, CarrierSettings]:
    """Accounts in whose calls a box sees who asks."""
    return {name: one.model_copy(update={"base_url": f"{one.base_url}~{who}"}) for name, one in settings.items()}


@dataclass(frozen=True)
class World:
    """Everything a process needs to watch; it is handed to other processes."""

    store: str
    clock: FastClock
    settings: Mapping[str, CarrierSettings]
    polled: Journal
    booked: Journal

    def client(self, who: str) -> AsyncClient:
        """A client by whose calls the box sees who asks."""
        return AsyncClient(settings_of(self.settings, who), clock=self.clock, sleep=sleep, deadline_s=5.0)

    def monitor(self, client: AsyncClient, owner: str) -> Monitor:
        return Monitor(client, self.store, owner=owner, lease=simulated(LEASE_S))


def number_of(place: int) -> str:
    """A number as its carrier writes them."""
    forms = {"dhl_paket": f"003404341234{place:08d}", "ups": f"1Z12345E{place:010d}", "dhl_express": f"{4_000_000_000 + place}"}
    return forms[carrier_of(place)]


def carrier_of(place: int) -> str:
    return CARRIERS[place % len(CARRIERS)]


def scripts(start: datetime, seed: int) -> dict[str, Script]:
    """What the carriers will show, by number: most are delivered within days, every fifth is scanned and never seen again."""
    chance = Random(seed)
    found = {}
    for place in range(NUMBERS):
        lost = place % 5 == 4
        ago = timedelta(days=20, hours=chance.uniform(0, 60)) if lost else timedelta(hours=chance.uniform(-60, 30))
        issued = (start - ago).replace(second=0, microsecond=0)
        way = _WAY[:3] if lost else _WAY
        rows = [ScriptedRow(row=row, at=issued + timedelta(hours=hours + 1)) for hours, row in way]
        if not lost and place % 2:
            at = issued + timedelta(hours=_FLEETING)
            rows.append(ScriptedRow(row="hub", at=at, hidden=at + timedelta(hours=5)))
        found[number_of(place)] = Script(number=number_of(place), issued_at=issued, rows=tuple(rows))
    return found


def case_of(place: int, script: Script, now: datetime) -> ReturnCase:
    """A return whose label is there by now, whenever its way begins."""
    label = CaseLabel(
        number=script.number, carrier=carrier_of(place), account=carrier_of(place), issued_at=min(script.issued_at, now),
        destination=Place(country="DE", postal_code="10115", city="Berlin"),
    )  # fmt: skip
    return ReturnCase(rma=f"RMA-{place}", labels=(label,))


def poll_for_life(world: World, who: str, at: Any) -> None:
    """Do units of work, and write each down when it is done."""

    async def poll() -> None:
        async with world.client(who) as client, world.monitor(client, who) as monitor:
            while True:
                at.value += 1
                await monitor.poll_due(limit=20)
                world.polled.write("done", who=who, at=world.clock().isoformat())
                await asyncio.sleep(0.02)

    asyncio.run(poll())


def book_for_life(world: World, who: str, at: Any) -> None:
    """Book signals, and acknowledge each when it is booked."""
    asyncio.run(_book(world, who, at))


async def _book(world: World, who: str, at: Any) -> None:
    async with world.client(who) as client, world.monitor(client, who) as monitor:
        while True:
            at.value += 1
            await book_once(world, monitor, who)
            await asyncio.sleep(0.02)


async def book_once(world: World, monitor: Monitor, who: str) -> int:
    """Book what waits; how many signals that were."""
    coming, count = monitor.signals(lease=simulated(LEASE_S)), 0
    while True:
        world.booked.write("asks", who=who)
        signal = await anext(coming, None)
        if signal is None:
            return count
        world.booked.write("has", who=who, id=signal.id, type=signal.type, number=signal.number)
        await monitor.acknowledge(signal)
        world.booked.write("acknowledged", who=who, id=signal.id)
        count += 1
