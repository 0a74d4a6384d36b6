"""Pickups: DPD META-API, version 1, ``POST /pickupscheduling`` for labelled parcels and ``POST /colreq`` for one that DPD labels.

https://api.dpdgroup.com - neither can be cancelled, moved or looked up afterwards. Whether a pickup costs money is the
contract's affair.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from retoure.carrier import (
    Call,
    Candidates,
    CarrierContext,
    Effect,
    Found,
    HttpRequest,
    HttpResponse,
    NotSeen,
    exact_json,
    read_json,
    rejected,
    rows,
    text_of,
    unsupported,
)
from retoure.errors import MalformedResponse
from retoure.model import CancelResult, Pickup, PickupOrder, PickupReference, PickupState, PickupWindow
from retoure_dpd_meta.bookings import collection, find_pickup_problems, is_collection_request, pickup
from retoure_dpd_meta.refusals import refusal
from retoure_dpd_meta.settings import DpdMetaSettings, api_url
from retoure_dpd_meta.wire import CODE, JSON_HEADERS, NO_CANCEL, NO_CHANGE, NO_PICKUP_SEARCH


class DpdMetaPickups:
    """Pickups of one account."""

    def __init__(self, settings: DpdMetaSettings, context: CarrierContext) -> None:
        self._settings = settings
        self._context = context

    def schedule(self, order: PickupOrder) -> Call[Pickup]:
        """Book a pickup, or a collection request where no parcel has a number. It cannot be cancelled; it may cost money."""
        response = yield build_schedule_request(order, self._settings, self._context)
        if is_collection_request(order):
            return parse_collection_response(response, order)
        return parse_schedule_response(response, order)

    def reschedule(self, pickup: PickupReference, window: PickupWindow) -> Call[Pickup]:
        """Not offered by DPD."""
        return (yield from unsupported(NO_CHANGE))

    def cancel(self, pickup: PickupReference) -> Call[CancelResult]:
        """Not offered by DPD."""
        return (yield from unsupported(NO_CANCEL))

    def find(self, key: str, day: date) -> Call[Found[Pickup] | Candidates[Pickup] | NotSeen]:
        """Not offered by DPD."""
        return (yield from unsupported(NO_PICKUP_SEARCH))


def build_schedule_request(order: PickupOrder, settings: DpdMetaSettings, context: CarrierContext) -> HttpRequest:
    """Book a pickup or a collection request.

    Raises:
        RequestRejected: something is missing, too long or too heavy; all of it is told at once, and nothing is sent.
    """
    if problems := find_pickup_problems(order, settings, context):
        raise rejected(problems, address="address")
    receiver = settings.collection_receiver
    if receiver is not None and is_collection_request(order):
        return _request(settings, "/colreq", collection(order, receiver, settings))
    return _request(settings, "/pickupscheduling", pickup(order, settings))


def _request(settings: DpdMetaSettings, path: str, body: dict[str, Any]) -> HttpRequest:
    return HttpRequest(
        method="POST",
        url=api_url(settings, path),
        effect=Effect.ONCE,
        headers=JSON_HEADERS,
        content=exact_json(body).encode(),
        auth=settings.auth,
    )


def parse_schedule_response(response: HttpResponse, order: PickupOrder) -> Pickup:
    """The pickup that was booked.

    Raises:
        RequestRejected, AuthenticationFailed: DPD refused, with its reason.
        MalformedResponse: the answer confirms no pickup; whether one exists is not known.
    """
    if not response.ok:
        raise refusal(response)
    booked = [row for row in rows(read_json(response), "scheduledPickupResponse") if text_of(row.get("pickupreference"))]
    if not booked:
        raise MalformedResponse(f"DPD's answer (HTTP {response.status}) confirms no pickup")
    numbers = [text_of(row.get("pickupreference")) for row in booked]
    notices = [description for row in booked if (description := text_of(row.get("statusDescription")))]
    if len(numbers) > 1:
        notices.append(f"DPD confirmed several pickups: {', '.join(numbers)}")
    codes = [code for row in booked if (code := text_of(row.get("statusCode")))]
    tracking_numbers = [parcel.tracking_number for parcel in order.parcels]
    return _pickup(response, order, numbers[0], codes, tracking_numbers, notices)


def parse_collection_response(response: HttpResponse, order: PickupOrder) -> Pickup:
    """The collection request that was booked, with the number of the label that DPD brings along; raises like the other."""
    if not response.ok:
        raise refusal(response)
    answer = read_json(response)
    number = text_of(answer.get("collectionId")) if isinstance(answer, dict) else ""
    if not number:
        raise MalformedResponse(f"DPD's answer (HTTP {response.status}) confirms no collection request")
    statuses = rows(answer, "statusList")
    notices = [said for row in statuses if (said := text_of(row.get("description")) or text_of(row.get("info")))]
    codes = [code for row in statuses if (code := text_of(row.get("code")))]
    return _pickup(response, order, number, codes, list(filter(None, [text_of(answer.get("parcelId"))])), notices)


def _pickup(
    response: HttpResponse,
    order: PickupOrder,
    number: str,
    codes: Sequence[str],
    tracking_numbers: Sequence[str],
    notices: Sequence[str],
) -> Pickup:
    return Pickup(
        account=order.account,
        carrier=CODE,
        confirmation_number=number,
        key=order.key,
        day=order.window.day,
        requested=order.window,
        # DPD documents no codes: what has a number has been accepted, and the code is kept as it is.
        state=PickupState.ACCEPTED,
        raw_state="/".join(codes),
        tracking_numbers=tuple(tracking_numbers),
        booked_at=response.requested_at,
        order=order,
        notices=tuple(notices),
    )
