"""Dated tables beside a card, and what is priced by them: boundary tests 10, 11 and 45 of the rating rules."""

from datetime import date
from decimal import Decimal

import pytest

from retoure.errors import InvalidRateCard, NoRateForDate
from retoure.ratecards import check_cards

ENERGY = """
[[surcharges]]
id = "energy"
code = "ENERGY"
text = "Energy surcharge"
basis = "PERCENT_OF_BASE"
index = "energy"
"""
VOLUME = """
[[discounts]]
id = "volume"
counts = "parcels"
steps = [ { from = 100, amount = 5 }, { from = 500, amount = 10 } ]
"""
TEN = "\nreturn,DE,5 kg,10.00\n"


def table(shelf, name: str, *rows: str) -> None:
    (shelf.root / "card" / f"{name}.csv").write_text("\n".join(["valid_from,valid_until,value", *rows]) + "\n")


def faults(shelf) -> list[str]:
    return [str(fault) for fault in check_cards(shelf.root).faults]


@pytest.fixture
def energy(shelf):
    shelf.add(more=ENERGY, prices=TEN)
    table(shelf, "energy", "2026-01-01,2026-02-01,3.75", "2026-02-01,2026-03-01,0")
    return shelf


def test_an_index_prices_the_days_of_its_row_and_the_quote_names_it(energy):
    january, february = energy.price(ship_date=date(2026, 1, 31)), energy.price(ship_date=date(2026, 2, 1))
    assert [str(line.amount) for line in january.charges] == ["10.00 EUR", "0.38 EUR"]
    assert january.charges[1].record == "energy/energy/2026-01-01"
    assert str(february.charges[1].amount) == "0.00 EUR"
    assert january.valid_until.date() == date(2026, 2, 1)


def test_10_a_month_without_an_index_has_no_price_and_not_one_of_nought_percent(energy):
    with pytest.raises(NoRateForDate, match=r"energy\.csv has no value for 2026-03-01, on which surcharge 'energy' depends"):
        energy.ask(ship_date=date(2026, 3, 1))


def test_10_a_missing_index_leaves_the_services_that_do_not_need_it(shelf):
    second = '[[services]]\ncode = "other"\nname = "Other"\nkey = "FLAT"\n'
    shelf.add(more=ENERGY + 'services = ["return"]\n' + second, prices=TEN + "other,DE,,4.00\n")
    table(shelf, "energy")
    answer = shelf.ask()
    assert [quote.service for quote in answer.quotes] == ["other"]
    assert [(one.service, one.reason) for one in answer.declined] == [("return", "UNKNOWN")]


def test_an_index_that_is_not_needed_is_not_missed(shelf):
    shelf.add(more=ENERGY + 'when = [ { measure = "WEIGHT", over = "3 kg" } ]\n', prices=TEN)
    table(shelf, "energy")
    assert shelf.price("3 kg").net.amount == 10
    with pytest.raises(NoRateForDate):
        shelf.ask("3.1 kg")


@pytest.fixture
def volume(shelf):
    shelf.add(more=VOLUME, prices=TEN)
    table(shelf, "parcels", "2026-01-01,2026-02-01,500", "2026-02-01,2026-03-01,99", "2026-04-01,2026-05-01,100")
    return shelf


def test_11_the_count_of_january_prices_february(volume):
    quote = volume.price(ship_date=date(2026, 2, 28))
    assert [(line.code, str(line.amount)) for line in quote.charges] == [("BASE", "10.00 EUR"), ("VOLUME_DISCOUNT", "-1.00 EUR")]
    assert (quote.net.amount, quote.charges[1].record) == (Decimal("9.00"), "volume/parcels/2026-01-01")
    assert quote.charges[1].text == "Volume discount, 500 in 2026-01"


def test_11_before_the_first_count_there_is_no_discount(volume):
    assert volume.price(ship_date=date(2026, 1, 31)).net.amount == 10


def test_11_a_count_below_the_first_step_brings_no_discount_and_one_on_a_step_does(volume):
    assert len(volume.price(ship_date=date(2026, 3, 1)).charges) == 1
    assert volume.price(ship_date=date(2026, 5, 31)).net.amount == Decimal("9.50")


@pytest.mark.parametrize("month", [4, 6])
def test_11_a_count_that_is_missing_after_the_first_leaves_the_price_unknown(volume, month):
    with pytest.raises(NoRateForDate, match=rf"parcels\.csv has no count of 2026-0{month - 1}, which sets the discount 'volume'"):
        volume.ask(ship_date=date(2026, month, 1))


def test_a_discount_may_follow_later_than_a_month_and_reach_across_the_year(shelf):
    shelf.add(more=VOLUME + "lag_months = 2\n", prices=TEN)
    table(shelf, "parcels", "2026-11-01,2026-12-01,100")
    assert shelf.price(ship_date=date(2026, 12, 31)).net.amount == 10
    assert shelf.price(ship_date=date(2027, 1, 1)).net.amount == Decimal("9.50")


def test_a_discount_comes_off_what_the_surcharges_make(shelf):
    extra = '[[surcharges]]\nid = "peak"\ncode = "PEAK"\ntext = "Peak"\namount = 10\n'
    shelf.add(more=extra + VOLUME, prices=TEN)
    table(shelf, "parcels", "2026-02-01,2026-03-01,500")
    assert shelf.price().net.amount == Decimal("18.00")


def test_45_a_discount_larger_than_the_price_is_an_error(shelf):
    shelf.add(more=VOLUME.replace("amount = 10 }", "amount = 10.01 }") + 'basis = "FIXED"\n', prices=TEN)
    table(shelf, "parcels", "2026-02-01,2026-03-01,500")
    with pytest.raises(InvalidRateCard, match="the discounts are larger than the price of 'Return, zone DE, up to 5 kg'"):
        shelf.ask()


def test_a_discount_may_take_the_whole_price(shelf):
    shelf.add(more=VOLUME.replace("amount = 10 }", "amount = 100 }"), prices=TEN)
    table(shelf, "parcels", "2026-02-01,2026-03-01,500")
    assert str(shelf.price().net) == "0.00 EUR"


def test_a_new_row_leaves_the_card_and_its_hash_as_they_are(energy, new_shelf):
    before = energy.price(ship_date=date(2026, 1, 1)).card
    table(energy, "energy", "2026-01-01,2026-02-01,3.75", "2026-02-01,2026-03-01,0", "2026-03-01,2026-04-01,1")
    later = type(energy)(energy.root)
    assert later.price(ship_date=date(2026, 3, 1)).card == before


TABLE = "card/energy.csv"


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        (["2026-01-01,2026-02-01,x"], f"{TABLE}:2: an amount is digits"),
        (["2026-01-01,2026-02-01,-1"], f"{TABLE}:2: an amount is digits"),
        (["2026-01-01,2026-02-01"], f"{TABLE}:2: 2 columns instead of 3"),
        (["January,2026-02-01,1"], f"{TABLE}:2: 'January' is no date like 2026-03-01"),
        (["2026-02-01,2026-02-01,1"], f"{TABLE}:2: valid_until is exclusive"),
        (["2026-01-01,2026-02-01,1", "2026-01-31,2026-03-01,1"], f"{TABLE}:3: begins on 2026-01-31, before the row above"),
        (["2026-02-01,2026-03-01,1", "2026-01-01,2026-02-01,1"], f"{TABLE}:3: begins on 2026-01-01, before the row above"),
    ],
)
def test_a_faulty_table_is_named_with_its_line(shelf, rows, fault):
    shelf.add(more=ENERGY)
    table(shelf, "energy", *rows)
    assert faults(shelf)[0].startswith(fault)


def test_a_table_that_is_not_there_is_named_where_it_is_referred_to(shelf):
    shelf.add(more=ENERGY + VOLUME)
    where = "card/2026-01-01/tariff.toml"
    assert faults(shelf) == [
        f"{where}:27: surcharges[0].index: the file energy.csv is not beside the card's folders",
        f"{where}:31: discounts[0].counts: the file parcels.csv is not beside the card's folders",
    ]


@pytest.mark.parametrize("row", ["2026-01-01,2026-02-02,5", "2026-01-02,2026-02-01,5", "2026-01-01,2026-02-01,5.5"])
def test_a_count_is_a_whole_number_of_a_whole_month(shelf, row):
    shelf.add(more=VOLUME)
    table(shelf, "parcels", row)
    assert faults(shelf) == [
        "card/parcels.csv:2: a count is a whole number, from the first of a month until the first of the next"
    ]


@pytest.mark.parametrize(
    ("steps", "fault"),
    [
        ("[ { from = 500, amount = 10 }, { from = 100, amount = 5 } ]", "the steps of a discount ascend"),
        ("[ { from = 100, amount = 101 } ]", "a discount is at most 100 percent"),
        ("[]", "at least one is needed"),
        ("[ { from = 0, amount = 1 } ]", "greater than 0"),
    ],
)
def test_faulty_steps_of_a_discount_are_refused(shelf, steps, fault):
    shelf.add(more=VOLUME.partition("steps")[0] + f"steps = {steps}\n")
    table(shelf, "parcels")
    assert fault in faults(shelf)[0]


def test_a_gap_in_a_table_is_a_warning(shelf):
    shelf.add(more=ENERGY)
    table(shelf, "energy", "2026-01-01,2026-02-01,1", "2026-02-03,2026-03-01,1")
    assert [str(warning) for warning in check_cards(shelf.root).warnings] == [
        f"{TABLE}:3: no value from 2026-02-01 to 2026-02-02"
    ]


def test_an_index_that_has_ended_is_a_warning_on_the_day(energy):
    assert check_cards(energy.root, today=date(2026, 2, 28)).warnings == ()
    (warning,) = check_cards(energy.root, today=date(2026, 3, 1)).warnings
    assert str(warning) == f"{TABLE}: ended before 2026-03-01: what it prices has no price today"
