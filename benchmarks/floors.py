"""The bare work on the same bytes: parse, pick, and nothing else. A test holds them to the adapters' own values."""

import json
from datetime import datetime, timedelta, timezone
from urllib.parse import quote
from xml.etree.ElementTree import fromstring

_SUMMER = timezone(timedelta(hours=2))
_XML = (
    '<?xml version="1.0" encoding="UTF-8" standalone="no"?><data appname="a" password="p" request="d-get-piece-detail" '
    'language-code="en" piece-code="{}"/>'
)


def track_xml(number: str, content: bytes) -> list[tuple[datetime, str, str, str, str]]:
    """Build the query of one look-up, parse its XML answer, and pick each event's time, codes and place."""
    quote(_XML.format(number), safe="")
    picked = []
    for shipment in fromstring(content):
        for events in shipment:
            for event in events:
                get = event.attrib.get
                text = get("event-timestamp", "")
                instant = datetime(
                    int(text[6:10]), int(text[3:5]), int(text[:2]), int(text[11:13]), int(text[14:]), tzinfo=_SUMMER
                )
                picked.append(
                    (instant, get("standard-event-code", ""), get("ice", ""), get("ric", ""), get("event-location", ""))
                )
    picked.sort()
    return picked


def track_json(number: str, content: bytes) -> list[tuple[datetime, str, str]]:
    """Build the query of one look-up, parse its JSON answer, and pick each event's time, status code and place."""
    quote(number, safe="")
    picked = []
    for shipment in json.loads(content)["shipments"]:
        for event in shipment["events"]:
            instant = datetime.fromisoformat(event["timestamp"]).replace(tzinfo=_SUMMER)
            picked.append((instant, event["statusCode"], event["location"]["address"]["addressLocality"]))
    picked.sort()
    return picked
