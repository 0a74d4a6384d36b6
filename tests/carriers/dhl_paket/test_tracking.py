from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from tests.carriers.dhl_paket.asking import BERLIN, NOW, NUMBER, account, answer, parcel, query_of

from retoure.carrier import Effect, Judgement, sealed
from retoure.errors import AuthenticationFailed, CarrierUnavailable, MalformedResponse, RequestRejected, Unsupported
from retoure.model import Custody, Kind, ReadFailure, TrackingFailure, ZoneSource
from retoure_dhl_paket import DhlPaketSettings
from retoure_dhl_paket.tracking import build_track_request, judge, parse_track_response

OTHER = "00349900000000000024"


def event(at, codes="", **more):
    standard, ice, ric = (*codes.split("/"), "", "")[:3]
    attributes = {"event-timestamp": at, "standard-event-code": standard, "ice": ice, "ric": ric, **more}
    return "<data " + " ".join(f'{name.replace("_", "-")}="{value}"' for name, value in attributes.items() if value) + "/>"


def shipment(*events, number=NUMBER, **more):
    attributes = " ".join(f'{name.replace("_", "-")}="{value}"' for name, value in more.items())
    return f'<data searched-piece-code="{number}" {attributes}><data name="piece-event-list">{"".join(events)}</data></data>'


def xml(*shipments, code=0):
    head = f'<data name="l" code="{code}" request-id="r-1" error="why">'
    return f'<?xml version="1.0" encoding="UTF-8"?>{head}{"".join(shipments)}</data>'


def read(*shipments, parcels=None, code=0):
    return parse_track_response(answer(xml(*shipments, code=code)), parcels or [parcel()], BERLIN)


def report(*events, **more):
    return read(shipment(*events, **more))[NUMBER]


def kinds(*codes):
    events = report(*(event(f"{day:02}.06.2026 10:00", triple) for day, triple in enumerate(codes, start=1))).events
    return [(found.kind, found.custody) for found in events]


def data_of(request):
    return fromstring(query_of(request)["xml"]).attrib


# What is sent.


def test_a_look_up_is_a_read_with_the_apps_key():
    request = build_track_request([parcel()], account())
    assert request.effect is Effect.READ
    assert request.auth.username.get_secret_value() == "fake-id"


def test_twenty_numbers_go_in_one_call():
    numbers = [str(10**11 + index) for index in range(20)]
    assert data_of(build_track_request([parcel(number) for number in numbers], account()))["piece-code"] == ";".join(numbers)


def test_more_than_twenty_numbers_are_refused():
    with pytest.raises(RequestRejected):
        build_track_request([parcel(str(10**11 + index)) for index in range(21)], account())


def test_a_number_of_nothing_but_separators_is_refused():
    with pytest.raises(RequestRejected):
        build_track_request([parcel("- .")], account())


def test_spaces_in_a_number_are_left_out_and_the_report_keeps_them():
    spaced = "0034 9900 0000 0000 0017"
    assert data_of(build_track_request([parcel(spaced)], account()))["piece-code"] == NUMBER
    assert read(shipment(), parcels=[parcel(spaced)])[spaced].number == spaced


def test_the_postcode_helps_with_a_single_number_only():
    assert data_of(build_track_request([parcel(postal_code="10115")], account()))["zip-code"] == "10115"
    assert "zip-code" not in data_of(build_track_request([parcel(postal_code="10115"), parcel(OTHER)], account()))


def test_what_people_typed_is_escaped():
    odd = 'a&b"<ü>'
    assert data_of(build_track_request([parcel(postal_code=odd)], account()))["zip-code"] == odd


def test_the_portal_users_name_and_password_are_sealed():
    request = build_track_request([parcel()], account())
    data = data_of(request)
    assert (data["appname"], data["password"]) == (sealed("appname"), sealed("password"))
    assert "example-user" not in repr(request)
    assert "fake-password" not in request.url


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1))
def test_a_sealed_password_arrives_as_it_is_whatever_is_in_it(password):
    settings = DhlPaketSettings(
        environment="sandbox", username="user", password=SecretStr(password), client_id="fake-id", client_secret="fake-secret"
    )
    request = build_track_request([parcel()], settings)
    seal = request.seals["password"]
    url = request.url.replace(sealed("password"), seal.encode(seal.credential.get_secret_value()))
    assert fromstring(parse_qs(urlsplit(url).query)["xml"][0]).get("password") == password


def test_the_tracking_user_wins_over_the_portal_user():
    request = build_track_request([parcel()], account(tracking_username="tracker", tracking_password="fake-other"))
    assert request.seals["appname"].credential.get_secret_value() == "tracker"


def test_an_account_without_a_user_says_what_is_missing():
    with pytest.raises(Unsupported, match="username"):
        build_track_request([parcel()], account(username=None, password=None))


def test_the_url_is_decodable_text():
    assert unquote(build_track_request([parcel()], account()).url).count("<data ") == 1


# What comes back.


@pytest.mark.parametrize("code", [-1, -2, -3, -1000])
def test_trouble_inside_a_success_is_judged_ambiguous(code):
    assert judge(answer(xml(code=code))) is Judgement.AMBIGUOUS
    with pytest.raises(CarrierUnavailable):
        read(code=code)


@pytest.mark.parametrize("code", [0, 5, 6, 41, 100, -7])
def test_any_other_result_code_is_an_answer(code):
    assert judge(answer(xml(code=code))) is Judgement.ANSWER


def test_a_code_further_down_is_not_the_roots():
    assert judge(answer(xml('<data name="x" code="-1"/>'))) is Judgement.ANSWER


def test_the_status_is_judged_first():
    assert judge(answer("", 401)) is Judgement.TOKEN_EXPIRED


def test_a_failed_login_inside_a_success_is_an_authentication_error():
    with pytest.raises(AuthenticationFailed) as raised:
        read(code=5)
    assert (raised.value.carrier_code, raised.value.request_id, raised.value.locked_out) == ("5", "r-1", False)


def test_too_many_failed_logins_stop_the_account():
    with pytest.raises(AuthenticationFailed) as raised:
        read(code=6)
    assert raised.value.locked_out


@pytest.mark.parametrize("code", [41, 45, 57, 60, 64])
def test_a_parameter_error_is_a_rejected_request(code):
    with pytest.raises(RequestRejected, match=str(code)):
        read(code=code)


@pytest.mark.parametrize("code", [1, 65, 77, 999])
def test_a_result_code_that_is_not_documented_is_malformed(code):
    with pytest.raises(MalformedResponse, match="does not document"):
        read(code=code)


@pytest.mark.parametrize("body", ["", "<data/>", '<data code="x"/>', "<html><body/></html>", "<data", '{"a": 1}'])
def test_an_answer_without_a_result_code_is_malformed(body):
    with pytest.raises(MalformedResponse):
        parse_track_response(answer(body), [parcel()], BERLIN)


def test_a_document_type_is_refused():
    body = '<!DOCTYPE data [<!ENTITY a "b">]><data code="0">&a;</data>'
    with pytest.raises(MalformedResponse, match="document type"):
        parse_track_response(answer(body), [parcel()], BERLIN)


@pytest.mark.parametrize("code", [100, 200])
def test_no_data_is_not_found_for_each_number(code):
    outcomes = read(code=code, parcels=[parcel(), parcel(OTHER)])
    assert [outcome.reason for outcome in outcomes.values()] == [ReadFailure.NOT_FOUND] * 2


def test_a_batch_answers_for_each_number_by_itself():
    outcomes = read(shipment(event("01.06.2026 10:00", "VA/PARCV/NRQRD")), parcels=[parcel(), parcel(OTHER)])
    assert len(outcomes[NUMBER].events) == 1
    assert outcomes[OTHER].reason is ReadFailure.NOT_FOUND


def test_two_spellings_of_one_number_are_answered_both():
    spaced = "0034 9900 0000 0000 0017"
    outcomes = read(shipment(), parcels=[parcel(), parcel(spaced)])
    assert set(outcomes) == {NUMBER, spaced}


def test_an_error_of_one_number_is_its_own():
    assert report(error_status="58").reason is ReadFailure.FAILED
    assert report(error_status="100").reason is ReadFailure.NOT_FOUND


def test_a_parcel_to_another_country_is_the_wrong_shipment():
    assert report(dest_country="PL").reason is ReadFailure.WRONG_SHIPMENT


@pytest.mark.parametrize("told", ["DE", "DEU", ""])
def test_a_parcel_to_the_right_country_or_to_one_not_told_is_ours(told):
    assert not isinstance(report(dest_country=told), TrackingFailure)


def test_a_parcel_without_a_known_destination_is_not_compared():
    assert read(shipment(dest_country="PL"), parcels=[parcel(country=None)])[NUMBER].destination.country == "PL"


def test_a_local_time_is_german_and_says_so():
    (found,) = report(event("01.07.2026 08:15", "VA/PARCV/NRQRD")).events
    assert found.instant == datetime(2026, 7, 1, 6, 15, tzinfo=UTC)
    assert (found.local_text, found.zone_source) == ("01.07.2026 08:15", ZoneSource.CARRIER)


def test_the_two_odd_nights_of_the_year_are_marked():
    events = report(event("30.03.2025 02:30", "NB/SRTED/NRQRD"), event("26.10.2025 02:30", "NB/SRTED/NRQRD")).events
    assert [found.flags for found in events] == [("dst_gap",), ("dst_overlap",)]
    assert events[0].instant == datetime(2025, 3, 30, 1, 30, tzinfo=UTC)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31)))  # noqa: DTZ001
def test_every_minute_of_a_century_is_read_to_within_the_summer_hour(local):
    (found,) = report(event(f"{local:%d.%m.%Y %H:%M}", "NB/SRTED/NRQRD")).events
    standard = local.replace(second=0, microsecond=0, tzinfo=UTC) - timedelta(hours=1)
    assert found.instant in (standard, standard - timedelta(hours=1))


@pytest.mark.parametrize(
    "text", ["yesterday", "2026-06-01 10:00", "31.02.2026 10:00", "01.06.2026", "01.06.2026 25:00", "01-06-2026 10:00"]
)
def test_an_event_whose_time_cannot_be_read_fails_the_read_of_its_number_alone(text):
    bad = shipment(event(text, "ES/SHRCU/SERPT"))
    outcomes = read(bad, shipment(number=OTHER), parcels=[parcel(), parcel(OTHER)])
    assert outcomes[NUMBER].reason is ReadFailure.FAILED
    assert outcomes[OTHER].events == ()


def test_events_are_oldest_first_however_they_came():
    days = ["03.06.2026 10:00", "01.06.2026 10:00", "02.06.2026 10:00"]
    assert [found.local_text[:2] for found in report(*(event(day, "NB/SRTED/NRQRD") for day in days)).events] == [
        "01",
        "02",
        "03",
    ]


def test_within_a_minute_the_order_of_a_list_told_newest_first_is_turned_round():
    same, later = "01.06.2026 10:00", "02.06.2026 10:00"
    newest_first = [(later, "ZU/DLVRD/ACCPT"), (same, "PO/LDTMV/MVMTV"), (same, "EE/MVARR/NRQRD")]
    events = report(*(event(at, codes) for at, codes in newest_first)).events
    assert [found.raw_code[:2] for found in events] == ["EE", "PO", "ZU"]


def test_the_sequence_counts_from_the_oldest():
    listed = [event("02.06.2026 10:00", "NB/SRTED/NRQRD"), event("01.06.2026 10:00", "VA/PARCV/NRQRD")]
    assert [(found.sequence, found.raw_code[:2]) for found in report(*listed).events] == [(0, "VA"), (1, "NB")]


def test_a_history_without_hand_in_is_first_scanned_at_the_hub():
    assert [custody for _, custody in kinds("VA/PARCV/NRQRD", "DD/ADVIS/MSGST", "EE/ULFMV/UNLDD")] == [
        Custody.NONE, Custody.NONE, Custody.PHYSICAL,
    ]  # fmt: skip


def test_a_failed_pickup_is_no_scan():
    assert all(custody is Custody.NONE for _, custody in kinds("VA/PARCV/NRQRD", "AN/NTPUP/NTHNG"))


def test_a_row_with_a_time_and_nothing_else_is_kept_and_unknown():
    (found,) = report(event("01.06.2026 10:00")).events
    assert (found.kind, found.custody, found.raw_code) == (Kind.UNKNOWN, Custody.UNKNOWN, "")


def test_a_row_that_says_nothing_at_all_is_none():
    assert report("<data/>").events == ()


def test_the_return_flag_is_kept_and_decides_nothing():
    found = report(event("01.06.2026 10:00", "ZU/DLVRD/ACCPT", ruecksendung="true"), ruecksendung="true")
    assert (found.flags, found.events[0].flags) == (("shipment_return_flag",), ("return_flag",))
    assert found.events[0].kind is Kind.DELIVERED


def test_a_foreign_scan_is_flagged():
    (found,) = report(event("01.06.2026 10:00", "AA/LDTMV/NRQRD", event_country="Österreich")).events
    assert "foreign_scan" in found.flags
    assert found.location.country == ""


def test_a_retraction_leaves_the_event_before_it_in_place():
    assert [kind for kind, _ in kinds("ES/SHRCU/SERPT", "DD/STORN/NRQRD")] == [Kind.DROPPED_OFF, Kind.RETRACTION]


def test_the_carriers_flag_makes_a_delivery_of_the_event_that_is_its_status():
    status = {"status_timestamp": "02.06.2026 10:00", "standard_event_code": "ZU", "ice": "MVARR", "ric": "NRQRD"}
    listed = [event("01.06.2026 10:00", "PO/LDTMV/MVMTV"), event("02.06.2026 10:00", "ZU/MVARR/NRQRD")]
    last = report(*listed, delivery_event_flag="1", **status).events[-1]
    assert (last.kind, last.flags) == (Kind.DELIVERED, ("needs_review", "delivery_flag"))


@pytest.mark.parametrize("codes", ["GT/DLVRD/CODRP", "DD/STORN/NRQRD", "ZU/DSPSD/NTCLM", "VA/PARCV/NRQRD"])
def test_the_carriers_flag_makes_no_delivery_of_a_payment_a_disposal_or_a_retraction(codes):
    standard, ice, ric = codes.split("/")
    status = {"status_timestamp": "02.06.2026 10:00", "standard_event_code": standard, "ice": ice, "ric": ric}
    found = report(event("02.06.2026 10:00", codes), delivery_event_flag="1", **status)
    assert Kind.DELIVERED not in [one.kind for one in found.events]


def test_a_delivery_flag_that_fits_no_event_is_reported():
    assert report(event("02.06.2026 10:00", "NB/SRTED/NRQRD"), delivery_event_flag="1").flags == ("delivery_flag", "needs_review")


def test_a_shipment_without_a_list_is_read_by_its_status():
    status = {"status_timestamp": "02.06.2026 10:00", "standard_event_code": "ES", "ice": "SHRCU", "ric": "SERPT"}
    assert [found.kind for found in report(**status).events] == [Kind.DROPPED_OFF]


def test_several_shipments_behind_one_number_are_one_flagged_history():
    first, second = shipment(event("01.06.2024 10:00", "VA/PARCV/NRQRD")), shipment(event("01.06.2026 10:00", "VA/PARCV/NRQRD"))
    found = read(first, second)[NUMBER]
    assert (len(found.events), found.flags) == (2, ("several_shipments",))


def test_a_report_says_when_and_from_which_answer_it_was_read():
    body = answer(xml(shipment()))
    found = parse_track_response(body, [parcel()], BERLIN)[NUMBER]
    assert (found.read_at, found.digest) == (NOW, body.digest)
