"""What several calls make together, through the whole client."""

from datetime import date, timedelta

import httpx
import pytest
from tests.carriers.dhl_express.asking import NOW, WAREHOUSE, account, event, label_order, pickup_order, shipment

from retoure import Client, Formats, PickupWindow, ReturnAddress, Unprotected
from retoure.errors import OutcomeUnknown, RequestRejected
from retoure.lifecycle import Read, State, assess, case_of
from retoure.replay import Mounted, ask, find
from retoure.testing.samples import SAMPLES
from retoure_dhl_express import DhlExpressSettings

PICKED = {"dispatchConfirmationNumbers": ["PRG260302000999"]}
MADE = {"shipmentTrackingNumber": "9999000011"}


class Shop:
    """A client, a clock that can be moved, and a carrier that keeps what it is sent."""

    def __init__(self, *, lost=False, **settings):
        self.now, self.seen, self._lost = NOW, [], lost
        self.client = Client(
            {"express": account(**settings)}, purchases=Unprotected(), clock=lambda: self.now, sleep=lambda _: None,
            transport=httpx.MockTransport(self._answer), return_addresses={"berlin": ReturnAddress(address=WAREHOUSE)},
        )  # fmt: skip

    def _answer(self, request):
        self.seen.append(f"{request.method} {request.url.path.removeprefix('/mydhlapi/test')}")
        if self._lost:
            raise httpx.ReadError("gone", request=request)
        if request.url.path.endswith("tracking"):
            asked = request.url.params.get_list("shipmentTrackingNumber")
            return httpx.Response(200, json={"shipments": [shipment(event("PU"), number=number) for number in asked]})
        return httpx.Response(201, json=PICKED if request.url.path.endswith("pickups") else MADE)

    def track(self, numbers):
        return self.client.track_many(numbers, account="express")

    def buy(self):
        return self.client.buy(label_order().request, key="RMA-1002/1", account="express")


WINDOW = PickupWindow(day=date(2026, 3, 3))


def test_a_pickup_of_a_label_waits_half_an_hour_and_knows_the_labels_product_and_destination():
    shop = Shop()
    with shop.client as client:
        label = shop.buy()
        shop.now = NOW + timedelta(minutes=29)
        with pytest.raises(RequestRejected, match="30 minutes after its label"):
            client.schedule_pickup(label, WINDOW, key="early")
        shop.now = NOW + timedelta(minutes=30)
        pickup = client.schedule_pickup(label, WINDOW, key="in-time")
    (parcel,) = pickup.order.parcels
    assert (parcel.service, parcel.country, parcel.issued_at) == ("U", "DE", NOW)
    assert shop.seen == ["POST /shipments", "POST /pickups"]


def test_a_booked_pickup_can_be_moved_without_telling_it_again():
    shop = Shop(pickup_wait_minutes=0)
    with shop.client as client:
        pickup = client.schedule_pickup(shop.buy(), WINDOW, key="p")
        moved = client.reschedule_pickup(pickup, PickupWindow(day=date(2026, 3, 5)))
    assert moved.day == date(2026, 3, 5)
    assert shop.seen[-1] == "PATCH /pickups/PRG260302000999"


def test_a_purchase_whose_answer_is_lost_is_sent_once_and_looked_up():
    shop = Shop(lost=True)
    with shop.client, pytest.raises(OutcomeUnknown, match="the look-up"):
        shop.buy()
    assert shop.seen[0] == "POST /shipments"
    assert {entry.partition("?")[0] for entry in shop.seen[1:]} == {"GET /tracking"}


def test_a_bought_label_is_not_bought_again():
    shop = Shop()
    with shop.client:
        assert shop.buy() == shop.buy()
    assert shop.seen == ["POST /shipments"]


def test_201_numbers_are_two_calls():
    shop = Shop()
    with shop.client:
        outcomes = shop.track([str(9999000000 + n) for n in range(201)])
    assert len(outcomes) == 201
    assert all(outcome.events for outcome in outcomes.values())
    assert shop.seen == ["GET /tracking", "GET /tracking"]


def test_the_demos_scenarios_are_one_journey():
    named = "quotes/demo quotes/demo_too_long labels/demo pickups/demo tracking/demo_first_scan tracking/demo_silence"
    asked, too_long, bought, fetched, *looks = [find(f"dhl_express/{name}") for name in named.split()]
    exchanges = Mounted((asked, too_long, bought, fetched, *looks), "exact")
    now = bought.clock
    client = Client(
        {"dhl_express": DhlExpressSettings(**bought.account.settings)}, purchases=Unprotected(), clock=lambda: now,
        transport=exchanges.transport(), return_addresses=bought.account.return_addresses,
    )  # fmt: skip
    with client:
        offers, declined = ask(client, asked), ask(client, too_long)
        order = SAMPLES[bought.given.sample]
        label = client.buy(offers.cheapest, key=order["key"], formats=Formats(need={"PDF"}))
        now = fetched.clock
        booked = SAMPLES[fetched.given.sample]
        pickup = client.schedule_pickup(label, PickupWindow.model_validate(booked["window"]), key=booked["key"])
        reads = []
        for look in looks:
            now = look.clock
            reads.append(client.track(label))
    exchanges.verify_used()
    assert not declined.quotes
    assert pickup.tracking_numbers == (label.tracking_number,)
    case = case_of(label, [Read(report=reads[0])])
    before = assess(case, "amazon_aprl_de", at=reads[0].read_at)
    after = assess(case.observed(Read(report=reads[1])), "amazon_aprl_de", at=reads[1].read_at)
    assert (before.state, before.first_scan.raw_code, before.inferred) == (State.IN_TRANSIT, "PU", False)
    assert after.state is State.LOST_PRESUMED


class Turned(Shop):
    """A shop of which only bookings get past a gateway that says nothing."""

    def _answer(self, request):
        answer = super()._answer(request)
        return answer if request.url.path.endswith("pickups") else httpx.Response(404)


def test_a_purchase_that_a_gateway_turned_away_is_refused_and_a_cancellation_stays_open():
    shop = Turned()
    with shop.client as client:
        pickup = client.schedule_pickup(pickup_order(), key="booked")
        with pytest.raises(RequestRejected):
            shop.buy()
        with pytest.raises(OutcomeUnknown):
            client.cancel_pickup(pickup)
    assert shop.seen == ["POST /pickups", "POST /shipments", f"DELETE /pickups/{pickup.confirmation_number}"]


class Forgetful(Shop):
    """A shop whose purchases are lost on the way back, and found."""

    def _answer(self, request):
        if request.method == "POST":
            raise httpx.ReadError("gone", request=request)
        return httpx.Response(200, json={"shipments": [shipment(shipperReferences=[{"value": "RMA-1002/1"}])]})


def test_a_label_that_was_found_says_once_that_its_documents_are_gone():
    shop = Forgetful()
    with shop.client:
        label = shop.buy()
    assert label.tracking_number == "9999000011"
    assert not [notice for notice in label.notices if "ask for them again" in notice]
    assert [notice for notice in label.notices if "cannot be fetched again" in notice]
