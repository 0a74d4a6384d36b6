"""Tracking: MyDHL API, version 3.3.1, up to 200 numbers a call.

https://developer.dhl.com/api-reference/dhl-express-mydhl-api - HTTP Basic. ``status`` in the answer is that of the look-up, not
of the parcel. The batch has local times without offset; the call for one shipment adds offsets, and is made only for a parcel
that is to be told ``precise``. Numbers of pieces (``JD...``) are asked for under a name of their own. In the test environment
DHL knows a fixed list of numbers.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias
from urllib.parse import quote

from retoure.carrier import Call, CarrierContext, Effect, HttpRequest, HttpResponse, plain_number, read_json, rows, text_of
from retoure.errors import CarrierUnavailable, MalformedResponse, NotFound, Problem, RequestRejected
from retoure.model import Place, ReadFailure, TrackedParcel, TrackingFailure, TrackingReport
from retoure_dhl_express.history import destination_of, read_history
from retoure_dhl_express.refusals import refusal
from retoure_dhl_express.settings import DhlExpressSettings
from retoure_dhl_express.wire import CODE, api_request

BATCH_SIZE = 200
Outcome: TypeAlias = TrackingReport | TrackingFailure
# Shipments and pieces, by the examples of the description. One number of another shape makes DHL refuse all 200 of a call.
_NUMBER = re.compile(r"[0-9]{10}|JD[0-9]{16,33}")
_STRANGE = "no number of DHL Express: a shipment's has 10 digits, a piece's JD and 16 digits at least"
_MISSING = "unknown, too new, or deleted by now"
_FOUND, _NOT_FOUND = "success", "failure"  # of the look-up
_WITH_OFFSETS = [("requestGMTOffsetPerEvent", "true")]


class DhlExpressTracking:
    """Tracking of one account."""

    batch_size = BATCH_SIZE

    def __init__(self, settings: DhlExpressSettings, context: CarrierContext) -> None:
        self._settings = settings
        self._context = context

    def track(self, parcels: Sequence[TrackedParcel]) -> Call[Mapping[str, Outcome]]:
        """The histories of up to 200 numbers: a call for all, another for those of pieces, and one for each precise parcel.

        A number that can be none of DHL Express's is not asked for, and fails alone. Costs nothing.
        """
        outcomes: dict[str, Outcome] = {}
        sound = [parcel for parcel in parcels if _NUMBER.fullmatch(asked_number(parcel))]
        for request, asked in build_track_requests(sound, self._settings):
            try:
                response = yield request
                outcomes |= parse_track_response(response, asked, self._settings, self._context)
            except (CarrierUnavailable, MalformedResponse) as error:
                if not outcomes:
                    raise
                # What the others came to is not thrown away for these.
                outcomes |= {parcel.number: _unread(parcel, error.message, self._context) for parcel in asked}
        return {parcel.number: outcomes.get(parcel.number) or _unread(parcel, _STRANGE, self._context) for parcel in parcels}


def _unread(parcel: TrackedParcel, why: str, context: CarrierContext) -> TrackingFailure:
    return TrackingFailure(parcel.number, CODE, ReadFailure.FAILED, context.clock(), why)


def asked_number(parcel: TrackedParcel) -> str:
    """The number as DHL writes it. On a piece's bar code another J stands before it, which is no part of it."""
    number = plain_number(parcel.number)
    return number[1:] if number.startswith("JJD") else number


def is_piece(number: str) -> bool:
    """Whether a number is that of a piece, which DHL wants under another name than a shipment's."""
    return number.startswith("JD")


def build_track_requests(
    parcels: Sequence[TrackedParcel], settings: DhlExpressSettings
) -> list[tuple[HttpRequest, list[TrackedParcel]]]:
    """Every call that is needed, with the parcels that it asks for.

    A piece is never asked for precisely: that call wants its shipment's number, which nobody knows.

    Raises:
        RequestRejected: more than 200 numbers.
    """
    numbers = {parcel.number: asked_number(parcel) for parcel in parcels}
    if len(set(numbers.values())) > BATCH_SIZE:
        text = f"at most {BATCH_SIZE} numbers a call"
        raise RequestRejected(problems=[Problem("parcels", "wrong_form", text)])
    pieces = [parcel for parcel in parcels if is_piece(numbers[parcel.number])]
    shipments = [parcel for parcel in parcels if not is_piece(numbers[parcel.number])]
    plain, precise = [p for p in shipments if not p.precise], [p for p in shipments if p.precise]
    requests = []
    for name, asked in (("shipmentTrackingNumber", plain), ("pieceTrackingNumber", pieces)):
        if asked:
            query = dict.fromkeys((name, numbers[parcel.number]) for parcel in asked)
            requests.append((_tracking_request(settings, "/tracking", query), asked))
    for parcel in precise:
        path = f"/shipments/{quote(numbers[parcel.number], safe='')}/tracking"
        requests.append((_tracking_request(settings, path, _WITH_OFFSETS), [parcel]))
    return requests


def _tracking_request(settings: DhlExpressSettings, path: str, query: Iterable[tuple[str, str]]) -> HttpRequest:
    return api_request(settings, "GET", path, query=[*query, ("levelOfDetail", "all")], effect=Effect.READ)


def parse_track_response(
    response: HttpResponse, parcels: Sequence[TrackedParcel], settings: DhlExpressSettings, context: CarrierContext
) -> Mapping[str, Outcome]:
    """One outcome for each number asked; a number that the answer does not hold was not found.

    Raises:
        AuthenticationFailed, RequestRejected: DHL refused.
        MalformedResponse: the answer is not what was promised.
    """
    read_at, digest = response.requested_at, response.digest

    def failed(parcel: TrackedParcel, reason: ReadFailure, message: str, code: str = "") -> TrackingFailure:
        return TrackingFailure(parcel.number, CODE, reason, read_at, message, code, digest)

    def outcome(parcel: TrackedParcel, shipments: Sequence[dict[str, Any]]) -> Outcome:
        if not shipments:
            return failed(parcel, ReadFailure.NOT_FOUND, _MISSING)
        shipment, *others = shipments
        if any(other != shipment for other in others):
            return failed(parcel, ReadFailure.FAILED, "DHL's answer has several shipments under this number")
        destination = destination_of(shipment)
        if trouble := _trouble(shipment, destination, parcel):
            return failed(parcel, *trouble)
        try:
            events = read_history(shipment, settings, context.zone)
        except MalformedResponse as error:
            return failed(parcel, ReadFailure.FAILED, error.message)
        return TrackingReport(parcel.number, CODE, events, read_at, digest, destination, pieces=tuple(_pieces(shipment)))

    if not response.ok:
        error = refusal(response)
        if isinstance(error, NotFound):
            return {parcel.number: failed(parcel, ReadFailure.NOT_FOUND, _MISSING, error.carrier_code) for parcel in parcels}
        raise error
    numbers = {parcel.number: asked_number(parcel) for parcel in parcels}
    listed = _listed_by_number(listed_shipments(response), pieces=any(map(is_piece, numbers.values())))
    return {parcel.number: outcome(parcel, listed.get(numbers[parcel.number], ())) for parcel in parcels}


def _trouble(
    shipment: Mapping[str, Any], destination: Place | None, parcel: TrackedParcel
) -> tuple[ReadFailure, str, str] | None:
    """Why a shipment's entry is no history of the parcel, in DHL's word where it has one."""
    status, history = text_of(shipment.get("status")), shipment.get("events")
    if not history and status.casefold() == _NOT_FOUND:
        return ReadFailure.NOT_FOUND, _MISSING, status
    if not isinstance(history, list) and status.casefold() != _FOUND:
        return ReadFailure.FAILED, "DHL's answer for this number has no history and does not say why", status
    if parcel.country and destination and destination.country not in ("", parcel.country):
        return ReadFailure.WRONG_SHIPMENT, f"the number answers for a parcel to {destination.country}", ""
    return None


def _pieces(shipment: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    pieces = {text_of(piece.get("trackingNumber")): piece for piece in rows(shipment, "pieces")}
    pieces.pop("", None)
    return pieces


def _listed_by_number(shipments: Sequence[dict[str, Any]], *, pieces: bool) -> dict[str, list[dict[str, Any]]]:
    """Each shipment under its number; and under that of each piece as that piece's, with its own history where told.

    One without a history says nothing beside one that has it.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for shipment in sorted(shipments, key=_is_silent):
        named = {text_of(shipment.get("shipmentTrackingNumber")).upper(): shipment}
        for number, piece in _pieces(shipment).items() if pieces else ():
            named[number] = {**shipment, "events": piece["events"], "pieces": [piece]} if rows(piece, "events") else shipment
        for number, entry in named.items():
            others = found.setdefault(number, [])
            if not others or not _is_silent(entry):
                others.append(entry)
    return found


def _is_silent(shipment: Mapping[str, Any]) -> bool:
    return not shipment.get("events")


def listed_shipments(response: HttpResponse) -> list[dict[str, Any]]:
    """The shipments of an answer; raises ``MalformedResponse`` where it has no list of them."""
    answer = read_json(response)
    if not isinstance(answer, dict) or not isinstance(answer.get("shipments"), list):
        raise MalformedResponse("the answer holds no list of shipments")
    return rows(answer, "shipments")
