"""Personal data lie in rows of their own, and are gone when they are told to go."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest

from retoure import (
    ConfigurationError,
    Formats,
    LabelDocument,
    LabelFormat,
    OutcomeUnknown,
    PickupOrder,
    PickupWindow,
    Purchases,
    Unprotected,
)
from retoure.model import Pickup, PickupParcel, PickupState
from tests.purchases.conftest import MUNICH, TOY, shop_of, toy_client
from tests.unit.client.toy import REQUEST

PLANTED = [f"planted-{number:02}-canary" for number in range(50)]


def plant(books, client, rma="RMA-1"):
    """A label and a pickup in which every string that can be personal is one of those planted."""
    words = iter(PLANTED)

    def word():
        return next(words)

    address = {name: word() for name in ("name", "company", "street", "addition", "city", "email", "phone")}
    address = MUNICH.ship_from.model_copy(update={**address, "house_number": word()})
    parcel = MUNICH.parcel.model_copy(update={"contents": word()})
    extras = {"toy": {word(): word()}, word(): {"wish": word()}}
    update = {"rma": rma, "ship_from": address, "parcel": parcel, "extras": extras, "order_number": word()}
    order = client._operations.order(REQUEST.model_copy(update=update), key="k", account="toy", service=None, formats=Formats())
    label = client._operations.adopt(
        account="toy", tracking_number="N1", issued_at=datetime(2026, 3, 1, tzinfo=UTC), rma=rma, return_to=None,
        label_source=None, enclosed=False,
    )  # fmt: skip
    documents = tuple(
        LabelDocument(format=LabelFormat.PDF, media_type="application/pdf", content=b"%PDF-" + word().encode() * 1000)
        for _ in range(3)
    )
    bought = label.model_copy(update={"key": "k", "order": order, "documents": documents, "notices": (word(), word())})
    books.enter(order, TOY, "me", lease_s=30)
    books.keep("k", "me", bought, None)
    pickup_order = PickupOrder.model_validate(
        {
            "account": "toy",
            "key": "p",
            "address": address.model_copy(update={"name": word(), "city": word()}),
            "window": {"day": date(2026, 3, 3)},
            "parcels": [{"tracking_number": "N1", "bulky": word()}],
            "note": word(),
        }
    )
    pickup = Pickup(
        account="toy", carrier="toy", confirmation_number="C1", key="p", day=date(2026, 3, 3), state=PickupState.ACCEPTED,
        order=pickup_order, notices=tuple(words),
    )  # fmt: skip
    books.enter(pickup_order, TOY, "me", lease_s=30)
    books.keep("p", "me", pickup, None)


def found_in(folder):
    content = b"".join(path.read_bytes() for path in folder.iterdir())
    return [word for word in PLANTED if word.encode() in content]


@pytest.fixture
def client(file_books):
    with toy_client(file_books, lambda _: httpx.Response(200, json={"number": "N1"})) as client:
        yield client


def test_erasing_leaves_none_of_the_personal_strings_in_the_database_file(file_books, client, tmp_path):
    plant(file_books, client)
    written = found_in(tmp_path)
    assert len(written) == 50 - 3 + sum("documents" in word for word in written)  # the documents are base64
    erased = file_books.erase("RMA-1")
    assert (erased.keys, dict(erased.kept)) == (("k", "p"), {})
    assert found_in(tmp_path) == []
    assert b"cGxhbnRlZC" not in (tmp_path / "books.db").read_bytes()


def test_what_stays_after_erasing_are_numbers_and_times(file_books, client):
    plant(file_books, client)
    file_books.erase("RMA-1")
    label = file_books.get("k")
    assert (label.tracking_number, label.rma, label.order, label.documents, label.notices) == ("N1", "RMA-1", None, (), ())
    assert file_books.record("k").erased
    assert file_books.get("p").confirmation_number == "C1"


def test_erasing_one_return_leaves_the_others(file_books, client):
    plant(file_books, client)
    erased = file_books.erase("RMA-2", "")
    assert erased.keys == ()
    assert file_books.get("k").documents


def test_what_somebody_is_buying_is_kept_and_told(file_books, client):
    order = client._operations.order(REQUEST, key="k", account="toy", service=None, formats=Formats())
    file_books.enter(order, TOY, "buying", lease_s=30)
    erased = file_books.erase("R1")
    assert (erased.keys, dict(erased.kept)) == ((), {"k": "somebody is buying under this key"})


def test_those_who_erase_at_one_time_wait_for_each_other(file_books, client):
    client.buy(REQUEST, key="k", account="toy")
    with ThreadPoolExecutor(8) as threads:
        for erasing in [threads.submit(file_books.erase, "R") for _ in range(48)]:
            erasing.result()


def test_an_erased_key_still_stands_for_its_order(file_books, client):
    label = client.buy(REQUEST, key="k", account="toy")
    file_books.erase("R1")
    assert client.buy(REQUEST, key="k", account="toy").tracking_number == label.tracking_number


def test_purging_takes_what_is_older_and_leaves_the_rest(file_books, client, time, tmp_path):
    plant(file_books, client)
    time.passes(days=10)
    client.buy(REQUEST, key="new", account="toy")
    assert file_books.purge(datetime(2026, 3, 5, tzinfo=UTC)).keys == ("k", "p")
    assert found_in(tmp_path) == []
    assert file_books.get("new").order.request == REQUEST
    assert file_books.purge(time() + timedelta(days=1)).keys == ("new",)


def test_purging_before_a_naive_time_is_refused(file_books):
    with pytest.raises(ConfigurationError, match="aware"):
        file_books.purge(datetime(2026, 3, 5))  # noqa: DTZ001 - that is the point


def test_erasing_works_on_every_database(url):
    books = Purchases.at(url)
    with toy_client(books, lambda _: httpx.Response(200, json={"number": "N1"})) as client:
        client.buy(REQUEST, key="k", account="toy")
        assert books.erase("R1").keys == ("k",)
        assert client.label_for("k").order is None
    books.close()


def test_digests_cannot_be_made_without_the_books_own_secret(file_books, client, tmp_path):
    from retoure.purchases.digest import order_digest

    client.buy(REQUEST, key="k", account="toy")
    order = client._operations.order(REQUEST, key="k", account="toy", service=None, formats=Formats())
    assert order_digest(order).encode() not in (tmp_path / "books.db").read_bytes()
    assert order_digest(order) != order_digest(order, b"another")


WINDOW = PickupWindow(day=date(2031, 3, 3))


def test_a_pickup_of_two_returns_is_erased_with_either(shop, books):
    first, second = (shop.buy(MUNICH.model_copy(update={"rma": rma}), key=rma, account="ups") for rma in ("RMA-1", "RMA-2"))
    parcels = tuple(PickupParcel(tracking_number=label.tracking_number) for label in (first, second))
    order = PickupOrder(account="ups", key="p", address=MUNICH.ship_from, window=WINDOW, parcels=parcels)
    shop.schedule_pickup(order, key="p")
    assert books.erase("RMA-2").keys == ("RMA-2", "p")
    assert books.get("p").order is None


def test_a_pickup_is_erased_with_the_return_of_a_label_that_is_not_on_the_books(shop, box, books):
    with shop_of(box, Unprotected()) as elsewhere:
        label = elsewhere.buy(MUNICH, key="elsewhere", account="ups")
    shop.schedule_pickup(label, WINDOW, key="p")
    assert books.record("p").rma == MUNICH.rma
    assert books.erase(MUNICH.rma).keys == ("p",)


def test_moving_a_pickup_writes_nothing_down_anew_that_was_erased(shop, books):
    pickup = shop.schedule_pickup(shop.buy(MUNICH, key="k", account="ups"), WINDOW, key="p")
    books.erase(MUNICH.rma)
    moved = shop.reschedule_pickup(pickup, PickupWindow(day=date(2031, 3, 4)))
    assert (books.get("p").confirmation_number, books.get("p").order) == (moved.confirmation_number, None)
    assert books.record("p").erased


def test_whoever_asks_again_after_an_erasure_brings_the_data_again_and_it_can_be_erased_again(books, time):
    cut = [httpx.Response(500), httpx.Response(200, json={"number": "N1"})]
    with toy_client(books, lambda _: cut.pop(0)) as client:
        with pytest.raises(OutcomeUnknown):
            client.buy(REQUEST, key="k", account="toy")
        books.erase("R1")
        books.clear("k", "", 0, lost=False)
        assert client.buy(REQUEST, key="k", account="toy").order.request == REQUEST
        assert not books.record("k").erased
        assert client.label_for("k").order.request == REQUEST
    assert books.erase("R1").keys == ("k",)


def test_purging_a_part_of_a_purchase_does_not_call_it_erased(file_books, time):
    def late(_request):
        time.passes(days=10)
        return httpx.Response(200, json={"number": "N1"})

    with toy_client(file_books, late) as client:
        client.buy(REQUEST, key="k", account="toy")
    assert file_books.purge(datetime(2026, 3, 5, tzinfo=UTC)).keys == ()
    assert not file_books.record("k").erased
    assert file_books.get("k").order.request == REQUEST


def test_erasing_waits_for_whoever_changes_a_key_and_no_deadlock_comes_of_it(server):
    import psycopg

    books = Purchases.at(server)
    with toy_client(books, lambda _: httpx.Response(200, json={"number": "N1"})) as client:
        client.buy(REQUEST, key="k", account="toy")
    with ThreadPoolExecutor(1) as thread, psycopg.connect(server) as changing, psycopg.connect(server, autocommit=True) as watch:
        changing.execute("SELECT * FROM purchase WHERE key = 'k' FOR UPDATE")
        erasing = thread.submit(books.erase, "R1")
        while not watch.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'").fetchone()[0]:
            assert not erasing.done()
        changing.execute("DELETE FROM purchase_content WHERE key = 'k'")
        changing.commit()
        assert erasing.result().keys == ("k",)
    books.close()
