"""Whether a budget carries the labels that are watched, said in numbers; and how far to stretch where it does not.

Calls a day = the sum over all labels of their reads a day / numbers per call + forced reads + reserve. Nothing is ever dropped:
what does not fit is read later, unscanned labels first. Forced reads are never stretched.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil, floor

from retoure.monitor.cadence import NO_STRETCH, Cadence, Stretch, stretched
from retoure.monitor.reasons import Reason

DEADLINE_READS = 3
"""Forced reads of a label that reaches its opening: the evening before, right after it, and in the morning."""

_SECONDS_A_DAY = 86400


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What one credential may ask in a day.

    Attributes:
        calls: Calls.
        numbers_per_call: How many numbers one call carries.
        numbers: How many numbers, where the carrier limits them as well.
        reserve_share: What share is left free.
        seconds_per_call: How far two calls lie apart at least, where the carrier says so.
    """

    calls: int
    numbers_per_call: int = 1
    numbers: int | None = None
    reserve_share: float = 0.1
    seconds_per_call: float = 0

    @property
    def reserve(self) -> int:
        """Calls that are left free."""
        return _reserved(self.calls, self.reserve_share)

    @property
    def usable(self) -> int:
        """Calls that may be planned: the reserve is left free, and a rate may not let all of them through in a day."""
        at_that_rate = floor(_SECONDS_A_DAY / self.seconds_per_call) if self.seconds_per_call else self.calls
        return min(self.calls - self.reserve, at_that_rate)

    @property
    def seconds_apart(self) -> float:
        """How far the calls of a day lie apart when they are spread evenly."""
        return _SECONDS_A_DAY / self.calls

    @property
    def seconds_to_spend(self) -> float:
        """How long it takes at least to spend all of it."""
        return self.calls * self.seconds_per_call

    def reads(self, forced: int = 0) -> int:
        """How many ordinary reads are there beside the forced ones, each of which is a call of its own."""
        by_calls = (self.usable - forced) * self.numbers_per_call
        if self.numbers is None:
            return max(0, by_calls)
        return max(0, min(by_calls, self.numbers - _reserved(self.numbers, self.reserve_share) - forced))

    def calls_for(self, reads: float) -> int:
        """How many calls so many ordinary reads take, batches filled."""
        return ceil(round(reads / self.numbers_per_call, 6))


@dataclass(frozen=True, slots=True, kw_only=True)
class Feasibility:
    """What a day's budget carries.

    Attributes:
        calls: Calls a day at the cadence's own intervals, forced reads included.
        deadline_calls: Of those the forced ones.
        usable: Calls a day that are there, the reserve left free.
        stretch: How far intervals are stretched.
        stretched_calls: Calls a day then.
        capacity: How many labels of each kind alone are carried, beside the forced reads.
        summary: What the budget carries, in words.
        warnings: What does not fit and what follows, in words; empty where everything fits.
        error: That forced reads alone exceed the budget, in words; else empty.
    """

    calls: int
    deadline_calls: int
    usable: int
    stretch: Stretch
    stretched_calls: int
    capacity: Mapping[Reason, int]
    summary: str
    warnings: tuple[str, ...] = ()
    error: str = ""


def feasibility(
    counts: Mapping[Reason, int],
    *,
    budget_per_day: int,
    numbers_per_call: int = 1,
    numbers_per_day: int | None = None,
    deadlines_per_day: int = 0,
    reserve_share: float = 0.1,
    seconds_per_call: float = 0,
    cadence: Cadence = Cadence(),  # noqa: B008 - frozen
) -> Feasibility:
    """Whether a budget carries what is watched, and by which stretch.

    Args:
        counts: How many labels are read for each reason.
        budget_per_day: Calls that one credential has a day.
        numbers_per_call: How many numbers one call carries.
        numbers_per_day: How many numbers a day, where the carrier limits them as well.
        deadlines_per_day: How many labels reach their opening in a day; each is then read three times, alone.
        reserve_share: What share of the budget is left free.
        seconds_per_call: How far two calls lie apart at least, where the carrier says so.
        cadence: How often labels are read.
    """
    budget = Budget(
        calls=budget_per_day, numbers_per_call=numbers_per_call, numbers=numbers_per_day, reserve_share=reserve_share,
        seconds_per_call=seconds_per_call,
    )  # fmt: skip
    forced = deadlines_per_day * DEADLINE_READS
    room = budget.reads(forced)
    demand = {stretch: _reads_per_day(counts, stretch, cadence) for stretch in Stretch.steps(cadence)}
    stretch = next((step for step, reads in demand.items() if reads <= room), tuple(demand)[-1])
    calls, stretched_calls = (forced + budget.calls_for(demand[step]) for step in (NO_STRETCH, stretch))
    capacity = {reason: floor(round(room / _rate(reason, NO_STRETCH, cadence), 6)) for reason in Reason}
    warnings = () if demand[NO_STRETCH] <= room else _warnings(counts, calls, stretched_calls, stretch, budget, cadence)
    return Feasibility(
        calls=calls,
        deadline_calls=forced,
        usable=budget.usable,
        stretch=stretch,
        stretched_calls=stretched_calls,
        capacity=capacity,
        summary=_summary(budget, forced, capacity),
        warnings=(*warnings, *(() if demand[stretch] <= room else (_too_much(stretched_calls, budget),))),
        error=f"forced reads alone need {forced} calls a day, and the budget has {budget.calls}" if forced > budget.calls else "",
    )


def _reserved(whole: int, share: float) -> int:
    return ceil(round(whole * share, 6))


def _reads_per_day(counts: Mapping[Reason, int], stretch: Stretch, cadence: Cadence) -> float:
    return round(sum(count * _rate(reason, stretch, cadence) for reason, count in counts.items()), 6)


def _rate(reason: Reason, stretch: Stretch, cadence: Cadence) -> float:
    """Reads of one label a day; some are left out at night."""
    hours = stretched(reason, cadence.hours(reason), stretch, cadence)
    if reason is Reason.OUT_FOR_DELIVERY:
        return (cadence.day_ends_hour - cadence.day_starts_hour) / hours
    if reason is Reason.PICKUP:
        return (24 - cadence.day_starts_hour) / hours
    return 24 / hours


def _summary(budget: Budget, forced: int, capacity: Mapping[Reason, int]) -> str:
    calls = f"{budget.usable} calls a day"
    if budget.usable < budget.calls:
        calls += f" of {budget.calls}"
    beside = f", beside {forced} forced reads" if forced else ""
    return f"{calls} carry {capacity[Reason.MOVING]} moving parcels or {capacity[Reason.UNSCANNED]} unscanned labels{beside}"


def _warnings(
    counts: Mapping[Reason, int], calls: int, stretched_calls: int, stretch: Stretch, budget: Budget, cadence: Cadence
) -> Iterator[str]:
    labels = ", ".join(f"{count} {reason.value.lower().replace('_', ' ')}" for reason, count in counts.items() if count)
    yield f"{labels}: {calls} calls a day are needed, {budget.usable} are there"
    kinds = (("unscanned labels", Reason.UNSCANNED), ("moving parcels", Reason.MOVING))
    spaced = [(what, cadence.hours(reason), stretched(reason, cadence.hours(reason), stretch, cadence)) for what, reason in kinds]
    changes = [f"{what} are read every {then:g} h instead of {now:g}" for what, now, then in spaced if then != now]
    yield f"{', '.join(changes)}: {stretched_calls} calls a day"


def _too_much(stretched_calls: int, budget: Budget) -> str:
    wanted = ceil(round(stretched_calls / (1 - budget.reserve_share), 6))
    return f"that is still too much, so that reads will come late: ask the carrier for {wanted} calls a day or more"
