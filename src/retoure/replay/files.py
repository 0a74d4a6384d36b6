"""The files that scenarios lie in: read exactly, faults named by file and field.

Numbers are read and written as exact decimals, a key that stands twice is refused.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources.abc import Traversable
from typing import Any

from pydantic import ValidationError

from retoure.errors import ConfigurationError


class InvalidScenario(ConfigurationError):  # noqa: N818 - as its neighbours in the tree
    """A scenario or account file cannot be used; ``faults`` holds (field, reason) pairs."""

    def __init__(self, file: str, faults: list[tuple[str, str]]) -> None:
        self.file = file
        self.faults = tuple(faults)
        super().__init__("\n".join(f"{file}: {field}: {reason}" if field else f"{file}: {reason}" for field, reason in faults))


@dataclass(frozen=True, slots=True)
class Source:
    """Where a scenario lies: its name, the file, the folder of its siblings, and the carrier's ``account.json``."""

    name: str
    file: Traversable
    folder: Traversable
    account: Traversable

    def sibling(self, name: str) -> bytes:
        """The bytes of a file beside the scenario.

        Raises:
            InvalidScenario: it is not there, or is not a plain file name.
        """
        if "/" in name or "\\" in name or name in ("", ".", ".."):
            raise InvalidScenario(str(self.file), [("file", f"{name!r} must be the plain name of a file beside the scenario")])
        try:
            return self.folder.joinpath(name).read_bytes()
        except OSError:
            raise InvalidScenario(str(self.file), [("file", f"there is no {name!r} beside the scenario")]) from None


def deep_merge(base: Any, changes: Any) -> Any:  # noqa: ANN401 - JSON is anything
    """JSON changed by JSON: objects key by key, anything else replaced."""
    if isinstance(base, Mapping) and isinstance(changes, Mapping):
        return {**base, **{key: deep_merge(base[key], value) if key in base else value for key, value in changes.items()}}
    return changes


def to_json(value: Any) -> str:  # noqa: ANN401 - JSON is anything
    """JSON text in which a decimal keeps its digits: 7.90 stays 7.90."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key, ensure_ascii=False)}: {to_json(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(to_json, value)) + "]"
    return str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {next(name for name in names if names.count(name) > 1)!r} stands twice in one object")
    return found


_HINTS = {
    ("origin", "missing"): "missing: say whether it is recorded, documented or constructed",
    ("recorded_at", "missing"): "missing: a recorded scenario says on which day",
}


def read_json(file: Traversable) -> Any:  # noqa: ANN401 - JSON is anything
    """A JSON file with exact numbers.

    Raises:
        InvalidScenario: it is not there, not JSON, or an object in it has a key twice.
    """
    try:
        return json.loads(file.read_text(encoding="utf-8"), parse_float=Decimal, object_pairs_hook=_no_duplicates)
    except OSError:
        raise InvalidScenario(str(file), [("", "there is no such file")]) from None
    except json.JSONDecodeError as error:
        raise InvalidScenario(str(file), [("", f"line {error.lineno}, column {error.colno}: {error.msg}")]) from None
    except ValueError as error:
        raise InvalidScenario(str(file), [("", str(error))]) from None


def fault_list(error: ValidationError) -> list[tuple[str, str]]:
    """The fields that are wrong and why, without what stands there."""
    faults = []
    for fault in error.errors(include_url=False, include_input=False):
        field = ".".join(map(str, fault["loc"]))
        faults.append((field, _HINTS.get((field, fault["type"]), fault["msg"].removeprefix("Value error, "))))
    return faults
