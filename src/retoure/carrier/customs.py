"""Customs, as far as they are the same for every carrier: which borders goods cross, and what their lines come to.

The unions are those of law: the EU's customs territory holds Monaco (Union Customs Code, article 4), and Liechtenstein is in
Switzerland's. Places inside a member state with a tax border of their own cannot be told by their country.
"""

from collections.abc import Sequence
from decimal import Decimal

from retoure.model.labels import CustomsLine
from retoure.model.money import Money

EU_CUSTOMS_TERRITORY = frozenset(
    ("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MC", "MT",
     "NL", "PL", "PT", "RO", "SE", "SI", "SK")
)  # fmt: skip
_UNIONS = (EU_CUSTOMS_TERRITORY, frozenset({"CH", "LI"}))


def crosses_customs(origin: str, destination: str) -> bool:
    """Whether goods between two countries need a customs declaration."""
    return origin != destination and not any(origin in union and destination in union for union in _UNIONS)


def piece_value(line: CustomsLine, step: Decimal) -> Decimal | None:
    """The value of one piece of a line, or None where it is no whole number of ``step``."""
    steps, rest = divmod(line.value.amount / step, line.quantity)
    return None if rest else steps * step


def declared_value(lines: Sequence[CustomsLine]) -> Money | None:
    """The value of all lines, which are in one currency; None without any."""
    if not lines:
        return None
    return Money(amount=sum((line.value.amount for line in lines), Decimal(0)), currency=lines[0].value.currency)
