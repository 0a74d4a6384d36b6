"""What came of asking is written down once, with all that follows from it."""

from datetime import timedelta

import pytest

from retoure.errors import ConfigurationError
from retoure.lifecycle import FailedRead, Read, RefundIssued, ReturnCase, SameRead, State, WarehouseReceipt, signals_of
from retoure.model import Kind, ReadFailure
from retoure.monitor.reasons import FailureClass, Reason
from retoure.monitor.records import Watch
from tests.lifecycle.builders import event, when
from tests.monitor.storing import (
    ACCEPTED,
    DELIVERED,
    HOURS,
    HUB,
    POLICY,
    answer,
    failure,
    label,
    lease,
    log_of,
    number,
    numbers,
    types,
    watch,
)


def told(store, *signal_types):
    return types(store.signals(signal_types or None, owner="test", limit=1000))


def next_read(store, time, *events, **more):
    """Six hours pass, and the label is read."""
    time.passes(hours=6)
    (held,) = lease(store)
    return store.record([answer(held, time.now, *events, **more)])


def row_of(store, plain="A1"):
    from sqlalchemy import select

    from retoure.monitor.tables import label as labels

    with store._premises.database.reading() as connection:
        return connection.execute(select(labels).where(labels.c.number == plain)).one()


def test_a_first_scan_is_told_and_the_next_read_is_planned(store, time):
    watch(store)
    recorded = next_read(store, time, ACCEPTED)
    assert (types(recorded.signals), recorded.folded, recorded.unchanged) == (["first_scan"], 1, 0)
    assert lease(store) == ()
    assert row_of(store).next_poll_at == time.now + 6 * HOURS
    assert store.show("R1").state == State.IN_TRANSIT


def test_an_answer_that_tells_nothing_new_is_a_bare_row(store, time, planner):
    watch(store)
    next_read(store, time, ACCEPTED)
    looked = planner.looked
    recorded = next_read(store, time, ACCEPTED)
    assert (recorded.unchanged, recorded.folded, recorded.signals) == (1, 0, ())
    assert planner.looked == looked
    assert [type(one) for one in log_of(store)] == [Read, SameRead]


def test_the_log_gives_the_same_case_as_one_that_was_told_everything(store, time):
    watch(store)
    reads = []
    for events in [(), (ACCEPTED,), (ACCEPTED,), (ACCEPTED, HUB), (ACCEPTED, HUB), (ACCEPTED, HUB, DELIVERED)]:
        time.passes(hours=6)
        (held,) = lease(store)
        outcome = answer(held, time.now, *events)
        reads.append(outcome.observation)
        store.record([outcome])
    from retoure.lifecycle import ReturnCase

    case = ReturnCase(rma="R1", labels=(label(),), observations=tuple(reads))
    assert store.case("R1") == case
    assert [one.id for one in signals_of(case)] == [one.signal["id"] for one in store.show("R1").signals]


def test_another_process_takes_the_case_over_where_the_first_left_it(store, other, time):
    watch(store)
    for one, events in [
        (store, (ACCEPTED,)),
        (store, (ACCEPTED,)),
        (other, (ACCEPTED, HUB)),
        (store, (ACCEPTED, HUB, DELIVERED)),
    ]:
        next_read(one, time, *events)
    assert told(store) == ["first_scan"]
    assert [one.signal["type"] for one in store.show("R1").signals] == ["first_scan", "delivered", "refund_due"]
    assert len(log_of(store)) == 4


def test_recording_again_changes_nothing(store, time):
    watch(store)
    time.passes(hours=6)
    outcomes = [answer(held, time.now, ACCEPTED) for held in lease(store)]
    store.record(outcomes)
    before = store.show("R1")
    recorded = store.record(outcomes)
    assert (recorded.signals, recorded.overtaken) == ((), 1)
    assert store.show("R1") == before


def test_an_outcome_that_comes_after_its_lease_was_taken_over_is_logged_once(store, other, time):
    watch(store)
    time.passes(hours=6)
    (mine,) = lease(store)
    late = answer(mine, time.now, ACCEPTED)
    time.passes(hours=1)
    (theirs,) = lease(other)
    assert store.record([late]).overtaken == 1
    assert store.record([late]).overtaken == 1
    assert len(log_of(store)) == 1
    assert lease(store) == ()  # it is still theirs
    assert other.record([answer(theirs, time.now, ACCEPTED)]).overtaken == 0
    assert [type(one) for one in log_of(store)] == [Read, SameRead]
    assert told(store) == ["first_scan"]


def test_an_older_answer_that_comes_late_is_put_where_it_belongs(store, other, time):
    watch(store)
    time.passes(hours=6)
    (mine,) = lease(store)
    late = answer(mine, time.now, ACCEPTED)
    time.passes(hours=1)
    (theirs,) = lease(other)
    other.record([answer(theirs, time.now, ACCEPTED, HUB)])
    store.record([late])
    assert [len(one.report.events) for one in log_of(store)] == [1, 2]


def test_a_short_read_is_written_with_the_answer_that_it_names(store, time):
    watch(store)
    for events in ((ACCEPTED,), (ACCEPTED,), (ACCEPTED, HUB), (ACCEPTED, HUB)):
        next_read(store, time, *events)
    told = log_of(store)
    early, newest = (one for one in told if isinstance(one, SameRead))
    apart = [short.model_copy(update={"observed_at": short.observed_at + HOURS}) for short in (early, newest)]
    for _ in range(2):
        time.passes(hours=3)
        store.observe(apart)
    case = store.case("R1")
    assert log_of(store) == list(case.observed(*told, *apart).observations)
    assert [one.type for one in case.observations] == ["read", "same_read", "same_read", "read", "same_read", "same_read"]


def test_a_read_that_fails_is_a_bare_row_and_counts(store, time):
    watch(store)
    next_read(store, time, ACCEPTED)
    for _ in range(2):
        time.passes(hours=6)
        recorded = store.record([failure(held, time.now, message="Max Mustermann") for held in lease(store)])
        assert recorded.unchanged == 1
    row = row_of(store)
    assert (row.attempts, row.last_error_class, row.last_success_at) == (2, "TRANSIENT", time.now - 12 * HOURS)
    last = log_of(store)[-1]
    assert isinstance(last, FailedRead)
    assert (last.failure.reason, last.failure.message, last.failure.carrier) == (ReadFailure.FAILED, "", "dhl_paket")


def test_the_planner_is_told_how_the_label_was_read(store, time, planner):
    watch(store)
    next_read(store, time, ACCEPTED)
    next_read(store, time, ACCEPTED)
    last = planner.seen[-1]
    assert (last.asked_at, last.reason, last.failures, last.today) == (time.now, Reason.MOVING, 0, 2)


def test_reads_are_counted_by_the_day(store, time, planner):
    watch(store)
    for _ in range(5):
        next_read(store, time, ACCEPTED)
    assert [reads.today for reads in planner.seen[-3:]] == [1, 2, 3]  # from 03:00 in Berlin, after midnight UTC


def test_an_account_that_rests_is_waited_for(store, time):
    watch(store)
    time.passes(hours=6)
    (held,) = lease(store)
    outcome = failure(held, time.now, kind=FailureClass.BURST)
    from dataclasses import replace

    store.record([replace(outcome, not_before=time.now + 9 * HOURS)])
    assert row_of(store).next_poll_at == time.now + 9 * HOURS


def test_a_delivered_label_is_read_no_more(store, time):
    watch(store)
    next_read(store, time, ACCEPTED, DELIVERED)
    row = row_of(store)
    assert (row.stopped_at, row.stop_reason, row.due_at) == (time.now, "DELIVERED", None)
    time.passes(days=100)
    assert lease(store) == ()


def test_a_successor_is_read_from_then_on(store, time):
    watch(store)
    recorded = next_read(store, time, ACCEPTED, successor="B2")
    assert recorded.added == ("B2",)
    assert numbers(lease(store)) == ["B2"]
    time.passes(minutes=1)
    relabelled = event(Kind.HUB_SCAN, "06-01 14:40")
    time.passes(hours=1)
    held = lease(store)
    store.record([answer(one, time.now, relabelled) for one in held if number(one) == "B2"])
    assert {label.number: label.successor_of for label in store.case("R1").labels} == {"A1": "", "B2": "A1"}


def test_a_number_that_names_itself_as_successor_is_believed_in_all_else(store, time):
    watch(store)
    recorded = next_read(store, time, ACCEPTED, successor="A1")
    assert types(recorded.signals) == ["first_scan"]


def test_several_labels_of_a_return_are_one_case(store, time):
    watch(store, "A1", "A2")
    time.passes(hours=6)
    recorded = store.record([answer(held, time.now, ACCEPTED) for held in lease(store)])
    assert types(recorded.signals) == ["first_scan", "first_scan", "duplicate_label"]
    assert recorded.folded == 1


def test_the_same_answer_is_folded_once_anything_may_come_due(store, time, planner):
    planner.quiet = timedelta(days=2)
    watch(store)
    next_read(store, time, ACCEPTED)
    assert next_read(store, time, ACCEPTED).unchanged == 1
    time.passes(days=2)
    assert next_read(store, time, ACCEPTED).folded == 1


def test_a_parcel_without_news_counts_as_lost_by_a_read_after_the_opening(store, time):
    watch(store)
    next_read(store, time, ACCEPTED)
    store.observe([RefundIssued(rma="R1", at=time.now)])
    time.now = when("06-21 20:00")
    next_read(store, time, ACCEPTED)
    assert "lost_presumed" in [one.signal["type"] for one in store.show("R1").signals]


def test_the_calendar_brings_signals_without_a_read(store, time, planner):
    planner.quiet = timedelta(days=1)
    watch(store, expires_on=when("06-10 00:00").date())
    next_read(store, time)
    assert store.tick() == store.tick()
    time.now = when("06-09 12:00")
    assert types(store.tick().signals) == ["label_expiring"]
    assert store.tick().signals == ()


def test_what_waits_for_an_answer_is_left_to_its_reads_and_not_to_the_clock(store, time, planner):
    watch(store)
    time.now = when("07-02 12:00")
    (held,) = lease(store)
    store.record([failure(held, time.now)])
    assert store.next_due([]) == time.now + planner.quiet


def test_a_return_that_is_watched_again_gets_the_labels_added(store, time):
    watch(store, "A1")
    next_read(store, time, ACCEPTED)
    watch(store, "A1", "A2")
    watch(store, "A1", "A2")
    assert [label.number for label in store.case("R1").labels] == ["A1", "A2"]
    assert numbers(lease(store)) == ["A2"]
    assert len(log_of(store)) == 1


def test_a_return_is_taken_in_with_what_was_observed_elsewhere(store, time):
    from retoure.lifecycle import ReturnCase

    watch(store)
    for events in [(ACCEPTED,), (ACCEPTED,), (ACCEPTED, HUB)]:
        next_read(store, time, *events)
    case = store.case("R1")
    moved = ReturnCase(rma="R2", labels=(label("A1", account="other"),), observations=case.observations)
    store.watch([Watch(moved, POLICY)])
    assert store.case("R2") == moved
    assert [one.signal["type"] for one in store.show("R2").signals] == ["first_scan"]


def test_a_number_that_another_return_still_watches_is_refused(store):
    watch(store, "A1")
    from retoure.lifecycle import ReturnCase

    (refused,) = store.watch([Watch(ReturnCase(rma="R2", labels=(label(" a1 "),)), POLICY)])
    assert "watched for the return R1" in refused.refused
    assert store.status().returns == 1


def test_a_number_is_used_again_after_its_return_was_over(store, time):
    watch(store, "A1")
    next_read(store, time, ACCEPTED, DELIVERED)
    time.passes(days=100)
    watch(store, "A1", rma="R2", issued_at=time.now)
    assert next_read(store, time, event(Kind.ACCEPTED, time.now)).signals[0].rma == "R2"
    assert store.show("A1").rma == "R2"


def test_a_number_that_no_carrier_has_is_refused_and_the_others_are_taken(store):
    cases = [ReturnCase(rma=f"R{index}", labels=(label(text),)) for index, text in enumerate(["A1", "<script>", "A3"])]
    taken = store.watch([Watch(case, POLICY) for case in cases])
    assert [bool(one.refused) for one in taken] == [False, True, False]
    assert "number" in taken[1].refused
    assert "<script>" not in taken[1].refused
    assert store.status().active == 2


def test_a_label_that_was_created_in_days_to_come_is_refused_and_the_others_are_taken(store, time):
    fine, ahead = (label(number, issued_at=time.now + timedelta(hours=hours)) for number, hours in (("A1", 23), ("A2", 25)))
    watches = [Watch(ReturnCase(rma=f"R-{one.number}", labels=(one,)), POLICY) for one in (ahead, fine)]
    refused, taken = store.watch(watches)
    assert "the label A2 was created at 2026-06-02" in refused.refused
    assert (taken.added, taken.refused) == (("A1",), "")


def test_what_was_learned_in_days_to_come_is_refused_and_moves_no_read(store, time):
    watch(store)
    before = store.show("R1")
    ahead = RefundIssued(rma="R1", at=time.now + timedelta(days=365))
    with pytest.raises(ConfigurationError, match="an observation of type refund_issued was learned at 2027-06-01"):
        store.observe([ahead])
    (refused,) = store.watch([Watch(ReturnCase(rma="R1", labels=(label(),), observations=(ahead,)), POLICY)])
    assert "lies ahead" in refused.refused
    assert store.show("R1") == before


@pytest.mark.parametrize("rma", ["R1", ""])
def test_what_the_merchant_knows_is_folded_and_planned_anew(store, time, rma):
    watch(store)
    next_read(store, time, ACCEPTED)
    receipt = WarehouseReceipt(rma=rma, number="A1", at=time.now)
    assert types(store.observe([receipt]).signals) == ["delivered", "refund_due"]
    assert store.observe([receipt]).signals == ()
    assert len(log_of(store)) == 2


def test_an_answer_that_was_under_way_while_the_merchant_told_something_is_folded(store, time):
    watch(store)
    next_read(store, time, ACCEPTED)
    time.passes(hours=6)
    (held,) = lease(store)
    store.observe([RefundIssued(rma="R1", at=time.now)])
    assert store.record([answer(held, time.now + timedelta(seconds=1), ACCEPTED)]).folded == 1


def test_a_label_can_be_read_once_by_hand_after_its_end(store, time):
    watch(store)
    next_read(store, time, ACCEPTED, DELIVERED)
    store.refresh("A1")
    (held,) = lease(store)
    assert held.reason is Reason.ASKED
    store.record([answer(held, time.now, ACCEPTED, DELIVERED)])
    assert row_of(store).stop_reason == "DELIVERED"


def test_a_label_that_was_stopped_by_hand_is_read_again_only_when_asked(store, time):
    watch(store)
    store.stop("A1")
    time.passes(days=1)
    assert lease(store) == ()
    store.refresh("A1")
    store.record([answer(held, time.now, ACCEPTED) for held in lease(store)])
    time.passes(days=1)
    assert lease(store) == ()
    assert row_of(store).stop_reason == "BY_HAND"


def test_an_answer_whose_label_was_stopped_meanwhile_does_not_revive_it(store, time):
    watch(store)
    (held,) = lease(store)
    store.stop("A1")
    store.record([answer(held, time.now, ACCEPTED)])
    assert row_of(store).stopped_at is not None
