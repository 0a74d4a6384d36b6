"""Outcomes are written down many at a time, each once, and none is forgotten where the store has trouble."""

import asyncio

import pytest

from retoure.errors import StoreError
from retoure.monitor.outbox import Recorder
from retoure.monitor.records import Recorded


class Store:
    """Takes outcomes, unless it has trouble."""

    def __init__(self) -> None:
        self.taken = []
        self.trouble = None

    def record(self, outcomes):
        if self.trouble:
            raise self.trouble
        self.taken.append(list(outcomes))
        return Recorded(unchanged=len(outcomes))


async def at_once(work, *args, **kwargs):
    return work(*args, **kwargs)


@pytest.fixture
def outbox():
    store = Store()
    return store, Recorder(store, at_once)


async def a_moment():
    await asyncio.sleep(0)
    await asyncio.sleep(0)


async def test_few_outcomes_wait_until_they_are_worth_a_transaction(outbox):
    store, recorder = outbox
    recorder.put(range(255))
    await a_moment()
    assert (store.taken, recorder.unwritten) == ([], 255)
    recorder.put([255])
    await a_moment()
    assert (store.taken, recorder.unwritten) == ([list(range(256))], 0)


async def test_a_flush_writes_the_rest_and_no_transaction_holds_others_up_for_long(outbox):
    store, recorder = outbox
    recorder.put(range(600))
    await recorder.flush()
    assert [len(some) for some in store.taken] == [256, 256, 88]
    assert [one for some in store.taken for one in some] == list(range(600))
    assert recorder.counted().unchanged == 600


async def test_what_the_store_does_not_take_is_told_and_tried_again(outbox):
    store, recorder = outbox
    recorder.put(range(3))
    store.trouble = StoreError("the disk is full")
    with pytest.raises(StoreError, match="the disk is full"):
        await recorder.flush()
    assert recorder.unwritten == 3
    store.trouble = None
    await recorder.flush()
    assert store.taken == [[0, 1, 2]]
