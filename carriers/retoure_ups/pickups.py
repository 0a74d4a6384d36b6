"""Pickups: Pickup v2409.

https://developer.ups.com/api/reference/pickup - OAuth client credentials. There is no change and no idempotency key. UPS
answers a second order for an address with the number (PRN) of the first, so that two pickups may share one and a cancellation
ends both. The account's open pickups of today and tomorrow can be listed, with the reference they were booked with. Times are
local to the address.
"""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
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
    part,
    read_json,
    rejected,
    rows,
    text_of,
)
from retoure.errors import CarrierError, MalformedResponse, NotFound, OutcomeUnknown, Problem, RequestRejected, Unsupported
from retoure.model import CancelResult, Money, Pickup, PickupOrder, PickupReference, PickupState, PickupWindow
from retoure_ups.bookings import find_pickup_problems, hours_notice, pickup_order, tracking_numbers
from retoure_ups.codes import PICKUP_STATES
from retoure_ups.refusals import check_answer, faults_of
from retoure_ups.settings import UpsSettings, shipper_number
from retoure_ups.wire import CODE, alerts_of, api_request

CREATE_PATH = "/pickupcreation/v2409/pickup"
CANCEL_PATH = "/shipments/v2409/pickup/02"
STATUS_PATH = "/shipments/v2409/pickup/oncall"
SHARED_NUMBER = "UPS gives one number to all pickups at an address on a day: cancelling this one cancels one booked before, too"
_NO_ORDER = (
    "UPS cannot move a pickup: it is cancelled and booked anew, for which its address is needed. This one was booked elsewhere: "
    "cancel it and schedule another"
)
_INCONCLUSIVE = "none of the account's open pickups carries this key; UPS lists those of today and tomorrow only"
_ALREADY = re.compile(r"(?i)\balready (been )?cancell?ed\b(?! *(or|/))")
_RATED, _FREE = "01", "03"


class UpsPickups:
    """Pickups of one account."""

    def __init__(self, settings: UpsSettings, context: CarrierContext) -> None:
        self._settings = settings
        self._context = context

    def schedule(self, order: PickupOrder) -> Call[Pickup]:
        """Book a pickup. It may cost money, as the answer's price says, and again for each attempt."""
        response = yield build_schedule_request(order, self._settings, self._context)
        return parse_schedule_response(response, order, self._settings)

    def reschedule(self, pickup: PickupReference, window: PickupWindow) -> Call[Pickup]:
        """Cancel a pickup and book it anew, under the same key. The new one may cost money like the first.

        What stops the new one locally is found before the old one is given up.

        Raises:
            Unsupported: the pickup was booked elsewhere, so that its address is not known.
            RequestRejected: something is wrong with the new window, or the old pickup is not there to be moved.
            OutcomeUnknown: an answer was lost; the message says whether the old pickup is cancelled.
        """
        if pickup.order is None:
            raise Unsupported(_NO_ORDER)
        order = pickup.order.model_copy(update={"window": window})
        booking = build_schedule_request(order, self._settings, self._context)
        number = pickup.confirmation_number
        try:
            response = yield build_cancel_request(pickup, self._settings, self._context)
            result = parse_cancel_response(response)
        except (OutcomeUnknown, MalformedResponse) as error:
            raise _told(error, f"whether pickup {number} is cancelled is not known, and nothing new was booked") from None
        except CarrierError as error:
            raise _told(error, f"UPS does not confirm that pickup {number} is cancelled, and nothing new was booked") from None
        if result is CancelResult.ALREADY_CANCELLED:
            # Perhaps by a first attempt whose answer was lost, perhaps long ago and booked anew since: nobody here can know.
            text = f"pickup {number} was cancelled already, and nothing new was booked: schedule another if none is"
            raise RequestRejected(problems=[Problem("confirmation_number", CancelResult.ALREADY_CANCELLED, text)])
        try:
            response = yield booking
            return parse_schedule_response(response, order, self._settings)
        except (OutcomeUnknown, MalformedResponse) as error:
            raise _told(error, f"pickup {number} is cancelled; whether the new one is booked is not known") from None
        except CarrierError as error:
            raise _told(error, f"pickup {number} is cancelled, and the new one was not booked") from None

    def cancel(self, pickup: PickupReference) -> Call[CancelResult]:
        """Cancel a pickup, and with it every other that shares its number."""
        response = yield build_cancel_request(pickup, self._settings, self._context)
        return parse_cancel_response(response)

    def find(self, key: str, day: date) -> Call[Found[Pickup] | Candidates[Pickup] | NotSeen]:
        """The open pickups of today and tomorrow that carry this key, with their state."""
        response = yield build_find_request(self._settings, self._context)
        return parse_find_response(response, key, day, self._context)


def _told(error: CarrierError, what: str) -> CarrierError:
    """The error with what has happened so far before its own words."""
    error.message = f"{what}: {error.message}"
    return error


def build_schedule_request(order: PickupOrder, settings: UpsSettings, context: CarrierContext) -> HttpRequest:
    """Book a pickup.

    Raises:
        Unsupported: the account has no shipper number.
        RequestRejected: something is missing or too long; all of it is told at once, and nothing is sent.
    """
    number = shipper_number(settings, "pickups")
    if problems := find_pickup_problems(order, settings, context):
        raise rejected(problems, address="address")
    body = {"PickupCreationRequest": pickup_order(order, settings, number)}
    return api_request(context, settings, "POST", CREATE_PATH, effect=Effect.ONCE, body=body)


def parse_schedule_response(response: HttpResponse, order: PickupOrder, settings: UpsSettings) -> Pickup:
    """The pickup that was booked, with its price where UPS names one.

    Raises:
        RequestRejected, AuthenticationFailed: UPS refused, with the reason.
        MalformedResponse: the answer names no number; whether a pickup is booked is not known.
    """
    check_answer(response, address="address")
    answer = part(read_json(response), "PickupCreationResponse")
    number = text_of(answer.get("PRN"))
    if not number:
        raise MalformedResponse(f"UPS's answer (HTTP {response.status}) names no pickup number")
    status = text_of(part(answer, "RateStatus").get("Code"))
    price = _price(part(answer, "RateResult")) if status == _RATED else None
    return Pickup(
        account=order.account,
        carrier=CODE,
        confirmation_number=number,
        key=order.key,
        day=order.window.day,
        requested=order.window,
        state=PickupState.ACCEPTED,
        free_of_charge=True if status == _FREE else price.amount == 0 if price else None,
        price=price,
        tracking_numbers=tuple(tracking_numbers(order)),
        booked_at=response.requested_at,
        order=order,
        notices=(*alerts_of(part(answer, "Response")), *hours_notice(order, settings), SHARED_NUMBER),
    )


def _price(result: Mapping[str, Any]) -> Money | None:
    try:
        amount = Decimal(text_of(result.get("GrandTotalOfAllCharge")))
        return Money(amount=amount, currency=text_of(result.get("CurrencyCode")))
    except (InvalidOperation, ValueError):
        return None


def build_cancel_request(pickup: PickupReference, settings: UpsSettings, context: CarrierContext) -> HttpRequest:
    """Cancel by number; twice is as once."""
    headers = {"Prn": pickup.confirmation_number}
    return api_request(context, settings, "DELETE", CANCEL_PATH, effect=Effect.REPEATABLE, headers=headers)


def parse_cancel_response(response: HttpResponse) -> CancelResult:
    """What became of a cancellation. UPS's code for one that came before is not documented, so its words are read.

    Raises:
        RequestRejected: UPS did not cancel it.
        NotFound, AuthenticationFailed: as it says.
        MalformedResponse: the answer does not say what became of it.
    """
    try:
        check_answer(response, address="address")
    except (NotFound, RequestRejected):
        if any(_ALREADY.search(text) for _, text in faults_of(response)):
            return CancelResult.ALREADY_CANCELLED
        raise
    answer = part(read_json(response), "PickupCancelResponse")
    match text_of(part(answer, "Response", "ResponseStatus").get("Code")):
        case "1":
            return CancelResult.CANCELLED
        case "0":
            said = "; ".join(alerts_of(part(answer, "Response"))) or "no reason given"
            problem = Problem("confirmation_number", "0", f"UPS did not cancel it: {said}")
            raise RequestRejected(problems=[problem], carrier_code="0")
    raise MalformedResponse(f"UPS's answer (HTTP {response.status}) does not say what became of the pickup")


def build_find_request(settings: UpsSettings, context: CarrierContext) -> HttpRequest:
    """The account's open pickups; raises ``Unsupported`` where it has no shipper number."""
    headers = {"AccountNumber": shipper_number(settings, "pickups")}
    return api_request(context, settings, "GET", STATUS_PATH, effect=Effect.READ, headers=headers)


def parse_find_response(
    response: HttpResponse, key: str, day: date, context: CarrierContext
) -> Found[Pickup] | Candidates[Pickup] | NotSeen:
    """The pickups that carry the key; of several, those of the day. Not finding one proves nothing."""
    check_answer(response, address="address")
    answer = part(read_json(response), "PickupPendingStatusResponse")
    if not answer:
        raise MalformedResponse("UPS's answer is not a list of open pickups")
    open_ones = rows(answer, "PendingStatus")
    numbers = [text_of(row.get("PRN")) for row in open_ones]
    mine = [row for row in open_ones if text_of(row.get("ReferenceNumber")) == key]
    found = [_pickup(row, key, context, shared=numbers.count(text_of(row.get("PRN"))) > 1) for row in mine]
    of_the_day = [pickup for pickup in found if pickup.day == day]
    chosen = tuple(of_the_day or found)
    if not chosen:
        return NotSeen(conclusive=False, reason=_INCONCLUSIVE)
    return Found(chosen[0]) if len(chosen) == 1 else Candidates(chosen)


def _pickup(row: Mapping[str, Any], key: str, context: CarrierContext, *, shared: bool) -> Pickup:
    number, state = text_of(row.get("PRN")), text_of(row.get("OnCallStatusCode"))
    if not number:
        raise MalformedResponse("an open pickup carries the key and no number")
    said = text_of(row.get("PickupStatusMessage"))
    return Pickup(
        account=context.account,
        carrier=CODE,
        confirmation_number=number,
        key=key,
        day=_day(text_of(row.get("ServiceDate"))),
        state=PICKUP_STATES.get(state, PickupState.UNKNOWN),
        raw_state=state,
        notices=tuple(filter(None, (said, SHARED_NUMBER if shared else ""))),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
