"""The rows of a spreadsheet saved as CSV, with commas, semicolons or tabs. One that cannot be read takes no other with it."""

import csv
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import Literal, TextIO, TypeVar

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from retoure.cli.inputs import BadInput
from retoure.cli.output import console

__all__ = ["Row", "Sheet", "pointed", "progressing", "reading", "writing"]

R = TypeVar("R")

_DELIMITERS = ",;\t"
_DECIMAL_COMMA = re.compile(r"([0-9]+),([0-9]+)")
_THOUSAND = 3


@dataclass
class Row:
    """A row by its line, and what is wrong with it."""

    line: int
    cells: dict[str, str]
    problem: str = ""


class Sheet:
    """A first line that names the columns, and rows. ``delimiter`` is what separates the names of the ``known`` columns."""

    def __init__(self, text: TextIO, known: tuple[str, ...]) -> None:
        self._lines = enumerate(text, 1)
        head = next(self._lines, (1, ""))[1]
        names = {delimiter: _cells(head, delimiter) for delimiter in _DELIMITERS}
        self.delimiter = max(_DELIMITERS, key=lambda delimiter: len({*known} & {*names[delimiter]}))
        self.columns = [_readable(name) for name in names[self.delimiter]]

    def check(self, required: tuple[str, ...], optional: tuple[str, ...], source: str) -> None:
        """See that the first line names columns that are known, each once.

        Raises:
            BadInput: it does not; what is wrong is named.
        """
        if any("\0" in name for name in self.columns):
            raise BadInput(f"{source} is not UTF-8, but UTF-16 or no text: save it as 'CSV UTF-8'")
        missing = [name for name in required if name not in self.columns]
        unknown = [name for name in self.columns if name not in (*required, *optional)]
        doubled = sorted({name for name in self.columns if self.columns.count(name) > 1})
        if missing or unknown or doubled:
            faults = [f"{what} {', '.join(map(_plain, names))}" for what, names in
                      (("misses", missing), ("has the unknown", unknown), ("has twice", doubled)) if names]  # fmt: skip
            known = ", ".join(dict.fromkeys((*required, *optional)))
            raise BadInput(f"{source}: the first line {' and '.join(faults)}; columns are {known}")

    @property
    def rows(self) -> Iterator[Row]:
        """Every line that is not empty is a row. A quote that is not closed spoils its own line, not all that follow."""
        for number, line in self._lines:
            try:
                cells, problem = next(csv.reader([line], delimiter=self.delimiter, strict=True), []), ""
            except csv.Error as error:
                cells = line.rstrip("\r\n").split(self.delimiter)
                problem = f"the row cannot be read, and a row is one line: {error}"
            if cells:
                yield self._row(number, cells, problem)

    def _row(self, line: int, cells: list[str], problem: str) -> Row:
        whole = [_readable(cell) for cell in cells]
        if whole != cells:
            problem = "the row is not UTF-8: save the file as 'CSV UTF-8'"
        elif not problem and len(cells) != len(self.columns):
            problem = "the row has more or fewer cells than the first line"
        return Row(line, dict(zip(self.columns, whole, strict=False)), problem)


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return []


def _readable(text: str) -> str:
    """A text with its bytes that are no UTF-8 marked as lost."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _plain(name: str) -> str:
    """A name without what a terminal would take for orders."""
    return name if name.isprintable() else ascii(name)


def pointed(text: str) -> str:
    """Measures of a sheet with decimal commas, with decimal points.

    Raises:
        ValueError: a comma may separate thousands, as in ``1,250 kg``.
    """
    for whole, part in _DECIMAL_COMMA.findall(text):
        if len(part) == _THOUSAND and whole.strip("0"):
            raise ValueError(f"{text!r} may be {whole}.{part} or {whole}{part}: write it without a comma")
    return _DECIMAL_COMMA.sub(r"\1.\2", text)


def progressing(rows: Iterable[R], source: str, doing: str, *, head_lines: int) -> Iterator[R]:
    """The rows of a file as they are, with a bar on standard error where that is a terminal.

    Args:
        rows: What the file holds after its head.
        source: The file, or ``-``.
        doing: What is being done to it, before the bar.
        head_lines: How many of the file's lines are no rows.
    """
    screen = console(error=True)
    if not screen.is_terminal:
        yield from rows
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    total = None if source == "-" else _line_count(Path(source)) - head_lines
    with Progress(*columns, console=screen, transient=True) as progress:
        yield from progress.track(rows, total=total, description=doing)


def _line_count(file: Path) -> int:
    with file.open("rb") as lines:
        return sum(1 for _ in lines)


@contextmanager
def reading(source: str) -> Iterator[TextIO]:
    """The text of a file, or of standard input where ``source`` is ``-``; what is no UTF-8 in it is left to its row.

    Raises:
        BadInput: it cannot be opened.
    """
    if source == "-" and sys.stdin is None:
        raise BadInput("standard input is closed")
    try:
        raw = sys.stdin.buffer if source == "-" else Path(source).open("rb")  # noqa: SIM115 - closed with its text
    except OSError as error:
        raise BadInput(f"{source} cannot be read: {error.strerror}") from None
    text = TextIOWrapper(raw, encoding="utf-8-sig", errors="surrogateescape", newline="")
    try:
        yield text
    finally:
        if source == "-":
            text.detach()
        else:
            text.close()


@contextmanager
def writing(target: Path | None, source: str) -> Iterator[TextIO]:
    """A file that is there when everything is written, and before that as it was; or standard output.

    Raises:
        BadInput: it is the source, or cannot be written.
    """
    if target is None:
        yield sys.stdout
        return
    if source != "-" and target.exists() and target.samefile(source):
        raise BadInput(f"--out {target} is the catalogue itself: name another file")
    place = target.resolve()
    if place.exists() and not place.is_file():  # a pipe or a device is nothing to be replaced
        with _opened(target, place, "w") as out:
            yield out
        return
    part = place.with_name(f".{place.name}.{os.getpid()}.part")
    try:
        with _opened(target, part, "x") as out:
            yield out
        if place.exists():
            shutil.copymode(place, part)
        part.replace(place)
    finally:
        part.unlink(missing_ok=True)


def _opened(target: Path, place: Path, mode: Literal["w", "x"]) -> TextIO:
    try:
        return place.open(mode, encoding="utf-8", newline="")
    except OSError as error:
        raise BadInput(f"--out {target} cannot be written: {error.strerror}") from None
