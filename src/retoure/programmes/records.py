"""The records a policy is made of: one model per subject, dated, with the evidence they rest on."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, Self, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, TypeAdapter, field_validator, model_validator

from retoure.model.base import Model, Word
from retoure.model.labels import LabelSource


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError; a path or a directory gives the others
        raise ValueError(f"{name!r} is not an IANA time zone, like 'Europe/Berlin'") from None
    return name


ZoneName = Annotated[str, AfterValidator(_known_zone)]


class ClaimCase(Word):
    """What is claimed for."""

    LOST_IN_RETURN_TRANSIT = "LOST_IN_RETURN_TRANSIT"
    DAMAGED_IN_RETURN_TRANSIT = "DAMAGED_IN_RETURN_TRANSIT"
    BUYER_DID_NOT_RETURN = "BUYER_DID_NOT_RETURN"


class ClaimRoute(Word):
    """Where a claim goes."""

    AMAZON = "AMAZON"
    CARRIER = "CARRIER"
    NONE = "NONE"


class RefundMode(Word):
    """How a buyer was refunded. RFS: at the first scan, by Amazon."""

    RFS = "RFS"
    MANUAL = "MANUAL"
    AUTOMATED_BY_AMAZON = "AUTOMATED_BY_AMAZON"
    RETURNLESS = "RETURNLESS"


class Block(Word):
    """What stands in the way of filing a claim."""

    REFUND_FIRST = "REFUND_FIRST"
    SOURCE_UNKNOWN = "SOURCE_UNKNOWN"
    AUTOMATED_REFUND = "AUTOMATED_REFUND"
    NOT_ELIGIBLE = "NOT_ELIGIBLE"
    EVIDENCE_STALE = "EVIDENCE_STALE"
    DELIVERED = "DELIVERED"


class DayRule(Word):
    """How days are counted.

    EXCLUSIVE: the day of the event does not count (BGB s.187(1)). INCLUSIVE: it is day one. ELAPSED_HOURS: 24 hours a day
    from the instant of the event.
    """

    EXCLUSIVE = "EXCLUSIVE"
    INCLUSIVE = "INCLUSIVE"
    ELAPSED_HOURS = "ELAPSED_HOURS"


class Subject(StrEnum):
    """What a record speaks of."""

    CLAIM_OPEN = "claim_open"
    CLAIM_CLOSE = "claim_close"
    CLAIM_ROUTE = "claim_route"
    CLAIM_PRECONDITION = "claim_precondition"
    NEVER_SCANNED = "never_scanned"
    RETENTION = "retention"
    TRACE = "trace"
    REFUND_DUE = "refund_due"
    LABEL_EXPIRING = "label_expiring"


class Anchor(StrEnum):
    """The date of a case that a period is counted from.

    HANDOVER: the hand-in by a receipt or an acceptance, never the label's date. EXPECTED_DELIVERY: the carrier's promise.
    """

    HANDOVER = "handover"
    FIRST_SCAN = "first_scan"
    LAST_SCAN = "last_scan"
    EXPECTED_DELIVERY = "expected_delivery"
    RETURN_DELIVERY = "return_delivery"
    REFUND = "refund"
    LABEL_CREATED = "label_created"


class SelectBy(StrEnum):
    """The date of a case that picks the version of a rule."""

    FILING_DATE = "filing_date"
    FIRST_SCAN = "first_scan"
    LABEL_CREATED = "label_created"


class Opening(Model):
    """When a claim can be filed: for a loss, when a parcel without a delivery scan counts as lost.

    At least one day of wait and one of safety for a loss: a claim filed too early is rejected.
    """

    anchor: Literal[Anchor.FIRST_SCAN, Anchor.RETURN_DELIVERY]
    wait_full_days: Annotated[int, Field(ge=0)]
    day_rule: DayRule = DayRule.EXCLUSIVE
    safety_days: Annotated[int, Field(ge=0)] = 1

    @model_validator(mode="after")
    def _a_loss_is_waited_for(self) -> Self:
        if self.anchor is Anchor.FIRST_SCAN and not (self.wait_full_days and self.safety_days):
            raise ValueError("a loss is presumed after at least one day, and filed at least one day of safety later")
        return self


class Closing(Model):
    """Until when a claim can be filed: ``anchor`` + ``days`` is the last usable date.

    Attributes:
        or_later: Another anchor that counts where it lies later; both must be known.
    """

    anchor: Anchor
    or_later: Anchor | None = None
    days: Annotated[int, Field(ge=1)]
    advise_days_before: Annotated[int, Field(ge=0)]
    warn_days_before: Annotated[int, Field(ge=0)]


class Routing(Model):
    """Where a claim goes, or what keeps it from going anywhere."""

    route: ClaimRoute
    blocked_by: Literal[Block.NOT_ELIGIBLE, Block.SOURCE_UNKNOWN, Block.AUTOMATED_REFUND] | None = None

    @model_validator(mode="after")
    def _a_reason_for_none(self) -> Self:
        if (self.route is ClaimRoute.NONE) != (self.blocked_by is not None):
            raise ValueError("route NONE, and only that, is blocked_by something")
        return self


class Precondition(Model):
    """What must have happened before a claim."""

    requires: Literal["refund"]


class Patience(Model):
    """After how many days without a scan a label counts as unused."""

    anchor: Literal[Anchor.LABEL_CREATED]
    wait_days: Annotated[int, Field(ge=1)]


class Retention(Model):
    """How many days a carrier answers for a number."""

    days: Annotated[int, Field(ge=1)]


class Trace(Model):
    """When to ask a carrier for a search.

    Attributes:
        from_days: From how many days after the anchor the carrier takes it, or it makes sense.
        by_days: By when it should be made.
        before_claim: The carrier takes a claim only after it.
    """

    anchor: Literal[Anchor.HANDOVER, Anchor.EXPECTED_DELIVERY]
    from_days: Annotated[int, Field(ge=0)]
    by_days: Annotated[int, Field(ge=0)]
    before_claim: bool = False

    @model_validator(mode="after")
    def _from_before_by(self) -> Self:
        if self.by_days < self.from_days:
            raise ValueError(f"by_days {self.by_days} lies before from_days {self.from_days}")
        return self


class RefundDuty(Model):
    """How long the merchant has to refund after the arrival. Business days are Monday to Friday: holidays are not known."""

    anchor: Literal[Anchor.RETURN_DELIVERY]
    days: Annotated[int, Field(ge=1)]
    count: Literal["business", "calendar"]


class Expiring(Model):
    """How many days before a label's last day to remind of it."""

    warn_days_before: Annotated[int, Field(ge=0)]


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
        """How many things it names: the record that names most wins."""
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


def same_matter(one: Rule, other: Rule) -> bool:
    """Whether two records speak of the same thing, at whatever time."""
    return (one.subject, one.case, one.applies) == (other.subject, other.case, other.applies)
