"""Buying without books: keys hold within this process and no further."""

from collections import OrderedDict
from dataclasses import replace
from datetime import UTC, datetime
from threading import Lock
from typing import Any

from retoure.model.labels import Label
from retoure.model.pickups import Pickup
from retoure.purchases.digest import order_digest
from retoure.purchases.entries import (
    Bought,
    Entered,
    Entry,
    Order,
    Overtaken,
    Seller,
    State,
    Step,
    check_move,
    may_depart,
    may_give_up,
    next_step,
    number_of,
    stands_for,
)

_NEVER = datetime.max.replace(tzinfo=UTC)


class Unprotected:
    """No books: spelled out by whoever accepts that a crash forgets what was bought.

    Within one process a key still buys once: the same order again returns the stored label, concurrent callers wait for the
    first, another order is a :class:`PurchaseConflict`, and a lost purchase is looked up before anyone buys again.
    After a crash, in another process, or beyond the last ``remember`` purchases, nothing is known and the same key buys again.
    """

    def __init__(self, *, remember: int = 1000) -> None:
        self._remember = remember
        self._entries: OrderedDict[str, tuple[Entry, Bought | None]] = OrderedDict()
        self._lock = Lock()

    def __repr__(self) -> str:
        return "Unprotected()"

    def enter(self, order: Order, seller: Seller, owner: str, lease_s: float) -> Entered:
        """Take the key if it is to be had. Its lease does not run out: whoever holds it dies with the process."""
        digest = order_digest(order)
        with self._lock:
            entry, bought = self._entries.get(order.key, (None, None))
            step = next_step(entry, account=order.account, digest=digest, owner=owner, now=datetime.now(UTC))
            if step in (Step.BUY, Step.LOOK_UP):
                new = Entry(key=order.key, account=order.account, digest=digest, state=State.OPEN)
                self._entries[order.key] = replace(entry or new, owner=owner, lease_until=_NEVER), bought
                self._forget()
        return Entered(step, entry.attempted_at if entry else None, bought)

    def departing(self, key: str, owner: str, at: datetime, lease_s: float) -> None:
        """Remember that the order leaves now."""
        with self._lock:
            entry, _ = self._entries.get(key, (None, None))
            if entry is None or not may_depart(entry, owner):
                raise Overtaken
            self._set(key, owner=owner, attempted_at=at)

    def renew(self, key: str, owner: str, lease_s: float) -> None:
        """Nothing: a lease does not run out."""

    def keep(self, key: str, owner: str, bought: Bought, attempted_at: datetime | None) -> Bought | None:
        """Remember what was bought."""
        with self._lock:
            entry, before = self._entries.get(key, (None, None))
            if entry is None or not stands_for(entry, owner=owner, attempted_at=attempted_at):
                return before if entry else bought
            self._entries[key] = replace(entry, state=State.BOUGHT, owner="", lease_until=None), bought
        return bought

    def free(self, key: str, owner: str) -> None:
        """Forget an attempt that bought nothing."""
        with self._lock:
            if self._is_of(key, owner):
                del self._entries[key]

    def release(self, key: str, owner: str, candidates: tuple[str, ...] = ()) -> None:
        """Leave the outcome open, for whoever asks next."""
        with self._lock:
            if self._is_of(key, owner):
                self._set(key, owner="", lease_until=None)

    def clear(self, key: str, owner: str, lease_s: float, *, lost: bool) -> None:
        """Close the attempt that has left, so that the key can be bought again."""
        with self._lock:
            if self._is_of(key, owner):
                self._set(key, attempted_at=None)

    def get(self, key: str) -> Bought | None:
        """What the key bought in this process, if it did and it was not given up."""
        with self._lock:
            entry, bought = self._entries.get(key, (None, None))
            return bought if entry is not None and entry.state is State.BOUGHT else None

    def give_up(self, bought: Bought, state: State, owner: str, result: str = "") -> bool:
        """Remember how far giving something up has come."""
        with self._lock:
            entry, before = self._entries.get(bought.key, (None, None))
            if entry is None or before is None or number_of(before) != number_of(bought):
                return False
            if not may_give_up(entry, state, owner):
                return False
            self._set(bought.key, state=state, owner=owner if state is State.VOIDING else "")
            return entry.state is State.VOIDING

    def moving(self, pickup: Pickup, owner: str, at: datetime, lease_s: float) -> bool:
        """Remember that a pickup is about to be moved."""
        with self._lock:
            entry, before = self._entries.get(pickup.key, (None, None))
            if entry is None:
                return False
            check_move(entry, number_of(before) if before is not None else None, pickup, owner)
            self._set(pickup.key, state=State.OPEN, owner=owner, lease_until=_NEVER, attempted_at=at)
        return True

    def stay(self, key: str, owner: str, *, cancelled: bool) -> None:
        """Remember that a pickup could not be moved."""
        with self._lock:
            if self._is_of(key, owner):
                state = State.VOIDED if cancelled else State.BOUGHT
                self._set(key, state=state, owner="", lease_until=None, attempted_at=None)

    def adopt(self, label: Label) -> None:
        """Nothing: a label that was bought elsewhere has no key."""

    def close(self) -> None:
        """Nothing: what was bought is remembered for as long as the process lives."""

    def _is_of(self, key: str, owner: str) -> bool:
        entry, _ = self._entries.get(key, (None, None))
        return entry is not None and entry.state is State.OPEN and entry.owner == owner

    def _set(self, key: str, **changes: Any) -> None:  # noqa: ANN401 - fields of an entry
        entry, bought = self._entries[key]
        self._entries[key] = replace(entry, **changes), bought

    def _forget(self) -> None:
        """Forget the oldest that is settled; what may still happen is never forgotten."""
        while len(self._entries) > self._remember:
            oldest = next((key for key, (entry, _) in self._entries.items() if entry.state is not State.OPEN), None)
            if oldest is None:
                return
            del self._entries[oldest]
