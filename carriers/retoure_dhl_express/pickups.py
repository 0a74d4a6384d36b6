"""Pickups: MyDHL API, version 3.3.1, ``/pickups``.

https://developer.dhl.com/api-reference/dhl-express-mydhl-api - HTTP Basic. A pickup can be moved and cancelled; DHL may have
merged it with others at the same place, and then both hit all of them. There is no search and no idempotency key.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from retoure.carrier import (
    Call,
    Candidates,
    CarrierContext,
    Effect,
    Found,
    HttpRequest,
    HttpResponse,
    NotSeen,
    date_of,
    read_json,
    rejected,
    text_of,
    texts,
    unsupported,
)
from retoure.errors import MalformedResponse, NotFound, Problem, RequestRejected, Unsupported
from retoure.model import CancelResult, Pickup, PickupOrder, PickupReference, PickupState, PickupWindow
from retoure_dhl_express.bookings import find_pickup_problems, pickup_order, ready_time
from retoure_dhl_express.refusals import refusal
from retoure_dhl_express.settings import DhlExpressSettings
from retoure_dhl_express.wire import CODE, NO_PICKUP_SEARCH, api_request

_NO_ORDER = (
    "DHL wants the whole pickup told again to move it, and this one does not say what it was booked with: "
    "cancel it and schedule a new one under another key"
)
_CONSOLIDATED = "DHL may merge pickups at one place; moving or cancelling this one then moves or cancels all of them"
_SHORTEST, _LONGEST = 15, 20
_DONE = re.compile(r"\balready (been )?(cancell?ed|completed)\b", re.IGNORECASE)
_REASON = "the return is not handed over"


class DhlExpressPickups:
    """Pickups of one account."""

    def __init__(self, settings: DhlExpressSettings, context: CarrierContext) -> None:
        self._settings = settings
        self._context = context

    def schedule(self, order: PickupOrder) -> Call[Pickup]:
        """Book a pickup. Whether it costs money is a matter of the account's contract."""
        response = yield build_schedule_request(order, self._settings, self._context)
        return parse_schedule_response(response, order, self._settings, self._context)

    def reschedule(self, pickup: PickupReference, window: PickupWindow) -> Call[Pickup]:
        """Move a pickup, and all that DHL merged with it."""
        response = yield build_reschedule_request(pickup, window, self._settings, self._context)
        return parse_reschedule_response(response, pickup, window, self._settings, self._context)

    def cancel(self, pickup: PickupReference) -> Call[CancelResult]:
        """Cancel a pickup, and all that DHL merged with it."""
        response = yield build_cancel_request(pickup, self._settings)
        return parse_cancel_response(response)

    def find(self, key: str, day: date) -> Call[Found[Pickup] | Candidates[Pickup] | NotSeen]:
        """Not offered by DHL."""
        return (yield from unsupported(NO_PICKUP_SEARCH))


def build_schedule_request(order: PickupOrder, settings: DhlExpressSettings, context: CarrierContext) -> HttpRequest:
    """Book a pickup.

    Raises:
        RequestRejected: something is missing, too long or too early; all of it is told at once, and nothing is sent.
    """
    if problems := find_pickup_problems(order, order.window, settings, context):
        raise rejected(problems, address="address")
    return api_request(
        settings, "POST", "/pickups", effect=Effect.ONCE, body=pickup_order(order, order.window, settings, context)
    )


def parse_schedule_response(
    response: HttpResponse, order: PickupOrder, settings: DhlExpressSettings, context: CarrierContext
) -> Pickup:
    """The pickup that was booked.

    Raises:
        RequestRejected, AuthenticationFailed: DHL refused; of several reasons all are told.
        MalformedResponse: the answer confirms no pickup; whether one exists is not known.
    """
    if not response.ok:
        raise refusal(response, address="address", effect=Effect.ONCE)
    answer = read_json(response)
    numbers = list(dict.fromkeys(texts(answer, "dispatchConfirmationNumbers")))
    if not numbers:
        raise MalformedResponse(f"DHL's answer (HTTP {response.status}) confirms no pickup")
    return _pickup(answer, numbers, order, response.requested_at, settings, context)


def _pickup(
    answer: Any,  # noqa: ANN401 - JSON is anything
    numbers: Sequence[str],
    order: PickupOrder,
    booked_at: datetime,
    settings: DhlExpressSettings,
    context: CarrierContext,
) -> Pickup:
    day = date_of(text_of(answer.get("nextPickupDate"))) or order.window.day or _soonest(order, settings, context)
    notices = texts(answer, "warnings")
    if order.window.day not in (None, day):
        notices.append(f"DHL comes on {day:%Y-%m-%d} instead of {order.window.day:%Y-%m-%d}")
    if ready := text_of(answer.get("readyByTime")):
        notices.append(f"have it ready by {ready}")
    if len(numbers) > 1:
        notices.append(f"DHL confirmed several pickups, cancel each: {', '.join(numbers)}")
    return Pickup(
        account=order.account,
        carrier=CODE,
        confirmation_number=numbers[0],
        key=order.key,
        day=day,
        requested=order.window,
        state=PickupState.ACCEPTED,
        tracking_numbers=tuple(parcel.tracking_number for parcel in order.parcels if parcel.tracking_number),
        booked_at=booked_at,
        notices=(*notices, _CONSOLIDATED),
        order=order,
    )


def _soonest(order: PickupOrder, settings: DhlExpressSettings, context: CarrierContext) -> date | None:
    """The day that was asked for as the soonest; none where the clock has made another of it since."""
    try:
        return ready_time(order, order.window, settings, context).date()
    except (ValueError, LookupError):
        return None


def _path(pickup: PickupReference) -> str:
    return f"/pickups/{quote(pickup.confirmation_number, safe='')}"


def build_reschedule_request(
    pickup: PickupReference, window: PickupWindow, settings: DhlExpressSettings, context: CarrierContext
) -> HttpRequest:
    """Move a pickup; twice is as once.

    Raises:
        Unsupported: the reference does not hold the order that was booked, which DHL wants told again.
        RequestRejected: the window or the order cannot be had; nothing is sent.
    """
    if pickup.order is None:
        raise Unsupported(_NO_ORDER)
    problems = list(find_pickup_problems(pickup.order, window, settings, context))
    if not _SHORTEST <= len(pickup.confirmation_number) <= _LONGEST:
        text = f"DHL Express's confirmation numbers have {_SHORTEST} to {_LONGEST} characters"
        problems.append(Problem("confirmation_number", "wrong_form", text))
    if problems:
        raise rejected(problems, address="address")
    body = {
        "dispatchConfirmationNumber": pickup.confirmation_number,
        "originalShipperAccountNumber": settings.account_number,
        **pickup_order(pickup.order, window, settings, context),
    }
    return api_request(settings, "PATCH", _path(pickup), effect=Effect.REPEATABLE, body=body)


def parse_reschedule_response(
    response: HttpResponse,
    pickup: PickupReference,
    window: PickupWindow,
    settings: DhlExpressSettings,
    context: CarrierContext,
) -> Pickup:
    """The pickup as it stands now; raises ``NotFound`` for an unknown one, and like scheduling for the rest."""
    if not response.ok:
        raise refusal(response, address="address")
    answer = read_json(response)
    if not isinstance(answer, dict) or pickup.order is None:
        raise MalformedResponse(f"DHL's answer (HTTP {response.status}) does not say what became of the pickup")
    number = text_of(answer.get("dispatchConfirmationNumber")) or pickup.confirmation_number
    moved = pickup.order.model_copy(update={"window": window})
    return _pickup(answer, [number], moved, response.requested_at, settings, context)


def build_cancel_request(pickup: PickupReference, settings: DhlExpressSettings) -> HttpRequest:
    """Cancel a pickup; twice is as once. DHL wants to know who asks and why."""
    query = {"requestorName": settings.pickup_requestor, "reason": _REASON}
    return api_request(settings, "DELETE", _path(pickup), query=query, effect=Effect.REPEATABLE)


def parse_cancel_response(response: HttpResponse) -> CancelResult:
    """What became of a cancellation; a success has no body.

    A pickup that DHL does not know is taken for a cancelled one: DHL says the same of both.

    Raises:
        RequestRejected, AuthenticationFailed: DHL refused.
        MalformedResponse: a 404 of another than the API, which says nothing of the pickup.
    """
    if response.ok:
        return CancelResult.CANCELLED
    error = refusal(response, address="address")
    if isinstance(error, NotFound):
        return CancelResult.ALREADY_CANCELLED
    if isinstance(error, RequestRejected) and _DONE.search(error.message):
        return CancelResult.ALREADY_CANCELLED
    raise error
