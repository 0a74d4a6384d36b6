"""Orders, accounts and answers for these tests, made from the named cast."""

import json
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from retoure.carrier import CarrierContext, HttpResponse
from retoure.errors import CarrierError
from retoure.model import Address, BoundReturnAddress, LabelOrder, PickupOrder, PickupReference, QuoteRequest, TrackedParcel
from retoure.testing.samples import SAMPLES
from retoure_ups import UpsSettings

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
NUMBER = "1ZEXMPL19012345675"
OTHER_NUMBER = "1ZEXMPL19012345684"
WAREHOUSE = Address(
    name="Returns", company="Example Handel", street="Lagermusterweg", house_number="8", postal_code="10115", city="Berlin",
    country="DE", phone="+49 30 5550199",
)  # fmt: skip
NEW_YORK = {
    "name": "Grace Sample", "street": "Specimen Avenue", "house_number": "12", "postal_code": "10001", "city": "New York",
    "state": "NY", "country": "US",
}  # fmt: skip


class NoCards:
    """No prices."""

    def quote(self, request, *, settings, now):
        raise LookupError("no rate cards")


CONTEXT = CarrierContext(account="ups", clock=lambda: NOW, rate_cards=NoCards(), zone=ZoneInfo("Europe/Berlin"))


def account(**changes):
    given = {
        "environment": "sandbox", "client_id": "fake-id", "client_secret": "fake-secret", "account_number": "EXMPL1",
        "account_country": "DE", "phone": "+49 30 5550199",
    }  # fmt: skip
    return UpsSettings(**{**given, **changes})


def merged(base, changes):
    if isinstance(base, dict) and isinstance(changes, dict):
        return {**base, **{name: merged(base.get(name), value) for name, value in changes.items()}}
    return changes


def _asked(sample, changes, warehouse):
    bound = BoundReturnAddress(name="berlin", address=warehouse)
    return {**merged(dict(SAMPLES[sample]), changes), "account": "ups", "return_to": bound}


def label_order(sample="munich_to_berlin", *, warehouse=WAREHOUSE, **changes):
    return LabelOrder.model_validate(_asked(sample, changes, warehouse))


def quote_request(sample="munich_to_berlin", *, warehouse=WAREHOUSE, **changes):
    asked = _asked(sample, {"request": changes}, warehouse)
    return QuoteRequest(account="ups", request=asked["request"], return_to=asked["return_to"])


def pickup_order(**changes):
    own = {"parcels": [{"parcel": SAMPLES["pickup_in_munich"]["parcels"][0]["parcel"], "tracking_number": NUMBER}]}
    return PickupOrder.model_validate({**merged({**SAMPLES["pickup_in_munich"], **own}, changes), "account": "ups"})


def booked_pickup(**more):
    return PickupReference(account="ups", confirmation_number="2929602E9CP", **more)


def parcel(number=NUMBER, **more):
    return TrackedParcel(number=number, **more)


def answer(body, status=200, **headers):
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return HttpResponse(status, {"content-type": "application/json", **headers}, content, NOW)


def fault(code, text="no", status=400):
    return answer({"response": {"errors": [{"code": code, "message": text}]}}, status)


def sent_json(request):
    return json.loads(request.content)


def query_of(request):
    return {name: values[0] for name, values in parse_qs(urlsplit(request.url).query, keep_blank_values=True).items()}


def driven(call, *answers):
    """What a call comes to, and the requests that it made; an answer that is an error is thrown into it."""
    requests, left = [], list(answers)
    try:
        request = next(call)
        while True:
            requests.append(request)
            reply = left.pop(0)
            request = call.throw(reply) if isinstance(reply, CarrierError) else call.send(reply)
    except StopIteration as stop:
        return stop.value, requests
