"""Tokens: one request however many wait, kept by the carrier's expiry, renewed once."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest
from tests.unit.client.either import EITHER, Either
from tests.unit.client.server import answer, serving
from tests.unit.client.toy import Clock, ToySettings, options

from retoure import AsyncClient, AuthenticationFailed, Client

GOOD = answer(200, b'{"number": "N1"}')


def test_two_hundred_threads_that_need_a_token_at_once_make_one_token_request():
    ready = threading.Barrier(200)
    with serving(GOOD) as server:
        account = ToySettings(environment="sandbox", base_url=server.base_url, auth="grant")
        with Client({"toy": account}, deadline_s=20, **options(Clock())) as client, ThreadPoolExecutor(200) as pool:

            def track(number: int) -> str:
                ready.wait()
                return client.track(f"N{number}", account="toy").number

            assert len(set(pool.map(track, range(200)))) == 200
    assert server.tokens == 1
    assert len(server.requests) == 200


async def test_two_hundred_tasks_that_need_a_token_at_once_make_one_token_request():
    with serving(GOOD) as server:
        account = ToySettings(environment="sandbox", base_url=server.base_url, auth="grant")
        async with AsyncClient({"toy": account}, deadline_s=20, **options(Clock())) as client:
            reports = await asyncio.gather(*(client.track(f"N{number}", account="toy") for number in range(200)))
    assert len(reports) == 200
    assert server.tokens == 1


@pytest.mark.parametrize("kind", EITHER)
async def test_a_token_is_kept_until_shortly_before_the_carriers_own_expiry(kind):
    with serving(GOOD) as server:
        async with Either(kind, server.base_url, settings={"auth": "grant"}) as client:
            await client.track()
            client.clock.now += timedelta(seconds=3600 - 61)
            await client.track()
            assert server.tokens == 1
            client.clock.now += timedelta(seconds=2)
            await client.track()
            assert server.tokens == 2


@pytest.mark.parametrize("kind", EITHER)
async def test_a_refused_token_is_renewed_once_before_a_purchase_too(kind):
    with serving(answer(401), GOOD) as server:
        async with Either(kind, server.base_url, settings={"auth": "grant"}) as client:
            label = await client.buy()
    assert label.tracking_number == "N1"
    assert server.tokens == 2
    assert b"canary-token-1" in server.requests[0]
    assert b"canary-token-2" in server.requests[1]


@pytest.mark.parametrize("kind", EITHER)
async def test_a_token_refused_twice_is_an_authentication_failure(kind):
    with serving(answer(401)) as server:
        async with Either(kind, server.base_url, settings={"auth": "grant"}) as client:
            with pytest.raises(AuthenticationFailed):
                await client.buy()
    assert server.tokens == 2
    assert len(server.requests) == 2


def test_sixty_threads_whose_token_was_refused_renew_it_once():
    all_refused = threading.Barrier(60)
    refused = answer(401)

    def refuse_together(connection):
        all_refused.wait(20)
        connection.sendall(refused)

    with serving(*[refuse_together] * 60, GOOD) as server:
        account = ToySettings(environment="sandbox", base_url=server.base_url, auth="grant")
        with Client({"toy": account}, deadline_s=20, **options(Clock())) as client, ThreadPoolExecutor(60) as pool:
            list(pool.map(lambda n: client.track(f"N{n}", account="toy"), range(60)))
    assert server.tokens == 2


@pytest.mark.parametrize("kind", EITHER)
@pytest.mark.parametrize(
    ("body", "status"), [(b'{"error": "invalid_grant"}', 400), (b"{}", 401), (b'{"expires_in": 5}', 200), (b"<html>", 200)]
)
async def test_a_refusal_of_the_token_endpoint_is_an_authentication_failure(kind, body, status):
    transport = httpx.MockTransport(lambda request: httpx.Response(status, content=body))
    async with Either(kind, settings={"auth": "grant"}, transport=transport) as client:
        with pytest.raises(AuthenticationFailed) as raised:
            await client.track()
    assert "token endpoint" in str(raised.value)


@pytest.mark.parametrize("kind", EITHER)
async def test_waiting_callers_share_the_failure_of_the_one_token_request(kind):
    asked = []

    def refuse(request):
        asked.append(request.url.path)
        return httpx.Response(400, json={"error": "invalid_client"})

    async with Either(kind, settings={"auth": "grant"}, transport=httpx.MockTransport(refuse)) as client:
        for _ in range(2):
            with pytest.raises(AuthenticationFailed):
                await client.track()
    assert asked == ["/token", "/token"]


@pytest.mark.parametrize("kind", EITHER)
async def test_a_password_grant_sends_user_and_client_in_the_form(kind):
    seen = []

    def reply(request):
        seen.append(request)
        return httpx.Response(200, json={"access_token": "t", "expires_in": 1799, "number": "N1"})

    async with Either(kind, settings={"auth": "password_grant"}, transport=httpx.MockTransport(reply)) as client:
        await client.track()
    assert seen[0].content.decode() == (
        "grant_type=password&client_id=canary-client-id&client_secret=canary-client-secret"
        "&username=canary-username&password=canary-password"
    )
    assert seen[1].headers["authorization"] == "Bearer t"


@pytest.mark.parametrize("kind", EITHER)
async def test_a_credential_from_a_callable_is_read_again_after_a_refusal(kind):
    rotating = iter(["old-password", "new-password"])
    with serving(answer(401), GOOD) as server:
        settings = {"auth": "key", "password": lambda: next(rotating)}
        async with Either(kind, server.base_url, settings=settings) as client:
            await client.track()
    assert b"old-password" in server.requests[0]
    assert b"new-password" in server.requests[1]


@pytest.mark.parametrize("kind", EITHER)
async def test_a_fixed_key_that_is_refused_is_not_sent_again(kind):
    with serving(answer(401)) as server:
        async with Either(kind, server.base_url, settings={"auth": "key"}) as client:
            with pytest.raises(AuthenticationFailed):
                await client.track()
    assert len(server.requests) == 1


async def test_a_cancelled_waiter_does_not_take_the_token_request_along():
    release = asyncio.Event()

    async def reply(request):
        if request.url.path == "/token":
            await release.wait()
            return httpx.Response(200, json={"access_token": "t", "expires_in": 1799})
        return httpx.Response(200, json={})

    account = ToySettings(environment="sandbox", auth="grant")
    async with AsyncClient({"toy": account}, transport=httpx.MockTransport(reply), **options(Clock())) as client:
        first = asyncio.create_task(client.track("N1", account="toy"))
        second = asyncio.create_task(client.track("N2", account="toy"))
        await asyncio.sleep(0)
        first.cancel()
        release.set()
        assert (await second).number == "N2"
        with pytest.raises(asyncio.CancelledError):
            await first
