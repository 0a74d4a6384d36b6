"""Reads that are forced around the opening and the closing of a window."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retoure.carrier.times import day_in, first_instant
from retoure.model import ReadFailure
from retoure.monitor import Cadence, FailureClass, Reads, Reason
from retoure.monitor.deadlines import deadlines_of
from tests.lifecycle.builders import ACCEPTED, BERLIN, delivered, hub, when
from tests.monitor.watching import HOUR, MINUTE, answered, outlook, planned, truth, unanswered, watched

PLAIN = Cadence()
ZONES = st.sampled_from(["Europe/Berlin", "UTC", "America/Los_Angeles", "Africa/Cairo", "America/Havana", "Asia/Tokyo"]).map(
    ZoneInfo
)
DAYS = st.dates(date(2024, 1, 1), date(2035, 12, 31))
OPENING = outlook(Reason.MOVING, opens_at=when("06-22 00:00"))


def local(moments: tuple[datetime, ...], zone: ZoneInfo = BERLIN) -> list[str]:
    return [f"{at.astimezone(zone):%m-%d %H:%M}" for at in moments]


def test_the_evening_before_the_opening_five_past_midnight_and_eight_o_clock() -> None:
    assert local(deadlines_of(when("06-22 00:00"), None, BERLIN, PLAIN)) == ["06-21 18:00", "06-22 00:05", "06-22 08:00"]


def test_three_days_and_one_day_before_the_closing_at_eight() -> None:
    reads = deadlines_of(when("06-22 00:00"), date(2026, 7, 31), BERLIN, PLAIN)
    assert local(reads)[3:] == ["07-28 08:00", "07-30 08:00"]


def test_a_closing_before_the_opening_forces_no_read() -> None:
    assert len(deadlines_of(when("06-22 00:00"), date(2026, 6, 20), BERLIN, PLAIN)) == 3


def test_a_closing_right_after_the_opening_forces_the_reads_that_are_left() -> None:
    reads = deadlines_of(when("06-22 00:00"), date(2026, 6, 23), BERLIN, PLAIN)
    assert local(reads) == ["06-21 18:00", "06-22 00:05", "06-22 08:00"]


def test_an_unscanned_label_has_no_forced_reads() -> None:
    assert deadlines_of(None, date(2026, 7, 31), BERLIN, PLAIN) == ()


def test_a_window_that_opens_in_the_course_of_a_day_is_read_then() -> None:
    reads = deadlines_of(when("06-21 14:10"), None, BERLIN, PLAIN)
    assert local(reads) == ["06-20 18:00", "06-21 14:15", "06-21 22:10"]


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_on_the_night_of_a_change_of_clocks_each_read_comes_once(day: str) -> None:
    reads = deadlines_of(first_instant(date.fromisoformat(day), BERLIN), None, BERLIN, PLAIN)
    assert [f"{at.astimezone(BERLIN):%H:%M}" for at in reads] == ["18:00", "00:05", "08:00"]


def test_a_midnight_that_does_not_exist_is_its_first_instant() -> None:
    cairo = ZoneInfo("Africa/Cairo")
    reads = deadlines_of(first_instant(date(2026, 4, 24), cairo), None, cairo, PLAIN)
    assert local(reads, cairo) == ["04-23 18:00", "04-24 01:05", "04-24 08:00"]


@given(day=DAYS, zone=ZONES)
def test_for_every_day_and_zone_the_reads_lie_around_the_opening(day: date, zone: ZoneInfo) -> None:
    opens_at = first_instant(day, zone)
    evening, opening, morning = deadlines_of(opens_at, None, zone, PLAIN)
    assert evening < opens_at < opening < morning
    assert day_in(opening, zone) == day_in(morning, zone) == day
    assert day_in(evening, zone) == day - timedelta(days=1)
    assert opening - opens_at == 5 * MINUTE
    assert (evening.astimezone(zone).hour, morning.astimezone(zone).hour) == (18, 8)


@given(day=DAYS, zone=ZONES, left=st.integers(-5, 90))
def test_closing_reads_lie_on_their_days_and_after_the_opening(day: date, zone: ZoneInfo, left: int) -> None:
    opens_at, closes_on = first_instant(day, zone), day + timedelta(days=left)
    reads = deadlines_of(opens_at, closes_on, zone, PLAIN)
    assert reads == tuple(sorted(set(reads)))
    expected = {closes_on - timedelta(days=days) for days in (3, 1)}
    assert {day_in(at, zone) for at in reads[3:]} <= expected
    if left > 3:
        assert {day_in(at, zone) for at in reads if at > opens_at} >= expected


def test_a_lost_parcel_is_read_at_every_one_of_them() -> None:
    parcel = watched(ACCEPTED, hub("06-02 03:00"), draw=0.0).run("09-01 00:00")
    assert parcel.times("06-01 00:00", reason=Reason.DEADLINE) == [
        "06-21 18:00", "06-22 00:05", "06-22 08:00", "07-28 08:00", "07-30 08:00",
    ]  # fmt: skip
    lost = next(signal for signal in parcel.signals if signal.type == "lost_presumed")
    assert lost.at == when("06-22 00:05")


def test_forced_reads_ask_for_exact_times() -> None:
    parcel = watched(ACCEPTED).run("06-23 00:00")
    assert all(precise for _, why, precise in parcel.made if why is Reason.DEADLINE)


def test_a_forced_read_is_never_moved_to_earlier_and_the_evening_s_not_at_all() -> None:
    evening = planned(OPENING, answered("06-21 14:00"), draw=0.99)
    opening = planned(OPENING, answered("06-21 18:00"), draw=0.99)
    assert evening.at == when("06-21 18:00")
    assert when("06-22 00:05") < opening.at < when("06-22 00:15")


def test_an_ordinary_read_shortly_before_a_forced_one_is_spared() -> None:
    assert planned(OPENING, answered("06-21 10:00")).at == when("06-21 18:00")
    assert planned(OPENING, answered("06-21 08:00")).at == when("06-21 14:00")


def test_a_forced_read_that_was_missed_is_due_at_once() -> None:
    plan = planned(OPENING, answered("06-20 12:00"), "06-26 09:00")
    assert (plan.at, plan.reason) == (when("06-22 08:00"), Reason.DEADLINE)


def test_one_read_makes_good_for_all_that_were_missed() -> None:
    plan = planned(OPENING, answered("06-26 09:00"), "06-26 09:00")
    assert plan.reason is not Reason.DEADLINE
    assert plan.deadline_at is None


def test_a_read_that_failed_leaves_a_forced_one_owed() -> None:
    failing = unanswered("06-22 00:05", FailureClass.TRANSIENT, answered_at="06-21 18:00")
    plan = planned(OPENING, failing, draw=0.0)
    assert (plan.at, plan.reason) == (when("06-22 00:10"), Reason.DEADLINE)


def test_a_forced_read_waits_most_of_an_hour_between_failures_at_most_in_its_first_days() -> None:
    failing = unanswered("06-22 06:00", FailureClass.TRANSIENT, answered_at="06-21 18:00", failures=9, today=5)
    assert planned(OPENING, failing, draw=0.0).at <= when("06-22 08:00")
    later = unanswered("06-22 08:10", FailureClass.TRANSIENT, answered_at="06-21 18:00", failures=9, today=5)
    assert planned(OPENING, later, draw=0.0).at == when("06-22 08:50")
    outage = unanswered("06-24 08:10", FailureClass.TRANSIENT, answered_at="06-21 18:00", failures=60, today=0)
    assert planned(OPENING, outage, draw=0.0).at == when("06-24 08:50")


def test_the_last_tries_of_a_day_are_spread_over_its_rest_and_the_very_last_is_kept() -> None:
    """An outage of a day must not use up what its end is to be seen with."""

    def tried(at: str, today: int, failure: FailureClass = FailureClass.TRANSIENT) -> datetime:
        failing = unanswered(at, failure, answered_at="06-21 18:00", failures=60, today=today, reason=Reason.DEADLINE)
        again = planned(OPENING, failing, draw=0.0).at
        assert again is not None
        return again

    assert tried("2026-06-22T09:00+00:00", today=5) == when("2026-06-22T09:40+00:00")
    assert tried("2026-06-22T09:00+00:00", today=6) == when("2026-06-22T14:00+00:00")
    assert tried("2026-06-22T14:00+00:00", today=7) == when("2026-06-22T19:00+00:00")
    assert tried("2026-06-22T19:00+00:00", today=9) == when("2026-06-23T00:00+00:00")
    assert tried("2026-06-22T23:50+00:00", today=9) == when("2026-06-23T00:30+00:00")


def test_a_forced_read_that_is_owed_for_weeks_is_tried_less_often() -> None:
    failing = unanswered("07-22 08:00", FailureClass.TRANSIENT, answered_at="06-21 18:00", failures=30)
    assert planned(OPENING, failing, draw=0.0).at == when("07-23 08:00")


def test_a_forgotten_number_is_answered_for_and_not_asked_again_at_once() -> None:
    gone = unanswered("06-22 00:05", FailureClass.GONE, answered_at="06-22 00:05", failures=0, reason=Reason.DEADLINE)
    plan = planned(OPENING, gone)
    assert plan.reason is Reason.DEADLINE
    assert when("06-22 08:00") <= plan.at <= when("06-22 08:10")


def test_forced_reads_within_a_day_are_booked_together() -> None:
    plan = planned(OPENING, answered("06-21 08:00"))
    assert (plan.deadline_at, plan.deadlines_booked) == (when("06-21 18:00"), 3)
    plan = planned(OPENING, answered("06-22 00:06"))
    assert (plan.deadline_at, plan.deadlines_booked) == (when("06-22 08:00"), 1)


def test_a_delivery_ends_the_forced_reads() -> None:
    parcel = watched(ACCEPTED, delivered("06-21 12:00")).run("09-01 00:00")
    assert parcel.times("06-01 00:00", reason=Reason.DEADLINE) == ["06-21 18:00"]


def test_a_first_scan_that_moves_to_earlier_moves_them_too() -> None:
    parcel = watched(hub("06-03 04:00")).run("06-10 12:00")
    assert parcel.plan.deadline_at == when("06-23 18:00")
    parcel.answer = truth(ACCEPTED, hub("06-03 04:00"))
    assert parcel.run("06-12 12:00").plan.deadline_at == when("06-21 18:00")


def test_a_parcel_that_was_forgotten_before_its_opening_is_still_read_at_the_opening() -> None:
    parcel = watched(ACCEPTED, draw=0.0).run("06-05 12:00")
    known = parcel.answer
    parcel.answer = lambda at: known(at) if at > when("06-20 00:00") else ReadFailure.NOT_FOUND
    parcel.run("06-23 00:00")
    assert parcel.times("06-08 00:00", reason=Reason.GONE) == []
    assert parcel.times("06-08 00:00")[0] == "06-21 18:00"
    assert "lost_presumed" in parcel.told()


def test_a_filed_claim_needs_no_closing_reads() -> None:
    from retoure.lifecycle import ClaimFiled

    parcel = watched(ACCEPTED).run("06-24 12:00")
    parcel.observe(ClaimFiled(rma="RMA-1", at=when("06-24 12:00"), route="AMAZON"))
    assert parcel.outlook.closes_on is None
    assert parcel.plan.deadline_at is None


@given(asked=st.integers(0, 60 * 24 * 50), now=st.integers(0, 60 * 24 * 50), draw=st.floats(0, 1, exclude_max=True))
def test_a_forced_read_is_never_skipped_and_never_made_twice(asked: int, now: int, draw: float) -> None:
    """Whatever was read when: the next read is no later than the first that is owed, and what is answered is not owed."""
    start = when("06-19 00:00").astimezone(UTC)
    read, moment = start + asked * MINUTE, start + max(asked, now) * MINUTE
    looking = outlook(Reason.MOVING, opens_at=when("06-22 00:00"), closes_on=date(2026, 7, 31))
    plan = planned(looking, Reads(asked_at=read, answered_at=read, today=1), moment, draw=draw)
    owed = [at for at in deadlines_of(looking.opens_at, looking.closes_on, BERLIN, PLAIN) if at > read]
    assert plan.at is not None
    if owed:
        assert plan.deadline_at in owed
        assert plan.at <= max(owed[0] + 10 * MINUTE, plan.deadline_at, read + MINUTE)
    else:
        assert plan.deadline_at is None
        assert plan.reason is not Reason.DEADLINE
        assert plan.at <= read + 6.6 * HOUR
