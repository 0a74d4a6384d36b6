"""What an adapter adds to the bare work on an answer's bytes."""

import json

from benchmarks import floors
from benchmarks.answers import NUMBER, label_json, tracking_json, tracking_xml
from benchmarks.asking import BERLIN, answer, order
from benchmarks.measuring import Row, at_most, ratio
from retoure import TrackedParcel
from retoure_dhl_paket import DhlPaketSettings
from retoure_dhl_paket.labels import build_create_request, parse_create_response
from retoure_dhl_paket.tracking import build_track_request, parse_track_response
from retoure_dhl_paket.unified import build_unified_request, parse_unified_response

SETTINGS = DhlPaketSettings(
    environment="production", username="user", password="fake-password", client_id="fake-key", client_secret="fake-secret"
)
PARCEL = TrackedParcel(number=NUMBER, country="DE")
ORDER = order("dhl", "PDF", "QR", binding={"receiver_ids": {"DE": "deu"}})


def read_xml_report(content: bytes) -> object:
    """Build the request and read the report, as the adapter's generator does."""
    build_track_request([PARCEL], SETTINGS)
    return parse_track_response(answer(content), [PARCEL], BERLIN)[NUMBER]


def read_json_report(content: bytes) -> object:
    """The same for the API that needs a key alone."""
    build_unified_request(PARCEL, SETTINGS)
    return parse_unified_response(answer(content), PARCEL, BERLIN)


def buy_label(content: bytes) -> object:
    """Build the order and read the label."""
    build_create_request(ORDER, SETTINGS)
    return parse_create_response(answer(content, 201), ORDER, SETTINGS)


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
