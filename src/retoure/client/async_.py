"""The asynchronous client."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar, Unpack

from retoure.carrier.plugin import Candidates, Found, NotSeen
from retoure.carrier.registry import Registry
from retoure.carrier.settings import CarrierSettings
from retoure.carrier.wire import HttpResponse
from retoure.client._async_driver import AsyncDriver
from retoure.client._driver import Exchange
from retoure.client._httpx_wire import HttpxWire, wire_for_reads
from retoure.client._retry import ATTEMPTS
from retoure.client._run import Job, in_thread, walk_async
from retoure.client.accounts import Accounts
from retoure.client.config import Options, read_config
from retoure.client.operations import report_of, unreadable
from retoure.client.quoting import Wishes, moment_of, rerated, windows
from retoure.client.reading import Reader
from retoure.client.setup import Setup
from retoure.client.sync import Client
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

C = TypeVar("C")
T = TypeVar("T")
NO_FORMATS = Formats()
_AT_A_TIME = 50


def _documented(cls: type[C]) -> type[C]:
    """Give each method the docstring of its synchronous twin, so that the two cannot say different things."""
    for name, method in inspect.getmembers(cls, inspect.isfunction):
        twin = getattr(Client, name, None)
        if method.__doc__ is None and twin is not None:
            method.__doc__ = twin.__doc__
    return cls


@_documented
class AsyncClient:
    """Every account of a shop behind one set of methods, asynchronous.

    The same methods as :class:`retoure.Client`, with ``await``; safe for the tasks of one event loop. ``transport`` is an
    ``httpx.AsyncBaseTransport`` and ``sleep`` is awaited. Use it as an asynchronous context manager, or call :meth:`aclose`.
    """

    def __init__(
        self,
        accounts: Mapping[str, CarrierSettings | PluginLoadError],
        *,
        purchases: Books | None = None,
        return_addresses: Mapping[str, ReturnAddress] | None = None,
        rate_cards: Sequence[str | Path] = (),
        registry: Registry | None = None,
        transport: "httpx.AsyncBaseTransport | None" = None,
        clock: Callable[[], datetime] | None = None,
        sleep: Callable[[float], Awaitable[None]] | None = None,
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
        self._transport = transport
        self._sleep = sleep or asyncio.sleep
        self._driver = AsyncDriver(self._setup.surroundings, HttpxWire(transport), sleep=self._sleep)

    @classmethod
    def from_config(
        cls, path: str | Path | None = None, *, environ: Mapping[str, str] | None = None, **options: Unpack[Options]
    ) -> Self:
        read = read_config(path, environ, options.get("registry"))
        merged: dict[str, Any] = {**read.options, **options}
        return cls(read.accounts, **merged)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"AsyncClient({', '.join(self._setup.accounts)})"

    async def aclose(self) -> None:
        await self._driver.close()
        await in_thread(self._setup.close_books)

    @property
    def accounts(self) -> Accounts:
        """The accounts by name, with their plugin and settings."""
        return self._setup.accounts

    def reader(
        self,
        *,
        attempts: int = ATTEMPTS,
        clock: Callable[[], datetime] | None = None,
        sleep: Callable[[float], Awaitable[None]] | None = None,
    ) -> Reader:
        """Something that looks parcels up for these accounts and does nothing else, over aiohttp where that is installed.

        It has connections, tokens and a quota ledger of its own, and is closed by itself. A client with a transport of its own
        lends it that.

        Args:
            attempts: How often a look-up is sent at most.
            clock: Instead of the client's.
            sleep: Instead of the client's.
        """
        around = self._setup.surroundings if clock is None else replace(self._setup.surroundings, clock=clock)
        return Reader(self._operations, around, wire_for_reads(self._transport), sleep=sleep or self._sleep, attempts=attempts)

    async def _run(self, job: Job[T]) -> T:
        return await self._driver.run(self._setup.accounts[job.account], job)

    async def quote(
        self,
        request: ReturnRequest,
        *,
        account: str | None = None,
        priced_at: datetime | None = None,
        include: Iterable[str] = (),
        hand_in: HandIn | str | None = None,
    ) -> Offers:
        wishes = Wishes(priced_at, tuple(include), hand_in)
        if account is not None:
            return Offers.of({account: await self._run(self._setup.quoting.quote(account, request, wishes))})
        return Offers.of(await _side_by_side(lambda name: self._answer(name, request, wishes), list(self._setup.accounts)))

    async def _answer(self, account: str, request: ReturnRequest, wishes: Wishes) -> QuoteAnswer | Failure:
        try:
            return await self._run(self._setup.quoting.quote(account, request, wishes))
        except (RetoureError, ConfigurationError) as error:
            return error

    async def quote_many(
        self,
        requests: Iterable[ReturnRequest],
        *,
        account: str | None = None,
        priced_at: datetime | None = None,
        include: Iterable[str] = (),
        hand_in: HandIn | str | None = None,
        rates: ExchangeRates | None = None,
    ) -> AsyncIterator[Best]:
        wishes, quoting = Wishes(priced_at, tuple(include), hand_in), self._setup.quoting
        names = list(self._setup.accounts) if account is None else [self._setup.accounts[account].name]

        async def ask(request: ReturnRequest, wishes: Wishes = wishes) -> Best:
            return Best.of(Offers.of({name: await self._answer(name, request, wishes) for name in names}), rates)

        catalogue = quoting.catalogue(names, wishes)
        if catalogue is None:
            for window in windows(requests):
                for best in await _in_order(ask, window):
                    yield best
            return
        for window in windows(requests):
            await asyncio.sleep(0)  # so that other tasks have their turn
            for request in window:
                if quote := catalogue.cheapest(request):
                    yield Best(quote)
                else:
                    await asyncio.sleep(0)  # a card is asked without waiting for anything
                    yield await ask(request, moment_of(request, wishes, catalogue))

    async def rerate(self, quote: Quote, *, first_scan: datetime, label_created: datetime | None = None) -> Rerating:
        return rerated(quote, await self._run(self._setup.quoting.rerate(quote, first_scan, label_created)))

    async def requote(self, quote: Quote) -> Quote:
        return self._setup.quoting.requote(quote)

    async def check(
        self, request: ReturnRequest, *, account: str, service: str = "", formats: Formats = NO_FORMATS
    ) -> tuple[Problem, ...]:
        order = self._operations.order(request, key="check", account=account, service=service, formats=formats)
        return tuple(await self._run(self._operations.check(order)))

    async def buy(
        self,
        what: Quote | ReturnRequest | LabelOrder,
        *,
        key: str,
        account: str | None = None,
        service: str | None = None,
        formats: Formats = NO_FORMATS,
        on_unknown: OnUnknown = "report",
    ) -> Label:
        order = self._operations.order(what, key=key, account=account, service=service, formats=formats)
        label: Label = await walk_async(self._setup.buy_label(what, order, on_unknown), self._run)
        return label

    async def buy_many(
        self,
        wishes: Mapping[str, Quote | ReturnRequest | LabelOrder],
        *,
        account: str | None = None,
        formats: Formats = NO_FORMATS,
        on_unknown: OnUnknown = "report",
    ) -> dict[str, Label | Failure]:

        async def purchase(key: str) -> Label | Failure:
            try:
                return await self.buy(wishes[key], key=key, account=account, formats=formats, on_unknown=on_unknown)
            except (RetoureError, ConfigurationError) as error:
                return error

        return await _side_by_side(purchase, list(wishes))

    async def label_for(self, key: str) -> Label | None:
        found = await asyncio.to_thread(self._setup.books.get, key)
        return found if isinstance(found, Label) else None

    async def adopt(
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
            await asyncio.to_thread(self._setup.purchases.adopt, label)
        return label

    async def documents(self, label: Label, formats: Formats = NO_FORMATS) -> tuple[LabelDocument, ...]:
        return tuple(await self._run(self._operations.documents(label, formats)))

    async def void(self, label: Label) -> VoidResult:
        result: VoidResult = await walk_async(self._setup.void(label), self._run)
        return result

    async def find_label(self, key: str, attempted_at: datetime, *, account: str) -> Found[Label] | Candidates[Label] | NotSeen:
        return await self._run(self._operations.find_label(account, key, attempted_at))

    async def schedule_pickup(
        self,
        what: Label | PickupOrder,
        window: PickupWindow | None = None,
        *,
        key: str,
        account: str | None = None,
        address: Address | None = None,
        note: str = "",
    ) -> Pickup:
        order = self._operations.pickup_order(what, window, key=key, account=account, address=address, note=note)
        pickup: Pickup = await walk_async(self._setup.book_pickup(order), self._run)
        return pickup

    async def reschedule_pickup(self, pickup: Pickup, window: PickupWindow) -> Pickup:
        moved: Pickup = await walk_async(self._setup.move_pickup(pickup, window), self._run)
        return moved

    async def cancel_pickup(self, pickup: Pickup) -> CancelResult:
        result: CancelResult = await walk_async(self._setup.cancel_pickup(pickup), self._run)
        return result

    async def find_pickup(self, key: str, day: date, *, account: str) -> Found[Pickup] | Candidates[Pickup] | NotSeen:
        return await self._run(self._operations.find_pickup(account, key, day))

    async def track(self, what: Label | TrackedParcel | str, *, account: str | None = None) -> TrackingReport:
        name, parcel = self._operations.tracked(what, account)
        (job,) = self._operations.track(name, [parcel])
        outcomes = await self._run(job)
        return report_of(outcomes[parcel.number], self._setup.accounts[name])

    async def track_many(
        self, what: Iterable[Label | TrackedParcel | str], *, account: str | None = None
    ) -> dict[str, TrackingReport | TrackingFailure]:
        jobs, failed = self._operations.track_all(what, account)

        async def read(number: int) -> Mapping[str, TrackingReport | TrackingFailure]:
            job = jobs[number]
            try:
                return await self._run(job)
            except (RetoureError, ConfigurationError) as error:
                return unreadable(job, error, self._setup.surroundings.clock())

        batches = await _side_by_side(read, list(range(len(jobs))))
        return {number: outcome for batch in (failed, *batches.values()) for number, outcome in batch.items()}

    async def drop_offs(self, query: DropOffQuery, *, account: str) -> tuple[DropOffPoint, ...]:
        return tuple(await self._run(self._operations.drop_offs(account, query)))


K = TypeVar("K")
V = TypeVar("V")


async def _side_by_side(work: Callable[[K], Awaitable[V]], keys: Sequence[K]) -> dict[K, V]:
    room, turn = asyncio.Semaphore(_AT_A_TIME), asyncio.Lock()

    async def one(key: K) -> tuple[K, V]:
        async with turn:
            await asyncio.sleep(0)  # those that wait for nothing must not hold up other tasks all together
        async with room:
            return key, await work(key)

    # Whatever one of them raises, the others come to their end first: a purchase under way must not lose its client.
    done = await asyncio.gather(*map(one, keys), return_exceptions=True)
    outcomes: dict[K, V] = {}
    for outcome in done:
        if isinstance(outcome, BaseException):
            raise outcome
        outcomes[outcome[0]] = outcome[1]
    return outcomes


async def _in_order(work: Callable[[K], Awaitable[V]], items: Sequence[K]) -> list[V]:
    """The same for things that are no keys."""
    return list((await _side_by_side(lambda place: work(items[place]), range(len(items)))).values())
