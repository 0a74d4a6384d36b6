"""``retoure sandbox``: carriers in a box, for tests from end to end."""

import signal
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Group
from rich.text import Text

from retoure.cli.inputs import BadInput, parsed, read_text
from retoure.cli.options import AsJson
from retoure.cli.output import Output, table
from retoure.cli.surroundings import here
from retoure.model.base import Model

__all__ = ["SandboxReport", "sandbox"]

_USE = 'Give an account base_url="{url}" in code, and whatever it is told to do happens in the box. Ctrl-C ends it.'


class SandboxReport(Model):
    """Where the box listens: one address for each carrier."""

    origin: str
    carriers: dict[str, str]


def sandbox(
    context: typer.Context,
    carriers: Annotated[list[str] | None, typer.Argument(metavar="CARRIER", help="Their codes; every one, unless said.")] = None,
    *,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Where it listens on 127.0.0.1; 0: any free one.")] = 8765,
    books: Annotated[
        Path | None, typer.Option("--books", metavar="FILE", dir_okay=False, help="Where it writes down what it sold.")
    ] = None,
    faults: Annotated[
        str | None, typer.Option("--faults", metavar="FILE", help="What goes wrong: a Faults, as JSON; - is standard input.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="What chance starts from.")] = 0,
    story: Annotated[str, typer.Option("--story", help="What happens to parcels, like delivered, never_scanned or lost.")] = "",
    as_json: AsJson = False,
) -> None:
    """Serve carriers in a box: a local server that sells labels and pickups over the carriers' own wire. Nothing costs money.

    GET /_sandbox/books tells what was sold; POST /_sandbox/faults, /_sandbox/clock and /_sandbox/story change what happens.
    """
    from retoure.replay.sandbox import Faults, Sandbox

    out = Output(context, as_json=as_json)
    wrong = parsed(*read_text(faults), Faults) if faults else None
    try:
        box = Sandbox(
            carriers or (), books=books, port=port, faults=wrong, seed=seed, story=story, registry=here(context).registry
        )
    except OSError as error:
        raise BadInput(f"127.0.0.1:{port} cannot be listened on: {error.strerror}") from None
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        report = SandboxReport(origin=box.origin, carriers={code: box.url(code) for code in box.carriers})
        use = Text(_USE.format(url=next(iter(report.carriers.values()), box.origin)), "dim")
        out.show(report, lambda: Group(table("Carriers in a box", ("=carrier", "=base_url"), report.carriers.items()), use))
        box.serve()
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)
        box.close()


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
