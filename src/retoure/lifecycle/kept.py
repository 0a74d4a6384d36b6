"""What is known of a case's parcels, and how it stays with the case for the next observation."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Self
from weakref import ReferenceType, ref

from retoure.carrier.shaping import plain_number
from retoure.lifecycle.case import ReturnCase, foreign
from retoure.lifecycle.claiming import Standing, stand
from retoure.lifecycle.learning import Key
from retoure.lifecycle.numbers import CaseLabel, roots_of, with_successors
from retoure.lifecycle.observations import Observation, RefundIssued
from retoure.lifecycle.record import Record
from retoure.programmes import Policy

_KEPT = "_kept"


class Kept:
    """What a case was folded to, kept beside its fields for the next observation.

    It is one case's: taking it leaves none behind, so that two who hold the same case never share it. The case is known by a
    weak reference; a copy carries what its original left, and may come to lie where that one lay, but is never taken for it.
    """

    __slots__ = ("last", "observations", "owner", "policy", "records")

    def __init__(self, case: ReturnCase, policy: Policy) -> None:
        self.owner: ReferenceType[ReturnCase] | None = None
        self.policy = policy
        self.observations = case.observations
        self.records = records_of(case.labels, policy)
        self.last: Key | None = None

    def __reduce__(self) -> tuple[type[None], tuple[()]]:
        """A copy or a pickle of a case starts afresh."""
        return type(None), ()

    @classmethod
    def of(cls, case: ReturnCase, policy: Policy) -> Self | None:
        """Take what that very case was folded to by this policy; a copy of it has nothing."""
        kept = case.__dict__.pop(_KEPT, None)
        if not isinstance(kept, cls) or kept.owner is None or kept.owner() is not case:
            return None
        return kept if kept.observations is case.observations and kept.policy is policy else None

    def standings(self, at: datetime) -> list[Standing] | None:
        """Where each parcel stands, if everything was learned by then."""
        if self.last is not None and self.last[0] > at:
            return None
        return [stand(record, at) for record in self.records.values()]

    def keep(self, case: ReturnCase) -> ReturnCase:
        """Leave it with a case."""
        self.owner = ref(case)
        case.__dict__[_KEPT] = self
        return case


def records_at(case: ReturnCase, policy: Policy, at: datetime) -> dict[str, Record]:
    """What was known of each parcel by a moment."""
    moment = at.astimezone(UTC)
    known = [observation for observation in case.observations if observation.observed_at.astimezone(UTC) <= moment]
    labels = with_successors(case.labels, known)
    records, roots = records_of(labels, policy), roots_of(labels)
    for observation in known:
        if not foreign(observation, case.rma, roots):
            concerned(records, observation)
    return records


def records_of(labels: Sequence[CaseLabel], policy: Policy) -> dict[str, Record]:
    """An empty record for each parcel of a return, by the plain number it started under."""
    roots = roots_of(labels)
    parcels: dict[str, list[CaseLabel]] = {}
    for label in sorted(labels, key=lambda label: bool(label.successor_of)):
        parcels.setdefault(roots[plain_number(label.number)], []).append(label)
    return {root: Record(labels, policy) for root, labels in parcels.items()}


def concerned(records: dict[str, Record], observation: Observation) -> list[Record]:
    """Let every record that an observation is about take it, and say which they are."""
    if len(records) == 1 or isinstance(observation, RefundIssued):
        about = list(records.values())
    else:
        number = plain_number(observation.number)
        about = [record for record in records.values() if number in record.legs]
    for record in about:
        record.take(observation)
    return about
