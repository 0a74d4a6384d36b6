"""A rated shipment as prices: its total, its lines, its tax. Shapes: description of Rating v2409, RatedShipment."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from retoure.carrier import part, rows, text_of
from retoure.model import Charge, Money, Tax, Transit, Weight
from retoure_ups.wire import money_of

_UNITS = {"KGS": "kg", "LBS": "lb"}
_HUNDREDTH = Decimal("0.01")


def tax_of(net: Money, gross: Money | None) -> tuple[Tax | None, Money | None]:
    """The tax is the difference to the figure with taxes on the same side; without that figure it is not known."""
    if gross is None or gross.currency != net.currency or gross.amount < net.amount:
        return None, None
    amount = gross.amount - net.amount
    rate = (amount / net.amount * 100).quantize(_HUNDREDTH)
    return Tax(rate_percent=rate, amount=Money(amount=amount, currency=net.currency)), gross


def charges_of(rated: Mapping[str, Any], side: Mapping[str, Any], net: Money, *, listed: bool) -> tuple[Charge, ...]:
    """The lines of a price, which add up to it: those UPS names, and one for what it does not."""
    lines = [_line("BASE", "base charge", row) for row in rows(side, "BaseServiceCharge")]
    lines += [_line(text_of(row.get("Code")), text_of(row.get("Description")), row) for row in rows(side, "ItemizedCharges")]
    if not listed:
        lines += [_modifier(row, net) for row in rows(side, "RateModifier")]
    named = [line for line in lines if line is not None and line.amount.currency == net.currency]
    if len(named) < len(lines):
        named = []  # a line that cannot be read makes all of them doubtful
    rest = net.amount - sum((line.amount.amount for line in named), Decimal(0))
    if rest or not named:
        code, text = ("TOTAL", "total charge") if not named else _rest(rated, rest, listed=listed)
        named.append(Charge(code=code, text=text, amount=Money(amount=rest, currency=net.currency)))
    return tuple(named)


def _rest(rated: Mapping[str, Any], rest: Decimal, *, listed: bool) -> tuple[str, str]:
    options = money_of(part(rated, "ServiceOptionsCharges"))
    if listed and options and options.amount == rest:
        return "OPTIONS", "service options"
    return "REST", "not itemised by UPS"


def _line(code: str, text: str, row: Mapping[str, Any]) -> Charge | None:
    amount = money_of(row)
    return Charge(code=code, text=text or code, amount=amount) if amount else None


def _modifier(row: Mapping[str, Any], net: Money) -> Charge | None:
    try:
        amount = Money(amount=Decimal(text_of(row.get("Amount"))), currency=net.currency)
    except (InvalidOperation, ValueError):
        return None
    return Charge(code=text_of(row.get("ModifierType")), text=text_of(row.get("ModifierDesc")), amount=amount)


def billable_weight(weight: Mapping[str, Any]) -> Weight | None:
    """UPS's own figure, by its published divisor; the price goes by the account's."""
    unit = _UNITS.get(text_of(part(weight, "UnitOfMeasurement").get("Code")))
    try:
        amount = Decimal(text_of(weight.get("Weight")))
        return Weight(amount, unit) if unit and amount > 0 else None
    except (InvalidOperation, ValueError):
        return None


def transit_of(rated: Mapping[str, Any]) -> Transit | None:
    """How many business days UPS guarantees."""
    days = text_of(part(rated, "GuaranteedDelivery").get("BusinessDaysInTransit"))
    return Transit(latest_days=int(days)) if days.isdecimal() else None
