"""Bands and billed weights: boundary tests 6, 12 to 14, 17, 19, 20, 22 and 24 of the rating rules, and examples D1 to D10."""

from datetime import date
from decimal import Decimal, localcontext

import pytest

from retoure.errors import MissingMeasure, OutsideRateCard
from retoure.model import Weight

WIDE_BAND = "\nreturn,DE,500 kg,9.00\n"
METRIC = """
[[services.billable_weight]]
divisor = 5000
divisor_unit = "cm3/kg"
round_up_to = "0.5 kg"
"""
IMPERIAL = """
[[services.billable_weight]]
divisor = 139
divisor_unit = "in3/lb"
round_up_to = "1 lb"
round_sides = { to = "1 in", mode = "NEAREST" }
valid_until = 2025-08-18
[[services.billable_weight]]
divisor = 139
divisor_unit = "in3/lb"
round_up_to = "1 lb"
round_sides = { to = "1 in", mode = "UP" }
valid_from = 2025-08-18
"""


@pytest.mark.parametrize(("weight", "price"), [("1 g", "4.00"), ("2 kg", "4.00"), ("5.000 kg", "5.00"), ("5.001 kg", "15.00")])
def test_12_a_parcel_on_a_bands_limit_takes_that_band_and_one_above_it_the_next(shelf, weight, price):
    shelf.add()
    assert shelf.price(weight).net.amount == Decimal(price)


@pytest.mark.parametrize(("weight", "billed"), [("22.4 kg", "22.5 kg"), ("22.5 kg", "22.5 kg"), ("22.51 kg", "23.0 kg")])
def test_13_d3_a_weight_goes_up_to_the_next_half_kilogram(shelf, weight, billed):
    shelf.add(more=METRIC, prices=WIDE_BAND)
    assert str(shelf.price(weight, "1 x 1 x 1 cm").billable_weight) == billed


def test_above_the_last_band_there_is_no_price(shelf):
    shelf.add()
    with pytest.raises(OutsideRateCard, match=r"service 'return', zone 'DE': the last band ends at 31.5 kg"):
        shelf.ask("31.501 kg")


@pytest.mark.parametrize(
    ("weight", "sides", "billed", "by"),
    [
        ("3.2 kg", "40 x 30 x 20 cm", "5.0 kg", "DIMENSIONAL"),  # D1
        ("3.5 kg", "35 x 25 x 20 cm", "3.5 kg", "ACTUAL"),  # D2 and 19: equal weights count as the actual one
        ("1 kg", "62.5 x 12.5 x 35.2 cm", "5.5 kg", "DIMENSIONAL"),  # D5 and 24: exactly 5.5, not 5.500000000000001
        ("1 kg", "30 x 30.1 x 30 cm", "5.5 kg", "DIMENSIONAL"),
    ],
)
def test_19_the_larger_of_actual_and_volumetric_weight_is_billed(shelf, weight, sides, billed, by):
    shelf.add(more=METRIC, prices=WIDE_BAND)
    quote = shelf.price(weight, sides)
    assert (str(quote.billable_weight), quote.billed_by) == (billed, by)


@pytest.mark.parametrize(("side", "billed"), [("30.0", "5.5 kg"), ("30.1", "6.0 kg")])
def test_24_d4_sides_go_up_to_the_whole_centimetre_where_the_card_says_so(shelf, side, billed):
    shelf.add(more=METRIC + 'round_sides = { to = "1 cm" }\n', prices=WIDE_BAND)
    assert str(shelf.price("1 kg", f"{side} x 30 x 30 cm").billable_weight) == billed


@pytest.mark.parametrize(
    ("sides", "before", "after"),
    [("12.1 x 10 x 8 in", "7 lb", "8 lb"), ("12.4 x 10.4 x 8.4 in", "7 lb", "10 lb"), ("1.49 x 10 x 10 in", "1 lb", "2 lb")],
)
def test_6_a_new_rounding_of_sides_counts_from_its_day_on(shelf, sides, before, after):
    shelf.add(more=IMPERIAL, prices=WIDE_BAND, valid_from="2025-01-01")
    assert str(shelf.price("1 lb", sides, ship_date=date(2025, 8, 17)).billable_weight) == before
    assert str(shelf.price("1 lb", sides, ship_date=date(2025, 8, 18)).billable_weight) == after


@pytest.mark.parametrize(
    ("weight", "sides"),
    [("5 lb", "12 x 10 x 8 in"), ("80 oz", "304.8 x 254 x 203.2 mm"), ("2267.96185 g", "30.48 x 25.4 x 20.32 cm")],
)
def test_17_24_d10_the_unit_of_entry_does_not_matter(shelf, weight, sides):
    shelf.add(more=IMPERIAL, prices=WIDE_BAND)
    quote = shelf.price(weight, sides)
    assert (str(quote.billable_weight), quote.billed_by) == ("7 lb", "DIMENSIONAL")


def test_17_five_pounds_stay_five_pounds_in_a_tariff_of_pounds(shelf):
    shelf.add(prices="\nreturn,DE,5 lb,3.00\nreturn,DE,6 lb,4.00\n")
    assert shelf.price("5 lb").net.amount == Decimal("3.00")
    assert shelf.price("2267.96185 g").net.amount == Decimal("3.00")
    assert shelf.price("2268 g").net.amount == Decimal("4.00")


def test_22_a_tenth_and_two_tenths_are_exactly_three_tenths(shelf):
    shelf.add(prices="\nreturn,DE,0.3 kg,3.00\nreturn,DE,1 kg,4.00\n")
    weight = Weight(Decimal("0.1") + Decimal("0.2"), "kg")
    assert shelf.price(f"{weight.value} kg").net.amount == Decimal("3.00")


MINIMUM = """
minimums = [ { weight = "40 kg", when = [ { measure = "L_2W_2H", over = "300 cm" } ] } ]
"""


def test_20_a_large_package_is_billed_with_its_minimum_weight(shelf):
    shelf.add(more=METRIC + MINIMUM, prices=WIDE_BAND)
    quote = shelf.price("10 kg", "200 x 30 x 21 cm")
    assert (str(quote.billable_weight), quote.billed_by) == ("40 kg", "MINIMUM")


def test_20_a_parcel_heavier_than_the_minimum_keeps_its_weight(shelf):
    shelf.add(more=METRIC + MINIMUM, prices=WIDE_BAND)
    assert str(shelf.price("41 kg", "200 x 30 x 21 cm").billable_weight) == "41.0 kg"


def test_21_on_the_threshold_no_minimum_weight_applies(shelf):
    shelf.add(more=METRIC + MINIMUM, prices=WIDE_BAND)
    assert str(shelf.price("10 kg", "100 x 60 x 40 cm").billable_weight) == "48.0 kg"
    assert str(shelf.price("10 kg", "280 x 5 x 5 cm").billable_weight) == "10.0 kg"


def test_a_minimum_without_a_condition_always_applies(shelf):
    shelf.add(more='[[services.billable_weight]]\nminimums = [ { weight = "1 kg" } ]\n')
    light, heavy = shelf.price("200 g"), shelf.price("1.2 kg")
    assert (str(light.billable_weight), light.billed_by) == ("1 kg", "MINIMUM")
    assert (str(heavy.billable_weight), heavy.billed_by) == ("1.2 kg", "ACTUAL")


def test_an_actual_weight_is_rounded_without_a_divisor_too(shelf):
    shelf.add(more='[[services.billable_weight]]\nround_up_to = "0.5 kg"\n')
    quote = shelf.price("1.6 kg")
    assert (str(quote.billable_weight), quote.billed_by, str(quote.net)) == ("2.0 kg", "ACTUAL", "4.00 EUR")


def test_without_a_weight_rule_the_weight_is_billed_as_entered(shelf):
    shelf.add()
    quote = shelf.price("2.4 kg", "100 x 50 x 50 cm")
    assert (str(quote.billable_weight), quote.billed_by) == ("2.4 kg", "ACTUAL")


def test_16_a_volumetric_service_needs_dimensions(shelf):
    shelf.add(more=METRIC)
    with pytest.raises(MissingMeasure, match="volumetric"):
        shelf.ask("1 kg")


CLASSES = """
[[zones]]
id = "DE"
countries = ["DE"]
[[services]]
code = "return"
name = "Return"
key = "CLASS_SHORTEST_PLUS_LONGEST"
"""
CLASS_PRICES = "\nreturn,DE,35 cm,3.00\nreturn,DE,50 cm,4.00\n"


@pytest.mark.parametrize(
    ("sides", "price"),
    [("30 x 20 x 5 cm", "3.00"), ("30 x 30 x 5 cm", "3.00"), ("30.1 x 20 x 5 cm", "4.00"), ("5 x 30 x 5.1 cm", "3.00")],
)
def test_32_a_size_class_is_shortest_plus_longest_side(shelf, sides, price):
    shelf.add(body=CLASSES, prices=CLASS_PRICES)
    quote = shelf.price("9 kg", sides)
    assert (quote.net.amount, quote.billed_by, quote.billable_weight) == (Decimal(price), "CLASS", None)


def test_32_a_size_class_needs_dimensions(shelf):
    shelf.add(body=CLASSES, prices=CLASS_PRICES)
    with pytest.raises(MissingMeasure, match="priced by size class"):
        shelf.ask("1 kg")


def test_a_flat_service_has_one_price_for_every_parcel(shelf):
    shelf.add(body=CLASSES.replace("CLASS_SHORTEST_PLUS_LONGEST", "FLAT"), prices="\nreturn,DE,,6.00\n")
    quote = shelf.price("90 kg")
    assert (quote.net.amount, quote.billed_by) == (Decimal("6.00"), "FLAT")


def test_a_coarse_decimal_context_of_the_caller_changes_no_price(shelf):
    shelf.add(more=METRIC + MINIMUM, prices=WIDE_BAND)
    with localcontext(prec=3):
        quote = shelf.price("3.456789 kg", "62.5 x 12.5 x 35.2 cm")
    assert str(quote.billable_weight) == "5.5 kg"
