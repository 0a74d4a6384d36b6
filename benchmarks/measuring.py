"""Timing two pieces of work in turn, so that a machine that slows down slows both."""

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Row:
    """One budget and what was measured against it."""

    name: str
    measured: float
    budget: float
    unit: str
    ok: bool

    def as_json(self) -> dict[str, Any]:
        """The row as an object for one line of output."""
        return {**asdict(self), "measured": round(self.measured, 3)}


def at_most(name: str, measured: float, budget: float, unit: str = "ratio") -> Row:
    """A row whose figure must not exceed its budget."""
    return Row(name, measured, budget, unit, measured <= budget)


def at_least(name: str, measured: float, budget: float, unit: str = "ratio") -> Row:
    """A row whose figure must not fall short of its budget."""
    return Row(name, measured, budget, unit, measured >= budget)


def seconds(work: Callable[[], object], repeats: int) -> float:
    """The time of one call, over ``repeats`` calls in a row."""
    started = time.perf_counter()
    for _ in range(repeats):
        work()
    return (time.perf_counter() - started) / repeats


def ratio(ours: Callable[[], object], floor: Callable[[], object], *, repeats: int = 200, rounds: int = 15) -> float:
    """How many times as long ``ours`` takes as ``floor``: the median over rounds in which each is timed after the other."""
    ours(), floor()
    gc.collect()
    return statistics.median(seconds(ours, repeats) / seconds(floor, repeats) for _ in range(rounds))
