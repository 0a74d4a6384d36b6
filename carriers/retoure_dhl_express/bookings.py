"""What a DHL courier is sent for: the rules that can be checked before the call, and the order in MyDHL API's words.

Lengths: description of MyDHL API 3.3.1, schemas PickupRequest and UpdatePickupRequest. That a pickup is booked no sooner than
half an hour after its label is the rule of Amazon's page on international returns; the account may say otherwise.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from retoure.carrier import CarrierContext, Limit, check_text, crosses_customs, filled
from retoure.errors import Problem
from retoure.model import Address, PickupOrder, PickupParcel, PickupWindow, Place
from retoure_dhl_express.lanes import SOONEST, handed_in, package, product_of
from retoure_dhl_express.parties import party, party_problems
from retoure_dhl_express.settings import DhlExpressSettings, zone_of
from retoure_dhl_express.wire import dhl_time

_NOTE = Limit("note", 80)
_SERVICE = re.compile(r"[0-9A-Z]{1,6}(/[0-9A-Z]{1,3})?")
_NO_ZONE = (
    "{country} has several time zones, and a pickup's hours are local: name the customer's in the account's zones, like "
    '{{"{country}": "<IANA zone>"}}'
)


def find_pickup_problems(
    order: PickupOrder, window: PickupWindow, settings: DhlExpressSettings, context: CarrierContext
) -> tuple[Problem, ...]:
    """Everything that would stop this pickup in this window, by the user's own field names."""
    return tuple(_problems(order, window, settings, context))


def _problems(
    order: PickupOrder, window: PickupWindow, settings: DhlExpressSettings, context: CarrierContext
) -> Iterator[Problem]:
    yield from party_problems("address", order.address, settings, reachable=order.contact_consent)
    yield from check_text("note", order.note, _NOTE)
    yield from _window_problems(order, window, settings, context)
    now, wait = context.clock(), timedelta(minutes=settings.pickup_wait_minutes)
    for index, parcel in enumerate(order.parcels):
        field = f"parcels[{index}]"
        if parcel.bulky:
            text = "DHL Express takes no word about bulky parcels: give the dimensions, and say more in the note"
            yield Problem(f"{field}.bulky", "not_offered", text)
        if parcel.parcel is None:
            yield Problem(f"{field}.parcel", "missing", "DHL Express needs the weight of every parcel")
        if parcel.service and not _SERVICE.fullmatch(parcel.service):
            yield Problem(f"{field}.service", "unknown_service", f"DHL Express knows no product {parcel.service!r}")
        if parcel.issued_at and now < parcel.issued_at + wait:
            from_ = (parcel.issued_at + wait).isoformat(timespec="minutes")
            text = f"a pickup is booked no sooner than {settings.pickup_wait_minutes} minutes after its label: from {from_} on"
            yield Problem(f"{field}.issued_at", "too_early", text)


def _window_problems(
    order: PickupOrder, window: PickupWindow, settings: DhlExpressSettings, context: CarrierContext
) -> Iterator[Problem]:
    for name in ("earliest", "latest"):
        at = getattr(window, name)
        if at and (at.second or at.microsecond):
            yield Problem(f"window.{name}", "wrong_form", "DHL takes whole minutes")
    country = order.address.country
    if zone_of(country, context.clock().replace(tzinfo=None), settings) is None:
        yield Problem(f"zones.{country}", "several_zones", _NO_ZONE.format(country=country))
        return
    try:
        ready = ready_time(order, window, settings, context)
    except ValueError as error:
        yield Problem("window.day", "out_of_range", str(error))
        return
    if window.latest and ready.time() >= window.latest:
        yield Problem("window.latest", "too_early", f"the parcel is ready at {ready:%H:%M}, when the window is over")


def ready_time(order: PickupOrder, window: PickupWindow, settings: DhlExpressSettings, context: CarrierContext) -> datetime:
    """From when on the parcel can be fetched, local time: in half an hour at the soonest, which is also what no day means.

    Raises:
        ValueError: the day has passed or is more than 10 days ahead.
        LookupError: the country's zone is not known.
    """
    now = context.clock()
    zone = zone_of(order.address.country, now.replace(tzinfo=None), settings)
    if zone is None:
        raise LookupError("several zones")
    soonest = (now + SOONEST).astimezone(zone)
    earliest = window.earliest or settings.pickup_ready
    if window.day is not None:
        return handed_in(window.day, earliest, zone, now)
    late = window.latest is not None and soonest.time() >= window.latest
    return handed_in(soonest.date() + timedelta(days=1) if late else soonest.date(), earliest, zone, now)


def pickup_order(
    order: PickupOrder, window: PickupWindow, settings: DhlExpressSettings, context: CarrierContext
) -> dict[str, Any]:
    """The pickup as DHL wants it; it has been found without problems."""
    return filled(
        plannedPickupDateAndTime=dhl_time(ready_time(order, window, settings, context)),
        closeTime=f"{window.latest:%H:%M}" if window.latest else "",
        accounts=settings.accounts,
        specialInstructions=[{"value": order.note}] if order.note else None,
        remark=order.key,
        customerDetails={"shipperDetails": party(order.address, settings, reachable=order.contact_consent)},
        shipmentDetails=[_shipment(parcel, order.address, settings) for parcel in order.parcels],
    )


def _shipment(parcel: PickupParcel, origin: Address, settings: DhlExpressSettings) -> dict[str, Any]:
    # Without a destination the parcel is taken for one that stays: the courier comes all the same.
    destination = parcel.country or origin.country
    declarable = parcel.country is not None and crosses_customs(origin, Place(country=parcel.country))
    product, local = product_of(parcel.service, origin.country, destination, settings, declarable=declarable)
    return {
        **filled(productCode=product, localProductCode=local, shipmentTrackingNumber=parcel.tracking_number),
        "isCustomsDeclarable": declarable,
        "unitOfMeasurement": "metric",
        "packages": [package(parcel.parcel)] if parcel.parcel else [],
    }
