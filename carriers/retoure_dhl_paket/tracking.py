"""Tracking: Parcel DE Tracking, version 0 (XML), up to 20 numbers a call.

https://developer.dhl.com/api-reference/dhl-parcel-de-shipment-tracking-post-parcel-germany - the app's key and secret as Basic,
and a portal user inside the XML, which stands in the query: both are sealed. The answer is HTTP 200 whatever happened; the root's
``code`` tells. Times are German local time without offset, to the minute.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from retoure.carrier import (
    BasicAuth,
    Call,
    CarrierContext,
    Effect,
    HttpRequest,
    HttpResponse,
    Judgement,
    Seal,
    by_status,
    plain_number,
    read_xml,
    sealed,
)
from retoure.errors import (
    AuthenticationFailed,
    CarrierError,
    CarrierUnavailable,
    MalformedResponse,
    Problem,
    RequestRejected,
    Unsupported,
)
from retoure.model import Place, ReadFailure, TrackedParcel, TrackingFailure, TrackingReport, alpha_3
from retoure_dhl_paket import codes
from retoure_dhl_paket.history import country_code, read_history
from retoure_dhl_paket.refusals import refusal
from retoure_dhl_paket.settings import DhlPaketSettings, api_origin
from retoure_dhl_paket.wire import CODE

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

TRACKING_PATH = "/parcel/de/tracking/v0/shipments"
BATCH_SIZE = 20
Outcome: TypeAlias = TrackingReport | TrackingFailure

# Anchored at the root element, so that a whole history is not searched for it.
_TROUBLED = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<\?[^>]*\?>)?\s*<data\b[^>]*?\scode=[\"'](?:-1000|-[123])[\"']")


class ParcelDeTracking:
    """Tracking of one account by Parcel DE Tracking."""

    batch_size = BATCH_SIZE

    def __init__(self, settings: DhlPaketSettings, context: CarrierContext) -> None:
        self._settings = settings
        self._context = context

    def track(self, parcels: Sequence[TrackedParcel]) -> Call[Mapping[str, Outcome]]:
        """The history of up to 20 numbers, in one call that costs nothing."""
        response = yield build_track_request(parcels, self._settings)
        return parse_track_response(response, parcels, self._context.zone)


def piece_code(parcel: TrackedParcel) -> str:
    """The number as DHL writes it, without the spaces, dots and hyphens that people put in."""
    return plain_number(parcel.number)


def _for_xml_in_url(secret: str) -> str:
    return quote(escape(secret, {'"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}), safe="")


def judge(response: HttpResponse) -> Judgement:
    """By status, and by the root's code where DHL reports trouble of its own inside a 200."""
    judgement = by_status(response)
    return Judgement.AMBIGUOUS if judgement is Judgement.ANSWER and _TROUBLED.match(response.content) else judgement


def build_track_request(parcels: Sequence[TrackedParcel], settings: DhlPaketSettings) -> HttpRequest:
    """Ask for the histories of up to 20 numbers. The postcode helps with a single number only.

    Raises:
        Unsupported: the account has no key, secret and portal user.
        RequestRejected: too many numbers, or one without a letter or digit.
    """
    key, secret, user = settings.client_id or settings.api_key, settings.client_secret, settings.tracking_user
    if not key or not secret or not user:
        raise Unsupported(
            "tracking needs the account settings client_id, client_secret, username and password, or at least an api_key"
        )
    numbers = list(dict.fromkeys(map(piece_code, parcels)))
    if not all(numbers) or len(numbers) > BATCH_SIZE:
        text = f"1 to {BATCH_SIZE} numbers of letters and digits a call"
        raise RequestRejected(problems=[Problem("parcels", "wrong_form", text)])
    postcode = parcels[0].postal_code if len(numbers) == 1 else ""
    attributes = {
        "appname": sealed("appname"), "password": sealed("password"), "request": "d-get-piece-detail",
        "language-code": settings.language, "piece-code": ";".join(numbers), **({"zip-code": postcode} if postcode else {}),
    }  # fmt: skip
    pairs = " ".join([f'{name}="{escape(value, {chr(34): "&quot;"})}"' for name, value in attributes.items()])
    xml = f'<?xml version="1.0" encoding="UTF-8" standalone="no"?><data {pairs}/>'
    return HttpRequest(
        method="GET",
        url=f"{api_origin(settings)}{TRACKING_PATH}?xml={quote(xml, safe='')}",
        effect=Effect.READ,
        headers={"Accept": "application/xml"},
        auth=BasicAuth(key, secret),
        judge=judge,
        seals={"appname": Seal(user[0], _for_xml_in_url), "password": Seal(user[1], _for_xml_in_url)},
    )


def parse_track_response(response: HttpResponse, parcels: Sequence[TrackedParcel], zone: ZoneInfo) -> Mapping[str, Outcome]:
    """One outcome for each number asked; a number that the answer does not hold was not found.

    Raises:
        AuthenticationFailed: the login failed; ``locked_out`` after too many of them.
        RequestRejected: DHL did not accept the request's parameters.
        CarrierUnavailable: DHL reports trouble of its own.
        MalformedResponse: the answer is not what was promised.
    """
    if not response.ok:
        raise refusal(response)
    root = read_xml(response)
    code = _root_code(root)
    if code and code not in codes.NO_DATA:
        raise _failure(code, root)
    shipments: dict[str, list[Element]] = {}
    for shipment in root:
        for number in {shipment.get("searched-piece-code"), shipment.get("piece-code")}:
            if number:
                shipments.setdefault(number.upper(), []).append(shipment)
    digest = response.digest
    outcomes: dict[str, Outcome] = {}
    for parcel in parcels:
        found = shipments.get(piece_code(parcel), [])
        outcomes[parcel.number] = _outcome(parcel, found, response.requested_at, digest, zone, str(code or 100))
    return outcomes


def _root_code(root: "Element") -> int:
    try:
        return int(root.attrib["code"])
    except (KeyError, ValueError):
        raise MalformedResponse("the answer's root names no result code") from None


def _failure(code: int, root: "Element") -> CarrierError:
    said = f"code {code}{f': {text}' if (text := root.get('error')) else ''}"
    error: CarrierError
    if code == codes.LOGIN_FAILED:
        error = AuthenticationFailed(f"DHL's tracking does not accept the portal user ({said})")
    elif code == codes.LOCKED_OUT:
        error = AuthenticationFailed(f"DHL's tracking has locked the portal user out ({said})", locked_out=True)
    elif code in codes.SYSTEM_TROUBLE:
        error = CarrierUnavailable(f"DHL's tracking is out of order ({said})")
    elif code in codes.WRONG_PARAMETERS:
        error = RequestRejected(problems=[Problem("parcels", str(code), f"DHL's tracking does not accept the request ({said})")])
    else:
        error = MalformedResponse(f"DHL's tracking answered with a code that it does not document ({said})")
    error.carrier_code, error.request_id = str(code), root.get("request-id", "")
    return error


def _outcome(
    parcel: TrackedParcel, found: Sequence["Element"], read_at: datetime, digest: str, zone: ZoneInfo, missing: str
) -> Outcome:
    def failed(reason: ReadFailure, message: str, code: str = "") -> TrackingFailure:
        return TrackingFailure(parcel.number, CODE, reason, read_at, message, code, digest)

    errors = [error for shipment in found if (error := shipment.get("error-status", "0")) not in ("0", "")]
    good = [shipment for shipment in found if shipment.get("error-status", "0") in ("0", "")]
    if not good:
        error = errors[0] if errors else missing
        if errors and error not in map(str, codes.NO_DATA):
            return failed(ReadFailure.FAILED, "DHL reports an error for this number", error)
        return failed(ReadFailure.NOT_FOUND, "unknown, too new, or deleted by now", error)
    ours = [shipment for shipment in good if _bound_for(parcel, shipment)]
    if not ours:
        return failed(ReadFailure.WRONG_SHIPMENT, f"the number answers for a parcel to {good[0].get('dest-country')}")
    try:
        events, flags = read_history(ours, zone)
    except MalformedResponse as error:
        return failed(ReadFailure.FAILED, error.message)
    last = ours[-1]
    country, postcode = country_code(last.get("dest-country", "")), last.get("pan-recipient-postalcode", "")
    destination = Place(country=country, postal_code=postcode) if country or postcode else None
    return TrackingReport(parcel.number, CODE, events, read_at, digest, destination, flags=flags)


def _bound_for(parcel: TrackedParcel, shipment: "Element") -> bool:
    told = shipment.get("dest-country", "")
    code = country_code(told)
    if not parcel.country or (not code and len(told) != 3):
        return True  # nothing told that could be compared
    return code == parcel.country or told == alpha_3(parcel.country)
