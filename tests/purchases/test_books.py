"""One label per key, on SQLite and on PostgreSQL."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import httpx
import psycopg
import pytest
from pydantic import ValidationError
from sqlalchemy import event, text

from retoure import (
    AsyncClient,
    BooksError,
    CarrierUnavailable,
    Client,
    ConfigurationError,
    Formats,
    LabelFormat,
    OutcomeUnknown,
    PickupWindow,
    PurchaseConflict,
    Purchases,
    RequestRejected,
    ReturnRequest,
)
from retoure.purchases.entries import Overtaken, Step
from retoure.purchases.steps import lease_of
from tests.purchases.conftest import MUNICH, TOY, goes_wrong, shop_of, toy_client
from tests.purchases.test_bad_books import from_now_on
from tests.unit.client.toy import REQUEST, Clock, ToySettings, options

WINDOW = PickupWindow(day=date(2031, 3, 3))


def order_of(client, key="k"):
    return client._operations.order(REQUEST, key=key, account="toy", service=None, formats=Formats())


def good(_request=None):
    return httpx.Response(200, json={"number": "N1", "result": "VOIDED"})


def test_the_same_key_returns_the_stored_label_with_its_documents(shop, box):
    label = shop.buy(MUNICH, key="K/1", account="ups", formats=Formats(need={LabelFormat.PDF}))
    assert label.document(LabelFormat.PDF)
    assert shop.buy(MUNICH, key="K/1", account="ups") == shop.label_for("K/1") == label
    assert len(box.bookings()) == 1


def test_what_another_process_bought_is_known_here(shop, box, url):
    label = shop.buy(MUNICH, key="K/1", account="ups")
    others = Purchases.at(url)
    with shop_of(box, others) as another:
        assert another.buy(MUNICH, key="K/1", account="ups") == label
    others.close()
    assert len(box.bookings()) == 1


def test_another_order_under_a_used_key_is_a_conflict(shop, box):
    shop.buy(MUNICH, key="K/1", account="ups")
    with pytest.raises(PurchaseConflict, match="another order"):
        shop.buy(MUNICH.model_copy(update={"rma": "other"}), key="K/1", account="ups")
    with pytest.raises(PurchaseConflict, match="account 'ups'"):
        shop.buy(MUNICH, key="K/1", account="dhl_paket")
    assert len(box.bookings()) == 1


def test_a_refused_order_leaves_the_key_free_and_nothing_on_the_books(books):
    answers = [httpx.Response(400), good()]
    with toy_client(books, lambda _: answers.pop(0)) as client:
        with pytest.raises(RequestRejected):
            client.buy(REQUEST, key="k", account="toy")
        assert books.records() == ()
        assert client.buy(REQUEST, key="k", account="toy").tracking_number == "N1"


def test_an_expired_quote_still_returns_the_label_that_it_bought(shop):
    quote = shop.quote(MUNICH, account="ups").cheapest
    label = shop.buy(quote, key="K/1")
    expired = quote.model_copy(update={"valid_until": datetime(2026, 1, 1, tzinfo=UTC)})
    assert shop.buy(expired, key="K/1") == label
    with pytest.raises(RequestRejected, match="quote again"):
        shop.buy(expired, key="K/2")


def test_a_lost_answer_that_the_look_up_does_not_see_yet_is_found_by_who_asks_again(shop, box, books):
    goes_wrong(box, "cut_after", look_up_lag_s=60)
    with pytest.raises(OutcomeUnknown):
        shop.buy(MUNICH, key="K/1", account="ups")
    assert books.record("K/1").state == "unknown"
    box.advance(timedelta(minutes=2))
    label = shop.buy(MUNICH, key="K/1", account="ups")
    assert [booking.number for booking in box.bookings()] == [label.tracking_number]
    assert (label.rma, label.order.request) == (MUNICH.rma, MUNICH)


def test_without_a_look_up_an_unknown_outcome_stays_unknown_until_a_person_settles_it(shop, box, books):
    goes_wrong(box, "cut_after")
    for _ in range(3):
        with pytest.raises(OutcomeUnknown) as raised:
            shop.buy(MUNICH, key="K/1", account="dhl_paket")
    assert (raised.value.key, raised.value.account, raised.value.carrier) == ("K/1", "dhl_paket", "dhl_paket")
    assert raised.value.attempted_at == books.record("K/1").attempted_at
    (booking,) = box.bookings()
    settled = books.resolve("K/1", number=booking.number)
    assert shop.buy(MUNICH, key="K/1", account="dhl_paket") == settled
    assert (settled.tracking_number, settled.rma, settled.return_to.name) == (booking.number, MUNICH.rma, "berlin")
    assert len(box.bookings()) == 1


def test_a_person_may_settle_that_nothing_was_bought(shop, box, books):
    goes_wrong(box, "cut_before")
    with pytest.raises(OutcomeUnknown):
        shop.buy(MUNICH, key="K/1", account="dhl_paket")
    assert books.resolve("K/1", nothing_bought=True) is None
    goes_wrong(box)
    shop.buy(MUNICH, key="K/1", account="dhl_paket")
    assert len(box.bookings()) == 1


def test_what_is_settled_or_unknown_to_the_books_cannot_be_settled(shop, books):
    shop.buy(MUNICH, key="K/1", account="ups")
    with pytest.raises(PurchaseConflict, match="is settled"):
        books.resolve("K/1", nothing_bought=True)
    with pytest.raises(ConfigurationError, match="no key 'other'"):
        books.resolve("other", number="N1")
    with pytest.raises(ConfigurationError, match="one of the two"):
        books.resolve("K/1")


def test_superseding_keeps_the_lost_one_on_the_books(shop, box, books):
    goes_wrong(box, "cut_after", look_up_forgets=1.0)
    with pytest.raises(OutcomeUnknown):
        shop.buy(MUNICH, key="K/1", account="free")
    goes_wrong(box)
    with pytest.raises(OutcomeUnknown):
        shop.buy(MUNICH, key="K/1", account="free")
    label = shop.buy(MUNICH, key="K/1", account="free", on_unknown="supersede")
    (lost,) = books.lost()
    assert (lost.key, lost.account, lost.number) == ("K/1", "free", "")
    assert [booking.number for booking in box.bookings()][1:] == [label.tracking_number]
    assert "given up" in label.notices[-1]
    books.name_lost(lost, box.bookings()[0].number)
    assert books.lost()[0].number == box.bookings()[0].number


def test_a_purchase_is_superseded_once_a_call(shop, box, books):
    goes_wrong(box, "cut_after", look_up_forgets=1.0)
    with pytest.raises(OutcomeUnknown):
        shop.buy(MUNICH, key="K/1", account="free", on_unknown="supersede")
    assert (len(box.bookings()), len(books.lost())) == (2, 1)


def test_a_label_that_may_be_billed_unused_is_never_superseded(shop, box):
    with pytest.raises(ConfigurationError, match="'unknown'"):
        shop.buy(MUNICH, key="K/1", account="ups", on_unknown="supersede")
    with pytest.raises(ConfigurationError, match="'report' or 'supersede'"):
        shop.buy(MUNICH, key="K/1", account="free", on_unknown="again")
    assert box.bookings() == []


def test_a_voided_label_is_not_handed_out_again(shop, books):
    label = shop.buy(MUNICH, key="K/1", account="ups")
    shop.void(label)
    with pytest.raises(PurchaseConflict, match="voided"):
        shop.buy(MUNICH, key="K/1", account="ups")
    assert books.record("K/1").state == "voided"


def test_a_pickup_is_booked_once_and_moves_and_is_cancelled_on_the_books(shop, box, books):
    label = shop.buy(MUNICH, key="K/1", account="ups")
    pickup = shop.schedule_pickup(label, WINDOW, key="K/pickup")
    assert shop.schedule_pickup(label, WINDOW, key="K/pickup") == pickup
    assert [booking.kind for booking in box.bookings()] == ["label", "pickup"]
    assert books.record("K/pickup").rma == MUNICH.rma
    moved = shop.reschedule_pickup(pickup, PickupWindow(day=date(2031, 3, 4)))
    assert shop.schedule_pickup(label, WINDOW, key="K/pickup").confirmation_number == moved.confirmation_number
    shop.cancel_pickup(moved)
    with pytest.raises(PurchaseConflict):
        shop.schedule_pickup(label, WINDOW, key="K/pickup")
    assert shop.label_for("K/pickup") is None


def test_a_lost_booking_is_looked_up_and_never_superseded(shop, box):
    label = shop.buy(MUNICH, key="K/1", account="dhl_paket")
    goes_wrong(box, "cut_after")
    pickup = shop.schedule_pickup(label, WINDOW, key="K/pickup")
    assert [booking.number for booking in box.bookings(kind="pickup")] == [pickup.confirmation_number]


def test_an_adopted_label_stands_on_the_books_once(shop, books):
    for _ in range(2):
        shop.adopt(account="ups", tracking_number="1Z1", issued_at=datetime(2026, 3, 1, tzinfo=UTC), rma="R1")
    (record,) = books.records()
    assert (record.state, record.adopted, record.number, record.rma) == ("bought", True, "1Z1", "R1")


def test_who_finds_a_dead_lease_of_an_order_that_never_left_buys(books, time):
    with toy_client(books, good) as client:
        order = order_of(client)
        assert books.enter(order, TOY, "crashed", lease_s=30).step is Step.BUY
        assert books.enter(order, TOY, "other", lease_s=30).step is Step.WAIT
        time.passes(seconds=31)
        assert books.record("k").state == "not sent"
        assert client.buy(REQUEST, key="k", account="toy").tracking_number == "N1"


def test_who_finds_a_dead_lease_of_an_order_that_left_does_not_buy(books, time):
    with toy_client(books, lambda _: pytest.fail("bought again")) as client:
        order = order_of(client)
        books.enter(order, TOY, "crashed", lease_s=30)
        books.departing("k", "crashed", time(), lease_s=30)
        time.passes(seconds=31)
        with pytest.raises(OutcomeUnknown) as raised:
            client.buy(REQUEST, key="k", account="toy")
    assert raised.value.attempted_at == datetime(2026, 3, 1, 9, tzinfo=UTC)


def test_nothing_leaves_once_the_order_of_another_has_left(books, time):
    with toy_client(books, good) as client:
        order = order_of(client)
        books.enter(order, TOY, "slow", lease_s=30)
        time.passes(seconds=31)
        books.enter(order, TOY, "quick", lease_s=30)
        books.departing("k", "quick", time(), lease_s=30)
        with pytest.raises(Overtaken):
            books.departing("k", "slow", time(), lease_s=30)
        books.free("k", "slow")
        books.release("k", "slow")
        assert books.enter(order, TOY, "third", lease_s=30).step is Step.WAIT


def test_what_comes_back_after_the_key_was_taken_over_and_bought_goes_on_the_books_as_lost(books, time):
    with toy_client(books, good) as client:
        order = order_of(client)
        books.enter(order, TOY, "slow", lease_s=30)
        left = time()
        books.departing("k", "slow", left, lease_s=30)
        time.passes(seconds=31)
        books.enter(order, TOY, "quick", lease_s=30)
        books.clear("k", "quick", 30, lost=False)
        books.departing("k", "quick", time(), lease_s=30)
        one = client._operations.adopt(
            account="toy", tracking_number="ONE", issued_at=left, rma="R1", return_to=None, label_source=None, enclosed=False
        ).model_copy(update={"key": "k"})
        assert books.keep("k", "slow", one, left) is None
        assert books.keep("k", "quick", one.model_copy(update={"tracking_number": "TWO"}), time()).tracking_number == "TWO"
    assert [lost.number for lost in books.lost()] == ["ONE"]
    assert books.get("k").tracking_number == "TWO"


def test_a_lease_outlives_the_deadline():
    assert all(lease_of(deadline_s) > deadline_s for deadline_s in (0.1, 30.0, 3600.0))


def test_somebody_who_is_buying_cannot_be_settled_over_their_head(books):
    with toy_client(books, good) as client:
        books.enter(order_of(client), TOY, "buying", lease_s=30)
    assert books.record("k").state == "in progress"
    with pytest.raises(PurchaseConflict, match="somebody is buying"):
        books.resolve("k", nothing_bought=True)


def test_a_purchase_outlives_the_callers_transaction_that_is_open_around_it_and_rolled_back(server, box):
    from sqlalchemy import create_engine, text

    engine = create_engine(server.replace("postgresql://", "postgresql+psycopg://"))
    books = Purchases.at(server)
    with shop_of(box, books) as shop, engine.connect() as callers:
        callers.execute(text("CREATE TABLE orders (id INTEGER)"))
        label = shop.buy(MUNICH, key="K/1", account="ups")
        callers.rollback()
        assert shop.label_for("K/1") == label
    engine.dispose()
    books.close()


def test_a_callers_open_transaction_in_the_same_sqlite_file_is_named_and_nothing_is_bought(file_books, box, tmp_path):
    file_books.records()
    from_now_on(file_books, "PRAGMA busy_timeout = 10")
    with shop_of(box, file_books) as shop, closing(sqlite3.connect(tmp_path / "books.db")) as callers:
        callers.execute("CREATE TABLE orders (id INTEGER)")
        callers.execute("BEGIN IMMEDIATE")
        with pytest.raises(BooksError, match="give them a file of their own"):
            shop.buy(MUNICH, key="K/1", account="ups")
    assert box.bookings() == []


@pytest.mark.parametrize("value", [[1, None, 1.5, {"a": "b"}], float("nan")])
def test_an_order_that_is_read_back_from_the_books_is_the_same_purchase(books, value):
    request = REQUEST.model_copy(update={"extras": {"toy": {"wish": value}}})
    with toy_client(books, good) as client:
        label = client.buy(request, key="k", account="toy")
        again = client.buy(client.label_for("k").order, key="k", account="toy")
    assert again.tracking_number == label.tracking_number


@pytest.mark.parametrize("value", [{"x", "y"}, b"x", datetime(2026, 3, 1, tzinfo=UTC), {1: 2, "b": 3}, object()])
def test_extras_that_are_no_json_are_refused_where_they_are_made(value):
    with pytest.raises(ValidationError):
        ReturnRequest.model_validate({**dict(REQUEST), "extras": {"toy": {"wish": value}}})


@pytest.mark.parametrize("value", ["\ud800", object()])
def test_extras_that_cannot_be_written_stop_no_other_purchase(books, value):
    bad = REQUEST.model_copy(update={"extras": {"toy": {"wish": value}}})
    with toy_client(books, good) as client:
        outcomes = client.buy_many({"bad": bad, "good": REQUEST}, account="toy")
    assert isinstance(outcomes["bad"], RequestRejected)
    assert outcomes["good"].tracking_number == "N1"


def lose_answers(books, *keys):
    def cut(_request):
        raise httpx.ReadError("cut")

    settings = {"toy": ToySettings(environment="sandbox", label_source="own_contract")}
    with Client(settings, transport=httpx.MockTransport(cut), **{**options(Clock()), "purchases": books}) as client:
        for key in keys:
            with pytest.raises(OutcomeUnknown):
                client.buy(REQUEST, key=key, account="toy")


def test_two_keys_are_not_settled_on_one_label(books):
    lose_answers(books, "k", "l")
    books.resolve("k", number="N1")
    with pytest.raises(PurchaseConflict, match="under the key 'k'"):
        books.resolve("l", number="N1")
    assert books.record("l").state == "unknown"


def test_a_number_that_a_carrier_uses_again_settles_another_key(books, time):
    lose_answers(books, "k")
    books.resolve("k", number="N1")
    time.passes(days=900)
    left = datetime(2028, 9, 1, tzinfo=UTC)
    with toy_client(books, good) as client:
        books.enter(order_of(client, "l"), TOY, "crashed", 30)
    books.departing("l", "crashed", left, 30)
    books.release("l", "crashed")
    assert books.resolve("l", number="N1").tracking_number == "N1"


@pytest.mark.parametrize("number", ["", " ", "9" * 101, "1\x00", "1\n2"])
def test_what_is_no_number_settles_nothing(books, number):
    lose_answers(books, "k")
    with pytest.raises(ConfigurationError, match="name the number"):
        books.resolve("k", number=number)
    assert books.record("k").state == "unknown"


def test_a_settled_label_is_on_the_contract_of_its_account(books):
    lose_answers(books, "k")
    assert books.resolve("k", number="N1").label_source == "own_contract"


def test_what_a_person_settled_as_nothing_is_not_forgotten(books):
    lose_answers(books, "k")
    books.resolve("k", nothing_bought=True)
    (lost,) = books.lost()
    assert (lost.key, lost.cause, lost.number) == ("k", "settled by hand", "")


def test_a_pickup_of_a_label_whose_measures_are_erased_is_the_same_pickup(shop, books):
    label = shop.buy(MUNICH, key="K/1", account="ups")
    pickup = shop.schedule_pickup(label, WINDOW, key="K/pickup", address=MUNICH.ship_from)
    books.erase(MUNICH.rma)
    again = shop.schedule_pickup(shop.label_for("K/1"), WINDOW, key="K/pickup", address=MUNICH.ship_from)
    assert again.confirmation_number == pickup.confirmation_number


def test_a_client_that_is_closed_leaves_no_connection_of_its_books_open_and_another_opens_them_again(books):
    for _ in range(2):
        with toy_client(books, good) as client:
            assert client.buy(REQUEST, key="k", account="toy").tracking_number == "N1"
        assert books._database._engine.pool.checkedin() == 0


def test_a_connection_that_is_in_use_when_the_books_are_closed_is_closed_after_that(books):
    with books._database.reading() as connection:
        used = connection.connection.driver_connection
        books.close()
        assert connection.execute(text("SELECT 1")).scalar_one() == 1
    with pytest.raises((sqlite3.ProgrammingError, psycopg.OperationalError)):
        used.execute("SELECT 1")
    assert books.records() == ()


async def test_an_asynchronous_client_that_is_closed_leaves_no_connection_of_its_books_open(box, books):
    settings = {"ups": box.account("ups")}
    async with AsyncClient(settings, purchases=books, return_addresses=box.return_addresses(ups="ups")) as client:
        await client.buy(MUNICH, key="K/1", account="ups")
    assert books._database._engine.pool.checkedin() == 0


async def test_tasks_that_ask_for_one_key_buy_once(books):
    asked = []

    async def reply(request):
        asked.append(request)
        await asyncio.sleep(0.05)
        return good()

    chosen = {**options(Clock()), "purchases": books}
    async with AsyncClient({"toy": ToySettings(environment="sandbox")}, transport=httpx.MockTransport(reply), **chosen) as client:
        labels = await asyncio.gather(*(client.buy(REQUEST, key="k", account="toy") for _ in range(8)))
        assert await client.label_for("k") == labels[0]
    assert len({label.tracking_number for label in labels}) == len(asked) == 1


async def test_a_cancelled_task_leaves_the_key_to_whoever_asks_next(books):
    leaving = asyncio.Event()

    async def reply(request):
        leaving.set()
        await asyncio.Event().wait()

    chosen = {**options(Clock()), "purchases": books}
    async with AsyncClient({"toy": ToySettings(environment="sandbox")}, transport=httpx.MockTransport(reply), **chosen) as client:
        task = asyncio.create_task(client.buy(REQUEST, key="k", account="toy"))
        await leaving.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(OutcomeUnknown):
            await client.buy(REQUEST, key="k", account="toy")
    assert books.record("k").state == "unknown"


def test_a_carrier_that_cannot_be_reached_leaves_nothing_on_the_books(books):
    def unreachable(request):
        raise httpx.ConnectError("no route", request=request)

    with toy_client(books, unreachable, sleep=lambda _: None) as client, pytest.raises(CarrierUnavailable):
        client.buy(REQUEST, key="k", account="toy")
    assert books.records() == ()


def test_books_that_are_closed_while_a_connection_comes_back_go_on(books):
    books.records()
    event.listen(books._database._engine, "checkin", lambda *_: books.close(), insert=True)
    assert (books.records(), books.records()) == ((), ())
