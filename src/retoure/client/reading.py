"""Reading alone: a driver that takes nothing but looks, for whoever watches thousands of parcels."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from retoure.carrier.plugin import Operation, Quota
from retoure.carrier.wire import HttpRequest, HttpResponse
from retoure.client._async_driver import AsyncDriver, Wire
from retoure.client._driver import Surroundings
from retoure.client._outgoing import credential_id
from retoure.client._run import guarded
from retoure.client.accounts import Accounts
from retoure.client.operations import Operations, Outcomes
from retoure.client.quotas import Ledger
from retoure.errors import RequestRejected
from retoure.model.tracking import TrackedParcel, TrackingFailure, TrackingReport


@dataclass(frozen=True, slots=True)
class Fare:
    """What looking at one parcel of an account uses up.

    Attributes:
        credential: A digest of what the carrier counts calls by: equal credentials of two accounts share their quotas.
        quotas: Those that count the call.
        batch_size: How many numbers one call takes.
        path: The call's, as quotas count it.
    """

    credential: str
    quotas: tuple[Quota, ...]
    batch_size: int
    path: str = "/"


@dataclass(slots=True)
class Answers:
    """What came of looking up some parcels: an outcome for each number, and what went over the wire for it.

    Attributes:
        outcomes: None has one where the answer was ``known``.
        known: The answer that was known, byte for byte.
    """

    outcomes: Outcomes
    exchanges: Sequence[tuple[HttpRequest, HttpResponse]] = field(repr=False)
    known: HttpResponse | None = field(default=None, repr=False)


class Reader:
    """Looks parcels up for named accounts, and can do nothing else.

    Attributes:
        clock, sleep, deadline_s: For whoever plans its calls.
    """

    def __init__(
        self,
        operations: Operations,
        surroundings: Surroundings,
        wire: Wire,
        *,
        sleep: Callable[[float], Awaitable[None]],
        attempts: int,
    ) -> None:
        self._operations = operations
        self._accounts = operations.accounts
        self._driver = AsyncDriver(surroundings, wire, sleep=sleep, attempts=attempts)
        self.clock = surroundings.clock
        self.sleep = sleep
        self.deadline_s = surroundings.deadline_s

    @property
    def accounts(self) -> Accounts:
        """The accounts by name."""
        return self._accounts

    def count_in(self, ledger: Ledger) -> None:
        """Reserve calls in this ledger from now on, instead of in one of its own."""
        self._driver.count_in(ledger)

    async def close(self) -> None:
        """Close the connections; nothing can be read any more."""
        await self._driver.close()

    async def read(self, account: str, parcels: Sequence[TrackedParcel], *, urgent: bool = False, known: str = "") -> Answers:
        """One outcome for each number. Costs a call for each batch, where the carrier's batches are smaller than this.

        Args:
            account: Whose.
            parcels: What to look up.
            urgent: What a quota keeps back may be used.
            known: Of a single parcel, the digest of an answer to the same question that this library has read before: should it
                come again, it is not read again, which is most of the work.

        Raises:
            CarrierError: a call failed, and with it its whole batch; those before it are lost with it.
            ConfigurationError: no such account, or it cannot be built.
        """
        outcomes: dict[str, TrackingReport | TrackingFailure] = {}
        exchanges: list[tuple[HttpRequest, HttpResponse]] = []
        for job in self._operations.track(account, parcels, urgent=urgent, known=known):
            found = await self._driver.run(self._accounts[account], job)
            exchanges += job.exchanged
            if not found:  # every other job has an outcome for each number
                return Answers({}, exchanges, exchanges[-1][1])
            outcomes |= found
        return Answers(outcomes, exchanges)

    def fare(self, account: str, parcel: TrackedParcel) -> Fare:
        """What a look at this parcel would use up. Nothing is sent.

        Raises:
            RequestRejected, Unsupported: the account's carrier cannot look such a number up.
            ConfigurationError: no such account, or it cannot be built.
        """
        where = self._accounts[account]
        (job,) = self._operations.track(account, [parcel])
        batch_size = max(1, self._operations.capability(where, Operation.TRACK).batch_size)
        call = guarded(job)
        try:
            request = next(call)
        except StopIteration as stop:
            outcome = stop.value[parcel.number]
        else:
            path = where.api_path(request.url)
            quotas = tuple(quota for quota in where.quotas if path.startswith(quota.path))
            return Fare(credential_id(request.auth, account), quotas, batch_size, path)
        finally:
            call.close()
        if isinstance(outcome, TrackingReport):  # a carrier that answers without being asked
            return Fare(account, (), batch_size)
        told = outcome.message or "it is none of this carrier's"
        raise RequestRejected(told, account=account, carrier=where.plugin.code, operation=Operation.TRACK)
