from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.carriers.dhl_express.asking import (
    CONTEXT,
    NOW,
    account,
    answer,
    booked_pickup,
    context,
    pickup_order,
    query_of,
    sent_json,
)

from retoure.carrier import Effect
from retoure.errors import MalformedResponse, RequestRejected, Unsupported
from retoure.model import CancelResult, PickupWindow
from retoure_dhl_express.bookings import find_pickup_problems
from retoure_dhl_express.pickups import (
    DhlExpressPickups,
    build_cancel_request,
    build_reschedule_request,
    build_schedule_request,
    parse_cancel_response,
    parse_reschedule_response,
    parse_schedule_response,
)

WINDOW = PickupWindow(day=date(2026, 3, 4), earliest=time(10), latest=time(16))


def sent(settings=None, now=NOW, **changes):
    return sent_json(build_schedule_request(pickup_order(**changes), settings or account(), context(now)))


def problems(settings=None, now=NOW, **changes):
    order = pickup_order(**changes)
    return {(p.field, p.code) for p in find_pickup_problems(order, order.window, settings or account(), context(now))}


def booked(body, **changes):
    return parse_schedule_response(answer(body, 201), pickup_order(**changes), account(), CONTEXT)


def test_a_pickup_is_booked_once_and_moved_or_cancelled_as_often_as_one_likes():
    assert build_schedule_request(pickup_order(), account(), CONTEXT).effect is Effect.ONCE
    assert build_reschedule_request(booked_pickup(), WINDOW, account(), CONTEXT).effect is Effect.REPEATABLE
    assert build_cancel_request(booked_pickup(), account()).effect is Effect.REPEATABLE


def test_a_pickup_is_told_with_its_window_and_the_labels_product():
    body = sent()
    assert (body["plannedPickupDateAndTime"], body["closeTime"]) == ("2026-03-03T09:00:00 GMT+01:00", "17:00")
    (parcel,) = body["shipmentDetails"]
    assert (parcel["productCode"], parcel["isCustomsDeclarable"], parcel["shipmentTrackingNumber"]) == ("U", False, "9999000011")


def test_no_country_name_is_told():
    assert "countryName" not in str(sent())


def test_a_parcel_across_customs_is_declarable():
    (parcel,) = sent(address={"country": "CH"})["shipmentDetails"]
    assert parcel["isCustomsDeclarable"] is True


@pytest.mark.parametrize(
    ("window", "now", "ready"),
    [
        ({"day": "2026-03-03", "earliest": None}, NOW, "2026-03-03T09:00:00"),
        ({"day": None, "earliest": None, "latest": None}, NOW, "2026-03-01T10:30:00"),
        ({"day": None, "earliest": "14:00", "latest": "18:00"}, NOW, "2026-03-01T14:00:00"),
        # The window of today is over: the next day.
        ({"day": None, "earliest": "08:00", "latest": "10:00"}, NOW, "2026-03-02T08:00:00"),
        ({"day": "2026-03-01", "earliest": "09:00"}, NOW, "2026-03-01T10:30:00"),
    ],
)
def test_a_parcel_is_ready_in_half_an_hour_at_the_soonest(window, now, ready):
    assert sent(now=now, window=window)["plannedPickupDateAndTime"] == f"{ready} GMT+01:00"


@pytest.mark.parametrize(("day", "field"), [("2026-02-28", "window.day"), ("2026-03-12", "window.day")])
def test_a_day_that_has_passed_or_is_eleven_days_ahead_is_refused_here(day, field):
    assert problems(window={"day": day}) == {(field, "out_of_range")}


def test_a_window_that_is_over_before_the_parcel_is_ready_is_refused_here():
    window = {"day": "2026-03-01", "earliest": "08:00", "latest": "10:15"}
    assert problems(window=window) == {("window.latest", "too_early")}


def test_an_hour_with_seconds_is_refused():
    assert ("window.earliest", "wrong_form") in problems(window={"earliest": "09:00:30"})


ISSUED = datetime(2026, 3, 1, 9, tzinfo=UTC)
LABEL = [{"parcel": {"weight": "1 kg"}, "issued_at": ISSUED.isoformat()}]


@given(st.timedeltas(timedelta(0), timedelta(hours=2)))
def test_a_pickup_is_booked_no_sooner_than_thirty_minutes_after_its_label(after):
    early = ("parcels[0].issued_at", "too_early") in problems(now=ISSUED + after, parcels=LABEL)
    assert early is (after < timedelta(minutes=30))


def test_the_account_may_wait_another_time():
    assert problems(account(pickup_wait_minutes=0), now=ISSUED, parcels=LABEL) == set()
    assert problems(account(pickup_wait_minutes=60), now=ISSUED + timedelta(minutes=45), parcels=LABEL)


def test_a_label_whose_time_is_not_known_is_not_held_back():
    assert problems(parcels=[{"parcel": {"weight": "1 kg"}}]) == set()


def test_what_dhl_needs_and_what_it_cannot_take_is_told_at_once():
    found = problems(parcels=[{"bulky": "a surfboard", "service": "express"}], note="x" * 81)
    assert found == {
        ("parcels[0].bulky", "not_offered"), ("parcels[0].parcel", "missing"), ("parcels[0].service", "unknown_service"),
        ("note", "too_long"),
    }  # fmt: skip


def test_a_country_with_several_zones_needs_the_accounts_word():
    spain = {"country": "ES", "city": "Madrid", "postal_code": "28001"}
    assert problems(address=spain) == {("zones.ES", "several_zones")}
    body = sent(account(zones={"ES": "Europe/Madrid"}), address=spain)
    assert body["plannedPickupDateAndTime"] == "2026-03-03T09:00:00 GMT+01:00"


def test_two_confirmations_of_one_number_are_one_pickup():
    pickup = booked({"dispatchConfirmationNumbers": ["PRG260302000999", "PRG260302000999"]})
    assert pickup.confirmation_number == "PRG260302000999"
    assert len(pickup.notices) == 1


def test_that_pickups_are_merged_is_always_said():
    assert "merge" in booked({"dispatchConfirmationNumbers": ["PRG260302000999"]}).notices[-1]


@pytest.mark.parametrize("body", [{}, {"dispatchConfirmationNumbers": []}, {"dispatchConfirmationNumbers": [""]}, []])
def test_a_confirmation_without_a_number_is_malformed(body):
    with pytest.raises(MalformedResponse):
        booked(body)


def test_a_pickup_remembers_what_it_was_booked_with():
    pickup = booked({"dispatchConfirmationNumbers": ["PRG260302000999"]})
    assert pickup.reference.order == pickup_order()
    assert "Franz" not in repr(pickup)


def test_moving_repeats_the_number_in_path_and_body():
    request = build_reschedule_request(booked_pickup(), WINDOW, account(), CONTEXT)
    body = sent_json(request)
    assert request.url.endswith("/pickups/PRG260302000999")
    assert (body["dispatchConfirmationNumber"], body["originalShipperAccountNumber"]) == ("PRG260302000999", "999999999")
    assert (body["plannedPickupDateAndTime"], body["closeTime"]) == ("2026-03-04T10:00:00 GMT+01:00", "16:00")


def test_a_moved_pickup_can_be_moved_again():
    body = {"dispatchConfirmationNumber": "PRG260302000999"}
    pickup = parse_reschedule_response(answer(body), booked_pickup(), WINDOW, account(), CONTEXT)
    assert (pickup.day, pickup.order.window) == (date(2026, 3, 4), WINDOW)


def test_a_pickup_without_its_order_cannot_be_moved():
    with pytest.raises(Unsupported, match="cancel it and schedule"):
        build_reschedule_request(booked_pickup(order=None), WINDOW, account(), CONTEXT)


def test_a_number_that_is_not_dhls_is_refused_before_the_call():
    with pytest.raises(RequestRejected, match="15 to 20"):
        build_reschedule_request(booked_pickup(confirmation_number="PRG1"), WINDOW, account(), CONTEXT)


def test_a_cancellation_says_who_asks_and_why():
    query = dict(query_of(build_cancel_request(booked_pickup(), account(pickup_requestor="Example Handel"))))
    assert query["requestorName"] == "Example Handel"
    assert query["reason"]


def test_a_cancelled_pickup_is_answered_without_a_body():
    assert parse_cancel_response(answer(b"")) is CancelResult.CANCELLED


@pytest.mark.parametrize(
    ("status", "detail"),
    [
        (404, "Requested Pickup was not found"),
        (400, "The pickup is already cancelled or completed"),
        (400, "Pickup has already been canceled"),
        (400, "Pickup already completed"),
    ],
)
def test_a_pickup_that_is_not_coming_is_cancelled(status, detail):
    assert parse_cancel_response(answer({"detail": detail}, status)) is CancelResult.ALREADY_CANCELLED


def test_a_missing_parameter_is_an_error():
    with pytest.raises(RequestRejected, match="requestorName"):
        parse_cancel_response(answer({"detail": "Missing mandatory parameters: requestorName"}, 400))


def test_looking_for_a_pickup_is_unsupported():
    with pytest.raises(Unsupported, match="no search"):
        next(DhlExpressPickups(account(), CONTEXT).find("key", date(2026, 3, 3)))


def test_a_booked_pickup_is_told_although_the_day_went_by_meanwhile():
    late = context(datetime(2026, 3, 4, 9, tzinfo=UTC))
    body = {"dispatchConfirmationNumbers": ["PRG260302000999"]}
    assert parse_schedule_response(answer(body, 201), pickup_order(), account(), late).day == date(2026, 3, 3)


def test_a_pickup_beyond_a_tax_border_is_of_declared_parcels():
    parcels = [{"parcel": {"weight": "2 kg"}, "country": "AT"}]
    (parcel,) = sent(address={"country": "DE", "postal_code": "27498"}, parcels=parcels)["shipmentDetails"]
    assert (parcel["productCode"], parcel["isCustomsDeclarable"]) == ("P", True)


@pytest.mark.parametrize(
    "detail",
    [
        "Courier already dispatched, cannot cancel",
        "The process could not be completed",
        "The pickup cannot be cancelled",
        "Missing mandatory parameters",
    ],
)
def test_a_refused_cancellation_is_never_taken_for_done(detail):
    with pytest.raises(RequestRejected):
        parse_cancel_response(answer({"detail": detail}, 400))


@pytest.mark.parametrize("body", [b"", b"<html>", {"message": "no Route matched with those values"}])
def test_a_404_of_another_than_the_api_says_nothing_of_a_pickup(body):
    with pytest.raises(MalformedResponse):
        parse_cancel_response(answer(body, 404))


def test_a_refused_booking_is_refused_though_nobody_says_why():
    with pytest.raises(RequestRejected):
        parse_schedule_response(answer(b"", 404), pickup_order(), account(), CONTEXT)


def test_the_only_confirmation_may_come_as_a_text():
    assert booked({"dispatchConfirmationNumbers": "PRG260302000999"}).confirmation_number == "PRG260302000999"
