"""An adapter that stumbles over an answer loses nothing and shows nothing."""

from datetime import timedelta

import httpx
import pytest
from tests.unit.client.either import EITHER, Either
from tests.unit.client.server import answer, drip, serving
from tests.unit.client.toy import REQUEST, THREE_WORDS

from retoure import MalformedResponse, OutcomeUnknown, RateLimited
from retoure.carrier import Quota
from retoure.client._httpx_wire import Progress
from retoure.client._retry import Trouble

WITHOUT_NUMBER = answer(200, b'{"recipient": "Marta Beispiel"}')


@pytest.mark.parametrize("kind", EITHER)
async def test_an_adapters_own_error_after_a_purchase_is_an_unknown_outcome_that_names_the_place(kind):
    with serving(WITHOUT_NUMBER) as server:
        async with Either(kind, server.base_url) as client:
            with pytest.raises(OutcomeUnknown, match=r"KeyError at .*toy") as raised:
                await client.buy()
    assert len(server.requests) == 1
    assert raised.value.response is not None
    assert "Marta" not in raised.value.response.text
    assert raised.value.__context__ is None


@pytest.mark.parametrize("kind", EITHER)
async def test_an_adapters_own_error_before_anything_was_sent_is_passed_on_as_it_is(kind):
    asked = []
    async with Either(kind, transport=httpx.MockTransport(asked.append)) as client:
        with pytest.raises(ValueError, match="not enough values"):
            await client.call("track", THREE_WORDS, account="toy")
    assert asked == []


@pytest.mark.parametrize("kind", EITHER)
async def test_an_adapter_that_forgets_a_number_is_told_so(kind):
    async with Either(kind, transport=httpx.MockTransport(lambda request: httpx.Response(200, json={"forget": True}))) as client:
        with pytest.raises(MalformedResponse, match="no outcome for 1 of 1"):
            await client.track("FORGOTTEN")


def test_a_users_own_transport_that_drips_is_cut_off_between_two_chunks():
    with serving(drip(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{")) as server:
        client = Either("sync", server.base_url, transport=httpx.HTTPTransport(), deadline_s=0.2).client
        with client, pytest.raises(OutcomeUnknown):
            client.buy(REQUEST, account="toy", key="k")
    assert len(server.requests) == 1


async def test_a_deadline_during_the_connect_means_that_nothing_was_sent():
    progress = Progress()
    await progress.trace("connection.connect_tcp.started", {})
    assert progress.too_late().trouble is Trouble.NOT_SENT
    await progress.trace("http11.send_request_headers.started", {})
    assert progress.too_late().trouble is Trouble.NO_ANSWER


def test_a_deadline_that_nobody_traced_may_have_been_sent():
    assert Progress().too_late().trouble is Trouble.NO_ANSWER


@pytest.mark.parametrize("kind", EITHER)
async def test_a_quota_that_asks_for_more_than_a_minute_is_told_and_not_waited_for(kind):
    once_an_hour = Quota("hour", calls=1, per=timedelta(hours=1))
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json={}))
    async with Either(kind, quotas=(once_an_hour,), transport=transport) as client:
        await client.track()
        with pytest.raises(RateLimited, match="own quota"):
            await client.track()
        assert client.clock.slept == []
