"""Drop-off points: Locator v3, a search for locations (request option 1).

https://developer.ups.com/api/reference/locator - OAuth client credentials. UPS searches 5 km around at least; what lies
further away than was asked for is left out here. Which places print a label is not documented, so that wish cannot be asked.
"""

from collections.abc import Mapping, Sequence
from datetime import time
from decimal import Decimal, InvalidOperation
from math import ceil
from typing import Any

from retoure.carrier import (
    Call,
    CarrierContext,
    Effect,
    HttpRequest,
    HttpResponse,
    Limit,
    check_text,
    filled,
    part,
    read_json,
    rejected,
    rows,
    text_of,
)
from retoure.errors import MalformedResponse, Unsupported
from retoure.model import DropOffPoint, DropOffQuery, OpeningHours, Place
from retoure_ups.refusals import check_answer, refusal
from retoure_ups.settings import UpsSettings
from retoure_ups.wire import CODE, IMPERIAL, ZIP_LENGTH, api_request, check_postcode, postcode_of

LOCATOR_PATH = "/locations/v3/search/availabilities/1"
NO_PRINTERS = "UPS does not say which places print labels; ask without prints_labels"
_SMALLEST_KM, _LARGEST_KM = 5, 150
_STREET, _CITY, _POSTCODE = Limit("street", 100), Limit("city", 50), Limit("postal_code", 10)
_METRES = {"KM": Decimal(1000), "MI": Decimal("1609.344")}
_REGULAR_HOURS = "10"
_LOCATION = "01"
# AccessPointStatus: suspended, active but unavailable, terminated. Other places have none.
_OUT_OF_USE = frozenset({"06", "07", "08"})
_LAST_SECOND = time(23, 59, 59)


class UpsDropOffs:
    """Places to hand a return in."""

    def __init__(self, settings: UpsSettings, context: CarrierContext) -> None:
        self._settings = settings
        self._context = context

    def near(self, query: DropOffQuery) -> Call[Sequence[DropOffPoint]]:
        """Places that take parcels, nearest first. Costs nothing."""
        response = yield build_near_request(query, self._settings, self._context)
        return parse_near_response(response, query)


def build_near_request(query: DropOffQuery, settings: UpsSettings, context: CarrierContext) -> HttpRequest:
    """Ask for places; raises ``Unsupported`` for those that print, and ``RequestRejected`` for what is too long."""
    if query.prints_labels:
        raise Unsupported(NO_PRINTERS)
    lines = ((_STREET, query.street), (_CITY, query.city))
    problems = [problem for limit, line in lines for problem in check_text(limit.name, line, limit)]
    if query.postal_code:
        problems += check_postcode("postal_code", query.country, query.postal_code, _POSTCODE)
    if problems:
        raise rejected(problems)
    postcode, extension = postcode_of(query.country, query.postal_code), ""
    if query.country in IMPERIAL:
        postcode, extension = postcode[:ZIP_LENGTH], postcode[ZIP_LENGTH:]
    radius = min(max(ceil(query.radius_m / 1000), _SMALLEST_KM), _LARGEST_KM)
    body = {
        "LocatorRequest": {
            "Request": {"RequestAction": "Locator"},
            "OriginAddress": {
                "AddressKeyFormat": filled(
                    AddressLine=query.street,
                    PoliticalDivision2=query.city,
                    PostcodePrimaryLow=postcode,
                    PostcodeExtendedLow=extension,
                    CountryCode=query.country,
                )
            },
            "Translate": {"Locale": settings.locale},
            "UnitOfMeasurement": {"Code": "KM"},
            "LocationSearchCriteria": {"MaximumListSize": str(query.limit), "SearchRadius": str(radius)},
        }
    }
    query_part = {"Locale": settings.locale}
    return api_request(context, settings, "POST", LOCATOR_PATH, effect=Effect.READ, query=query_part, body=body)


def parse_near_response(response: HttpResponse, query: DropOffQuery) -> tuple[DropOffPoint, ...]:
    """The places within the radius, nearest first; none where UPS names none.

    Raises:
        RequestRejected, AuthenticationFailed: UPS refused, also inside a 200.
        MalformedResponse: the answer is not what was promised.
    """
    check_answer(response, address="query")
    answer = part(read_json(response), "LocatorResponse")
    if not answer:
        raise MalformedResponse("the answer is not that of a search for places")
    if text_of(part(answer, "Response").get("ResponseStatusCode")) == "0":
        raise refusal(response, address="query")
    listed = rows(part(answer, "SearchResults"), "DropLocation")
    points = [_point(row) for row in listed if not _out_of_use(row)]
    near = [point for point in points if point.distance_m is None or point.distance_m <= query.radius_m]
    return tuple(sorted(near, key=lambda point: (point.distance_m is None, point.distance_m or 0)))


def _out_of_use(row: Mapping[str, Any]) -> bool:
    return text_of(part(row, "AccessPointInformation", "AccessPointStatus").get("Code")) in _OUT_OF_USE


def _point(row: Mapping[str, Any]) -> DropOffPoint:
    address, geo = part(row, "AddressKeyFormat"), part(row, "Geocode")
    name, city = text_of(address.get("ConsigneeName")), text_of(address.get("PoliticalDivision2"))
    postcode = "-".join(filter(None, (text_of(address.get(key)) for key in ("PostcodePrimaryLow", "PostcodeExtendedLow"))))
    kinds, services = _attributes(row)
    return DropOffPoint(
        id=text_of(part(row, "AccessPointInformation").get("PublicAccessPointID")) or text_of(row.get("LocationID")),
        carrier=CODE,
        name=name,
        kind=kinds[0] if kinds else "",
        street=text_of(address.get("AddressLine")),
        place=Place(text=name, country=text_of(address.get("CountryCode")), postal_code=postcode, city=city),
        distance_m=_metres(part(row, "Distance")),
        latitude=_degrees(geo.get("Latitude")),
        longitude=_degrees(geo.get("Longitude")),
        hours=_hours(part(row, "OperatingHours")),
        services=tuple(dict.fromkeys((*kinds[1:], *services))),
    )


def _attributes(row: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """What kind of place it is, and what else it offers, in UPS's words."""
    kinds: list[str] = []
    services: list[str] = []
    for attribute in rows(row, "LocationAttribute"):
        words = [text_of(option.get("Description")) or text_of(option.get("Name")) for option in rows(attribute, "OptionCode")]
        is_kind = text_of(part(attribute, "OptionType").get("Code")) == _LOCATION
        (kinds if is_kind else services).extend(filter(None, words))
    offered = rows(part(row, "ServiceOfferingList"), "ServiceOffering")
    services += filter(None, (text_of(offer.get("Description")) for offer in offered))
    return kinds, services


def _metres(distance: Mapping[str, Any]) -> int | None:
    factor = _METRES.get(text_of(part(distance, "UnitOfMeasurement").get("Code")).upper())
    try:
        return int(Decimal(text_of(distance.get("Value"))) * factor) if factor else None
    except (InvalidOperation, ValueError, OverflowError):
        return None


def _degrees(value: Any) -> float | None:  # noqa: ANN401 - JSON is anything
    try:
        return float(text_of(value))
    except ValueError:
        return None


def _hours(operating: Mapping[str, Any]) -> tuple[OpeningHours, ...]:
    """Regular hours by weekday; none at all where one of them cannot be read, for half a week would mislead."""
    hours = []
    for group in rows(operating, "StandardHours"):
        if text_of(group.get("HoursType")) != _REGULAR_HOURS:
            continue
        for entry in rows(group, "DayOfWeek"):
            if "ClosedIndicator" in entry:
                continue
            opens, closes = _times(entry)
            day = text_of(entry.get("Day"))
            if opens is None or closes is None or day not in tuple("1234567"):
                return ()
            # UPS counts from Sunday.
            hours.append(OpeningHours(weekday=(int(day) + 5) % 7 + 1, opens=opens, closes=closes))
    return tuple(sorted(hours, key=lambda entry: (entry.weekday, entry.opens)))


def _times(entry: Mapping[str, Any]) -> tuple[time | None, time | None]:
    if text_of(entry.get("Open24HoursIndicator")).casefold() == "true" or entry.get("Open24HoursIndicator") == "":
        return time(0), _LAST_SECOND
    return _time(text_of(entry.get("OpenHours"))), _time(text_of(entry.get("CloseHours")))


def _time(text: str) -> time | None:
    """``930`` and ``1845``; ``2400`` is the last second of the day."""
    digits = text.zfill(4)
    if digits == "2400":
        return _LAST_SECOND
    try:
        return time(int(digits[:2]), int(digits[2:])) if text and len(digits) == 4 else None
    except ValueError:
        return None
