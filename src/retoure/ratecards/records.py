"""The dated records of a tariff: limits, weight rules, surcharges, discounts, taxes."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from retoure.model.addresses import Country
from retoure.model.base import Model
from retoure.model.measures import Packaging
from retoure.model.quotes import HandIn, TaxTreatment
from retoure.ratecards.fields import (
    AT_LEAST_ONE,
    Amount,
    Areas,
    ChargeCode,
    Code,
    Day,
    LengthText,
    PositiveAmount,
    TableName,
    Text,
    WeightText,
)
from retoure.ratecards.measures import Measure, check_threshold

_WHOLE: Final = Decimal(100)


class Period(Model):
    """A record with dates of its own; without them it lasts as long as its card."""

    valid_from: Day | None = None
    valid_until: Day | None = None

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.valid_from and self.valid_until and self.valid_until <= self.valid_from:
            raise ValueError("valid_until is exclusive and must be later than valid_from")
        return self

    def covers(self, day: date) -> bool:
        """Whether the record is valid on that date."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_until is None or day < self.valid_until)


class Limit(Period):
    """What the carrier takes: one maximum or minimum. Exactly on it is allowed, unless ``comparison`` is LT.

    ``countries`` restricts it to customers there, ``at`` to parcels that are handed in there.
    """

    measure: Measure
    max: str | None = None
    min: str | None = None
    comparison: Literal["LE", "LT"] = "LE"
    countries: tuple[Country, ...] = ()
    at: tuple[HandIn, ...] = ()
    rule: str = ""

    @model_validator(mode="after")
    def _one_threshold(self) -> Self:
        given = [text for text in (self.max, self.min) if text is not None]
        if len(given) != 1:
            raise ValueError("a limit has either max or min")
        check_threshold(self.measure, given[0])
        return self


class Trigger(Model):
    """A condition: a measure of the parcel is over a threshold (exactly on it is not), or its packaging is one of these."""

    measure: Measure | None = None
    over: str | None = None
    packaging: tuple[Packaging, ...] = ()

    @model_validator(mode="after")
    def _readable(self) -> Self:
        if (self.measure is None) != (self.over is None) or (self.measure is None) == (not self.packaging):
            raise ValueError("a condition is either measure and over, or packaging")
        if self.measure is not None:
            check_threshold(self.measure, self.over or "")
        return self


class RoundSides(Model):
    """How sides are rounded before any rule looks at them. NEAREST rounds a half up."""

    to: LengthText
    mode: Literal["UP", "NEAREST"] = "UP"


class Minimum(Model):
    """The least weight that is billed, where any condition of ``when`` holds, or always without one."""

    weight: WeightText
    when: tuple[Trigger, ...] = ()


class BillableWeight(Period):
    """How the billed weight comes of the parcel: round sides, divide the volume, round up, take the larger, then the minimum.

    ``divisor`` is in the unit of ``divisor_unit``: 5000 cm3 per kg, or 139 in3 per lb.
    """

    divisor: PositiveAmount | None = None
    divisor_unit: Literal["cm3/kg", "in3/lb"] | None = None
    round_up_to: WeightText | None = None
    round_sides: RoundSides | None = None
    minimums: tuple[Minimum, ...] = ()

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.divisor is None) != (self.divisor_unit is None):
            raise ValueError("divisor and divisor_unit stand together")
        if self.divisor is not None and self.round_up_to is None:
            raise ValueError("a volumetric weight needs round_up_to, the step it is rounded up to")
        return self


class Basis(StrEnum):
    """How a surcharge is computed; SUBTOTAL is the base and every mandatory surcharge written above it."""

    FIXED = "FIXED"
    PERCENT_OF_BASE = "PERCENT_OF_BASE"
    PERCENT_OF_SUBTOTAL = "PERCENT_OF_SUBTOTAL"
    PER_KG = "PER_KG"


class Surcharge(Period):
    """What comes on top of the base price. The order in the file is the order of stacking.

    It applies where any condition of ``when`` holds, always without one, and where none of ``unless`` does; to the named
    services, zones and postcodes, or to all. What it comes to is its ``amount``, or stands in the dated table ``index``, the
    file ``<index>.csv`` beside the card's folders. OPTIONAL is added where it was asked for; INCLUDED is in the base already.
    """

    id: Code
    code: ChargeCode
    text: Text
    basis: Basis = Basis.FIXED
    amount: Annotated[Amount | None, Field(repr=False)] = None
    index: TableName | None = None
    requirement: Literal["MANDATORY", "OPTIONAL", "INCLUDED"] = "MANDATORY"
    applies_to_returns: bool = True
    when: tuple[Trigger, ...] = ()
    unless: tuple[Trigger, ...] = ()
    services: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()
    postcodes: Areas = Field(default_factory=dict)

    @model_validator(mode="after")
    def _amounts_to_something(self) -> Self:
        given = [value for value in (self.amount, self.index) if value is not None]
        if len(given) != (self.requirement != "INCLUDED"):
            raise ValueError("a surcharge has either amount or index; an INCLUDED one has neither")
        return self


class Step(Model):
    """From which count on a discount is how large."""

    from_count: Annotated[int, Field(alias="from", gt=0)]
    amount: Annotated[PositiveAmount, Field(repr=False)]


class Discount(Period):
    """What a month's volume takes off the prices of a later month. It comes after every surcharge; discounts stack in order.

    ``counts`` names the file ``<counts>.csv`` beside the card's folders, with the merchant's own count of each month. The count
    of a month sets the discount ``lag_months`` later; before the first count there is none.
    """

    id: Code
    code: ChargeCode = "VOLUME_DISCOUNT"
    text: Text = "Volume discount"
    basis: Literal[Basis.FIXED, Basis.PERCENT_OF_BASE, Basis.PERCENT_OF_SUBTOTAL] = Basis.PERCENT_OF_SUBTOTAL
    counts: TableName
    lag_months: Annotated[int, Field(ge=0, le=12)] = 1
    steps: Annotated[tuple[Step, ...], AT_LEAST_ONE]
    services: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        counts = [step.from_count for step in self.steps]
        if counts != sorted(set(counts)):
            raise ValueError("the steps of a discount ascend, each with its own count")
        if self.basis is not Basis.FIXED and any(step.amount > _WHOLE for step in self.steps):
            raise ValueError("a discount is at most 100 percent")
        return self


TAXED = frozenset({TaxTreatment.NET_PLUS_VAT, TaxTreatment.GROSS_INCL_VAT})


class TaxRule(Period):
    """The tax on the named services and zones, or on all. A lane without a rule has an unknown tax, not none."""

    treatment: TaxTreatment
    rate_percent: Amount | None = None
    rounding: Literal["TOTAL", "LINE"] = "TOTAL"
    services: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _rated(self) -> Self:
        if (self.treatment in TAXED) != (self.rate_percent is not None):
            raise ValueError("rate_percent belongs to NET_PLUS_VAT and GROSS_INCL_VAT, and only to them")
        return self
