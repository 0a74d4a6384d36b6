"""What DPD fetches: parcels that have labels (a pickup), or one that DPD labels by itself (a collection request).

Fields and lengths: description of META-API 2.30.48, schemas pickupscheduling.PickupSchedule and colreq.Collection (version 1).
Hours are written HHMM by reports.
"""

from collections.abc import Iterator
from datetime import time
from typing import Any

from retoure.carrier import CarrierContext, Limit, check_text, day_in, filled
from retoure.errors import Problem
from retoure.model import Address, PickupOrder, PickupParcel
from retoure_dpd_common.parcels import COLLECTED, check_parcel, grams
from retoure_dpd_meta.orders import weight_text
from retoure_dpd_meta.parties import contact, customer_infos, party_problems, place
from retoure_dpd_meta.settings import DpdMetaSettings

_NOTE = Limit("note", 100)


def is_collection_request(order: PickupOrder) -> bool:
    """Whether DPD is to label the parcel itself: no parcel of the order has a number."""
    return not any(parcel.tracking_number for parcel in order.parcels)


def find_pickup_problems(order: PickupOrder, settings: DpdMetaSettings, context: CarrierContext) -> tuple[Problem, ...]:
    """Everything that would stop this booking, by the user's own field names."""
    return tuple(_problems(order, settings, context))


def _problems(order: PickupOrder, settings: DpdMetaSettings, context: CarrierContext) -> Iterator[Problem]:
    yield from party_problems("address", order.address, reachable=order.contact_consent)
    yield from check_text("note", order.note, _NOTE)
    yield from _window_problems(order, context)
    for index, parcel in enumerate(order.parcels):
        field = f"parcels[{index}]"
        if parcel.bulky:
            yield Problem(f"{field}.bulky", "not_offered", "the META-API takes no word about bulky parcels: say it in the note")
        if parcel.parcel:
            yield from check_parcel(f"{field}.parcel", parcel.parcel, COLLECTED)
    if is_collection_request(order):
        yield from _collection_problems(order, settings)
    elif missing := [index for index, parcel in enumerate(order.parcels) if not parcel.tracking_number]:
        text = "DPD fetches parcels with labels, or one that it labels itself: name the number of each, or of none"
        yield Problem(f"parcels[{missing[0]}].tracking_number", "missing", text)


def _window_problems(order: PickupOrder, context: CarrierContext) -> Iterator[Problem]:
    window = order.window
    if window.day is None:
        yield Problem("window.day", "missing", "DPD comes on a day that is named")
    elif window.day < day_in(context.clock(), context.zone):
        yield Problem("window.day", "in_the_past", f"{window.day} has passed")
    for name in ("earliest", "latest"):
        at = getattr(window, name)
        if at and (at.second or at.microsecond):
            yield Problem(f"window.{name}", "wrong_form", "DPD takes whole minutes")


def _collection_problems(order: PickupOrder, settings: DpdMetaSettings) -> Iterator[Problem]:
    receiver = settings.collection_receiver
    if receiver is None:
        text = (
            "a parcel without a number is labelled by DPD, which must know where it goes: set the account's collection_receiver, "
            "or buy a label first and name its number"
        )
        yield Problem("collection_receiver", "missing", text)
    else:
        yield from party_problems("collection_receiver", receiver, reachable=True)
    if len(order.parcels) > 1:
        yield Problem("parcels", "too_many", "a collection request is for one parcel: make one for each")
    elif order.parcels[0].parcel is None:
        yield Problem("parcels[0].parcel", "missing", "a collection request needs the parcel's weight")


def _hour(at: time | None) -> str:
    return f"{at:%H%M}" if at else ""


def _day(order: PickupOrder) -> dict[str, str]:
    window = order.window
    day = window.day.isoformat() if window.day else ""
    return filled(date=day, fromTime=_hour(window.earliest), toTime=_hour(window.latest))


def pickup(order: PickupOrder, settings: DpdMetaSettings) -> dict[str, Any]:
    """A pickup of labelled parcels; it has been found without problems."""
    weights = [grams(one.parcel.weight) for one in order.parcels if one.parcel]
    known = len(weights) == len(order.parcels)
    return filled(
        customerInfos=customer_infos(settings),
        parcelNumbers=[parcel.tracking_number for parcel in order.parcels],
        pickup=_day(order),
        numberOfParcels=len(order.parcels),
        pickupAddress=place(order.address),
        pickupContact=contact(order.address, reachable=order.contact_consent),
        pickupWeight=f"{sum(weights):f}" if known else "",
        parcelMaxWeight=f"{max(weights):f}" if known else "",
        comment=order.note,
        references=[order.key],
        sendingDepot=settings.sending_depot,
    )


def collection(order: PickupOrder, receiver: Address, settings: DpdMetaSettings) -> dict[str, Any]:
    """A collection request; it has been found without problems."""
    (one,) = order.parcels
    return {
        "customerReferenceNumbers": [order.key],
        "collectionPoint": filled(
            address=place(order.address),
            contact=contact(order.address, reachable=order.contact_consent),
            comment=order.note,
        ),
        "customer": {"customerInfos": customer_infos(settings)},
        "receiver": {"address": place(receiver), "contact": contact(receiver, reachable=True)},
        "parcel": _labelled_by_dpd(one, order.key, settings),
        "pickup": _day(order),
    }


def _labelled_by_dpd(one: PickupParcel, key: str, settings: DpdMetaSettings) -> dict[str, Any]:
    contents = one.parcel.contents.strip() if one.parcel else ""
    return {
        "parcelInfos": filled(weight=weight_text(one.parcel) if one.parcel else ""),
        "senderParcelRefs": [key],
        "parcelContent": contents or settings.contents,
    }
