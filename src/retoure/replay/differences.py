"""Values taken apart into leaves, so that two of them can be compared field by field and a difference be named by its path.

JSON: numbers are compared as decimals, so 5 equals 5.0, and true is not 1. XML: what a canonical form keeps - names with
their namespace, attributes in any order, text - without the white space around texts, comments and prefixes.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

SEALED = re.compile(r"SEALED\.[^.]+\.SEALED")
_SHOWN_CHARACTERS = 120
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that is not as expected; ``expected`` and ``sent`` are words for a person, empty where there is nothing."""

    field: str
    expected: str
    sent: str

    def __str__(self) -> str:
        expected = f"expected {self.expected}" if self.expected else "not expected"
        sent = f"sent {self.sent}" if self.sent else "not sent"
        return f"{self.field}: {expected}, {sent}"


def shown(value: Any) -> str:  # noqa: ANN401 - a leaf of JSON
    """A value as a person reads it, cut to a readable length."""
    text = str(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}... ({len(text)} characters)"


def _number(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return value
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def json_leaves(value: Any, path: str = "$") -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    """Every leaf of a JSON value with its path; an empty object or array is a leaf."""
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from json_leaves(item, f"{path}.{key}" if _PLAIN_KEY.fullmatch(key) else f"{path}[{json.dumps(key)}]")
    elif isinstance(value, list | tuple) and value:
        for index, item in enumerate(value):
            yield from json_leaves(item, f"{path}[{index}]")
    else:
        yield path, list(value) if isinstance(value, tuple) else value


def same(expected: Any, sent: Any) -> bool:  # noqa: ANN401
    """Whether two leaves are the same value."""
    left, right = _number(expected), _number(sent)
    return type(left) is type(right) and bool(left == right)


def fits(expected: Any, sent: Any, *, unsealed: bool) -> bool:  # noqa: ANN401
    """Whether a leaf is as expected. Where the secrets were put in already, a placeholder fits whatever stands in its place."""
    if unsealed and isinstance(expected, str) and isinstance(sent, str) and SEALED.search(expected):
        pattern = ".+".join(map(re.escape, SEALED.split(expected)))
        return re.fullmatch(pattern, sent, re.DOTALL) is not None
    return same(expected, sent)


def parse_xml(text: str) -> "Element | None":
    """The root of an XML document, or None where the text is none; a document type declaration is none either."""
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    if not text.lstrip().startswith("<"):
        return None
    try:
        root: Element = fromstring(text, forbid_dtd=True)
    except (DefusedXmlException, ParseError, ValueError, LookupError, RecursionError):
        return None
    return root


def xml_leaves(element: "Element", path: str = "") -> Iterator[tuple[str, str]]:
    """Every element, attribute and text of an XML document with its path; of several children of one name, all are numbered."""
    here = path or f"/{element.tag}"
    yield here, (element.text or "").strip()
    for name, value in element.attrib.items():
        yield f"{here}/@{name}", value
    total = Counter(str(child.tag) for child in element)
    seen: Counter[str] = Counter()
    for child in element:
        tag = str(child.tag)
        seen[tag] += 1
        place = f"{here}/{tag}[{seen[tag]}]" if total[tag] > 1 else f"{here}/{tag}"
        yield from xml_leaves(child, place)
        if tail := (child.tail or "").strip():
            yield f"{place}/following text", tail


def compare_leaves(
    expected: Iterator[tuple[str, Any]], sent: Iterator[tuple[str, Any]], *, prefix: str = "", unsealed: bool = False
) -> list[Difference]:
    """The differences between two sets of leaves, the expected ones first.

    Where the secrets were put in already, what stands in the place of a placeholder, and what nobody expected, is named and not
    shown: it could be a secret.
    """
    wanted, got = dict(expected), dict(sent)
    found = []
    for path, value in wanted.items():
        if path not in got:
            found.append(Difference(f"{prefix}{path}", shown(value), ""))
        elif not fits(value, got[path], unsealed=unsealed):
            hidden = unsealed and isinstance(value, str) and SEALED.search(value)
            found.append(Difference(f"{prefix}{path}", shown(value), "something else" if hidden else shown(got[path])))
    found += [
        Difference(f"{prefix}{path}", "", "a value that is not shown" if unsealed else shown(value))
        for path, value in got.items()
        if path not in wanted
    ]
    return found
