"""A parcel's history in the XML of Parcel DE Tracking, as events in our words.

Events are read by the thousand: one look-up in a cache for each code, time and place, and no pattern matching. Attributes are
those of DHL's portal pages; the XML schemas in circulation are third-party reconstructions. Times are German local time, foreign
scans included as far as DHL says anything: those are flagged.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias
from zoneinfo import ZoneInfo

from retoure.carrier import aware
from retoure.errors import MalformedResponse
from retoure.model import NOWHERE, Custody, Kind, Place, Precision, TrackingEvent, ZoneSource
from retoure_dhl_paket.codes import FOREIGN_SCAN, NEEDS_REVIEW, RETURN_FLAG, SHIPMENT_RETURN_FLAG, classify

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_Row: TypeAlias = tuple[datetime, tuple[str, ...], "Mapping[str, str]"]
_GERMANY = frozenset({"DE", "DEU", "Deutschland", "Germany"})
_DELIVERED_OR_GONE = frozenset({Kind.DELIVERED, Kind.DELIVERED_TO_NEIGHBOUR, Kind.DISPOSED})


def read_history(shipments: Sequence["Element"], zone: ZoneInfo) -> tuple[tuple[TrackingEvent, ...], tuple[str, ...]]:
    """Every event of the shipments behind one number, oldest first, with the report's flags.

    Several shipments make one history with a flag: time tells which of them is the label's.
    """
    rows: list[_Row] = []
    for shipment in shipments:
        own = [row for attributes in _event_attributes(shipment) if (row := _row(attributes, zone))]
        if len(own) > 1 and own[0][0] > own[-1][0]:
            own.reverse()  # DHL does not document its order; within a minute it decides what came first
        rows += own
    rows.sort(key=_at)
    events = tuple([_event(row, sequence) for sequence, row in enumerate(rows)])
    flags = ["several_shipments"] if len(shipments) > 1 else []
    if any(shipment.get("ruecksendung") == "true" for shipment in shipments):
        flags.append(SHIPMENT_RETURN_FLAG)
    if shipments[-1].get("delivery-event-flag") == "1":
        events, unmatched = _delivered_by_flag(events, shipments[-1])
        flags += unmatched
    return events, tuple(flags)


def _at(row: _Row) -> datetime:
    return row[0]


def _event_attributes(shipment: "Element") -> list[Mapping[str, str]]:
    listed: list[Mapping[str, str]] = [event.attrib for events in shipment for event in events]
    if listed or not shipment.get("status-timestamp"):
        return listed
    # No list of events: the shipment's own status is the last one.
    status = shipment.attrib
    return [{**status, "event-timestamp": status["status-timestamp"], "event-status": status.get("status", "")}]


def _row(attributes: Mapping[str, str], zone: ZoneInfo) -> _Row | None:
    text = attributes.get("event-timestamp", "")
    if not text and not attributes.get("standard-event-code") and not attributes.get("ice"):
        return None  # it says neither what nor when
    instant, flags = _instant(text, zone)
    return instant, flags, attributes


@lru_cache(maxsize=4096)
def _instant(text: str, zone: ZoneInfo) -> tuple[datetime, tuple[str, ...]]:
    """``dd.MM.yyyy HH:mm`` as an instant.

    An event whose time cannot be read makes the number's read a failed one: without it the history could look as if nothing had
    happened.
    """
    if len(text) != 16 or text[2:6:3] != ".." or text[13] != ":":
        raise MalformedResponse(f"an event's time cannot be read: {text[:30]!r}")
    try:
        local = datetime(int(text[6:10]), int(text[3:5]), int(text[:2]), int(text[11:13]), int(text[14:]))  # noqa: DTZ001
    except ValueError:
        raise MalformedResponse(f"an event's time cannot be read: {text[:30]!r}") from None
    return aware(local, zone)


def _event(row: _Row, sequence: int) -> TrackingEvent:
    instant, flags, attributes = row
    get = attributes.get
    standard, ice, ric = get("standard-event-code", ""), get("ice", ""), get("ric", "")
    reading = classify(standard, ice, ric)
    flags += reading.flags
    if get("ruecksendung") == "true":
        flags += (RETURN_FLAG,)
    country = get("event-country", "")
    if country and country not in _GERMANY:
        flags += (FOREIGN_SCAN,)
    return TrackingEvent(
        reading.kind, reading.custody, instant, get("event-timestamp", ""), ZoneSource.CARRIER, Precision.MINUTE,
        _raw_code(standard, ice, ric), get("event-status") or get("event-text") or get("event-short-status") or "",
        _place(get("event-location", ""), country), sequence, flags,
    )  # fmt: skip


@lru_cache(maxsize=4096)
def _raw_code(standard: str, ice: str, ric: str) -> str:
    return "/".join((standard, ice, ric)).rstrip("/")


@lru_cache(maxsize=4096)
def _place(location: str, country: str) -> Place:
    """Where it was; DHL writes the country as a code or in words, and only what is surely a code is taken for one."""
    if not location and not country:
        return NOWHERE
    return Place(text=", ".join(filter(None, (location, country))), country=country_code(country))


def country_code(told: str) -> str:
    """The two-letter code of a country that DHL writes as a code or in words, or nothing where it is not surely one."""
    if told in _GERMANY:
        return "DE"
    return told if len(told) == 2 and told.isupper() else ""


def _delivered_by_flag(events: tuple[TrackingEvent, ...], shipment: "Element") -> tuple[tuple[TrackingEvent, ...], list[str]]:
    """Delivery by ``delivery-event-flag`` where no event says it: the event that is the shipment's status.

    Never a payment, a disposal or a retraction; and it wants a person's look.
    """
    if any(event.kind in _DELIVERED_OR_GONE for event in events):
        return events, []
    raw = _raw_code(shipment.get("standard-event-code", ""), shipment.get("ice", ""), shipment.get("ric", ""))
    for index in range(len(events) - 1, -1, -1):
        event = events[index]
        if event.raw_code == raw and event.local_text == shipment.get("status-timestamp") and event.custody is not Custody.NONE:
            changed = replace(
                event, kind=Kind.DELIVERED, custody=Custody.PHYSICAL,
                flags=tuple(dict.fromkeys((*event.flags, "delivery_flag", NEEDS_REVIEW))),
            )  # fmt: skip
            return (*events[:index], changed, *events[index + 1 :]), []
    return events, ["delivery_flag", NEEDS_REVIEW]
