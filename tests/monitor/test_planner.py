"""The scheduler's cases, by their numbers, as far as planning decides them."""

import itertools
import pickle
from dataclasses import replace
from datetime import UTC, date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retoure.errors import RateLimited
from retoure.lifecycle import RefundIssued
from retoure.model import Kind, ReadFailure, TrackingFailure
from retoure.monitor import Cadence, FailureClass, Outlook, Rank, Reads, Reason, Stop, next_read
from retoure.monitor.feasibility import feasibility
from retoure.monitor.outcomes import class_of
from retoure.monitor.plans import urgency
from retoure.programmes import OpeningRule
from tests.lifecycle.builders import ACCEPTED, NUMBER, delivered, event, when
from tests.monitor.watching import DE, HOUR, MINUTE, answered, hours_until, outlook, planned, truth, unanswered, watched

MOVING = outlook(Reason.MOVING)
OPENING = outlook(Reason.MOVING, opens_at=when("06-22 00:00"))


def test_1_a_restart_keeps_the_plan() -> None:
    parcel = watched(ACCEPTED).run("06-03 12:00")
    restarted = Outlook.from_json(parcel.outlook.to_json())
    reads = pickle.loads(pickle.dumps(parcel.reads))
    assert next_read(restarted, reads, now=parcel.now + 3 * HOUR, draw=0.5) == parcel.plan


def test_2_a_429_is_a_burst_unless_the_day_s_own_count_says_that_it_is_spent() -> None:
    turned_away, at = RateLimited("429"), when("06-02 12:00")
    assert class_of(turned_away, MOVING, asked_at=at) is FailureClass.BURST
    assert class_of(turned_away, MOVING, asked_at=at, day_spent=True) is FailureClass.DAILY_EXHAUSTED


def test_2_a_spent_day_lasts_until_midnight_gmt() -> None:
    spent = unanswered("06-02 20:00", FailureClass.DAILY_EXHAUSTED, answered_at="06-02 12:00")
    assert planned(MOVING, spent, draw=0.0).at == when("2026-06-03T00:00+00:00")


def test_3_a_forced_read_is_booked_before_the_reset_and_not_moved_by_what_is_spent() -> None:
    """The store keeps ``deadlines_booked`` calls; the read itself is planned for its time although ordinary ones wait."""
    plan = planned(OPENING, answered("06-21 22:00"), "06-21 22:00", draw=0.0)
    assert plan.at == when("06-22 00:05") < when("2026-06-22T00:00+00:00")
    assert (plan.rank, plan.deadlines_booked) == (Rank.DEADLINE, 2)


def test_4_a_told_wait_is_waited_and_without_one_there_is_one_of_our_own() -> None:
    burst = unanswered("06-02 18:00", FailureClass.BURST, answered_at="06-02 12:00")
    assert planned(MOVING, burst, not_before=when("06-02 18:30"), draw=0.0).at == when("06-02 18:30")
    assert planned(MOVING, burst, draw=0.0).at == when("06-02 18:05")


def test_5_while_a_circuit_is_open_a_forced_read_stays_the_most_urgent() -> None:
    failing = unanswered("06-22 00:05", FailureClass.TRANSIENT, answered_at="06-21 18:00", failures=5)
    plan = planned(OPENING, failing, not_before=when("06-22 00:40"))
    assert (plan.rank, plan.reason) == (Rank.DEADLINE, Reason.DEADLINE)


def test_6_after_an_outage_the_most_urgent_go_first_and_nobody_is_skipped() -> None:
    """500 labels overdue for up to eight days, a budget of 250 a day: each is read once, in order of urgency, none twice."""
    start = when("06-20 08:00").astimezone(UTC)
    now = start + timedelta(days=8)
    kinds = [Reason.MOVING] * 240 + [Reason.UNSCANNED] * 200 + [Reason.CONFIRMING] * 30 + [Reason.INDETERMINATE] * 20
    labels = [outlook(kind, since=start - 2 * HOUR, stop=Stop.DELIVERED) for kind in kinds]
    labels += [outlook(Reason.MOVING, opens_at=when("06-22 00:00"))] * 10
    last = answered(start - 20 * HOUR)
    plans = [planned(label, last, now, draw=index / 500) for index, label in enumerate(labels)]
    due = sorted(range(500), key=lambda index: urgency(plans[index].rank, plans[index].at, now))
    assert {plans[index].rank for index in due[:30]} == {Rank.DEADLINE, Rank.INDETERMINATE}
    first_day, second_day = due[:250], due[250:]
    assert sorted(first_day + second_day) == list(range(500))
    after = [planned(labels[index], answered(now + place * 6 * MINUTE), draw=0.5) for place, index in enumerate(first_day)]
    assert all(plan.at is None or plan.at > now + place * 6 * MINUTE for place, plan in enumerate(after))


def test_6_what_waits_for_more_than_a_day_goes_before_what_is_due_since_an_hour() -> None:
    now = when("06-20 08:00")
    starving = urgency(Rank.UNSCANNED, now - 25 * HOUR, now)
    assert starving < urgency(Rank.NEAR_DELIVERY, now - HOUR, now)
    assert urgency(Rank.DEADLINE, now, now) < urgency(Rank.INDETERMINATE, now, now) < starving


def test_8_each_number_of_a_batch_has_an_outcome_of_its_own() -> None:
    missing = TrackingFailure(number=NUMBER, carrier="dhl_paket", reason=ReadFailure.NOT_FOUND, read_at=when("06-02 12:00"))
    assert class_of(missing, outlook(Reason.UNSCANNED), asked_at=when("06-02 12:00")) is FailureClass.NEGATIVE
    assert hours_until(outlook(Reason.UNSCANNED), answered("06-02 12:00", failure=FailureClass.NEGATIVE)) == 24


@pytest.mark.parametrize(("first", "opening"), [("2026-03-08 12:00", "2026-03-29"), ("2026-10-04 12:00", "2026-10-25")])
def test_9_the_read_at_five_past_midnight_comes_once_on_a_night_when_clocks_change(first: str, opening: str) -> None:
    looking = replace(OPENING, opens_at=when(f"{opening} 00:00"))
    evening = when(f"{opening} 00:00") - 6 * HOUR
    plan = planned(looking, answered(evening), draw=0.0)
    assert plan.at == when(f"{opening} 00:05")
    assert planned(looking, answered(plan.at)).deadline_at == when(f"{opening} 08:00")


def test_9_the_budget_s_day_is_that_of_gmt_whatever_berlin_s_clocks_do() -> None:
    spent = unanswered("2026-10-25 01:30", FailureClass.DAILY_EXHAUSTED, answered_at="2026-10-24 12:00")
    assert planned(MOVING, spent, draw=0.0).at == when("2026-10-25T00:00+00:00")


@given(draw=st.floats(0, 1, exclude_max=True))
@settings(max_examples=15, deadline=None)
def test_10_after_a_delivery_exactly_one_more_read(draw: float) -> None:
    parcel = watched(ACCEPTED, delivered("06-03 10:00"), draw=draw).run("10-01 00:00")
    assert len([at for at, _, _ in parcel.made if at >= when("06-03 10:00")]) == 2
    assert parcel.plan.at is None


def test_10_a_confirming_read_that_fails_is_made_again() -> None:
    end = outlook(Reason.CONFIRMING, since=when("06-03 10:00"), stop=Stop.DELIVERED)
    failing = unanswered("06-04 10:00", FailureClass.TRANSIENT, answered_at="06-03 10:00")
    assert planned(end, failing, draw=0.0).at == when("06-04 10:05")
    given_up = unanswered("06-04 20:00", FailureClass.TRANSIENT, answered_at="06-03 10:00", failures=8)
    assert planned(end, given_up).stop is Stop.DELIVERED


def test_11_fourteen_days_make_it_48_hours_and_a_promised_refund_6() -> None:
    assert hours_until(outlook(Reason.UNSCANNED), answered("06-16 08:00")) == 48
    promised = watched(refund_at_scan=True).run("06-16 08:00")
    assert hours_until(promised.outlook, promised.reads) == 6


def test_13_a_lost_label_is_read_daily_to_day_60_and_stopped_with_a_reason() -> None:
    parcel = watched(ACCEPTED, refunded=False).run("12-01 00:00")
    days = parcel.times("06-22 12:00")
    assert len(days) == 39
    assert days[-1].startswith("07-31")
    assert parcel.plan.stop is Stop.TRACKED_TO_DAY_60


def test_13_a_closing_after_day_60_is_still_read_for() -> None:
    parcel = watched(ACCEPTED, refunded=False).run("06-25 12:00")
    parcel.observe(RefundIssued(rma="RMA-1", at=when("06-25 12:00")))
    parcel.run("12-01 00:00")
    assert parcel.times("08-01 00:00") == ["08-21 08:05", "08-23 08:05"]
    assert parcel.plan.stop is Stop.TRACKED_TO_DAY_60


def test_14_the_planner_warns_at_63_moving_parcels_and_at_57_with_a_reserve() -> None:
    def warned(moving: int, reserve_share: float) -> bool:
        return bool(feasibility({Reason.MOVING: moving}, budget_per_day=250, reserve_share=reserve_share).warnings)

    assert [warned(62, 0), warned(63, 0)] == [False, True]
    assert [warned(56, 0.1), warned(57, 0.1)] == [False, True]


def test_16_an_answer_that_is_none_rests_the_account_and_owes_the_read() -> None:
    told = TrackingFailure(number=NUMBER, carrier="dpd", reason=ReadFailure.FAILED, read_at=when("06-02 12:00"))
    assert class_of(told, MOVING, asked_at=when("06-02 12:00")) is FailureClass.FAILED
    failing = unanswered("06-02 12:00", FailureClass.FAILED, answered_at="06-02 06:00")
    assert planned(MOVING, failing, not_before=when("06-02 12:10"), draw=0.0).at == when("06-02 12:10")


def test_17_a_clock_that_jumps_back_reads_nothing_twice_within_a_minute() -> None:
    plan = planned(MOVING, answered("06-09 12:00"), "06-08 12:00", wanted=Reason.ASKED)
    assert plan.at == when("06-08 12:01")


def test_17_a_clock_that_jumps_back_puts_off_nothing_for_ever() -> None:
    assert planned(MOVING, answered("06-30 12:00"), "06-08 12:00").at == when("06-08 18:00")


def test_17_a_forced_read_whose_time_has_not_come_is_not_made_good_by_a_wrong_clock() -> None:
    plan = planned(OPENING, answered("06-30 12:00"), "06-20 12:00")
    assert plan.deadline_at == when("06-21 18:00")


def test_18_a_history_that_is_purged_is_asked_for_once_more_and_then_no_more() -> None:
    parcel = watched(ACCEPTED, refunded=False).run("07-10 12:00")
    parcel.answer = lambda at: ReadFailure.NOT_FOUND
    parcel.run("12-01 00:00")
    assert [why for at, why, _ in parcel.made if at > when("07-10 12:00")] == [Reason.LOST, Reason.GONE]
    first, retry = (at for at, _, _ in parcel.made[-2:])
    assert retry - first == 24 * HOUR
    assert parcel.plan.stop is Stop.GONE
    assert parcel.outlook.known


def test_18_a_retry_that_is_not_answered_is_the_retry_still() -> None:
    failing = unanswered("07-12 12:00", FailureClass.TRANSIENT, answered_at="07-11 12:00", reason=Reason.GONE)
    plan = planned(outlook(Reason.LOST), failing, draw=0.0)
    assert (plan.at, plan.reason) == (when("07-12 12:05"), Reason.GONE)


def test_19_the_11th_read_of_a_day_is_refused_whoever_wants_it() -> None:
    full = answered("06-02 12:00", today=10)
    tomorrow = when("2026-06-03T00:00+00:00")
    assert planned(MOVING, full, wanted=Reason.ASKED).at == tomorrow
    assert planned(OPENING, unanswered("06-22 00:30", FailureClass.TRANSIENT, today=10)).at == when("2026-06-22T00:00+00:00")
    assert planned(MOVING, full, wanted=Reason.ASKED, cadence=Cadence(reads_per_day=11)).at < tomorrow


def test_19_ordinary_reads_leave_a_day_s_last_ones_to_forced_ones() -> None:
    near = replace(OPENING, phase=Reason.OUT_FOR_DELIVERY)
    assert planned(near, answered("06-21 11:00", today=7)).at == when("06-21 13:00")
    full = planned(near, answered("06-21 11:00", today=8), wanted=Reason.PUSHED)
    assert (full.at, full.reason) == (when("06-21 18:00"), Reason.DEADLINE)


def test_an_ordinary_read_that_must_wait_keeps_no_forced_one_waiting() -> None:
    failing = unanswered("06-21 17:50", FailureClass.TRANSIENT, failures=9, answered_at="06-21 06:00")
    assert planned(OPENING, failing, draw=0.0).at == when("06-21 18:30")
    assert planned(OPENING, failing, draw=0.0).reason is Reason.DEADLINE


def test_20_a_change_of_the_policy_moves_the_forced_reads() -> None:
    parcel = watched(ACCEPTED).run("06-10 12:00")
    assert parcel.plan.deadline_at == when("06-21 18:00")
    longer = [
        rule.model_copy(update={"value": rule.value.model_copy(update={"wait_full_days": 30})})
        for rule in DE.rules
        if isinstance(rule, OpeningRule) and rule.value.wait_full_days == 20
    ]
    parcel.policy = DE.overridden_by(longer)
    parcel.observe(None)
    assert parcel.plan.deadline_at == when("07-01 18:00")


def test_20_a_record_that_takes_force_opens_a_window_by_the_clock_alone() -> None:
    """From 15 June on a loss is presumed after ten days: the label is woken on that day and read at once."""
    shorter = [
        rule.model_copy(update={"value": rule.value.model_copy(update={"wait_full_days": 10}), "valid_from": date(2026, 6, 15)})
        for rule in DE.rules
        if isinstance(rule, OpeningRule) and rule.value.wait_full_days == 20
    ]
    parcel = watched(ACCEPTED, policy=DE.overridden_by(shorter)).run("06-14 23:00")
    assert parcel.plan.wake_at == when("06-15 00:00")
    parcel.run("06-15 01:00")
    assert parcel.times("06-15 00:00")[0] == "06-15 00:00"
    assert "lost_presumed" in parcel.told()


KINDS = st.sampled_from([kind for kind in Kind if kind is not Kind.UNKNOWN])
STORIES = st.lists(st.tuples(st.integers(0, 60 * 24 * 40), KINDS), max_size=6)
FAILS = st.sets(st.integers(0, 80), max_size=20)


@given(story=STORIES, fails=FAILS, draw=st.floats(0, 1, exclude_max=True))
@settings(max_examples=60, deadline=None)
def test_every_label_comes_to_its_end_whatever_happens(story, fails, draw) -> None:
    """Read by read until it stops: none within a minute of another, none more than ten a day, and every stop has a reason."""
    start = when("06-01 09:00")
    events = sorted((event(kind, start + minutes * MINUTE) for minutes, kind in story), key=lambda one: one.instant)
    known, asked = truth(*events), []

    def answer(at):
        asked.append(at)
        return ReadFailure.FAILED if len(asked) in fails else known(at)

    parcel = watched(draw=draw)
    parcel.answer = answer
    parcel.run("2027-06-01 00:00")
    assert parcel.plan.at is None
    assert parcel.plan.stop is not None
    assert len(parcel.made) < 250
    assert all(later - earlier >= MINUTE for earlier, later in itertools.pairwise(asked))
    assert max(sum(at.date() == day for at in asked) for day in {at.date() for at in asked}) <= 10


PHASES = st.sampled_from(
    [reason for reason in Reason if reason not in (Reason.PUSHED, Reason.ASKED, Reason.GONE, Reason.FIRST_LOOK)]
)


@given(
    phase=PHASES,
    reason=st.none() | st.sampled_from(Reason),
    failure=st.none() | st.sampled_from(FailureClass),
    failures=st.integers(0, 40),
    today=st.integers(0, 12),
    asked=st.none() | st.integers(0, 60 * 24 * 90),
    before=st.integers(0, 60 * 24 * 20),
    later=st.integers(-600, 60 * 24 * 10),
    wanted=st.none() | st.sampled_from([Reason.PUSHED, Reason.ASKED]),
    rest=st.none() | st.integers(0, 5000),
    draw=st.floats(0, 1, exclude_max=True),
    opens=st.booleans(),
)
def test_a_plan_has_a_time_or_a_reason_for_having_none(
    phase, reason, failure, failures, today, asked, before, later, wanted, rest, draw, opens
) -> None:
    start = when("06-01 08:00").astimezone(UTC)
    at = start + asked * MINUTE if asked is not None else None
    reads = Reads(
        asked_at=at,
        answered_at=at - before * MINUTE if at else None,
        reason=reason,
        failure=failure,
        failures=failures,
        today=today,
    )
    now = (at or start) + later * MINUTE
    looking = outlook(
        phase, opens_at=when("06-22 00:00") if opens else None, until=when("07-31 00:00"), stop=Stop.TRACKED_TO_DAY_60
    )
    not_before = now + rest * MINUTE if rest is not None else None
    plan = next_read(looking, reads, now=now, draw=draw, wanted=wanted, not_before=not_before)
    assert (plan.at is None) is (plan.stop is not None)
    if plan.at is None:
        assert wanted is None
        return
    assert plan.ride_from is not None
    assert plan.ride_from <= plan.at
    assert at is None or plan.at >= min(at, now) + MINUTE
    assert not_before is None or plan.at >= not_before
    assert today < 10 or plan.at > now
