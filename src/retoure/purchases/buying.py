"""Buying once under a key: the steps, for whoever runs them on threads or on an event loop.

Intent before the call, outcome after it; whoever finds another at it waits, whoever finds a lost answer looks it up. The steps
are a generator that yields jobs to be run, deeds on the books, and pauses; the clients run them.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import chain, repeat
from typing import Any, Generic, Literal, TypeAlias, TypeVar
from uuid import uuid4

from retoure.carrier.plugin import Candidates, Found, NotSeen, Operation
from retoure.errors import (
    BooksError,
    CarrierError,
    CarrierUnavailable,
    ConfigurationError,
    OutcomeUnknown,
    RetoureError,
    Unsupported,
)
from retoure.model.labels import Label, LabelOrder
from retoure.purchases.entries import Books, Bought, Order, Overtaken, Seller, Step, number_of
from retoure.purchases.reconciliation import FOUND, still_unknown
from retoure.purchases.steps import Deed, Departures, Pause, Steps

J = TypeVar("J")
OnUnknown: TypeAlias = Literal["report", "supersede"]
SUPERSEDED = "an earlier purchase under this key was given up: its outcome is unknown, and its label may come up"
_PAUSES_S = (0.005, 0.01, 0.02, 0.04, 0.08, 0.16)
_LONGEST_PAUSE_S = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish(Generic[J]):
    """What is to be bought, and how.

    Attributes:
        purchase: Makes the job that buys, and that tells what it is given of its departures.
        look_up: Makes the look-up of a lost purchase, or None where the carrier has none.
        lease_s: How long the key is held.
        supersede: Buy anew where the outcome of an earlier attempt cannot be known.
    """

    order: Order
    seller: Seller
    purchase: Callable[[Departures], J]
    look_up: Callable[[OutcomeUnknown], J | None]
    lease_s: float
    supersede: bool = False


def buying(books: Books, wish: Wish[Any]) -> Steps:
    """Buy what is wished for, or return what its key bought before.

    Raises:
        PurchaseConflict: the key was used for another order.
        OutcomeUnknown: the order may have been carried out, and the look-up cannot tell.
        BooksError: the books cannot be read or written; what was bought all the same is in ``bought``.
        CarrierError: anything else; nothing was bought.
    """
    attempt = _Attempt(books, wish)
    try:
        return (yield from attempt.steps())
    except GeneratorExit:
        attempt.interrupted()
        raise


class _Attempt:
    def __init__(self, books: Books, wish: Wish[Any]) -> None:
        self._books = books
        self._wish = wish
        self._key = wish.order.key
        self._owner = uuid4().hex
        self._held = False
        self._given_up = False
        self._departed_at: datetime | None = None

    def _deed(self, do: Callable[..., Any], *args: Any, **named: Any) -> Deed:  # noqa: ANN401 - as the books take them
        return Deed(partial(do, self._key, self._owner, *args, **named))

    def interrupted(self) -> None:
        """Let go of the key: whoever asks next must not wait for the lease of somebody who is gone."""
        if self._held:
            with suppress(BooksError):  # then the lease ends by itself
                self._books.release(self._key, self._owner)

    def steps(self) -> Steps:
        pauses = _pauses()
        while True:
            self._held = True  # until it is told: an interrupted deed may have been done
            entered = yield Deed(partial(self._books.enter, self._wish.order, self._wish.seller, self._owner, self._wish.lease_s))
            self._held = entered.step in (Step.BUY, Step.LOOK_UP)
            match entered.step:
                case Step.RETURN:
                    return _as_stored(entered.bought, self._wish.order)
                case Step.WAIT:
                    yield Pause(next(pauses))
                case Step.BUY:
                    bought = yield from self._buy()
                    if bought is not None:
                        return bought
                case Step.LOOK_UP:
                    self._departed_at = entered.attempted_at
                    bought = yield from self._find(_lost(self._wish, entered.attempted_at), told_now=False)
                    if bought is not None:
                        return bought

    def leaves(self, at: datetime) -> None:
        """Write down that the order leaves now."""
        self._books.departing(self._key, self._owner, at, self._wish.lease_s)
        self._departed_at = at

    def did_nothing(self) -> None:
        """Write down that it had no effect; where that cannot be written, the departure stands, which is the safe side."""
        with suppress(BooksError):
            self._books.clear(self._key, self._owner, self._wish.lease_s, lost=False)
            self._departed_at = None

    def goes_on(self) -> None:
        """Hold the key for another request, once the order is out; where that cannot be written, the lease ends by itself."""
        if self._departed_at is not None:
            with suppress(BooksError):
                self._books.renew(self._key, self._owner, self._wish.lease_s)

    def _buy(self) -> Steps:
        """Buy; None asks to begin again."""
        self._departed_at = None
        try:
            bought: Bought = yield self._wish.purchase(self)
        except OutcomeUnknown as error:
            lost = error
        except Overtaken:
            self._held = False
            return None
        except (RetoureError, ConfigurationError) as error:
            if self._departed_at is None or isinstance(error, CarrierError):  # nothing is out, or the carrier refused it
                yield from self._end(self._books.free)
                raise
            lost = _lost(self._wish, self._departed_at)
            lost.message = f"{lost.message} ({type(error).__name__}: {error})"
        else:
            if self._given_up:
                bought = bought.model_copy(update={"notices": (*bought.notices, SUPERSEDED)})
            return (yield from self._kept(bought))
        return (yield from self._find(lost, told_now=True))

    def _kept(self, bought: Bought) -> Steps:
        try:
            kept = yield self._deed(self._books.keep, bought, self._departed_at)
        except BooksError as error:
            error.bought = error.bought or bought
            raise
        self._held = False
        return kept

    def _find(self, lost: OutcomeUnknown, *, told_now: bool) -> Steps:
        """Look an attempt up whose outcome is unknown. None: it bought nothing or is given up, and the key is free."""
        search = self._wish.look_up(lost)
        found: Found[Any] | Candidates[Any] | NotSeen | None = None
        failed: Exception | None = None
        try:
            found = (yield search) if search is not None else None
        except Unsupported:
            search = None
        except (RetoureError, ConfigurationError) as error:
            failed = error
        match found:
            case Found(value=value):
                return (yield from self._kept(value.model_copy(update={"notices": (*value.notices, FOUND)})))
            case NotSeen(conclusive=True, reason=reason) if told_now:
                yield from self._end(self._books.free)
                what = f"the answer to the purchase was lost, and the look-up shows that nothing was bought ({reason})"
                raise CarrierUnavailable(what, account=lost.account, carrier=lost.carrier, operation=lost.operation)
            case NotSeen(conclusive=True):
                yield self._deed(self._books.clear, self._wish.lease_s, lost=False)
                return None
        if self._wish.supersede and not self._given_up and failed is None and not isinstance(found, Candidates):
            self._given_up = True
            yield self._deed(self._books.clear, self._wish.lease_s, lost=True)
            return (yield from self._buy())
        candidates = tuple(map(number_of, found.values)) if isinstance(found, Candidates) else ()
        yield from self._end(self._books.release, candidates)
        raise lost if search is None else still_unknown(lost, found, failed)

    def _end(self, do: Callable[..., None], *args: Any) -> Steps:  # noqa: ANN401 - as the books take them
        """Let go of the key. The error that led here is told, whatever the books say: their lease ends by itself."""
        try:
            yield self._deed(do, *args)
        except BooksError:
            return
        finally:
            self._held = False


def _as_stored(bought: Bought | None, order: Order) -> Bought | None:
    """What was bought; a label that was bought in other formats than are needed now says so."""
    if not isinstance(bought, Label) or not isinstance(order, LabelOrder):
        return bought
    missing = ", ".join(sorted(order.formats.need - bought.label_formats))
    notice = f"it was bought before, without {missing}: ask for its documents"
    return bought.model_copy(update={"notices": (*bought.notices, notice)}) if missing else bought


def _lost(wish: Wish[Any], attempted_at: datetime | None) -> OutcomeUnknown:
    what = "an earlier purchase under this key was interrupted or lost its answer; it may have happened: settle it by hand"
    return OutcomeUnknown(
        what, key=wish.order.key, attempted_at=attempted_at, account=wish.order.account, carrier=wish.seller.carrier,
        operation=Operation.LABEL_CREATE if isinstance(wish.order, LabelOrder) else Operation.PICKUP_SCHEDULE,
    )  # fmt: skip


def _pauses() -> Iterator[float]:
    return chain(_PAUSES_S, repeat(_LONGEST_PAUSE_S))
