"""The carriers' official descriptions, read in place: they are never copied into this project.

They lie in the folder that ``RETOURE_SPECS`` names, by default ``../shared/specs`` beside the project. Where the folder or a file
is absent, :class:`AbsentDescription` says which was looked for, where, and which variable decides.
"""

import os
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

SPECS_VARIABLE = "RETOURE_SPECS"
PROJECT = Path(__file__).parents[2]


# Servers that a description leaves out: that of the META-API names its test system only, whose host the live one has not.
FURTHER_SERVERS: Mapping[str, tuple[str, ...]] = {"dpd/meta-api-docs.json": ("https://api.dpdgroup.com",)}


class AbsentDescription(Exception):  # noqa: N818 - it says what is the case
    """An official description is not where it was looked for."""


class _Loader(yaml.CSafeLoader):
    """YAML as OpenAPI wants it (the JSON schema of YAML 1.2): ``NO`` and ``021`` are text, ``0.001`` is exactly that."""

    yaml_implicit_resolvers: Mapping[str, Any] = {}


_SCALARS = (
    ("tag:yaml.org,2002:null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("tag:yaml.org,2002:bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("tag:yaml.org,2002:int", r"[-+]?(0|[1-9][0-9]*)", list("-+0123456789")),
    ("tag:yaml.org,2002:float", r"[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?", list("-+0123456789")),
)
for _tag, _pattern, _first in _SCALARS:
    _Loader.add_implicit_resolver(_tag, re.compile(rf"(?:{_pattern})\Z"), _first)
_Loader.add_constructor("tag:yaml.org,2002:float", lambda loader, node: Decimal(loader.construct_scalar(node)))


def specs_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder of the official descriptions; a relative one counts from the project's root."""
    return (PROJECT / (environ.get(SPECS_VARIABLE) or "../shared/specs")).resolve()


def read_description(name: str, folder: Path) -> str:
    """The text of a description, its TABs replaced by spaces: several official files do not load with them.

    Raises:
        AbsentDescription: the folder or the file is not there.
    """
    remedy = f"set {SPECS_VARIABLE} to the folder that holds the official descriptions"
    if not folder.is_dir():
        raise AbsentDescription(f"the folder of official descriptions is absent: looked at {folder}; {remedy}")
    try:
        text = (folder / name).read_text(encoding="utf-8")
    except FileNotFoundError:
        raise AbsentDescription(f"the official description {name} is absent: looked at {folder}; {remedy}") from None
    return text.replace("\t", " ")


@cache
def load_description(name: str, folder: Path) -> dict[str, Any]:
    """A description as data, parsed once per session; raises like :func:`read_description`."""
    parsed: dict[str, Any] = yaml.load(read_description(name, folder), _Loader)
    if name in FURTHER_SERVERS:
        parsed["servers"] = [*parsed["servers"], *({"url": url} for url in FURTHER_SERVERS[name])]
    return parsed
