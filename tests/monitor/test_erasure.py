"""Personal data are gone when they are told to go; open claims are kept, with the reason."""

from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import text

from retoure import ConfigurationError
from retoure.carrier.wire import Effect, HttpRequest, HttpResponse
from retoure.lifecycle import ClaimFiled, ClaimLife, ClaimUpdated, Push, RefundIssued
from retoure.model import Kind, Place, ReadFailure
from retoure.model.tracking import PushMessage
from retoure.monitor.reasons import FailureClass
from retoure.monitor.records import Exchange
from tests.lifecycle.builders import event, when
from tests.monitor.storing import ACCEPTED, DELIVERED, HUB, answer, failure, lease, types, watch, watch_each, write

PLANTED = [f"planted-{number:02}-canary" for number in range(50)]


def place_of(words):
    return Place(text=next(words), country="DE", postal_code=next(words), city=next(words))


def exchange_of(content):
    asked = HttpRequest(method="GET", url="https://carrier.example/track?key=canary", effect=Effect.READ)
    return Exchange(asked, HttpResponse(200, {}, content, when("06-01 15:00")))


def plant(store, time, rma="R1", number="A1"):
    """A return in which every string that can be personal is one of those planted."""
    words = iter(PLANTED)
    origin, destination = place_of(words), place_of(words)
    watch(store, number, rma=rma, origin=origin, destination=destination)
    events = [
        replace(one, text=next(words), location=place_of(words))
        for one in (ACCEPTED, event(Kind.UNKNOWN, "06-01 10:00"), HUB, event(Kind.READY_FOR_COLLECTION, "06-01 13:00"), DELIVERED)
    ]
    for count in range(1, 6):
        time.passes(hours=6)
        (held,) = lease(store)
        given = exchange_of(f"{next(words)} {count}".encode())
        told = {"destination": place_of(words)} if count == 1 else {}
        store.record([answer(held, time.now, *events[:count], exchange=given, digest=given.response.digest, **told)])
    store.refresh(number)
    store.record([failure(held, time.now, ReadFailure.FAILED, FailureClass.FAILED, message=next(words)) for held in lease(store)])
    pushed = replace(HUB, text=next(words), location=place_of(words))
    store.observe([Push(message=PushMessage(number, (pushed,), time.now))])
    store.observe([ClaimFiled(rma=rma, number=number, at=time.now, route="CARRIER", reference=next(words))])
    time.passes(minutes=1)
    settled = [ClaimUpdated(rma=rma, number=number, at=time.now, status=ClaimLife.WITHDRAWN, reference=word) for word in words]
    for one in settled:
        time.passes(minutes=1)
        store.observe([one.model_copy(update={"observed_at": time.now})])


def found_in(folder):
    content = b"".join(path.read_bytes() for path in folder.iterdir())
    return [word for word in PLANTED if word.encode() in content]


def test_erasing_leaves_none_of_the_personal_strings_in_the_database_file(file_store, time, tmp_path):
    plant(file_store, time)
    assert len(found_in(tmp_path)) == 49  # the words of a failed read are never kept
    erased = file_store.erase("R1")
    assert (erased.returns, dict(erased.kept)) == (("R1",), {})
    assert found_in(tmp_path) == []


def test_what_stays_after_erasing_are_numbers_codes_and_times(store, time):
    plant(store, time)
    before = store.show("R1")
    store.erase("R1")
    shown = store.show("A1")
    assert (shown.rma, shown.state, shown.case, shown.assessment) == ("R1", before.state, None, None)
    assert shown.erased_at is not None
    assert [one.signal["type"] for one in shown.signals] == [one.signal["type"] for one in before.signals]
    assert [(one.sha256, one.body, one.raw) for one in shown.evidence] == [(one.sha256, None, None) for one in before.evidence]
    assert shown.labels[0].stop_reason in ("DELIVERED", "ERASED")


def test_a_signal_that_nobody_had_yet_is_handed_out_without_places(store, time):
    plant(store, time)
    store.erase("R1")
    (first,) = store.signals({"first_scan"}, owner="me")
    assert (first.scan.location, first.number) == (Place(), "A1")
    (unmapped,) = store.signals({"unmapped_code"}, owner="me")
    assert (unmapped.code, unmapped.text) == ("UNKNOWN", "")


def test_an_open_claim_is_kept_and_told(store, time):
    watch(store)
    time.passes(hours=6)
    store.record([answer(held, time.now, ACCEPTED) for held in lease(store)])
    store.observe([RefundIssued(rma="R1", at=time.now)])
    time.now = when("06-23 09:00")
    store.record([answer(held, time.now, ACCEPTED) for held in lease(store)])
    erased = store.erase("R1")
    assert erased.returns == ()
    assert "a claim for A1 can be filed until 2026-07-" in erased.kept["R1"]
    store.observe([ClaimFiled(rma="R1", number="A1", at=time.now, route="AMAZON")])
    assert "filed and is not settled" in store.erase("R1").kept["R1"]
    time.passes(days=1)
    store.observe([ClaimUpdated(rma="R1", number="A1", at=time.now, status=ClaimLife.GRANTED)])
    assert store.erase("R1").returns == ("R1",)


def test_erasing_one_return_leaves_the_others(store, time):
    watch_each(store, "A1", "A2")
    erased = store.erase("R-A1", "", "unknown")
    assert (erased.returns, erased.unknown) == (("R-A1",), ("", "unknown"))
    assert store.case("R-A2").labels[0].number == "A2"


def test_a_return_without_an_rma_is_erased_by_its_number(store, time):
    watch(store, "A1", "A2", rma="")
    assert store.erase(" a 2 ").returns == ("A1",)
    assert store.show("A1").erased_at == time.now
    time.passes(days=1)
    assert store.erase("A1").returns == ("A1",)  # gone it is
    assert store.show("A1").erased_at < time.now


def test_a_number_that_several_accounts_watch_is_kept_and_told(store):
    watch(store, "A1", rma="")
    watch(store, "A1", rma="", account="other")
    assert store.erase("A1").kept == {"A1": "several returns had the number A1: name #1, #2"}


def test_a_number_that_several_returns_had_erases_none_of_them_until_one_is_named(store, time):
    for rma in ("", "R2"):
        watch(store, "A1", rma=rma)
        store.stop("A1")
    assert store.erase("A1").kept == {"A1": "several returns had the number A1: name #1, R2"}
    assert store.erase("#1").returns == ("A1",)
    assert store.show("#1").erased_at == time.now
    assert store.show("R2").erased_at is None
    assert store.erase("A1").returns == ("R2",)
    assert store.erase("#2").unknown == ("#2",)


@pytest.mark.parametrize("what", ["labels", "report"])
def test_a_return_that_cannot_be_read_is_kept_and_told_and_the_others_are_purged(store, time, what):
    watch_each(store, "A1", "A2")
    time.passes(hours=6)
    store.record([answer(held, time.now, ACCEPTED, DELIVERED) for held in lease(store)])
    time.passes(days=1)
    of_first = "case_id = (SELECT min(id) FROM monitor_case)"
    write(store, f"UPDATE monitor_content SET payload = :bad WHERE what = '{what}' AND {of_first}", bad=b"{canary")
    erased = store.purge(time.now)
    assert (erased.returns, list(erased.kept)) == (("R-A2",), ["R-A1"])
    assert "the return R-A1 cannot be read from the monitor's store" in erased.kept["R-A1"]
    assert "canary" not in erased.kept["R-A1"]


def test_nothing_is_left_of_a_signal_that_cannot_be_read(store, time):
    watch(store)
    time.passes(hours=6)
    store.record([answer(held, time.now, ACCEPTED) for held in lease(store)])
    write(store, "UPDATE monitor_signal SET body = '{canary'")
    assert store.erase("R1").returns == ("R1",)
    with store._premises.database.reading() as connection:
        assert set(connection.execute(text("SELECT body FROM monitor_signal")).scalars()) == {"{}"}


def test_a_raw_answer_about_several_returns_goes_with_the_first_that_is_erased(store, time):
    watch_each(store, "A1", "A2")
    time.passes(hours=6)
    given = exchange_of(b"A1 Max, A2 Moritz")
    held = lease(store)
    store.record([answer(one, time.now, ACCEPTED, DELIVERED, exchange=given, digest=given.response.digest) for one in held])
    assert store.evidence("R-A2")[0].raw is not None
    store.erase("R-A1")
    (kept,) = store.evidence("R-A2")
    assert (kept.raw, kept.intact) == (None, True)


def test_nothing_can_be_added_to_an_erased_return(store, time):
    watch(store)
    store.erase("R1")
    with pytest.raises(ConfigurationError, match="R1 was erased"):
        store.observe([RefundIssued(rma="R1", at=time.now)])
    with pytest.raises(ConfigurationError, match="was erased"):
        store.case("R1")
    with pytest.raises(ConfigurationError, match="was erased"):
        store.snapshot("R1")


def test_an_answer_that_was_under_way_while_its_return_was_erased_leaves_no_content(store, time):
    watch(store)
    held = lease(store)
    store.erase("R1")
    recorded = store.record([answer(one, time.now, replace(ACCEPTED, text="canary")) for one in held])
    assert recorded.signals == ()
    assert lease(store) == ()
    assert "canary" not in store.show("R1").model_dump_json()


def test_purging_takes_what_was_over_before_and_leaves_the_rest(store, time):
    watch_each(store, "A1", "A2")
    time.passes(hours=6)
    first, second = lease(store)
    store.record([answer(first, time.now, ACCEPTED, DELIVERED), answer(second, time.now, ACCEPTED)])
    assert store.purge(time.now).returns == ()
    time.passes(days=1)
    assert store.purge(time.now).returns == ("R-A1",)
    assert types([one for one in store.signals(owner="me") if one.number == "A2"]) == ["first_scan"]


def test_purging_before_a_naive_time_is_refused(store):
    with pytest.raises(ConfigurationError, match="aware"):
        store.purge(datetime(2026, 3, 5))  # noqa: DTZ001 - that is the point
