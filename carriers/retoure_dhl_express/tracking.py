"""Tracking: MyDHL API, version 3.3.1, up to 200 numbers a call.

https://developer.dhl.com/api-reference/dhl-express-mydhl-api - HTTP Basic. ``status`` in the answer is that of the look-up, not
of the parcel. The batch has local times without offset; the call for one shipment adds offsets, and is made only for a parcel
that is to be told ``precise``. In the test environment DHL knows a fixed list of numbers.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias
from urllib.parse import quote

from retoure.carrier import Call, CarrierContext, Effect, HttpRequest, HttpResponse, read_json, rows, text_of
from retoure.errors import CarrierUnavailable, MalformedResponse, NotFound, Problem, RequestRejected
from retoure.model import ReadFailure, TrackedParcel, TrackingFailure, TrackingReport
from retoure_dhl_express.history import destination_of, read_history
from retoure_dhl_express.refusals import refusal
from retoure_dhl_express.settings import DhlExpressSettings, api_url
from retoure_dhl_express.wire import CODE, READ_HEADERS, judge

BATCH_SIZE = 200
Outcome: TypeAlias = TrackingReport | TrackingFailure
_MISSING = "unknown, too new, or deleted by now"
_FOUND, _NOT_FOUND = "success", "failure"  # of the look-up
_SEPARATORS = str.maketrans("", "", " .-")


class DhlExpressTracking:
    """Tracking of one account."""

    batch_size = BATCH_SIZE

    def __init__(self, settings: DhlExpressSettings, context: CarrierContext) -> None:
        self._settings = settings
        self._context = context

    def track(self, parcels: Sequence[TrackedParcel]) -> Call[Mapping[str, Outcome]]:
        """The history of up to 200 numbers: one call for all, and one for each that is to be precise. Costs nothing."""
        outcomes: dict[str, Outcome] = {}
        plain = [parcel for parcel in parcels if not parcel.precise]
        if plain:
            response = yield build_batch_request(plain, self._settings)
            outcomes |= parse_track_response(response, plain, self._settings, self._context)
        for parcel in parcels:
            if parcel.precise:
                outcomes[parcel.number] = yield from self._precisely(parcel, alone=len(parcels) == 1)
        return outcomes

    def _precisely(self, parcel: TrackedParcel, *, alone: bool) -> Call[Outcome]:
        try:
            response = yield build_precise_request(parcel, self._settings)
            return parse_track_response(response, [parcel], self._settings, self._context)[parcel.number]
        except (CarrierUnavailable, MalformedResponse) as error:
            if alone:
                raise
            # What the others came to is not thrown away for one of them.
            return TrackingFailure(parcel.number, CODE, ReadFailure.FAILED, self._context.clock(), error.message)


def shipment_number(parcel: TrackedParcel) -> str:
    """The number as DHL writes it, without the spaces, dots and hyphens that people put in."""
    return parcel.number.translate(_SEPARATORS).upper()


def _checked(parcels: Sequence[TrackedParcel]) -> list[str]:
    numbers = list(dict.fromkeys(map(shipment_number, parcels)))
    if not all(numbers) or len(numbers) > BATCH_SIZE:
        text = f"1 to {BATCH_SIZE} numbers of letters and digits a call"
        raise RequestRejected(problems=[Problem("parcels", "wrong_form", text)])
    return numbers


def build_batch_request(parcels: Sequence[TrackedParcel], settings: DhlExpressSettings) -> HttpRequest:
    """Ask for the histories of up to 200 numbers, with those of their pieces; raises ``RequestRejected`` for more."""
    query = [("shipmentTrackingNumber", number) for number in _checked(parcels)]
    return HttpRequest(
        method="GET",
        url=api_url(settings, "/tracking", [*query, ("levelOfDetail", "all")]),
        effect=Effect.READ,
        headers=READ_HEADERS,
        auth=settings.auth,
        judge=judge,
    )


def build_precise_request(parcel: TrackedParcel, settings: DhlExpressSettings) -> HttpRequest:
    """Ask for one history with the offset of every event, which only this call has."""
    (number,) = _checked([parcel])
    query = {"levelOfDetail": "all", "requestGMTOffsetPerEvent": "true"}
    return HttpRequest(
        method="GET",
        url=api_url(settings, f"/shipments/{quote(number, safe='')}/tracking", query),
        effect=Effect.READ,
        headers=READ_HEADERS,
        auth=settings.auth,
        judge=judge,
    )


def parse_track_response(
    response: HttpResponse, parcels: Sequence[TrackedParcel], settings: DhlExpressSettings, context: CarrierContext
) -> Mapping[str, Outcome]:
    """One outcome for each number asked; a number that the answer does not hold was not found.

    Raises:
        AuthenticationFailed, RequestRejected: DHL refused.
        MalformedResponse: the answer is not what was promised.
    """
    digest, read_at = response.digest, response.requested_at
    if not response.ok:
        error = refusal(response)
        if not isinstance(error, NotFound):
            raise error
        return {
            parcel.number: TrackingFailure(
                parcel.number, CODE, ReadFailure.NOT_FOUND, read_at, _MISSING, error.carrier_code, digest
            )
            for parcel in parcels
        }
    shipments = listed_shipments(response)
    by_number = {text_of(shipment.get("shipmentTrackingNumber")).upper(): shipment for shipment in shipments}

    def outcome(parcel: TrackedParcel) -> Outcome:
        def failed(reason: ReadFailure, message: str, code: str = "") -> TrackingFailure:
            return TrackingFailure(parcel.number, CODE, reason, read_at, message, code, digest)

        shipment = by_number.get(shipment_number(parcel))
        if shipment is None:
            return failed(ReadFailure.NOT_FOUND, _MISSING)
        status = text_of(shipment.get("status"))
        if not rows(shipment, "events") and status.casefold() == _NOT_FOUND:
            return failed(ReadFailure.NOT_FOUND, _MISSING, status)
        if not isinstance(shipment.get("events"), list) and status.casefold() != _FOUND:
            return failed(ReadFailure.FAILED, "DHL's answer for this number has no history and does not say why", status)
        destination = destination_of(shipment)
        if parcel.country and destination and destination.country not in ("", parcel.country):
            return failed(ReadFailure.WRONG_SHIPMENT, f"the number answers for a parcel to {destination.country}")
        try:
            events = read_history(shipment, settings, context.zone)
        except MalformedResponse as error:
            return failed(ReadFailure.FAILED, error.message)
        pieces = tuple(filter(None, (text_of(piece.get("trackingNumber")) for piece in rows(shipment, "pieces"))))
        return TrackingReport(parcel.number, CODE, events, read_at, digest, destination, pieces=pieces)

    return {parcel.number: outcome(parcel) for parcel in parcels}


def listed_shipments(response: HttpResponse) -> list[dict[str, Any]]:
    """The shipments of an answer; raises ``MalformedResponse`` where it has no list of them."""
    answer = read_json(response)
    if not isinstance(answer, dict) or not isinstance(answer.get("shipments"), list):
        raise MalformedResponse("the answer holds no list of shipments")
    return rows(answer, "shipments")
