"""Orders, accounts and answers for these tests, made from the named cast."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from retoure.carrier import CarrierContext, HttpResponse
from retoure.model import Address, BoundReturnAddress, LabelOrder, PickupOrder, PickupReference, TrackedParcel
from retoure.testing.samples import SAMPLES
from retoure_dhl_paket import DhlPaketSettings

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
CREDENTIALS = {
    "username": "example-user", "password": "fake-password", "client_id": "fake-id", "client_secret": "fake-secret",
}  # fmt: skip
WAREHOUSE = Address(name="Returns", street="Lagermusterweg", house_number="8", postal_code="10115", city="Berlin", country="DE")
NUMBER = "00349900000000000017"


class NoCards:
    """No prices."""

    def quote(self, request, *, settings, now):
        raise LookupError("no rate cards")


CONTEXT = CarrierContext(account="dhl", clock=lambda: NOW, rate_cards=NoCards(), zone=BERLIN)


def account(**changes):
    given = {"environment": "sandbox", "pickup_billing_number": "22222222220801", **CREDENTIALS, **changes}
    return DhlPaketSettings(**given)


def key_only(**changes):
    return DhlPaketSettings(**{"environment": "production", "api_key": "fake-api-key", **changes})


def merged(base, changes):
    if isinstance(base, dict) and isinstance(changes, dict):
        return {**base, **{name: merged(base.get(name), value) for name, value in changes.items()}}
    return changes


def label_order(sample="munich_to_berlin", *, binding=None, **changes):
    bound = BoundReturnAddress(
        name="berlin",
        address=WAREHOUSE,
        binding={"receiver_ids": {"DE": "deu", "AT": "aut", "CH": "che", "GB": "gbr"}} if binding is None else binding,
    )
    return LabelOrder.model_validate({**merged(dict(SAMPLES[sample]), changes), "account": "dhl", "return_to": bound})


def pickup_order(**changes):
    return PickupOrder.model_validate({**merged(dict(SAMPLES["pickup_in_munich"]), changes), "account": "dhl"})


def booked_pickup():
    return PickupReference.model_validate({"account": "dhl", **SAMPLES["booked_pickup"]["pickup"]})


def parcel(number=NUMBER, **more):
    return TrackedParcel(number=number, **{"country": "DE", **more})


def answer(body, status=200, content_type="application/json"):
    content = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return HttpResponse(status, {"content-type": content_type}, content, NOW)


def sent_json(request):
    return json.loads(request.content, parse_float=Decimal)


def query_of(request):
    return {name: values[0] for name, values in parse_qs(urlsplit(request.url).query, keep_blank_values=True).items()}


def result_of(call):
    """What a call comes to that asks nobody."""
    try:
        request = next(call)
    except StopIteration as stop:
        return stop.value
    raise AssertionError(f"it wanted to ask {request.url}")
