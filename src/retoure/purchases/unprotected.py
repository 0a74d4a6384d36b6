"""Buying without books: keys hold within this process and no further."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from threading import Lock
from typing import Any, TypeVar

from retoure.errors import OutcomeUnknown, PurchaseConflict, RetoureError
from retoure.model.labels import Label, LabelOrder
from retoure.model.pickups import Pickup, PickupOrder
from retoure.purchases.digest import order_digest

B = TypeVar("B", Label, Pickup)


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

    def once(self, order: LabelOrder | PickupOrder, buy: Callable[[], B]) -> B:
        """Buy under the order's key, or return what it bought already."""
        mine, purchase = self._enter(order)
        if mine:
            try:
                bought = buy()
            except BaseException as error:
                self._failed(order.key, purchase, error)
                raise
            purchase.set_result(bought)
            return bought
        return purchase.result()  # type: ignore[return-value]  # one key belongs to one order, and so to one kind

    async def once_async(self, order: LabelOrder | PickupOrder, buy: Callable[[], Awaitable[B]]) -> B:
        """The same, for tasks."""
        import asyncio

        mine, purchase = self._enter(order)
        if mine:
            try:
                bought = await buy()
            except BaseException as error:
                self._failed(order.key, purchase, error)
                raise
            purchase.set_result(bought)
            return bought
        shared: Any = purchase
        return await asyncio.shield(asyncio.wrap_future(shared))

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

    def _failed(self, key: str, purchase: "Future[Label | Pickup]", error: BaseException) -> None:
        """A refusal frees the key; anything that leaves the outcome open keeps it."""
        if isinstance(error, RetoureError) and not isinstance(error, OutcomeUnknown):
            with self._lock:
                self._entries.pop(key, None)
        elif not isinstance(error, RetoureError):
            error = OutcomeUnknown(f"the purchase was interrupted ({type(error).__name__}); it may have happened", key=key)
        purchase.set_exception(error)

    def _forget(self) -> None:
        while len(self._entries) > self._remember:
            oldest = next((key for key, (_, purchase) in self._entries.items() if purchase.done()), None)
            if oldest is None:
                return
            del self._entries[oldest]
