from datetime import time

import pytest
from tests.carriers.dhl_express.asking import CONTEXT, account, answer, query_of

from retoure.errors import AuthenticationFailed, MalformedResponse, RequestRejected
from retoure.model import DropOffQuery
from retoure_dhl_express.dropoffs import build_near_request, parse_near_response

QUERY = DropOffQuery(country="AT", postal_code="1070", city="Wien", radius_m=2500, limit=5)


def sent(**changes):
    return dict(query_of(build_near_request(QUERY.model_copy(update=changes), account())))


def points(*rows, status=1, query=QUERY):
    body = {"status": {"statusCode": status, "statusMessage": "OK"}, "servicePoints": list(rows)}
    return parse_near_response(answer(body), query, account(), CONTEXT)


def point(**more):
    return {"facilityId": "VIE001", "servicePointName": "Shop", "address": {"country": "AT"}, "distanceMetric": 0.4, **more}


def opening(*rows):
    return {"openingHours": {"openingHours": [{"dayOfWeek": day, "openingTime": a, "closingTime": b} for day, a, b in rows]}}


def test_the_search_is_for_places_that_take_a_printed_return():
    assert sent() == {
        "address": "1070 Wien", "countryCode": "AT", "capability": "81,74", "servicePointResults": "5", "maxDistance": "3",
        "resultUom": "km", "language": "eng",
    }  # fmt: skip


def test_places_that_print_are_those_that_take_a_qr_code():
    assert sent(prints_labels=True)["capability"] == "81,75,76"


def test_a_country_alone_is_searched_by_its_name():
    assert sent(postal_code="", city="")["address"] == "AT"


def test_points_come_nearest_first_and_not_from_outside_the_circle():
    found = points(point(distanceMetric=2.4), point(distanceMetric=2.6), point(distanceMetric=0.1), point(distanceMetric=None))
    assert [one.distance_m for one in found] == [100, 2400, None]


def test_no_more_points_come_than_were_asked_for():
    assert len(points(*[point()] * 9)) == 5


@pytest.mark.parametrize(
    ("able", "prints"),
    [
        ({"capabilityCodes": "74,75,76,81"}, True),
        ({"capabilityCodes": "74,81"}, False),
        ({"accountLabelFree": True}, True),
        ({"labelFree": False}, False),
        ({}, None),
    ],
)
def test_whether_a_place_prints_is_told_or_unknown(able, prints):
    (one,) = points(point(servicePointCapabilities=able))
    assert one.prints_labels is prints


@pytest.mark.parametrize(
    ("written", "read"),
    [("09:00", time(9)), ("9:00 AM", time(9)), ("9:30 PM", time(21, 30)), (540, time(9)), ("12:00 AM", time(0))],
)
def test_a_time_of_day_is_read_in_each_of_its_forms(written, read):
    (one,) = points(point(**opening(("MONDAY", written, "23:00"))))
    assert [hours.opens for hours in one.hours] == [read]


@pytest.mark.parametrize("end", ["24:00", 1440])
def test_midnight_at_the_end_is_the_last_second_of_the_day(end):
    (one,) = points(point(**opening(("MONDAY", "09:00", end))))
    assert one.hours[0].closes == time(23, 59, 59)


@pytest.mark.parametrize("row", [("MONDAY", "nine", "18:00"), ("MOONDAY", "09:00", "18:00"), ("MONDAY", 1500, "18:00")])
def test_half_a_week_of_hours_is_none(row):
    (one,) = points(point(**opening(("TUESDAY", "09:00", "18:00"), row)))
    assert one.hours == ()


def test_hours_of_holidays_belong_to_no_weekday():
    (one,) = points(point(**opening(("HOLIDAY", "nine", "ten"), ("FRIDAY", "09:00", "18:00"))))
    assert [hours.weekday for hours in one.hours] == [5]


def test_closed_days_are_whole_days_there():
    closed = {"holidays": {"closed": [{"from": "6-4-2026", "to": "7-4-2026"}, {"from": "soon", "to": "7-4-2026"}]}}
    (one,) = points(point(openingHours=closed))
    (closure,) = one.closures
    assert closure.closed_from.isoformat() == "2026-04-06T00:00:00+02:00"
    assert closure.closed_until.isoformat() == "2026-04-08T00:00:00+02:00"


@pytest.mark.parametrize("status", [201, 202, 600])
def test_finding_none_is_no_error(status):
    assert points(status=status) == ()


def test_a_refused_search_is_refused_though_the_status_is_200():
    with pytest.raises(RequestRejected):
        points(status=101)


@pytest.mark.parametrize("body", [[], {}, {"status": {"statusCode": 1}, "servicePoints": None}])
def test_an_answer_without_a_list_is_malformed(body):
    with pytest.raises(MalformedResponse):
        parse_near_response(answer(body), QUERY, account(), CONTEXT)


def test_a_refusal_by_status_is_raised():
    with pytest.raises(AuthenticationFailed):
        parse_near_response(answer({"reasons": [{"msg": "Invalid Credentials"}]}, 401), QUERY, account(), CONTEXT)


@pytest.mark.parametrize("status", ["1", 1])
def test_a_status_may_come_as_a_text(status):
    assert [found.id for found in points(point(), status=status)] == ["VIE001"]


def test_a_status_of_none_found_or_of_a_refusal_may_come_as_a_text():
    assert points(status="202") == ()
    with pytest.raises(RequestRejected):
        points(point(), status="400")
