"""What a carrier does not take: boundary tests 14, 15, 25 to 29, 33 to 36 and 54 of the rating rules."""

import pytest

from retoure.errors import MissingMeasure

PARCEL = """
limits = [
  { measure = "WEIGHT", max = "31.5 kg", rule = "weight" },
  { measure = "SIDES", max = "120 x 60 x 60 cm", rule = "size" },
  { measure = "SIDES", min = "15 x 11 x 1 cm" },
]
"""
BULKY = """
limits = [
  { measure = "LONGEST", max = "200 cm" },
  { measure = "L_2W_2H", max = "360 cm" },
  { measure = "L_2W_2H", max = "300 cm", countries = ["NL"] },
]
"""
ANY = "\nreturn,DE,900 kg,9.00\n"
BULKY_EXTRA = """
[[surcharges]]
id = "bulky"
code = "BULKY"
text = "Bulky goods"
basis = "FIXED"
amount = 20
when = [ { measure = "SIDES", over = "120 x 60 x 60 cm" } ]
"""


def limited(limit: str) -> str:
    return f"limits = [ {limit} ]\n"


def declines(answer):
    return [(decline.reason, decline.limit, decline.actual) for decline in answer.declined]


def test_14_a_parcel_on_the_weight_limit_is_taken(shelf):
    shelf.add(more=PARCEL)
    assert shelf.price("31.5 kg").limits["max_weight"] == "31.5 kg"


def test_14_a_gram_above_the_weight_limit_is_declined_with_limit_and_own_value(shelf):
    shelf.add(more=PARCEL)
    answer = shelf.ask("31.501 kg")
    assert declines(answer) == [("WEIGHT_LIMIT", "31.5 kg", "31.501 kg")]
    assert not answer.quotes


def test_15_a_cards_own_lower_limit_for_returns_counts(shelf):
    shelf.add(more=limited('{ measure = "WEIGHT", max = "20 kg" }'))
    assert shelf.price("20.000 kg")
    assert declines(shelf.ask("20.001 kg")) == [("WEIGHT_LIMIT", "20 kg", "20.001 kg")]


def test_25_the_largest_size_is_taken_and_a_millimetre_more_is_declined(shelf):
    shelf.add(more=PARCEL)
    assert shelf.price("1 kg", "60 x 120 x 60 cm")
    (decline,) = shelf.ask("1 kg", "60 x 120.1 x 59 cm").declined
    assert (decline.reason, decline.limit, decline.actual) == ("SIZE_LIMIT", "120 x 60 x 60 cm", "60 cm x 120.1 cm x 59 cm")
    assert decline.detail == "maximum size (rule size)"


def test_25_a_bulky_parcel_pays_its_surcharge_up_to_the_girth_limit(shelf):
    shelf.add(more=BULKY + BULKY_EXTRA)
    assert [charge.code for charge in shelf.price("1 kg", "120 x 60 x 60 cm").charges] == ["BASE"]
    assert [charge.code for charge in shelf.price("1 kg", "120.1 x 60 x 59 cm").charges] == ["BASE", "BULKY"]
    (decline,) = shelf.ask("1 kg", "120.1 x 60 x 60 cm").declined
    assert (decline.reason, decline.actual, decline.detail) == ("GIRTH_LIMIT", "360.1 cm", "maximum L + 2W + 2H")


def test_26_the_smallest_size_is_taken_and_a_smaller_one_declined(shelf):
    shelf.add(more=PARCEL)
    assert shelf.price("1 kg", "1 x 11 x 15 cm")
    assert declines(shelf.ask("1 kg", "14.9 x 11 x 1 cm")) == [("BELOW_MINIMUM_SIZE", "15 x 11 x 1 cm", "14.9 cm x 11 cm x 1 cm")]


def test_every_limit_that_is_broken_is_told(shelf):
    shelf.add(more=PARCEL)
    reasons = [decline.reason for decline in shelf.ask("40 kg", "130 x 10 x 10 cm").declined]
    assert reasons == ["WEIGHT_LIMIT", "SIZE_LIMIT", "BELOW_MINIMUM_SIZE"]


@pytest.mark.parametrize(("sides", "taken"), [("200 x 40 x 40 cm", 1), ("200 x 50 x 40 cm", 0), ("200.1 x 1 x 1 cm", 0)])
def test_27_the_bulky_girth_limit(shelf, sides, taken):
    shelf.add(more=BULKY)
    assert len(shelf.ask("1 kg", sides).quotes) == taken


def test_27_a_limit_may_hold_for_some_countries_only(shelf):
    body = """
[[zones]]
id = "ALL"
countries = ["DE", "NL"]
[[services]]
code = "return"
name = "Return"
key = "WEIGHT_TIER"
"""
    shelf.add(body=body, more=BULKY, prices="\nreturn,ALL,5 kg,9.00\n")
    assert shelf.price("1 kg", "200 x 40 x 40 cm").limits["max_l_2w_2h"] == "360 cm"
    assert declines(shelf.ask("1 kg", "200 x 40 x 40 cm", country="NL")) == [("GIRTH_LIMIT", "300 cm", "360 cm")]
    assert shelf.price("1 kg", country="NL").limits["max_l_2w_2h"] == "360 cm; 300 cm"


@pytest.mark.parametrize(("sides", "taken"), [("100 x 40 x 35 cm", True), ("100 x 45 x 35 cm", False)])
def test_28_length_plus_girth_on_and_over_its_limit(shelf, sides, taken):
    shelf.add(more=limited('{ measure = "L_2W_2H", max = "250 cm" }'))
    assert bool(shelf.ask("1 kg", sides).quotes) is taken


def test_29_the_formula_decides_and_the_answer_names_it(shelf, new_shelf):
    shelf.add(more=limited('{ measure = "L_2W_2H", max = "250 cm" }'))
    (decline,) = shelf.ask("1 kg", "100 x 75 x 50 cm").declined
    assert (decline.actual, decline.detail) == ("350 cm", "maximum L + 2W + 2H")
    other = new_shelf()
    other.add(more=limited('{ measure = "2W_2H", max = "250 cm" }'))
    assert other.price("1 kg", "100 x 75 x 50 cm").limits == {"max_2w_2h": "250 cm"}
    assert declines(other.ask("1 kg", "100 x 75 x 51 cm")) == [("GIRTH_LIMIT", "250 cm", "252 cm")]


def test_31_a_strict_limit_is_broken_by_a_parcel_exactly_on_it(shelf):
    shelf.add(more=limited('{ measure = "L_2W_2H", max = "245 cm", comparison = "LT" }'))
    assert shelf.price("1 kg", "100 x 40 x 32.45 cm").limits == {"max_l_2w_2h": "less than 245 cm"}
    assert declines(shelf.ask("1 kg", "100 x 40 x 32.5 cm")) == [("GIRTH_LIMIT", "245 cm", "245 cm")]


@pytest.mark.parametrize(
    ("limit", "taken", "declined"),
    [
        ('measure = "WEIGHT", max = "2 kg", comparison = "LT"', "1.999 kg", "2 kg"),
        ('measure = "WEIGHT", min = "1 kg"', "1 kg", "999 g"),
        ('measure = "WEIGHT", min = "1 kg", comparison = "LT"', "1.001 kg", "1 kg"),
    ],
)
def test_a_weight_limit_may_be_strict_or_a_minimum(shelf, limit, taken, declined):
    shelf.add(more=limited(f"{{ {limit} }}"))
    assert shelf.price(taken)
    assert [decline.reason for decline in shelf.ask(declined).declined] == ["WEIGHT_LIMIT"]


def test_a_strict_size_limit_is_broken_by_any_side_on_it(shelf):
    shelf.add(more=limited('{ measure = "SIDES", max = "50 x 40 x 30 cm", comparison = "LT" }'))
    assert shelf.price("1 kg", "49.9 x 39.9 x 29.9 cm")
    assert shelf.ask("1 kg", "30 x 20 x 49 cm").quotes
    assert declines(shelf.ask("1 kg", "49 x 40 x 20 cm"))[0][0] == "SIZE_LIMIT"


HANDLING = """
[[surcharges]]
id = "handling"
code = "ADDITIONAL_HANDLING"
text = "Additional handling"
basis = "FIXED"
amount = 10
when = [
  { measure = "LONGEST", over = "100 cm" },
  { measure = "MIDDLE", over = "76 cm" },
  { measure = "WEIGHT", over = "32 kg" },
]
"""


@pytest.mark.parametrize(
    ("weight", "sides", "charged"),
    [
        ("32 kg", "100 x 76 x 1 cm", False),
        ("1 kg", "100.1 x 1 x 1 cm", True),
        ("1 kg", "80 x 76.1 x 1 cm", True),
        ("32.1 kg", "10 x 10 x 10 cm", True),
    ],
)
def test_33_a_surcharge_applies_over_any_of_its_thresholds_and_not_on_one(shelf, weight, sides, charged):
    shelf.add(more=HANDLING, prices=ANY)
    assert (len(shelf.price(weight, sides).charges) == 2) is charged


def test_a_surcharge_that_depends_on_missing_dimensions_cannot_be_told(shelf):
    shelf.add(more=HANDLING)
    with pytest.raises(MissingMeasure, match="surcharge 'handling' depends on the parcel's dimensions"):
        shelf.ask("1 kg")


def test_34_length_plus_girth_of_exactly_four_metres_is_taken(shelf):
    shelf.add(more=limited('{ measure = "L_2W_2H", max = "400 cm" }, { measure = "LONGEST", max = "274 cm" }'))
    assert shelf.price("1 kg", "274 x 33 x 30 cm")
    assert declines(shelf.ask("1 kg", "274.1 x 1 x 1 cm")) == [("LENGTH_LIMIT", "274 cm", "274.1 cm")]


@pytest.mark.parametrize(
    ("limit", "on", "over"),
    [("150 l", "100 x 50 x 30 cm", "150.003"), ("200 l", "100 x 50 x 40 cm", "200.004")],
)
def test_35_a_volume_exactly_on_the_limit_is_taken(shelf, limit, on, over):
    shelf.add(more=limited(f'{{ measure = "VOLUME", max = "{limit}" }}'))
    assert shelf.price("1 kg", on)
    assert declines(shelf.ask("1 kg", on.replace("100 ", "100.002 "))) == [("SIZE_LIMIT", limit, f"{over} l")]


@pytest.mark.parametrize(("side", "taken"), [("47.24 in", True), ("47.25 in", False), ("1200 mm", True), ("1.2001 m", False)])
def test_36_a_limit_in_centimetres_is_compared_exactly_with_inches(shelf, side, taken):
    shelf.add(more=limited('{ measure = "LONGEST", max = "120.0 cm" }'))
    assert bool(shelf.ask("1 kg", f"{side} x 10 cm x 10 cm").quotes) is taken


def test_size_limits_that_could_not_be_checked_are_a_warning(shelf):
    shelf.add(more=PARCEL)
    assert shelf.price("1 kg").warnings == ("the parcel has no dimensions: the size limits were not checked",)
    assert shelf.price("1 kg", "20 x 20 x 20 cm").warnings == ()


CUSTOMS = """
[[zones]]
id = "CH"
countries = ["CH"]
customs = true
[[services]]
code = "return"
name = "Return"
key = "WEIGHT_TIER"
"""


def test_54_a_lane_with_customs_is_declined_without_customs_lines(shelf):
    shelf.add(body=CUSTOMS, prices="\nreturn,CH,5 kg,20.00\n")
    (decline,) = shelf.ask(country="CH", postcode="8001").declined
    assert (decline.service, decline.reason) == ("return", "CUSTOMS_DATA_MISSING")
    assert shelf.price(country="CH", postcode="8001", customs=True).zone == "CH"


def test_a_service_that_rounds_sides_is_held_against_the_same_limits_with_its_own_sides(shelf):
    limit = 'limits = [ { measure = "LONGEST", max = "30.5 cm" } ]\n'
    second = '[[services]]\ncode = "second"\nname = "Second"\nkey = "WEIGHT_TIER"\n' + limit
    second += '[[services.billable_weight]]\nround_sides = { to = "1 cm" }\n'
    shelf.add(more=limit + second, prices="\nreturn,DE,5 kg,4.00\nsecond,DE,5 kg,4.00\n")
    answer = shelf.ask("1 kg", "30.1 x 10 x 10 cm")
    assert [quote.service for quote in answer.quotes] == ["return"]
    assert [(decline.service, decline.reason) for decline in answer.declined] == [("second", "LENGTH_LIMIT")]
