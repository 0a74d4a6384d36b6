"""Tracking: only statuses that have been reached count, and no delivery is ever passed over."""

from datetime import UTC, datetime

import pytest
from tests.carriers.dpd.asking import BERLIN, CONTEXT, account, answer, parcel, refused

from retoure.errors import CarrierError, MalformedResponse, RateLimited, RequestRejected
from retoure.lifecycle import from_report
from retoure.model import Custody, Kind, Precision, TrackingReport, ZoneSource
from retoure_dpd.codes import LIFE_CYCLE, ORDER_STATUS
from retoure_dpd.history import moment, read_life_cycle, read_order_status
from retoure_dpd.tracking import build_track_request, parse_track_response


def status(code, date="04.03.2026, 08:00", *, reached=True):
    return {"status": code, "statusHasBeenReached": reached, "isCurrentStatus": False, "date": {"content": date}}


def life_cycle(*statuses):
    return {"Ack": True, "ParcelLifeCycleData": {"statusInfo": list(statuses)}}


def test_the_number_is_asked_for_without_the_blanks_of_people():
    request = build_track_request(parcel("0999 9900-0001.01"), account())
    assert request.url == "https://cloud-stage.dpd.com/api/v1/ParcelLifeCycle/09999900000101"


def test_the_order_status_is_asked_for_with_the_postcode_of_the_parcel():
    request = build_track_request(parcel(postal_code="10 115"), account(tracking="order_status"))
    assert request.url.endswith("/getOrderStatus/09999900000101/10115")


def test_answers_are_asked_for_in_the_language_whose_dates_are_known():
    assert build_track_request(parcel(), account(language="en")).headers["Language"] == "de_DE"


def test_a_number_without_a_letter_or_digit_is_refused():
    with pytest.raises(RequestRejected):
        build_track_request(parcel("--"), account())


def test_of_six_listed_statuses_only_the_reached_ones_are_events():
    listed = [status(code, reached=code == "SHIPMENT") for code in LIFE_CYCLE]
    report = parse_track_response(answer(life_cycle(*listed)), parcel(), CONTEXT)
    assert [(event.raw_code, event.custody) for event in report.events] == [("SHIPMENT", Custody.NONE)]


def test_accepted_is_the_first_physical_status_and_the_acceptance():
    physical = [code for code, (_, custody) in LIFE_CYCLE.items() if custody is Custody.PHYSICAL]
    assert physical[0] == "ACCEPTED"
    assert LIFE_CYCLE["ACCEPTED"] == (Kind.ACCEPTED, Custody.PHYSICAL)
    assert next(code for code, (_, custody) in ORDER_STATUS.items() if custody is Custody.PHYSICAL) == "OnTheRoad"


@pytest.mark.parametrize(
    ("text", "instant", "precision"),
    [
        ("01.06.2026, 14:10", datetime(2026, 6, 1, 12, 10, tzinfo=UTC), Precision.MINUTE),
        ("01.06.2026 14:10", datetime(2026, 6, 1, 12, 10, tzinfo=UTC), Precision.MINUTE),
        ("01.06.2026, 14:10:09", datetime(2026, 6, 1, 12, 10, 9, tzinfo=UTC), Precision.SECOND),
        ("01.12.2026 14:10:09", datetime(2026, 12, 1, 13, 10, 9, tzinfo=UTC), Precision.SECOND),
        ("01.12.2026", datetime(2026, 11, 30, 23, tzinfo=UTC), Precision.DATE),
        ("2026-06-01T14:10:00", datetime(2026, 6, 1, 12, 10, tzinfo=UTC), Precision.SECOND),
        ("2026-06-01T14:10", datetime(2026, 6, 1, 12, 10, tzinfo=UTC), Precision.MINUTE),
        ("2026-06-01", datetime(2026, 5, 31, 22, tzinfo=UTC), Precision.DATE),
    ],
)
def test_a_time_without_offset_is_german(text, instant, precision):
    assert moment(text, BERLIN) == (instant, ZoneSource.CARRIER, precision, ())


def test_a_stated_offset_is_believed_and_an_hour_that_occurs_twice_is_flagged():
    assert moment("2026-06-01T14:10:00+00:00", BERLIN)[:2] == (datetime(2026, 6, 1, 14, 10, tzinfo=UTC), ZoneSource.STATED)
    assert moment("25.10.2026, 02:30", BERLIN)[3] == ("dst_overlap",)


@pytest.mark.parametrize("text", ["gestern", "32.01.2026, 10:00", "06/01/2026 2:10 PM"])
def test_a_time_that_cannot_be_read_is_no_shorter_history(text):
    with pytest.raises(MalformedResponse, match="time cannot be read"):
        moment(text, BERLIN)


def test_a_delivery_without_a_time_fails_the_read_and_an_earlier_status_is_passed_over_with_a_flag():
    with pytest.raises(MalformedResponse, match="DELIVERED"):
        read_life_cycle({"statusInfo": [status("ACCEPTED"), status("DELIVERED", "")]}, BERLIN)
    events, flags = read_life_cycle({"statusInfo": [status("ACCEPTED", ""), status("DELIVERED")]}, BERLIN)
    assert [event.kind for event in events] == [Kind.DELIVERED]
    assert flags == ("undated_status", "needs_review")


def test_an_announcement_without_a_time_is_no_event():
    events, flags = read_life_cycle({"statusInfo": [status("SHIPMENT", "")]}, BERLIN)
    assert (events, flags) == ((), ("undated_status",))


def test_a_refusal_is_not_found_whatever_dpd_calls_it_and_never_a_loss():
    failure = parse_track_response(answer(refused((2401, "CLOUD_API_SOMETHING"))), parcel(), CONTEXT)
    assert (failure.reason, failure.carrier_code) == ("NOT_FOUND", "2401")
    assert from_report(failure).observations[0].type == "failed_read"


@pytest.mark.parametrize("errors", [[(2000, "CLOUD_API_PARTNERCREDENTIALS")], [(2027, "CLOUD_API_USERCALLLIMIT")]])
def test_a_refusal_of_the_account_is_raised(errors):
    with pytest.raises(CarrierError) as raised:
        parse_track_response(answer(refused(*errors)), parcel(), CONTEXT)
    assert not isinstance(raised.value, RequestRejected)
    assert raised.value.carrier_code == str(errors[0][0])


def test_a_refused_look_up_without_a_reason_cannot_be_read():
    with pytest.raises(MalformedResponse):
        parse_track_response(answer({"Ack": False}), parcel(), CONTEXT)


def test_wrapped_lists_and_truth_written_as_text_are_read():
    wrapped = {"Ack": "true", "ParcelLifeCycleData": {"statusInfo": [{**status("ACCEPTED"), "statusHasBeenReached": "true"}]}}
    report = parse_track_response(answer(wrapped), parcel(), CONTEXT)
    assert isinstance(report, TrackingReport)
    assert [event.kind for event in report.events] == [Kind.ACCEPTED]


def test_the_limit_pauses_ten_minutes():
    with pytest.raises(RateLimited) as raised:
        parse_track_response(answer(refused((2027, "CLOUD_API_USERCALLLIMIT"))), parcel(), CONTEXT)
    assert raised.value.retry_after.total_seconds() == 600


NEVER = ["01.01.0001, 00:00", "0001-01-01T00:00:00", "0001-01-01T00:00:00+00:00"]


@pytest.mark.parametrize("never", NEVER)
def test_the_date_that_stands_for_none_is_no_time(never):
    events, flags = read_life_cycle({"statusInfo": [status("ACCEPTED", never), status("DELIVERED")]}, BERLIN)
    assert ([event.kind for event in events], flags) == ([Kind.DELIVERED], ("undated_status", "needs_review"))
    with pytest.raises(MalformedResponse, match="DELIVERED"):
        read_life_cycle({"statusInfo": [status("ACCEPTED"), status("DELIVERED", never)]}, BERLIN)


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59-01:00", "31.12.9999, 23:59", "0001-02-01T00:00:00+14:00"])
def test_the_ends_of_the_calendar_are_refused_by_name(text):
    with pytest.raises(MalformedResponse, match="time cannot be read"):
        moment(text, BERLIN)


def test_an_unlisted_status_without_a_time_takes_nothing_away_from_the_dated_ones():
    events, flags = read_life_cycle({"statusInfo": [status("ACCEPTED"), status("DELIVERED"), status("BY_DRONE", "")]}, BERLIN)
    assert [event.raw_code for event in events] == ["ACCEPTED", "DELIVERED"]
    assert flags == ("undated_status", "needs_review")
    with pytest.raises(MalformedResponse, match="BY_DRONE"):
        read_life_cycle({"statusInfo": [status("SHIPMENT"), status("BY_DRONE", "")]}, BERLIN)


def test_an_undated_repetition_of_a_dated_status_is_no_second_event():
    events, flags = read_life_cycle({"statusInfo": [status("ACCEPTED"), status("ACCEPTED", "")]}, BERLIN)
    assert ([event.raw_code for event in events], flags) == (["ACCEPTED"], ())


def container(status_id="", date="", *, reached=True):
    return {"StatusReached": reached, "StatusID": status_id, "StatusDate": date}


def order_status(last, **containers):
    return {"StatusInfoContainer": containers, "LastStatusInfo": last}


@pytest.mark.parametrize(
    "last",
    [
        container("Delivered"),
        container("7"),
        container("7", "0001-01-01T00:00:00"),
        container("7", "2026-03-05T10:00:00"),
        container("Delivered", "05.03.2026 10:00:00"),
        container("", "05.03.2026 10:00"),
    ],
)
def test_a_last_status_that_repeats_a_container_is_no_second_event(last):
    told = order_status(last, OnTheRoad=container("3", "04.03.2026, 10:00"), Delivered=container("7", "05.03.2026, 10:00"))
    events, flags = read_order_status(told, BERLIN)
    assert ([event.raw_code for event in events], flags) == (["OnTheRoad", "Delivered"], ())


def test_a_last_status_without_code_and_time_leaves_the_delivery_standing():
    events, flags = read_order_status(order_status(container(), Delivered=container("7", "05.03.2026, 10:00")), BERLIN)
    assert ([event.raw_code for event in events], flags) == (["Delivered"], ("undated_status", "needs_review"))


def test_a_last_status_with_a_later_time_is_an_event_of_its_container():
    told = order_status(container("3", "05.03.2026, 10:00"), OnTheRoad=container("3", "04.03.2026, 10:00"))
    events, _ = read_order_status(told, BERLIN)
    assert [event.raw_code for event in events] == ["OnTheRoad", "OnTheRoad"]


def test_one_status_that_is_no_list_is_a_list_of_one_and_one_is_true():
    said = {"Ack": 1, "ParcelLifeCycleData": {"statusInfo": {**status("ACCEPTED"), "statusHasBeenReached": 1}}}
    report = parse_track_response(answer(said), parcel(), CONTEXT)
    assert isinstance(report, TrackingReport)
    assert [event.kind for event in report.events] == [Kind.ACCEPTED]
