"""Customs forms: of the forms UPS's Shipping API makes, a return takes the partial invoice (05) or the premium care form (10).

https://developer.ups.com/api/reference/shipping, InternationalForms and Product of v2409. ``Unit.Value`` is the price of one
unit: the description multiplies it by ``Unit.Number``. The weight of a line has no field on this form.
"""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from textwrap import wrap
from typing import Any

from retoure.carrier import EU, crosses_customs, filled, piece_value, undeclared
from retoure.errors import Problem
from retoure.model import Address, CustomsLine, LabelOrder, ReturnRequest
from retoure_ups.extras import extras_of

PARTIAL_INVOICE = "05"
_MOST_LINES = 50
_LINE_LENGTH, _MOST_TEXT_LINES = 35, 3
_HS_CODE = re.compile(r"[0-9A-Za-z]{6,15}")
_SMALLEST = Decimal("0.000001")
_DE_MINIMIS_EUR = Decimal(150)


def is_declarable(request: ReturnRequest, return_to: Address) -> bool:
    """Whether the goods need a customs form; the request's own word decides where it says one."""
    said = extras_of(request).declarable
    return crosses_customs(request.ship_from, return_to) if said is None else said


def lines_left_out(order: LabelOrder) -> list[str]:
    """The notice that says so where the request has customs lines and nothing is declared."""
    request, return_to = order.request, order.return_to.address
    if not request.customs or is_declarable(request, return_to):
        return []
    return [undeclared(request.ship_from, return_to, said=extras_of(request).declarable is not None)]


def check_customs(request: ReturnRequest, return_to: Address) -> Iterator[Problem]:
    """What is wrong with the declaration."""
    lines = request.customs
    if not is_declarable(request, return_to):
        return
    if not lines:
        text = f"goods from {request.ship_from.country} to {return_to.country} are declared to customs: write their lines"
        yield Problem("customs", "missing", text)
    if len(lines) > _MOST_LINES:
        yield Problem("customs", "too_many", f"UPS takes at most {_MOST_LINES} lines, these are {len(lines)}")
    if len({line.value.currency for line in lines}) > 1:
        yield Problem("customs", "several_currencies", "UPS's form has one currency for all lines")
    for index, line in enumerate(lines):
        yield from _line_problems(f"customs[{index}]", line)


def _line_problems(field: str, line: CustomsLine) -> Iterator[Problem]:
    words = _words(line)
    if len(words) > _MOST_TEXT_LINES:
        yield Problem(f"{field}.description", "too_long", f"UPS takes {_MOST_TEXT_LINES} lines of {_LINE_LENGTH} characters")
    if line.quantity > 9_999_999:
        yield Problem(f"{field}.quantity", "out_of_range", "UPS takes at most 9999999 units")
    if line.hs_code and not _HS_CODE.fullmatch(line.hs_code):
        yield Problem(f"{field}.hs_code", "wrong_form", "UPS takes 6 to 15 letters and digits, without dots or spaces")
    if line.value.amount <= 0:
        yield Problem(f"{field}.value", "out_of_range", "UPS takes values greater than zero")
    elif (each := piece_value(line, _SMALLEST)) is None:
        text = f"{line.value} for {line.quantity} pieces has more than six decimals a piece: split the line"
        yield Problem(f"{field}.value", "not_divisible", text)
    elif len(_decimal(each)) > 19:
        yield Problem(f"{field}.value", "out_of_range", "UPS takes at most 19 characters")


def _words(line: CustomsLine) -> list[str]:
    return wrap(line.description, _LINE_LENGTH)


def _decimal(value: Decimal | None) -> str:
    return f"{value.normalize():f}" if value else ""


def goods_of(lines: Sequence[CustomsLine]) -> str:
    """The description of the only line, where it fits on a label."""
    return lines[0].description if len(lines) == 1 and len(lines[0].description) <= _LINE_LENGTH else ""


def international_forms(order: LabelOrder) -> dict[str, Any] | None:
    """The partial invoice of an order that needs one."""
    request = order.request
    if not is_declarable(request, order.return_to.address):
        return None
    return {
        "FormType": [PARTIAL_INVOICE],
        "InvoiceNumber": request.rma,
        "ReasonForExport": "RETURN",
        "CurrencyCode": request.customs[0].value.currency,
        "Product": [_product(line) for line in request.customs],
    }


def _product(line: CustomsLine) -> dict[str, Any]:
    return filled(
        Description=_words(line),
        Unit={
            "Number": str(line.quantity),
            "UnitOfMeasurement": {"Code": "PCS", "Description": "PCS"},
            "Value": _decimal(piece_value(line, _SMALLEST)),
        },
        CommodityCode=line.hs_code,
        OriginCountryCode=line.country_of_origin,
    )


def enters_eu(order: LabelOrder) -> bool:
    """Whether goods that are declared come into the European Union."""
    origin, return_to = order.request.ship_from, order.return_to.address
    return return_to.country in EU and origin.country not in EU and is_declarable(order.request, return_to)


def de_minimis(order: LabelOrder, said: bool | None) -> str | None:  # noqa: FBT001 - yes, no or not told
    """``Y`` or ``N`` where goods come into the EU: worth 150 EUR at most, or not; None where nobody can know.

    A value in another currency is not converted: then it is for the user to say.
    """
    lines = order.request.customs
    if not enters_eu(order):
        return None
    if said is None and all(line.value.currency == "EUR" for line in lines):
        said = sum((line.value.amount for line in lines), Decimal(0)) <= _DE_MINIMIS_EUR
    return None if said is None else "Y" if said else "N"
