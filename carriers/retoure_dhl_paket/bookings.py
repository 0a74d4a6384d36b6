"""What DHL's Pickup API takes: the rules that can be checked before the call, and the order in its words.

Lengths: description of Parcel DE Pickup 3.0.0 (schemas PickupAddress, PickupDetails, Shipment, ContactPerson).
"""

from collections.abc import Iterator
from datetime import time
from decimal import Decimal
from math import ceil
from typing import Any

from retoure.carrier import AddressLimits, Limit, check_text, filled
from retoure.errors import Problem
from retoure.model import Address, PickupOrder, PickupParcel, PickupWindow
from retoure_dhl_paket.settings import DhlPaketSettings
from retoure_dhl_paket.wire import NO_HOUSE_NUMBER

_ADDRESS = AddressLimits(
    Limit("name", 50, 1), Limit("street", 70, 1), Limit("house_number", 10, 1, NO_HOUSE_NUMBER), Limit("postal_code", 7, 1),
    Limit("city", 35, 1), Limit("state", 35),
)  # fmt: skip
_COMPANY, _CONTACT = Limit("company", 50), AddressLimits(Limit("phone", 50), Limit("email", 250))
_NOTE, _BULKY = Limit("note", 100), Limit("bulky", 50)
_NO_CONTRACT = (
    "without the account setting pickup_billing_number (procedure 08) DHL wants a size class for every parcel: "
    "set pickup_billing_number, or pickup_size to S, M or L"
)


def find_pickup_problems(order: PickupOrder, settings: DhlPaketSettings) -> tuple[Problem, ...]:
    """Everything that would stop this pickup, by the user's own field names."""
    return tuple(_problems(order, settings))


def _problems(order: PickupOrder, settings: DhlPaketSettings) -> Iterator[Problem]:
    if settings.pickup_billing_number is None and settings.pickup_size is None:
        yield Problem("pickup_billing_number", "missing", _NO_CONTRACT)
    address = order.address
    yield from _ADDRESS.check("address", address)
    yield from check_text("address.company", _second_name(address), _COMPANY)
    if order.contact_consent:
        yield from _CONTACT.check("address", address)
    yield from check_text("note", order.note, _NOTE)
    for name in ("earliest", "latest"):
        at: time | None = getattr(order.window, name)
        if at and (at.second or at.microsecond):
            yield Problem(f"window.{name}", "wrong_form", "DHL takes whole minutes")
    for index, parcel in enumerate(order.parcels):
        yield from check_text(f"parcels[{index}].bulky", parcel.bulky, _BULKY)


def _second_name(address: Address) -> str:
    """DHL's second line of the name: it has no other place for what the address adds."""
    return ", ".join(filter(None, (address.company, address.addition)))


def pickup_order(order: PickupOrder, settings: DhlPaketSettings, reference: str) -> dict[str, Any]:
    """The order as DHL wants it; ``reference`` goes on every parcel, so that the order can be found again."""
    number = settings.pickup_billing_number
    return filled(
        customerDetails={"billingNumber": number} if number else None,
        pickupLocation={"type": "Address", "pickupAddress": _address(order.address)},
        businessHours=_hours(order.window),
        contactPerson=_contact(order),
        pickupDetails=filled(
            pickupDate={"type": "Date", "value": order.window.day.isoformat()} if order.window.day else {"type": "ASAP"},
            totalWeight=_total_weight(order),
            comment=order.note,
        ),
        shipmentDetails={"shipments": [_shipment(parcel, settings, reference) for parcel in order.parcels]},
    )


def _address(address: Address) -> dict[str, Any]:
    return filled(
        name1=address.name, name2=_second_name(address), addressStreet=address.street, addressHouse=address.house_number,
        postalCode=address.postal_code, city=address.city, country=address.country, state=address.state,
    )  # fmt: skip


def _hours(window: PickupWindow) -> list[dict[str, Any]] | None:
    frame = filled(
        timeFrom=f"{window.earliest:%H:%M}" if window.earliest else None,
        timeUntil=f"{window.latest:%H:%M}" if window.latest else None,
    )
    return [frame] if frame else None


def _contact(order: PickupOrder) -> list[dict[str, Any]] | None:
    if not order.contact_consent:
        return None
    reach = filled(phone=order.address.phone, email=order.address.email)
    return [{"name": order.address.name, **reach}] if reach else None


def _total_weight(order: PickupOrder) -> dict[str, Any] | None:
    weights = [parcel.parcel.weight.grams for parcel in order.parcels if parcel.parcel]
    if len(weights) < len(order.parcels):
        return None  # a total of some of the parcels would be a wrong total
    return {"uom": "g", "value": ceil(sum(weights, Decimal(0)))}


def _shipment(parcel: PickupParcel, settings: DhlPaketSettings, reference: str) -> dict[str, Any]:
    return filled(
        transportationType="SPERRGUT" if parcel.bulky else "PAKET",
        size=None if settings.pickup_billing_number else settings.pickup_size,
        shipmentNo=parcel.tracking_number,
        customerReference=reference,
        pickupServices={"bulkyGood": {"comment": parcel.bulky}} if parcel.bulky else None,
    )
