"""The ledger over the store: whoever waits for a grant gets one, or is told why not."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from retoure.carrier.plugin import Quota
from retoure.errors import StoreError
from retoure.monitor.budgets import StoreLedger
from retoure.monitor.records import Ask, Grant
from tests.lifecycle.builders import when

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

    ledger = StoreLedger(Unwilling(), do, clock=lambda: NOW, sleep=asyncio.sleep)
    asking = [asyncio.create_task(ledger.reserve("key", DAILY, "/", NOW, urgent=False)) for _ in range(3)]
    await asyncio.sleep(0)
    asking[0].cancel()
    await asyncio.sleep(0)
    held.set()
    done = await asyncio.wait_for(asyncio.gather(*asking, return_exceptions=True), timeout=5)
    assert isinstance(done[0], asyncio.CancelledError)
    assert done[1:] == [0.0, 0.0]
    assert "stay counted: the disk is full" in caplog.text
