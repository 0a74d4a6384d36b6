"""One row of an answer, and one event over many answers: what makes two rows the same event, and what they are ordered by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta, timezone
from typing import TypeAlias

from retoure.model.tracking import Kind, Precision, TrackingEvent, ZoneSource

Spot: TypeAlias = tuple[str, str, str]
"""Code, postcode, and town or text."""


@dataclass(slots=True, eq=False)
class Known:
    """One event, as all answers together tell it.

    Attributes:
        event: The version that counts.
        first_observed: When it was first told.
        born, seen: The first and the last answer that held it, counted.
        seen_minute: The row's minute in that last answer.
        position: Its place in the last answer, oldest first.
        order: Seconds since 1970 that it is ordered by; its instant, unless that is a guess.
        superseded: Versions with another time that were corrected.
        recalled: A row right after it took it back.
        pushed: Only a message told it, no answer.
    """

    event: TrackingEvent
    first_observed: datetime
    born: int
    seen: int
    seen_minute: int
    position: int
    order: float
    superseded: tuple[TrackingEvent, ...] = ()
    recalled: bool = False
    pushed: bool = False


ACCEPTANCE = frozenset({Kind.DROPPED_OFF, Kind.PICKED_UP, Kind.ACCEPTED, Kind.ORIGIN_SCAN})

_LATE = {
    Kind.OUT_FOR_DELIVERY: 2, Kind.DELIVERY_FAILED: 2, Kind.READY_FOR_COLLECTION: 2,
    Kind.DELIVERED: 3, Kind.DELIVERED_TO_NEIGHBOUR: 3, Kind.PARTIALLY_DELIVERED: 3, Kind.RETURNED_TO_ORIGIN: 3,
}  # fmt: skip


def rank(kind: Kind) -> int:
    """How far along the chain of custody: hand-in, hub, out for delivery, delivered."""
    return 0 if kind in ACCEPTANCE else _LATE.get(kind, 1)


_CHAIN = ACCEPTANCE | {Kind.HUB_SCAN, Kind.OUT_FOR_DELIVERY, Kind.DELIVERY_FAILED, Kind.READY_FOR_COLLECTION}
_HANDED_OVER = frozenset({Kind.DELIVERED, Kind.DELIVERED_TO_NEIGHBOUR})


def implies(known: Kind, told: Kind) -> bool:
    """Whether something of one kind cannot have happened without something of another."""
    if known is told or {known, told} <= _HANDED_OVER:
        return True
    return told in _CHAIN and (known in _CHAIN or known in _HANDED_OVER) and rank(told) <= rank(known)


def minute(event: TrackingEvent) -> int:
    """The minute it happened in, counted from 1970."""
    return int(event.instant.timestamp() // 60)


def wall(event: TrackingEvent) -> int:
    """The minute that the clock on the wall showed, date included."""
    instant = event.instant
    return (instant.toordinal() * 24 + instant.hour) * 60 + instant.minute


def spot(event: TrackingEvent) -> Spot:
    """Code and place: not the words, which are translated, and not the kind, which a better mapping may change."""
    place = event.location
    return (event.raw_code, place.postal_code, place.city or place.text)


def span(event: TrackingEvent) -> tuple[float, float]:
    """First and last instant the event may have happened at, in seconds since 1970."""
    if event.precision is Precision.DATE:
        return start_of_day(event.instant).timestamp(), end_of_day(event.instant).timestamp()
    instant = event.instant.timestamp()
    return instant, instant


def start_of_day(instant: datetime) -> datetime:
    """The first instant of a date, in the offset it was told in."""
    return datetime.combine(instant.date(), time.min, _offset(instant))


def end_of_day(instant: datetime) -> datetime:
    """The last instant of a date, in the offset it was told in."""
    return datetime.combine(instant.date(), time.max, _offset(instant))


def _offset(instant: datetime) -> timezone:
    """The offset by itself: a zone would answer another one at midnight of a day on which clocks change."""
    return timezone(instant.utcoffset() or timedelta(0))


def orders_of(events: Sequence[TrackingEvent]) -> list[float]:
    """What the rows of one answer are ordered by. A guessed time stays between its neighbours: the carrier's sequence decides."""
    orders = [event.instant.timestamp() for event in events]
    guessed = [event.zone_source is ZoneSource.ASSUMED for event in events]
    if not any(guessed):
        return orders
    ceiling = float("inf")
    ceilings = [ceiling] * len(events)
    for index in range(len(events) - 1, -1, -1):
        ceilings[index] = ceiling
        if not guessed[index]:
            ceiling = orders[index]
    floor = float("-inf")
    for index, order in enumerate(orders):
        if guessed[index]:
            orders[index] = min(max(order, floor), ceilings[index])
        floor = orders[index]
    return orders


def recall(told: Sequence[Known]) -> None:
    """A retraction takes back the row before it; two in a row take back two."""
    standing: list[Known] = []
    for known in told:
        if known.event.kind is not Kind.RETRACTION:
            standing.append(known)
        elif standing:
            standing.pop().recalled = True
