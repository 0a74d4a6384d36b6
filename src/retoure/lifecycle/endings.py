"""How a parcel's way ends: delivered, back at the customer, disposed of, or delivered somewhere it was not bound for."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import StrEnum

from retoure.lifecycle.numbers import CaseLabel
from retoure.lifecycle.places import Where, where_is
from retoure.lifecycle.rows import Known, start_of_day
from retoure.model.tracking import Custody, Kind, Precision

_TURNED = "return_flag"
"""The flag with which a carrier package says that a parcel goes back."""

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
    zone: tzinfo

    @property
    def instant(self) -> datetime:
        """When it happened; a delivery known to the day only counts from the start of its day."""
        event = self.known.event
        return start_of_day(event, self.zone) if event.precision is Precision.DATE else event.instant


def says_turned(flags: Iterable[str]) -> bool:
    """Whether a carrier flags an event or an answer as going back. It decides nothing alone where the place is known."""
    return _TURNED in flags


def endings_of(ordered: Sequence[Known], label: CaseLabel, zone: tzinfo, answer_flags: Iterable[str] = ()) -> Iterator[Ending]:
    """Every ending among a parcel's events, oldest first; ``answer_flags`` are those of the last answer as a whole.

    A flag that already stands at the first scan is in the nature of a return label and says nothing of a turn on the way.
    """
    first = next((known for known in ordered if known.event.custody is Custody.PHYSICAL), None)
    by_nature = first is not None and says_turned(first.event.flags) and first.event.kind not in _HANDED_OVER
    turned = says_turned(answer_flags) and not any(says_turned(known.event.flags) for known in ordered)
    for known in ordered:
        kind = known.event.kind
        if kind is Kind.RETURNING_TO_ORIGIN:
            turned = True
        elif kind is Kind.DISPOSED:
            yield Ending(End.DISPOSED, known, review=False, zone=zone)
        elif kind in _HANDED_OVER:
            flagged = says_turned(known.event.flags) and not by_nature
            end, review = _handed_over(known, label, back=kind is Kind.RETURNED_TO_ORIGIN or flagged or turned)
            yield Ending(end, known, review, zone)


def _handed_over(known: Known, label: CaseLabel, *, back: bool) -> tuple[End, bool]:
    """Where the place is known, it decides; else what the carrier says of the direction, and a person looks at it.

    "Returned to sender" may mean either: in some carriers' eyes the merchant is a return's shipper.
    """
    neighbour = known.event.kind is Kind.DELIVERED_TO_NEIGHBOUR
    match where_is(known.event.location, label.origin, label.destination):
        case Where.DESTINATION:
            return End.DELIVERED, back or neighbour
        case Where.ORIGIN:
            return End.BACK_AT_CUSTOMER, True
        case Where.ELSEWHERE if back and label.origin is None:
            return End.BACK_AT_CUSTOMER, True
        case Where.ELSEWHERE:
            return End.WRONG_PLACE, True
        case _:
            return End.BACK_AT_CUSTOMER if back else End.DELIVERED, back or neighbour
