"""What makes two purchases the same purchase."""

import hmac
import json
from collections.abc import Sequence
from typing import Any

from retoure.errors import Problem, RequestRejected
from retoure.model.addresses import Address
from retoure.model.labels import CustomsLine, LabelOrder, ReturnRequest
from retoure.model.measures import Parcel
from retoure.model.pickups import PickupOrder


def order_digest(order: LabelOrder | PickupOrder, secret: bytes = b"") -> str:
    """A digest over what makes the order what it is, in hex; equal amounts are equal in whatever unit they were written.

    Account, service, return, addresses, parcel, customs and the carrier's extras count. The ship date does not, since a retry
    tomorrow changes it; nor do formats, consent and notes, which change the paper and not the purchase. The digest outlives the
    personal data that it was made of: books key it with a ``secret`` of their own.
    """
    facts = _label(order) if isinstance(order, LabelOrder) else _pickup(order)
    return hmac.digest(secret, json.dumps(facts, sort_keys=True, default=str).encode(), "sha256").hex()


def _label(order: LabelOrder) -> dict[str, Any]:
    request = order.request
    return {
        "account": order.account,
        "service": order.service,
        "rma": request.rma,
        "from": _address(request.ship_from),
        "to": [order.return_to.name, _address(order.return_to.address)],
        "parcel": _parcel(request.parcel),
        "customs": _customs(request.customs),
        "extras": _extras(request),
    }


def _pickup(order: PickupOrder) -> dict[str, Any]:
    return {
        "account": order.account,
        "at": _address(order.address),
        "window": order.window.model_dump(mode="json"),
        # A number names its parcel, whose measures may be erased by the time the same is asked for again.
        "parcels": [
            [p.tracking_number, p.bulky, _parcel(p.parcel) if p.parcel and not p.tracking_number else None] for p in order.parcels
        ],
    }


def _extras(request: ReturnRequest) -> Any:  # noqa: ANN401 - JSON is anything
    """As they are when the request is read back from the books.

    Raises:
        RequestRejected: they cannot be written as JSON.
    """
    try:
        return json.loads(request.model_dump_json(include={"extras"}))["extras"]
    except (ValueError, TypeError) as error:
        problem = Problem("extras", "no_json", f"they cannot be written as JSON ({type(error).__name__})")
    raise RequestRejected(problems=[problem])


def _address(address: Address) -> dict[str, Any]:
    return address.model_dump(mode="json", exclude={"email", "phone"}, exclude_defaults=True)


def _parcel(parcel: Parcel) -> list[str]:
    sides = [f"{side.millimetres.normalize():f}" for side in parcel.dimensions.sides] if parcel.dimensions else []
    return [f"{parcel.weight.grams.normalize():f}", *sides]


def _customs(lines: Sequence[CustomsLine]) -> list[list[str]]:
    return [
        [
            line.description, str(line.quantity), f"{line.weight.grams.normalize():f}", f"{line.value.amount.normalize():f}",
            line.value.currency, line.country_of_origin or "", line.hs_code,
        ]
        for line in lines
    ]  # fmt: skip
