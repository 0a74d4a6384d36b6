"""A unit of work: what is asked, what is left alone, and what becomes of trouble."""

import asyncio
import logging
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import httpx
import pytest

from retoure import ConfigurationError
from retoure.carrier import Quota
from retoure.errors import StoreError
from retoure.lifecycle import ReturnCase
from retoure.model import TrackedParcel
from retoure.monitor.records import Watch
from retoure.programmes import load_policy
from tests.monitor.world import Shop

TEN_A_DAY = Quota("day", calls=10, daily_zone="UTC")


async def watch(shop, monitor, numbers, **fields):
    await monitor.watch_many([shop.label(number, **fields) for number in numbers])
    shop.ahead(hours=1)


def names(count, prefix="N"):
    return [f"{prefix}{number}" for number in range(count)]


async def test_a_batch_is_filled_and_costs_one_call(tmp_path):
    shop = Shop(tmp_path, batch_size=20)
    async with shop.monitor() as monitor:
        await watch(shop, monitor, names(45))
        polled = await monitor.poll_due()
        await monitor.poll_due()
    assert sorted(len(numbers) for _, numbers in shop.box.calls) == [5, 20, 20]
    assert polled.calls <= 3
    assert Counter(shop.box.asked) == Counter(names(45))


async def test_a_number_that_a_batch_stumbles_over_fails_alone(tmp_path):
    shop = Shop(tmp_path, batch_size=20)
    for number in names(20):
        shop.box.scan(number)
    shop.box.trouble["*"] = lambda numbers: httpx.Response(400) if "N7" in numbers else None
    async with shop.monitor() as monitor:
        await watch(shop, monitor, names(20))
        await monitor.poll_due()
        await monitor.poll_due()
        assert (await monitor.status()).states.get("IN_TRANSIT") == 19
        assert (await monitor.show("N7")).labels[0].last_error_class == "FAILED"
        assert {(await monitor.show(f"N{n}")).labels[0].last_error_class for n in range(20) if n != 7} == {""}


async def test_answers_that_nobody_can_read_are_not_asked_for_one_by_one(tmp_path):
    shop = Shop(tmp_path, batch_size=100)
    shop.box.trouble["*"] = httpx.Response(200, content=b"<html>maintenance</html>")
    async with shop.monitor() as monitor:
        await watch(shop, monitor, names(100))
        shop.box.calls.clear()
        polled = await monitor.poll_due(limit=2)
    assert polled.outcomes["FAILED"] == 100
    assert len(shop.box.calls) <= 11


async def test_a_number_of_another_shipment_and_one_that_is_unknown_disturb_no_other(tmp_path):
    shop = Shop(tmp_path, batch_size=3)
    shop.box.scan("N0")
    async with shop.monitor() as monitor:
        await watch(shop, monitor, names(3))
        polled = await monitor.poll_due()
        polled_more = await monitor.poll_due()
    assert polled.outcomes | polled_more.outcomes
    assert Counter(polled.outcomes) + Counter(polled_more.outcomes) == Counter(READ=1, NEGATIVE=2)


async def test_the_days_budget_is_never_overrun_and_a_part_of_it_is_kept_for_forced_reads(tmp_path):
    shop = Shop(tmp_path, quotas=(TEN_A_DAY,))
    async with shop.monitor() as monitor:
        await watch(shop, monitor, names(30))
        first, second = await monitor.poll_due(), await monitor.poll_due()
        assert (first.calls, second.calls) == (9, 0)
        assert second.next_due == datetime(2026, 3, 3, tzinfo=UTC)
        shop.clock.now = second.next_due
        assert (await monitor.poll_due()).calls == 9


async def test_two_accounts_with_one_credential_share_a_budget(tmp_path):
    shop = Shop(tmp_path, accounts=("toy", "other"), quotas=(TEN_A_DAY,))
    shop.accounts["other"] = shop.accounts["toy"]
    async with shop.monitor() as monitor:
        await watch(shop, monitor, names(10))
        await watch(shop, monitor, names(10, "M"), account="other")
        polled = await monitor.poll_due()
    assert polled.calls == 9


async def test_a_rate_is_kept_by_waiting(tmp_path):
    shop = Shop(tmp_path, quotas=(Quota("rate", calls=1, per=timedelta(seconds=5)),))
    async with shop.monitor() as monitor:
        await watch(shop, monitor, names(4))
        while (await monitor.poll_due()).calls:
            pass
    moments = [at for at, _ in shop.box.calls]
    assert len(moments) == 4
    assert all(later - earlier >= timedelta(seconds=5) for earlier, later in pairwise(moments))


async def test_a_carrier_that_asks_to_wait_is_left_alone_as_long_as_it_says_and_no_other_is(tmp_path):
    shop = Shop(tmp_path, accounts=("toy", "other"))
    shop.box.trouble["key-of-toy"] = httpx.Response(429, headers={"Retry-After": "1800"})
    async with shop.monitor(per_credential=1) as monitor:
        await watch(shop, monitor, names(5))
        await watch(shop, monitor, names(5, "M"), account="other")
        polled = await monitor.poll_due()
        polled_more = await monitor.poll_due()
        assert Counter(polled.outcomes) + Counter(polled_more.outcomes) == Counter(BURST=1, NEGATIVE=5)
        assert polled.released + polled_more.released <= 5
        shop.box.trouble.clear()
        shop.ahead(minutes=29)
        assert (await monitor.poll_due(accounts=["toy"])).calls == 0
        shop.ahead(minutes=2)
        assert (await monitor.poll_due(accounts=["toy"])).calls >= 4


@pytest.mark.parametrize(("told", "least", "most"), [("864000", 5, 7), ("Mon, 02 Mar 2026 12:00:00 GMT", 1, 2.1), (None, 0, 1)])
async def test_a_wait_is_taken_in_seconds_or_as_a_date_capped_or_of_our_own(tmp_path, told, least, most):
    shop = Shop(tmp_path)
    shop.box.trouble["*"] = httpx.Response(429, headers={"Retry-After": told} if told else {})
    async with shop.monitor() as monitor:
        await watch(shop, monitor, ["N1"])
        await monitor.poll_due()
        credential = monitor._poller._reader.fare("toy", TrackedParcel(number="N1")).credential
        pause = monitor._store.pauses([credential])[credential]
    assert timedelta(hours=least) <= pause.until - shop.clock() <= timedelta(hours=most)


async def test_refused_credentials_stop_their_account_until_somebody_resumes_it(tmp_path, caplog):
    shop = Shop(tmp_path, accounts=("toy", "other"))
    shop.box.trouble["key-of-toy"] = httpx.Response(401)
    async with shop.monitor() as monitor:
        await watch(shop, monitor, ["N1"])
        await watch(shop, monitor, ["M1"], account="other")
        await monitor.poll_due()
        assert "does not accept the credentials" in caplog.text
        assert any("does not accept" in why for why in (await monitor.status()).pauses.values())
        shop.ahead(days=2)
        shop.box.trouble.clear()
        shop.box.calls.clear()
        await monitor.poll_due()
        assert set(shop.box.asked) == {"M1"}
        await monitor.resume("toy")
        await monitor.poll_due()
        assert set(shop.box.asked) == {"M1", "N1"}


async def test_who_resumes_an_account_has_forced_reads_made_up_for_by_all_that_share_its_credentials(tmp_path):
    shop = Shop(tmp_path, accounts=("toy", "other"))
    shop.accounts["other"] = shop.accounts["toy"]
    async with shop.monitor() as monitor:
        for number in ("N1", "M1"):
            shop.box.scan(number)
        await watch(shop, monitor, ["N1"])
        await watch(shop, monitor, ["M1"], account="other")
        await monitor.poll_due()
        shop.ahead(days=20, hours=18)
        shop.box.trouble["*"] = httpx.Response(503)
        await monitor.poll_due()
        shop.ahead(minutes=2)
        shop.box.trouble.clear()
        shop.box.calls.clear()
        assert (await monitor.poll_due()).calls == 0
        await monitor.resume("toy")
        await monitor.poll_due()
    assert sorted(shop.box.asked) == ["M1", "N1"]


async def test_after_five_failures_a_carrier_is_left_alone_and_one_call_tries_it_again(tmp_path):
    shop = Shop(tmp_path)
    shop.box.trouble["*"] = httpx.Response(503)
    async with shop.monitor(per_credential=1) as monitor:
        await watch(shop, monitor, names(20))
        for _ in range(3):
            await monitor.poll_due()
        assert len(shop.box.calls) == 5
        shop.ahead(minutes=7)
        await monitor.poll_due()
        assert len(shop.box.calls) == 6
        shop.box.trouble.clear()
        shop.ahead(minutes=13)
        await monitor.poll_due()
        assert len(shop.box.calls) == 7
        await monitor.poll_due()
        assert set(shop.box.asked) == set(names(20))


async def test_a_forced_read_is_made_up_for_within_the_hour_after_an_outage_of_a_day(tmp_path):
    shop = Shop(tmp_path)
    forced, *others = names(20)
    shop.box.scan(forced)

    async def pass_by(hours):
        for _ in range(hours * 6):
            shop.ahead(minutes=10)
            await monitor.poll_due()

    async with shop.monitor(per_credential=1) as monitor:
        await monitor.watch_many([shop.label(number) for number in (forced, *others)], refund_at_scan=True)
        shop.ahead(hours=1)
        await monitor.poll_due()
        shop.ahead(days=20)
        await monitor.poll_due()
        shop.box.trouble["*"] = httpx.Response(503)
        await pass_by(36)
        shop.box.trouble.clear()
        shop.box.calls.clear()
        await pass_by(1)
    assert forced in shop.box.asked


async def test_no_more_calls_are_under_way_than_allowed_in_all_and_for_one_credential(tmp_path):
    shop = Shop(tmp_path, accounts=("toy", "other"))
    under_way, most = Counter(), Counter()

    async def slowly(numbers):
        name = numbers[0][0]
        under_way.update([name, "all"])
        most.update({key: max(0, under_way[key] - most[key]) for key in (name, "all")})
        for _ in range(3):
            await asyncio.sleep(0)
        under_way.subtract([name, "all"])

    shop.box.before_answer = slowly
    async with shop.monitor(at_a_time=5, per_credential=3) as monitor:
        await watch(shop, monitor, names(30))
        await watch(shop, monitor, names(30, "M"), account="other")
        for _ in range(4):
            await monitor.poll_due()
    assert (most["N"], most["M"], most["all"]) == (3, 3, 5)
    assert len(shop.box.calls) == 60


async def test_an_account_that_is_gone_from_the_configuration_is_told_and_the_others_are_polled(tmp_path, caplog):
    shop = Shop(tmp_path, accounts=("toy", "other"))
    async with shop.monitor() as monitor:
        await watch(shop, monitor, ["N1"])
        await watch(shop, monitor, ["M1"], account="other")
    del shop.accounts["other"]
    async with shop.monitor() as monitor:
        polled = await monitor.poll_due()
        assert polled.outcomes == {"NEGATIVE": 1}
        assert "not configured" in polled.troubles["other"]
        assert "other" in caplog.text
        with pytest.raises(ConfigurationError, match="elsewhere"):
            await monitor.poll_due(accounts=["elsewhere"])


async def test_two_pollers_never_ask_for_the_same_label(tmp_path):
    shop = Shop(tmp_path)
    async with shop.monitor() as one, shop.monitor() as another:
        await watch(shop, one, names(50))
        while sum(polled.calls for polled in await asyncio.gather(one.poll_due(limit=7), another.poll_due(limit=7))):
            pass
    assert Counter(shop.box.asked) == Counter(names(50))


async def test_a_poller_that_is_halted_finishes_what_is_under_way_and_gives_back_the_rest(tmp_path):
    shop = Shop(tmp_path)
    async with shop.monitor(at_a_time=2, per_credential=2) as monitor:

        async def halt(numbers):
            monitor.halt()

        await watch(shop, monitor, names(10))
        shop.box.before_answer = halt
        polled = await monitor.poll_due()
        assert polled.calls + polled.released == 10
        assert 1 <= polled.calls <= 2
    shop.box.before_answer = None
    async with shop.monitor() as other:
        await other.poll_due()
        await other.poll_due()
    assert Counter(shop.box.asked) == Counter(names(10))


async def test_a_label_whose_lease_may_end_before_its_answer_comes_is_left_for_the_next_unit(tmp_path):
    shop = Shop(tmp_path)
    shop.box.trouble["*"] = lambda numbers: shop.ahead(minutes=4)
    async with shop.monitor(lease=timedelta(minutes=5), at_a_time=1) as monitor:
        await watch(shop, monitor, names(4))
        assert (await monitor.poll_due()).calls == 2
        assert len(shop.box.asked) == 2
        assert (await monitor.poll_due()).calls == 2
    assert Counter(shop.box.asked) == Counter(names(4))


async def test_what_the_store_does_not_take_is_kept_and_written_down_by_the_next_unit(tmp_path, caplog):
    shop = Shop(tmp_path)
    async with shop.monitor() as monitor:
        await watch(shop, monitor, ["N1"])
        shop.box.scan("N1")
        store = monitor._store
        full = FullDisk(store)
        monitor._poller.recorder._store = full
        with pytest.raises(StoreError, match="disk"):
            await monitor.poll_due()
        assert "1 outcomes" in caplog.text
        full.trouble = False
        shop.box.calls.clear()
        polled = await monitor.poll_due()
        assert shop.box.calls == []
        assert polled.signals == {"first_scan": 1}


class FullDisk:
    """A store on a disk that is full for a while."""

    def __init__(self, store):
        self.store = store
        self.trouble = True

    def record(self, outcomes):
        if self.trouble:
            raise StoreError("the disk is full")
        return self.store.record(outcomes)


async def test_one_record_tells_of_a_call_without_the_number(tmp_path, caplog):
    caplog.set_level(logging.INFO, "retoure.monitor")
    shop = Shop(tmp_path)
    async with shop.monitor() as monitor:
        await watch(shop, monitor, ["4711815"])
        await monitor.poll_due()
        await monitor.poll_due()
    (record,) = [record for record in caplog.records if getattr(record, "outcome", "")]
    assert (record.account, record.outcome) == ("toy", "NEGATIVE")
    assert len(record.number) >= 12
    assert record.duration_s >= 0
    assert "4711815" not in caplog.text.replace("4711815"[::-1], "")


async def test_a_budget_that_does_not_carry_what_is_watched_is_warned_of_when_a_monitor_opens(tmp_path, caplog):
    shop = Shop(tmp_path, quotas=(TEN_A_DAY,))
    async with shop.monitor() as monitor:
        await watch(shop, monitor, names(30))
    async with shop.monitor():
        assert "30 calls a day are needed, 9 are there" in caplog.text
    assert shop.box.calls == []


async def test_a_budget_that_does_not_carry_what_is_watched_is_warned_of_in_numbers_once_a_day(tmp_path, caplog):
    shop = Shop(tmp_path, quotas=(TEN_A_DAY,))
    async with shop.monitor() as monitor:
        await watch(shop, monitor, names(30))
        await monitor.poll_due()
        await monitor.poll_due()
        assert caplog.text.count("calls a day are needed") == 1
        shop.ahead(days=1)
        await monitor.poll_due()
        assert caplog.text.count("calls a day are needed") == 2


@pytest.mark.parametrize("jump", [timedelta(days=-3), timedelta(days=3)])
async def test_a_clock_that_jumps_loses_no_label(tmp_path, jump):
    shop = Shop(tmp_path)
    async with shop.monitor() as monitor:
        await watch(shop, monitor, ["N1"])
        await monitor.poll_due()
        shop.clock.now += jump
        await monitor.poll_due()
        shop.clock.now -= jump
        before = len(shop.box.calls)
        for _ in range(3):
            shop.ahead(hours=25)
            await monitor.poll_due()
        assert len(shop.box.calls) >= before + 2


async def test_a_read_that_fails_after_a_clock_was_ahead_is_repeated_and_not_at_the_wrong_time(tmp_path):
    shop = Shop(tmp_path)
    async with shop.monitor() as monitor:
        await watch(shop, monitor, ["N1"])
        shop.box.scan("N1")
        shop.ahead(days=3)
        await monitor.poll_due()
        shop.ahead(days=-3, minutes=2)
        await monitor.poll_due()
        shop.box.trouble["*"] = httpx.Response(503)
        shop.ahead(minutes=2)
        assert dict((await monitor.poll_due()).outcomes) == {"TRANSIENT": 1}
        assert (await monitor.label("N1")).next_poll_at - shop.clock() < timedelta(hours=13)


async def test_run_polls_until_it_is_told_to_stop(tmp_path):
    shop = Shop(tmp_path)
    stop = asyncio.Event()
    async with shop.monitor() as monitor:
        await watch(shop, monitor, ["N1"])

        async def enough(numbers):
            if len(shop.box.calls) == 3:
                stop.set()

        shop.box.before_answer = enough
        await monitor.run(stop=stop, every=timedelta(hours=6))
    assert len(shop.box.calls) == 3


async def test_a_system_that_asks_politely_is_obeyed(tmp_path):
    import os
    import signal

    shop = Shop(tmp_path)
    async with shop.monitor() as monitor:
        await watch(shop, monitor, ["N1"])

        async def terminate(numbers):
            os.kill(os.getpid(), signal.SIGTERM)

        shop.box.before_answer = terminate
        await asyncio.wait_for(monitor.run(every=timedelta(hours=6)), 20)
    assert len(shop.box.calls) >= 1


async def test_run_outlasts_trouble_of_the_store(tmp_path, caplog):
    shop = Shop(tmp_path)
    stop = asyncio.Event()
    async with shop.monitor() as monitor:
        await watch(shop, monitor, ["N1"])
        full = FullDisk(monitor._store)
        monitor._poller.recorder._store = full
        slept = []

        async def sleep(seconds):
            slept.append(seconds)
            shop.clock.sleep(seconds)
            full.trouble = False
            if len(slept) == 2:
                stop.set()

        monitor._sleep = sleep
        await monitor.run(stop=stop)
        assert slept[0] == 30
        assert (await monitor.show("N1")).labels[0].last_error_class == "NEGATIVE"
        assert "trouble" in caplog.text


async def test_a_unit_that_is_cancelled_gives_its_labels_back(tmp_path):
    shop = Shop(tmp_path)
    async with shop.monitor() as monitor:
        await watch(shop, monitor, names(3))
        asked = asyncio.Event()

        async def forever(numbers):
            asked.set()
            await asyncio.Event().wait()

        shop.box.before_answer = forever
        polling = asyncio.create_task(monitor.poll_due())
        await asked.wait()
        polling.cancel()
        with pytest.raises(asyncio.CancelledError):
            await polling
        shop.box.before_answer = None
        shop.box.calls.clear()
        await monitor.poll_due()
        await monitor.poll_due()
    assert set(shop.box.asked) == set(names(3))


async def test_the_database_is_used_in_threads_beside_the_loop_by_default(tmp_path):
    shop = Shop(tmp_path)
    async with shop.monitor(threads=True) as monitor:
        await monitor.watch(ReturnCase(rma="R1", labels=(shop.label("N1"),)))
        shop.ahead(hours=1)
        assert (await monitor.poll_due()).calls == 1


async def test_a_forced_read_whose_label_waits_for_a_spent_budget_goes_out_on_what_was_kept_for_it(tmp_path):
    from retoure.model import LabelSource

    shop = Shop(tmp_path, quotas=(TEN_A_DAY,))
    async with shop.monitor() as monitor:
        scanned = shop.clock()
        await monitor.watch(shop.label("N1", label_source=LabelSource.AMAZON_NEGOTIATED))
        shop.ahead(hours=1)
        shop.box.scan("N1")
        evening = datetime(scanned.year, scanned.month, scanned.day, 17, tzinfo=UTC) + timedelta(days=20)
        while shop.clock() < evening - timedelta(days=1):
            await monitor.poll_due()
            shop.ahead(hours=4)
        shop.clock.now = evening - timedelta(hours=5)
        await watch(shop, monitor, names(20, "M"))
        for _ in range(3):
            polled = await monitor.poll_due()
        spent = len(shop.box.calls)
        assert polled.calls == 0
        assert polled.next_due <= evening + timedelta(minutes=10)
        shop.clock.now = evening + timedelta(minutes=1)
        await monitor.poll_due()
        assert [numbers for _, numbers in shop.box.calls[spent:]] == [["N1"]]


async def test_a_return_whose_rules_are_gone_is_told_and_holds_up_no_other(tmp_path, caplog):
    shop = Shop(tmp_path)
    mine = load_policy("amazon_aprl_de").overridden_by((), id="mine", title="Mine")
    async with shop.monitor(policy=mine) as monitor:
        await monitor.watch(ReturnCase(rma="R1", labels=(shop.label("N1"),)))
        await monitor.watch(shop.label("N2"), policy="amazon_aprl_de")
    shop.ahead(hours=1)
    shop.box.scan("N1")
    shop.box.scan("N2")
    async with shop.monitor() as monitor:
        polled = await monitor.poll_due()
        assert (polled.signals["first_scan"], list(polled.broken)) == (1, ["R1"])
        shop.ahead(days=200)
        assert (await monitor.poll_due()).calls
        assert "no policy is named 'mine'" in (await monitor.erase("R1")).kept["R1"]
    assert "could not be folded" in caplog.text


async def test_a_monitor_takes_several_rules_of_the_users_own(tmp_path):
    shop = Shop(tmp_path)
    shipped = load_policy("amazon_aprl_de")
    mine, ours = (shipped.overridden_by((), id=name, title=name) for name in ("mine", "ours"))
    async with shop.monitor(policy=mine, policies=[ours]) as monitor:
        await monitor.watch(shop.label("N1"))
        await monitor.watch(shop.label("N2"), policy="ours")
        assert [(await monitor.show(number)).policy for number in ("N1", "N2")] == ["mine", "ours"]


async def test_numbers_that_a_carrier_refuses_keep_it_from_none_of_the_others(tmp_path):
    shop = Shop(tmp_path)
    shop.box.trouble["*"] = lambda numbers: httpx.Response(400) if numbers[0].startswith("BAD") else None
    async with shop.monitor(per_credential=1) as monitor:
        await watch(shop, monitor, names(8, "BAD"))
        await watch(shop, monitor, names(10))
        polled = await monitor.poll_due()
    assert polled.outcomes == {"FAILED": 8, "NEGATIVE": 10}


async def test_a_number_that_is_refused_before_anything_is_sent_costs_no_call(tmp_path):
    shop = Shop(tmp_path)
    async with shop.monitor() as monitor:
        monitor._store.watch([Watch(ReturnCase(rma="R1", labels=(shop.label("X1"),)), "amazon_aprl_de")])
        shop.ahead(hours=1)
        polled = await monitor.poll_due()
    assert (polled.outcomes, polled.calls, shop.box.calls) == ({"FAILED": 1}, 0, [])


async def test_what_is_kept_for_forced_reads_counts_all_accounts_of_a_credential_whichever_are_polled(tmp_path):
    shop = Shop(tmp_path, accounts=("toy", "other"), quotas=(Quota("day", calls=20, daily_zone="UTC"),))
    shop.accounts["other"] = shop.accounts["toy"]
    numbers = names(8, "M")
    for number in numbers:
        shop.box.scan(number)
    async with shop.monitor() as monitor:
        await watch(shop, monitor, numbers, account="other")
        await monitor.poll_due(accounts=["other"])
        shop.ahead(days=19, hours=-1)
        await monitor.poll_due(accounts=["other"])
        shop.ahead(days=1)
        await monitor.poll_due(accounts=["other"])
        owed = [await monitor.label(number) for number in numbers]
        assert {one.reason for one in owed} == {"DEADLINE"}
    async with shop.monitor() as monitor:
        monitor._poller.fares.pop("other")  # as after a pause
        await monitor.watch_many([shop.label(number) for number in names(40)])
        shop.ahead(minutes=40)
        assert (await monitor.poll_due(accounts=["toy"])).calls <= 12


async def thirty_forced_reads(shop, monitor):
    """Thirty parcels, scanned and silent, on the evening before they count as lost."""
    for number in names(30):
        shop.box.scan(number)
    await watch(shop, monitor, names(30))
    await monitor.poll_due()
    shop.ahead(days=19)
    await monitor.poll_due()
    shop.ahead(days=1, hours=9)


async def test_one_call_is_the_trial_of_a_carrier_whose_calls_take_many_numbers(tmp_path):
    shop = Shop(tmp_path, batch_size=20)
    async with shop.monitor() as monitor:
        await thirty_forced_reads(shop, monitor)
        shop.box.trouble["*"] = httpx.Response(503)
        polled = await monitor.poll_due()
        shop.clock.now = polled.next_due + timedelta(minutes=1)
        shop.box.calls.clear()
        shop.box.before_answer = lambda numbers: asyncio.sleep(0.001)
        await monitor.poll_due()
        assert len(shop.box.calls) == 1


async def test_a_limit_holds_where_reads_go_alone_though_calls_take_many_numbers(tmp_path):
    shop = Shop(tmp_path, batch_size=20)
    async with shop.monitor() as monitor:
        await thirty_forced_reads(shop, monitor)
        assert (await monitor.poll_due(limit=1)).calls == 1


async def until_others_are_read(tmp_path, numbers, **limits):
    """A unit of work in which an account waits for its rate until all numbers of another one were asked for."""
    shop = Shop(tmp_path, accounts=("slow", "fast"), quotas=(Quota("rate", calls=1, per=timedelta(seconds=5)),))
    shop.accounts["fast"] = shop.accounts["fast"].model_copy(update={"quotas": {"rate": 5_000_000}})
    read = asyncio.Event()

    async def sleep(seconds):
        if seconds > 1:
            await asyncio.wait_for(read.wait(), timeout=5)

    async def notice(_):
        if set(numbers) <= set(shop.box.asked):
            read.set()

    shop.box.before_answer = notice
    async with shop.monitor(sleep=sleep, **limits) as monitor:
        await watch(shop, monitor, names(3, "S"), account="slow")
        await watch(shop, monitor, numbers, account="fast")
        await monitor.poll_due()
    return shop


async def test_an_account_without_a_rate_is_read_on_while_another_waits_for_its_own(tmp_path):
    shop = await until_others_are_read(tmp_path, names(60), at_a_time=2, per_credential=1)
    assert Counter(shop.box.asked) == Counter([*names(60), *names(3, "S")])


async def test_a_call_that_waits_for_its_turn_takes_no_place_from_others(tmp_path):
    shop = await until_others_are_read(tmp_path, names(10), at_a_time=2, per_credential=2)
    assert Counter(shop.box.asked) == Counter([*names(10), *names(3, "S")])


async def test_a_limit_holds_for_an_account_that_is_read_on_while_another_waits(tmp_path):
    shop = Shop(tmp_path, accounts=("slow", "fast"), quotas=(Quota("rate", calls=1, per=timedelta(seconds=5)),))
    shop.accounts["fast"] = shop.accounts["fast"].model_copy(update={"quotas": {"rate": 5_000_000}})
    async with shop.monitor(at_a_time=1) as monitor:
        await watch(shop, monitor, names(6, "S"), account="slow")
        await watch(shop, monitor, names(60), account="fast")
        await monitor.poll_due(limit=3)
    assert Counter(number[0] for number in shop.box.asked) == Counter(S=3, N=3)
