"""``retoure monitor signals``: what became of returns, listed or streamed."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Annotated, get_args

import typer
from rich.console import RenderableType

from retoure.cli.inputs import BadInput
from retoure.cli.options import AsJson, StoreUrl
from retoure.cli.output import Output, table
from retoure.cli.surroundings import Surroundings, here
from retoure.cli.words import moment, word
from retoure.lifecycle.signals import SIGNAL, AnySignal
from retoure.monitor.monitor import Monitor, stop_at

__all__ = ["signal_table", "signals"]

TYPES = tuple(kind.model_fields["type"].default for kind in get_args(AnySignal))
_TOLD = ("opens_on", "closes_on", "due_on", "delivered_at", "recommended_file_from", "trace_from", "expires_on", "purged_from",
         "successor", "code", "reason", "recovery_kind", "old", "new")  # fmt: skip
_AT_ONCE = 1000


def signals(
    context: typer.Context,
    *,
    types: Annotated[
        list[str] | None, typer.Option("--type", metavar="TYPE", help="Only these, like first_scan; may be given several times.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many are listed at most.")] = 100,
    follow: Annotated[bool, typer.Option("--follow", help="Go on with those that come, until Ctrl-C.")] = False,
    acknowledge: Annotated[
        bool, typer.Option("--acknowledge", help="Take them: one that was printed is not told again, to anybody.")
    ] = False,
    every: Annotated[float, typer.Option("--every", min=0.1, metavar="SECONDS", help="How often --follow looks.")] = 5,
    store: StoreUrl = None,
    as_json: AsJson = False,
) -> None:
    """List what became of returns and was not acknowledged, the oldest first. Looking changes nothing.

    With --acknowledge each is printed, then acknowledged: of one return in their order, and none that another consumer has at the
    moment. With --json a list is one JSON array; --follow and --acknowledge print a JSON object a line.
    """
    out = Output(context, as_json=as_json)
    if wrong := [name for name in types or () if name not in TYPES]:
        raise BadInput(f"--type {wrong[0]!r} is no signal; there are: {', '.join(TYPES)}")
    around = here(context)
    if follow or acknowledge:
        asyncio.run(_stream(around, store, out, types, None if follow else limit, every, acknowledge=acknowledge))
        return
    found = asyncio.run(_waiting(around, store, types, limit))
    out.show(found, lambda: signal_table(found), list[AnySignal])


async def _waiting(around: Surroundings, store: str | None, types: list[str] | None, limit: int) -> list[AnySignal]:
    async with around.monitor(store, heard=True) as (monitor, _):
        return list(await monitor.waiting(types, limit=limit))


async def _stream(
    around: Surroundings,
    store: str | None,
    out: Output,
    types: list[str] | None,
    limit: int | None,
    every: float,
    *,
    acknowledge: bool,
) -> None:
    ending = asyncio.Event()
    taken = stop_at(ending)
    try:
        async with around.monitor(store, heard=acknowledge) as (monitor, _):
            coming = _handed(monitor, types, limit, every, ending) if acknowledge else _looked_at(monitor, types, every, ending)
            async for signal in coming:
                _print(out, signal)
                if acknowledge:
                    await monitor.acknowledge(signal)
    finally:
        for number in taken:
            asyncio.get_running_loop().remove_signal_handler(number)


async def _handed(
    monitor: Monitor, types: list[str] | None, limit: int | None, every: float, ending: asyncio.Event
) -> AsyncIterator[AnySignal]:
    """What is handed out to this consumer alone; without a limit on and on."""
    count = 0
    while not ending.is_set():
        async for signal in monitor.signals(types, lease=timedelta(minutes=1)):
            yield signal
            count += 1
            if ending.is_set() or count == limit:
                return
        if limit is not None:
            return
        await _pause(ending, every)


async def _looked_at(monitor: Monitor, types: list[str] | None, every: float, ending: asyncio.Event) -> AsyncIterator[AnySignal]:
    """What waits, and what comes, each once."""
    told: set[str] = set()
    while not ending.is_set():
        waiting = await monitor.waiting(types, limit=_AT_ONCE + len(told))
        for signal in waiting:
            if signal.id not in told:
                yield signal
        told = {signal.id for signal in waiting}
        await _pause(ending, every)


async def _pause(ending: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(ending.wait(), seconds)
    except TimeoutError:
        return


def _print(out: Output, signal: AnySignal) -> None:
    """One line, out before anything else happens."""
    if out.as_json:
        sys.stdout.write(json.dumps(SIGNAL.dump_python(signal, mode="json")) + "\n")
    else:
        when, what, rma, number, told, _ = _row(signal)
        out.console.print(f"{when}  {what}  {rma}  {number}  {told}".rstrip(), soft_wrap=True)
    sys.stdout.flush()


def _row(signal: AnySignal) -> list[str]:
    fields = signal.model_dump(mode="json", include=set(_TOLD), exclude_none=True)
    told = ", ".join(f"{word(name)} {value}" for name, value in fields.items() if isinstance(value, str) and value)
    return [moment(signal.at), word(signal.type), signal.rma, signal.number, told, signal.id]


def signal_table(found: Sequence[AnySignal], title: str = "Signals") -> RenderableType:
    """Signals with what follows from them, in their order."""
    columns = ("=when", "=what", "RMA", "number", "", "=id")
    return table(title, columns, [_row(one) for one in found], caption="" if found else "none waits to be acknowledged")
