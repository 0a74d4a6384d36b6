"""Return labels: MyDHL API, version 3.3.1, ``POST /shipments`` with the customer as shipper.

https://developer.dhl.com/api-reference/dhl-express-mydhl-api - HTTP Basic. A label is bought when it is made; whether an unused
one is billed is not published. There is no cancelling, no second copy of the transport label, and no idempotency key: every call
makes a new shipment.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from retoure.carrier import (
    Billed,
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
    months_after,
    read_base64_document,
    read_json,
    rejected,
    rows,
    text_of,
    texts,
    unsupported,
)
from retoure.errors import MalformedResponse, Problem, RequestRejected, Unsupported
from retoure.model import (
    DocumentKind,
    Formats,
    Label,
    LabelDocument,
    LabelOrder,
    LabelReference,
    VoidResult,
)
from retoure_dhl_express.lanes import is_declarable, lines_left_out, product_of, service_name
from retoure_dhl_express.orders import chosen_encoding, find_problems, shipment
from retoure_dhl_express.refusals import refusal
from retoure_dhl_express.search import build_find_request, parse_find_response
from retoure_dhl_express.settings import DhlExpressSettings
from retoure_dhl_express.wire import CODE, NO_REPRINT, api_request

_NO_VOID = (
    "DHL Express cannot cancel a label, and this account's unused labels are or may be billed (unused_labels_billed: {billed}); "
    "leave the label unused and cancel its pickup; if the contract bills only used labels, set unused_labels_billed to 'no'"
)
_KINDS = {
    "label": DocumentKind.LABEL,
    "qr-code": DocumentKind.LABEL,
    "waybillDoc": DocumentKind.WAYBILL,
    "invoice": DocumentKind.INVOICE,
    "shipmentReceipt": DocumentKind.RECEIPT,
}
_QR = "qr-code"


class DhlExpressLabels:
    """Labels of one account."""

    def __init__(self, settings: DhlExpressSettings, context: CarrierContext) -> None:
        self._settings = settings
        self._context = context

    def check(self, order: LabelOrder) -> Call[Sequence[Problem]]:
        """Every problem that can be seen here, and where there is none, DHL's own: it validates and makes nothing. Free."""
        chosen_encoding(order, self._settings)
        if problems := find_problems(order, self._settings, self._context):
            return problems
        response = yield build_check_request(order, self._settings, self._context)
        return parse_check_response(response)

    def create(self, order: LabelOrder) -> Call[Label]:
        """Buy a label. DHL does not say whether one that nobody uses is billed; the account's word on it is in the label."""
        response = yield build_create_request(order, self._settings, self._context)
        return parse_create_response(response, order, self._settings)

    def documents(self, label: LabelReference, formats: Formats) -> Call[Sequence[LabelDocument]]:
        """Not offered by DHL."""
        return (yield from unsupported(NO_REPRINT))

    def void(self, label: LabelReference) -> Call[VoidResult]:
        """Discard a label on our books where unused labels are not billed. No call leaves: DHL has none."""
        return (yield from immediate(void_without_call(self._settings)))

    def find(self, key: str, attempted_at: datetime) -> Call[Found[Label] | Candidates[Label] | NotSeen]:
        """Look for a label by its key, through tracking. Not finding one proves nothing."""
        response = yield build_find_request(key, attempted_at, self._settings, self._context)
        return parse_find_response(response, key, attempted_at, self._settings, self._context)


def build_create_request(order: LabelOrder, settings: DhlExpressSettings, context: CarrierContext) -> HttpRequest:
    """Buy a return label.

    Raises:
        Unsupported: a needed format cannot be had.
        RequestRejected: something is missing or too long; all of it is told at once, and nothing is sent.
    """
    return _shipment_request(order, settings, context, path="/shipments", effect=Effect.ONCE)


def build_check_request(order: LabelOrder, settings: DhlExpressSettings, context: CarrierContext) -> HttpRequest:
    """Have a label's order validated; nothing is made."""
    return _shipment_request(order, settings, context, path="/shipments?validateDataOnly=true", effect=Effect.READ)


def _shipment_request(
    order: LabelOrder, settings: DhlExpressSettings, context: CarrierContext, *, path: str, effect: Effect
) -> HttpRequest:
    chosen_encoding(order, settings)
    if problems := find_problems(order, settings, context):
        raise rejected(problems)
    return api_request(settings, "POST", path, effect=effect, body=shipment(order, settings, context))


def parse_check_response(response: HttpResponse) -> tuple[Problem, ...]:
    """What DHL found wrong: every line of it. A refusal of the account is raised."""
    if response.ok:
        return ()
    error = refusal(response)
    if isinstance(error, RequestRejected) and error.problems:
        return error.problems
    raise error


def parse_create_response(response: HttpResponse, order: LabelOrder, settings: DhlExpressSettings) -> Label:
    """The label that was bought. A document that is missing or unreadable is a notice: the number is bought all the same.

    Raises:
        RequestRejected, AuthenticationFailed: DHL refused, with every reason.
        MalformedResponse: the answer names no shipment; whether a label exists is not known.
    """
    if not response.ok:
        raise refusal(response, effect=Effect.ONCE)
    answer = read_json(response)
    number = text_of(answer.get("shipmentTrackingNumber")) if isinstance(answer, dict) else ""
    if not number:
        raise MalformedResponse(f"DHL's answer (HTTP {response.status}) names no shipment number")
    documents, notices = _documents(answer)
    origin, destination = order.request.ship_from, order.return_to.address
    product = product_of("", origin.country, destination.country, settings, declarable=is_declarable(order.request, destination))
    pieces = rows(answer, "packages")
    return Label(
        account=order.account,
        carrier=CODE,
        service=order.service or service_name(*product),
        tracking_number=number,
        references=filled(
            piece_number=text_of(pieces[0].get("trackingNumber")) if pieces else "", billing_code=_billing_code(answer)
        ),
        rma=order.request.rma,
        key=order.key,
        order=order,
        return_to=order.return_to,
        documents=tuple(documents),
        charge_event=settings.charge_event,
        expires_on=_kept_until(response.requested_at.date(), settings),
        label_source=settings.label_source,
        issued_at=response.requested_at,
        notices=tuple(notices + _remarks(answer, order, documents, settings)),
    )


def _billing_code(answer: Mapping[str, Any]) -> str:
    return next(filter(None, (text_of(row.get("billingCode")) for row in rows(answer, "shipmentDetails"))), "")


def _kept_until(issued: date, settings: DhlExpressSettings) -> date | None:
    """The last day that DHL keeps the data of a staged label; how long another one stays usable is not known."""
    return None if settings.data_staging_months is None else months_after(issued, settings.data_staging_months)


def _documents(answer: Mapping[str, Any]) -> tuple[list[LabelDocument], list[str]]:
    """The documents, what goes on the parcel first; QR codes stand with the package."""
    listed = [*rows(answer, "documents"), *(row for piece in rows(answer, "packages") for row in rows(piece, "documents"))]
    documents, notices = [], []
    labels = 0
    for row in listed:
        type_code = text_of(row.get("typeCode"))
        try:
            document = read_base64_document(text_of(row.get("content")), qr=type_code == _QR)
        except MalformedResponse as error:
            notices.append(f"{type_code or 'a document'} came but cannot be used: {error.message}")
            continue
        kind = _KINDS.get(type_code, DocumentKind.OTHER)
        if type_code == "label":
            labels += 1
            # Unsplit, the waybill is called a label too, and stands second.
            kind = DocumentKind.LABEL if labels == 1 else DocumentKind.WAYBILL
        documents.append(document.model_copy(update={"kind": kind}))
    return sorted(documents, key=lambda document: document.kind is not DocumentKind.LABEL), notices


def _remarks(
    answer: Mapping[str, Any], order: LabelOrder, documents: Sequence[LabelDocument], settings: DhlExpressSettings
) -> list[str]:
    remarks = [*texts(answer, "warnings"), *lines_left_out(order.request, order.return_to.address)]
    on_parcel = {document.format for document in documents if document.kind is DocumentKind.LABEL}
    remarks += [f"{name} was asked for and did not come" for name in sorted(order.formats.need - on_parcel)]
    if not documents:
        remarks.append("the label was bought, but no document came; DHL does not show it again: keep the number")
    if settings.data_staging_months is None:
        remarks.append("without data staging it is not known how long this label stays usable after its day of shipping")
    return remarks


def void_without_call(settings: DhlExpressSettings) -> VoidResult:
    """What a void comes to; raises ``Unsupported`` where giving the label up may cost money."""
    if settings.unused_labels_billed is Billed.NO:
        return VoidResult.NOT_NEEDED
    raise Unsupported(_NO_VOID.format(billed=settings.unused_labels_billed))
