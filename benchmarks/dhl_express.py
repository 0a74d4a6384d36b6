"""DHL Express: one label call, one tracking answer, and a batch of 200 numbers, each against the bare work on the same bytes."""

import json
from base64 import b64encode
from datetime import datetime, timedelta, timezone
from urllib.parse import quote, urlencode

from benchmarks.asking import VIENNA, answer, context, order
from benchmarks.measuring import Row, at_most, ratio
from retoure import TrackedParcel
from retoure_dhl_express import DhlExpressSettings
from retoure_dhl_express.labels import build_create_request, parse_create_response
from retoure_dhl_express.tracking import build_track_requests, parse_track_response

NUMBER = "9999000011"
BATCH = tuple(str(int(NUMBER) + number) for number in range(200))
SETTINGS = DhlExpressSettings(
    environment="production", username="user", password="fake-password", account_number="999999999", phone="+49 30 5550199"
)
CONTEXT = context("express")
ORDER = order("express", "PDF", ship_from=VIENNA)
_EVENTS = (
    ("2026-06-02", "16:05:10", "PU", "Shipment picked up", "VIE", "VIENNA-AT"),
    ("2026-06-02", "18:47:01", "AF", "Arrived at DHL Sort Facility - VIENNA-AT", "VIE", "VIENNA-AT"),
    ("2026-06-02", "19:40:02", "PL", "Processed at- VIENNA-AT", "VIE", "VIENNA-AT"),
    ("2026-06-02", "21:28:58", "DF", "Shipment has departed from a DHL facility- VIENNA-AT", "VIE", "VIENNA-AT"),
    ("2026-06-03", "04:09:01", "AF", "Arrived at DHL Sort Facility - LEIPZIG-DE", "LEJ", "LEIPZIG-DE"),
    ("2026-06-03", "05:18:00", "DF", "Shipment has departed from a DHL facility- LEIPZIG-DE", "LEJ", "LEIPZIG-DE"),
    ("2026-06-03", "09:02:33", "WC", "Shipment is out with courier for delivery", "BER", "BERLIN-DE"),
    ("2026-06-03", "11:30:12", "OK", "Delivered", "BER", "BERLIN-DE"),
)
_SUMMER = timezone(timedelta(hours=2))  # in Austria as in Germany


def _party(country: str, code: str, area: str) -> dict[str, object]:
    address = {"cityName": "", "postalCode": "", "provinceCode": "", "countryCode": country}
    return {"name": "", "postalAddress": address, "serviceArea": [{"code": code, "description": area}]}


def _shipment(number: str) -> dict[str, object]:
    # Every parcel has times of its own, as in life.
    shift = timedelta(seconds=int(number[-3:]) * 7)
    moments = [datetime.fromisoformat(f"{day}T{clock}") + shift for day, clock, *_ in _EVENTS]
    events = [
        {
            "date": f"{at:%Y-%m-%d}", "time": f"{at:%H:%M:%S}", "typeCode": code, "description": text,
            "serviceArea": [{"code": area, "description": place}],
        }
        for at, (_, _, code, text, area, place) in zip(moments, _EVENTS, strict=True)
    ]  # fmt: skip
    return {
        "shipmentTrackingNumber": number, "status": "Success", "shipmentTimestamp": "2026-06-02T12:00:00", "productCode": "U",
        "description": "Returned goods", "shipperDetails": _party("AT", "VIE", "VIENNA-AT"),
        "receiverDetails": _party("DE", "BER", "BERLIN-DE"), "totalWeight": 2.4, "unitOfMeasurements": "metric",
        "shipperReferences": [{"value": "R1", "typeCode": "CU"}], "events": events, "numberOfPieces": 1,
        "pieces": [
            {
                "number": 1, "typeCode": "", "shipmentTrackingNumber": number, "trackingNumber": f"JD0199990000{number}",
                "weight": 2.4, "unitOfMeasurements": "metric", "events": events,
            }
        ],
    }  # fmt: skip


def tracking_answer(*numbers: str) -> bytes:
    """One answer of ``GET /tracking``: eight events for each number, and again for its piece."""
    return json.dumps({"shipments": [_shipment(number) for number in numbers]}).encode()


def label_answer() -> bytes:
    """One answer of ``POST /shipments``: a label of 40 kB and its waybill of 30 kB."""
    pages = {"label": b"%PDF-1.4" + bytes(range(256)) * 160, "waybillDoc": b"%PDF-1.4" + bytes(range(256)) * 120}
    return json.dumps(
        {
            "shipmentTrackingNumber": NUMBER, "trackingUrl": f"https://express.api.dhl.com/mydhlapi/shipments/{NUMBER}/tracking",
            "packages": [
                {
                    "referenceNumber": 1, "trackingNumber": f"JD0199990000{NUMBER}",
                    "trackingUrl": f"https://express.api.dhl.com/mydhlapi/shipments/{NUMBER}/tracking", "volumetricWeight": 1.2,
                }
            ],
            "documents": [
                {"imageFormat": "PDF", "content": b64encode(page).decode(), "typeCode": code} for code, page in pages.items()
            ],
            "shipmentDetails": [{"billingCode": "IMP", "serviceHandlingFeatureCodes": [], "volumetricWeight": 1.2}],
            "estimatedDeliveryDate": {"estimatedDeliveryDate": "2026-06-08", "estimatedDeliveryType": "QDDC"},
        }
    ).encode()  # fmt: skip


def floor(numbers: tuple[str, ...], content: bytes) -> dict[str, list[tuple[datetime, str, str, str]]]:
    """Build the query of a batch, parse its answer, and pick each event's time, code, words and place."""
    urlencode([*(("shipmentTrackingNumber", number) for number in numbers), ("levelOfDetail", "all")], quote_via=quote)
    reports = {}
    for shipment in json.loads(content)["shipments"]:
        picked = []
        for event in shipment["events"]:
            instant = datetime.fromisoformat(f"{event['date']}T{event['time']}").replace(tzinfo=_SUMMER)
            picked.append((instant, event["typeCode"], event["description"], event["serviceArea"][0]["description"]))
        picked.sort()
        reports[shipment["shipmentTrackingNumber"]] = picked
    return reports


def read_reports(parcels: list[TrackedParcel], content: bytes) -> dict[str, object]:
    """Build the request and read the reports, as the adapter's generator does."""
    reports: dict[str, object] = {}
    for _, asked in build_track_requests(parcels, SETTINGS):
        reports |= parse_track_response(answer(content), asked, SETTINGS, CONTEXT)
    return reports


def buy_label(content: bytes) -> object:
    """Build the order and read the label."""
    build_create_request(ORDER, SETTINGS, CONTEXT)
    return parse_create_response(answer(content, 201), ORDER, SETTINGS)


def run() -> list[Row]:
    """Tracking of one number and of a batch, and one label call."""
    one, batch, label = tracking_answer(NUMBER), tracking_answer(*BATCH), label_answer()
    parcel, parcels = (
        [TrackedParcel(number=NUMBER, country="DE")],
        [TrackedParcel(number=number, country="DE") for number in BATCH],
    )
    return [
        at_most(
            "DHL Express: one tracking answer, 8 events / floor",
            ratio(lambda: read_reports(parcel, one), lambda: floor((NUMBER,), one)),
            3.0,
        ),
        at_most(
            "DHL Express: one answer of 200 numbers, 8 events each / floor",
            ratio(lambda: read_reports(parcels, batch), lambda: floor(BATCH, batch), repeats=2, rounds=9),
            3.0,
        ),
        at_most(
            "DHL Express: one label call, build and parse / json.loads",
            ratio(lambda: buy_label(label), lambda: json.loads(label)),
            10.0,
        ),
    ]
