"""Scenarios by name: looked for in the folders that the installed carriers bring, in a wheel and in an editable install alike.

A file is parsed once and kept, until it changes on disk.
"""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from functools import cache
from importlib.resources.abc import Traversable
from pathlib import Path

from retoure.carrier.registry import Registry
from retoure.errors import ConfigurationError
from retoure.replay.files import InvalidScenario, Source
from retoure.replay.scenario import Scenario, read_scenario

__all__ = ["UnknownScenario", "all_scenarios", "find", "load", "sources"]

ACCOUNT_FILE = "account.json"
_NAME = re.compile(r"([a-z][a-z0-9_]*)/([a-z][a-z0-9_]*)/([a-z0-9][a-z0-9_]*)")
_parsed: dict[str, tuple[object, Scenario]] = {}


class UnknownScenario(ConfigurationError, LookupError):  # noqa: N818 - as its neighbours in the tree
    """No scenario of that name."""


@cache
def installed() -> Registry:
    """The registry of the installed carriers, made once."""
    return Registry()


def _load(source: Source) -> Scenario:
    key = f"{source.name}\n{source.file}"
    try:
        state = source.file.stat() if isinstance(source.file, Path) else None
    except OSError:
        state = None
    stamp = (state.st_mtime_ns, state.st_size) if state else None
    known = _parsed.get(key)
    if known is None or known[0] != stamp:
        known = _parsed[key] = (stamp, read_scenario(source))
    return known[1]


def load(path: str | Path | Traversable) -> Scenario:
    """Load a scenario by its path, which ends in ``carrier/capability/situation.json``; it is parsed once and kept.

    Raises:
        InvalidScenario: no such file, not JSON, or not a scenario; file and fields are named.
    """
    file = Path(path) if isinstance(path, str) else path
    folder = getattr(file, "parent", None)  # not in the protocol; Path and zipfile.Path have it
    if folder is None:
        raise InvalidScenario(str(file), [("", "the folder of this file cannot be told; find() the scenario by its name")])
    name = f"{folder.parent.name}/{folder.name}/{file.name.removesuffix('.json')}"
    return _load(Source(name, file, folder, folder.parent.joinpath(ACCOUNT_FILE)))


def sources(carrier: str, registry: Registry | None = None) -> Iterator[Source]:
    """Every scenario file of a carrier, sorted by name; nothing is parsed.

    Raises:
        PluginLoadError: no such carrier, or it cannot be loaded.
    """
    root = (registry or installed()).get(carrier).scenarios
    if root is None or not root.is_dir():
        return
    for folder in sorted((entry for entry in root.iterdir() if entry.is_dir()), key=lambda entry: entry.name):
        for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
            if file.name.endswith(".json"):
                stem = file.name.removesuffix(".json")
                yield Source(f"{carrier}/{folder.name}/{stem}", file, folder, root.joinpath(ACCOUNT_FILE))


def all_scenarios(carrier: str | None = None, registry: Registry | None = None) -> tuple[Scenario, ...]:
    """Every scenario of one carrier, or of every one that loads, sorted by name.

    Raises:
        InvalidScenario: a file cannot be used.
        PluginLoadError: the carrier that was named cannot be loaded.
    """
    known = registry or installed()
    carriers = known.working() if carrier is None else (carrier,)
    return tuple(_load(source) for code in carriers for source in sources(code, known))


def find(name: str, registry: Registry | None = None) -> Scenario:
    """The scenario called ``carrier/capability/situation``, among those that the carrier's plugin brings.

    Raises:
        UnknownScenario: the name has another form, or there is none; the closest names are told.
        InvalidScenario: the file cannot be used.
        PluginLoadError: no such carrier, or it cannot be loaded.
    """
    parts = _NAME.fullmatch(name)
    if not parts:
        raise UnknownScenario(f"{name!r} is not the name of a scenario: write carrier/capability/situation")
    carrier, capability, situation = parts.groups()
    root = (registry or installed()).get(carrier).scenarios
    if root is not None:
        folder = root.joinpath(capability)
        file = folder.joinpath(f"{situation}.json")
        if file.is_file():
            return _load(Source(name, file, folder, root.joinpath(ACCOUNT_FILE)))
    known = [source.name for source in sources(carrier, registry)]
    closest = get_close_matches(name, known, n=3, cutoff=0.4) or known[:3]
    hint = f"; the closest are {', '.join(closest)}" if closest else f"; carrier {carrier!r} brings none"
    raise UnknownScenario(f"there is no scenario {name!r}{hint}")
