"""``retoure quote``."""

from collections.abc import Mapping
from typing import Annotated, Literal

import typer
from pydantic import ConfigDict
from rich.console import Group, RenderableType
from rich.text import Text

from retoure.cli.failures import REFUSED, ErrorReport, report_of
from retoure.cli.inputs import instant_of, read_model
from retoure.cli.options import AsJson, InputFile
from retoure.cli.output import Output, bullets, table
from retoure.cli.surroundings import here
from retoure.cli.words import money, word
from retoure.model.base import Model
from retoure.model.labels import ReturnRequest
from retoure.model.offers import Offers
from retoure.model.quotes import Decline, Quote

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
    request: InputFile,
    *,
    account: Annotated[str | None, typer.Option("--account", help="Ask this account only; else all are asked.")] = None,
    priced_at: Annotated[
        str | None, typer.Option("--priced-at", metavar="INSTANT", help="The instant whose prices count; else the ship date's.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Price a return, described by a ReturnRequest, with every account side by side.

    Leaves with 1 if nobody quoted; the declines and failures say why.
    """
    out = Output(context, as_json=as_json)
    wanted = read_model(request, ReturnRequest)
    moment = instant_of(priced_at, "--priced-at") if priced_at else None
    with here(context).client() as client:
        offers = client.quote(wanted, account=account, priced_at=moment)
    out.show(offers_report(offers), lambda: _drawn(offers))
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
