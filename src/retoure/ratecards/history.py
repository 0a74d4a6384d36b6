"""All revisions of one card, and which of them holds on a date.

A card lies in the folder ``<valid_from>``, a correction of it in ``<valid_from>.<n>``; the highest number counts. A card without
``valid_until`` holds until the next one begins; one that reaches into the next is refused.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources.abc import Traversable
from itertools import pairwise
from types import MappingProxyType
from typing import Final

from retoure.errors import InvalidRateCard, NoRateCard, NoRateForDate
from retoure.ratecards.faults import Fault
from retoure.ratecards.loading import RateCard, Reading, read_card
from retoure.ratecards.series import SUFFIX, Series, counted_wrongly, read_all

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


@dataclass(frozen=True, slots=True)
class Span:
    """A card and the dates it holds for, ``until`` exclusive or open."""

    card: RateCard
    start: date
    until: date | None


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
    series, unreadable, gaps = read_all(folder)
    faults += unreadable
    warnings += gaps
    readings = [revision.read(card_id, series) for revision in newest.values()]
    for reading in readings:
        faults += reading.faults
        warnings += reading.warnings
    if not revisions:
        faults.append(Fault(card_id, None, "the folder holds no card"))
    cards = [reading.card for reading in readings if reading.card]
    faults += _disagreements(cards)
    counts = {discount.counts for card in cards for discount in card.tariff.discounts} & series.keys()
    faults += (fault for name in sorted(counts) for fault in counted_wrongly(series[name], f"{card_id}/{name}{SUFFIX}"))
    for before, after in pairwise(readings):
        if before.card and after.card:
            fault, warning = _joint(before.card, after.card)
            faults += fault
            warnings += warning
    history = None if faults else CardHistory(card_id, _spans(cards), revisions, series)
    return HistoryReading(history, tuple(faults), tuple(warnings))


def _spans(cards: list[RateCard]) -> tuple[Span, ...]:
    starts = [card.tariff.valid_from for card in cards]
    return tuple(
        Span(card, start, card.tariff.valid_until or following)
        for card, start, following in zip(cards, starts, [*starts[1:], None], strict=True)
    )


def _place(card: RateCard) -> str:
    return f"{card.id}/{card.revision}"


def _joint(before: RateCard, after: RateCard) -> tuple[list[Fault], list[Fault]]:
    """The fault or the warning where one card ends and the next begins."""
    until, start = before.tariff.valid_until, after.tariff.valid_from
    if until is None or until == start:
        return [], []
    last = until - timedelta(days=1)
    if until > start:
        text = f"{_place(before)} and {_place(after)} overlap from {start} to {last}"
        return [Fault(_place(after), None, text)], []
    days = str(until) if start - until == timedelta(days=1) else f"{until} to {start - timedelta(days=1)}"
    return [], [Fault(_place(after), None, f"no card between {_place(before)} and {_place(after)}: no prices on {days}")]


def _disagreements(cards: list[RateCard]) -> list[Fault]:
    seen: dict[str, set[str]] = defaultdict(set)
    for card in cards:
        seen["time_zone"].add(card.tariff.time_zone)
        seen["carrier"].add(card.tariff.carrier)
    return [
        Fault(cards[0].id, None, f"all cards of one id have the same {name}, not {' and '.join(sorted(values))}")
        for name, values in seen.items()
        if len(values) > 1
    ]


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
