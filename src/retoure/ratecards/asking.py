"""What is priced: a request made ready for a card's lanes."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from retoure.errors import MissingMeasure
from retoure.model.addresses import Address, BoundReturnAddress
from retoure.model.labels import ChargeEvent, ReturnRequest
from retoure.model.measures import Parcel, Weight, WeightSource
from retoure.model.quotes import HandIn, QuoteRequest
from retoure.ratecards.measures import Size, size_of
from retoure.ratecards.schema import Tariff

if TYPE_CHECKING:
    from retoure.ratecards.lanes import Limits


@dataclass(slots=True, eq=False)
class Asked:
    """What is priced: the request, its parcel in exact units, and the instant that counts.

    Attributes:
        weight: The one that is billed, of the parcel's weights.
        held: What is held against the limits, where that is not ``size``: the parcel with the heaviest weight that is known.
        passed: The limits that the parcel was last found to keep.
    """

    account: str
    request: ReturnRequest
    priced_at: datetime
    size: Size
    weight: Weight
    weight_source: WeightSource
    held: Size | None = None
    include: tuple[str, ...] = ()
    hand_in: HandIn | None = None
    charge_event: ChargeEvent = ChargeEvent.UNKNOWN
    warnings: tuple[str, ...] = ()
    passed: "Limits | None" = None


def weighed(parcel: Parcel, sources: tuple[WeightSource, ...]) -> tuple[Weight, WeightSource]:
    """The weight that a card bills: the first of its sources that is known, or the parcel's own.

    Raises:
        MissingMeasure: the parcel has no weight by any of the sources.
    """
    if not sources:
        return parcel.weight, parcel.weight_source
    known = {**parcel.other_weights, parcel.weight_source: parcel.weight}
    for source in sources:
        if source in known:
            return known[source], source
    raise MissingMeasure(f"the card bills the weight by {' or '.join(sources)}, and the parcel has it by {', '.join(known)} only")


def asked_of(request: QuoteRequest, priced_at: datetime, tariff: Tariff, charge_event: ChargeEvent) -> Asked:
    """A request made ready for a card's lanes.

    Raises:
        MissingMeasure: the parcel has no weight of the kind that the card bills.
    """
    parcel = request.request.parcel
    weight, source = weighed(parcel, tariff.weight_sources)
    size = size_of(parcel, weight)
    asked = Asked(request.account, request.request, priced_at, size, weight, source, None, request.include, request.hand_in)
    asked.charge_event = charge_event if tariff.charge_event is ChargeEvent.UNKNOWN else tariff.charge_event
    if parcel.other_weights:
        heaviest = max(parcel.weight, *parcel.other_weights.values())
        if heaviest > weight:
            asked.held = replace(size, grams=heaviest.grams)
        others = {**parcel.other_weights, parcel.weight_source: parcel.weight}
        if (measured := others.get(WeightSource.MEASURED)) and measured != weight:
            asked.warnings = (f"billed by the {source} weight of {weight}; measured were {measured}",)
    return asked


@cache
def blank() -> ReturnRequest:
    """A request that is nobody's, to stand where a customer's must not be kept."""
    nobody = Address(name="-", street="-", city="-", country="DE")
    return ReturnRequest(rma="-", ship_from=nobody, return_to="-", parcel=Parcel.of("1 g", "1 x 1 x 1 mm"))


def nobodys(account: str) -> QuoteRequest:
    """A request of nobody, to price bands with that no parcel has asked for yet."""
    request = blank()
    return QuoteRequest(account=account, request=request, return_to=BoundReturnAddress(name="-", address=request.ship_from))
