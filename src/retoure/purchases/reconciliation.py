"""What happens after the answer to a purchase was lost: one look-up by its key, and never a second purchase."""

from datetime import date, datetime
from typing import Any

from retoure.carrier.plugin import Candidates, Found, Labels, NotSeen, Pickups
from retoure.carrier.wire import Call
from retoure.errors import CarrierError, OutcomeUnknown, Unsupported
from retoure.model.labels import Formats, Label, LabelOrder
from retoure.model.pickups import Pickup, PickupOrder, PickupState, PickupWindow
from retoure.purchases.entries import number_of

_OVER = frozenset({PickupState.CANCELLED, PickupState.REJECTED})
_KEY_IS_RMA = (
    "the key is the return's own number, which every label of that return may carry, so that this may be another one: give each "
    "purchase a key of its own, like RMA-1/1"
)
FOUND = "the answer to the purchase was lost; it was looked up by its key and found"


def with_order(label: Label, order: LabelOrder) -> Label:
    """The label with what the order knows and the carrier does not say."""
    return label.model_copy(
        update={
            "order": order,
            "return_to": label.return_to or order.return_to,
            "rma": label.rma or order.request.rma,
            "key": order.key,
            "service": label.service or order.service,
        }
    )


def recovered_label(
    labels: Labels, order: LabelOrder, attempted_at: datetime
) -> Call[Found[Label] | Candidates[Label] | NotSeen]:
    """Look up what an order bought, and fetch the documents that it wanted and that the look-up does not bring.

    A document that does not come is a notice: the label is bought all the same. What is found under the return's own number is
    for a person to decide: carriers may be told both references, and an earlier label of that return would answer to it, too.
    """
    found = yield from labels.find(order.key, attempted_at)
    if not isinstance(found, Found):
        return found
    if order.key == order.request.rma:
        return Candidates((found.value,), _KEY_IS_RMA)
    label, there = with_order(found.value, order), found.value.label_formats
    missing = Formats(need=order.formats.need - there, prefer=order.formats.prefer - there)
    if there and not missing.need:
        return Found(label)
    try:
        documents = yield from labels.documents(label.reference, missing)
    except CarrierError as error:
        again = "" if isinstance(error, Unsupported) else ": ask for them again"
        notice = f"its documents did not come ({error.message}){again}"
        return Found(label.model_copy(update={"notices": (*label.notices, notice)}))
    return Found(label.model_copy(update={"documents": (*label.documents, *documents)}))


def recovered_pickup(pickups: Pickups, order: PickupOrder, day: date) -> Call[Found[Pickup] | Candidates[Pickup] | NotSeen]:
    """Look up what an order booked; one that is cancelled by now is not taken for it. It may have been moved to another day."""
    found = yield from pickups.find(order.key, day)
    if not isinstance(found, Found):
        return found
    if found.value.state in _OVER:
        return Candidates((found.value,))
    moved_to = found.value.day if found.value.day != order.window.day else None
    window = PickupWindow(day=moved_to) if moved_to else order.window
    order = order.model_copy(update={"window": window})
    return Found(found.value.model_copy(update={"order": order, "requested": window, "key": order.key}))


def still_unknown(lost: OutcomeUnknown, found: Candidates[Any] | NotSeen | None, failed: Exception | None) -> OutcomeUnknown:
    """The error of a lost purchase, with what the look-up said: its candidates, or why it failed as the context."""
    match found:
        case Candidates(values=values, reason=reason):
            lost.candidates = values
            said = f"the look-up names {len(values)} that it may be: {', '.join(map(number_of, values)) or 'none by number'}"
            said += f" ({reason})" if reason else ""
        case NotSeen(reason=reason):
            said = f"the look-up does not see it ({reason})"
        case _:
            said = f"the look-up failed, too ({type(failed).__name__}: {failed})"
    lost.message = f"{lost.message}; {said}"
    lost.__context__ = failed
    return lost
