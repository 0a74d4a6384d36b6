"""One parcel on one lane: its declines, or its quote, by a few bisections."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from decimal import ROUND_CEILING, Decimal, localcontext
from typing import Any, Final, TypeVar

from pydantic import BaseModel

from retoure.errors import MissingMeasure, NoRateForDate, OutsideRateCard
from retoure.model.quotes import BilledBy, Decline, PriceBasis, Quote
from retoure.ratecards.asking import Asked, blank
from retoure.ratecards.charging import Levy, Line, price_of
from retoure.ratecards.declining import declines
from retoure.ratecards.lanes import Extra, Lane, Limits
from retoure.ratecards.measures import EXACT, Size
from retoure.ratecards.records import Basis
from retoure.ratecards.schema import BandKey, Origin
from retoure.ratecards.tables import Segment
from retoure.ratecards.weighing import WIDE

M = TypeVar("M", bound=BaseModel)

EXAMPLE_WARNING: Final = "EXAMPLE: an invented price of a card that ships as an example; no carrier charges it"
SIDES_WARNING: Final = "the parcel has no dimensions: the size limits were not checked"

_BASES: Final = {
    Origin.EXAMPLE: PriceBasis.EXAMPLE, Origin.PUBLISHED: PriceBasis.LIST, Origin.CONTRACT: PriceBasis.CONTRACT_TABLE,
}  # fmt: skip


def price_lane(segment: Segment, lane: Lane, asked: Asked) -> Quote | list[Decline]:
    """What one service costs, or every reason why the carrier does not take the parcel.

    Raises:
        OutsideRateCard: the card has no band for it.
        MissingMeasure: the price depends on dimensions that the parcel does not have.
        NoRateForDate: an index or a count that the price depends on has no value on the day.
        InvalidRateCard: the discounts are larger than the price.
    """
    request, weighing, size = asked.request, lane.weighing, asked.size
    if weighing is not None:
        size = weighing.sized(size)
    held = size if asked.held is None else asked.held if weighing is None else weighing.sized(asked.held)
    limits = lane.limits[asked.hand_in]
    if limits is not asked.passed or held is not asked.size:
        if not limits.kept_by(held):
            return declines(lane, asked, held)
        asked.passed = limits if held is asked.size else None
    if (lane.customs and not request.customs) or (size.packaging and lane.refused(size, request.ship_from)):
        return declines(lane, asked, held)
    extras = lane.charged(size, request.ship_from) if lane.extras else ()
    if asked.include and not {extra.record.code for extra in extras}.issuperset(asked.include):
        return declines(lane, asked, held)
    billed = None if weighing is None else weighing.billed(asked.weight, size)
    grams = size.grams if billed is None else billed.grams
    band, steps = _band(segment, lane, grams if lane.by_weight else _class_of(lane, size))
    # Most cards have no surcharges, and most bands were asked for before: the look-up is tried before anything is computed.
    values = None if extras or steps else lane.cells.get(band)
    values = (values or _cell(segment, lane, band, steps, extras, grams, asked.include)).copy()
    quote = filled_in(values, lane, asked, limits)
    if billed is not None:
        values["billable_weight"], values["billed_by"] = billed.weight, billed.by
    return quote


def banded(segment: Segment, lane: Lane, band: int, asked: Asked) -> Quote:
    """The quote of a lane's band, for a lane where nothing but the band decides."""
    values = _cell(segment, lane, band, 0, lane.extras, asked.size.grams, asked.include).copy()
    return filled_in(values, lane, asked, lane.limits[asked.hand_in])


def filled_in(values: dict[str, Any], lane: Lane, asked: Asked, limits: Limits) -> Quote:
    """A quote of a band's values and the parcel's own; ``values`` become the quote's."""
    values["account"] = asked.account
    values["request"] = asked.request
    values["weight_source"] = asked.weight_source
    values["priced_at"] = asked.priced_at
    values["charge_event"] = asked.charge_event
    values["limits"] = limits.shown.copy()
    values["include"] = asked.include
    values["hand_in"] = asked.hand_in
    if lane.by_weight:
        values["billable_weight"] = asked.weight
    if asked.warnings:
        values["warnings"] += asked.warnings
    if asked.size.sides is None and limits.needs_sides:
        values["warnings"] += (SIDES_WARNING,)
    return trusted(Quote, values, _QUOTE_FIELDS)


def _band(segment: Segment, lane: Lane, value: Decimal) -> tuple[int, int]:
    """The band of a weight or a size, and how many steps it is above the last one."""
    band = bisect_left(lane.bounds, value)
    if band < len(lane.bounds):
        return band, 0
    if lane.further is None:
        raise OutsideRateCard(
            f"rate card {segment.card.id!r}, service {lane.service.code!r}, zone {lane.zone!r}: "
            f"the last band ends at {lane.bands[-1].up_to}, the parcel is beyond it"
        )
    with localcontext(WIDE):
        return band - 1, int(((value - lane.bounds[-1]) / lane.further.bound).to_integral_value(ROUND_CEILING))


# The setters of what pydantic's model_construct sets; object.__setattr__ takes three times as long.
_SET_VALUES, _SET_FIELDS, _SET_EXTRA, _SET_PRIVATE = (
    vars(BaseModel)[name].__set__
    for name in ("__dict__", "__pydantic_fields_set__", "__pydantic_extra__", "__pydantic_private__")
)
_QUOTE_FIELDS: Final = set(Quote.model_fields)


def trusted(model: type[M], values: dict[str, Any], fields: set[str]) -> M:
    """Make a model of values that are valid already, all of them and in the order of its fields.

    A quote's prices were validated when their band was first asked for; doing it again for each parcel takes longer than all
    else. What is set here is what pydantic's ``model_construct`` sets.
    """
    made = object.__new__(model)
    _SET_VALUES(made, values)
    _SET_FIELDS(made, fields)
    _SET_EXTRA(made, None)
    _SET_PRIVATE(made, None)
    return made


def _class_of(lane: Lane, size: Size) -> Decimal:
    """What is looked up where the price does not go by weight; a flat price has one band, and zero is its bound."""
    if lane.service.key is BandKey.FLAT:
        return Decimal(0)
    if size.sides is None:
        raise MissingMeasure(f"service {lane.service.code!r} is priced by size class: the parcel needs dimensions")
    return EXACT.add(size.sides[0], size.sides[2])


def _cell(
    segment: Segment,
    lane: Lane,
    band: int,
    steps: int,
    extras: tuple[Extra, ...],
    grams: Decimal,
    include: tuple[str, ...],
) -> dict[str, Any]:
    """The parts of a quote that are the same for every parcel of a band to which the same surcharges apply."""
    key = (band, extras, include) if extras else band
    if not steps and (found := lane.cells.get(key)):
        return found
    if lane.unknown:
        raise NoRateForDate(f"rate card {segment.card.id!r}: {lane.unknown}")
    levies = [_levy(segment, extra, include) for extra in extras]
    values = _priced(segment, lane, _base(lane, band, steps), (*levies, *lane.discounts), grams)
    # What depends on each parcel's very weight is not worth keeping; nor is what lies far above the last band.
    if steps or any(levy.basis is Basis.PER_KG for levy in levies):
        return values
    return lane.cells.setdefault(key, values)


def _levy(segment: Segment, extra: Extra, include: tuple[str, ...]) -> Levy:
    if extra.levy is None:
        raise NoRateForDate(
            f"rate card {segment.card.id!r}: {extra.record.index}.csv has no value for {segment.start}, "
            f"on which surcharge {extra.record.id!r} depends"
        )
    requested = extra.levy.optional and extra.record.code in include
    return replace(extra.levy, optional=False) if requested else extra.levy


def _base(lane: Lane, band: int, steps: int) -> Line:
    row, further = lane.bands[band], lane.further
    tier, record, amount = f", up to {row.up_to}" * bool(row.up_to), row.written or "flat", row.price
    if steps and further is not None:
        tier += f" and {steps} x {further.up_to} more"
        record += f"+{steps}x{further.up_to}"
        amount += steps * further.price
    return Line("BASE", f"{lane.service.name}, zone {lane.zone}{tier}", amount, f"{lane.service.code}/{lane.zone}/{record}")


_BILLED_BY: Final = {
    BandKey.WEIGHT_TIER: BilledBy.ACTUAL, BandKey.PER_KG_ABOVE: BilledBy.ACTUAL,
    BandKey.CLASS_SHORTEST_PLUS_LONGEST: BilledBy.CLASS, BandKey.FLAT: BilledBy.FLAT,
}  # fmt: skip


def _priced(segment: Segment, lane: Lane, base: Line, levies: Sequence[Levy], grams: Decimal) -> dict[str, Any]:
    """A validated quote's values; the parcel's own stand in it as blanks, so that no customer's data are kept."""
    tariff = segment.card.tariff
    price = price_of(base, levies, grams, lane.tax, tariff)
    nobody = blank()
    quote = Quote(
        account="",
        carrier=tariff.carrier,
        service=lane.service.code,
        request=nobody,
        net=price.net,
        tax=price.tax,
        gross=price.gross,
        charges=price.charges,
        billable_weight=None,
        billed_by=_BILLED_BY[lane.service.key],
        weight_source=nobody.parcel.weight_source,
        zone=lane.zone,
        price_basis=_BASES[tariff.origin],
        card=segment.reference,
        charge_event=tariff.charge_event,
        priced_at=segment.first_instant,
        valid_until=segment.until,
        transit=lane.transit,
        limits={},
        warnings=(EXAMPLE_WARNING,) if tariff.origin is Origin.EXAMPLE else (),
        include=(),
        hand_in=None,
        price_date_basis=tariff.price_date_basis,
    )
    return dict(quote.__dict__)
