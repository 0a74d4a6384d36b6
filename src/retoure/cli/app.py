"""The commands put together."""

from pathlib import Path
from typing import Annotated

import typer

from retoure._version import __version__
from retoure.cli import labels, monitor, pickups, purchases, rate_cards, scenarios
from retoure.cli.carriers import accounts, carriers
from retoure.cli.demo import demo
from retoure.cli.doctor import doctor
from retoure.cli.drop_offs import drop_offs
from retoure.cli.failures import Guarded
from retoure.cli.quotes import quote
from retoure.cli.sandbox import sandbox
from retoure.cli.schemas import schema
from retoure.cli.surroundings import here
from retoure.cli.tracking import track
from retoure.cli.verdicts import assess

__all__ = ["app"]

app = typer.Typer(
    cls=Guarded,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,  # they show the values of variables, and some of those are secrets
    epilog="Exit codes: 0 done; 1 the carrier refused, or the verdict is negative; 2 usage, configuration, an input file, or an "
    "output that cannot be written; 3 it is not known whether a purchase happened, or what was bought could not be handed over.",
)


def _version(wanted: bool) -> None:  # noqa: FBT001 - typer calls it so
    if wanted:
        typer.echo(f"retoure {__version__}")
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    *,
    config: Annotated[
        Path | None,
        typer.Option("--config", metavar="FILE", help="The configuration; else RETOURE_CONFIG names it, else retoure.toml."),
    ] = None,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Return shipping: quotes, labels, pickups, tracking, drop-off points, and whether a return counts as lost.

    Start with retoure demo: a return's whole journey on replayed exchanges, without credentials and without a network.
    """
    surroundings = here(context)
    surroundings.config = config or surroundings.config


for _command in (demo, quote, track, assess, carriers, accounts, schema, doctor, sandbox):
    app.command()(_command)
app.command("drop-offs")(drop_offs)
app.add_typer(labels.app, name="label")
app.add_typer(pickups.app, name="pickup")
app.add_typer(purchases.app, name="purchases")
app.add_typer(monitor.app, name="monitor")
app.add_typer(rate_cards.app, name="rate-cards")
app.add_typer(scenarios.app, name="scenarios")
