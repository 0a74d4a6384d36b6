"""Many at once, killed and cut off: never two purchases under one key, never one that is not on the books."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from multiprocessing import get_context

import pytest
from sqlalchemy import text

from retoure import Client, OutcomeUnknown, PickupWindow, Purchases, RateLimited
from retoure.replay.sandbox import Faults
from tests.crash.judging import Verdict, judge
from tests.crash.running import crash, inject, resolve
from tests.crash.shop import (
    ACCOUNTS,
    SUPERSEDES,
    Buyer,
    Shop,
    account_of,
    by_task,
    is_given_up,
    is_moved,
    is_pickup,
    key_of,
    while_closing,
)
from tests.purchases.conftest import MUNICH, goes_wrong

KINDS = ("sqlite", "postgresql")


def test_32_threads_that_ask_for_one_key_buy_one_label(shop, box):
    box.chance.faults = Faults(slow_s=0.1)
    with ThreadPoolExecutor(32) as threads:
        labels = list(threads.map(lambda _: shop.buy(MUNICH, key="K/1", account="ups"), range(32)))
    assert len({label.tracking_number for label in labels}) == len(box.bookings()) == 1


def _buy(url, settings, addresses):
    with (
        closing(Purchases.at(url)) as books,
        Client(settings, purchases=books, return_addresses=addresses) as client,
        ThreadPoolExecutor(4) as threads,
    ):
        return list(threads.map(lambda _: client.buy(MUNICH, key="K/1", account="ups").tracking_number, range(4)))


def test_4_processes_that_ask_for_one_key_buy_one_label(url, box):
    box.chance.faults = Faults(slow_s=0.1)
    what = (url, {"ups": box.account("ups")}, box.return_addresses(ups="ups"))
    with get_context("spawn").Pool(4) as processes:
        numbers = processes.starmap(_buy, [what] * 4)
    assert len({number for each in numbers for number in each}) == len(box.bookings()) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_buyers_that_are_killed_at_random_points_buy_nothing_twice_and_lose_nothing(kind):
    verdict, told = crash(kind, kills=8, seed=1)
    assert (verdict.double, verdict.lost) == ((), ())
    struck = int(told.split(" kills struck")[0].rpartition(" ")[2])
    assert struck >= 4, told


@pytest.mark.parametrize("kind", KINDS)
def test_faults_at_every_point_of_the_wire_double_nothing_and_lose_nothing(kind):
    verdict, told = inject(kind, purchases=60, seed=2)
    assert (verdict.double, verdict.lost) == ((), ())
    assert " 0 settled by hand" not in told


def test_the_judge_sees_a_label_that_was_bought_twice(shop, box, books):
    shop.buy(MUNICH, key="K/1", account="ups")
    with box._books._connection as connection:
        columns = "carrier, kind, key, parcel, day, booked_at, story"
        connection.execute(f"INSERT INTO booking ({columns}, number) SELECT {columns}, 'second' FROM booking")
    assert judge(box, books, SUPERSEDES).double == ("K/1",)


def test_the_judge_sees_what_was_given_up_where_nothing_may_be(shop, box, books):
    goes_wrong(box, "cut_after", look_up_forgets=1.0)
    with pytest.raises(OutcomeUnknown):
        shop.buy(MUNICH, key="K/1", account="free", on_unknown="supersede")
    assert judge(box, books, frozenset({"free"})).double == ()
    assert judge(box, books, frozenset()).double == ("K/1",)


def test_the_judge_takes_a_label_that_was_given_up_for_known_though_the_next_one_was_refused(shop, box, books):
    goes_wrong(box, "cut_after", look_up_forgets=1.0)
    with pytest.raises(OutcomeUnknown):
        shop.buy(MUNICH, key="K/1", account="free")
    goes_wrong(box, "busy")
    with pytest.raises(RateLimited):
        shop.buy(MUNICH, key="K/1", account="free", on_unknown="supersede")
    assert (books.records(), [lost.cause for lost in books.lost()], len(box.bookings())) == ((), ["superseded"], 1)
    assert judge(box, books, frozenset({"free"})) == Verdict((), ())
    assert judge(box, books, frozenset()) == Verdict(("K/1",), ("K/1",))


def test_the_judge_sees_a_second_label_that_came_in_though_the_books_know_its_number(shop, box, books):
    first = shop.buy(MUNICH, key="K/1", account="ups")
    with books._database.writing() as connection:
        connection.execute(text("DELETE FROM purchase_content"))
        connection.execute(text("DELETE FROM purchase"))
    shop.buy(MUNICH, key="K/1", account="ups")
    books.keep("K/1", "somebody", first, first.issued_at)
    assert [lost.number for lost in books.lost()] == [first.tracking_number]
    assert judge(box, books, SUPERSEDES).double == ("K/1",)
    assert judge(box, books, frozenset({"ups"})).double == ("K/1",)


def test_the_judge_takes_a_moved_pickup_for_one_and_sees_one_that_the_books_lost(shop, box, books):
    label = shop.buy(MUNICH, key="K/1", account="ups")
    pickup = shop.schedule_pickup(label, PickupWindow(day=date(2031, 3, 3)), key="K/p")
    shop.reschedule_pickup(pickup, PickupWindow(day=date(2031, 3, 4)))
    assert judge(box, books, SUPERSEDES) == Verdict((), ())
    with books._database.writing() as connection:
        connection.execute(text("UPDATE purchase SET number = :old WHERE key = 'K/p'"), {"old": pickup.confirmation_number})
    assert judge(box, books, SUPERSEDES).lost == ("K/p",)
    with box._books._connection as connection:
        connection.execute("UPDATE booking SET cancelled_at = NULL")
    assert judge(box, books, SUPERSEDES).double == ("K/p",)


def test_the_judge_sees_what_was_given_up_on_the_books_alone(shop, box, books):
    shop.void(shop.buy(MUNICH, key="K/1", account="ups"))
    assert judge(box, books, SUPERSEDES) == Verdict((), ())
    with box._books._connection as connection:
        connection.execute("UPDATE booking SET cancelled_at = NULL")
    assert judge(box, books, SUPERSEDES).lost == ("K/1",)
    with books._database.writing() as connection:
        connection.execute(text("UPDATE purchase SET state = 'voiding'"))
    assert judge(box, books, SUPERSEDES) == Verdict((), ())
    with books._database.writing() as connection:
        connection.execute(text("UPDATE purchase SET number = 'nobody sold this'"))
    assert judge(box, books, SUPERSEDES).lost == ("K/1",)


def test_the_judge_sees_what_was_bought_after_all_where_a_person_settled_nothing(shop, box, books):
    goes_wrong(box, "cut_after")
    with pytest.raises(OutcomeUnknown):
        shop.buy(MUNICH, key="K/1", account="dhl_paket")
    books.resolve("K/1", nothing_bought=True)
    assert judge(box, books, SUPERSEDES).lost == ("K/1",)


def test_a_person_leaves_alone_what_is_given_up_at_the_carrier_and_asked_to_be_on_the_books(shop, box, books):
    for number in (0, 1):
        shop.void(shop.buy(MUNICH, key=key_of(number), account="ups"))
    with books._database.writing() as connection:
        connection.execute(text("UPDATE purchase SET state = 'voiding'"))
    with box._books._connection as connection:
        connection.execute("UPDATE booking SET cancelled_at = NULL WHERE key = ?", (key_of(1),))
    resolve(box, books, [0, 1])
    assert [books.record(key_of(number)).state for number in (0, 1)] == ["voiding", "bought"]
    assert judge(box, books, SUPERSEDES) == Verdict((), ())


def test_a_buyer_whose_carrier_wants_minutes_of_rest_comes_back_after_them(tmp_path, box):
    shop = Shop(f"sqlite:///{tmp_path}/books.db", {"dpd": box.account("dpd")}, box.return_addresses(dpd="dpd"))
    number = next(number for number in range(120) if account_of(number) == "dpd" and not while_closing(number))
    with closing(Purchases.at(shop.books)) as books, closing(Buyer(shop, books)) as buyer:
        goes_wrong(box, "busy")
        with pytest.raises(RateLimited):
            buyer.buy(number)
        goes_wrong(box)
        with pytest.raises(RateLimited, match="nothing was sent"):
            buyer.buy(number)
        buyer.begin_anew()
        buyer.buy(number)
    assert len(box.bookings()) == 1


def test_the_shop_under_test_does_what_can_go_wrong():
    everything = range(120)
    assert {account_of(number) for number in everything} == set(ACCOUNTS)
    for does in (is_pickup, is_moved, is_given_up, by_task, while_closing):
        assert 0 < sum(map(does, everything)) < len(everything), does.__name__
    assert {is_pickup(number) for number in everything if is_given_up(number)} == {True, False}


def test_the_judge_sees_a_purchase_without_an_intent_and_a_label_that_nobody_sold(shop, box, books):
    shop.buy(MUNICH, key="K/1", account="ups")
    with box._books._connection as connection:
        connection.execute("UPDATE booking SET key = 'K/2'")
    assert judge(box, books, SUPERSEDES).lost == ("K/1", "K/2")
