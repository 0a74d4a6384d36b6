"""Stories 82 to 85: labels voided, expired, doubled, unused."""

from datetime import date

from retoure.lifecycle import Detail, Flag, HandoverProof, LabelVoided, ReturnCase, State, assess
from retoure.model import Kind
from tests.lifecycle.builders import ACCEPTED, ANNOUNCED, REFUND, dated, event, hub, label, not_found, read, verdict, when

SECOND = "003404341234567891"
VOIDED = LabelVoided(rma="RMA-1", at=when("06-02 10:00"))


def test_story_82_a_voided_label_that_is_scanned_lives_again():
    scanned = read("06-05 12:00", event(Kind.DROPPED_OFF, "06-05 10:00"))
    assert verdict("06-03 12:00", VOIDED).detail is Detail.CANCELLED
    found = verdict("06-05 12:00", VOIDED, scanned)
    assert found.detail is Detail.ACCEPTED
    assert str(found.opens_on) == "2026-06-26"
    assert {Flag.VOIDED, Flag.SCANNED_AFTER_VOID} <= set(found.flags)


def test_a_label_that_was_scanned_before_it_was_voided_was_not_scanned_after():
    scanned = read("06-02 12:00", ACCEPTED)
    learned_later = LabelVoided(rma="RMA-1", at=when("06-01 12:00"), observed_at=when("06-03 12:00"))
    assert Flag.SCANNED_AFTER_VOID not in verdict("06-05 12:00", scanned, VOIDED).flags
    assert Flag.SCANNED_AFTER_VOID in verdict("06-05 12:00", scanned, VOIDED, learned_later).flags
    to_the_day = read("06-03 12:00", dated(Kind.DROPPED_OFF, "06-02"))
    assert Flag.SCANNED_AFTER_VOID in verdict("06-05 12:00", to_the_day, VOIDED).flags


def test_a_label_cancelled_at_the_carrier_is_cancelled():
    assert verdict("06-03 12:00", read("06-03 12:00", ANNOUNCED, event(Kind.CANCELLED, "06-02 10:00"))).detail is Detail.CANCELLED


def test_story_83_an_expired_label_that_is_scanned_lives_again():
    scanned = read("06-12 12:00", hub("06-12 10:00"))
    assert verdict("06-11 00:00", expires_on=date(2026, 6, 10)).detail is Detail.EXPIRED
    assert verdict("06-10 23:59", expires_on=date(2026, 6, 10)).detail is Detail.CREATED
    found = verdict("06-12 12:00", scanned, expires_on=date(2026, 6, 10))
    assert found.state is State.IN_TRANSIT
    assert Flag.SCANNED_AFTER_EXPIRY in found.flags


def test_an_expired_label_that_the_carrier_never_saw_was_never_scanned():
    found = verdict("06-12 12:00", not_found("06-11 00:00"), expires_on=date(2026, 6, 10))
    assert found.state is State.NEVER_SCANNED


def two_labels(*observations):
    return ReturnCase(rma="RMA-1", labels=(label(), label(number=SECOND)), observations=(REFUND, *observations))


def test_story_84_two_labels_that_were_both_scanned_are_one_return_and_a_finding():
    case = two_labels(read("06-03 12:00", ACCEPTED), read("06-03 12:00", ACCEPTED, hub("06-02 02:00"), number=SECOND))
    found = assess(case, at=when("06-03 12:00"))
    assert found.state is State.IN_TRANSIT
    assert [other.state for other in found.other_labels] == [State.IN_TRANSIT]
    assert Flag.DUPLICATE_LABEL in found.flags


def test_story_85_of_two_labels_the_one_that_was_used_decides():
    case = two_labels(not_found("07-01 12:00"), read("07-01 12:00", ACCEPTED, number=SECOND))
    found = assess(case, at=when("07-01 12:00"))
    assert (found.number, found.state) == (SECOND, State.LOST_PRESUMED)
    assert [other.state for other in found.other_labels] == [State.NEVER_SCANNED]
    assert Flag.DUPLICATE_LABEL not in found.flags


def test_a_number_that_answers_no_more_after_its_retention_leaves_it_open():
    assert verdict("09-15 12:00", not_found("09-15 12:00")).state is State.INDETERMINATE
    assert verdict("08-30 12:00", not_found("08-30 00:00")).state is State.NEVER_SCANNED


def test_an_announced_number_that_is_not_found_any_more_leaves_it_open():
    assert verdict("07-02 12:00", read("06-02 12:00", ANNOUNCED), not_found("07-02 12:00")).state is State.INDETERMINATE


def test_a_hand_in_with_a_receipt_but_no_scan_starts_no_clock():
    proof = HandoverProof(rma="RMA-1", at=when("06-02 10:00"))
    found = verdict("07-02 12:00", proof, not_found("07-02 12:00"))
    assert found.state is State.NEVER_SCANNED
    assert found.opens_at is None
    assert found.claim_case is None
    assert Flag.HANDOVER_PROVEN in found.flags


def test_an_imported_number_waits_from_the_first_time_it_was_asked_for():
    reads = [not_found("06-10 12:00"), not_found("07-09 23:00"), not_found("07-10 01:00")]
    assert verdict("07-09 23:30", *reads, issued_at=None).state is State.AWAITING_FIRST_SCAN
    assert verdict("07-10 02:00", *reads, issued_at=None).state is State.NEVER_SCANNED


def test_a_row_shows_that_the_carrier_still_answers_for_a_number_long_after_its_retention():
    announced = read("09-10 12:00", ANNOUNCED)
    assert verdict("09-10 12:00", announced).state is State.NEVER_SCANNED
    assert verdict("09-10 12:00", read("09-10 12:00")).state is State.INDETERMINATE
