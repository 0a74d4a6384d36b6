"""Which rows are the parcel's: those between the creation of its label and the moment of the answer."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import TypeAlias

from pydantic import ConfigDict, with_config

from retoure.lifecycle.rows import span
from retoure.model.tracking import Precision, TrackingEvent

SLACK_BEFORE = timedelta(hours=24)
"""How much older than its label an event may seem: times without an offset are read in some zone."""

SLACK_AFTER = timedelta(hours=26)
"""How far in the future an event may seem: the largest spread between two zones."""

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""Nothing is older: where a carrier knows no date, its systems may write one of the years 1, 1900 or 1970."""

Bounds: TypeAlias = tuple[float, float]
"""Between which two moments, in seconds since 1970, an event is the parcel's; both of them included."""


_FAR = timedelta(days=2).total_seconds()
"""What lies further outside does so by any clock, and its day may be the calendar's first or last."""


class Quarantine(StrEnum):
    """Why a row is not used."""

    NUMBER_REUSE = "NUMBER_REUSE"
    FUTURE = "FUTURE"
    WRONG_SHIPMENT = "WRONG_SHIPMENT"


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True)
class SetAside:
    """A row that is stored and shown, and never used."""

    event: TrackingEvent
    reason: Quarantine


def bounds_of(issued_at: datetime | None, observed_at: datetime) -> Bounds:
    """Where the events of an answer may lie; where a label's creation is not known, hardly anything is too old."""
    earliest = (issued_at - SLACK_BEFORE if issued_at else EARLIEST).timestamp()
    return earliest, observed_at.timestamp() + SLACK_AFTER.total_seconds()


def out_of(bounds: Bounds, event: TrackingEvent, zone: tzinfo) -> Quarantine | None:
    """Why an event is not the parcel's, if it is not. One known to the day is if any instant of its day is."""
    earliest, latest = bounds
    begins = ends = event.instant.timestamp()
    if event.precision is Precision.DATE and earliest - _FAR < begins < latest + _FAR:
        begins, ends = span(event, zone)
    if ends < earliest:
        return Quarantine.NUMBER_REUSE
    return Quarantine.FUTURE if begins > latest else None
