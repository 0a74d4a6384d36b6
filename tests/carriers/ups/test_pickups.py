from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from tests.carriers.ups.asking import CONTEXT, NUMBER, account, answer, booked_pickup, driven, fault, pickup_order, sent_json

from retoure.carrier import Candidates, Effect, Found, NotSeen
from retoure.errors import CarrierError, MalformedResponse, OutcomeUnknown, RequestRejected, ServiceNotAvailable, Unsupported
from retoure.model import CancelResult, PickupState, PickupWindow
from retoure_ups.bookings import find_pickup_problems
from retoure_ups.pickups import (
    SHARED_NUMBER,
    UpsPickups,
    build_cancel_request,
    build_find_request,
    build_schedule_request,
    parse_cancel_response,
    parse_find_response,
    parse_schedule_response,
)

DAY = date(2026, 3, 3)
CANCELLED = {"PickupCancelResponse": {"Response": {"ResponseStatus": {"Code": "1"}}}}


def booked(status="04", **more):
    return answer({"PickupCreationResponse": {"PRN": "2929602E9CQ", "RateStatus": {"Code": status}, **more}})


def body_of(own=None, **changes):
    return sent_json(build_schedule_request(pickup_order(**changes), own or account(), CONTEXT))["PickupCreationRequest"]


def problems_of(own=None, **changes):
    return [(problem.field, problem.code) for problem in find_pickup_problems(pickup_order(**changes), own or account(), CONTEXT)]


def scheduled(response, own=None, **changes):
    return parse_schedule_response(response, pickup_order(**changes), own or account())


# What is sent.


def test_a_pickup_is_a_purchase():
    assert build_schedule_request(pickup_order(), account(), CONTEXT).effect is Effect.ONCE


def test_a_day_has_eight_digits_and_an_hour_four():
    assert body_of()["PickupDateInfo"] == {"CloseTime": "1700", "ReadyTime": "0900", "PickupDate": "20260303"}


def test_the_key_is_the_reference_by_which_a_pickup_is_found_again():
    assert body_of(key="K-1")["ReferenceNumber"] == "K-1"


def test_a_customer_is_at_home_and_a_company_is_not():
    assert body_of()["PickupAddress"]["ResidentialIndicator"] == "Y"
    address = body_of(address={"company": "Beispiel GmbH"})["PickupAddress"]
    assert (address["ResidentialIndicator"], address["CompanyName"]) == ("N", "Beispiel GmbH")


@pytest.mark.parametrize(("country", "written", "sent"), [("US", "94103-1234", "94103"), ("CA", "M5V 3L9", "M5V3L9")])
def test_a_zip_goes_without_its_extension_for_which_a_pickup_has_no_room(country, written, sent):
    address = {"country": country, "postal_code": written, "state": "CA"}
    assert body_of(address=address)["PickupAddress"]["PostalCode"] == sent


def test_the_merchants_phone_stands_in_for_a_customer_who_does_not_consent():
    assert body_of()["PickupAddress"]["Phone"] == {"Number": "+49 30 5550199"}
    assert body_of(contact_consent=True)["PickupAddress"]["Phone"] == {"Number": "+49 89 5550100"}
    assert problems_of(account(phone="")) == [("address.phone", "missing")]


@pytest.mark.parametrize(("payment", "code"), [("account", "01"), ("tracking_number", "04"), ("none", "00")])
def test_who_pays_is_a_setting(payment, code):
    assert body_of(account(pickup_payment=payment))["PaymentMethod"] == code


def test_the_service_of_a_pickup_is_the_labels_unless_the_account_names_another():
    assert body_of()["PickupPiece"][0]["ServiceCode"] == "011"
    assert body_of(account(pickup_service="001"))["PickupPiece"][0]["ServiceCode"] == "001"


def test_the_weight_of_all_parcels_goes_along_or_none():
    assert body_of()["TotalWeight"] == {"Weight": "2.4", "UnitOfMeasurement": "KGS"}
    assert "TotalWeight" not in body_of(parcels=[{"tracking_number": NUMBER}])


def test_a_parcel_above_32_kg_is_told():
    assert body_of()["OverweightIndicator"] == "N"
    heavy = [{"parcel": {"weight": "32.1 kg"}, "tracking_number": NUMBER}]
    assert body_of(parcels=heavy)["OverweightIndicator"] == "Y"


@pytest.mark.parametrize(
    ("own", "changes", "expected"),
    [
        ({}, {"window": {"day": None}}, ("window.day", "missing")),
        ({}, {"window": {"day": "2026-02-28"}}, ("window.day", "out_of_range")),
        ({}, {"window": {"earliest": "18:00", "latest": None}}, ("window.latest", "out_of_order")),
        ({}, {"window": {"earliest": "09:00:30"}}, ("window.earliest", "wrong_form")),
        ({}, {"note": "n" * 58}, ("note", "too_long")),
        ({}, {"address": {"name": "N" * 23}}, ("address.name", "too_long")),
        ({}, {"address": {"addition": "A" * 12}}, ("address.addition", "too_long")),
        ({}, {"parcels": [{"tracking_number": "1Z"}]}, ("parcels[0].tracking_number", "wrong_form")),
        ({}, {"parcels": [{"bulky": "a canoe"}]}, ("parcels[0].bulky", "not_offered")),
        ({}, {"parcels": [{"tracking_number": NUMBER}] * 31}, ("parcels", "too_many")),
        ({"account_country": None}, {}, ("account_country", "missing")),
        ({"pickup_payment": "tracking_number"}, {"parcels": [{}]}, ("parcels[0].tracking_number", "missing")),
    ],
)
def test_what_ups_cannot_take_is_refused_by_name(own, changes, expected):
    assert problems_of(account(**own), **changes) == [expected]


@pytest.mark.parametrize(
    ("country", "hour", "past"),
    [("DE", 22, False), ("DE", 23, True), ("JP", 15, True), ("US", 11, False), ("US", 12, True)],
)
def test_a_day_is_past_by_the_clocks_of_the_pickups_country_or_else_everywhere(country, hour, past):
    context = replace(CONTEXT, clock=lambda: datetime(2026, 3, 2, hour, tzinfo=UTC))
    day = "2026-03-01" if country == "US" else "2026-03-02"
    order = pickup_order(window={"day": day}, address={"country": country, "state": "NY", "postal_code": "10001"})
    found = find_pickup_problems(order, account(), context)
    assert any(problem.field == "window.day" for problem in found) is past


# What is read.


def test_a_price_is_told_where_ups_names_one():
    pickup = scheduled(booked("01", RateResult={"CurrencyCode": "EUR", "GrandTotalOfAllCharge": "00004.90"}))
    assert (str(pickup.price), pickup.free_of_charge) == ("4.90 EUR", False)


@pytest.mark.parametrize(("status", "free"), [("03", True), ("02", None), ("04", None)])
def test_whether_it_is_free_is_told_where_ups_says(status, free):
    pickup = scheduled(booked(status))
    assert (pickup.price, pickup.free_of_charge) == (None, free)


def test_a_pickup_warns_that_its_number_may_be_anothers_too():
    assert SHARED_NUMBER in scheduled(booked()).notices


def test_hours_of_the_account_are_told_where_they_stood_in():
    assert any("09:00 to 17:00" in notice for notice in scheduled(booked(), window={"earliest": None, "latest": None}).notices)
    assert not any("names no hours" in notice for notice in scheduled(booked()).notices)


@pytest.mark.parametrize("body", [{}, {"PickupCreationResponse": {"PRN": ""}}, []])
def test_an_answer_without_a_number_leaves_the_outcome_open(body):
    with pytest.raises(MalformedResponse):
        scheduled(answer(body))


def test_a_cancellation_goes_by_number_and_may_be_repeated():
    request = build_cancel_request(booked_pickup(), account(), CONTEXT)
    assert (request.method, request.headers["Prn"], request.effect) == ("DELETE", "2929602E9CP", Effect.REPEATABLE)
    assert request.url.endswith("/pickup/02")


def test_a_cancellation_that_failed_inside_a_success_is_an_error():
    with pytest.raises(RequestRejected, match="too late"):
        parse_cancel_response(
            answer(
                {
                    "PickupCancelResponse": {
                        "Response": {"ResponseStatus": {"Code": "0"}, "Alert": {"Code": "1", "Description": "too late"}}
                    }
                }
            )
        )


# Moving.


def moved(*answers, window=None, **changes):
    pickup = booked_pickup(order=pickup_order(**changes))
    return driven(UpsPickups(account(), CONTEXT).reschedule(pickup, window or PickupWindow(day=date(2026, 3, 4))), *answers)


def test_a_move_is_a_cancellation_and_a_booking_under_the_same_key():
    pickup, requests = moved(answer(CANCELLED), booked())
    assert [request.method for request in requests] == ["DELETE", "POST"]
    assert (pickup.key, pickup.day, pickup.confirmation_number) == ("RMA-1001/pickup", date(2026, 3, 4), "2929602E9CQ")


def test_what_stops_the_new_pickup_is_found_before_the_old_one_is_given_up():
    with pytest.raises(RequestRejected, match="day"):
        moved(window=PickupWindow(day=None))


@pytest.mark.parametrize("refused", [fault("9500520"), fault("9510113", status=404), answer("<html>", 404), answer("", 429)])
def test_a_refused_cancellation_books_nothing_and_says_so(refused):
    with pytest.raises(CarrierError, match="does not confirm that pickup 2929602E9CP is cancelled, and nothing new was booked"):
        moved(refused)


@pytest.mark.parametrize("words", ["Pickup already cancelled", "The pickup has ALREADY BEEN CANCELED."])
def test_a_pickup_that_was_cancelled_before_is_cancelled_and_not_moved(words):
    for status in (400, 404):
        assert parse_cancel_response(fault("9510000", words, status)) is CancelResult.ALREADY_CANCELLED
    with pytest.raises(RequestRejected, match="2929602E9CP was cancelled already, and nothing new was booked"):
        moved(fault("9510000", words))


@pytest.mark.parametrize(
    "words",
    [
        "driver already dispatched, cannot be cancelled",
        "already cancelled or completed",
        "already cancelled/completed",
        "cancelled",
    ],
)
def test_words_that_leave_open_whether_a_pickup_is_cancelled_are_a_refusal(words):
    with pytest.raises(RequestRejected):
        parse_cancel_response(fault("9510000", words))


def test_a_refused_booking_says_that_the_old_pickup_is_gone():
    with pytest.raises(ServiceNotAvailable, match="2929602E9CP is cancelled, and the new one was not booked"):
        moved(answer(CANCELLED), fault("9510119"))


@pytest.mark.parametrize("lost", [OutcomeUnknown("no answer"), answer({})])
def test_a_lost_booking_says_what_is_known(lost):
    with pytest.raises(CarrierError, match="2929602E9CP is cancelled; whether the new one is booked is not known"):
        moved(answer(CANCELLED), lost)


def test_a_lost_cancellation_says_that_nothing_new_was_booked():
    with pytest.raises(OutcomeUnknown, match="nothing new was booked"):
        moved(OutcomeUnknown("no answer"))


def test_a_pickup_that_was_booked_elsewhere_cannot_be_moved():
    with pytest.raises(Unsupported, match="address"):
        driven(UpsPickups(account(), CONTEXT).reschedule(booked_pickup(), PickupWindow(day=DAY)))


# Look-ups.


def row(number="2929602E9CP", reference="K-1", state="001", day="20260303"):
    return {
        "PRN": number,
        "ReferenceNumber": reference,
        "OnCallStatusCode": state,
        "ServiceDate": day,
        "PickupStatusMessage": "said",
    }


def found(*rows):
    listed = list(rows) if len(rows) != 1 else rows[0]
    return parse_find_response(answer({"PickupPendingStatusResponse": {"PendingStatus": listed}}), "K-1", DAY, CONTEXT)


def test_open_pickups_are_listed_by_account():
    assert build_find_request(account(), CONTEXT).headers["AccountNumber"] == "EXMPL1"


@pytest.mark.parametrize(
    ("code", "state"),
    [
        ("001", PickupState.ACCEPTED), ("002", PickupState.IN_PROGRESS), ("003", PickupState.PICKED_UP),
        ("004", PickupState.NOT_PICKED_UP), ("005", PickupState.NOT_PICKED_UP), ("007", PickupState.CANCELLED),
        ("008", PickupState.REJECTED), ("012", PickupState.IN_REVIEW), ("999", PickupState.UNKNOWN),
    ],
)  # fmt: skip
def test_a_state_is_told_in_our_words_and_in_ups(code, state):
    pickup = found(row(state=code)).value
    assert (pickup.state, pickup.raw_state) == (state, code)


def test_of_several_pickups_with_the_key_that_of_the_day_is_meant():
    result = found(row("A"), row("B", day="20260304"))
    assert isinstance(result, Found)
    assert result.value.confirmation_number == "A"


def test_several_pickups_of_the_day_are_for_a_person_to_choose_from():
    assert isinstance(found(row("A"), row("B")), Candidates)


def test_a_number_that_two_pickups_share_is_told():
    assert SHARED_NUMBER in found(row(), row(reference="other")).value.notices
    assert SHARED_NUMBER not in found(row(), row("B", "other")).value.notices


def test_not_finding_a_pickup_proves_nothing():
    result = found()
    assert isinstance(result, NotSeen)
    assert not result.conclusive


def test_a_confirmed_cancellation_is_one():
    assert parse_cancel_response(answer(CANCELLED)) is CancelResult.CANCELLED


def test_a_booked_pickup_can_be_named_with_all_that_a_move_needs():
    assert scheduled(booked()).reference.order == pickup_order()


def test_an_address_of_a_pickup_stays_out_of_its_repr():
    assert "Birkenmusterweg" not in repr(scheduled(booked())) + repr(booked_pickup(order=pickup_order()))
