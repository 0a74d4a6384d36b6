"""The weight a carrier bills: the actual, the volumetric or a minimum one, rounded as the tariff says.

The order is fixed: convert the unit exactly, round the sides, take the volume, divide, round both weights up, take the larger,
then the minimum. Equal weights count as the actual one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_HALF_UP, Context, Decimal, localcontext
from typing import Final

from retoure.errors import MissingMeasure
from retoure.model.measures import Length, Weight
from retoure.model.quotes import BilledBy
from retoure.ratecards.measures import Measure, Size, Test, beyond
from retoure.ratecards.records import BillableWeight, RoundSides, Trigger

# Wide enough that a quotient that is not a whole number of steps is never taken for one.
WIDE: Final = Context(prec=120)
_DIVISOR_UNITS: Final[Mapping[str, tuple[Decimal, Decimal]]] = {
    "cm3/kg": (Length.factors["cm"] ** 3, Weight.factors["kg"]),
    "in3/lb": (Length.factors["in"] ** 3, Weight.factors["lb"]),
}


@dataclass(frozen=True, slots=True)
class Billed:
    """A billed weight and what it rests on."""

    weight: Weight
    grams: Decimal
    by: BilledBy


@dataclass(frozen=True, slots=True)
class Condition:
    """A compiled trigger."""

    test: Test
    needs_sides: bool

    def holds(self, size: Size, what: str) -> bool:
        """Whether it holds.

        Raises:
            MissingMeasure: the parcel has no dimensions to tell it by.
        """
        if size.sides is None and self.needs_sides:
            raise MissingMeasure(f"{what} depends on the parcel's dimensions, which are missing")
        return self.test(size)


def conditions_of(when: tuple[Trigger, ...]) -> tuple[Condition, ...]:
    """Triggers, compiled. Those that can be told without dimensions come first: where one holds, the others do not matter."""
    return tuple(sorted(map(_condition, when), key=lambda condition: condition.needs_sides))


def _condition(trigger: Trigger) -> Condition:
    if trigger.measure is not None:
        return Condition(beyond(trigger.measure, trigger.over or ""), trigger.measure is not Measure.WEIGHT)
    flags = frozenset(trigger.packaging)
    return Condition(lambda size: not flags.isdisjoint(size.packaging), needs_sides=False)


def any_holds(conditions: tuple[Condition, ...], size: Size, what: str) -> bool:
    """Whether any condition holds; without one, no."""
    return any(condition.holds(size, what) for condition in conditions)


class Weighing:
    """One record of a tariff's weight rules, compiled."""

    def __init__(self, rule: BillableWeight) -> None:
        self._round_sides = rule.round_sides
        self._step = Weight.parse(rule.round_up_to) if rule.round_up_to else None
        self._minimums = tuple((Weight.parse(minimum.weight), conditions_of(minimum.when)) for minimum in rule.minimums)
        self._divisor: Decimal | None = None
        if rule.divisor is not None and rule.divisor_unit is not None and self._step is not None:
            volume_unit, weight_unit = _DIVISOR_UNITS[rule.divisor_unit]
            with localcontext(WIDE):
                # mm3 x gram-per-unit over this is the number of steps
                self._divisor = rule.divisor * volume_unit * self._step.grams
            self._weight_unit = weight_unit

    def sized(self, size: Size) -> Size:
        """A parcel with its sides rounded as every rule of the service wants them."""
        if self._round_sides is None or size.sides is None:
            return size
        return replace(size, sides=round_sides(size.sides, self._round_sides))

    def billed(self, weight: Weight, size: Size) -> Billed:
        """The weight that is billed for a parcel of this weight, whose sides are rounded already.

        Raises:
            MissingMeasure: it depends on dimensions that the parcel does not have.
        """
        billed = self._larger(weight, size)
        for minimum, conditions in self._minimums:
            if minimum.grams > billed.grams and (not conditions or any_holds(conditions, size, "a minimum billable weight")):
                billed = Billed(minimum, minimum.grams, BilledBy.MINIMUM)
        return billed

    def _larger(self, actual_weight: Weight, size: Size) -> Billed:
        if self._step is None:
            return Billed(actual_weight, size.grams, BilledBy.ACTUAL)
        with localcontext(WIDE):
            actual = (size.grams / self._step.grams).to_integral_value(ROUND_CEILING)
            volumetric = self._volumetric_steps(size)
            steps = max(actual, volumetric)
            by = BilledBy.DIMENSIONAL if volumetric > actual else BilledBy.ACTUAL
            weight = Weight(int(steps) * self._step.value, self._step.unit)
        return Billed(weight, weight.grams, by)

    def _volumetric_steps(self, size: Size) -> Decimal:
        if self._divisor is None:
            return Decimal(0)
        if size.sides is None:
            raise MissingMeasure("the service is billed by volumetric weight, and the parcel's dimensions are missing")
        volume = size.sides[0] * size.sides[1] * size.sides[2]
        return (volume * self._weight_unit / self._divisor).to_integral_value(ROUND_CEILING)


def round_sides(sides: tuple[Decimal, Decimal, Decimal], rule: RoundSides) -> tuple[Decimal, Decimal, Decimal]:
    """Sides rounded to a step: every fraction up, or to the nearest with a half going up."""
    step = Length.parse(rule.to).millimetres
    mode = ROUND_CEILING if rule.mode == "UP" else ROUND_HALF_UP
    with localcontext(WIDE):
        longest, middle, shortest = ((side / step).to_integral_value(mode) * step for side in sides)
    return longest, middle, shortest
