"""Changing what was bought: a pickup moved, a label voided, a pickup cancelled - written down before it is asked for.

The steps are run like those of buying. What is not on the books is changed all the same; nothing is written then.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Any, TypeVar
from uuid import uuid4

from retoure.errors import BooksError, ConfigurationError, OutcomeUnknown, RequestRejected, RetoureError
from retoure.model.labels import Label, VoidResult
from retoure.model.pickups import CancelResult, Pickup
from retoure.purchases.entries import Books, State
from retoure.purchases.steps import Deed, Departures, Steps

J = TypeVar("J")


class _Change:
    """Tells the books whenever a request of a change leaves.

    Attributes:
        noted: What the books said to each departure.
        in_doubt: A request left while it was not known what an earlier one had done: a refusal of the later one proves nothing.
    """

    def __init__(self, note: Callable[[datetime], Any]) -> None:
        self._note = note
        self._out = False
        self.noted: list[Any] = []
        self.in_doubt = False

    def leaves(self, at: datetime) -> None:
        """Write it down, and again for a later request: the lease is taken anew."""
        self.noted.append(self._note(at))
        self.in_doubt = self.in_doubt or self._out
        self._out = True

    def did_nothing(self) -> None:
        """Write nothing: that is done when the change as a whole has ended."""
        self._out = False

    def goes_on(self) -> None:
        """Write nothing: what reads does not change."""


def moving(books: Books, pickup: Pickup, move: Callable[[Departures], J], lease_s: float, cancelled: Callable[[], bool]) -> Steps:
    """Move a pickup. From its first departure until its outcome is known its key is open, like a purchase under way.

    ``cancelled`` tells of a move that failed whether the carrier, which moves by cancelling and booking anew, had cancelled.
    Where a try lost its answer and the next one was refused, it may have been moved: the key stays open.

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
    except (RetoureError, ConfigurationError) as error:
        gone = cancelled() or _was_cancelled(error)
        if change.in_doubt and not gone:
            yield from _quietly(partial(books.release, pickup.key, owner))
        elif change.noted:
            yield from _quietly(partial(books.stay, pickup.key, owner, cancelled=gone))
        raise
    on_books, left_at = change.noted[-1] if change.noted else (False, None)
    if on_books:
        try:
            yield Deed(partial(books.keep, pickup.key, owner, moved, left_at))
        except BooksError as error:
            error.bought = error.bought or moved
            raise
    return moved


def _was_cancelled(error: Exception) -> bool:
    return isinstance(error, RequestRejected) and any(
        problem.code == CancelResult.ALREADY_CANCELLED for problem in error.problems
    )


def giving_up(books: Books, bought: Label | Pickup, give_up: Callable[[Departures], J]) -> Steps:
    """Void a label, or cancel a pickup. From its departure on it is not handed out, unless the carrier refuses.

    A refusal beside another try or call that may have done it, or may yet, proves nothing: then it is not handed out any more.

    Raises:
        BooksError: the books cannot be written. If that is so after the carrier's answer, ask again: twice is as once.
        CarrierError: it was refused, or with ``OutcomeUnknown`` it may have been done.
    """
    owner = uuid4().hex
    change = _Change(lambda _at: books.give_up(bought, State.VOIDING, owner))
    try:
        result: VoidResult | CancelResult = yield give_up(change)
    except OutcomeUnknown:
        raise
    except (RetoureError, ConfigurationError):
        if _stands(change):
            yield from _quietly(partial(books.give_up, bought, State.BOUGHT, owner))
        raise
    if result is not VoidResult.TOO_LATE:
        yield Deed(partial(books.give_up, bought, State.VOIDED, owner, str(result)))
    elif _stands(change):
        yield Deed(partial(books.give_up, bought, State.BOUGHT, owner))
    return result


def _stands(change: _Change) -> bool:
    """Whether what was refused to be given up stands, unless it was asked for since: by one request now, and never before."""
    return bool(change.noted) and not change.noted[0] and not change.in_doubt


def _quietly(do: Callable[[], object]) -> Steps:
    """Write it down if that can be done: the error that led here is told."""
    try:
        yield Deed(do)
    except BooksError:
        return
