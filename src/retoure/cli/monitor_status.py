"""``retoure monitor status``."""

import asyncio
from collections.abc import Iterator

import typer
from rich.console import Group, RenderableType

from retoure.cli.options import AsJson, StoreUrl
from retoure.cli.output import Output, bullets, facts, table
from retoure.cli.surroundings import Surroundings, here
from retoure.cli.words import holder, moment, word
from retoure.lifecycle import State
from retoure.monitor.shown import AccountStatus, Prospect, Status

__all__ = ["StatusReport", "status"]


class StatusReport(Status):
    """How the monitor stands, and whether the accounts' quotas carry what is watched."""

    indeterminate: int
    oldest_overdue_deadline_s: float | None
    prospects: tuple[Prospect, ...]


def status(context: typer.Context, *, store: StoreUrl = None, as_json: AsJson = False) -> None:
    """Show what is watched, due and overdue, what the quotas carry, which accounts are left alone, and what waits to be booked.

    Nothing is sent to a carrier. It counts everything, so it takes a while where millions are watched.
    """
    out = Output(context, as_json=as_json)
    report = asyncio.run(_status(here(context), store))
    out.show(report, lambda: _drawn(report))


async def _status(around: Surroundings, store: str | None) -> StatusReport:
    async with around.monitor(store) as (monitor, _):
        found = await monitor.status()
        overdue = [found.at - one.oldest_overdue_deadline for one in found.accounts if one.oldest_overdue_deadline]
        return StatusReport(
            **dict(found),
            indeterminate=found.states.get(State.INDETERMINATE, 0),
            oldest_overdue_deadline_s=max(overdue).total_seconds() if overdue else None,
            prospects=await monitor.prospects(),
        )


def _drawn(report: StatusReport) -> RenderableType:
    late = report.oldest_overdue_deadline_s
    head = facts(
        "Monitor",
        [
            ("at", moment(report.at)),
            ("returns", f"{report.returns}: {', '.join(f'{count} {word(state)}' for state, count in report.states.items())}"
             if report.returns else "none is watched: retoure monitor watch, or import"),
            ("numbers", f"{report.active} are read, {report.stopped} no more"),
            ("signals", f"{report.unacknowledged} wait to be acknowledged, {report.leased_signals} of them with a consumer"),
            ("forced reads", f"the oldest is overdue by {late / 60:.0f} minutes" if late else "none is overdue"),
            ("indeterminate", str(report.indeterminate)),
            ("unmapped codes", str(report.unmapped_codes)),
            ("calls used", "\n".join(f"{quota}: {count}" for quota, count in report.used.items())),
        ],
    )  # fmt: skip
    return Group(
        head,
        table(
            "Accounts", ("account", ">read", ">due", ">taken", "=next due", "planned for"), [_row(one) for one in report.accounts]
        ),
        bullets("Quotas", [f"{one.account}: {one.summary}" for one in report.prospects if one.summary]),
        bullets("Amiss", list(_amiss(report)), "red"),
    )


def _row(one: AccountStatus) -> list[str]:
    reasons = ", ".join(f"{count} {word(reason)}" for reason, count in one.by_reason.items())
    return [holder(one.account, one.carrier), str(one.active), str(one.due), str(one.leased), moment(one.next_due), reasons]


def _amiss(report: StatusReport) -> Iterator[str]:
    for one in report.prospects:
        if one.paused:
            yield f"{one.account} is left alone {one.paused}"
        yield from (f"{one.account}: {text}" for text in (*one.warnings, one.error) if text)
