"""What changes between two dates of a card: every price, record and rule that holds on one of them only, or differently."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Final

from retoure.model.base import Model
from retoure.ratecards.history import CardHistory
from retoure.ratecards.records import Period

_UNTOLD: Final = frozenset({"layout", "id", "valid_from", "valid_until"})
_SECRET: Final = frozenset({"amount"})
WITHHELD: Final = "confidential"


def changes(history: CardHistory, before: date, after: date) -> list[dict[str, str]]:
    """Plain rows of ``what``, ``before`` and ``after``; an empty side is one where it does not exist.

    Amounts of a confidential card are withheld; that they changed is told.

    Raises:
        NoRateForDate: no card holds on one of the dates.
    """
    hidden = any(history.on(day).card.tariff.confidential for day in (before, after))
    old, new = dict(_state(history, before)), dict(_state(history, after))
    return [
        {"what": what, "before": _shown(what, old, hidden=hidden), "after": _shown(what, new, hidden=hidden)}
        for what in dict.fromkeys((*old, *new))
        if old.get(what) != new.get(what)
    ]


def _shown(what: str, state: Mapping[str, str], *, hidden: bool) -> str:
    secret = what.startswith(("price ", "table ")) or what.rpartition(".")[2] in _SECRET
    return WITHHELD if hidden and secret and what in state else state.get(what, "")


def _state(history: CardHistory, day: date) -> Iterator[tuple[str, str]]:
    card = history.on(day).card
    yield "revision", card.revision
    yield from _walked(card.tariff, "", day)
    for name, series in history.series.items():
        if entry := series.on(day):
            yield f"table {name}", f"{entry.value:f}"
    for row in card.rows:
        yield f"price {row.service} {row.zone} {row.written}".rstrip(), f"{row.price:f} {card.tariff.currency}"


def _walked(value: object, path: str, day: date) -> Iterator[tuple[str, str]]:
    """Every value below, with its path; records are named by what names them, and left out where they do not hold."""
    if isinstance(value, Model):
        for name in type(value).model_fields:
            if name not in _UNTOLD:
                yield from _walked(getattr(value, name), f"{path}.{name}" if path else name, day)
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _walked(inner, f"{path}.{name}", day)
    elif isinstance(value, tuple) and any(isinstance(item, Model) for item in value):
        current = [item for item in value if not isinstance(item, Period) or item.covers(day)]
        for place, item in enumerate(current):
            called = getattr(item, "id", None) or getattr(item, "code", None) or place
            yield from _walked(item, f"{path}[{called}]", day)
    elif value not in (None, "", ()):
        yield path, ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
