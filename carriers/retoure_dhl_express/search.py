"""The look-up of a label after a lost answer: tracking by the shipment's reference, which is the purchase's key.

MyDHL API, version 3.3.1, ``GET /tracking``. Whether it shows a shipment that was never scanned is not documented, so that not
finding one proves nothing.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from retoure.carrier import Candidates, CarrierContext, Effect, Found, HttpRequest, HttpResponse, NotSeen, rows, text_of
from retoure.errors import NotFound
from retoure.model import Label
from retoure_dhl_express.refusals import refusal
from retoure_dhl_express.settings import DhlExpressSettings
from retoure_dhl_express.tracking import listed_shipments
from retoure_dhl_express.wire import CODE, api_request

_UNSEEN = (
    "no shipment with this reference was found; DHL may not show one before its first scan, so the label may exist all the same: "
    "look in MyDHL+, or ask DHL with the reference"
)
_UNPROVEN = timedelta(days=1)


def build_find_request(key: str, attempted_at: datetime, settings: DhlExpressSettings, context: CarrierContext) -> HttpRequest:
    """Ask for shipments that carry the key as their reference, from the day before the attempt to tomorrow."""
    query = {
        "shipmentReference": key,
        "shipmentReferenceType": "CU",
        f"{settings.bill_to}AccountNumber": settings.account_number,
        "dateRangeFrom": (attempted_at - _UNPROVEN).date().isoformat(),
        "dateRangeTo": (context.clock() + _UNPROVEN).date().isoformat(),
    }
    return api_request(settings, "GET", "/tracking", query=query, effect=Effect.READ)


def parse_find_response(
    response: HttpResponse, key: str, attempted_at: datetime, settings: DhlExpressSettings, context: CarrierContext
) -> Found[Label] | Candidates[Label] | NotSeen:
    """The labels that carry the key. One whose references are not told, or one of several, is for a person to decide."""
    if not response.ok:
        error = refusal(response)
        if isinstance(error, NotFound):
            return NotSeen(conclusive=False, reason=_UNSEEN)
        raise error
    sure: list[Label] = []
    open_: list[Label] = []
    for row in listed_shipments(response):
        number = text_of(row.get("shipmentTrackingNumber"))
        references = {text_of(reference.get("value")) for reference in rows(row, "shipperReferences")}
        if number and (not references or key in references):
            (sure if references else open_).append(_found(row, number, key, attempted_at, settings, context))
    if len(sure) == 1 and not open_:
        return Found(sure[0])
    return Candidates((*sure, *open_)) if sure or open_ else NotSeen(conclusive=False, reason=_UNSEEN)


def _found(
    row: Mapping[str, Any], number: str, key: str, attempted_at: datetime, settings: DhlExpressSettings, context: CarrierContext
) -> Label:
    return Label(
        account=context.account,
        carrier=CODE,
        service=text_of(row.get("productCode")),
        tracking_number=number,
        key=key,
        charge_event=settings.charge_event,
        label_source=settings.label_source,
        issued_at=attempted_at,  # DHL's own time has no offset, and the label cannot be older than the attempt
        notices=("found by its reference; its documents cannot be fetched again",),
    )
