"""Drop-off points: Location Finder - Unified, version 1.14.

https://developer.dhl.com/api-reference/location-finder - header ``DHL-API-Key``, production only. Which of its service types
means a counter that prints a label from a QR code is not documented, so that wish cannot be asked.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from retoure.carrier import (
    WEEKDAYS,
    Call,
    CarrierContext,
    Effect,
    HttpRequest,
    HttpResponse,
    date_of,
    filled,
    first_instant,
    number_of,
    part,
    read_json,
    rows,
    text_of,
    texts,
    time_of_day,
    url_with,
    weekly_hours,
)
from retoure.errors import MalformedResponse, NotFound, Unsupported
from retoure.model import Closure, DropOffPoint, DropOffQuery, OpeningHours, Place
from retoure_dhl_paket.refusals import refusal
from retoure_dhl_paket.settings import LOCATION_FINDER_ORIGIN, DhlPaketSettings, app_key_auth, origin
from retoure_dhl_paket.wire import CODE, READ_HEADERS

FINDER_PATH = "/location-finder/v1"
NO_PRINTERS = "DHL does not say which places print labels from a QR code; ask without prints_labels"
_PUBLIC_HOLIDAYS = "publicholidays"
_UNTIL_FURTHER_NOTICE = datetime(9999, 12, 31, tzinfo=UTC)


class DhlPaketDropOffs:
    """Places to hand a return in."""

    def __init__(self, settings: DhlPaketSettings, context: CarrierContext) -> None:
        self._settings = settings
        self._context = context

    def near(self, query: DropOffQuery) -> Call[Sequence[DropOffPoint]]:
        """Places that take parcels, nearest first. Costs nothing."""
        response = yield build_near_request(query, self._settings)
        return parse_near_response(response, self._context.zone)


def build_near_request(query: DropOffQuery, settings: DhlPaketSettings) -> HttpRequest:
    """Ask for drop-off points; raises ``Unsupported`` without a key, in the sandbox, or for places that print."""
    if query.prints_labels:
        raise Unsupported(NO_PRINTERS)
    parameters = filled(
        countryCode=query.country, postalCode=query.postal_code, addressLocality=query.city, streetAddress=query.street,
        providerType="parcel", serviceType="parcel:drop-off", radius=str(query.radius_m), limit=str(query.limit),
    )  # fmt: skip
    return HttpRequest(
        method="GET",
        url=url_with(origin(settings, LOCATION_FINDER_ORIGIN), f"{FINDER_PATH}/find-by-address", parameters),
        effect=Effect.READ,
        headers=READ_HEADERS,
        auth=app_key_auth(settings, "drop-off points"),
    )


def parse_near_response(response: HttpResponse, zone: ZoneInfo) -> tuple[DropOffPoint, ...]:
    """The points, nearest first; none where DHL says that it found none. Closures are dates and taken in the given zone."""
    if not response.ok:
        error = refusal(response)
        if isinstance(error, NotFound) and "json" in response.headers.get("content-type", ""):
            return ()
        raise error
    answer = read_json(response)
    if not isinstance(answer, dict) or not isinstance(answer.get("locations"), list):
        raise MalformedResponse("the answer holds no list of locations")
    points = [_point(row, response.requested_at, zone) for row in rows(answer, "locations")]
    return tuple(sorted(points, key=lambda point: (point.distance_m is None, point.distance_m or 0)))


def _point(row: Mapping[str, Any], now: datetime, zone: ZoneInfo) -> DropOffPoint:
    location, place = part(row, "location"), part(row, "place")
    address, geo = part(place, "address"), part(place, "geo")
    ids = [text_of(entry.get("locationId")) for entry in rows(location, "ids")]
    name, city = text_of(row.get("name")), text_of(address.get("addressLocality"))
    latitude, longitude, distance = (
        number_of(geo.get("latitude")),
        number_of(geo.get("longitude")),
        number_of(row.get("distance")),
    )
    return DropOffPoint(
        id=next(filter(None, ids), "") or text_of(row.get("url")).rpartition("/")[2],
        carrier=CODE,
        name=name,
        kind=text_of(location.get("type")),
        street=text_of(address.get("streetAddress")),
        place=Place(
            text=name, country=text_of(address.get("countryCode")), postal_code=text_of(address.get("postalCode")), city=city
        ),
        distance_m=None if distance is None else int(distance),
        latitude=None if latitude is None else float(latitude),
        longitude=None if longitude is None else float(longitude),
        hours=_hours(row),
        closures=tuple(_closure(period, now, zone) for period in rows(row, "closurePeriods")),
        services=tuple(texts(row, "serviceTypes")),
    )


def _hours(row: Mapping[str, Any]) -> tuple[OpeningHours, ...]:
    """Opening hours by weekday; those of public holidays belong to none and are left out."""
    days = ((text_of(entry.get("dayOfWeek")).rpartition("/")[2].casefold(), entry) for entry in rows(row, "openingHours"))
    return weekly_hours(
        (WEEKDAYS.get(day), time_of_day(text_of(entry.get("opens"))), time_of_day(text_of(entry.get("closes"))))
        for day, entry in days
        if day != _PUBLIC_HOLIDAYS
    )


def _closure(period: Mapping[str, Any], now: datetime, zone: ZoneInfo) -> Closure:
    """A closed period, both days included; one without a readable end lasts until further notice, one without a start is on."""
    first, last = date_of(text_of(period.get("fromDate"))), date_of(text_of(period.get("toDate")))
    return Closure(
        closed_from=first_instant(first, zone) if first else now,
        closed_until=first_instant(last + timedelta(days=1), zone) if last else _UNTIL_FURTHER_NOTICE,
    )
