"""Local times become instants, and what had to be assumed is said."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retoure.carrier import aware, country_zone, day_in, first_instant

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


SUMMER, WINTER = datetime(2026, 7, 1, 12), datetime(2026, 1, 1, 12)  # noqa: DTZ001 - local times have no zone


@pytest.mark.parametrize(("country", "zone"), [("DE", "Europe/Berlin"), ("ch", "Europe/Zurich"), ("GB", "Europe/London")])
def test_a_country_whose_clocks_agree_has_a_zone(country, zone):
    assert country_zone(country, SUMMER).utcoffset(SUMMER) == ZoneInfo(zone).utcoffset(SUMMER)


@pytest.mark.parametrize("country", ["ES", "PT", "US", "", "ZZ", "Germany"])
def test_a_country_with_several_clocks_or_none_known_has_no_zone(country):
    assert country_zone(country, SUMMER) is None


def test_a_country_whose_clocks_agree_in_summer_only_has_a_zone_in_summer_only():
    # Simferopol keeps Moscow's time, which is what Kyiv's clocks show in summer.
    assert country_zone("UA", SUMMER) is not None
    assert country_zone("UA", WINTER) is None


def test_zones_are_compared_on_both_sides_of_a_change_of_clocks():
    # At 03:30 Kyiv's clocks are about to show 03:30 once more, Simferopol's are not.
    assert country_zone("UA", datetime(2026, 10, 25, 3, 30)) is None  # noqa: DTZ001 - local times have no zone


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)))  # noqa: DTZ001
def test_the_zone_of_a_country_shows_the_offset_of_every_zone_of_it(local):
    zone = country_zone("DE", local)
    assert zone is not None
    assert {local.replace(tzinfo=ZoneInfo(name)).utcoffset() for name in ("Europe/Berlin", "Europe/Busingen")} == {
        local.replace(tzinfo=zone).utcoffset()
    }
