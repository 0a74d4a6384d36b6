"""Every account's quotes side by side, the cheapest and the fastest of them; and what a price became at the first scan."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import AfterValidator, ConfigDict, Field

from retoure.errors import CurrencyMismatch, Failure
from retoure.model.base import Model
from retoure.model.money import Currency, ExactDecimal, Money
from retoure.model.quotes import Decline, Quote, QuoteAnswer


def _positive(rates: Mapping[str, Decimal]) -> Mapping[str, Decimal]:
    if not all(rate.is_finite() and rate > 0 for rate in rates.values()):
        raise ValueError("an exchange rate is greater than zero")
    return rates


class ExchangeRates(Model):
    """What one unit of each currency was worth in ``currency`` on a day: the merchant's own figures, with their source.

    Offers are compared by them and never converted: each keeps its own currency.
    """

    currency: Currency
    day: date
    source: str
    rates: Annotated[Mapping[Currency, ExactDecimal], AfterValidator(_positive)]

    def value(self, money: Money) -> Decimal:
        """An amount in ``currency``, not rounded.

        Raises:
            CurrencyMismatch: there is no rate for it.
        """
        if money.currency == self.currency:
            return money.amount
        if money.currency not in self.rates:
            raise CurrencyMismatch(f"the exchange rates of {self.day} have none from {money.currency} to {self.currency}")
        return money.amount * self.rates[money.currency]


class Offers(Model):
    """Every account's answer to one request.

    Attributes:
        quotes: By gross when all have it, else by net, within each currency; then by account. ``sorted_by`` says which.
        declined: Services that do not take this parcel.
        failed: Accounts whose price cannot be known, with the error. An account is never missing in silence.
        rates: By which quotes in several currencies are compared.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    quotes: tuple[Quote, ...]
    declined: tuple[Decline, ...] = ()
    failed: Mapping[str, Failure] = Field(default_factory=dict, exclude=True)
    sorted_by: Literal["gross", "net"]
    rates: ExchangeRates | None = None

    @classmethod
    def of(cls, answers: Mapping[str, QuoteAnswer | Failure]) -> Self:
        """Collect the accounts' answers."""
        quotes = [quote for answer in answers.values() if isinstance(answer, QuoteAnswer) for quote in answer.quotes]
        sorted_by, quotes = _in_order(quotes, None)
        return cls(
            quotes=tuple(quotes),
            declined=tuple(d for answer in answers.values() if isinstance(answer, QuoteAnswer) for d in answer.declined),
            failed={account: answer for account, answer in answers.items() if not isinstance(answer, QuoteAnswer)},
            sorted_by=sorted_by,
        )

    def at(self, rates: ExchangeRates) -> Self:
        """The same offers in one order across their currencies; amounts stay in their own.

        Raises:
            CurrencyMismatch: a currency has no rate.
        """
        _, quotes = _in_order(self.quotes, rates)
        return self.model_copy(update={"quotes": tuple(quotes), "rates": rates})

    @property
    def cheapest(self) -> Quote:
        """The cheapest quote.

        Raises:
            LookupError: there is no quote; look at ``declined`` and ``failed``.
            CurrencyMismatch: the quotes are in several currencies; ``offers.at(rates)`` compares them.
        """
        self._check_quoted()
        currencies = sorted({quote.net.currency for quote in self.quotes})
        if len(currencies) > 1 and self.rates is None:
            raise CurrencyMismatch(
                f"offers in {' and '.join(currencies)} cannot be compared without exchange rates: see Offers.at"
            )
        return self.quotes[0]

    @property
    def fastest(self) -> Quote:
        """The quote whose latest day of arrival is the first; of equals, the one that stands first. Unknown is not fast.

        Raises:
            LookupError: there is no quote, or none says how long it takes.
        """
        self._check_quoted()
        known = [quote for quote in self.quotes if quote.transit and quote.transit.latest_days is not None]
        if not known:
            raise LookupError("no quote says how long it takes")
        return min(known, key=_days)

    def _check_quoted(self) -> None:
        if not self.quotes:
            reasons = [f"{d.account}: {d.reason}" for d in self.declined] + [str(error) for error in self.failed.values()]
            raise LookupError(f"no account quoted this parcel ({'; '.join(reasons) or 'no account was asked'})")


def _days(quote: Quote) -> tuple[int, int]:
    latest = quote.transit.latest_days if quote.transit and quote.transit.latest_days is not None else 0
    earliest = quote.transit.earliest_days if quote.transit and quote.transit.earliest_days is not None else latest
    return latest, earliest


def _in_order(quotes: Iterable[Quote], rates: ExchangeRates | None) -> tuple[Literal["gross", "net"], list[Quote]]:
    quotes = list(quotes)
    sorted_by: Literal["gross", "net"] = "gross" if quotes and all(quote.gross for quote in quotes) else "net"

    def price(quote: Quote) -> tuple[Any, ...]:
        money = (quote.gross if sorted_by == "gross" else None) or quote.net
        amount = ("", rates.value(money)) if rates else (money.currency, money.amount)
        return *amount, quote.account, quote.service

    return sorted_by, sorted(quotes, key=price)


class Best(NamedTuple):
    """The cheapest quote of one request, or why there is none.

    Attributes:
        quote: None where nobody quoted, or where the quotes cannot be compared.
        declined: Services that do not take the parcel, told where there is no quote.
        failed: Accounts whose price cannot be known, with the error; told beside a quote of another account, too.
        problem: Why there is no quote, in a sentence.
    """

    quote: Quote | None
    declined: tuple[Decline, ...] = ()
    failed: Mapping[str, Failure] = MappingProxyType({})
    problem: str = ""

    @classmethod
    def of(cls, offers: Offers, rates: ExchangeRates | None = None) -> "Best":
        """The best of one request's offers."""
        try:
            offers = offers.at(rates) if rates else offers
            return cls(offers.cheapest, (), offers.failed)
        except (LookupError, CurrencyMismatch) as error:
            return cls(None, offers.declined, offers.failed, str(error))


class Rerating(Model):
    """A quote, and the price that the carrier is to be expected to charge after the first scan."""

    quoted: Quote
    charged: Quote

    @property
    def difference(self) -> Money:
        """What is charged beyond the quote, net; negative where it is less.

        Raises:
            CurrencyMismatch: the card has changed its currency.
        """
        before, after = self.quoted.net, self.charged.net
        if before.currency != after.currency:
            raise CurrencyMismatch(f"quoted in {before.currency}, charged in {after.currency}")
        return Money(amount=after.amount - before.amount, currency=after.currency)
