"""Steps on the books and at the carrier: what a generator yields, for whoever runs it on threads or on an event loop."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeAlias

_MARGIN = 1.25
_MARGIN_S = 0.25


@dataclass(frozen=True, slots=True)
class Deed:
    """Something to be done on the books: it blocks."""

    do: Callable[[], Any]


@dataclass(frozen=True, slots=True)
class Pause:
    """A wait, in seconds."""

    seconds: float


Steps: TypeAlias = Generator[Any, Any, Any]
"""Yields jobs, deeds and pauses, is handed their results or errors, and returns what they came to."""


class Departures(Protocol):
    """Is told of the requests of a job. Its methods block."""

    def leaves(self, at: datetime) -> None:
        """One that changes something is about to leave; it does not where this raises."""
        ...

    def did_nothing(self) -> None:
        """The one that left last had no effect: it never arrived, or was turned away. It may leave again."""
        ...

    def goes_on(self) -> None:
        """One that changes nothing is about to leave: the job is not over yet."""
        ...


def lease_of(deadline_s: float) -> float:
    """How long a key is held, in seconds: longer than the one attempt that may be under way.

    Whoever departs takes it anew, so that the waits before a departure do not count; so does whoever asks for more once that is
    out, as for a document of what is bought.
    """
    return deadline_s * _MARGIN + _MARGIN_S
