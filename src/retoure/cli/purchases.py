"""``retoure purchases list|show|resolve|erase``."""

from typing import Annotated

import typer
from rich.console import RenderableType

from retoure.cli.inputs import BadInput, instant_of
from retoure.cli.options import AsJson
from retoure.cli.output import Output, facts, table
from retoure.cli.surroundings import here
from retoure.cli.words import holder, moment
from retoure.purchases import LostPurchase, PurchaseRecord
from retoure.purchases.records import RecordState

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode="markdown", help="Look into the books of purchases, settle what nobody knows, erase."
)

Key = Annotated[str, typer.Argument(metavar="KEY", help="The key of the purchase.")]


@app.command("list")
def list_(
    context: typer.Context,
    *,
    state: Annotated[RecordState | None, typer.Option("--state", help="Only those in this state.")] = None,
    lost: Annotated[bool, typer.Option("--lost", help="Purchases given up as unknown, or made once too often.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the keys on the books, the latest first."""
    out = Output(context, as_json=as_json)
    if lost and state:
        raise BadInput("a lost purchase has no state: name --lost or --state")
    books = here(context).books()
    if lost:
        given_up = books.lost()
        out.show(given_up, lambda: _lost_table(given_up), tuple[LostPurchase, ...])
        return
    found = tuple(record for record in books.records() if state in (None, record.state))
    out.show(found, lambda: _table(found), tuple[PurchaseRecord, ...])


def _table(found: tuple[PurchaseRecord, ...]) -> RenderableType:
    columns = ("=key", "kind", "account", "RMA", "state", "number", "written at")
    rows = [(one.key, one.kind, one.account, one.rma, one.state, one.number, moment(one.written_at)) for one in found]
    return table("Purchases", columns, rows, caption="" if rows else "none")


def _lost_table(found: tuple[LostPurchase, ...]) -> RenderableType:
    columns = ("=key", "kind", "account", "RMA", "number", "cause", "attempted at")
    rows = [
        (one.key, one.kind, one.account, one.rma, one.number or "not known", one.cause, moment(one.attempted_at)) for one in found
    ]
    return table("Lost purchases", columns, rows, caption="" if rows else "none")


@app.command()
def show(context: typer.Context, key: Key, *, as_json: AsJson = False) -> None:
    """Show what the books know of a key."""
    out = Output(context, as_json=as_json)
    found = here(context).books().record(key)
    out.show(found, lambda: _facts(found))


def _facts(found: PurchaseRecord) -> RenderableType:
    return facts(
        "Purchase",
        [
            ("key", found.key),
            ("kind", found.kind),
            ("account", holder(found.account, found.carrier)),
            ("RMA", found.rma),
            ("state", found.state),
            ("number", found.number),
            ("may be", ", ".join(found.candidates)),
            ("written at", moment(found.written_at)),
            ("order left at", moment(found.attempted_at)),
            ("bought at", moment(found.bought_at)),
            ("given up at", moment(found.given_up_at)),
            ("adopted", "bought elsewhere" if found.adopted else ""),
            ("personal data", "erased" if found.erased else ""),
        ],
    )


@app.command()
def resolve(
    context: typer.Context,
    key: Key,
    *,
    number: Annotated[
        str | None, typer.Option("--number", help="What it bought: the tracking number, or the pickup's confirmation number.")
    ] = None,
    nothing_bought: Annotated[bool, typer.Option("--nothing-bought", help="It bought nothing: the key is free again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Settle a purchase whose outcome is unknown, by what the carrier's portal or invoice shows."""
    out = Output(context, as_json=as_json)
    if (number is None) is not nothing_bought:
        raise BadInput("say one of the two: --number or --nothing-bought")
    books = here(context).books()
    before = books.record(key)
    books.resolve(key, number=number, nothing_bought=nothing_bought)
    if nothing_bought:
        freed = before.model_copy(update={"state": RecordState.FREE})
        out.show(freed, lambda: facts("Purchase", [("key", key), ("state", "it bought nothing: the key is free")]))
        return
    found = books.record(key)
    out.show(found, lambda: _facts(found))


@app.command()
def erase(
    context: typer.Context,
    rmas: Annotated[list[str] | None, typer.Argument(metavar="RMA", help="The returns whose personal data are erased.")] = None,
    *,
    before: Annotated[
        str | None, typer.Option("--before", metavar="INSTANT", help="All personal data written before then, instead.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Erase personal data from the books: addresses, documents, remarks. Keys, numbers, digests, codes and times stay."""
    out = Output(context, as_json=as_json)
    if bool(rmas) is bool(before):
        raise BadInput("name the returns to be erased, or an instant with --before")
    books = here(context).books()
    report = books.purge(instant_of(before, "--before")) if before else books.erase(*(rmas or ()))
    kept = "\n".join(f"{key}: {reason}" for key, reason in report.kept.items())
    rows = [("keys", ", ".join(report.keys) or "none"), ("kept", kept), ("not on the books", ", ".join(report.unknown))]
    out.show(report, lambda: facts("Erased", rows))
