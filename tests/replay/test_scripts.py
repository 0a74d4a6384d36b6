"""A carrier in a box tells scripted histories row by row in its own wire, and is out of order when told so."""

from datetime import UTC, datetime, timedelta

import pytest

from retoure import (
    CarrierUnavailable,
    Client,
    ConfigurationError,
    NotFound,
    RateLimited,
    TrackingFailure,
    Unprotected,
)
from retoure.model import Custody, Kind, TrackedParcel, ZoneSource
from retoure.replay.finding import installed
from retoure.replay.sandbox import Outage, Sandbox, Script, ScriptedRow, Trouble
from retoure.replay.sandbox.carrier import read_description

START = datetime(2026, 9, 1, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)
NUMBERS = {"dhl_express": "9000000001", "dhl_paket": "999900000001", "dpd": "09999800000001", "ups": "1ZEXMPL10000000001"}
KINDS = {
    "announced": Kind.DATA_RECEIVED, "delivered": Kind.DELIVERED, "delivery_failed": Kind.DELIVERY_FAILED,
    "disposed": Kind.DISPOSED, "hub": Kind.HUB_SCAN, "lost": Kind.LOST_BY_CARRIER, "out_for_delivery": Kind.OUT_FOR_DELIVERY,
    "picked_up": Kind.PICKED_UP, "pickup_failed": Kind.PICKUP_FAILED, "ready_for_collection": Kind.READY_FOR_COLLECTION,
    "relabelled": Kind.RELABELLED, "retraction": Kind.RETRACTION, "returned": Kind.RETURNED_TO_ORIGIN,
    "turned": Kind.RETURNING_TO_ORIGIN, "unknown": Kind.UNKNOWN,
}  # fmt: skip
HANDED_IN = {Kind.DROPPED_OFF, Kind.ACCEPTED}


class Time:
    """A clock that is set by hand."""

    def __init__(self):
        self.now = START

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Time()


@pytest.fixture
def box(clock):
    with Sandbox(port=None, clock=clock) as box:
        yield box


@pytest.fixture
def client(box):
    accounts = {code: box.account(code) for code in NUMBERS}
    with Client(accounts, purchases=Unprotected(), clock=box.now, transport=box.transport(), sleep=lambda s: None) as client:
        yield client


def script(carrier, *rows, number=None, **more):
    return Script(number=number or NUMBERS[carrier], issued_at=START, rows=rows, **more)


def row(name, hours=0, **more):
    return ScriptedRow(row=name, at=START + hours * HOUR, **more)


def parcel(carrier, number=None, **more):
    return TrackedParcel(number=number or NUMBERS[carrier], issued_at=START, **more)


def tell(client, carrier, **more):
    return client.track(parcel(carrier, **more), account=carrier)


def rows_of(carrier):
    return [name for name in read_description(installed().get(carrier)).tracking.scripting.rows if name != "elsewhere"]


@pytest.mark.parametrize("carrier", NUMBERS)
def test_every_row_is_told_in_the_carriers_own_wire_at_its_own_moment(box, client, clock, carrier):
    names = rows_of(carrier)
    box.script(carrier, script(carrier, *(row(name, hours) for hours, name in enumerate(names))))
    clock.now = START + timedelta(days=3)
    events = tell(client, carrier, country="DE", postal_code="10115").events
    assert [event.instant for event in events] == [START + hours * HOUR for hours in range(len(names))]
    told = {name: event.kind for name, event in zip(names, events, strict=True)}
    assert {name: kind for name, kind in told.items() if name in KINDS} == {name: KINDS[name] for name in names if name in KINDS}
    assert told["dropped_off"] in HANDED_IN
    assert told["origin_hub"] in (Kind.HUB_SCAN, Kind.ORIGIN_SCAN)


@pytest.mark.parametrize("carrier", NUMBERS)
def test_a_row_of_a_clock_change_night_keeps_the_carriers_wall_clock(box, client, clock, carrier):
    at = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    box.script(carrier, script(carrier, ScriptedRow(row="hub", at=at)))
    clock.now = at
    assert [event.instant for event in tell(client, carrier).events] == [at]


def test_a_row_is_shown_from_when_the_carrier_tells_it_until_it_is_left_out(box, client, clock):
    late = row("hub", 1, visible=START + 5 * HOUR, hidden=START + 9 * HOUR)
    box.script("ups", script("ups", row("announced"), late))
    shown = []
    for hours in (4, 5, 8, 9):
        clock.now = START + hours * HOUR
        shown.append(len(tell(client, "ups").events))
    assert shown == [1, 2, 2, 1]


@pytest.mark.parametrize("carrier", NUMBERS)
def test_a_number_is_not_found_before_it_is_known_and_after_it_is_forgotten(box, client, clock, carrier):
    told = script(carrier, row("announced"), known_from=START + HOUR, gone_from=START + 90 * 24 * HOUR)
    box.script(carrier, told)
    for gone in (START, START + 90 * 24 * HOUR):
        clock.now = gone
        with pytest.raises(NotFound):
            tell(client, carrier)
    clock.now = START + HOUR
    assert len(tell(client, carrier).events) == 1


@pytest.mark.parametrize("carrier", ["dhl_paket", "dhl_express"])
def test_one_answer_tells_each_number_of_a_batch_its_own_history(box, client, clock, carrier):
    numbers = [NUMBERS[carrier][:-1] + digit for digit in "234"]
    box.script(
        carrier,
        script(carrier, row("announced"), row("dropped_off", 1), number=numbers[0]),
        script(carrier, row("elsewhere", 1), number=numbers[1]),
    )
    clock.now = START + 2 * HOUR
    told = client.track_many([parcel(carrier, number, country="DE") for number in numbers], account=carrier)
    assert len(told[numbers[0]].events) == 2
    assert [told[number].reason for number in numbers[1:]] == ["WRONG_SHIPMENT", "NOT_FOUND"]


def test_another_town_stands_in_the_place_of_the_recorded_one(box, client, clock):
    for carrier in NUMBERS:
        box.script(carrier, script(carrier, row("hub", where='Öd "am" <Main> & Co')))
        (event,) = tell(client, carrier).events
        assert 'Öd "am" <Main> & Co' in event.location.text


def test_a_number_that_replaces_another_is_named_in_the_answer(box, client):
    box.script("ups", script("ups", row("relabelled", successor="1ZEXMPL10000000002")))
    assert tell(client, "ups").successor == "1ZEXMPL10000000002"


def test_rows_state_their_offset_where_the_carrier_was_asked_for_it(box, client):
    box.script("dhl_express", script("dhl_express", row("picked_up")))
    told = {precise: tell(client, "dhl_express", precise=precise).events[0] for precise in (False, True)}
    assert [told[precise].zone_source for precise in (False, True)] == [ZoneSource.COUNTRY, ZoneSource.STATED]
    assert told[False].instant == told[True].instant


def test_an_older_parcel_under_the_same_number_is_told_with_its_own_dates(box, client):
    old = ScriptedRow(row="delivered", at=START - timedelta(days=600), visible=START, hidden=START + HOUR)
    box.script("ups", script("ups", row("announced"), old))
    events = tell(client, "ups").events
    assert [(event.custody, event.instant.year) for event in events] == [(Custody.PHYSICAL, 2025), (Custody.NONE, 2026)]


def outage(trouble, carrier="ups", **more):
    return Outage(carrier=carrier, trouble=trouble, start=START, until=START + HOUR, **more)


@pytest.mark.parametrize("trouble", [Trouble.ERROR, Trouble.SILENCE])
def test_nothing_comes_during_an_outage_and_everything_after_it(box, client, clock, trouble):
    box.script("ups", script("ups", row("announced")))
    box.outages = (outage(trouble),)
    with pytest.raises(CarrierUnavailable):
        tell(client, "ups")
    clock.now = START + HOUR
    assert tell(client, "ups").events


@pytest.mark.parametrize("as_date", [False, True])
def test_a_busy_carrier_tells_how_long_to_wait(box, client, as_date):
    box.outages = (outage(Trouble.BUSY, retry_after=timedelta(days=2), as_date=as_date),)
    with pytest.raises(RateLimited) as caught:
        tell(client, "ups")
    assert caught.value.retry_after == timedelta(days=2)


def test_a_call_limit_is_told_inside_of_a_success_where_the_carrier_does_so(box, client):
    box.outages = (outage(Trouble.CALL_LIMIT, "dpd"),)
    with pytest.raises(RateLimited):
        tell(client, "dpd")


def test_an_outage_of_one_carrier_is_none_of_another(box, client):
    box.outages = (outage(Trouble.ERROR, "dpd"),)
    box.script("ups", script("ups", row("announced")))
    assert tell(client, "ups").events


def test_a_row_that_a_carrier_has_not_is_refused(box):
    with pytest.raises(ConfigurationError, match="no row 'beamed'"):
        box.script("ups", script("ups", row("beamed")))


def test_a_carrier_without_rows_to_tell_refuses_scripts(box):
    with pytest.raises(ConfigurationError, match="tells no scripted histories"):
        box.script("dpd_meta", script("ups", row("announced")))


def test_a_scripted_number_has_capital_letters_and_digits_only():
    with pytest.raises(ValueError, match="capital letters"):
        Script(number="1z ex", issued_at=START, rows=())


def test_a_box_without_a_port_cannot_serve(box):
    with pytest.raises(ConfigurationError, match="listens nowhere"):
        box.serve()


def test_a_box_with_a_port_is_silent_on_the_wire_too(clock):
    with Sandbox(["ups"], clock=clock) as box:
        box.outages = (outage(Trouble.SILENCE),)
        with (
            Client({"ups": box.account("ups")}, purchases=Unprotected(), clock=box.now, sleep=lambda s: None) as client,
            pytest.raises(CarrierUnavailable),
        ):
            tell(client, "ups")


def test_numbers_that_no_script_knows_are_answered_from_the_books(box, client):
    box.script("dhl_paket", script("dhl_paket", row("announced")))
    told = client.track_many([parcel("dhl_paket", "999900000099")], account="dhl_paket")["999900000099"]
    assert isinstance(told, TrackingFailure)
