from datetime import time

import pytest
from tests.carriers.ups.asking import CONTEXT, account, answer, query_of, sent_json

from retoure.carrier import Effect
from retoure.errors import MalformedResponse, RequestRejected, Unsupported
from retoure.model import DropOffQuery
from retoure_ups.dropoffs import build_near_request, parse_near_response

QUERY = DropOffQuery(country="DE", postal_code="80331", city="München", radius_m=2000, limit=5)


def asked(**changes):
    query = QUERY.model_copy(update=changes)
    return sent_json(build_near_request(query, account(), CONTEXT))["LocatorRequest"]


def place(km="0.5", **more):
    distance = {"Value": km, "UnitOfMeasurement": {"Code": "KM"}}
    return {"LocationID": "1", "AddressKeyFormat": {"ConsigneeName": "Kiosk"}, "Distance": distance, **more}


def near(*places, **changes):
    body = {"LocatorResponse": {"SearchResults": {"DropLocation": list(places)}}}
    return parse_near_response(answer(body), QUERY.model_copy(update=changes))


def hours(*days, kind="10"):
    (point,) = near(place(OperatingHours={"StandardHours": {"HoursType": kind, "DayOfWeek": list(days)}}))
    return [(entry.weekday, entry.opens, entry.closes) for entry in point.hours]


def test_a_search_is_a_read_in_the_accounts_language():
    request = build_near_request(QUERY, account(locale="de_DE"), CONTEXT)
    assert request.effect is Effect.READ
    assert query_of(request) == {"Locale": "de_DE"}


@pytest.mark.parametrize(("radius_m", "sent"), [(1, "5"), (5000, "5"), (5001, "6"), (100_000, "100")])
def test_a_radius_goes_out_in_whole_kilometres_of_which_there_are_five_at_least(radius_m, sent):
    assert asked(radius_m=radius_m)["LocationSearchCriteria"]["SearchRadius"] == sent


def test_what_is_not_known_of_the_place_stays_out():
    assert asked(city="")["OriginAddress"]["AddressKeyFormat"] == {"PostcodePrimaryLow": "80331", "CountryCode": "DE"}


def test_a_zip_and_its_extension_have_a_field_each_and_a_canadian_postcode_has_no_space():
    sent = asked(country="US", postal_code="94103-1234", city="")["OriginAddress"]["AddressKeyFormat"]
    assert sent == {"PostcodePrimaryLow": "94103", "PostcodeExtendedLow": "1234", "CountryCode": "US"}
    sent = asked(country="CA", postal_code="M5V 3L9", city="")["OriginAddress"]["AddressKeyFormat"]
    assert sent == {"PostcodePrimaryLow": "M5V3L9", "CountryCode": "CA"}
    with pytest.raises(RequestRejected, match="postal_code"):
        asked(country="US", postal_code="9410")


def test_places_that_print_cannot_be_asked_for():
    with pytest.raises(Unsupported):
        asked(prints_labels=True)


def test_a_postcode_that_ups_cannot_take_is_refused():
    with pytest.raises(RequestRejected, match="postal_code"):
        asked(postal_code="12345678901")


def test_places_beyond_the_radius_are_left_out_and_the_nearest_comes_first():
    assert [point.distance_m for point in near(place("2.1"), place("1.9"), place("0.3"))] == [300, 1900]


def test_a_distance_in_miles_is_told_in_metres():
    (point,) = near(place(Distance={"Value": "1.0", "UnitOfMeasurement": {"Code": "MI"}}))
    assert point.distance_m == 1609


def test_a_place_whose_distance_is_not_told_comes_last():
    assert [point.distance_m for point in near(place(Distance={}), place())] == [500, None]


@pytest.mark.parametrize(("status", "shown"), [("01", 1), ("06", 0), ("07", 0), ("08", 0)])
def test_a_place_that_is_out_of_use_is_none(status, shown):
    assert len(near(place(AccessPointInformation={"AccessPointStatus": {"Code": status}}))) == shown


def test_the_public_number_of_an_access_point_goes_before_the_internal_one():
    (point,) = near(place(AccessPointInformation={"PublicAccessPointID": "U123"}))
    assert point.id == "U123"


def test_a_week_starts_on_sunday_at_ups():
    days = [{"Day": "1", "OpenHours": "1000", "CloseHours": "1200"}, {"Day": "2", "OpenHours": "930", "CloseHours": "2400"}]
    assert hours(*days) == [(1, time(9, 30), time(23, 59, 59)), (7, time(10), time(12))]


def test_a_closed_day_has_no_hours_and_a_whole_day_has_all():
    assert hours({"Day": "1", "ClosedIndicator": ""}, {"Day": "2", "Open24HoursIndicator": ""}) == [
        (1, time(0), time(23, 59, 59))
    ]


def test_one_hour_that_cannot_be_read_leaves_out_all():
    assert hours({"Day": "2", "OpenHours": "0900", "CloseHours": "1800"}, {"Day": "3", "OpenHours": "9h"}) == []


def test_hours_of_another_kind_are_not_opening_hours():
    assert hours({"Day": "2", "OpenHours": "0900", "CloseHours": "1800"}, kind="50") == []


def test_a_place_tells_what_it_is_and_offers_in_ups_words():
    attributes = [
        {"OptionType": {"Code": "01"}, "OptionCode": {"Code": "018", "Description": "Access Point"}},
        {"OptionType": {"Code": "03"}, "OptionCode": [{"Code": "x", "Name": "Packaging"}]},
    ]
    (point,) = near(place(LocationAttribute=attributes))
    assert (point.kind, point.services, point.prints_labels) == ("Access Point", ("Packaging",), None)


def test_no_place_is_an_answer():
    assert near() == ()


def test_a_refusal_inside_a_success_is_an_error():
    inner = {"Response": {"ResponseStatusCode": "0", "Error": {"ErrorCode": "350201", "ErrorDescription": "Invalid country"}}}
    with pytest.raises(RequestRejected) as caught:
        parse_near_response(answer({"LocatorResponse": inner}), QUERY)
    assert caught.value.carrier_code == "350201"


@pytest.mark.parametrize("body", [{}, [], {"LocatorResponse": ""}])
def test_an_answer_to_something_else_is_not_what_was_promised(body):
    with pytest.raises(MalformedResponse):
        parse_near_response(answer(body), QUERY)
