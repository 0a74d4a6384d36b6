"""What all of the package's calls share: exact JSON, tolerant picking, and length checks that name the user's fields."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Never

from retoure.carrier import Call
from retoure.errors import Problem, Unsupported

CODE = "dhl_paket"
NO_REPRINT = "the Returns API cannot show a label again: keep the documents of the purchase"
NO_SEARCH = "the Returns API has no search: a lost answer can only be cleared up in DHL's business portal, by shipment reference"
NO_CHANGE = "DHL cannot move a pickup: cancel it and schedule a new one under another key"
NO_HOUSE_NUMBER = "DHL needs the house number apart from the street"

_quoted = json.JSONEncoder(ensure_ascii=False).encode

JSON_HEADERS: Mapping[str, str] = {"Content-Type": "application/json", "Accept": "application/json, application/problem+json"}
READ_HEADERS: Mapping[str, str] = {"Accept": "application/json, application/problem+json"}


def exact_json(value: Any) -> str:  # noqa: ANN401 - JSON is anything
    """JSON text in which a decimal keeps its digits: the standard encoder would make a binary float of it."""
    match value:
        case str():
            return _quoted(value)
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case Decimal():
            return f"{value:f}"
        case dict():
            return "{" + ",".join([f"{_quoted(name)}:{exact_json(item)}" for name, item in value.items()]) + "}"
        case _:
            return "[" + ",".join([exact_json(item) for item in value]) + "]"


def text_of(value: Any) -> str:  # noqa: ANN401
    """A text, also where DHL wrote it as a number; anything else is no text."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value).strip()


def filled(**fields: Any) -> dict[str, Any]:  # noqa: ANN401
    """The fields that hold something."""
    return {name: value for name, value in fields.items() if value not in ("", None)}


def part(value: Any, name: str) -> Mapping[str, Any]:  # noqa: ANN401
    """The object of that name, or an empty one."""
    found = value.get(name) if isinstance(value, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def rows(value: Any, name: str) -> list[Mapping[str, Any]]:  # noqa: ANN401
    """The objects in the list of that name, or none."""
    found = value.get(name) if isinstance(value, Mapping) else None
    return [row for row in found if isinstance(row, Mapping)] if isinstance(found, list) else []


def check_text(field: str, value: str, most: int, *, least: int = 0, why: str = "") -> Iterator[Problem]:
    """What is wrong with the length of a text. Nothing is ever cut to fit."""
    if not value and least:
        yield Problem(field, "missing", why or "DHL needs this")
    elif len(value) > most:
        yield Problem(field, "too_long", f"DHL takes at most {most} characters, this has {len(value)}")
    elif len(value) < least:
        yield Problem(field, "too_short", f"DHL needs at least {least} characters, this has {len(value)}")


def short_reference(key: str, most: int) -> str:
    """A purchase key in a field that may be too short for it: as it is, or its beginning with eight digits of its SHA-256."""
    if len(key) <= most:
        return key
    return f"{key[: most - 9]}-{hashlib.sha256(key.encode()).hexdigest()[:8]}"


def unsupported(reason: str) -> Call[Never]:
    """A call that nobody can make: it says why."""
    raise Unsupported(reason)
    yield  # unreachable; it makes this function a generator
