"""What all of the package's calls share: exact JSON, tolerant picking, and length checks that name the user's fields."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from operator import attrgetter
from typing import Any, Never

from retoure.carrier import Call
from retoure.errors import Problem, Unsupported
from retoure.model import Address

CODE = "dhl_paket"
NO_REPRINT = "the Returns API cannot show a label again: keep the documents of the purchase"
NO_SEARCH = "the Returns API has no search: a lost answer can only be cleared up in DHL's business portal, by shipment reference"
NO_CHANGE = "DHL cannot move a pickup: cancel it and schedule a new one under another key"
NO_HOUSE_NUMBER = "DHL needs the house number apart from the street"

_plain_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

JSON_HEADERS: Mapping[str, str] = {"Content-Type": "application/json", "Accept": "application/json, application/problem+json"}
READ_HEADERS: Mapping[str, str] = {"Accept": "application/json, application/problem+json"}


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


def text_of(value: Any) -> str:  # noqa: ANN401
    """A text, also where DHL wrote it as a number; anything else is no text."""
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def filled(**fields: Any) -> dict[str, Any]:  # noqa: ANN401
    """The fields that hold something."""
    return {name: value for name, value in fields.items() if value}


def part(value: Any, name: str) -> dict[str, Any]:  # noqa: ANN401
    """The object of that name in an object of JSON, or an empty one."""
    found = value.get(name) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}


def rows(value: Any, name: str) -> list[dict[str, Any]]:  # noqa: ANN401
    """The objects in the list of that name in an object of JSON, or none."""
    found = value.get(name) if isinstance(value, dict) else None
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a text may be that the user calls ``name``."""

    name: str
    most: int
    least: int = 0
    why: str = "DHL needs this"


def check_text(field: str, value: str, limit: Limit) -> Iterator[Problem]:
    """What is wrong with the length of a text. Nothing is ever cut to fit."""
    size = len(value)
    if size > limit.most:
        yield Problem(field, "too_long", f"DHL takes at most {limit.most} characters, this has {size}")
    elif size < limit.least:
        too_short = f"DHL needs at least {limit.least} characters, this has {size}"
        yield Problem(field, "too_short", too_short) if size else Problem(field, "missing", limit.why)


class AddressLimits:
    """How long the lines of an address may be; at least two lines, so that they can be fetched in one go."""

    def __init__(self, *limits: Limit) -> None:
        self._limits = limits
        self._lines = attrgetter(*(limit.name for limit in limits))

    def check(self, field: str, address: Address) -> Iterator[Problem]:
        """What is wrong with the lengths of an address that the user calls ``field``."""
        for limit, line in zip(self._limits, self._lines(address), strict=True):
            if not limit.least <= len(line) <= limit.most:
                yield from check_text(f"{field}.{limit.name}", line, limit)


def short_reference(key: str, most: int) -> str:
    """A purchase key in a field that may be too short for it: as it is, or its beginning with eight digits of its SHA-256."""
    if len(key) <= most:
        return key
    return f"{key[: most - 9]}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"


def unsupported(reason: str) -> Call[Never]:
    """A call that nobody can make: it says why."""
    raise Unsupported(reason)
    yield  # unreachable; it makes this function a generator
