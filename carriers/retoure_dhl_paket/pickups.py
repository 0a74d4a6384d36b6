"""Pickups: Parcel DE Pickup, version 3.0.0.

https://developer.dhl.com/api-reference/parcel-de-pickup-post-parcel-germany - OAuth only. A pickup with a billing number is
charged per order and per attempt. There is no change and no idempotency key; an order can be found by its day. Cancelling
answers 200 even where nothing was cancelled. Times have no offset and are German.
"""

from collections.abc import Mapping
from datetime import date, datetime
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
    aware,
    date_of,
    exact_json,
    part,
    read_json,
    rejected,
    rows,
    short_reference,
    text_of,
    unsupported,
    url_with,
)
from retoure.errors import MalformedResponse, Problem, RequestRejected
from retoure.model import CancelResult, Pickup, PickupOrder, PickupReference, PickupState, PickupWindow
from retoure_dhl_paket.bookings import find_pickup_problems, pickup_order
from retoure_dhl_paket.codes import PICKUP_CANCELLED, PICKUP_STATES
from retoure_dhl_paket.refusals import SERVICE_CODES, refusal
from retoure_dhl_paket.settings import DhlPaketSettings, api_origin, pickup_auth
from retoure_dhl_paket.wire import CODE, JSON_HEADERS, NO_CHANGE, READ_HEADERS

PICKUP_PATH = "/parcel/de/transportation/pickup/v3"
REFERENCE_LENGTH = 20
_INCONCLUSIVE = (
    "none of the day's pickups carries this key; DHL does not say how soon an order shows up, and one for the soonest day may be "
    "listed under another"
)


class DhlPaketPickups:
    """Pickups of one account."""

    def __init__(self, settings: DhlPaketSettings, context: CarrierContext) -> None:
        self._settings = settings
        self._context = context

    def schedule(self, order: PickupOrder) -> Call[Pickup]:
        """Book a pickup. It costs money where the account has a pickup billing number, failed attempts included."""
        response = yield build_schedule_request(order, self._settings)
        return parse_schedule_response(response, order)

    def reschedule(self, pickup: PickupReference, window: PickupWindow) -> Call[Pickup]:
        """Not offered by DHL."""
        return (yield from unsupported(NO_CHANGE))

    def cancel(self, pickup: PickupReference) -> Call[CancelResult]:
        """Cancel a pickup."""
        response = yield build_cancel_request(pickup, self._settings)
        return parse_cancel_response(response, pickup)

    def find(self, key: str, day: date) -> Call[Found[Pickup] | Candidates[Pickup] | NotSeen]:
        """The pickups of a day that carry this key, with their state."""
        response = yield build_find_request(day, self._settings)
        return parse_find_response(response, key, self._context)


def build_schedule_request(order: PickupOrder, settings: DhlPaketSettings) -> HttpRequest:
    """Book a pickup.

    Raises:
        Unsupported: the account has no OAuth credentials.
        RequestRejected: something is missing or too long; all of it is told at once, and nothing is sent.
    """
    auth = pickup_auth(settings)
    if problems := find_pickup_problems(order, settings):
        raise rejected(problems, address="address", service_codes=SERVICE_CODES)
    return HttpRequest(
        method="POST",
        url=url_with(api_origin(settings), f"{PICKUP_PATH}/orders"),
        effect=Effect.ONCE,
        headers=JSON_HEADERS,
        content=exact_json(pickup_order(order, settings, short_reference(order.key, REFERENCE_LENGTH))).encode(),
        auth=auth,
    )


def parse_schedule_response(response: HttpResponse, order: PickupOrder) -> Pickup:
    """The pickup that was booked, with the day DHL confirmed.

    Raises:
        RequestRejected, AuthenticationFailed: DHL refused; of several reasons all are told.
        MalformedResponse: the answer confirms no order; whether one exists is not known.
    """
    if not response.ok:
        raise refusal(response, address="address")
    value = part(part(read_json(response), "confirmation"), "value")
    number = text_of(value.get("orderID"))
    if not number:
        raise MalformedResponse(f"DHL's answer (HTTP {response.status}) confirms no pickup order")
    day, free = date_of(text_of(value.get("pickupDate"))), value.get("freeOfCharge")
    return Pickup(
        account=order.account,
        carrier=CODE,
        confirmation_number=number,
        key=order.key,
        day=day,
        requested=order.window,
        state=PickupState.ACCEPTED,
        free_of_charge=free if isinstance(free, bool) else None,
        tracking_numbers=tuple(parcel.tracking_number for parcel in order.parcels if parcel.tracking_number),
        booked_at=response.requested_at,
        notices=tuple(_notices(order, day, value.get("confirmedShipments"))),
    )


def _notices(order: PickupOrder, day: date | None, confirmed: Any) -> list[str]:  # noqa: ANN401 - JSON is anything
    notices = []
    if day is None:
        notices.append("DHL confirmed the order without a readable day")
    elif order.window.day not in (None, day):
        notices.append(f"DHL confirmed {day:%Y-%m-%d} instead of {order.window.day:%Y-%m-%d}")
    if isinstance(confirmed, list) and len(confirmed) != len(order.parcels):
        notices.append(f"DHL confirmed {len(confirmed)} of {len(order.parcels)} parcels")
    return notices


def build_cancel_request(pickup: PickupReference, settings: DhlPaketSettings) -> HttpRequest:
    """Cancel a pickup; twice is as once."""
    return HttpRequest(
        method="DELETE",
        url=url_with(api_origin(settings), f"{PICKUP_PATH}/orders", {"orderID": pickup.confirmation_number}),
        effect=Effect.REPEATABLE,
        headers=READ_HEADERS,
        auth=pickup_auth(settings),
    )


def parse_cancel_response(response: HttpResponse, pickup: PickupReference) -> CancelResult:
    """What became of a cancellation.

    Raises:
        RequestRejected: DHL did not cancel it, with the state it is in.
        NotFound, AuthenticationFailed: as it says.
        MalformedResponse: the answer does not mention the order.
    """
    if not response.ok:
        raise refusal(response, address="address")
    answer = read_json(response)
    for entry in rows(answer, "confirmedCancellations"):
        if _same_order(entry, pickup):
            return CancelResult.CANCELLED
    for entry in rows(answer, "failedCancellations"):
        if _same_order(entry, pickup):
            state, message = text_of(entry.get("orderState")), text_of(entry.get("message"))
            if state == PICKUP_CANCELLED:
                return CancelResult.ALREADY_CANCELLED
            text = f"DHL did not cancel it: {message or 'no reason given'}" + (f" (state {state})" if state else "")
            raise RequestRejected(problems=[Problem("confirmation_number", state or "failed", text)], carrier_code=state)
    raise MalformedResponse(f"DHL's answer (HTTP {response.status}) does not say what became of the pickup")


def _same_order(entry: Mapping[str, Any], pickup: PickupReference) -> bool:
    # DHL speaks of a UUID without hyphens; one with them is the same order.
    given, asked = text_of(entry.get("orderID")), pickup.confirmation_number
    return given.replace("-", "").casefold() == asked.replace("-", "").casefold()


def build_find_request(day: date, settings: DhlPaketSettings) -> HttpRequest:
    """The account's pickups of one day."""
    return HttpRequest(
        method="GET",
        url=url_with(api_origin(settings), f"{PICKUP_PATH}/orders", {"pickupDate": day.isoformat()}),
        effect=Effect.READ,
        headers=READ_HEADERS,
        auth=pickup_auth(settings),
    )


def parse_find_response(
    response: HttpResponse, key: str, context: CarrierContext
) -> Found[Pickup] | Candidates[Pickup] | NotSeen:
    """The pickups that carry the key. Not finding one proves nothing."""
    if not response.ok:
        raise refusal(response, address="address")
    orders = read_json(response)
    if not isinstance(orders, list) or not all(isinstance(order, dict) for order in orders):
        raise MalformedResponse("DHL's answer is not a list of pickup orders")
    reference = short_reference(key, REFERENCE_LENGTH)
    found = tuple(_pickup(order, key, context) for order in orders if _carries(order, reference))
    if not found:
        return NotSeen(conclusive=False, reason=_INCONCLUSIVE)
    return Found(found[0]) if len(found) == 1 else Candidates(found)


def _shipments(order: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    listed = rows(part(order, "shipmentDetails"), "shipments")
    return [{**part(row, "shipment"), "orderDate": row.get("orderDate")} for row in listed]


def _carries(order: Mapping[str, Any], reference: str) -> bool:
    return any(text_of(shipment.get("customerReference")) == reference for shipment in _shipments(order))


def _pickup(order: Mapping[str, Any], key: str, context: CarrierContext) -> Pickup:
    details, shipments = part(order, "orderDetails"), _shipments(order)
    number, state = text_of(details.get("orderID")), text_of(details.get("orderState"))
    if not number:
        raise MalformedResponse("a pickup order carries the key and no order id")
    feedback = text_of(order.get("feedback"))
    return Pickup(
        account=context.account,
        carrier=CODE,
        confirmation_number=number,
        key=key,
        day=date_of(text_of(part(part(order, "pickupDetails"), "pickupDate").get("value"))),
        state=PICKUP_STATES.get(state, PickupState.UNKNOWN),
        raw_state=state,
        tracking_numbers=tuple(filter(None, (text_of(shipment.get("shipmentNo")) for shipment in shipments))),
        booked_at=next((at for shipment in shipments if (at := _instant(shipment.get("orderDate"), context))), None),
        notices=(feedback,) if feedback else (),
    )


def _instant(value: Any, context: CarrierContext) -> datetime | None:  # noqa: ANN401
    try:
        local = datetime.fromisoformat(text_of(value))
    except ValueError:
        return None
    return local if local.tzinfo else aware(local, context.zone)[0]
