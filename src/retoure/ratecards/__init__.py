"""Rate cards: load, compile, price.

A card is a folder ``<card>/<valid_from>[.<n>]/`` with ``tariff.toml`` and ``prices.csv``. Folders are only ever added: a
correction gets the next number, a new tariff its own date. Beside the folders of a card lie its dated tables, ``<name>.csv``:
indexes and counts.
"""

from retoure.ratecards.checking import (
    CheckReport,
    card_json_schema,
    card_summary,
    check_cards,
    levy_rows,
    load_cards,
    price_rows,
)
from retoure.ratecards.comparing import changes
from retoure.ratecards.faults import Fault
from retoure.ratecards.history import CardHistory
from retoure.ratecards.loading import RateCard
from retoure.ratecards.source import RateCards

__all__ = [
    "CardHistory",
    "CheckReport",
    "Fault",
    "RateCard",
    "RateCards",
    "card_json_schema",
    "card_summary",
    "changes",
    "check_cards",
    "levy_rows",
    "load_cards",
    "price_rows",
]
