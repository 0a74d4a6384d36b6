"""What a client does beside sending: accounts, keys, adoption, many at once."""

import inspect
from datetime import date, datetime

import httpx
import pytest
from tests.unit.client.either import EITHER, Either
from tests.unit.client.toy import REQUEST, Clock, ToySettings, options

from retoure import (
    AsyncClient,
    Client,
    ConfigurationError,
    InvalidSettings,
    NotFound,
    PickupWindow,
    PurchaseConflict,
    RequestRejected,
    TrackingFailure,
    UnknownAccount,
    Unprotected,
    Unsupported,
)

NAIVE = datetime(2026, 6, 1)  # noqa: DTZ001 - the point of the test


def counting(status=200, body=None):
    asked = []

    def reply(request):
        asked.append(request)
        return httpx.Response(status, json=body or {"number": f"N{len(asked)}", "result": "VOIDED"})

    return asked, httpx.MockTransport(reply)


def _public(cls):
    return {name for name, _ in inspect.getmembers(cls) if not name.startswith("_")}


def test_both_clients_have_the_same_methods_but_for_the_reader_of_event_loops():
    assert _public(Client) - {"close"} == _public(AsyncClient) - {"aclose", "reader"}


@pytest.mark.parametrize("name", sorted(_public(Client) - {"close", "accounts", "from_config"}))
def test_a_method_has_the_same_signature_and_words_in_both_clients(name):
    ours, twin = getattr(Client, name), getattr(AsyncClient, name)
    assert inspect.signature(ours).parameters == inspect.signature(twin).parameters
    assert inspect.getdoc(ours) == inspect.getdoc(twin)
    streams = inspect.isgeneratorfunction(ours)
    assert inspect.isasyncgenfunction(twin) == streams
    if not streams:
        assert inspect.signature(ours).return_annotation == inspect.signature(twin).return_annotation
        assert inspect.iscoroutinefunction(twin)


@pytest.mark.parametrize("kind", EITHER)
async def test_the_same_key_returns_the_stored_label_and_buys_nothing(kind):
    asked, transport = counting()
    async with Either(kind, transport=transport) as client:
        first, again = await client.buy("k"), await client.buy("k")
        assert first is again
        assert await client.call("label_for", "k") is first
        assert (await client.call("buy", first.order, account=first.account, key="k")) is first
    assert len(asked) == 1


@pytest.mark.parametrize("kind", EITHER)
async def test_a_key_used_for_another_order_is_a_conflict(kind):
    _, transport = counting()
    async with Either(kind, transport=transport) as client:
        await client.buy("k")
        other = REQUEST.model_copy(update={"rma": "R2"})
        with pytest.raises(PurchaseConflict, match="'k'"):
            await client.call("buy", other, account="toy", key="k")


@pytest.mark.parametrize("kind", EITHER)
async def test_a_retry_tomorrow_is_the_same_order(kind):
    asked, transport = counting()
    async with Either(kind, transport=transport) as client:
        await client.buy("k")
        tomorrow = REQUEST.model_copy(update={"ship_date": date(2026, 6, 2)})
        await client.call("buy", tomorrow, account="toy", key="k")
    assert len(asked) == 1


@pytest.mark.parametrize("kind", EITHER)
async def test_a_refused_purchase_frees_its_key(kind):
    answers = iter([httpx.Response(400), httpx.Response(200, json={"number": "N1"})])
    async with Either(kind, transport=httpx.MockTransport(lambda request: next(answers))) as client:
        with pytest.raises(RequestRejected):
            await client.buy("k")
        assert (await client.buy("k")).tracking_number == "N1"


@pytest.mark.parametrize("kind", EITHER)
async def test_many_purchases_give_one_outcome_per_key(kind):
    def reply(request):
        return httpx.Response(400 if request.content == b"Refused" else 200, json={"number": "N1"})

    refused = REQUEST.model_copy(update={"ship_from": REQUEST.ship_from.model_copy(update={"name": "Refused"})})
    async with Either(kind, transport=httpx.MockTransport(reply)) as client:
        outcomes = await client.call("buy_many", {"a": REQUEST, "b": refused, "c": REQUEST}, account="toy")
    assert [type(outcomes[key]).__name__ for key in "abc"] == ["Label", "RequestRejected", "Label"]


@pytest.mark.parametrize("kind", EITHER)
async def test_buying_without_saying_how_it_is_protected_is_refused(kind):
    asked, transport = counting()
    async with Either(kind, transport=transport, purchases=None) as client:
        with pytest.raises(ConfigurationError, match="Unprotected"):
            await client.buy()
    assert asked == []


@pytest.mark.parametrize("kind", EITHER)
async def test_buying_a_request_without_an_account_says_what_is_missing(kind):
    async with Either(kind) as client:
        with pytest.raises(ConfigurationError, match="account="):
            await client.call("buy", REQUEST, key="k")


@pytest.mark.parametrize("kind", EITHER)
async def test_an_unknown_account_is_named_beside_the_known_ones(kind):
    async with Either(kind) as client:
        with pytest.raises(UnknownAccount, match=r"'ups'.*toy"):
            await client.call("track", "N1", account="ups")


@pytest.mark.parametrize("kind", EITHER)
async def test_an_unknown_return_address_is_refused_with_the_known_ones(kind):
    async with Either(kind) as client:
        with pytest.raises(RequestRejected, match=r"'paris'.*berlin") as raised:
            await client.call("buy", REQUEST.model_copy(update={"return_to": "paris"}), account="toy", key="k")
    assert raised.value.problems[0].field == "return_to"


@pytest.mark.parametrize("kind", EITHER)
async def test_what_a_carrier_does_not_offer_is_unsupported_with_the_reason_and_sends_nothing(kind):
    asked, transport = counting()
    async with Either(kind, transport=transport) as client:
        label = await client.call("adopt", account="toy", tracking_number="N1", issued_at=client.clock(), rma="R1")
        with pytest.raises(Unsupported, match="not built yet") as raised:
            await client.call("documents", label)
    assert (raised.value.account, raised.value.operation) == ("toy", "labels.documents")
    assert asked == []


@pytest.mark.parametrize("kind", EITHER)
async def test_an_adopted_label_is_tracked_and_says_whose_it_is(kind):
    async with Either(kind, transport=counting()[1]) as client:
        label = await client.call(
            "adopt",
            account="toy", tracking_number="00345", issued_at=client.clock(), rma="R1", return_to="berlin",
            label_source="amazon_negotiated", enclosed=True,
        )  # fmt: skip
        assert (label.label_source, label.enclosed, label.documents) == ("amazon_negotiated", True, ())
        assert label.return_to.address.city == "Berlin"
        assert (await client.call("track", label)).number == "00345"


@pytest.mark.parametrize("kind", EITHER)
async def test_a_cookie_of_one_answer_does_not_ride_along_with_the_next_request(kind):
    asked = []

    def reply(request):
        asked.append(request)
        return httpx.Response(200, json={}, headers={"Set-Cookie": "session=someone; Path=/"})

    async with Either(kind, transport=httpx.MockTransport(reply)) as client:
        await client.track("N1")
        await client.track("N2")
    assert "cookie" not in asked[1].headers


def test_a_label_adopted_with_a_naive_time_is_refused():
    with (
        Client({"toy": ToySettings(environment="sandbox")}, **options(Clock())) as client,
        pytest.raises(RequestRejected, match="timezone"),
    ):
        client.adopt(account="toy", tracking_number="1", issued_at=NAIVE, rma="R1")


@pytest.mark.parametrize("kind", EITHER)
async def test_one_failing_number_leaves_the_others_standing(kind):
    def reply(request):
        return httpx.Response(404 if request.url.path.endswith("N2") else 200, json={})

    async with Either(kind, transport=httpx.MockTransport(reply)) as client:
        outcomes = await client.call("track_many", ["N1", "N2", "N3", "N1"], account="toy")
    assert list(outcomes) == ["N1", "N2", "N3"]
    assert isinstance(outcomes["N2"], TrackingFailure)
    assert "refused" in outcomes["N2"].message


@pytest.mark.parametrize("kind", EITHER)
async def test_a_pickup_without_a_window_or_an_address_says_what_is_missing(kind):
    async with Either(kind) as client:
        label = await client.call("adopt", account="toy", tracking_number="N1", issued_at=client.clock(), rma="R1")
        with pytest.raises(ConfigurationError, match="window"):
            await client.call("schedule_pickup", label, key="p")
        with pytest.raises(ConfigurationError, match="address="):
            await client.call("schedule_pickup", label, PickupWindow(day=None), key="p")


@pytest.mark.parametrize("name", ["DHL", "1a", "a__b", "a-b", "", "a_"])
def test_an_account_name_that_the_environment_could_not_spell_is_refused(name):
    with pytest.raises(InvalidSettings, match="account name"):
        Client({name: ToySettings(environment="sandbox")})


def test_a_client_that_was_not_used_opens_nothing():
    asked, transport = counting()
    client = Client({"toy": ToySettings(environment="sandbox")}, transport=transport)
    client.close()
    assert asked == []


def test_concurrent_callers_of_one_key_buy_once():
    from concurrent.futures import ThreadPoolExecutor

    asked, transport = counting()
    clock = Clock()
    client = Client({"toy": ToySettings(environment="sandbox")}, transport=transport, **options(clock))
    with client, ThreadPoolExecutor(32) as pool:
        labels = list(pool.map(lambda _: client.buy(REQUEST, account="toy", key="k"), range(32)))
    assert len({id(label) for label in labels}) == 1
    assert len(asked) == 1


def test_unprotected_forgets_beyond_what_it_was_told_to_remember():
    _, transport = counting()
    clock = Clock()
    books = {"purchases": Unprotected(remember=2)}
    with Client({"toy": ToySettings(environment="sandbox")}, transport=transport, **{**options(clock), **books}) as client:
        for key in ("a", "b", "c"):
            client.buy(REQUEST, account="toy", key=key)
        assert [client.label_for(key) is not None for key in ("a", "b", "c")] == [False, True, True]


@pytest.mark.parametrize("key", ["", "x" * 36, "with space", "ümlaut"])
def test_a_key_that_a_carrier_could_not_carry_is_refused(key):
    with (
        Client({"toy": ToySettings(environment="sandbox")}, **options(Clock())) as client,
        pytest.raises(RequestRejected, match="key"),
    ):
        client.buy(REQUEST, account="toy", key=key)


def test_a_not_found_number_is_an_error_of_its_own():
    from retoure.client.operations import report_of
    from retoure.model import ReadFailure

    clock = Clock()
    with Client({"toy": ToySettings(environment="sandbox")}, **options(clock)) as client:
        failure = TrackingFailure("N1", "toy", ReadFailure.NOT_FOUND, clock(), "unknown or too new", "100")
        with pytest.raises(NotFound, match="too new"):
            report_of(failure, client.accounts["toy"])
