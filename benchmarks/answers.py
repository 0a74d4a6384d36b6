"""Answers as DHL gives them, made here so that a benchmark needs no file: eight events, one label of 40 kB."""

import json
from base64 import b64encode

NUMBER = "00340434161094000001"
_EVENTS = (
    ("01.06.2026 08:05", "VA", "PARCV", "NRQRD", ""),
    ("01.06.2026 14:10", "ES", "SHRCU", "PCKST", "München"),
    ("01.06.2026 18:20", "AE", "SRTED", "NRQRD", "Aschheim"),
    ("01.06.2026 21:47", "AA", "LDTMV", "MVMTV", "Aschheim"),
    ("02.06.2026 03:12", "EE", "ULFMV", "NRQRD", "Rüdersdorf"),
    ("02.06.2026 04:40", "NB", "SRTED", "NRQRD", "Rüdersdorf"),
    ("02.06.2026 07:55", "PO", "LDTMV", "MVMTV", "Berlin"),
    ("02.06.2026 11:30", "ZU", "DLVRD", "ACCPT", "Berlin"),
)
_ROW = (
    '<data name="piece-event" event-timestamp="{}" event-status="text of the event" event-text="text of the event" '
    'event-short-status="short text" ice="{ice}" ric="{ric}" event-location="{place}" event-country="Deutschland" '
    'standard-event-code="{standard}" ruecksendung="false"/>'
)
_SHIPMENT = (
    '<?xml version="1.0" encoding="UTF-8"?><data name="piece-shipment-list" code="0" request-id="r"><data name="piece-shipment" '
    'error-status="0" piece-code="{number}" searched-piece-code="{number}" status="text" standard-event-code="ZU" ice="DLVRD" '
    'ric="ACCPT" delivery-event-flag="1" dest-country="DE" origin-country="DE" shipment-weight="2.4" ruecksendung="false">'
    '<data name="piece-event-list" piece-identifier="{number}">{rows}</data></data></data>'
)


def tracking_xml() -> bytes:
    """One answer of Parcel DE Tracking."""
    rows = "".join(_ROW.format(when, standard=s, ice=i, ric=r, place=p) for when, s, i, r, p in _EVENTS)
    return _SHIPMENT.format(number=NUMBER, rows=rows).encode()


def _iso(when: str) -> str:
    return f"{when[6:10]}-{when[3:5]}-{when[:2]}T{when[11:]}:00"


def tracking_json() -> bytes:
    """One answer of Shipment Tracking - Unified."""
    words = ("pre-transit", *("transit",) * 6, "delivered")
    events = [
        {
            "timestamp": _iso(when), "location": {"address": {"addressLocality": place or "Bonn"}}, "statusCode": word,
            "status": f"{standard}/{ice}", "description": "text of the event",
        }
        for (when, standard, ice, _, place), word in zip(_EVENTS, words, strict=True)
    ]  # fmt: skip
    return json.dumps({"shipments": [{"id": NUMBER, "service": "parcel-de", "events": events}]}).encode()


def label_json() -> bytes:
    """One answer of the Returns API, with a label of 40 kB as DHL's are; both sides read it whole."""
    pdf = b"%PDF-1.4" + bytes(range(256)) * 160
    return json.dumps(
        {
            "sstatus": {"title": "Created", "status": 201, "detail": "The return label has been created."},
            "shipmentNo": NUMBER, "routingCode": "40327653113+99000933090010", "qrLink": "https://example.org/qr",
            "label": {"b64": b64encode(pdf).decode()},
            "qrLabel": {"b64": b64encode(b"\x89PNG\r\n\x1a\nexample").decode()},
        }
    ).encode()  # fmt: skip
