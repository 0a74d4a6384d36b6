"""A scenario under the whole client: on httpx's own transports, patched by respx, and on a transport of its own."""

import httpx
import pytest
import respx

from retoure import AsyncClient, Client
from retoure.errors import AddressRejected
from retoure.model import ReturnRequest
from retoure.purchases import Unprotected
from retoure.replay import ScenarioMismatch, find, mount
from retoure.testing.samples import SAMPLES
from tests.replay.acme import AcmeSettings

SECRETS = {"client_id": "canary-id", "client_secret": "canary-secret", "app_name": "canary-app"}
SETTINGS = AcmeSettings(environment="sandbox", **SECRETS)


@pytest.fixture
def request_of_a_user():
    sample = SAMPLES["munich_to_berlin"]["request"]
    return ReturnRequest.model_validate({**sample, "rma": "MINE", "parcel": {"weight": "900 g"}})


def options(scenario, registry, **more):
    return {
        "purchases": Unprotected(),
        "return_addresses": scenario.account.return_addresses,
        "registry": registry,
        "clock": lambda: scenario.clock,
        **more,
    }


def test_a_user_buys_with_an_own_parcel_over_patched_httpx(acme, request_of_a_user):
    scenario = find("acme/labels/pdf", acme)
    with respx.MockRouter() as router, Client({"acme": SETTINGS}, **options(scenario, acme)) as client:
        mounted = mount(router, scenario)
        label = client.buy(request_of_a_user, key="MINE/1", account="acme")
        mounted.verify_used()
    assert (label.tracking_number, label.rma) == ("00340000000000000017", "MINE")
    assert b'"grams": 900' in mounted.sent[0].content


async def test_a_user_buys_asynchronously_over_patched_httpx(acme, request_of_a_user):
    scenario = find("acme/labels/pdf", acme)
    with respx.MockRouter() as router:
        mounted = mount(router, scenario)
        async with AsyncClient({"acme": SETTINGS}, **options(scenario, acme)) as client:
            label = await client.buy(request_of_a_user, key="MINE/1", account="acme")
        mounted.verify_used()
    assert label.tracking_number == "00340000000000000017"


def test_a_user_buys_over_a_transport_of_its_own(acme, request_of_a_user):
    scenario = find("acme/labels/pdf", acme)
    router = respx.MockRouter()
    mounted = mount(router, scenario)
    with Client({"acme": SETTINGS}, **options(scenario, acme, transport=httpx.MockTransport(router.handler))) as client:
        assert client.buy(request_of_a_user, key="MINE/1", account="acme").tracking_number == "00340000000000000017"
    mounted.verify_used()


async def test_a_user_buys_asynchronously_over_a_transport_of_its_own(acme, request_of_a_user):
    scenario = find("acme/labels/pdf", acme)
    router = respx.MockRouter()
    mounted = mount(router, scenario)
    transport = httpx.MockTransport(router.handler)
    async with AsyncClient({"acme": SETTINGS}, **options(scenario, acme, transport=transport)) as client:
        assert (await client.buy(request_of_a_user, key="MINE/1", account="acme")).tracking_number == "00340000000000000017"
    mounted.verify_used()


@pytest.fixture
def mounted_client(acme):
    """A function that puts a scenario under a client."""

    def put(scenario, *more, match="operation", registry=acme):
        router = respx.MockRouter(assert_all_called=False)
        mounted = mount(router, scenario, *more, match=match)
        transport = httpx.MockTransport(router.handler)
        return Client({"acme": SETTINGS}, **options(scenario, registry, transport=transport)), mounted

    return put


def test_a_token_request_is_answered_by_itself_and_not_kept(acme, mounted_client, request_of_a_user):
    client, mounted = mounted_client(find("acme/labels/pdf", acme))
    client.buy(request_of_a_user, key="MINE/1", account="acme")
    assert [sent.place for sent in mounted.sent] == ["POST https://api.acme.example/v1/labels"]
    assert "authorization" not in mounted.sent[0].headers


def test_exact_strength_compares_the_body_under_a_whole_client(acme, mounted_client, request_of_a_user):
    client, _ = mounted_client(find("acme/labels/pdf", acme), match="exact")
    with pytest.raises(ScenarioMismatch, match=r'\$.reference: expected "R1/1", sent "MINE/1"'):
        client.buy(request_of_a_user, key="MINE/1", account="acme")


def test_exact_strength_takes_a_secret_in_the_place_of_its_placeholder(acme, mounted_client):
    client, mounted = mounted_client(find("acme/tracking/two_numbers", acme), match="exact")
    assert set(client.track_many(["A1", "A2"], account="acme")) == {"A1", "A2"}
    mounted.verify_used()


def test_a_mismatch_on_the_wire_shows_no_secret(acme, mounted_client):
    client, mounted = mounted_client(find("acme/tracking/two_numbers", acme), match="exact")
    with pytest.raises(ScenarioMismatch) as caught:
        client.track_many(["A1", "B7"], account="acme")
    assert 'expected "A1;A2", sent "A1;B7"' in str(caught.value)
    assert not [secret for secret in SECRETS.values() if secret in f"{caught.value}{mounted.sent}"]


def test_a_request_that_nobody_expects_is_named_without_its_query(acme, mounted_client):
    client, _ = mounted_client(find("acme/labels/pdf", acme))
    with pytest.raises(ScenarioMismatch, match=r"sent      GET https://api.acme.example/v1/track\?\.\.\.") as caught:
        client.track_many(["A1"], account="acme")
    assert "canary" not in str(caught.value)


def test_a_secret_in_a_path_is_not_shown(copy, mounted_client):
    def sealed_path(value):
        value["interactions"][0]["request"]["url"] = "https://api.acme.example/v1/SEALED.app.SEALED/track"

    copy.change("tracking/two_numbers", sealed_path)
    router = respx.MockRouter()
    mount(router, copy.find("tracking/two_numbers"))
    with httpx.Client(transport=httpx.MockTransport(router.handler)) as plain:
        with pytest.raises(ScenarioMismatch, match=r"sent      GET https://api.acme.example/\.\.\.") as caught:
            plain.get("https://api.acme.example/v1/canary-app/other")
        assert "canary" not in str(caught.value)
        assert plain.get("https://api.acme.example/v1/canary-app/track").status_code == 200


def test_a_mismatch_that_was_swallowed_fails_when_use_is_verified(acme, mounted_client):
    client, mounted = mounted_client(find("acme/labels/pdf", acme))
    with pytest.raises(AssertionError):
        client.track_many(["A1"], account="acme")
    with pytest.raises(ScenarioMismatch, match="does not match"):
        mounted.verify_used()


def test_an_unused_interaction_fails_when_use_is_verified(acme, mounted_client):
    _, mounted = mounted_client(find("acme/labels/pdf", acme))
    with pytest.raises(ScenarioMismatch, match="never sent"):
        mounted.verify_used()


def test_several_scenarios_answer_one_client_in_any_order(acme, mounted_client, request_of_a_user):
    names = ("acme/labels/pdf", "acme/drop_offs/two_pages", "acme/tracking/two_numbers")
    client, mounted = mounted_client(*(find(name, acme) for name in names))
    assert client.track_many(["X"], account="acme")
    assert client.buy(request_of_a_user, key="MINE/1", account="acme").tracking_number
    mounted_places = [sent.place for sent in mounted.sent]
    assert mounted_places == ["GET https://api.acme.example/v1/track?...", "POST https://api.acme.example/v1/labels"]


def test_a_refusal_is_the_carriers_error(copy, mounted_client, request_of_a_user):
    refusal = {"status": 422, "json": {"code": "PLZ", "text": "unknown postcode"}}
    copy.change("labels/pdf", lambda value: value["interactions"][0].update(response=refusal))
    client, _ = mounted_client(copy.find("labels/pdf"), registry=copy.registry)
    with pytest.raises(AddressRejected, match="PLZ"):
        client.buy(request_of_a_user, key="MINE/1", account="acme")


def test_an_answer_has_its_length(acme):
    router = respx.MockRouter()
    mount(router, find("acme/tracking/two_numbers", acme))
    with httpx.Client(transport=httpx.MockTransport(router.handler)) as plain:
        answer = plain.get("https://api.acme.example/v1/track")
    assert answer.headers["content-length"] == str(len(answer.content))
    assert answer.headers["content-type"] == "application/xml"
