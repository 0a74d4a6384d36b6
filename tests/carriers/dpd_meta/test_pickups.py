"""Pickups by the META-API: of labelled parcels, or of one that DPD labels."""

from datetime import time

import pytest
from tests.carriers.dpd_meta.asking import CONTEXT, NUMBER, WAREHOUSE, account, pickup_order, sent_json

from retoure.carrier import Effect
from retoure_dpd_meta.bookings import find_pickup_problems
from retoure_dpd_meta.pickups import build_schedule_request

LABELLED = {"tracking_number": NUMBER, "parcel": {"weight": "2.4 kg"}}
UNLABELLED = {"parcel": {"weight": "2.4 kg"}}
READY = account(collection_receiver=WAREHOUSE)


def problems(order, settings=READY):
    return {(problem.field, problem.code) for problem in find_pickup_problems(order, settings, CONTEXT)}


def test_a_booking_is_never_resent():
    for parcel in (LABELLED, UNLABELLED):
        assert build_schedule_request(pickup_order(parcel), READY, CONTEXT).effect is Effect.ONCE


def test_labelled_parcels_are_fetched_and_an_unlabelled_one_is_labelled_by_dpd():
    assert build_schedule_request(pickup_order(LABELLED), READY, CONTEXT).url.endswith("/pickupscheduling")
    assert build_schedule_request(pickup_order(UNLABELLED), READY, CONTEXT).url.endswith("/colreq")


def test_the_weights_of_all_parcels_are_added_and_the_heaviest_named():
    heavier = {"tracking_number": "2", "parcel": {"weight": "3.001 kg"}}
    body = sent_json(build_schedule_request(pickup_order(LABELLED, heavier), READY, CONTEXT))
    assert (body["numberOfParcels"], body["pickupWeight"], body["parcelMaxWeight"]) == (2, "5410", "3010")
    assert body["parcelNumbers"] == [NUMBER, "2"]


def test_a_weight_that_is_not_known_of_all_is_not_told():
    body = sent_json(build_schedule_request(pickup_order(LABELLED, {"tracking_number": "2"}), READY, CONTEXT))
    assert body.keys().isdisjoint({"pickupWeight", "parcelMaxWeight"})


def test_hours_are_four_digits_and_may_be_left_out():
    body = sent_json(build_schedule_request(pickup_order(LABELLED, window={"latest": None}), READY, CONTEXT))
    assert body["pickup"] == {"date": "2026-03-03", "fromTime": "0900"}


def test_the_key_is_what_a_person_finds_the_booking_by():
    assert sent_json(build_schedule_request(pickup_order(LABELLED), READY, CONTEXT))["references"] == ["RMA-1001/pickup"]


@pytest.mark.parametrize(
    ("order", "found"),
    [
        (pickup_order(LABELLED, window={"day": None}), {("window.day", "missing")}),
        (pickup_order(LABELLED, window={"day": "2026-02-28"}), {("window.day", "in_the_past")}),
        (pickup_order(LABELLED, window={"earliest": time(9, 0, 30)}), {("window.earliest", "wrong_form")}),
        (pickup_order(LABELLED, note="x" * 101), {("note", "too_long")}),
        (pickup_order({**LABELLED, "bulky": "roll"}), {("parcels[0].bulky", "not_offered")}),
        (pickup_order({**LABELLED, "parcel": {"weight": "31.6 kg"}}), {("parcels[0].parcel.weight", "too_heavy")}),
        (pickup_order(LABELLED, UNLABELLED), {("parcels[1].tracking_number", "missing")}),
        (pickup_order(UNLABELLED, UNLABELLED), {("parcels", "too_many")}),
        (pickup_order({}), {("parcels[0].parcel", "missing")}),
        (pickup_order(LABELLED, address={"house_number": "123456789"}), {("address.house_number", "too_long")}),
    ],
)
def test_what_cannot_be_booked_is_refused_by_the_users_own_field(order, found):
    assert problems(order) == found


def test_a_collection_request_needs_a_place_to_go():
    assert problems(pickup_order(UNLABELLED), account()) == {("collection_receiver", "missing")}
    nameless = WAREHOUSE.model_copy(update={"postal_code": ""})
    assert problems(pickup_order(UNLABELLED), account(collection_receiver=nameless)) == {
        ("collection_receiver.postal_code", "missing")
    }
