"""One label per key, whatever fails."""

from typing import TYPE_CHECKING, Any

from retoure.purchases.entries import Books
from retoure.purchases.unprotected import Unprotected

if TYPE_CHECKING:
    from retoure.purchases.records import Erased, LostPurchase, PurchaseRecord
    from retoure.purchases.sql import Purchases

_LATER = {"Purchases": "sql", "Erased": "records", "LostPurchase": "records", "PurchaseRecord": "records"}

__all__ = ["Books", "Erased", "LostPurchase", "PurchaseRecord", "Purchases", "Unprotected"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever is asked for
    """The books on a database, imported when first asked for: SQLAlchemy takes its time."""
    from importlib import import_module

    if name not in _LATER:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
