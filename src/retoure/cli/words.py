"""Values as a person reads them."""

from datetime import datetime

from babel.numbers import format_currency

from retoure.model.money import Money
from retoure.model.tracking import Place

__all__ = ["holder", "moment", "money", "place", "word"]


def money(value: Money | None) -> str:
    """An amount with its currency; not rounded, and a dash where there is none."""
    return format_currency(value.amount, value.currency, locale="en", decimal_quantization=False) if value else "-"


def moment(instant: datetime | None) -> str:
    """An instant in its own offset, to the minute."""
    if instant is None:
        return ""
    offset = f"{instant:%z}"
    return f"{instant:%Y-%m-%d %H:%M} {offset[:3]}:{offset[3:5]}"


def place(where: Place | None) -> str:
    """A place in one line."""
    if where is None:
        return ""
    town = " ".join(filter(None, (where.postal_code, where.city)))
    return where.text or ", ".join(filter(None, (town, where.country)))


def holder(account: str, carrier: str) -> str:
    """An account with its carrier."""
    return account if account == carrier else f"{account} ({carrier})"


def word(value: str) -> str:
    """A word of a vocabulary: ``IN_TRANSIT`` is ``in transit``."""
    return value.replace("_", " ").lower()
