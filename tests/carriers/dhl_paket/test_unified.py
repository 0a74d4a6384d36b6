from datetime import UTC, datetime

import pytest
from tests.carriers.dhl_paket.asking import BERLIN, CONTEXT, NUMBER, answer, key_only, parcel, query_of

from retoure.errors import AuthenticationFailed, MalformedResponse, RateLimited
from retoure.model import Custody, Kind, Precision, ReadFailure, ZoneSource
from retoure_dhl_paket.unified import UnifiedTracking, build_unified_request, parse_unified_response


def row(at="2026-06-03T12:05:00", **more):
    return {"timestamp": at, "statusCode": "transit", **more}


def shipment(*events, **more):
    return {"id": NUMBER, "service": "parcel-de", "events": list(events), **more}


def read(*shipments, status=200, asked=None):
    return parse_unified_response(answer({"shipments": list(shipments)}, status), asked or parcel(), BERLIN)


def test_the_service_is_always_asked_for():
    assert query_of(build_unified_request(parcel(), key_only()))["service"] == "parcel-de"


def test_the_postcode_goes_along_where_it_is_known():
    assert query_of(build_unified_request(parcel(postal_code="EC1 1BB"), key_only()))["recipientPostalCode"] == "EC1 1BB"
    assert "recipientPostalCode" not in query_of(build_unified_request(parcel(), key_only()))


def test_each_number_is_a_call_of_its_own():
    call = UnifiedTracking(key_only(), CONTEXT).track([parcel("111"), parcel("222")])
    numbers = [query_of(next(call))["trackingNumber"]]
    numbers.append(query_of(call.send(answer({"shipments": []})))["trackingNumber"])
    with pytest.raises(StopIteration) as stop:
        call.send(answer({"shipments": []}))
    assert numbers == ["111", "222"] == list(stop.value.value)


@pytest.mark.parametrize(
    ("word", "kind", "custody"),
    [
        ("pre-transit", Kind.DATA_RECEIVED, Custody.NONE),
        ("transit", Kind.HUB_SCAN, Custody.PHYSICAL),
        ("delivered", Kind.DELIVERED, Custody.PHYSICAL),
        ("failure", Kind.EXCEPTION, Custody.PHYSICAL),
        ("unknown", Kind.UNKNOWN, Custody.UNKNOWN),
        ("beamed", Kind.UNKNOWN, Custody.UNKNOWN),
        ("", Kind.UNKNOWN, Custody.UNKNOWN),
    ],
)
def test_a_word_says_one_thing(word, kind, custody):
    (found,) = read(shipment(row(statusCode=word))).events
    assert (found.kind, found.custody) == (kind, custody)


def test_the_word_is_taken_from_status_where_status_code_is_absent():
    (found,) = read(shipment({"timestamp": "2026-06-03T12:05:00", "status": "Delivered"})).events
    assert found.kind is Kind.DELIVERED


def test_a_sentence_in_status_is_no_word():
    (found,) = read(shipment({"timestamp": "2026-06-03T12:05:00", "status": "On its way"})).events
    assert (found.kind, found.raw_code, found.text) == (Kind.UNKNOWN, "", "On its way")


@pytest.mark.parametrize(
    ("text", "instant", "source", "precision"),
    [
        ("2026-06-03T12:05:00", datetime(2026, 6, 3, 10, 5, tzinfo=UTC), ZoneSource.CARRIER, Precision.SECOND),
        ("2026-01-03T12:05:00", datetime(2026, 1, 3, 11, 5, tzinfo=UTC), ZoneSource.CARRIER, Precision.SECOND),
        ("2026-06-03T12:05:00Z", datetime(2026, 6, 3, 12, 5, tzinfo=UTC), ZoneSource.STATED, Precision.SECOND),
        ("2026-06-03T12:05:00+05:30", datetime(2026, 6, 3, 6, 35, tzinfo=UTC), ZoneSource.STATED, Precision.SECOND),
        ("2026-06-03T12:05:00.123456789", datetime(2026, 6, 3, 10, 5, tzinfo=UTC), ZoneSource.CARRIER, Precision.SECOND),
        ("2026-06-03T12:05:00.1234567+02:00", datetime(2026, 6, 3, 10, 5, tzinfo=UTC), ZoneSource.STATED, Precision.SECOND),
        ("2026-06-03", datetime(2026, 6, 2, 22, tzinfo=UTC), ZoneSource.CARRIER, Precision.DATE),
    ],
)
def test_a_time_is_read_in_each_of_its_forms(text, instant, source, precision):
    (found,) = read(shipment(row(text))).events
    assert (found.instant, found.zone_source, found.precision, found.local_text) == (instant, source, precision, text)


def test_a_time_that_cannot_be_read_makes_the_answer_malformed():
    with pytest.raises(MalformedResponse, match="time"):
        read(shipment(row("soon")))


def test_events_are_oldest_first():
    listed = [row("2026-06-03T12:05:00"), row("2026-06-01T12:05:00"), row("2026-06-02T12:05:00")]
    assert [found.sequence for found in read(shipment(*listed)).events] == [0, 1, 2]
    assert [found.local_text[8:10] for found in read(shipment(*listed)).events] == ["01", "02", "03"]


def test_a_shipment_without_events_is_read_by_its_status():
    assert len(read({"id": NUMBER, "service": "parcel-de", "status": row()}).events) == 1


@pytest.mark.parametrize(
    "other",
    [{"service": "express"}, {"id": "5"}, {"destination": {"address": {"countryCode": "PL"}}}],
    ids=["service", "number", "country"],
)
def test_another_shipment_is_not_taken_for_ours(other):
    assert read(shipment(row(), **other)).reason is ReadFailure.WRONG_SHIPMENT


def test_ours_is_found_among_several():
    assert read(shipment(row(), service="express"), shipment(row(), row())).events[0].kind is Kind.HUB_SCAN


def test_an_id_that_lost_its_zeros_is_ours():
    assert read(shipment(row(), id=int(NUMBER))).number == NUMBER


def test_unknown_too_new_and_deleted_are_not_found():
    assert read(status=404).reason is ReadFailure.NOT_FOUND
    assert read().reason is ReadFailure.NOT_FOUND


@pytest.mark.parametrize(("status", "error"), [(401, AuthenticationFailed), (429, RateLimited)])
def test_a_refusal_is_raised(status, error):
    with pytest.raises(error):
        read(status=status)


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"shipments": null}', '{"shipments": [1]}', "<html>"])
def test_an_answer_of_another_shape_is_malformed(body):
    with pytest.raises(MalformedResponse):
        parse_unified_response(answer(body), parcel(), BERLIN)
