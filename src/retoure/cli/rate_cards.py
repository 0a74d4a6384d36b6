"""``retoure rate-cards check|show``."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from retoure.cli.failures import USAGE
from retoure.cli.inputs import BadInput, day_of
from retoure.cli.options import AsJson
from retoure.cli.output import Output, bullets, table
from retoure.cli.surroundings import here
from retoure.cli.words import money
from retoure.model.base import Model
from retoure.model.money import Money
from retoure.ratecards import CardHistory, card_summary, check_cards, load_cards, price_rows

__all__ = ["CardCheckReport", "CardReport", "app"]

app = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown", help="Check and show directories of rate cards.")

Directory = Annotated[Path, typer.Argument(metavar="DIR", help="A directory with one folder per card.")]


class CardRevision(Model):
    """One revision of a card and the dates it holds for; ``valid_until`` is exclusive, empty for no end."""

    id: str
    title: str
    revision: str
    carrier: str
    origin: str
    valid_from: str
    valid_until: str
    services: str
    sha256: str


class CardPrice(Model):
    """One row of a card's prices. Those of a confidential card are withheld."""

    service: str
    zone: str
    up_to: str
    price: str
    currency: str


class CardCheckReport(Model):
    """What there is to say about a directory of cards. Faults forbid use, warnings do not."""

    ok: bool
    cards: tuple[CardRevision, ...]
    faults: tuple[str, ...]
    warnings: tuple[str, ...]


class CardReport(Model):
    """Cards of a directory, and of one card the prices that hold on a date."""

    cards: tuple[CardRevision, ...]
    on: date | None = None
    revision: str = ""
    prices: tuple[CardPrice, ...] = ()


def _revisions(cards: Sequence[CardHistory]) -> tuple[CardRevision, ...]:
    return tuple(CardRevision(**row) for history in cards for row in card_summary(history))


@app.command()
def check(context: typer.Context, directory: Directory, *, as_json: AsJson = False) -> None:
    """Check every rate card of a directory, all faults in one pass. Leaves with 2 if one of them cannot be used."""
    out = Output(context, as_json=as_json)
    found = check_cards(directory, today=here(context).clock().date())
    report = CardCheckReport(
        ok=found.ok,
        cards=_revisions(found.cards),
        faults=tuple(map(str, found.faults)),
        warnings=tuple(map(str, found.warnings)),
    )
    out.show(report, lambda: _checked(report, directory))
    if not report.ok:
        raise typer.Exit(USAGE)


def _checked(report: CardCheckReport, directory: Path) -> RenderableType:
    verdict = Text("These cards can be used.", "green") if report.ok else Text("There are cards that cannot be used.", "bold red")
    if not report.cards and report.ok:
        verdict = Text(f"There is no rate card in {directory}.", "yellow")
    return Group(
        *([_revisions_table(report.cards)] if report.cards else []),
        bullets("Faults", report.faults, "red"),
        bullets("Warnings", report.warnings, "yellow"),
        verdict,
    )


def _revisions_table(cards: Sequence[CardRevision]) -> RenderableType:
    rows = [
        [one.id, one.revision, one.valid_until or "-", one.origin, one.carrier, one.services.replace(", ", "\n")] for one in cards
    ]
    return table("Rate cards", ["=card", "=revision", "until", "origin", "carrier", "=services"], rows)


@app.command()
def show(
    context: typer.Context,
    directory: Directory,
    card: Annotated[str | None, typer.Argument(metavar="[CARD]", help="A card's id: its prices, too.")] = None,
    *,
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", help="The date whose prices are shown; else today.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the rate cards of a directory, or the prices of one card."""
    out = Output(context, as_json=as_json)
    day = day_of(on, "--on") if on else here(context).clock().date()
    cards = load_cards(directory)
    if card is None:
        report = CardReport(cards=_revisions(cards))
    else:
        history = next((one for one in cards if one.id == card), None)
        if history is None:
            known = ", ".join(one.id for one in cards) or "none"
            raise BadInput(f"there is no rate card {card!r} in {directory}; there are: {known}")
        held = history.on(day).card
        prices = tuple(CardPrice(**row) for row in price_rows(held))
        report = CardReport(cards=_revisions([history]), on=day, revision=held.revision, prices=prices)
    out.show(report, lambda: _shown(report, card))


def _shown(report: CardReport, card: str | None) -> RenderableType:
    if card is None:
        return _revisions_table(report.cards)
    rows = [[one.service, one.zone, one.up_to or "-", _price(one)] for one in report.prices]
    titles = {one.title for one in report.cards if one.revision == report.revision}
    return Group(
        _revisions_table(report.cards),
        table(f"Prices on {report.on}", ["service", "zone", ">up to", ">price"], rows, caption="; ".join(titles)),
    )


def _price(row: CardPrice) -> str:
    try:
        return money(Money.of(row.price, row.currency))
    except ArithmeticError:  # the price of a confidential card is a word
        return row.price
