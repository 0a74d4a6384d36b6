"""What goes out: tables for a person, one JSON value for a program."""

import codecs
import errno
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, NoReturn

import typer
from pydantic import TypeAdapter
from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from retoure.cli.inputs import BadInput
from retoure.cli.surroundings import here

__all__ = ["Output", "bullets", "console", "facts", "table", "write_json"]


class _Screen(Console):
    def on_broken_pipe(self) -> NoReturn:
        """Tell it like any other output that cannot be written, instead of leaving at once: something may have been bought."""
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


def console(*, error: bool = False) -> Console:
    """A console that prints text as it stands: no markup, because square brackets occur in fields and messages.

    Errors are wrapped for a person at a terminal only: elsewhere a line break within a path would spoil it.
    """
    screen = _Screen(stderr=error, markup=False, highlight=False, emoji=False)
    screen.soft_wrap = error and not screen.is_terminal
    return screen


def write_json(value: Any, kind: Any = None, *, error: bool = False) -> None:  # noqa: ANN401 - anything pydantic knows
    """Print one JSON value; ``kind`` names its type where the value does not tell it. Unless UTF-8 is printed, it is ASCII."""
    stream = sys.stderr if error else sys.stdout
    if stream is None:
        return  # closed by the caller, who hears the exit code; of standard output Output has told it before anything was done
    adapter: TypeAdapter[Any] = TypeAdapter(kind or type(value))
    plain = codecs.lookup(stream.encoding or "utf-8").name != "utf-8"
    json.dump(adapter.dump_python(value, mode="json"), stream, indent=2, ensure_ascii=plain)
    stream.write("\n")
    stream.flush()


class Output:
    """Where a command's result goes; made before anything is done.

    Raises:
        BadInput: standard output is closed.
    """

    def __init__(self, context: typer.Context, *, as_json: bool) -> None:
        self.as_json = here(context).as_json = as_json
        self.console = console()
        if sys.stdout is None:
            raise BadInput("standard output is closed: the result would be lost")

    def show(self, value: Any, drawn: Callable[[], RenderableType], kind: Any = None) -> None:  # noqa: ANN401
        """Print the value as JSON, or what is drawn of it."""
        if self.as_json:
            write_json(value, kind)
        else:
            self.console.print(drawn())

    def remark(self, text: str) -> None:
        """Say something beside the result, on standard error."""
        console(error=True).print(text, style="dim")


def table(title: str, columns: Sequence[str], rows: Iterable[Sequence[RenderableType]], *, caption: str = "") -> Table:
    """Rows under headings; a column whose name starts with ``>`` is aligned to the right, one with ``=`` is never broken."""
    drawn = Table(
        title=title or None, title_justify="left", title_style="bold", caption=caption or None, caption_justify="left",
        box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False,
    )  # fmt: skip
    for column in columns:
        justify: Literal["left", "right"] = "right" if column.startswith(">") else "left"
        drawn.add_column(column.lstrip(">="), justify=justify, no_wrap=column.startswith("="), overflow="fold")
    for row in rows:
        drawn.add_row(*row)
    return drawn


def facts(title: str, pairs: Iterable[tuple[str, RenderableType]]) -> RenderableType:
    """Names and values in a frame; what is empty is left out."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, value in pairs:
        if value:
            grid.add_row(name, value)
    return Panel(grid, title=Text(title, "bold"), title_align="left", box=box.ROUNDED, expand=False, padding=(0, 1))


def bullets(title: str, items: Iterable[str], style: str = "") -> RenderableType:
    """A list under a heading; nothing where there is no item."""
    listed = list(items)
    if not listed:
        return Group()
    grid = Table.grid(padding=(0, 1))
    for item in listed:
        grid.add_row(Text("-", style), Text(item, style))
    return Group(Text(title, "bold"), Padding(grid, (0, 0, 0, 2)))
