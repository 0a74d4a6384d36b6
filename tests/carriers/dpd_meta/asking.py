"""Orders and accounts for these tests, made from the named cast."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from retoure.carrier import CarrierContext, HttpResponse
from retoure.model import Address, BoundReturnAddress, LabelOrder, PickupOrder
from retoure.testing.samples import SAMPLES
from retoure_dpd_meta import DpdMetaSettings

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
WAREHOUSE = Address(name="Returns", street="Lagermusterweg", house_number="8", postal_code="10115", city="Berlin", country="DE")
NUMBER = "09999900000202"


class NoCards:
    """No prices."""

    def quote(self, request, *, settings, now):
        raise LookupError("no rate cards")


CONTEXT = CarrierContext(account="dpd_meta", clock=lambda: NOW, rate_cards=NoCards(), zone=BERLIN)


def account(**changes):
    given = {"environment": "sandbox", "username": "fake-user", "password": "fake-password", "customer_number": "9990001"}
    return DpdMetaSettings(**{**given, **changes})


def merged(base, changes):
    if isinstance(base, dict) and isinstance(changes, dict):
        return {**base, **{name: merged(base.get(name), value) for name, value in changes.items()}}
    return changes


def label_order(sample="munich_to_berlin", **changes):
    bound = BoundReturnAddress(name="berlin", address=WAREHOUSE)
    return LabelOrder.model_validate({**merged(dict(SAMPLES[sample]), changes), "account": "dpd_meta", "return_to": bound})


def pickup_order(*parcels, **changes):
    given = {**merged(dict(SAMPLES["pickup_in_munich"]), changes), "account": "dpd_meta"}
    return PickupOrder.model_validate({**given, "parcels": list(parcels) or given["parcels"]})


def answer(body, status=200):
    return HttpResponse(status, {"content-type": "application/json"}, json.dumps(body).encode(), NOW)


def sent_json(request):
    return json.loads(request.content, parse_float=Decimal)
