"""Stories 21, 79 and 80: a message of the carrier is a hint, unless the account trusts it."""

from itertools import permutations

import pytest

from retoure.lifecycle import Flag, Push, State
from retoure.model import Kind, PushMessage
from tests.lifecycle.builders import ACCEPTED, NUMBER, REFUND, delivered, event, failed, hub, read, verdict, when
from tests.lifecycle.folds import empty, folded, told, types


def push(came: str, *events, **more):
    return Push(message=PushMessage(NUMBER, events, when(came), **more))


START_ORDER = event(Kind.DATA_RECEIVED, "06-01 08:05", code="start_order")
PICKUP_DEPOT = event(Kind.ACCEPTED, "06-01 18:00", code="pickup_depot")
FIRST_SCAN_05 = event(Kind.ORIGIN_SCAN, "06-01 18:03", code="05")
DELIVERED = delivered("06-21 10:00")
BEFORE = (REFUND, read("06-01 20:00", ACCEPTED))


def test_story_21_a_pushed_scan_counts_when_a_read_confirms_it():
    pushes = push("06-01 09:00", START_ORDER), push("06-01 18:15", PICKUP_DEPOT)
    waiting = verdict("06-01 19:00", *pushes)
    assert (waiting.state, waiting.first_scan) == (State.AWAITING_FIRST_SCAN, None)
    assert Flag.PUSH_UNCONFIRMED in waiting.flags
    confirmed = verdict("06-01 20:00", *pushes, read("06-01 20:00", START_ORDER, FIRST_SCAN_05))
    assert confirmed.first_scan.instant == when("06-01 18:03")
    assert Flag.PUSH_UNCONFIRMED not in confirmed.flags


def test_story_21_with_trust_a_pushed_scan_is_the_first_scan_at_once():
    pushes = push("06-01 09:00", START_ORDER), push("06-01 18:15", PICKUP_DEPOT)
    found = verdict("06-01 19:00", *pushes, trust_push=True)
    assert (found.first_scan.instant, found.first_scan.raw_code) == (when("06-01 18:00"), "pickup_depot")
    assert types(told(*pushes, trust_push=True)) == ["first_scan"]


def test_a_trusted_push_that_a_read_tells_in_other_words_is_not_taken_back():
    found = verdict("06-01 20:00", push("06-01 18:15", PICKUP_DEPOT), read("06-01 20:00", FIRST_SCAN_05), trust_push=True)
    assert Flag.RETRACTED not in found.flags
    gone = verdict("06-01 20:00", push("06-01 18:15", PICKUP_DEPOT), read("06-01 20:00", START_ORDER), trust_push=True)
    assert {Flag.RETRACTED, Flag.NEEDS_REVIEW} <= set(gone.flags)
    assert gone.first_scan.instant == when("06-01 18:00")


def test_a_push_is_no_whole_history_and_takes_nothing_back():
    found = verdict("06-02 12:00", *BEFORE, push("06-02 10:00", hub("06-02 09:00")), trust_push=True)
    assert Flag.RETRACTED not in found.flags
    assert found.first_scan.instant == when("06-01 14:10")


@pytest.mark.parametrize(("now", "state"), [("06-21 13:00", State.IN_TRANSIT), ("06-22 09:00", State.INDETERMINATE)])
def test_story_79_a_pushed_delivery_leaves_the_state_as_it_was_while_reads_fail(now, state):
    found = verdict(now, *BEFORE, push("06-21 10:15", DELIVERED), failed("06-21 12:00"))
    assert found.state is state
    assert Flag.PUSH_UNCONFIRMED in found.flags
    assert Flag.NEEDS_REVIEW not in found.flags


def test_story_79_the_read_that_confirms_it_delivers_with_the_deliverys_own_instant():
    found = verdict("06-23 09:00", *BEFORE, push("06-21 10:15", DELIVERED), read("06-23 09:00", ACCEPTED, DELIVERED))
    assert (found.state, found.delivered_at) == (State.DELIVERED, when("06-21 10:00"))


def test_story_79_with_trust_it_is_delivered_from_the_push_on():
    story = (*BEFORE, push("06-21 10:15", DELIVERED), failed("06-21 12:00"))
    assert verdict("06-22 09:00", *story, trust_push=True).state is State.DELIVERED
    assert "delivered" in types(told(*story, trust_push=True))


def test_a_fresh_read_without_the_pushed_delivery_decides_and_a_person_looks():
    found = verdict("06-22 09:00", *BEFORE, push("06-21 10:15", DELIVERED), read("06-22 08:00", ACCEPTED))
    assert found.state is State.LOST_PRESUMED
    assert {Flag.PUSH_UNCONFIRMED, Flag.NEEDS_REVIEW} <= set(found.flags)


@pytest.mark.parametrize("trust", [True, False])
def test_story_80_a_push_is_never_the_negative_read(trust):
    out = push("06-22 00:10", event(Kind.OUT_FOR_DELIVERY, "06-22 00:08"))
    assert verdict("06-22 00:15", *BEFORE, out, trust_push=trust).state is State.INDETERMINATE


def test_a_push_of_an_older_parcel_is_set_aside():
    found = verdict("06-02 12:00", push("06-02 10:00", delivered("2024-10-20 10:00")), trust_push=True)
    assert (found.state, found.flags) == (State.AWAITING_FIRST_SCAN, (Flag.NUMBER_REUSE,))


def test_a_message_that_is_delivered_again_is_the_one_that_came_first():
    first, again = (push(came, PICKUP_DEPOT, message_id="1") for came in ("06-01 18:15", "06-01 18:20"))
    once, _ = folded(empty(trust_push=True), first)
    for order in permutations([first, again, first]):
        twice, signals = folded(empty(trust_push=True), *order)
        assert twice == once
        assert types(signals) == ["first_scan"]
