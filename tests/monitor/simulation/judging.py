"""What was told against what had to be told."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from retoure.lifecycle import Signal
from tests.monitor.simulation.oracle import Expected


@dataclass
class Judgement:
    """How a run went.

    Attributes:
        expected: Signals that had to come, and those that came and need not have.
        missing: Signals that did not come, or too late, or told something else.
        duplicate: Signals that came again.
        early: Signals that came before they could be known, or that nothing calls for.
        optional: Those that could have come and did not, or did: reads fell to one side or the other of what happened.
        notes: What went wrong, one line each.
    """

    expected: int = 0
    missing: int = 0
    duplicate: int = 0
    early: int = 0
    optional: int = 0
    by_kind: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def weigh(self, plot: str, expected: Iterable[Expected], told: Sequence[Signal]) -> None:
        """Weigh what was told of one return."""
        waiting = sorted(expected, key=lambda one: (one.earliest, one.latest is None))
        done: list[Expected] = []
        for signal in sorted(told, key=lambda one: one.at):
            found = next((one for one in waiting if _fits(one, signal)), None)
            if found is None:
                self._unexpected(plot, signal, waiting, done)
                continue
            waiting.remove(found)
            done.append(found)
            self.expected += 1
            self.optional += found.latest is None
            self.by_kind[signal.type] += 1
            if found.latest is not None and signal.at > found.latest:
                self.missing += 1
                self._note("late", plot, found, f"came {signal.at:%m-%d %H:%M}")
        for one in waiting:
            if one.latest is None:
                self.optional += 1
            else:
                self.expected += 1
                self.missing += 1
                self._note("missing", plot, one, "")

    def _unexpected(self, plot: str, signal: Signal, waiting: Iterable[Expected], done: Iterable[Expected]) -> None:
        again = any(_fits(one, signal) for one in done)
        self.duplicate += again
        self.early += not again
        soon = [one for one in waiting if signal.type in one.kinds]
        told = f"{_facts(signal)} expected {[(f'{one.earliest:%m-%d %H:%M}', dict(one.facts)) for one in soon]}"
        word = "duplicate" if again else "early"
        self.notes.append(f"{word}: {plot} {signal.rma} {signal.number} {signal.type} at {signal.at:%m-%d %H:%M} {told}")

    def _note(self, word: str, plot: str, one: Expected, more: str) -> None:
        by = f"{one.latest:%m-%d %H:%M}" if one.latest else ""
        kinds = "|".join(sorted(one.kinds))
        self.notes.append(
            f"{word}: {plot} {one.rma} {one.number} {kinds} {one.earliest:%m-%d %H:%M}..{by} {dict(one.facts)} {more}"
        )


def _fits(one: Expected, signal: Signal) -> bool:
    if signal.type not in one.kinds or signal.at < one.earliest or one.number not in ("", signal.number):
        return False
    told = _facts(signal)
    return all(told.get(name) in values for name, values in one.facts.items())


def _facts(signal: Signal) -> Mapping[str, Any]:
    told = {name: value for name, value in signal if name in _TOLD}
    if "scan" in told:
        told["scan"] = told["scan"].instant
    return told


_TOLD = frozenset({"scan", "delivered_at", "opens_on", "closes_on", "purged_from", "expires_on", "reason", "successor"})


@dataclass
class Punctuality:
    """How many forced reads were kept."""

    planned: int = 0
    kept: int = 0

    def note(self, asked: Sequence[datetime], at: datetime, until: datetime) -> bool:
        """Count one, by the moments at which its number was asked for with success."""
        kept = any(at <= moment <= until for moment in asked)
        self.planned += 1
        self.kept += kept
        return kept

    @property
    def share(self) -> float:
        """In percent."""
        return 100.0 * self.kept / self.planned if self.planned else 100.0
