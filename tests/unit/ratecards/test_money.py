"""Lines, surcharges, tax: boundary tests 38 to 40, 44, 50 and 51 of the rating rules."""

import logging
from decimal import Decimal

import pytest

from retoure.model import Quote, QuoteAnswer, TaxTreatment
from retoure.ratecards import price_rows

NET_19 = '[[taxes]]\ntreatment = "NET_PLUS_VAT"\nrate_percent = 19\n'


def surcharge(code: str, basis: str, amount: str, extra: str = "") -> str:
    return f"""
[[surcharges]]
id = "{code.lower()}"
code = "{code}"
text = "{code}"
basis = "{basis}"
amount = "{amount}"
{extra}
"""


def one_price(price: str) -> str:
    return f"\nreturn,DE,31.5 kg,{price}\n"


@pytest.mark.parametrize(("net", "tax", "gross"), [("10.50", "2.00", "12.50"), ("11.00", "2.09", "13.09")])
def test_38_tax_is_rounded_half_up(shelf, net, tax, gross):
    shelf.add(more=NET_19, prices=one_price(net))
    quote = shelf.price()
    assert (str(quote.tax.amount), str(quote.gross)) == (f"{tax} EUR", f"{gross} EUR")


@pytest.mark.parametrize(
    ("basis", "fuel", "total"),
    [("PERCENT_OF_SUBTOTAL", "1.07", "11.77"), ("PERCENT_OF_BASE", "1.00", "11.70")],
)
def test_39_surcharges_stack_in_the_order_of_the_file(shelf, basis, fuel, total):
    stack = surcharge("ENERGY", "PERCENT_OF_BASE", "5") + surcharge("PEAK", "FIXED", "0.20") + surcharge("FUEL", basis, "10")
    shelf.add(more=stack, prices=one_price("10.00"))
    quote = shelf.price()
    assert [str(charge.amount.amount) for charge in quote.charges] == ["10.00", "0.50", "0.20", fuel]
    assert quote.net.amount == Decimal(total)


def test_39_each_line_names_the_record_it_comes_from(shelf):
    shelf.add(more=surcharge("PEAK", "FIXED", "0.20"))
    assert [(line.code, line.record) for line in shelf.price().charges] == [("BASE", "return/DE/2 kg"), ("PEAK", "peak")]


def test_40_an_optional_surcharge_is_listed_and_not_added(shelf):
    extra = surcharge("PICKUP", "FIXED", "3.00", 'requirement = "OPTIONAL"') + surcharge("FUEL", "PERCENT_OF_SUBTOTAL", "10")
    shelf.add(more=extra + NET_19, prices=one_price("10.00"))
    quote = shelf.price()
    assert [(line.code, line.optional) for line in quote.charges] == [("BASE", False), ("PICKUP", True), ("FUEL", False)]
    assert (str(quote.net), str(quote.gross)) == ("11.00 EUR", "13.09 EUR")


def test_a_surcharge_per_kg_counts_the_billed_weight(shelf):
    shelf.add(more=surcharge("WEIGHT", "PER_KG", "0.35"), prices=one_price("10.00"))
    assert [str(shelf.price(weight).charges[1].amount.amount) for weight in ("1 kg", "1.5 kg", "10 g")] == [
        "0.35",
        "0.53",
        "0.00",
    ]


@pytest.mark.parametrize(("method", "tax"), [("LINE", "0.21"), ("TOTAL", "0.20")])
def test_44_three_lines_are_taxed_each_or_together_and_the_quote_says_which(shelf, method, tax):
    extra = surcharge("ONE", "FIXED", "0.35") + surcharge("TWO", "FIXED", "0.35")
    shelf.add(more=f'{extra}{NET_19}rounding = "{method}"\n', prices=one_price("0.35"))
    quote = shelf.price()
    assert (str(quote.tax.amount.amount), quote.tax.method) == (tax, method)


def test_51_a_surcharge_that_is_not_for_returns_is_not_charged(shelf):
    shelf.add(more=surcharge("TOLL", "FIXED", "0.20", "applies_to_returns = false"))
    assert [line.code for line in shelf.price().charges] == ["BASE"]


def test_a_surcharge_may_be_for_some_services_and_zones_only(shelf):
    body = """
[[zones]]
id = "DE"
countries = ["DE"]
[[zones]]
id = "AT"
countries = ["AT"]
[[services]]
code = "return"
name = "Return"
key = "WEIGHT_TIER"
[[services]]
code = "express"
name = "Express"
key = "WEIGHT_TIER"
"""
    prices = "".join(f"\n{service},{zone},5 kg,5.00" for service in ("return", "express") for zone in ("DE", "AT"))
    shelf.add(body=body, more=surcharge("ISLAND", "FIXED", "1", 'services = ["express"]\nzones = ["AT"]'), prices=prices)
    lines = {(q.service, q.zone): len(q.charges) for country in ("DE", "AT") for q in shelf.ask(country=country).quotes}
    assert lines == {("return", "DE"): 1, ("express", "DE"): 1, ("return", "AT"): 1, ("express", "AT"): 2}


def test_without_a_tax_record_the_tax_is_unknown_and_there_is_no_gross(shelf):
    shelf.add()
    quote = shelf.price()
    assert (quote.tax, quote.gross) == (None, None)


@pytest.mark.parametrize("treatment", ["EXEMPT", "REVERSE_CHARGE", "OUTSIDE_SCOPE"])
def test_a_known_tax_of_zero_says_why_it_is_zero(shelf, treatment):
    shelf.add(more=f'[[taxes]]\ntreatment = "{treatment}"\n')
    quote = shelf.price()
    assert (quote.tax.amount.amount, quote.tax.treatment, quote.gross) == (0, TaxTreatment(treatment), quote.net)


@pytest.mark.parametrize("method", ["TOTAL", "LINE"])
def test_gross_prices_are_taken_apart_and_come_to_what_the_card_says(shelf, method):
    tax = f'[[taxes]]\ntreatment = "GROSS_INCL_VAT"\nrate_percent = 19\nrounding = "{method}"\n'
    shelf.add(more=surcharge("PEAK", "FIXED", "0.50") + tax, prices=one_price("11.90"))
    quote = shelf.price()
    assert (str(quote.gross), quote.net.amount + quote.tax.amount.amount) == ("12.40 EUR", quote.gross.amount)
    assert [str(line.amount.amount) for line in quote.charges] == ["10.00", "0.42"]


@pytest.mark.parametrize(("step", "tax"), [("0.01", "0.82"), ("0.05", "0.80"), ("1", "1")])
def test_a_card_may_round_to_another_step(shelf, step, tax):
    shelf.add(
        head=f'round_to = "{step}"\n',
        more='[[taxes]]\ntreatment = "NET_PLUS_VAT"\nrate_percent = 8.1\n',
        prices=one_price("10.12"),
    )
    assert str(shelf.price().tax.amount.amount) == tax


def test_a_computed_amount_is_written_with_the_decimals_of_its_step(shelf):
    shelf.add(more='[[taxes]]\ntreatment = "NET_PLUS_VAT"\nrate_percent = 20\n', prices=one_price("10"))
    assert str(shelf.price().tax.amount) == "2.00 EUR"


def test_50_the_prices_of_a_confidential_card_are_in_no_repr_log_error_or_table(shelf, caplog):
    caplog.set_level(logging.DEBUG)
    shelf.add(head="confidential = true\n", more=surcharge("SECRET", "FIXED", "71.77"), prices="\nreturn,DE,2 kg,4711.11\n")
    quote = shelf.price("1 kg")
    history = shelf.cards.card("card")
    card = history.spans[0].card
    with pytest.raises(Exception, match="the last band ends") as outside:
        shelf.ask("3 kg")
    shown = [repr(quote), repr(shelf.cards), repr(history), repr(card), repr(card.tariff), repr(card.rows), str(price_rows(card))]
    shown += [
        repr(way)
        for tables in shelf.cards._loaded["card"].tables.values()
        for way in tables.on(quote.priced_at.date()).ways("DE", "")
    ]
    assert quote.net.amount == Decimal("4782.88")
    for text in (*shown, str(outside.value), caplog.text):
        assert not any(secret in text for secret in ("4711", "71.77", "4782"))


def test_the_prices_of_an_open_card_are_in_the_repr_of_its_quotes(shelf):
    shelf.add(prices="\nreturn,DE,2 kg,4711.11\n")
    assert "4711.11" in repr(shelf.price("1 kg"))


def test_a_quote_is_the_same_as_one_that_was_validated(shelf):
    shelf.add(more=surcharge("PEAK", "FIXED", "0.20") + NET_19)
    answer = shelf.ask("1 kg", "20 x 20 x 20 cm")
    (quote,) = answer.quotes
    validated = Quote(**dict(quote))
    assert (quote, quote.model_dump_json()) == (validated, validated.model_dump_json())
    assert list(quote.__dict__) == list(Quote.model_fields)
    assert QuoteAnswer.model_validate_json(answer.model_dump_json()) == answer == QuoteAnswer(**dict(answer))


def test_a_quote_shares_nothing_that_can_be_changed_with_the_next_one(shelf):
    shelf.add(more='limits = [ { measure = "WEIGHT", max = "31.5 kg" } ]\n')
    first = shelf.price()
    first.limits["max_weight"] = "1 g"
    assert shelf.price().limits == {"max_weight": "31.5 kg"}


def test_no_customer_is_kept_with_the_prices(shelf):
    shelf.add()
    shelf.price()
    (loaded,) = shelf.cards._loaded.values()
    (tables,) = loaded.tables.values()
    (segment,) = tables._segments.values()
    (lane,) = segment.services[0]._lanes.values()
    assert [values["request"].ship_from.name for values in lane.cells.values()] == ["-"]
