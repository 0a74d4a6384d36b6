"""Whoever has a schedule already calls a unit of work from it: a plain function, a task queue's task, a loop."""

import asyncio
from collections import Counter

from tests.monitor.world import Shop


def unit(shop):
    """One unit of work, as a plain function: a client, a monitor and an event loop that live as long as it does."""

    async def work():
        async with shop.client() as client, shop.monitor_of(client) as monitor:
            return await monitor.poll_due()

    return asyncio.run(work())


def watched(shop, *numbers):
    async def work():
        async with shop.client() as client, shop.monitor_of(client) as monitor:
            await monitor.watch_many([shop.label(number) for number in numbers])

    asyncio.run(work())
    shop.ahead(hours=1)


def test_a_schedule_that_starts_a_process_each_time_reads_what_is_due_and_nothing_twice(tmp_path):
    shop = Shop(tmp_path)
    watched(shop, "N1", "N2")
    for _ in range(4):
        unit(shop)
    assert Counter(shop.box.asked) == {"N1": 1, "N2": 1}


class Queue:
    """What Celery and its like do with a plain function: call it by name in a worker, and keep what can be serialised."""

    def __init__(self):
        self.tasks = {}

    def task(self, work):
        self.tasks[work.__name__] = work
        return work

    def work_off(self, name, *args):
        return self.tasks[name](*args)


def test_a_task_of_a_queue_answers_with_what_can_be_serialised(tmp_path):
    shop, queue = Shop(tmp_path), Queue()
    watched(shop, "N1")

    @queue.task
    def poll_returns():
        return unit(shop).model_dump(mode="json")

    first, again = queue.work_off("poll_returns"), queue.work_off("poll_returns")
    assert (first["calls"], first["calls"] + again["calls"]) == (1, 1)
    assert first["next_due"] > shop.clock().isoformat()


async def test_a_plain_loop_keeps_one_monitor_and_waits_until_something_is_due(tmp_path):
    shop = Shop(tmp_path)
    async with shop.client() as client, shop.monitor_of(client) as monitor:
        await monitor.watch(shop.label("N1"))
        shop.ahead(hours=1)
        for _ in range(3):
            polled = await monitor.poll_due()
            shop.clock.now = max(polled.next_due, shop.clock())
    assert len(shop.box.calls) == 3


def test_importing_the_monitor_costs_nothing_until_it_is_used():
    import subprocess
    import sys

    code = "import retoure, retoure.monitor, sys; print([m for m in ('sqlalchemy', 'aiohttp', 'httpx') if m in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
