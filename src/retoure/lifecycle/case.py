"""A return as it is known: its labels, and all that was observed."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Annotated, Self

from pydantic import Field, model_validator

from retoure.carrier.shaping import plain_number
from retoure.lifecycle.learning import in_order
from retoure.lifecycle.logs import Log, Observations
from retoure.lifecycle.numbers import CaseLabel, roots_of, with_successors
from retoure.lifecycle.observations import FailedRead, Observation, Push, Read, RefundIssued, SameRead
from retoure.model.addresses import Address
from retoure.model.base import Model
from retoure.model.labels import Label, LabelFormat, LabelSource
from retoure.model.tracking import Place, TrackingFailure, TrackingReport


class ReturnCase(Model):
    """One return: one or more labels, and everything observed.

    Observations may be given in any order and several times: they are kept in the order of learning, each once, so that two cases
    that were told the same are equal. A label whose parcel goes on under another number by a carrier's answer gets that
    number as a successor; what is observed of that number is refused until the answer that names it is there. Of answers that
    contradict each other, or lead in a circle, the one that was learned first says what succeeds what, and the other is flagged.
    """

    rma: str = ""
    labels: Annotated[tuple[CaseLabel, ...], Field(min_length=1)]
    observations: Observations = ()

    @model_validator(mode="after")
    def _all_of_one_return(self) -> Self:
        # A frozen model's fields are settled here, before anybody sees it.
        roots_of(self.labels)
        self.__dict__["observations"] = Log.of(in_order(self.observations))
        self.__dict__["labels"] = with_successors(self.labels, self.observations)
        roots = roots_of(self.labels)
        for observation in self.observations:
            belongs(observation, self.rma, roots)
        return self

    def observed(self, *observations: Observation) -> Self:
        """The case with further observations. One that it knows already changes nothing.

        Raises:
            ValueError: one is of another return, or of a number that is no label of this case.
        """
        return type(self)(rma=self.rma, labels=self.labels, observations=(*self.observations, *observations))

    def since(self, earlier: Self) -> tuple[int, tuple[Observation, ...]]:
        """From which place on the log is another than an earlier case's, and what it holds from there on.

        What a store has to write after a fold: at the end of the earlier log at most one observation, however long the log. Only
        what was learned late stands further up, and moves what follows it; and a link that was learned adds to ``labels``.
        """
        return Log.of(self.observations).since(Log.of(earlier.observations))


_OF_A_NUMBER = (Read, SameRead, FailedRead, Push)


def belongs(observation: Observation, rma: str, roots: Mapping[str, str]) -> None:
    """Refuse an observation of another return.

    Raises:
        ValueError: it is one.
    """
    fault = foreign(observation, rma, roots)
    if fault:
        raise ValueError(f"an observation of type {observation.type} {fault}")


def foreign(observation: Observation, rma: str, roots: Mapping[str, str]) -> str:
    """Why an observation is not of a return whose labels these are; empty where it is."""
    if not isinstance(observation, _OF_A_NUMBER):
        if observation.rma and rma and observation.rma != rma:
            return f"is of the return {observation.rma}, the case is {rma}"
        if isinstance(observation, RefundIssued):
            return ""
    number = plain_number(observation.number)
    if number and number not in roots:
        return f"is of the number {observation.number}, which is no label of this case"
    if not number and len(set(roots.values())) > 1:
        return "must name the label's number: the return has several"
    return ""


def case_of(label: Label, observations: Iterable[Observation] = (), *, trust_push: bool = False) -> ReturnCase:
    """The case of a bought or adopted label.

    Args:
        label: The label.
        observations: What is known of it.
        trust_push: The account's word that messages of its carrier count at once.
    """
    return ReturnCase(
        rma=label.rma,
        labels=(
            CaseLabel(
                number=label.tracking_number,
                carrier=label.carrier,
                account=label.account,
                label_source=label.label_source,
                issued_at=label.issued_at,
                charge_event=label.charge_event,
                origin=_town(label.order.request.ship_from) if label.order else None,
                destination=_town(label.return_to.address) if label.return_to else None,
                expires_on=label.expires_on,
                code_only=bool(label.label_formats) and label.label_formats <= {LabelFormat.QR, LabelFormat.LINK},
                enclosed=label.enclosed,
                trust_push=trust_push,
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
