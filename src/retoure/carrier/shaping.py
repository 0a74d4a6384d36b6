"""Shaping requests and picking answers: exact JSON, tolerant picking, and length checks that name the user's fields."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from operator import attrgetter
from typing import Any

from retoure.errors import Problem
from retoure.model.addresses import Address

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_plain_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), check_circular=False).encode


def exact_json(value: Any) -> str:  # noqa: ANN401 - JSON is anything
    """JSON text in which a decimal keeps its digits; the standard encoder knows none and would want a binary float."""
    try:
        return _plain_json(value)
    except TypeError:
        return _with_decimals(value)


def _with_decimals(value: Any) -> str:  # noqa: ANN401
    match value:
        case Decimal():
            return f"{value:f}"
        case dict():
            return "{" + ",".join([f"{_plain_json(name)}:{_with_decimals(item)}" for name, item in value.items()]) + "}"
        case list():
            return "[" + ",".join([_with_decimals(item) for item in value]) + "]"
        case _:
            return _plain_json(value)


_NUMBERS = (int, Decimal)


def text_of(value: Any) -> str:  # noqa: ANN401
    """A text, also where the carrier wrote it as a number; anything else, a binary float included, is no text."""
    if isinstance(value, str):
        return value.strip()
    if value is None:
        return ""
    return str(value) if isinstance(value, _NUMBERS) and not isinstance(value, bool) else ""


def filled(**fields: Any) -> dict[str, Any]:  # noqa: ANN401
    """The fields that hold something."""
    return {name: value for name, value in fields.items() if value}


def part(value: Any, *names: str) -> dict[str, Any]:  # noqa: ANN401
    """The object at a path of names in an object of JSON, or an empty one; of a list its first object."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
        if isinstance(value, list):
            value = value[0] if value else None
    return value if isinstance(value, dict) else {}


def rows(value: Any, name: str) -> list[dict[str, Any]]:  # noqa: ANN401
    """The objects of that name in an object of JSON, whether the carrier wrote a list of them or one."""
    found = value.get(name) if isinstance(value, dict) else None
    return [row for row in (found if isinstance(found, list) else (found,)) if isinstance(row, dict)]


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a text may be that the user calls ``name``; ``why`` is said where it is missing."""

    name: str
    most: int
    least: int = 0
    why: str = "the carrier needs this"


def check_text(field: str, value: str, limit: Limit) -> Iterator[Problem]:
    """What is wrong with a text: its length, or a character that no label can print. Nothing is ever cut to fit."""
    size = len(value)
    if size > limit.most:
        yield Problem(field, "too_long", f"the carrier takes at most {limit.most} characters, this has {size}")
    elif size < limit.least:
        too_short = f"the carrier needs at least {limit.least} characters, this has {size}"
        yield Problem(field, "too_short", too_short) if size else Problem(field, "missing", limit.why)
    if not value.isprintable() and _CONTROL.search(value):
        yield Problem(field, "wrong_form", "this holds a control character")


class AddressLimits:
    """How long the lines of an address may be; at least two lines, so that they can be fetched in one go."""

    def __init__(self, *limits: Limit) -> None:
        self._limits = [(limit.least, limit.most, limit) for limit in limits]
        self._lines = attrgetter(*(limit.name for limit in limits))

    def check(self, field: str, address: Address) -> Iterator[Problem]:
        """What is wrong with the lengths of an address that the user calls ``field``."""
        for (least, most, limit), line in zip(self._limits, self._lines(address), strict=True):
            if not (least <= len(line) <= most and line.isprintable()):
                yield from check_text(f"{field}.{limit.name}", line, limit)


def short_reference(key: str, most: int) -> str:
    """A purchase key in a field that may be too short for it: as it is, or its beginning with eight digits of its SHA-256."""
    if len(key) <= most:
        return key
    return f"{key[: most - 9]}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"


_SEPARATORS = str.maketrans("", "", " .-")


@lru_cache(maxsize=4096)
def plain_number(number: str) -> str:
    """A tracking number as carriers write it, without the spaces, dots and hyphens that people put in."""
    return number.translate(_SEPARATORS).upper()
