"""What was ordered and bought, taken apart for the books: facts that stay, and personal data that can be erased."""

import json
from typing import Any

from pydantic import ValidationError

from retoure.errors import BooksError
from retoure.model.labels import Label, LabelOrder
from retoure.model.pickups import Pickup, PickupOrder
from retoure.purchases.entries import Bought, Order

# Documents show the customer's address, and notices are the carrier's words, which may repeat it.
_PERSONAL = {"label": ("order", "documents", "notices"), "pickup": ("order", "notices")}
_MODELS: dict[str, tuple[type[Bought], type[Order]]] = {"label": (Label, LabelOrder), "pickup": (Pickup, PickupOrder)}


def kind_of(thing: Bought | Order) -> str:
    """``label`` or ``pickup``."""
    return "label" if isinstance(thing, Label | LabelOrder) else "pickup"


def facts_of(bought: Bought) -> str:
    """What stays of a label or a pickup, as JSON: numbers, codes, prices, times."""
    return bought.model_dump_json(exclude=set(_PERSONAL[kind_of(bought)]))


def personal_of(bought: Bought) -> bytes:
    """What can be erased of a label or a pickup, as JSON."""
    return bought.model_dump_json(include=set(_PERSONAL[kind_of(bought)])).encode()


def read_bought(key: str, kind: str, facts: str | None, personal: bytes | None) -> Bought:
    """A label or a pickup put together again; without its personal data where they were erased.

    Raises:
        BooksError: the row cannot be read.
    """
    try:
        fields: dict[str, Any] = {**json.loads(facts or ""), **json.loads(personal or b"{}")}
        return _MODELS[kind][0].model_validate_json(json.dumps(fields))
    except (ValueError, TypeError, KeyError, ValidationError) as error:
        raise _unreadable(key, error) from None


def read_order(key: str, kind: str, payload: bytes) -> Order:
    """An order; raises like :func:`read_bought`."""
    try:
        return _MODELS[kind][1].model_validate_json(payload)
    except (ValueError, KeyError) as error:
        raise _unreadable(key, error) from None


def _unreadable(key: str, error: Exception) -> BooksError:
    what = f"what the key {key!r} bought cannot be read from the books ({type(error).__name__}); nothing was bought anew"
    return BooksError(f"{what}: restore the row from a backup, or ask the carrier by the number in `retoure purchases show`")
