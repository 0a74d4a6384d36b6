"""A product of ``POST /rates`` as prices: the billed total, its lines, its tax. Shapes: description of MyDHL API 3.3.1."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from retoure.carrier import number_of, part, rows, text_of
from retoure.model import Charge, Money, Transit, Weight

_BILLED = "BILLC"
_TAX = "STTXA"
_CENT = Decimal("0.01")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)


def _amount(value: Any) -> Decimal | None:  # noqa: ANN401 - JSON is anything
    """A number, also one that comes as a text."""
    written = isinstance(value, str) and _NUMBER.fullmatch(value.strip())
    return Decimal(value.strip()) if written else number_of(value)


def billed_price(product: Mapping[str, Any]) -> Money | None:
    """The price in the currency that is billed; one of zero or less, or without a currency, is none."""
    for total in rows(product, "totalPrice"):
        amount, currency = _amount(total.get("price")), text_of(total.get("priceCurrency"))
        if text_of(total.get("currencyType")) == _BILLED and currency and amount and amount > 0:
            return Money(amount=amount, currency=currency)
    return None


def billed_rows(product: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The lines of the price in the currency that is billed."""
    details = rows(product, "detailedPriceBreakdown")
    return [row for detail in details if text_of(detail.get("currencyType")) == _BILLED for row in rows(detail, "breakdown")]


def charges_of(rates: Sequence[Mapping[str, Any]], net: Money, product: str) -> tuple[Charge, ...]:
    """The lines of a price, which add up to the net exactly; what DHL does not itemise is a line that says so."""
    # Rows without a price are features of the account, not charges.
    listed = [(row, amount) for row in rates if (amount := _amount(row.get("price")))]
    if not listed:
        return (Charge(code="total", text=product or "total", amount=net),)
    charges = [
        Charge(
            code=text_of(row.get("serviceCode")) or "base", text=text_of(row.get("name")) or product or "base",
            amount=Money(amount=amount, currency=net.currency),
        )
        for row, amount in listed
    ]  # fmt: skip
    rest = net.amount - sum((charge.amount.amount for charge in charges), Decimal(0))
    if rest:
        charges.append(Charge(code="difference", text="not itemised by DHL", amount=Money(amount=rest, currency=net.currency)))
    return tuple(charges)


def stated_tax(product: Mapping[str, Any]) -> Decimal:
    """The tax that DHL states, or zero."""
    for total in rows(product, "totalPriceBreakdown"):
        if text_of(total.get("currencyType")) == _BILLED:
            for row in rows(total, "priceBreakdown"):
                if text_of(row.get("typeCode")) == _TAX:
                    return _amount(row.get("price")) or Decimal(0)
    return Decimal(0)


def tax_rate(rates: Sequence[Mapping[str, Any]], tax: Decimal, net: Decimal) -> Decimal:
    """The rate that DHL states, where it states one; else what the amounts come to."""
    told = {
        rate
        for row in rates
        for item in rows(row, "priceBreakdown")
        if text_of(item.get("priceType")) == "TAX" and (rate := _amount(item.get("rate")))
    }
    return told.pop() if len(told) == 1 else (tax * 100 / net).quantize(_CENT) if net else Decimal(0)


def billable_weight(product: Mapping[str, Any]) -> Weight | None:
    """The greater of the weight as given and by volume, which is what DHL bills."""
    weight = part(product, "weight")
    both = [number for name in ("volumetric", "provided") if (number := number_of(weight.get(name)))]
    unit = {"metric": "kg", "imperial": "lb"}.get(text_of(weight.get("unitOfMeasurement")))
    return Weight(max(both), unit) if both and unit else None


def transit_of(product: Mapping[str, Any]) -> Transit | None:
    """How many days DHL says it takes."""
    days = number_of(part(product, "deliveryCapabilities").get("totalTransitDays"))
    return Transit(earliest_days=int(days), latest_days=int(days)) if days is not None else None
