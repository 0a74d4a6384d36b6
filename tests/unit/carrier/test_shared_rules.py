"""What carriers share: the lines of a declaration, refusals before a call, opening hours."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retoure.carrier import (
    WEEKDAYS,
    aware,
    closed_days,
    country_offset,
    country_zone,
    date_of,
    declared_value,
    months_after,
    number_of,
    piece_value,
    plain_number,
    rejected,
    texts,
    time_of_day,
    weekly_hours,
)
from retoure.errors import AddressRejected, Problem, RequestRejected, ServiceNotAvailable
from retoure.model import CustomsLine
from retoure.testing.samples import SAMPLES

BERLIN = ZoneInfo("Europe/Berlin")
LINE = CustomsLine.model_validate(SAMPLES["zurich_to_berlin"]["request"]["customs"][0])


@given(st.decimals(0, 10**6, places=2), st.integers(1, 500), st.sampled_from([Decimal("0.01"), Decimal("0.001")]))
def test_the_value_of_a_piece_makes_up_the_lines_exactly_or_is_none(amount, quantity, step):
    line = LINE.model_copy(update={"value": LINE.value.model_copy(update={"amount": amount}), "quantity": quantity})
    each = piece_value(line, step)
    assert each is None or (each * quantity == amount and each % step == 0)
    assert (each is None) == ((amount / step) % quantity != 0)


def test_the_declared_value_is_that_of_all_lines():
    assert declared_value(()) is None
    assert declared_value((LINE, LINE)).amount == 2 * LINE.value.amount


@pytest.mark.parametrize(
    ("problems", "error"),
    [
        ([("ship_from.city", "missing")], AddressRejected),
        ([("ship_from.city", "missing"), ("rma", "too_long")], RequestRejected),
        ([("ship_from.city", "missing"), ("service", "unknown_service")], ServiceNotAvailable),
    ],
)
def test_what_is_wrong_before_a_call_has_the_name_that_fits_best(problems, error):
    found = rejected(Problem(field, code, "text") for field, code in problems)
    assert type(found) is error
    assert len(found.problems) == len(problems)


def test_a_carriers_own_code_can_mean_that_the_service_is_not_to_be_had():
    assert type(rejected([Problem("x", "no_desk", "")], service_codes=frozenset({"no_desk"}))) is ServiceNotAvailable


@pytest.mark.parametrize(
    ("text", "moment"),
    [("9:00", time(9)), ("18:30:00", time(18, 30)), ("9:00 PM", time(21)), ("24:00", time(23, 59, 59)), ("9h", None), ("", None)],
)
def test_a_time_of_day_is_read_in_each_of_its_forms(text, moment):
    assert time_of_day(text) == moment


def test_half_a_week_of_hours_is_none():
    monday = (WEEKDAYS["monday"], time(9), time(18))
    assert [hours.weekday for hours in weekly_hours([(7, time(9), time(10)), monday])] == [1, 7]
    assert weekly_hours([monday, (None, time(9), time(18))]) == ()
    assert weekly_hours([monday, (2, time(9), None)]) == ()


def test_closed_days_are_whole_ones():
    closure = closed_days(date(2026, 12, 24), date(2026, 12, 26), BERLIN)
    assert closure.closed_from == datetime(2026, 12, 23, 23, tzinfo=UTC)
    assert closure.closed_until == datetime(2026, 12, 26, 23, tzinfo=UTC)


@pytest.mark.parametrize(("text", "day"), [("2026-03-01T10:00", date(2026, 3, 1)), ("2026-02-30", None), ("", None)])
def test_a_date_is_the_beginning_of_a_text_or_none(text, day):
    assert date_of(text) == day


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 12, 5), 3, date(2027, 3, 5)),
        (date(2024, 2, 29), 24, date(2026, 2, 28)),
    ],
)
def test_so_many_months_later_is_the_same_day_or_the_months_last(day, months, later):
    assert months_after(day, months) == later


@given(
    st.sampled_from(["AT", "DE", "GB", "JP", "ES", "AU", "CL", "EG", "MA", "ZZ"]),
    st.datetimes(datetime(1990, 1, 1), datetime(2035, 1, 1)),  # noqa: DTZ001 - bounds are naive
)
def test_a_days_offset_is_what_the_country_and_its_zone_say_of_each_moment_of_it(country, local):
    offset = country_offset(country, local.date())
    zone = country_zone(country, local)
    if offset is not None:
        assert zone is not None
        assert (local.replace(tzinfo=offset), ()) == aware(local, zone)


@pytest.mark.parametrize(("country", "day"), [("DE", "2026-03-29"), ("ES", "2026-06-01"), ("ZZ", "2026-06-01")])
def test_a_day_of_changing_clocks_or_differing_zones_has_no_offset(country, day):
    assert country_offset(country, date.fromisoformat(day)) is None


@pytest.mark.parametrize(
    ("value", "number"), [(1, Decimal(1)), (Decimal("1.5"), Decimal("1.5")), (True, None), ("1", None), (None, None)]
)
def test_a_number_is_a_number_and_no_text(value, number):
    assert number_of(value) == number


def test_texts_are_those_of_a_list_or_the_only_one():
    assert texts({"warnings": [" a ", "", None, 7]}, "warnings") == ["a", "7"]
    assert texts({"warnings": " a "}, "warnings") == ["a"]
    assert texts({"warnings": {"text": "a"}}, "warnings") == texts(None, "warnings") == []


def test_a_number_is_read_without_what_people_put_in():
    assert plain_number("jd 01-99.9") == "JD01999"
