"""DPD's tracking push (Germany): a GET to an address of the merchant's, once for every status of a parcel.

https://esolutions.dpd.com - it comes from one fixed address, about 15 minutes late, is repeated for 48 hours until it is
acknowledged, and may come twice or before its predecessor. A push is a hint: what it tells is confirmed by a read. Times are
German local time.
"""

from collections.abc import Mapping
from datetime import MAXYEAR, MINYEAR, datetime
from typing import TypeAlias
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from retoure.carrier import aware
from retoure.errors import MalformedResponse
from retoure.model import NOWHERE, Custody, Kind, Place, Precision, PushMessage, TrackingEvent, ZoneSource

Reading: TypeAlias = tuple[Kind, Custody]

STATUSES: Mapping[str, Reading] = {
    "start_order": (Kind.DATA_RECEIVED, Custody.NONE),
    "error_pickup": (Kind.PICKUP_FAILED, Custody.NONE),
    "pickup_driver": (Kind.PICKED_UP, Custody.PHYSICAL),
    "pickup_depot": (Kind.ORIGIN_SCAN, Custody.PHYSICAL),
    "delivery_depot": (Kind.HUB_SCAN, Custody.PHYSICAL),
    "delivery_carload": (Kind.OUT_FOR_DELIVERY, Custody.PHYSICAL),
    "delivery_nab": (Kind.DELIVERY_FAILED, Custody.PHYSICAL),
    "delivery_notification": (Kind.DELIVERY_FAILED, Custody.PHYSICAL),
    "delivery_shop": (Kind.READY_FOR_COLLECTION, Custody.PHYSICAL),
    "no_pickup_by_consignee": (Kind.EXCEPTION, Custody.PHYSICAL),
    "delivery_customer": (Kind.DELIVERED, Custody.PHYSICAL),
    "pickup_by_consignee": (Kind.DELIVERED, Custody.PHYSICAL),
    # It has turned round; that it is back with the customer only a later status says.
    "error_return": (Kind.RETURNING_TO_ORIGIN, Custody.PHYSICAL),
}
_UNLISTED: Reading = (Kind.UNKNOWN, Custody.UNKNOWN)
_UNLISTED_CODE = "unlisted_code"
_BERLIN = ZoneInfo("Europe/Berlin")
_DIGITS = 14
_LONGEST = 100


def parse_push(query: Mapping[str, str], *, received_at: datetime) -> PushMessage:
    """What a push tells. The receiver's name and the proof of delivery, which it may carry too, are left behind.

    Args:
        query: The parameters of the request, decoded.
        received_at: When it came in.

    Raises:
        MalformedResponse: the push has no id or no parcel number, one of its parameters is no text of one short line, or its time
            cannot be read.
    """
    message_id, number, status = (_parameter(query, name) for name in ("pushid", "pnr", "status"))
    if not message_id or not number or not status:
        missing = ", ".join(name for name in ("pushid", "pnr", "status") if not _parameter(query, name))
        raise MalformedResponse(f"a push without {missing} is none of DPD's", carrier="dpd")
    local_text, depot = _parameter(query, "statusdate"), _parameter(query, "depot")
    instant, flags = _instant(local_text)
    kind, custody = STATUSES.get(status, _UNLISTED)
    event = TrackingEvent(
        kind, custody, instant, local_text, ZoneSource.CARRIER, Precision.SECOND, status,
        location=Place(text=depot) if depot else NOWHERE,
        flags=flags if status in STATUSES else (*flags, _UNLISTED_CODE),
    )  # fmt: skip
    return PushMessage(number, (event,), received_at, message_id)


def _parameter(query: Mapping[str, str], name: str) -> str:
    value: object = query.get(name, "")  # whatever the merchant's framework took out of the address
    if not isinstance(value, str) or len(value) > _LONGEST or not value.strip().isprintable():
        raise MalformedResponse(f"a push whose {name} is not a text of one short line is none of DPD's", carrier="dpd")
    return value.strip()


def _instant(text: str) -> tuple[datetime, tuple[str, ...]]:
    """``ddMMyyyyHHmmss``, German local time."""
    if len(text) != _DIGITS or not (text.isascii() and text.isdecimal()):
        raise MalformedResponse(f"the time of a push cannot be read: {text[:20]!r}", carrier="dpd")
    try:
        local = datetime.strptime(text, "%d%m%Y%H%M%S")  # noqa: DTZ007 - the zone comes next
    except ValueError:
        raise MalformedResponse(f"the time of a push cannot be read: {text!r}", carrier="dpd") from None
    if not MINYEAR < local.year < MAXYEAR:  # the date of .NET that stands for none, and that for ever
        raise MalformedResponse(f"a push has no time: {text!r}", carrier="dpd")
    return aware(local, _BERLIN)


def acknowledgement(push_id: str) -> str:
    """The XML that DPD expects as the answer to a push; without it the same push comes again for 48 hours.

    Raises:
        MalformedResponse: an id that no XML can carry, which is none of DPD's.
    """
    _parameter({"pushid": push_id}, "pushid")
    return f"<push><pushid>{escape(push_id)}</pushid><status>OK</status></push>"
