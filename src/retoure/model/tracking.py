"""Tracking as carriers tell it, in one vocabulary.

A carrier package maps its codes to (kind, custody) and nothing more; what that means for a return is the business of
:mod:`retoure.lifecycle`. Events are made by the thousand, so they are slotted dataclasses, not pydantic models.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, ConfigDict, StringConstraints, with_config

from retoure.model.addresses import Country
from retoure.model.base import Model


class Custody(StrEnum):
    """Whether an event proves that the carrier had the parcel in hand. Only PHYSICAL can be a scan."""

    PHYSICAL = "PHYSICAL"
    NONE = "NONE"
    UNKNOWN = "UNKNOWN"


class Kind(StrEnum):
    """What an event says."""

    DATA_RECEIVED = "DATA_RECEIVED"
    PICKUP_BOOKED = "PICKUP_BOOKED"
    PICKUP_FAILED = "PICKUP_FAILED"
    DROPPED_OFF = "DROPPED_OFF"
    PICKED_UP = "PICKED_UP"
    ACCEPTED = "ACCEPTED"
    ORIGIN_SCAN = "ORIGIN_SCAN"
    HUB_SCAN = "HUB_SCAN"
    CUSTOMS = "CUSTOMS"
    OUT_FOR_DELIVERY = "OUT_FOR_DELIVERY"
    DELIVERY_FAILED = "DELIVERY_FAILED"
    READY_FOR_COLLECTION = "READY_FOR_COLLECTION"
    DELIVERED = "DELIVERED"
    DELIVERED_TO_NEIGHBOUR = "DELIVERED_TO_NEIGHBOUR"
    PARTIALLY_DELIVERED = "PARTIALLY_DELIVERED"
    RETURNING_TO_ORIGIN = "RETURNING_TO_ORIGIN"
    RETURNED_TO_ORIGIN = "RETURNED_TO_ORIGIN"
    EXCEPTION = "EXCEPTION"
    DAMAGED = "DAMAGED"
    DISPOSED = "DISPOSED"
    LOST_BY_CARRIER = "LOST_BY_CARRIER"
    RELABELLED = "RELABELLED"
    RETRACTION = "RETRACTION"
    CANCELLED = "CANCELLED"
    INFO = "INFO"
    UNKNOWN = "UNKNOWN"


class ZoneSource(StrEnum):
    """Where an instant's offset comes from: the answer, the carrier's documented zone, the place's country, or a guess."""

    STATED = "STATED"
    CARRIER = "CARRIER"
    COUNTRY = "COUNTRY"
    ASSUMED = "ASSUMED"


class Precision(StrEnum):
    """The finest unit the carrier's time has."""

    SECOND = "SECOND"
    MINUTE = "MINUTE"
    DATE = "DATE"


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True)
class Place:
    """Where something happened, as far as it was told.

    Attributes:
        text: The carrier's words, a depot's name among them. They can confirm a town and never deny one.
        country: ISO 3166-1 alpha-2, only where it is surely one.
        postal_code: Of the place itself.
        city: The town itself: another town here than the return address's is another place.
    """

    text: str = ""
    country: str = ""
    postal_code: str = ""
    city: str = ""


NOWHERE = Place()


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True)
class TrackingEvent:
    """One row of a parcel's history.

    Attributes:
        kind: What it says, in our words.
        custody: Whether it proves that the carrier had the parcel.
        instant: Aware, always.
        local_text: The carrier's own time, to the letter.
        zone_source: Where the offset of ``instant`` comes from.
        precision: The finest unit of the carrier's time.
        raw_code: The carrier's code or codes, joined by ``/`` in the order its table uses.
        text: The carrier's words.
        location: The place.
        sequence: The row's place in the carrier's answer, oldest first.
        flags: ``dst_gap``, ``dst_overlap``; ``return_flag``, the carrier says that it goes back; ``needs_review``, a person
            should look; ``unlisted_code``, the code is in no list; ``foreign_scan``, its zone is not sure.
    """

    kind: Kind
    custody: Custody
    instant: AwareDatetime
    local_text: str
    zone_source: ZoneSource
    precision: Precision
    raw_code: str
    text: str = ""
    location: Place = NOWHERE
    sequence: int = 0
    flags: tuple[str, ...] = ()


TrackingNumber = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50, pattern=r"^[0-9A-Za-z .\-]+$")
]
"""A number as it may be asked for, as text: leading zeros count."""


class TrackedParcel(Model):
    """A number to look up, with what a look-up needs beyond it.

    Attributes:
        issued_at: When the label was created; None for an imported number whose reuse cannot be checked.
        postal_code: The recipient's, for carriers that ask for it.
        country: The recipient's country, to tell another shipment behind the same number.
        precise: Ask for exact instants where that costs an extra call.
    """

    number: TrackingNumber
    issued_at: AwareDatetime | None = None
    postal_code: str = ""
    country: Country | None = None
    precise: bool = False


def _refuse_naive(instant: datetime) -> None:
    if instant.utcoffset() is None:
        raise ValueError(f"{instant.isoformat()} has no time zone: a naive time would count days in the machine's zone")


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True)
class TrackingReport:
    """One successful read of one parcel.

    Attributes:
        events: Oldest first. May be empty: the carrier knows the number and has no row yet.
        read_at: When the request left: freshness counts from the asking.
        digest: SHA-256 of the raw answer, in hex; the answer itself goes to the client's raw sink.
        destination: Where the parcel is bound, as far as the carrier tells it.
        successor: The number that replaced this one, where told.
        pieces: Numbers of a shipment's pieces, where told.
    """

    number: str
    carrier: str
    events: tuple[TrackingEvent, ...]
    read_at: AwareDatetime
    digest: str
    destination: Place | None = None
    successor: str = ""
    pieces: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _refuse_naive(self.read_at)
        for event in self.events:
            if event.instant.utcoffset() is None:
                _refuse_naive(event.instant)


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True)
class PushMessage:
    """What a carrier sent by itself about one parcel: a hint, which a read confirms.

    Attributes:
        events: What it tells, oldest first; never a whole history.
        received_at: When it came in.
        message_id: The carrier's own number of the message, where it has one: the same message may be delivered several times.
    """

    number: str
    events: tuple[TrackingEvent, ...]
    received_at: AwareDatetime
    message_id: str = ""

    def __post_init__(self) -> None:
        _refuse_naive(self.received_at)
        for event in self.events:
            _refuse_naive(event.instant)


class ReadFailure(StrEnum):
    """Why a look-up of one number gave no history."""

    NOT_FOUND = "NOT_FOUND"
    WRONG_SHIPMENT = "WRONG_SHIPMENT"
    FAILED = "FAILED"


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True)
class TrackingFailure:
    """A look-up of one number that gave no history. It never says that a parcel is lost.

    NOT_FOUND: unknown, too new or deleted. WRONG_SHIPMENT: another parcel answers under this number. FAILED: anything else.
    """

    number: str
    carrier: str
    reason: ReadFailure
    read_at: AwareDatetime
    message: str = ""
    carrier_code: str = ""
    digest: str = ""

    def __post_init__(self) -> None:
        _refuse_naive(self.read_at)
