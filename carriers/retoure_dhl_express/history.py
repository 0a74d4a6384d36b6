"""A shipment's history as events in our words.

Times are local to the event's service area and have no offset, unless the single-shipment call asked for one. DHL lists the
oldest event first. Names, towns and signatures may be empty, because DHL hides them.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from retoure.carrier import aware, country_offset, country_zone, number_of, part, rows, text_of
from retoure.errors import MalformedResponse
from retoure.model import NOWHERE, Custody, Kind, Place, Precision, TrackingEvent, ZoneSource
from retoure_dhl_express.codes import EVENTS, NEEDS_REVIEW, UNLISTED, Reading
from retoure_dhl_express.settings import DhlExpressSettings, zone_of

_COUNTRY = re.compile(r"-\s?([A-Z]{2})$")
_OFFSET = re.compile(r"[+-][0-9]{2}:?[0-9]{2}|Z")
# No two places on earth are further apart by the clock: a list that runs back by more is one with the newest event first.
_WIDEST = timedelta(hours=26)
# Looked up once: an enum's member costs more to reach than anything else that an event needs.
_STATED, _COUNTRY_ZONE, _ASSUMED = ZoneSource.STATED, ZoneSource.COUNTRY, ZoneSource.ASSUMED
_SECOND, _MINUTE, _DATE = Precision.SECOND, Precision.MINUTE, Precision.DATE


_DELIVERED = frozenset(code for code, reading in EVENTS.items() if reading.kind is Kind.DELIVERED)
# A shipment is delivered when all its pieces are; until then its delivery is that of a part.
_PARTLY = {**EVENTS, **dict.fromkeys(_DELIVERED, Reading(Kind.PARTIALLY_DELIVERED, Custody.PHYSICAL, (NEEDS_REVIEW,)))}
_instant = attrgetter("instant")


def read_history(shipment: Mapping[str, Any], settings: DhlExpressSettings, default: ZoneInfo) -> tuple[TrackingEvent, ...]:
    """Every event of a shipment, oldest first.

    Raises:
        MalformedResponse: an event's time cannot be read; without it the history could look as if nothing had happened.
    """
    readings = _PARTLY if _open_pieces(shipment) else EVENTS
    listed = [_event(row, number, readings, settings, default) for number, row in enumerate(rows(shipment, "events"))]
    ordered = listed.copy()
    if _newest_first(listed):
        ordered.reverse()
    if all(event.zone_source is not _ASSUMED for event in listed):
        ordered.sort(key=_instant)  # an assumed instant proves no order: the list's is kept then
    return tuple(ordered if ordered == listed else [replace(event, sequence=number) for number, event in enumerate(ordered)])


def _newest_first(listed: Sequence[TrackingEvent]) -> bool:
    """Whether a list runs back: by more than clocks differ, or by the clock of each area that comes twice and of none forward."""
    if len(listed) > 1 and listed[0].instant - listed[-1].instant > _WIDEST:
        return True
    last: dict[str, datetime] = {}
    back = False
    for event in listed:
        if not event.location.text or "T" not in event.local_text:
            continue
        before = last.get(event.location.text)
        if before is not None and before < event.instant:
            return False
        back = back or (before is not None and event.instant < before)
        last[event.location.text] = event.instant
    return back


def _open_pieces(shipment: Mapping[str, Any]) -> bool:
    """Whether one of several pieces was not delivered by its history; the only piece has its shipment's."""
    pieces = rows(shipment, "pieces")
    if max(len(pieces), number_of(shipment.get("numberOfPieces")) or 0) < 2:
        return False
    histories = [rows(piece, "events") for piece in pieces]
    return any(told and not any(text_of(event.get("typeCode")) in _DELIVERED for event in reversed(told)) for told in histories)


def _event(
    row: Mapping[str, Any], number: int, readings: Mapping[str, Reading], settings: DhlExpressSettings, default: ZoneInfo
) -> TrackingEvent:
    day, clock, offset = text_of(row.get("date")), text_of(row.get("time")), text_of(row.get("GMTOffset"))
    code, place = text_of(row.get("typeCode")), place_of(row)
    written = f"{day}T{clock}" if clock else day
    stated = offset if offset and clock and _OFFSET.fullmatch(offset) else ""
    try:
        local = datetime.fromisoformat(written + stated)
    except ValueError:
        raise MalformedResponse(f"an event's time cannot be read: {written[:40]!r}") from None
    instant, source, flags = _resolve(local, place.country, settings, default)
    precision = _DATE if not clock or source is _ASSUMED else _SECOND if clock.count(":") > 1 else _MINUTE
    reading = readings.get(code, UNLISTED)
    return TrackingEvent(
        reading.kind, reading.custody, instant, written + offset, source, precision, code, text_of(row.get("description")), place,
        number, flags + reading.flags,
    )  # fmt: skip


def _resolve(
    local: datetime, country: str, settings: DhlExpressSettings, default: ZoneInfo
) -> tuple[datetime, ZoneSource, tuple[str, ...]]:
    if local.tzinfo:
        return local, _STATED, ()
    if settled := country_offset(country, local.date()):
        return local.replace(tzinfo=settled), _COUNTRY_ZONE, ()
    if single := country_zone(country, local):
        instant, flags = aware(local, single)
        return instant, _COUNTRY_ZONE, flags
    instant, flags = aware(local, zone_of(country, local, settings) or default)
    return instant, _ASSUMED, flags


def place_of(holder: Mapping[str, Any]) -> Place:
    """The service area, in DHL's words; its country is the end of them (``SYDNEY-AU``), and its town may be a far one."""
    areas = rows(holder, "serviceArea")
    return _known_place(text_of(areas[0].get("description")) or text_of(areas[0].get("code"))) if areas else NOWHERE


@lru_cache(maxsize=4096)
def _known_place(description: str) -> Place:
    country = _COUNTRY.search(description)
    return Place(text=description, country=country[1] if country else "")


def destination_of(shipment: Mapping[str, Any]) -> Place | None:
    """Where a shipment is bound, as far as DHL tells it."""
    receiver = part(shipment, "receiverDetails")
    address = part(receiver, "postalAddress")
    country, postcode = text_of(address.get("countryCode")), text_of(address.get("postalCode"))
    city, area = text_of(address.get("cityName")), place_of(receiver)
    if not (country or postcode or city or area.text):
        return None
    return Place(text=area.text, country=country, postal_code=postcode, city=city)
