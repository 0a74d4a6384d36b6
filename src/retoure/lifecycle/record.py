"""What is known of one label, grown observation by observation in the order of learning."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from retoure.carrier.times import day_in
from retoure.lifecycle.case import CaseLabel
from retoure.lifecycle.endings import End, Ending, endings_of
from retoure.lifecycle.events import History, Reading
from retoure.lifecycle.observations import (
    ClaimFiled,
    FailedRead,
    HandoverProof,
    LabelVoided,
    Observation,
    Read,
    RefundIssued,
    WarehouseReceipt,
)
from retoure.lifecycle.rows import Known
from retoure.lifecycle.scans import Scans, scans_of
from retoure.lifecycle.windows import Window, window_of
from retoure.model.tracking import Kind, ReadFailure, TrackingReport
from retoure.programmes import ClaimCase, Facts, OpeningRule, Policy, SelectBy

DELIVERY_FLAG = "delivery_flag"
"""The flag of an answer that marks the parcel as delivered without a row that says so."""


@dataclass(slots=True)
class Answers:
    """When the carrier was asked, by what came of it. Asking counts, not answering.

    Attributes:
        trusted: Last asked with an answer that holds a physical event of this parcel.
        unscanned: Every asking whose answer says that nothing was handed in.
        missing: Last asked with the number unknown, or its history gone, although events are known.
        failed: Last asked without a usable answer.
        wrong: How many answers were about another shipment.
    """

    trusted: datetime | None = None
    unscanned: list[datetime] = field(default_factory=list)
    missing: datetime | None = None
    failed: datetime | None = None
    wrong: int = 0

    @property
    def last_unusable(self) -> datetime | None:
        """The last asking that told nothing although something is known."""
        return max(filter(None, (self.missing, self.failed)), default=None)


class Record:
    """One label's story so far.

    Attributes:
        lost_since: When LOST_PRESUMED first held; it stays once set, so that a later delivery is a recovery.
        first_asked: When the carrier was first asked, with whatever success.
    """

    def __init__(self, label: CaseLabel, policy: Policy) -> None:
        self.label = label
        self.policy = policy
        self.history = History(label.issued_at, label.destination)
        self.answers = Answers()
        self.scans = Scans((), None, None, None)
        self.endings: tuple[Ending, ...] = ()
        self.receipt: WarehouseReceipt | None = None
        self.handover: HandoverProof | None = None
        self.voided: LabelVoided | None = None
        self.refund: RefundIssued | None = None
        self.claim: ClaimFiled | None = None
        self.lost_since: datetime | None = None
        self.first_asked: datetime | None = None
        self._windows: dict[tuple[str, float], Window] = {}

    def follow(self, observations: Iterable[Observation]) -> "Record":
        """Take observations, which must come in the order of learning."""
        for observation in observations:
            self.take(observation)
        return self

    def take(self, observation: Observation) -> None:
        """Take one observation."""
        match observation:
            case Read():
                self._read(observation)
            case FailedRead():
                self._failed(observation)
            case WarehouseReceipt():
                self.receipt = self.receipt or observation
            case HandoverProof():
                self.handover = self.handover or observation
            case LabelVoided():
                self.voided = self.voided or observation
            case RefundIssued():
                # The window closes by the earliest refund; a later one never makes it longer.
                self.refund = min(filter(None, (self.refund, observation)), key=lambda refund: refund.at.astimezone(UTC))
            case ClaimFiled():
                self.claim = observation

    def delivery(self) -> Ending | None:
        """The first delivery scan at the return address."""
        return next((ending for ending in self.endings if ending.end is End.DELIVERED), None)

    @property
    def carrier_loss(self) -> Known | None:
        """The carrier's own declaration of a loss."""
        return next((known for known in self.scans.events if known.event.kind is Kind.LOST_BY_CARRIER), None)

    @property
    def over(self) -> bool:
        """Whether the lost clock is stopped."""
        return self.receipt is not None or any(ending.end is not End.WRONG_PLACE for ending in self.endings)

    def facts(self, at: datetime) -> Facts:
        """What picks a rule at that moment."""
        zone = self.policy.zone_of()
        dates = {SelectBy.FILING_DATE: day_in(at, zone)}
        if self.scans.first:
            dates[SelectBy.FIRST_SCAN] = day_in(self.scans.first.event.instant, zone)
        if self.label.issued_at:
            dates[SelectBy.LABEL_CREATED] = day_in(self.label.issued_at, zone)
        return Facts(carrier=self.label.carrier.casefold(), label_source=self.label.label_source, dates=dates)

    def opening_rule(self, at: datetime) -> OpeningRule | None:
        """The record that counts the days, at that moment."""
        return self.policy.find(OpeningRule, self.facts(at), ClaimCase.LOST_IN_RETURN_TRANSIT)

    def window(self, rule: OpeningRule | None) -> Window | None:
        """When the loss is presumed; None before the first scan, or where there is no rule."""
        first = self.scans.first
        if first is None or rule is None:
            return None
        key = (f"{rule.id}/{rule.valid_from}/{len(first.superseded)}", first.event.instant.timestamp())
        if key not in self._windows:
            self._windows[key] = window_of(first.event, first.superseded, rule.value, self.policy.zone_of(rule))
        return self._windows[key]

    def _asked(self, read_at: datetime) -> datetime:
        asked = read_at.astimezone(UTC)
        self.first_asked = min(asked, self.first_asked or asked)
        return asked

    def _read(self, read: Read) -> None:
        asked = self._asked(read.report.read_at)
        had_scan, before = self.scans.first is not None, (self.history.answers, self.history.flags)
        reading = self.history.take(read.report, read.observed_at)
        if (self.history.answers, self.history.flags) != before:
            self.scans = scans_of(self.history.events)
            self.endings = tuple(endings_of(self.scans.events, self.label, self.history.flags))
        if reading is Reading.HISTORY and _hints_at_delivery(read.report):
            self.answers.failed = _later(self.answers.failed, asked)
        elif reading is Reading.HISTORY:
            self.answers.trusted = _later(self.answers.trusted, asked)
        elif reading is Reading.NO_SCAN and not had_scan:
            self.answers.unscanned.append(asked)
        elif reading is Reading.NO_SCAN:
            self.answers.missing = _later(self.answers.missing, asked)
        else:
            self.answers.failed = _later(self.answers.failed, asked)
            self.answers.wrong += reading is Reading.WRONG_SHIPMENT
        self._presume_loss(read.observed_at)

    def _failed(self, read: FailedRead) -> None:
        asked = self._asked(read.failure.read_at)
        if read.failure.reason is not ReadFailure.NOT_FOUND:
            self.answers.failed = _later(self.answers.failed, asked)
            self.answers.wrong += read.failure.reason is ReadFailure.WRONG_SHIPMENT
        elif self.history.events:
            self.answers.missing = _later(self.answers.missing, asked)
        else:
            self.answers.unscanned.append(asked)

    def _presume_loss(self, observed_at: datetime) -> None:
        """Only an asking at or after the opening can show that there was still no delivery."""
        if self.lost_since is not None or self.over or self.answers.trusted is None:
            return
        window = self.window(self.opening_rule(observed_at))
        if window is not None and self.answers.trusted >= window.opens_at:
            self.lost_since = observed_at.astimezone(UTC)


def _hints_at_delivery(report: TrackingReport) -> bool:
    """The carrier marks the parcel as delivered, and no row says when: neither a delivery nor proof that there was none."""
    return DELIVERY_FLAG in report.flags


def _later(known: datetime | None, asked: datetime) -> datetime:
    return asked if known is None else max(known, asked)
