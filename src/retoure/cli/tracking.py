"""``retoure track``."""

from collections.abc import Iterable, Sequence
from typing import Annotated, TypeAlias

import typer
from rich.console import Group, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from retoure.carrier.plugin import Operation
from retoure.cli.failures import REFUSED
from retoure.cli.inputs import instant_of, made
from retoure.cli.options import AccountName, AsJson, Instant
from retoure.cli.output import Output, console, table
from retoure.cli.surroundings import here
from retoure.cli.words import moment, place, word
from retoure.client import Client
from retoure.model.tracking import Custody, TrackedParcel, TrackingFailure, TrackingReport

__all__ = ["track", "tracking_table"]

Outcome: TypeAlias = TrackingReport | TrackingFailure
_BATCHES_AT_A_TIME = 8


def track(
    context: typer.Context,
    numbers: Annotated[list[str], typer.Argument(metavar="NUMBER...", help="Tracking numbers; leading zeros count.")],
    *,
    account: AccountName,
    issued_at: Instant = None,
    postal_code: Annotated[str, typer.Option("--postal-code", help="The recipient's, for carriers that ask for it.")] = "",
    country: Annotated[
        str | None, typer.Option("--country", help="The recipient's, to tell another shipment behind the same number.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Read the history of one or many parcels.

    With --json one number prints a TrackingReport, or a TrackingFailure, which retoure assess - takes; several print an array of
    them, in the order of the numbers. Leaves with 1 if any number gave no history. That never means lost.
    """
    out = Output(context, as_json=as_json)
    issued = instant_of(issued_at, "--issued-at") if issued_at else None
    parcels = [
        made(TrackedParcel, f"the number {number!r}", number=number, issued_at=issued, postal_code=postal_code, country=country)
        for number in dict.fromkeys(numbers)
    ]
    with here(context).client() as client:
        outcomes = _read(client, parcels, account, quiet=as_json)
    if len(outcomes) == 1:
        out.show(outcomes[0], lambda: _drawn(outcomes))
    else:
        out.show(outcomes, lambda: _drawn(outcomes), list[Outcome])
    if any(isinstance(outcome, TrackingFailure) for outcome in outcomes):
        raise typer.Exit(REFUSED)


def _read(client: Client, parcels: Sequence[TrackedParcel], account: str, *, quiet: bool) -> list[Outcome]:
    """The outcomes in the order of the parcels, with a bar on standard error while many are read."""
    where = client.accounts[account]
    where.require(Operation.TRACK)
    size = (where.carrier.tracking.batch_size if where.carrier.tracking else 1) * _BATCHES_AT_A_TIME
    found: dict[str, Outcome] = {}
    screen = console(error=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    hidden = quiet or not screen.is_terminal or len(parcels) <= size
    with Progress(*columns, console=screen, transient=True, disable=hidden) as progress:
        bar = progress.add_task("tracking", total=len(parcels))
        for start in range(0, len(parcels), size):
            part = parcels[start : start + size]
            found.update(client.track_many(part, account=account))
            progress.advance(bar, len(part))
    return [found[parcel.number] for parcel in parcels]


def _drawn(outcomes: Iterable[Outcome]) -> RenderableType:
    told = list(outcomes)
    failures = [outcome for outcome in told if isinstance(outcome, TrackingFailure)]
    parts: list[RenderableType] = [tracking_table(report) for report in told if isinstance(report, TrackingReport)]
    if failures:
        rows = [[one.number, word(one.reason), one.message, one.carrier_code] for one in failures]
        parts.append(table("No history", ["number", "reason", "message", "code"], rows))
    return Group(*parts)


def tracking_table(report: TrackingReport) -> RenderableType:
    """A parcel's history, oldest first."""
    rows = [
        [
            moment(event.instant),
            "yes" if event.custody is Custody.PHYSICAL else "-",
            Text.assemble((word(event.kind), "bold"), (f"  {event.text}" if event.text else "", "dim")),
            place(event.location),
        ]
        for event in report.events
    ]
    caption = f"{report.carrier}, read {moment(report.read_at)}; scan: the carrier had the parcel in hand"
    if not rows:
        caption = f"{report.carrier}, read {moment(report.read_at)}: the number is known, and nothing has happened yet"
    return table(report.number, ["=when", "scan", "what, in the carrier's words", "where"], rows, caption=caption)
