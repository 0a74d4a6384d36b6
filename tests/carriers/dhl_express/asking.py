"""Orders, accounts and answers for these tests, made from the named cast."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

from retoure.carrier import CarrierContext, HttpResponse
from retoure.model import (
    Address,
    BoundReturnAddress,
    LabelOrder,
    PickupOrder,
    PickupReference,
    QuoteRequest,
    TrackedParcel,
)
from retoure.testing.samples import SAMPLES
from retoure_dhl_express import DhlExpressSettings

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
NUMBER = "9999000011"
WAREHOUSE = Address(name="Returns", street="Lagermusterweg", house_number="8", postal_code="10115", city="Berlin", country="DE")


class NoCards:
    """No prices."""

    def quote(self, request, *, settings, now):
        raise LookupError("no rate cards")


def context(now=NOW):
    return CarrierContext(account="express", clock=lambda: now, rate_cards=NoCards(), zone=BERLIN)


CONTEXT = context()


def account(**changes):
    given = {
        "environment": "sandbox", "username": "example-user", "password": "fake-password", "account_number": "999999999",
        "phone": "+49 30 5550199",
    }  # fmt: skip
    return DhlExpressSettings(**{**given, **changes})


def merged(base, changes):
    if isinstance(base, dict) and isinstance(changes, dict):
        return {**base, **{name: merged(base.get(name), value) for name, value in changes.items()}}
    return changes


def label_order(sample="vienna_to_berlin", *, warehouse=WAREHOUSE, **changes):
    bound = BoundReturnAddress(name="berlin", address=warehouse)
    return LabelOrder.model_validate({**merged(dict(SAMPLES[sample]), changes), "account": "express", "return_to": bound})


def quote_request(sample="vienna_to_berlin", **changes):
    order = label_order(sample, **changes)
    return QuoteRequest(account="express", request=order.request, return_to=order.return_to)


def pickup_order(**changes):
    return PickupOrder.model_validate({**merged(dict(SAMPLES["pickup_in_vienna"]), changes), "account": "express"})


def booked_pickup(**changes):
    given = {"account": "express", **SAMPLES["booked_pickup_in_vienna"]["pickup"], "order": pickup_order(), **changes}
    return PickupReference.model_validate(given)


def parcel(number=NUMBER, **more):
    return TrackedParcel(number=number, **{"country": "DE", **more})


def answer(body, status=200, content_type="application/json", **headers):
    content = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return HttpResponse(status, {"content-type": content_type, **headers}, content, NOW)


def event(code, day="2026-06-02", clock="16:00:00", area="VIENNA-AT", **more):
    return {"date": day, "time": clock, "typeCode": code, "description": code, "serviceArea": [{"description": area}], **more}


def shipment(*events, number=NUMBER, **more):
    return {"shipmentTrackingNumber": number, "status": "Success", "events": list(events), **more}


def sent_json(request):
    return json.loads(request.content, parse_float=Decimal)


def query_of(request):
    return parse_qsl(urlsplit(request.url).query, keep_blank_values=True)


def result_of(call, *answers):
    """What a call comes to that is given these answers in turn, and what it asked."""
    asked, waiting = [], list(answers)
    try:
        request = next(call)
        while True:
            asked.append(request)
            request = call.send(waiting.pop(0))
    except StopIteration as stop:
        assert not waiting
        return stop.value, asked
