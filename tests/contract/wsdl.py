"""Checks the JSON of a REST interface against the types of the SOAP description that it mirrors.

DPD's Cloud Service has an official WSDL and a REST form without one. The JSON has the names of the types; its lists are plain
where XML wraps items in their name, and the credentials that stand in SOAP's request types are headers. The REST paths, their
parameters and the headers stand in no description: of them it is only checked that they carry values of the types.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import unquote, urlsplit

from defusedxml.ElementTree import fromstring

from tests.contract.checking import Message, Side, Violation, read_exact_json

_XSD = "{http://www.w3.org/2001/XMLSchema}"
# Names and order of the values in the path, by the operation's REST name: DPD's developer pages.
PATHS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "setOrder": ("setOrder", ()),
    "ParcelShopFinder": (
        "getParcelShopFinder",
        ("MaxReturnValues", "Street", "HouseNo", "ZipCode", "City", "Country", "NeedService", "HideOnClosedAt"),
    ),
    "ParcelLifeCycle": ("getParcelLifeCycle", ("ParcelNo",)),
    "getOrderStatus": ("getOrderStatus", ("ParcelNo", "DeliveryZipCode")),
}
_IN_HEADERS = frozenset({"Version", "Language", "PartnerCredentials", "UserCredentials"})
_BY_SEARCH_MODE = frozenset({"SearchMode"})  # the REST path searches by address only
_API = "/api/v1/"
_NOTHING = "null"


@dataclass(frozen=True, slots=True)
class Element:
    """A member of a type: whether it must be there, and whether it is a list."""

    type: str
    needed: bool
    several: bool


def _is_dateTime(value: Any) -> bool:  # noqa: N802 - the name of the type
    try:
        datetime.fromisoformat(re.sub(r"(\.[0-9]{6})[0-9]+", r"\1", value))
    except (TypeError, ValueError):
        return False
    return "T" in value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


PLAIN: Mapping[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "decimal": _is_number,
    "double": _is_number,
    "boolean": lambda value: isinstance(value, bool),
    "dateTime": _is_dateTime,
}


class Types:
    """The types of a WSDL by their names, which are unique in it whatever their namespace."""

    def __init__(self, text: str) -> None:
        self._own: dict[str, dict[str, Element]] = {}
        self._bases: dict[str, str] = {}
        self._enums: dict[str, frozenset[str]] = {}
        schemas = list(fromstring(text).iter(f"{_XSD}schema"))
        for schema in schemas:
            for simple in schema.findall(f"{_XSD}simpleType"):
                self._enums[simple.attrib["name"]] = self._values(simple)
        for schema in schemas:
            for holder in schema.findall(f"{_XSD}complexType"):
                self._own[holder.attrib["name"]] = dict(self._declared(holder))

    @staticmethod
    def _values(simple: Any) -> frozenset[str]:
        return frozenset(value.attrib["value"] for value in simple.iter(f"{_XSD}enumeration"))

    def _declared(self, holder: Any) -> Iterator[tuple[str, Element]]:
        base = holder.find(f".//{_XSD}extension")
        if base is not None:
            self._bases[holder.attrib["name"]] = base.attrib["base"].partition(":")[2]
        for element in holder.iter(f"{_XSD}element"):
            name, type_ = element.attrib["name"], element.get("type", "").partition(":")[2]
            if not type_:
                type_ = f"{holder.attrib['name']}.{name}"
                self._enums[type_] = self._values(element)
            yield name, Element(type_, element.get("minOccurs") != "0", element.get("maxOccurs") == "unbounded")

    def members(self, type_: str) -> Mapping[str, Element]:
        """The members of a type, those that it inherits first."""
        inherited = self.members(self._bases[type_]) if type_ in self._bases else {}
        return {**inherited, **self._own[type_]}

    def violations(
        self, side: Side, pointer: str, value: Any, type_: str, *, absent: frozenset[str] = frozenset()
    ) -> Iterator[Violation]:
        """What in a value is not of the type; ``absent`` members are not expected in it."""
        if type_ in PLAIN:
            if not PLAIN[type_](value):
                yield Violation(side, pointer, "type", f"{value!r} is no {type_}")
        elif type_ in self._enums:
            if value not in self._enums[type_]:
                yield Violation(side, pointer, "enum", f"{value!r} is none of {sorted(self._enums[type_])}")
        elif (item := self._item(type_)) is not None:
            if not isinstance(value, list):
                yield Violation(side, pointer, "type", f"a list of {item} is needed")
                return
            for index, one in enumerate(value):
                yield from self.violations(side, f"{pointer}/{index}", one, item)
        else:
            yield from self._object_violations(side, pointer, value, type_, absent)

    def _item(self, type_: str) -> str | None:
        """The type of the items, where the type is nothing but a list."""
        members = list(self.members(type_).values())
        return members[0].type if type_.startswith("ArrayOf") and len(members) == 1 and members[0].several else None

    def _object_violations(self, side: Side, pointer: str, value: Any, type_: str, absent: frozenset[str]) -> Iterator[Violation]:
        if not isinstance(value, dict):
            yield Violation(side, pointer, "type", f"an object of type {type_} is needed")
            return
        members = {name: element for name, element in self.members(type_).items() if name not in absent}
        for name in value.keys() - members.keys():
            yield Violation(side, f"{pointer}/{name}", "unknown", f"the type {type_} has no member {name!r}")
        for name, element in members.items():
            if name not in value:
                if element.needed:
                    yield Violation(side, pointer, "required", f"{name!r} is needed")
            elif element.several:
                for index, one in enumerate(value[name]):
                    yield from self.violations(side, f"{pointer}/{name}/{index}", one, element.type)
            else:
                yield from self.violations(side, f"{pointer}/{name}", value[name], element.type)


class WsdlDescription:
    """An official WSDL, ready to check the REST messages that mirror it; it answers like ``checking.Description``."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self._types = Types(text)

    def serves(self, url: str) -> bool:
        """Whether the URL is one of the service's REST operations."""
        return self._place(url) is not None

    def operation(self, message: Message) -> str:
        """Method and operation of the message, or nothing where there is no such operation."""
        place = self._place(message.url)
        return f"{message.method} {place[0]}" if place else ""

    def any_credentials(self) -> dict[str, str]:
        """None: no scheme is described."""
        return {}

    @staticmethod
    def _place(url: str) -> tuple[str, tuple[str, ...], list[str]] | None:
        rest = urlsplit(url).path.partition(_API)[2].split("/")
        known = PATHS.get(rest[0])
        return (*known, [unquote(value) for value in rest[1:]]) if known else None

    def request_violations(self, message: Message) -> tuple[Violation, ...]:
        """Everything in the body or the path that the types do not allow."""
        place = self._place(message.url)
        if place is None:
            return (Violation("request", "url", "path", "the service has no such operation"),)
        operation, names, values = place
        if len(names) != len(values):
            return (Violation("request", "url", "path", f"{operation} wants {len(names)} values in its path"),)
        type_ = f"{operation}RequestType"
        if not names:
            try:
                body = read_exact_json(message.content)
            except ValueError as error:
                return (Violation("request", "body", "json", str(error)),)
            return tuple(self._types.violations("request", "body", body, type_, absent=_IN_HEADERS))
        return tuple(self._path_violations(type_, dict(zip(names, values, strict=True))))

    def _path_violations(self, type_: str, values: Mapping[str, str]) -> Iterator[Violation]:
        members = dict(self._types.members(type_))
        members |= self._types.members("SearchAddressType") if "SearchAddress" in members else {}
        for name, value in values.items():
            if not value:
                yield Violation("request", f"path/{name}", "required", "an empty part of the path; nothing is written null")
            elif value != _NOTHING or members[name].needed:
                typed = int(value) if members[name].type == "int" and value.isdecimal() else value
                yield from self._types.violations("request", f"path/{name}", typed, members[name].type)
        for name, element in members.items():
            if element.needed and name not in values and name not in _IN_HEADERS | _BY_SEARCH_MODE:
                yield Violation("request", "url", "required", f"{name!r} is needed")

    def response_violations(self, message: Message) -> tuple[Violation, ...]:
        """Everything in the answer that the types do not allow."""
        place = self._place(message.url)
        if place is None or message.status != 200:
            return (Violation("response", "status", "status", f"no answer with {message.status} is described"),)
        try:
            answer = read_exact_json(message.answer)
        except json.JSONDecodeError as error:
            return (Violation("response", "body", "json", str(error)),)
        return tuple(self._types.violations("response", "body", answer, f"{place[0]}ResponseType"))
