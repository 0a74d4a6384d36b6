"""DPD: one look-up and one label call of the Cloud Service, one label call of the META-API, each against the bare work."""

import json
from base64 import b64encode
from datetime import datetime, timedelta, timezone

from benchmarks.asking import answer, context, order
from benchmarks.measuring import Row, at_most, ratio
from retoure import TrackedParcel
from retoure.model import TrackingReport
from retoure_dpd import DpdSettings
from retoure_dpd import labels as cloud_labels
from retoure_dpd.tracking import build_track_request, parse_track_response
from retoure_dpd.wire import judge
from retoure_dpd_meta import DpdMetaSettings
from retoure_dpd_meta import labels as meta_labels

NUMBER = "09999900000101"
CLOUD = DpdSettings(
    environment="production", partner_name="fake", partner_token="fake", cloud_user_id="fake-1", user_token="fake"
)
META = DpdMetaSettings(environment="production", username="fake", password="fake-password", customer_number="9990001")
CONTEXT = context("dpd")
ORDER = order("dpd", "PDF", binding={"account_address": True})
_STATUSES = (
    ("SHIPMENT", "02.06.2026, 09:00", ""),
    ("ACCEPTED", "02.06.2026, 16:05", "Paketshop München"),
    ("AT_SENDING_DEPOT", "02.06.2026, 21:28", "Depot München"),
    ("ON_THE_ROAD", "03.06.2026, 01:30", "Umschlag Mitte"),
    ("AT_DELIVERY_DEPOT", "03.06.2026, 06:05", "Depot Berlin"),
    ("DELIVERED", "03.06.2026, 11:42", "Depot Berlin"),
)
_SUMMER = timezone(timedelta(hours=2))


def _line(content: str) -> dict[str, object]:
    return {"content": content, "bold": False, "paragraph": False}


def tracking_answer() -> bytes:
    """One answer of ``ParcelLifeCycle``: six statuses, all of them reached."""
    statuses = [
        {
            "status": code, "label": _line(f"Text of {code}"), "statusHasBeenReached": True, "isCurrentStatus": False,
            "showContactInfo": False, "location": _line(place), "date": _line(at),
        }
        for code, at, place in _STATUSES
    ]  # fmt: skip
    head = {"Version": 100, "Language": "de_DE", "Ack": True, "TimeStamp": "2026-06-05T14:00:00+02:00", "ErrorDataList": []}
    return json.dumps({**head, "ParcelLifeCycleData": {"statusInfo": statuses}}).encode()


def _page() -> str:
    return b64encode(b"%PDF-1.4" + bytes(range(256)) * 160).decode()


def cloud_answer() -> bytes:
    """One answer of ``setOrder`` with a label of 40 kB."""
    data = [{"YourInternalID": "R1/1", "ParcelNo": NUMBER}]
    head = {"Version": 100, "Language": "en_EN", "Ack": True, "TimeStamp": "2026-06-05T14:00:00+02:00", "ErrorDataList": []}
    return json.dumps({**head, "LabelResponse": {"LabelPDF": _page(), "LabelDataList": data}}).encode()


def meta_answer() -> bytes:
    """One answer of ``/shipment`` with a label of 40 kB."""
    label = {"base64Data": _page(), "media-type": "application/pdf"}
    return json.dumps({"shipmentId": "S1", "parcelIds": [NUMBER], "networkParcelIds": ["1"], "label": label}).encode()


def floor(content: bytes) -> list[tuple[datetime, str, str, str]]:
    """Parse an answer and pick each reached status's time, code, words and place."""
    picked = []
    for row in json.loads(content)["ParcelLifeCycleData"]["statusInfo"]:
        if row["statusHasBeenReached"]:
            at = row["date"]["content"]
            instant = datetime(int(at[6:10]), int(at[3:5]), int(at[:2]), int(at[12:14]), int(at[15:]), tzinfo=_SUMMER)
            picked.append((instant, row["status"], row["label"]["content"], row["location"]["content"]))
    picked.sort()
    return picked


def read_report(parcel: TrackedParcel, content: bytes) -> TrackingReport:
    """Build the request, judge the answer and read the report."""
    build_track_request(parcel, CLOUD)
    response = answer(content)
    judge(response)
    report = parse_track_response(response, parcel, CONTEXT)
    if not isinstance(report, TrackingReport):
        raise TypeError(report)
    return report


def buy_from_cloud(content: bytes) -> object:
    """Build the order, judge the answer and read the label."""
    cloud_labels.build_create_request(ORDER, CLOUD, CONTEXT)
    response = answer(content)
    judge(response)
    return cloud_labels.parse_create_response(response, ORDER, CLOUD)


def buy_from_meta(content: bytes) -> object:
    """Build the order and read the label."""
    meta_labels.build_create_request(ORDER, META, CONTEXT)
    return meta_labels.parse_create_response(answer(content), ORDER, META)


def run() -> list[Row]:
    """One look-up, and a label call of each interface."""
    tracking, cloud, meta = tracking_answer(), cloud_answer(), meta_answer()
    parcel = TrackedParcel(number=NUMBER, country="DE")
    return [
        at_most(
            "DPD: one life cycle, 6 statuses / floor", ratio(lambda: read_report(parcel, tracking), lambda: floor(tracking)), 3.0
        ),
        at_most(
            "DPD: one label call, build and parse / json.loads",
            ratio(lambda: buy_from_cloud(cloud), lambda: json.loads(cloud)),
            10.0,
        ),
        at_most(
            "DPD META-API: one label call, build and parse / json.loads",
            ratio(lambda: buy_from_meta(meta), lambda: json.loads(meta)),
            10.0,
        ),
    ]
