"""Carriers in a box: adapters run unchanged against them, what is sold is counted, what goes wrong is chosen."""

import json
import urllib.request
from datetime import UTC, date, datetime, time, timedelta

import httpx
import pytest

from retoure import (
    CancelResult,
    Client,
    ConfigurationError,
    Formats,
    Found,
    LabelFormat,
    NotFound,
    NotSeen,
    OutcomeUnknown,
    PickupOrder,
    PickupWindow,
    RateLimited,
    Registry,
    RetoureError,
    ReturnRequest,
    TrackingReport,
    Unprotected,
    VoidResult,
)
from retoure.carrier import Operation
from retoure.replay import find
from retoure.replay.finding import installed
from retoure.replay.sandbox import Faults, Sandbox
from retoure.replay.sandbox.carrier import read_description
from retoure.replay.sandbox.exchanges import Exchange
from retoure.testing.samples import SAMPLES

SELLERS = ("dhl_express", "dhl_paket", "dpd", "dpd_meta", "ups")
CARRIERS = ("dhl_express", "dhl_paket", "dpd", "ups")  # those that track
FINDERS = ("dhl_express", "ups")
REQUESTS = {
    code: ReturnRequest.model_validate({**SAMPLES[sample]["request"], "ship_date": None})
    for code, sample in {**dict.fromkeys(SELLERS, "munich_to_berlin"), "dhl_express": "vienna_to_berlin"}.items()
}
WINDOW = PickupWindow(day=date(2031, 3, 3), earliest=time(9), latest=time(17))


@pytest.fixture
def box():
    with Sandbox() as box:
        yield box


@pytest.fixture
def client(box):
    accounts = {code: box.account(code) for code in box.carriers}
    with Client(accounts, purchases=Unprotected(), return_addresses=box.return_addresses(), clock=box.now) as client:
        yield client


def buy(client, code, key="K/1", **options):
    return client.buy(REQUESTS[code], key=key, account=code, **options)


def test_every_carrier_with_scenarios_brings_a_box():
    with_labels = {code for code in installed().working() if installed().get(code).support.get(Operation.LABEL_CREATE)}
    assert {code for code in with_labels if read_description(installed().get(code))} == with_labels


@pytest.mark.parametrize("code", SELLERS)
def test_a_label_has_a_number_and_a_document_of_its_own(client, box, code):
    labels = [buy(client, code, key=f"K/{n}", formats=Formats(need={LabelFormat.PDF})) for n in (1, 2)]
    assert [booking.number for booking in box.bookings()] == [label.tracking_number for label in labels]
    assert labels[0].tracking_number != labels[1].tracking_number
    assert [booking.key for booking in box.bookings()] == ["K/1", "K/2"]
    assert all(label.document(LabelFormat.PDF).content.startswith(b"%PDF-") for label in labels)


@pytest.mark.parametrize("code", [*FINDERS, "dpd", "dpd_meta"])
def test_a_thermal_label_comes_as_one(client, code):
    assert buy(client, code, formats=Formats(need={LabelFormat.ZPL})).document(LabelFormat.ZPL)


@pytest.mark.parametrize("code", ["dhl_express", "dpd", "dpd_meta"])
def test_a_check_sells_nothing(client, box, code):
    assert client.check(REQUESTS[code], account=code) == ()
    assert box.bookings() == []


@pytest.mark.parametrize("code", FINDERS)
def test_a_look_up_finds_what_was_sold_under_the_key_and_nothing_else(client, box, code):
    label = buy(client, code)
    found = client.find_label("K/1", box.now(), account=code)
    assert isinstance(found, Found)
    assert found.value.tracking_number == label.tracking_number
    assert isinstance(client.find_label("K/2", box.now(), account=code), NotSeen)


@pytest.mark.parametrize("code", FINDERS)
def test_a_look_up_may_lag_or_forget(client, box, code):
    box.chance.faults = Faults(look_up_lag_s=60)
    buy(client, code)
    assert isinstance(client.find_label("K/1", box.now(), account=code), NotSeen)
    box.advance(timedelta(minutes=2))
    assert isinstance(client.find_label("K/1", box.now(), account=code), Found)
    box.chance.faults = Faults(look_up_forgets=1.0)
    buy(client, code, key="K/2")
    box.advance(timedelta(days=1))
    assert isinstance(client.find_label("K/2", box.now(), account=code), NotSeen)


def test_a_voided_label_is_not_found_any_more(client, box):
    assert client.void(buy(client, "ups")) is VoidResult.VOIDED
    assert isinstance(client.find_label("K/1", box.now(), account="ups"), NotSeen)


@pytest.mark.parametrize("code", ["dhl_paket", "ups"])
def test_a_pickup_is_booked_found_by_its_key_and_cancelled(client, box, code):
    label = buy(client, code)
    pickup = client.schedule_pickup(label, WINDOW, key="K/pickup")
    client.schedule_pickup(label, WINDOW, key="K/second")
    assert pickup.day == WINDOW.day
    assert box.bookings(kind="pickup")[0].parcel == label.tracking_number
    found = client.find_pickup("K/pickup", WINDOW.day, account=code)
    assert found.value.confirmation_number == pickup.confirmation_number
    client.cancel_pickup(pickup)
    assert isinstance(client.find_pickup("K/pickup", WINDOW.day, account=code), NotSeen)


def soon(box):
    return WINDOW.model_copy(update={"day": (box.now() + timedelta(days=3)).date()})


@pytest.mark.parametrize("code", ["dhl_express", "dhl_paket", "ups"])
def test_a_pickup_is_cancelled_once(client, box, code):
    sample = "pickup_in_vienna" if code == "dhl_express" else "pickup_in_munich"
    parcels = [{**parcel, "tracking_number": ""} for parcel in SAMPLES[sample]["parcels"]] if code == "ups" else []
    order = {**SAMPLES[sample], "account": code, "window": soon(box), **({"parcels": parcels} if parcels else {})}
    pickup = client.schedule_pickup(PickupOrder.model_validate(order), key="K/pickup")
    assert [client.cancel_pickup(pickup) for _ in range(2)] == [CancelResult.CANCELLED, CancelResult.ALREADY_CANCELLED]


def test_a_cancelled_pickup_is_not_moved(client, box):
    order = PickupOrder.model_validate({**SAMPLES["pickup_in_vienna"], "account": "dhl_express", "window": soon(box)})
    pickup = client.schedule_pickup(order, key="K/pickup")
    client.cancel_pickup(pickup)
    with pytest.raises(NotFound):
        client.reschedule_pickup(pickup.model_copy(update={"key": "elsewhere"}), soon(box))


def test_a_pickup_of_a_carrier_without_look_up_is_booked(client, box):
    label = buy(client, "dpd_meta")
    pickup = client.schedule_pickup(label, WINDOW, key="K/pickup")
    (booking,) = box.bookings(kind="pickup")
    assert (pickup.confirmation_number, pickup.tracking_numbers) == (booking.number, (label.tracking_number,))
    assert (booking.key, booking.parcel, booking.day) == ("K/pickup", label.tracking_number, WINDOW.day.isoformat())


def test_a_printed_label_is_shown_again_and_no_other(client, box):
    label = buy(client, "dpd_meta")
    assert client.documents(label)[0].content.startswith(b"%PDF-")
    with pytest.raises(RetoureError):
        client.documents(label.model_copy(update={"tracking_number": "09999900000000"}))


def test_a_pickup_is_moved(client, box):
    first, second = (WINDOW.model_copy(update={"day": (box.now() + timedelta(days=days)).date()}) for days in (2, 3))
    order = PickupOrder.model_validate({**SAMPLES["pickup_in_vienna"], "account": "dhl_express", "window": first})
    pickup = client.schedule_pickup(order, key="K/pickup")
    moved = client.reschedule_pickup(pickup, second)
    assert (moved.day, box.bookings()[0].day) == (second.day, second.day.isoformat())
    assert moved.confirmation_number == pickup.confirmation_number


@pytest.mark.parametrize("code", CARRIERS)
def test_a_story_is_told_as_time_goes_by_with_times_after_the_purchase(client, box, code):
    label = buy(client, code)
    seen = []
    for _ in range(4):
        seen.append(client.track(label))
        box.advance(timedelta(hours=24))
    kinds = [[str(event.kind) for event in report.events] for report in seen]
    assert kinds[0] == ["DATA_RECEIVED"]
    assert kinds[-1][-1] == "DELIVERED"
    assert [len(events) for events in kinds] == sorted(len(events) for events in kinds)
    instants = [event.instant for event in seen[-1].events]
    assert all(label.issued_at - timedelta(minutes=1) <= instant <= box.now() for instant in instants)


@pytest.mark.parametrize("code", CARRIERS)
def test_a_parcel_may_be_given_another_story(client, box, code):
    label = buy(client, code)
    box.tell(code, label.tracking_number, "never_scanned")
    box.advance(timedelta(days=10))
    assert [str(event.kind) for event in client.track(label).events] == ["DATA_RECEIVED"]
    with pytest.raises(ConfigurationError, match="delivered"):
        box.tell(code, label.tracking_number, "no such story")


@pytest.mark.parametrize("code", CARRIERS)
def test_a_number_that_the_box_did_not_sell_is_not_found(client, code):
    with pytest.raises(NotFound):
        client.track({"ups": "1Z0000000000000009", "dpd": "09999900000000"}.get(code, "9123456789"), account=code)


@pytest.mark.parametrize("code", ["dhl_express", "dhl_paket"])
def test_a_batch_has_a_history_for_each_number(client, box, code):
    labels = [buy(client, code, key=f"K/{n}") for n in range(3)]
    box.tell(code, labels[1].tracking_number, "never_scanned")
    box.advance(timedelta(hours=60))
    outcomes = client.track_many(labels)
    assert all(isinstance(outcome, TrackingReport) for outcome in outcomes.values())
    assert [len(outcomes[label.tracking_number].events) > 1 for label in labels] == [True, False, True]


@pytest.mark.parametrize("code", ["dhl_express", "ups"])
def test_live_prices_are_quoted(client, code):
    assert client.quote(REQUESTS[code], account=code).cheapest.net.amount > 0


@pytest.mark.parametrize(
    ("fault", "sold", "error"),
    [
        ("cut_before", 0, OutcomeUnknown), ("cut_after", 1, OutcomeUnknown), ("cut_within", 1, OutcomeUnknown),
        ("error_before", 0, OutcomeUnknown), ("error_after", 1, OutcomeUnknown), ("empty_after", 1, OutcomeUnknown),
        ("late", 1, OutcomeUnknown), ("busy", 0, RateLimited),
    ],
)  # fmt: skip
def test_what_goes_wrong_leaves_a_sale_behind_or_none(box, fault, sold, error):
    box.chance.faults = Faults(rates={fault: 1.0}, late_s=0.4)
    accounts = {"dhl_paket": box.account("dhl_paket")}
    options = {"purchases": Unprotected(), "return_addresses": box.return_addresses(), "sleep": lambda _: None, "deadline_s": 0.2}
    with Client(accounts, **options) as client, pytest.raises(error):
        buy(client, "dhl_paket")
    assert len(box.bookings()) == sold


def test_the_same_seed_brings_the_same_faults():
    faults = Faults(rates={"cut_after": 0.3, "late": 0.3}, look_up_forgets=0.5)
    runs = []
    for _ in range(2):
        with Sandbox(["ups"], faults=faults, seed=7) as box:
            runs.append([(box.chance.fault(), box.chance.seen_from(datetime(2026, 3, 1, tzinfo=UTC))) for _ in range(50)])
    assert runs[0] == runs[1]
    assert len(set(runs[0])) > 3


def test_a_token_endpoint_may_be_out_of_order(box):
    assert "X-DPD-TOKEN" in httpx.post(f"{box.url('dpd_meta')}/shipping/v1/login").headers
    box.chance.faults = Faults(token_fails=1.0)
    assert httpx.post(f"{box.url('dpd_meta')}/shipping/v1/login").status_code == 503
    answer = httpx.post(f"{box.url('ups')}/security/v1/oauth/token", data={"grant_type": "client_credentials"})
    assert answer.status_code == 503


def test_the_books_outlive_the_box(tmp_path):
    for key in ("K/1", "K/2"):
        with Sandbox(["ups"], books=tmp_path / "sold.db") as box:
            accounts = {"ups": box.account("ups")}
            with Client(accounts, purchases=Unprotected(), return_addresses=box.return_addresses()) as client:
                buy(client, "ups", key=key)
            sold = [booking.key for booking in box.bookings()]
    assert sold == ["K/1", "K/2"]


def post(box, what, value):
    return httpx.post(f"{box.origin}/_sandbox/{what}", content=json.dumps(value))


def test_another_process_may_look_at_the_books_and_change_what_happens(client, box):
    label = buy(client, "ups")
    with urllib.request.urlopen(f"{box.origin}/_sandbox/books") as answer:
        (booking,) = json.load(answer)
    assert (booking["carrier"], booking["kind"], booking["number"]) == ("ups", "label", label.tracking_number)
    assert post(box, "faults", {"slow_s": 0.01}).json()["faults"]["slow_s"] == 0.01
    before = box.now()
    post(box, "clock", {"advance_s": 3600})
    assert box.now() - before >= timedelta(hours=1)
    post(box, "story", {"carrier": "ups", "number": label.tracking_number, "story": "lost"})
    assert box.bookings()[0].story == "lost"


@pytest.mark.parametrize(
    ("what", "value"),
    [("faults", {"rates": {"no such fault": 1}}), ("clock", {}), ("clock", []), ("story", {}), ("faults", {"x": 1})],
)
def test_a_control_request_that_makes_no_sense_is_refused(box, what, value):
    assert post(box, what, value).status_code == 400


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("faults", b"[]"), ("faults", b"{broken"), ("faults", b""), ("faults", b'{"rates": {"busy": -0.1}}'),
        ("faults", b'{"slow_s": -1}'), ("faults", b'{"rates": {"busy": 7}}'),
        ("faults", b'{"rates": {"busy": 0.6, "late": 0.6}}'), ("clock", b'{"advance_s": 1e300}'),
        ("story", b'{"carrier": "ups", "number": {}, "story": "lost"}'),
        ("story", b'{"carrier": "ups", "number": "unknown", "story": "lost"}'),
        ("story", b'{"carrier": "none", "number": "1", "story": "lost"}'),
    ],
)  # fmt: skip
def test_a_control_request_that_cannot_be_read_is_refused_and_changes_nothing(box, what, body):
    box.chance.faults = before = Faults(slow_s=0.001)
    assert httpx.post(f"{box.origin}/_sandbox/{what}", content=body).status_code == 400
    assert box.chance.faults == before


def test_a_request_that_cannot_be_taken_apart_is_answered_all_the_same(box):
    assert httpx.post(f"{box.url('dhl_paket')}/anything", content=b"[" * 100_000).status_code == 404


def test_a_request_that_is_too_long_is_refused_and_what_follows_is_not_mistaken_for_another(box):
    told = json.dumps({"advance_s": 3600}).encode()
    hidden = b"POST /_sandbox/clock HTTP/1.1\r\nHost: box\r\nContent-Length: %d\r\n\r\n%b" % (len(told), told)
    before = box.now()
    answer = httpx.post(f"{box.url('ups')}/anything", content=b" " * 2**20 + hidden)
    assert answer.status_code == 413
    assert box.now() - before < timedelta(minutes=1)


@pytest.mark.parametrize(("method", "what"), [("GET", "faults"), ("DELETE", "books"), ("GET", "clock")])
def test_a_control_request_by_another_method_is_refused_and_changes_nothing(box, method, what):
    box.chance.faults = before = Faults(slow_s=0.001)
    answer = httpx.request(method, f"{box.origin}/_sandbox/{what}")
    assert (answer.status_code, box.chance.faults) == (405, before)
    assert answer.headers["allow"]


def test_a_story_that_no_carrier_tells_is_refused():
    with pytest.raises(ConfigurationError, match="no story 'deliverd'"):
        Sandbox(story="deliverd")


def test_a_request_that_the_box_has_no_exchange_for_is_not_found(box):
    assert httpx.get(f"{box.url('ups')}/api/something/else").status_code == 404
    assert httpx.get(f"{box.origin}/no_carrier/api").status_code == 404
    assert httpx.get(f"{box.origin}/_sandbox/else").status_code == 404


def test_a_carrier_that_brings_no_box_is_named():
    from tests.unit.client.toy import plugin

    with pytest.raises(ConfigurationError, match="toy brings no sandbox"):
        Sandbox(["toy"], registry=Registry(entries=[], plugins=[plugin()]))


def test_a_carrier_that_is_not_in_the_box_is_named():
    with Sandbox(["ups"]) as box, pytest.raises(ConfigurationError, match="there are: ups"):
        box.url("dhl_paket")


def test_a_scenario_with_several_exchanges_cannot_stand_in_a_box():
    with pytest.raises(ConfigurationError, match="one exchange"):
        Exchange.of(find("ups/labels/pdf"))
