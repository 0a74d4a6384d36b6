"""How often a label is read, row by row of the cadence's table."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from retoure.lifecycle import Detail
from retoure.model import Kind
from retoure.monitor import Cadence, FailureClass, Rank, Reads, Reason, Stop, Stretch
from retoure.monitor.looking import _PHASES
from retoure.monitor.plans import UNREAD
from tests.lifecycle.builders import ACCEPTED, delivered, event, hub, when
from tests.monitor.watching import HOUR, MINUTE, answered, hours_until, outlook, planned, unanswered, watched


def utc(text: str):
    return when(text)


def test_every_detail_state_is_read_for_some_reason() -> None:
    assert set(_PHASES) == set(Detail)


@pytest.mark.parametrize(
    ("reason", "figure"),
    [
        (Reason.REFUND_AT_SCAN, "refund_at_scan_hours"),
        (Reason.UNSCANNED, "unscanned_hours"),
        (Reason.PICKUP, "pickup_day_hours"),
        (Reason.MOVING, "moving_hours"),
        (Reason.OUT_FOR_DELIVERY, "out_for_delivery_hours"),
        (Reason.COLLECTION, "collection_hours"),
        (Reason.EXCEPTION, "exception_hours"),
        (Reason.SILENT, "silent_hours"),
        (Reason.LOST, "lost_hours"),
        (Reason.INDETERMINATE, "indeterminate_hours"),
        (Reason.CONFIRMING, "confirming_hours"),
        (Reason.ENDED, "ended_hours"),
    ],
)
def test_the_reads_of_a_kind_lie_apart_as_its_own_figure_says(reason: Reason, figure: str) -> None:
    assert Cadence(**{figure: 5.5}).hours(reason) == 5.5


@pytest.mark.parametrize(
    ("figure", "value"),
    [
        ("moving_hours", 0),
        ("moving_hours", float("nan")),
        ("silent_days", float("inf")),
        ("unscanned_hours", 10**9),
        ("deadline_spread_minutes", -1),
        ("ride_share", 1.5),
        ("evening_hour", 24),
        ("closing_days", (3, -1)),
        ("moving_stretched_hours", (8, 0)),
        ("reads_per_day", 0),
        ("reads_day_zone", "Berlin"),
        ("reads_day_zone", "../UTC"),
    ],
)
def test_what_nobody_can_mean_is_refused_by_its_name(figure: str, value: object) -> None:
    with pytest.raises(ValueError, match=f"(?s)1 validation error for Cadence\n{figure}"):
        Cadence(**{figure: value})  # type: ignore[arg-type]


def test_a_read_that_is_made_once_counts_as_one_a_day() -> None:
    assert {Cadence().hours(reason) for reason in (Reason.FIRST_LOOK, Reason.DEADLINE, Reason.GONE)} == {24}


@pytest.mark.parametrize(
    ("reason", "hours"),
    [
        (Reason.UNSCANNED, 24),
        (Reason.REFUND_AT_SCAN, 6),
        (Reason.MOVING, 6),
        (Reason.COLLECTION, 12),
        (Reason.EXCEPTION, 4),
        (Reason.LOST, 24),
        (Reason.ENDED, 48),
        (Reason.INDETERMINATE, 4),
    ],
)
def test_each_state_has_its_interval(reason: Reason, hours: float) -> None:
    assert hours_until(outlook(reason), answered("06-02 09:00")) == hours


def test_a_label_is_first_looked_for_half_an_hour_after_its_creation() -> None:
    plan = planned(outlook(Reason.UNSCANNED), UNREAD, "06-01 08:00", draw=0.0)
    assert (plan.at, plan.reason) == (utc("06-01 08:30"), Reason.FIRST_LOOK)


def test_a_label_that_is_watched_late_is_looked_for_at_once() -> None:
    late = outlook(Reason.UNSCANNED, watched_at=utc("06-05 12:00"))
    assert planned(late, UNREAD, "06-05 12:00").at == utc("06-05 12:00")


def test_an_unscanned_label_of_fourteen_days_is_read_every_second_day() -> None:
    assert hours_until(outlook(Reason.UNSCANNED), answered("06-15 07:59")) == 24
    assert hours_until(outlook(Reason.UNSCANNED), answered("06-15 08:00")) == 48


def test_a_promised_refund_is_watched_for_as_often_at_every_age() -> None:
    assert hours_until(outlook(Reason.REFUND_AT_SCAN), answered("06-25 08:00")) == 6


def test_on_the_day_of_a_pickup_a_label_is_read_every_four_hours() -> None:
    booked = outlook(Reason.UNSCANNED, pickup_on=date(2026, 6, 3))
    assert hours_until(booked, answered("06-03 10:00")) == 4
    assert planned(booked, answered("06-03 10:00")).reason is Reason.PICKUP


def test_the_reads_of_a_pickup_begin_in_its_morning() -> None:
    booked = outlook(Reason.UNSCANNED, pickup_on=date(2026, 6, 3))
    assert planned(booked, answered("06-02 20:00"), draw=0.0).at == utc("06-03 08:00")


def test_on_any_other_day_a_pickup_changes_nothing() -> None:
    booked = outlook(Reason.UNSCANNED, pickup_on=date(2026, 6, 3))
    assert hours_until(booked, answered("06-01 09:00")) == 24
    assert hours_until(booked, answered("06-04 09:00")) == 24


def test_a_parcel_out_for_delivery_is_read_every_two_hours_by_day() -> None:
    near = outlook(Reason.OUT_FOR_DELIVERY)
    assert hours_until(near, answered("06-02 09:00")) == 2


def test_at_night_nobody_delivers() -> None:
    near = outlook(Reason.OUT_FOR_DELIVERY)
    assert planned(near, answered("06-02 18:30"), draw=0.0).at == utc("06-03 08:00")
    assert planned(near, answered("06-02 05:10"), draw=0.0).at == utc("06-02 08:00")


def test_day_time_is_that_of_the_destination() -> None:
    tokyo = outlook(Reason.OUT_FOR_DELIVERY, day_zone="Asia/Tokyo")
    assert hours_until(tokyo, answered("2026-06-02T00:00+00:00")) == 2
    assert planned(tokyo, answered("2026-06-02T10:00+00:00"), draw=0.0).at == when("2026-06-02T23:00+00:00")


def test_a_trouble_is_read_often_for_two_days_and_then_less() -> None:
    trouble = outlook(Reason.EXCEPTION, since=utc("06-03 12:00"))
    assert hours_until(trouble, answered("06-05 11:59")) == 4
    assert hours_until(trouble, answered("06-05 12:00")) == 12


@pytest.mark.parametrize("phase", [Reason.MOVING, Reason.OUT_FOR_DELIVERY, Reason.COLLECTION, Reason.EXCEPTION])
def test_what_is_silent_for_five_days_is_read_once_a_day(phase: Reason) -> None:
    silent = outlook(phase, moved_at=utc("06-02 12:00"))
    assert planned(silent, answered("06-07 12:00")).reason is phase
    assert planned(silent, answered("06-07 12:01")).reason is Reason.SILENT
    assert hours_until(silent, answered("06-07 12:01")) == 24


def test_a_return_that_arrives_is_read_once_more_a_day_later() -> None:
    parcel = watched(ACCEPTED, hub("06-02 03:00"), delivered("06-03 10:00")).run("09-01 00:00")
    learned = next(at for at, _, _ in parcel.made if at >= when("06-03 10:00"))
    assert [(at, why) for at, why, _ in parcel.made if at > learned] == [(learned + 24 * HOUR, Reason.CONFIRMING)]
    assert parcel.plan.stop is Stop.DELIVERED


def test_a_parcel_that_is_handed_back_is_read_once_more() -> None:
    parcel = watched(ACCEPTED, event(Kind.RETURNED_TO_ORIGIN, "06-03 10:00")).run("09-01 00:00")
    assert len(parcel.times("06-03 10:00", reason=Reason.CONFIRMING)) == 1
    assert parcel.plan.stop is Stop.BACK_AT_CUSTOMER


def test_a_parcel_that_is_destroyed_is_read_once_more() -> None:
    parcel = watched(ACCEPTED, event(Kind.DISPOSED, "06-03 10:00")).run("09-01 00:00")
    assert len(parcel.times("06-03 10:00", reason=Reason.CONFIRMING)) == 1
    assert parcel.plan.stop is Stop.DISPOSED


def test_a_loss_that_moves_again_is_read_as_what_moves() -> None:
    parcel = watched(ACCEPTED, hub("06-25 12:00")).run("06-27 12:00")
    assert parcel.outlook.phase is Reason.MOVING
    assert hours_until(parcel.outlook, parcel.reads) == 6


def test_what_was_scanned_lately_is_followed_beyond_day_60() -> None:
    parcel = watched(ACCEPTED, hub("07-30 12:00")).run("08-10 12:00")
    assert parcel.plan.stop is None
    assert watched(ACCEPTED, hub("07-30 12:00")).run("08-20 12:00").plan.stop is Stop.TRACKED_TO_DAY_60


def test_a_label_nobody_used_is_read_for_thirty_more_days() -> None:
    parcel = watched().run("12-01 00:00")
    assert parcel.plan.stop is Stop.NEVER_SCANNED
    assert parcel.made[-1][0] < when("07-31 08:00")
    assert set(parcel.times("07-01 09:00")) == set(parcel.times("07-01 09:00", reason=Reason.ENDED))


def test_a_late_scan_revives_a_label_nobody_used() -> None:
    parcel = watched(event(Kind.DROPPED_OFF, "07-20 12:00")).run("07-24 12:00")
    assert "first_scan" in parcel.told()
    assert parcel.outlook.phase is Reason.MOVING


@pytest.mark.parametrize("draw", [0.0, 0.25, 0.999])
def test_intervals_are_moved_by_a_tenth_at_most(draw: float) -> None:
    hours = hours_until(outlook(Reason.MOVING), answered("06-02 09:00"), draw=draw)
    assert 5.4 <= hours <= 6.6


def test_two_labels_of_the_same_minute_are_read_apart() -> None:
    one, other = (hours_until(outlook(Reason.UNSCANNED), answered("06-02 09:00"), draw=draw) for draw in (0.1, 0.8))
    assert abs(one - other) > 1


@pytest.mark.parametrize(("steps", "unscanned", "moving"), [((0, 0), 24, 6), ((1, 0), 48, 6), ((2, 1), 72, 8), ((2, 2), 72, 12)])
def test_intervals_are_stretched_unscanned_labels_first(steps: tuple[int, int], unscanned: float, moving: float) -> None:
    stretch = Stretch(*steps)
    assert hours_until(outlook(Reason.UNSCANNED), answered("06-02 09:00"), stretch=stretch) == unscanned
    assert hours_until(outlook(Reason.MOVING), answered("06-02 09:00"), stretch=stretch) == moving


def test_nothing_but_unscanned_and_moving_labels_is_stretched() -> None:
    for reason in set(Reason) - {Reason.UNSCANNED, Reason.REFUND_AT_SCAN, Reason.MOVING, Reason.CONFIRMING}:
        plain = hours_until(outlook(reason), answered("06-02 09:00"))
        assert hours_until(outlook(reason), answered("06-02 09:00"), stretch=Stretch(2, 2)) == plain


def test_an_unscanned_label_is_read_at_least_every_72_hours_whatever_chance_says() -> None:
    old = outlook(Reason.UNSCANNED)
    assert hours_until(old, answered("06-20 09:00"), stretch=Stretch(2, 2), draw=0.999) == 72


def test_every_figure_can_be_given() -> None:
    assert hours_until(outlook(Reason.MOVING), answered("06-02 09:00"), cadence=Cadence(moving_hours=3)) == 3


@pytest.mark.parametrize(
    ("reason", "rank"),
    [
        (Reason.DEADLINE, Rank.DEADLINE),
        (Reason.INDETERMINATE, Rank.INDETERMINATE),
        (Reason.OUT_FOR_DELIVERY, Rank.NEAR_DELIVERY),
        (Reason.MOVING, Rank.MOVING),
        (Reason.EXCEPTION, Rank.EXCEPTION),
        (Reason.UNSCANNED, Rank.UNSCANNED),
        (Reason.CONFIRMING, Rank.CONFIRMING),
    ],
)
def test_reads_are_ranked(reason: Reason, rank: Rank) -> None:
    assert reason.rank is rank


def test_every_reason_has_a_rank() -> None:
    assert {reason.rank for reason in Reason} == set(Rank)


def test_a_label_may_ride_along_in_the_last_quarter_of_its_interval() -> None:
    plan = planned(outlook(Reason.MOVING), answered("06-02 09:00"))
    assert plan.ride_from == utc("06-02 13:30")


def test_a_forced_read_does_not_ride_along_before_its_time() -> None:
    plan = planned(outlook(Reason.MOVING, opens_at=utc("06-22 00:00")), answered("06-21 18:00"))
    assert plan.reason is Reason.DEADLINE
    assert plan.ride_from == plan.at


def test_a_push_makes_a_label_due_at_once() -> None:
    plan = planned(outlook(Reason.UNSCANNED), answered("06-02 09:00"), "06-02 10:00", wanted=Reason.PUSHED)
    assert (plan.at, plan.reason, plan.rank) == (utc("06-02 10:00"), Reason.PUSHED, Rank.NEAR_DELIVERY)


def test_a_push_makes_a_label_due_that_is_read_no_more() -> None:
    over = outlook(Reason.ENDED, until=utc("06-02 08:00"), stop=Stop.NEVER_SCANNED)
    assert planned(over, answered("06-02 09:00"), "06-05 10:00").stop is Stop.NEVER_SCANNED
    assert planned(over, answered("06-02 09:00"), "06-05 10:00", wanted=Reason.ASKED).at == utc("06-05 10:00")


def test_exact_times_are_asked_for_once_after_a_guessed_first_scan() -> None:
    guessed = outlook(Reason.MOVING, guessed_since=utc("06-02 09:00:02"))
    assert planned(guessed, answered("06-02 09:00")).precise
    assert not planned(guessed, answered("06-02 15:00")).precise


def test_exact_times_are_asked_for_when_an_end_is_confirmed() -> None:
    end = outlook(Reason.CONFIRMING, since=utc("06-02 09:00"), stop=Stop.DELIVERED)
    assert planned(end, answered("06-02 09:00")).precise


def test_an_imported_label_beyond_its_stop_date_is_read_once() -> None:
    old = outlook(Reason.UNSCANNED, watched_at=utc("2026-12-01 09:00"), until=utc("07-31 08:00"), stop=Stop.NEVER_SCANNED)
    assert planned(old, UNREAD, "2026-12-01 09:00").at == utc("2026-12-01 09:00")
    assert planned(old, answered("2026-12-01 09:00"), "2026-12-01 09:00").stop is Stop.NEVER_SCANNED


def test_a_number_that_never_gets_an_answer_is_given_up_beyond_its_stop_date() -> None:
    old = outlook(Reason.UNSCANNED, until=utc("07-31 08:00"), stop=Stop.NEVER_SCANNED)
    failing = unanswered("2026-12-01 09:00", FailureClass.FAILED, failures=8)
    assert planned(replace(old, issued_at=utc("07-31 09:00")), failing).stop is Stop.NEVER_SCANNED


@pytest.mark.parametrize(
    ("failure", "longest"), [(FailureClass.TRANSIENT, 4), (FailureClass.BURST, 4), (FailureClass.FAILED, 24)]
)
def test_a_wait_after_failures_doubles_and_ends(failure: FailureClass, longest: float) -> None:
    unscanned = outlook(Reason.UNSCANNED)
    waits = [
        hours_until(unscanned, unanswered("06-05 09:00", failure, failures=count, answered_at="06-02 09:00"), draw=0.0)
        for count in range(1, 12)
    ]
    assert waits[:3] == [5 / 60, 10 / 60, 20 / 60]
    assert waits == sorted(waits)
    assert waits[-1] == longest


def test_reads_of_a_wait_are_moved_apart_by_chance() -> None:
    failing = unanswered("06-05 09:00", FailureClass.TRANSIENT, answered_at="06-02 09:00")
    assert hours_until(outlook(Reason.MOVING), failing, draw=0.0) > hours_until(outlook(Reason.MOVING), failing, draw=0.9)


def test_nothing_is_read_while_its_account_rests() -> None:
    rest = utc("06-02 20:00")
    plan = planned(outlook(Reason.OUT_FOR_DELIVERY), answered("06-02 09:00"), not_before=rest, draw=0.0)
    assert plan.at == rest
    assert plan.ride_from == rest


def test_after_a_rest_ordinary_reads_are_spread() -> None:
    rest = utc("06-02 20:00")
    moved = planned(outlook(Reason.MOVING), answered("06-02 09:00"), not_before=rest, draw=0.9)
    assert rest < moved.at < rest + 40 * MINUTE


def test_a_quiet_outlook_needs_no_fold_until_it_is_woken() -> None:
    quiet = outlook(Reason.MOVING, wake_at=utc("06-08 00:00"))
    assert quiet.quiet(utc("06-07 23:59"))
    assert not quiet.quiet(utc("06-08 00:00"))
    assert not replace(quiet, restless=True).quiet(utc("06-02 00:00"))


def test_an_outlook_survives_its_column() -> None:
    parcel = watched(ACCEPTED, hub("06-02 03:00")).run("06-10 12:00")
    assert type(parcel.outlook).from_json(parcel.outlook.to_json()) == parcel.outlook


def test_reads_are_counted_no_later_than_now() -> None:
    ahead = Reads(asked_at=utc("06-09 12:00"), answered_at=utc("06-09 12:00"))
    assert ahead.as_of(utc("06-08 12:00")).asked_at == utc("06-08 12:00")
    assert timedelta() == ahead.as_of(utc("06-10 12:00")).asked_at - utc("06-09 12:00")


def test_a_name_that_the_package_does_not_have_is_refused() -> None:
    import retoure.monitor

    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        retoure.monitor.nothing  # noqa: B018


def test_an_answer_that_a_clock_ahead_asked_for_holds_up_no_read_after_one_that_failed():
    reads = Reads(asked_at=utc("06-08 12:00"), answered_at=utc("06-20 12:00"), failure=FailureClass.TRANSIENT, failures=1)
    assert reads.as_of(utc("06-08 12:01")).answered_at == utc("06-08 12:01")
