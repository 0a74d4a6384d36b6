"""What ``label find`` and ``pickup find`` have in common: found, candidates, or not seen."""

from typing import Literal, TypedDict, TypeVar

import typer
from rich.console import RenderableType

from retoure.carrier.plugin import Candidates, Found, NotSeen
from retoure.cli.failures import REFUSED
from retoure.cli.output import facts
from retoure.cli.words import word
from retoure.model.base import Model

__all__ = ["LookUp", "leave", "lookup_facts", "outcome_of", "values_of"]

V = TypeVar("V")
_Outcome = Literal["found", "candidates", "not_seen"]


class LookUp(Model):
    """How a look-up came out. ``conclusive`` says whether finding nothing proves that nothing happened."""

    outcome: _Outcome
    conclusive: bool | None = None
    reason: str = ""


class _Fields(TypedDict, total=False):
    outcome: _Outcome
    conclusive: bool | None
    reason: str


def values_of(found: Found[V] | Candidates[V] | NotSeen) -> tuple[V, ...]:
    """What was found, in whatever certainty."""
    match found:
        case Found(value=value):
            return (value,)
        case Candidates(values=values):
            return values
        case NotSeen():
            return ()


def outcome_of(found: Found[V] | Candidates[V] | NotSeen) -> _Fields:
    """How it came out."""
    match found:
        case Found():
            return {"outcome": "found"}
        case Candidates():
            return {"outcome": "candidates"}
        case NotSeen(conclusive=conclusive, reason=reason):
            return {"outcome": "not_seen", "conclusive": conclusive, "reason": reason}


def lookup_facts(report: LookUp, done: str) -> RenderableType:
    """The outcome as a person reads it; ``done`` is what may have happened: bought or booked."""
    meaning = {
        None: "",
        True: f"nothing was {done}",
        False: f"that proves nothing: it may have been {done} all the same",
    }[report.conclusive]
    return facts("Look-up", [("outcome", word(report.outcome)), ("that means", meaning), ("reason", report.reason)])


def leave(report: LookUp) -> None:
    """Leave with 1 unless it was found."""
    if report.outcome != "found":
        raise typer.Exit(REFUSED)
