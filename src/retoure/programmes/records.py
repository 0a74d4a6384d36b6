"""The records a policy is made of: one model per subject, dated, with the evidence they rest on."""

from datetime import date
from typing import Annotated, Literal, Self, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, TypeAdapter, field_validator, model_validator

from retoure.model.base import Model
from retoure.model.labels import LabelSource
from retoure.programmes.values import Closing, Expiring, Opening, Patience, Precondition, RefundDuty, Retention, Routing, Trace
from retoure.programmes.vocabulary import ClaimCase, ClaimRoute, RefundMode, SelectBy, Subject


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError; a path or a directory gives the others
        raise ValueError(f"{name!r} is not an IANA time zone, like 'Europe/Berlin'") from None
    return name


ZoneName = Annotated[str, AfterValidator(_known_zone)]


class Applies(Model):
    """Which cases a record is for; an empty set is every one. Carriers are plugin codes, read without regard to case."""

    carrier: frozenset[str] = frozenset()
    label_source: frozenset[LabelSource] = frozenset()
    route: frozenset[ClaimRoute] = frozenset()
    refund_mode: frozenset[RefundMode] = frozenset()

    @field_validator("carrier", mode="after")
    @classmethod
    def _lower(cls, carriers: frozenset[str]) -> frozenset[str]:
        return frozenset(carrier.casefold() for carrier in carriers)

    @property
    def specificity(self) -> int:
        """How many things it names."""
        return sum(map(bool, (self.carrier, self.label_source, self.route, self.refund_mode)))

    def meets(self, other: Self) -> bool:
        """Whether some case is meant by both."""
        pairs: tuple[tuple[frozenset[object], frozenset[object]], ...] = (
            (self.carrier, other.carrier), (self.label_source, other.label_source),
            (self.route, other.route), (self.refund_mode, other.refund_mode),
        )  # fmt: skip
        return all(not mine or not theirs or mine & theirs for mine, theirs in pairs)


class _Record(Model):
    id: Annotated[str, Field(min_length=1)]
    market: str
    programme: str
    case: ClaimCase | None = None
    applies: Applies = Applies()
    zone: ZoneName | None = None
    select_by: SelectBy
    valid_from: date | None = None
    valid_until: date | None = None
    evidence: Literal["O", "2", "U", "R"]
    source: Annotated[str, Field(min_length=1)]
    confidence: str = ""
    note: str = ""

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> Self:
        if self.valid_from and self.valid_until and self.valid_from >= self.valid_until:
            raise ValueError(f"valid_until {self.valid_until} is exclusive and must lie after valid_from {self.valid_from}")
        return self

    def holds_on(self, day: date) -> bool:
        """Whether the record is in force on that day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_until is None or day < self.valid_until)

    @property
    def specificity(self) -> int:
        """How many things it names, its case among them: the record that names most wins."""
        return self.applies.specificity + (self.case is not None)


class OpeningRule(_Record):
    """When a loss is presumed."""

    subject: Literal[Subject.CLAIM_OPEN]
    value: Opening


class ClosingRule(_Record):
    """When a claim window closes."""

    subject: Literal[Subject.CLAIM_CLOSE]
    value: Closing


class RouteRule(_Record):
    """Who may be claimed against."""

    subject: Literal[Subject.CLAIM_ROUTE]
    value: Routing


class PreconditionRule(_Record):
    """What a claim presupposes."""

    subject: Literal[Subject.CLAIM_PRECONDITION]
    value: Precondition


class NeverScannedRule(_Record):
    """When a label counts as unused."""

    subject: Literal[Subject.NEVER_SCANNED]
    value: Patience


class RetentionRule(_Record):
    """How long a carrier answers."""

    subject: Literal[Subject.RETENTION]
    value: Retention


class TraceRule(_Record):
    """When to ask for a search."""

    subject: Literal[Subject.TRACE]
    value: Trace


class RefundDueRule(_Record):
    """Until when to refund."""

    subject: Literal[Subject.REFUND_DUE]
    value: RefundDuty


class ExpiringRule(_Record):
    """When to remind of a label that expires."""

    subject: Literal[Subject.LABEL_EXPIRING]
    value: Expiring


Rule: TypeAlias = (
    OpeningRule
    | ClosingRule
    | RouteRule
    | PreconditionRule
    | NeverScannedRule
    | RetentionRule
    | TraceRule
    | RefundDueRule
    | ExpiringRule
)
RULE: TypeAdapter[Rule] = TypeAdapter(Annotated[Rule, Field(discriminator="subject")])


def replaces(new: Rule, old: Rule) -> bool:
    """Whether a newer record speaks of all that an older one does, at whatever time: one that names no case is of every case."""
    return (new.subject, new.applies) == (old.subject, old.applies) and new.case in (None, old.case)
