"""What comes in: files and options read into the library's models, every fault named by its field."""

import sys
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from retoure.carrier.times import D, in_reach
from retoure.errors import ConfigurationError, Problem
from retoure.model.labels import Key

__all__ = ["BadInput", "day_of", "instant_of", "key_of", "made", "parsed", "read_model", "read_object", "read_text"]

T = TypeVar("T")
_KEY: TypeAdapter[str] = TypeAdapter(Key)
_HINTS = {
    "extra_forbidden": "there is no such field",
    "missing": "is missing",
    "bool_parsing": "is neither yes nor no",
    "timezone_aware": "has no time zone: write its offset, like 2026-03-25T09:00:00+01:00",
}


class BadInput(ConfigurationError):  # noqa: N818 - what is the case, as its neighbours in the tree
    """A file or an option cannot be used; ``problems`` names each field."""

    def __init__(self, message: str, problems: Iterable[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


def read_text(source: str) -> tuple[str, str]:
    """The text of a file, or of standard input where ``source`` is ``-``, and how to call it in a message.

    Raises:
        BadInput: it cannot be read, is not UTF-8, or is empty.
    """
    name = "standard input" if source == "-" else source
    if source == "-" and sys.stdin is None:
        raise BadInput("standard input is closed")
    try:
        content = sys.stdin.buffer.read() if source == "-" else Path(source).read_bytes()
    except OSError as error:
        raise BadInput(f"{name} cannot be read: {error.strerror}") from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{name} is not UTF-8: {error.reason} at byte {error.start}") from None
    if not text.strip():
        raise BadInput(f"{name} is empty: a JSON value was expected")
    return text, name


def read_model(source: str, kind: type[T]) -> T:
    """A JSON file as one of the library's models.

    Raises:
        BadInput: it cannot be read, or is none; each field is named.
    """
    text, name = read_text(source)
    return parsed(text, name, kind)


def read_object(source: str) -> dict[str, Any]:
    """A JSON file that holds an object.

    Raises:
        BadInput: it cannot be read, or is none.
    """
    text, name = read_text(source)
    return parsed(text, name, dict)


def parsed(text: str, name: str, kind: type[T], noun: str = "") -> T:
    """JSON text as one of the library's models, or as what ``noun`` names; raises ``BadInput`` that names each field."""
    adapter: TypeAdapter[T] = TypeAdapter(kind)
    try:
        return adapter.validate_json(text)
    except ValidationError as error:
        problems = problems_of(error)
    noun = noun or kind.__name__
    raise BadInput(f"{name} is no {noun} (retoure schema {noun} describes one)", problems)


def made(kind: type[T], what: str, **values: Any) -> T:  # noqa: ANN401 - what the model validates
    """A model made of a command's options; raises ``BadInput`` that names each field."""
    try:
        return kind(**values)
    except ValidationError as error:
        problems = problems_of(error)
    raise BadInput(f"{what} cannot be used", problems)


def key_of(text: str) -> str:
    """A purchase's key; raises ``BadInput`` where it cannot be one."""
    try:
        return _KEY.validate_python(text)
    except ValidationError:
        pass
    raise BadInput(f"--key {text!r} cannot name a purchase: take 1 to 35 printable ASCII characters without spaces")


def problems_of(error: ValidationError) -> tuple[Problem, ...]:
    """The fields that are wrong and why, without what stands there."""
    return tuple(
        Problem(
            ".".join(map(str, fault["loc"])),
            fault["type"],
            _HINTS.get(fault["type"], fault["msg"].removeprefix("Value error, ")),
        )
        for fault in error.errors(include_url=False, include_input=False, include_context=False)
    )


def instant_of(text: str, option: str) -> datetime:
    """An aware instant in ISO 8601.

    Raises:
        BadInput: it is none, lies outside the years 2000 to 2200, or says no time zone: then its day would be a guess.
    """
    example = "2026-03-25T09:00:00+01:00 or 2026-03-25T08:00:00Z"
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{option} {text!r} is no instant in ISO 8601: write {example}") from None
    if instant.utcoffset() is None:
        raise BadInput(f"{option} {text!r} has no time zone, so the day it falls on would be a guess: write {example}")
    return _in_reach(instant, text, option)


def day_of(text: str, option: str) -> date:
    """A date in ISO 8601; raises ``BadInput`` where it is none, or lies outside the years 2000 to 2200."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{option} {text!r} is no date: write 2026-03-25") from None
    return _in_reach(day, text, option)


def _in_reach(day: D, text: str, option: str) -> D:
    try:
        return in_reach(day)
    except ValueError as error:
        raise BadInput(f"{option} {text!r} {error}") from None
