"""The worked dates W1 to W16, the three ways to count, and a second count that goes day by day."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retoure.carrier.times import aware
from retoure.lifecycle.windows import window_of
from retoure.model import Kind, Precision, ZoneSource
from retoure.programmes import DayRule, Opening
from tests.lifecycle.builders import BERLIN, event

BERLIN_NAME = "Europe/Berlin"

# name, scan as the carrier tells it, policy zone, opens_at in the zone, the same in UTC, date of the recommended start
WORKED = [
    ("W1", "2026-06-01T14:10+02:00", BERLIN_NAME, "2026-06-22T00:00+02:00", "2026-06-21T22:00Z", "2026-06-23"),
    ("W2 UTC", "2026-06-01T14:10+02:00", "UTC", "2026-06-22T00:00+00:00", "2026-06-22T00:00Z", "2026-06-23"),
    (
        "W2 Los Angeles",
        "2026-06-01T14:10+02:00",
        "America/Los_Angeles",
        "2026-06-22T00:00-07:00",
        "2026-06-22T07:00Z",
        "2026-06-23",
    ),
    ("W3", "2026-06-01T23:50", BERLIN_NAME, "2026-06-22T00:00+02:00", "2026-06-21T22:00Z", "2026-06-23"),
    ("W4", "2026-06-01T22:30Z", BERLIN_NAME, "2026-06-23T00:00+02:00", "2026-06-22T22:00Z", "2026-06-24"),
    ("W5", "2026-03-15T23:59+01:00", BERLIN_NAME, "2026-04-05T00:00+02:00", "2026-04-04T22:00Z", "2026-04-06"),
    ("W6", "2026-03-15T09:00+01:00", BERLIN_NAME, "2026-04-05T00:00+02:00", "2026-04-04T22:00Z", "2026-04-06"),
    ("W7", "2026-10-10T00:00+02:00", BERLIN_NAME, "2026-10-31T00:00+01:00", "2026-10-30T23:00Z", "2026-11-01"),
    ("W8", "2028-02-10T12:00+01:00", BERLIN_NAME, "2028-03-02T00:00+01:00", "2028-03-01T23:00Z", "2028-03-03"),
    ("W9", "2027-02-10T12:00+01:00", BERLIN_NAME, "2027-03-03T00:00+01:00", "2027-03-02T23:00Z", "2027-03-04"),
    ("W10", "2028-02-29T12:00+01:00", BERLIN_NAME, "2028-03-21T00:00+01:00", "2028-03-20T23:00Z", "2028-03-22"),
    ("W11", "2026-12-20T12:00+01:00", BERLIN_NAME, "2027-01-10T00:00+01:00", "2027-01-09T23:00Z", "2027-01-11"),
    ("W12", "2026-10-25T02:30", BERLIN_NAME, "2026-11-15T00:00+01:00", "2026-11-14T23:00Z", "2026-11-16"),
    ("W13", "2026-03-29T02:30", BERLIN_NAME, "2026-04-19T00:00+02:00", "2026-04-18T22:00Z", "2026-04-20"),
    ("W14", "2026-04-03T12:00+02:00", "Africa/Cairo", "2026-04-24T01:00+03:00", "2026-04-23T22:00Z", "2026-04-25"),
    ("W15", "2026-06-02T06:30+09:00", BERLIN_NAME, "2026-06-22T00:00+02:00", "2026-06-21T22:00Z", "2026-06-23"),
    ("W16", "2026-06-01T18:00-07:00", BERLIN_NAME, "2026-06-23T00:00+02:00", "2026-06-22T22:00Z", "2026-06-24"),
]


def rule(day_rule: DayRule = DayRule.EXCLUSIVE, safety: int = 1) -> Opening:
    return Opening(anchor="first_scan", wait_full_days=20, day_rule=day_rule, safety_days=safety)


def told(text: str) -> datetime:
    """As a carrier package reads it: without an offset, in the carrier's zone."""
    instant = datetime.fromisoformat(text)
    return instant if instant.tzinfo else aware(instant, BERLIN)[0]


@pytest.mark.parametrize(
    ("scan", "zone", "opens_at", "in_utc", "recommended"),
    [pytest.param(*row[1:], id=row[0]) for row in WORKED],
)
def test_a_worked_date_opens_when_the_table_says(scan, zone, opens_at, in_utc, recommended):
    window = window_of(event(Kind.DROPPED_OFF, told(scan)), (), rule(), ZoneInfo(zone))
    assert window.opens_at.isoformat(timespec="minutes") == opens_at
    assert window.opens_at.astimezone(UTC) == told(in_utc)
    assert window.opens_on == window.opens_at.date()
    assert window.recommended_file_from.isoformat()[:16] == f"{recommended}T00:00"


def opening(name: str) -> str:
    """The opening of a worked date, in its zone."""
    _, scan, zone, *_ = next(row for row in WORKED if row[0] == name)
    found = window_of(event(Kind.DROPPED_OFF, told(scan)), (), rule(), ZoneInfo(zone))
    return found.opens_at.isoformat(timespec="minutes")


def test_story_34_a_naive_time_before_midnight_is_the_carriers_and_not_utc():
    assert opening("W3") == "2026-06-22T00:00+02:00"
    misread = event(Kind.DROPPED_OFF, datetime(2026, 6, 1, 23, 50, tzinfo=UTC))
    assert window_of(misread, (), rule(), BERLIN).opens_on == date(2026, 6, 23)


def test_story_35_an_instant_in_utc_counts_by_the_date_in_the_policys_zone():
    assert opening("W4") == "2026-06-23T00:00+02:00"


def test_story_37_the_clock_change_of_spring_moves_no_date():
    assert [opening(name) for name in ("W5", "W6")] == ["2026-04-05T00:00+02:00"] * 2


def test_story_38_the_clock_change_of_autumn_moves_no_date():
    assert opening("W7") == "2026-10-31T00:00+01:00"


def test_story_39_a_leap_day_is_a_day():
    assert [opening(name)[:10] for name in ("W8", "W10", "W9")] == ["2028-03-02", "2028-03-21", "2027-03-03"]


def test_story_41_the_year_changes_on_the_way():
    assert opening("W11") == "2027-01-10T00:00+01:00"


def test_story_47_where_midnight_does_not_exist_the_first_instant_of_the_day_opens():
    assert opening("W14") == "2026-04-24T01:00+03:00"


def test_story_48_a_scan_abroad_counts_by_the_policys_date():
    assert [opening(name)[:10] for name in ("W15", "W16")] == ["2026-06-22", "2026-06-23"]


def test_story_36_a_scan_before_midnight_counts_by_the_policys_date_alone():
    late, after = (
        window_of(event(Kind.DROPPED_OFF, told(at)), (), rule(), BERLIN) for at in ("2026-06-01T23:50", "2026-06-02T00:30")
    )
    assert (str(late.opens_on), str(after.opens_on)) == ("2026-06-22", "2026-06-23")


@pytest.mark.parametrize(
    ("scan", "day_rule", "opens_at"),
    [
        ("2026-06-01T14:10+02:00", DayRule.INCLUSIVE, "2026-06-21T00:00+02:00"),
        ("2026-06-01T14:10+02:00", DayRule.ELAPSED_HOURS, "2026-06-21T14:10+02:00"),
        ("2026-03-15T23:59+01:00", DayRule.ELAPSED_HOURS, "2026-04-05T00:59+02:00"),
        ("2026-03-15T09:00+01:00", DayRule.ELAPSED_HOURS, "2026-04-04T10:00+02:00"),
        ("2026-10-10T00:00+02:00", DayRule.ELAPSED_HOURS, "2026-10-29T23:00+01:00"),
    ],
)
def test_the_other_ways_to_count_are_told_apart(scan, day_rule, opens_at):
    window = window_of(event(Kind.DROPPED_OFF, told(scan)), (), rule(day_rule), BERLIN)
    assert window.opens_at.isoformat(timespec="minutes") == opens_at


def test_elapsed_hours_from_a_scan_known_to_the_day_count_from_the_end_of_that_day():
    dated = event(Kind.DROPPED_OFF, told("2026-06-01T00:00"), precision=Precision.DATE)
    window = window_of(dated, (), rule(DayRule.ELAPSED_HOURS), BERLIN)
    assert window.opens_at > told("2026-06-21T23:59")


def test_story_49_a_guessed_zone_moves_the_recommended_date_by_a_day_and_the_opening_not():
    guess = event(Kind.HUB_SCAN, told("2026-06-01T14:10"), precision=Precision.DATE, zone_source=ZoneSource.ASSUMED)
    window = window_of(guess, (), rule(), BERLIN)
    assert str(window.opens_on) == "2026-06-22"
    assert window.recommended_file_from == told("2026-06-24T00:00")


ZONES = st.sampled_from(
    ["Europe/Berlin", "UTC", "America/Los_Angeles", "Africa/Cairo", "America/Havana", "Asia/Beirut", "America/Sao_Paulo",
     "Asia/Tehran", "Australia/Lord_Howe", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu", "America/St_Johns",
     "Atlantic/Azores", "America/Asuncion", "Asia/Gaza", "Africa/Casablanca", "America/Nuuk"]
)  # fmt: skip
INSTANTS = st.datetimes(min_value=datetime(2014, 1, 1), max_value=datetime(2036, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds


def opening_day_by_day(scan: datetime, zone: ZoneInfo) -> datetime:
    """A second count, which knows nothing but what a clock on the wall shows: wait for midnight to pass twenty-one times.

    It walks through time a quarter of an hour at a time, on a line that has no zones, and notes each change of date.
    """
    day = scan.astimezone(zone).date()
    moment = scan.replace(minute=scan.minute // 15 * 15, second=0, microsecond=0)
    quarter = timedelta(minutes=15)
    passed = 0
    while True:
        moment += quarter
        shown = moment.astimezone(zone).date()
        # A clock set back over midnight shows the old date again: a day passes when a date comes up for the first time.
        if shown > day:
            passed += (shown - day).days
            day = shown
            if passed >= 21:
                return moment


@given(scan=INSTANTS, zone=ZONES)
def test_the_opening_is_the_moment_at_which_the_twenty_first_midnight_passes(scan, zone):
    window = window_of(event(Kind.DROPPED_OFF, scan), (), rule(), ZoneInfo(zone))
    assert window.opens_at.astimezone(UTC) == opening_day_by_day(scan, ZoneInfo(zone))


@given(
    scan=INSTANTS, zone=st.sampled_from(["Europe/Berlin", "Africa/Cairo", "America/Los_Angeles", "Asia/Tokyo", "America/Havana"])
)
def test_invariant_4_the_opening_has_the_date_twenty_one_days_on(scan, zone):
    window = window_of(event(Kind.DROPPED_OFF, scan), (), rule(), ZoneInfo(zone))
    scanned: date = scan.astimezone(ZoneInfo(zone)).date()
    assert window.opens_at.astimezone(ZoneInfo(zone)).date() == window.opens_on == scanned + timedelta(days=21)


@given(
    scan=INSTANTS, zone=ZONES, day_rule=st.sampled_from(DayRule), safety=st.integers(1, 5), precision=st.sampled_from(Precision)
)
def test_invariant_7_filing_is_recommended_after_the_opening(scan, zone, day_rule, safety, precision):
    window = window_of(event(Kind.DROPPED_OFF, scan, precision=precision), (), rule(day_rule, safety), ZoneInfo(zone))
    assert window.recommended_file_from.astimezone(UTC) > window.opens_at.astimezone(UTC)
