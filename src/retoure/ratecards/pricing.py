"""One parcel on one lane: its declines, or its quote, by a few bisections."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, Final, TypeVar

from pydantic import BaseModel

from retoure.errors import MissingMeasure, OutsideRateCard
from retoure.model.addresses import Address
from retoure.model.labels import ReturnRequest
from retoure.model.measures import Parcel, Weight
from retoure.model.quotes import BilledBy, Decline, DeclineReason, PriceBasis, Quote
from retoure.ratecards.charging import Line, price_of
from retoure.ratecards.measures import EXACT, Measure, Size, actual, decline_reason, described
from retoure.ratecards.schema import BandKey, Basis, Origin, Surcharge
from retoure.ratecards.tables import Bound, Lane, Limits, Segment
from retoure.ratecards.weighing import any_holds

M = TypeVar("M", bound=BaseModel)

EXAMPLE_WARNING: Final = "EXAMPLE: an invented price of a card that ships as an example; no carrier charges it"
SIDES_WARNING: Final = "the parcel has no dimensions: the size limits were not checked"

_BASES: Final = {
    Origin.EXAMPLE: PriceBasis.EXAMPLE, Origin.PUBLISHED: PriceBasis.LIST, Origin.CONTRACT: PriceBasis.CONTRACT_TABLE,
}  # fmt: skip


@dataclass(slots=True, eq=False)
class Asked:
    """What is priced: the request, its parcel in exact units, and the instant that counts.

    ``passed`` are the limits that the parcel was last found to keep.
    """

    account: str
    request: ReturnRequest
    size: Size
    priced_at: datetime
    passed: Limits | None = None


def price_lane(segment: Segment, lane: Lane, asked: Asked) -> Quote | list[Decline]:
    """What one service costs, or every reason why the carrier does not take the parcel.

    Raises:
        OutsideRateCard: the card has no band for it.
        MissingMeasure: the price depends on dimensions that the parcel does not have.
    """
    request, weighing, size = asked.request, lane.weighing, asked.size
    if weighing is not None:
        size = weighing.sized(size)
    limits = lane.limits
    if limits is not asked.passed or size is not asked.size:
        for broken in limits.tests:
            if broken(size):
                return _declines(lane, asked, size)
        asked.passed = limits if size is asked.size else None
    if lane.customs and not request.customs:
        return _declines(lane, asked, size)
    billed = None if weighing is None else weighing.billed(request.parcel, size)
    grams = size.grams if billed is None else billed.grams
    band = bisect_left(lane.bounds, grams if lane.by_weight else _class_of(lane, size))
    if band == len(lane.bounds):
        raise OutsideRateCard(
            f"rate card {segment.card.id!r}, service {lane.service.code!r}, zone {lane.zone!r}: "
            f"the last band ends at {lane.bands[-1].up_to}, the parcel is beyond it"
        )
    # Most cards have no surcharges, and most bands were asked for before: the look-up is tried before anything is computed.
    cell = (None if lane.extras else lane.cells.get(band)) or _cell(segment, lane, band, size, grams)
    values = cell.copy()
    values["account"] = asked.account
    values["request"] = request
    values["weight_source"] = request.parcel.weight_source
    values["priced_at"] = asked.priced_at
    values["limits"] = limits.shown.copy()
    if billed is not None:
        values["billable_weight"], values["billed_by"] = billed.weight, billed.by
    elif lane.by_weight:
        values["billable_weight"] = request.parcel.weight
    if size.sides is None and limits.needs_sides:
        values["warnings"] = (*values["warnings"], SIDES_WARNING)
    return trusted(Quote, values, _QUOTE_FIELDS)


_put: Final = object.__setattr__
_QUOTE_FIELDS: Final = set(Quote.model_fields)


def trusted(model: type[M], values: dict[str, Any], fields: set[str]) -> M:
    """Make a model of values that are valid already, all of them and in the order of its fields.

    A quote's prices were validated when their band was first asked for; doing it again for each parcel takes longer than all
    else. What is set here is what pydantic's ``model_construct`` sets.
    """
    made = object.__new__(model)
    _put(made, "__dict__", values)
    _put(made, "__pydantic_fields_set__", fields)
    _put(made, "__pydantic_extra__", None)
    _put(made, "__pydantic_private__", None)
    return made


def _class_of(lane: Lane, size: Size) -> Decimal:
    """What is looked up where the price does not go by weight; a flat price has one band, and zero is its bound."""
    if lane.service.key is BandKey.FLAT:
        return Decimal(0)
    if size.sides is None:
        raise MissingMeasure(f"service {lane.service.code!r} is priced by size class: the parcel needs dimensions")
    return EXACT.add(size.sides[0], size.sides[2])


def _cell(segment: Segment, lane: Lane, band: int, size: Size, grams: Decimal) -> dict[str, Any]:
    """The parts of a quote that are the same for every parcel of a band to which the same surcharges apply."""
    records: tuple[Surcharge, ...] = ()
    if lane.extras:
        records = tuple(
            extra.record for extra in lane.extras if any_holds(extra.conditions, size, f"surcharge {extra.record.id!r}")
        )
        if any(record.basis is Basis.PER_KG for record in records):
            return _priced(segment, lane, band, records, grams)
    key = (band, *(record.id for record in records)) if records else band
    return lane.cells.get(key) or lane.cells.setdefault(key, _priced(segment, lane, band, records, grams))


_BILLED_BY: Final = {
    BandKey.WEIGHT_TIER: BilledBy.ACTUAL, BandKey.CLASS_SHORTEST_PLUS_LONGEST: BilledBy.CLASS, BandKey.FLAT: BilledBy.FLAT,
}  # fmt: skip


def _priced(segment: Segment, lane: Lane, band: int, records: Sequence[Surcharge], grams: Decimal) -> dict[str, Any]:
    """A validated quote's values; the parcel's own stand in it as blanks, so that no customer's data are kept."""
    tariff, row = segment.card.tariff, lane.bands[band]
    tier = f", up to {row.up_to}" if row.up_to else ""
    base = Line("BASE", f"{lane.service.name}, zone {lane.zone}{tier}", row.price,
                f"{lane.service.code}/{lane.zone}/{row.up_to or 'flat'}")  # fmt: skip
    price = price_of(base, records, grams, lane.tax, tariff)
    blank = _blank()
    quote = Quote(
        account="",
        carrier=tariff.carrier,
        service=lane.service.code,
        request=blank,
        net=price.net,
        tax=price.tax,
        gross=price.gross,
        charges=price.charges,
        billable_weight=None,
        billed_by=_BILLED_BY[lane.service.key],
        weight_source=blank.parcel.weight_source,
        zone=lane.zone,
        price_basis=_BASES[tariff.origin],
        card=segment.reference,
        charge_event=tariff.charge_event,
        priced_at=segment.first_instant,
        valid_until=segment.until,
        transit=None,
        limits={},
        warnings=(EXAMPLE_WARNING,) if tariff.origin is Origin.EXAMPLE else (),
    )
    return dict(quote.__dict__)


@cache
def _blank() -> ReturnRequest:
    nobody = Address(name="-", street="-", city="-", country="DE")
    return ReturnRequest(rma="-", ship_from=nobody, return_to="-", parcel=Parcel(weight=Weight(Decimal(1), "g")))


def _declines(lane: Lane, asked: Asked, size: Size) -> list[Decline]:
    account, parcel = asked.account, asked.request.parcel
    declines = [_decline(account, lane, bound, parcel, size) for bound in lane.limits.bounds if bound.broken(size)]
    if lane.customs and not asked.request.customs:
        declines.append(
            Decline(
                account=account,
                service=lane.service.code,
                reason=DeclineReason.CUSTOMS_DATA_MISSING,
                limit="at least one customs line",
                actual="none",
                detail=f"zone {lane.zone} needs a customs declaration: give the request's 'customs' lines",
            )
        )
    return declines


def _decline(account: str, lane: Lane, bound: Bound, parcel: Parcel, size: Size) -> Decline:
    limit = bound.limit
    side = "maximum" if limit.max is not None else "minimum"
    rule = f" (rule {limit.rule})" if limit.rule else ""
    return Decline(
        account=account,
        service=lane.service.code,
        reason=decline_reason(limit.measure) if limit.max is not None else _MINIMUM_REASONS.get(limit.measure, _TOO_SMALL),
        limit=bound.text,
        actual=actual(limit.measure, parcel, size),
        detail=f"{side} {described(limit.measure)}{rule}",
    )


_TOO_SMALL: Final = DeclineReason.BELOW_MINIMUM_SIZE
_MINIMUM_REASONS: Final = {Measure.WEIGHT: DeclineReason.WEIGHT_LIMIT}
