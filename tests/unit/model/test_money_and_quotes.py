"""Money is exact and has a currency; a quote adds up; offers are sorted and say by what."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.client.toy import REQUEST

from retoure import Money, NoRateCard, Offers, Quote, ReturnRequest
from retoure.model import Charge, Decline, QuoteAnswer

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def quote(net="4.00", *, gross=None, account="a", currency="EUR", charges=None) -> Quote:
    lines = charges or (Charge(code="BASE", text="base", amount=Money.of(net, currency)),)
    return Quote(
        account=account, carrier="toy", service="s", request=REQUEST, net=Money.of(net, currency), charges=lines,
        gross=Money.of(gross, currency) if gross else None, billed_by="ACTUAL", weight_source="measured",
        price_basis="EXAMPLE", priced_at=NOW,
    )  # fmt: skip


def test_money_refuses_a_float():
    with pytest.raises(ValueError, match="float"):
        Money(amount=4.1, currency="EUR")


@pytest.mark.parametrize("currency", ["EURO", "XXY", ""])
def test_money_refuses_what_is_no_currency(currency):
    with pytest.raises(ValueError, match="ISO 4217"):
        Money.of("1", currency)


def test_a_currency_is_read_in_any_case():
    assert Money.of(1, "eur").currency == "EUR"


def test_two_currencies_are_never_mixed():
    with pytest.raises(ValueError, match="exchange rate"):
        Money.of(1, "EUR") + Money.of(1, "GBP")
    with pytest.raises(ValueError, match="exchange rate"):
        _ = Money.of(1, "EUR") < Money.of(1, "GBP")


@given(st.lists(st.decimals(0, 1000, places=2), min_size=1, max_size=8))
def test_a_quotes_net_is_the_sum_of_its_mandatory_charges(amounts):
    charges = [Charge(code=str(i), text="c", amount=Money.of(amount, "EUR")) for i, amount in enumerate(amounts)]
    optional = Charge(code="O", text="o", amount=Money.of(99, "EUR"), optional=True)
    priced = quote(str(sum(amounts, Decimal(0))), charges=(*charges, optional))
    assert priced.net.amount == sum(amounts)
    with pytest.raises(ValueError, match="sum of its mandatory charges"):
        quote(str(sum(amounts, Decimal("0.01"))), charges=tuple(charges))


def test_offers_are_sorted_by_gross_when_all_have_it():
    offers = Offers.of(
        {
            "a": QuoteAnswer(quotes=(quote("4.00", gross="5.00"),)),
            "b": QuoteAnswer(quotes=(quote("4.50", gross="4.50", account="b"),)),
        }
    )
    assert offers.sorted_by == "gross"
    assert offers.cheapest.account == "b"


def test_offers_are_sorted_by_net_when_one_has_no_gross():
    offers = Offers.of(
        {"a": QuoteAnswer(quotes=(quote("4.00", gross="5.00"),)), "b": QuoteAnswer(quotes=(quote("4.50", account="b"),))}
    )
    assert offers.sorted_by == "net"
    assert offers.cheapest.account == "a"


def test_offers_in_two_currencies_have_no_cheapest():
    offers = Offers.of({"a": QuoteAnswer(quotes=(quote(),)), "b": QuoteAnswer(quotes=(quote(currency="GBP", account="b"),))})
    assert len(offers.quotes) == 2
    with pytest.raises(ValueError, match="EUR and GBP"):
        _ = offers.cheapest


def test_no_offer_at_all_says_why():
    declined = Decline(account="a", service="s", reason="WEIGHT_LIMIT", limit="31.5 kg", actual="40 kg")
    offers = Offers.of({"a": QuoteAnswer(declined=(declined,)), "b": NoRateCard("account 'b' names no rate card")})
    assert offers.quotes == ()
    assert isinstance(offers.failed["b"], NoRateCard)
    with pytest.raises(LookupError, match=r"WEIGHT_LIMIT.*names no rate card"):
        _ = offers.cheapest


def test_a_request_survives_json():
    assert ReturnRequest.model_validate_json(REQUEST.model_dump_json()) == REQUEST
