"""Stories 40 to 49 as far as a verdict shows them: precision, guessed zones, flags of the clock change."""

from dataclasses import replace
from datetime import date

import pytest

from retoure.carrier.times import aware
from retoure.lifecycle import Flag, State, assess
from retoure.model import Kind, Place, Precision, ZoneSource
from retoure.programmes import OpeningRule, SelectBy, load_policy
from tests.lifecycle.builders import ACCEPTED, BERLIN, case, dated, event, hub, read, verdict, when


@pytest.mark.parametrize(
    ("local", "flag", "instant"),
    [("2026-10-25T02:30", Flag.DST_OVERLAP, "2026-10-25T00:30Z"), ("2026-03-29T02:30", Flag.DST_GAP, "2026-03-29T01:30Z")],
)
def test_story_40_a_time_at_the_clock_change_is_resolved_and_flagged(local, flag, instant):
    moment, flags = aware(when(local).replace(tzinfo=None), BERLIN)
    issued = when(local[:10])
    found = verdict("2026-12-31", read("2026-12-30", event(Kind.DROPPED_OFF, moment, flags=flags)), issued_at=issued)
    assert found.first_scan is not None
    assert found.first_scan.instant.timestamp() == when(instant).timestamp()
    assert str(found.first_scan.day) == local[:10]
    assert flag in found.flags


def test_story_42_a_dated_acceptance_ranks_before_a_hub_of_the_same_day():
    found = verdict("06-02 12:00", read("06-02 12:00", dated(Kind.ACCEPTED, "06-01"), hub("06-01 18:20")))
    assert found.acceptance is not None
    assert found.acceptance.precision is Precision.DATE
    assert str(found.acceptance.day) == "2026-06-01"
    assert not found.inferred
    assert found.detail == "IN_TRANSIT"


def test_a_dated_hub_ranks_after_a_timed_acceptance_of_the_same_day():
    found = verdict("06-02 12:00", read("06-02 12:00", dated(Kind.HUB_SCAN, "06-01"), ACCEPTED))
    assert found.first_scan is not None
    assert found.first_scan.kind is Kind.DROPPED_OFF


def test_a_record_that_is_picked_by_the_first_scan_is_picked_by_the_date_that_the_carrier_told():
    """Midnight in Tokyo is still the day before in Berlin."""
    own = load_policy("own_shop_de")
    (short,) = (rule for rule in own.rules if isinstance(rule, OpeningRule) and rule.case == "LOST_IN_RETURN_TRANSIT")
    longer = short.value.model_copy(update={"wait_full_days": 30})
    turned = (
        short.model_copy(update={"select_by": SelectBy.FIRST_SCAN, "valid_until": date(2026, 6, 2)}),
        short.model_copy(update={"select_by": SelectBy.FIRST_SCAN, "valid_from": date(2026, 6, 2), "value": longer}),
    )
    policy = replace(own, rules=(*(rule for rule in own.rules if rule is not short), *turned))
    scan = event(Kind.DROPPED_OFF, "2026-06-02T00:00+09:00", precision=Precision.DATE, zone_source=ZoneSource.STATED)
    found = assess(case(read("06-03 12:00", scan)), policy, at=when("06-04 12:00"))
    assert (found.first_scan.day, found.opens_on) == (date(2026, 6, 2), date(2026, 7, 3))


def test_a_dated_delivery_is_first_scan_only_from_the_end_of_its_day():
    found = verdict("06-03 12:00", read("06-03 12:00", dated(Kind.DELIVERED, "06-02"), hub("06-02 08:00")))
    assert found.first_scan is not None
    assert found.first_scan.kind is Kind.HUB_SCAN
    assert found.delivered_at == when("06-02 00:00")


def test_story_43_a_dated_delivery_on_the_opening_day_counts_from_its_midnight():
    late = read("06-22 09:00", ACCEPTED, dated(Kind.DELIVERED, "06-22"))
    assert verdict("06-22 09:00", read("06-21 18:00", ACCEPTED), late).state is State.DELIVERED
    recovered = verdict("06-22 09:00", read("06-22 00:05", ACCEPTED), late)
    assert recovered.state is State.RECOVERED
    assert recovered.recovery_kind == "FOUND_AFTER_DEADLINE"


def test_story_46_a_stated_offset_is_used_whatever_the_place():
    stated = event(Kind.DROPPED_OFF, "2026-06-01T14:10-07:00", zone_source=ZoneSource.STATED)
    found = verdict("06-03 12:00", read("06-03 12:00", stated))
    assert found.first_scan is not None
    assert found.first_scan.instant == when("06-01 23:10")


@pytest.mark.parametrize(
    ("stated", "country", "flagged"),
    [
        ("-07:00", "DE", True),
        ("+01:00", "DE", True),
        ("+02:00", "DE", False),
        ("-07:00", "", False),
        ("Z", "DE", False),
        ("-07:00", "US", False),
    ],
)
def test_story_46_an_offset_that_no_clock_at_the_place_shows_is_used_and_flagged(stated, country, flagged):
    at = f"2026-06-01T14:10{stated}"
    found = verdict(
        "06-03 12:00",
        read("06-03 12:00", event(Kind.DROPPED_OFF, at, zone_source=ZoneSource.STATED, place=Place(country=country))),
    )
    assert found.first_scan is not None
    assert found.first_scan.instant == when(at)
    assert (Flag.STATED_ZONE in found.flags) is flagged


def test_story_46_a_concluded_offset_is_never_flagged_as_stated():
    concluded = event(Kind.DROPPED_OFF, "2026-06-01T14:10-07:00", zone_source=ZoneSource.CARRIER, place=Place(country="DE"))
    assert Flag.STATED_ZONE not in verdict("06-03 12:00", read("06-03 12:00", concluded)).flags


def test_story_49_a_guessed_zone_is_flagged_and_files_a_day_later():
    guessed = event(Kind.DROPPED_OFF, "06-01 14:10", zone_source=ZoneSource.ASSUMED, precision=Precision.DATE)
    found = verdict("06-03 12:00", read("06-03 12:00", guessed))
    assert Flag.ASSUMED_ZONE in found.flags
    assert found.opens_at == when("06-22 00:00")
    assert found.recommended_file_from == when("06-24 00:00")


def test_among_guessed_times_the_carriers_sequence_decides_not_the_instant():
    hand_in = event(Kind.DROPPED_OFF, "06-01 23:00", zone_source=ZoneSource.ASSUMED, precision=Precision.DATE)
    found = verdict("06-03 12:00", read("06-03 12:00", hand_in, hub("06-01 18:00")))
    assert found.first_scan is not None
    assert found.first_scan.kind is Kind.DROPPED_OFF
    assert not found.inferred


def test_instants_in_the_doubled_hour_are_ordered_by_the_instant_not_by_the_clock():
    first = event(Kind.DROPPED_OFF, when("2026-10-25T02:50").replace(fold=0))
    second = event(Kind.HUB_SCAN, when("2026-10-25T02:10").replace(fold=1))
    found = verdict("2026-10-26", read("2026-10-26", second, first), issued_at=when("2026-10-24"))
    assert found.first_scan is not None
    assert found.first_scan.kind is Kind.DROPPED_OFF
