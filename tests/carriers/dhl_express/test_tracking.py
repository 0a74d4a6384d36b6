from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.carriers.dhl_express.asking import (
    CONTEXT,
    NUMBER,
    account,
    answer,
    event,
    parcel,
    query_of,
    result_of,
    shipment,
)

from retoure.errors import CarrierUnavailable, MalformedResponse, RequestRejected
from retoure.lifecycle import CaseLabel, Read, ReturnCase, State, assess
from retoure.model import Custody, Kind, ReadFailure, TrackingFailure, TrackingReport, ZoneSource
from retoure_dhl_express.codes import EVENTS
from retoure_dhl_express.tracking import DhlExpressTracking, build_track_requests, parse_track_response

ISSUED, LOOKED = datetime(2026, 6, 1, 8, tzinfo=UTC), datetime(2026, 6, 3, 8, tzinfo=UTC)


def read(*shipments, parcels=None, settings=None):
    parcels = parcels or [parcel()]
    return parse_track_response(answer({"shipments": list(shipments)}), parcels, settings or account(), CONTEXT)


def one_request(parcels):
    ((request, _),) = build_track_requests(parcels, account())
    return request


def told(*rows):
    """What a return comes to whose only read holds these rows."""
    outcome = replace(read(shipment(*rows))[NUMBER], read_at=LOOKED)
    label = CaseLabel(number=NUMBER, carrier="dhl_express", issued_at=ISSUED)
    return assess(ReturnCase(labels=(label,), observations=(Read(report=outcome),)), at=LOOKED)


def hourly(codes):
    return [event(code, clock=f"{hour:02}:00:00") for hour, code in enumerate(codes)]


def events(*rows, **more):
    return read(shipment(*rows, **more))[NUMBER].events


def test_a_batch_is_one_call_with_every_number():
    numbers = [f"99990{n:05d}" for n in range(200)]
    query = query_of(one_request([parcel(number) for number in numbers]))
    assert [value for name, value in query if name == "shipmentTrackingNumber"] == numbers


def test_more_numbers_than_a_call_takes_are_refused_and_the_client_is_told_how_many():
    assert DhlExpressTracking.batch_size == 200
    with pytest.raises(RequestRejected, match="at most 200"):
        build_track_requests([parcel(str(n)) for n in range(201)], account())


def test_a_number_is_asked_for_without_what_people_put_in():
    query = dict(query_of(one_request([parcel("99 9900-00.11")])))
    assert query["shipmentTrackingNumber"] == "9999000011"


def test_of_200_parcels_two_precise_ones_cost_a_call_each_and_the_others_one():
    parcels = [parcel(str(9999000000 + n), precise=n in (7, 8)) for n in range(200)]
    batch = answer({"shipments": [shipment(number=p.number) for p in parcels if not p.precise]})
    singles = [answer({"shipments": [shipment(number=p.number)]}) for p in parcels if p.precise]
    outcomes, asked = result_of(DhlExpressTracking(account(), CONTEXT).track(parcels), batch, *singles)
    assert len(asked) == 3
    assert len(outcomes) == 200
    assert all(isinstance(outcome, TrackingReport) for outcome in outcomes.values())
    assert ("requestGMTOffsetPerEvent", "true") not in query_of(asked[0])
    assert [("requestGMTOffsetPerEvent", "true") in query_of(request) for request in asked[1:]] == [True, True]


def test_nothing_is_asked_precisely_that_was_not_to_be():
    _, asked = result_of(DhlExpressTracking(account(), CONTEXT).track([parcel()]), answer({"shipments": []}))
    assert [request.url.split("?")[0] for request in asked] == ["https://express.api.dhl.com/mydhlapi/test/tracking"]


def test_a_precise_call_that_fails_costs_the_others_nothing():
    call = DhlExpressTracking(account(), CONTEXT).track([parcel(), parcel("9999000022", precise=True)])
    next(call)
    call.send(answer({"shipments": [shipment(event("PU"))]}))
    with pytest.raises(StopIteration) as stopped:
        call.throw(CarrierUnavailable("down"))
    outcomes = stopped.value.value
    assert isinstance(outcomes[NUMBER], TrackingReport)
    assert outcomes["9999000022"].reason is ReadFailure.FAILED


def test_a_precise_call_on_its_own_fails_as_it_does():
    call = DhlExpressTracking(account(), CONTEXT).track([parcel(precise=True)])
    next(call)
    with pytest.raises(CarrierUnavailable):
        call.throw(CarrierUnavailable("down"))


def test_one_failure_among_200_leaves_the_other_199():
    parcels = [parcel(str(9999000000 + n)) for n in range(200)]
    rows = [shipment(event("PU"), number=p.number) for p in parcels[1:]]
    outcomes = read({"shipmentTrackingNumber": parcels[0].number, "status": "Failure"}, *rows, parcels=parcels)
    assert outcomes[parcels[0].number].reason is ReadFailure.NOT_FOUND
    assert sum(isinstance(outcome, TrackingReport) for outcome in outcomes.values()) == 199


def test_a_look_ups_success_is_never_a_delivery():
    assert [e.kind for e in events(event("SD"))] == [Kind.DATA_RECEIVED]
    assert events() == ()


@pytest.mark.parametrize(("codes", "first"), [(("SD", "SA", "PL"), "SA"), (("SD", "RR", "AF"), "AF"), (("SD", "RR"), None)])
def test_the_first_physical_row_is_the_first_that_proves_custody(codes, first):
    rows = events(*[event(code, clock=f"1{n}:00:00") for n, code in enumerate(codes)])
    assert next((e.raw_code for e in rows if e.custody is Custody.PHYSICAL), None) == first


def test_an_event_from_a_country_with_one_zone_is_placed_by_it():
    (one,) = events(event("PU", area="TOKYO-JP"))
    assert (one.instant.isoformat(), one.zone_source) == ("2026-06-02T16:00:00+09:00", ZoneSource.COUNTRY)


@pytest.mark.parametrize("area", ["SYDNEY-AU", "MADRID-ES", "SOMEWHERE", "NOWHERE-ZZ", ""])
def test_an_event_from_elsewhere_is_assumed_and_no_more_precise_than_its_day(area):
    (one,) = events(event("PU", area=area))
    assert (one.zone_source, one.precision) == (ZoneSource.ASSUMED, "DATE")
    assert one.instant.isoformat() == "2026-06-02T16:00:00+02:00"


def test_the_accounts_word_on_a_country_with_several_zones_is_an_assumption_still():
    report = read(shipment(event("PU", area="SYDNEY-AU")), settings=account(zones={"AU": "Australia/Sydney"}))
    (one,) = report[NUMBER].events
    assert (one.instant.isoformat(), one.zone_source) == ("2026-06-02T16:00:00+10:00", ZoneSource.ASSUMED)


def test_an_offset_that_is_told_is_taken_and_one_that_is_not_is_never_called_stated():
    told, untold = events(event("PU", GMTOffset="+02:00"), event("DF", clock="21:00:00"))
    assert (told.zone_source, untold.zone_source) == (ZoneSource.STATED, ZoneSource.COUNTRY)


def test_events_are_put_in_order_where_their_instants_are_known():
    rows = events(event("DF", clock="21:00:00"), event("PU", clock="16:00:00"))
    assert [(e.raw_code, e.sequence) for e in rows] == [("PU", 0), ("DF", 1)]


def test_events_with_an_assumed_instant_keep_the_lists_order():
    rows = events(event("DF", clock="21:00:00", area="SYDNEY-AU"), event("AF", clock="15:00:00", area="LOS ANGELES-US"))
    assert [e.raw_code for e in rows] == ["DF", "AF"]


def test_a_list_with_the_newest_first_is_turned():
    rows = events(event("OK", day="2026-06-05", area="SYDNEY-AU"), event("PU", day="2026-06-02", area="SYDNEY-AU"))
    assert [e.raw_code for e in rows] == ["PU", "OK"]


def us(code, clock, area="MEMPHIS-US"):
    return event(code, clock=clock, area=area)


def test_a_list_of_one_day_is_turned_where_an_areas_own_clock_runs_back():
    listed = [us("OK", "15:00"), us("AF", "14:00", "LOS ANGELES-US"), us("WC", "09:00"), us("PU", "08:00")]
    assert [e.raw_code for e in events(*listed)] == ["PU", "WC", "AF", "OK"]


@pytest.mark.parametrize(
    "listed",
    [
        [us("PU", "08:00"), us("WC", "09:00")],
        [us("PU", "08:00"), us("AF", "08:00")],
        [us("DF", "15:00"), us("AF", "14:00", "LOS ANGELES-US")],
        [us("PU", "15:00", ""), us("AF", "14:00", "")],
        [us("PU", "15:00"), us("AF", "")],
        [us("PU", "08:00"), us("WC", "09:00"), us("OK", "08:30")],
    ],
    ids=["forward", "same time", "other area", "no area", "no time", "both ways"],
)
def test_a_list_that_does_not_prove_itself_turned_is_kept(listed):
    assert [e.raw_code for e in events(*listed)] == [row["typeCode"] for row in listed]


@pytest.mark.parametrize(("offset", "hours"), [("+0100", 1), ("-05:00", -5), ("Z", 0)])
def test_every_form_of_an_offset_is_one(offset, hours):
    (one,) = events(event("PU", GMTOffset=offset))
    assert (one.zone_source, one.instant.utcoffset()) == (ZoneSource.STATED, timedelta(hours=hours))


@pytest.mark.parametrize(
    ("clock", "precision", "flags"),
    [("16:00:10", "SECOND", ()), ("16:00", "MINUTE", ()), ("", "DATE", ())],
)
def test_a_time_is_as_precise_as_it_is_written(clock, precision, flags):
    (one,) = events(event("PU", clock=clock))
    assert (one.precision, one.flags) == (precision, flags)


@pytest.mark.parametrize(
    ("day", "clock", "flag"), [("2026-10-25", "02:30:00", "dst_overlap"), ("2026-03-29", "02:30:00", "dst_gap")]
)
def test_an_hour_that_a_clock_change_doubles_or_swallows_is_flagged(day, clock, flag):
    (one,) = events(event("PU", day=day, clock=clock, area="BERLIN-DE"))
    assert one.flags == (flag,)


BEFORE_CUSTODY = sorted(code for code, reading in EVENTS.items() if reading.custody is not Custody.PHYSICAL)
HAND_INS = ("PU", "SA")
VIENNA = timezone(timedelta(hours=2))
PHYSICAL = sorted(code for code, reading in EVENTS.items() if reading.custody is Custody.PHYSICAL)
LOCAL = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1))  # noqa: DTZ001 - bounds are naive


@given(LOCAL, st.sampled_from(["VIENNA-AT", "SYDNEY-AU", "", "TOKYO-JP"]))
def test_every_event_has_an_aware_instant(local, area):
    (one,) = events(event("PU", day=f"{local:%Y-%m-%d}", clock=f"{local:%H:%M:%S}", area=area))
    assert one.instant.tzinfo is not None
    assert not isinstance(one.instant.tzinfo, ZoneInfo)


def test_a_code_outside_the_table_is_unknown_with_its_raw_code():
    (one,) = events(event("ZZ"))
    assert (one.kind, one.custody, one.raw_code, one.flags) == (Kind.UNKNOWN, Custody.UNKNOWN, "ZZ", ("unlisted_code",))


def test_a_delivery_with_a_piece_that_is_not_is_partial():
    pieces = [{"trackingNumber": "JD1", "events": [event("OK")]}, {"trackingNumber": "JD2", "events": [event("PL")]}]
    report = read(shipment(event("OK"), pieces=pieces))[NUMBER]
    assert [e.kind for e in report.events] == [Kind.PARTIALLY_DELIVERED]
    assert report.pieces == ("JD1", "JD2")


def test_the_only_piece_of_a_parcel_does_not_make_its_delivery_partial():
    only = [{"trackingNumber": "JD1", "events": [event("PL")]}]
    assert [e.kind for e in events(event("OK"), pieces=only)] == [Kind.DELIVERED]
    assert [e.kind for e in events(event("OK"), pieces=only, numberOfPieces=1)] == [Kind.DELIVERED]
    assert [e.kind for e in events(event("OK"), pieces=only, numberOfPieces=2)] == [Kind.PARTIALLY_DELIVERED]


def test_a_piece_without_a_history_takes_nothing_from_a_delivery():
    assert [e.kind for e in events(event("OK"), pieces=[{"trackingNumber": "JD1", "events": []}])] == [Kind.DELIVERED]


def test_a_shipment_to_another_country_is_another_shipment():
    outcome = read(shipment(event("PU"), receiverDetails={"postalAddress": {"countryCode": "FR"}}))[NUMBER]
    assert (type(outcome), outcome.reason) == (TrackingFailure, ReadFailure.WRONG_SHIPMENT)


def test_a_hidden_destination_denies_nothing():
    report = read(shipment(event("PU"), receiverDetails={"postalAddress": {"countryCode": ""}}))[NUMBER]
    assert isinstance(report, TrackingReport)
    assert report.destination is None


def test_a_history_that_is_missing_without_a_word_is_a_failed_read():
    assert read({"shipmentTrackingNumber": NUMBER})[NUMBER].reason is ReadFailure.FAILED


@pytest.mark.parametrize("body", [[], {}, {"shipments": None}])
def test_an_answer_without_a_list_is_malformed(body):
    with pytest.raises(MalformedResponse):
        parse_track_response(answer(body), [parcel()], account(), CONTEXT)


@given(st.lists(st.sampled_from([*BEFORE_CUSTODY, "ZZ"]), max_size=8))
def test_rows_before_custody_never_count_as_a_scan(codes):
    assert told(*hourly(codes)).first_scan is None


@pytest.mark.parametrize("code", BEFORE_CUSTODY)
def test_no_code_without_custody_is_a_scan_by_itself(code):
    assert told(event(code)).first_scan is None


@given(
    st.lists(st.sampled_from(BEFORE_CUSTODY), max_size=6),
    st.lists(st.sampled_from(["PU", "SA", "PL", "AF", "DF"]), min_size=1, max_size=8),
)
def test_the_first_physical_row_is_the_first_scan_whatever_stands_before_it(before, physical):
    verdict = told(*hourly([*before, *physical]))
    assert verdict.first_scan.raw_code == physical[0]
    assert verdict.first_scan.instant == datetime(2026, 6, 2, len(before), tzinfo=VIENNA)


@pytest.mark.parametrize("code", PHYSICAL)
def test_every_physical_code_is_a_scan_and_only_a_hand_in_is_not_inferred(code):
    verdict = told(event("SD", clock="01:00:00"), event(code, clock="16:00:00"))
    assert verdict.first_scan.raw_code == code
    assert verdict.inferred is (code not in HAND_INS)


def test_a_report_that_holds_only_a_delivery_gives_an_inferred_first_scan():
    verdict = told(event("OK"))
    assert (verdict.state, verdict.first_scan.raw_code, verdict.inferred) == (State.DELIVERED, "OK", True)


def test_pieces_are_asked_for_by_a_name_of_their_own_in_one_batch_a_kind():
    numbers = ["9999000011", "JD019999000000000011", "9999000022", "JJD019999000000000022"]
    requests = build_track_requests([parcel(number) for number in numbers], account())
    queries = [query_of(request) for request, _ in requests]
    assert queries == [
        [("shipmentTrackingNumber", "9999000011"), ("shipmentTrackingNumber", "9999000022"), ("levelOfDetail", "all")],
        [
            ("pieceTrackingNumber", "JD019999000000000011"),
            ("pieceTrackingNumber", "JD019999000000000022"),
            ("levelOfDetail", "all"),
        ],
    ]


def test_a_piece_has_the_history_of_its_own_and_not_its_shipments():
    pieces = [{"trackingNumber": "JD1", "events": [event("OK")]}, {"trackingNumber": "JD2", "events": [event("PL")]}]
    outcomes = read(shipment(event("OK"), pieces=pieces), parcels=[parcel("JD1"), parcel("JD2")])
    assert [[e.kind for e in outcomes[number].events] for number in ("JD1", "JD2")] == [[Kind.DELIVERED], [Kind.HUB_SCAN]]


def test_a_piece_without_a_history_of_its_own_has_its_shipments():
    outcomes = read(shipment(event("PU"), pieces=[{"trackingNumber": "JD1"}]), parcels=[parcel("JD1"), parcel("JD2")])
    assert [e.raw_code for e in outcomes["JD1"].events] == ["PU"]
    assert outcomes["JD2"].reason is ReadFailure.NOT_FOUND


def test_a_precise_piece_is_asked_for_with_the_others_for_its_shipments_number_is_not_known():
    requests = build_track_requests([parcel("JD1", precise=True), parcel("JD2")], account())
    assert [[one.number for one in asked] for _, asked in requests] == [["JD1", "JD2"]]


def test_a_failed_batch_of_pieces_costs_the_shipments_nothing():
    piece = "JD019999000000000011"
    call = DhlExpressTracking(account(), CONTEXT).track([parcel(piece), parcel()])
    next(call)
    call.send(answer({"shipments": [shipment(event("PU"))]}))
    with pytest.raises(StopIteration) as stopped:
        call.throw(CarrierUnavailable("down"))
    assert list(stopped.value.value) == [piece, NUMBER]
    assert stopped.value.value[piece].reason is ReadFailure.FAILED


def test_every_number_has_one_outcome_in_the_order_they_were_asked():
    numbers = ["9999000033", "9999000011", "9999 0000 11", "9999000022"]
    outcomes, asked = result_of(
        DhlExpressTracking(account(), CONTEXT).track([parcel(number) for number in numbers]),
        answer({"shipments": [shipment(event("PU"), number="9999000022"), shipment(event("PU")), shipment(number="9999000044")]}),
    )
    assert list(outcomes) == numbers
    assert [type(outcome) for outcome in outcomes.values()] == [TrackingFailure, TrackingReport, TrackingReport, TrackingReport]
    assert [value for name, value in query_of(asked[0]) if name == "shipmentTrackingNumber"] == [
        "9999000033", "9999000011", "9999000022",
    ]  # fmt: skip


def test_a_silent_entry_beside_one_with_a_history_says_nothing():
    silent = {"shipmentTrackingNumber": NUMBER, "status": "Failure"}
    assert [e.raw_code for e in read(silent, shipment(event("PU")))[NUMBER].events] == ["PU"]
    assert [e.raw_code for e in read(shipment(event("PU")), silent)[NUMBER].events] == ["PU"]


def test_two_shipments_under_one_number_are_a_failed_read_and_not_a_guess():
    assert read(shipment(event("PU")), shipment(event("OK")))[NUMBER].reason is ReadFailure.FAILED
    assert isinstance(read(shipment(event("PU")), shipment(event("PU")))[NUMBER], TrackingReport)


@pytest.mark.parametrize("later", [(), ("AF",), ("OH",)])
def test_a_parcel_that_went_back_is_back_and_no_later_row_delivers_it(later):
    verdict = told(*hourly(["PU", "WC", "RT", *later]))
    assert verdict.state is State.BACK_AT_CUSTOMER


@pytest.mark.parametrize("strange", ["1Z999AA10123456784", "123", "99990000111", "JD1", "x", "-"])
def test_a_number_that_is_none_of_theirs_fails_alone_and_is_not_sent(strange):
    outcomes, (asked,) = result_of(
        DhlExpressTracking(account(), CONTEXT).track([parcel(strange), parcel()]), answer({"shipments": [shipment(event("PU"))]})
    )
    assert (outcomes[strange].reason, outcomes[strange].read_at) == (ReadFailure.FAILED, CONTEXT.clock())
    assert "10 digits" in outcomes[strange].message
    assert isinstance(outcomes[NUMBER], TrackingReport)
    assert query_of(asked) == [("shipmentTrackingNumber", NUMBER), ("levelOfDetail", "all")]


def test_where_no_number_is_theirs_nobody_is_asked():
    outcomes, asked = result_of(DhlExpressTracking(account(), CONTEXT).track([parcel("123")]))
    assert (outcomes["123"].reason, asked) == (ReadFailure.FAILED, [])


@pytest.mark.parametrize("body", [b"<html>", {"message": "no Route matched with those values"}])
def test_a_gateways_404_is_no_word_on_a_number(body):
    with pytest.raises(MalformedResponse):
        parse_track_response(answer(body, 404), [parcel()], account(), CONTEXT)
