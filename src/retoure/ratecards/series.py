"""Dated tables beside a card's folders: an energy index, a month's count. ``<name>.csv``, ``valid_from,valid_until,value``.

Rows are only ever added, so that a monthly change does not rewrite the card. What no row covers is unknown, never zero.
"""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from importlib.resources.abc import Traversable
from itertools import pairwise
from typing import Final

from retoure.ratecards.faults import Fault
from retoure.ratecards.fields import plain_decimal
from retoure.ratecards.prices import read_rows

COLUMNS: Final = ("valid_from", "valid_until", "value")
SUFFIX: Final = ".csv"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row: a value and the dates it holds for, ``until`` exclusive. The value stays out of the repr."""

    line: int
    start: date
    until: date
    value: Decimal = field(repr=False)

    @property
    def is_a_count(self) -> bool:
        """Whether it counts something over one calendar month."""
        return self.start.day == 1 and self.until == next_month(self.start) and self.value == self.value.to_integral_value()


@dataclass(frozen=True, slots=True)
class Series:
    """One table, in the order of its dates."""

    name: str
    entries: tuple[Entry, ...]

    def on(self, day: date) -> Entry | None:
        """The row of a date, or None where there is none."""
        place = bisect_right(self.entries, day, key=lambda entry: entry.start) - 1
        return self.entries[place] if place >= 0 and day < self.entries[place].until else None


def next_month(day: date, months: int = 1) -> date:
    """The first day of the month so many months later."""
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, 1)


def read_all(folder: Traversable) -> tuple[dict[str, Series], list[Fault], list[Fault]]:
    """Every dated table in a card's folder, what is wrong with them, and what is to be warned of."""
    found: dict[str, Series] = {}
    faults: list[Fault] = []
    warnings: list[Fault] = []
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not file.is_file() or not file.name.endswith(SUFFIX):
            continue
        place, name = f"{folder.name}/{file.name}", file.name.removesuffix(SUFFIX)
        entries, unreadable = read_rows(file.read_bytes(), place, COLUMNS, _read_entry)
        found[name] = Series(name, entries)
        faults += [*unreadable, *_disorder(entries, place)]
        warnings += _gaps(entries, place)
    return found, faults, warnings


def _read_entry(cells: list[str], line: int) -> Entry:
    start, until = (_date(cell) for cell in cells[:2])
    if until <= start:
        raise ValueError("valid_until is exclusive and must be later than valid_from")
    return Entry(line, start, until, plain_decimal(cells[2]))


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no date like 2026-03-01") from None


def _disorder(entries: tuple[Entry, ...], file: str) -> Iterator[Fault]:
    for before, entry in pairwise(entries):
        if entry.start < before.until:
            yield Fault(file, entry.line, f"begins on {entry.start}, before the row above it ends: sort the rows, no day twice")


def _gaps(entries: tuple[Entry, ...], file: str) -> Iterator[Fault]:
    for before, entry in pairwise(entries):
        if entry.start > before.until:
            yield Fault(file, entry.line, f"no value from {before.until} to {entry.start - timedelta(days=1)}")


def counted_wrongly(series: Series, file: str) -> Iterator[Fault]:
    """Rows that are no count of a calendar month."""
    for entry in series.entries:
        if not entry.is_a_count:
            yield Fault(file, entry.line, "a count is a whole number, from the first of a month until the first of the next")
