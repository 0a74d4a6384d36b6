"""``retoure carriers`` and ``retoure accounts``."""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from retoure.carrier.plugin import Level, Operation
from retoure.carrier.settings import Environment
from retoure.cli.matrix import CarrierReport, Cell, carrier_reports, markdown
from retoure.cli.options import AsJson
from retoure.cli.output import Output, bullets, table
from retoure.cli.surroundings import here
from retoure.cli.words import word
from retoure.client.accounts import Account
from retoure.model.base import Model
from retoure.model.labels import LabelSource

__all__ = ["AccountReport", "accounts", "carriers"]

_STYLES = {Level.FULL: "green", Level.PARTIAL: "yellow", Level.NOT_OFFERED: "dim", Level.NOT_IMPLEMENTED: "dim"}


class AccountReport(Model):
    """One configured account. Credentials are never part of it.

    ``carrier_offers`` is what its carrier does; an operation whose credentials the account lacks is refused when it is asked for.
    """

    name: str
    carrier: str
    environment: Environment
    label_source: LabelSource
    rate_card: str = ""
    carrier_offers: tuple[Operation, ...] = ()


def carriers(
    context: typer.Context,
    *,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print the matrix as Markdown, for a README.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what each installed carrier can do, and on what evidence that rests.

    Evidence is the weakest that the operation's scenarios rest on: recorded from the carrier, rebuilt from its documentation,
    or constructed. A carrier that cannot be loaded is listed with its error.
    """
    out = Output(context, as_json=as_json)
    reports = carrier_reports(here(context).registry)
    if as_markdown:
        typer.echo(markdown(reports))
        return
    out.show(reports, lambda: _drawn(reports), tuple[CarrierReport, ...])


def _drawn(reports: Sequence[CarrierReport]) -> RenderableType:
    usable = [report for report in reports if not report.error]
    parts: list[RenderableType] = []
    if usable:
        columns = ["=operation", *(f"={report.code}" for report in usable)]
        rows = [[Text(operation), *(_cell(report.operations[operation]) for report in usable)] for operation in Operation]
        caption = (
            "full or in part, and the weakest evidence of its scenarios: r recorded from the carrier, d rebuilt from its "
            "documentation, c constructed; + an official description exists to check against"
        )
        parts.append(table("Carriers", columns, rows, caption=caption))
    parts += [bullets(f"{report.name} ({report.code}): what is missing, and why", _reasons(report)) for report in usable]
    parts.append(bullets("Not usable", [f"{report.code}: {report.error}" for report in reports if report.error], "red"))
    unread = [f"{report.code}: {report.scenarios_error}" for report in reports if report.scenarios_error]
    parts.append(bullets("Scenarios that cannot be read", unread, "red"))
    return Group(*parts) if reports else Text("no carrier is installed")


def _reasons(report: CarrierReport) -> list[str]:
    return [f"{operation} ({cell.level}): {cell.reason}" for operation, cell in report.operations.items() if cell.reason]


def _cell(cell: Cell) -> Text:
    if cell.level in (Level.NOT_OFFERED, Level.NOT_IMPLEMENTED):
        return Text("-" if cell.level is Level.NOT_OFFERED else "not yet", _STYLES[cell.level])
    evidence = f" {cell.evidence[0] if cell.evidence else ''}{'+' if cell.official_description else ''}"
    return Text.assemble(("full" if cell.level is Level.FULL else "part", _STYLES[cell.level]), (evidence.rstrip(), "dim"))


def accounts(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the configured accounts: their carrier, environment, and what the carrier offers."""
    out = Output(context, as_json=as_json)
    with here(context).client() as client:
        found = [_account(account) for account in client.accounts.values()]
    out.show(found, lambda: _accounts(found), list[AccountReport])


def _account(account: Account) -> AccountReport:
    return AccountReport(
        name=account.name,
        carrier=account.plugin.code,
        environment=account.settings.environment,
        label_source=account.settings.label_source,
        rate_card=account.settings.rate_card or "",
        carrier_offers=tuple(operation for operation in Operation if account.support(operation).offered),
    )


def _accounts(found: Sequence[AccountReport]) -> RenderableType:
    rows = [[one.name, one.carrier, one.environment, word(one.label_source), one.rate_card or "-"] for one in found]
    return Group(
        table("Accounts", ["account", "carrier", "environment", "label source", "rate card"], rows),
        bullets("What their carriers offer", [f"{one.name}: {', '.join(one.carrier_offers)}" for one in found]),
    )
