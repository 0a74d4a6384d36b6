"""Weights, lengths and parcels: exact decimals that remember the unit they were entered in.

Nothing is rounded on entry. A rate card or a carrier's field rounds, once, where its own rule says so: 12 in must not
become 305 mm and then 13 in.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Context, Decimal, Inexact
from functools import total_ordering
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from retoure.model.base import Model, Word

if TYPE_CHECKING:
    from pydantic.json_schema import JsonSchemaValue

# Nine digits before and six after the point, times the longest factor, stay exact; anything inexact raises.
_EXACT = Context(prec=40, traps=[Inexact])
_NUMBER = r"(?P<number>[+-]?[0-9]*\.?[0-9]+)"
_MEASURE = re.compile(rf"\s*{_NUMBER}\s*(?P<unit>[^\W\d_]*)\s*\Z")
_SIDES_SEPARATOR = re.compile(r"\s*[x×*]\s*", re.IGNORECASE)
_NUMBER_LIMIT = re.compile(r"[0-9]{0,9}(\.[0-9]{1,6})?\Z")


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class _Measure:
    """A positive amount of something, exact, as entered. Two measures are equal when they are the same amount."""

    value: Decimal
    unit: str

    factors: ClassVar[dict[str, Decimal]]
    noun: ClassVar[str]
    example: ClassVar[str]

    def __post_init__(self) -> None:
        if self.unit not in self.factors:
            raise ValueError(f"{self.unit or 'no unit'!r} is not a unit of {self.noun}: use one of {', '.join(self.factors)}")
        if not self.value.is_finite() or self.value <= 0:
            raise ValueError(f"a {self.noun} must be greater than zero, not {self.value} {self.unit}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an amount with its unit.

        Raises:
            ValueError: no number, a decimal comma, no or a wrong unit, zero, negative, or more than six decimals.
        """
        found = _MEASURE.match(text)
        if not found:
            raise ValueError(
                f"cannot read {text!r} as a {cls.noun}: write a number with a decimal point and a unit, like {cls.example!r}"
            )
        number, unit = found["number"], found["unit"].lower()
        if not unit:
            raise ValueError(f"{text!r} has no unit: write it out, like {cls.example!r}")
        if not _NUMBER_LIMIT.match(number.lstrip("+-")):
            raise ValueError(f"{text!r} has more than nine digits before or six after the decimal point")
        return cls(Decimal(number), unit)

    @property
    def _base(self) -> Decimal:
        return _EXACT.multiply(self.value, self.factors[self.unit])

    def to(self, unit: str) -> Decimal:
        """The amount in another unit; exact between metric units, to 28 digits otherwise."""
        return self.value if unit == self.unit else self._base / self.factors[unit]

    def round_up(self, unit: str, step: Decimal = Decimal(1)) -> Decimal:
        """The amount in ``unit``, up to the next multiple of ``step``, for a carrier's field that takes no finer value."""
        return (self.to(unit) / step).to_integral_value(ROUND_CEILING) * step

    def __str__(self) -> str:
        return f"{self.value:f} {self.unit}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, type(self)) and self._base == other._base

    def __lt__(self, other: Self) -> bool:
        return self._base < other._base if isinstance(other, type(self)) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._base)

    @classmethod
    def _read(cls, value: Any) -> Self:  # noqa: ANN401 - whatever a user put there
        if isinstance(value, cls):
            return value
        if isinstance(value, str):
            return cls.parse(value)
        raise ValueError(f"a {cls.noun} is written with its unit, like {cls.example!r}")

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:  # noqa: ANN401
        return core_schema.no_info_plain_validator_function(cls._read, serialization=core_schema.to_string_ser_schema())

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> "JsonSchemaValue":
        return {
            "type": "string",
            "description": f"a {cls.noun} with its unit: {', '.join(cls.factors)}",
            "examples": [cls.example],
        }


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Weight(_Measure):
    """A weight as entered: ``Weight.parse("2.4 kg")``; units g, kg, lb, oz."""

    # The international pound is 453.59237 g exactly (NIST Handbook 44, appendix C); the ounce is a sixteenth of it.
    factors: ClassVar = {
        "g": Decimal(1),
        "kg": Decimal(1000),
        "lb": Decimal("453.59237"),
        "oz": Decimal("28.349523125"),
    }
    noun: ClassVar = "weight"
    example: ClassVar = "2.4 kg"

    @property
    def grams(self) -> Decimal:
        """The exact weight in grams."""
        return self._base


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Length(_Measure):
    """A length as entered: ``Length.parse("30 cm")``; units mm, cm, m, in."""

    factors: ClassVar = {"mm": Decimal(1), "cm": Decimal(10), "m": Decimal(1000), "in": Decimal("25.4")}
    noun: ClassVar = "length"
    example: ClassVar = "30 cm"

    @property
    def millimetres(self) -> Decimal:
        """The exact length in millimetres."""
        return self._base


_BY_SIZE = attrgetter("millimetres")


class Dimensions(Model):
    """The three sides of a parcel, in any order; ``sides`` has them longest first."""

    length: Length
    width: Length
    height: Length

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``"30 x 20 x 10 cm"`` (one unit for all) or ``"1 m x 20 cm x 100 mm"``.

        Raises:
            ValueError: not three sides, or a side without a readable length and unit.
        """
        parts = _SIDES_SEPARATOR.split(text.strip())
        if len(parts) != 3:
            raise ValueError(f"cannot read {text!r} as dimensions: write three sides, like '30 x 20 x 10 cm'")
        last = _MEASURE.match(parts[2])
        unit = last["unit"] if last else ""
        length, width, height = (
            Length.parse(part if (found := _MEASURE.match(part)) is None or found["unit"] else f"{part} {unit}") for part in parts
        )
        return cls(length=length, width=width, height=height)

    @property
    def sides(self) -> tuple[Length, Length, Length]:
        """The sides, longest first, as every carrier's limit and girth rule wants them."""
        longest, middle, shortest = sorted((self.length, self.width, self.height), key=_BY_SIZE, reverse=True)
        return longest, middle, shortest

    def __str__(self) -> str:
        return " x ".join(map(str, (self.length, self.width, self.height)))


class WeightSource(Word):
    """Where a weight comes from: the German programme bills the listed weight, not the one on the scale."""

    LISTED = "listed"
    BUY_SHIPPING = "buy_shipping"
    MEASURED = "measured"


class Packaging(Word):
    """What is out of the ordinary about a parcel's packaging: nothing that a measure shows, and much that carriers charge for."""

    ROLL = "roll"
    DRUM = "drum"
    CANISTER = "canister"
    SACK = "sack"
    TRIANGULAR = "triangular"
    WOOD = "wood"
    METAL = "metal"
    PLASTIC = "plastic"
    TAPED = "taped"
    UNPACKED = "unpacked"


def _in_order(flags: tuple[Packaging, ...]) -> tuple[Packaging, ...]:
    return tuple(sorted(set(flags)))


class Parcel(Model):
    """One parcel: its weight and, where a price or a carrier needs them, its dimensions.

    Attributes:
        weight: What carriers are told.
        weight_source: Where that weight comes from.
        other_weights: The same parcel by other sources: a rate card may bill by one of them.
        packaging: What is out of the ordinary; each word once, in alphabetical order.
    """

    weight: Weight
    dimensions: Dimensions | None = None
    weight_source: WeightSource = WeightSource.MEASURED
    contents: str = ""
    other_weights: Mapping[WeightSource, Weight] = Field(default_factory=dict)
    packaging: Annotated[tuple[Packaging, ...], AfterValidator(_in_order)] = ()

    @classmethod
    def of(
        cls,
        weight: str | Weight,
        dimensions: str | Dimensions | None = None,
        *,
        weight_source: WeightSource | str = WeightSource.MEASURED,
        contents: str = "",
        other_weights: Mapping[str, str | Weight] | None = None,
        packaging: Iterable[Packaging | str] = (),
    ) -> Self:
        """Write a parcel the way people do: ``Parcel.of("2.4 kg", "30 x 20 x 10 cm")``.

        Args:
            weight: With a unit: g, kg, lb or oz.
            dimensions: Three sides with mm, cm, m or in.
            weight_source: ``listed``, ``buy_shipping`` or ``measured``.
            contents: What is inside, for carriers that ask.
            other_weights: Weights by other sources: ``{"listed": "2 kg"}``.
            packaging: What is out of the ordinary: ``["roll", "wood"]``.

        Raises:
            ValueError: a wrong or missing unit, a zero or a negative, or anything else that is not a measure.
        """
        return cls(
            weight=Weight.parse(weight) if isinstance(weight, str) else weight,
            dimensions=Dimensions.parse(dimensions) if isinstance(dimensions, str) else dimensions,
            weight_source=WeightSource(weight_source),
            contents=contents,
            other_weights={
                WeightSource(source): Weight.parse(other) if isinstance(other, str) else other
                for source, other in (other_weights or {}).items()
            },
            packaging=tuple(Packaging(flag) for flag in packaging),
        )
