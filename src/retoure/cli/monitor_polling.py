"""``retoure monitor run``, ``worker`` and ``poll``."""

import asyncio
import logging
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Group, RenderableType

from retoure.cli.collecting import collecting_seldom
from retoure.cli.failures import REFUSED
from retoure.cli.inputs import BadInput
from retoure.cli.monitor_log import RunReport, following
from retoure.cli.options import AsJson, StoreUrl
from retoure.cli.output import Output, bullets, facts
from retoure.cli.surroundings import Surroundings, here
from retoure.cli.words import moment, word
from retoure.errors import ConfigurationError
from retoure.monitor.monitor import Polled, stop_at

if TYPE_CHECKING:
    from retoure.monitor.tasks import Handler

__all__ = ["poll", "run", "worker"]

log = logging.getLogger("retoure.monitor")
AtATime = Annotated[int, typer.Option("--at-a-time", min=1, help="How many calls are under way at a time.")]


def poll(
    context: typer.Context,
    accounts: Annotated[
        list[str] | None, typer.Option("--account", help="Only labels of this account; may be given several times.")
    ] = None,
    *,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="How many calls to make at most for each account.")] = None,
    at_a_time: AtATime = 32,
    store: StoreUrl = None,
    as_json: AsJson = False,
) -> None:
    """Do one unit of work: read what is due, as far as quotas allow, and write down what became of it. For cron and the like.

    Any number of processes may do so at the same time. Leaves with 1 if an account cannot be polled; the others were.
    """
    out = Output(context, as_json=as_json)
    polled = asyncio.run(_poll(here(context), store, accounts, limit, at_a_time))
    out.show(polled, lambda: _drawn(polled))
    if polled.troubles:
        raise typer.Exit(REFUSED)


async def _poll(around: Surroundings, store: str | None, accounts: list[str] | None, limit: int | None, at_a_time: int) -> Polled:
    async with around.monitor(store, at_a_time=at_a_time, heard=True) as (monitor, _):
        return await monitor.poll_due(limit=limit, accounts=accounts)


def _drawn(polled: Polled) -> RenderableType:
    outcomes = ", ".join(f"{count} {word(name)}" for name, count in polled.outcomes.items())
    told = facts(
        "Polled",
        [
            ("calls", str(polled.calls)),
            ("labels", outcomes or "nothing was due"),
            ("unchanged", str(polled.unchanged)),
            ("new signals", ", ".join(f"{count} {word(name)}" for name, count in polled.signals.items()) or "none"),
            ("not asked for", str(polled.released) if polled.released else ""),
            ("watched from now on", ", ".join(polled.added)),
            ("next due", moment(polled.next_due) or "nothing"),
        ],
    )
    return Group(told, bullets("Trouble", [f"{account}: {why}" for account, why in polled.troubles.items()], "red"))


def run(
    context: typer.Context,
    *,
    every: Annotated[
        float, typer.Option("--every", min=1, metavar="SECONDS", help="Look at least so often for new labels.")
    ] = 60,
    at_a_time: AtATime = 32,
    store: StoreUrl = None,
    as_json: AsJson = False,
) -> None:
    """Watch until stopped: read what is due whenever something is. For one machine; SQLite is enough.

    Ctrl-C or SIGTERM ends it: what is being asked is finished, the rest is given back. On a terminal a line tells how it goes;
    elsewhere each call is a JSON object on a line of standard error.
    """
    out = Output(context, as_json=as_json)
    around = here(context)
    with following(as_json=as_json) as seen:
        asyncio.run(_run(around, store, every, at_a_time))
    out.show(seen.report, lambda: _ended(seen.report))


async def _run(around: Surroundings, store: str | None, every: float, at_a_time: int) -> None:
    async with around.monitor(store, at_a_time=at_a_time, heard=True) as (monitor, client):
        if not client.accounts:
            raise around.no_accounts()
        with _ending(client.accounts) as ending:
            await monitor.run(stop=ending, every=timedelta(seconds=every))


@contextmanager
def _ending(accounts: Iterable[str]) -> Iterator[asyncio.Event]:
    """Set by Ctrl-C and SIGTERM, from before the first word on; until then this process does nothing but watch."""
    ending = asyncio.Event()
    taken = stop_at(ending)
    log.info("watching for the accounts %s", ", ".join(accounts))
    try:
        with collecting_seldom():
            yield ending
    finally:
        for number in taken:
            asyncio.get_running_loop().remove_signal_handler(number)


def _ended(report: RunReport) -> RenderableType:
    outcomes = ", ".join(f"{count} {word(name)}" for name, count in report.outcomes.items())
    return facts("Stopped", [("read", outcomes or "nothing"), ("warnings", str(report.warnings)), ("errors", str(report.errors))])


def worker(
    context: typer.Context,
    *,
    handler: Annotated[
        str,
        typer.Option(
            "--handler", metavar="MODULE:FUNCTION", help="Books a signal; without it signals wait for another consumer."
        ),
    ] = "",
    concurrency: Annotated[int, typer.Option("--concurrency", min=1, help="How many tasks are under way in this worker.")] = 8,
    rooms: Annotated[int, typer.Option("--rooms", min=1, help="How many workers may poll the same account at a time.")] = 4,
    at_a_time: AtATime = 32,
    store: StoreUrl = None,
    as_json: AsJson = False,
) -> None:
    """Work beside any number of others on one PostgreSQL store, on as many machines as you like. Needs the extra postgres.

    The tasks' tables are made where there are none. Ctrl-C or SIGTERM ends it: what is being asked is finished, the rest is given
    back; what a worker that is killed held is taken by the others.
    """
    out = Output(context, as_json=as_json)
    around = here(context)
    chosen = _handler(handler) if handler else None
    with following(as_json=as_json) as seen:
        asyncio.run(_work(around, store, chosen, concurrency, rooms, at_a_time))
    out.show(seen.report, lambda: _ended(seen.report))


async def _work(
    around: Surroundings, store: str | None, handler: "Handler | None", concurrency: int, rooms: int, at_a_time: int
) -> None:
    try:
        from retoure.monitor.tasks import Tasks
    except ModuleNotFoundError as error:
        raise ConfigurationError(f"workers need {error.name}, which is not installed: pip install 'retoure[postgres]'") from None
    async with around.monitors(store, at_a_time=at_a_time) as (make, client):
        if not client.accounts:
            raise around.no_accounts()
        tasks = Tasks(around.store(store), make, handler=handler, rooms=rooms)
        with _ending(client.accounts) as ending:
            await tasks.run(stop=ending, concurrency=concurrency)


def _handler(named: str) -> "Handler":
    """A function by the name of its module and its own; modules beside the user are found as python -m finds them."""
    module, _, name = named.partition(":")
    if not module or not name:
        raise BadInput(f"--handler {named!r}: write MODULE:FUNCTION, like shop.signals:book")
    if str(Path.cwd()) not in sys.path:
        sys.path.insert(0, str(Path.cwd()))
    try:
        found = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise BadInput(f"--handler {named!r} cannot be imported: {error}") from None
    if not callable(found):
        raise BadInput(f"--handler {named!r} is no function")
    handler: Handler = found
    return handler
