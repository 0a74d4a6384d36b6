"""Policies read from TOML. What ships with the package is read once and kept; nothing else here touches a file."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Annotated, Any

from pydantic import Field, ValidationError

from retoure.errors import InvalidPolicy, UnknownPolicy
from retoure.model.base import Model
from retoure.programmes.checks import checked
from retoure.programmes.policy import Policy
from retoure.programmes.records import RULE, Rule, Subject, ZoneName

_SHIPPED = resources.files("retoure.programmes") / "policies"


class _Header(Model):
    id: Annotated[str, Field(min_length=1)]
    title: str
    market: Annotated[str, Field(min_length=1)]
    programme: Annotated[str, Field(min_length=1)]
    zone: ZoneName
    must_cover: frozenset[Subject] = frozenset()


def policy_names() -> tuple[str, ...]:
    """The names of the policies that ship with the package."""
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in _SHIPPED.iterdir() if entry.name.endswith(".toml")))


@cache
def load_policy(name: str) -> Policy:
    """A policy that ships with the package, by name: ``amazon_aprl_de``. It is read once.

    Raises:
        UnknownPolicy: there is none of that name; the message lists those there are.
    """
    if name not in policy_names():
        raise UnknownPolicy(f"no policy is named {name!r}; there are: {', '.join(policy_names())}")
    return read_policy((_SHIPPED / f"{name}.toml").read_text(encoding="utf-8"))


def read_policy(text: str) -> Policy:
    """A policy from the text of a TOML file in the format of those that ship.

    Raises:
        InvalidPolicy: it is not TOML, a record is incomplete or has an unknown key or value, records overlap, or one is
            missing where none may be. Every fault is named.
    """
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidPolicy(f"the policy is not TOML: {error}") from None
    faults = [f"{key}: unknown key" for key in content if key not in ("policy", "rule")]
    header = _header(content.get("policy", {}), faults)
    rules = read_rules(content.get("rule", []), faults)
    if header is None or faults:
        raise InvalidPolicy("the policy cannot be used:", faults=faults)
    return checked(Policy(rules=rules, **dict(header)))


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


def _header(values: Any, faults: list[str]) -> _Header | None:  # noqa: ANN401
    try:
        return _Header.model_validate(values)
    except ValidationError as error:
        faults.extend(_told("policy", error))
        return None


def _told(name: str, error: ValidationError) -> list[str]:
    return [f"{name}: {'.'.join(map(str, fault['loc'])) or 'record'}: {fault['msg']}" for fault in error.errors()]
