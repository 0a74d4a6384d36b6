"""Whatever comes in whatever order, the store holds the case that folding gives, and every signal of it."""

import itertools
from contextlib import closing
from datetime import timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from retoure.lifecycle import ReturnCase, signals_of
from retoure.monitor.planning import Planning
from retoure.monitor.store import Store
from tests.lifecycle.builders import when
from tests.monitor.storing import ACCEPTED, DELIVERED, HUB, POLICY, Simple, answer, failure, label, lease, watch
from tests.purchases.conftest import Time

HISTORIES = [(), (ACCEPTED,), (ACCEPTED, HUB), (HUB,), (ACCEPTED, HUB, DELIVERED)]


class Tireless(Simple):
    """Reads on after the end."""

    def outlook_of(self, *args, **more):
        sight = super().outlook_of(*args, **more)
        return type(sight)(sight.number, sight.known, False, sight.wake_at)


_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def stores(tmp_path_factory):
    """Two processes on one database, and their clock."""
    time = Time()
    url = f"sqlite:///{tmp_path_factory.mktemp('stories')}/retoure.db"
    stores = [Store.at(url, clock=time, planning=Tireless().planning) for _ in range(2)]
    yield *stores, time
    for store in stores:
        store.close()


@given(steps=st.lists(st.tuples(st.integers(-1, 4), st.booleans(), st.integers(1, 30)), min_size=1, max_size=12))
@example(steps=[(1, False, 1), (2, True, 1), (-1, False, 1), (2, True, 1)])
@settings(deadline=None, max_examples=25)
def test_the_stored_case_is_the_folded_one(stores, steps):
    mine, theirs, time = stores
    time.now = when("06-01 09:00")
    number = f"A{next(_numbers)}"
    watch(mine, number, rma=number)
    outcomes, late = [], []
    for history, held_back, hours in steps:
        time.passes(hours=6 + hours)
        (held,) = lease(theirs if held_back else mine)
        outcome = failure(held, time.now) if history < 0 else answer(held, time.now, *HISTORIES[history])
        outcomes.append(outcome)
        if held_back:
            late.append(outcome)
        else:
            mine.record([outcome])
    theirs.record(late)
    mine.stop(number)
    expected = ReturnCase(rma=number, labels=(label(number),), observations=tuple(one.observation for one in outcomes))
    assert mine.case(number) == expected
    if not late:
        assert {one.signal["id"] for one in mine.show(number).signals} == {one.id for one in signals_of(expected, POLICY)}


def test_the_planner_reads_a_return_from_its_label_to_its_end(tmp_path):
    """The real planner: unscanned, moving, delivered, one confirming read, then none."""
    time = Time(when("06-01 08:30"))
    history = [ACCEPTED, HUB, DELIVERED]
    reads = 0
    with closing(Store.at(f"sqlite:///{tmp_path}/retoure.db", clock=time, planning=Planning(draw=lambda: 0.5))) as store:
        watch(store, issued_at=when("06-01 08:00"))
        while time.now < when("06-06 00:00"):
            for held in lease(store):
                reads += 1
                store.record([answer(held, time.now, *[one for one in history if one.instant <= time.now])])
            store.tick()
            time.now += timedelta(hours=1)
        shown = store.show("R1")
    assert [one.signal["type"] for one in shown.signals] == ["first_scan", "delivered", "refund_due"]
    assert (shown.labels[0].stop_reason, shown.labels[0].next_poll_at) == ("DELIVERED", None)
    assert reads <= 6
