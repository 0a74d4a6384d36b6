"""Where a surcharge that ends with weight lets a heavier parcel cost less than a lighter one.

Bands are ordered, and what else a price is made of never falls with weight. So it can fall only at a weight of an ``unless``:
there a parcel exactly on it is priced against one just above, for every combination of what else its surcharges depend on.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import ROUND_CEILING, Decimal, localcontext
from itertools import combinations, product
from typing import Final, TypeAlias

from retoure.errors import InvalidRateCard
from retoure.model.measures import Weight
from retoure.ratecards.charging import Levy, Line, price_of
from retoure.ratecards.faults import Fault
from retoure.ratecards.lanes import Extra, Lane
from retoure.ratecards.loading import TARIFF, Span
from retoure.ratecards.measures import Measure, Size, check_threshold
from retoure.ratecards.records import Basis, Surcharge, Trigger
from retoure.ratecards.schema import Tariff
from retoure.ratecards.series import Series
from retoure.ratecards.tables import CardTables
from retoure.ratecards.weighing import WIDE

_MORE: Final = Decimal("0.000001")
_TINY: Final = (Decimal(1), Decimal(1), Decimal(1))

Facts: TypeAlias = frozenset[object]
"""What holds of a parcel whatever it weighs: conditions on sides and packaging, and the postcodes of surcharges."""


def falling_with_weight(span: Span, series: Mapping[str, Series]) -> Iterator[Fault]:
    """The surcharges that let a price fall, where the service does not say that it may."""
    tariff = span.card.tariff
    if not any(_weights(record.unless) for record in tariff.surcharges):
        return
    texts: dict[str, None] = {}
    for segment in CardTables(span, series).segments():
        for table in (table for table in segment.services if not table.service.may_fall):
            for lane in table.lanes():
                for extra in lane.extras:
                    for grams, written in _weights(extra.record.unless).items():
                        text = (
                            f"service {table.service.code!r}, zone {lane.zone!r}: the price falls above {written}, where "
                            f"surcharge {extra.record.id!r} ends: if that is meant, set the service's may_fall = true"
                        )
                        if text not in texts and _falls(tariff, lane, grams):
                            texts[text] = None
    yield from (Fault(f"{span.card.id}/{span.card.revision}/{TARIFF}", None, text) for text in texts)


def _weights(triggers: Iterable[Trigger]) -> dict[Decimal, str]:
    """The weights of some conditions, in grams, as they are written."""
    return {Weight.parse(one.over).grams: one.over for one in triggers if one.measure is Measure.WEIGHT and one.over}


def _falls(tariff: Tariff, lane: Lane, at: Decimal) -> bool:
    if not lane.limits[None].kept_by(Size(at + _MORE, None)):
        return False
    volumetric = (Decimal(0), *lane.bounds) if lane.weighing else (Decimal(0),)
    optional = {extra.record.code for extra in lane.extras if extra.record.requirement == "OPTIONAL"}
    seen = set()
    for facts in _facts([extra.record for extra in lane.extras if _matters(extra.record, at)]):
        before, after = (tuple(extra for extra in lane.extras if _holds(extra, grams, facts)) for grams in (at, at + _MORE))
        if before == after or (before, after) in seen:
            continue
        seen.add((before, after))
        for wish, least in product(("", *sorted(optional)), volumetric):
            price = _price(tariff, lane, at, least, before, wish)
            more = _price(tariff, lane, at + _MORE, least, after, wish)
            if price is not None and more is not None and more < price:
                return True
    return False


def _matters(record: Surcharge, at: Decimal) -> bool:
    """Whether a surcharge begins or ends at a weight, or depends on those that do."""
    return at in _weights((*record.when, *record.unless)) or record.basis is Basis.PERCENT_OF_SUBTOTAL


def _holds(extra: Extra, grams: Decimal, facts: Facts) -> bool:
    def met(triggers: tuple[Trigger, ...]) -> bool:
        return not facts.isdisjoint(triggers) or any(grams > over for over in _weights(triggers))

    record = extra.record
    here = not record.postcodes or repr(record.postcodes) in facts
    return here and (not record.when or met(record.when)) and not met(record.unless)


def _facts(records: list[Surcharge]) -> Iterator[Facts]:
    """Every combination of what the surcharges depend on beside the weight; what is over 2 m is over 1 m, too."""
    triggers = list(dict.fromkeys(one for record in records for one in (*record.when, *record.unless)))
    choices: list[list[Facts]] = []
    for measure in {one.measure for one in triggers if one.measure not in (None, Measure.WEIGHT, Measure.SIDES)}:
        ordered = sorted((one for one in triggers if one.measure is measure), key=_threshold)
        choices.append([frozenset(ordered[:count]) for count in range(len(ordered) + 1)])
    alone: list[object] = [one for one in triggers if one.measure is Measure.SIDES]
    alone += dict.fromkeys(repr(record.postcodes) for record in records if record.postcodes)
    choices += ([frozenset(), frozenset({one})] for one in alone)
    packed = [one for one in triggers if one.packaging]
    flags = {frozenset(one for one in packed if flag in one.packaging) for several in packed for flag in several.packaging}
    choices.append([frozenset().union(*some) for count in range(len(flags) + 1) for some in combinations(flags, count)])
    return (frozenset().union(*several) for several in product(*choices))


def _threshold(trigger: Trigger) -> Decimal:
    found = check_threshold(trigger.measure, trigger.over or "") if trigger.measure else Decimal(0)
    return found if isinstance(found, Decimal) else found[0]


def _price(tariff: Tariff, lane: Lane, grams: Decimal, least: Decimal, extras: tuple[Extra, ...], wish: str) -> Decimal | None:
    """The net price, None where there is none. ``least`` is the weight that is billed for the parcel's volume."""
    levies: list[Levy] = []
    for extra in extras:
        if extra.levy is None:
            return None
        levies.append(replace(extra.levy, optional=extra.levy.optional and extra.record.code != wish))
    if lane.unknown or (wish and all(extra.record.code != wish for extra in extras)):
        return None
    if lane.weighing is not None:
        grams = max(lane.weighing.billed(Weight(grams, "g"), Size(grams, _TINY)).grams, least)
    base = _base(lane, grams)
    if base is None:
        return None
    try:
        return price_of(Line("BASE", "", base, ""), (*levies, *lane.discounts), grams, lane.tax, tariff).net.amount
    except InvalidRateCard:
        return None


def _base(lane: Lane, grams: Decimal) -> Decimal | None:
    """The price of the band, the lowest of a service that goes by size: its class stays the same whatever a parcel weighs."""
    band = bisect_left(lane.bounds, grams) if lane.by_weight else 0
    if band < len(lane.bands):
        return lane.bands[band].price
    if lane.further is None:
        return None
    with localcontext(WIDE):
        steps = ((grams - lane.bounds[-1]) / lane.further.bound).to_integral_value(ROUND_CEILING)
        return lane.bands[-1].price + steps * lane.further.price
