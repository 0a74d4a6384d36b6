"""What an adapter adds to the bare work on an answer's bytes."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from benchmarks import floors
from benchmarks.answers import NUMBER, label_json, tracking_json, tracking_xml
from benchmarks.measuring import Row, at_most, ratio
from retoure import Address, Formats, Parcel, ReturnRequest, TrackedParcel
from retoure.carrier import HttpResponse
from retoure.model import BoundReturnAddress, LabelOrder
from retoure_dhl_paket import DhlPaketSettings
from retoure_dhl_paket.labels import build_create_request, parse_create_response
from retoure_dhl_paket.tracking import build_track_request, parse_track_response
from retoure_dhl_paket.unified import build_unified_request, parse_unified_response

NOW = datetime(2026, 6, 2, 12, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
SETTINGS = DhlPaketSettings(
    environment="production", username="user", password="fake-password", client_id="fake-key", client_secret="fake-secret"
)
PARCEL = TrackedParcel(number=NUMBER, country="DE")
_WAREHOUSE = Address(name="Returns", street="Hafenstr.", house_number="1", postal_code="10115", city="Berlin", country="DE")
ORDER = LabelOrder(
    account="dhl",
    key="R1/1",
    formats=Formats(need={"PDF", "QR"}),
    return_to=BoundReturnAddress(name="berlin", address=_WAREHOUSE, binding={"receiver_ids": {"DE": "deu"}}),
    request=ReturnRequest(
        rma="R1",
        return_to="berlin",
        parcel=Parcel.of("2.4 kg", "30 x 20 x 10 cm"),
        ship_from=Address(
            name="Marta Beispiel", street="Lindwurmweg", house_number="7", postal_code="80331", city="München", country="DE"
        ),
    ),
)


def _answer(content: bytes, status: int = 200) -> HttpResponse:
    return HttpResponse(status, {"content-type": "application/json"}, content, NOW)


def read_xml_report(content: bytes) -> object:
    """Build the request and read the report, as the adapter's generator does."""
    build_track_request([PARCEL], SETTINGS)
    return parse_track_response(_answer(content), [PARCEL], BERLIN)[NUMBER]


def read_json_report(content: bytes) -> object:
    """The same for the API that needs a key alone."""
    build_unified_request(PARCEL, SETTINGS)
    return parse_unified_response(_answer(content), PARCEL, BERLIN)


def buy_label(content: bytes) -> object:
    """Build the order and read the label."""
    build_create_request(ORDER, SETTINGS)
    return parse_create_response(_answer(content, 201), ORDER, SETTINGS)


def run() -> list[Row]:
    """Tracking in both forms, and one label call."""
    xml, unified, label = tracking_xml(), tracking_json(), label_json()
    return [
        at_most(
            "one tracking answer, XML, 8 events / floor",
            ratio(lambda: read_xml_report(xml), lambda: floors.track_xml(NUMBER, xml)),
            3.0,
        ),
        at_most(
            "one tracking answer, JSON, 8 events / floor",
            ratio(lambda: read_json_report(unified), lambda: floors.track_json(NUMBER, unified)),
            3.0,
        ),
        at_most("one label call, build and parse / json.loads", ratio(lambda: buy_label(label), lambda: json.loads(label)), 10.0),
    ]
