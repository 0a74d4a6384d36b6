"""Drop-off points: MyDHL API, version 3.3.1, ``GET /servicepoints``.

https://developer.dhl.com/api-reference/dhl-express-mydhl-api - HTTP Basic. The answer is HTTP 200 whatever happened; its own
status tells. Times of day come as ``09:00``, ``9:00 AM`` or minutes since midnight, dates as ``7-4-2023``.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from math import ceil
from typing import Any

from retoure.carrier import (
    LAST_SECOND,
    WEEKDAYS,
    Call,
    CarrierContext,
    Effect,
    HttpRequest,
    HttpResponse,
    closed_days,
    number_of,
    part,
    read_json,
    rows,
    text_of,
    time_of_day,
    weekly_hours,
)
from retoure.errors import MalformedResponse, Problem, RequestRejected
from retoure.model import Closure, DropOffPoint, DropOffQuery, OpeningHours, Place
from retoure_dhl_express.refusals import refusal
from retoure_dhl_express.settings import DhlExpressSettings, zone_of
from retoure_dhl_express.wire import CODE, api_request

# DHL's capabilities: 81 an account's or a return shipment, 74 with a printed label, 75 and 76 with a QR code.
_PRINTED, _BY_CODE = "81,74", "81,75,76"
# Statuses of the answer: 1 all well, 3 with a remark on the language; 201, 202 and 600 none here.
_WELL, _NONE = frozenset({"1", "2", "3"}), frozenset({"201", "202", "600"})
_HOLIDAY = "holiday"
_MINUTES_OF_A_DAY = 24 * 60


class DhlExpressDropOffs:
    """Places to hand a return in."""

    def __init__(self, settings: DhlExpressSettings, context: CarrierContext) -> None:
        self._settings = settings
        self._context = context

    def near(self, query: DropOffQuery) -> Call[Sequence[DropOffPoint]]:
        """Service points that take returns, nearest first. Costs nothing."""
        response = yield build_near_request(query, self._settings)
        return parse_near_response(response, query, self._settings, self._context)


def build_near_request(query: DropOffQuery, settings: DhlExpressSettings) -> HttpRequest:
    """Ask for service points that take a return with a printed label, or with a QR code where the place is to print it."""
    address = ", ".join(filter(None, (query.street, f"{query.postal_code} {query.city}".strip())))
    parameters = {
        "address": address or query.country,
        "countryCode": query.country,
        "capability": _BY_CODE if query.prints_labels else _PRINTED,
        "servicePointResults": str(query.limit),
        "maxDistance": str(ceil(query.radius_m / 1000)),
        "resultUom": "km",
        "language": "eng",
    }
    return api_request(settings, "GET", "/servicepoints", query=parameters, effect=Effect.READ)


def parse_near_response(
    response: HttpResponse, query: DropOffQuery, settings: DhlExpressSettings, context: CarrierContext
) -> tuple[DropOffPoint, ...]:
    """The points within the radius, nearest first; none where DHL says that it found none.

    Raises:
        RequestRejected, AuthenticationFailed: DHL refused.
        MalformedResponse: the answer is not what was promised.
    """
    if not response.ok:
        raise refusal(response)
    answer = read_json(response)
    status = part(answer, "status")
    code, said = text_of(status.get("statusCode")), text_of(status.get("statusMessage"))
    if code in _NONE:
        return ()
    if code and code not in _WELL:
        raise RequestRejected(problems=[Problem("", code, f"DHL does not accept the search: {said}")], carrier_code=code)
    if not isinstance(answer, dict) or not isinstance(answer.get("servicePoints"), list):
        raise MalformedResponse("the answer holds no list of service points")
    points = [_point(row, query, settings, context) for row in rows(answer, "servicePoints")]
    # DHL searches a square around the place.
    near = [point for point in points if point.distance_m is None or point.distance_m <= query.radius_m]
    return tuple(sorted(near, key=lambda point: (point.distance_m is None, point.distance_m or 0))[: query.limit])


def _point(row: Mapping[str, Any], query: DropOffQuery, settings: DhlExpressSettings, context: CarrierContext) -> DropOffPoint:
    address, geo, able = part(row, "address"), part(row, "geoLocation"), part(row, "servicePointCapabilities")
    country = text_of(address.get("country")) or query.country
    lines = [text_of(address.get(f"addressLine{number}")) for number in (1, 2, 3)]
    name = text_of(row.get("localName")) or text_of(row.get("servicePointName"))
    codes = [code for code in text_of(able.get("capabilityCodes")).split(",") if code]
    flags = [able[flag] for flag in ("labelFree", "accountLabelFree") if isinstance(able.get(flag), bool)]
    return DropOffPoint(
        id=text_of(row.get("facilityId")),
        carrier=CODE,
        name=name,
        kind=text_of(row.get("servicePointType")),
        street=", ".join(filter(None, lines)),
        place=Place(
            text=text_of(row.get("servicePointName")), country=country, postal_code=text_of(address.get("zipCode")),
            city=text_of(address.get("city")),
        ),
        distance_m=_metres(number_of(row.get("distanceMetric"))),
        latitude=_degrees(number_of(geo.get("latitude"))),
        longitude=_degrees(number_of(geo.get("longitude"))),
        hours=_hours(part(row, "openingHours")),
        closures=_closures(part(row, "openingHours"), country, settings, context),
        # A point that takes QR codes prints the label.
        prints_labels=True if {"75", "76"} <= set(codes) or any(flags) else False if codes or flags else None,
        services=tuple(codes),
    )  # fmt: skip


def _metres(kilometres: Decimal | None) -> int | None:
    return None if kilometres is None else int((kilometres * 1000).to_integral_value(ROUND_HALF_UP))


def _degrees(value: Decimal | None) -> float | None:
    return None if value is None else float(value)


def _hours(opening: Mapping[str, Any]) -> tuple[OpeningHours, ...]:
    days = ((text_of(entry.get("dayOfWeek")).casefold(), entry) for entry in rows(opening, "openingHours"))
    return weekly_hours(
        (WEEKDAYS.get(day), _time(entry.get("openingTime")), _time(entry.get("closingTime")))
        for day, entry in days
        if day != _HOLIDAY
    )


def _time(value: Any) -> time | None:  # noqa: ANN401 - JSON is anything
    text = text_of(value)
    if not text.isdecimal():
        return time_of_day(text)
    minutes = int(text)
    if minutes >= _MINUTES_OF_A_DAY:
        return LAST_SECOND if minutes == _MINUTES_OF_A_DAY else None
    return time(*divmod(minutes, 60))


def _closures(
    opening: Mapping[str, Any], country: str, settings: DhlExpressSettings, context: CarrierContext
) -> tuple[Closure, ...]:
    """Closed days, both included; one whose dates cannot be read is left out, for it names no period."""
    closures = []
    for period in rows(part(opening, "holidays"), "closed"):
        first, last = _date(period.get("from")), _date(period.get("to"))
        if first and last and first <= last:
            zone = zone_of(country, datetime.combine(first, time(12)), settings) or context.zone
            closures.append(closed_days(first, last, zone))
    return tuple(closures)


def _date(value: Any) -> date | None:  # noqa: ANN401
    parts = text_of(value).split("-")
    try:
        day, month, year = map(int, parts)
        return date(year, month, day)
    except ValueError:
        return None
