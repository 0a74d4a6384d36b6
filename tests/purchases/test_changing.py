"""Pickups moved, labels voided, pickups cancelled: on the books before it is asked for."""

from contextlib import suppress
from datetime import UTC, date, datetime

import httpx
import pytest

from retoure import (
    BooksError,
    CarrierUnavailable,
    Client,
    ConfigurationError,
    OutcomeUnknown,
    PickupWindow,
    PurchaseConflict,
    Purchases,
    RateLimited,
    RequestRejected,
)
from tests.purchases.conftest import MUNICH, goes_wrong, shop_of, toy_client
from tests.purchases.test_bad_books import from_now_on
from tests.unit.client.toy import REQUEST

WINDOW, LATER = PickupWindow(day=date(2031, 3, 3)), PickupWindow(day=date(2031, 3, 4))


@pytest.fixture
def label(shop):
    return shop.buy(MUNICH, key="K/1", account="ups")


@pytest.fixture
def pickup(shop, label):
    return shop.schedule_pickup(label, WINDOW, key="K/p")


def standing(box):
    return [booking.number for booking in box.bookings(kind="pickup") if booking.cancelled_at is None]


def test_a_move_whose_answer_is_lost_is_unknown_and_not_asked_for_twice(shop, box, books, label, pickup):
    goes_wrong(box, "cut_after", look_up_forgets=1.0)
    with pytest.raises(OutcomeUnknown):
        shop.reschedule_pickup(pickup, LATER)
    assert books.record("K/p").state == "unknown"
    goes_wrong(box)
    with pytest.raises(OutcomeUnknown, match="moved before"):
        shop.reschedule_pickup(pickup, LATER)
    with pytest.raises(OutcomeUnknown):
        shop.schedule_pickup(label, WINDOW, key="K/p")
    (number,) = standing(box)
    settled = books.resolve("K/p", number=number)
    assert (settled.day, settled.order.address) == (None, MUNICH.ship_from)
    assert shop.schedule_pickup(label, WINDOW, key="K/p").confirmation_number == number


def test_a_move_whose_answer_is_lost_is_found_by_who_asks_for_the_key(shop, box, books, label, pickup):
    goes_wrong(box, "cut_after")
    with pytest.raises(OutcomeUnknown):
        shop.reschedule_pickup(pickup, LATER)
    goes_wrong(box)
    found = shop.schedule_pickup(label, WINDOW, key="K/p")
    assert ([found.confirmation_number], found.day, found.requested) == (standing(box), LATER.day, LATER)
    assert found.order.window == LATER


def test_a_crash_between_cancelling_and_booking_anew_hands_out_no_cancelled_pickup(shop, box, books, label, pickup):
    def killed(exchange):
        if exchange.operation == "pickups.reschedule" and exchange.http.method == "POST":
            raise KeyboardInterrupt

    with shop_of(box, books, observer=killed) as dying, pytest.raises(KeyboardInterrupt):
        dying.reschedule_pickup(pickup, LATER)
    assert standing(box) == []
    with pytest.raises(OutcomeUnknown):
        shop.schedule_pickup(label, WINDOW, key="K/p")


def test_a_move_that_is_refused_before_anything_changed_leaves_the_pickup_as_it_was(box, books, label, pickup):
    def busy(request):
        return httpx.Response(429) if request.method == "DELETE" else httpx.Response(200, json=TOKEN)

    settings = {"ups": box.account("ups")}
    client = Client(settings, purchases=books, transport=httpx.MockTransport(busy), sleep=lambda _: None)
    with client, pytest.raises(RateLimited):
        client.reschedule_pickup(pickup, LATER)
    assert books.get("K/p") == pickup


def test_a_move_whose_booking_is_refused_has_cancelled_the_pickup(shop, box, books, label, pickup):
    goes_wrong(box, "busy")
    with pytest.raises(RateLimited, match="is cancelled"):
        shop.reschedule_pickup(pickup, LATER)
    assert (standing(box), books.record("K/p").state) == ([], "voided")


def answering_moves(box, *answers):
    """A box's carrier whose cancellations are answered like this, one after the other; what is an exception, is done and lost."""
    left = list(answers)

    def reply(request):
        if request.method == "DELETE" and left:
            answer = left.pop(0)
            if isinstance(answer, Exception):
                box.ask(request.method, str(request.url), dict(request.headers), request.content)
                raise answer
            return answer
        done = box.ask(request.method, str(request.url), dict(request.headers), request.content)
        return httpx.Response(done.status, headers=dict(done.headers), content=done.content)

    return httpx.MockTransport(reply)


def refused(words):
    return httpx.Response(400, json={"response": {"errors": [{"code": "9500520", "message": words}]}})


def moving(box, books, *answers):
    settings = {"ups": box.account("ups")}
    return Client(settings, purchases=books, transport=answering_moves(box, *answers), sleep=lambda _: None)


def test_a_pickup_that_turns_out_to_be_cancelled_is_not_handed_out_any_more(box, books, label, pickup):
    for answers in ([httpx.ReadError("cut"), refused("Pickup already cancelled")], [refused("Pickup already cancelled")]):
        with moving(box, books, *answers) as client, pytest.raises((RequestRejected, PurchaseConflict), match="cancelled"):
            client.reschedule_pickup(pickup, LATER)
        assert (books.get("K/p"), books.record("K/p").state) == (None, "voided")


def test_a_pickup_that_a_lost_try_may_have_cancelled_is_unknown_though_the_next_one_is_refused(box, books, label, pickup):
    with moving(box, books, httpx.ReadError("cut"), refused("no such pickup")) as client, pytest.raises(RequestRejected):
        client.reschedule_pickup(pickup, LATER)
    assert (standing(box), books.record("K/p").state) == ([], "unknown")


def test_a_pickup_whose_move_is_refused_stands(box, books, label, pickup):
    with moving(box, books, refused("driver already dispatched")) as client, pytest.raises(RequestRejected):
        client.reschedule_pickup(pickup, LATER)
    assert books.get("K/p") == pickup


class Dying(Purchases):
    """Books of a process that is killed as soon as a move has failed."""

    def stay(self, key, owner, *, cancelled):
        super().stay(key, owner, cancelled=cancelled)
        raise KeyboardInterrupt


def test_a_crash_after_a_failed_move_hands_out_no_cancelled_pickup(box, books, label, pickup, url):
    dying = Dying.at(url)
    goes_wrong(box, "busy")
    with moving(box, dying) as client, pytest.raises(KeyboardInterrupt):
        client.reschedule_pickup(pickup, LATER)
    dying.close()
    assert (standing(box), books.get("K/p"), books.record("K/p").state) == ([], None, "voided")


def test_a_pickup_that_its_key_no_longer_stands_for_is_not_moved(shop, box, pickup):
    moved = shop.reschedule_pickup(pickup, LATER)
    with pytest.raises(PurchaseConflict, match=f"stands for the pickup {moved.confirmation_number}"):
        shop.reschedule_pickup(pickup, LATER)
    shop.cancel_pickup(moved)
    with pytest.raises(PurchaseConflict, match="cancelled"):
        shop.reschedule_pickup(moved, WINDOW)
    assert standing(box) == []


def test_a_pickup_that_is_not_on_the_books_is_moved_all_the_same(shop, box, books, pickup):
    elsewhere = pickup.model_copy(update={"key": "elsewhere"})
    moved = shop.reschedule_pickup(elsewhere, LATER)
    assert [moved.confirmation_number] == standing(box)
    assert books.lost() == ()


def test_a_voided_label_is_not_handed_out_by_its_key(shop, label):
    shop.void(label)
    assert shop.label_for("K/1") is None


def answering(*answers):
    left = list(answers)

    def reply(request):
        if request.method == "POST":
            return httpx.Response(200, json={"number": "N1"})
        answer = left.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return reply


VOIDED = httpx.Response(200, json={"result": "VOIDED"})
TOKEN = {"access_token": "t", "expires_in": "600", "token_type": "Bearer"}


def test_a_label_whose_voiding_lost_its_answer_is_not_handed_out_until_it_is_voided_again(books):
    reply = answering(*[httpx.ReadError("cut")] * 4, VOIDED)
    with toy_client(books, reply, sleep=lambda _: None) as client:
        label = client.buy(REQUEST, key="k", account="toy")
        with pytest.raises(OutcomeUnknown):
            client.void(label)
        assert (client.label_for("k"), books.record("k").state) == (None, "voiding")
        with pytest.raises(PurchaseConflict, match="no answer is known"):
            client.buy(REQUEST, key="k", account="toy")
        client.void(label)
    assert books.record("k").state == "voided"


@pytest.mark.parametrize("answer", [httpx.Response(400), httpx.Response(200, json={"result": "TOO_LATE"})])
def test_a_label_whose_voiding_is_refused_stands(books, answer):
    with toy_client(books, answering(answer)) as client:
        label = client.buy(REQUEST, key="k", account="toy")
        with suppress(RequestRejected):
            client.void(label)
        assert client.label_for("k") == label


CUT = httpx.ReadError("cut")
REFUSED = httpx.Response(400)
TOO_LATE = httpx.Response(200, json={"result": "TOO_LATE"})


@pytest.mark.parametrize("second", [REFUSED, TOO_LATE])
def test_a_label_that_a_lost_try_may_have_voided_is_not_handed_out_though_the_next_one_is_refused(books, second):
    with toy_client(books, answering(CUT, second), sleep=lambda _: None) as client:
        label = client.buy(REQUEST, key="k", account="toy")
        with suppress(RequestRejected):
            client.void(label)
        assert (client.label_for("k"), books.record("k").state) == (None, "voiding")


@pytest.mark.parametrize("later", [REFUSED, TOO_LATE, httpx.ConnectError("refused"), httpx.Response(429)])
def test_a_label_that_an_earlier_call_may_have_voided_is_not_handed_out_whatever_becomes_of_a_later_one(books, later):
    with toy_client(books, answering(*[CUT] * 4, *[later] * 4), sleep=lambda _: None) as client:
        label = client.buy(REQUEST, key="k", account="toy")
        with pytest.raises(OutcomeUnknown):
            client.void(label)
        with suppress(RequestRejected, RateLimited, CarrierUnavailable):
            client.void(label)
        assert (client.label_for("k"), books.record("k").state) == (None, "voiding")


@pytest.mark.parametrize("answer", [REFUSED, TOO_LATE])
def test_a_label_that_another_call_may_have_voided_meanwhile_is_not_handed_out_though_this_one_is_refused(books, answer):
    def refused_after_another(_request):
        with toy_client(books, answering(*[CUT] * 4), sleep=lambda _: None) as another, pytest.raises(OutcomeUnknown):
            another.void(label)
        return answer

    with toy_client(books, answering()) as client:
        label = client.buy(REQUEST, key="k", account="toy")
    with toy_client(books, refused_after_another) as client:
        with suppress(RequestRejected):
            client.void(label)
        assert (client.label_for("k"), books.record("k").state) == (None, "voiding")


def test_a_person_settles_that_a_label_stands_whose_voiding_is_not_known(books):
    with toy_client(books, answering(CUT, REFUSED), sleep=lambda _: None) as client:
        label = client.buy(REQUEST, key="k", account="toy")
        with pytest.raises(RequestRejected):
            client.void(label)
        with pytest.raises(PurchaseConflict, match="purchases show"):
            client.buy(REQUEST, key="k", account="toy")
        for wrong in ({"number": "N2"}, {"nothing_bought": True}):
            with pytest.raises(PurchaseConflict, match=r"number N1, was asked to be given up, .*: do that again"):
                books.resolve("k", **wrong)
        assert books.resolve("k", number=" N1 ") == client.label_for("k") == label


def test_a_void_that_never_leaves_changes_nothing_on_the_books(books):
    with toy_client(books, answering(*[CUT] * 4), sleep=lambda _: None) as client:
        label = client.buy(REQUEST, key="k", account="toy")
        with pytest.raises(OutcomeUnknown):
            client.void(label)
    with pytest.raises(ConfigurationError, match="closed"):
        client.void(label)
    assert books.record("k").state == "voiding"


def test_a_label_whose_voiding_never_reached_its_carrier_stands(books):
    with toy_client(books, answering(*[httpx.ConnectError("refused")] * 4), sleep=lambda _: None) as client:
        label = client.buy(REQUEST, key="k", account="toy")
        with pytest.raises(CarrierUnavailable):
            client.void(label)
        assert client.label_for("k") == label


def test_nothing_is_voided_while_the_books_cannot_be_written(file_books):
    with toy_client(file_books, answering()) as client:
        label = client.buy(REQUEST, key="k", account="toy")
        from_now_on(file_books, "PRAGMA query_only = ON")
        with pytest.raises(BooksError):
            client.void(label)


def test_voiding_a_label_leaves_an_older_one_of_that_number_alone(books):
    with toy_client(books, answering(VOIDED)) as client:
        client.buy(REQUEST, key="old", account="toy")
        client.void(client.buy(REQUEST, key="new", account="toy"))
    assert {record.key: record.state.value for record in books.records()} == {"old": "bought", "new": "voided"}


def test_a_number_that_a_carrier_uses_again_is_adopted_for_another_return(shop, books):
    for day, rma in ((datetime(2024, 3, 1, tzinfo=UTC), "RA"), (datetime(2026, 3, 1, tzinfo=UTC), "RB")):
        shop.adopt(account="ups", tracking_number="1Z1", issued_at=day, rma=rma)
    assert {record.rma for record in books.records()} == {"RA", "RB"}
    with pytest.raises(PurchaseConflict, match="'RB'"):
        shop.adopt(account="ups", tracking_number="1Z1", issued_at=datetime(2026, 3, 1, tzinfo=UTC), rma="RC")


@pytest.mark.parametrize("wrong", [{"tracking_number": "9" * 101}, {"tracking_number": "1\x00"}, {"rma": "r" * 51}])
def test_what_the_books_cannot_hold_is_not_adopted(shop, wrong):
    with pytest.raises(RequestRejected):
        shop.adopt(
            **{"account": "ups", "tracking_number": "1Z1", "issued_at": datetime(2026, 3, 1, tzinfo=UTC), "rma": "R", **wrong}
        )
