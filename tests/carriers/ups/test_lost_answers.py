"""What leaves, and what is told, where an answer is lost: under the whole client, with nothing between it and the wire."""

import json

import httpx
import pytest
from tests.carriers.ups.asking import NOW, NUMBER, WAREHOUSE, account

from retoure import AsyncClient, Client, ReturnAddress, ReturnRequest
from retoure.carrier import NotSeen
from retoure.errors import AuthenticationFailed, OutcomeUnknown, RateLimited
from retoure.purchases import Unprotected
from retoure.testing.samples import SAMPLES

REQUEST = ReturnRequest.model_validate(SAMPLES["munich_to_berlin"]["request"])
RECOVERED = {"LabelRecoveryResponse": {"ShipmentIdentificationNumber": NUMBER, "LabelResults": [{"TrackingNumber": NUMBER}]}}


class Carrier:
    """UPS as a function: it remembers what reached it, and loses the answer to a purchase."""

    def __init__(self, recovery=RECOVERED, token=None):
        self.reached = []
        self._recovery, self._token = recovery, token

    def __call__(self, request):
        path = request.url.path
        self.reached.append(path)
        if path.endswith("/token"):
            return self._token or httpx.Response(200, json={"access_token": "fake-token", "expires_in": "14399"})
        if path.endswith("/ship"):
            raise httpx.ReadTimeout("no answer", request=request)
        if self._recovery is None:
            return httpx.Response(400, json={"response": {"errors": [{"code": "300022", "message": "none"}]}})
        asked = json.loads(request.content)["LabelRecoveryRequest"]
        assert asked.get("TrackingNumber") == NUMBER or asked["ReferenceValues"]["ReferenceNumber"] == {"Value": "K-1"}
        return httpx.Response(200, json=self._recovery)

    @property
    def purchases(self):
        return [path for path in self.reached if path.endswith("/ship")]


def options(carrier):
    return {
        "purchases": Unprotected(),
        "return_addresses": {"berlin": ReturnAddress(address=WAREHOUSE)},
        "clock": lambda: NOW,
        "transport": httpx.MockTransport(carrier),
    }


def client_of(carrier):
    return Client({"ups": account()}, sleep=lambda _: None, **options(carrier))


def test_a_lost_purchase_is_sent_once_looked_up_and_found():
    carrier = Carrier()
    with client_of(carrier) as client:
        label = client.buy(REQUEST, key="K-1", account="ups")
        assert (label.tracking_number, label.key, label.rma) == (NUMBER, "K-1", REQUEST.rma)
        assert client.label_for("K-1") == client.buy(REQUEST, key="K-1", account="ups") == label
    assert [path.rpartition("/")[2] for path in carrier.reached] == ["token", "ship", "recovery", "recovery"]
    assert "looked up by its key and found" in label.notices[-1]


async def test_so_it_is_asynchronously():
    carrier = Carrier()

    async def no_sleep(_seconds):
        pass

    async with AsyncClient({"ups": account()}, sleep=no_sleep, **options(carrier)) as client:
        label = await client.buy(REQUEST, key="K-1", account="ups")
    assert label.tracking_number == NUMBER
    assert [path.rpartition("/")[2] for path in carrier.reached] == ["token", "ship", "recovery", "recovery"]


def test_a_look_up_that_finds_nothing_leaves_the_outcome_open():
    carrier = Carrier(recovery=None)
    with client_of(carrier) as client:
        for _ in range(2):
            with pytest.raises(OutcomeUnknown, match="does not see it") as caught:
                client.buy(REQUEST, key="K-1", account="ups")
            assert (caught.value.key, caught.value.attempted_at) == ("K-1", NOW)
        found = client.find_label("K-1", NOW, account="ups")
    assert isinstance(found, NotSeen)
    assert not found.conclusive
    assert len(carrier.purchases) == 1


def test_a_token_that_is_refused_tells_ups_code_and_words():
    refusal = httpx.Response(401, json={"response": {"errors": [{"code": "10401", "message": "ClientId is Invalid"}]}})
    with client_of(Carrier(token=refusal)) as client, pytest.raises(AuthenticationFailed, match="ClientId is Invalid") as caught:
        client.track(NUMBER, account="ups")
    assert caught.value.carrier_code == "10401"


def test_too_many_tokens_are_a_limit_and_no_wrong_password():
    refusal = httpx.Response(429, json={"response": {"errors": [{"code": "10429", "message": "Too Many Requests"}]}})
    with client_of(Carrier(token=refusal)) as client, pytest.raises(RateLimited):
        client.track(NUMBER, account="ups")
