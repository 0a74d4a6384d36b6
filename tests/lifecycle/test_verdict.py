"""Stories 65 to 81 and 107: lost, or we cannot say."""

from datetime import datetime

import pytest

from retoure.lifecycle import ClaimFiled, Detail, Flag, State, assess
from retoure.model import Kind, ReadFailure
from tests.lifecycle.builders import ACCEPTED, ANNOUNCED, case, delivered, event, failed, hub, not_found, read, verdict, when


@pytest.mark.parametrize("answered", ["06-21 23:59:59", "06-22 00:00:02"])
def test_story_65_a_read_sent_a_second_before_the_opening_is_not_fresh(answered):
    found = verdict("06-22 00:00:02", read("06-21 23:59:59", ACCEPTED, observed=answered))
    assert found.state is State.INDETERMINATE
    assert verdict("06-21 23:59:59", read("06-21 23:59:59", ACCEPTED)).state is State.IN_TRANSIT


def test_story_66_a_read_sent_at_the_opening_presumes_the_loss():
    found = verdict("06-22 00:00:00", read("06-22 00:00:00", ACCEPTED))
    assert (found.state, found.detail) == (State.LOST_PRESUMED, Detail.LOST_PRESUMED)
    assert found.claim_case == "LOST_IN_RETURN_TRANSIT"


def test_story_67_silence_since_the_opening_is_no_loss():
    found = verdict("06-22 12:00", read("06-21 18:00", ACCEPTED))
    assert (found.state, found.detail) == (State.INDETERMINATE, Detail.INDETERMINATE)
    assert found.blocked_by == ("EVIDENCE_STALE",)
    assert found.last_read == when("06-21 18:00")


def test_story_68_refused_reads_leave_it_open_until_the_next_success():
    tries = [failed(f"06-22 {hour:02}:00") for hour in range(1, 24)]
    reads = [read("06-21 18:00", ACCEPTED), *tries, read("06-23 02:05", ACCEPTED)]
    during = verdict("06-22 23:30", *reads)
    assert during.state is State.INDETERMINATE
    assert during.stale_since == when("06-21 18:00")
    after = verdict("06-23 02:05", *reads)
    assert after.state is State.LOST_PRESUMED
    assert after.opens_at == when("06-22 00:00")
    assert after.stale_since is None


def test_story_69_a_delivery_found_after_an_outage_was_never_a_loss():
    reads = [read("06-18 08:00", ACCEPTED), read("06-26 08:00", ACCEPTED, delivered("06-20 10:00"))]
    assert verdict("06-26 08:00", *reads).state is State.DELIVERED


def test_story_70_after_an_outage_the_loss_is_presumed_late_and_the_window_counted_from_its_day():
    found = verdict("06-26 08:00", read("06-18 08:00", ACCEPTED), read("06-26 08:00", ACCEPTED))
    assert found.state is State.LOST_PRESUMED
    assert (str(found.opens_on), str(found.closes_on)) == ("2026-06-22", "2026-07-31")


@pytest.mark.parametrize("gone", [not_found("09-10 08:00"), failed("09-10 08:00"), read("09-10 08:00")])
def test_stories_71_to_74_a_number_that_no_longer_answers_is_not_lost(gone):
    found = verdict("09-10 09:00", read("06-21 18:00", ACCEPTED), gone)
    assert found.state is State.INDETERMINATE
    assert found.first_scan is not None
    assert found.stale_since == when("06-21 18:00")


def test_story_71_not_found_says_that_the_history_has_gone():
    found = verdict("09-10 09:00", read("06-21 18:00", ACCEPTED), not_found("09-10 08:00"))
    assert "HISTORY_GONE" in [reason.code for reason in found.reasons]


def test_story_73_an_answer_without_any_row_is_no_negative_read_for_a_number_with_events():
    assert verdict("06-22 09:00", read("06-21 18:00", ACCEPTED), read("06-22 08:00")).state is State.INDETERMINATE


def test_an_answer_that_lost_the_scans_and_kept_the_announcement_is_no_negative_read():
    found = verdict("06-22 09:00", read("06-21 18:00", ANNOUNCED, ACCEPTED), read("06-22 08:00", ANNOUNCED))
    assert found.state is State.INDETERMINATE


def test_a_loss_once_shown_stays_when_later_reads_fail():
    found = verdict("09-10 09:00", read("06-22 08:00", ACCEPTED), not_found("09-10 08:00"))
    assert found.state is State.LOST_PRESUMED
    assert found.stale_since == when("06-22 08:00")


def test_story_75_a_loss_declared_by_the_carrier_starts_the_carriers_claim_and_not_amazons():
    declared = event(Kind.LOST_BY_CARRIER, "06-10 09:00", code="RCCLS/LOSTX")
    reads = [read("06-10 12:00", ACCEPTED, declared), read("06-22 08:00", ACCEPTED, declared)]
    before = verdict("06-11 12:00", *reads)
    assert (before.state, before.detail) == (State.EXCEPTION, Detail.LOST_BY_CARRIER)
    assert (before.claim_route, before.claim_status) == ("AMAZON", "WAITING")
    assert "CARRIER_CLAIM_NOW" in [reason.code for reason in before.reasons]
    after = verdict("06-22 08:00", *reads)
    assert (after.state, after.detail) == (State.LOST_PRESUMED, Detail.LOST_BY_CARRIER)


def test_a_declared_loss_proves_no_scan():
    found = verdict("06-12 12:00", read("06-12 12:00", event(Kind.LOST_BY_CARRIER, "06-10 09:00")))
    assert (found.state, found.first_scan) == (State.EXCEPTION, None)


def test_a_declared_loss_and_then_a_delivery_is_a_recovery():
    declared = event(Kind.LOST_BY_CARRIER, "06-10 09:00")
    found = verdict("06-15 12:00", read("06-15 12:00", ACCEPTED, declared, delivered("06-14 09:00")))
    assert found.state is State.RECOVERED


def test_story_76_a_delivery_after_the_loss_withdraws_the_claim():
    filed = ClaimFiled(rma="RMA-1", at=when("06-23 09:00"), route="AMAZON")
    found = verdict("06-30 12:00", read("06-22 08:00", ACCEPTED), filed, read("06-30 12:00", ACCEPTED, delivered("06-30 10:00")))
    assert (found.state, found.recovery_kind) == (State.RECOVERED, "FOUND_AFTER_DEADLINE")
    assert {"WITHDRAW_CLAIM", "CLAIM_FILED"} <= {reason.code for reason in found.reasons}


def test_story_78_a_scan_after_the_loss_moves_again_and_stays_lost():
    found = verdict("06-25 12:00", read("06-22 08:00", ACCEPTED), read("06-25 12:00", ACCEPTED, hub("06-25 04:00")))
    assert found.state is State.LOST_PRESUMED
    assert Flag.MOVING_AGAIN in found.flags
    assert found.claim_status == "OPEN"


def test_story_81_a_verdict_of_the_past_uses_only_what_was_known_then():
    observations = [
        read("06-02 12:00", ACCEPTED),
        read("06-22 08:00", ACCEPTED),
        read("06-30 08:00", ACCEPTED, delivered("06-19 10:00")),
    ]
    past = verdict("06-20 12:00", *observations)
    assert past.state is State.IN_TRANSIT
    assert past == verdict("06-20 12:00", observations[0])


def test_an_answer_that_came_later_than_the_moment_is_not_known_yet():
    found = verdict("06-22 00:01", read("06-21 18:00", ACCEPTED), read("06-22 00:00", ACCEPTED, observed="06-22 00:02"))
    assert found.state is State.INDETERMINATE


def test_story_107_a_counter_scan_of_a_code_alone_may_be_in_a_collective_box():
    found = verdict("06-22 08:00", read("06-22 08:00", ACCEPTED), code_only=True)
    assert found.state is State.LOST_PRESUMED
    assert Flag.COLLECTIVE_POSSIBLE in found.flags


def test_a_future_row_makes_an_answer_unfit_to_show_a_loss():
    future = delivered("06-30 10:00")
    assert verdict("06-22 09:00", read("06-22 08:00", ACCEPTED, future)).state is State.INDETERMINATE


def test_a_future_row_makes_every_answer_unfit_that_tells_it_wherever_it_stands():
    ahead = hub("06-24 12:00")
    first, second = read("06-22 08:00", ANNOUNCED, ACCEPTED, ahead), read("06-22 09:00", ACCEPTED, ahead)
    assert verdict("06-22 10:00", first, second).state is State.INDETERMINATE


def test_not_found_before_the_opening_changes_nothing():
    found = verdict("06-10 09:00", read("06-02 12:00", ACCEPTED), not_found("06-10 08:00"))
    assert (found.state, found.detail) == (State.IN_TRANSIT, Detail.ACCEPTED)


def test_a_moment_without_a_zone_is_refused_with_what_to_do():
    with pytest.raises(ValueError, match=r"datetime\.now\(UTC\)"):
        assess(case(), at=datetime(2026, 6, 20))  # noqa: DTZ001 - the point


def test_a_wrong_shipment_failure_after_the_opening_is_no_evidence():
    found = verdict("06-22 09:00", read("06-21 18:00", ACCEPTED), failed("06-22 08:00", ReadFailure.WRONG_SHIPMENT))
    assert found.state is State.INDETERMINATE


def test_a_loss_shown_by_a_read_sent_at_the_opening_is_recovered_by_a_later_delivery():
    found = verdict("06-30", read("06-22 00:00", ACCEPTED), read("06-25 12:00", ACCEPTED, delivered("06-25 10:00")))
    assert found.state is State.RECOVERED


def test_a_loss_without_a_further_scan_does_not_move():
    assert Flag.MOVING_AGAIN not in verdict("06-25", read("06-22 08:00", ACCEPTED), read("06-24 08:00", ACCEPTED)).flags


def test_a_scan_after_a_declared_loss_moves_again():
    declared = event(Kind.LOST_BY_CARRIER, "06-10 09:00")
    found = verdict("06-12", read("06-11 12:00", ACCEPTED, declared, hub("06-11 04:00")))
    assert found.detail is Detail.LOST_BY_CARRIER
    assert Flag.MOVING_AGAIN in found.flags
