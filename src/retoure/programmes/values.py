"""What a record can say: one model per subject."""

from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field, StrictBool, model_validator

from retoure.model.base import Model
from retoure.programmes.vocabulary import Anchor, Block, ClaimRoute, DayRule

_MOST = 3650  # ten years; the calendar ends somewhere
Days: TypeAlias = Annotated[int, Field(ge=0, le=_MOST, strict=True)]
SomeDays: TypeAlias = Annotated[int, Field(ge=1, le=_MOST, strict=True)]
"""A count of dates, at least one; written as a number, for ``true`` or a text is a slip."""


class Opening(Model):
    """When a claim can be filed: for a loss, when a parcel without a delivery scan counts as lost.

    At least one day of wait and one of safety for a loss: a claim filed too early is rejected.
    """

    anchor: Literal[Anchor.FIRST_SCAN, Anchor.RETURN_DELIVERY]
    wait_full_days: Days
    day_rule: DayRule = DayRule.EXCLUSIVE
    safety_days: Days = 1

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
    days: SomeDays
    advise_days_before: Days
    warn_days_before: Days


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
    wait_days: SomeDays


class Retention(Model):
    """How many days a carrier answers for a number."""

    days: SomeDays


class Trace(Model):
    """When to ask a carrier for a search.

    Attributes:
        from_days: From how many days after the anchor the carrier takes it, or it makes sense.
        by_days: By when it should be made.
        before_claim: The carrier takes a claim only after it.
    """

    anchor: Literal[Anchor.HANDOVER, Anchor.EXPECTED_DELIVERY]
    from_days: Days
    by_days: Days
    before_claim: StrictBool = False

    @model_validator(mode="after")
    def _from_before_by(self) -> Self:
        if self.by_days < self.from_days:
            raise ValueError(f"by_days {self.by_days} lies before from_days {self.from_days}")
        return self


class RefundDuty(Model):
    """How long the merchant has to refund after the arrival. Business days are Monday to Friday: holidays are not known."""

    anchor: Literal[Anchor.RETURN_DELIVERY]
    days: SomeDays
    count: Literal["business", "calendar"]


class Expiring(Model):
    """How many days before a label's last day to remind of it."""

    warn_days_before: Days
