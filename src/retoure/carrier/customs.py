"""What the lines of a customs declaration come to."""

from collections.abc import Sequence
from decimal import Decimal

from retoure.model.labels import CustomsLine
from retoure.model.money import Money


def piece_value(line: CustomsLine, step: Decimal) -> Decimal | None:
    """The value of one piece of a line, or None where it is no whole number of ``step``."""
    steps, rest = divmod(line.value.amount / step, line.quantity)
    return None if rest else steps * step


def declared_value(lines: Sequence[CustomsLine]) -> Money | None:
    """The value of all lines, which are in one currency; None without any."""
    if not lines:
        return None
    return Money(amount=sum((line.value.amount for line in lines), Decimal(0)), currency=lines[0].value.currency)
