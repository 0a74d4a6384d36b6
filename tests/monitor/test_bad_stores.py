"""A store that cannot be used says so, and loses nothing."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from threading import Timer

import pytest
from sqlalchemy import event, text

from retoure import ConfigurationError, Purchases, StoreError
from retoure.lifecycle import ReturnCase
from retoure.monitor.records import Watch
from retoure.monitor.store import Store
from retoure.storage.engine import Busy, at_once
from tests.monitor.storing import ACCEPTED, DELIVERED, HUB, answer, label, lease, log_of, numbers, watch, watch_each, write


def from_now_on(store, pragma):
    """Every connection of this store is limited from now on."""
    engine = store._premises.database._engine
    engine.dispose()
    event.listen(engine, "connect", lambda connection, _: connection.execute(pragma).close())


def test_a_corrupt_row_is_named_and_the_other_returns_are_recorded(store, other, time):
    watch_each(store, "A1", "A2")
    time.passes(hours=6)
    store.record([answer(held, time.now, ACCEPTED) for held in lease(store)])
    broken = "UPDATE monitor_content SET payload = :bad WHERE what = 'report' AND case_id = (SELECT min(id) FROM monitor_case)"
    write(store, broken, bad=b"{canary")
    time.passes(hours=6)
    recorded = other.record([answer(held, time.now, ACCEPTED, HUB) for held in lease(other)])
    assert recorded.folded == 1
    assert list(recorded.broken) == ["R-A1"]
    assert "cannot be read from the monitor's store" in recorded.broken["R-A1"]
    assert "canary" not in recorded.broken["R-A1"]
    assert len(log_of(store, "R-A2")) == 2
    with pytest.raises(StoreError, match="the return R-A1 cannot be read"):
        store.case("R-A1")
    assert lease(other) == ()
    time.passes(hours=1)
    assert numbers(lease(other)) == ["A1"]  # it is tried again, and nothing of it is lost


@pytest.mark.parametrize("column", ["outlook", "parcel"])
def test_a_label_that_cannot_be_read_is_told_without_its_number_and_keeps_no_other_back(store, time, caplog, column):
    watch_each(store, "A1", "A2")
    write(store, f"UPDATE monitor_label SET {column} = '{{canary' WHERE number = 'A1'")
    assert numbers(lease(store)) == ["A2"]
    (told,) = caplog.messages
    assert "of monitor_label cannot be read from the monitor's store" in told
    assert "A1" not in told
    assert "canary" not in told
    time.passes(minutes=59)
    assert "A1" not in numbers(lease(store))
    assert len(caplog.messages) == 1


def test_a_forced_read_of_a_reason_that_nobody_knows_keeps_no_other_outcome_from_being_written(store, time, caplog):
    watch_each(store, "A1", "A2")
    store.record([answer(held, time.now, ACCEPTED) for held in lease(store)])
    write(store, "UPDATE monitor_label SET reason = 'canary', deadline_at = due_at WHERE number = 'A1'")
    time.passes(hours=30)
    held = lease(store)
    assert numbers(held) == ["A2"]
    assert store.record([answer(one, time.now, ACCEPTED) for one in held]).unchanged == 1
    assert ["of monitor_label cannot be read" in told for told in caplog.messages] == [True]
    assert "canary" not in caplog.text


def test_a_signal_that_cannot_be_read_is_named_and_keeps_none_of_other_returns_back(store, time, caplog):
    watch_each(store, "A1", "A2")
    time.passes(hours=6)
    store.record([answer(held, time.now, ACCEPTED, HUB, DELIVERED) for held in lease(store)])
    broken, after, *_ = [one for one in store.waiting() if one.number == "A1"]
    write(store, "UPDATE monitor_signal SET body = '{canary' WHERE id = :id", id=broken.id)
    assert [one.number for one in store.signals(owner="me", limit=1)] == ["A2"]
    assert store.signals(owner="me") == ()
    (told,) = caplog.messages
    assert f"the signal {broken.id} cannot be read from the monitor's store" in told
    assert "canary" not in told
    waiting = store.waiting(limit=4)
    assert (len(waiting), broken.id in {one.id for one in waiting}) == (4, False)
    store.acknowledge([broken.id])
    assert after in store.signals(owner="me")


def test_a_return_is_shown_as_far_as_it_can_be_read(store, other, time):
    watch(store)
    time.passes(hours=6)
    store.record([answer(held, time.now, ACCEPTED) for held in lease(store)])
    write(store, "UPDATE monitor_signal SET body = '{canary'")
    shown = store.show("R1")
    assert (shown.signals[0].signal["type"], shown.trouble) == ("first_scan", "")
    write(store, "UPDATE monitor_content SET payload = :bad WHERE what = 'report'", bad=b"{canary")
    shown = other.show("R1")
    assert (shown.labels[0].number, shown.case, shown.assessment) == ("A1", None, None)
    assert "the return R1 cannot be read" in shown.trouble
    assert "canary" not in shown.model_dump_json()


def test_a_parcel_that_cannot_be_read_is_no_sample(store):
    watch_each(store, "A1", "A2")
    write(store, "UPDATE monitor_label SET parcel = '{canary' WHERE number = 'A1'")
    assert store.sample("dhl").number == "A2"
    write(store, "UPDATE monitor_label SET parcel = '{canary'")
    assert store.sample("dhl") is None


def test_a_corrupt_return_does_not_keep_the_calendar_from_the_others(store, other, time, planner):
    from datetime import timedelta

    planner.quiet = timedelta(days=1)
    watch_each(store, "A1", "A2")
    write(store, "UPDATE monitor_content SET payload = :bad WHERE case_id = (SELECT min(id) FROM monitor_case)", bad=b"{")
    time.passes(days=2)
    assert (list(other.tick().broken), other.tick().broken) == (["R-A1"], {})


def test_a_store_of_a_newer_version_says_so_and_stays_as_it_is(url):
    store = Store.at(url)
    store.accounts()
    write(store, "UPDATE retoure_monitor_version SET version_num = '9999'")
    newer = Store.at(url)
    with pytest.raises(StoreError, match=r"newer retoure \(schema 9999"):
        newer.accounts()
    newer.close()
    store.close()


def test_a_full_disk_is_named_and_nothing_is_half_written(file_store, time, tmp_path, planner):
    watch(file_store)
    held = lease(file_store)
    with file_store._premises.database.reading() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
    from_now_on(file_store, f"PRAGMA max_page_count = {pages}")
    long = [answer(one, time.now, *([ACCEPTED] + [HUB] * 3000)) for one in held]
    with pytest.raises(StoreError, match="disk is full"):
        file_store.record(long)
    roomy = Store.at(f"sqlite:///{tmp_path}/retoure.db", clock=time, planning=planner.planning)
    assert log_of(roomy) == []
    assert (roomy.record(long).folded, roomy.record(long).overtaken) == (1, 1)
    roomy.close()


def test_a_locked_file_is_named(file_store, tmp_path):
    watch(file_store)
    from_now_on(file_store, "PRAGMA busy_timeout = 10")
    locking = sqlite3.connect(tmp_path / "retoure.db", isolation_level=None)
    locking.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="locked"):
        lease(file_store)
    locking.execute("ROLLBACK")
    locking.close()
    assert numbers(lease(file_store)) == ["A1"]


def test_work_is_done_at_once_or_not_at_all_and_waits_where_it_has_begun_to_write(file_store, tmp_path):
    watch(file_store)
    with closing(sqlite3.connect(tmp_path / "retoure.db", isolation_level=None, check_same_thread=False)) as locking:

        def two_writes():
            file_store.refresh("A1")
            locking.execute("BEGIN IMMEDIATE")
            Timer(0.05, locking.rollback).start()
            file_store.stop("A1")
            return "both"

        locking.execute("BEGIN IMMEDIATE")
        with pytest.raises(Busy):
            at_once(two_writes)
        locking.rollback()
        assert at_once(two_writes) == "both"


def test_a_folder_that_is_not_there_is_named():
    with pytest.raises(StoreError, match="No such file"):
        Store.at("sqlite:////no/such/folder/retoure.db").accounts()


@pytest.mark.parametrize(
    ("url", "what"), [("sqlite://", "in memory"), ("mysql://h/n", "not supported"), ("no url", "a database's URL")]
)
def test_a_url_that_cannot_keep_anything_is_refused_at_once(url, what):
    with pytest.raises(ConfigurationError, match=f"^store: .*{what}"):
        Store.at(url)


def test_no_error_and_no_repr_shows_a_password():
    store = Store.at("postgresql://user:canary@127.0.0.1:1/name")
    with pytest.raises(StoreError) as raised:
        store.accounts()
    assert "canary" not in repr(store) + str(raised.value)


def test_one_database_holds_the_books_of_purchases_as_well(url):
    books, store = Purchases.at(url), Store.at(url)
    assert books.records() == ()
    assert store.accounts() == ()
    watch(store)
    assert books.records() == ()
    store.close()
    books.close()


def test_the_migrations_make_the_tables_that_the_code_uses(url):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from retoure.monitor.tables import STORE, metadata

    store = Store.at(url)
    with store._premises.database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": STORE.version_table, "compare_type": True})
        assert compare_metadata(context, metadata) == []
    store.close()


def test_rules_that_are_not_known_are_refused(store):
    from retoure.errors import UnknownPolicy

    with pytest.raises(UnknownPolicy):
        store.watch([Watch(ReturnCase(rma="R1", labels=(label(),)), "no_such_rules")])


def test_what_is_not_watched_is_named(store):
    for ask in (store.case, store.show, store.evidence, store.snapshot, store.refresh, store.stop):
        with pytest.raises(ConfigurationError, match="watched"):
            ask("X9")


def test_whoever_names_the_nouns_does_not_import_sqlalchemy():
    code = "import sys, retoure.monitor; retoure.monitor.Cadence; sys.exit('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_status_counts_what_is_watched(store, time):
    watch_each(store, "A1", "A2")
    time.passes(hours=6)
    first, _ = lease(store)
    store.record([answer(first, time.now, ACCEPTED)])
    status = store.status()
    (account,) = status.accounts
    assert (status.returns, status.active, status.stopped, status.unacknowledged) == (2, 2, 0, 1)
    assert dict(status.states) == {"AWAITING_FIRST_SCAN": 1, "IN_TRANSIT": 1}
    assert (account.account, account.active, account.due, account.leased) == ("dhl", 2, 0, 1)
    assert store.counts("dhl") == {"MOVING": 2}
