"""Weights, lengths and parcels are exact and remember how they were entered."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retoure import Dimensions, Length, Parcel, Weight

AMOUNTS = st.decimals(min_value="0.000001", max_value=999_999_999, places=6, allow_nan=False)
WEIGHT_UNITS = st.sampled_from(["g", "kg", "lb", "oz"])
LENGTH_UNITS = st.sampled_from(["mm", "cm", "m", "in"])


@pytest.mark.parametrize(
    ("text", "grams"),
    [
        ("2.4 kg", "2400"),
        ("2400g", "2400"),
        ("5 lb", "2267.96185"),
        ("10 oz", "283.49523125"),
        (" .5 KG ", "500"),
        ("31.5 kg", "31500"),
    ],
)
def test_a_weight_is_read_exactly(text, grams):
    assert Weight.parse(text).grams == Decimal(grams)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2,4 kg", "decimal point"),
        ("5", "no unit"),
        ("5 stone", "'stone' is not a unit of weight"),
        ("5 cm", "'cm' is not a unit of weight"),
        ("0 kg", "greater than zero"),
        ("-1 kg", "greater than zero"),
        ("1e3 g", "cannot read"),
        ("nan kg", "cannot read"),
        ("inf kg", "cannot read"),
        ("", "cannot read"),
        ("٣ kg", "cannot read"),
        ("1.0000001 kg", "six after"),
        ("9999999999 kg", "nine digits"),
        ("2.4 kg 3", "cannot read"),
    ],
)
def test_a_weight_that_cannot_be_meant_is_refused_with_the_reason(text, words):
    with pytest.raises(ValueError, match=words):
        Weight.parse(text)


def test_a_weight_remembers_its_unit():
    weight = Weight.parse("5 lb")
    assert (weight.value, weight.unit, str(weight), repr(weight)) == (Decimal(5), "lb", "5 lb", "Weight('5 lb')")


@given(AMOUNTS, WEIGHT_UNITS)
def test_a_weight_survives_its_own_text(amount, unit):
    weight = Weight(amount, unit)
    assert Weight.parse(str(weight)) == weight


@given(AMOUNTS, LENGTH_UNITS)
def test_a_length_in_its_own_unit_is_what_was_entered(amount, unit):
    assert Length(amount, unit).to(unit) == amount


@given(st.integers(1, 999_999))
def test_equal_amounts_are_equal_in_every_unit(grams):
    in_grams, in_kilograms = Weight(Decimal(grams), "g"), Weight(Decimal(grams) / 1000, "kg")
    assert in_grams == in_kilograms
    assert hash(in_grams) == hash(in_kilograms)
    assert not in_grams < in_kilograms
    assert in_grams <= in_kilograms


@given(AMOUNTS, st.sampled_from(["1", "10", "500"]))
def test_rounding_up_never_loses_weight_and_stays_within_one_step(amount, step):
    weight, width = Weight(amount, "g"), Decimal(step)
    rounded = weight.round_up("g", width)
    assert weight.grams <= rounded < weight.grams + width
    assert rounded % width == 0


def test_a_weight_and_a_length_are_never_equal():
    assert Weight.parse("1 g") != Length.parse("1 mm")


def test_twelve_inches_stay_twelve_inches():
    assert Length.parse("12 in").millimetres == Decimal("304.8")
    assert Length.parse("12 in").to("in") == 12


@pytest.mark.parametrize("text", ["30 x 20 x 10 cm", "30x20x10cm", "300 mm x 0.2 m × 10 cm", "10 * 30 * 20 CM"])
def test_dimensions_are_read_in_any_spelling_and_sorted_longest_first(text):
    assert [side.to("cm") for side in Dimensions.parse(text).sides] == [30, 20, 10]


@pytest.mark.parametrize(
    "text", ["30 x 20 cm", "30 x 20 x 10", "30 x 0 x 10 cm", "30 x -1 x 10 cm", "a x b x c cm", "", "1x1x1x1 cm"]
)
def test_dimensions_that_are_not_three_sides_with_a_unit_are_refused(text):
    with pytest.raises(ValueError, match=r"sides|unit|greater|cannot read"):
        Dimensions.parse(text)


def test_a_parcel_is_written_as_people_do():
    parcel = Parcel.of("2.4 kg", "30 x 20 x 10 cm", weight_source="LISTED", contents="shoes")
    assert (parcel.weight_source, parcel.contents) == ("listed", "shoes")
    assert Parcel.model_validate_json(parcel.model_dump_json()) == parcel


@pytest.mark.parametrize("weight", [2.4, 2, None, ["2 kg"]])
def test_a_number_without_a_unit_is_no_weight(weight):
    with pytest.raises(ValueError, match="written with its unit"):
        Parcel(weight=weight)


def test_an_unknown_weight_source_is_refused():
    with pytest.raises(ValueError, match="guessed"):
        Parcel.of("1 kg", weight_source="guessed")
