"""What a long run of the monitor says on its way: one live line on a terminal, a JSON object on a line elsewhere."""

import json
import logging
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial

from rich.status import Status
from rich.text import Text

from retoure.cli.output import console
from retoure.cli.words import word
from retoure.model.base import Model

__all__ = ["RunReport", "following"]

_OWN = "retoure.monitor"
_LOGGERS = ("retoure", "procrastinate")
"""Of the others warnings alone are said: a client's record of a call has the number that was asked for in its path."""
_BESIDE = ("account", "number", "outcome", "duration_s", "until", "task", "signal", "type")


class RunReport(Model):
    """What a run came to: labels by what came of asking for them, and how often something was amiss."""

    outcomes: Mapping[str, int]
    warnings: int
    errors: int


class _Seen(logging.Handler):
    """Counts what was logged, and has it told.

    Args:
        tell: Says a record as it is said here, beside the outcomes so far.
    """

    def __init__(self, tell: Callable[[logging.LogRecord, Counter[str]], None]) -> None:
        super().__init__(logging.INFO)
        self._say = tell
        self._outcomes: Counter[str] = Counter()
        self._levels: Counter[int] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        outcome = getattr(record, "outcome", "")
        if outcome:
            self._outcomes[outcome] += 1
        self._levels[record.levelno] += 1
        if record.name == _OWN or record.levelno >= logging.WARNING:
            self._say(record, self._outcomes)

    @property
    def report(self) -> RunReport:
        """The counts."""
        return RunReport(
            outcomes=dict(self._outcomes),
            warnings=self._levels[logging.WARNING],
            errors=sum(count for level, count in self._levels.items() if level >= logging.ERROR),
        )


def _on_a_line(record: logging.LogRecord, _outcomes: Counter[str]) -> None:
    """A JSON object on a line of standard error."""
    at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    beside = {name: getattr(record, name) for name in _BESIDE if getattr(record, name, None) is not None}
    told = {"at": at, "level": record.levelname.lower(), "logger": record.name, "message": record.getMessage(), **beside}
    if record.exc_info and record.exc_info[0]:
        told["error"] = record.exc_info[0].__name__
    if sys.stderr is not None:
        sys.stderr.write(json.dumps(told, default=str) + "\n")
        sys.stderr.flush()


def _live(line: Status, record: logging.LogRecord, outcomes: Counter[str]) -> None:
    """One line that is kept up to date; warnings and errors stand above it."""
    at = f"{datetime.fromtimestamp(record.created).astimezone():%H:%M:%S}"
    if record.levelno >= logging.WARNING:
        style = "red" if record.levelno >= logging.ERROR else "yellow"
        line.console.print(Text(f"{at} {record.getMessage()}", style))
    counts = ", ".join(f"{count} {word(name)}" for name, count in outcomes.most_common()) or "nothing was due yet"
    line.update(Text(f"watching: {counts}; last at {at}. Ctrl-C stops"))


@contextmanager
def following(*, as_json: bool) -> Iterator[_Seen]:
    """Say on standard error how a run goes, until it ends."""
    screen = console(error=True)
    if screen.is_terminal and not as_json:
        with (
            screen.status(Text("watching: nothing was due yet. Ctrl-C stops")) as line,
            _attached(_Seen(partial(_live, line))) as seen,
        ):
            yield seen
    else:
        with _attached(_Seen(_on_a_line)) as seen:
            yield seen


@contextmanager
def _attached(handler: _Seen) -> Iterator[_Seen]:
    loggers, own = [logging.getLogger(name) for name in _LOGGERS], logging.getLogger(_OWN)
    before = own.level
    own.setLevel(logging.INFO)
    for logger in loggers:
        logger.addHandler(handler)
    try:
        yield handler
    finally:
        own.setLevel(before)
        for logger in loggers:
            logger.removeHandler(handler)
