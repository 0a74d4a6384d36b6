from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.carriers.ups.asking import CONTEXT, NUMBER, OTHER_NUMBER, account, answer, driven, fault, parcel, query_of

from retoure.carrier import Effect
from retoure.errors import AuthenticationFailed, CarrierUnavailable, MalformedResponse, RequestRejected
from retoure.model import Custody, Kind, Precision, ReadFailure, ZoneSource
from retoure_ups.history import read_offset
from retoure_ups.tracking import UpsTracking, build_track_request, parse_track_response

LABEL = {"status": {"type": "M", "code": "MP", "statusCode": "003"}, "date": "20260601", "time": "080000", "gmtOffset": "+02:00"}
DROP = {"status": {"type": "I", "code": "XD", "statusCode": "167"}, "date": "20260602", "time": "174200", "gmtOffset": "+02:00"}


def history(*activities, **package):
    return {"trackResponse": {"shipment": [{"package": [{"trackingNumber": NUMBER, "activity": list(activities), **package}]}]}}


def outcome(body, **more):
    return parse_track_response(answer(body), parcel(**more), account(), CONTEXT)


def only_event(**changes):
    (event,) = outcome(history({**DROP, **changes})).events
    return event


# What is sent.


def test_one_number_goes_into_a_call_and_nothing_that_costs_time_is_asked_for():
    request = build_track_request(parcel("1z exmpl-1901.2345675"), account(), CONTEXT)
    assert request.url.partition("?")[0].endswith(f"/api/track/v1/details/{NUMBER}")
    assert query_of(request) == {"locale": "en_US", "returnSignature": "false", "returnMilestones": "false", "returnPOD": "false"}
    assert request.effect is Effect.READ
    assert UpsTracking.batch_size == 1


def test_every_call_carries_a_trace_id_that_holds_nobodys_data():
    headers = build_track_request(parcel(), account(), CONTEXT).headers
    assert len(headers["transId"]) == 32
    assert NUMBER not in headers["transId"]
    assert headers["transactionSrc"]


@pytest.mark.parametrize("number", ["123456", "1" * 35, ". - ."])
def test_a_number_of_a_length_that_ups_has_none_of_is_refused(number):
    with pytest.raises(RequestRejected, match="7 to 34"):
        build_track_request(parcel(number), account(), CONTEXT)


def test_several_numbers_are_asked_for_one_by_one():
    call = UpsTracking(account(), CONTEXT).track([parcel(), parcel(OTHER_NUMBER)])
    outcomes, requests = driven(call, answer(history(DROP)), answer(history(DROP, trackingNumber=OTHER_NUMBER)))
    assert len(requests) == 2
    assert set(outcomes) == {NUMBER, OTHER_NUMBER}


# What is read.


def test_the_newest_row_comes_first_and_the_oldest_event_does():
    assert [event.kind for event in outcome(history(DROP, LABEL)).events] == [Kind.DATA_RECEIVED, Kind.DROPPED_OFF]


def test_rows_that_come_oldest_first_all_the_same_are_not_turned_round():
    events = outcome(history(LABEL, DROP)).events
    assert [event.sequence for event in events] == [0, 1]
    assert [event.kind for event in events] == [Kind.DATA_RECEIVED, Kind.DROPPED_OFF]


def test_of_rows_with_one_time_the_last_listed_is_the_oldest():
    arrival = {**DROP, "status": {"type": "I", "code": "AR", "statusCode": "005"}}
    assert [event.kind for event in outcome(history(arrival, DROP)).events] == [Kind.DROPPED_OFF, Kind.HUB_SCAN]


@pytest.mark.parametrize("spelling", ["09:41:00", "094100", "94100"])
def test_gmt_is_read_in_every_spelling(spelling):
    event = only_event(gmtDate="20260602", gmtTime=spelling)
    assert event.instant == datetime(2026, 6, 2, 9, 41, tzinfo=UTC)
    assert event.zone_source is ZoneSource.STATED


@pytest.mark.parametrize(("text", "hours"), [("-05:00", -5), ("-04.00", -4), ("+0530", 5.5), ("+2", 2), ("+00:00", 0)])
def test_an_offset_is_read_with_a_colon_a_dot_or_neither(text, hours):
    assert read_offset(text).utcoffset(None) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["", "GMT", "05:00", "+99:00", "+5h"])
def test_what_is_no_offset_is_none(text):
    assert read_offset(text) is None


def test_without_gmt_a_country_with_one_clock_decides():
    event = only_event(gmtOffset="", location={"address": {"countryCode": "AT", "city": "Wien"}})
    assert (event.zone_source, event.precision) == (ZoneSource.COUNTRY, Precision.SECOND)
    assert event.instant.utcoffset() == timedelta(hours=2)


def test_a_country_under_its_other_name_decides_too():
    assert only_event(gmtOffset="", location={"address": {"country": "AT"}}).zone_source is ZoneSource.COUNTRY


def test_a_country_with_several_clocks_leaves_a_guess_that_is_known_to_the_day():
    event = only_event(gmtOffset="", location={"address": {"countryCode": "US"}})
    assert (event.zone_source, event.precision) == (ZoneSource.ASSUMED, Precision.DATE)


def test_a_row_without_a_time_of_day_is_known_to_the_day():
    assert only_event(time="").precision is Precision.DATE


@pytest.mark.parametrize("spelling", ["noon", "941", "0941", "9:41", "09:41", "09:4100", "256100", "0000941"])
def test_a_time_of_day_that_can_be_read_in_two_ways_or_none_is_not_guessed(spelling):
    event = only_event(time=spelling)
    assert (event.instant, event.precision) == (datetime(2026, 6, 1, 22, tzinfo=UTC), Precision.DATE)
    assert event.local_text == f"20260602 {spelling}"


def test_gmt_that_cannot_be_read_leaves_it_to_the_local_time():
    event = only_event(gmtDate="20260602", gmtTime="9:41")
    assert (event.instant, event.precision) == (datetime(2026, 6, 2, 15, 42, tzinfo=UTC), Precision.SECOND)


def test_a_time_that_occurs_twice_is_flagged():
    event = only_event(gmtOffset="", date="20261025", time="023000", location={"address": {"countryCode": "DE"}})
    assert "dst_overlap" in event.flags


@pytest.mark.parametrize("broken", [{"date": ""}, {"date": "2026-6-2"}, {"date": "20260230"}])
def test_a_date_that_cannot_be_read_fails_the_number_and_no_shorter_history_is_told(broken):
    failure = outcome(history(LABEL, {**DROP, **broken}))
    assert failure.reason is ReadFailure.FAILED


def test_a_label_row_is_no_scan_though_ups_calls_it_no_logical_one():
    (event,) = outcome(history({**LABEL, "logicalScan": False})).events
    assert event.custody is Custody.NONE


@pytest.mark.parametrize("logical", [True, "true"])
def test_a_movement_that_ups_calls_logical_is_no_scan(logical):
    assert only_event(logicalScan=logical).custody is Custody.NONE


def test_the_place_is_told_as_ups_tells_it():
    address = {"city": "Berlin", "stateProvince": "BE", "countryCode": "DE", "country": "DE", "postalCode": "10115"}
    place = only_event(location={"address": address}).location
    assert (place.city, place.country, place.postal_code, place.text) == ("Berlin", "DE", "10115", "Berlin, BE, DE")


def test_the_package_is_picked_by_its_number():
    body = history(DROP)
    body["trackResponse"]["shipment"][0]["package"].insert(0, {"trackingNumber": OTHER_NUMBER, "activity": [LABEL]})
    report = outcome(body)
    assert [event.kind for event in report.events] == [Kind.DROPPED_OFF]
    assert report.pieces == (OTHER_NUMBER, NUMBER)


def test_several_packages_of_which_none_has_the_number_are_no_history():
    body = {"trackResponse": {"shipment": {"package": [{"trackingNumber": "1ZA"}, {"trackingNumber": "1ZB"}]}}}
    assert outcome(body).reason is ReadFailure.FAILED


def test_another_number_is_told_only_where_ups_says_that_it_goes_on():
    others = {"alternateTrackingNumber": {"number": OTHER_NUMBER}}
    assert outcome(history(DROP, **others)).successor == ""
    moved = {**DROP, "status": {"type": "X", "code": "CG"}}
    assert outcome(history(moved, **others)).successor == OTHER_NUMBER


def test_a_parcel_to_another_country_is_another_shipment():
    body = history(DROP, packageAddress=[{"type": "DESTINATION", "address": {"countryCode": "FR"}}])
    assert outcome(body, country="DE").reason is ReadFailure.WRONG_SHIPMENT
    assert outcome(body).destination.country == "FR"


def test_a_warning_that_is_not_that_of_an_unknown_number_is_a_failure():
    failure = outcome({"trackResponse": {"shipment": {"warnings": {"code": "TW0002", "message": "later"}}}})
    assert (failure.reason, failure.carrier_code) == (ReadFailure.FAILED, "TW0002")


@pytest.mark.parametrize("body", [{}, [], "text", {"trackResponse": {}}, {"trackResponse": {"shipment": []}}])
def test_an_answer_without_a_shipment_is_not_what_was_promised(body):
    with pytest.raises(MalformedResponse):
        outcome(body)


@pytest.mark.parametrize("body", ["", "<html>", {"message": "no Route matched"}])
def test_a_gateways_404_does_not_make_a_number_unknown(body):
    with pytest.raises(CarrierUnavailable):
        parse_track_response(answer(body, 404), parcel(), account(), CONTEXT)


def test_wrong_credentials_are_an_error_of_the_account_and_not_of_the_number():
    with pytest.raises(AuthenticationFailed):
        parse_track_response(fault("250002", status=401), parcel(), account(), CONTEXT)


_NAMES = st.sampled_from(["shipment", "package", "activity", "status", "type", "code", "date", "location", "address", "warnings"])
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=4),
    max_leaves=12,
)


@given(_JSON)
def test_whatever_stands_in_the_answer_it_is_an_outcome_or_a_named_error(junk):
    try:
        found = outcome({"trackResponse": junk})
    except MalformedResponse:
        return
    assert found.number == NUMBER
