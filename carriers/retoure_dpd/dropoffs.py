"""Drop-off points: DPD Cloud Service, version 1, ``ParcelShopFinder`` with the service that takes returns.

https://esolutions.dpd.com - tokens in headers; everything that is searched for stands in the path, where an empty part is
``null``.
"""

from collections.abc import Mapping, Sequence
from datetime import MAXYEAR, MINYEAR, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from urllib.parse import quote

from retoure.carrier import (
    WEEKDAYS,
    Call,
    CarrierContext,
    Effect,
    HttpRequest,
    HttpResponse,
    aware,
    closed_days,
    number_of,
    part,
    text_of,
    time_of_day,
    weekly_hours,
)
from retoure.errors import Unsupported
from retoure.model import Closure, DropOffPoint, DropOffQuery, OpeningHours, Place
from retoure_dpd.orders import country_code
from retoure_dpd.refusals import http_refusal, refusal
from retoure_dpd.settings import DpdSettings, api_url
from retoure_dpd.wire import CODE, COOL_DOWN, acknowledged, headers, judge, listed, read_answer

_TAKES_RETURNS = "ReturnService"
_NOTHING = "null"
_NO_PRINTING = "DPD does not say which shops print labels, and the Cloud Service makes no QR codes: hand the label over as a PDF"
_GERMAN = ("montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag")
# Names in the language that was asked for, whole or cut to two letters, in which German and English do not collide.
_WEEKDAYS = {**WEEKDAYS, **{name: number for number, name in enumerate(_GERMAN, 1)}}
_WEEKDAYS |= {name[:2]: number for name, number in _WEEKDAYS.items()}
_METRES = {"km": Decimal(1000), "m": Decimal(1)}


class DpdDropOffs:
    """Places to hand a return in."""

    def __init__(self, settings: DpdSettings, context: CarrierContext) -> None:
        self._settings = settings
        self._context = context

    def near(self, query: DropOffQuery) -> Call[Sequence[DropOffPoint]]:
        """Shops that take returns, nearest first. Costs nothing."""
        response = yield build_near_request(query, self._settings)
        return parse_near_response(response, query, self._settings, self._context)


def _segment(text: str) -> str:
    """A part of the path: ``null`` for nothing, no dot before the slash, and no slash of its own."""
    return quote(_plain(text) or _NOTHING, safe="")


def _plain(text: str) -> str:
    return " ".join(text.replace("/", " ").replace("\\", " ").split()).rstrip(". ")


def build_near_request(query: DropOffQuery, settings: DpdSettings) -> HttpRequest:
    """Ask for shops that take returns; raises ``Unsupported`` for places that print labels, which DPD does not tell."""
    if query.prints_labels:
        raise Unsupported(_NO_PRINTING)
    country = country_code(query.country, settings)
    wanted = (str(query.limit), query.street, "", query.postal_code, query.city, country, _TAKES_RETURNS, "")
    return HttpRequest(
        method="GET",
        url=api_url(settings, f"/ParcelShopFinder/{'/'.join(map(_segment, wanted))}"),
        effect=Effect.READ,
        headers=headers(settings),
        auth=settings.auth,
        judge=judge,
        cool_down=COOL_DOWN,
        personal=frozenset(map(_plain, (query.street, query.postal_code, query.city))),
    )


def parse_near_response(
    response: HttpResponse, query: DropOffQuery, settings: DpdSettings, context: CarrierContext
) -> tuple[DropOffPoint, ...]:
    """The shops within the radius, nearest first.

    Raises:
        RequestRejected, AuthenticationFailed: DPD refused.
        MalformedResponse: the answer is not what was promised.
    """
    if not response.ok:
        raise http_refusal(response)
    answer = read_answer(response)
    if not acknowledged(answer):
        raise refusal(answer, address="query")
    points = [_point(row, query, settings, context) for row in listed(answer, "ParcelShopList")]
    # A shop that names its services and not this one does not take the parcel; DPD is asked for none of these.
    able = [point for point in points if not point.services or _TAKES_RETURNS in point.services]
    near = [point for point in able if point.distance_m is None or point.distance_m <= query.radius_m]
    return tuple(sorted(near, key=lambda point: (point.distance_m is None, point.distance_m or 0))[: query.limit])


def _point(row: Mapping[str, Any], query: DropOffQuery, settings: DpdSettings, context: CarrierContext) -> DropOffPoint:
    address, geo = part(row, "ShopAddress"), part(row, "GeoData")
    services = _services(row.get("ShopServiceList"))
    country = text_of(address.get("Country"))
    return DropOffPoint(
        id=text_of(row.get("ParcelShopID")),
        carrier=CODE,
        name=text_of(address.get("Company")) or text_of(address.get("Name")),
        kind="locker" if "Paketstation" in services else "shop",
        street=" ".join(filter(None, (text_of(address.get("Street")), text_of(address.get("HouseNo"))))),
        place=Place(
            country=country if len(country) == 2 else query.country, postal_code=text_of(address.get("ZipCode")),
            city=text_of(address.get("City")),
        ),
        distance_m=_distance(geo.get("Distance"), settings),
        latitude=_degrees(geo.get("Latitude")),
        longitude=_degrees(geo.get("Longitude")),
        hours=_hours(row),
        closures=_closures(row, context),
        services=services,
    )  # fmt: skip


def _services(value: Any) -> tuple[str, ...]:  # noqa: ANN401 - JSON is anything
    plain = value.get("ShopService") if isinstance(value, dict) else value
    return tuple(filter(None, map(text_of, plain))) if isinstance(plain, list) else ()


def _distance(value: Any, settings: DpdSettings) -> int | None:  # noqa: ANN401
    told = number_of(value)
    return None if told is None else int((told * _METRES[settings.distance_unit]).to_integral_value(ROUND_HALF_UP))


def _degrees(value: Any) -> float | None:  # noqa: ANN401
    told = number_of(value)
    return None if told is None else float(told)


def _hours(row: Mapping[str, Any]) -> tuple[OpeningHours, ...]:
    return weekly_hours(
        (_weekday(day), time_of_day(text_of(span.get("TimeFrom"))), time_of_day(text_of(span.get("TimeEnd"))))
        for day in listed(row, "OpeningHoursList")
        for span in listed(day, "OpenTimeList")
    )


def _weekday(day: Mapping[str, Any]) -> int | None:
    return _WEEKDAYS.get(text_of(day.get("WeekDay")).casefold().rstrip("."))


def _closures(row: Mapping[str, Any], context: CarrierContext) -> tuple[Closure, ...]:
    """Holidays, in German time unless an offset is stated; one whose times cannot be read names no period and is left out."""
    periods = [[_local(holiday.get(name)) for name in ("HolidayFrom", "HolidayEnd")] for holiday in listed(row, "HolidayList")]
    return tuple(closure for begins, ends in periods if begins and ends and (closure := _closure(begins, ends, context)))


def _closure(begins: datetime, ends: datetime, context: CarrierContext) -> Closure | None:
    if begins.time() == ends.time() == time() and not begins.tzinfo and not ends.tzinfo:
        # Two midnights are two days, and the last one is closed too.
        return closed_days(begins.date(), ends.date(), context.zone) if begins <= ends else None
    first, last = (at if at.tzinfo else aware(at, context.zone)[0] for at in (begins, ends))
    return Closure(closed_from=first, closed_until=last) if first < last else None


def _local(value: Any) -> datetime | None:  # noqa: ANN401
    try:
        local = datetime.fromisoformat(text_of(value))
    except ValueError:
        return None
    # At the ends of the calendar stand .NET's dates for none and for ever; no zone can be put to them.
    return None if local.year == MINYEAR else local.replace(year=min(local.year, MAXYEAR - 1))
