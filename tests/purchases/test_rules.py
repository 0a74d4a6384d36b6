"""The rules of buying once, without any I/O."""

from datetime import UTC, datetime, timedelta

import pytest

from retoure import PurchaseConflict
from retoure.purchases.entries import Entry, State, Step, may_depart, next_step, stands_for

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
LATER, BEFORE = NOW + timedelta(seconds=1), NOW - timedelta(seconds=1)


def entry(state=State.OPEN, **fields):
    return Entry(**{"key": "k", "account": "a", "digest": "d", "state": state, **fields})


def step(known, *, account="a", digest="d", owner="me"):
    return next_step(known, account=account, digest=digest, owner=owner, now=NOW)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (None, Step.BUY),
        (entry(State.BOUGHT), Step.RETURN),
        (entry(owner="other", lease_until=LATER), Step.WAIT),
        (entry(owner="other", lease_until=LATER, attempted_at=BEFORE), Step.WAIT),
        (entry(owner="other", lease_until=NOW), Step.BUY),
        (entry(owner="other", lease_until=BEFORE, attempted_at=BEFORE), Step.LOOK_UP),
        (entry(attempted_at=BEFORE), Step.LOOK_UP),
        (entry(owner="me", lease_until=LATER), Step.BUY),
        (entry(owner="me", lease_until=LATER, attempted_at=BEFORE), Step.LOOK_UP),
    ],
)
def test_what_to_do_about_a_key(known, expected):
    assert step(known) is expected


@pytest.mark.parametrize("state", State)
def test_another_order_is_a_conflict_in_whatever_state_the_key_is(state):
    with pytest.raises(PurchaseConflict, match="another order"):
        step(entry(state), digest="other")


@pytest.mark.parametrize("state", State)
def test_another_account_is_a_conflict_that_names_it(state):
    with pytest.raises(PurchaseConflict, match="account 'a'"):
        step(entry(state), account="b")


@pytest.mark.parametrize(
    ("known", "may"),
    [
        (entry(owner="me"), True),
        (entry(owner="me", attempted_at=BEFORE), True),  # again, after it was turned away
        (entry(owner="other", lease_until=LATER), True),  # another is about to, and was not first
        (entry(owner="other", attempted_at=BEFORE), False),
        (entry(State.BOUGHT, owner="me"), False),
        (entry(State.VOIDED, owner="me"), False),
    ],
)
def test_whether_an_order_may_depart(known, may):
    assert may_depart(known, "me") is may


def test_what_was_given_up_is_not_handed_out_again():
    with pytest.raises(PurchaseConflict, match="voided"):
        step(entry(State.VOIDED))


@pytest.mark.parametrize(
    ("known", "stands"),
    [
        (None, True),
        (entry(owner="me", attempted_at=BEFORE), True),
        (entry(owner="other", attempted_at=BEFORE), True),  # it looks mine up
        (entry(owner="other"), True),  # it has nothing under way
        (entry(owner="other", attempted_at=NOW), False),  # its own order has left
        (entry(State.BOUGHT), False),
        (entry(State.VOIDED), False),
    ],
)
def test_whether_what_came_late_is_what_the_key_stands_for(known, stands):
    assert stands_for(known, owner="me", attempted_at=BEFORE) is stands
