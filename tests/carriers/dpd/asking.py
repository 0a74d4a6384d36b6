"""Orders, accounts and answers for these tests, made from the named cast."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from retoure.carrier import CarrierContext, HttpResponse
from retoure.model import Address, BoundReturnAddress, LabelOrder, TrackedParcel
from retoure.testing.samples import SAMPLES
from retoure_dpd import DpdSettings

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
CREDENTIALS = {
    "partner_name": "fake-partner", "partner_token": "fake-partner-token", "cloud_user_id": "1234567",
    "user_token": "fake-user-token",
}  # fmt: skip
WAREHOUSE = Address(name="Returns", street="Lagermusterweg", house_number="8", postal_code="10115", city="Berlin", country="DE")
NUMBER = "09999900000101"


class NoCards:
    """No prices."""

    def quote(self, request, *, settings, now):
        raise LookupError("no rate cards")


CONTEXT = CarrierContext(account="dpd", clock=lambda: NOW, rate_cards=NoCards(), zone=BERLIN)


def account(**changes):
    return DpdSettings(**{"environment": "sandbox", **CREDENTIALS, **changes})


def merged(base, changes):
    if isinstance(base, dict) and isinstance(changes, dict):
        return {**base, **{name: merged(base.get(name), value) for name, value in changes.items()}}
    return changes


def label_order(sample="munich_to_berlin", *, binding=None, **changes):
    own = {"account_address": True} if binding is None else binding
    bound = BoundReturnAddress(name="berlin", address=WAREHOUSE, binding=own)
    return LabelOrder.model_validate({**merged(dict(SAMPLES[sample]), changes), "account": "dpd", "return_to": bound})


def parcel(number=NUMBER, **more):
    return TrackedParcel(number=number, **{"country": "DE", "postal_code": "10115", **more})


def answer(body, status=200, content_type="application/json"):
    content = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return HttpResponse(status, {"content-type": content_type}, content, NOW)


def bought(number=NUMBER, document="JVBERi0xLjQK", **more):
    labels = {"LabelPDF": document, "LabelDataList": [{"YourInternalID": "RMA-1001/1", "ParcelNo": number}]}
    return {"Version": 100, "Ack": True, "TimeStamp": "2026-03-01T10:00:00+01:00", "LabelResponse": labels, **more}


def refused(*errors):
    listed = [{"ErrorID": number, "ErrorCode": code, "ErrorMsgLong": f"about {code}"} for number, code in errors]
    return {"Version": 100, "Ack": False, "TimeStamp": "2026-03-01T10:00:00+01:00", "ErrorDataList": listed}


def sent_json(request):
    return json.loads(request.content, parse_float=Decimal)
