"""An answer that comes again, byte for byte, is written down and acted upon without being read again."""

import json

import httpx

from retoure.lifecycle import LostPresumed, Read, SameRead, fold
from tests.monitor.world import Shop


async def looks(monitor, shop, count, **apart):
    for _ in range(count):
        shop.ahead(**(apart or {"hours": 7}))
        await monitor.poll_due()


async def watched(shop, monitor, *numbers):
    await monitor.watch_many([shop.label(number) for number in numbers])
    for number in numbers:
        shop.box.scan(number, at=shop.clock())


def with_one_event_more(parcel):
    return {"events": [*parcel["events"], {**parcel["events"][0], "kind": "DELIVERY_FAILED"}]}


async def log_of(monitor, number):
    return (await monitor.show(number)).case.observations


async def test_the_same_bytes_are_read_once_and_every_look_is_in_the_log(tmp_path):
    shop = Shop(tmp_path)
    async with shop.monitor() as monitor:
        await watched(shop, monitor, "N1")
        await looks(monitor, shop, 4)
        assert [type(one) for one in await log_of(monitor, "N1")] == [Read, SameRead, SameRead, SameRead]
    assert shop.understood == ["N1"]


async def test_another_process_reads_an_answer_once_for_itself(tmp_path):
    shop = Shop(tmp_path)
    async with shop.monitor() as monitor:
        await watched(shop, monitor, "N1")
        await looks(monitor, shop, 2)
    async with shop.monitor() as monitor:
        await looks(monitor, shop, 2)
        assert len(await log_of(monitor, "N1")) == 4
    assert shop.understood == ["N1", "N1"]


async def test_an_answer_that_comes_back_after_another_one_is_read_again(tmp_path):
    shop = Shop(tmp_path)
    async with shop.monitor() as monitor:
        await watched(shop, monitor, "N1")
        await looks(monitor, shop, 1)
        before = shop.box.parcels["N1"]
        shop.box.parcels["N1"] = with_one_event_more(before)
        await looks(monitor, shop, 1)
        shop.box.parcels["N1"] = before
        await looks(monitor, shop, 2)
        told = await log_of(monitor, "N1")
    assert shop.understood == ["N1"] * 3
    assert [type(one) for one in told] == [Read, Read, Read, SameRead]


async def test_an_answer_that_another_process_saw_change_meanwhile_is_read_again(tmp_path):
    shop = Shop(tmp_path)
    async with shop.monitor() as one, shop.monitor() as other:
        await watched(shop, one, "N1")
        await looks(one, shop, 1)
        before = shop.box.parcels["N1"]
        shop.box.parcels["N1"] = with_one_event_more(before)
        await looks(other, shop, 1)
        shop.box.parcels["N1"] = before
        await looks(one, shop, 1)
        told = await log_of(one, "N1")
    assert shop.understood == ["N1"] * 3
    assert [len(seen.report.events) for seen in told] == [1, 2, 1]


async def test_an_answer_is_still_known_after_one_that_failed(tmp_path):
    shop = Shop(tmp_path)
    async with shop.monitor() as monitor:
        await watched(shop, monitor, "N1")
        await looks(monitor, shop, 1)
        shop.box.trouble["*"] = httpx.Response(503)
        await looks(monitor, shop, 1)
        shop.box.trouble.clear()
        await looks(monitor, shop, 1)
        assert [one.type for one in await log_of(monitor, "N1")] == ["read", "failed_read", "same_read"]
    assert shop.understood == ["N1"]


async def test_the_same_bytes_with_another_status_are_no_history(tmp_path):
    shop = Shop(tmp_path)
    async with shop.monitor() as monitor:
        await watched(shop, monitor, "N1")
        await looks(monitor, shop, 1)
        content = json.dumps(shop.box.parcels)
        shop.box.trouble["*"] = lambda numbers: httpx.Response(400, content=content)
        await looks(monitor, shop, 1)
        assert (await log_of(monitor, "N1"))[-1].type == "failed_read"


async def test_a_loss_is_shown_by_bytes_that_are_known(tmp_path):
    shop = Shop(tmp_path)
    async with shop.monitor() as monitor:
        await watched(shop, monitor, "N1")
        await looks(monitor, shop, 23, days=1)
        told = [signal async for signal in monitor.signals({LostPresumed})]
        case = (await monitor.show("N1")).case
    assert len(told) == 1
    assert len(shop.understood) < 5 < len(case.observations)
    assert fold(case, None, "amazon_aprl_de", shop.clock())[0] == case


async def test_an_answer_with_exact_times_is_another_question_and_read_for_itself(tmp_path):
    shop = Shop(tmp_path)
    async with shop.monitor() as monitor:
        await watched(shop, monitor, "N1")
        await looks(monitor, shop, 19, days=1)
        assert shop.understood == ["N1"]
        shop.ahead(hours=30)
        assert (await monitor.show("N1")).labels[0].reason == "DEADLINE"
        await looks(monitor, shop, 1)
    assert shop.understood == ["N1", "N1"]


async def test_answers_for_several_numbers_are_read_each_time(tmp_path):
    shop = Shop(tmp_path, batch_size=5)
    async with shop.monitor() as monitor:
        await watched(shop, monitor, "N1", "N2")
        await looks(monitor, shop, 2)
    assert sorted(shop.understood) == ["N1", "N1", "N2", "N2"]


async def test_an_answer_without_rows_is_read_each_time_for_it_may_mean_that_they_are_gone(tmp_path):
    shop = Shop(tmp_path)
    shop.box.parcels["N1"] = {"events": []}
    async with shop.monitor() as monitor:
        await monitor.watch_many([shop.label("N1")])
        await looks(monitor, shop, 2, hours=30)
    assert shop.understood == ["N1", "N1"]


async def test_evidence_holds_the_raw_answer_though_it_was_not_read_again(tmp_path):
    shop = Shop(tmp_path)
    async with shop.monitor() as monitor:
        await watched(shop, monitor, "N1")
        await looks(monitor, shop, 23, days=1)
        snapshots = await monitor.evidence("N1")
    assert [one.why for one in snapshots] == ["first scan", "indeterminate", "lost presumed, opening"]
    assert all(one.intact and one.raw for one in snapshots)
