"""Stories 50 to 64: delivered, back at the customer, or somewhere else."""

import pytest

from retoure.lifecycle import Detail, Flag, State, WarehouseReceipt
from retoure.lifecycle.places import Where, where_is
from retoure.model import Kind, Place, Precision, ZoneSource
from tests.lifecycle.builders import ACCEPTED, MERCHANT, MUNICH, dated, delivered, event, hub, read, verdict, when

RETURNING = ("return_flag",)


def test_story_50_a_delivery_in_the_last_minute_is_a_delivery():
    found = verdict("06-30 12:00", read("06-22 08:00", ACCEPTED, delivered("06-21 23:59")))
    assert (found.state, found.recovery_kind) == (State.DELIVERED, None)


def test_story_51_a_delivery_before_the_first_read_after_the_opening_was_never_a_loss():
    found = verdict("06-22 00:05", read("06-21 18:00", ACCEPTED), read("06-22 00:05", ACCEPTED, delivered("06-22 00:01")))
    assert found.state is State.DELIVERED
    assert found.blocked_by == ("DELIVERED",)


def test_story_52_a_loss_presumed_seconds_before_the_delivery_is_recovered():
    reads = [read("06-22 00:00:30", ACCEPTED), read("06-22 08:00", ACCEPTED, delivered("06-22 00:01"))]
    between = verdict("06-22 00:00:30", *reads)
    assert between.state is State.LOST_PRESUMED
    assert between.recommended_file_from == when("06-23 00:00")
    after = verdict("06-22 08:00", *reads)
    assert (after.state, after.recovery_kind) == (State.RECOVERED, "FOUND_AFTER_DEADLINE")


def test_story_53_a_delivery_told_late_shows_that_the_parcel_was_never_lost():
    found = verdict("06-24 12:00", read("06-22 08:00", ACCEPTED), read("06-24 12:00", ACCEPTED, delivered("06-20 10:00")))
    assert (found.state, found.recovery_kind) == (State.RECOVERED, "LATE_DATA")
    assert "WITHDRAW_CLAIM" in [reason.code for reason in found.reasons]


def test_story_54_delivered_at_the_buyers_town_is_back_at_the_customer():
    found = verdict("06-30 12:00", read("06-22 08:00", ACCEPTED, delivered("06-10 10:00", place=MUNICH, flags=RETURNING)))
    assert found.state is State.BACK_AT_CUSTOMER
    assert Flag.NEEDS_REVIEW in found.flags
    assert found.claim_case is None


def test_story_54_without_a_place_the_flag_decides_and_a_person_looks_at_it():
    found = verdict("06-30 12:00", read("06-22 08:00", ACCEPTED, delivered("06-10 10:00", flags=RETURNING)))
    assert found.state is State.BACK_AT_CUSTOMER
    assert Flag.NEEDS_REVIEW in found.flags


def test_a_delivery_after_the_parcel_was_turned_round_is_back_at_the_customer():
    turned = event(Kind.RETURNING_TO_ORIGIN, "06-05 10:00", code="RETRN")
    found = verdict("06-30 12:00", read("06-22 08:00", ACCEPTED, turned, delivered("06-10 10:00")))
    assert found.state is State.BACK_AT_CUSTOMER


def test_story_55_delivered_at_the_merchants_postcode_is_delivered_whatever_the_flag():
    found = verdict("06-30 12:00", read("06-22 08:00", ACCEPTED, delivered("06-10 10:00", place=MERCHANT, flags=RETURNING)))
    assert found.state is State.DELIVERED
    assert {Flag.NEEDS_REVIEW, Flag.RETURNING} <= set(found.flags)


def test_story_56_turned_round_and_then_silence_is_a_loss_with_the_flag():
    turned = event(Kind.RETURNING_TO_ORIGIN, "06-05 10:00")
    reads = [read("06-06 08:00", ACCEPTED, turned, hub("06-06 02:00")), read("06-22 08:00", ACCEPTED, turned, hub("06-06 02:00"))]
    assert verdict("06-10 08:00", *reads).detail is Detail.RETURNING_TO_CUSTOMER
    found = verdict("06-22 08:00", *reads)
    assert found.state is State.LOST_PRESUMED
    assert Flag.RETURNING in found.flags


@pytest.mark.parametrize(
    ("place", "state"),
    [(MERCHANT, State.DELIVERED), (MUNICH, State.BACK_AT_CUSTOMER), (Place(), State.BACK_AT_CUSTOMER)],
)
def test_story_57_returned_to_the_shipper_is_judged_by_the_place(place, state):
    found = verdict("06-30 12:00", read("06-22 08:00", ACCEPTED, event(Kind.RETURNED_TO_ORIGIN, "06-10 10:00", place=place)))
    assert found.state is state
    assert Flag.NEEDS_REVIEW in found.flags


def test_story_58_ready_for_collection_is_no_delivery_and_the_loss_says_so():
    reads = [read(day, ACCEPTED, event(Kind.READY_FOR_COLLECTION, "06-10 10:00")) for day in ("06-11 08:00", "06-22 08:00")]
    assert verdict("06-12 08:00", *reads).detail is Detail.READY_FOR_COLLECTION
    found = verdict("06-22 08:00", *reads)
    assert found.state is State.LOST_PRESUMED
    assert Flag.READY_FOR_COLLECTION in found.flags


def test_story_59_an_exception_before_a_delivery_is_history():
    found = verdict(
        "06-30 12:00", read("06-22 08:00", ACCEPTED, event(Kind.DELIVERY_FAILED, "06-04 10:00"), delivered("06-05 10:00"))
    )
    assert found.state is State.DELIVERED


def test_story_60_delivered_to_a_neighbour_is_delivered_and_looked_at():
    found = verdict("06-30 12:00", read("06-22 08:00", ACCEPTED, event(Kind.DELIVERED_TO_NEIGHBOUR, "06-04 10:00")))
    assert found.state is State.DELIVERED
    assert Flag.NEEDS_REVIEW in found.flags


def test_story_61_a_parcel_disposed_of_is_a_claim_at_the_carrier():
    found = verdict("06-30 12:00", read("06-22 08:00", ACCEPTED, event(Kind.DISPOSED, "06-04 10:00", code="ZU/DSPSD")))
    assert (found.state, found.detail) == (State.EXCEPTION, Detail.DISPOSED)
    assert found.claim_route == "CARRIER"


def test_story_62_delivered_in_a_third_town_is_not_delivered_and_the_clock_runs_on():
    wrong = delivered("06-04 10:00", place=Place(country="DE", postal_code="20095", city="Hamburg"))
    reads = [read("06-04 12:00", ACCEPTED, wrong), read("06-22 08:00", ACCEPTED, wrong)]
    before = verdict("06-05 12:00", *reads)
    assert (before.state, before.detail) == (State.EXCEPTION, Detail.EXCEPTION)
    assert {Flag.WRONG_PLACE, Flag.NEEDS_REVIEW} <= set(before.flags)
    after = verdict("06-22 08:00", *reads)
    assert after.state is State.LOST_PRESUMED
    assert after.blocked_by == ("DELIVERED",)


def test_story_63_a_partial_delivery_leaves_the_shipment_open():
    partial = event(Kind.PARTIALLY_DELIVERED, "06-04 10:00", code="PD")
    found = verdict("06-05 12:00", read("06-04 12:00", ACCEPTED, partial))
    assert (found.state, found.detail) == (State.IN_TRANSIT, Detail.PARTIALLY_DELIVERED)
    assert {Flag.PARTIALLY_DELIVERED, Flag.NEEDS_REVIEW} <= set(found.flags)


def test_story_63_delivered_damaged_is_delivered_and_looked_at():
    damaged = delivered("06-04 10:00", flags=("needs_review",))
    found = verdict("06-05 12:00", read("06-04 12:00", ACCEPTED, damaged))
    assert found.state is State.DELIVERED
    assert Flag.NEEDS_REVIEW in found.flags


def test_story_64_a_delivery_that_a_later_answer_no_longer_tells_stays_and_is_looked_at():
    reads = [read("06-04 12:00", ACCEPTED, delivered("06-04 10:00")), read("06-05 12:00", ACCEPTED, hub("06-05 02:00"))]
    found = verdict("06-30 12:00", *reads)
    assert found.state is State.DELIVERED
    assert {Flag.RETRACTED, Flag.NEEDS_REVIEW} <= set(found.flags)


def test_what_the_warehouse_has_is_not_lost():
    receipt = WarehouseReceipt(rma="RMA-1", at=when("06-20 09:00"), observed_at=when("06-25 09:00"))
    asked = read("06-22 08:00", ACCEPTED)
    assert verdict("06-24 12:00", asked, receipt).state is State.LOST_PRESUMED
    found = verdict("06-25 12:00", asked, receipt)
    assert (found.state, found.recovery_kind) == (State.RECOVERED, "LATE_DATA")
    assert found.delivered_at == when("06-20 09:00")


def test_a_delivery_known_to_the_day_is_a_delivery():
    assert verdict("06-30 12:00", read("06-22 08:00", ACCEPTED, dated(Kind.DELIVERED, "06-10"))).state is State.DELIVERED


@pytest.mark.parametrize(
    ("place", "where"),
    [
        (Place(), Where.UNKNOWN),
        (Place(country="DE"), Where.UNKNOWN),
        (Place(country="AT", city="Wien"), Where.ELSEWHERE),
        (Place(postal_code="10115"), Where.DESTINATION),
        (Place(city="BERLIN"), Where.DESTINATION),
        (Place(city="Berlin Mitte", postal_code="10117"), Where.DESTINATION),
        (Place(city="Muenchen"), Where.ORIGIN),
        (Place(city="MUNCHEN"), Where.ORIGIN),
        (Place(text="Zustellbasis München Süd"), Where.ORIGIN),
        (Place(text="Paketzentrum Günzburg"), Where.UNKNOWN),
        (Place(city="Hamburg"), Where.ELSEWHERE),
        (Place(postal_code="20095"), Where.ELSEWHERE),
    ],
)
def test_a_place_is_told_apart_as_far_as_it_is_known(place, where):
    assert where_is(place, MUNICH, MERCHANT) is where


def test_customer_and_merchant_in_one_town_are_told_apart_by_postcode_or_not_at_all():
    neighbour = Place(country="DE", postal_code="10999", city="Berlin")
    assert where_is(Place(city="Berlin"), neighbour, MERCHANT) is Where.UNKNOWN


def test_a_delivery_somewhere_else_under_a_returning_flag_is_back_at_a_customer_whose_town_is_unknown():
    elsewhere = delivered("06-10 10:00", place=Place(country="DE", postal_code="20095", city="Hamburg"), flags=RETURNING)
    assert verdict("06-11", read("06-10 12:00", ACCEPTED, elsewhere), origin=None).state is State.BACK_AT_CUSTOMER
    assert verdict("06-11", read("06-10 12:00", ACCEPTED, elsewhere)).state is State.EXCEPTION


def test_a_flag_that_stands_from_the_first_scan_on_is_the_labels_nature_and_turns_nothing():
    accepted = event(Kind.DROPPED_OFF, "06-01 14:10", flags=("return_flag",))
    found = verdict(
        "06-11", read("06-10 12:00", accepted, delivered("06-10 10:00", flags=("return_flag",)), flags=("return_flag",))
    )
    assert found.state is State.DELIVERED
    assert Flag.RETURNING in found.flags


def test_the_flag_of_a_whole_answer_decides_where_neither_place_nor_events_say_more():
    home = read("06-10 12:00", ACCEPTED, delivered("06-10 10:00"), flags=("return_flag",))
    assert verdict("06-11", home).state is State.BACK_AT_CUSTOMER
    there = read("06-10 12:00", ACCEPTED, delivered("06-10 10:00", place=MERCHANT), flags=("return_flag",))
    assert verdict("06-11", there).state is State.DELIVERED


def test_a_parcel_marked_as_delivered_without_a_row_that_says_so_is_neither_delivered_nor_lost():
    marked = read("06-22 08:00", ACCEPTED, flags=("delivery_flag", "needs_review"))
    found = verdict("06-22 09:00", read("06-21 08:00", ACCEPTED), marked)
    assert found.state is State.INDETERMINATE
    assert Flag.NEEDS_REVIEW in found.flags


def test_a_delivery_whose_time_is_a_guess_counts_from_the_start_of_its_day():
    guessed = delivered("06-10 10:00", zone_source=ZoneSource.ASSUMED, precision=Precision.DATE)
    assert verdict("06-11", read("06-10 12:00", ACCEPTED, guessed)).delivered_at == when("06-10 00:00")


def test_of_two_receipts_the_earliest_arrival_counts_and_a_damage_that_either_tells():
    later = WarehouseReceipt(at=when("06-23 10:00"), damaged=True, observed_at=when("06-23 10:00"))
    earlier = WarehouseReceipt(at=when("06-18 10:00"), observed_at=when("06-24 12:00"))
    found = verdict("06-25 12:00", read("06-22 10:00", ACCEPTED), later, earlier)
    assert (found.delivered_at, found.recovery_kind) == (when("06-18 10:00"), "LATE_DATA")
    assert Flag.DAMAGED in found.flags


def test_a_loss_that_is_declared_after_the_merchant_had_the_parcel_is_no_recovery():
    receipt = WarehouseReceipt(at=when("06-10 09:00"))
    declared = read("06-20 08:00", ACCEPTED, event(Kind.LOST_BY_CARRIER, "06-18 12:00"))
    found = verdict("06-20 09:00", read("06-09 08:00", ACCEPTED), receipt, declared)
    assert (found.state, found.recovery_kind) == (State.DELIVERED, None)


@pytest.mark.parametrize(
    "found",
    [
        WarehouseReceipt(at=when("06-10 09:00"), observed_at=when("06-21 09:00")),
        read("06-21 09:00", ACCEPTED, event(Kind.LOST_BY_CARRIER, "06-18 12:00"), delivered("06-10 09:00")),
    ],
)
def test_a_delivery_that_is_learned_after_the_loss_was_declared_is_a_recovery_whenever_it_was(found):
    told = verdict("06-21 10:00", read("06-20 08:00", ACCEPTED, event(Kind.LOST_BY_CARRIER, "06-18 12:00")), found)
    assert (told.state, told.recovery_kind) == (State.RECOVERED, "LATE_DATA")


def test_a_loss_that_is_declared_before_the_merchant_has_the_parcel_is_a_recovery():
    receipt = WarehouseReceipt(at=when("06-19 09:00"))
    declared = read("06-20 08:00", ACCEPTED, event(Kind.LOST_BY_CARRIER, "06-18 12:00"))
    assert verdict("06-20 09:00", receipt, declared).state is State.RECOVERED
