"""How large and heavy a parcel DPD takes: less where the customer hands it in at a shop than where a driver fetches it.

Collected parcels: size page of DPD Germany. Shops and returns: reports of resellers; the 20 kg also stand on a page of DPD
Austria. The interfaces themselves take 31.5 kg whatever the service, so that nobody but us refuses a heavier one before the
shop.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from retoure.errors import Problem
from retoure.model import Dimensions, Length, Parcel, Weight

_TEN_GRAMS = Decimal(10)


@dataclass(frozen=True, slots=True)
class ParcelLimits:
    """The most that is taken; on the limit is allowed. ``girth`` is once the longest side and twice each of the others."""

    weight: Weight
    longest: Length
    girth: Length


SHOP = ParcelLimits(Weight.parse("20 kg"), Length.parse("100 cm"), Length.parse("250 cm"))
COLLECTED = ParcelLimits(Weight.parse("31.5 kg"), Length.parse("175 cm"), Length.parse("300 cm"))


def girth_mm(dimensions: Dimensions) -> Decimal:
    """Length plus twice width plus twice height, in millimetres: the stricter of the two formulas in circulation."""
    longest, middle, shortest = dimensions.sides
    return longest.millimetres + 2 * (middle.millimetres + shortest.millimetres)


def check_parcel(field: str, parcel: Parcel, limits: ParcelLimits) -> Iterator[Problem]:
    """What is too large about a parcel that the user calls ``field``; sides that are not told are not judged."""
    if parcel.weight > limits.weight:
        yield Problem(f"{field}.weight", "too_heavy", f"DPD takes at most {limits.weight} this way, this is {parcel.weight}")
    if parcel.dimensions is None:
        return
    longest, girth = parcel.dimensions.sides[0], girth_mm(parcel.dimensions)
    if longest > limits.longest:
        yield Problem(f"{field}.dimensions", "too_long", f"DPD takes at most {limits.longest} this way, this is {longest}")
    if girth > limits.girth.millimetres:
        text = f"length + 2 x width + 2 x height is at most {limits.girth} this way, this is {girth / 10:f} cm"
        yield Problem(f"{field}.dimensions", "too_large", text)


def grams(weight: Weight) -> Decimal:
    """The weight in grams, up to the next ten: DPD counts in steps of ten, and a parcel is never announced too light."""
    return weight.round_up("g", _TEN_GRAMS)
