"""DPD's call limit, over real sockets and through both clients: what was bought is returned, and nothing is bought twice."""

import inspect
import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from tests.carriers.dpd.asking import WAREHOUSE, account, bought, refused
from tests.unit.client.server import answer, serving

from retoure import AsyncClient, Client, Label, RateLimited, ReturnAddress, ReturnRequest, TrackingFailure, Unprotected
from retoure.carrier import HttpResponse, Judgement
from retoure.testing.samples import SAMPLES
from retoure_dpd.wire import judge

LIMIT = refused((2027, "CLOUD_API_USERCALLLIMIT"))
BOOK = {"berlin": ReturnAddress(address=WAREHOUSE, bindings={"dpd": {"account_address": True}})}
KEYS = [f"RMA-{number}/1" for number in range(150)]
PAUSE = timedelta(minutes=10)


def said(body, **headers):
    return answer(200, json.dumps(body).encode(), Content_Type="application/json", **headers)


def wishes():
    request = SAMPLES["munich_to_berlin"]["request"]
    return {key: ReturnRequest.model_validate({**request, "rma": key.removesuffix("/1")}) for key in KEYS}


class Clock:
    def __init__(self):
        self.now = datetime(2026, 3, 1, 9, tzinfo=UTC)
        self.slept = []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)

    async def sleep_async(self, seconds):
        self.sleep(seconds)


async def awaited(value):
    return await value if inspect.isawaitable(value) else value


def client_of(kind, clock, base_url):
    accounts = {"dpd": account(base_url=base_url)}
    options = {"purchases": Unprotected(), "return_addresses": BOOK, "clock": clock, "deadline_s": 10.0}
    if kind == "sync":
        return Client(accounts, sleep=clock.sleep, **options)
    return AsyncClient(accounts, sleep=clock.sleep_async, **options)


async def closed(client):
    await awaited(client.close() if isinstance(client, Client) else client.aclose())


def orders(script):
    """How often each purchase was asked for."""
    bodies = [json.loads(request.partition(b"\r\n\r\n")[2]) for request in script.requests if b"setOrder" in request]
    return Counter(body["OrderDataList"][0]["ParcelData"]["YourInternalID"] for body in bodies)


@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_a_call_limit_during_many_purchases_buys_nothing_twice_and_reports_the_rest(kind):
    numbers = [f"0999990000{number:04}" for number in range(200)]
    clock = Clock()
    with serving(*map(said, map(bought, numbers[:3])), said(LIMIT)) as script:
        client = client_of(kind, clock, script.base_url)
        outcomes = await awaited(client.buy_many(wishes(), account="dpd"))
        labels = {key: outcome for key, outcome in outcomes.items() if isinstance(outcome, Label)}
        rest = {key: outcome for key, outcome in outcomes.items() if key not in labels}
        assert {label.tracking_number for label in labels.values()} == set(numbers[:3])
        assert {type(outcome) for outcome in rest.values()} == {RateLimited}
        assert {outcome.retry_after for outcome in rest.values()} == {PAUSE}
        assert len(rest) == len(KEYS) - 3
        # Whoever had not left when the limit was told did not leave at all, and nobody tried again.
        assert set(orders(script).values()) == {1}
        assert len(script.requests) < len(KEYS)
        assert clock.slept == []

        before = len(script.requests)
        clock.now += PAUSE
        script.steps = [*[b""] * before, *map(said, map(bought, numbers[3:]))]
        again = await awaited(client.buy_many(wishes(), account="dpd"))
        assert {type(outcome) for outcome in again.values()} == {Label}
        assert len({label.tracking_number for label in again.values()}) == len(KEYS)
        assert {key: again[key].tracking_number for key in labels} == {key: labels[key].tracking_number for key in labels}
        assert all(orders(script)[key] == 1 for key in labels)
        await closed(client)


@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_no_call_of_any_kind_leaves_during_the_pause_and_retry_after_counts_down(kind):
    clock = Clock()
    with serving(said(LIMIT)) as script:
        client = client_of(kind, clock, script.base_url)
        outcomes = await awaited(client.track_many(["09999900000101"], account="dpd"))
        assert isinstance(outcomes["09999900000101"], TrackingFailure)
        clock.now += timedelta(minutes=4)
        with pytest.raises(RateLimited, match="nothing was sent") as told:
            await awaited(client.buy(wishes()[KEYS[0]], key=KEYS[0], account="dpd"))
        assert told.value.retry_after == timedelta(minutes=6)
        assert len(script.requests) == 1
        # The last half a minute is waited out.
        clock.now += timedelta(minutes=5, seconds=30)
        script.steps = [b"", said(bought())]
        assert (await awaited(client.buy(wishes()[KEYS[0]], key=KEYS[0], account="dpd"))).tracking_number == "09999900000101"
        assert clock.slept == [30.0]
        await closed(client)


@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_another_user_of_dpd_is_not_held_up(kind):
    clock = Clock()
    with serving(said(LIMIT), said(bought())) as script:
        accounts = {"dpd": account(base_url=script.base_url), "other": account(base_url=script.base_url, user_token="fake-other")}
        book = {"berlin": ReturnAddress(address=WAREHOUSE, bindings={name: {"account_address": True} for name in accounts})}
        options = {"purchases": Unprotected(), "return_addresses": book, "clock": clock}
        client = Client(accounts, **options) if kind == "sync" else AsyncClient(accounts, **options)
        with pytest.raises(RateLimited):
            await awaited(client.buy(wishes()[KEYS[0]], key=KEYS[0], account="dpd"))
        assert await awaited(client.buy(wishes()[KEYS[1]], key=KEYS[1], account="other"))
        await closed(client)


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize(
    ("limit", "pause"),
    [
        (said(refused((0, "CLOUD_API_USERCALLLIMIT"))), PAUSE),
        (said(refused((2121, "ORDER_WEIGHT"), (2027, "2027"))), PAUSE),
        (said(LIMIT, Retry_After="0"), PAUSE),
        (said(LIMIT, Retry_After="30"), PAUSE),
        (said(LIMIT, Retry_After="900"), timedelta(minutes=15)),
    ],
)
async def test_the_limit_pauses_by_number_or_name_and_no_header_shortens_the_pause(kind, limit, pause):
    clock = Clock()
    with serving(limit) as script:
        client = client_of(kind, clock, script.base_url)
        for key in KEYS[:2]:
            with pytest.raises(RateLimited) as told:
                await awaited(client.buy(wishes()[key], key=key, account="dpd"))
            assert told.value.retry_after == pause
        assert len(script.requests) == 1
        await closed(client)


@pytest.mark.parametrize("row", [{"ErrorID": 2121, "ErrorMsgLong": "see 2027"}, {"ErrorID": 20270}])
def test_another_error_that_has_the_figures_in_it_is_no_limit(row):
    body = json.dumps({"Ack": False, "ErrorDataList": [row]}).encode()
    assert judge(HttpResponse(200, {}, body, Clock()())) is Judgement.ANSWER
