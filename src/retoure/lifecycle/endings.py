"""How a parcel's way ends: delivered, back at the customer, disposed of, or delivered somewhere it was not bound for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from retoure.lifecycle.case import CaseLabel
from retoure.lifecycle.places import Where, where_is
from retoure.lifecycle.rows import Known, start_of_day
from retoure.model.tracking import Kind, Precision

RETURNING = "returning"
"""The flag of an event whose carrier says that the parcel is on its way back; it decides nothing where the place is known."""

_HANDED_OVER = frozenset({Kind.DELIVERED, Kind.DELIVERED_TO_NEIGHBOUR, Kind.RETURNED_TO_ORIGIN})


class End(StrEnum):
    """What an ending event comes to. WRONG_PLACE ends nothing: the clock keeps running."""

    DELIVERED = "DELIVERED"
    BACK_AT_CUSTOMER = "BACK_AT_CUSTOMER"
    DISPOSED = "DISPOSED"
    WRONG_PLACE = "WRONG_PLACE"


@dataclass(frozen=True, slots=True)
class Ending:
    """One ending event, and whether a person should look at it."""

    end: End
    known: Known
    review: bool

    @property
    def instant(self) -> datetime:
        """When it happened; a delivery known to the day only counts from the start of its day."""
        event = self.known.event
        return start_of_day(event.instant) if event.precision is Precision.DATE else event.instant


def endings_of(ordered: Sequence[Known], label: CaseLabel) -> Iterator[Ending]:
    """Every ending among a parcel's events, oldest first."""
    turned_round = False
    for known in ordered:
        kind = known.event.kind
        if kind is Kind.RETURNING_TO_ORIGIN:
            turned_round = True
        elif kind is Kind.DISPOSED:
            yield Ending(End.DISPOSED, known, review=False)
        elif kind in _HANDED_OVER:
            yield _handed_over(known, label, turned_round=turned_round)


def _handed_over(known: Known, label: CaseLabel, *, turned_round: bool) -> Ending:
    """Where the place is known, it decides; else what the carrier says of the direction, and a person looks at it.

    "Returned to sender" may mean either: in some carriers' eyes the merchant is a return's shipper.
    """
    kind = known.event.kind
    back = kind is Kind.RETURNED_TO_ORIGIN or RETURNING in known.event.flags or turned_round
    neighbour = kind is Kind.DELIVERED_TO_NEIGHBOUR
    match where_is(known.event.location, label.origin, label.destination):
        case Where.DESTINATION:
            return Ending(End.DELIVERED, known, review=back or neighbour)
        case Where.ORIGIN:
            return Ending(End.BACK_AT_CUSTOMER, known, review=True)
        case Where.ELSEWHERE if back and label.origin is None:
            return Ending(End.BACK_AT_CUSTOMER, known, review=True)
        case Where.ELSEWHERE:
            return Ending(End.WRONG_PLACE, known, review=True)
        case _:
            return Ending(End.BACK_AT_CUSTOMER if back else End.DELIVERED, known, review=back or neighbour)
