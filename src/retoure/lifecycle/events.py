"""A parcel's events over all the answers that told them: which rows are the parcel's, which are one event, what vanished.

Nothing is deleted here. A row that belongs to another parcel is set aside with the reason; one that a later answer no longer
holds stays, marked; the earlier times of a corrected event stay beside the one that counts.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from operator import attrgetter
from typing import TypeAlias

from retoure.lifecycle.places import Relation, bound_for
from retoure.lifecycle.rows import Known, Spot, implies, minute, orders_of, recall, spot, wall
from retoure.lifecycle.validity import Quarantine, SetAside, bounds_of, out_of
from retoure.model.tracking import Custody, Kind, Place, TrackingEvent, TrackingReport, ZoneSource

LARGEST_SHIFT_MIN = 14 * 60
"""Two rows that differ by whole hours up to this are one event whose zone was corrected."""


class Reading(StrEnum):
    """What an answer is worth.

    HISTORY: the parcel's, with a physical event. NO_SCAN: the parcel's, without one. SET_ASIDE: it holds rows, and none of them
    is the parcel's, or one lies in the future. WRONG_SHIPMENT: it is bound elsewhere.
    """

    HISTORY = "HISTORY"
    NO_SCAN = "NO_SCAN"
    SET_ASIDE = "SET_ASIDE"
    WRONG_SHIPMENT = "WRONG_SHIPMENT"


_SEQUENCE = attrgetter("sequence")
_Row: TypeAlias = tuple[int, TrackingEvent, int, Spot]  # position, event, minute, spot


class History:
    """The events of one number, grown answer by answer in the order of learning."""

    __slots__ = (
        "_by_minute",
        "_by_spot",
        "_by_wall",
        "_last",
        "_new",
        "_pushed",
        "_top",
        "answers",
        "aside",
        "destination",
        "events",
        "flags",
        "issued_at",
        "merges",
        "unverified",
        "zone",
    )

    def __init__(self, issued_at: datetime | None, destination: Place | None, zone: tzinfo = UTC) -> None:
        self.issued_at = issued_at
        self.destination = destination
        self.zone = zone
        self.events: list[Known] = []
        self.aside: dict[tuple[Spot, int, Quarantine], SetAside] = {}
        self.answers = 0
        self.merges = 0
        self.unverified = False
        self.flags: tuple[str, ...] = ()
        self._last: tuple[TrackingEvent, ...] = ()
        self._top: int | None = None
        self._by_minute: dict[tuple[Spot, int], Known] = {}
        self._by_wall: dict[tuple[Spot, int], Known] = {}
        self._by_spot: dict[Spot, list[Known]] = {}
        self._new: list[tuple[Spot, Known]] = []
        self._pushed = False

    @property
    def scanned(self) -> bool:
        """Whether a physical event of the parcel is known."""
        return any(known.event.custody is Custody.PHYSICAL for known in self.events)

    def retracted(self, known: Known) -> bool:
        """Whether the carrier took the event back, in words or by leaving it out of its last answer.

        What a message told and an answer tells in other words is not taken back.
        """
        if known.recalled:
            return True
        return known.seen < self.answers and not (known.pushed and self.implied(known.event))

    def implied(self, event: TrackingEvent) -> bool:
        """Whether the last answer holds the event, or one that cannot have happened without it."""
        earliest = event.instant.timestamp() - LARGEST_SHIFT_MIN * 60
        return any(
            known.seen == self.answers and not known.pushed and known.order >= earliest and implies(known.event.kind, event.kind)
            for known in self.events
        )

    def take_push(self, events: tuple[TrackingEvent, ...], observed_at: datetime) -> None:
        """Add what a message tells. It is no whole history: what it leaves out is not taken back."""
        valid = tuple(self.of_this_parcel(events, observed_at))
        if not valid:
            return
        before = self.answers
        self._pushed = True
        self._merge(valid, observed_at)
        self._pushed = False
        self._last = ()
        for known in self.events:
            known.seen += known.seen == before

    def take(self, report: TrackingReport, observed_at: datetime) -> Reading:
        """Add an answer and say what it is worth. The same answer again changes nothing."""
        if self._wrong_shipment(report):
            for event in report.events:
                self._set_aside(event, Quarantine.WRONG_SHIPMENT)
            return Reading.WRONG_SHIPMENT
        if report.events:
            self.flags = report.flags
        told = self._told_before(report.events)
        if told and told == len(report.events):
            return _worth(report.events)
        new = tuple(self.of_this_parcel(report.events[told:], observed_at))
        valid = report.events[:told] + new
        if new:
            self._merge(new, observed_at, told)
        if valid:
            self._last = report.events if len(valid) == len(report.events) else ()
            self._top = _top_of(new)
        if report.events and not valid:
            return Reading.SET_ASIDE
        if self.aside and any((spot(event), minute(event), Quarantine.FUTURE) in self.aside for event in report.events):
            return Reading.SET_ASIDE
        return _worth(valid)

    def _told_before(self, events: tuple[TrackingEvent, ...]) -> int:
        """How many rows of an answer need no second look: it begins with the last one, and what follows leaves that alone.

        A guessed time, the last answer's or a new one, moves with its neighbours, a retraction takes back what is before it, and
        a row that is there already may tell it otherwise.
        """
        told = len(self._last)
        if not told or events[:told] != self._last:
            return 0
        for event in events[told:]:
            follows = self._top is not None and self._top <= event.sequence
            known = self._by_minute.get((spot(event), minute(event)))
            again = known is not None and known.seen == self.answers
            if not follows or again or event.kind is Kind.RETRACTION or event.zone_source is ZoneSource.ASSUMED:
                return 0
        return told

    def _wrong_shipment(self, report: TrackingReport) -> bool:
        told, wanted = report.destination, self.destination
        relation = bound_for(told, wanted) if told and wanted else Relation.UNKNOWN
        if relation is Relation.ELSEWHERE:
            return True
        self.unverified = relation is Relation.UNKNOWN
        return False

    def holds(self, report: TrackingReport) -> bool:
        """Whether an answer was taken with all its rows, and none after it said anything else."""
        return bool(report.events) and report.events == self._last and report.flags == self.flags

    def of_this_parcel(self, events: tuple[TrackingEvent, ...], observed_at: datetime) -> Iterator[TrackingEvent]:
        """The rows that lie between the label's creation and the moment of the answer; the others are set aside."""
        bounds = bounds_of(self.issued_at, observed_at)
        for event in sorted(events, key=_SEQUENCE):
            reason = out_of(bounds, event, self.zone)
            if reason is not None:
                self._set_aside(event, reason)
            else:
                if self.aside:
                    self.aside.pop((spot(event), minute(event), Quarantine.FUTURE), None)
                yield event

    def _set_aside(self, event: TrackingEvent, reason: Quarantine) -> None:
        self.aside.setdefault((spot(event), minute(event), reason), SetAside(event, reason))

    def _merge(self, valid: tuple[TrackingEvent, ...], observed_at: datetime, told: int = 0) -> None:
        """Rows of one answer, after the ``told`` that it repeats, each to the event it tells.

        By the same minute first, then by the same time on the clock, then by a shift.

        The first two are one event in two zones told apart or alike; the last is a corrected zone. Two rows of one answer are
        never taken for versions of each other.
        """
        self.merges += 1
        self.answers += not told
        rows: list[_Row] = [(position, event, minute(event), spot(event)) for position, event in enumerate(valid, told)]
        orders = dict(enumerate(orders_of(valid), told))
        events: dict[int, Known] = {}
        rest = []
        for row in rows:
            found = self._same_minute(row)
            if found is not None:
                events[row[0]] = self._again(found, row, orders[row[0]])
            else:
                rest.append(row)
        for row in rest:
            found = self._same_minute(row) or self._same_clock(row) or self._shifted(row)
            events[row[0]] = self._again(found, row, orders[row[0]]) if found else self._first(row, orders[row[0]], observed_at)
        for at_spot, known in self._new:
            self._by_spot.setdefault(at_spot, []).append(known)
        self._new.clear()
        recall([events[row[0]] for row in rows])

    def _same_minute(self, row: _Row) -> Known | None:
        """A row that an answer holds twice is one; one that it told at another minute as well is not."""
        found = self._by_minute.get((row[3], row[2]))
        return found if found is not None and (found.seen < self.answers or found.seen_minute == row[2]) else None

    def _same_clock(self, row: _Row) -> Known | None:
        found = self._by_wall.get((row[3], wall(row[1])))
        return found if found is not None and found.seen < self.answers else None

    def _shifted(self, row: _Row) -> Known | None:
        candidates = [
            known
            for known in self._by_spot.get(row[3], ())
            if known.seen < self.answers and not (row[2] - minute(known.event)) % 60
        ]
        nearest = min(candidates, key=lambda known: abs(row[2] - minute(known.event)), default=None)
        return nearest if nearest is not None and abs(row[2] - minute(nearest.event)) <= LARGEST_SHIFT_MIN else None

    def _first(self, row: _Row, order: float, observed_at: datetime) -> Known:
        position, event, at_minute, at_spot = row
        known = Known(event, observed_at, self.answers, self.answers, at_minute, position, order, pushed=self._pushed)
        self.events.append(known)
        # Only what an earlier answer told can be corrected, so that a long answer is not compared with itself.
        self._new.append((at_spot, known))
        self._index(known, row)
        return known

    def _again(self, known: Known, row: _Row, order: float) -> Known:
        position, event, told_minute, _ = row
        old = known.event
        known.seen, known.seen_minute, known.position = self.answers, told_minute, position
        hinted = self._pushed and not known.pushed
        known.pushed = known.pushed and self._pushed
        if event == old:
            known.order = order
            return known
        # An offset that the carrier stated is better than one that was concluded; otherwise the newer answer is right, and
        # never a message.
        stated = [one.zone_source is ZoneSource.STATED for one in (old, event)]
        keeps_time = stated[0] if stated[0] != stated[1] else hinted
        if minute(old) != told_minute:
            loser = event if keeps_time else old
            if all(minute(version) != minute(loser) for version in known.superseded):
                known.superseded = (*known.superseded, loser)
        if keeps_time:
            known.event = replace(
                event, instant=old.instant, local_text=old.local_text, zone_source=old.zone_source, precision=old.precision
            )
        else:
            known.event, known.order = event, order
        self._index(known, row)
        return known

    def _index(self, known: Known, row: _Row) -> None:
        self._by_minute[row[3], row[2]] = known
        self._by_wall[row[3], wall(row[1])] = known


def _top_of(events: tuple[TrackingEvent, ...]) -> int | None:
    """The last place of rows in their answer; None where a time among them is a guess."""
    guessed = any(event.zone_source is ZoneSource.ASSUMED for event in events)
    return None if guessed else max((event.sequence for event in events), default=None)


def _worth(events: tuple[TrackingEvent, ...]) -> Reading:
    return Reading.HISTORY if any(event.custody is Custody.PHYSICAL for event in events) else Reading.NO_SCAN
