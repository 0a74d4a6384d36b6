"""Money: a decimal amount with its currency, never a float, never converted on its own."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BeforeValidator, StringConstraints

from retoure.model.base import Model


def _known_currency(code: str) -> str:
    import pycountry  # its tables load on first use, not at import

    if pycountry.currencies.get(alpha_3=code) is None:
        raise ValueError(f"{code!r} is not an ISO 4217 currency code, like 'EUR'")
    return code


_MINOR_UNITS: Final[Mapping[str, int]] = {
    **dict.fromkeys(("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG"), 0),
    **dict.fromkeys(("RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}
"""How many decimals the currencies of ISO 4217 have that do not have two."""


def minor_unit(currency: str) -> int:
    """How many decimals a currency has: two for EUR, none for JPY."""
    return _MINOR_UNITS.get(currency, 2)


def _no_float(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, float):
        raise ValueError("a float is not exact: write the amount as a string, like '4.10'")  # noqa: TRY004 - pydantic wants ValueError
    return value


Currency = Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True), AfterValidator(_known_currency)]
"""An ISO 4217 code, upper case."""

ExactDecimal = Annotated[Decimal, BeforeValidator(_no_float)]
"""A decimal that refuses a float on entry."""


class _Withheld(Decimal):
    """A decimal like any other, but for its repr."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "withheld"


class Money(Model):
    """An amount in a currency. Adding two currencies raises; comparing them does too."""

    amount: ExactDecimal
    currency: Currency

    @classmethod
    def of(cls, amount: str | int | Decimal, currency: str) -> Self:
        """Write money as ``Money.of("5.99", "EUR")``."""
        return cls(amount=Decimal(amount), currency=currency)

    @property
    def withheld(self) -> Self:
        """The same money, whose amount no repr shows."""
        return self.model_copy(update={"amount": _Withheld(self.amount)})

    def _same_currency(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} cannot be mixed without an exchange rate")

    def __add__(self, other: "Money") -> "Money":
        self._same_currency(other)
        return Money(amount=self.amount + other.amount, currency=self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._same_currency(other)
        return self.amount < other.amount

    def __str__(self) -> str:
        return f"{self.amount:f} {self.currency}"
