"""``retoure monitor show`` and ``evidence``."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from retoure.cli.failures import REFUSED
from retoure.cli.inputs import BadInput
from retoure.cli.options import AsJson, OfReturn, OutputFolder, StoreUrl
from retoure.cli.output import Output, facts, table
from retoure.cli.surroundings import Surroundings, here
from retoure.cli.verdicts import NEGATIVE, timeline_table, verdict_facts
from retoure.cli.words import holder, moment, word
from retoure.lifecycle import Timeline, timeline
from retoure.model.base import Model
from retoure.monitor.exhibits import written
from retoure.monitor.shown import LabelShown, Shown, Snapshot

__all__ = ["EvidenceReport", "ReturnReport", "evidence", "show"]


class ReturnReport(Shown):
    """All about a watched return, with its timeline; that is None once it is erased."""

    timeline: Timeline | None = None


class EvidenceReport(Model):
    """The chain of snapshots of a return. ``intact``: every hash fits, and each snapshot holds the hash of the one before."""

    of: str
    intact: bool
    snapshots: tuple[Snapshot, ...]
    files: tuple[str, ...] = ()


def show(context: typer.Context, of: OfReturn, *, store: StoreUrl = None, as_json: AsJson = False) -> None:
    """Show all about a return: when it is read next and why, everything that happened, and where it stands.

    Leaves with 1 for the states with which assess does, and if it cannot be judged.
    """
    out = Output(context, as_json=as_json)
    report = asyncio.run(_show(here(context), store, of))
    out.show(report, lambda: _drawn(report))
    if report.state in NEGATIVE or report.trouble:
        raise typer.Exit(REFUSED)


async def _show(around: Surroundings, store: str | None, of: str) -> ReturnReport:
    async with around.monitor(store) as (monitor, _):
        shown = await monitor.show(of)
        told = None
        if shown.case is not None and shown.assessment is not None:
            told = timeline(shown.case, around.rules(shown.policy), at=shown.assessment.at)
        return ReturnReport(**dict(shown), timeline=told)


def _drawn(report: ReturnReport) -> RenderableType:
    head = facts(
        "Return",
        [
            ("RMA", report.rma),
            ("watched since", moment(report.watched_at)),
            ("state", f"{report.state} ({word(report.detail)})" if report.assessment is None else ""),
            ("erased", moment(report.erased_at)),
            ("evidence", f"{len(report.evidence)} snapshot{'s' if len(report.evidence) > 1 else ''}" if report.evidence else ""),
        ],
    )
    parts = [head, _plan_table(report.labels)]
    if report.timeline is not None:
        parts.append(timeline_table(report.timeline))
    if report.assessment is not None:
        parts.append(verdict_facts(report.assessment))
    if report.trouble:
        parts.append(Text(f"Not judged: {report.trouble}", "red"))
    waiting = [one for one in report.signals if one.acknowledged_at is None]
    if waiting:
        names = ", ".join(word(str(one.signal["type"])) for one in waiting)
        parts.append(Text(f"Not acknowledged: {names}", "yellow"))
    return Group(*parts)


def _plan_table(labels: tuple[LabelShown, ...]) -> RenderableType:
    rows = [
        [
            one.number,
            holder(one.account, one.carrier),
            _next(one),
            moment(one.deadline_at),
            moment(one.last_success_at),
            _last(one),
        ]
        for one in labels
    ]
    return table("Plan", ("=number", "account", "next read", "=forced read", "=last history", "last asked"), rows)


def _next(label: LabelShown) -> str:
    if label.stopped_at is not None:
        return f"none: {word(label.stop_reason)}, since {moment(label.stopped_at)}"
    taken = f"; being read until {moment(label.leased_until)}" if label.leased_until else ""
    return f"{moment(label.next_poll_at)} ({word(label.reason)}){taken}"


def _last(label: LabelShown) -> str:
    failed = f"{word(label.last_error_class)}, {label.attempts} in a row" if label.attempts else word(label.last_error_class)
    return ": ".join(filter(None, (moment(label.last_attempt_at), failed))) or "never"


def evidence(
    context: typer.Context,
    of: OfReturn,
    *,
    take: Annotated[bool, typer.Option("--take", help="Take a snapshot of what is known now, before anything else.")] = False,
    folder: OutputFolder = None,
    store: StoreUrl = None,
    as_json: AsJson = False,
) -> None:
    """List the evidence of a return, and check its chain of hashes; with --out write it into files.

    Of each snapshot there is the JSON whose SHA-256 is in the chain, a text, and the carrier's answer byte for byte where it is
    kept. chain.json lists them. Leaves with 1 if a hash does not fit: what is stored was changed.
    """
    out = Output(context, as_json=as_json)
    snapshots = asyncio.run(_evidence(here(context), store, of, take=take))
    if folder is not None and not snapshots:
        raise BadInput(f"there is no evidence of {of!r} yet: --take takes a snapshot")
    files = _export(snapshots, of, folder) if folder is not None else []
    intact = all(one.intact for one in snapshots)
    report = EvidenceReport(of=of, intact=intact, snapshots=snapshots, files=tuple(map(str, files)))
    out.show(report, lambda: _chain_table(report))
    if not intact:
        raise typer.Exit(REFUSED)


async def _evidence(around: Surroundings, store: str | None, of: str, *, take: bool) -> tuple[Snapshot, ...]:
    async with around.monitor(store) as (monitor, _):
        if take:
            await monitor.snapshot(of)
        return await monitor.evidence(of)


def _chain_table(report: EvidenceReport) -> RenderableType:
    rows: list[list[RenderableType]] = [
        [
            str(one.place),
            moment(one.at),
            one.number,
            one.why,
            one.sha256[:16],
            Text("yes", "green") if one.intact else Text("NO", "bold red"),
        ]
        for one in report.snapshots
    ]
    verdict = "the chain is intact" if report.intact else "the chain is broken: what is stored was changed"
    if not report.snapshots:
        verdict = "none yet"
    where = f"; {len(report.files)} files are written" if report.files else ""
    return table("Evidence", (">", "=taken at", "=number", "why", "=SHA-256", "intact"), rows, caption=verdict + where)


def _export(snapshots: tuple[Snapshot, ...], of: str, folder: Path) -> list[Path]:
    """Each snapshot's JSON, text and raw answer, and the chain that binds them."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = "".join(c if c.isalnum() or c in "-_" else "_" for c in of)
    files: list[Path] = []

    def write(name: str, content: bytes) -> None:
        path = folder / f"{stem}-{name}"
        path.write_bytes(content)
        files.append(path)

    for one in snapshots:
        if one.body is not None:
            write(f"{one.place:03}.json", written(one.body))
            write(f"{one.place:03}.txt", f"{one.text}\n".encode())
        if one.raw is not None:
            write(f"{one.place:03}.answer", one.raw)
    links = [
        one.model_dump(mode="json", include={"place", "number", "why", "at", "sha256", "before", "intact"}) for one in snapshots
    ]
    write("chain.json", json.dumps(links, indent=2).encode())
    return files
