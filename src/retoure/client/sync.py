"""The synchronous client."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack

from retoure.carrier.plugin import Candidates, Found, NotSeen
from retoure.carrier.registry import Registry
from retoure.carrier.settings import CarrierSettings
from retoure.carrier.wire import HttpResponse
from retoure.client._driver import Exchange
from retoure.client._run import Job, walk
from retoure.client._sync_driver import Driver
from retoure.client.accounts import Accounts
from retoure.client.config import Options, read_config
from retoure.client.operations import report_of, unreadable
from retoure.client.quoting import Wishes, moment_of, rerated, windows
from retoure.client.setup import Setup
from retoure.errors import ConfigurationError, Failure, PluginLoadError, Problem, RetoureError
from retoure.model.addresses import Address, ReturnAddress
from retoure.model.dropoffs import DropOffPoint, DropOffQuery
from retoure.model.labels import (
    Formats,
    Label,
    LabelDocument,
    LabelOrder,
    LabelSource,
    ReturnRequest,
    VoidResult,
)
from retoure.model.offers import Best, ExchangeRates, Offers, Rerating
from retoure.model.pickups import CancelResult, Pickup, PickupOrder, PickupWindow
from retoure.model.quotes import HandIn, Quote, QuoteAnswer
from retoure.model.tracking import TrackedParcel, TrackingFailure, TrackingReport
from retoure.purchases.buying import OnUnknown
from retoure.purchases.entries import Books

if TYPE_CHECKING:
    import httpx

T = TypeVar("T")
NO_FORMATS = Formats()
_THREADS = 8


class Client:
    """Every account of a shop behind one set of methods, synchronous.

    Safe for threads; opens no connection before its first call, so that it may be made before a fork. Use it as a context
    manager, or call :meth:`close`.

    Args:
        accounts: Settings by account name. Everything is named, limited and stored by these names.
        purchases: Must be given to buy or book: ``Purchases.at(url)``, or ``Unprotected()`` where a crash may forget.
        return_addresses: The return-address book, by name.
        rate_cards: Directories of the merchant's own rate cards, looked at before the examples of the carriers.
        registry: Carriers to use instead of the installed ones.
        transport: An httpx transport to put underneath, for a proxy or a test. Proxies of the environment are not used.
        clock: Where the time comes from; answers aware instants.
        sleep: How to wait between attempts.
        deadline_s: Bounds one attempt, headers and body together.
        raw_sink: Is given every raw answer with its SHA-256, as evidence.
        observer: Is shown every request before it leaves, with placeholders where secrets go.

    Raises:
        InvalidSettings: an account's name or settings cannot be used.
    """

    def __init__(
        self,
        accounts: Mapping[str, CarrierSettings | PluginLoadError],
        *,
        purchases: Books | None = None,
        return_addresses: Mapping[str, ReturnAddress] | None = None,
        rate_cards: Sequence[str | Path] = (),
        registry: Registry | None = None,
        transport: "httpx.BaseTransport | None" = None,
        clock: Callable[[], datetime] | None = None,
        sleep: Callable[[float], None] | None = None,
        deadline_s: float = 30.0,
        raw_sink: Callable[[str, HttpResponse], None] | None = None,
        observer: Callable[[Exchange], None] | None = None,
    ) -> None:
        self._setup = Setup.of(
            accounts,
            purchases=purchases,
            return_addresses=return_addresses,
            rate_cards=rate_cards,
            registry=registry,
            clock=clock,
            deadline_s=deadline_s,
            raw_sink=raw_sink,
            observer=observer,
        )
        self._operations = self._setup.operations
        self._driver = Driver(self._setup.surroundings, transport=transport, sleep=sleep or time.sleep)

    @classmethod
    def from_config(
        cls, path: str | Path | None = None, *, environ: Mapping[str, str] | None = None, **options: Unpack[Options]
    ) -> Self:
        """A client from a TOML file and the environment; see :mod:`retoure.client.config`.

        Args:
            path: The file; without one ``$RETOURE_CONFIG``, else ``retoure.toml`` if it is there.
            environ: The environment to merge, instead of the process's.
            options: Anything the constructor takes beside the accounts; what stands here wins over the file.

        Raises:
            InvalidSettings: the file or a setting is missing or wrong; the message names file, account and field.
        """
        read = read_config(path, environ, options.get("registry"))
        merged: dict[str, Any] = {**read.options, **options}
        return cls(read.accounts, **merged)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({', '.join(self._setup.accounts)})"

    def close(self) -> None:
        """Close the connections, those of ``purchases`` among them: another client that shares them opens its own."""
        self._driver.close()
        self._setup.close_books()

    @property
    def accounts(self) -> Accounts:
        """The accounts by name, with their plugin and settings."""
        return self._setup.accounts

    def _run(self, job: Job[T]) -> T:
        return self._driver.run(self._setup.accounts[job.account], job)

    def quote(
        self,
        request: ReturnRequest,
        *,
        account: str | None = None,
        priced_at: datetime | None = None,
        include: Iterable[str] = (),
        hand_in: HandIn | str | None = None,
    ) -> Offers:
        """What a return costs, from every account side by side, or from one. Costs nothing.

        Args:
            request: The parcel, where it comes from and where it goes.
            account: Ask this account only.
            priced_at: The instant whose prices count; else the ship date at noon in the card's zone, else now.
            include: Codes of a rate card's optional surcharges to be added to the price, such as ``PICKUP``.
            hand_in: ``courier``, ``shop`` or ``locker``, where it is settled: lockers and shops take less.

        Raises:
            RetoureError: a named account could not quote. Asked without a name, an account's failure is in ``offers.failed``.
        """
        wishes = Wishes(priced_at, tuple(include), hand_in)
        if account is not None:
            return Offers.of({account: self._run(self._setup.quoting.quote(account, request, wishes))})
        return Offers.of(_side_by_side(lambda name: self._answer(name, request, wishes), list(self._setup.accounts)))

    def _answer(self, account: str, request: ReturnRequest, wishes: Wishes) -> QuoteAnswer | Failure:
        try:
            return self._run(self._setup.quoting.quote(account, request, wishes))
        except (RetoureError, ConfigurationError) as error:
            return error

    def quote_many(
        self,
        requests: Iterable[ReturnRequest],
        *,
        account: str | None = None,
        priced_at: datetime | None = None,
        include: Iterable[str] = (),
        hand_in: HandIn | str | None = None,
        rates: ExchangeRates | None = None,
    ) -> Iterator[Best]:
        """The cheapest quote of each request, in their order, as they are asked for. Costs nothing.

        Each is what :meth:`quote` would have called the cheapest. Where every account has a rate card, a hundred thousand
        parcels take seconds; carriers' price calls are asked a few at a time within their quota.

        Args:
            requests: Any number; they are read as the answers are.
            account: Ask this account only.
            priced_at: The instant whose prices count; else each ship date at noon in the card's zone, else the start.
            include: Codes of a rate card's optional surcharges to be added to the price.
            hand_in: ``courier``, ``shop`` or ``locker``, where it is settled.
            rates: To compare quotes in several currencies by.

        Returns:
            One answer per request: the quote, or why there is none. No failure stops the others.
        """
        wishes, quoting = Wishes(priced_at, tuple(include), hand_in), self._setup.quoting
        names = list(self._setup.accounts) if account is None else [self._setup.accounts[account].name]

        def ask(request: ReturnRequest, wishes: Wishes = wishes) -> Best:
            return Best.of(Offers.of({name: self._answer(name, request, wishes) for name in names}), rates)

        catalogue = quoting.catalogue(names, wishes)
        if catalogue is None:
            for window in windows(requests):
                yield from _in_order(ask, window)
            return
        for request in requests:
            quote = catalogue.cheapest(request)
            yield Best(quote) if quote else ask(request, moment_of(request, wishes, catalogue))

    def rerate(self, quote: Quote, *, first_scan: datetime, label_created: datetime | None = None) -> Rerating:
        """What the carrier is to be expected to charge for a label, beside what was quoted. Costs nothing.

        Some contracts charge the prices of the label's creation, others those of the first scan: the card says which.

        Args:
            quote: A quote from a rate card.
            first_scan: When the carrier first scanned the parcel.
            label_created: When the label was created, if not when it was quoted.

        Raises:
            Unsupported: the quote does not come from a rate card.
            RateCardError: there is no price at that moment.
        """
        return rerated(quote, self._run(self._setup.quoting.rerate(quote, first_scan, label_created)))

    def requote(self, quote: Quote) -> Quote:
        """A stored quote priced again by exactly the card that it names, whatever newer cards there are. Costs nothing.

        The same id, revision and content price the same request at the same instant; the lines are those of the stored quote.
        The account's settings do not matter, and ``valid_until`` stays.

        Args:
            quote: A quote from a rate card, also one read back from JSON.

        Raises:
            Unsupported: the quote does not come from a rate card.
            NoRateCard: the card or the revision is gone, or its content or a used row of its dated tables has changed.
            RateCardError: the card cannot be used any more, or its dated tables have lost a row.
        """
        return self._setup.quoting.requote(quote)

    def check(
        self, request: ReturnRequest, *, account: str, service: str = "", formats: Formats = NO_FORMATS
    ) -> tuple[Problem, ...]:
        """Every problem that would stop this purchase; empty if there is none. Nothing is bought.

        Raises:
            Unsupported: the carrier has no check.
            CarrierError: the check itself failed.
        """
        order = self._operations.order(request, key="check", account=account, service=service, formats=formats)
        return tuple(self._run(self._operations.check(order)))

    def buy(
        self,
        what: Quote | ReturnRequest | LabelOrder,
        *,
        key: str,
        account: str | None = None,
        service: str | None = None,
        formats: Formats = NO_FORMATS,
        on_unknown: OnUnknown = "report",
    ) -> Label:
        """Buy a label. **Costs money**, at creation or at the first scan: ``label.charge_event`` says when.

        Args:
            what: A quote, or a request with the account to buy from, or a label's order.
            key: Names this purchase, at most 35 printable ASCII characters: the same key again returns the stored label.
            account: Needed with a request; a quote and an order know theirs.
            service: One of the carrier's services, instead of the quote's or the carrier's default.
            formats: Which documents must come and which are welcome.
            on_unknown: What to do about a purchase whose outcome cannot be known: ``report`` it, or ``supersede`` it, which buys
                anew and keeps the lost one on the books. That is only for accounts whose ``unused_labels_billed`` is ``no``.

        Raises:
            ConfigurationError: no account was named, the client has no ``purchases``, or superseding may cost money.
            RequestRejected: the request is wrong; ``problems`` names each field. Nothing was bought.
            OutcomeUnknown: the answer was lost, and one look-up by the key, where the carrier has it, did not find the label;
                ``candidates`` are those that it may be. It is never asked for twice.
            PurchaseConflict: the key was used for another order, or its label was voided.
            BooksError: the books cannot be read or written; if a label was bought all the same, it is in ``bought``.
            CarrierError: anything else that the carrier refused; nothing was bought.
        """
        order = self._operations.order(what, key=key, account=account, service=service, formats=formats)
        label: Label = walk(self._setup.buy_label(what, order, on_unknown), self._run)
        return label

    def buy_many(
        self,
        wishes: Mapping[str, Quote | ReturnRequest | LabelOrder],
        *,
        account: str | None = None,
        formats: Formats = NO_FORMATS,
        on_unknown: OnUnknown = "report",
    ) -> dict[str, Label | Failure]:
        """Buy one label per key, a few at a time and within the account's quota. **Costs money** like :meth:`buy`.

        Args:
            wishes: What to buy, by the key of its purchase.
            account: For requests, the account to buy from.
            formats: For every label.
            on_unknown: For every purchase.

        Returns:
            One outcome per key: the label, or the error that stopped it. One failure stops no other purchase.
        """

        def purchase(key: str) -> Label | Failure:
            try:
                return self.buy(wishes[key], key=key, account=account, formats=formats, on_unknown=on_unknown)
            except (RetoureError, ConfigurationError) as error:
                return error

        return _side_by_side(purchase, list(wishes))

    def label_for(self, key: str) -> Label | None:
        """The label that a key has bought, from the books; None once voiding it was asked for. Asks no carrier."""
        found = self._setup.books.get(key)
        return found if isinstance(found, Label) else None

    def adopt(
        self,
        *,
        account: str,
        tracking_number: str,
        issued_at: datetime,
        rma: str,
        return_to: str | None = None,
        label_source: LabelSource | str | None = None,
        enclosed: bool = False,
    ) -> Label:
        """Take over a label that was bought elsewhere: by the marketplace, or enclosed in the outbound box. Asks no carrier.

        Args:
            account: The account to track it with.
            tracking_number: As printed; leading zeros count.
            issued_at: When it was created: older events belong to another parcel under the same number.
            rma: The return it belongs to.
            return_to: Where it goes, by name in the book; needed to tell a delivery from a parcel back at the customer.
            label_source: Whose contract it is on; the account's unless said.
            enclosed: Created together with the outbound label, in its box.

        Raises:
            RequestRejected: the number is empty, ``issued_at`` has no time zone, or the return address is unknown.
        """
        label = self._operations.adopt(
            account=account,
            tracking_number=tracking_number,
            issued_at=issued_at,
            rma=rma,
            return_to=return_to,
            label_source=label_source,
            enclosed=enclosed,
        )
        if self._setup.purchases is not None:
            self._setup.purchases.adopt(label)
        return label

    def documents(self, label: Label, formats: Formats = NO_FORMATS) -> tuple[LabelDocument, ...]:
        """Fetch a label's documents again. Costs nothing.

        Raises:
            Unsupported: the carrier does not reprint.
        """
        return tuple(self._run(self._operations.documents(label, formats)))

    def void(self, label: Label) -> VoidResult:
        """Undo a label as far as its carrier lets one, and write that down: its key does not hand it out again. Costs nothing.

        From the moment it is asked for the label is not handed out, unless the carrier refuses and no earlier request can have
        voided it: after a crash or a lost answer void it again, twice is as once.

        Raises:
            Unsupported: the carrier has no void, and unused labels are or may be billed.
            BooksError: the books cannot be written; nothing was asked for, or the carrier has answered: ask again.
        """
        result: VoidResult = walk(self._setup.void(label), self._run)
        return result

    def find_label(self, key: str, attempted_at: datetime, *, account: str) -> Found[Label] | Candidates[Label] | NotSeen:
        """Look for a label by the key it was bought with, after a lost answer. Costs nothing.

        Raises:
            Unsupported: the carrier has no look-up.
        """
        return self._run(self._operations.find_label(account, key, attempted_at))

    def schedule_pickup(
        self,
        what: Label | PickupOrder,
        window: PickupWindow | None = None,
        *,
        key: str,
        account: str | None = None,
        address: Address | None = None,
        note: str = "",
    ) -> Pickup:
        """Book a driver. **May cost money**, per order and per attempt. Booked once per key, like a label.

        Args:
            what: A label, whose customer's address is taken, or an order.
            window: When.
            key: Names this booking.
            account: The account to book with, if not the label's.
            address: Where, if not at the customer's.
            note: A remark for the driver.

        Raises:
            RequestRejected: the order is wrong; ``problems`` names each field.
            OutcomeUnknown: the answer was lost, and one look-up by the key, where the carrier has it, did not find the pickup.
            PurchaseConflict: the key was used for another order.
        """
        order = self._operations.pickup_order(what, window, key=key, account=account, address=address, note=note)
        pickup: Pickup = walk(self._setup.book_pickup(order), self._run)
        return pickup

    def reschedule_pickup(self, pickup: Pickup, window: PickupWindow) -> Pickup:
        """Move a pickup. Its key stands for the moved one, and still for the order it was first booked with.

        Where the carrier moves by cancelling and booking anew, this books: it **may cost money**. It is on the books before it
        leaves; after a crash or a lost answer :meth:`schedule_pickup` with the same key and order looks it up.

        Raises:
            Unsupported: the carrier cannot; cancel it and book another.
            PurchaseConflict: its key stands for another pickup by now, or for none.
            OutcomeUnknown: it may have been moved, now or by an earlier call; it is never asked for twice.
        """
        moved: Pickup = walk(self._setup.move_pickup(pickup, window), self._run)
        return moved

    def cancel_pickup(self, pickup: Pickup) -> CancelResult:
        """Cancel a pickup.

        Raises:
            RequestRejected: the carrier refused; the pickup stands.
        """
        result: CancelResult = walk(self._setup.cancel_pickup(pickup), self._run)
        return result

    def find_pickup(self, key: str, day: date, *, account: str) -> Found[Pickup] | Candidates[Pickup] | NotSeen:
        """A pickup's state by the key and the day it was booked for. Costs nothing."""
        return self._run(self._operations.find_pickup(account, key, day))

    def track(self, what: Label | TrackedParcel | str, *, account: str | None = None) -> TrackingReport:
        """Read one parcel's history. Costs nothing but quota.

        Raises:
            NotFound: unknown, too new, or deleted. It never means lost.
            MalformedResponse: another shipment answers under this number, or the answer cannot be read.
            CarrierError: the read failed.
        """
        name, parcel = self._operations.tracked(what, account)
        (job,) = self._operations.track(name, [parcel])
        outcomes = self._run(job)
        return report_of(outcomes[parcel.number], self._setup.accounts[name])

    def track_many(
        self, what: Iterable[Label | TrackedParcel | str], *, account: str | None = None
    ) -> dict[str, TrackingReport | TrackingFailure]:
        """Read many parcels, in batches as large as each carrier takes and several batches at a time.

        Returns:
            One outcome per number. A batch whose call failed gives failures for its own numbers and no other.
        """
        jobs, failed = self._operations.track_all(what, account)

        def read(number: int) -> Mapping[str, TrackingReport | TrackingFailure]:
            job = jobs[number]
            try:
                return self._run(job)
            except (RetoureError, ConfigurationError) as error:
                return unreadable(job, error, self._setup.surroundings.clock())

        batches = _side_by_side(read, list(range(len(jobs))))
        return {number: outcome for batch in (failed, *batches.values()) for number, outcome in batch.items()}

    def drop_offs(self, query: DropOffQuery, *, account: str) -> tuple[DropOffPoint, ...]:
        """Places near the customer that take returns, nearest first. Costs nothing.

        Raises:
            Unsupported: the carrier, or this account, has no such search.
        """
        return tuple(self._run(self._operations.drop_offs(account, query)))


K = TypeVar("K")
V = TypeVar("V")


def _side_by_side(work: Callable[[K], V], keys: Sequence[K]) -> dict[K, V]:
    if len(keys) < 2:
        return {key: work(key) for key in keys}
    with ThreadPoolExecutor(min(_THREADS, len(keys)), thread_name_prefix="retoure") as pool:
        return dict(zip(keys, pool.map(work, keys), strict=True))


def _in_order(work: Callable[[K], V], items: Sequence[K]) -> Iterator[V]:
    """The same for things that are no keys."""
    yield from _side_by_side(lambda place: work(items[place]), range(len(items))).values()
