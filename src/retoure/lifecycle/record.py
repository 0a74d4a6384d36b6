"""What is known of one parcel, grown observation by observation in the order of learning."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from itertools import chain
from operator import attrgetter
from typing import TypeVar

from retoure.carrier.shaping import plain_number
from retoure.carrier.times import day_in
from retoure.lifecycle.endings import End, Ending, endings_of
from retoure.lifecycle.legs import Answers, Leg, combined
from retoure.lifecycle.numbers import CaseLabel
from retoure.lifecycle.observations import (
    ClaimFiled,
    ClaimUpdated,
    FailedRead,
    HandoverProof,
    LabelVoided,
    Observation,
    Push,
    Read,
    RefundIssued,
    SameRead,
    WarehouseReceipt,
)
from retoure.lifecycle.rows import Known
from retoure.lifecycle.scans import Scans, scans_of
from retoure.lifecycle.validity import SetAside
from retoure.lifecycle.windows import Window, day_of, window_of
from retoure.model.tracking import Kind
from retoure.programmes import ClaimCase, Facts, OpeningRule, Policy, SelectBy

_AT = attrgetter("at")
_Fact = TypeVar("_Fact", WarehouseReceipt, HandoverProof, LabelVoided, RefundIssued)


class Record:
    """One parcel's story so far: under its label's number, and under those that succeeded it.

    Attributes:
        label: The label it started under.
        claim: The claim that was filed last: one that was filed anew takes the place of the last.
        lost_since: When LOST_PRESUMED first held; it stays once set, so that a later delivery is a recovery.
        first_asked: When the carrier was first asked, with whatever success.
        was_scanned: A first scan was known at some time, be it one that turned out to be none.
        contradicted: A number was named as a successor, and what was learned first says otherwise.
    """

    def __init__(self, labels: Sequence[CaseLabel], policy: Policy) -> None:
        self.label = labels[0]
        self.policy = policy
        self.zone = policy.zone_of()
        self.legs = {plain_number(label.number): Leg(label, self.zone) for label in labels}
        self._only = next(iter(self.legs.values())) if len(self.legs) == 1 else None
        self.scans = Scans((), None, None, None)
        self.endings: tuple[Ending, ...] = ()
        self.receipt: WarehouseReceipt | None = None
        self.handover: HandoverProof | None = None
        self.voided: LabelVoided | None = None
        self.refund: RefundIssued | None = None
        self.claim: ClaimFiled | None = None
        self._claims: list[ClaimFiled] = []
        self._updates: list[ClaimUpdated] = []
        self.lost_since: datetime | None = None
        self.first_asked: datetime | None = None
        self.was_scanned = False
        self.contradicted = False
        self._opening: tuple[OpeningRule | None] | None = None
        self._facts: tuple[tuple[date, object, object], Facts] | None = None
        self._window: tuple[tuple[object, ...], Window] | None = None

    def follow(self, observations: Iterable[Observation]) -> "Record":
        """Take observations, which must come in the order of learning."""
        for observation in observations:
            self.take(observation)
        return self

    def take(self, observation: Observation) -> None:
        """Take one observation."""
        match observation:
            case SameRead():
                self._answered(self.leg(observation.number), None, observation.read_at, observation.observed_at)
            case Read(report=report):
                self._answered(self.leg(observation.number), observation, report.read_at, observation.observed_at)
            case FailedRead(failure=failure):
                self.leg(observation.number).failed(failure, self._asked(failure.read_at))
            case Push(message=message):
                if self.leg(message.number).push(message.events, observation.observed_at):
                    self._look_again()
                    self._presume_loss(observation.observed_at)
            case _:
                self._told(observation)

    def _told(self, fact: Observation) -> None:
        """Take what only the merchant knows."""
        match fact:
            case WarehouseReceipt():
                damaged = fact.damaged or (self.receipt is not None and self.receipt.damaged)
                self.receipt = _earliest(self.receipt, fact).model_copy(update={"damaged": damaged})
            case HandoverProof():
                self.handover = _earliest(self.handover, fact)
            case LabelVoided():
                self.voided = _earliest(self.voided, fact)
            case RefundIssued():
                # The window closes by the earliest refund; a later one never makes it longer.
                self._opening = None
                self.refund = _earliest(self.refund, fact)
            case ClaimFiled():
                self._claims.append(fact)
                self.claim = max(reversed(self._claims), key=_AT)
            case ClaimUpdated():
                self._updates.append(fact)

    def leg(self, number: str) -> Leg:
        """What is known under a number."""
        return self.legs[plain_number(number)]

    @property
    def answers(self) -> Answers:
        """What came of asking."""
        return self._only.answers if self._only else combined([leg for leg in self.legs.values() if leg.linked])

    @property
    def answer_flags(self) -> tuple[str, ...]:
        """The flags of the last answers as a whole."""
        return tuple(chain.from_iterable(leg.history.flags for leg in self.legs.values()))

    @property
    def aside(self) -> tuple[SetAside, ...]:
        """The rows that are not used."""
        return tuple(chain.from_iterable(leg.history.aside.values() for leg in self.legs.values()))

    def retracted(self, known: Known) -> bool:
        """Whether the carrier took an event back."""
        if self._only:
            return self._only.history.retracted(known)
        return any(leg.history.retracted(known) for leg in self.legs.values() if known in leg.history.events)

    def delivery(self) -> Ending | None:
        """The first delivery scan at the return address."""
        return next((ending for ending in self.endings if ending.end is End.DELIVERED), None)

    @property
    def carrier_loss(self) -> Known | None:
        """The carrier's own declaration of a loss."""
        return next((known for known in self.scans.events if known.event.kind is Kind.LOST_BY_CARRIER), None)

    @property
    def claim_update(self) -> ClaimUpdated | None:
        """What came last of that claim; of which one it is told, a reference that is one's decides, else the time."""
        claim, named = self.claim, {claim.reference for claim in self._claims} - {""}
        of_claim = (
            update
            for update in reversed(self._updates)
            if claim is None or (claim.reference == update.reference if update.reference in named else claim.at <= update.at)
        )
        return max(of_claim, key=_AT, default=None)

    @property
    def damaged(self) -> bool:
        """Whether the carrier or the merchant says that it was damaged on the way."""
        return (self.receipt is not None and self.receipt.damaged) or any(
            known.event.kind is Kind.DAMAGED for known in self.scans.events
        )

    @property
    def over(self) -> bool:
        """Whether the lost clock is stopped."""
        return self.receipt is not None or any(ending.end is not End.WRONG_PLACE for ending in self.endings)

    def facts(self, at: datetime) -> Facts:
        """What picks a rule at that moment."""
        first = self.scans.first
        key = (day_in(at, self.zone), first and first.event, self.refund)
        if self._facts is None or self._facts[0] != key:
            dates = {SelectBy.FILING_DATE: key[0]}
            if first:
                dates[SelectBy.FIRST_SCAN] = day_of(first.event, self.zone)
            if self.label.issued_at:
                dates[SelectBy.LABEL_CREATED] = day_in(self.label.issued_at, self.zone)
            facts = Facts(
                carrier=self.label.carrier.casefold(), label_source=self.label.label_source, dates=dates,
                refund_mode=self.refund.mode if self.refund else None,
            )  # fmt: skip
            self._facts = key, facts
        return self._facts[1]

    def opening_rule(self, at: datetime) -> OpeningRule | None:
        """The record that counts the days, at that moment."""
        if self.policy.turns:
            return self.policy.find(OpeningRule, self.facts(at), ClaimCase.LOST_IN_RETURN_TRANSIT)
        # No record ever begins or ends: which one holds is decided by the label, the first scan and the refund alone.
        if self._opening is None:
            self._opening = (self.policy.find(OpeningRule, self.facts(at), ClaimCase.LOST_IN_RETURN_TRANSIT),)
        return self._opening[0]

    def window(self, rule: OpeningRule | None) -> Window | None:
        """When the loss is presumed; None before the first scan, or where there is no rule."""
        first = self.scans.first
        if first is None or rule is None:
            return None
        key = (id(rule), first.event, first.superseded)
        if self._window is None or self._window[0] != key:
            self._window = key, window_of(first.event, first.superseded, rule.value, self.policy.zone_of(rule))
        return self._window[1]

    def _asked(self, read_at: datetime) -> datetime:
        asked = read_at.astimezone(UTC)
        if self.first_asked is None or asked < self.first_asked:
            self.first_asked = asked
        return asked

    def _answered(self, leg: Leg, read: Read | None, read_at: datetime, observed_at: datetime) -> None:
        asked = self._asked(read_at)
        if read and read.report.successor:
            self._named(read.report.successor, leg)
        if leg.read(read.report, asked, observed_at) if read else leg.same(asked, observed_at):
            self._look_again()
        self._presume_loss(observed_at)

    def _named(self, successor: str, leg: Leg) -> None:
        """A number was told that the way goes on under; one that what was learned first rules out is for a person to look at."""
        named = self.legs.get(plain_number(successor))
        if named is not None and not named.linked:
            named.linked = True
            self._look_again()
        while named is not None and named is not leg:
            named = self.legs.get(plain_number(named.label.successor_of))
        self.contradicted |= named is None

    def _look_again(self) -> None:
        first = self.scans.first and self.scans.first.event
        self.scans = scans_of([known for leg in self.legs.values() if leg.linked for known in leg.history.events], self.zone)
        self.was_scanned |= self.scans.first is not None
        if (self.scans.first and self.scans.first.event) is not first:
            self._opening = None
        self.endings = tuple(endings_of(self.scans.events, self.label, self.zone, self.answer_flags))

    def _presume_loss(self, observed_at: datetime) -> None:
        """Only an asking at or after the opening can show that there was still no delivery."""
        if self.lost_since is not None or self.scans.first is None or self.over:
            return
        trusted = self.answers.trusted
        window = self.window(self.opening_rule(observed_at)) if trusted else None
        if window is not None and trusted is not None and trusted >= window.opens_at:
            self.lost_since = observed_at.astimezone(UTC)


def _earliest(known: _Fact | None, told: _Fact) -> _Fact:
    """Of what happened once and was told several times, what happened first; of those the one that was learned first."""
    return told if known is None or told.at.astimezone(UTC) < known.at.astimezone(UTC) else known
