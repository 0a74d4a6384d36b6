"""Folding a story as it is learned, and what it tells."""

from datetime import UTC, datetime

from retoure.lifecycle import Observation, ReturnCase, fold
from tests.lifecycle.builders import label, when


def empty(**more: object) -> ReturnCase:
    return ReturnCase(rma="RMA-1", labels=(label(**more),))


def folded(case: ReturnCase, *observations: Observation, policy="amazon_aprl_de", now: datetime | None = None):
    """The case after these observations, each folded when it was learned, and every signal on the way."""
    told = []
    for one in observations:
        case, signals = fold(case, one, policy, now or one.observed_at)
        told.extend(signals)
    return case, told


def told(*observations: Observation, until: str = "", policy="amazon_aprl_de", **more: object):
    """Every signal of a story, in the order of telling."""
    case, signals = folded(empty(**more), *observations, policy=policy)
    if until:
        signals += fold(case, None, policy, when(until))[1]
    return signals


def types(signals) -> list[str]:
    return [signal.type for signal in signals]


def only(signals, type_: str):
    """The one signal of that type."""
    (found,) = [signal for signal in signals if signal.type == type_]
    return found


def learned_in_order(observations):
    return sorted(observations, key=lambda one: one.observed_at.astimezone(UTC))
