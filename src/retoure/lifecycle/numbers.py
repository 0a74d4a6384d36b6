"""The labels of a return, and which number a parcel goes on under after another."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, StringConstraints

from retoure.carrier.shaping import plain_number
from retoure.carrier.times import in_reach
from retoure.lifecycle.observations import Observation, Read, Told
from retoure.model.base import Model
from retoure.model.labels import ChargeEvent, LabelSource
from retoure.model.tracking import Place

Day: TypeAlias = Annotated[date, AfterValidator(in_reach)]
"""A day that somebody tells."""


class CaseLabel(Model):
    """What a verdict needs to know of a label. No name and no street: a town is enough to tell where a parcel was delivered.

    Attributes:
        carrier: The plugin's code, like ``dhl_paket``.
        label_source: Whose contract it is on: decides who may be claimed against.
        issued_at: When it was created; events more than a day older belong to another parcel. None for an imported number.
        charge_event: When it is charged.
        origin: The customer's country, postcode and town.
        destination: The return address's.
        expires_on: The last day it can be used, where known.
        expected_delivery: The day the carrier means to deliver on, where known.
        code_only: Handed in with a code at a counter; a shop may put several such returns into one box.
        enclosed: Created together with an outbound label, in its box.
        successor_of: The number whose parcel goes on under this one, after a new label was stuck on.
        linked_by_carrier: That it succeeds another was learned from an answer, and holds from then on.
        named_by_carrier: The number itself was learned from an answer.
        shipment: The number of a shipment of several pieces; labels that name the same one are delivered when all are.
        superseded: Its purchase went astray and another label was bought instead: it should never be scanned.
        trust_push: The account's word that messages of its carrier count at once.
    """

    number: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    carrier: str
    account: str = ""
    label_source: LabelSource = LabelSource.UNKNOWN
    issued_at: Told | None = None
    charge_event: ChargeEvent = ChargeEvent.UNKNOWN
    origin: Place | None = None
    destination: Place | None = None
    expires_on: Day | None = None
    expected_delivery: Day | None = None
    code_only: bool = False
    enclosed: bool = False
    successor_of: str = ""
    linked_by_carrier: bool = False
    named_by_carrier: bool = False
    shipment: str = ""
    superseded: bool = False
    trust_push: bool = False


def roots_of(labels: Sequence[CaseLabel]) -> dict[str, str]:
    """Of each number the one that its parcel started under.

    Raises:
        ValueError: a number occurs twice, succeeds one that is no label, or links lead back to where they started.
    """
    before = {plain_number(label.number): plain_number(label.successor_of) for label in labels}
    if len(before) < len(labels):
        raise ValueError("a case names each label once")
    roots = {}
    for number in before:
        seen, at = {number}, number
        while before[at]:
            at = before[at]
            if at in seen:
                raise ValueError(f"the label {number} succeeds itself: links between numbers must not lead in a circle")
            if at not in before:
                raise ValueError(f"a label succeeds the number {at}, which is no label of this case")
            seen.add(at)
        roots[number] = at
    return roots


def with_successors(labels: tuple[CaseLabel, ...], observations: Iterable[Observation]) -> tuple[CaseLabel, ...]:
    """The labels with the links that answers tell of, first told first; a number that is none of them yet becomes one.

    Links that were learned before are learned anew: a log that grew in between tells which of them came first.

    Raises:
        ValueError: an answer names a number as its own successor.
    """
    known = {plain_number(label.number): _unlinked(label) for label in labels if not label.named_by_carrier}
    links = [one for one in observations if isinstance(one, Read) and one.report.successor]
    # A number may be asked for, and name the next one, before the answer that names it was learned.
    while new := next((link for link in links if tells_more(link, known)), None):
        label, number = known[plain_number(new.number)], plain_number(new.report.successor)
        known[number] = known[number].model_copy(update=_link(label)) if number in known else successor_of(label, new)
    linked = tuple(known.values())
    return labels if linked == labels else linked


def tells_more(link: Read, known: Mapping[str, CaseLabel]) -> bool:
    """Whether an answer links two numbers of which the second succeeds none yet, nor comes before the first."""
    at, successor = plain_number(link.number), plain_number(link.report.successor)
    if at == successor:
        raise ValueError(f"the carrier names the number {link.number} as its own successor")
    if at not in known or (successor in known and known[successor].successor_of):
        return False
    while at in known and at != successor:
        at = plain_number(known[at].successor_of)
    return at != successor


def _unlinked(label: CaseLabel) -> CaseLabel:
    """The label as the merchant gave it."""
    return label.model_copy(update={"successor_of": "", "linked_by_carrier": False}) if label.linked_by_carrier else label


def _link(label: CaseLabel) -> Mapping[str, object]:
    return {"successor_of": label.number, "linked_by_carrier": True}


def successor_of(label: CaseLabel, answer: Read) -> CaseLabel:
    """The label under which a parcel goes on, by an answer for the one before."""
    number = answer.report.successor.strip()
    return label.model_copy(update={"number": number, "named_by_carrier": True, "superseded": False, **_link(label)})
