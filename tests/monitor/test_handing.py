"""Every signal is handed out until it is acknowledged, and never after; of each return in order."""

from datetime import timedelta
from threading import Thread

import pytest

from retoure import ConfigurationError
from retoure.lifecycle import WarehouseReceipt
from tests.monitor.storing import ACCEPTED, DELIVERED, answer, lease, types, watch, watch_each

MINUTES = timedelta(minutes=1)


def told(store, *wanted, owner="me", **more):
    return store.signals(wanted or None, owner=owner, **more)


def deliver(store, time):
    """A first scan, a delivery and a refund that is due, for every label."""
    time.passes(hours=6)
    store.record([answer(held, time.now, ACCEPTED, DELIVERED) for held in lease(store)])


def test_signals_of_a_return_come_one_after_the_other(store, time):
    watch(store)
    deliver(store, time)
    come = []
    while signals := told(store):
        come += types(signals)
        assert store.acknowledge(one.id for one in signals) == 1
    assert come == ["first_scan", "delivered", "refund_due"]


def test_a_signal_that_is_handed_out_is_handed_to_nobody_else(store, other, time):
    watch(store)
    deliver(store, time)
    assert types(told(store)) == ["first_scan"]
    assert told(other, owner="another") == ()


def test_a_signal_comes_again_when_its_lease_is_over(store, other, time):
    watch(store)
    deliver(store, time)
    first = told(store, lease=5 * MINUTES)
    time.passes(minutes=4)
    assert told(other) == ()
    time.passes(minutes=1)
    assert told(other) == first


def test_a_signal_written_while_the_clock_was_ahead_is_handed_out_when_it_is_right(store, time):
    watch(store)
    time.passes(days=3)
    deliver(store, time)
    time.passes(days=-3)
    assert types(told(store)) == ["first_scan"]
    assert told(store) == ()
    assert store.status().leased_signals == 1


def test_a_signal_handed_out_while_the_clock_was_ahead_comes_again_when_it_is_right(store, time):
    watch(store)
    deliver(store, time)
    time.passes(days=3)
    first = told(store)
    time.passes(days=-3)
    assert told(store) == first


@pytest.mark.parametrize("lease", [timedelta(days=1, seconds=1), timedelta(0), timedelta(seconds=-5)])
def test_a_lease_of_more_than_a_day_or_of_no_time_is_refused(store, lease):
    with pytest.raises(ConfigurationError, match=r"^lease: "):
        told(store, lease=lease)


def test_an_acknowledged_signal_never_comes_again(store, other, time):
    watch(store)
    deliver(store, time)
    (first,) = told(store)
    time.passes(hours=1)
    told(other)
    assert store.acknowledge([first.id]) == 1
    assert other.acknowledge([first.id]) == 0
    time.passes(hours=1)
    assert types(told(other)) == ["delivered"]


def test_whoever_asks_for_some_types_waits_for_none_of_the_others(store, time):
    watch(store)
    deliver(store, time)
    assert types(told(store, "delivered", "refund_due")) == ["delivered"]
    assert types(told(store, "first_scan")) == ["first_scan"]


def test_every_return_has_its_own_order(store, time):
    watch_each(store, "A1", "A2", "A3")
    deliver(store, time)
    assert types(told(store)) == ["first_scan"] * 3
    assert types(told(store, limit=2)) == []


def test_no_more_are_handed_out_than_asked_for(store, time):
    watch_each(store, "A1", "A2", "A3")
    deliver(store, time)
    assert len(told(store, limit=2)) == 2
    assert len(told(store, limit=2)) == 1


def test_the_same_fact_is_told_once(store, time):
    watch(store)
    deliver(store, time)
    store.observe([WarehouseReceipt(rma="R1", at=time.now)])
    store.replan()
    store.tick()
    assert len(store.show("R1").signals) == 3


def test_two_that_hand_out_at_once_never_have_the_same(store, other, time):
    watch_each(store, *(f"A{index}" for index in range(40)))
    deliver(store, time)
    got: list[str] = []

    def hand_out(one):
        while signals := told(one, limit=3):
            got.extend(signal.id for signal in signals)
            one.acknowledge(signal.id for signal in signals)

    threads = [Thread(target=hand_out, args=(one,)) for one in (store, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == len(set(got)) == 120
