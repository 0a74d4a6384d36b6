"""Local times become instants, and what had to be assumed is said."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retoure.carrier import aware, day_in, first_instant

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = st.sampled_from(
    ["Europe/Berlin", "UTC", "America/Los_Angeles", "Africa/Cairo", "Asia/Tokyo", "Australia/Lord_Howe", "America/Havana"]
)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("text", "utc", "flags"),
    [
        ("2026-06-01T14:10", "2026-06-01T12:10+00:00", ()),
        ("2026-10-25T02:30", "2026-10-25T00:30+00:00", ("dst_overlap",)),
        ("2026-03-29T02:30", "2026-03-29T01:30+00:00", ("dst_gap",)),
        ("2026-03-29T03:00", "2026-03-29T01:00+00:00", ()),
        ("2026-10-25T03:00", "2026-10-25T02:00+00:00", ()),
    ],
)
def test_a_german_time_is_read_with_its_offset(text, utc, flags):
    instant, found = aware(local(text), BERLIN)
    assert instant == local(utc)
    assert found == flags


def test_a_time_in_the_gap_is_moved_forward_by_the_gap():
    instant, _ = aware(local("2026-03-29T02:30"), BERLIN)
    assert instant.isoformat() == "2026-03-29T03:30:00+02:00"


@pytest.mark.parametrize(
    ("day", "zone", "expected"),
    [
        ("2026-06-22", "Europe/Berlin", "2026-06-21T22:00+00:00"),
        ("2026-10-31", "Europe/Berlin", "2026-10-30T23:00+00:00"),
        ("2026-04-24", "Africa/Cairo", "2026-04-23T22:00+00:00"),
    ],
)
def test_the_first_instant_of_a_day_is_midnight_or_the_end_of_the_gap_that_swallows_it(day, zone, expected):
    assert first_instant(date.fromisoformat(day), ZoneInfo(zone)) == local(expected)


@given(st.dates(date(2000, 1, 1), date(2037, 12, 31)), ZONES)
def test_the_first_instant_has_the_date_and_the_instant_before_it_does_not(day, name):
    zone = ZoneInfo(name)
    first = first_instant(day, zone)
    assert day_in(first, zone) == day
    assert day_in(first.astimezone(UTC) - timedelta(microseconds=1), zone) < day


@given(st.datetimes(datetime(2000, 1, 1), datetime(2037, 12, 31)), ZONES)  # noqa: DTZ001 - local times have no zone
def test_an_instant_keeps_its_wall_clock_unless_that_time_does_not_exist(wall, name):
    instant, flags = aware(wall, ZoneInfo(name))
    assert instant.utcoffset() is not None
    if "dst_gap" in flags:
        assert instant.replace(tzinfo=None, fold=0) > wall
    else:
        assert instant.replace(tzinfo=None, fold=0) == wall
