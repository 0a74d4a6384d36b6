"""``retoure monitor watch`` and ``retoure monitor import``."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Annotated, Any

import typer
from pydantic import AwareDatetime
from rich.console import Group, RenderableType
from rich.text import Text

from retoure.cli.arrivals import COLUMNS, Arrival, Defaults, arrivals_in_lines, arrivals_in_rows, read_arrival
from retoure.cli.failures import REFUSED
from retoure.cli.inputs import BadInput, day_of, instant_of, read_object
from retoure.cli.options import AsJson, Instant, SourceOfLabel, StoreUrl
from retoure.cli.output import Output, bullets, facts
from retoure.cli.sheets import Sheet, progressing, reading
from retoure.cli.surroundings import Surroundings, here
from retoure.cli.words import moment
from retoure.errors import Problem, UnknownPolicy
from retoure.lifecycle import ReturnCase
from retoure.model.base import Model
from retoure.monitor.monitor import Monitor

__all__ = ["ImportReport", "WatchReport", "import_", "watch"]

_AT_ONCE = 500
_TOLD = 20
"""How many bad lines are told; with --json all of them are."""

PolicyName = Annotated[
    str, typer.Option("--policy", metavar="NAME", help="The programme's rules; else those that the configuration names.")
]
RefundAtScan = Annotated[
    bool, typer.Option("--refund-at-scan", help="The buyer is refunded at the first scan: unscanned labels are read more often.")
]


class WatchReport(Model):
    """A return that is watched. ``added`` are the numbers that were not watched before."""

    rma: str
    numbers: tuple[str, ...]
    added: tuple[str, ...]
    next_read: AwareDatetime | None


class ImportProblem(Model):
    """A line that is not watched, and why. ``field`` is empty where the whole line cannot be read."""

    line: int
    number: str
    field: str
    reason: str


class ImportReport(Model):
    """What came of a file. Numbers that were watched before are ``known``; every bad line is in ``problems``."""

    lines: int
    added: int
    known: int
    refused: int
    problems: tuple[ImportProblem, ...]


def watch(
    context: typer.Context,
    number: Annotated[str | None, typer.Argument(metavar="[NUMBER]", help="The tracking number; leading zeros count.")] = None,
    *,
    account: Annotated[str, typer.Option("--account", help="Whose quota is used to ask for it, by its name.")] = "",
    label: Annotated[
        str | None,
        typer.Option(
            "--label", metavar="FILE", help="A Label or a ReturnCase, as JSON, instead of a number; - is standard input."
        ),
    ] = None,
    rma: Annotated[str, typer.Option("--rma", help="The merchant's number of the return.")] = "",
    issued_at: Instant = None,
    label_source: SourceOfLabel = None,
    return_to: Annotated[str, typer.Option("--return-to", help="Where it goes, by its name in the configuration.")] = "",
    country: Annotated[str, typer.Option("--country", help="Where it goes, instead of --return-to.")] = "",
    postal_code: Annotated[str, typer.Option("--postal-code", help="Where it goes, instead of --return-to.")] = "",
    city: Annotated[str, typer.Option("--city", help="Where it goes, instead of --return-to.")] = "",
    expires_on: Annotated[str | None, typer.Option("--expires-on", metavar="DATE", help="The last day it can be used.")] = None,
    refund_at_scan: RefundAtScan = False,
    policy: PolicyName = "",
    store: StoreUrl = None,
    as_json: AsJson = False,
) -> None:
    """Watch a label until its return has ended. The same again changes nothing.

    Without --issued-at it cannot be told whether an event is of this parcel or of one that had the number before.
    """
    out = Output(context, as_json=as_json)
    if bool(number) is bool(label):
        raise BadInput("name a tracking number, or a file with --label")
    if label:
        beside = {"--account": account, "--rma": rma, "--issued-at": issued_at, "--label-source": label_source,
                  "--return-to": return_to, "--country": country, "--postal-code": postal_code, "--city": city,
                  "--expires-on": expires_on}  # fmt: skip
        if wrong := [option for option, value in beside.items() if value]:
            raise BadInput(f"{', '.join(wrong)} {'go' if len(wrong) > 1 else 'goes'} with a number; a label has it in its JSON")
        value = read_object(label)
    else:
        value = _told(
            number=number, account=account, rma=rma, label_source=label_source, return_to=return_to, country=country,
            postal_code=postal_code, city=city,
            issued_at=instant_of(issued_at, "--issued-at") if issued_at else None,
            expires_on=day_of(expires_on, "--expires-on") if expires_on else None,
        )  # fmt: skip
    around = here(context)
    report = asyncio.run(_watch(around, store, value, policy, refund_at_scan=refund_at_scan))
    out.show(report, lambda: _watched(report))


def _told(**fields: Any) -> dict[str, Any]:  # noqa: ANN401 - options
    return {name: value for name, value in fields.items() if value}


async def _watch(around: Surroundings, store: str | None, value: Any, policy: str, *, refund_at_scan: bool) -> WatchReport:  # noqa: ANN401
    async with around.monitor(store) as (monitor, client):
        defaults = Defaults(client.accounts, around.return_addresses(), policy=policy, refund_at_scan=refund_at_scan)
        arrival = read_arrival(value, 1, defaults)
        _check_policy(around, arrival)
        if arrival.problems or arrival.what is None:
            raise BadInput("this cannot be watched", arrival.problems)
        watched = await monitor.watch(arrival.what, policy=arrival.policy or None, refund_at_scan=arrival.refund_at_scan)
        shown = await monitor.show(_numbers(arrival.what)[0])
        reads = [one.next_poll_at for one in shown.labels if one.next_poll_at]
        return WatchReport(
            rma=watched.rma,
            numbers=tuple(one.number for one in shown.labels),
            added=watched.added,
            next_read=min(reads, default=None),
        )


def _watched(report: WatchReport) -> RenderableType:
    return facts(
        "Watched",
        [
            ("RMA", report.rma),
            ("numbers", ", ".join(report.numbers)),
            ("new", ", ".join(report.added) or "nothing: it was watched before"),
            ("first read", moment(report.next_read)),
        ],
    )


def import_(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help="CSV, or .jsonl with a JSON object a line; - is standard input.")],
    *,
    account: Annotated[str, typer.Option("--account", help="The account of lines that name none.")] = "",
    lines: Annotated[bool, typer.Option("--jsonl", help="JSON Lines, whatever the file is called.")] = False,
    refund_at_scan: RefundAtScan = False,
    policy: PolicyName = "",
    store: StoreUrl = None,
    as_json: AsJson = False,
) -> None:
    """Watch the labels of a file, one a line; a bad line is told, and takes no good one with it.

    The columns of a CSV file are named in its first line: number and, unless --account is given, account; further ones are rma,
    issued_at, label_source, return_to or country, postal_code and city, expires_on, refund_at_scan, carrier and policy. A line of
    JSON has the same fields, or is a Label or a ReturnCase. The same file again changes nothing. Leaves with 1 if a line is bad.
    """
    out = Output(context, as_json=as_json)
    report = asyncio.run(_import(here(context), store, file, account, policy, lines=lines, refund_at_scan=refund_at_scan))
    out.show(report, lambda: _imported(report))
    if report.problems:
        raise typer.Exit(REFUSED)


async def _import(
    around: Surroundings, store: str | None, file: str, account: str, policy: str, *, lines: bool, refund_at_scan: bool
) -> ImportReport:
    added = known = count = 0
    problems: list[ImportProblem] = []
    async with around.monitor(store) as (monitor, client):
        if account:
            _ = client.accounts[account]  # a name that there is not is no fault of each line
        defaults = Defaults(client.accounts, around.return_addresses(), account, policy, refund_at_scan)
        with reading(file) as text:
            if lines or file.endswith((".jsonl", ".ndjson")):
                arrivals = arrivals_in_lines(progressing(text, file, "Importing", head_lines=0), defaults)
            else:
                sheet = Sheet(text, COLUMNS)
                sheet.check(("number",) if account else ("number", "account"), COLUMNS, file)
                arrivals = arrivals_in_rows(progressing(sheet.rows, file, "Importing", head_lines=1), defaults)
            while some := list(islice(arrivals, _AT_ONCE)):
                count += len(some)
                new, old = await _watch_some(around, monitor, some)
                added, known = added + new, known + old
                problems += _problems(some)
    refused = len({problem.line for problem in problems})
    return ImportReport(lines=count, added=added, known=known, refused=refused, problems=tuple(problems))


async def _watch_some(around: Surroundings, monitor: Monitor, some: list[Arrival]) -> tuple[int, int]:
    """Watch the good ones, and write down what is wrong with those that cannot be."""
    alike: dict[tuple[str, bool], list[tuple[Arrival, ReturnCase]]] = defaultdict(list)
    for arrival in some:
        _check_policy(around, arrival)
        if arrival.what is not None and not arrival.problems:
            alike[arrival.policy, arrival.refund_at_scan].append((arrival, arrival.what))
    added = known = 0
    for (policy, refund_at_scan), those in alike.items():
        taken = await monitor.watch_many([what for _, what in those], policy=policy or None, refund_at_scan=refund_at_scan)
        for (arrival, what), watched in zip(those, taken, strict=True):
            if watched.refused:
                arrival.problems.append(Problem("number", "refused", watched.refused))
            else:
                added += len(watched.added)
                known += len(_numbers(what)) - len(watched.added)
    return added, known


def _check_policy(around: Surroundings, arrival: Arrival) -> None:
    if arrival.policy:
        try:
            around.rules(arrival.policy)
        except UnknownPolicy as error:
            arrival.problems.append(Problem("policy", "unknown", str(error)))


def _numbers(what: ReturnCase) -> tuple[str, ...]:
    return tuple(label.number for label in what.labels)


def _problems(some: Iterable[Arrival]) -> Iterator[ImportProblem]:
    for arrival in some:
        for problem in arrival.problems:
            yield ImportProblem(line=arrival.line, number=arrival.number, field=problem.field, reason=problem.text)


def _imported(report: ImportReport) -> RenderableType:
    told = [f"line {one.line}: {f'{one.field}: ' if one.field else ''}{one.reason}" for one in report.problems[:_TOLD]]
    more = len(report.problems) - len(told)
    told += [f"and {more} more; --json tells them all"] if more else []
    taken = f"{report.added} numbers are watched from now on, {report.known} were before"
    verdict = f"{taken}; {report.refused} of {report.lines} lines are bad."
    return Group(bullets("Not watched", told, "red"), Text(verdict, "bold red" if report.problems else "green"))
