"""The tariff of a card as it is written: ``tariff.toml``, all but the prices.

Everything that this schema accepts is priced; what it does not know is refused, not ignored. Measures are written with their
unit (``"31.5 kg"``, ``"120 x 60 x 60 cm"``), amounts as integers, decimals or text. Periods are dates in the card's time
zone, ``valid_until`` exclusive.
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, ValidationInfo, field_validator, model_validator

from retoure.model.addresses import Country
from retoure.model.base import Model
from retoure.model.labels import ChargeEvent
from retoure.model.measures import Packaging, WeightSource
from retoure.model.money import Currency
from retoure.model.quotes import PriceDateBasis
from retoure.ratecards.fields import AT_LEAST_ONE, Areas, CardId, Code, Day, DaysText, PositiveAmount, Text, ZoneName
from retoure.ratecards.records import BillableWeight, Discount, Limit, Surcharge, TaxRule


class Zone(Model):
    """Where the customer is: whole countries, and parts of countries by postcode. The longest postcode match wins.

    ``customs`` marks a lane on which the parcel needs a customs declaration.
    """

    id: Code
    name: str = ""
    countries: tuple[Country, ...] = ()
    postcodes: Areas = Field(default_factory=dict)
    customs: bool = False

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if not self.countries and not any(self.postcodes.values()):
            raise ValueError("a zone names at least one country or postcode area")
        return self


class BandKey(StrEnum):
    """What ``up_to`` in the prices is: a weight, shortest plus longest side, or nothing.

    PER_KG_ABOVE is a weight with a last row for all that is heavier: ``+1 kg`` costs so much for each further kilogram begun.
    """

    WEIGHT_TIER = "WEIGHT_TIER"
    PER_KG_ABOVE = "PER_KG_ABOVE"
    CLASS_SHORTEST_PLUS_LONGEST = "CLASS_SHORTEST_PLUS_LONGEST"
    FLAT = "FLAT"


BY_WEIGHT = frozenset({BandKey.WEIGHT_TIER, BandKey.PER_KG_ABOVE})


class Service(Model):
    """One service of the carrier, as the account's adapter names it.

    Attributes:
        accepts: Packaging that it takes at no extra charge. What a surcharge is for is accepted, too; all else is declined.
        transit: How many days it takes from each zone: ``{ DE = "1-2" }``.
        may_fall: Whether a heavier or larger parcel may cost less: else that is taken for a slip and refused.
    """

    code: Code
    name: Text
    key: BandKey
    limits: tuple[Limit, ...] = ()
    billable_weight: tuple[BillableWeight, ...] = ()
    accepts: tuple[Packaging, ...] = ()
    transit: dict[Code, DaysText] = Field(default_factory=dict)
    may_fall: bool = False

    @model_validator(mode="after")
    def _weighed(self) -> Self:
        if self.billable_weight and self.key not in BY_WEIGHT:
            raise ValueError("billable_weight belongs to a service that is priced by weight (key = 'WEIGHT_TIER')")
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
        price_date_basis: Whose day's price is charged in the end: the label's creation, or the first scan.
        weight_sources: Which of a parcel's weights is billed: the first of these that is known. Without it, the parcel's own.
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
    price_date_basis: PriceDateBasis = PriceDateBasis.LABEL_CREATED
    weight_sources: tuple[WeightSource, ...] = ()
    round_to: PositiveAmount = Decimal("0.01")
    round_mode: Literal["HALF_UP", "HALF_EVEN", "UP", "DOWN"] = "HALF_UP"
    zones: Annotated[tuple[Zone, ...], AT_LEAST_ONE]
    services: Annotated[tuple[Service, ...], AT_LEAST_ONE]
    surcharges: tuple[Surcharge, ...] = ()
    discounts: tuple[Discount, ...] = ()
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
