"""Scripted histories: what a carrier shows for one number from when on, row by row, for simulations of weeks and months."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from retoure.model.base import Model

_PLAIN = re.compile(r"[0-9A-Z]+")


class Prototype(Model):
    """A recorded row to tell histories with.

    Attributes:
        exchange: The recorded exchange that has it.
        row: Its place in that exchange's history, from 0.
        place: The town it is recorded in, where another may be put in its stead.
        shape: The exchange whose answer looks like one with such a row, where that is another than usual.
        successor: The recorded number that replaces the parcel's.
    """

    exchange: str
    row: int
    place: str = ""
    shape: str = ""
    successor: str = ""


class Scripting(Model):
    """What a carrier's scripted histories are made of.

    Attributes:
        shape: The exchange whose answer the rows are put into.
        history: The name of the list that holds them: a JSON key, or an attribute of an XML element.
        newest_first: The carrier tells the last row first.
        offsets: The exchanges in whose answers each row states its offset.
        call_limit: The exchange that says, inside of a success, that too many calls were made.
        rows: The rows to choose from, by a name that all carriers share.
    """

    shape: str
    history: str
    newest_first: bool = False
    offsets: tuple[str, ...] = ()
    call_limit: str = ""
    rows: Mapping[str, Prototype]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedRow:
    """One row of a scripted history.

    Attributes:
        row: Which of the carrier's rows.
        at: When it says it happened.
        visible: From when on the carrier shows it; by default from when it happened.
        hidden: From when on it does not any more.
        where: The town, in the stead of the recorded one.
        successor: The number that replaces the parcel's.
    """

    row: str
    at: datetime
    visible: datetime | None = None
    hidden: datetime | None = None
    where: str = ""
    successor: str = ""

    def shown(self, now: datetime) -> bool:
        """Whether the carrier shows it at this moment."""
        return (self.visible or self.at) <= now and (self.hidden is None or now < self.hidden)


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What a carrier shows for one number.

    Attributes:
        number: In capital letters and digits only.
        issued_at: When the label was created.
        rows: In any order; an answer tells them by their times.
        known_from: Until then the number is not found.
        gone_from: From then on it is not found any more.
    """

    number: str
    issued_at: datetime
    rows: tuple[ScriptedRow, ...]
    known_from: datetime | None = None
    gone_from: datetime | None = None

    def __post_init__(self) -> None:
        if not _PLAIN.fullmatch(self.number):
            raise ValueError(f"a scripted number has capital letters and digits only, unlike {self.number!r}")

    def found(self, now: datetime) -> bool:
        """Whether the carrier knows the number at this moment."""
        return (self.known_from or now) <= now and (self.gone_from is None or now < self.gone_from)

    def shown(self, now: datetime) -> list[ScriptedRow]:
        """The rows that the carrier shows at this moment, oldest first."""
        return sorted((row for row in self.rows if row.shown(now)), key=_at)


def _at(row: ScriptedRow) -> datetime:
    return row.at
