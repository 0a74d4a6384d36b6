"""A purchase whose answer was lost is looked up once by its key, and never bought again."""

from dataclasses import replace
from datetime import date

import pytest
from tests.unit.client.either import EITHER, Either
from tests.unit.client.server import answer, cut, hang_up, say_nothing, serving
from tests.unit.client.toy import CUSTOMER, REQUEST, Clock, Toy, plugin

from retoure import Formats, OutcomeUnknown, PickupOrder, PickupWindow, Registry
from retoure.carrier import FULL, Candidates, Carrier, Effect, Found, NotSeen, Operation, read_document
from retoure.model import Label, Pickup, PickupParcel, PickupState

PDF = b"%PDF-1.4 found"


class FindingToy(Toy):
    """It finds labels and pickups by their key, each under one path, and reprints."""

    def documents(self, label, formats):
        response = yield self._request(Effect.READ, f"/documents/{label.tracking_number}")
        return (read_document(self._parse(response)["pdf"].encode()),)

    def find(self, key, when):
        response = yield self._request(Effect.READ, f"/find/{key}")
        found = tuple(self._found(one, when) for one in self._parse(response)["found"])
        if not found:
            return NotSeen(conclusive=False, reason="the toy carrier forgets")
        return Found(found[0]) if len(found) == 1 else Candidates(found)

    def _found(self, one, when):
        if isinstance(when, date) and type(when) is date:
            return Pickup(account="toy", carrier="toy", confirmation_number=one["number"], day=when, state=one["state"])
        label = Label(account="toy", carrier="toy", tracking_number=one["number"], issued_at=when)
        return label.model_copy(update={"documents": (read_document(PDF),) if one.get("pdf") else ()})

    def schedule(self, order):
        response = yield self._request(Effect.ONCE, "/pickups")
        number = self._parse(response)["number"]
        return Pickup(account="toy", carrier="toy", confirmation_number=number, day=order.window.day, state="ACCEPTED")


def finding(*operations):
    offered = dict.fromkeys((Operation.LABEL_CREATE, Operation.PICKUP_SCHEDULE, *operations), FULL)

    def build(settings, context):
        toy = FindingToy(settings, context)
        return Carrier(labels=toy, pickups=toy)

    return Registry(entries=[], plugins=[replace(plugin(), support=offered, build=build)])


BOTH = finding(Operation.LABEL_FIND, Operation.PICKUP_FIND)
ORDER = PickupOrder(
    account="toy", key="p", address=CUSTOMER, window=PickupWindow(day=date(2026, 6, 3)), parcels=(PickupParcel(),)
)
LOST = pytest.mark.parametrize(
    "lost", [hang_up, cut, answer(500), answer(200, b"{")], ids=["hangs up", "cut", "500", "unreadable"]
)
KINDS = pytest.mark.parametrize("kind", EITHER)


def shop(kind, server, registry=BOTH, **more):
    return Either(kind, server.base_url, registry=registry, **more)


def paths(server):
    return [request.split(b" ", 2)[0:2] for request in server.requests]


@KINDS
@LOST
async def test_what_the_look_up_finds_is_the_label_that_was_bought(kind, lost):
    with serving(lost, answer(200, b'{"found": [{"number": "N7", "pdf": true}]}')) as server:
        async with shop(kind, server) as client:
            label = await client.buy("k1")
            assert await client.call("label_for", "k1") == label == await client.buy("k1")
    assert (label.tracking_number, label.key, label.rma) == ("N7", "k1", "R1")
    assert label.order.request == REQUEST
    assert label.issued_at == Clock()()
    assert label.notices[-1] == "the answer to the purchase was lost; it was looked up by its key and found"
    assert paths(server) == [[b"POST", b"/api/v1/labels"], [b"GET", b"/api/v1/find/k1"]]


@KINDS
async def test_what_the_look_up_does_not_see_stays_unknown_and_is_never_bought_again(kind):
    nothing = answer(200, b'{"found": []}')
    with serving(hang_up, nothing, nothing) as server:
        async with shop(kind, server) as client:
            for _ in range(2):
                with pytest.raises(OutcomeUnknown, match=r"does not see it \(the toy carrier forgets\)") as raised:
                    await client.buy("k1")
    assert (raised.value.key, raised.value.attempted_at, raised.value.candidates) == ("k1", Clock()(), ())
    assert [method for method, _ in paths(server)] == [b"POST", b"GET", b"GET"]


@KINDS
async def test_several_that_it_may_be_are_named(kind):
    with serving(hang_up, answer(200, b'{"found": [{"number": "N7"}, {"number": "N8"}]}')) as server:
        async with shop(kind, server) as client:
            with pytest.raises(OutcomeUnknown, match="names 2 that it may be: N7, N8") as raised:
                await client.buy("k1")
    assert [label.tracking_number for label in raised.value.candidates] == ["N7", "N8"]


@KINDS
async def test_a_label_found_under_the_returns_own_number_may_be_an_earlier_one_of_it(kind):
    with serving(hang_up, answer(200, b'{"found": [{"number": "N7", "pdf": true}]}')) as server:
        async with shop(kind, server) as client:
            with pytest.raises(OutcomeUnknown, match=r"names 1 that it may be: N7 \(.* a key of its own, like RMA-1/1") as raised:
                await client.buy(REQUEST.rma)
    assert [label.tracking_number for label in raised.value.candidates] == ["N7"]


@KINDS
@pytest.mark.parametrize(
    ("failing", "said"),
    [(answer(401), "AuthenticationFailed"), (answer(400), "RequestRejected"), (answer(200, b"<html>"), "MalformedResponse")],
)
async def test_a_look_up_that_fails_is_told_beside_the_lost_purchase(kind, failing, said):
    with serving(hang_up, failing, failing, failing) as server:
        async with shop(kind, server) as client:
            with pytest.raises(OutcomeUnknown, match=f"the look-up failed, too .{said}") as raised:
                await client.buy("k1")
    assert type(raised.value.__context__).__name__ == said
    assert [path for path in paths(server) if path[0] == b"POST"] == [[b"POST", b"/api/v1/labels"]]


@KINDS
async def test_the_look_up_has_a_deadline_of_its_own(kind):
    with serving(say_nothing, answer(200, b'{"found": [{"number": "N7", "pdf": true}]}')) as server:
        async with shop(kind, server, deadline_s=0.4) as client:
            assert (await client.buy("k1")).tracking_number == "N7"


@KINDS
async def test_a_carrier_without_a_look_up_is_not_asked(kind):
    with serving(hang_up) as server:
        async with shop(kind, server, finding()) as client:
            with pytest.raises(OutcomeUnknown) as raised:
                await client.buy("k1")
    assert "look-up" not in raised.value.message
    assert len(server.requests) == 1


@KINDS
async def test_a_refusal_is_not_looked_up(kind):
    with serving(answer(400)) as server:
        async with shop(kind, server) as client:
            with pytest.raises(Exception, match="refused"):
                await client.buy("k1")
    assert len(server.requests) == 1


@KINDS
async def test_documents_that_the_look_up_does_not_bring_are_fetched(kind):
    with serving(hang_up, answer(200, b'{"found": [{"number": "N7"}]}'), answer(200, b'{"pdf": "%PDF-1.4 again"}')) as server:
        async with shop(kind, server) as client:
            label = await client.call("buy", REQUEST, account="toy", key="k1", formats=Formats(need={"PDF"}))
    assert [document.content for document in label.documents] == [b"%PDF-1.4 again"]


@KINDS
async def test_a_label_whose_documents_do_not_come_is_a_label_all_the_same(kind):
    with serving(hang_up, answer(200, b'{"found": [{"number": "N7"}]}'), answer(404)) as server:
        async with shop(kind, server) as client:
            label = await client.buy("k1")
    assert (label.tracking_number, label.documents) == ("N7", ())
    assert any("documents did not come" in notice for notice in label.notices)


@KINDS
async def test_a_lost_pickup_is_looked_up_by_key_and_day(kind):
    with serving(hang_up, answer(200, b'{"found": [{"number": "P7", "state": "ACCEPTED"}]}')) as server:
        async with shop(kind, server) as client:
            pickup = await client.call("schedule_pickup", ORDER, key="p")
    assert (pickup.confirmation_number, pickup.key, pickup.requested) == ("P7", "p", ORDER.window)
    assert pickup.order.address == CUSTOMER
    assert paths(server)[1] == [b"GET", b"/api/v1/find/p"]


@KINDS
async def test_a_pickup_that_is_cancelled_by_now_is_not_taken_for_the_lost_one(kind):
    with serving(hang_up, answer(200, b'{"found": [{"number": "P7", "state": "CANCELLED"}]}')) as server:
        async with shop(kind, server) as client:
            with pytest.raises(OutcomeUnknown, match="P7") as raised:
                await client.call("schedule_pickup", ORDER, key="p")
    assert [pickup.state for pickup in raised.value.candidates] == [PickupState.CANCELLED]


@KINDS
async def test_a_pickup_without_a_day_cannot_be_looked_up(kind):
    with serving(hang_up) as server:
        async with shop(kind, server) as client:
            with pytest.raises(OutcomeUnknown):
                await client.call("schedule_pickup", ORDER, PickupWindow(day=None), key="p")
    assert len(server.requests) == 1
