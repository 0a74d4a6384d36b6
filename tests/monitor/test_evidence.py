"""Snapshots are taken when it matters, and show whether anybody changed them."""

import hashlib

import pytest
from sqlalchemy import text

from retoure.carrier.wire import Effect, HttpRequest, HttpResponse
from retoure.lifecycle import RefundIssued
from retoure.model import Kind, ReadFailure
from retoure.monitor.reasons import FailureClass
from retoure.monitor.records import Exchange
from tests.lifecycle.builders import event, when
from tests.monitor.storing import ACCEPTED, DELIVERED, HUB, MUNICH, answer, failure, lease, watch


def exchange(content=b"raw answer", headers=None):
    response = HttpResponse(200, headers or {"date": "today", "set-cookie": "canary"}, content, when("06-01 15:00"))
    asked = HttpRequest(method="GET", url="https://carrier.example/track/A1?key=canary", effect=Effect.READ)
    return Exchange(asked, response)


def read(store, time, *events, raw=b"", **more):
    time.passes(hours=6)
    (held,) = lease(store)
    given = exchange(raw) if raw else None
    return store.record([answer(held, time.now, *events, exchange=given, digest=given.response.digest if given else "", **more)])


def reasons(store):
    return [one.why for one in store.evidence("R1")]


def test_the_first_scan_is_kept_with_the_raw_answer_and_what_was_asked(store, time):
    watch(store)
    read(store, time, ACCEPTED, raw=b"raw answer")
    (taken,) = store.evidence("A1")
    assert (taken.why, taken.number, taken.raw, taken.intact, taken.before) == ("first scan", "A1", b"raw answer", True, "")
    asked = taken.body["asked"]
    assert (asked["path"], asked["status"], asked["headers"]) == ("/track/A1", 200, {"date": "today"})
    assert asked["requested_at"] == when("2026-06-01T13:00Z").isoformat()
    assert taken.body["policy"] == "amazon_aprl_de"
    assert taken.body["library"].startswith("retoure ")
    assert taken.body["label"]["number"] == "A1"
    assert [one["kind"] for one in taken.body["events"]] == ["ACCEPTED"]
    assert "Verdict: IN_TRANSIT" in taken.text
    assert "München" in taken.text


def test_each_snapshot_holds_the_hash_of_the_one_before(store, time):
    watch(store)
    read(store, time, ACCEPTED)
    read(store, time, ACCEPTED, HUB)
    read(store, time, ACCEPTED, HUB, DELIVERED)
    first, second = store.evidence("R1")
    assert (first.why, second.why) == ("first scan", "delivered")
    assert second.before == first.sha256 == second.body["before"]


def test_what_was_changed_shows(store, time):
    watch(store)
    read(store, time, ACCEPTED)
    read(store, time, ACCEPTED, DELIVERED)
    with store._premises.database.writing() as connection:
        payload = (
            connection.execute(text("SELECT payload FROM monitor_content WHERE what = 'evidence' ORDER BY id")).scalars().first()
        )
        changed = {"payload": bytes(payload).replace(b"ACCEPTED", b"HUB_SCAN"), "old": payload}
        connection.execute(text("UPDATE monitor_content SET payload = :payload WHERE payload = :old"), changed)
    assert [one.intact for one in store.evidence("R1")] == [False, True]


def test_a_snapshot_that_was_taken_out_shows(store, time):
    watch(store)
    for events in [(ACCEPTED,), (ACCEPTED, DELIVERED)]:
        read(store, time, *events)
    with store._premises.database.writing() as connection:
        connection.execute(text("DELETE FROM monitor_evidence WHERE place = 1"))
    assert [one.intact for one in store.evidence("R1")] == [False]


def test_a_revised_first_scan_is_kept(store, time):
    watch(store)
    read(store, time, HUB)
    earlier = event(Kind.DROPPED_OFF, "06-01 10:00", place=MUNICH)
    read(store, time, earlier, HUB)
    assert reasons(store) == ["first scan", "first scan revised"]


def test_the_first_answer_after_the_opening_is_kept_with_the_presumed_loss_and_the_recovery(store, time):
    watch(store)
    read(store, time, ACCEPTED)
    store.observe([RefundIssued(rma="R1", at=time.now)])
    time.now = when("06-21 23:00")
    read(store, time, ACCEPTED, raw=b"still nothing")
    read(store, time, ACCEPTED)
    time.now = when("06-25 12:00")
    read(store, time, ACCEPTED, event(Kind.DELIVERED, "06-25 11:00"))
    assert reasons(store) == ["first scan", "lost presumed, opening", "recovered"]
    assert store.evidence("R1")[1].raw == b"still nothing"


def test_a_read_that_fails_after_the_opening_is_kept_by_class_and_time_only(store, time):
    watch(store)
    read(store, time, ACCEPTED)
    store.observe([RefundIssued(rma="R1", at=time.now)])
    time.now = when("06-22 09:00")
    (held,) = lease(store)
    store.record([failure(held, time.now, ReadFailure.FAILED, FailureClass.TRANSIENT, message="canary")])
    taken = store.evidence("R1")[-1]
    assert taken.why == "indeterminate"
    assert taken.body["asked"]["failure"] == "FAILED"
    assert "canary" not in str(taken.body)


def test_a_snapshot_can_be_asked_for(store, time):
    watch(store)
    read(store, time, ACCEPTED, raw=b"raw answer")
    taken = store.snapshot("A1", why="claim bundle")
    assert (taken.place, taken.why, taken.raw) == (2, "claim bundle", b"raw answer")


def test_of_raw_answers_the_newest_is_kept_and_those_that_snapshots_rest_on(store, time):
    watch(store)
    read(store, time, ACCEPTED, raw=b"first scan")
    second, third = event(Kind.HUB_SCAN, "06-01 16:00"), event(Kind.HUB_SCAN, "06-01 17:00")
    read(store, time, ACCEPTED, second, raw=b"hub one")
    read(store, time, ACCEPTED, second, third, raw=b"hub two")
    with store._premises.database.reading() as connection:
        kept = connection.execute(text("SELECT payload FROM monitor_content WHERE what = 'raw' ORDER BY id")).scalars().all()
    assert [bytes(one) for one in kept] == [b"first scan", b"hub two"]


@pytest.mark.parametrize("change", ["why = 'never'", "number = 'ZZ'", "at = (SELECT max(watched_at) FROM monitor_case)"])
def test_a_row_that_says_something_else_than_its_body_shows(store, time, change):
    watch(store)
    read(store, time, ACCEPTED)
    with store._premises.database.writing() as connection:
        connection.execute(text(f"UPDATE monitor_evidence SET {change}"))
    assert [one.intact for one in store.evidence("R1")] == [False]


def test_a_raw_answer_replaced_together_with_its_digest_shows(store, time):
    watch(store)
    read(store, time, ACCEPTED, raw=b"raw answer")
    forged = {"raw": b"forged", "digest": hashlib.sha256(b"forged").hexdigest()}
    with store._premises.database.writing() as connection:
        connection.execute(text("UPDATE monitor_content SET payload = :raw, ref = :digest WHERE what = 'raw'"), forged)
        connection.execute(text("UPDATE monitor_evidence SET raw_digest = :digest"), {"digest": forged["digest"]})
    assert [one.intact for one in store.evidence("R1")] == [False]


@pytest.mark.parametrize(("gone", "intact"), [("place = 2", [True, False]), ("place > 0", [False])])
def test_last_snapshots_that_were_taken_out_show(store, time, gone, intact):
    watch(store)
    for events in [(ACCEPTED,), (ACCEPTED, DELIVERED)]:
        read(store, time, *events)
    last = store.evidence("R1")[-1]
    with store._premises.database.writing() as connection:
        connection.execute(text(f"DELETE FROM monitor_evidence WHERE {gone}"))
    found = store.evidence("R1")
    assert [one.intact for one in found] == intact
    assert (found[-1].place, found[-1].sha256, found[-1].body) == (2, last.sha256, None)
    assert [(one.why, one.at) for one in store.evidence("R1")][-1] == ("missing", None)
