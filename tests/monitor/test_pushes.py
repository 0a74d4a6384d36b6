"""A message makes its label due at once, and counts when a read confirms it."""

import pytest

from retoure import ConfigurationError
from retoure.lifecycle import Push, RefundIssued
from retoure.model.tracking import PushMessage
from retoure.monitor.reasons import Reason
from tests.monitor.storing import ACCEPTED, DELIVERED, answer, lease, log_of, types, watch


def push(time, *events, number="A1", message_id="M1"):
    return Push(message=PushMessage(number, events, time.now, message_id))


def read(store, time, *events):
    return store.record([answer(held, time.now, *events) for held in lease(store)])


def test_a_message_makes_its_label_due_at_once(store, time):
    watch(store)
    read(store, time)
    assert store.observe([push(time, ACCEPTED)]).signals == ()
    (held,) = lease(store)
    assert held.reason is Reason.PUSHED
    time.passes(seconds=1)
    assert types(store.record([answer(held, time.now, ACCEPTED)]).signals) == ["first_scan"]


def test_a_message_that_is_trusted_counts_at_once(store, time):
    watch(store, trust_push=True)
    assert types(store.observe([push(time, ACCEPTED)]).signals) == ["first_scan"]


def test_a_message_that_is_delivered_again_is_logged_once(store, time):
    watch(store)
    store.observe([push(time, ACCEPTED)])
    time.passes(minutes=1)
    store.observe([push(time, ACCEPTED)])
    assert len(log_of(store)) == 1


def test_a_message_revives_a_label_that_is_read_no_more(store, time):
    watch(store)
    read(store, time, ACCEPTED, DELIVERED)
    time.passes(days=1)
    store.observe([push(time, ACCEPTED)])
    assert len(lease(store)) == 1


def test_whatever_else_is_learned_leaves_a_label_due_that_a_message_came_of(store, time):
    watch(store, rma="RMA-1")
    read(store, time, ACCEPTED, DELIVERED)
    time.passes(days=1)
    store.observe([push(time, ACCEPTED)])
    store.observe([RefundIssued(rma="RMA-1", at=time.now)])
    (held,) = lease(store)
    assert held.reason is Reason.PUSHED


def test_a_message_that_comes_while_its_label_is_being_asked_for_makes_it_due_again(store, time):
    watch(store)
    (held,) = lease(store)
    time.passes(seconds=1)
    store.observe([push(time, ACCEPTED)])
    assert lease(store) == ()
    store.record([answer(held, time.now)])
    assert [one.reason for one in lease(store)] == [Reason.PUSHED]


def test_what_is_of_no_watched_return_is_refused(store, time):
    with pytest.raises(ConfigurationError, match="X9 is not watched"):
        store.observe([push(time, ACCEPTED, number="X9")])
    with pytest.raises(ConfigurationError, match="R9 is not watched"):
        store.observe([RefundIssued(rma="R9", at=time.now)])


def test_a_number_of_several_accounts_needs_the_account(store, time):
    watch(store, "A1")
    watch(store, "A1", rma="R2", account="other")
    with pytest.raises(ConfigurationError, match=r"several accounts \(dhl, other\)"):
        store.observe([push(time, ACCEPTED)])
    store.observe([push(time, ACCEPTED)], account="other")
    assert len(log_of(store, "R2")) == 1
