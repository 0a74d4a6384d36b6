"""``retoure carriers`` and ``retoure accounts``."""

from collections.abc import Sequence

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from retoure.carrier.plugin import Level, Operation
from retoure.carrier.settings import Environment
from retoure.cli.matrix import CarrierReport, Cell, carrier_reports
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
    """One configured account. Credentials are never part of it."""

    name: str
    carrier: str
    environment: Environment
    label_source: LabelSource
    rate_card: str = ""
    can: tuple[Operation, ...] = ()


def carriers(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Show what each installed carrier can do, and on what evidence that rests.

    Evidence is the weakest that the operation's scenarios rest on: recorded from the carrier, rebuilt from its documentation,
    or constructed. A carrier that cannot be loaded is listed with its error.
    """
    out = Output(context, as_json=as_json)
    reports = carrier_reports(here(context).registry)
    out.show(reports, lambda: _drawn(reports), tuple[CarrierReport, ...])


def _drawn(reports: Sequence[CarrierReport]) -> RenderableType:
    usable = [report for report in reports if not report.error]
    parts: list[RenderableType] = []
    if usable:
        rows = [[operation, *(_cell(report.operations[operation]) for report in usable)] for operation in Operation]
        caption = "evidence: the weakest of its scenarios, - for none; *: checked against an official description"
        parts.append(table("Carriers", ["operation", *(f"{report.name} ({report.code})" for report in usable)], rows, caption=caption))
    parts += [bullets(f"{report.name}: what is missing, and why", _reasons(report)) for report in usable]
    parts.append(bullets("Not usable", [f"{report.code}: {report.error}" for report in reports if report.error], "red"))
    unread = [f"{report.code}: {report.scenarios_error}" for report in reports if report.scenarios_error]
    parts.append(bullets("Scenarios that cannot be read", unread, "red"))
    return Group(*parts) if reports else Text("no carrier is installed")


def _reasons(report: CarrierReport) -> list[str]:
    return [f"{operation} ({cell.level}): {cell.reason}" for operation, cell in report.operations.items() if cell.reason]


def _cell(cell: Cell) -> Text:
    evidence = f" / {cell.evidence}{'*' if cell.official_description else ''}" if cell.evidence else " / -"
    return Text.assemble((cell.level, _STYLES[cell.level]), (evidence if cell.level in (Level.FULL, Level.PARTIAL) else "", "dim"))


def accounts(context: typer.Context, *, as_json: AsJson = False) -> None:
    """List the configured accounts: their carrier, environment, and what they can do."""
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
        can=tuple(operation for operation in Operation if account.support(operation).offered),
    )


def _accounts(found: Sequence[AccountReport]) -> RenderableType:
    rows = [[one.name, one.carrier, one.environment, word(one.label_source), one.rate_card or "-"] for one in found]
    return Group(
        table("Accounts", ["account", "carrier", "environment", "label source", "rate card"], rows),
        *(bullets(f"{one.name} can", [str(operation) for operation in one.can]) for one in found),
    )
