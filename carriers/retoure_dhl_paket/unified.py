"""Tracking for an account that holds nothing but an app's key: Shipment Tracking - Unified, one number a call.

https://developer.dhl.com/api-reference/shipment-tracking - header ``DHL-API-Key``, production only; 250 calls a day at first. It
serves all of DHL's divisions, so the service is always asked for and compared. It has coarse words instead of codes.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from retoure.carrier import Call, CarrierContext, Effect, Environment, HttpRequest, HttpResponse, aware, read_json, url_with
from retoure.errors import MalformedResponse
from retoure.model import (
    NOWHERE,
    Custody,
    Kind,
    Place,
    Precision,
    ReadFailure,
    TrackedParcel,
    TrackingEvent,
    TrackingFailure,
    TrackingReport,
    ZoneSource,
)
from retoure_dhl_paket.codes import FOREIGN_SCAN, NEEDS_REVIEW, RETURN_FLAG, UNLISTED_CODE, Reading
from retoure_dhl_paket.refusals import refusal
from retoure_dhl_paket.settings import API_ORIGINS, DhlPaketSettings, app_key_auth, origin
from retoure_dhl_paket.tracking import Outcome, piece_code
from retoure_dhl_paket.wire import CODE, READ_HEADERS, filled, part, rows, text_of

UNIFIED_PATH = "/track/shipments"
SERVICE = "parcel-de"
_NOT_FOUND = 404

# "failure" covers an absent name as well as a parcel sent back or held at the customs: a person reads the text.
WORDS = {
    "pre-transit": Reading(Kind.DATA_RECEIVED, Custody.NONE),
    "transit": Reading(Kind.HUB_SCAN, Custody.PHYSICAL),
    "delivered": Reading(Kind.DELIVERED, Custody.PHYSICAL),
    "failure": Reading(Kind.EXCEPTION, Custody.PHYSICAL, (NEEDS_REVIEW,)),
    "unknown": Reading(Kind.UNKNOWN, Custody.UNKNOWN),
}
_UNLISTED = Reading(Kind.UNKNOWN, Custody.UNKNOWN, (UNLISTED_CODE,))


class UnifiedTracking:
    """Tracking of one account by Shipment Tracking - Unified."""

    batch_size = 1

    def __init__(self, settings: DhlPaketSettings, context: CarrierContext) -> None:
        self._settings = settings
        self._context = context

    def track(self, parcels: Sequence[TrackedParcel]) -> Call[Mapping[str, Outcome]]:
        """The history of each number, one call a number; each counts against the day's quota."""
        outcomes: dict[str, Outcome] = {}
        for parcel in parcels:
            response = yield build_unified_request(parcel, self._settings)
            outcomes[parcel.number] = parse_unified_response(response, parcel, self._context.zone)
        return outcomes


def build_unified_request(parcel: TrackedParcel, settings: DhlPaketSettings) -> HttpRequest:
    """Ask for the history of one number; raises ``Unsupported`` without a key, or in the sandbox."""
    query = filled(
        trackingNumber=piece_code(parcel), service=SERVICE, recipientPostalCode=parcel.postal_code, language=settings.language
    )
    return HttpRequest(
        method="GET",
        url=url_with(origin(settings, API_ORIGINS[Environment.PRODUCTION]), UNIFIED_PATH, query),
        effect=Effect.READ,
        headers=READ_HEADERS,
        auth=app_key_auth(settings, "tracking"),
    )


def parse_unified_response(response: HttpResponse, parcel: TrackedParcel, zone: ZoneInfo) -> Outcome:
    """The outcome for the number; a 404 is ``NOT_FOUND``, which may also mean too new or deleted by now.

    Raises:
        AuthenticationFailed: the key is not accepted.
        MalformedResponse: the answer is not what was promised.
    """

    def failed(reason: ReadFailure, message: str, code: str = "") -> TrackingFailure:
        return TrackingFailure(parcel.number, CODE, reason, response.requested_at, message, code, response.digest)

    if response.status == _NOT_FOUND:
        return failed(ReadFailure.NOT_FOUND, "unknown, too new, or deleted by now", "404")
    if not response.ok:
        raise refusal(response)
    answer = read_json(response)
    shipments = rows(answer, "shipments")
    if not shipments:
        if isinstance(answer, dict) and answer.get("shipments") == []:
            return failed(ReadFailure.NOT_FOUND, "unknown, too new, or deleted by now")
        raise MalformedResponse("the answer holds no list of shipments")
    shipment = next((shipment for shipment in shipments if _ours(shipment, parcel)), None)
    if shipment is None:
        return failed(ReadFailure.WRONG_SHIPMENT, "the number answers for a parcel of another service or destination")
    events = _events(shipment, zone)
    flags = (RETURN_FLAG,) if shipment.get("returnFlag") is True else ()
    destination = _place(part(shipment, "destination"))
    told = None if destination is NOWHERE else destination
    return TrackingReport(
        parcel.number, CODE, events, response.requested_at, response.digest, destination=told, flags=flags
    )  # fmt: skip


def _ours(shipment: Mapping[str, Any], parcel: TrackedParcel) -> bool:
    service, number = text_of(shipment.get("service")), text_of(shipment.get("id"))
    country = _place(part(shipment, "destination")).country
    # An id that came as a number has lost its leading zeros.
    same = not number or number.upper().lstrip("0") == piece_code(parcel).lstrip("0")
    return service in ("", SERVICE) and same and (not parcel.country or country in ("", parcel.country))


def _place(holder: Mapping[str, Any]) -> Place:
    address = part(holder, "address")
    country, city = text_of(address.get("countryCode")), text_of(address.get("addressLocality"))
    if not country and not city:
        return NOWHERE
    return Place(text=city, country=country, postal_code=text_of(address.get("postalCode")), city=city)


def _events(shipment: Mapping[str, Any], zone: ZoneInfo) -> tuple[TrackingEvent, ...]:
    listed = rows(shipment, "events") or [row for row in [part(shipment, "status")] if row]
    told = [(*_instant(row, zone), row) for row in listed]
    if len(told) > 1 and told[0][0] > told[-1][0]:
        told.reverse()
    told.sort(key=lambda row: row[0])
    return tuple(_event(sequence, *row) for sequence, row in enumerate(told))


def _event(
    sequence: int, instant: datetime, source: ZoneSource, precision: Precision, flags: tuple[str, ...], row: Mapping[str, Any]
) -> TrackingEvent:
    word = next(_words(row), "")
    reading = WORDS.get(word, _UNLISTED)
    location = _place(part(row, "location"))
    if source is ZoneSource.CARRIER and location.country not in ("", "DE"):
        flags += (FOREIGN_SCAN,)
    text = next(filter(None, (text_of(row.get(name)) for name in ("description", "remark", "status"))), "")
    return TrackingEvent(
        reading.kind, reading.custody, instant, text_of(row.get("timestamp")), source, precision, word, text, location,
        sequence, (*flags, *reading.flags),
    )  # fmt: skip


def _words(row: Mapping[str, Any]) -> Iterator[str]:
    """The coarse word: in ``statusCode``, or in ``status``, which otherwise holds codes and sentences."""
    for name in ("statusCode", "status"):
        if (word := text_of(row.get(name)).lower()) and (name == "statusCode" or word in WORDS):
            yield word


def _instant(row: Mapping[str, Any], zone: ZoneInfo) -> tuple[datetime, ZoneSource, Precision, tuple[str, ...]]:
    """German local time without offset from this division; other forms that the API knows are read as they stand."""
    text = text_of(row.get("timestamp"))
    head, _, rest = text.partition(".")
    offset = rest.lstrip("0123456789")  # a fraction may have nine digits: whole seconds are enough
    try:
        local = datetime.fromisoformat(head + offset)
    except ValueError:
        raise MalformedResponse(f"an event's time cannot be read: {text[:40]!r}") from None
    precision = Precision.SECOND if "T" in text else Precision.DATE
    if local.tzinfo:
        return local, ZoneSource.STATED, precision, ()
    instant, flags = aware(local, zone)
    return instant, ZoneSource.CARRIER, precision, flags
