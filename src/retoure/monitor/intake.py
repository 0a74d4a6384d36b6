"""What a user hands over to be watched, as the store takes it; what cannot be watched is refused before it is stored."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from pydantic import ValidationError

from retoure.client.reading import Fare, Reader
from retoure.errors import ConfigurationError, InvalidSettings, Problem, RequestRejected
from retoure.lifecycle import CaseLabel, ReturnCase, case_of
from retoure.model.labels import Label
from retoure.model.tracking import TrackedParcel
from retoure.monitor.records import Watch
from retoure.purchases.records import LostPurchase

Watchable: TypeAlias = Label | CaseLabel | ReturnCase


@dataclass(frozen=True, slots=True)
class Watcher:
    """Makes watches.

    Attributes:
        fares: What a look costs, by account: learned on the way.
    """

    reader: Reader
    fares: dict[str, Fare]

    def watch(self, what: Watchable, policy: str, *, refund_at_scan: bool, pickup_on: date | None = None) -> Watch:
        """A watch for a label, or for a return with what was observed of it elsewhere.

        Raises:
            ConfigurationError: a label names no account, one that there is not, or one of another carrier.
            RequestRejected: a number has a form that its carrier has none of.
            Unsupported: the account's carrier tells no histories.
        """
        case = case_of(what) if isinstance(what, Label) else what
        if isinstance(case, CaseLabel):
            case = ReturnCase(labels=(case,))
        labels = tuple(self._checked(label) for label in case.labels)
        if labels != case.labels:
            case = case.model_copy(update={"labels": labels})
        return Watch(case=case, policy=policy, refund_at_scan=refund_at_scan, pickup_on=pickup_on)

    def _checked(self, label: CaseLabel) -> CaseLabel:
        if not label.account:
            raise ConfigurationError(f"the label of {label.carrier} names no account: nobody would know whose quota to ask with")
        account = self.reader.accounts[label.account]
        if label.carrier != account.plugin.code:
            raise ConfigurationError(
                f"the label is of {label.carrier}, account {label.account!r} is of {account.plugin.code}: name the right account"
            )
        self._check_owner(label)
        self.fares[label.account] = self.reader.fare(label.account, parcel_of(label))
        trusted = label.trust_push or account.settings.trust_push
        return label if trusted == label.trust_push else label.model_copy(update={"trust_push": trusted})

    def _check_owner(self, label: CaseLabel) -> None:
        """Refuse a number that is surely another carrier's: asking for it here would never find it."""
        owner = self.reader.accounts.owner(label.number)
        if owner is None or owner.code == label.carrier:
            return
        theirs = self.reader.accounts.of_carrier(owner.code)
        what = f"name {' or '.join(theirs)} as its account" if theirs else f"configure an account of {owner.code} first"
        text = f"this is a number of {owner.name}, and account {label.account!r} is of {label.carrier}: {what}"
        raise RequestRejected(problems=[Problem("number", "another_carrier", text)], account=label.account, carrier=label.carrier)


def parcel_of(label: CaseLabel) -> TrackedParcel:
    """What is asked for.

    Raises:
        RequestRejected: the number is malformed, or has no digit, which no carrier's numbers are without.
    """
    place = label.destination
    try:
        parcel = TrackedParcel(
            number=label.number, issued_at=label.issued_at, postal_code=place.postal_code if place else "",
            country=(place.country or None) if place else None,
        )  # fmt: skip
    except ValidationError as error:
        problems = [Problem(".".join(map(str, fault["loc"])), fault["type"], fault["msg"]) for fault in error.errors()]
    else:
        if any(map(str.isdigit, parcel.number)):
            return parcel
        problems = [Problem("number", "wrong_form", "this is no tracking number: it has no digit")]
    raise RequestRejected(problems=problems, account=label.account, carrier=label.carrier)


def lost_labels(purchases: Iterable[LostPurchase]) -> list[ReturnCase]:
    """Returns of labels that went astray and whose number is known: they should never be scanned."""
    return [
        ReturnCase(
            rma=lost.rma,
            labels=(
                CaseLabel(
                    number=lost.number, carrier=lost.carrier, account=lost.account, issued_at=lost.attempted_at, superseded=True
                ),
            ),
        )
        for lost in purchases
        if lost.kind == "label" and lost.number
    ]


REFUSALS = (ConfigurationError, InvalidSettings, RequestRejected)
