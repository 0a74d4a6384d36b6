"""What a tariff measures on a parcel, and the thresholds it compares with. All of it in exact grams and millimetres.

The names of the girth formulas are those of the carriers' size rules: ``L_2W_2H`` is length plus girth, ``2W_2H`` girth alone.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact, localcontext
from enum import StrEnum
from typing import Final, TypeAlias

from retoure.model.measures import Dimensions, Length, Packaging, Parcel, Weight
from retoure.model.quotes import DeclineReason

Sides: TypeAlias = tuple[Decimal, Decimal, Decimal]
"""Three sides in millimetres, longest first."""

EXACT: Final = Context(prec=80, traps=[Inexact])
"""Sums and products of measures are exact; the longest, a volume, has 72 digits."""

MM3_PER_LITRE: Final = Decimal(1_000_000)


class Measure(StrEnum):
    """What is measured. SIDES compares the three sides one by one, longest with longest."""

    WEIGHT = "WEIGHT"
    LONGEST = "LONGEST"
    MIDDLE = "MIDDLE"
    SHORTEST = "SHORTEST"
    SHORTEST_PLUS_LONGEST = "SHORTEST_PLUS_LONGEST"
    LENGTH_PLUS_GIRTH = "L_2W_2H"
    GIRTH = "2W_2H"
    VOLUME = "VOLUME"
    SIDES = "SIDES"


@dataclass(slots=True, eq=False)
class Size:
    """What is compared of one parcel: its weight, where known its sides, and what is out of the ordinary about it."""

    grams: Decimal
    sides: Sides | None
    packaging: tuple[Packaging, ...] = ()


_multiply: Final = EXACT.multiply
_GRAMS: Final = Weight.factors
_MILLIMETRES: Final = Length.factors


def size_of(parcel: Parcel, weight: Weight) -> Size:
    """A parcel in grams and millimetres, exactly; by one of its weights."""
    # What Weight.grams and Length.millimetres compute, without the time of their calls: a catalogue asks for millions.
    grams, dimensions = _multiply(weight.value, _GRAMS[weight.unit]), parcel.dimensions
    if dimensions is None:
        return Size(grams, None, parcel.packaging)
    length, width, height = dimensions.length, dimensions.width, dimensions.height
    shortest, middle, longest = sorted(
        (
            _multiply(length.value, _MILLIMETRES[length.unit]),
            _multiply(width.value, _MILLIMETRES[width.unit]),
            _multiply(height.value, _MILLIMETRES[height.unit]),
        )
    )
    return Size(grams, (longest, middle, shortest), parcel.packaging)


def _length_plus_girth(sides: Sides) -> Decimal:
    return sides[0] + 2 * (sides[1] + sides[2])


def _girth(sides: Sides) -> Decimal:
    return 2 * (sides[1] + sides[2])


def _volume(sides: Sides) -> Decimal:
    return sides[0] * sides[1] * sides[2]


def _litres(text: str) -> Decimal:
    number, _, unit = text.strip().partition(" ")
    if unit.strip() != "l" or not number.replace(".", "", 1).isdecimal() or not number[-1].isdecimal() or not Decimal(number):
        raise ValueError(f"cannot read {text!r} as a volume: write litres, like '150 l'")
    return Decimal(number) * MM3_PER_LITRE


def _sides(text: str) -> Sides:
    longest, middle, shortest = Dimensions.parse(text).sides
    return longest.millimetres, middle.millimetres, shortest.millimetres


@dataclass(frozen=True, slots=True)
class _Scalar:
    """A measure that is one number of the sides."""

    of: Callable[[Sides], Decimal]
    read: Callable[[str], Decimal]
    reason: DeclineReason
    text: str


def _millimetres(text: str) -> Decimal:
    return Length.parse(text).millimetres


_SCALARS: Final[Mapping[Measure, _Scalar]] = {
    Measure.LONGEST: _Scalar(lambda s: s[0], _millimetres, DeclineReason.LENGTH_LIMIT, "longest side"),
    Measure.MIDDLE: _Scalar(lambda s: s[1], _millimetres, DeclineReason.SIZE_LIMIT, "second side"),
    Measure.SHORTEST: _Scalar(lambda s: s[2], _millimetres, DeclineReason.SIZE_LIMIT, "shortest side"),
    Measure.SHORTEST_PLUS_LONGEST: _Scalar(
        lambda s: s[0] + s[2], _millimetres, DeclineReason.SIZE_LIMIT, "shortest plus longest side"
    ),
    Measure.LENGTH_PLUS_GIRTH: _Scalar(_length_plus_girth, _millimetres, DeclineReason.GIRTH_LIMIT, "L + 2W + 2H"),
    Measure.GIRTH: _Scalar(_girth, _millimetres, DeclineReason.GIRTH_LIMIT, "2W + 2H"),
    Measure.VOLUME: _Scalar(_volume, _litres, DeclineReason.SIZE_LIMIT, "volume"),
}


def check_threshold(measure: Measure, text: str) -> None:
    """Raise ``ValueError`` where a threshold is not written in a unit of its measure."""
    if measure is Measure.WEIGHT:
        Weight.parse(text)
    elif measure is Measure.SIDES:
        _sides(text)
    else:
        _SCALARS[measure].read(text)


Test: TypeAlias = Callable[[Size], bool]
"""Whether a parcel is beyond a threshold. One without sides is never asked about them."""


def beyond(measure: Measure, text: str, *, below: bool = False, at: bool = False) -> Test:
    """Whether a parcel is above a threshold, or ``below`` it. Exactly on it is not beyond, unless ``at`` says so."""
    if measure is Measure.SIDES:
        return _sides_test(_sides(text), below=below, at=at)
    if measure is Measure.WEIGHT:
        grams = Weight.parse(text).grams
        if at:
            return (lambda size: size.grams <= grams) if below else (lambda size: size.grams >= grams)
        return (lambda size: size.grams < grams) if below else (lambda size: size.grams > grams)
    scalar = _SCALARS[measure]
    limit, of = scalar.read(text), scalar.of

    def test(size: Size) -> bool:
        if size.sides is None:
            return False
        with localcontext(EXACT):
            value = of(size.sides)
        if value == limit:
            return at
        return value < limit if below else value > limit

    return test


def _sides_test(threshold: Sides, *, below: bool, at: bool) -> Test:
    first, second, third = threshold

    def over(size: Size) -> bool:
        sides = size.sides
        return sides is not None and (sides[0] > first or sides[1] > second or sides[2] > third)

    def under(size: Size) -> bool:
        sides = size.sides
        return sides is not None and (sides[0] < first or sides[1] < second or sides[2] < third)

    def touching(size: Size) -> bool:
        return size.sides is not None and any(side == limit for side, limit in zip(size.sides, threshold, strict=True))

    plain = under if below else over
    return (lambda size: plain(size) or touching(size)) if at else plain


def described(measure: Measure) -> str:
    """What a measure is called in a sentence."""
    if measure in _SCALARS:
        return _SCALARS[measure].text
    return "weight" if measure is Measure.WEIGHT else "size"


def decline_reason(measure: Measure) -> DeclineReason:
    """What a carrier declines for where a maximum of this measure is exceeded."""
    if measure in _SCALARS:
        return _SCALARS[measure].reason
    return DeclineReason.WEIGHT_LIMIT if measure is Measure.WEIGHT else DeclineReason.SIZE_LIMIT


def actual(measure: Measure, parcel: Parcel, weight: Weight, size: Size) -> str:
    """A parcel's own value, to stand beside a limit: as entered where it was entered, else in centimetres or litres."""
    if measure is Measure.WEIGHT:
        return str(weight)
    if measure is Measure.SIDES or size.sides is None:
        return str(parcel.dimensions)
    with localcontext(EXACT):
        value = _SCALARS[measure].of(size.sides)
        if measure is Measure.VOLUME:
            return f"{_plain(value / MM3_PER_LITRE)} l"
        return f"{_plain(value / 10)} cm"


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
