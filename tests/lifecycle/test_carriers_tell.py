"""Stories 15 to 18, 22, 23, 44, 45, 61, 72 and 73: what the carriers' own codes come to, from their table to the verdict."""

from zoneinfo import ZoneInfo

import pytest

from retoure.lifecycle import Detail, FailedRead, Flag, State
from retoure.model import Kind, Place, Precision, ReadFailure, TrackingFailure, ZoneSource
from retoure_dhl_express.codes import EVENTS
from retoure_dhl_paket.codes import classify as classify_paket
from retoure_ups.history import read_activities
from tests.lifecycle.builders import ACCEPTED, NUMBER, event, read, verdict, when

BERLIN = ZoneInfo("Europe/Berlin")
BACK_IN_BERLIN = {"address": {"countryCode": "DE", "city": "Berlin", "postalCode": "10115"}}


def activity(type_: str, code: str = "", status: str = "", at: str = "20260601 141000", **more):
    day, time = at.split()
    row = {"status": {"type": type_, "code": code, "statusCode": status}, "date": day, "time": time, "gmtOffset": "+02:00"}
    return row | {"location": {"address": {"countryCode": "DE"}}} | more


def ups(*rows, at="06-10 12:00"):
    """The verdict on what UPS tells, the newest row first."""
    return verdict(at, read(at, *read_activities(list(reversed(rows)), BERLIN, frozenset())), carrier="ups")


def test_story_15_at_ups_only_the_drop_off_is_a_scan():
    manifest, planned = activity("M", "MP", "003", "20260601 080500"), activity("I", "OC", at="20260601 090000")
    found = ups(manifest, planned, activity("I", "XD", at="20260601 141000"))
    assert (found.first_scan.instant, found.inferred) == (when("06-01 14:10"), False)


def test_story_16_a_return_label_left_with_the_customer_is_no_scan():
    found = ups(activity("I", "", "133"))
    assert (found.state, found.first_scan) == (State.AWAITING_FIRST_SCAN, None)


def test_story_17_a_manifest_row_is_no_scan_whatever_it_says_of_logical_scans():
    assert ups(activity("M", "MP", "003", logicalScan=False)).first_scan is None
    assert ups(activity("M", "DP", logicalScan="false")).first_scan is None


def test_story_18_a_delivery_type_that_means_out_for_delivery_is_that():
    found = ups(activity("I", "XD"), activity("D", "", "021", "20260603 080000", location=BACK_IN_BERLIN))
    assert (found.state, found.detail) == (State.IN_TRANSIT, Detail.OUT_FOR_DELIVERY)


def test_story_22_a_status_that_is_only_listed_is_not_reached():
    """A list of all statuses becomes one event for each that was reached; here none but the order was."""
    listed = [("SHIPMENT", Kind.DATA_RECEIVED, True), ("ACCEPTED", Kind.ACCEPTED, False), ("DELIVERED", Kind.DELIVERED, False)]
    reached = [event(kind, "06-01 09:00", code=code) for code, kind, is_reached in listed if is_reached]
    found = verdict("06-02 12:00", read("06-02 12:00", *reached), carrier="dpd")
    assert (found.state, found.detail) == (State.AWAITING_FIRST_SCAN, Detail.ANNOUNCED)


PAKET_FAILED = classify_paket("AN", "NTPUP", "")


@pytest.mark.parametrize("how", ["dhl_paket", "ups"])
def test_story_23_a_failed_pickup_starts_no_clock(how):
    if how == "ups":
        found = ups(activity("X", "", "065"))
    else:
        row = event(PAKET_FAILED.kind, "06-01 10:00", custody=PAKET_FAILED.custody, code="AN/NTPUP")
        found = verdict("06-02 12:00", read("06-02 12:00", row))
    assert (found.detail, found.opens_on) == (Detail.PICKUP_PENDING, None)
    assert Flag.PICKUP_FAILED in found.flags


@pytest.mark.parametrize(
    ("country", "source", "precision", "recommended"),
    [("DE", ZoneSource.COUNTRY, Precision.SECOND, "06-23"), ("US", ZoneSource.ASSUMED, Precision.DATE, "06-24")],
)
def test_story_44_without_gmt_the_country_decides_or_nobody_does(country, source, precision, recommended):
    found = ups(activity("I", "XD", gmtOffset="", location={"address": {"countryCode": country}}))
    assert (found.first_scan.zone_source, found.first_scan.precision) == (source, precision)
    assert (str(found.opens_on), found.recommended_file_from) == ("2026-06-22", when(f"{recommended} 00:00"))


def test_story_45_a_time_without_its_leading_zero_is_the_same_instant():
    spelt = [ups(activity("I", "XD", gmtDate="20260601", gmtTime=time)) for time in ("74700", "074700", "07:47:00")]
    assert {found.first_scan.instant for found in spelt} == {when("2026-06-01T07:47Z")}


@pytest.mark.parametrize("how", ["dhl_paket", "dhl_express", "ups 147", "ups 149"])
def test_story_61_what_a_carrier_destroyed_is_neither_delivered_nor_lost(how):
    if how.startswith("ups"):
        found = ups(activity("I", "XD"), activity("X", "", how[-3:], "20260603 080000"))
    else:
        told = classify_paket("ZU", "DSPSD", "") if how == "dhl_paket" else EVENTS["DS"]
        gone = event(told.kind, "06-03 08:00", custody=told.custody, place=Place(country="DE"))
        found = verdict("06-10 12:00", read("06-10 12:00", ACCEPTED, gone), carrier=how)
    assert (found.state, found.detail, found.claim_route) == (State.EXCEPTION, Detail.DISPOSED, found.claim_route)
    assert found.delivered_at is None


@pytest.mark.parametrize("reason", [ReadFailure.NOT_FOUND, ReadFailure.FAILED])
def test_stories_72_and_73_a_purged_number_is_not_lost_however_the_carrier_fails(reason):
    gone = TrackingFailure(NUMBER, "dhl_paket", reason, when("09-10 12:00"), carrier_code="500")
    found = verdict("09-10 12:00", read("06-21 18:00", ACCEPTED), FailedRead(failure=gone))
    assert found.state is State.INDETERMINATE
    assert found.first_scan.instant == when("06-01 14:10")
