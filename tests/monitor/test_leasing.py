"""What is due is asked for once, the most urgent first."""

from datetime import timedelta
from threading import Thread

import pytest
from sqlalchemy import text

from retoure.monitor.leasing import COUNTS, DUE, FIRST_ACCOUNT, NEXT_ACCOUNT, SAMPLE
from retoure.monitor.reasons import Rank
from tests.monitor.storing import ACCEPTED, ACCOUNT, HOURS, answer, lease, multiply, numbers, watch, watch_each
from tests.monitor.world import Shop


def test_a_leased_label_is_leased_to_nobody_else(store, other):
    watch_each(store, "A1", "A2", "A3")
    assert numbers(lease(store, calls=2)) == ["A1", "A2"]
    assert numbers(lease(other, calls=2)) == ["A3"]
    assert lease(other) == ()


def test_pollers_at_the_same_moment_never_get_the_same_label(store, other):
    watch_each(store, *(f"A{index}" for index in range(100)))
    got: list[str] = []

    def poll(one):
        for _ in range(10):
            got.extend(numbers(lease(one, calls=10)))

    threads = [Thread(target=poll, args=(one,)) for one in (store, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == len(set(got)) == 100


def test_no_more_labels_are_taken_at_once_than_one_statement_can_name(store, other):
    watch(store)
    multiply(store, 70_000)
    assert len(lease(store, calls=512, batch_size=200)) == 10_000
    assert len(lease(other, calls=1, batch_size=200)) == 200


def test_an_expired_lease_is_taken_over(store, other, time):
    watch(store)
    lease(store, lasts=timedelta(minutes=5))
    time.passes(minutes=4)
    assert lease(other) == ()
    time.passes(minutes=1)
    assert numbers(lease(other)) == ["A1"]


def test_a_label_that_was_not_asked_for_is_due_as_before(store, other):
    watch(store)
    store.release(lease(store))
    assert numbers(lease(other)) == ["A1"]


def test_a_label_can_be_given_back_for_later(store, time):
    watch(store)
    store.release(lease(store), not_before=time.now + HOURS)
    assert lease(store) == ()
    time.passes(hours=1)
    assert numbers(lease(store)) == ["A1"]


def test_giving_back_a_lease_that_was_taken_over_changes_nothing(store, other, time):
    watch(store)
    mine = lease(store)
    time.passes(hours=1)
    lease(other)
    store.release(mine)
    assert lease(store) == ()


def test_the_most_urgent_rank_is_leased_first(store, planner):
    planner.ranks = {"A1": Rank.UNSCANNED, "A2": Rank.DEADLINE, "A3": Rank.INDETERMINATE, "A4": Rank.NEAR_DELIVERY}
    watch_each(store, "A1", "A2", "A3", "A4")
    assert numbers(lease(store)) == ["A2", "A3", "A4", "A1"]


def test_what_is_overdue_by_more_than_a_day_gets_a_share_before_what_is_more_urgent(store, planner, time):
    planner.ranks = {"old1": Rank.UNSCANNED, "old2": Rank.UNSCANNED}
    watch_each(store, "old1", "old2")
    time.passes(hours=25)
    watch_each(store, *(f"A{index}" for index in range(8)))
    assert numbers(lease(store, calls=4)) == ["old1", "A0", "A1", "A2"]


def test_forced_reads_come_before_what_is_overdue(store, planner, time):
    planner.ranks = {"old": Rank.UNSCANNED, "D": Rank.DEADLINE}
    watch_each(store, "old")
    time.passes(hours=25)
    watch_each(store, "D")
    assert numbers(lease(store, calls=1)) == ["D"]


def test_only_forced_reads_where_nothing_else_may_leave(store, planner):
    planner.ranks = {"D": Rank.DEADLINE}
    watch_each(store, "A1", "D")
    assert numbers(lease(store, deadlines_only=True)) == ["D"]


def test_a_batch_is_filled_with_what_is_due_soon(store, time):
    watch_each(store, "A1", "A2", "A3")
    store.record([answer(one, time.now, ACCEPTED) for one in lease(store)])
    time.passes(hours=5, minutes=30)
    watch_each(store, "B1")
    assert numbers(lease(store, calls=1, batch_size=3)) == ["B1", "A1", "A2"]


def test_no_call_is_made_for_what_is_merely_due_soon(store, time):
    watch(store)
    store.record([answer(one, time.now, ACCEPTED) for one in lease(store)])
    time.passes(hours=5, minutes=30)
    assert lease(store, calls=1, batch_size=3) == ()


def test_another_account_keeps_its_labels(store):
    watch(store, "A1", account="other")
    assert lease(store) == ()
    assert numbers(lease(store, account="other")) == ["A1"]
    assert store.accounts() == ("other",)


def test_the_store_knows_when_the_next_label_is_due(store, time):
    watch(store)
    store.record([answer(one, time.now, ACCEPTED) for one in lease(store)])
    assert store.next_due([ACCOUNT]) == time.now + 6 * HOURS


def test_a_clock_that_jumps_back_polls_nothing_twice_within_a_minute_and_forgets_nothing(store, time):
    watch_each(store, "A1", "A2")
    time.passes(days=300)
    first, _ = leases = lease(store)
    store.record([answer(one, time.now, ACCEPTED) for one in leases[:1]])
    time.passes(days=-300)
    assert numbers(lease(store)) == []
    time.passes(minutes=1)
    assert numbers(lease(store)) == [first.parcel.number]
    time.passes(days=301)
    assert sorted(numbers(lease(store))) == ["A1", "A2"]


def test_due_labels_are_found_by_an_index(store, time):
    watch(store)
    with store._premises.database.reading() as connection:
        given = {"of": ACCOUNT, "rank": int(Rank.MOVING), "at": time.now, "most": 10}
        if connection.dialect.name == "sqlite":
            compiled = DUE.compile(connection.engine)
            given = {**compiled.params, **given, "at": 0}
            bound = tuple(given[name] for name in compiled.positiontup)
            rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", bound).all()
        else:
            connection.execute(text("SET LOCAL enable_seqscan = off"))
            connection.execute(text("SET LOCAL enable_sort = off"))
            rows = connection.exec_driver_sql(f"EXPLAIN {DUE.compile(connection.engine)}", given).all()
    plan = " ".join(str(row) for row in rows)
    assert "monitor_label_due" in plan
    assert "TEMP B-TREE" not in plan


def test_a_label_stopped_by_hand_while_the_clock_was_ahead_stays_stopped(store, time):
    watch_each(store, "A1", "A2")
    time.passes(days=200)
    lease(store)
    store.stop("A1")
    time.passes(days=-200)
    store.tick()
    time.passes(days=1)
    assert numbers(lease(store)) == ["A2"]


async def test_a_label_that_ended_while_the_clock_was_ahead_is_read_again_when_it_is_right(tmp_path):
    shop = Shop(tmp_path)
    async with shop.monitor() as monitor:
        await monitor.watch(shop.label("A1"))
        shop.ahead(days=200)
        await monitor.poll_due()
        assert (await monitor.label("A1")).stop_reason == "NEVER_SCANNED"
        shop.ahead(days=-199)
        await monitor.poll_due()
        shop.ahead(hours=25)
        assert dict((await monitor.poll_due()).outcomes) == {"NEGATIVE": 1}
        shop.box.scan("A1")
        shop.ahead(hours=49)
        assert dict((await monitor.poll_due()).signals) == {"first_scan": 1}


@pytest.mark.parametrize(
    ("query", "found"),
    [(FIRST_ACCOUNT, "SEARCH"), (NEXT_ACCOUNT, "SEARCH"), (SAMPLE, "SEARCH"), (COUNTS, "COVERING INDEX")],
    ids=["first account", "next account", "sample", "counts"],
)
def test_accounts_and_what_they_hold_are_found_by_an_index(file_store, query, found):
    watch(file_store)
    with file_store._premises.database.reading() as connection:
        compiled = query.compile(connection.engine)
        bound = tuple({**compiled.params, "last": ACCOUNT, "of": ACCOUNT}[name] for name in compiled.positiontup)
        plan = str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}", bound).all())
    assert "monitor_label_due" in plan
    assert found in plan
    if query is not COUNTS:
        assert "TEMP B-TREE" not in plan


def test_a_wish_that_comes_while_a_label_is_leased_outlives_the_giving_back(store, time):
    watch_each(store, "A1", "A2")
    store.record([answer(one, time.now, ACCEPTED) for one in lease(store)])
    time.passes(hours=5, minutes=30)
    watch_each(store, "B1")
    leases = lease(store, calls=1, batch_size=3)
    store.refresh("A1")
    store.stop("A2")
    store.release(leases)
    assert sorted(numbers(lease(store))) == ["A1", "B1"]
    assert store.label("A2").stop_reason == "BY_HAND"
