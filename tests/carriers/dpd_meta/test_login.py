"""The META-API over real sockets: one login for many calls, a new one after a refusal, and no purchase sent twice."""

import inspect
import json
import logging
from datetime import UTC, datetime

import pytest
from tests.carriers.dpd_meta.asking import NUMBER, WAREHOUSE, account
from tests.unit.client.server import answer, serving

from retoure import AsyncClient, AuthenticationFailed, Client, OutcomeUnknown, ReturnAddress, ReturnRequest, Unprotected
from retoure.testing.samples import SAMPLES

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
REQUEST = ReturnRequest.model_validate(SAMPLES["munich_to_berlin"]["request"])
LABEL = answer(200, json.dumps({"parcelIds": [NUMBER]}).encode(), Content_Type="application/json")
REFUSED = answer(401, b'{"errorCode": "AUTH"}', Content_Type="application/json")


def login(token):
    return answer(200, b"", X_DPD_TOKEN=token)


async def awaited(value):
    return await value if inspect.isawaitable(value) else value


async def bought(kind, script, *keys):
    """What came of buying under each key, one after the other."""
    book = {"berlin": ReturnAddress(address=WAREHOUSE)}
    options = {"purchases": Unprotected(), "return_addresses": book, "clock": lambda: NOW, "deadline_s": 10.0}
    accounts = {"meta": account(base_url=script.base_url)}
    client = Client(accounts, **options) if kind == "sync" else AsyncClient(accounts, **options)
    outcomes = []
    for key in keys:
        try:
            outcomes.append(await awaited(client.buy(REQUEST, key=key, account="meta")))
        except (AuthenticationFailed, OutcomeUnknown) as error:
            outcomes.append(error)
    await awaited(client.close() if isinstance(client, Client) else client.aclose())
    return outcomes


def asked(script):
    """Path and proof of every request."""
    heads = [request.partition(b"\r\n\r\n")[0].decode().splitlines() for request in script.requests]
    proofs = [next((line for line in lines if line.lower().startswith("authorization")), "") for lines in heads]
    return [
        (lines[0].split()[1].partition("?")[0].rpartition("/")[2], proof[-1:]) for lines, proof in zip(heads, proofs, strict=True)
    ]


@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_one_login_serves_many_calls(kind):
    with serving(login("token-1"), LABEL) as script:
        labels = await bought(kind, script, "a", "b")
        assert [label.tracking_number for label in labels] == [NUMBER, NUMBER]
        assert asked(script) == [("login", ""), ("shipment", "1"), ("shipment", "1")]
        assert b"X-DPD-PASSWORD: fake-password" in script.requests[0]
        assert b"fake-password" not in b"".join(script.requests[1:])


@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_a_token_that_is_refused_is_renewed_once(kind):
    with serving(login("token-1"), REFUSED, login("token-2"), LABEL) as script:
        (label,) = await bought(kind, script, "a")
        assert label.tracking_number == NUMBER
        assert asked(script) == [("login", ""), ("shipment", "1"), ("login", ""), ("shipment", "2")]


@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_a_login_without_a_token_buys_nothing_and_shows_no_password(kind):
    with serving(answer(200, b"fake-password")) as script:
        (error,) = await bought(kind, script, "a")
        assert isinstance(error, AuthenticationFailed)
        assert "X-DPD-TOKEN" in str(error)
        assert "fake-password" not in f"{error!r}{error}{error.response}"
        assert asked(script) == [("login", "")]


@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_a_unit_that_is_too_slow_leaves_the_outcome_open_and_is_not_asked_again(kind):
    with serving(login("token-1"), answer(408, b'{"errorOrigin": "BU-API"}')) as script:
        first, again = await bought(kind, script, "a", "a")
        assert isinstance(first, OutcomeUnknown)
        assert isinstance(again, OutcomeUnknown)
        assert (first.key, first.attempted_at) == ("a", NOW)
        assert asked(script) == [("login", ""), ("shipment", "1")]


@pytest.mark.parametrize("kind", ["sync", "async"])
@pytest.mark.parametrize("token", ["fake-session-1", "fake'session\\1"])
async def test_a_token_is_not_logged_when_it_comes_nor_when_it_is_used(kind, token, caplog):
    caplog.set_level(logging.DEBUG)
    with serving(login(token), LABEL) as script:
        await bought(kind, script, "a")
    assert "receive_response_headers.complete" in caplog.text
    assert "session" not in caplog.text
