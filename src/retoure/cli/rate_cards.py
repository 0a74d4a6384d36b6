"""``retoure rate-cards check|show|diff``."""

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
from retoure.cli.words import money, word
from retoure.model.base import Model
from retoure.model.money import Money
from retoure.ratecards import CardHistory, card_summary, changes, check_cards, levy_rows, load_cards, price_rows

__all__ = ["CardCheckReport", "CardDiffReport", "CardReport", "app"]

app = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown", help="Check, show and compare rate cards.")

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


class CardLevy(Model):
    """A surcharge, a step of a discount, or a tax; ``table`` names the dated table that its value or count stands in."""

    code: str
    text: str
    basis: str
    amount: str
    table: str
    requirement: str


class CardCheckReport(Model):
    """What there is to say about a directory of cards. Faults forbid use, warnings do not."""

    ok: bool
    cards: tuple[CardRevision, ...]
    faults: tuple[str, ...]
    warnings: tuple[str, ...]


class CardReport(Model):
    """Cards of a directory, and of one card the prices, surcharges, discounts and taxes that hold on a date."""

    cards: tuple[CardRevision, ...]
    on: date | None = None
    revision: str = ""
    prices: tuple[CardPrice, ...] = ()
    levies: tuple[CardLevy, ...] = ()


class CardChange(Model):
    """One thing that differs; a side is empty where it does not exist."""

    what: str
    before: str
    after: str


class CardDiffReport(Model):
    """What changes between two dates of a card."""

    card: str
    before: date
    after: date
    changes: tuple[CardChange, ...]


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
    return table("Rate cards", ["=card", "=revision", "until", "=origin", "=carrier", "services"], rows)


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
        history = _named(cards, card, directory)
        held = history.on(day).card
        prices = tuple(CardPrice(**row) for row in price_rows(held))
        levies = tuple(CardLevy(**row) for row in levy_rows(history, day))
        report = CardReport(cards=_revisions([history]), on=day, revision=held.revision, prices=prices, levies=levies)
    out.show(report, lambda: _shown(report, card))


def _named(cards: Sequence[CardHistory], card: str, directory: Path) -> CardHistory:
    history = next((one for one in cards if one.id == card), None)
    if history is None:
        known = ", ".join(one.id for one in cards) or "none"
        raise BadInput(f"there is no rate card {card!r} in {directory}; there are: {known}")
    return history


def _shown(report: CardReport, card: str | None) -> RenderableType:
    if card is None:
        return _revisions_table(report.cards)
    titles = {one.title for one in report.cards if one.revision == report.revision}
    services = dict.fromkeys(one.service for one in report.prices)
    return Group(
        _revisions_table(report.cards),
        Text(f"Prices on {report.on}: {'; '.join(titles)}", "bold"),
        *(_service_table(service, [one for one in report.prices if one.service == service]) for service in services),
        _levies_table(report.levies),
    )


def _service_table(service: str, prices: Sequence[CardPrice]) -> RenderableType:
    """The prices of one service: a row for each band, a column for each zone."""
    zones = list(dict.fromkeys(one.zone for one in prices))
    cells = {(one.up_to, one.zone): _price(one) for one in prices}
    bands = dict.fromkeys(one.up_to for one in prices)
    rows = [[_band(band), *(cells.get((band, zone), "-") for zone in zones)] for band in bands]
    return table(service, [">up to", *(f">{zone}" for zone in zones)], rows)


def _band(up_to: str) -> str:
    return f"each further {up_to.removeprefix('+')}" if up_to.startswith("+") else up_to or "any"


def _levies_table(levies: Sequence[CardLevy]) -> RenderableType:
    if not levies:
        return Group()
    rows = [[one.code, one.text, word(one.basis), one.amount or "-", one.table or "-", word(one.requirement)] for one in levies]
    return table("Surcharges, discounts, tax", ["=code", "text", "basis", ">amount", "table", ""], rows)


@app.command()
def diff(
    context: typer.Context,
    directory: Directory,
    card: Annotated[str, typer.Argument(metavar="CARD", help="A card's id.")],
    before: Annotated[str, typer.Argument(metavar="DATE", help="The earlier date.")],
    after: Annotated[str, typer.Argument(metavar="DATE", help="The later date.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Show what changes in a card between two dates: prices, surcharges, limits, taxes."""
    out = Output(context, as_json=as_json)
    days = day_of(before, "DATE"), day_of(after, "DATE")
    found = changes(_named(load_cards(directory), card, directory), *days)
    report = CardDiffReport(card=card, before=days[0], after=days[1], changes=tuple(CardChange(**row) for row in found))
    out.show(report, lambda: _compared(report))


def _compared(report: CardDiffReport) -> RenderableType:
    if not report.changes:
        return Text(f"{report.card} is the same on {report.before} and {report.after}.", "green")
    rows = [[one.what, one.before or "-", one.after or "-"] for one in report.changes]
    return table(f"{report.card}: what changes", ["what", f">{report.before}", f">{report.after}"], rows)


def _price(row: CardPrice) -> str:
    try:
        return money(Money.of(row.price, row.currency))
    except ArithmeticError:  # the price of a confidential card is a word
        return row.price
