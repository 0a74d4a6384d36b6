"""Design's failure table, every cell, over a real socket, counting what left."""

import pytest
from tests.unit.client.either import EITHER, READING, Either
from tests.unit.client.server import answer, closed_port, cut, hang_up, say_nothing, serving

from retoure import (
    AuthenticationFailed,
    CarrierUnavailable,
    ConfigurationError,
    Label,
    MalformedResponse,
    OutcomeUnknown,
    RateLimited,
    RequestRejected,
)

GOOD = answer(200, b'{"number": "N1", "result": "VOIDED"}')
EFFECTS = {"read": "track", "repeatable": "void", "once": "buy"}
MANY = 4  # attempts, the first included

# column -> (what the server does for ever, attempts and error per effect)
LASTING = {
    "hangs up": (
        [hang_up],
        {"read": (MANY, CarrierUnavailable), "repeatable": (MANY, OutcomeUnknown), "once": (1, OutcomeUnknown)},
    ),
    "says nothing": (
        [say_nothing],
        {"read": (MANY, CarrierUnavailable), "repeatable": (MANY, OutcomeUnknown), "once": (1, OutcomeUnknown)},
    ),
    "is cut in the body": (
        [cut],
        {"read": (MANY, CarrierUnavailable), "repeatable": (MANY, OutcomeUnknown), "once": (1, OutcomeUnknown)},
    ),
    "asks to wait": (
        [answer(429)],
        {"read": (MANY, RateLimited), "repeatable": (MANY, RateLimited), "once": (MANY, RateLimited)},
    ),
    "asks to wait too long": (
        [answer(429, Retry_After="864000")],
        {"read": (1, RateLimited), "repeatable": (1, RateLimited), "once": (1, RateLimited)},
    ),
    "answers 500": (
        [answer(500)],
        {"read": (MANY, CarrierUnavailable), "repeatable": (MANY, OutcomeUnknown), "once": (1, OutcomeUnknown)},
    ),
    "answers 408": (
        [answer(408)],
        {"read": (MANY, CarrierUnavailable), "repeatable": (MANY, OutcomeUnknown), "once": (1, OutcomeUnknown)},
    ),
    "answers 200 with HTML": (
        [answer(200, b"<html>maintenance</html>", Content_Type="text/html")],
        {"read": (1, MalformedResponse), "repeatable": (1, OutcomeUnknown), "once": (1, OutcomeUnknown)},
    ),
    "answers an empty 200": (
        [answer(200, b"")],
        {"read": (1, MalformedResponse), "repeatable": (1, OutcomeUnknown), "once": (1, OutcomeUnknown)},
    ),
    "answers 20 MB": (
        [answer(200, b"x" * 20_000_000)],
        {"read": (1, MalformedResponse), "repeatable": (1, OutcomeUnknown), "once": (1, OutcomeUnknown)},
    ),
    "redirects to another host": (
        [answer(302, Location="https://elsewhere.example/")],
        {"read": (1, MalformedResponse), "repeatable": (1, OutcomeUnknown), "once": (1, OutcomeUnknown)},
    ),
    "answers 401": (
        [answer(401)],
        {"read": (2, AuthenticationFailed), "repeatable": (2, AuthenticationFailed), "once": (2, AuthenticationFailed)},
    ),
    "answers 404": (
        [answer(404)],
        {"read": (1, RequestRejected), "repeatable": (1, RequestRejected), "once": (1, RequestRejected)},
    ),
    "answers 400": (
        [answer(400)],
        {"read": (1, RequestRejected), "repeatable": (1, RequestRejected), "once": (1, RequestRejected)},
    ),
}
# column -> what the server does first, and whether a second request saves the day, per effect
PASSING = {
    "hangs up": (hang_up, {"read": True, "repeatable": True, "once": False}),
    "says nothing": (say_nothing, {"read": True, "repeatable": True, "once": False}),
    "asks to wait": (answer(429, Retry_After="7"), {"read": True, "repeatable": True, "once": True}),
    "answers 503": (answer(503), {"read": True, "repeatable": True, "once": False}),
    "answers 401": (answer(401), {"read": True, "repeatable": True, "once": True}),
}


def patience(column):
    """A short deadline only where it is meant to strike: elsewhere a busy machine must not decide."""
    return {"deadline_s": 1.0 if column == "says nothing" else 5.0}


def drivers(effect):
    """Those that take an effect."""
    return READING if effect == "read" else EITHER


def cells(table):
    return [
        pytest.param(column, effect, kind, id=f"{effect} {column}-{kind}")
        for column, (_, row) in table.items()
        for effect in row
        for kind in drivers(effect)
    ]


EFFECTS_AND_DRIVERS = [(effect, kind) for effect in EFFECTS for kind in drivers(effect)]


@pytest.mark.parametrize(("column", "effect", "kind"), cells(LASTING))
async def test_a_lasting_trouble_ends_in_the_error_of_its_cell(kind, column, effect):
    steps, row = LASTING[column]
    attempts, error = row[effect]
    with serving(*steps) as server:
        async with Either(kind, server.base_url, settings={"auth": "grant"}, **patience(column)) as client:
            with pytest.raises(error) as raised:
                await client.call(*_arguments(client, effect), **_keywords(effect))
    assert type(raised.value) is error
    assert len(server.requests) == attempts
    assert (raised.value.account, raised.value.carrier) == ("toy", "toy")
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None


@pytest.mark.parametrize(("column", "effect", "kind"), cells(PASSING))
async def test_a_passing_trouble_is_outlasted_only_where_a_second_request_is_safe(kind, column, effect):
    step, row = PASSING[column]
    with serving(step, GOOD) as server:
        async with Either(kind, server.base_url, settings={"auth": "grant"}, **patience(column)) as client:
            if row[effect]:
                await client.call(*_arguments(client, effect), **_keywords(effect))
                assert len(server.requests) == 2
            else:
                with pytest.raises(OutcomeUnknown):
                    await client.call(*_arguments(client, effect), **_keywords(effect))
                assert len(server.requests) == 1


@pytest.mark.parametrize(("effect", "kind"), EFFECTS_AND_DRIVERS)
async def test_a_refused_connection_is_tried_again_and_ends_as_nothing_happened(kind, effect):
    async with Either(kind, closed_port()) as client:
        with pytest.raises(CarrierUnavailable):
            await client.call(*_arguments(client, effect), **_keywords(effect))
        assert len(client.clock.slept) == MANY - 1


@pytest.mark.parametrize(("effect", "kind"), EFFECTS_AND_DRIVERS)
async def test_a_told_wait_is_waited_to_the_second(kind, effect):
    with serving(answer(429, Retry_After="7"), GOOD) as server:
        async with Either(kind, server.base_url) as client:
            await client.call(*_arguments(client, effect), **_keywords(effect))
            assert client.clock.slept == [7.0]


@pytest.mark.parametrize("kind", EITHER)
@pytest.mark.parametrize("step", [hang_up, answer(200, b"{"), answer(500)], ids=["hangs up", "half an answer", "500"])
async def test_an_unknown_outcome_names_the_key_and_when_it_was_tried(kind, step):
    with serving(step) as server:
        async with Either(kind, server.base_url) as client:
            with pytest.raises(OutcomeUnknown) as raised:
                await client.buy("RMA-1/1")
            assert raised.value.key == "RMA-1/1"
            assert raised.value.attempted_at == client.clock()


@pytest.mark.parametrize("kind", EITHER)
async def test_a_key_whose_outcome_is_unknown_is_not_bought_again(kind):
    with serving(hang_up, GOOD) as server:
        async with Either(kind, server.base_url) as client:
            for _ in range(2):
                with pytest.raises(OutcomeUnknown):
                    await client.buy("RMA-1/1")
    assert len(server.requests) == 1


@pytest.mark.parametrize("kind", EITHER)
async def test_a_refusal_that_follows_a_lost_answer_is_reported_as_the_refusal(kind):
    with serving(hang_up, answer(404)) as server:
        async with Either(kind, server.base_url) as client:
            with pytest.raises(RequestRejected):
                await client.void()
    assert len(server.requests) == 2


@pytest.mark.parametrize("effect", ["repeatable", "once"])
async def test_the_wire_that_reads_refuses_any_other_effect_before_anything_leaves(effect):
    seen = []
    with serving(GOOD) as server:
        async with Either("aiohttp", server.base_url, settings={"auth": "grant"}, observer=seen.append) as client:
            with pytest.raises(ConfigurationError, match="only reads"):
                await client.call(*_arguments(client, effect), **_keywords(effect))
    assert (server.requests, server.tokens, seen) == ([], 0, [])


def _arguments(client: Either, effect: str):
    from tests.unit.client.toy import REQUEST

    match effect:
        case "read":
            return ("track", "N1")
        case "once":
            return ("buy", REQUEST)
    return ("void", Label(account="toy", carrier="toy", tracking_number="N1", issued_at=client.clock()))


def _keywords(effect: str):
    return {"read": {"account": "toy"}, "once": {"account": "toy", "key": "k1"}, "repeatable": {}}[effect]
