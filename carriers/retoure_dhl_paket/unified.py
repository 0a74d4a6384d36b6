"""Tracking for an account that holds nothing but an app's key: Shipment Tracking - Unified, one number a call.

https://developer.dhl.com/api-reference/shipment-tracking - header ``DHL-API-Key``, production only; 250 calls a day at first. It
serves all of DHL's divisions, so the service is always asked for and compared. It has coarse words instead of codes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from retoure.carrier import (
    Call,
    CarrierContext,
    Effect,
    Environment,
    HttpRequest,
    HttpResponse,
    aware,
    part,
    read_json,
    rows,
    text_of,
)
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
from retoure_dhl_paket.wire import CODE, READ_HEADERS

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
    query = f"trackingNumber={piece_code(parcel)}&service={SERVICE}&language={settings.language}"
    if parcel.postal_code:
        query += f"&recipientPostalCode={quote(parcel.postal_code, safe='')}"
    return HttpRequest(
        method="GET",
        url=f"{origin(settings, API_ORIGINS[Environment.PRODUCTION])}{UNIFIED_PATH}?{query}",
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
    destination = _place(shipment.get("destination"))
    told = None if destination is NOWHERE else replace(destination, city=destination.text)
    return TrackingReport(
        parcel.number, CODE, events, response.requested_at, response.digest, destination=told, flags=flags
    )  # fmt: skip


def _ours(shipment: dict[str, Any], parcel: TrackedParcel) -> bool:
    service, number = text_of(shipment.get("service")), text_of(shipment.get("id"))
    country = _place(shipment.get("destination")).country
    # An id that came as a number has lost its leading zeros.
    same = not number or number.upper().lstrip("0") == piece_code(parcel).lstrip("0")
    return service in ("", SERVICE) and same and (not parcel.country or country in ("", parcel.country))


def _place(holder: Any) -> Place:  # noqa: ANN401 - JSON is anything
    """Where an event was. Its locality may be a depot, or a country's name: words, and not a town to decide by."""
    address = part(holder, "address")
    if not address:
        return NOWHERE
    get = address.get
    return _known_place(text_of(get("countryCode")), text_of(get("postalCode")), text_of(get("addressLocality")))


@lru_cache(maxsize=4096)
def _known_place(country: str, postal_code: str, locality: str) -> Place:
    return Place(text=locality, country=country, postal_code=postal_code)


def _events(shipment: dict[str, Any], zone: ZoneInfo) -> tuple[TrackingEvent, ...]:
    listed = rows(shipment, "events") or list(filter(None, [part(shipment, "status")]))
    told = [(_moment(text_of(row.get("timestamp")), zone), row) for row in listed]
    if len(told) > 1 and told[0][0].instant > told[-1][0].instant:
        told.reverse()  # newest first: within a second, what stands lower came first
    told.sort(key=lambda pair: pair[0].instant)
    return tuple([_event(sequence, moment, row) for sequence, (moment, row) in enumerate(told)])


def _event(sequence: int, moment: "_Moment", row: dict[str, Any]) -> TrackingEvent:
    word = text_of(row.get("statusCode")).lower() or _word(row.get("status"))
    reading = WORDS.get(word, _UNLISTED)
    location = _place(row.get("location"))
    flags = moment.flags + reading.flags
    if moment.source is ZoneSource.CARRIER and location.country not in ("", "DE"):
        flags += (FOREIGN_SCAN,)
    text = text_of(row.get("description")) or text_of(row.get("remark")) or text_of(row.get("status"))
    return TrackingEvent(
        reading.kind, reading.custody, moment.instant, moment.text, moment.source, moment.precision, word, text, location,
        sequence, flags,
    )  # fmt: skip


def _word(status: Any) -> str:  # noqa: ANN401
    """``status`` holds codes and sentences, and where ``statusCode`` is absent one of the words."""
    word = text_of(status).lower()
    return word if word in WORDS else ""


@dataclass(frozen=True, slots=True)
class _Moment:
    """A time as written, and as understood."""

    instant: datetime
    text: str
    source: ZoneSource
    precision: Precision
    flags: tuple[str, ...]


@lru_cache(maxsize=4096)
def _moment(text: str, zone: ZoneInfo) -> _Moment:
    """German local time without offset from this division; other forms that the API knows are read as they stand."""
    head, _, rest = text.partition(".")
    offset = rest.lstrip("0123456789")  # a fraction may have nine digits: whole seconds are enough
    try:
        local = datetime.fromisoformat(head + offset)
    except ValueError:
        raise MalformedResponse(f"an event's time cannot be read: {text[:40]!r}") from None
    precision = Precision.SECOND if "T" in text else Precision.DATE
    if local.tzinfo:
        return _Moment(local, text, ZoneSource.STATED, precision, ())
    instant, flags = aware(local, zone)
    return _Moment(instant, text, ZoneSource.CARRIER, precision, flags)
