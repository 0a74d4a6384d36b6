"""A key is blocked exactly while its order may have arrived."""

import asyncio
import os
import threading

import httpx
import pytest
from tests.unit.client.either import EITHER, Either
from tests.unit.client.server import answer, say_nothing, serving
from tests.unit.client.toy import REQUEST, Clock, ToySettings, options

from retoure import (
    AsyncClient,
    Client,
    ConfigurationError,
    InvalidSettings,
    Label,
    MalformedResponse,
    OutcomeUnknown,
    Parcel,
)


def good(_request=None):
    return httpx.Response(200, json={"number": "N1"})


def failing_first(*errors):
    """A callable credential that raises, then works."""
    left = list(errors)

    def read() -> str:
        if left:
            raise left.pop(0)
        return "canary-password"

    return read


@pytest.mark.parametrize("kind", EITHER)
async def test_a_vault_that_fails_once_leaves_the_key_free_and_its_words_unsaid(kind):
    settings = {"auth": "key", "password": failing_first(OSError("canary-vault-content"))}
    async with Either(kind, settings=settings, transport=httpx.MockTransport(good)) as client:
        with pytest.raises(InvalidSettings, match="OSError") as raised:
            await client.buy("k")
        assert "canary" not in str(raised.value)
        assert (await client.buy("k")).tracking_number == "N1"


@pytest.mark.parametrize("kind", EITHER)
@pytest.mark.parametrize("value", [None, "", b"bytes", 7])
async def test_a_vault_that_returns_no_text_sends_nothing(kind, value):
    asked = []
    settings = {"auth": "password_grant", "password": lambda: value}
    async with Either(kind, settings=settings, transport=httpx.MockTransport(asked.append)) as client:
        with pytest.raises(InvalidSettings, match="instead of a text"):
            await client.buy()
    assert asked == []


@pytest.mark.parametrize("kind", EITHER)
@pytest.mark.parametrize("status", [302, 200])
async def test_an_unreadable_token_answer_is_no_lost_purchase(kind, status):
    orders = []

    def reply(request):
        if request.url.path == "/token":
            return httpx.Response(status, content=b"x" * (2**20 + 1))
        orders.append(request)
        return good()

    async with Either(kind, settings={"auth": "grant"}, transport=httpx.MockTransport(reply)) as client:
        for _ in range(2):
            with pytest.raises(MalformedResponse):
                await client.buy("k")
    assert orders == []


@pytest.mark.parametrize("kind", EITHER)
@pytest.mark.parametrize("lifetime", [1e12, 1e308, "NaN", "Infinity", -1, True, 10**400])
async def test_an_odd_lifetime_of_a_token_stops_nobody(kind, lifetime):
    def reply(request):
        return httpx.Response(200, json={"access_token": "t", "expires_in": lifetime, "number": "N1"})

    async with Either(kind, settings={"auth": "grant"}, transport=httpx.MockTransport(reply)) as client:
        await client.buy("k1")
        assert (await client.buy("k2")).tracking_number == "N1"


@pytest.mark.parametrize("kind", EITHER)
async def test_a_sink_that_fails_does_not_lose_the_label(kind, caplog):
    def full(_digest, _response):
        raise OSError("disk full")

    async with Either(kind, transport=httpx.MockTransport(good), raw_sink=full) as client:
        assert (await client.buy()).tracking_number == "N1"
    assert "raw sink failed (OSError)" in caplog.text


@pytest.mark.parametrize("kind", EITHER)
async def test_a_closed_client_says_so_before_anything_else(kind):
    client = Either(kind, transport=httpx.MockTransport(good))
    async with client:
        pass
    with pytest.raises(ConfigurationError, match="closed"):
        await client.buy()


def test_an_async_client_in_a_second_event_loop_says_so():
    account = ToySettings(environment="sandbox")
    client = AsyncClient({"toy": account}, transport=httpx.MockTransport(good), **options(Clock()))
    assert asyncio.run(client.buy(REQUEST, account="toy", key="a")).tracking_number == "N1"
    with pytest.raises(ConfigurationError, match="another"):
        asyncio.run(client.buy(REQUEST, account="toy", key="b"))


async def test_a_task_cancelled_while_it_waits_for_the_token_leaves_the_key_free():
    waiting = asyncio.Event()

    async def reply(request):
        if request.url.path == "/token" and not waiting.is_set():
            waiting.set()
            await asyncio.Event().wait()
        return httpx.Response(200, json={"access_token": "t", "number": "N1"})

    account = ToySettings(environment="sandbox", auth="grant")
    async with AsyncClient({"toy": account}, transport=httpx.MockTransport(reply), deadline_s=0.2, **options(Clock())) as client:
        task = asyncio.create_task(client.buy(REQUEST, account="toy", key="k"))
        await waiting.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await client.buy(REQUEST, account="toy", key="k")).tracking_number == "N1"


async def test_a_task_cancelled_after_its_order_left_blocks_the_key_and_says_when_it_left():
    arrived = threading.Event()

    def arrive(connection):
        arrived.set()
        say_nothing(connection)

    with serving(arrive) as server:
        account = ToySettings(environment="sandbox", base_url=server.base_url)
        clock = Clock()
        async with AsyncClient({"toy": account}, deadline_s=20, **options(clock)) as client:
            task = asyncio.create_task(client.buy(REQUEST, account="toy", key="k"))
            assert await asyncio.to_thread(arrived.wait, 10)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            with pytest.raises(OutcomeUnknown) as raised:
                await client.buy(REQUEST, account="toy", key="k")
    assert (raised.value.key, raised.value.attempted_at, raised.value.account) == ("k", clock(), "toy")
    assert len(server.requests) == 1


async def test_who_waits_for_a_purchase_that_was_stopped_before_it_left_buys_it():
    reached, release = asyncio.Event(), asyncio.Event()

    async def reply(request):
        if request.url.path != "/token":
            return good()
        reached.set()
        await release.wait()
        return httpx.Response(200, json={"access_token": "t"})

    account = ToySettings(environment="sandbox", auth="grant")
    async with AsyncClient({"toy": account}, transport=httpx.MockTransport(reply), **options(Clock())) as client:
        first = asyncio.create_task(client.buy(REQUEST, account="toy", key="k"))
        await reached.wait()
        second = asyncio.create_task(client.buy(REQUEST, account="toy", key="k"))
        await asyncio.sleep(0)
        first.cancel()
        release.set()
        assert (await second).tracking_number == "N1"


def test_the_same_amounts_in_other_units_are_the_same_order():
    asked = []

    def reply(request):
        asked.append(request)
        return good()

    clock = Clock()
    with Client({"toy": ToySettings(environment="sandbox")}, transport=httpx.MockTransport(reply), **options(clock)) as client:
        for parcel in (Parcel.of("2.4 kg", "30 x 20 x 10 cm"), Parcel.of("2400 g", "100 mm x 0.3 m x 20 cm")):
            client.buy(REQUEST.model_copy(update={"parcel": parcel}), account="toy", key="k")
    assert len(asked) == 1


@pytest.mark.parametrize("kind", EITHER)
async def test_a_wish_that_cannot_even_be_resolved_stops_no_other(kind):
    from tests.unit.client.test_quotes import Shop

    shop = Shop(kind, {"a": "4.00"})
    quote = (await shop.call("quote", REQUEST)).cheapest
    outcomes = await shop.call("buy_many", {"good": quote, "no-account": REQUEST, "also-good": quote})
    assert isinstance(outcomes["no-account"], ConfigurationError)
    assert isinstance(outcomes["good"], Label)
    assert isinstance(outcomes["also-good"], Label)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_child_never_shares_a_connection_with_its_parent():
    keep_open = b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n" + b'{"number":"N1"}'
    connections = []

    def remember(connection):
        connections.append(connection.getpeername())
        connection.sendall(keep_open)
        threading.Event().wait(0.2)

    with serving(remember) as server:
        account = ToySettings(environment="sandbox", base_url=server.base_url)
        with Client({"toy": account}, deadline_s=5, **options(Clock())) as client:
            client.track("N1", account="toy")
            child = os.fork()
            if child == 0:
                before = client._driver._clients
                os._exit(0 if before == {} and client.track("N1", account="toy").number == "N1" else 1)
            assert os.waitpid(child, 0)[1] == 0
            assert client._driver._clients != {}
    assert len(set(connections)) == 2


def test_an_order_gets_a_connection_of_its_own():
    peers = []

    def keep(connection):
        peers.append(connection.getpeername())
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n" + b'{"number":"N1"}')
        threading.Event().wait(0.1)

    with serving(keep) as server:
        account = ToySettings(environment="sandbox", base_url=server.base_url)
        with Client({"toy": account}, deadline_s=5, **options(Clock())) as client:
            for key in ("a", "b"):
                client.buy(REQUEST, account="toy", key=key)
    assert len(set(peers)) == 2


@pytest.mark.parametrize("kind", EITHER)
async def test_what_a_lost_cancellation_may_have_done_no_later_trouble_undoes(kind):
    answers = iter([answer(500), answer(401)])
    tokens = iter([200, 503, 503, 503, 503])

    def reply(request):
        if request.url.path == "/token":
            return httpx.Response(next(tokens), json={"access_token": "t", "expires_in": 600})
        return httpx.Response(int(next(answers)[9:12]))

    async with Either(kind, settings={"auth": "grant"}, transport=httpx.MockTransport(reply)) as client:
        with pytest.raises(OutcomeUnknown, match="may have happened"):
            await client.void()


@pytest.mark.parametrize("clock", [lambda: __import__("datetime").datetime(2026, 6, 1)])
def test_a_clock_that_is_not_aware_is_refused_before_anything_is_bought(clock):
    with pytest.raises(InvalidSettings, match="aware"):
        Client({}, clock=clock)


@pytest.mark.parametrize("deadline_s", [0, -1, float("nan"), float("inf"), 1e12])
def test_a_deadline_that_bounds_nothing_is_refused(deadline_s):
    with pytest.raises(InvalidSettings, match="deadline_s"):
        Client({}, deadline_s=deadline_s)


@pytest.mark.parametrize("kind", EITHER)
async def test_an_answer_packed_twice_is_not_unpacked(kind):
    import gzip

    bomb = gzip.compress(gzip.compress(b"0" * 1_000_000))
    transport = httpx.MockTransport(
        lambda request: httpx.Response(200, stream=httpx.ByteStream(bomb), headers={"Content-Encoding": "gzip, gzip"})
    )
    async with Either(kind, transport=transport) as client:
        with pytest.raises(MalformedResponse, match="packed"):
            await client.track()


@pytest.mark.parametrize("kind", EITHER)
async def test_a_broken_compression_is_unreadable_and_not_asked_for_again(kind):
    asked = []

    def reply(request):
        asked.append(request)
        return httpx.Response(200, stream=httpx.ByteStream(b"no gzip"), headers={"Content-Encoding": "gzip"})

    async with Either(kind, transport=httpx.MockTransport(reply)) as client:
        with pytest.raises(MalformedResponse, match="compression"):
            await client.track()
    assert len(asked) == 1
