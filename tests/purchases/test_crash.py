"""Many at once, killed and cut off: never two purchases under one key, never one that is not on the books."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from multiprocessing import get_context

import pytest

from retoure import Client, OutcomeUnknown, Purchases
from retoure.replay.sandbox import Faults
from tests.crash.judging import judge
from tests.crash.running import crash, inject
from tests.crash.shop import SUPERSEDES
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


def test_the_judge_sees_a_purchase_without_an_intent_and_a_label_that_nobody_sold(shop, box, books):
    shop.buy(MUNICH, key="K/1", account="ups")
    with box._books._connection as connection:
        connection.execute("UPDATE booking SET key = 'K/2'")
    assert judge(box, books, SUPERSEDES).lost == ("K/1", "K/2")
