"""What each method of a client asks of an account: requests resolved, jobs made. No I/O, so both clients share it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from pydantic import ValidationError

from retoure.carrier.plugin import Candidates, Carrier, Found, NotSeen, Operation
from retoure.carrier.wire import Call, HttpResponse
from retoure.client._run import Job, hand_in
from retoure.client.accounts import Account, Accounts
from retoure.errors import (
    CarrierError,
    ConfigurationError,
    MalformedResponse,
    NotFound,
    Problem,
    RequestRejected,
    RetoureError,
    Unsupported,
)
from retoure.model.addresses import Address, BoundReturnAddress, ReturnAddress
from retoure.model.base import Model
from retoure.model.dropoffs import DropOffPoint, DropOffQuery
from retoure.model.labels import (
    Adopted,
    ChargeEvent,
    Formats,
    Label,
    LabelDocument,
    LabelOrder,
    LabelSource,
    ReturnRequest,
    VoidResult,
)
from retoure.model.pickups import CancelResult, Pickup, PickupOrder, PickupParcel, PickupWindow
from retoure.model.quotes import Quote
from retoure.model.tracking import ReadFailure, TrackedParcel, TrackingFailure, TrackingReport
from retoure.purchases.reconciliation import with_order

T = TypeVar("T")
M = TypeVar("M", bound=Model)
Outcomes = Mapping[str, TrackingReport | TrackingFailure]


def personal_of(customer: Address) -> frozenset[str]:
    """What redaction masks beside credentials: the customer's data. The merchant's own address is no secret to the merchant."""
    return customer.personal


def job_for(
    account: Account,
    operation: Operation,
    call: Call[T],
    *,
    subject: object,
    personal: Iterable[str] = (),
    key: str = "",
    urgent: bool = False,
) -> Job[T]:
    """A job of an account, with a redactor of its own."""
    return Job(
        account=account.name,
        carrier=account.plugin.code,
        operation=operation,
        call=call,
        redactor=account.redactor.also(personal),
        subject=subject,
        key=key,
        urgent=urgent,
    )


def valid(model: type[M], where: Account, operation: Operation, fields: Mapping[str, object]) -> M:
    """A model of what the user gave to a method; what is wrong with it is a refusal that names the fields."""
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        problems = [Problem(".".join(map(str, fault["loc"])), fault["type"], fault["msg"]) for fault in error.errors()]
    raise RequestRejected(problems=problems, account=where.name, carrier=where.plugin.code, operation=operation)


class Operations:
    """Turns a user's wishes into jobs of named accounts."""

    def __init__(self, accounts: Accounts, return_addresses: Mapping[str, ReturnAddress], clock: Callable[[], datetime]) -> None:
        self.accounts = accounts
        self._return_addresses = dict(return_addresses)
        self._clock = clock

    def now(self) -> datetime:
        """The client's time."""
        return self._clock()

    def capability(self, account: Account, operation: Operation) -> Any:  # noqa: ANN401 - one of Carrier's protocols
        """What an account does an operation with; raises ``Unsupported`` where it does not."""
        account.require(operation)
        carrier: Carrier = account.carrier
        name = operation.partition(".")[0]
        capability = getattr(carrier, name)
        if capability is None:
            raise Unsupported(
                f"account {account.name!r} has no {name.replace('_', ' ')}: {account.plugin.code} built it without",
                account=account.name, carrier=account.plugin.code, operation=operation,
            )  # fmt: skip
        return capability

    def market(self, return_to: str) -> str | None:
        """The country of a return address of the book, or None where there is none of that name."""
        entry = self._return_addresses.get(return_to)
        return entry.address.country if entry else None

    def bind(self, account: str, return_to: str, operation: Operation) -> BoundReturnAddress:
        """A return address of the book, bound for one account."""
        entry = self._return_addresses.get(return_to)
        if entry is None:
            known = ", ".join(sorted(self._return_addresses)) or "none: give the client return_addresses="
            raise RequestRejected(
                problems=[Problem("return_to", "unknown", f"no return address {return_to!r} in the book; there are: {known}")],
                account=account,
                carrier=self.accounts[account].plugin.code,
                operation=operation,
            )
        return BoundReturnAddress(name=return_to, address=entry.address, binding=entry.bindings.get(account, {}))

    def order(
        self, what: Quote | ReturnRequest | LabelOrder, *, key: str, account: str | None, service: str | None, formats: Formats
    ) -> LabelOrder:
        """Resolve what is to be bought for one account.

        Raises:
            ConfigurationError: no account was named.
            RequestRejected: the return address is unknown.
        """
        request = what if isinstance(what, ReturnRequest) else what.request
        name = account or (None if isinstance(what, ReturnRequest) else what.account)
        if name is None:
            raise ConfigurationError("name the account to buy from: buy(request, account=..., key=...)")
        if isinstance(what, Quote) and account not in (None, what.account):
            raise ConfigurationError(f"the quote is account {what.account!r}'s, it cannot be bought from {account!r}")
        chosen = service if service is not None else ("" if isinstance(what, ReturnRequest) else what.service)
        fields = {
            "account": name,
            "request": request,
            "return_to": self.bind(name, request.return_to, Operation.LABEL_CREATE),
            "key": key,
            "service": chosen,
            "formats": formats if formats.wanted or not isinstance(what, LabelOrder) else what.formats,
        }
        return valid(LabelOrder, self.accounts[name], Operation.LABEL_CREATE, fields)

    def refuse_expired(self, what: Quote | ReturnRequest | LabelOrder) -> None:
        """Refuse to buy by a quote that has expired."""
        if isinstance(what, Quote) and what.valid_until is not None and self._clock() >= what.valid_until:
            raise RequestRejected(
                problems=[Problem("valid_until", "expired", f"expired at {what.valid_until:%Y-%m-%d %H:%M %z}: quote again")],
                account=what.account, carrier=what.carrier, operation=Operation.LABEL_CREATE,
            )  # fmt: skip

    def check(self, order: LabelOrder) -> Job[Sequence[Problem]]:
        """Ask for every problem of an order."""
        account = self.accounts[order.account]
        labels = self.capability(account, Operation.LABEL_CHECK)
        return self._label_job(account, Operation.LABEL_CHECK, labels.check(order), order)

    def create(self, order: LabelOrder) -> Job[Label]:
        """Buy a label."""
        account = self.accounts[order.account]
        labels = self.capability(account, Operation.LABEL_CREATE)
        return self._label_job(account, Operation.LABEL_CREATE, _kept(labels.create(order), order), order, key=order.key)

    def _label_job(self, account: Account, operation: Operation, call: Call[T], order: LabelOrder, *, key: str = "") -> Job[T]:
        personal = personal_of(order.request.ship_from)
        return job_for(account, operation, call, subject=order.request, personal=personal, key=key)

    def documents(self, label: Label, formats: Formats) -> Job[Sequence[LabelDocument]]:
        """Fetch a label's documents again."""
        account = self.accounts[label.account]
        labels = self.capability(account, Operation.LABEL_DOCUMENTS)
        return self._on_label(account, Operation.LABEL_DOCUMENTS, labels.documents(label.reference, formats), label)

    def void(self, label: Label) -> Job[VoidResult]:
        """Void a label."""
        account = self.accounts[label.account]
        labels = self.capability(account, Operation.LABEL_VOID)
        return self._on_label(account, Operation.LABEL_VOID, labels.void(label.reference), label)

    def _on_label(self, account: Account, operation: Operation, call: Call[T], label: Label) -> Job[T]:
        personal = personal_of(label.order.request.ship_from) if label.order else frozenset()
        return job_for(account, operation, call, subject=label.reference, personal=personal)

    def find_label(self, account: str, key: str, attempted_at: datetime) -> Job[Found[Label] | Candidates[Label] | NotSeen]:
        """Look for a label by its key."""
        where = self.accounts[account]
        labels = self.capability(where, Operation.LABEL_FIND)
        return job_for(where, Operation.LABEL_FIND, labels.find(key, attempted_at), subject=key)

    def adopt(
        self,
        *,
        account: str,
        tracking_number: str,
        issued_at: datetime,
        rma: str,
        return_to: str | None,
        label_source: LabelSource | str | None,
        enclosed: bool,
    ) -> Label:
        """A label bought elsewhere, as this library's."""
        where = self.accounts[account]
        valid(Adopted, where, Operation.TRACK, {"tracking_number": tracking_number, "rma": rma})
        source = LabelSource(label_source) if label_source is not None else where.settings.label_source
        fields = {
            "account": account,
            "carrier": where.plugin.code,
            "tracking_number": tracking_number,
            "issued_at": issued_at,
            "rma": rma,
            "return_to": self.bind(account, return_to, Operation.TRACK) if return_to else None,
            "label_source": source,
            "charge_event": ChargeEvent.UNKNOWN,
            "enclosed": enclosed,
        }
        return valid(Label, where, Operation.TRACK, fields)

    def pickup_order(
        self,
        what: Label | PickupOrder,
        window: PickupWindow | None,
        *,
        key: str,
        account: str | None,
        address: Address | None,
        note: str,
    ) -> PickupOrder:
        """Resolve what is to be fetched, where and when."""
        if isinstance(what, PickupOrder):
            name = account or what.account
            changes = {**dict(what), "key": key, "account": name, "window": window or what.window}
            return valid(PickupOrder, self.accounts[name], Operation.PICKUP_SCHEDULE, changes)
        if window is None:
            raise ConfigurationError("name the window: schedule_pickup(label, PickupWindow(day=...), key=...)")
        request = what.order.request if what.order else None
        place = address or (request.ship_from if request else None)
        if place is None:
            raise ConfigurationError("an adopted label has no customer address: give address= to schedule_pickup")
        name = account or what.account
        fields = {
            "account": name,
            "key": key,
            "address": place,
            "window": window,
            "parcels": (
                PickupParcel(
                    parcel=request.parcel if request else None,
                    tracking_number=what.tracking_number,
                    service=what.service,
                    country=what.return_to.address.country if what.return_to else None,
                    issued_at=what.issued_at,
                    rma=what.rma,
                ),
            ),
            "contact_consent": request.contact_consent if request else False,
            "note": note,
        }
        return valid(PickupOrder, self.accounts[name], Operation.PICKUP_SCHEDULE, fields)

    def schedule_pickup(self, order: PickupOrder) -> Job[Pickup]:
        """Book a pickup."""
        account = self.accounts[order.account]
        pickups = self.capability(account, Operation.PICKUP_SCHEDULE)
        call = pickups.schedule(order)
        return job_for(
            account, Operation.PICKUP_SCHEDULE, call, subject=order, personal=personal_of(order.address), key=order.key
        )

    def reschedule_pickup(self, pickup: Pickup, window: PickupWindow) -> Job[Pickup]:
        """Move a pickup."""
        account = self.accounts[pickup.account]
        pickups = self.capability(account, Operation.PICKUP_RESCHEDULE)
        call = pickups.reschedule(pickup.reference, window)
        personal = personal_of(pickup.order.address) if pickup.order else frozenset()
        return job_for(account, Operation.PICKUP_RESCHEDULE, call, subject=pickup.reference, personal=personal, key=pickup.key)

    def cancel_pickup(self, pickup: Pickup) -> Job[CancelResult]:
        """Cancel a pickup."""
        account = self.accounts[pickup.account]
        pickups = self.capability(account, Operation.PICKUP_CANCEL)
        return job_for(account, Operation.PICKUP_CANCEL, pickups.cancel(pickup.reference), subject=pickup.reference)

    def find_pickup(self, account: str, key: str, day: date) -> Job[Found[Pickup] | Candidates[Pickup] | NotSeen]:
        """Look for a pickup by its key."""
        where = self.accounts[account]
        pickups = self.capability(where, Operation.PICKUP_FIND)
        return job_for(where, Operation.PICKUP_FIND, pickups.find(key, day), subject=key)

    def tracked(self, what: Label | TrackedParcel | str, account: str | None) -> tuple[str, TrackedParcel]:
        """The account to ask and the parcel to ask for."""
        if isinstance(what, Label):
            place = what.return_to.address if what.return_to else None
            parcel = TrackedParcel(
                number=what.tracking_number,
                issued_at=what.issued_at,
                postal_code=place.postal_code if place else "",
                country=place.country if place else None,
            )
            return account or what.account, parcel
        if account is None:
            raise ConfigurationError("name the account to track with: track(number, account=...)")
        if isinstance(what, TrackedParcel):
            return account, what
        return account, valid(TrackedParcel, self.accounts[account], Operation.TRACK, {"number": what})

    def track(
        self, account: str, parcels: Sequence[TrackedParcel], *, urgent: bool = False, known: str = ""
    ) -> list[Job[Outcomes]]:
        """Ask for parcels in batches as large as the carrier takes; a number that stands twice is asked for once.

        A job whose carrier answers what is ``known``, the digest of an answer, ends without any outcome: it is not read again.
        """
        where = self.accounts[account]
        tracking = self.capability(where, Operation.TRACK)
        unique = list({parcel.number: parcel for parcel in parcels}.values())
        size = max(1, tracking.batch_size)
        jobs = []
        for start in range(0, len(unique), size):
            batch = unique[start : start + size]
            call = _complete(tracking.track(batch), batch, where.plugin.code)
            call = _unless_known(call, known) if known else call
            jobs.append(job_for(where, Operation.TRACK, call, subject=tuple(batch), urgent=urgent))
        return jobs

    def track_all(self, what: Iterable[Label | TrackedParcel | str], account: str | None) -> tuple[list[Job[Outcomes]], Outcomes]:
        """Batches for every account, and the failures of those that cannot be asked at all."""
        by_account: dict[str, list[TrackedParcel]] = {}
        for one in what:
            name, parcel = self.tracked(one, account)
            by_account.setdefault(name, []).append(parcel)
        jobs: list[Job[Outcomes]] = []
        failed: dict[str, TrackingReport | TrackingFailure] = {}
        for name, parcels in by_account.items():
            try:
                jobs += self.track(name, parcels)
            except (RetoureError, ConfigurationError) as error:
                if len(by_account) == 1:
                    raise
                failed.update(_failures(parcels, "", error, self._clock()))
        return jobs, failed

    def drop_offs(self, account: str, query: DropOffQuery) -> Job[Sequence[DropOffPoint]]:
        """Look for places that take returns."""
        where = self.accounts[account]
        drop_offs = self.capability(where, Operation.DROP_OFFS)
        personal = filter(None, [query.street])
        return job_for(where, Operation.DROP_OFFS, drop_offs.near(query), subject=query, personal=personal)


def _kept(call: Call[Label], order: LabelOrder) -> Call[Label]:
    """The label with what the order knows and the carrier does not say."""
    label = yield from call
    return with_order(label, order)


def _complete(call: Call[Outcomes], batch: Sequence[TrackedParcel], carrier: str) -> Call[Outcomes]:
    """One outcome per number: an adapter that forgets one is told so, not believed."""
    outcomes = yield from call
    missing = [parcel.number for parcel in batch if parcel.number not in outcomes]
    if missing:
        raise MalformedResponse(f"{carrier} gave no outcome for {len(missing)} of {len(batch)} numbers")
    return outcomes


def _unless_known(call: Call[Outcomes], known: str) -> Call[Outcomes]:
    """The outcomes; none where the carrier answers byte for byte what is known."""
    try:
        request = next(call)
        while True:
            answer: HttpResponse | CarrierError
            try:
                answer = yield request
            except CarrierError as error:
                answer = error
            if isinstance(answer, HttpResponse) and answer.ok and answer.digest == known:
                return {}
            request = hand_in(call, answer)
    except StopIteration as stop:
        outcomes: Outcomes = stop.value
        return outcomes
    finally:
        call.close()


def report_of(outcome: TrackingReport | TrackingFailure, account: Account) -> TrackingReport:
    """The report, or the failure as the error it is."""
    if isinstance(outcome, TrackingReport):
        return outcome
    kind = NotFound if outcome.reason is ReadFailure.NOT_FOUND else MalformedResponse
    raise kind(
        outcome.message or f"no history under this number ({outcome.reason})",
        carrier_code=outcome.carrier_code,
        account=account.name,
        carrier=account.plugin.code,
        operation=Operation.TRACK,
    )


def unreadable(job: Job[Outcomes], error: Exception, read_at: datetime) -> Outcomes:
    """The outcomes of a batch whose call failed: one failure per number, so that other batches stand."""
    batch: Sequence[TrackedParcel] = job.subject if isinstance(job.subject, tuple) else ()
    return _failures(batch, job.carrier, error, read_at)


def _failures(
    batch: Iterable[TrackedParcel], carrier: str, error: Exception, read_at: datetime
) -> dict[str, TrackingReport | TrackingFailure]:
    return {
        parcel.number: TrackingFailure(
            number=parcel.number, carrier=carrier, reason=ReadFailure.FAILED, read_at=read_at, message=str(error)
        )
        for parcel in batch
    }
