"""What is wrong with a card, and where: every fault names its file and, where it can be told, its line."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

Location = tuple[str | int, ...]
"""The way to a value in a tariff: ``("services", 0, "limits", 2, "max")``."""

_HEADER = re.compile(r"\s*(?P<open>\[\[?)\s*(?P<name>[^\[\]]+?)\s*\]\]?\s*(#.*)?\Z")
_TOKEN = re.compile(r"""(?P<comment>#.*)|"(?:\\.|[^"\\])*"|'[^']*'|[\[\]{},]|[^\s\[\]{},"'#]+""")
_AMOUNT = re.compile(r"""(?P<quote>["'])[^A-Za-z"']*[0-9][^A-Za-z"']*([A-Z]{3})?(?P=quote)""")
_KEY = re.compile(r"\s*(?P<name>[A-Za-z0-9_\-.\"' ]+?)\s*=")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong. The text never holds what stands where a price belongs, because a tariff may be confidential."""

    file: str
    line: int | None
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}" if self.line else f"{self.file}: {self.text}"

    def without_amounts(self) -> "Fault":
        """The same, and nothing that could be a price: what a confidential card has elsewhere may be one in the wrong place."""
        return replace(self, text=_AMOUNT.sub("(withheld)", self.text))


class Lines:
    """Where the keys, tables and items of lists of a TOML text stand; the parser of the standard library does not tell."""

    def __init__(self, text: str) -> None:
        self._found: dict[Location, int] = {}
        counts: dict[Location, int] = {}
        table: Location = ()
        self._list: Location = ()
        self._depth = self._items = 0
        for number, line in enumerate(text.splitlines(), start=1):
            if self._depth:
                self._scan(line, number)
            elif header := _HEADER.match(line):
                table = self._table(_parts(header["name"]), counts, array=header["open"] == "[[")
                self._found.setdefault(table, number)
                if isinstance(table[-1], int):
                    self._found.setdefault(table[:-1], number)
            elif key := _KEY.match(line):
                self._list, self._items = (*table, *_parts(key["name"])), 0
                self._found.setdefault(self._list, number)
                self._scan(line[key.end() :], number)

    def _scan(self, text: str, number: int) -> None:
        """Note the line on which each item of the list begins, which may stretch over several lines."""
        for token in _TOKEN.finditer(text):
            if token["comment"]:
                return
            if self._depth == 1 and token[0] == ",":
                self._items += 1
            elif self._depth == 1 and token[0] not in "]}":
                self._found.setdefault((*self._list, self._items), number)
            self._depth += (token[0] in "[{") - (token[0] in "]}")

    @staticmethod
    def _table(parts: Sequence[str], counts: dict[Location, int], *, array: bool) -> Location:
        path: Location = ()
        for place, part in enumerate(parts):
            path = (*path, part)
            if array and place == len(parts) - 1:
                counts[path] = counts.get(path, -1) + 1
            if path in counts:
                path = (*path, counts[path])
        return path

    def of(self, location: Location) -> int | None:
        """The line of a value, or of the nearest table around it that has one."""
        for end in range(len(location), 0, -1):
            if line := self._found.get(location[:end]):
                return line
        return None


def _parts(name: str) -> list[str]:
    return [part.strip().strip("\"'") for part in name.split(".")]


def written(location: Location) -> str:
    """A location the way one says it: ``services[0].limits[2].max``."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location).lstrip(".")
