"""One service from one country and zone, compiled: limits, weight rule, bands, surcharges, discounts, tax."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from retoure.errors import OutsideRateCard
from retoure.model.addresses import Address
from retoure.model.measures import Packaging
from retoure.model.quotes import HandIn, Transit
from retoure.ratecards.charging import Levy
from retoure.ratecards.measures import Measure, Size, Test, beyond
from retoure.ratecards.prices import PriceRow
from retoure.ratecards.records import Basis, Limit, Surcharge, TaxRule
from retoure.ratecards.schema import Service
from retoure.ratecards.weighing import Condition, Weighing, any_holds
from retoure.ratecards.zones import PostcodeNeededError, ZoneFinder


@dataclass(frozen=True, slots=True)
class Bound:
    """One limit, compiled, with its texts."""

    broken: Test
    limit: Limit
    text: str


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a lane. Services with the same limits share one, so that a parcel is held against them once."""

    bounds: tuple[Bound, ...]
    tests: tuple[Test, ...]
    shown: dict[str, str]
    needs_sides: bool

    @classmethod
    def of(cls, records: tuple[Limit, ...], hand_in: HandIn | None) -> "Limits":
        """Limits, compiled for one way of handing in; those of the others are shown only."""
        bounds = tuple(Bound(_limit_test(limit), limit, limit.max or limit.min or "") for limit in records)
        held = tuple(bound for bound in bounds if not bound.limit.at or hand_in in bound.limit.at)
        return cls(
            bounds=held,
            tests=tuple(bound.broken for bound in held),
            shown=_shown(bounds),
            needs_sides=any(bound.limit.measure is not Measure.WEIGHT for bound in held),
        )

    def kept_by(self, size: Size) -> bool:
        """Whether a parcel keeps them all."""
        for broken in self.tests:  # noqa: SIM110 - a generator takes twice as long
            if broken(size):
                return False
        return True


@dataclass(frozen=True, slots=True, eq=False)
class Extra:
    """One surcharge with its conditions, compiled; equal to itself only. Without a levy, its index has no value on the day."""

    record: Surcharge
    when: tuple[Condition, ...]
    unless: tuple[Condition, ...]
    areas: ZoneFinder | None
    levy: Levy | None

    @property
    def unconditional(self) -> bool:
        """Whether it is the same for every parcel of the lane."""
        return not (self.when or self.unless or self.areas or self.record.basis is Basis.PER_KG)

    def holds(self, size: Size, address: Address) -> bool:
        """Whether it applies to a parcel.

        Raises:
            MissingMeasure: it depends on dimensions that the parcel does not have.
            OutsideRateCard: it depends on a postcode that the address does not have.
        """
        if self.areas is not None and not self.reaches(address):
            return False
        what = f"surcharge {self.record.id!r}"
        return (not self.when or any_holds(self.when, size, what)) and not any_holds(self.unless, size, what)

    def reaches(self, address: Address) -> bool:
        """Whether it is for the postcode of an address.

        Raises:
            OutsideRateCard: it depends on a postcode that the address does not have.
        """
        try:
            return self.areas is None or self.areas.find(address.country, address.postal_code) is not None
        except PostcodeNeededError:
            raise OutsideRateCard(f"surcharge {self.record.id!r} depends on the postal code, which is missing") from None

    @property
    def packaging(self) -> frozenset[Packaging]:
        """The packaging that it is for."""
        return frozenset(flag for trigger in self.record.when for flag in trigger.packaging)


@dataclass(frozen=True, slots=True)
class Lane:
    """One service from one country and zone. ``cells`` keeps what was priced before, by band and surcharges that applied.

    ``further`` prices each step above the last band; ``unknown`` says why a discount cannot be known; ``accepts`` is the
    packaging that is taken at every postcode.
    """

    service: Service
    zone: str
    customs: bool
    limits: dict[HandIn | None, Limits]
    weighing: Weighing | None
    bounds: list[Decimal]
    bands: list[PriceRow]
    further: PriceRow | None
    extras: tuple[Extra, ...]
    accepts: frozenset[Packaging]
    discounts: tuple[Levy, ...]
    unknown: str
    tax: TaxRule | None
    transit: Transit | None
    by_weight: bool
    cells: dict[object, dict[str, Any]] = field(default_factory=dict, repr=False)

    def charged(self, size: Size, address: Address) -> tuple[Extra, ...]:
        """The surcharges that apply to a parcel; raises what :meth:`Extra.holds` raises."""
        return tuple(extra for extra in self.extras if extra.holds(size, address))

    def refused(self, size: Size, address: Address) -> tuple[Packaging, ...]:
        """The packaging that is not taken at this address: no surcharge there is for it, and the service does not accept it.

        Raises:
            OutsideRateCard: it depends on a postcode that the address does not have.
        """
        return tuple(
            flag
            for flag in size.packaging
            if flag not in self.accepts and not any(flag in extra.packaging and extra.reaches(address) for extra in self.extras)
        )


def _limit_test(limit: Limit) -> Test:
    strict = limit.comparison == "LT"
    if limit.max is not None:
        return beyond(limit.measure, limit.max, at=strict)
    return beyond(limit.measure, limit.min or "", below=True, at=strict)


def _shown(bounds: tuple[Bound, ...]) -> dict[str, str]:
    shown: dict[str, str] = {}
    for bound in bounds:
        name = f"{'max' if bound.limit.max else 'min'}_{bound.limit.measure.value.lower()}"
        text = f"less than {bound.text}" if bound.limit.comparison == "LT" and bound.limit.max else bound.text
        text += f" at {' or '.join(bound.limit.at)}" * bool(bound.limit.at)
        shown[name] = f"{shown[name]}; {text}" if name in shown else text
    return shown
