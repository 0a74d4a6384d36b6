"""UPS: one tracking answer and one label call, over answers made here in UPS's shapes so that no file is needed."""

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import quote

from benchmarks.asking import answer, context, order
from benchmarks.measuring import Row, at_most, ratio
from retoure import TrackedParcel
from retoure_ups import UpsSettings
from retoure_ups.labels import build_create_request, parse_create_response
from retoure_ups.tracking import build_track_request, parse_track_response

NUMBER = "1ZEXMPL19012345675"
SETTINGS = UpsSettings(
    environment="production", client_id="fake-id", client_secret="fake-secret", account_number="EXMPL1", account_country="DE"
)
_PARCEL = TrackedParcel(number=NUMBER, country="DE")
_ORDER = order("ups", "GIF")
_EVENTS = (
    ("20260603", "100500", "D", "FS", "011", "Berlin"),
    ("20260603", "062000", "I", "OT", "021", "Berlin"),
    ("20260603", "021500", "I", "AR", "005", "Berlin"),
    ("20260602", "230100", "I", "DP", "005", "Hannover"),
    ("20260602", "211000", "I", "AR", "005", "Hannover"),
    ("20260602", "181500", "I", "OR", "005", "München"),
    ("20260602", "154200", "I", "XD", "167", "München"),
    ("20260601", "062500", "M", "MP", "003", ""),
)


_CONTEXT = context("ups")


def tracking_json() -> bytes:
    """One answer of the Tracking API, newest row first."""
    rows = [
        {
            "location": {"address": {"city": city, "countryCode": "DE", "country": "DE"}, "slic": "1234"},
            "status": {"type": type_, "code": code, "description": "text of the event", "statusCode": status},
            "date": day, "time": at, "gmtDate": day, "gmtTime": f"{at[:2]}:{at[2:4]}:{at[4:]}", "gmtOffset": "+02:00",
        }
        for day, at, type_, code, status, city in _EVENTS
    ]  # fmt: skip
    address = {"type": "DESTINATION", "address": {"city": "Berlin", "countryCode": "DE", "country": "DE"}}
    package = {"trackingNumber": NUMBER, "activity": rows, "packageCount": 1, "packageAddress": [address]}
    return json.dumps({"trackResponse": {"shipment": [{"inquiryNumber": NUMBER, "package": [package]}]}}).encode()


def label_json() -> bytes:
    """One answer of the Shipping API: a print return label as GIF of 12 kB, and the page of its receipt of 5 kB."""
    money = {"CurrencyCode": "EUR", "MonetaryValue": "9.80"}
    image, page = b"GIF89a" + bytes(range(256)) * 47, b"<!DOCTYPE HTML><html>" + b"<p>text of the receipt</p>" * 190
    package = {
        "TrackingNumber": NUMBER,
        "BaseServiceCharge": money,
        "ServiceOptionsCharges": money,
        "ShippingLabel": {"ImageFormat": {"Code": "GIF", "Description": "GIF"}, "GraphicImage": b64encode(image).decode()},
        "ShippingReceipt": {"ImageFormat": {"Code": "HTML", "Description": "HTML"}, "GraphicImage": b64encode(page).decode()},
    }
    results = {
        "ShipmentCharges": {"TransportationCharges": money, "ServiceOptionsCharges": money, "TotalCharges": money},
        "NegotiatedRateCharges": {"TotalCharge": {"CurrencyCode": "EUR", "MonetaryValue": "6.45"}},
        "BillingWeight": {"UnitOfMeasurement": {"Code": "KGS", "Description": "Kilograms"}, "Weight": "2.5"},
        "ShipmentIdentificationNumber": NUMBER,
        "PackageResults": [package],
    }
    status = {"ResponseStatus": {"Code": "1", "Description": "Success"}, "TransactionReference": {"CustomerContext": "R1/1"}}
    return json.dumps({"ShipmentResponse": {"Response": status, "ShipmentResults": results}}).encode()


def read_report(content: bytes) -> object:
    """Build the request and read the report, as the adapter's generator does."""
    build_track_request(_PARCEL, SETTINGS, _CONTEXT)
    return parse_track_response(answer(content), _PARCEL, SETTINGS, _CONTEXT)


def buy_label(content: bytes) -> object:
    """Build the order and read the label."""
    build_create_request(_ORDER, SETTINGS, _CONTEXT)
    return parse_create_response(answer(content), _ORDER, SETTINGS)


def floor(content: bytes) -> list[tuple[datetime, str, str]]:
    """The bare work on a tracking answer: parse it, and pick each event's time, codes and place."""
    quote(NUMBER, safe="")
    picked = []
    for shipment in json.loads(content)["trackResponse"]["shipment"]:
        for package in shipment["package"]:
            for row in package["activity"]:
                day, at, status, shift = row["gmtDate"], row["gmtTime"], row["status"], row["gmtOffset"]
                instant = datetime(
                    int(day[:4]), int(day[4:6]), int(day[6:]), int(at[:2]), int(at[3:5]), int(at[6:]), tzinfo=UTC
                ).astimezone(timezone(timedelta(hours=int(shift[:3]), minutes=int(shift[4:]))))
                codes = f"{status['type']}/{status['code']}/{status['statusCode']}"
                picked.append((instant, codes, row["location"]["address"]["city"]))
    picked.sort()
    return picked


def run() -> list[Row]:
    """One look-up and one label."""
    track, label = tracking_json(), label_json()
    return [
        at_most("UPS: one tracking answer, 8 events / floor", ratio(lambda: read_report(track), lambda: floor(track)), 3.0),
        at_most(
            "UPS: one label call, build and parse / json.loads", ratio(lambda: buy_label(label), lambda: json.loads(label)), 10.0
        ),
    ]
