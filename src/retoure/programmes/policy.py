"""A policy: dated records of what a return programme says, and the look-up of the one that holds for a case.

A record is never edited. What changes is said by a further record with its own dates; :meth:`Policy.overridden_by` lets a
merchant's record take the place of a shipped one for exactly as long as it says.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Self, TypeVar
from zoneinfo import ZoneInfo

from retoure.carrier.times import first_instant
from retoure.errors import InvalidPolicy
from retoure.model.labels import LabelSource
from retoure.programmes.records import Applies, Rule, replaces
from retoure.programmes.vocabulary import ClaimCase, ClaimRoute, RefundMode, SelectBy, Subject

R = TypeVar("R", bound=Rule)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a case says of itself when a rule is looked up. ``dates`` holds those it knows."""

    carrier: str
    label_source: LabelSource
    dates: Mapping[SelectBy, date]
    route: ClaimRoute | None = None
    refund_mode: RefundMode | None = None


def _in_force(rule: Rule, facts: Facts) -> bool:
    day = facts.dates.get(rule.select_by)
    return day is not None and rule.holds_on(day)


def _means(applies: Applies, facts: Facts) -> bool:
    return (
        (not applies.carrier or facts.carrier in applies.carrier)
        and (not applies.label_source or facts.label_source in applies.label_source)
        and (not applies.route or facts.route in applies.route)
        and (not applies.refund_mode or facts.refund_mode in applies.refund_mode)
    )


@dataclass(frozen=True)
class Policy:
    """The records of one programme in one market.

    Made by :func:`~retoure.programmes.load_policy` or :func:`~retoure.programmes.read_policy`, which refuse records that
    contradict each other.
    """

    id: str
    title: str
    market: str
    programme: str
    zone: str
    rules: tuple[Rule, ...]
    must_cover: frozenset[Subject] = frozenset()
    _matching: dict[tuple[object, ...], tuple[Rule, ...]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def find(self, kind: type[R], facts: Facts, case: ClaimCase | None = None) -> R | None:
        """The record of that kind that holds for a case, the most specific one; None: there is no rule.

        A gap is answered with None, never with a neighbour's record.
        """
        sort = (kind, case, facts.carrier, facts.label_source, facts.route, facts.refund_mode)
        matching = self._matching.get(sort)
        if matching is None:
            matching = self._matching[sort] = tuple(self.of_sort(kind, case, facts))
        for rule in matching:
            if isinstance(rule, kind) and _in_force(rule, facts):
                return rule
        return None

    def of_sort(self, kind: type[object], case: ClaimCase | None, facts: Facts) -> Iterator[Rule]:
        """The records for such cases at whatever time, the most specific first; there are few sorts of cases."""
        for rule in sorted(self.rules, key=lambda rule: -rule.specificity):
            if isinstance(rule, kind) and rule.case in (None, case) and _means(rule.applies, facts):
                yield rule

    def zone_of(self, rule: Rule | None = None) -> ZoneInfo:
        """The zone whose midnights a rule counts by."""
        return ZoneInfo(rule.zone if rule and rule.zone else self.zone)

    @cached_property
    def turns(self) -> tuple[date, ...]:
        """The days on which a record begins or ends: between two of them nothing changes but the calendar."""
        days = {day for rule in self.rules for day in (rule.valid_from, rule.valid_until) if day is not None}
        return tuple(sorted(days))

    @cached_property
    def turning(self) -> tuple[datetime, ...]:
        """When those days begin."""
        return tuple(first_instant(day, self.zone_of()).astimezone(UTC) for day in self.turns)

    @cached_property
    def zones(self) -> tuple[ZoneInfo, ...]:
        """Every zone that a record counts days in."""
        return tuple(ZoneInfo(name) for name in sorted({self.zone, *(rule.zone for rule in self.rules if rule.zone)}))

    def overridden_by(self, rules: Iterable[Rule], *, id: str = "", title: str = "") -> Self:  # noqa: A002 - the field's name
        """This policy with newer records in place of those of the same subject, case and ``applies``, while they are in force.

        A newer record that names no case takes the place of those of every case. The shipped record is clipped to the time
        before and after, not edited.

        Raises:
            InvalidPolicy: the records contradict each other, or one that begins or ends is picked by another date of a case than
                the one whose place it takes: such a case would have both, or none.
        """
        from retoure.programmes.checks import checked

        kept = list(self.rules)
        newer = tuple(rules)
        faults = [
            f"{rule.id}: must be picked by the {old.select_by}, as {old.id} is, whose place it takes for a time"
            for rule in newer for old in kept if replaces(rule, old) and rule.select_by is not old.select_by
            if rule.valid_from or rule.valid_until
        ]  # fmt: skip
        if faults:
            raise InvalidPolicy(f"the policy {id or self.id!r} cannot be used:", faults=faults)
        for rule in newer:
            kept = [part for old in kept for part in _outside(old, rule)]
        return checked(replace(self, rules=(*kept, *newer), id=id or self.id, title=title or self.title))


def _outside(old: Rule, new: Rule) -> list[Rule]:
    if not replaces(new, old):
        return [old]
    first, last = old.valid_from or date.min, old.valid_until or date.max
    begins, ends = new.valid_from or date.min, new.valid_until or date.max
    if ends <= first or last <= begins:
        return [old]
    before = [old.model_copy(update={"valid_until": begins})] if first < begins else []
    after = [old.model_copy(update={"valid_from": ends})] if ends < last else []
    return before + after
