"""Looking for a label after a lost answer, by the reference it was bought with: Label Recovery v1, later Track v1.

https://developer.ups.com/api/reference/shipping, LabelRecovery: supported for 30 days. What UPS answers where it has nothing
is not documented; every refusal of a request that is well formed is taken for that, and proves nothing. After the 30 days the
parcel is looked for by its reference at https://developer.ups.com/api/reference/tracking, which forgets after 120 days. The form
of that search's dates is not documented; they go out in the form that UPS's other dates have.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import quote

from retoure.carrier import (
    Candidates,
    CarrierContext,
    Effect,
    Found,
    HttpRequest,
    HttpResponse,
    NotSeen,
    part,
    read_base64_document,
    read_json,
    rows,
    text_of,
)
from retoure.errors import MalformedResponse, NotFound, RequestRejected
from retoure.model import Label, LabelDocument, LabelFormat
from retoure_ups.documents import RECOVERY_PATH, label_specification
from retoure_ups.refusals import check_answer
from retoure_ups.settings import UpsSettings, shipper_number
from retoure_ups.wire import CODE, alerts_of, api_request

REFERENCE_PATH = "/track/v1/reference/details"
_RECOVERABLE = timedelta(days=30)
_NO_PAPER = "found by tracking: UPS shows a label again for 30 days only"
UNASKABLE = (
    "after 30 days UPS knows a label by its tracking alone, which is asked in a URL's path: a key with a slash cannot stand there"
)
_NOT_TRACKED = (
    "after 30 days UPS knows a label by its tracking alone, which names no parcel with this reference: one that was never handed "
    "in may not show, and after 120 days none does"
)


def build_find_request(key: str, settings: UpsSettings, context: CarrierContext) -> HttpRequest:
    """Ask for the label with this reference; raises ``Unsupported`` where the account has no shipper number."""
    recovery = {
        "Request": {"RequestOption": "nonvalidate"},
        "LabelSpecification": label_specification(LabelFormat.PDF),
        "ReferenceValues": {
            "ReferenceNumber": {"Value": key},
            "ShipperNumber": shipper_number(settings, "look-ups by reference"),
        },
    }
    body = {"LabelRecoveryRequest": recovery}
    return api_request(context, settings, "POST", RECOVERY_PATH, effect=Effect.READ, body=body)


def parse_find_response(
    response: HttpResponse, key: str, attempted_at: datetime, settings: UpsSettings, context: CarrierContext
) -> Found[Label] | Candidates[Label] | NotSeen:
    """The label with the reference; several where UPS names several. Not finding one proves nothing."""
    try:
        check_answer(response)
    except (RequestRejected, NotFound) as error:
        return NotSeen(conclusive=False, reason=f"UPS has no label for this reference, or none yet: {error.message}")
    answer = part(read_json(response), "LabelRecoveryResponse")
    shipment = text_of(answer.get("ShipmentIdentificationNumber"))
    found: dict[str, tuple[LabelDocument, ...]] = {}
    candidates = rows(answer, "TrackingCandidate")
    for result in rows(answer, "LabelResults"):
        # The only result's number may be told as the shipment's: it is that of its first package.
        if number := text_of(result.get("TrackingNumber")) or shipment:
            found.setdefault(number, _documents(result))
    for candidate in candidates:
        if number := text_of(candidate.get("TrackingNumber")):
            found.setdefault(number, ())
    make = partial(
        Label, account=context.account, carrier=CODE, carrier_reference=shipment, key=key, issued_at=attempted_at,
        charge_event=settings.charge_event, label_source=settings.label_source,
        notices=tuple(alerts_of(part(answer, "Response"))),
    )  # fmt: skip
    labels = tuple(make(tracking_number=number, documents=documents) for number, documents in found.items())
    return _outcome(labels, "UPS's answer names no label for this reference", sure=not candidates)


def _outcome(labels: tuple[Label, ...], nothing: str, *, sure: bool = True) -> Found[Label] | Candidates[Label] | NotSeen:
    if not labels:
        return NotSeen(conclusive=False, reason=nothing)
    return Found(labels[0]) if len(labels) == 1 and sure else Candidates(labels)


def _documents(result: Mapping[str, Any]) -> tuple[LabelDocument, ...]:
    try:
        return (read_base64_document(text_of(part(result, "LabelImage").get("GraphicImage"))),)
    except MalformedResponse:
        return ()  # the number is what was looked for; its documents can be asked for again


def is_recoverable(attempted_at: datetime, context: CarrierContext) -> bool:
    """Whether Label Recovery still knows a label of that time; afterwards its parcel is looked for by tracking."""
    return context.clock() - attempted_at <= _RECOVERABLE


def build_reference_request(key: str, attempted_at: datetime, settings: UpsSettings, context: CarrierContext) -> HttpRequest:
    """Ask which parcels carry this reference, from the day before the attempt on.

    Raises:
        Unsupported: the account has no shipper number.
    """
    query = {
        "locale": settings.locale,
        "fromPickUpDate": f"{attempted_at - timedelta(days=1):%Y%m%d}",
        "toPickUpDate": f"{context.clock():%Y%m%d}",
        "shipperNum": shipper_number(settings, "look-ups by reference"),
        "refNumType": "SmallPackage",
    }
    path = f"{REFERENCE_PATH}/{quote(key, safe='')}"
    return api_request(context, settings, "GET", path, effect=Effect.READ, query=query)


def parse_reference_response(
    response: HttpResponse, key: str, attempted_at: datetime, settings: UpsSettings, context: CarrierContext
) -> Found[Label] | Candidates[Label] | NotSeen:
    """The parcels with the reference, without documents. Not finding one proves nothing: one never handed in may not show."""
    try:
        check_answer(response)
    except NotFound:
        return NotSeen(conclusive=False, reason=_NOT_TRACKED)
    shipments = rows(part(read_json(response), "trackResponse"), "shipment")
    numbers = dict.fromkeys(text_of(package.get("trackingNumber")) for one in shipments for package in rows(one, "package"))
    labels = tuple(
        Label(
            account=context.account, carrier=CODE, tracking_number=number, key=key, issued_at=attempted_at,
            charge_event=settings.charge_event, label_source=settings.label_source, notices=(_NO_PAPER,),
        )
        for number in numbers if number
    )  # fmt: skip
    return _outcome(labels, _NOT_TRACKED)
