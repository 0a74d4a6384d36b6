"""``retoure quote``."""

from decimal import Decimal
from pathlib import Path


def test_quotes_and_declines_of_a_request(retoure, fits):
    ran = retoure.configure()("quote", retoure.request(), "--json")
    assert ran.code == 0
    fits(ran.value, "Offers")
    (quote,) = ran.value["quotes"]
    assert (quote["account"], quote["price_basis"]) == ("dhl", "EXAMPLE")
    assert isinstance(quote["net"]["amount"], str)
    assert Decimal(quote["net"]["amount"]) == sum(Decimal(charge["amount"]["amount"]) for charge in quote["charges"])
    assert [one["service"] for one in ran.value["declined"]] == ["retoure_international"]


def test_the_table_shows_money_with_its_currency_and_says_that_the_card_is_an_example(retoure):
    ran = retoure.configure()("quote", retoure.request())
    assert "€5.00" in ran.out
    assert "€5.95" in ran.out
    assert "EXAMPLE" in ran.out


def test_the_request_may_come_from_standard_input(retoure):
    retoure.configure()
    request = Path(retoure.request()).read_text("utf-8")
    assert retoure("quote", "-", stdin=request).code == 0


def test_a_parcel_over_the_limit_is_declined_with_limit_and_value_and_leaves_with_1(retoure, fits):
    ran = retoure.configure()("quote", retoure.request(parcel={"weight": "40 kg"}))
    assert ran.code == 1
    assert "31.5 kg" in ran.out
    assert "40 kg" in ran.out


def test_an_account_that_fails_is_told_and_not_left_out(retoure, fits):
    retoure.configure(settings='[accounts.bare]\ncarrier = "dhl_paket"\nenvironment = "sandbox"\n')
    ran = retoure("quote", retoure.request(), "--json")
    assert ran.code == 0
    fits(ran.value, "Offers")
    assert ran.value["failed"]["bare"]["type"] == "NoRateCard"
    assert "bare: " in retoure("quote", retoure.request()).out


def test_the_table_says_which_field_made_an_account_fail(retoure):
    ran = retoure.configure()("quote", retoure.request(return_to="hamburg"))
    assert ran.code == 1
    assert "return_to: no return address 'hamburg' in the book" in ran.out


def test_an_unknown_account_is_a_configuration_error(retoure):
    ran = retoure.configure()("quote", retoure.request(), "--account", "nobody")
    assert ran.code == 2
    assert "no account 'nobody'; there are: dhl" in ran.err


def test_an_unknown_return_address_names_those_there_are(retoure):
    ran = retoure.configure()("quote", retoure.request(return_to="hamburg"), "--account", "dhl")
    assert ran.code == 1
    assert "return_to: no return address 'hamburg' in the book; there are: berlin" in ran.err


def test_prices_of_a_naive_moment_are_refused(retoure):
    ran = retoure.configure()("quote", retoure.request(), "--priced-at", "2026-03-01T09:00")
    assert ran.code == 2
    assert "no time zone" in ran.err
