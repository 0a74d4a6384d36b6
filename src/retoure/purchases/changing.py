"""Changing what was bought: a pickup moved, a label voided, a pickup cancelled - written down before it is asked for.

The steps are run like those of buying. What is not on the books is changed all the same; nothing is written then.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any, TypeVar
from uuid import uuid4

from retoure.errors import BooksError, ConfigurationError, OutcomeUnknown, RetoureError
from retoure.model.labels import Label, VoidResult
from retoure.model.pickups import CancelResult, Pickup
from retoure.purchases.entries import Books, State
from retoure.purchases.steps import Deed, Departures, Steps

J = TypeVar("J")


class _Change:
    """Tells the books whenever a request of a change leaves."""

    def __init__(self, note: Callable[[datetime], Any]) -> None:
        self._note = note
        self.noted: Any = None

    def leaves(self, at: datetime) -> None:
        """Write it down, and again for a later request: the lease is taken anew."""
        self.noted = self._note(at)

    def did_nothing(self) -> None:
        """Nothing: it is written down how the change as a whole has ended."""


def moving(books: Books, pickup: Pickup, move: Callable[[Departures], J], lease_s: float, cancelled: Callable[[], bool]) -> Steps:
    """Move a pickup. From its first departure until its outcome is known its key is open, like a purchase under way.

    ``cancelled`` tells of a move that failed whether the carrier, which moves by cancelling and booking anew, had cancelled.

    Raises:
        PurchaseConflict: the key stands for another pickup by now, or for none.
        OutcomeUnknown: it may have been moved: whoever asks for the key next looks it up.
        BooksError: the books cannot be read or written; where it was moved all the same, ``bought`` is the pickup.
        CarrierError: anything else; it was not moved.
    """
    owner = uuid4().hex
    change = _Change(lambda at: (books.moving(pickup, owner, at, lease_s), at))
    try:
        moved: Pickup = yield move(change)
    except GeneratorExit:
        with suppress(BooksError):  # then the lease ends by itself
            books.release(pickup.key, owner)
        raise
    except OutcomeUnknown:
        yield from _quietly(partial(books.release, pickup.key, owner))
        raise
    except (RetoureError, ConfigurationError):
        if change.noted:
            yield from _quietly(partial(books.stay, pickup.key, owner))
            if cancelled():
                yield from _quietly(partial(books.give_up, pickup, State.VOIDED, CancelResult.CANCELLED))
        raise
    on_books, left_at = change.noted or (False, None)
    if on_books:
        try:
            yield Deed(partial(books.keep, pickup.key, owner, moved, left_at))
        except BooksError as error:
            error.bought = error.bought or moved
            raise
    return moved


def giving_up(books: Books, bought: Label | Pickup, give_up: Callable[[Departures], J]) -> Steps:
    """Void a label, or cancel a pickup. From its departure on it is not handed out, unless the carrier refuses.

    Raises:
        BooksError: the books cannot be written. If that is so after the carrier's answer, ask again: twice is as once.
        CarrierError: it was refused, or with ``OutcomeUnknown`` it may have been done.
    """
    change = _Change(lambda _at: books.give_up(bought, State.VOIDING))
    try:
        result: VoidResult | CancelResult = yield give_up(change)
    except OutcomeUnknown:
        raise
    except (RetoureError, ConfigurationError):
        yield from _quietly(partial(books.give_up, bought, State.BOUGHT))
        raise
    state = State.BOUGHT if result is VoidResult.TOO_LATE else State.VOIDED
    yield Deed(partial(books.give_up, bought, state, str(result)))
    return result


def _quietly(do: Callable[[], None]) -> Steps:
    """Write it down if that can be done: the error that led here is told."""
    try:
        yield Deed(do)
    except BooksError:
        return
