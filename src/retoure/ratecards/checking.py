"""Looking at cards without pricing anything: load them all, check them, show them, describe their format."""

from dataclasses import dataclass
from datetime import date
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from retoure.errors import InvalidRateCard
from retoure.ratecards.faults import Fault
from retoure.ratecards.history import CardHistory, later_warnings, read_history, replaced_warnings
from retoure.ratecards.loading import RateCard
from retoure.ratecards.schema import Tariff


@dataclass(frozen=True, slots=True)
class CheckReport:
    """Everything there is to say about a directory of cards. Faults forbid use, warnings do not."""

    cards: tuple[CardHistory, ...]
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]

    @property
    def ok(self) -> bool:
        """Whether every card can be used."""
        return not self.faults


def check_cards(directory: str | Path | Traversable, *, today: date | None = None) -> CheckReport:
    """Read every card of a directory, replaced revisions included, and report all faults and warnings in one pass.

    With ``today`` it also warns of cards that end within thirty days.
    """
    root = Path(directory) if isinstance(directory, str) else directory
    if not root.is_dir():
        return CheckReport((), (Fault(str(root), None, "no such directory"),), ())
    cards: list[CardHistory] = []
    faults: list[Fault] = []
    warnings: list[Fault] = []
    for folder in sorted(root.iterdir(), key=lambda entry: entry.name):
        if not folder.is_dir() or folder.name.startswith((".", "__")):
            continue
        reading = read_history(folder)
        faults += reading.faults
        warnings += [*reading.warnings, *replaced_warnings(folder)]
        if reading.history:
            cards.append(reading.history)
            warnings += later_warnings(reading.history, today) if today else []
    return CheckReport(tuple(cards), tuple(faults), tuple(warnings))


def load_cards(directory: str | Path | Traversable) -> tuple[CardHistory, ...]:
    """Every card of a directory.

    Raises:
        InvalidRateCard: any of them cannot be used; ``faults`` names each file, line and reason.
    """
    report = check_cards(directory)
    if report.faults:
        raise InvalidRateCard(f"the rate cards in {directory} cannot be used", faults=map(str, report.faults))
    return report.cards


def price_rows(card: RateCard) -> list[dict[str, str]]:
    """The prices of a card as plain rows, for a table. Those of a confidential card are withheld."""
    tariff = card.tariff
    return [
        {
            "service": row.service,
            "zone": row.zone,
            "up_to": str(row.up_to or ""),
            "price": "confidential" if tariff.confidential else f"{row.price:f}",
            "currency": tariff.currency,
        }
        for row in card.rows
    ]


def card_summary(history: CardHistory) -> list[dict[str, str]]:
    """The cards of one id as plain rows: which revision holds from when until when."""
    return [
        {
            "id": history.id,
            "title": span.card.tariff.title,
            "revision": span.card.revision,
            "carrier": span.card.tariff.carrier,
            "origin": span.card.tariff.origin.value,
            "valid_from": str(span.start),
            "valid_until": str(span.until or ""),
            "services": ", ".join(service.code for service in span.card.tariff.services),
            "sha256": span.card.sha256,
        }
        for span in history.spans
    ]


def card_json_schema() -> dict[str, Any]:
    """The JSON Schema of ``tariff.toml``."""
    return Tariff.model_json_schema()
