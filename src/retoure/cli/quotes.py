"""``retoure quote``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from pydantic import ConfigDict
from rich.console import Group, RenderableType
from rich.text import Text

from retoure.cli.catalogue import catalogue_report, price_catalogue
from retoure.cli.failures import REFUSED, ErrorReport, report_of
from retoure.cli.inputs import BadInput, instant_of, read_model
from retoure.cli.options import AsJson
from retoure.cli.output import Output, bullets, console, table
from retoure.cli.surroundings import here
from retoure.cli.words import money, word
from retoure.model.base import Model
from retoure.model.labels import ReturnRequest
from retoure.model.offers import Offers
from retoure.model.quotes import Decline, HandIn, Quote

__all__ = ["OffersReport", "offers_report", "offers_table", "quote"]


class OffersReport(Model):
    """Every account's answer to one request: quotes, declines, and the error of each account that failed."""

    model_config = ConfigDict(title="Offers")

    quotes: tuple[Quote, ...]
    declined: tuple[Decline, ...]
    failed: Mapping[str, ErrorReport]
    sorted_by: Literal["gross", "net"]


def offers_report(offers: Offers) -> OffersReport:
    """Offers with their failures as data."""
    return OffersReport(
        quotes=offers.quotes,
        declined=offers.declined,
        failed={account: report_of(error) for account, error in offers.failed.items()},
        sorted_by=offers.sorted_by,
    )


def quote(
    context: typer.Context,
    request: Annotated[
        str | None, typer.Argument(metavar="[FILE]", help="A ReturnRequest in JSON, or - for standard input.")
    ] = None,
    *,
    account: Annotated[str | None, typer.Option("--account", help="Ask this account only; else all are asked.")] = None,
    priced_at: Annotated[
        str | None, typer.Option("--priced-at", metavar="INSTANT", help="The instant whose prices count; else the ship date's.")
    ] = None,
    include: Annotated[
        list[str] | None, typer.Option("--include", metavar="CODE", help="An optional surcharge to add, like PICKUP; repeatable.")
    ] = None,
    hand_in: Annotated[
        HandIn | None, typer.Option("--hand-in", case_sensitive=False, help="How the parcel is handed in, where it is settled.")
    ] = None,
    catalogue: Annotated[
        str | None,
        typer.Option("--csv", metavar="FILE", help="Price a catalogue instead: a row for each parcel, or - for input."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Where the priced catalogue goes; else it is printed.")
    ] = None,
    return_to: Annotated[
        str | None, typer.Option("--return-to", metavar="NAME", help="The return address of a catalogue's rows that name none.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Price a return, described by a ReturnRequest, with every account side by side; or each row of a catalogue.

    A catalogue is CSV with the columns country and weight, and where wanted id, postal_code, city, dimensions, weight_source,
    packaging, return_to, ship_date. Each row comes back with its cheapest quote, or with its problem.

    Leaves with 1 if nobody quoted; the declines and failures say why. Of a catalogue, if any row has no price.
    """
    output = Output(context, as_json=as_json)
    moment = instant_of(priced_at, "--priced-at") if priced_at else None
    if (request is None) == (catalogue is None):
        raise BadInput("name either the FILE of one request, or a catalogue with --csv")
    if catalogue is None and (out or return_to):
        raise BadInput("--out and --return-to belong to --csv")
    if catalogue is not None and as_json and out is None:
        raise BadInput("--json prints a report, so the priced catalogue needs a file: --out FILE")
    wishes: dict[str, Any] = {"account": account, "priced_at": moment, "include": include or (), "hand_in": hand_in}
    if catalogue is not None:
        with here(context).client() as client:
            report = price_catalogue(client, catalogue, out, return_to, **wishes)
        if as_json:
            output.show(report, lambda: "")
        else:
            console(error=out is None).print(catalogue_report(report, out))
        if report.problems:
            raise typer.Exit(REFUSED)
        return
    wanted = read_model(request or "-", ReturnRequest)
    with here(context).client() as client:
        offers = client.quote(wanted, **wishes)
    output.show(offers_report(offers), lambda: _drawn(offers))
    if not offers.quotes:
        raise typer.Exit(REFUSED)


def _drawn(offers: Offers) -> RenderableType:
    parts: list[RenderableType] = []
    if offers.quotes:
        parts.append(offers_table(offers.quotes, f"Quotes, sorted by {offers.sorted_by}"))
        parts.append(bullets("Note", dict.fromkeys(warning for one in offers.quotes for warning in one.warnings), "yellow"))
    else:
        parts.append(Text("Nobody quoted this parcel.", "bold red"))
    if offers.declined:
        parts.append(declines_table(offers.declined))
    parts.append(bullets("Failed", [f"{name}: {_why(error)}" for name, error in offers.failed.items()], "red"))
    return Group(*parts)


def _why(error: Exception) -> str:
    report = report_of(error)
    return "\n".join((report.message, *(f"{problem.field or 'request'}: {problem.text}" for problem in report.problems)))


def offers_table(quotes: tuple[Quote, ...], title: str) -> RenderableType:
    """Quotes in their order."""
    rows = [
        [
            one.account, one.service, money(one.net), money(one.gross),
            str(one.billable_weight or "-"), word(one.price_basis), word(one.charge_event),
        ]
        for one in quotes
    ]  # fmt: skip
    return table(title, ["account", "=service", ">net", ">gross", ">weight", "basis", "charged"], rows)


def declines_table(declined: tuple[Decline, ...], title: str = "Declined") -> RenderableType:
    """Services that do not take the parcel, with the limit and the parcel's own value."""
    rows = [[one.account, one.service, word(one.reason), one.limit or one.detail or "-", one.actual or "-"] for one in declined]
    return table(title, ["account", "=service", "reason", "limit, or why", "this parcel"], rows)
