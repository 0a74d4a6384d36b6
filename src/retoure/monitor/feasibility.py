"""Whether a budget carries the labels that are watched, said in numbers; and how far to stretch where it does not."""

from collections.abc import Mapping
from dataclasses import dataclass

from retoure.monitor.cadence import Cadence, Stretch
from retoure.monitor.reasons import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Feasibility:
    """What a day's budget carries.

    Attributes:
        calls: Calls a day at the given intervals, forced reads included.
        deadline_calls: Of those the forced ones.
        carried: Calls a day that ordinary reads and forced ones may use: the budget less the reserve.
        stretched_calls: Calls a day under ``stretch``.
        capacity: Of each kind alone, how many labels the budget carries.
        stretch: How far intervals must be stretched.
        warnings: What a user should know, in words; empty where everything fits.
        error: Forced reads alone exceed the budget, in words; else empty.
    """

    calls: int
    deadline_calls: int
    carried: int
    stretched_calls: int
    capacity: Mapping[Reason, int]
    stretch: Stretch
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
    cadence: Cadence = Cadence(),  # noqa: B008 - frozen
) -> Feasibility:
    """Whether a budget carries what is watched.

    Args:
        counts: How many labels are read for each reason.
        budget_per_day: Calls that one credential has a day.
        numbers_per_call: How many numbers one call carries.
        numbers_per_day: How many numbers a day, where the carrier limits them as well.
        deadlines_per_day: How many labels reach their opening a day; each is read three times, alone.
        reserve_share: What is left free of the budget.
    """
    raise NotImplementedError
