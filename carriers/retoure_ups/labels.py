"""Return labels: Shipping v2409 and Label Recovery v1.

https://developer.ups.com/api/reference/shipping - OAuth client credentials. A label is bought with print return label (9), which
comes in the answer, or electronic return label (8), which UPS sends by e-mail. There is no idempotency key: two calls make two
labels, so the purchase key goes along as a reference and Label Recovery looks for it. A PDF is made by Label Recovery only.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from retoure.carrier import (
    Call,
    Candidates,
    CarrierContext,
    Effect,
    Found,
    HttpRequest,
    HttpResponse,
    NotSeen,
    filled,
    immediate,
    part,
    read_json,
    rejected,
    rows,
    text_of,
)
from retoure.errors import CarrierError, MalformedResponse, Problem
from retoure.model import DocumentKind, Formats, Label, LabelDocument, LabelFormat, LabelOrder, LabelReference, Money, VoidResult
from retoure_ups import orders
from retoure_ups.customs import lines_left_out
from retoure_ups.documents import build_recovery_request, image_format, parse_recovery_response, shipping_documents, to_fetch
from retoure_ups.finding import (
    UNASKABLE,
    build_find_request,
    build_reference_request,
    is_recoverable,
    parse_find_response,
    parse_reference_response,
)
from retoure_ups.refusals import check_answer
from retoure_ups.settings import UpsSettings, shipper_number
from retoure_ups.shipments import shipment
from retoure_ups.voids import build_void_request, parse_void_response
from retoure_ups.wire import CODE, LIST_PRICE, alerts_of, api_request, money_of

SHIP_PATH = "/shipments/v2409/ship"
SUB_VERSION = "2205"


class UpsLabels:
    """Labels of one account."""

    def __init__(self, settings: UpsSettings, context: CarrierContext) -> None:
        self._settings = settings
        self._context = context

    def check(self, order: LabelOrder) -> Call[Sequence[Problem]]:
        """Every problem that can be seen here; UPS is not asked, it has no dry run."""
        return (yield from immediate(check_order(order, self._settings)))

    def create(self, order: LabelOrder) -> Call[Label]:
        """Buy a label. When UPS bills it depends on the contract.

        A PDF takes a second call, which costs nothing; should it fail, the label is bought all the same and a notice says so.
        """
        response = yield build_create_request(order, self._settings, self._context)
        label = parse_create_response(response, order, self._settings)
        documents, notices = [*label.documents], [*label.notices]
        missing = {*order.formats.need} - label.label_formats
        for format_ in to_fetch(order.formats, label.label_formats):
            try:
                answer = yield build_recovery_request(label.tracking_number, format_, self._settings, self._context)
                documents.append(parse_recovery_response(answer, format_))
            except CarrierError as error:
                notices.append(f"{format_} did not come ({error.message}): ask for the documents again")
            missing.discard(format_)
        notices += [f"{format_} was asked for and did not come" for format_ in sorted(missing)]
        return label.model_copy(update={"documents": tuple(documents), "notices": tuple(notices)})

    def documents(self, label: LabelReference, formats: Formats) -> Call[Sequence[LabelDocument]]:
        """Fetch a label's documents again, a call each; UPS keeps them for 30 days. Costs nothing. PDF where nothing is asked."""
        image_format(formats)
        wanted = to_fetch(formats, ()) or (LabelFormat.PDF,)
        found = []
        for format_ in wanted:
            response = yield build_recovery_request(label.tracking_number, format_, self._settings, self._context)
            found.append(parse_recovery_response(response, format_))
        return tuple(found)

    def void(self, label: LabelReference) -> Call[VoidResult]:
        """Void a label; twice is as once. By one report UPS takes it for 24 hours only where the label is a return's."""
        response = yield build_void_request(label, self._settings, self._context)
        return parse_void_response(response)

    def find(self, key: str, attempted_at: datetime) -> Call[Found[Label] | Candidates[Label] | NotSeen]:
        """Look for a label by the reference it was bought with, after 30 days for its parcel. Not finding one proves nothing."""
        if is_recoverable(attempted_at, self._context):
            response = yield build_find_request(key, self._settings, self._context)
            return parse_find_response(response, key, attempted_at, self._settings, self._context)
        if "/" in key:
            return NotSeen(conclusive=False, reason=UNASKABLE)
        response = yield build_reference_request(key, attempted_at, self._settings, self._context)
        return parse_reference_response(response, key, attempted_at, self._settings, self._context)


def check_order(order: LabelOrder, settings: UpsSettings) -> tuple[Problem, ...]:
    """The problems of an order; raises ``Unsupported`` where the account or a format rules it out altogether."""
    shipper_number(settings, "labels")
    image_format(order.formats)
    return orders.find_problems(order, settings)


def build_create_request(order: LabelOrder, settings: UpsSettings, context: CarrierContext) -> HttpRequest:
    """Buy a return label.

    Raises:
        Unsupported: the account has no shipper number, or a needed format does not exist.
        RequestRejected: something is missing or too long; all of it is told at once, and nothing is sent.
    """
    number, image = shipper_number(settings, "labels"), image_format(order.formats)
    if problems := orders.find_problems(order, settings):
        raise rejected(problems)
    body = {
        "ShipmentRequest": {
            "Request": {
                "RequestOption": settings.address_validation,
                "SubVersion": SUB_VERSION,
                "TransactionReference": {"CustomerContext": order.key},
            },
            "Shipment": shipment(order, settings, number),
            "LabelSpecification": filled(
                LabelImageFormat={"Code": image},
                HTTPUserAgent="Mozilla/4.5" if image == "GIF" else None,
                LabelStockSize={"Height": "6", "Width": "4"},
                CharacterSet=settings.character_set,
            ),
        }
    }
    return api_request(context, settings, "POST", SHIP_PATH, effect=Effect.ONCE, body=body)


def parse_create_response(response: HttpResponse, order: LabelOrder, settings: UpsSettings) -> Label:
    """The label that was bought. A document that is missing or unreadable is a notice: the number is bought all the same.

    Raises:
        RequestRejected, AuthenticationFailed: UPS refused, with the reason.
        MalformedResponse: the answer names no number; whether a label exists is not known.
    """
    check_answer(response)
    answer = part(read_json(response), "ShipmentResponse")
    results = part(answer, "ShipmentResults")
    shipment = text_of(results.get("ShipmentIdentificationNumber"))
    packages = [number for row in rows(results, "PackageResults") if (number := text_of(row.get("TrackingNumber")))]
    number = packages[0] if packages else shipment
    if not number:
        raise MalformedResponse(f"UPS's answer (HTTP {response.status}) names no number")
    documents, notices = shipping_documents(results)
    price, listed = _price(results)
    remarks = [*alerts_of(part(answer, "Response")), *alerts_of(results, "Disclaimer"), *notices, *lines_left_out(order)]
    return Label(
        account=order.account,
        carrier=CODE,
        service=order.service or settings.service,
        tracking_number=number,
        carrier_reference=shipment,
        rma=order.request.rma,
        key=order.key,
        order=order,
        return_to=order.return_to,
        documents=tuple(documents),
        price=price,
        charge_event=settings.charge_event,
        label_source=settings.label_source,
        issued_at=response.requested_at,
        notices=tuple(remarks + [LIST_PRICE] * listed + list(_oddities(packages, documents))),
    )


def _price(results: dict[str, Any]) -> tuple[Money | None, bool]:
    """What the label costs without taxes, and whether that is a list price."""
    if negotiated := money_of(part(results, "NegotiatedRateCharges", "TotalCharge")):
        return negotiated, False
    published = money_of(part(results, "ShipmentCharges", "TotalCharges"))
    return published, published is not None


def _oddities(packages: Sequence[str], documents: Sequence[LabelDocument]) -> Iterator[str]:
    if len(packages) > 1:
        yield f"UPS made {len(packages)} packages of it: {', '.join(packages)}"
    if all(document.kind is not DocumentKind.LABEL for document in documents):
        yield "the label was bought, but it did not come with the answer: ask for the documents"
