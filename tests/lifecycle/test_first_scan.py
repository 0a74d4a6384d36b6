"""Stories 1 to 26: what is a first scan and what is not."""

from dataclasses import replace

import pytest

from retoure.lifecycle import Detail, Flag, State, assess
from retoure.lifecycle.events import History
from retoure.model import Custody, Kind, Place, Precision, ZoneSource
from tests.lifecycle.builders import ACCEPTED, ANNOUNCED, case, dated, delivered, event, hub, not_found, read, verdict, when


def test_story_1_a_number_that_nobody_ever_saw_waits_and_then_was_never_scanned():
    reads = [not_found("06-02 08:00"), not_found("06-30 23:00"), not_found("07-01 06:00")]
    before = verdict("06-30 23:30", *reads)
    after = verdict("07-01 06:00", *reads)
    assert (before.state, before.detail) == (State.AWAITING_FIRST_SCAN, Detail.CREATED)
    assert (after.state, after.detail) == (State.NEVER_SCANNED, Detail.NEVER_SCANNED)
    assert after.first_scan is None
    assert after.opens_at is None
    assert after.claim_case == "BUYER_DID_NOT_RETURN"
    assert after.claim_route == "NONE"


@pytest.mark.parametrize("gone", [read("07-02 10:00"), not_found("07-02 10:00")])
def test_a_history_without_a_scan_that_is_gone_says_nothing(gone):
    found = verdict("07-03 12:00", read("06-02 10:00", ANNOUNCED), gone)
    assert (found.state, found.reasons[0].code) == (State.INDETERMINATE, "HISTORY_GONE")
    assert verdict("07-03 12:00", read("07-02 10:00", ANNOUNCED)).state is State.NEVER_SCANNED


def test_story_1_never_scanned_needs_a_negative_read_sent_after_the_wait():
    late = verdict("07-05 12:00", not_found("06-30 23:59"))
    assert (late.state, late.detail) == (State.AWAITING_FIRST_SCAN, Detail.CREATED)
    assert late.reasons[0].code == "NO_FRESH_READ"


def test_story_2_not_found_ten_minutes_after_creation_is_no_trouble():
    assert verdict("06-01 08:10", not_found("06-01 08:10")).detail is Detail.CREATED


def test_story_3_announced_and_then_silence_is_never_a_loss():
    reads = [read("06-01 09:00", ANNOUNCED), read("07-31 09:00", ANNOUNCED)]
    assert verdict("06-20 12:00", *reads).detail is Detail.ANNOUNCED
    assert verdict("07-31 09:00", *reads).state is State.NEVER_SCANNED


def test_story_4_a_label_created_under_the_coarse_status_in_transit_is_no_scan():
    created = event(Kind.DATA_RECEIVED, "06-01 08:10", text="in transit", custody=Custody.NONE)
    found = verdict("06-02 08:00", read("06-02 08:00", created))
    assert (found.first_scan, found.opens_on) == (None, None)
    assert (found.state, found.detail) == (State.AWAITING_FIRST_SCAN, "ANNOUNCED")
    scanned = verdict("06-03 08:00", read("06-03 08:00", created, ACCEPTED))
    assert scanned.first_scan is not None
    assert scanned.first_scan.instant == when("06-01 14:10")


def test_story_5_a_first_event_at_a_hub_is_an_inferred_first_scan():
    found = verdict("06-03 08:00", read("06-03 08:00", ANNOUNCED, hub("06-03 04:00")))
    assert found.first_scan is not None
    assert found.first_scan.instant == when("06-03 04:00")
    assert found.inferred
    assert found.acceptance is None
    assert Flag.INFERRED in found.flags
    assert str(found.opens_on) == "2026-06-24"


def test_story_6_a_delivery_as_the_only_event_is_first_scan_and_delivery():
    found = verdict("06-30 00:00", read("06-04 12:00", delivered("06-04 11:00")))
    assert found.state is State.DELIVERED
    assert found.first_scan is not None
    assert found.first_scan.instant == when("06-04 11:00")
    assert found.inferred


def test_story_7_a_pickup_told_after_the_delivery_moves_the_first_scan_earlier():
    reads = [
        read("06-04 12:00", delivered("06-04 11:00")),
        read("06-05 12:00", event(Kind.PICKED_UP, "06-03 16:00"), delivered("06-04 11:00")),
    ]
    found = verdict("06-05 12:00", *reads)
    assert found.state is State.DELIVERED
    assert found.first_scan is not None
    assert found.first_scan.instant == when("06-03 16:00")
    assert not found.inferred


def test_story_8_a_backfilled_acceptance_opens_the_window_at_once_with_the_same_read():
    reads = [read("06-03 08:00", hub("06-03 04:00")), read("06-23 08:00", ACCEPTED, hub("06-03 04:00"))]
    assert verdict("06-23 07:59", *reads).state is State.IN_TRANSIT
    found = verdict("06-23 08:00", *reads)
    assert found.state is State.LOST_PRESUMED
    assert found.opens_at == when("06-22 00:00")


def test_story_9_an_acceptance_told_a_day_later_is_another_event_and_the_first_scan_stays():
    other = event(Kind.DROPPED_OFF, "06-02 14:10", code="ES/SHRCU/PCKST")
    found = verdict("06-03 12:00", read("06-02 12:00", ACCEPTED), read("06-03 12:00", other))
    assert found.first_scan is not None
    assert found.first_scan.instant == when("06-01 14:10")
    assert found.first_scan.retracted
    assert {Flag.RETRACTED, Flag.NEEDS_REVIEW} <= set(found.flags)


def test_story_10_a_row_that_deletes_the_acceptance_marks_it_and_reverses_nothing():
    found = verdict("06-02 12:00", read("06-02 12:00", ACCEPTED, event(Kind.RETRACTION, "06-01 14:12", code="STORN")))
    assert found.first_scan is not None
    assert found.first_scan.retracted
    assert Flag.NEEDS_REVIEW in found.flags
    assert str(found.opens_on) == "2026-06-22"


def test_two_deletions_in_a_row_delete_the_two_rows_before_them():
    storn = [event(Kind.RETRACTION, f"06-01 15:0{n}", code="STORN") for n in (1, 2)]
    found = verdict("06-02 12:00", read("06-02 12:00", ACCEPTED, hub("06-01 15:00"), *storn))
    assert found.first_scan is not None
    assert found.first_scan.retracted


def test_story_11_a_history_told_twice_an_hour_apart_is_one_event_each_and_the_stated_offset_wins():
    stated = [event(Kind.DROPPED_OFF, "2026-06-01T12:10Z", code="ES", zone_source=ZoneSource.STATED)]
    shifted = [event(Kind.DROPPED_OFF, "06-01 15:10", code="ES")]
    for first, second in ((stated, shifted), (shifted, stated)):
        found = verdict("06-03 12:00", read("06-02 12:00", *first), read("06-03 12:00", *second))
        assert found.first_scan is not None
        assert found.first_scan.instant == when("06-01 14:10")
        assert Flag.RETRACTED not in found.flags


def test_a_zone_correction_that_changes_the_date_files_from_the_later_opening():
    late = event(Kind.DROPPED_OFF, "06-02 00:30", code="ES")
    corrected = event(Kind.DROPPED_OFF, "06-01 23:30", code="ES", zone_source=ZoneSource.STATED)
    found = verdict("06-03 12:00", read("06-02 12:00", late), read("06-03 12:00", corrected))
    assert (str(found.first_scan.day), str(found.opens_on)) == ("2026-06-01", "2026-06-23")
    assert found.recommended_file_from == when("06-24 00:00")


IN_MARCH = {"issued_at": when("2026-03-28 08:00")}
SPRING_DAY = dated(Kind.HUB_SCAN, "2026-03-29")
IN_LONDON = replace(SPRING_DAY, instant=when("2026-03-29T00:00+00:00"), location=Place(country="GB"))


@pytest.mark.parametrize(
    ("row", "next_day"),
    [(SPRING_DAY, "2026-03-30 00:30"), (SPRING_DAY, "2026-03-29T22:30Z"), (IN_LONDON, "2026-03-30T00:30+01:00")],
)
def test_a_date_lasts_23_hours_on_the_day_clocks_go_forward(row, next_day):
    found = verdict("2026-04-01 12:00", read("2026-03-31 12:00", row, event(Kind.ACCEPTED, next_day)), **IN_MARCH)
    assert (str(found.first_scan.day), str(found.opens_on)) == ("2026-03-29", "2026-04-19")


def test_a_date_lasts_25_hours_on_the_day_clocks_go_back():
    late = event(Kind.ACCEPTED, "2026-10-25 23:30", code="late")
    row = dated(Kind.HUB_SCAN, "2026-10-25")
    found = verdict("2026-10-27 12:00", read("2026-10-26 12:00", row, late), issued_at=when("2026-10-24 08:00"))
    assert (found.first_scan.instant, found.inferred) == (when("2026-10-25 23:30"), False)
    asked = read("2026-10-26 12:00", row)
    assert verdict("2026-10-27 12:00", asked, issued_at=when("2026-10-26 23:30")).first_scan is not None
    assert verdict("2026-10-27 12:00", asked, issued_at=when("2026-10-27 00:30")).first_scan is None


def test_a_guessed_time_has_the_date_of_the_policys_zone():
    guessed = event(Kind.ACCEPTED, "06-01T20:00-07:00", zone_source=ZoneSource.ASSUMED, precision=Precision.DATE)
    found = verdict("06-05 12:00", read("06-04 12:00", guessed))
    assert (str(found.first_scan.day), str(found.opens_on)) == ("2026-06-02", "2026-06-23")
    assert found.recommended_file_from == when("06-25 00:00")


def test_story_12_two_scans_at_one_place_in_one_answer_are_two_events():
    ours = case(
        read("06-02 12:00", hub("06-01 18:00"), hub("06-01 20:00")), read("06-03 12:00", hub("06-01 20:00"), hub("06-01 18:00"))
    )
    found = assess(ours, at=when("06-03 12:00"))
    assert found.first_scan is not None
    assert found.first_scan.instant == when("06-01 18:00")
    assert Flag.RETRACTED not in found.flags


def test_story_13_a_manifest_row_after_the_physical_scan_changes_nothing():
    manifest = event(Kind.DATA_RECEIVED, "06-02 03:00", code="VA")
    found = verdict("06-02 12:00", read("06-02 12:00", ACCEPTED, manifest))
    assert found.first_scan is not None
    assert found.first_scan.instant == ACCEPTED.instant
    assert found.detail is Detail.ACCEPTED


def test_story_14_an_unknown_code_is_no_scan_and_changes_no_state():
    found = verdict("06-02 12:00", read("06-02 12:00", event(Kind.UNKNOWN, "06-02 03:00", code="ZZ9")))
    assert (found.detail, found.first_scan) == (Detail.CREATED, None)
    assert Flag.UNMAPPED_CODE in found.flags


def test_story_19_a_hand_in_at_the_counter_is_not_inferred():
    found = verdict(
        "06-03 12:00", read("06-03 12:00", event(Kind.ACCEPTED, "06-02 10:00", code="SA"), hub("06-02 18:00", code="PL"))
    )
    assert found.acceptance is not None
    assert found.acceptance.raw_code == "SA"
    assert not found.inferred


def test_story_20_a_clearance_row_without_custody_is_no_scan():
    row = event(Kind.CUSTOMS, "06-02 10:00", code="RR", custody=Custody.NONE)
    assert verdict("06-03 12:00", read("06-03 12:00", row)).first_scan is None


def test_story_23_a_failed_pickup_is_pending_and_starts_no_clock():
    found = verdict("06-03 12:00", read("06-03 12:00", event(Kind.PICKUP_FAILED, "06-02 10:00", code="AN/NTPUP")))
    assert (found.state, found.detail) == (State.AWAITING_FIRST_SCAN, Detail.PICKUP_PENDING)
    assert Flag.PICKUP_FAILED in found.flags
    assert found.opens_at is None


def test_story_24_a_history_that_starts_at_a_hub_starts_there():
    found = verdict("06-03 12:00", read("06-03 12:00", hub("06-01 22:00", code="EE"), hub("06-02 01:00", code="AA")))
    assert found.first_scan is not None
    assert found.first_scan.raw_code == "EE"
    assert found.inferred


def test_story_25_the_same_answer_fifty_times_says_what_it_said_once():
    reads = [read(f"06-02 {n // 60:02}:{n % 60:02}", ANNOUNCED, ACCEPTED) for n in range(50)]
    once = verdict("06-03 12:00", reads[-1])
    assert verdict("06-03 12:00", *reads) == once


def test_story_26_a_code_that_is_mapped_better_later_stays_one_event():
    place = Place(city="Köln")
    unmapped = event(Kind.UNKNOWN, "06-02 03:00", code="NB/NEW", place=place)
    mapped = event(Kind.HUB_SCAN, "06-02 03:00", code="NB/NEW", place=place)
    found = verdict("06-04 12:00", read("06-02 12:00", unmapped), read("06-03 12:00", mapped))
    assert found.first_scan is not None
    assert Flag.UNMAPPED_CODE not in found.flags
    assert Flag.RETRACTED not in found.flags


def test_an_event_translated_or_told_in_other_words_stays_one_event():
    english = event(Kind.HUB_SCAN, "06-02 03:00", text="processed", code="NB")
    german = event(Kind.HUB_SCAN, "06-02 03:00", text="bearbeitet", code="NB")
    assert Flag.RETRACTED not in verdict("06-04 12:00", read("06-02 12:00", english), read("06-03 12:00", german)).flags


def known_events(*reads):
    history = History(when("06-01 08:00"), None)
    for one in reads:
        history.take(one.report, one.observed_at)
    return sorted(known.event.instant for known in history.events)


def test_two_rows_of_one_answer_are_never_versions_of_each_other():
    assert known_events(read("06-02 12:00", hub("06-01 18:00"), hub("06-01 20:00"))) == [when("06-01 18:00"), when("06-01 20:00")]


def test_a_row_told_twice_in_one_answer_is_one_event():
    assert known_events(read("06-02 12:00", hub("06-01 18:00"), hub("06-01 18:00"))) == [when("06-01 18:00")]


def test_an_answer_that_holds_both_times_shows_that_a_correction_was_two_events():
    corrected = read("06-02 12:00", hub("06-01 18:00")), read("06-03 12:00", hub("06-01 19:00"))
    assert known_events(*corrected) == [when("06-01 19:00")]
    both = read("06-04 12:00", hub("06-01 18:00"), hub("06-01 19:00"))
    assert len(known_events(*corrected, both)) == 2


def test_an_event_with_the_same_time_on_the_clock_in_another_zone_is_the_same_event():
    local = event(Kind.HUB_SCAN, "2026-06-01T18:00+02:00")
    indian = event(Kind.HUB_SCAN, "2026-06-01T18:00+05:30", zone_source=ZoneSource.STATED)
    assert known_events(read("06-02 12:00", local), read("06-03 12:00", indian)) == [when("2026-06-01T18:00+05:30")]


def test_a_correction_by_more_than_fourteen_hours_is_another_event():
    assert len(known_events(read("06-02 12:00", hub("06-01 08:00")), read("06-03 12:00", hub("06-01 22:00")))) == 1
    assert len(known_events(read("06-02 12:00", hub("06-01 08:00")), read("06-03 12:00", hub("06-01 23:00")))) == 2


def test_an_announcement_that_is_no_longer_told_asks_for_no_review():
    found = verdict("06-03 12:00", read("06-02 12:00", ANNOUNCED, ACCEPTED), read("06-03 12:00", ACCEPTED))
    assert Flag.NEEDS_REVIEW not in found.flags
