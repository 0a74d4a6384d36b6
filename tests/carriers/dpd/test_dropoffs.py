"""Drop-off points: the path that searches, and what is read from a shop."""

from datetime import time

import pytest
from tests.carriers.dpd.asking import CONTEXT, account, answer

from retoure.model import DropOffQuery, OpeningHours
from retoure_dpd.dropoffs import build_near_request, parse_near_response

QUERY = DropOffQuery(country="DE", postal_code="80331", city="München", radius_m=2000, limit=5)


def url(**changes):
    return build_near_request(QUERY.model_copy(update=changes), account()).url.partition("ParcelShopFinder/")[2]


def shop(number=1, distance=0.5, **more):
    return {"ParcelShopID": number, "ShopAddress": {"Company": "Kiosk"}, "GeoData": {"Distance": distance}, **more}


def found(*shops, **settings):
    return parse_near_response(answer({"Ack": True, "ParcelShopList": list(shops)}), QUERY, account(**settings), CONTEXT)


def test_the_service_that_takes_returns_is_asked_for():
    assert url() == "5/null/null/80331/M%C3%BCnchen/DE/ReturnService/null"


@pytest.mark.parametrize(
    ("street", "part"),
    [("Hauptstr.", "Hauptstr"), ("Weg 1/2", "Weg%201%202"), ("..", "null"), ("Straße", "Stra%C3%9Fe"), ("a\\b", "a%20b")],
)
def test_a_street_holds_no_slash_and_ends_in_no_dot(street, part):
    assert url(street=street).split("/")[1] == part


def test_the_country_has_as_many_letters_as_the_account_says():
    assert build_near_request(QUERY, account(country_letters=3)).url.split("/")[-3] == "DEU"


def test_shops_are_nearest_first_and_within_the_radius():
    assert [point.id for point in found(shop(1, 1.9), shop(2, 2.1), shop(3, 0.4))] == ["3", "1"]
    assert [point.distance_m for point in found(shop(1, 1900), distance_unit="m")] == [1900]


def test_a_shop_without_a_distance_comes_last():
    assert [point.id for point in found(shop(1, None), shop(2, 1))] == ["2", "1"]


@pytest.mark.parametrize("number", [None, "", "  "])
def test_a_shop_without_an_id_is_a_place_all_the_same(number):
    assert [(point.id, point.name) for point in found(shop(number, 0.4), shop(2, 1))] == [("", "Kiosk"), ("2", "Kiosk")]


def test_a_shop_that_names_its_services_and_not_this_one_is_left_out():
    shops = (shop(1, ShopServiceList=["ExpressService"]), shop(2, ShopServiceList={"ShopService": ["ReturnService"]}), shop(3))
    assert {point.id for point in found(*shops)} == {"2", "3"}


@pytest.mark.parametrize("day", ["Montag", "Monday", "Mo", "mo."])
def test_a_weekday_is_read_in_german_and_english(day):
    hours = [{"WeekDay": day, "OpenTimeList": [{"TimeFrom": "08:00", "TimeEnd": "24:00"}]}]
    (point,) = found(shop(OpeningHoursList=hours))
    assert point.hours == (OpeningHours(weekday=1, opens=time(8), closes=time(23, 59, 59)),)


@pytest.mark.parametrize(("day", "opens"), [("Lundi", "08:00"), ("Montag", "früh")])
def test_hours_of_which_one_cannot_be_read_are_left_out(day, opens):
    good = {"WeekDay": "Dienstag", "OpenTimeList": [{"TimeFrom": "08:00", "TimeEnd": "18:00"}]}
    odd = {"WeekDay": day, "OpenTimeList": [{"TimeFrom": opens, "TimeEnd": "18:00"}]}
    (point,) = found(shop(OpeningHoursList=[good, odd]))
    assert point.hours == ()


def test_a_locker_is_told_apart_and_a_holiday_without_readable_times_left_out():
    (point,) = found(
        shop(ShopServiceList=["Paketstation", "ReturnService"], HolidayList=[{"HolidayFrom": "soon", "HolidayEnd": "later"}])
    )
    assert (point.kind, point.closures) == ("locker", ())


@pytest.mark.parametrize(
    ("begins", "ends", "closed"),
    [
        ("2026-08-10T00:00:00", "2026-08-10T00:00:00", ("2026-08-10T00:00:00+02:00", "2026-08-11T00:00:00+02:00")),
        ("2026-12-24T12:00:00", "2026-12-24T18:00:00", ("2026-12-24T12:00:00+01:00", "2026-12-24T18:00:00+01:00")),
        ("2026-12-24T12:00:00Z", "2026-12-24T18:00:00", ("2026-12-24T12:00:00+00:00", "2026-12-24T18:00:00+01:00")),
        ("2026-12-24T18:00:00", "2026-12-24T12:00:00", None),
        ("2026-12-25T00:00:00", "2026-12-24T00:00:00", None),
    ],
)
def test_a_holiday_of_days_includes_the_last_and_one_of_hours_is_taken_as_it_stands(begins, ends, closed):
    (point,) = found(shop(HolidayList=[{"HolidayFrom": begins, "HolidayEnd": ends}]))
    told = [(one.closed_from.isoformat(), one.closed_until.isoformat()) for one in point.closures]
    assert told == ([closed] if closed else [])


def test_a_shop_that_is_closed_for_ever_is_told_and_one_with_empty_dates_is_not_closed():
    for_ever, never = "9999-12-31T00:00:00", "0001-01-01T00:00:00"
    closed, opened = found(
        shop(1, HolidayList=[{"HolidayFrom": "2026-12-24T00:00:00", "HolidayEnd": for_ever}]),
        shop(2, HolidayList=[{"HolidayFrom": never, "HolidayEnd": never}]),
    )
    assert [one.closed_until.year for one in closed.closures] == [9999]
    assert opened.closures == ()
