"""Polls every return until its end: what is due, when, why, and how urgently.

The names are loaded when they are first used: importing the package costs next to nothing.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from retoure.monitor.cadence import Cadence, Stretch
    from retoure.monitor.feasibility import Feasibility
    from retoure.monitor.looking import outlook_of
    from retoure.monitor.outlooks import Outlook
    from retoure.monitor.plans import Plan, next_read
    from retoure.monitor.reads import Reads
    from retoure.monitor.reasons import FailureClass, Rank, Reason, Stop

_LATER = {
    "Cadence": "cadence",
    "FailureClass": "reasons",
    "Feasibility": "feasibility",
    "Outlook": "outlooks",
    "Plan": "plans",
    "Rank": "reasons",
    "Reads": "reads",
    "Reason": "reasons",
    "Stop": "reasons",
    "Stretch": "cadence",
    "next_read": "plans",
    "outlook_of": "looking",
}

__all__ = [
    "Cadence",
    "FailureClass",
    "Feasibility",
    "Outlook",
    "Plan",
    "Rank",
    "Reads",
    "Reason",
    "Stop",
    "Stretch",
    "next_read",
    "outlook_of",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever is asked for
    """A name, imported when it is first asked for."""
    from importlib import import_module

    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
