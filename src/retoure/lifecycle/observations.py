"""What is learned about a return: answers and messages of carriers, and what only the merchant knows.

Every observation says when it was learned (``observed_at``). A verdict at some moment uses only what had been learned by then,
so it can be recomputed for any moment of the past.
"""

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AfterValidator, AwareDatetime, Field, TypeAdapter

from retoure.carrier.times import fixed, in_reach
from retoure.model.base import Model, Word
from retoure.model.money import Money
from retoure.model.tracking import PushMessage, TrackingEvent, TrackingFailure, TrackingReport
from retoure.programmes.vocabulary import ClaimRoute, RefundMode


def settled(instant: datetime) -> datetime:
    """An instant with a fixed offset: Python holds one in a zone, where clocks go back, unequal to every other spelling of it."""
    if isinstance(instant.tzinfo, timezone):
        return instant
    return instant.replace(tzinfo=fixed(instant.utcoffset() or timedelta(0)), fold=0)


Instant: TypeAlias = Annotated[AwareDatetime, AfterValidator(settled)]
"""An aware instant that is equal to every other spelling of it."""

Told: TypeAlias = Annotated[Instant, AfterValidator(in_reach)]
"""An instant that somebody tells."""


def _events_settled(events: tuple[TrackingEvent, ...]) -> tuple[TrackingEvent, ...]:
    if all(isinstance(event.instant.tzinfo, timezone) for event in events):
        return events
    return tuple(replace(event, instant=settled(event.instant)) for event in events)


def _report_settled(report: TrackingReport) -> TrackingReport:
    events, read_at = _events_settled(report.events), settled(report.read_at)
    return report if events is report.events and read_at is report.read_at else replace(report, events=events, read_at=read_at)


def _message_settled(message: PushMessage) -> PushMessage:
    return replace(message, events=_events_settled(message.events), received_at=in_reach(settled(message.received_at)))


def _failure_settled(failure: TrackingFailure) -> TrackingFailure:
    return replace(failure, read_at=settled(failure.read_at))


def _read_at(fields: dict[str, Any]) -> Any:  # noqa: ANN401 - validated fields; None where one was refused
    answer = fields.get("report", fields.get("failure"))
    return answer and answer.read_at


def _received_at(fields: dict[str, Any]) -> Any:  # noqa: ANN401
    message = fields.get("message")
    return message and message.received_at


def _at(fields: dict[str, Any]) -> Any:  # noqa: ANN401
    return fields.get("at")


class Read(Model):
    """A carrier answered.

    Attributes:
        report: The answer; its ``read_at`` is when the request left, which decides how fresh it is.
        observed_at: When the answer was known; the asking, unless told.
    """

    type: Literal["read"] = "read"
    report: Annotated[TrackingReport, AfterValidator(_report_settled)]
    observed_at: Told = Field(default_factory=_read_at)

    @property
    def number(self) -> str:
        """The number that was asked for."""
        return self.report.number


class SameRead(Model):
    """A carrier answered what it had answered before: the history that a :class:`Read` of that number holds.

    A case writes it in place of a read that tells nothing new; nothing but the history itself is left out.

    Attributes:
        repeats: The :func:`fingerprint` of that answer, so that it is found whatever order a log is given in. Without it, as
            logs were once written, the last read before it is meant, and the log must be given in its order.
    """

    type: Literal["same_read"] = "same_read"
    number: str
    read_at: Instant
    digest: str
    observed_at: Told
    repeats: str = ""


class Push(Model):
    """A carrier sent a message: a hint that is never the read that shows that there was no delivery.

    Its events count when a read confirms them, or at once where the label says ``trust_push``. Of a message that was delivered
    several times, which its ``message_id`` tells, the first delivery counts.

    Attributes:
        message: What the carrier sent.
        observed_at: When it came in, unless told otherwise.
    """

    type: Literal["push"] = "push"
    message: Annotated[PushMessage, AfterValidator(_message_settled)]
    observed_at: Told = Field(default_factory=_received_at)

    @property
    def number(self) -> str:
        """The number that the message is about."""
        return self.message.number


class FailedRead(Model):
    """A carrier was asked and gave no history: not found, another shipment, or no answer. It never says that a parcel is lost."""

    type: Literal["failed_read"] = "failed_read"
    failure: Annotated[TrackingFailure, AfterValidator(_failure_settled)]
    observed_at: Told = Field(default_factory=_read_at)

    @property
    def number(self) -> str:
        """The number that was asked for."""
        return self.failure.number


class WarehouseReceipt(Model):
    """The parcel is in the merchant's hands, whatever the carrier says.

    Attributes:
        number: The label's number; may be empty where the return has one label.
        at: When it arrived.
        damaged: It was damaged on the way.
    """

    type: Literal["warehouse_receipt"] = "warehouse_receipt"
    rma: str = ""
    number: str = ""
    at: Told
    damaged: bool = False
    observed_at: Told = Field(default_factory=_at)


class HandoverProof(Model):
    """The customer has a receipt for handing the parcel in. Evidence for a claim; no scan, and it starts no clock."""

    type: Literal["handover_proof"] = "handover_proof"
    rma: str = ""
    number: str = ""
    at: Told
    observed_at: Told = Field(default_factory=_at)


class LabelVoided(Model):
    """The label was voided, on our books or at the carrier. A later scan revives it."""

    type: Literal["label_voided"] = "label_voided"
    rma: str = ""
    number: str = ""
    at: Told
    observed_at: Told = Field(default_factory=_at)


class RefundIssued(Model):
    """The buyer was refunded: anchors the closing of Amazon's claim window, and is its precondition.

    Attributes:
        mode: How; some programmes leave out what they refunded by themselves.
    """

    type: Literal["refund_issued"] = "refund_issued"
    rma: str = ""
    at: Told
    amount: Money | None = None
    mode: RefundMode | None = None
    observed_at: Told = Field(default_factory=_at)


class ClaimFiled(Model):
    """A claim was filed.

    Attributes:
        route: With whom.
        reference: The claim's number there.
    """

    type: Literal["claim_filed"] = "claim_filed"
    rma: str = ""
    number: str = ""
    at: Told
    route: Literal[ClaimRoute.AMAZON, ClaimRoute.CARRIER]
    reference: str = ""
    observed_at: Told = Field(default_factory=_at)


class ClaimLife(Word):
    """How a claim goes on after it was filed."""

    INFO_REQUESTED = "INFO_REQUESTED"
    GRANTED = "GRANTED"
    DENIED = "DENIED"
    WITHDRAWN = "WITHDRAWN"
    REPAID = "REPAID"


class ClaimUpdated(Model):
    """A claim that was filed went on: the one of that reference, or the one that was filed last by then."""

    type: Literal["claim_updated"] = "claim_updated"
    rma: str = ""
    number: str = ""
    at: Told
    status: ClaimLife
    reference: str = ""
    observed_at: Told = Field(default_factory=_at)


Observation: TypeAlias = Annotated[
    Read
    | SameRead
    | FailedRead
    | Push
    | WarehouseReceipt
    | HandoverProof
    | LabelVoided
    | RefundIssued
    | ClaimFiled
    | ClaimUpdated,
    Field(discriminator="type"),
]
"""Anything that is learned about a return, told apart by ``type``."""

OBSERVATION: TypeAdapter[Observation] = TypeAdapter(Observation)
"""Reads an observation from, and writes it to, JSON."""
