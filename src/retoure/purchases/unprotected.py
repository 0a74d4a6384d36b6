"""Buying without books: keys hold within this process and no further."""

import copy
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from datetime import datetime
from threading import Lock
from typing import Any, TypeAlias, TypeVar

from retoure.errors import CarrierUnavailable, ConfigurationError, OutcomeUnknown, PurchaseConflict, RetoureError
from retoure.model.labels import Label, LabelOrder
from retoure.model.pickups import Pickup, PickupOrder
from retoure.purchases.digest import order_digest

B = TypeVar("B", Label, Pickup)
DepartedAt: TypeAlias = Callable[[], datetime | None]


def _outcome(purchase: "Future[Label | Pickup]") -> Any:  # noqa: ANN401 - one key belongs to one order, and so to one kind
    error = purchase.exception()
    if isinstance(error, RetoureError):
        raise copy.copy(error)
    result: Any = purchase.result()
    return result


class Unprotected:
    """No books: spelled out by whoever accepts that a crash forgets what was bought.

    Within one process a key still buys once: the same order again returns the stored label, concurrent callers wait for the
    first, another order is a :class:`PurchaseConflict`, and a purchase whose answer was lost stays :class:`OutcomeUnknown`.
    After a crash, in another process, or beyond the last ``remember`` purchases, nothing is known and the same key buys again.
    """

    def __init__(self, *, remember: int = 1000) -> None:
        self._remember = remember
        self._entries: OrderedDict[str, tuple[str, Future[Label | Pickup]]] = OrderedDict()
        self._lock = Lock()

    def __repr__(self) -> str:
        return "Unprotected()"

    def get(self, key: str) -> Label | Pickup | None:
        """What the key bought in this process, if it did."""
        with self._lock:
            entry = self._entries.get(key)
        if entry is None or not entry[1].done() or entry[1].exception() is not None:
            return None
        return entry[1].result()

    def once(self, order: LabelOrder | PickupOrder, buy: Callable[[], B], departed_at: DepartedAt) -> B:
        """Buy under the order's key, or return what it bought already; ``departed_at`` tells when the order left, if it did."""
        mine, purchase = self._enter(order)
        if mine:
            try:
                bought = buy()
            except BaseException as error:
                self._failed(order, purchase, error, departed_at())
                raise
            purchase.set_result(bought)
            return bought
        bought_before: B = _outcome(purchase)
        return bought_before

    async def once_async(self, order: LabelOrder | PickupOrder, buy: Callable[[], Awaitable[B]], departed_at: DepartedAt) -> B:
        """The same, for tasks."""
        import asyncio

        mine, purchase = self._enter(order)
        if mine:
            try:
                bought = await buy()
            except BaseException as error:
                self._failed(order, purchase, error, departed_at())
                raise
            purchase.set_result(bought)
            return bought
        theirs: Any = asyncio.wrap_future(purchase)
        theirs.add_done_callback(lambda done: done.cancelled() or done.exception())
        await asyncio.wait([theirs])
        bought_before: B = _outcome(purchase)
        return bought_before

    def _enter(self, order: LabelOrder | PickupOrder) -> tuple[bool, "Future[Label | Pickup]"]:
        digest = order_digest(order)
        with self._lock:
            entry = self._entries.get(order.key)
            if entry is None:
                purchase: Future[Label | Pickup] = Future()
                self._entries[order.key] = (digest, purchase)
                self._forget()
                return True, purchase
        if entry[0] != digest:
            raise PurchaseConflict(
                f"the key {order.key!r} was used for another order: choose a new key, or ask for the same again"
            )
        return False, entry[1]

    def _failed(
        self,
        order: LabelOrder | PickupOrder,
        purchase: "Future[Label | Pickup]",
        error: BaseException,
        departed_at: datetime | None,
    ) -> None:
        """A refusal frees the key, and so does anything before the order has left; an open outcome keeps it."""
        told = isinstance(error, RetoureError | ConfigurationError)
        if not isinstance(error, OutcomeUnknown) and (told or departed_at is None):
            with self._lock:
                self._entries.pop(order.key, None)
            what = f"the purchase was interrupted ({type(error).__name__}) before anything was sent"
            purchase.set_exception(error if told else CarrierUnavailable(what, account=order.account))
            return
        what = f"the purchase was interrupted ({type(error).__name__}); it may have happened: look it up before asking again"
        unknown = OutcomeUnknown(what, key=order.key, attempted_at=departed_at, account=order.account)
        purchase.set_exception(error if told else unknown)

    def _forget(self) -> None:
        while len(self._entries) > self._remember:
            oldest = next((key for key, (_, purchase) in self._entries.items() if purchase.done()), None)
            if oldest is None:
                return
            del self._entries[oldest]
