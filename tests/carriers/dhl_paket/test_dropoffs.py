from datetime import UTC, datetime, time

import pytest
from tests.carriers.dhl_paket.asking import BERLIN, NOW, account, answer, key_only, query_of

from retoure.errors import AuthenticationFailed, MalformedResponse, NotFound, Unsupported
from retoure.model import DropOffQuery
from retoure_dhl_paket.dropoffs import build_near_request, parse_near_response

QUERY = DropOffQuery(country="DE", postal_code="80331", city="München", street="Probegasse 1")


def place(**more):
    return {"url": "/locations/8003-1", "location": {"ids": [{"locationId": "8003-1"}], "type": "locker"}, "name": "X", **more}


def hours(*rows):
    return [{"dayOfWeek": f"http://schema.org/{day}", "opens": opens, "closes": closes} for day, opens, closes in rows]


def points(*places):
    return parse_near_response(answer({"locations": list(places)}), BERLIN)


def test_the_address_asked_near_goes_along():
    assert query_of(build_near_request(QUERY, key_only())) == {
        "countryCode": "DE", "postalCode": "80331", "addressLocality": "München", "streetAddress": "Probegasse 1",
        "providerType": "parcel", "serviceType": "parcel:drop-off", "radius": "5000", "limit": "15",
    }  # fmt: skip


def test_the_finder_has_no_sandbox():
    with pytest.raises(Unsupported, match="no sandbox"):
        build_near_request(QUERY, account())


def test_the_finder_wants_a_key():
    with pytest.raises(Unsupported, match="api_key"):
        build_near_request(QUERY, key_only(api_key=None))


def test_places_that_print_cannot_be_asked_for():
    with pytest.raises(Unsupported, match="print"):
        build_near_request(QUERY.model_copy(update={"prints_labels": True}), key_only())


def test_the_nearest_comes_first_and_an_unknown_distance_last():
    found = points(place(distance=300), place(), place(distance=20.7))
    assert [point.distance_m for point in found] == [20, 300, None]


def test_opening_hours_are_by_weekday():
    (point,) = points(place(openingHours=hours(("Sunday", "10:00:00", "12:00:00"), ("Monday", "09:00", "24:00:00"))))
    assert [(entry.weekday, entry.opens, entry.closes) for entry in point.hours] == [
        (1, time(9), time(23, 59, 59)), (7, time(10), time(12)),
    ]  # fmt: skip


@pytest.mark.parametrize("row", [("Someday", "09:00", "10:00"), ("Monday", "early", "10:00"), ("Monday", None, "10:00")])
def test_hours_of_which_one_cannot_be_read_are_not_told_at_all(row):
    (point,) = points(place(openingHours=hours(("Monday", "09:00", "10:00"), row)))
    assert point.hours == ()


def test_hours_of_public_holidays_belong_to_no_weekday():
    (point,) = points(place(openingHours=hours(("PublicHolidays", "09:00", "10:00"), ("Friday", "09:00", "10:00"))))
    assert [entry.weekday for entry in point.hours] == [5]


def test_a_closure_lasts_from_the_first_day_through_the_last():
    (point,) = points(place(closurePeriods=[{"fromDate": "2026-12-24", "toDate": "2026-12-26"}]))
    (closure,) = point.closures
    assert closure.closed_from == datetime(2026, 12, 24, tzinfo=BERLIN)
    assert closure.closed_until == datetime(2026, 12, 27, tzinfo=BERLIN)


def test_a_closure_without_dates_is_on_until_further_notice():
    (point,) = points(place(closurePeriods=[{"type": "nonservice"}]))
    assert point.closures[0].closed_from == NOW
    assert point.closures[0].closed_until > datetime(9000, 1, 1, tzinfo=UTC)


def test_a_place_that_says_little_is_a_place_all_the_same():
    (point,) = points({"url": "/locations/8003-9"})
    assert (point.id, point.prints_labels, point.services) == ("8003-9", None, ())


def test_no_place_found_is_an_empty_answer():
    assert parse_near_response(answer({"title": "Not found", "status": 404}, 404), BERLIN) == ()


def test_a_page_that_is_not_there_is_no_empty_answer():
    with pytest.raises(NotFound):
        parse_near_response(answer("<html></html>", 404, "text/html"), BERLIN)


def test_a_key_that_is_not_accepted_is_an_authentication_error():
    with pytest.raises(AuthenticationFailed):
        parse_near_response(answer({"status": 401, "title": "Unauthorized"}, 401), BERLIN)


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"locations": {}}'])
def test_an_answer_of_another_shape_is_malformed(body):
    with pytest.raises(MalformedResponse):
        parse_near_response(answer(body), BERLIN)
