"""The monitor: watch, poll, be told, acknowledge."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from retoure import ConfigurationError, RequestRejected, UnknownAccount
from retoure.carrier import Quota
from retoure.lifecycle import ReturnCase
from retoure.lifecycle.signals import FirstScan
from retoure.monitor.cadence import NO_STRETCH, Cadence
from retoure.monitor.monitor import Monitor
from retoure.monitor.planning import Planning
from retoure.monitor.store import Store
from retoure.programmes import load_policy
from tests.monitor.world import Shop


async def told(monitor, types=None):
    return [signal async for signal in monitor.signals(types)]


async def test_a_scan_is_told_once_and_never_again_after_it_was_acknowledged(tmp_path):
    shop = Shop(tmp_path)
    async with shop.monitor() as monitor:
        await monitor.watch(ReturnCase(rma="R1", labels=(shop.label("N1"),)))
        shop.ahead(hours=2)
        shop.box.scan("N1")
        shop.ahead(hours=2)
        polled = await monitor.poll_due()
        assert (polled.calls, dict(polled.outcomes), dict(polled.signals)) == (1, {"READ": 1}, {"first_scan": 1})
        (signal,) = await told(monitor, {FirstScan})
        assert (signal.rma, signal.number) == ("R1", "N1")
        assert await told(monitor) == []  # leased
        shop.ahead(minutes=6)
        assert [again.id for again in await told(monitor)] == [signal.id]
        assert await monitor.acknowledge(signal) == 1
        shop.ahead(minutes=6)
        assert await told(monitor) == []


async def two_scans(shop, monitor):
    await monitor.watch_many([shop.label("N1"), shop.label("N2")])
    shop.ahead(hours=2)
    shop.box.scan("N1")
    shop.box.scan("N2")
    shop.ahead(hours=2)
    await monitor.poll_due()


async def test_what_is_handed_out_together_is_not_told_after_the_lease(tmp_path):
    shop = Shop(tmp_path)
    async with shop.monitor() as monitor, shop.monitor() as other:
        await two_scans(shop, monitor)
        coming = monitor.signals(lease=timedelta(minutes=5))
        first = await anext(coming)
        shop.ahead(minutes=6)  # so long it took to book it
        await monitor.acknowledge(first)
        (second,) = await told(other)
        assert second.number != first.number
        assert [one async for one in coming] == []


async def test_what_somebody_slow_acknowledged_is_not_told_by_who_has_it_now(tmp_path):
    shop = Shop(tmp_path)
    async with shop.monitor() as slow, shop.monitor() as quick:
        await two_scans(shop, slow)
        had = [one async for one in slow.signals()]
        shop.ahead(minutes=6)
        coming = quick.signals()
        first = await anext(coming)
        await slow.acknowledge(*had)
        assert [one.id for one in had if one.id != first.id]
        assert [one async for one in coming] == []


async def test_the_same_label_again_changes_nothing_and_another_return_with_its_number_is_refused(tmp_path):
    shop = Shop(tmp_path)
    async with shop.monitor() as monitor:
        label = shop.label("N1")
        assert (await monitor.watch(ReturnCase(rma="R1", labels=(label,)))).added == ("N1",)
        assert (await monitor.watch(ReturnCase(rma="R1", labels=(label,)))).added == ()
        with pytest.raises(ConfigurationError):
            await monitor.watch(ReturnCase(rma="R2", labels=(label,)))


@pytest.mark.parametrize(
    ("fields", "error", "told"),
    [
        ({"number": "N1", "account": ""}, ConfigurationError, "names no account"),
        ({"number": "N1", "account": "elsewhere"}, UnknownAccount, "elsewhere"),
        ({"number": "N1", "carrier": "ups"}, ConfigurationError, "of ups"),
        ({"number": "N1;DROP"}, RequestRejected, "number"),
        ({"number": "X1"}, RequestRejected, "begins with an X"),
    ],
    ids=["no account", "no such account", "another carrier", "malformed", "refused by the carrier's form"],
)
async def test_a_label_that_nobody_could_ask_for_is_refused_when_it_is_watched(tmp_path, fields, error, told):
    shop = Shop(tmp_path)
    async with shop.monitor() as monitor:
        wrong = shop.label("N1").model_copy(update=fields)
        with pytest.raises(error, match=told):
            await monitor.watch(wrong)
        assert (await monitor.status()).returns == 0


async def test_of_many_the_good_ones_are_watched_and_the_others_say_why_not(tmp_path):
    shop = Shop(tmp_path)
    async with shop.monitor() as monitor:
        good, bad, other = await monitor.watch_many([shop.label("N1"), shop.label("X1"), shop.label("N2")])
        assert (good.added, other.added) == (("N1",), ("N2",))
        assert "begins with an X" in bad.refused
        assert (await monitor.status()).active == 2


async def test_a_merchants_observation_is_folded_and_a_push_makes_its_label_due_at_once(tmp_path):
    from retoure.lifecycle import Push, RefundIssued
    from retoure.model.tracking import PushMessage

    shop = Shop(tmp_path)
    async with shop.monitor() as monitor:
        await monitor.watch(ReturnCase(rma="R1", labels=(shop.label("N1"),)))
        shop.ahead(hours=1)
        await monitor.poll_due()
        shop.ahead(hours=1)
        await monitor.observe(RefundIssued(rma="R1", at=shop.clock()))
        assert (await monitor.poll_due()).calls == 0
        await monitor.observe(Push(message=PushMessage(number="N1", events=(), received_at=shop.clock())))
        assert (await monitor.poll_due()).calls == 1


async def test_an_account_whose_messages_are_trusted_folds_them_at_once(tmp_path):
    from retoure.lifecycle import Push
    from retoure.model.tracking import Custody, Kind, Precision, PushMessage, TrackingEvent, ZoneSource

    shop = Shop(tmp_path, trust_push=True)
    async with shop.monitor() as monitor:
        await monitor.watch(shop.label("N1"))
        shop.ahead(hours=1)
        scan = TrackingEvent(Kind.HUB_SCAN, Custody.PHYSICAL, shop.clock(), "now", ZoneSource.STATED, Precision.SECOND, "H")
        signals = await monitor.observe(Push(message=PushMessage(number="N1", events=(scan,), received_at=shop.clock())))
        assert [signal.type for signal in signals] == ["first_scan"]


async def test_a_label_with_a_refund_at_the_scan_is_read_more_often(tmp_path):
    shop = Shop(tmp_path)
    async with shop.monitor() as monitor:
        await monitor.watch(shop.label("N1"), refund_at_scan=True)
        await monitor.watch(shop.label("N2"))
        for _ in range(24):
            shop.ahead(hours=1)
            await monitor.poll_due()
        assert shop.box.asked.count("N1") > shop.box.asked.count("N2")


async def test_a_label_that_went_astray_when_it_was_bought_is_told_when_it_is_scanned(tmp_path):
    from retoure import Purchases
    from retoure.purchases.tables import lost

    shop = Shop(tmp_path)
    books = Purchases.at(shop.url, clock=shop.clock)
    assert books.lost() == ()
    with books._database.writing() as connection:
        row = {"key": "R1/1", "kind": "label", "account": "toy", "carrier": "toy", "rma": "R1", "attempted_at": shop.clock()}
        connection.execute(lost.insert().values(**row, given_up_at=shop.clock()))
    async with shop.monitor() as monitor:
        assert await monitor.watch_lost(books) == ()  # its number is not known yet
        books.name_lost(books.lost()[0], "N9")
        (watched,) = await monitor.watch_lost(books)
        assert watched.added == ("N9",)
        assert (await monitor.watch_lost(books))[0].added == ()
        shop.ahead(hours=2)
        shop.box.scan("N9")
        shop.ahead(hours=1)
        await monitor.poll_due()
        (orphan,) = await told(monitor, ["orphan_scanned"])
        assert orphan.number == "N9"
    books.close()


async def test_erased_returns_are_shown_without_their_case(tmp_path):
    shop = Shop(tmp_path)
    async with shop.monitor() as monitor:
        await monitor.watch(ReturnCase(rma="R1", labels=(shop.label("N1"),)))
        assert (await monitor.show("N1")).case.rma == "R1"
        assert (await monitor.erase("R1")).returns == ("R1",)
        assert (await monitor.show("R1")).case is None
        shop.ahead(hours=1)
        assert (await monitor.poll_due()).calls == 0


async def test_a_label_is_stopped_and_refreshed_by_hand(tmp_path):
    shop = Shop(tmp_path)
    async with shop.monitor() as monitor:
        await monitor.watch(shop.label("N1"))
        await monitor.stop("N1")
        shop.ahead(hours=1)
        assert (await monitor.poll_due()).calls == 0
        await monitor.refresh("N1")
        assert (await monitor.poll_due()).calls == 1


@pytest.mark.parametrize(
    "told",
    [{"cadence": Cadence()}, {"draw": lambda: 0.5}, {"policy": load_policy("own_shop_de")}],
    ids=lambda told: next(iter(told)),
)
def test_a_store_that_was_made_before_is_not_told_anew_what_it_has(tmp_path, told):
    shop = Shop(tmp_path)
    with pytest.raises(ConfigurationError, match="tell them there"):
        Monitor(shop.client(), Store.at(shop.url), **told)


async def test_a_budget_that_is_too_small_stretches_the_intervals_of_a_store_that_was_made_before(tmp_path):
    shop = Shop(tmp_path, quotas=(Quota("day", calls=10, daily_zone="UTC"),))
    store = Store.at(shop.url, clock=shop.clock, planning=Planning(draw=lambda: 0.5))
    async with Monitor(shop.client(), store, threads=False) as monitor:
        await monitor.watch_many([shop.label(f"N{number}") for number in range(100)])
        shop.ahead(hours=1)
        await monitor.poll_due()
        assert store.planning.stretches["toy"] != NO_STRETCH


async def test_what_is_under_way_goes_on_while_another_process_writes_to_the_file(tmp_path):
    shop = Shop(tmp_path)
    with closing(sqlite3.connect(tmp_path / "monitor.db", isolation_level=None)) as other:
        async with shop.monitor(threads=False) as monitor:
            other.execute("BEGIN IMMEDIATE")
            asyncio.get_running_loop().call_soon(other.rollback)
            assert (await monitor.watch(shop.label("N1"))).added == ("N1",)


@pytest.mark.parametrize("option", ["at_a_time", "per_credential"])
def test_a_monitor_that_may_have_no_call_under_way_is_refused(tmp_path, option):
    with pytest.raises(ConfigurationError, match=f"{option}=0: one is the least"):
        Shop(tmp_path).monitor(**{option: 0})


async def test_a_limit_that_lets_no_call_out_is_refused_and_nothing_is_asked(tmp_path):
    shop = Shop(tmp_path)
    async with shop.monitor() as monitor:
        await monitor.watch(shop.label("N1"))
        shop.ahead(hours=7)
        for limit in (0, -1):
            with pytest.raises(ConfigurationError, match=f"limit={limit}: one is the least"):
                await monitor.poll_due(limit=limit)
    assert shop.box.asked == []


def test_a_lease_that_a_call_outlives_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="lease="):
        Shop(tmp_path).monitor(lease=timedelta(seconds=20))
