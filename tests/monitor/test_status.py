"""What the status counts lies in indexes, so that looking at millions takes no walk through their rows."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import event, text

from tests.monitor.storing import ACCEPTED, ACCOUNT, answer, lease, watch_each

_WALKS = re.compile(r"SCAN monitor_(?:case|label|signal)(?! USING)|Seq Scan on monitor_(?:case|label|signal)")


def statements(store, look):
    """What is asked of the database, with what."""
    asked = []

    def hear(connection, cursor, statement, parameters, context, executemany):
        if statement.startswith("SELECT") and "monitor_" in statement:
            asked.append((statement, parameters))

    with store._premises.database.reading() as connection:
        engine = connection.engine
    event.listen(engine, "before_cursor_execute", hear)
    try:
        look(store)
    finally:
        event.remove(engine, "before_cursor_execute", hear)
    return asked


def plan_of(store, statement, parameters):
    with store._premises.database.reading() as connection:
        if connection.dialect.name == "sqlite":
            explain = "EXPLAIN QUERY PLAN"
        else:
            explain = "EXPLAIN"
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        return "\n".join(str(row) for row in connection.exec_driver_sql(f"{explain} {statement}", parameters).all())


@pytest.mark.parametrize(
    "look",
    [
        lambda store: store.status(),
        lambda store: store.accounts(),
        lambda store: store.counts(ACCOUNT),
        lambda store: store.sample(ACCOUNT),
        lambda store: store.next_due([ACCOUNT]),
    ],
    ids=["status", "accounts", "counts", "sample", "next due"],
)
def test_a_look_at_the_whole_store_walks_through_no_table(store, time, look):
    watch_each(store, "A1", "A2")
    time.passes(hours=6)
    store.record([answer(held, time.now, ACCEPTED) for held in lease(store)[:1]])
    asked = statements(store, look)
    assert asked
    for statement, parameters in asked:
        plan = plan_of(store, statement, parameters)
        assert not _WALKS.search(plan), f"{statement}\n{plan}"


def test_the_status_tells_who_has_what_and_when_the_next_is_due(store, time):
    watch_each(store, "A1", "A2", "A3")
    time.passes(hours=6)
    first, second, _ = lease(store, lasts=(later := timedelta(minutes=7)))
    store.record([answer(first, time.now, ACCEPTED)])
    store.stop(second.parcel.number)
    (one,) = store.status().accounts
    assert (one.account, one.carrier, one.active, one.due, one.leased) == (ACCOUNT, "dhl_paket", 2, 0, 1)
    assert one.next_due == time.now + later
    assert dict(one.by_reason) == {"MOVING": 2}
