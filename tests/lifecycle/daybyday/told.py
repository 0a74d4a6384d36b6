"""What is told of a return, in plain records: rows, answers, failures, facts, and the label they are about."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a carrier's history.

    Attributes:
        wall: The clock on the wall, as the carrier prints it; midnight where only the date is printed.
        clock: The zone of that wall.
        offset: Minutes ahead of UTC, where the carrier states them.
        source: STATED, CARRIER or ASSUMED: where the offset comes from.
        place: ``merchant``, ``buyer``, ``depot``, ``elsewhere``, or nothing.
        homeward: The carrier's own flag that it goes back.
    """

    kind: str
    custody: str
    wall: datetime
    clock: str
    code: str
    offset: int | None = None
    source: str = "CARRIER"
    date_only: bool = False
    place: str = ""
    homeward: bool = False
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """The carrier answered. ``bound_for``: ``merchant``, ``stranger`` or nothing."""

    sent: datetime
    known: datetime
    rows: tuple[Row, ...]
    bound_for: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """The carrier was asked in vain: NOT_FOUND, WRONG_SHIPMENT or FAILED."""

    sent: datetime
    known: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Message:
    """The carrier sent something by itself."""

    known: datetime
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """What only the merchant knows: ``refund``, ``handover``, ``receipt``, ``damaged_receipt``, ``void`` or ``claim``."""

    what: str
    at: datetime
    known: datetime
    how: str = ""


Heard = Answer | Failure | Message | Fact


@dataclass(frozen=True, slots=True)
class Story:
    """One return: its label, the rules it is judged by, all that was heard, and the moment of the question.

    Attributes:
        rules: The policy's name.
        zone: The policy's zone.
        aimed: The label names the return address and the customer's town.
    """

    rules: str
    zone: str
    carrier: str
    source: str
    issued: datetime | None
    heard: tuple[Heard, ...]
    now: datetime
    aimed: bool = True
    expires: date | None = None
    promised: date | None = None
    trusting: bool = False
