"""Looking for a label after a lost answer, by the reference it was bought with: Label Recovery v1.

https://developer.ups.com/api/reference/shipping, LabelRecovery: supported for 30 days. What UPS answers where it has nothing
is not documented; every refusal of a request that is well formed is taken for that, and proves nothing.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

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
from retoure_ups.settings import CHARGE_EVENTS, UpsSettings, shipper_number
from retoure_ups.wire import CODE, alerts_of, api_request


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
    labels = tuple(
        Label(
            account=context.account, carrier=CODE, tracking_number=number, carrier_reference=shipment, key=key,
            documents=documents, charge_event=CHARGE_EVENTS[settings.unused_labels_billed],
            label_source=settings.label_source, issued_at=attempted_at, notices=tuple(alerts_of(part(answer, "Response"))),
        )
        for number, documents in found.items()
    )  # fmt: skip
    if not labels:
        return NotSeen(conclusive=False, reason="UPS's answer names no label for this reference")
    return Found(labels[0]) if len(labels) == 1 and not candidates else Candidates(labels)


def _documents(result: Mapping[str, Any]) -> tuple[LabelDocument, ...]:
    try:
        return (read_base64_document(text_of(part(result, "LabelImage").get("GraphicImage"))),)
    except MalformedResponse:
        return ()  # the number is what was looked for; its documents can be asked for again
