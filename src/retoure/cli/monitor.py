"""``retoure monitor``: returns watched until their end."""

import typer

from retoure.cli.monitor_keeping import acknowledge, erase, observe, refresh, resume, stop
from retoure.cli.monitor_polling import poll, run, worker
from retoure.cli.monitor_showing import evidence, show
from retoure.cli.monitor_signals import signals
from retoure.cli.monitor_status import status
from retoure.cli.monitor_watching import import_, watch

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Watch returns until their end: read them within the carriers' quotas, and tell what becomes of them, each thing once.",
)
for _command in (watch, run, worker, poll, status, signals, acknowledge, show, evidence, observe, refresh, stop, resume, erase):
    app.command()(_command)
app.command("import")(import_)
