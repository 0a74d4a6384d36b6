"""What is learned about a return: answers and messages of carriers, and what only the merchant knows.

Every observation says when it was learned (``observed_at``). A verdict at some moment uses only what had been learned by then,
so it can be recomputed for any moment of the past.
"""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import AwareDatetime, Field, TypeAdapter

from retoure.model.base import Model, Word
from retoure.model.money import Money
from retoure.model.tracking import PushMessage, TrackingFailure, TrackingReport
from retoure.programmes.vocabulary import ClaimRoute, RefundMode


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
    report: TrackingReport
    observed_at: AwareDatetime = Field(default_factory=_read_at)

    @property
    def number(self) -> str:
        """The number that was asked for."""
        return self.report.number


class SameRead(Model):
    """A carrier answered what it had answered before: the history that the last :class:`Read` of that number holds.

    A case writes it in place of a read that tells nothing new; nothing but the history itself is left out.
    """

    type: Literal["same_read"] = "same_read"
    number: str
    read_at: AwareDatetime
    digest: str
    observed_at: AwareDatetime


class Push(Model):
    """A carrier sent a message: a hint that is never the read that shows that there was no delivery.

    Its events count when a read confirms them, or at once where the label says ``trust_push``. Of a message that was delivered
    several times, which its ``message_id`` tells, the first delivery counts.

    Attributes:
        message: What the carrier sent.
        observed_at: When it came in, unless told otherwise.
    """

    type: Literal["push"] = "push"
    message: PushMessage
    observed_at: AwareDatetime = Field(default_factory=_received_at)

    @property
    def number(self) -> str:
        """The number that the message is about."""
        return self.message.number


class FailedRead(Model):
    """A carrier was asked and gave no history: not found, another shipment, or no answer. It never says that a parcel is lost."""

    type: Literal["failed_read"] = "failed_read"
    failure: TrackingFailure
    observed_at: AwareDatetime = Field(default_factory=_read_at)

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
    at: AwareDatetime
    damaged: bool = False
    observed_at: AwareDatetime = Field(default_factory=_at)


class HandoverProof(Model):
    """The customer has a receipt for handing the parcel in. Evidence for a claim; no scan, and it starts no clock."""

    type: Literal["handover_proof"] = "handover_proof"
    rma: str = ""
    number: str = ""
    at: AwareDatetime
    observed_at: AwareDatetime = Field(default_factory=_at)


class LabelVoided(Model):
    """The label was voided, on our books or at the carrier. A later scan revives it."""

    type: Literal["label_voided"] = "label_voided"
    rma: str = ""
    number: str = ""
    at: AwareDatetime
    observed_at: AwareDatetime = Field(default_factory=_at)


class RefundIssued(Model):
    """The buyer was refunded: anchors the closing of Amazon's claim window, and is its precondition.

    Attributes:
        mode: How; some programmes leave out what they refunded by themselves.
    """

    type: Literal["refund_issued"] = "refund_issued"
    rma: str = ""
    at: AwareDatetime
    amount: Money | None = None
    mode: RefundMode | None = None
    observed_at: AwareDatetime = Field(default_factory=_at)


class ClaimFiled(Model):
    """A claim was filed.

    Attributes:
        route: With whom.
        reference: The claim's number there.
    """

    type: Literal["claim_filed"] = "claim_filed"
    rma: str = ""
    number: str = ""
    at: AwareDatetime
    route: Literal[ClaimRoute.AMAZON, ClaimRoute.CARRIER]
    reference: str = ""
    observed_at: AwareDatetime = Field(default_factory=_at)


class ClaimLife(Word):
    """How a claim goes on after it was filed."""

    INFO_REQUESTED = "INFO_REQUESTED"
    GRANTED = "GRANTED"
    DENIED = "DENIED"
    WITHDRAWN = "WITHDRAWN"
    REPAID = "REPAID"


class ClaimUpdated(Model):
    """A claim that was filed went on."""

    type: Literal["claim_updated"] = "claim_updated"
    rma: str = ""
    number: str = ""
    at: AwareDatetime
    status: ClaimLife
    reference: str = ""
    observed_at: AwareDatetime = Field(default_factory=_at)


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
