"""The first scan, the acceptance, the last scan: which events prove custody, and in what order they came."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from operator import attrgetter
from typing import TypeAlias

from pydantic import AwareDatetime, ConfigDict, with_config

from retoure.lifecycle.rows import ACCEPTANCE, Known, rank, span, to_the_day
from retoure.model.tracking import NOWHERE, Custody, Kind, Place, Precision, ZoneSource

_Order: TypeAlias = tuple[float, bool, int, int]
_BY_ORDER = attrgetter("order", "position", "born")


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


def scans_of(known: Iterable[Known], zone: tzinfo) -> Scans:
    """The scans among a parcel's events. Only an event with custody PHYSICAL is one."""
    ordered = in_order(list(known), zone)
    physical = [one for one in ordered if one.event.custody is Custody.PHYSICAL]
    if not physical:
        return Scans(ordered, None, None, None)
    first = physical[0]
    return Scans(ordered, first, first if first.event.kind in ACCEPTANCE else None, physical[-1])


def in_order(known: Sequence[Known], zone: tzinfo) -> tuple[Known, ...]:
    """Oldest first, by instant, the carrier's sequence, and the order of learning; never by arrival.

    What is known to the day only counts as the end of its day, yet before what must have come later on that day: an acceptance
    before a hub, a hub before a delivery.
    """
    dated = [one for one in known if one.event.precision is Precision.DATE and to_the_day(one.event)]
    if not dated:
        return tuple(sorted(known, key=_BY_ORDER))
    timed = [one for one in known if not to_the_day(one.event)]
    keys = {id(one): _order(one) for one in timed}
    for one in dated:
        keys[id(one)] = _order_of_date(one, timed, zone)
    return tuple(sorted(known, key=lambda one: keys[id(one)]))


def _order(one: Known) -> _Order:
    return (one.order, True, one.position, one.born)


def _order_of_date(one: Known, timed: Sequence[Known], zone: tzinfo) -> _Order:
    own, (begins, ends) = rank(one.event.kind), span(one.event, zone)
    later = [other.order for other in timed if rank(other.event.kind) > own and begins <= other.event.instant.timestamp() <= ends]
    return (min([ends, *later]), not later, one.position + 1000 * own, one.born)
