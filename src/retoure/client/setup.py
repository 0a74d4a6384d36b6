"""What both clients are made of: accounts, operations, and the surroundings of their driver."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from retoure.carrier.registry import Registry
from retoure.carrier.settings import CarrierSettings
from retoure.carrier.wire import HttpResponse
from retoure.client._driver import Exchange, Surroundings
from retoure.client.accounts import Accounts
from retoure.client.operations import Operations
from retoure.client.quoting import CardShelf, Quoting
from retoure.client.wishes import label_wish, pickup_wish
from retoure.errors import ConfigurationError, InvalidSettings, PluginLoadError
from retoure.model.addresses import ReturnAddress
from retoure.model.labels import Label, LabelOrder, ReturnRequest, VoidResult
from retoure.model.pickups import CancelResult, Pickup, PickupOrder
from retoure.model.quotes import Quote
from retoure.purchases.buying import Buying, OnUnknown, buying, lease_of
from retoure.purchases.entries import Books

_LONGEST_DEADLINE_S = 3600.0


def now_utc() -> datetime:
    """The system's clock, aware."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """The parts of a client that are neither synchronous nor asynchronous."""

    accounts: Accounts
    operations: Operations
    quoting: Quoting
    surroundings: Surroundings
    purchases: Books | None

    @classmethod
    def of(
        cls,
        accounts: Mapping[str, CarrierSettings | PluginLoadError],
        *,
        purchases: Books | None,
        return_addresses: Mapping[str, ReturnAddress] | None,
        rate_cards: Sequence[str | Path],
        registry: Registry | None,
        clock: Callable[[], datetime] | None,
        deadline_s: float,
        raw_sink: Callable[[str, HttpResponse], None] | None,
        observer: Callable[[Exchange], None] | None,
    ) -> "Setup":
        """Put them together. Nothing is read, loaded or opened yet."""
        time = clock or now_utc
        if time().utcoffset() is None:
            raise InvalidSettings("clock= must answer aware instants, like datetime.now(UTC)")
        if not 0 < deadline_s <= _LONGEST_DEADLINE_S:
            raise InvalidSettings(f"deadline_s is above 0 and at most {_LONGEST_DEADLINE_S:g}, not {deadline_s!r}")
        plugins = registry or Registry()
        shelf = CardShelf(rate_cards, plugins)
        built = Accounts(accounts, registry=plugins, clock=time, rate_cards=shelf)
        operations = Operations(built, return_addresses or {}, time)
        return cls(
            accounts=built,
            operations=operations,
            quoting=Quoting(operations, shelf, time),
            surroundings=Surroundings(clock=time, deadline_s=deadline_s, raw_sink=raw_sink, observer=observer),
            purchases=purchases,
        )

    @property
    def books(self) -> Books:
        """The purchases, which whoever buys must have chosen."""
        if self.purchases is None:
            raise ConfigurationError(
                "buying needs purchases=: give the client purchases=Purchases.at('sqlite:///retoure.db'), "
                "or Unprotected() if a crash may forget what was bought"
            )
        return self.purchases

    def buy_label(self, what: Quote | ReturnRequest | LabelOrder, order: LabelOrder, on_unknown: OnUnknown) -> Buying:
        """The steps that buy a label."""
        books, refuse = self.books, partial(self.operations.refuse_expired, what)
        lease_s = lease_of(self.surroundings.deadline_s)
        return buying(books, label_wish(self.operations, order, check=refuse, on_unknown=on_unknown, lease_s=lease_s))

    def book_pickup(self, order: PickupOrder) -> Buying:
        """The steps that book a pickup."""
        books = self.books
        return buying(books, pickup_wish(self.operations, order, lease_s=lease_of(self.surroundings.deadline_s)))

    def give_up(self, bought: Label | Pickup, result: VoidResult | CancelResult) -> None:
        """Write down what became of a void or a cancellation, where there are books."""
        if self.purchases is not None and result is not VoidResult.TOO_LATE:
            self.purchases.give_up(bought, result)

    def amend(self, pickup: Pickup) -> None:
        """Write down what a pickup has become, where there are books."""
        if self.purchases is not None:
            self.purchases.amend(pickup)
