"""Policies read from TOML: those that ship with the package, each carrier's own rules, and a user's files.

What ships is read once and kept. A user's file takes the place of a shipped one of its name; one that ``extends`` another holds
only the records that differ.
"""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, ValidationError

from retoure.carrier.registry import Registry
from retoure.errors import InvalidPolicy, UnknownPolicy
from retoure.model.base import Model
from retoure.programmes.checks import checked, foreign_to
from retoure.programmes.policy import Policy
from retoure.programmes.records import RULE, Rule, ZoneName
from retoure.programmes.vocabulary import Subject

_SHIPPED = resources.files("retoure.programmes") / "policies"


class _Header(Model):
    id: Annotated[str, Field(min_length=1)]
    title: str
    market: Annotated[str, Field(min_length=1)]
    programme: Annotated[str, Field(min_length=1)]
    zone: ZoneName
    must_cover: frozenset[Subject] = frozenset()


class _Extension(Model):
    id: Annotated[str, Field(min_length=1)]
    extends: Annotated[str, Field(min_length=1)]
    title: str = ""


def policy_names(directories: Iterable[str | Path] = ()) -> tuple[str, ...]:
    """The names of the policies that ship with the package, and of those in a user's directories."""
    own = (path.stem for directory in directories for path in Path(directory).glob("*.toml"))
    shipped = (entry.name.removesuffix(".toml") for entry in _SHIPPED.iterdir() if entry.name.endswith(".toml"))
    return tuple(sorted({*shipped, *own}))


def load_policy(name: str, directories: Iterable[str | Path] = (), registry: Registry | None = None) -> Policy:
    """A policy by name, ``amazon_aprl_de``, together with the rules of the carriers that are installed.

    Args:
        name: What its file is called.
        directories: A user's own policies; the first that holds the name wins over what ships with the package. What a file
            ``extends`` is looked for there too; its own name means the one whose place it takes.
        registry: The carriers; by default the installed ones.

    Raises:
        UnknownPolicy: there is none of that name; the message lists those there are.
        InvalidPolicy: a file cannot be used; every fault is named.
    """
    places = tuple(Path(directory) for directory in directories)
    if not places and registry is None:
        return _shipped(name)
    return _load(name, places, registry or Registry(), ())


@cache
def _shipped(name: str) -> Policy:
    return _load(name, (), Registry(), ())


def _load(name: str, directories: tuple[Path, ...], registry: Registry, extended: tuple[Path, ...]) -> Policy:
    """A policy by name, other than the files that came to it by ``extends``."""
    files = [path for path in (directory / f"{name}.toml" for directory in directories) if path.is_file()]
    own = next((path for path in files if path not in extended), None)
    if own is None and name not in policy_names():
        if files:
            circle = " extends ".join(path.stem for path in (*extended, *files[:1]))
            raise InvalidPolicy(f"{circle}: a policy cannot extend itself")
        raise UnknownPolicy(f"no policy is named {name!r}; there are: {', '.join(policy_names(directories))}")
    return read_policy(
        _text_of(own or _SHIPPED / f"{name}.toml"),
        extending=lambda other: _load(other, directories, registry, (*extended, own) if own else extended),
        carriers=carrier_rules(registry),
    )


def _text_of(file: Traversable) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        reason = f"{error.reason} at byte {error.start}"
    raise InvalidPolicy(f"{file} is not UTF-8: {reason}")


def read_policy(text: str, *, extending: Callable[[str], Policy] = load_policy, carriers: Iterable[Rule] = ()) -> Policy:
    """A policy from the text of a TOML file in the format of those that ship.

    Args:
        text: The file. With ``extends = "amazon_aprl_de"`` in its head its records take the place of that policy's while they
            are in force, and those of another matter stand beside them.
        extending: How a policy that is extended is found.
        carriers: Rules of carriers that stand beside the file's own.

    Raises:
        InvalidPolicy: it is not TOML, a record is incomplete or has an unknown key or value, records overlap, or one is
            missing where none may be. Every fault is named.
    """
    content, faults = _parsed(text, "policy")
    rules = read_rules(content.get("rule", []), faults)
    head = content.get("policy", {})
    kind = _Extension if isinstance(head, Mapping) and "extends" in head else _Header
    header = _header(kind, head, faults)
    if header is None or faults:
        raise InvalidPolicy("the policy cannot be used:", faults=faults)
    if isinstance(header, _Extension):
        return extending(header.extends).overridden_by(rules, id=header.id, title=header.title)
    return checked(Policy(rules=(*rules, *carriers), **dict(header)))


def carrier_rules(registry: Registry) -> tuple[Rule, ...]:
    """The rules of every carrier that loads, from its plugin's folder of policies; a plugin's other faults are told elsewhere.

    Raises:
        InvalidPolicy: a carrier's file cannot be used, or it speaks of more than that carrier.
    """
    return tuple(rule for code in registry.working() for rule in _rules_of(code, registry))


def _rules_of(code: str, registry: Registry) -> Iterable[Rule]:
    folder = registry.get(code).policies
    if folder is None:
        return
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".toml"):
            yield from read_carrier_rules(_text_of(entry), code)


def read_carrier_rules(text: str, code: str) -> tuple[Rule, ...]:
    """The records of a carrier's own file: searches, claims and deadlines of its own, in no programme.

    Raises:
        InvalidPolicy: the file cannot be used, or it speaks of more than that carrier; every fault is named.
    """
    content, faults = _parsed(text, "")
    rules = read_rules(content.get("rule", []), faults)
    faults.extend(fault for rule in rules for fault in foreign_to(code, rule))
    if faults:
        raise InvalidPolicy(f"the rules of the carrier {code!r} cannot be used:", faults=faults)
    return rules


def _parsed(text: str, head: str) -> tuple[dict[str, Any], list[str]]:
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidPolicy(f"the policy is not TOML: {error}") from None
    return content, [f"{key}: unknown key" for key in content if key not in (head, "rule")]


def read_rules(records: Any, faults: list[str]) -> tuple[Rule, ...]:  # noqa: ANN401 - whatever the file holds
    """Records as rules; what is wrong with one is appended to ``faults``."""
    if not isinstance(records, list):
        faults.append("rule: must be a list of tables, [[rule]]")
        return ()
    rules = []
    for number, record in enumerate(records, 1):
        name = record.get("id", f"rule {number}") if isinstance(record, Mapping) else f"rule {number}"
        try:
            rules.append(RULE.validate_python(record))
        except ValidationError as error:
            faults.extend(_told(str(name), error))
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen and rule.valid_from is None:
            faults.append(f"{rule.id}: occurs twice without a valid_from of its own")
        seen.add(rule.id)
    return tuple(rules)


def _header(kind: type[_Header | _Extension], values: Any, faults: list[str]) -> _Header | _Extension | None:  # noqa: ANN401
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        faults.extend(_told("policy", error))
        return None


def _told(name: str, error: ValidationError) -> list[str]:
    return [f"{name}: {'.'.join(map(str, fault['loc'])) or 'record'}: {fault['msg']}" for fault in error.errors()]
