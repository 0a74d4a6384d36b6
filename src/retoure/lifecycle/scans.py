"""The first scan, the acceptance, the last scan: which events prove custody, and in what order they came."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from pydantic import AwareDatetime, ConfigDict, with_config

from retoure.lifecycle.rows import ACCEPTANCE, Known, end_of_day, rank
from retoure.model.tracking import NOWHERE, Custody, Kind, Place, Precision, ZoneSource

_Order: TypeAlias = tuple[float, bool, int, int]


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True)
class Scan:
    """An event that proves custody.

    Attributes:
        day: Its date in the policy's zone; one that is known to the day only keeps the carrier's date.
        retracted: The carrier took it back, in words or by leaving it out; it counts until a person decides.
    """

    instant: AwareDatetime
    day: date
    kind: Kind
    precision: Precision
    zone_source: ZoneSource
    raw_code: str
    location: Place = NOWHERE
    retracted: bool = False


@dataclass(frozen=True, slots=True)
class Scans:
    """The scans that matter, oldest first in ``events`` together with everything else that is known."""

    events: tuple[Known, ...]
    first: Known | None
    acceptance: Known | None
    last: Known | None

    @property
    def inferred(self) -> bool:
        """The first scan lies later in the chain than a hand-in: that one happened and was not told."""
        return self.first is not None and self.acceptance is None


def scans_of(known: Iterable[Known]) -> Scans:
    """The scans among a parcel's events. Only an event with custody PHYSICAL is one."""
    ordered = in_order(list(known))
    physical = [one for one in ordered if one.event.custody is Custody.PHYSICAL]
    if not physical:
        return Scans(ordered, None, None, None)
    first = physical[0]
    return Scans(ordered, first, first if first.event.kind in ACCEPTANCE else None, physical[-1])


def in_order(known: Sequence[Known]) -> tuple[Known, ...]:
    """Oldest first, by instant, the carrier's sequence, and the order of learning; never by arrival.

    What is known to the day only counts as the end of its day, yet before what must have come later on that day: an acceptance
    before a hub, a hub before a delivery.
    """
    dated = [one for one in known if _date_only(one)]
    if not dated:
        return tuple(sorted(known, key=_order))
    timed = [one for one in known if not _date_only(one)]
    keys = {id(one): _order(one) for one in timed}
    for one in dated:
        keys[id(one)] = _order_of_date(one, timed)
    return tuple(sorted(known, key=lambda one: keys[id(one)]))


def _order(one: Known) -> _Order:
    return (one.order, True, one.position, one.born)


def _order_of_date(one: Known, timed: Sequence[Known]) -> _Order:
    instant = one.event.instant
    day, own = instant.date(), rank(one.event.kind)
    ends = end_of_day(instant).timestamp()
    later = [
        other.order
        for other in timed
        if rank(other.event.kind) > own and other.event.instant.astimezone(instant.tzinfo).date() == day
    ]
    return (min([ends, *later]), not later, one.position + 1000 * own, one.born)


def _date_only(one: Known) -> bool:
    """A guessed time is ordered by the carrier's sequence instead."""
    return one.event.precision is Precision.DATE and one.event.zone_source is not ZoneSource.ASSUMED
