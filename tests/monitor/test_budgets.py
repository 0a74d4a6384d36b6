"""The ledger over the store: whoever waits for a grant gets one, or is told why not."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from retoure.carrier.plugin import Quota
from retoure.errors import StoreError
from retoure.monitor.budgets import Places, StoreLedger
from retoure.monitor.records import Ask, Grant
from tests.lifecycle.builders import when
from tests.unit.client.toy import Clock

NOW = when("06-01 08:00")
DAILY = (Quota("day", calls=20, daily_zone="UTC"),)


class Unwilling:
    """Reserves one call for each who asks, and takes none back."""

    def reserve(self, asks: Sequence[Ask]) -> tuple[Grant, ...]:
        return tuple(Grant(ask, (NOW - timedelta(seconds=1),), NOW) for ask in asks)

    def give_back(self, grant: Grant, calls: int) -> None:
        raise StoreError("the disk is full")


async def test_trouble_with_giving_back_for_one_who_left_is_told_and_leaves_nobody_waiting(caplog):
    held = asyncio.Event()

    async def do(work, *args):
        await held.wait()
        return work(*args)

    ledger = StoreLedger(Unwilling(), do, clock=lambda: NOW, sleep=asyncio.sleep, places=Places(8))
    asking = [asyncio.create_task(ledger.reserve("key", DAILY, "/", NOW, urgent=False)) for _ in range(3)]
    await asyncio.sleep(0)
    asking[0].cancel()
    await asyncio.sleep(0)
    held.set()
    done = await asyncio.wait_for(asyncio.gather(*asking, return_exceptions=True), timeout=5)
    assert isinstance(done[0], asyncio.CancelledError)
    assert done[1:] == [0.0, 0.0]
    assert "stay counted: the disk is full" in caplog.text


class Slots:
    """Gives a turn in five seconds, then in a minute, and counts what comes back."""

    def __init__(self) -> None:
        self.given = 0
        self.back = 0

    def reserve(self, asks: Sequence[Ask]) -> tuple[Grant, ...]:
        self.given += len(asks)
        return tuple(Grant(ask, (NOW + timedelta(seconds=5 if self.given == 1 else 60),), NOW) for ask in asks)

    def give_back(self, grant: Grant, calls: int) -> None:
        self.back += calls


async def test_a_call_that_missed_its_turn_while_all_places_were_taken_waits_for_another_one():
    clock, slots, places = Clock(NOW), Slots(), Places(1)

    async def do(work, *args):
        return work(*args)

    async def late(seconds):
        async with places:  # somebody takes the place that was lent, and has it for long
            clock.now += timedelta(seconds=20)

    async def sleep(seconds):
        await (late(seconds) if clock() == NOW else clock.sleep_async(seconds))

    ledger = StoreLedger(slots, do, clock=clock, sleep=sleep, places=places)
    async with places:
        await ledger.reserve("key", DAILY, "/", NOW, urgent=False)
    assert (slots.given, slots.back, clock()) == (2, 1, NOW + timedelta(seconds=60))


async def test_calls_that_get_their_places_late_and_together_leave_no_faster_than_their_rate_allows(file_store, time):
    places, left, asleep, done = Places(4), [], [], asyncio.Event()
    rate = (Quota("rate", 3, per=timedelta(seconds=1)),)

    async def do(work, *args):
        return work(*args)

    async def sleep(seconds):
        woken = asyncio.Event()
        asleep.append((time() + timedelta(seconds=seconds), woken))
        await woken.wait()

    async def call():
        async with places:
            await ledger.reserve("key", rate, "/", time(), urgent=False)
            left.append(time())

    async def hang():
        async with places:
            await done.wait()

    async def until(seconds):
        for _ in range(seconds * 20):
            time.passes(seconds=0.05)
            for at, woken in asleep:
                if at <= time():
                    woken.set()
            for _ in range(50):
                await asyncio.sleep(0)

    ledger = StoreLedger(file_store, do, clock=time, sleep=sleep, places=places)
    calls = [asyncio.create_task(call()) for _ in range(16)]
    await until(1)
    hung = [asyncio.create_task(hang()) for _ in range(4)]
    await until(3)
    done.set()
    await until(20)
    await asyncio.gather(*calls, *hung)
    assert max(sum(at <= other < at + timedelta(seconds=1) for other in left) for at in left) <= 4


async def test_one_who_is_cancelled_while_its_place_is_lent_has_it_back_before_it_leaves():
    places, there = Places(1), asyncio.Event()

    async def wait():
        async with places, places.lent():
            there.set()
            await asyncio.sleep(60)

    waiting = asyncio.create_task(wait())
    await there.wait()
    await places.__aenter__()
    waiting.cancel()
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.sleep(0)
    assert not waiting.done()
    await places.__aexit__()
    assert isinstance((await asyncio.gather(waiting, return_exceptions=True))[0], asyncio.CancelledError)
    await places.__aenter__()
    assert places._free.locked()
