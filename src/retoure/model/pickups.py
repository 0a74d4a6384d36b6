"""Collections: a driver fetches parcels at an address."""

from datetime import date, time
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AwareDatetime, Field, model_validator

from retoure.model.addresses import Address, Country
from retoure.model.base import Model
from retoure.model.labels import Key
from retoure.model.measures import Parcel
from retoure.model.money import Money


class PickupWindow(Model):
    """A day and, where the carrier takes them, the hours, in local time at the pickup address.

    ``day`` None asks for the soonest possible.
    """

    day: date | None
    earliest: time | None = None
    latest: time | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.earliest and self.latest and self.earliest >= self.latest:
            raise ValueError(f"the window must open before it closes: {self.earliest:%H:%M} is not before {self.latest:%H:%M}")
        return self


class PickupParcel(Model):
    """One parcel to be fetched.

    Attributes:
        bulky: What makes it so, in the carrier's sense.
        service: The service of its label, for carriers that ask.
        country: Where it is bound, for carriers that ask.
        issued_at: When its label was created, for carriers that fetch no parcel sooner than some time after it.
        rma: The return it belongs to. No carrier is told; personal data of this order are erased with that return's.
    """

    parcel: Parcel | None = None
    tracking_number: str = ""
    bulky: str = ""
    service: str = ""
    country: Country | None = None
    issued_at: AwareDatetime | None = None
    rma: str = ""


class PickupOrder(Model):
    """A collection to be booked."""

    account: str
    key: Key
    address: Address
    window: PickupWindow
    parcels: Annotated[tuple[PickupParcel, ...], Field(min_length=1)]
    contact_consent: bool = False
    note: str = ""


class PickupState(StrEnum):
    """How a pickup stands."""

    ACCEPTED = "ACCEPTED"
    IN_REVIEW = "IN_REVIEW"
    IN_PROGRESS = "IN_PROGRESS"
    PARTLY_CONFIRMED = "PARTLY_CONFIRMED"
    PICKED_UP = "PICKED_UP"
    PARTLY_PICKED_UP = "PARTLY_PICKED_UP"
    NOT_PICKED_UP = "NOT_PICKED_UP"
    CANCELLED = "CANCELLED"
    REJECTED = "REJECTED"
    UNKNOWN = "UNKNOWN"


class PickupReference(Model):
    """What is needed to name a pickup to its carrier again; ``order`` to book it anew where a carrier cannot move one."""

    account: str
    confirmation_number: str
    day: date | None = None
    key: str = ""
    order: PickupOrder | None = Field(default=None, repr=False)


class Pickup(Model):
    """A booked pickup. ``day`` is the carrier's and may differ from the one asked for; ``notices`` then says so.

    ``free_of_charge`` and ``price`` are None where the carrier did not say; ``order`` where it was booked elsewhere.
    """

    account: str
    carrier: str
    confirmation_number: str
    key: str = ""
    day: date | None
    requested: PickupWindow | None = None
    state: PickupState
    raw_state: str = ""
    free_of_charge: bool | None = None
    price: Money | None = None
    tracking_numbers: tuple[str, ...] = ()
    booked_at: AwareDatetime | None = None
    order: PickupOrder | None = Field(default=None, repr=False)
    notices: tuple[str, ...] = ()

    @property
    def reference(self) -> PickupReference:
        """How to name this pickup to its carrier."""
        return PickupReference(
            account=self.account, confirmation_number=self.confirmation_number, day=self.day, key=self.key, order=self.order
        )


class CancelResult(StrEnum):
    """What became of a cancellation. A refused one is raised as ``RequestRejected``, so that nobody takes it for done."""

    CANCELLED = "CANCELLED"
    ALREADY_CANCELLED = "ALREADY_CANCELLED"
