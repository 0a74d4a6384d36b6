"""A case's log: observations in the order of learning. Cases that grow from one another share what they have in common."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Annotated, TypeAlias, overload

from pydantic import PlainSerializer

from retoure.lifecycle.observations import Observation


class Log(Sequence[Observation]):
    """Observations in the order of learning: a sequence that never changes, equal to every other of the same observations.

    It is a view of what a list held when the log was made. The list is only ever appended to, by its one owner, so that a log
    with one more observation costs the same however long it is.
    """

    __slots__ = ("_entries", "_length")

    def __init__(self, entries: list[Observation]) -> None:
        self._entries = entries
        self._length = len(entries)

    @classmethod
    def of(cls, observations: Iterable[Observation]) -> "Log":
        """A log of observations that are in the order of learning."""
        return observations if isinstance(observations, Log) else cls(list(observations))

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Observation]:
        return islice(self._entries, self._length)

    @overload
    def __getitem__(self, index: int) -> Observation: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Observation, ...]: ...
    def __getitem__(self, index: int | slice) -> Observation | tuple[Observation, ...]:
        if isinstance(index, slice):
            return tuple([self._entries[at] for at in range(*index.indices(self._length))])
        return self._entries[range(self._length)[index]]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Log) and other.is_of(self._entries):
            return len(other) == self._length
        return isinstance(other, Log | tuple) and len(other) == self._length and tuple(self) == tuple(other)

    def __add__(self, other: Iterable[Observation]) -> tuple[Observation, ...]:
        return (*self, *other)

    def __radd__(self, other: Iterable[Observation]) -> tuple[Observation, ...]:
        return (*other, *self)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))

    def __reduce__(self) -> tuple[type["Log"], tuple[list[Observation]]]:
        """A copy or a pickle holds what the log holds, and nothing that was appended since."""
        return type(self), (list(self),)

    def is_of(self, entries: list[Observation]) -> bool:
        """Whether it is a view of that very list."""
        return self._entries is entries

    def since(self, earlier: "Log") -> tuple[int, tuple[Observation, ...]]:
        """From which place on it is another than an earlier one, and what it holds from there on."""
        place = min(self._length, len(earlier))
        if not earlier.is_of(self._entries):
            differ = (at for at, (one, other) in enumerate(zip(self, earlier, strict=False)) if one is not other and one != other)
            place = next(differ, place)
        return place, self[place:]


Observations: TypeAlias = Annotated[Sequence[Observation], PlainSerializer(tuple, return_type=tuple[Observation, ...])]
"""A field that holds a log; in JSON an array."""
