"""Drop-off points: Location Finder - Unified, version 1.14.

https://developer.dhl.com/api-reference/location-finder - header ``DHL-API-Key``, production only. Which of its service types
means a counter that prints a label from a QR code is not documented, so that wish cannot be asked.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from retoure.carrier import (
    Call,
    CarrierContext,
    Effect,
    HttpRequest,
    HttpResponse,
    filled,
    first_instant,
    part,
    read_json,
    rows,
    text_of,
    url_with,
)
from retoure.errors import MalformedResponse, NotFound, Unsupported
from retoure.model import Closure, DropOffPoint, DropOffQuery, OpeningHours, Place
from retoure_dhl_paket.refusals import refusal
from retoure_dhl_paket.settings import LOCATION_FINDER_ORIGIN, DhlPaketSettings, app_key_auth, origin
from retoure_dhl_paket.wire import CODE, READ_HEADERS

FINDER_PATH = "/location-finder/v1"
NO_PRINTERS = "DHL does not say which places print labels from a QR code; ask without prints_labels"
_WEEKDAYS = {
    f"/{name}": number
    for number, name in enumerate(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"), 1)
}
_PUBLIC_HOLIDAYS = "/PublicHolidays"
_UNTIL_FURTHER_NOTICE = datetime(9999, 12, 31, tzinfo=UTC)
_LAST_SECOND = time(23, 59, 59)


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
    services = row.get("serviceTypes")
    return DropOffPoint(
        id=next(filter(None, ids), "") or text_of(row.get("url")).rpartition("/")[2],
        carrier=CODE,
        name=name,
        kind=text_of(location.get("type")),
        street=text_of(address.get("streetAddress")),
        place=Place(
            text=name, country=text_of(address.get("countryCode")), postal_code=text_of(address.get("postalCode")), city=city
        ),
        distance_m=_whole(row.get("distance")),
        latitude=_degrees(geo.get("latitude")),
        longitude=_degrees(geo.get("longitude")),
        hours=_hours(row),
        closures=tuple(_closure(period, now, zone) for period in rows(row, "closurePeriods")),
        services=tuple(filter(None, map(text_of, services))) if isinstance(services, list) else (),
    )


def _whole(value: Any) -> int | None:  # noqa: ANN401 - JSON is anything
    return int(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None


def _degrees(value: Any) -> float | None:  # noqa: ANN401
    return float(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None


def _hours(row: Mapping[str, Any]) -> tuple[OpeningHours, ...]:
    """Opening hours by weekday; none at all where one of them cannot be read, for half a week would mislead.

    Hours of public holidays belong to no weekday and are left out.
    """
    hours = []
    for entry in rows(row, "openingHours"):
        day = "/" + text_of(entry.get("dayOfWeek")).rpartition("/")[2]
        opens, closes = _time(entry.get("opens")), _time(entry.get("closes"))
        if day == _PUBLIC_HOLIDAYS:
            continue
        if day not in _WEEKDAYS or opens is None or closes is None:
            return ()
        hours.append(OpeningHours(weekday=_WEEKDAYS[day], opens=opens, closes=closes))
    return tuple(sorted(hours, key=lambda entry: (entry.weekday, entry.opens)))


def _time(value: Any) -> time | None:  # noqa: ANN401
    text = text_of(value)
    if text[:5] == "24:00":
        return _LAST_SECOND
    try:
        return time.fromisoformat(text)
    except ValueError:
        return None


def _closure(period: Mapping[str, Any], now: datetime, zone: ZoneInfo) -> Closure:
    """A closed period, both days included; one without a readable end lasts until further notice, one without a start is on."""
    first, last = _date(period.get("fromDate")), _date(period.get("toDate"))
    return Closure(
        closed_from=first_instant(first, zone) if first else now,
        closed_until=first_instant(last + timedelta(days=1), zone) if last else _UNTIL_FURTHER_NOTICE,
    )


def _date(value: Any) -> date | None:  # noqa: ANN401
    try:
        return date.fromisoformat(text_of(value)[:10])
    except ValueError:
        return None
