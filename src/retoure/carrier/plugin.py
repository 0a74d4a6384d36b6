"""What a carrier is: a composition of capabilities, declared by a plugin.

Every method of a capability returns a :data:`~retoure.carrier.wire.Call`. The client asks for nothing that ``support`` does
not offer; an adapter raises ``Unsupported`` for a wish that it cannot express.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from importlib.resources.abc import Traversable
from typing import Generic, Protocol, TypeVar
from zoneinfo import ZoneInfo

from retoure.carrier.settings import CarrierSettings, Environment
from retoure.carrier.wire import Call
from retoure.errors import Problem
from retoure.model.dropoffs import DropOffPoint, DropOffQuery
from retoure.model.labels import Formats, Label, LabelDocument, LabelOrder, LabelReference, VoidResult
from retoure.model.pickups import CancelResult, Pickup, PickupOrder, PickupReference, PickupWindow
from retoure.model.quotes import QuoteAnswer, QuoteRequest
from retoure.model.tracking import TrackedParcel, TrackingFailure, TrackingReport

INTERFACE_VERSION = 1
"""The version of this interface; a plugin states the one it was written for."""

V_co = TypeVar("V_co", covariant=True)


class Operation(StrEnum):
    """What can be asked of an account."""

    QUOTE = "quotes.quote"
    LABEL_CHECK = "labels.check"
    LABEL_CREATE = "labels.create"
    LABEL_DOCUMENTS = "labels.documents"
    LABEL_VOID = "labels.void"
    LABEL_FIND = "labels.find"
    PICKUP_SCHEDULE = "pickups.schedule"
    PICKUP_RESCHEDULE = "pickups.reschedule"
    PICKUP_CANCEL = "pickups.cancel"
    PICKUP_FIND = "pickups.find"
    TRACK = "tracking.track"
    DROP_OFFS = "drop_offs.near"


class Level(StrEnum):
    """How far a carrier goes. NOT_OFFERED: the carrier cannot. NOT_IMPLEMENTED: we have not built it."""

    FULL = "full"
    PARTIAL = "partial"
    NOT_OFFERED = "not offered"
    NOT_IMPLEMENTED = "not implemented"


@dataclass(frozen=True, slots=True)
class Support:
    """How far one operation goes, with the reason if not all the way."""

    level: Level
    reason: str = ""

    def __post_init__(self) -> None:
        if self.level is not Level.FULL and not self.reason:
            raise ValueError(f"support that is {self.level} needs a reason")

    @property
    def offered(self) -> bool:
        """Whether the operation can be asked for at all."""
        return self.level in (Level.FULL, Level.PARTIAL)


FULL = Support(Level.FULL)


@dataclass(frozen=True, slots=True)
class Found(Generic[V_co]):
    """The look-up found what the key bought."""

    value: V_co


@dataclass(frozen=True, slots=True)
class Candidates(Generic[V_co]):
    """The look-up found things that may be it, and at times says why they may not; a person decides."""

    values: tuple[V_co, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class NotSeen:
    """The look-up found nothing. Only a ``conclusive`` one proves that nothing was bought."""

    conclusive: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Quota:
    """A limit on calls. Either ``per`` a sliding period, or ``daily`` with the zone in whose midnight the day starts.

    ``path`` names the API that it counts: calls whose path starts with it. Accounts with the same credentials share it.
    """

    name: str
    calls: int
    per: timedelta | None = None
    daily_zone: str | None = None
    path: str = "/"


class Quotes(Protocol):
    """Prices."""

    def quote(self, request: QuoteRequest) -> Call[QuoteAnswer]:
        """Quotes and declines for one parcel. Costs nothing."""
        ...


class Labels(Protocol):
    """Labels."""

    def check(self, order: LabelOrder) -> Call[Sequence[Problem]]:
        """Every problem that would stop this order. Nothing is bought."""
        ...

    def create(self, order: LabelOrder) -> Call[Label]:
        """Buy a label."""
        ...

    def documents(self, label: LabelReference, formats: Formats) -> Call[Sequence[LabelDocument]]:
        """Fetch a label's documents again."""
        ...

    def void(self, label: LabelReference) -> Call[VoidResult]:
        """Undo a label as far as the carrier lets one."""
        ...

    def find(self, key: str, attempted_at: datetime) -> Call[Found[Label] | Candidates[Label] | NotSeen]:
        """Look for a label by the key it was bought with, after a lost answer."""
        ...


class Pickups(Protocol):
    """Collections."""

    def schedule(self, order: PickupOrder) -> Call[Pickup]:
        """Book a pickup. May cost money per order and per attempt."""
        ...

    def reschedule(self, pickup: PickupReference, window: PickupWindow) -> Call[Pickup]:
        """Move a pickup. One that turns out to be cancelled is a ``RequestRejected`` with ``ALREADY_CANCELLED`` as its code."""
        ...

    def cancel(self, pickup: PickupReference) -> Call[CancelResult]:
        """Cancel a pickup."""
        ...

    def find(self, key: str, day: date) -> Call[Found[Pickup] | Candidates[Pickup] | NotSeen]:
        """A pickup's state, or a look for it after a lost answer."""
        ...


class Tracking(Protocol):
    """Tracking."""

    batch_size: int
    """How many numbers one request may carry."""

    def track(self, parcels: Sequence[TrackedParcel]) -> Call[Mapping[str, TrackingReport | TrackingFailure]]:
        """One outcome per number, at most ``batch_size`` numbers."""
        ...


class DropOffs(Protocol):
    """Places to hand a return in."""

    def near(self, query: DropOffQuery) -> Call[Sequence[DropOffPoint]]:
        """Places that take returns, nearest first."""
        ...


@dataclass(frozen=True, kw_only=True)
class Carrier:
    """The capabilities of one account. A shop may combine quotes from a card with labels from an API."""

    quotes: Quotes | None = None
    labels: Labels | None = None
    pickups: Pickups | None = None
    tracking: Tracking | None = None
    drop_offs: DropOffs | None = None


class RateCardSource(Protocol):
    """Where an adapter gets its prices from."""

    def quote(self, request: QuoteRequest, *, settings: CarrierSettings, now: datetime) -> QuoteAnswer:
        """Price a parcel from the account's card. Raises ``RateCardError`` where the price cannot be known."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierContext:
    """What an adapter may not fetch for itself."""

    account: str
    clock: Callable[[], datetime]
    rate_cards: RateCardSource
    zone: ZoneInfo


@dataclass(frozen=True, kw_only=True)
class CarrierPlugin:
    """A carrier, as its entry point declares it.

    Attributes:
        code: Equals the entry-point name.
        settings: The model of one account.
        origins: URL prefixes it may call, token endpoints included; the drivers enforce them.
        support: How far each operation goes; an operation that is absent is not implemented.
        quotas: The carrier's limits, as defaults.
        scenarios: The folder of its recorded exchanges.
        policies: The folder of the carrier's own claim rules.
        rates: The folder of its example rate cards.
        own_numbers: A pattern of tracking numbers that are this carrier's and surely no other's; empty where none can be told.
        build: Make the capabilities of one account.
    """

    code: str
    name: str
    interface_version: int
    settings: type[CarrierSettings]
    origins: Mapping[Environment, frozenset[str]]
    support: Mapping[Operation, Support]
    quotas: tuple[Quota, ...] = ()
    scenarios: Traversable | None = None
    policies: Traversable | None = None
    rates: Traversable | None = None
    build: Callable[[CarrierSettings, CarrierContext], Carrier]
    own_numbers: str = ""
    zone: str = field(default="UTC")
