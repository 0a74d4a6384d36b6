"""What a return costs with one account, and why: quotes and declines. :mod:`retoure.model.offers` puts accounts side by side."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from retoure.model.addresses import BoundReturnAddress
from retoure.model.base import Model, Word
from retoure.model.labels import ChargeEvent, ReturnRequest
from retoure.model.measures import Weight, WeightSource
from retoure.model.money import ExactDecimal, Money


class HandIn(Word):
    """How the customer hands the parcel in: lockers and shops take less than a courier."""

    COURIER = "courier"
    SHOP = "shop"
    LOCKER = "locker"


class QuoteRequest(Model):
    """A return request resolved for one account, with the instant whose prices count.

    Attributes:
        include: Codes of optional surcharges that the price shall include, such as ``PICKUP``.
        hand_in: How the parcel is handed in, where that is settled: some limits hold there only.
    """

    account: str
    request: ReturnRequest
    return_to: BoundReturnAddress
    priced_at: AwareDatetime | None = None
    include: tuple[str, ...] = ()
    hand_in: HandIn | None = None

    @property
    def card_only(self) -> tuple[str, ...]:
        """The names of what is asked and only a rate card can answer, for adapters of carriers' price calls to refuse."""
        parcel = self.request.parcel
        given = {"include": self.include, "hand_in": self.hand_in, "request.parcel.packaging": parcel.packaging}
        return tuple(name for name, value in given.items() if value)


class PriceBasis(StrEnum):
    """What a price rests on. EXAMPLE: an invented card that ships with the library."""

    CONTRACT_TABLE = "CONTRACT_TABLE"
    API_LIVE = "API_LIVE"
    LIST = "LIST"
    EXAMPLE = "EXAMPLE"


class PriceDateBasis(StrEnum):
    """Whose day's price is charged in the end, as the card knows it: the label's creation, or the first scan."""

    LABEL_CREATED = "LABEL_CREATED"
    FIRST_SCAN = "FIRST_SCAN"


class BilledBy(StrEnum):
    """Which measure decided the price."""

    ACTUAL = "ACTUAL"
    DIMENSIONAL = "DIMENSIONAL"
    MINIMUM = "MINIMUM"
    CLASS = "CLASS"
    FLAT = "FLAT"
    CARRIER = "CARRIER"


class Charge(Model):
    """One line of a price, negative where it is a discount. Mandatory lines add up to the net; optional ones are shown only."""

    code: str
    text: str
    amount: Money
    optional: bool = False
    record: str = ""


class TaxTreatment(StrEnum):
    """How a price stands to tax. The last three are a tax of zero that is known, with its reason."""

    NET_PLUS_VAT = "NET_PLUS_VAT"
    GROSS_INCL_VAT = "GROSS_INCL_VAT"
    EXEMPT = "EXEMPT"
    REVERSE_CHARGE = "REVERSE_CHARGE"
    OUTSIDE_SCOPE = "OUTSIDE_SCOPE"


class Tax(Model):
    """The tax on a quote; ``method`` says whether it was rounded on the total or on each line."""

    rate_percent: ExactDecimal
    amount: Money
    method: Literal["TOTAL", "LINE"] = "TOTAL"
    treatment: TaxTreatment = TaxTreatment.NET_PLUS_VAT


class CardReference(Model):
    """The rate card a price came from: its id, the directory that was used, and the hash of its content.

    A ``confidential`` card keeps its prices out of the repr of the quotes made from it.
    """

    id: str
    revision: str
    sha256: str
    confidential: bool = False


class Transit(Model):
    """How long the carrier says it takes, in days."""

    earliest_days: int | None = None
    latest_days: int | None = None


_PRICES = frozenset({"net", "tax", "gross", "charges"})


class Quote(Model):
    """What one service of one account would cost. It can be bought: ``client.buy(quote, key=...)``.

    ``net`` is the sum of the mandatory ``charges``, exactly. An unknown tax is none, not zero, and then ``gross`` is none.

    Attributes:
        limits: What the service takes, by measure.
        include: The optional surcharges that were asked for; they are among the mandatory charges.
        hand_in: How the parcel was said to be handed in.
        price_date_basis: Whose day's price is charged in the end; see ``client.rerate``.
    """

    account: str
    carrier: str
    service: str
    request: ReturnRequest = Field(repr=False)
    net: Money
    tax: Tax | None = None
    gross: Money | None = None
    charges: tuple[Charge, ...]
    billable_weight: Weight | None = None
    billed_by: BilledBy
    weight_source: WeightSource
    zone: str = ""
    price_basis: PriceBasis
    card: CardReference | None = None
    charge_event: ChargeEvent = ChargeEvent.UNKNOWN
    priced_at: AwareDatetime
    valid_until: AwareDatetime | None = None
    transit: Transit | None = None
    limits: Mapping[str, str] = Field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    hand_in: HandIn | None = None
    price_date_basis: PriceDateBasis | None = None

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        hidden = _PRICES if self.card and self.card.confidential else frozenset()
        return ((name, value) for name, value in super().__repr_args__() if name not in hidden)

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        total = sum((charge.amount.amount for charge in self.charges if not charge.optional), Decimal(0))
        if any(charge.amount.currency != self.net.currency for charge in self.charges) or total != self.net.amount:
            raise ValueError("the net of a quote is the sum of its mandatory charges, in one currency")
        return self


class DeclineReason(StrEnum):
    """Why a carrier does not take this parcel."""

    WEIGHT_LIMIT = "WEIGHT_LIMIT"
    LENGTH_LIMIT = "LENGTH_LIMIT"
    SIZE_LIMIT = "SIZE_LIMIT"
    GIRTH_LIMIT = "GIRTH_LIMIT"
    BELOW_MINIMUM_SIZE = "BELOW_MINIMUM_SIZE"
    DROP_OFF_LIMIT = "DROP_OFF_LIMIT"
    NO_COVERAGE = "NO_COVERAGE"
    CUSTOMS_DATA_MISSING = "CUSTOMS_DATA_MISSING"
    EXEMPT_ITEM = "EXEMPT_ITEM"
    PACKAGING_NOT_ACCEPTED = "PACKAGING_NOT_ACCEPTED"
    SERVICE_NOT_FOR_RETURNS = "SERVICE_NOT_FOR_RETURNS"
    VAS_UNSUPPORTED = "VAS_UNSUPPORTED"
    PICKUP_NOT_AVAILABLE = "PICKUP_NOT_AVAILABLE"
    NOT_ENABLED_FOR_ACCOUNT = "NOT_ENABLED_FOR_ACCOUNT"
    UNKNOWN = "UNKNOWN"


class Decline(Model):
    """A service that does not take this parcel, with the limit and the parcel's own value."""

    account: str
    service: str
    reason: DeclineReason
    limit: str = ""
    actual: str = ""
    detail: str = ""


class QuoteAnswer(Model):
    """What one account answered: quotes and declines side by side."""

    quotes: tuple[Quote, ...] = ()
    declined: tuple[Decline, ...] = ()
