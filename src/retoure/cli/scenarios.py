"""``retoure scenarios list|check``."""

from collections.abc import Sequence

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from retoure.carrier.plugin import Operation
from retoure.cli.failures import USAGE
from retoure.cli.options import AsJson, CarrierCode
from retoure.cli.output import Output, bullets, table
from retoure.cli.surroundings import here
from retoure.errors import ConfigurationError
from retoure.model.base import Model
from retoure.replay import Origin, Scenario, all_scenarios
from retoure.replay import check as faults_of

__all__ = ["ScenarioCheckReport", "ScenarioSummary", "app"]

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode="markdown", help="List and check the recorded exchanges that come with the carriers."
)


class ScenarioSummary(Model):
    """One scenario in short; ``outcome`` is ``result`` or the error that it comes to."""

    name: str
    title: str
    origin: Origin
    operation: Operation
    outcome: str
    requests: int


class ScenarioFault(Model):
    """One thing that is wrong with a file."""

    file: str
    field: str
    text: str


class ScenarioCheckReport(Model):
    """Every fault of every scenario; none means that they are sound."""

    ok: bool
    faults: tuple[ScenarioFault, ...]


@app.command("list")
def list_(context: typer.Context, *, carrier: CarrierCode = None, as_json: AsJson = False) -> None:
    """List the scenarios, by the names that tests replay them with.

    A carrier whose scenarios cannot be read is told on standard error, and takes no other down.
    """
    out = Output(context, as_json=as_json)
    registry = here(context).registry
    found: list[ScenarioSummary] = []
    for code in registry.codes() if carrier is None else (carrier,):
        try:
            found += map(_summary, all_scenarios(code, registry))
        except ConfigurationError as error:
            if carrier is not None:
                raise
            out.remark(f"{code}: {error}")
    out.show(found, lambda: _listed(found), list[ScenarioSummary])


def _summary(scenario: Scenario) -> ScenarioSummary:
    error = scenario.expect.error
    return ScenarioSummary(
        name=scenario.name,
        title=scenario.title,
        origin=scenario.origin,
        operation=scenario.given.operation,
        outcome=error.type if error else "result",
        requests=len(scenario.interactions),
    )


def _listed(found: Sequence[ScenarioSummary]) -> RenderableType:
    rows = [[one.name, one.origin, one.outcome, one.title] for one in found]
    return table(f"{len(found)} scenarios", ["name", "evidence", "outcome", "title"], rows)


@app.command()
def check(context: typer.Context, *, carrier: CarrierCode = None, as_json: AsJson = False) -> None:
    """Check every scenario: its form, that it shows no secret, and that playing it comes to what it expects.

    Leaves with 2 if one of them has a fault.
    """
    out = Output(context, as_json=as_json)
    found = faults_of(carrier, here(context).registry)
    faults = tuple(ScenarioFault(file=fault.file, field=fault.field, text=fault.text) for fault in found)
    report = ScenarioCheckReport(ok=not faults, faults=faults)
    out.show(report, lambda: _checked(report))
    if faults:
        raise typer.Exit(USAGE)


def _checked(report: ScenarioCheckReport) -> RenderableType:
    if report.ok:
        return Text("Every scenario is sound.", "green")
    told = [": ".join(filter(None, (fault.file, fault.field, fault.text))) for fault in report.faults]
    return Group(bullets("Faults", told, "red"), Text(f"{len(told)} faults.", "bold red"))
