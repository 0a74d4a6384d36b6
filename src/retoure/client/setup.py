"""What both clients are made of: accounts, operations, and the surroundings of their driver."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from retoure.carrier.registry import Registry
from retoure.carrier.settings import CarrierSettings
from retoure.carrier.wire import Effect, HttpResponse
from retoure.client._driver import Exchange, Surroundings
from retoure.client._run import Job
from retoure.client.accounts import Accounts
from retoure.client.operations import Operations
from retoure.client.quoting import CardShelf, Quoting
from retoure.client.wishes import label_wish, pickup_wish
from retoure.errors import ConfigurationError, InvalidSettings, PluginLoadError
from retoure.model.addresses import ReturnAddress
from retoure.model.labels import Label, LabelOrder, ReturnRequest
from retoure.model.pickups import Pickup, PickupOrder, PickupWindow
from retoure.model.quotes import Quote
from retoure.purchases.buying import OnUnknown, buying
from retoure.purchases.changing import giving_up, moving
from retoure.purchases.entries import Books
from retoure.purchases.steps import Steps, lease_of
from retoure.purchases.unprotected import Unprotected

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

    def close_books(self) -> None:
        """Close the connections of the books, which another client that shares them opens again."""
        if self.purchases is not None:
            self.purchases.close()

    def buy_label(self, what: Quote | ReturnRequest | LabelOrder, order: LabelOrder, on_unknown: OnUnknown) -> Steps:
        """The steps that buy a label."""
        books, refuse = self.books, partial(self.operations.refuse_expired, what)
        return buying(books, label_wish(self.operations, order, check=refuse, on_unknown=on_unknown, lease_s=self._lease_s))

    def book_pickup(self, order: PickupOrder) -> Steps:
        """The steps that book a pickup."""
        return buying(self.books, pickup_wish(self.operations, order, lease_s=self._lease_s))

    def move_pickup(self, pickup: Pickup, window: PickupWindow) -> Steps:
        """The steps that move a pickup, and write that down where there are books."""
        job = self.operations.reschedule_pickup(pickup, window)

        def cancelled() -> bool:
            return sum(request.effect is not Effect.READ for request in job.asked) > 1

        books = self.purchases or Unprotected()
        return moving(books, pickup, lambda departures: replace(job, departures=departures), self._lease_s, cancelled)

    def void(self, label: Label) -> Steps:
        """The steps that void a label, and write that down where there are books."""
        return self._give_up(label, self.operations.void(label))

    def cancel_pickup(self, pickup: Pickup) -> Steps:
        """The steps that cancel a pickup, and write that down where there are books."""
        return self._give_up(pickup, self.operations.cancel_pickup(pickup))

    def _give_up(self, bought: Label | Pickup, job: Job[Any]) -> Steps:
        return giving_up(self.purchases or Unprotected(), bought, lambda departures: replace(job, departures=departures))

    @property
    def _lease_s(self) -> float:
        return lease_of(self.surroundings.deadline_s)
