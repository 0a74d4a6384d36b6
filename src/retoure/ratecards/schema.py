"""The tariff of a card as it is written: ``tariff.toml``, all but the prices.

Everything that this schema accepts is priced; what it does not know is refused, not ignored. Measures are written with their
unit (``"31.5 kg"``, ``"120 x 60 x 60 cm"``), amounts as integers, decimals or text. Periods are dates in the card's time
zone, ``valid_until`` exclusive.
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, StringConstraints, ValidationInfo, field_validator, model_validator

from retoure.model.addresses import Country
from retoure.model.base import Model
from retoure.model.labels import ChargeEvent
from retoure.model.money import Currency
from retoure.model.quotes import TaxTreatment
from retoure.ratecards.fields import (
    AT_LEAST_ONE,
    Amount,
    CardId,
    Code,
    Day,
    LengthText,
    PositiveAmount,
    PostcodeArea,
    Text,
    WeightText,
    ZoneName,
)
from retoure.ratecards.measures import Measure, check_threshold


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


class Zone(Model):
    """Where the customer is: whole countries, and parts of countries by postcode. The longest postcode match wins.

    ``customs`` marks a lane on which the parcel needs a customs declaration.
    """

    id: Code
    name: str = ""
    countries: tuple[Country, ...] = ()
    postcodes: dict[Country, tuple[PostcodeArea, ...]] = Field(default_factory=dict)
    customs: bool = False

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if not self.countries and not any(self.postcodes.values()):
            raise ValueError("a zone names at least one country or postcode area")
        for area in (area for areas in self.postcodes.values() for area in areas):
            first, _, last = area.partition("..")
            if last and (len(first) != len(last) or last < first):
                raise ValueError(f"postcode range {area!r}: both ends have the same length, the lower one first")
        return self


class Limit(Period):
    """What the carrier takes: one maximum or minimum. Exactly on it is allowed, unless ``comparison`` is LT.

    ``countries`` restricts it to customers there.
    """

    measure: Measure
    max: str | None = None
    min: str | None = None
    comparison: Literal["LE", "LT"] = "LE"
    countries: tuple[Country, ...] = ()
    rule: str = ""

    @model_validator(mode="after")
    def _one_threshold(self) -> Self:
        given = [text for text in (self.max, self.min) if text is not None]
        if len(given) != 1:
            raise ValueError("a limit has either max or min")
        check_threshold(self.measure, given[0])
        return self


class Trigger(Model):
    """A condition: a measure of the parcel is over a threshold. Exactly on it is not over."""

    measure: Measure
    over: str

    @model_validator(mode="after")
    def _readable(self) -> Self:
        check_threshold(self.measure, self.over)
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


class BandKey(StrEnum):
    """What ``up_to`` in the prices is: a weight, shortest plus longest side, or nothing."""

    WEIGHT_TIER = "WEIGHT_TIER"
    CLASS_SHORTEST_PLUS_LONGEST = "CLASS_SHORTEST_PLUS_LONGEST"
    FLAT = "FLAT"


class Service(Model):
    """One service of the carrier, as the account's adapter names it."""

    code: Code
    name: Text
    key: BandKey
    limits: tuple[Limit, ...] = ()
    billable_weight: tuple[BillableWeight, ...] = ()

    @model_validator(mode="after")
    def _weighed(self) -> Self:
        if self.billable_weight and self.key is not BandKey.WEIGHT_TIER:
            raise ValueError("billable_weight belongs to a service that is priced by weight (key = 'WEIGHT_TIER')")
        return self


class Basis(StrEnum):
    """How a surcharge is computed; SUBTOTAL is the base and every mandatory surcharge written above it."""

    FIXED = "FIXED"
    PERCENT_OF_BASE = "PERCENT_OF_BASE"
    PERCENT_OF_SUBTOTAL = "PERCENT_OF_SUBTOTAL"
    PER_KG = "PER_KG"


class Surcharge(Period):
    """What comes on top of the base price. The order in the file is the order of stacking.

    It applies where any condition of ``when`` holds, always without one; to the named services and zones, or to all.
    """

    id: Code
    code: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]*$")]
    text: Text
    basis: Basis
    amount: Annotated[Amount, Field(repr=False)]
    requirement: Literal["MANDATORY", "OPTIONAL"] = "MANDATORY"
    applies_to_returns: bool = True
    when: tuple[Trigger, ...] = ()
    services: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()


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


class Origin(StrEnum):
    """Where the prices come from; an example is invented and says so in every quote."""

    EXAMPLE = "example"
    PUBLISHED = "published"
    CONTRACT = "contract"


class Tariff(Model):
    """``tariff.toml``: one card from one date on.

    Attributes:
        markets: The countries that returns go to under this card.
        valid_until: Exclusive; without it the card holds until the next one of the same id begins.
        confidential: Its prices are kept out of every repr, error and export.
        charge_event: Where the contract says it; else the carrier's usual.
        round_to: The step to which computed amounts (percentages, tax) are rounded; prices as written are not rounded.
    """

    model_config = ConfigDict(populate_by_name=True)

    layout: Annotated[Literal[1], Field(alias="schema")]
    id: CardId
    origin: Origin
    title: Text
    source: Text
    carrier: Text
    currency: Currency
    markets: Annotated[tuple[Country, ...], AT_LEAST_ONE]
    time_zone: ZoneName
    valid_from: Day
    valid_until: Day | None = None
    confidential: bool = False
    charge_event: ChargeEvent = ChargeEvent.UNKNOWN
    round_to: PositiveAmount = Decimal("0.01")
    round_mode: Literal["HALF_UP", "HALF_EVEN", "UP", "DOWN"] = "HALF_UP"
    zones: Annotated[tuple[Zone, ...], AT_LEAST_ONE]
    services: Annotated[tuple[Service, ...], AT_LEAST_ONE]
    surcharges: tuple[Surcharge, ...] = ()
    taxes: tuple[TaxRule, ...] = ()

    @field_validator("title")
    @classmethod
    def _says_example(cls, title: str, info: ValidationInfo) -> str:
        if info.data.get("origin") is Origin.EXAMPLE and "EXAMPLE" not in title:
            raise ValueError("the title of an example card contains the word EXAMPLE")
        return title

    @field_validator("valid_until")
    @classmethod
    def _later(cls, until: date | None, info: ValidationInfo) -> date | None:
        start = info.data.get("valid_from")
        if until and start and until <= start:
            raise ValueError("valid_until is exclusive and must be later than valid_from")
        return until
