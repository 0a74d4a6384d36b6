"""What a parcel costs: base, surcharges, discounts, tax, each an exact line.

Only what is computed is rounded: percentages, amounts per kg, taxes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, ROUND_UP, Decimal, localcontext
from typing import Final

from retoure.errors import InvalidRateCard
from retoure.model.money import Money
from retoure.model.quotes import Charge, Tax, TaxTreatment
from retoure.ratecards.records import Basis, TaxRule
from retoure.ratecards.schema import Tariff
from retoure.ratecards.weighing import WIDE

_MODES: Final = {"HALF_UP": ROUND_HALF_UP, "HALF_EVEN": ROUND_HALF_EVEN, "UP": ROUND_UP, "DOWN": ROUND_DOWN}
_HUNDRED: Final = Decimal(100)
_GRAMS_PER_KG: Final = Decimal(1000)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a price, before tax is looked at."""

    code: str
    text: str
    amount: Decimal = field(repr=False)
    record: str
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Levy:
    """A surcharge or, ``off`` the price, a discount, with what its record amounts to on the day."""

    code: str
    text: str
    basis: Basis
    amount: Decimal = field(repr=False)
    record: str
    optional: bool = False
    off: bool = False


@dataclass(frozen=True, slots=True)
class Price:
    """A price in its parts. An unknown tax is none, and then the gross is none."""

    charges: tuple[Charge, ...]
    net: Money
    tax: Tax | None
    gross: Money | None


@dataclass(frozen=True, slots=True)
class Rounding:
    """How a card rounds what it computes."""

    step: Decimal
    mode: str

    @classmethod
    def of(cls, tariff: Tariff) -> "Rounding":
        """The card's own."""
        return cls(tariff.round_to, _MODES[tariff.round_mode])

    def __call__(self, amount: Decimal) -> Decimal:
        """An amount on a step, written with the step's decimals."""
        return int((amount / self.step).to_integral_value(self.mode)) * self.step


def price_of(base: Line, levies: Sequence[Levy], grams: Decimal, rule: TaxRule | None, tariff: Tariff) -> Price:
    """A base price with its surcharges and discounts, in their order, and its tax.

    Args:
        base: The price of the band.
        levies: Those that apply to the parcel.
        grams: The billed weight, for amounts per kg.
        rule: The tax of the lane, where it is known.
        tariff: For currency and rounding.

    Raises:
        InvalidRateCard: the discounts are larger than the price.
    """
    rounding = Rounding.of(tariff)
    with localcontext(WIDE):
        lines = [base]
        for levy in levies:
            amount = _amount(levy, base.amount, _total(lines), grams, rounding)
            lines.append(Line(levy.code, levy.text, -amount if levy.off else amount, levy.record, levy.optional))
        if _total(lines) < 0:
            raise InvalidRateCard(f"rate card {tariff.id!r}: the discounts are larger than the price of {base.text!r}")
        lines, tax = _taxed(lines, rule, rounding)
        net = _total(lines)
        return Price(
            tuple(
                Charge(code=line.code, text=line.text, amount=Money.of(line.amount, tariff.currency), optional=line.optional,
                       record=line.record)
                for line in lines
            ),
            Money.of(net, tariff.currency),
            _stated(tax, rule, tariff),
            None if tax is None else Money.of(net + tax, tariff.currency),
        )  # fmt: skip


def _amount(levy: Levy, base: Decimal, subtotal: Decimal, grams: Decimal, rounding: Rounding) -> Decimal:
    match levy.basis:
        case Basis.FIXED:
            return levy.amount
        case Basis.PERCENT_OF_BASE:
            return rounding(base * levy.amount / _HUNDRED)
        case Basis.PERCENT_OF_SUBTOTAL:
            return rounding(subtotal * levy.amount / _HUNDRED)
        case Basis.PER_KG:
            return rounding(grams * levy.amount / _GRAMS_PER_KG)


def _rate(rule: TaxRule) -> Decimal:
    return rule.rate_percent or Decimal(0)


def _total(lines: Sequence[Line]) -> Decimal:
    return sum((line.amount for line in lines if not line.optional), Decimal(0))


def _taxed(lines: list[Line], rule: TaxRule | None, rounding: Rounding) -> tuple[list[Line], Decimal | None]:
    """The lines net, and the tax on the mandatory ones where it is known."""
    if rule is None:
        return lines, None
    rate = _rate(rule)
    if rule.treatment is TaxTreatment.GROSS_INCL_VAT:
        return _net_of_gross(lines, rate, rule.rounding, rounding)
    if rule.rounding == "LINE":
        return lines, sum((rounding(line.amount * rate / _HUNDRED) for line in lines if not line.optional), Decimal(0))
    return lines, rounding(_total(lines) * rate / _HUNDRED)


def _net_of_gross(lines: list[Line], rate: Decimal, method: str, rounding: Rounding) -> tuple[list[Line], Decimal]:
    """Take the contained tax out, so that net and tax come to exactly the gross that the card states.

    Rounded on the total, the largest line takes the difference between the total's tax and that of the lines.
    """

    def contained(amount: Decimal) -> Decimal:
        return rounding(amount * rate / (_HUNDRED + rate))

    nets = [replace(line, amount=line.amount - contained(line.amount)) for line in lines]
    if method == "LINE":
        return nets, _total(lines) - _total(nets)
    tax = contained(_total(lines))
    largest = max((index for index, line in enumerate(lines) if not line.optional), key=lambda index: lines[index].amount)
    difference = _total(lines) - tax - _total(nets)
    nets[largest] = replace(nets[largest], amount=nets[largest].amount + difference)
    return nets, tax


def _stated(tax: Decimal | None, rule: TaxRule | None, tariff: Tariff) -> Tax | None:
    if tax is None or rule is None:
        return None
    return Tax(rate_percent=_rate(rule), amount=Money.of(tax, tariff.currency), method=rule.rounding, treatment=rule.treatment)
