from datetime import date, datetime

import pytest
from tests.carriers.dhl_paket.asking import (
    BERLIN,
    CONTEXT,
    NOW,
    account,
    answer,
    booked_pickup,
    pickup_order,
    query_of,
    result_of,
    sent_json,
)

from retoure.carrier import Candidates, Effect, Found, NotSeen, short_reference
from retoure.errors import AddressRejected, AuthenticationFailed, MalformedResponse, RequestRejected, Unsupported
from retoure.model import CancelResult, PickupState, PickupWindow
from retoure_dhl_paket.codes import PICKUP_STATES
from retoure_dhl_paket.pickups import (
    DhlPaketPickups,
    build_cancel_request,
    build_find_request,
    build_schedule_request,
    parse_cancel_response,
    parse_find_response,
    parse_schedule_response,
)

ID = "0a1b2c3d4e5f60718293a4b5c6d7e8f9"


def sent(settings=None, **changes):
    return sent_json(build_schedule_request(pickup_order(**changes), settings or account()))


def problems_of(settings=None, **changes):
    with pytest.raises(RequestRejected) as raised:
        sent(settings, **changes)
    return [(problem.field, problem.code) for problem in raised.value.problems]


def confirmed(order=None, **value):
    told = {"orderID": ID, "pickupDate": "2026-03-03", "freeOfCharge": False, **value}
    return parse_schedule_response(answer({"confirmation": {"type": "ORDERPICKUP", "value": told}}), order or pickup_order())


def cancelled(**lists):
    return parse_cancel_response(answer(lists), booked_pickup())


def listed(state="ANGENOMMEN", reference="RMA-1001/pickup", number=ID):
    return {
        "orderDetails": {"orderID": number, "orderState": state},
        "pickupDetails": {"pickupDate": {"type": "Date", "value": "2026-03-03"}},
        "shipmentDetails": {
            "shipments": [{"shipment": {"customerReference": reference, "shipmentNo": 123}, "orderDate": "2026-03-01T10:00:00"}]
        },
    }


def found(*orders, key="RMA-1001/pickup"):
    return parse_find_response(answer(list(orders)), key, CONTEXT)


def test_a_booking_is_a_purchase_a_cancellation_may_be_repeated_and_a_look_up_is_a_read():
    requests = (
        build_schedule_request(pickup_order(), account()),
        build_cancel_request(booked_pickup(), account()),
        build_find_request(date(2026, 3, 3), account()),
    )
    assert [request.effect for request in requests] == [Effect.ONCE, Effect.REPEATABLE, Effect.READ]


def test_a_pickup_with_a_contract_names_it_and_no_size():
    body = sent(account(pickup_size="M"))
    assert body["customerDetails"] == {"billingNumber": "22222222220801"}
    assert "size" not in body["shipmentDetails"]["shipments"][0]


def test_a_pickup_without_a_contract_gives_the_size_class_of_the_account():
    body = sent(account(pickup_billing_number=None, pickup_size="L"))
    assert "customerDetails" not in body
    assert body["shipmentDetails"]["shipments"][0]["size"] == "L"


def test_a_pickup_without_contract_and_size_is_refused():
    assert problems_of(account(pickup_billing_number=None)) == [("pickup_billing_number", "missing")]


def test_no_day_asks_for_the_soonest():
    assert sent(window={"day": None})["pickupDetails"]["pickupDate"] == {"type": "ASAP"}


@pytest.mark.parametrize(
    ("window", "hours"),
    [
        ({"earliest": "09:00", "latest": "17:30"}, [{"timeFrom": "09:00", "timeUntil": "17:30"}]),
        ({"earliest": "09:00", "latest": None}, [{"timeFrom": "09:00"}]),
        ({"earliest": None, "latest": None}, None),
    ],
)
def test_the_window_becomes_business_hours(window, hours):
    assert sent(window=window).get("businessHours") == hours


def test_seconds_in_a_window_are_refused():
    assert problems_of(window={"earliest": "09:00:30"}) == [("window.earliest", "wrong_form")]


def test_a_bulky_parcel_says_what_makes_it_so():
    (parcel,) = sent(parcels=[{"bulky": "Surfboard"}])["shipmentDetails"]["shipments"]
    assert (parcel["transportationType"], parcel["pickupServices"]) == ("SPERRGUT", {"bulkyGood": {"comment": "Surfboard"}})


def test_the_total_weight_is_in_whole_grams():
    two = [{"parcel": {"weight": "100.4 g"}}, {"parcel": {"weight": "100.4 g"}}]
    assert sent(parcels=two)["pickupDetails"]["totalWeight"] == {"uom": "g", "value": 201}


def test_a_total_of_some_of_the_parcels_is_not_sent():
    assert "totalWeight" not in sent(parcels=[{"parcel": {"weight": "1 kg"}}, {"tracking_number": "1"}])["pickupDetails"]


def test_the_contact_goes_along_only_with_consent():
    assert "contactPerson" not in sent()
    (person,) = sent(contact_consent=True)["contactPerson"]
    assert person == {"name": "Lena Beispiel", "phone": "+49 89 5550100", "email": "lena.beispiel@example.com"}


def test_company_and_addition_share_the_second_line():
    address = sent(address={"company": "Musterbau", "addition": "Hinterhaus"})["pickupLocation"]["pickupAddress"]
    assert address["name2"] == "Musterbau, Hinterhaus"


@pytest.mark.parametrize(
    ("field", "longest"), [("name", 50), ("street", 70), ("house_number", 10), ("postal_code", 7), ("city", 35), ("company", 50)]
)
def test_a_line_of_the_greatest_length_passes_and_a_longer_one_is_refused(field, longest):
    sent(address={field: "x" * longest})
    assert problems_of(address={field: "x" * (longest + 1)}) == [(f"address.{field}", "too_long")]


def test_an_address_without_house_number_is_refused():
    with pytest.raises(AddressRejected):
        sent(address={"house_number": ""})


def test_notes_that_are_too_long_are_refused():
    assert problems_of(note="x" * 101, parcels=[{"bulky": "y" * 51}]) == [("note", "too_long"), ("parcels[0].bulky", "too_long")]


def test_a_confirmation_is_an_accepted_pickup():
    pickup = confirmed(freeOfCharge=True)
    assert (pickup.confirmation_number, pickup.state, pickup.free_of_charge) == (ID, PickupState.ACCEPTED, True)
    assert pickup.booked_at == NOW


def test_another_day_than_the_one_asked_for_is_told():
    pickup = confirmed(pickupDate="2026-03-05")
    assert (pickup.day, pickup.notices) == (date(2026, 3, 5), ("DHL confirmed 2026-03-05 instead of 2026-03-03",))


def test_the_soonest_day_is_no_surprise():
    assert confirmed(pickup_order(window={"day": None})).notices == ()


@pytest.mark.parametrize("day", [None, "soon", 5])
def test_a_day_that_cannot_be_read_is_a_notice(day):
    pickup = confirmed(pickupDate=day)
    assert pickup.day is None
    assert "without a readable day" in pickup.notices[0]


@pytest.mark.parametrize(
    "body", [{}, [], {"confirmation": None}, {"confirmation": {"value": []}}, {"confirmation": {"value": {}}}, "", "<p>"]
)
def test_an_answer_that_confirms_no_order_is_malformed(body):
    with pytest.raises(MalformedResponse):
        parse_schedule_response(answer(body), pickup_order())


def test_a_forbidden_pickup_is_an_authentication_error():
    with pytest.raises(AuthenticationFailed):
        parse_schedule_response(answer("", 403), pickup_order())


def test_a_confirmed_cancellation_is_one():
    assert cancelled(confirmedCancellations=[{"orderID": ID}], failedCancellations=[]) is CancelResult.CANCELLED


def test_an_order_number_with_hyphens_is_the_same():
    assert cancelled(confirmedCancellations=[{"orderID": "0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9"}]) is CancelResult.CANCELLED


def test_a_success_with_nothing_but_failures_is_a_refusal():
    with pytest.raises(RequestRejected, match="too late"):
        cancelled(failedCancellations=[{"orderID": ID, "orderState": "ABGEHOLT", "message": "too late"}])


def test_what_was_cancelled_before_is_cancelled_already():
    assert cancelled(failedCancellations=[{"orderID": ID, "orderState": "STORNIERT"}]) is CancelResult.ALREADY_CANCELLED


@pytest.mark.parametrize("lists", [{}, {"confirmedCancellations": [{"orderID": "other"}]}, {"confirmedCancellations": "yes"}])
def test_a_cancellation_that_does_not_mention_the_order_is_malformed(lists):
    with pytest.raises(MalformedResponse):
        cancelled(**lists)


@pytest.mark.parametrize(("word", "state"), sorted(PICKUP_STATES.items()))
def test_an_order_state_is_ours_by_the_table(word, state):
    pickup = found(listed(word)).value
    assert (pickup.state, pickup.raw_state) == (state, word)


def test_an_order_state_outside_the_table_is_unknown():
    pickup = found(listed("VERTAGT")).value
    assert (pickup.state, pickup.raw_state) == (PickupState.UNKNOWN, "VERTAGT")


def test_a_pickup_is_found_by_its_key_among_others():
    pickup = found(listed(reference="other", number="1"), listed())
    assert isinstance(pickup, Found)
    assert (pickup.value.confirmation_number, pickup.value.tracking_numbers) == (ID, ("123",))


def test_a_pickup_is_found_by_a_key_too_long_for_the_reference():
    key = "RMA-1001/" + "x" * 26
    assert isinstance(found(listed(reference=short_reference(key, 20)), key=key), Found)


def test_two_pickups_of_one_key_are_candidates():
    assert isinstance(found(listed(), listed("STORNIERT", number="2")), Candidates)


def test_finding_none_proves_nothing():
    outcome = found(listed(reference="other"))
    assert isinstance(outcome, NotSeen)
    assert not outcome.conclusive


def test_a_booking_time_without_offset_is_german():
    assert found(listed()).value.booked_at == datetime(2026, 3, 1, 10, tzinfo=BERLIN)


@pytest.mark.parametrize("body", [{}, [1], "", {"orders": []}])
def test_a_look_up_answered_with_another_shape_is_malformed(body):
    with pytest.raises(MalformedResponse):
        parse_find_response(answer(body), "K", CONTEXT)


def test_the_look_up_asks_for_the_day():
    assert query_of(build_find_request(date(2026, 3, 3), account())) == {"pickupDate": "2026-03-03"}


def test_a_pickup_cannot_be_moved():
    with pytest.raises(Unsupported, match="cancel it"):
        result_of(DhlPaketPickups(account(), CONTEXT).reschedule(booked_pickup(), PickupWindow(day=None)))
