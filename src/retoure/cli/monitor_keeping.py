"""``retoure monitor observe``, ``acknowledge``, ``refresh``, ``stop``, ``resume`` and ``erase``."""

import asyncio
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from retoure.cli.failures import REFUSED
from retoure.cli.inputs import BadInput, instant_of, parsed, read_text
from retoure.cli.monitor_signals import signal_table
from retoure.cli.options import AsJson, InputFile, StoreUrl
from retoure.cli.output import Output, bullets, facts
from retoure.cli.surroundings import Surroundings, here
from retoure.cli.words import moment
from retoure.lifecycle import Observation
from retoure.lifecycle.signals import AnySignal
from retoure.model.base import Model
from retoure.monitor.shown import Erased, LabelShown

__all__ = ["AcknowledgeReport", "ResumeReport", "acknowledge", "erase", "observe", "refresh", "resume", "stop"]

Number = Annotated[str, typer.Argument(metavar="NUMBER", help="A tracking number that is watched.")]
OfAccount = Annotated[str | None, typer.Option("--account", help="Whose, where several accounts watch the number.")]


class AcknowledgeReport(Model):
    """How many signals were acknowledged that were not before, and the ids that no signal ever had."""

    acknowledged: int
    unknown: tuple[str, ...] = ()


class ResumeReport(Model):
    """An account that is asked again."""

    account: str


def acknowledge(
    context: typer.Context,
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="The ids of signals that are booked.")],
    *,
    store: StoreUrl = None,
    as_json: AsJson = False,
) -> None:
    """Acknowledge signals by their ids: nobody is told them again. Leaves with 1 if an id is none."""
    out = Output(context, as_json=as_json)
    report = asyncio.run(_acknowledge(here(context), store, ids))
    out.show(report, lambda: _acknowledged(report, len(ids)))
    if report.unknown:
        raise typer.Exit(REFUSED)


async def _acknowledge(around: Surroundings, store: str | None, ids: list[str]) -> AcknowledgeReport:
    async with around.monitor(store) as (monitor, _):
        return AcknowledgeReport(acknowledged=await monitor.acknowledge(*ids), unknown=await monitor.unknown(*ids))


def _acknowledged(report: AcknowledgeReport, given: int) -> RenderableType:
    before = given - report.acknowledged - len(report.unknown)
    told = f"{report.acknowledged} acknowledged{f', {before} were before' if before else ''}."
    return Group(Text(told), bullets("Not known", [f"no signal has the id {one!r}" for one in report.unknown], "red"))


def observe(context: typer.Context, file: InputFile, *, store: StoreUrl = None, as_json: AsJson = False) -> None:
    """Tell what only the merchant knows, or what a carrier sent: an Observation as JSON, or an array of them.

    A WarehouseReceipt, RefundIssued, ClaimFiled and the like change the verdict; a Push makes its parcel due at once. Prints the
    signals that follow; they wait to be acknowledged like all others.
    """
    out = Output(context, as_json=as_json)
    text, name = read_text(file)
    several = text.lstrip().startswith("[")
    told: Any = parsed(text, name, list[Observation] if several else Observation, "Observation")  # type: ignore[arg-type] # a union
    found = asyncio.run(_observe(here(context), store, told if several else [told]))
    out.show(found, lambda: signal_table(found, "What follows"), list[AnySignal])


async def _observe(around: Surroundings, store: str | None, told: list[Observation]) -> list[AnySignal]:
    async with around.monitor(store) as (monitor, _):
        return [signal for one in told for signal in await monitor.observe(one)]


def refresh(
    context: typer.Context, number: Number, *, account: OfAccount = None, store: StoreUrl = None, as_json: AsJson = False
) -> None:
    """Make a number due at once, one that is read no more as well: the next unit of work reads it."""
    out = Output(context, as_json=as_json)
    label = asyncio.run(_changed(here(context), store, number, account, stop=False))
    out.show(label, lambda: _label(label, "Due"))


def stop(
    context: typer.Context, number: Number, *, account: OfAccount = None, store: StoreUrl = None, as_json: AsJson = False
) -> None:
    """Read a number no more, until it is refreshed or a message of it comes in."""
    out = Output(context, as_json=as_json)
    label = asyncio.run(_changed(here(context), store, number, account, stop=True))
    out.show(label, lambda: _label(label, "Stopped"))


async def _changed(around: Surroundings, store: str | None, number: str, account: str | None, *, stop: bool) -> LabelShown:
    async with around.monitor(store) as (monitor, _):
        await (monitor.stop(number, account=account) if stop else monitor.refresh(number, account=account))
        return await monitor.label(number, account=account)


def _label(label: LabelShown, title: str) -> RenderableType:
    return facts(
        title,
        [
            ("number", label.number),
            ("account", label.account),
            ("next read", moment(label.next_poll_at) or "none"),
            ("stopped", moment(label.stopped_at)),
        ],
    )


def resume(
    context: typer.Context,
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="Its name in the configuration.")],
    *,
    store: StoreUrl = None,
    as_json: AsJson = False,
) -> None:
    """Ask again with an account's credentials: they were mended, or the carrier is known to answer."""
    out = Output(context, as_json=as_json)
    asyncio.run(_resume(here(context), store, account))
    out.show(ResumeReport(account=account), lambda: Text(f"{account} is asked again."))


async def _resume(around: Surroundings, store: str | None, account: str) -> None:
    async with around.monitor(store) as (monitor, _):
        await monitor.resume(account)


def erase(
    context: typer.Context,
    of: Annotated[
        list[str] | None,
        typer.Argument(metavar="RMA|NUMBER", help="The returns whose personal data are erased, each by its rma or a number."),
    ] = None,
    *,
    before: Annotated[
        str | None, typer.Option("--before", metavar="INSTANT", help="All returns that were over before then, instead.")
    ] = None,
    store: StoreUrl = None,
    as_json: AsJson = False,
) -> None:
    """Erase personal data: labels' towns, histories, answers, evidence. Numbers, digests, codes and times stay.

    A return with an open claim, or whose rows cannot be read, is kept, and told with the reason. Leaves with 1 if a name is none.
    """
    out = Output(context, as_json=as_json)
    if bool(of) is bool(before):
        raise BadInput("name the returns to be erased, or an instant with --before")
    report = asyncio.run(_erase(here(context), store, of or [], before))
    out.show(report, lambda: _erased(report))
    if report.unknown:
        raise typer.Exit(REFUSED)


async def _erase(around: Surroundings, store: str | None, of: list[str], before: str | None) -> Erased:
    async with around.monitor(store) as (monitor, _):
        return await (monitor.purge(instant_of(before, "--before")) if before else monitor.erase(*of))


def _erased(report: Erased) -> RenderableType:
    kept = "\n".join(f"{name}: {reason}" for name, reason in report.kept.items())
    unknown = [f"neither a return nor a number {name!r} is watched" for name in report.unknown]
    told = facts("Erased", [("returns", ", ".join(report.returns) or "none"), ("kept", kept)])
    return Group(told, bullets("Not known", unknown, "red"))
