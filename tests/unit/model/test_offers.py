"""Offers side by side: boundary tests 43 and 47 of the rating rules, the fastest, and what a price became."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from pydantic import ValidationError

from retoure import CurrencyMismatch, ExchangeRates, Money, Offers, Rerating
from retoure.model import Address, Best, Charge, Decline, Parcel, Quote, QuoteAnswer, ReturnRequest, Tax, Transit

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
CUSTOMER = Address(name="Erika Mustermann", street="Weg", city="Ort", country="DE")
REQUEST = ReturnRequest(rma="R1", ship_from=CUSTOMER, return_to="berlin", parcel=Parcel.of("1 kg"))
RATES = ExchangeRates(currency="EUR", day=date(2026, 3, 1), source="invented", rates={"GBP": Decimal("1.2")})


def quote(account, net, currency="EUR", gross=None, days=None):
    price = Money.of(net, currency)
    tax = Tax(rate_percent=Decimal(19), amount=Money.of(Decimal(gross) - Decimal(net), currency)) if gross else None
    return Quote(
        account=account, carrier="c", service="s", request=REQUEST, net=price, tax=tax,
        gross=Money.of(gross, currency) if gross else None, charges=(Charge(code="BASE", text="base", amount=price),),
        billed_by="FLAT", weight_source="measured", price_basis="CONTRACT_TABLE", priced_at=NOW,
        transit=Transit(earliest_days=days[0], latest_days=days[1]) if days else None,
    )  # fmt: skip


def offers(*quotes):
    return Offers.of({one.account: QuoteAnswer(quotes=(one,)) for one in quotes})


def test_43_offers_in_two_currencies_are_sorted_within_each():
    found = offers(quote("a", "9", "GBP"), quote("b", "8"), quote("c", "5", "GBP"), quote("d", "7"))
    assert [one.account for one in found.quotes] == ["d", "b", "c", "a"]
    assert found.sorted_by == "net"


def test_43_they_are_sorted_by_gross_only_where_all_have_it():
    found = offers(quote("a", "5", gross="9"), quote("b", "6", gross="7"), quote("c", "5", "GBP", gross="6"))
    assert ([one.account for one in found.quotes], found.sorted_by) == (["b", "a", "c"], "gross")
    mixed = offers(quote("a", "5", gross="9"), quote("b", "6"), quote("c", "5", "GBP", gross="6"))
    assert ([one.account for one in mixed.quotes], mixed.sorted_by) == (["a", "b", "c"], "net")


def test_43_the_cheapest_of_two_currencies_is_a_mismatch():
    with pytest.raises(CurrencyMismatch, match="offers in EUR and GBP cannot be compared"):
        _ = offers(quote("a", "9", "GBP"), quote("b", "8")).cheapest


@pytest.mark.parametrize(("pounds", "cheapest"), [("6.66", "pounds"), ("6.67", "euros")])
def test_43_with_exchange_rates_they_are_compared_and_each_keeps_its_currency(pounds, cheapest):
    found = offers(quote("euros", "8"), quote("pounds", pounds, "GBP")).at(RATES)
    assert found.cheapest.account == cheapest
    assert {one.net.currency for one in found.quotes} == {"EUR", "GBP"}
    assert found.rates == RATES


def test_a_currency_without_a_rate_cannot_be_compared():
    with pytest.raises(CurrencyMismatch, match="of 2026-03-01 have none from CHF to EUR"):
        offers(quote("a", "9", "CHF"), quote("b", "8")).at(RATES)


@pytest.mark.parametrize("rate", ["0", "-1", "NaN", 1.2])
def test_an_exchange_rate_is_an_exact_number_above_zero(rate):
    with pytest.raises(ValidationError):
        ExchangeRates(currency="EUR", day=date(2026, 3, 1), source="x", rates={"GBP": rate})


def test_the_fastest_arrives_first_at_the_latest_and_of_equals_the_cheaper_counts():
    found = offers(quote("a", "9", days=(1, 3)), quote("b", "5", days=(2, 3)), quote("c", "4"), quote("d", "8", days=(1, 3)))
    assert found.fastest.account == "d"
    assert found.cheapest.account == "c"


def test_a_quote_that_does_not_say_how_long_it_takes_is_never_the_fastest():
    with pytest.raises(LookupError, match="no quote says how long it takes"):
        _ = offers(quote("a", "9"), quote("b", "8")).fastest


def test_47_where_nobody_quotes_there_are_offers_without_quotes_and_no_error():
    declined = Decline(account="a", service="s", reason="WEIGHT_LIMIT", limit="1 kg", actual="2 kg")
    found = Offers.of({"a": QuoteAnswer(declined=(declined,))})
    assert (found.quotes, found.declined) == ((), (declined,))
    best = Best.of(found)
    assert (best.quote, best.declined, best.problem) == (None, (declined,), "no account quoted this parcel (a: WEIGHT_LIMIT)")
    with pytest.raises(LookupError):
        _ = found.fastest


def test_the_best_of_two_currencies_is_none_unless_rates_are_given():
    found = offers(quote("a", "9", "GBP"), quote("b", "8"))
    assert (Best.of(found).quote, "EUR and GBP" in Best.of(found).problem) == (None, True)
    assert Best.of(found, RATES).quote.account == "b"


def test_a_difference_between_two_currencies_is_a_mismatch():
    assert str(Rerating(quoted=quote("a", "4.00"), charged=quote("a", "4.20")).difference) == "0.20 EUR"
    with pytest.raises(CurrencyMismatch, match="quoted in EUR, charged in GBP"):
        _ = Rerating(quoted=quote("a", "4"), charged=quote("a", "4", "GBP")).difference
