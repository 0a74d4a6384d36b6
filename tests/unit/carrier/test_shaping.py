import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retoure.carrier import (
    AddressLimits,
    Limit,
    check_text,
    exact_json,
    filled,
    part,
    rows,
    short_reference,
    text_of,
    unsupported,
)
from retoure.errors import Unsupported
from retoure.model import Address

ANYTHING = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.integers(), max_size=2)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner), max_leaves=5))
def test_json_without_decimals_is_what_the_standard_library_reads_back(value):
    assert json.loads(exact_json(value)) == value


def test_a_decimal_keeps_its_digits_wherever_it_stands():
    assert exact_json({"a": [Decimal("1.50"), {"b": Decimal("1E+3")}]}) == '{"a":[1.50,{"b":1000}]}'


@pytest.mark.parametrize(
    ("value", "text"), [(" a ", "a"), (7, "7"), (True, ""), (None, ""), ([1], ""), (Decimal("1.50"), "1.50"), (1.5, "")]
)
def test_a_text_is_a_text_or_an_exact_number(value, text):
    assert text_of(value) == text


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9))
def test_a_decimal_keeps_its_value_in_json(number):
    value = {"a": [number, "x", True, None]}
    assert json.loads(exact_json(value), parse_float=Decimal) == value


def test_only_what_holds_something_is_kept():
    assert filled(a="", b=None, c=(), d="x", e=1) == {"d": "x", "e": 1}


@given(ANYTHING)
def test_picking_from_anything_comes_to_nothing_and_never_fails(value):
    assert part(value, "a") == {}
    assert rows(value, "a") == []


def test_the_object_and_the_rows_of_a_name_are_found():
    assert part({"a": {"b": 1}}, "a") == {"b": 1}
    assert rows({"a": [{"b": 1}, "x", {"c": 2}]}, "a") == [{"b": 1}, {"c": 2}]
    assert part({"a": {"b": {"c": 1}}}, "a", "b") == {"c": 1}


@pytest.mark.parametrize("value", [{"a": {"b": 1}}, {"a": [{"b": 1}]}])
def test_one_object_is_read_whether_it_stands_in_a_list_or_not(value):
    assert part(value, "a") == {"b": 1}
    assert rows(value, "a") == [{"b": 1}]


@pytest.mark.parametrize("value", [{"a": ""}, {"a": []}, {}, "", None, {"a": ["x"]}])
def test_what_is_no_object_is_an_empty_one(value):
    assert part(value, "a") == {}
    assert rows(value, "a") == []


@pytest.mark.parametrize(
    ("value", "codes"), [("", ["missing"]), ("a", ["too_short"]), ("ab", []), ("abc", []), ("abcd", ["too_long"])]
)
def test_a_length_is_within_its_limits_or_named(value, codes):
    assert [problem.code for problem in check_text("f", value, Limit("f", 3, 2))] == codes


@given(st.characters(categories=["Cc"]))
def test_a_control_character_is_named_wherever_it_stands(character):
    assert [problem.code for problem in check_text("f", f"a{character}b", Limit("f", 9))] == ["wrong_form"]
    address = Address(name="a", street=f"b{character}c", city="d", country="DE")
    (problem,) = AddressLimits(Limit("name", 8), Limit("street", 8)).check("to", address)
    assert (problem.field, problem.code) == ("to.street", "wrong_form")


@pytest.mark.parametrize("text", ["Ångström & Söhne", "a\u00a0b", "東京"])
def test_letters_and_blanks_of_any_script_are_no_control_characters(text):
    assert not list(check_text("f", text, Limit("f", 30)))


def test_the_lines_of_an_address_are_checked_under_the_users_name():
    address = Address(name="x" * 9, street="a", city="b", country="DE")
    limits = AddressLimits(Limit("name", 8), Limit("house_number", 5, 1, "it stands apart"))
    assert [(p.field, p.code) for p in limits.check("to", address)] == [("to.name", "too_long"), ("to.house_number", "missing")]


@given(st.text("ABC/1", min_size=1, max_size=35), st.integers(10, 34))
def test_a_short_reference_fits_and_is_the_key_where_that_fits(key, most):
    reference = short_reference(key, most)
    assert len(reference) <= most
    assert (reference == key) is (len(key) <= most)


@given(st.text("ABCDEFG0123456789/", min_size=21, max_size=35), st.text("ABCDEFG0123456789/", min_size=21, max_size=35))
def test_short_references_differ_as_their_keys_do(one, other):
    assert (short_reference(one, 20) == short_reference(other, 20)) is (one == other)


def test_a_call_that_nobody_can_make_says_why():
    with pytest.raises(Unsupported, match="because"):
        next(unsupported("because"))
