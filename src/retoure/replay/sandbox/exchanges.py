"""Recorded exchanges as patterns: a request's own key and number, put into the recorded answer.

Where a key or a number stands in the recorded request, it is read from the one that came. Nothing else of an answer changes, so
that a box answers as the carrier was recorded or documented to.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit
from xml.etree.ElementTree import Element, tostring  # answers of our own making; what comes in is read with defusedxml

from retoure.carrier.plugin import Operation
from retoure.replay.differences import json_leaves, parse_xml, xml_leaves
from retoure.replay.files import InvalidScenario, to_json
from retoure.replay.sandbox.messages import Answer, Asked, Values, days, recorded_values
from retoure.replay.scenario import Interaction, Scenario

MovedTimes: TypeAlias = Callable[[dict[str, Any]], dict[str, Any]]
_DAY = re.compile(r"(?<!\d)(\d{4})-?(\d\d)-?(\d\d)(?!\d)")
_COMPULSORY = ("key", "number")
_QUERY_NAMES_WEIGH = 100


@dataclass(frozen=True)
class Exchange:
    """One recorded request and its answer."""

    scenario: Scenario
    interaction: Interaction
    answer: Answer
    values: Values

    @classmethod
    def of(cls, scenario: Scenario) -> "Exchange":
        """The exchange of a scenario.

        Raises:
            InvalidScenario: it has none, or several: which of them is the purchase could not be told.
        """
        if len(scenario.interactions) != 1:
            raise InvalidScenario(str(scenario.source.file), [("interactions", "a box takes scenarios with one exchange")])
        return cls(scenario, scenario.interactions[0], Answer(*scenario.answers[0]), recorded_values(scenario))

    @property
    def name(self) -> str:
        """Its scenario's name, without the carrier's code."""
        return self.scenario.name.partition("/")[2]

    @property
    def operation(self) -> Operation:
        """What it is asked for."""
        return self.scenario.given.operation

    @cached_property
    def _recorded(self) -> dict[str, str]:
        request = self.interaction.request
        parts = urlsplit(request.url)
        body = to_json(request.json_body) if request.body_kind == "json" else request.text or ""
        query = parse_qsl(parts.query, keep_blank_values=True)
        return Asked(method=request.method, path=parts.path, query=query, headers=request.headers, content=body.encode()).leaves()

    @cached_property
    def _readable(self) -> dict[str, tuple[str, re.Pattern[str]]]:
        """The places in which a compulsory value stands, with a pattern that reads it."""
        found = {}
        for place, text in self._recorded.items():
            for name in _COMPULSORY:
                value = self.values.get(name)
                if value and value in text:
                    before, _, after = text.partition(value)
                    found[place] = name, re.compile(f"{re.escape(before)}(.+){re.escape(after)}", re.DOTALL)
        return found

    def read(self, asked: Asked, leaves: Mapping[str, str]) -> dict[str, str] | None:
        """The values of a request, or None where it is another one."""
        if asked.method != self.interaction.request.method:
            return None
        if "path" not in self._readable and leaves["path"] != self._recorded["path"]:
            return None
        found: dict[str, str] = {}
        for place, (name, pattern) in self._readable.items():
            read = pattern.fullmatch(leaves.get(place, ""))
            if read is None:
                return None
            found.setdefault(name, read[1])
        return {**self._optional(leaves), **found}

    def _optional(self, leaves: Mapping[str, str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for place, text in self._recorded.items():
            sent = leaves.get(place, "")
            if any(self.values.get(name) and self.values[name] in text for name in ("day", "day8")) and (
                day := _DAY.search(sent)
            ):
                found.update(days("-".join(filter(None, day.groups()))))
            if self.values.get("parcel") == text and sent:
                found["parcel"] = sent
        return found

    def likeness(self, leaves: Mapping[str, str]) -> int:
        """How much a request is like the recorded one: it is answered by the exchange that it is most like."""
        names = {place for place in self._recorded if place.startswith("query.")}
        sent = {place for place in leaves if place.startswith("query.")}
        equal = sum(leaves.get(place) == value for place, value in self._recorded.items())
        return equal - _QUERY_NAMES_WEIGH * len(names ^ sent)

    @cached_property
    def tree(self) -> Any:  # noqa: ANN401 - JSON is anything, or the root of an XML document
        """The answer, taken apart."""
        text = self.answer.content.decode("utf-8", "replace")
        root = parse_xml(text)
        return root if root is not None else json.loads(text, parse_float=Decimal) if text else None

    @cached_property
    def rows(self) -> Any:  # noqa: ANN401
        """The outermost list in the answer that has a row about the recorded number: the children of an XML root, too."""
        tree = self.tree
        return tree if isinstance(tree, Element) else _list_about(self.values.get("number", ""), tree)

    @property
    def lists(self) -> bool:
        """Whether the answer has rows, one for each thing that it is about."""
        return self.rows is not None

    @cached_property
    def own_row(self) -> Any:  # noqa: ANN401
        """The answer's row about the recorded number."""
        return next(row for row in self.rows if _is_about(row, self.values["number"]))

    def row(self, own: Values, moved: MovedTimes | None = None) -> Any:  # noqa: ANN401
        """The answer's row about the recorded number, with a booking's own values and times."""
        return remade(self.own_row, changed(self.values, own), moved or as_it_is, None, ())

    def answered(self, own: Values, moved: MovedTimes | None = None, rows: Sequence[Any] | None = None) -> Answer:
        """The recorded answer with a booking's own values, and where ``rows`` are given, with them as what it lists."""
        if self.tree is None:
            return self.answer
        listed = None if rows is None else self.rows
        tree = remade(self.tree, changed(self.values, own), moved or as_it_is, listed, rows or ())
        return Answer(self.answer.status, self.answer.headers, written(tree, document=True).encode())


def written(tree: Any, *, document: bool = False) -> str:  # noqa: ANN401
    """A tree as text; a whole XML ``document`` says so at its beginning."""
    if not isinstance(tree, Element):
        return to_json(tree)
    text: bytes = tostring(tree, "utf-8", xml_declaration=document)
    return text.decode()


def as_it_is(fields: dict[str, Any]) -> dict[str, Any]:
    """Moves no times."""
    return fields


def changed(recorded: Values, own: Values) -> Callable[[str], str]:
    """Puts a booking's values in the place of the recorded ones, all at once."""
    pairs = {value: own[name] for name, value in recorded.items() if value and own.get(name)}
    if not pairs:
        return str
    pattern = re.compile("|".join(re.escape(value) for value in sorted(pairs, key=len, reverse=True)))
    return lambda text: pattern.sub(lambda found: pairs[found[0]], text)


def _is_about(row: Any, number: str) -> bool:  # noqa: ANN401
    leaves = xml_leaves(row) if isinstance(row, Element) else json_leaves(row)
    return any(number in str(value) for _, value in leaves)


def _list_about(number: str, tree: Any) -> list[Any] | None:  # noqa: ANN401
    if isinstance(tree, list) and any(_is_about(row, number) for row in tree):
        return tree
    children = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    return next((rows for child in children if (rows := _list_about(number, child)) is not None), None)


def remade(node: Any, change: Callable[[str], str], moved: MovedTimes, listed: Any, rows: Sequence[Any]) -> Any:  # noqa: ANN401
    """A tree once more, with its texts changed, its times moved, and ``rows`` in the place of what it lists."""
    if isinstance(node, Element):
        made = Element(node.tag, moved({name: change(value) for name, value in node.attrib.items()}))
        made.text, made.tail = change(node.text or ""), node.tail
        made.extend(rows if node is listed else [remade(child, change, moved, listed, rows) for child in node])
        return made
    if node is listed and listed is not None:
        return list(rows)
    if isinstance(node, dict):
        return moved({key: remade(item, change, moved, listed, rows) for key, item in node.items()})
    if isinstance(node, list):
        return [remade(item, change, moved, listed, rows) for item in node]
    return change(node) if isinstance(node, str) else node
