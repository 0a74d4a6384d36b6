"""One number of a parcel: its history, and what came of asking for it."""

from bisect import insort
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo

from retoure.carrier.shaping import plain_number
from retoure.lifecycle.events import History, Reading
from retoure.lifecycle.numbers import CaseLabel
from retoure.lifecycle.statements import fingerprint
from retoure.model.tracking import ReadFailure, TrackingEvent, TrackingFailure, TrackingReport

DELIVERY_FLAG = "delivery_flag"
"""The flag of an answer that marks the parcel as delivered without a row that says so."""


@dataclass(slots=True)
class Answers:
    """When the carrier was asked, by what came of it. Asking counts, not answering.

    Attributes:
        trusted: Last asked with an answer that holds a physical event of this parcel.
        announced: Last asked with rows of this parcel, none of them physical, for a number that has none.
        unscanned: Every asking whose answer says that nothing was handed in, oldest first.
        missing: Last asked with the number unknown, or its history gone, although events are known.
        failed: Last asked without a usable answer.
        wrong: How many answers were about another shipment.
    """

    trusted: datetime | None = None
    announced: datetime | None = None
    unscanned: list[datetime] = field(default_factory=list)
    missing: datetime | None = None
    failed: datetime | None = None
    wrong: int = 0

    @property
    def last_unusable(self) -> datetime | None:
        """The last asking that told nothing although something is known."""
        return max(filter(None, (self.missing, self.failed)), default=None)

    @property
    def last_usable(self) -> datetime | None:
        """The last asking that told something."""
        return max(filter(None, (self.trusted, *self.unscanned[-1:])), default=None)


class Leg:
    """What is known under one number."""

    __slots__ = ("_said", "answers", "history", "label", "linked", "pushed", "reading", "report")

    def __init__(self, label: CaseLabel, zone: tzinfo) -> None:
        self.label = label
        self.linked = not label.linked_by_carrier  # else from the answer on that tells of it
        self.history = History(label.issued_at, label.destination, zone)
        self.answers = Answers()
        self.report: TrackingReport | None = None
        self._said = ""
        self.reading = Reading.NO_SCAN
        self.pushed: list[tuple[TrackingEvent, datetime]] = []

    def read(self, report: TrackingReport, asked: datetime, observed_at: datetime) -> bool:
        """Take an answer; whether the history changed by it."""
        before = (self.history.merges, self.history.flags, self.history.scanned)
        self.report, self._said = report, ""
        self.reading = self.history.take(report, observed_at)
        self._note(asked, scanned=before[2])
        return (self.history.merges, self.history.flags) != before[:2]

    @property
    def said(self) -> str:
        """The fingerprint of its last answer; empty where there is none."""
        if not self._said and self.report is not None:
            self._said = fingerprint(self.report)
        return self._said

    def same(self, asked: datetime, observed_at: datetime) -> bool:
        """Take the last answer again; its rows that lay in the future may have come true."""
        if self.report is None:
            return False
        if not self.history.holds(self.report):
            return self.read(self.report, asked, observed_at)
        self._note(asked, scanned=self.history.scanned)
        return False

    def failed(self, failure: TrackingFailure, asked: datetime) -> None:
        """Take an asking that gave no history."""
        if failure.reason is not ReadFailure.NOT_FOUND:
            self.answers.failed = _later(self.answers.failed, asked)
            self.answers.wrong += failure.reason is ReadFailure.WRONG_SHIPMENT
        elif self.history.events:
            self.answers.missing = _later(self.answers.missing, asked)
        else:
            insort(self.answers.unscanned, asked)

    def push(self, events: tuple[TrackingEvent, ...], observed_at: datetime) -> bool:
        """Take a message; whether it counts at once."""
        if self.label.trust_push:
            self.history.take_push(events, observed_at)
            return True
        self.pushed.extend((event, observed_at.astimezone(UTC)) for event in self.history.of_this_parcel(events, observed_at))
        return False

    def unconfirmed(self) -> Sequence[tuple[TrackingEvent, datetime]]:
        """What messages told and no answer has confirmed, with the time it came in."""
        return [(event, came) for event, came in self.pushed if not self.history.implied(event)]

    @property
    def fresh(self) -> datetime | None:
        """When it was last asked for with an answer that shows whether there was a delivery."""
        return max(filter(None, (self.answers.trusted, self.answers.announced)), default=None)

    def _note(self, asked: datetime, *, scanned: bool) -> None:
        answers = self.answers
        match self.reading:
            case Reading.HISTORY if self.report is not None and DELIVERY_FLAG in self.report.flags:
                # Marked as delivered, and no row says when: neither a delivery nor proof that there was none.
                answers.failed = _later(answers.failed, asked)
            case Reading.HISTORY:
                answers.trusted = _later(answers.trusted, asked)
            case Reading.NO_SCAN if scanned or (self.history.events and self.report is not None and not self.report.events):
                answers.missing = _later(answers.missing, asked)
            case Reading.NO_SCAN:
                insort(answers.unscanned, asked)
                if self.history.events:
                    answers.announced = _later(answers.announced, asked)
            case _:
                answers.failed = _later(answers.failed, asked)
                answers.wrong += self.reading is Reading.WRONG_SHIPMENT


def combined(legs: Sequence[Leg]) -> Answers:
    """What came of asking for a parcel that went on under another number: only its last number shows where it is now.

    Where it has several last ones, each must have been asked.
    """
    succeeded = {plain_number(leg.label.successor_of) for leg in legs}
    last = [leg for leg in legs if plain_number(leg.label.number) not in succeeded]
    fresh = [leg.fresh for leg in last]
    asked = [moment for moment in fresh if moment is not None]
    return Answers(
        trusted=min(asked) if len(asked) == len(fresh) else None,
        unscanned=last[-1].answers.unscanned,
        missing=max(filter(None, (leg.answers.missing for leg in legs)), default=None),
        failed=max(filter(None, (leg.answers.failed for leg in last)), default=None),
        wrong=sum(leg.answers.wrong for leg in legs),
    )


def _later(known: datetime | None, asked: datetime) -> datetime:
    return asked if known is None else max(known, asked)
