"""Scripted histories in a carrier's own wire: recorded answers and rows as texts with gaps, filled for each parcel.

A recorded row is taken apart once; telling it for another parcel and another moment is one filling of its gaps.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from typing import Any
from xml.etree.ElementTree import Element  # answers of our own making; what comes in is read with defusedxml
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from retoure.errors import ConfigurationError
from retoure.replay.sandbox.exchanges import Exchange, MovedTimes, as_it_is, changed, remade, written
from retoure.replay.sandbox.messages import Answer
from retoure.replay.sandbox.scripts import Script, ScriptedRow
from retoure.replay.sandbox.stories import Stories, Times, read_time

_BEGIN, _END = "\ue000", "\ue001"  # of no carrier's alphabet
_NUMBER, _PLACE, _SUCCESSOR, _LIST = (f"{_BEGIN}{name}{_END}" for name in ("number", "place", "successor", "list"))
_GAP = re.compile(f"{_BEGIN}([^{_END}]+){_END}")
_IN_XML = {'"': "&quot;"}


@dataclass(frozen=True, slots=True)
class _Time:
    """A gap for a time: in local time or UTC by a ``strftime`` form, or the offset, some time after the moment that fills it."""

    kind: str
    form: str
    after: timedelta

    def at(self, moment: datetime, zone: ZoneInfo) -> str:
        return _written(self.kind, self.form, moment + self.after, zone)


@lru_cache(maxsize=2**14)
def _written(kind: str, form: str, instant: datetime, zone: ZoneInfo) -> str:
    local = instant.astimezone(UTC if kind == "utc" else zone)
    return local.isoformat()[-6:] if kind == "offset" else local.strftime(form)


class _Gapped:
    """A text with gaps."""

    def __init__(self, text: str, times: Mapping[str, _Time], zone: ZoneInfo) -> None:
        self._text = _GAP.sub(r"%(\1)s", text.replace("%", "%%"))
        self._times = [(name, time) for name, time in times.items() if f"{_BEGIN}{name}{_END}" in text]
        self._zone = zone

    def filled(self, moment: datetime, others: Mapping[str, str]) -> str:
        return self._text % {**others, **{name: time.at(moment, self._zone) for name, time in self._times}}


@dataclass(frozen=True, slots=True)
class _Shape:
    """An answer: the whole with a gap for its parcels, and one parcel with a gap for its rows.

    Without ``whole`` an answer is about one parcel.
    """

    whole: _Gapped | None
    parcel: _Gapped
    answer: Answer


class Renderer:
    """Tells scripted histories as one carrier would. Keeps what it took apart.

    Args:
        stories: How the carrier writes times, and which rows there are.
        exchange: Gives a recorded exchange by its name.
    """

    def __init__(self, stories: Stories, exchange: Callable[[str], Exchange]) -> None:
        assert stories.scripting is not None  # noqa: S101 - made where there is one only
        self._stories = stories
        self._scripting = stories.scripting
        self._exchange = exchange
        self._zone = ZoneInfo(stories.zone)
        self._rows: dict[tuple[str, bool], _Gapped] = {}
        self._shapes: dict[str, _Shape] = {}
        self._told = lru_cache(maxsize=2**16)(self._tell)

    def check(self, script: Script) -> None:
        """See that the script's rows can be told; raises ``ConfigurationError`` where one cannot."""
        for row in script.rows:
            if row.row not in self._scripting.rows:
                raise ConfigurationError(f"no row {row.row!r} to tell; there are: {', '.join(self._scripting.rows)}")

    def answer(self, scripts: Sequence[Script], now: datetime, asked_by: str) -> Answer | None:
        """The answer about the scripted numbers that are found at this moment; None where none is.

        Args:
            scripts: Those of the numbers asked for.
            now: The moment.
            asked_by: The name of the exchange that the request is like.
        """
        stated = asked_by in self._scripting.offsets
        told = [(script, script.shown(now)) for script in scripts if script.found(now)]
        if not told:
            return None
        parcels = [self._parcel(script, rows, stated=stated) for script, rows in told]
        shape = self._shape(self._shape_of(told[0][1]))
        text = parcels[0] if shape.whole is None else shape.whole.filled(now, {"list": self._comma.join(parcels)})
        return Answer(shape.answer.status, shape.answer.headers, text.encode())

    def _shape_of(self, rows: Iterable[ScriptedRow]) -> str:
        special = [shape for row in rows if (shape := self._scripting.rows[row.row].shape)]
        return special[-1] if special else self._scripting.shape

    def _parcel(self, script: Script, rows: Sequence[ScriptedRow], *, stated: bool) -> str:
        ordered = reversed(rows) if self._scripting.newest_first else rows
        told = [self._told(row, script.number, stated) for row in ordered]
        successor = next((row.successor for row in reversed(rows) if row.successor), "")
        others = {"number": script.number, "successor": successor, "list": self._comma.join(told)}
        return self._shape(self._shape_of(rows)).parcel.filled(script.issued_at, others)

    @property
    def _comma(self) -> str:
        return "" if self._in_xml else ","

    def _tell(self, row: ScriptedRow, number: str, stated: bool) -> str:  # noqa: FBT001 - a key of the cache
        place = self._safe(row.where or self._scripting.rows[row.row].place)
        values = {"number": number, "place": place, "successor": row.successor}
        return self._row(row.row, stated=stated).filled(row.at, values)

    def _safe(self, text: str) -> str:
        return escape(text, _IN_XML) if self._in_xml else json.dumps(text, ensure_ascii=False)[1:-1]

    @cached_property
    def _in_xml(self) -> bool:
        return isinstance(self._exchange(self._scripting.shape).tree, Element)

    def _row(self, name: str, *, stated: bool) -> _Gapped:
        if (name, stated) not in self._rows:
            prototype = self._scripting.rows[name]
            exchange = self._exchange(prototype.exchange)
            row = list(_named(exchange.tree, self._scripting.history))[prototype.row]
            gaps = _Gaps(self._stories.times, self._zone, None, stated=stated)
            recorded = {"number": exchange.values.get("number", ""), "place": prototype.place, "successor": prototype.successor}
            self._rows[name, stated] = self._gapped(row, recorded, gaps)
        return self._rows[name, stated]

    def _shape(self, name: str) -> _Shape:
        if name not in self._shapes:
            exchange = self._exchange(name)
            history = _named(exchange.tree, self._scripting.history)
            gaps = _Gaps(self._stories.times, self._zone, self._stories.bought_at)
            successor = next((one.successor for one in self._scripting.rows.values() if one.shape == name), "")
            recorded = {"number": exchange.values.get("number", ""), "successor": successor}
            parcel = exchange.own_row if exchange.lists else exchange.tree
            whole = None
            if exchange.lists:
                tree = remade(exchange.tree, str, as_it_is, exchange.rows, [_gap_in(exchange.tree)])
                whole = _Gapped(_without_quotes(written(tree, document=True)), {}, self._zone)
            text = self._gapped(parcel, recorded, gaps, history, document=whole is None)
            self._shapes[name] = _Shape(whole, text, exchange.answer)
        return self._shapes[name]

    def _gapped(
        self, node: Any, recorded: Mapping[str, str], gaps: "_Gaps", history: Any = None, document: bool = False  # noqa: ANN401, FBT001, FBT002
    ) -> _Gapped:  # fmt: skip
        change = changed(recorded, {"number": _NUMBER, "place": _PLACE, "successor": _SUCCESSOR})
        tree = remade(node, change, gaps.moved, history, [_gap_in(node)])
        return _Gapped(_without_quotes(written(tree, document=document)), gaps.times, self._zone)


class _Gaps:
    """Puts gaps in the places of times."""

    def __init__(self, times: Sequence[Times], zone: ZoneInfo, since: datetime | None, *, stated: bool = False) -> None:
        self.times: dict[str, _Time] = {}
        self._forms = times
        self._zone = zone
        self._since = since
        self._stated = stated

    @property
    def moved(self) -> MovedTimes:
        def moved(fields: dict[str, Any]) -> dict[str, Any]:
            for form in self._forms:
                if form.local.keys() <= fields.keys() and (at := read_time(form, fields, self._zone)):
                    return {**fields, **self._gaps_of(form, fields, at - self._since if self._since else timedelta())}
            return fields

        return moved

    def _gaps_of(self, form: Times, fields: Mapping[str, Any], after: timedelta) -> dict[str, str]:
        gaps = {name: self._gap("local", pattern, after) for name, pattern in form.local.items()}
        gaps |= {name: self._gap("utc", pattern, after) for name, pattern in form.utc.items() if name in fields}
        if form.offset and (self._stated or form.offset in fields):
            gaps[form.offset] = self._gap("offset", "", after)
        return gaps

    def _gap(self, kind: str, form: str, after: timedelta) -> str:
        time = _Time(kind, form, after)
        name = next((name for name, known in self.times.items() if known == time), f"t{len(self.times)}")
        self.times[name] = time
        return f"{_BEGIN}{name}{_END}"


def _gap_in(tree: Any) -> Any:  # noqa: ANN401
    """What stands for the rows of a list until it is filled."""
    if not isinstance(tree, Element):
        return _LIST
    gap = Element("gap")
    gap.text = _LIST
    return gap


def _without_quotes(text: str) -> str:
    return text.replace(f'"{_LIST}"', _LIST).replace(f"<gap>{_LIST}</gap>", _LIST)


def _named(tree: Any, name: str) -> Any:  # noqa: ANN401
    """The list of that name: a JSON list under that key, or the XML element with that attribute."""
    if isinstance(tree, Element):
        return next((node for node in tree.iter() if name in node.attrib.values()), None)
    if isinstance(tree, dict) and isinstance(tree.get(name), list):
        return tree[name]
    children = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    return next((found for child in children if (found := _named(child, name)) is not None), None)
