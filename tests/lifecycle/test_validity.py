"""Stories 27 to 33: a number that was another parcel's before."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from retoure.carrier.times import aware
from retoure.lifecycle import Detail, Flag, ReturnCase, State, assess, timeline
from retoure.model import Kind, Place, Precision, ReadFailure
from tests.lifecycle.builders import ACCEPTED, BERLIN, MERCHANT, dated, delivered, event, failed, hub, read, verdict, when
from tests.lifecycle.folds import empty, folded


def test_story_27_an_old_parcels_delivery_is_set_aside():
    found = verdict("06-02 12:00", read("06-02 12:00", delivered("2024-10-20 11:00")))
    assert (found.state, found.detail) == (State.AWAITING_FIRST_SCAN, Detail.CREATED)
    assert [aside.reason for aside in found.quarantined] == ["NUMBER_REUSE"]
    assert Flag.NUMBER_REUSE in found.flags


def test_story_28_the_new_parcel_is_scanned_when_the_old_ones_data_has_gone():
    found = verdict("06-03 12:00", read("06-02 12:00", delivered("2024-10-20 11:00")), read("06-03 12:00", hub("06-03 04:00")))
    assert found.first_scan is not None
    assert found.first_scan.instant == when("06-03 04:00")
    assert Flag.RETRACTED not in found.flags


@pytest.mark.parametrize(("at", "used"), [("05-31 08:00", True), ("05-31 07:59", False)])
def test_story_29_an_event_may_seem_a_day_older_than_its_label(at, used):
    assert (verdict("06-02 12:00", read("06-02 12:00", hub(at))).first_scan is not None) is used


@pytest.mark.parametrize(("hours", "used"), [(25, True), (26, True), (27, False)])
def test_story_30_an_event_may_seem_a_day_ahead_of_its_reading(hours, used):
    ahead = event(Kind.HUB_SCAN, when("06-02 12:00") + timedelta(hours=hours))
    found = verdict("06-02 12:00", read("06-02 12:00", ahead))
    assert (found.first_scan is not None) is used
    assert (Flag.FUTURE_EVENT in found.flags) is not used


def test_story_30_an_event_set_aside_as_future_counts_once_its_time_has_come():
    ahead = event(Kind.HUB_SCAN, when("06-02 12:00") + timedelta(hours=27))
    found = verdict("06-04 12:00", read("06-02 12:00", ahead), read("06-04 12:00", ahead))
    assert found.first_scan is not None
    assert found.quarantined == ()


@pytest.mark.parametrize(("day", "used"), [("05-31", True), ("05-30", False)])
def test_a_dated_event_is_the_parcels_if_any_instant_of_its_date_is(day, used):
    assert (verdict("06-02 12:00", read("06-02 12:00", dated(Kind.HUB_SCAN, day))).first_scan is not None) is used


@pytest.mark.parametrize("bound", [Place(country="AT", postal_code="10115"), Place(country="DE", postal_code="20095")])
def test_story_31_an_answer_bound_elsewhere_is_set_aside_whole(bound):
    found = verdict("06-02 12:00", read("06-02 12:00", ACCEPTED, destination=bound))
    assert found.detail is Detail.QUARANTINED
    assert found.first_scan is None
    assert Flag.WRONG_SHIPMENT in found.flags
    assert [aside.event.kind for aside in found.quarantined] == [Kind.DROPPED_OFF]


@pytest.mark.parametrize(
    ("wanted", "told", "flag"),
    [
        (Place(country="US", postal_code="90001"), Place(country="US", postal_code="90001-1234"), None),
        (Place(country="US", postal_code="90001-1234"), Place(country="US", postal_code="900015678"), Flag.WRONG_SHIPMENT),
        (MERCHANT, Place(country="DE", postal_code="D-10115"), None),
        (MERCHANT, Place(postal_code="DE 10115"), None),
        (MERCHANT, Place(postal_code="1011"), Flag.DESTINATION_UNVERIFIED),
        (Place(country="GB", postal_code="W1A 1AA"), Place(country="GB", postal_code="w1a1aa"), None),
        (MERCHANT, Place(country="DE", postal_code="D-10117"), Flag.WRONG_SHIPMENT),
    ],
)
def test_story_31_postcodes_are_compared_by_their_significant_part(wanted, told, flag):
    found = verdict("06-02 12:00", read("06-02 12:00", ACCEPTED, destination=told), destination=wanted)
    assert [one for one in found.flags if one in (Flag.WRONG_SHIPMENT, Flag.DESTINATION_UNVERIFIED)] == ([flag] if flag else [])
    assert (found.first_scan is None) is (flag is Flag.WRONG_SHIPMENT)


def test_a_delivery_at_a_longer_spelling_of_the_postcode_is_at_the_return_address():
    there = delivered("06-04 11:00", place=Place(country="US", postal_code="90001-1234"))
    found = verdict("06-05 12:00", read("06-05 12:00", there), destination=Place(country="US", postal_code="90001"))
    assert found.state is State.DELIVERED


def test_story_31_a_look_up_that_found_another_shipment_is_no_answer():
    found = verdict("06-02 12:00", failed("06-02 12:00", ReadFailure.WRONG_SHIPMENT))
    assert found.detail is Detail.QUARANTINED
    assert Flag.WRONG_SHIPMENT in found.flags


def test_story_31_an_answer_bound_elsewhere_is_no_evidence_of_a_loss():
    wrong = read("06-22 08:00", ACCEPTED, destination=Place(country="DE", postal_code="20095"))
    assert verdict("06-22 09:00", read("06-02 12:00", ACCEPTED), wrong).state is State.INDETERMINATE


@pytest.mark.parametrize(("bound", "unverified"), [(None, True), (Place(country="DE"), True), (MERCHANT, False)])
def test_story_32_an_answer_that_hides_its_destination_is_used_and_marked(bound, unverified):
    found = verdict("06-02 12:00", read("06-02 12:00", ACCEPTED, destination=bound))
    assert found.first_scan is not None
    assert (Flag.DESTINATION_UNVERIFIED in found.flags) is unverified


def test_story_33_an_imported_number_has_no_lower_bound_and_says_so():
    found = verdict("06-02 12:00", read("06-02 12:00", hub("2024-10-20 11:00")), issued_at=None)
    assert found.first_scan is not None
    assert Flag.REUSE_UNCHECKED in found.flags


NO_DATES = ["0001-01-01T00:00", "1899-12-30T00:00", "1970-01-01T00:00", "9999-12-31T23:59"]


@pytest.mark.parametrize("precision", [Precision.MINUTE, Precision.DATE])
@pytest.mark.parametrize("issued_at", [when("06-01 08:00"), None])
@pytest.mark.parametrize("zone", [BERLIN, ZoneInfo("Asia/Tokyo"), ZoneInfo("America/Los_Angeles")], ids=str)
@pytest.mark.parametrize("written", NO_DATES)
def test_a_date_that_stands_for_none_is_set_aside_and_stops_nothing(written, zone, issued_at, precision):
    """A carrier's system writes the calendar's first day, or its own, where it knows no date."""
    none = event(Kind.DELIVERED, aware(datetime.fromisoformat(written), zone)[0], precision=precision)
    case, _ = folded(empty(issued_at=issued_at), read("06-02 12:00", ACCEPTED), read("06-22 12:00", ACCEPTED, none))
    found = assess(case, at=when("06-22 12:00"))
    reason = "FUTURE" if written.startswith("9999") else "NUMBER_REUSE"
    assert [aside.reason for aside in found.quarantined] == [reason]
    assert found.first_scan.instant == when("06-01 14:10")
    assert len(timeline(case, at=when("06-22 12:00")).moments) > 3
    again = case.observed(read("06-23 12:00", ACCEPTED, none))
    assert ReturnCase.model_validate_json(again.model_dump_json()) == again
