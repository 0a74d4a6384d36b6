"""A shipment's history as events in our words.

Times are local to the event's service area and have no offset, unless the single-shipment call asked for one. DHL lists the
oldest event first. Names, towns and signatures may be empty, because DHL hides them.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from retoure.carrier import aware, country_zone, part, rows, text_of
from retoure.errors import MalformedResponse
from retoure.model import NOWHERE, Kind, Place, Precision, TrackingEvent, ZoneSource
from retoure_dhl_express.codes import EVENTS, NEEDS_REVIEW, UNLISTED
from retoure_dhl_express.settings import DhlExpressSettings, zone_of

_COUNTRY = re.compile(r"-\s?([A-Z]{2})$")
_OFFSET = re.compile(r"[+-][0-9]{2}:[0-9]{2}")
# No two places on earth are further apart by the clock: a list that runs back by more is one with the newest event first.
_WIDEST = timedelta(hours=26)


def read_history(shipment: Mapping[str, Any], settings: DhlExpressSettings, default: ZoneInfo) -> tuple[TrackingEvent, ...]:
    """Every event of a shipment, oldest first.

    Raises:
        MalformedResponse: an event's time cannot be read; without it the history could look as if nothing had happened.
    """
    events = [_event(row, settings, default) for row in rows(shipment, "events")]
    if len(events) > 1 and events[0].instant - events[-1].instant > _WIDEST:
        events.reverse()
    if all(event.zone_source is not ZoneSource.ASSUMED for event in events):
        events.sort(key=lambda event: event.instant)  # an assumed instant proves no order: the list's is kept then
    if any(event.kind is Kind.DELIVERED for event in events) and _open_pieces(rows(shipment, "pieces")):
        events = [_partial(event) for event in events]
    return tuple(replace(event, sequence=index) for index, event in enumerate(events))


def _open_pieces(pieces: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a piece whose history is told was not delivered."""
    codes = [{text_of(event.get("typeCode")) for event in rows(piece, "events")} for piece in pieces]
    return any(told and not told & {"OK", "DD"} for told in codes)


def _partial(event: TrackingEvent) -> TrackingEvent:
    if event.kind is not Kind.DELIVERED:
        return event
    return replace(event, kind=Kind.PARTIALLY_DELIVERED, flags=tuple(dict.fromkeys((*event.flags, NEEDS_REVIEW))))


def _event(row: Mapping[str, Any], settings: DhlExpressSettings, default: ZoneInfo) -> TrackingEvent:
    code = text_of(row.get("typeCode"))
    reading = EVENTS.get(code, UNLISTED)
    place = place_of(row)
    moment = _moment(text_of(row.get("date")), text_of(row.get("time")), text_of(row.get("GMTOffset")))
    instant, source, flags = _resolve(moment, place.country, settings, default)
    precision = Precision.DATE if source is ZoneSource.ASSUMED else moment.precision
    return TrackingEvent(
        reading.kind, reading.custody, instant, moment.text, source, precision, code, text_of(row.get("description")), place,
        0, flags + reading.flags,
    )  # fmt: skip


def place_of(holder: Mapping[str, Any]) -> Place:
    """The service area, in DHL's words; its country is the end of them (``SYDNEY-AU``), and its town may be a far one."""
    area = next(iter(rows(holder, "serviceArea")), None)
    return _known_place(text_of(area.get("description")) or text_of(area.get("code"))) if area else NOWHERE


@lru_cache(maxsize=4096)
def _known_place(description: str) -> Place:
    country = _COUNTRY.search(description)
    return Place(text=description, country=country[1] if country else "")


@dataclass(frozen=True, slots=True)
class _Moment:
    """A time as written, not yet placed on earth unless the answer did."""

    local: datetime
    text: str
    precision: Precision


@lru_cache(maxsize=4096)
def _moment(day: str, clock: str, offset: str) -> _Moment:
    written = f"{day}T{clock}" if clock else day
    try:
        local = datetime.fromisoformat(written + (offset if _OFFSET.fullmatch(offset) and clock else ""))
    except ValueError:
        raise MalformedResponse(f"an event's time cannot be read: {written[:40]!r}") from None
    precision = Precision.DATE if not clock else Precision.SECOND if clock.count(":") > 1 else Precision.MINUTE
    return _Moment(local, written + offset, precision)


def _resolve(
    moment: _Moment, country: str, settings: DhlExpressSettings, default: ZoneInfo
) -> tuple[datetime, ZoneSource, tuple[str, ...]]:
    if moment.local.tzinfo:
        return moment.local, ZoneSource.STATED, ()
    if single := country_zone(country, moment.local):
        instant, flags = aware(moment.local, single)
        return instant, ZoneSource.COUNTRY, flags
    instant, flags = aware(moment.local, zone_of(country, moment.local, settings) or default)
    return instant, ZoneSource.ASSUMED, flags


def destination_of(shipment: Mapping[str, Any]) -> Place | None:
    """Where a shipment is bound, as far as DHL tells it."""
    receiver = part(shipment, "receiverDetails")
    address = part(receiver, "postalAddress")
    country, postcode = text_of(address.get("countryCode")), text_of(address.get("postalCode"))
    city, area = text_of(address.get("cityName")), place_of(receiver)
    if not (country or postcode or city or area.text):
        return None
    return Place(text=area.text, country=country, postal_code=postcode, city=city)
