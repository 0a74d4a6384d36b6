"""A return as it is known: its labels, and all that was observed, in any order."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Self

from pydantic import AwareDatetime, Field, StringConstraints, model_validator

from retoure.lifecycle.observations import FailedRead, Observation, Read, RefundIssued
from retoure.model.addresses import Address
from retoure.model.base import Model
from retoure.model.labels import Label, LabelFormat, LabelSource
from retoure.model.tracking import Place, TrackingFailure, TrackingReport


def plain(number: str) -> str:
    """A tracking number as it is compared: without spaces, indifferent to case."""
    return "".join(number.split()).casefold()


class CaseLabel(Model):
    """What a verdict needs to know of a label. No name and no street: a town is enough to tell where a parcel was delivered.

    Attributes:
        carrier: The plugin's code, like ``dhl_paket``.
        label_source: Whose contract it is on: decides who may be claimed against.
        issued_at: When it was created; events more than a day older belong to another parcel. None for an imported number.
        origin: The customer's country, postcode and town.
        destination: The return address's.
        expires_on: The last day it can be used, where known.
        code_only: Handed in with a code at a counter; a shop may put several such returns into one box.
        enclosed: Created together with an outbound label, in its box.
    """

    number: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    carrier: str
    account: str = ""
    label_source: LabelSource = LabelSource.UNKNOWN
    issued_at: AwareDatetime | None = None
    origin: Place | None = None
    destination: Place | None = None
    expires_on: date | None = None
    code_only: bool = False
    enclosed: bool = False


class ReturnCase(Model):
    """One return: one or more labels, and everything observed. The order of ``observations`` is of no account."""

    rma: str = ""
    labels: Annotated[tuple[CaseLabel, ...], Field(min_length=1)]
    observations: tuple[Observation, ...] = ()

    @model_validator(mode="after")
    def _all_of_one_return(self) -> Self:
        numbers = [plain(label.number) for label in self.labels]
        if len(set(numbers)) < len(numbers):
            raise ValueError("a case names each label once")
        known = set(numbers)
        for observation in self.observations:
            self._belongs(observation, known)
        return self

    def _belongs(self, observation: Observation, known: set[str]) -> None:
        rma = getattr(observation, "rma", "")
        if rma and self.rma and rma != self.rma:
            raise ValueError(f"an observation of type {observation.type} is of the return {rma}, the case is {self.rma}")
        if isinstance(observation, RefundIssued):
            return
        number = observation.number
        if number and plain(number) not in known:
            raise ValueError(
                f"an observation of type {observation.type} is of the number {number}, which is no label of this case"
            )
        if not number and len(known) > 1:
            raise ValueError(f"an observation of type {observation.type} must name the label's number: the return has several")

    def observed(self, *observations: Observation) -> Self:
        """The case with further observations. The same one twice changes no verdict."""
        known = {plain(label.number) for label in self.labels}
        for observation in observations:
            self._belongs(observation, known)
        return self.model_copy(update={"observations": (*self.observations, *observations)})


def case_of(label: Label, observations: Iterable[Observation] = ()) -> ReturnCase:
    """The case of a bought or adopted label."""
    return ReturnCase(
        rma=label.rma,
        labels=(
            CaseLabel(
                number=label.tracking_number,
                carrier=label.carrier,
                account=label.account,
                label_source=label.label_source,
                issued_at=label.issued_at,
                origin=_town(label.order.request.ship_from) if label.order else None,
                destination=_town(label.return_to.address) if label.return_to else None,
                expires_on=label.expires_on,
                code_only=bool(label.label_formats) and label.label_formats <= {LabelFormat.QR, LabelFormat.LINK},
                enclosed=label.enclosed,
            ),
        ),
        observations=tuple(observations),
    )


def from_report(
    report: TrackingReport | TrackingFailure,
    *,
    label_source: LabelSource = LabelSource.UNKNOWN,
    issued_at: datetime | None = None,
    rma: str = "",
    origin: Place | None = None,
    destination: Place | None = None,
    expires_on: date | None = None,
    observed_at: datetime | None = None,
) -> ReturnCase:
    """The case that a single look-up tells of, for a number that is known from nowhere else.

    Args:
        report: What the look-up gave.
        label_source: Whose contract the label is on; unknown, nobody can be claimed against.
        issued_at: When the label was created; without it an older parcel under the same number cannot be told apart.
        rma: The merchant's number of the return.
        origin: The customer's town.
        destination: The return address's town.
        expires_on: The last day the label can be used.
        observed_at: When the answer was known; by default when it was asked for.
    """
    label = CaseLabel(
        number=report.number, carrier=report.carrier, label_source=label_source, issued_at=issued_at,
        origin=origin, destination=destination, expires_on=expires_on,
    )  # fmt: skip
    known = observed_at or report.read_at
    observation: Observation
    if isinstance(report, TrackingReport):
        observation = Read(report=report, observed_at=known)
    else:
        observation = FailedRead(failure=report, observed_at=known)
    return ReturnCase(rma=rma, labels=(label,), observations=(observation,))


def _town(address: Address) -> Place:
    return Place(country=address.country, postal_code=address.postal_code, city=address.city)
