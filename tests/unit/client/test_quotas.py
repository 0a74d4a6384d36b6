"""Quotas: reserved before a call leaves, per credential, by an injected clock."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from tests.unit.client.either import EITHER, Either
from tests.unit.client.toy import NOON

from retoure import InvalidSettings, RateLimited
from retoure.carrier import Quota
from retoure.client.quotas import QuotaLedger

THREE_A_SECOND = Quota("burst", calls=3, per=timedelta(seconds=1))
TWO_A_DAY = Quota("day", calls=2, daily_zone="UTC")


def _ok(request):
    return httpx.Response(200, json={})


@pytest.mark.parametrize("kind", EITHER)
async def test_a_full_window_is_waited_out(kind):
    async with Either(kind, quotas=(THREE_A_SECOND,), transport=httpx.MockTransport(_ok)) as client:
        for _ in range(4):
            await client.track()
        assert sum(client.clock.slept) == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("kind", EITHER)
async def test_a_used_up_day_is_refused_with_the_time_to_its_end_and_sends_nothing(kind):
    asked = []

    def reply(request):
        asked.append(request)
        return httpx.Response(200, json={})

    async with Either(kind, quotas=(TWO_A_DAY,), transport=httpx.MockTransport(reply)) as client:
        await client.track()
        await client.track()
        with pytest.raises(RateLimited) as raised:
            await client.track()
        assert raised.value.retry_after == timedelta(hours=12)
        assert len(asked) == 2
        client.clock.now += timedelta(hours=12)
        await client.track()


def test_two_accounts_with_equal_credentials_share_a_quota():
    ledger = QuotaLedger()
    assert [ledger.reserve("same", [TWO_A_DAY], "/", NOON) for _ in range(2)] == [0.0, 0.0]
    with pytest.raises(RateLimited):
        ledger.reserve("same", [TWO_A_DAY], "/", NOON)
    assert ledger.reserve("other", [TWO_A_DAY], "/", NOON) == 0.0


def test_a_quota_counts_only_the_api_it_names():
    ledger = QuotaLedger()
    quota = Quota("tracking", calls=1, daily_zone="UTC", path="/track")
    assert ledger.reserve("c", [quota], "/track/N1", NOON) == 0.0
    assert ledger.reserve("c", [quota], "/labels", NOON) == 0.0
    with pytest.raises(RateLimited):
        ledger.reserve("c", [quota], "/track/N2", NOON)


def test_a_clock_that_goes_back_does_not_open_the_window_again():
    ledger = QuotaLedger()
    quota = Quota("one", calls=1, per=timedelta(seconds=10))
    assert ledger.reserve("c", [quota], "/", NOON) == 0.0
    assert ledger.reserve("c", [quota], "/", NOON - timedelta(hours=1)) > 0


def test_a_day_ends_at_midnight_of_the_carriers_zone():
    ledger = QuotaLedger()
    berlin = Quota("day", calls=1, daily_zone="Europe/Berlin")
    before_midnight = datetime(2026, 6, 1, 21, 59, tzinfo=UTC)
    assert ledger.reserve("c", [berlin], "/", before_midnight) == 0.0
    with pytest.raises(RateLimited) as raised:
        ledger.reserve("c", [berlin], "/", before_midnight)
    assert raised.value.retry_after == timedelta(minutes=1)
    assert ledger.reserve("c", [berlin], "/", before_midnight + timedelta(minutes=1)) == 0.0


@pytest.mark.parametrize("kind", EITHER)
async def test_an_account_has_its_own_figure_where_the_carrier_raised_it(kind):
    async with Either(kind, settings={"quotas": {"day": 3}}, quotas=(TWO_A_DAY,), transport=httpx.MockTransport(_ok)) as client:
        for _ in range(3):
            await client.track()
        with pytest.raises(RateLimited):
            await client.track()


async def test_a_quota_that_the_carrier_has_not_is_a_wrong_setting():
    async with Either("sync", settings={"quotas": {"hour": 3}}, quotas=(TWO_A_DAY,)) as client:
        with pytest.raises(InvalidSettings, match=r"hour.*day"):
            await client.track()


async def test_a_quota_of_one_api_counts_under_a_base_url_with_a_path_too():
    quota = Quota("api", calls=1, daily_zone="UTC", path="/api/v1")
    transport = httpx.MockTransport(_ok)
    async with Either("sync", "http://127.0.0.1:1/proxy", quotas=(quota,), transport=transport) as client:
        await client.track()
        with pytest.raises(RateLimited):
            await client.track()


def test_a_carrier_that_asks_to_be_left_alone_is_until_the_time_is_over():
    ledger = QuotaLedger()
    ledger.rest("c", NOON + timedelta(minutes=10))
    assert ledger.reserve("c", [], "/", NOON + timedelta(minutes=4)) == 360.0
    assert ledger.reserve("another", [], "/", NOON) == 0.0
    assert ledger.reserve("c", [], "/", NOON + timedelta(minutes=10)) == 0.0


def test_a_pause_is_never_shortened_and_a_forked_child_keeps_it():
    ledger = QuotaLedger()
    ledger.rest("c", NOON + timedelta(minutes=10))
    ledger.rest("c", NOON + timedelta(minutes=1))
    for one in (ledger, ledger.copy()):
        assert one.reserve("c", [TWO_A_DAY], "/", NOON + timedelta(minutes=9)) == 60.0


def test_a_call_that_is_not_let_out_uses_up_no_budget():
    ledger = QuotaLedger()
    ledger.rest("c", NOON + timedelta(minutes=1))
    assert [ledger.reserve("c", [TWO_A_DAY], "/", NOON) for _ in range(3)] == [60.0] * 3
    later = NOON + timedelta(minutes=1)
    assert [ledger.reserve("c", [TWO_A_DAY], "/", later) for _ in range(2)] == [0.0, 0.0]
