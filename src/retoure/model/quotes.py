"""What a return costs, and why: quotes, declines, offers."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any, Literal, Self

from pydantic import AwareDatetime, ConfigDict, Field, model_validator

from retoure.errors import Failure
from retoure.model.addresses import BoundReturnAddress
from retoure.model.base import Model
from retoure.model.labels import ChargeEvent, ReturnRequest
from retoure.model.measures import Weight, WeightSource
from retoure.model.money import ExactDecimal, Money


class QuoteRequest(Model):
    """A return request resolved for one account, with the instant whose prices count."""

    account: str
    request: ReturnRequest
    return_to: BoundReturnAddress
    priced_at: AwareDatetime | None = None


class PriceBasis(StrEnum):
    """What a price rests on. EXAMPLE: an invented card that ships with the library."""

    CONTRACT_TABLE = "CONTRACT_TABLE"
    API_LIVE = "API_LIVE"
    LIST = "LIST"
    EXAMPLE = "EXAMPLE"


class BilledBy(StrEnum):
    """Which measure decided the price."""

    ACTUAL = "ACTUAL"
    DIMENSIONAL = "DIMENSIONAL"
    MINIMUM = "MINIMUM"
    CLASS = "CLASS"
    FLAT = "FLAT"
    CARRIER = "CARRIER"


class Charge(Model):
    """One line of a price. Mandatory lines add up to the net; optional ones are shown and not added."""

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


class Offers(Model):
    """Every account's answer to one request.

    Attributes:
        quotes: Sorted by gross when all have it, else by net, then by account; ``sorted_by`` says which.
        declined: Services that do not take this parcel.
        failed: Accounts whose price cannot be known, with the error. An account is never missing in silence.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    quotes: tuple[Quote, ...]
    declined: tuple[Decline, ...] = ()
    failed: Mapping[str, Failure] = Field(default_factory=dict, exclude=True)
    sorted_by: Literal["gross", "net"]

    @classmethod
    def of(cls, answers: Mapping[str, QuoteAnswer | Failure]) -> Self:
        """Collect the accounts' answers."""
        quotes = [quote for answer in answers.values() if isinstance(answer, QuoteAnswer) for quote in answer.quotes]
        sorted_by: Literal["gross", "net"] = "gross" if quotes and all(quote.gross for quote in quotes) else "net"

        def price(quote: Quote) -> tuple[Any, ...]:
            money = (quote.gross if sorted_by == "gross" else None) or quote.net
            return money.currency, money.amount, quote.account, quote.service

        return cls(
            quotes=tuple(sorted(quotes, key=price)),
            declined=tuple(d for answer in answers.values() if isinstance(answer, QuoteAnswer) for d in answer.declined),
            failed={account: answer for account, answer in answers.items() if not isinstance(answer, QuoteAnswer)},
            sorted_by=sorted_by,
        )

    @cached_property
    def cheapest(self) -> Quote:
        """The cheapest quote.

        Raises:
            LookupError: there is no quote; look at ``declined`` and ``failed``.
            ValueError: the quotes are in several currencies, which cannot be compared.
        """
        if not self.quotes:
            reasons = [f"{d.account}: {d.reason}" for d in self.declined] + [str(error) for error in self.failed.values()]
            raise LookupError(f"no account quoted this parcel ({'; '.join(reasons) or 'no account was asked'})")
        currencies = sorted({quote.net.currency for quote in self.quotes})
        if len(currencies) > 1:
            raise ValueError(f"offers in {' and '.join(currencies)} cannot be compared without an exchange rate")
        return self.quotes[0]
