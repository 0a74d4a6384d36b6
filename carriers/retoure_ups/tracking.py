"""Tracking: Track v1, one number a call.

https://developer.ups.com/api/reference/tracking - OAuth client credentials, with ``transId`` and ``transactionSrc``. A number
that UPS does not know is answered with HTTP 200 and a warning, or with 404. Data is kept for 120 days.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias
from urllib.parse import quote

from retoure.carrier import Call, CarrierContext, Effect, HttpRequest, HttpResponse, part, read_json, rejected, rows, text_of
from retoure.errors import MalformedResponse, NotFound, Problem, RequestRejected
from retoure.model import Place, ReadFailure, TrackedParcel, TrackingFailure, TrackingReport
from retoure_ups.codes import says_renumbered
from retoure_ups.history import country_of, read_activities
from retoure_ups.refusals import INVALID_NUMBER, NO_INFORMATION, check_answer
from retoure_ups.settings import UpsSettings
from retoure_ups.wire import CODE, api_request

TRACKING_PATH = "/track/v1/details"
STATUS_WITHOUT_ACTIVITY = "status_without_activity"
_LENGTHS = range(7, 35)
_SEPARATORS = str.maketrans("", "", " .-")
Outcome: TypeAlias = TrackingReport | TrackingFailure


class UpsTracking:
    """Tracking of one account."""

    batch_size = 1

    def __init__(self, settings: UpsSettings, context: CarrierContext) -> None:
        self._settings = settings
        self._context = context

    def track(self, parcels: Sequence[TrackedParcel]) -> Call[Mapping[str, Outcome]]:
        """The history of each number, a call each. Costs nothing."""
        outcomes: dict[str, Outcome] = {}
        for parcel in parcels:
            response = yield build_track_request(parcel, self._settings, self._context)
            outcomes[parcel.number] = parse_track_response(response, parcel, self._settings, self._context)
        return outcomes


def inquiry_number(parcel: TrackedParcel) -> str:
    """The number as UPS writes it: upper case, without the spaces, dots and hyphens that people put in."""
    return parcel.number.translate(_SEPARATORS).upper()


def build_track_request(parcel: TrackedParcel, settings: UpsSettings, context: CarrierContext) -> HttpRequest:
    """Ask for one history; raises ``RequestRejected`` for a number of a length that UPS has none of."""
    number = inquiry_number(parcel)
    if len(number) not in _LENGTHS:
        raise rejected([Problem("parcels", "wrong_form", "UPS's numbers have 7 to 34 letters and digits")])
    query = {"locale": settings.locale, "returnSignature": "false", "returnMilestones": "false", "returnPOD": "false"}
    path = f"{TRACKING_PATH}/{quote(number, safe='')}"
    return api_request(context, settings, "GET", path, effect=Effect.READ, query=query)


def parse_track_response(
    response: HttpResponse, parcel: TrackedParcel, settings: UpsSettings, context: CarrierContext
) -> Outcome:
    """The history of the number, or why there is none. A number refused today may be known tomorrow, and is no proof of loss.

    Raises:
        AuthenticationFailed, RequestRejected, RateLimited: as UPS says.
        MalformedResponse: the answer is not what was promised.
    """

    def failed(reason: ReadFailure, message: str, code: str = "") -> TrackingFailure:
        return TrackingFailure(parcel.number, CODE, reason, response.requested_at, message, code, response.digest)

    try:
        check_answer(response)
    except NotFound as error:
        return failed(ReadFailure.NOT_FOUND, error.message, error.carrier_code)
    except RequestRejected as error:
        if error.carrier_code != INVALID_NUMBER:
            raise
        return failed(ReadFailure.FAILED, f"{error.message}; it says so of good numbers, too: ask again later", INVALID_NUMBER)
    shipments = rows(part(read_json(response), "trackResponse"), "shipment")
    if not shipments:
        raise MalformedResponse("UPS's answer holds no shipment")
    packages = [package for shipment in shipments for package in rows(shipment, "package")]
    if not packages:
        return _without_package(shipments, failed)
    package = _package_of(packages, inquiry_number(parcel))
    if package is None:
        return failed(ReadFailure.FAILED, f"UPS's answer holds {len(packages)} packages, none of them under this number")
    destination = _destination(package)
    if parcel.country and destination and destination.country not in ("", parcel.country):
        return failed(ReadFailure.WRONG_SHIPMENT, f"the number answers for a parcel to {destination.country}")
    try:
        return _report(response, parcel, package, packages, settings, context)
    except MalformedResponse as error:
        return failed(ReadFailure.FAILED, error.message)


def _without_package(shipments: Sequence[Mapping[str, Any]], failed: Any) -> TrackingFailure:  # noqa: ANN401 - a closure
    warnings = [row for shipment in shipments for row in rows(shipment, "warnings")]
    for warning in warnings:
        code, text = text_of(warning.get("code")), text_of(warning.get("message"))
        reason = ReadFailure.NOT_FOUND if code == NO_INFORMATION else ReadFailure.FAILED
        failure: TrackingFailure = failed(reason, text, code)
        return failure
    nothing: TrackingFailure = failed(ReadFailure.FAILED, "UPS's answer holds neither a package nor a warning")
    return nothing


def _package_of(packages: Sequence[dict[str, Any]], number: str) -> dict[str, Any] | None:
    for package in packages:
        if text_of(package.get("trackingNumber")).upper() == number:
            return package
    # A number that is not UPS's own, or one that was replaced, is answered under another.
    return packages[0] if len(packages) == 1 else None


def _report(
    response: HttpResponse, parcel: TrackedParcel, package: Mapping[str, Any], packages: Sequence[Mapping[str, Any]],
    settings: UpsSettings, context: CarrierContext,
) -> TrackingReport:  # fmt: skip
    activities = rows(package, "activity")
    events = read_activities(activities, context.zone, settings.counted_scans)
    moved = says_renumbered(event.raw_code for event in events)
    own = text_of(package.get("trackingNumber"))
    others = (text_of(other.get("trackingNumber")) for other in packages)
    lonely = not activities and bool(part(package, "currentStatus"))
    return TrackingReport(
        parcel.number, CODE, events, response.requested_at, response.digest, _destination(package),
        successor=_successor(package) if moved else "",
        pieces=tuple(filter(None, others)) if len(packages) > 1 and own else (),
        flags=(STATUS_WITHOUT_ACTIVITY,) if lonely else (),
    )  # fmt: skip


def _successor(package: Mapping[str, Any]) -> str:
    own = text_of(package.get("trackingNumber")).upper()
    for row in rows(package, "alternateTrackingNumber"):
        number = text_of(row.get("number")).upper()
        # Those with a type are references of other parties.
        if number and number != own and not text_of(row.get("type")):
            return number
    return ""


def _destination(package: Mapping[str, Any]) -> Place | None:
    for row in rows(package, "packageAddress"):
        if text_of(row.get("type")).upper() in ("DESTINATION", "SHIP_TO", "SHIPTO"):
            address = part(row, "address")
            city, country = text_of(address.get("city")), country_of(address)
            if city or country:
                return Place(country=country, postal_code=text_of(address.get("postalCode")), city=city)
    return None
