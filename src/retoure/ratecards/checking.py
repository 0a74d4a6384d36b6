"""Looking at cards without pricing anything: load them all, check them, show them, describe their format."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from retoure.errors import InvalidRateCard
from retoure.ratecards.comparing import WITHHELD
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
            "up_to": row.written,
            "price": WITHHELD if tariff.confidential else f"{row.price:f}",
            "currency": tariff.currency,
        }
        for row in card.rows
    ]


def levy_rows(history: CardHistory, day: date) -> list[dict[str, str]]:
    """The surcharges, discounts and taxes that hold on a date, as plain rows. Amounts of a confidential card are withheld."""
    tariff = history.on(day).card.tariff

    def amount(value: Decimal | None) -> str:
        return "" if value is None else WITHHELD if tariff.confidential else f"{value:f}"

    rows: list[tuple[str, ...]] = []
    for record in (one for one in tariff.surcharges if one.covers(day)):
        entry = history.series[record.index].on(day) if record.index else None
        value, table = amount(entry.value if entry else record.amount), record.index or ""
        rows.append((record.code, record.text, record.basis.value, value, table, record.requirement))
    for discount in (one for one in tariff.discounts if one.covers(day)):
        for step in discount.steps:
            text = f"{discount.text}, from {step.from_count}"
            rows.append((discount.code, text, discount.basis.value, amount(step.amount), discount.counts, "DISCOUNT"))
    for tax in (one for one in tariff.taxes if one.covers(day)):
        rate = f"{tax.rate_percent:f}" if tax.rate_percent is not None else ""
        rows.append(("TAX", tax.treatment.value, tax.rounding, rate, "", "TAX"))
    return [dict(zip(("code", "text", "basis", "amount", "table", "requirement"), map(str, row), strict=True)) for row in rows]


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
