"""What a day's budget carries: every figure that the notes work out, and how intervals are stretched."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retoure.monitor import Cadence, Reason, Stretch
from retoure.monitor.feasibility import Budget, feasibility


def of(counts=None, calls: int = 250, reserve_share: float = 0, **more):
    return feasibility(counts or {}, budget_per_day=calls, reserve_share=reserve_share, **more)


def test_250_calls_carry_250_unscanned_labels_or_62_moving_parcels() -> None:
    capacity = of().capacity
    assert (capacity[Reason.UNSCANNED], capacity[Reason.MOVING]) == (250, 62)
    assert of().summary == "250 calls a day carry 62 moving parcels or 250 unscanned labels"


def test_with_a_reserve_of_a_tenth_it_is_225_or_56() -> None:
    capacity = of(reserve_share=0.1).capacity
    assert (capacity[Reason.UNSCANNED], capacity[Reason.MOVING]) == (225, 56)
    assert of(reserve_share=0.1).summary == "225 calls a day of 250 carry 56 moving parcels or 225 unscanned labels"


def test_the_mixed_day_needs_216_calls_and_fits_beside_the_reserve() -> None:
    counts = {Reason.UNSCANNED: 100, Reason.MOVING: 20, Reason.OUT_FOR_DELIVERY: 2, Reason.EXCEPTION: 3}
    day = of(counts, reserve_share=0.1, deadlines_per_day=2)
    assert (day.calls, day.deadline_calls) == (216, 6)
    assert day.usable == 225
    assert not day.warnings
    assert day.stretch == Stretch()


def test_batches_of_20_and_10000_numbers_carry_2500_moving_parcels_in_500_requests() -> None:
    batches = of({Reason.MOVING: 2500}, 1000, numbers_per_call=20, numbers_per_day=10_000)
    assert batches.capacity[Reason.MOVING] == 2500
    assert batches.calls == 500
    assert not batches.warnings


def test_a_batch_that_is_not_full_is_a_call() -> None:
    assert of({Reason.MOVING: 6}, numbers_per_call=20).calls == 2


def test_one_batch_reads_as_many_parcels_as_it_carries_for_one_call() -> None:
    assert of({Reason.UNSCANNED: 5000}, numbers_per_call=20).calls == 250


def test_3000_calls_are_what_100_parcels_a_day_need_that_live_three_days_and_are_read_ten_times() -> None:
    busy = Cadence(moving_hours=2.4)
    assert of({Reason.MOVING: 3000 // 30 * 3}, 3000, cadence=busy).calls == 3000


def test_250_calls_spread_evenly_are_one_in_345_seconds() -> None:
    assert Budget(calls=250).seconds_apart == pytest.approx(345.6)


def test_at_one_call_in_five_seconds_250_calls_take_20_minutes_50() -> None:
    assert Budget(calls=250, seconds_per_call=5).seconds_to_spend == 20 * 60 + 50


def test_a_rate_that_lets_fewer_calls_through_than_the_budget_has_is_what_counts() -> None:
    assert of({}, 100_000, seconds_per_call=5).usable == 17_280


@pytest.mark.parametrize(
    ("unscanned", "moving", "stretch"),
    [
        (150, 20, Stretch(0, 0)),
        (250, 20, Stretch(1, 0)),
        (500, 20, Stretch(2, 0)),
        (300, 45, Stretch(2, 1)),
        (300, 70, Stretch(2, 2)),
    ],
)
def test_unscanned_labels_are_stretched_first_and_then_what_moves(unscanned: int, moving: int, stretch: Stretch) -> None:
    day = of({Reason.UNSCANNED: unscanned, Reason.MOVING: moving})
    assert day.stretch == stretch
    assert day.stretched_calls <= 250


def test_the_warning_tells_the_numbers_and_what_follows() -> None:
    first, second = of({Reason.UNSCANNED: 200, Reason.MOVING: 20}).warnings
    assert first == "200 unscanned, 20 moving: 280 calls a day are needed, 250 are there"
    assert second == "unscanned labels are read every 48 h instead of 24: 180 calls a day"


def test_what_no_stretch_makes_fit_is_said_and_nothing_is_dropped() -> None:
    day = of({Reason.MOVING: 1000}, reserve_share=0.1)
    assert day.stretch == Stretch(2, 2)
    assert day.stretched_calls == 2000
    assert day.warnings[-1].endswith("ask the carrier for 2223 calls a day or more")


def test_forced_reads_are_never_stretched() -> None:
    day = of({Reason.MOVING: 70}, deadlines_per_day=20)
    assert day.stretched_calls - day.deadline_calls == 70 * 2
    assert day.deadline_calls == 60


def test_forced_reads_alone_that_exceed_the_budget_are_an_error() -> None:
    assert of({}, deadlines_per_day=83).error == ""
    assert of({}, deadlines_per_day=84).error == "forced reads alone need 252 calls a day, and the budget has 250"


def test_forced_reads_may_use_the_reserve() -> None:
    day = of({}, reserve_share=0.1, deadlines_per_day=80)
    assert day.error == ""


@given(
    counts=st.dictionaries(st.sampled_from(list(Reason)), st.integers(0, 5000)),
    calls=st.integers(1, 20_000),
    batch=st.integers(1, 200),
    deadlines=st.integers(0, 200),
    share=st.sampled_from([0, 0.1, 0.25]),
)
def test_a_day_either_fits_or_is_warned_of(counts, calls: int, batch: int, deadlines: int, share: float) -> None:
    day = of(counts, calls, share, numbers_per_call=batch, deadlines_per_day=deadlines)
    assert day.stretched_calls <= day.calls
    assert bool(day.warnings) is (day.stretch != Stretch() or day.stretched_calls > max(day.usable, day.deadline_calls))
    if not day.warnings:
        assert day.calls <= max(day.usable, day.deadline_calls)


@given(reason=st.sampled_from(list(Reason)), calls=st.integers(1, 20_000), batch=st.integers(1, 200))
def test_what_is_carried_is_the_most_that_fits(reason: Reason, calls: int, batch: int) -> None:
    most = of({}, calls, numbers_per_call=batch).capacity[reason]
    assert not of({reason: most}, calls, numbers_per_call=batch).warnings
    assert of({reason: most + 1}, calls, numbers_per_call=batch).warnings
