"""All revisions of one card, and which of them holds on a date.

A card lies in the folder ``<valid_from>``, a correction of it in ``<valid_from>.<n>``; the highest number counts. A card without
``valid_until`` holds until the next one begins; one that reaches into the next is refused.
"""

import re
from bisect import bisect_right
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Final

from retoure.errors import InvalidRateCard, NoRateCard, NoRateForDate
from retoure.ratecards.between import disagreements, gaps, of_tables, overlaps
from retoure.ratecards.falls import falling_with_weight
from retoure.ratecards.faults import Fault
from retoure.ratecards.loading import RateCard, Reading, Span, read_card
from retoure.ratecards.series import SUFFIX, Series, read_all

_FOLDER: Final = re.compile(r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})(\.(?P<number>[1-9][0-9]*))?\Z")
_ENDS_SOON: Final = timedelta(days=30)
EMPTY: Final[Mapping[str, Series]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Revision:
    """A folder that holds a card."""

    valid_from: date
    number: int
    folder: Traversable

    def read(self, card_id: str, series: Collection[str]) -> Reading:
        """Read the card in it, which may refer to these dated tables."""
        return read_card(self.folder, card_id, self.valid_from, series)


class CardHistory:
    """The cards of one id, each in its newest revision, in the order of their dates."""

    def __init__(
        self, card_id: str, spans: tuple[Span, ...], revisions: tuple[Revision, ...], series: Mapping[str, Series] = EMPTY
    ) -> None:
        self.id = card_id
        self.spans = spans
        self.series = series
        self._revisions = revisions
        self._starts = [span.start for span in spans]

    def __repr__(self) -> str:
        return f"CardHistory({self.id!r}, {[span.card.revision for span in self.spans]})"

    def on(self, day: date) -> Span:
        """The card that holds on a date.

        Raises:
            NoRateForDate: none does; the message says what there is.
        """
        place = bisect_right(self._starts, day) - 1
        if place < 0:
            raise NoRateForDate(f"rate card {self.id!r} has no prices for {day}: its first card begins on {self._starts[0]}")
        span = self.spans[place]
        if span.until is not None and day >= span.until:
            later = f", the next begins on {self._starts[place + 1]}" if place + 1 < len(self.spans) else ", and none follows"
            raise NoRateForDate(
                f"rate card {self.id!r} has no prices for {day}: {span.card.revision} ended before {span.until}{later}"
            )
        return span

    @property
    def revisions(self) -> tuple[str, ...]:
        """The names of all revisions, replaced ones included."""
        return tuple(revision.folder.name for revision in self._revisions)

    def revision(self, name: str) -> RateCard:
        """Any revision, also a replaced one, as stored quotes name it.

        Raises:
            NoRateCard: there is no such revision.
            InvalidRateCard: it cannot be used.
        """
        found = next((revision for revision in self._revisions if revision.folder.name == name), None)
        if found is None:
            raise NoRateCard(f"rate card {self.id!r} has no revision {name!r}; there are {', '.join(self.revisions)}")
        reading = found.read(self.id, self.series)
        if reading.card is None:
            raise InvalidRateCard(f"rate card {self.id!r}, revision {name!r}, cannot be used", faults=map(str, reading.faults))
        return reading.card


@dataclass(frozen=True, slots=True)
class HistoryReading:
    """What came of reading all cards of one id."""

    history: CardHistory | None
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]


def find_revisions(folder: Traversable) -> tuple[tuple[Revision, ...], tuple[Fault, ...]]:
    """The revisions in a card's folder, oldest first, and the folders that are not named like one."""
    revisions, faults = [], []
    for entry in folder.iterdir():
        if not entry.is_dir() or entry.name.startswith((".", "__")):
            continue
        found = _FOLDER.match(entry.name)
        day = _day(found["day"]) if found else None
        if found and day:
            revisions.append(Revision(day, int(found["number"] or 0), entry))
        else:
            faults.append(Fault(f"{folder.name}/{entry.name}", None, "a card's folder is named <YYYY-MM-DD> or <YYYY-MM-DD>.<n>"))
    return tuple(sorted(revisions, key=lambda revision: (revision.valid_from, revision.number))), tuple(faults)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def read_history(folder: Traversable) -> HistoryReading:
    """Read the newest revision of every card in a card's folder. Replaced revisions are left unread."""
    card_id = folder.name
    revisions, found = find_revisions(folder)
    faults: list[Fault] = list(found)
    warnings: list[Fault] = []
    newest = {revision.valid_from: revision for revision in revisions}
    series, _, _ = read = read_all(folder)
    readings = [revision.read(card_id, series) for revision in newest.values()]
    for reading in readings:
        faults += reading.faults
        warnings += reading.warnings
    if not revisions:
        faults.append(Fault(card_id, None, "the folder holds no card"))
    known = [(reading.place, reading.outline) for reading in readings if reading.outline]
    faults += disagreements(card_id, known)
    faults += overlaps(known)
    warnings += gaps(known)
    table_faults, table_warnings = of_tables(card_id, read, readings)
    faults += table_faults
    warnings += table_warnings
    spans = () if faults else _spans([reading.card for reading in readings if reading.card])
    faults += (fault for span in spans for fault in falling_with_weight(span, series))
    history = None if faults else CardHistory(card_id, spans, revisions, series)
    return HistoryReading(history, tuple(faults), tuple(warnings))


def _spans(cards: list[RateCard]) -> tuple[Span, ...]:
    starts = [card.tariff.valid_from for card in cards]
    return tuple(
        Span(card, start, card.tariff.valid_until or following)
        for card, start, following in zip(cards, starts, [*starts[1:], None], strict=True)
    )


def _place(card: RateCard) -> str:
    return f"{card.id}/{card.revision}"


def later_warnings(history: CardHistory, today: date) -> list[Fault]:
    """The warnings that the last card ends within thirty days or has ended, and that an index has."""
    last = history.spans[-1]
    warnings = []
    if last.until is not None and last.until - today <= _ENDS_SOON:
        text = f"the last card of {history.id!r} ends before {last.until}; add the next one"
        warnings.append(Fault(_place(last.card), None, text))
    for name in sorted({record.index for record in last.card.tariff.surcharges if record.index}):
        series = history.series[name]
        if not series.entries or series.entries[-1].until <= today:
            until = f"ended before {series.entries[-1].until}" if series.entries else "has no row"
            warnings.append(Fault(f"{history.id}/{name}{SUFFIX}", None, f"{until}: what it prices has no price today"))
    return warnings


def replaced_warnings(folder: Traversable) -> list[Fault]:
    """What is wrong with revisions that a later one has replaced: history, and no longer in anybody's way."""
    revisions, _ = find_revisions(folder)
    series, _, _ = read_all(folder)
    newest = {revision.valid_from: revision for revision in revisions}
    return [
        Fault(fault.file, fault.line, f"in a replaced revision: {fault.text}")
        for revision in revisions
        if revision is not newest[revision.valid_from]
        for fault in revision.read(folder.name, series).faults
    ]
