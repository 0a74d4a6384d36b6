"""What is to be bought, as the books take it: the job that buys, and the look-up for the case that its answer is lost."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from retoure.carrier.plugin import Candidates, Found, NotSeen, Operation
from retoure.carrier.settings import Billed
from retoure.client._run import Job
from retoure.client.operations import Operations, job_for
from retoure.errors import ConfigurationError, OutcomeUnknown, Unsupported
from retoure.model.labels import Label, LabelOrder
from retoure.model.pickups import Pickup, PickupOrder
from retoure.purchases.buying import OnUnknown, Wish
from retoure.purchases.entries import Seller
from retoure.purchases.reconciliation import recovered_label, recovered_pickup
from retoure.purchases.steps import Departures


def label_wish(
    operations: Operations, order: LabelOrder, *, check: Callable[[], None], on_unknown: OnUnknown, lease_s: float
) -> Wish[Job[Any]]:
    """The wish for a label; ``check`` refuses what has become impossible since it was quoted, unless the key has its label.

    Raises:
        ConfigurationError: a purchase cannot be superseded where an unused label costs, or may cost.
    """
    account = operations.accounts[order.account]
    if on_unknown not in ("report", "supersede"):
        raise ConfigurationError(f"on_unknown is 'report' or 'supersede', not {on_unknown!r}")
    if on_unknown == "supersede" and account.settings.unused_labels_billed is not Billed.NO:
        raise ConfigurationError(
            f"account {order.account!r}: on_unknown='supersede' buys a second label where the first may exist, so it is only for "
            f"accounts whose unused_labels_billed is 'no'; this one's is {account.settings.unused_labels_billed.value!r}"
        )

    def purchase(departures: Departures) -> Job[Label]:
        check()
        return replace(operations.create(order), departures=departures)

    return Wish(
        order=order,
        seller=Seller(account.plugin.code, account.settings.label_source),
        purchase=purchase,
        look_up=partial(_look_up_label, operations, order),
        lease_s=lease_s,
        supersede=on_unknown == "supersede",
    )


def pickup_wish(operations: Operations, order: PickupOrder, *, lease_s: float) -> Wish[Job[Any]]:
    """The wish for a pickup. A lost one is never superseded: a second driver costs."""
    return Wish(
        order=order,
        seller=Seller(operations.accounts[order.account].plugin.code),
        purchase=lambda departures: replace(operations.schedule_pickup(order), departures=departures),
        look_up=partial(_look_up_pickup, operations, order),
        lease_s=lease_s,
    )


def _look_up_label(
    operations: Operations, order: LabelOrder, lost: OutcomeUnknown
) -> Job[Found[Label] | Candidates[Label] | NotSeen] | None:
    where = operations.accounts[order.account]
    try:
        labels = operations.capability(where, Operation.LABEL_FIND)
    except Unsupported:
        return None
    call = recovered_label(labels, order, lost.attempted_at or operations.now())
    personal = order.request.ship_from.personal
    return job_for(where, Operation.LABEL_FIND, call, subject=order.request, personal=personal, key=order.key)


def _look_up_pickup(
    operations: Operations, order: PickupOrder, _lost: OutcomeUnknown
) -> Job[Found[Pickup] | Candidates[Pickup] | NotSeen] | None:
    where, day = operations.accounts[order.account], order.window.day
    try:
        pickups = operations.capability(where, Operation.PICKUP_FIND)
    except Unsupported:
        return None
    if day is None:
        return None  # a carrier lists its pickups by their day
    call, personal = recovered_pickup(pickups, order, day), order.address.personal
    return job_for(where, Operation.PICKUP_FIND, call, subject=order.key, personal=personal, key=order.key)
