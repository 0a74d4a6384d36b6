"""Return labels: DPD META-API, version 1, ``POST /shipment`` with the product for returns.

https://api.dpdgroup.com - a login whose answer holds a token in a header. Experimental: outbound labels are known to work,
returns to be untested. There is no cancelling, no search and no idempotency key; a label can be shown again.
"""

from collections.abc import Mapping, Sequence
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
    exact_json,
    filled,
    immediate,
    part,
    read_base64_document,
    read_json,
    rejected,
    rows,
    text_of,
    texts,
    unsupported,
)
from retoure.errors import MalformedResponse, Problem, RequestRejected, Unsupported
from retoure.model import DocumentKind, Formats, Label, LabelDocument, LabelFormat, LabelOrder, LabelReference, VoidResult
from retoure_dpd_common.billing import void_without_call
from retoure_dpd_meta.orders import chosen_formats, find_problems, shipment
from retoure_dpd_meta.parties import customer_infos
from retoure_dpd_meta.refusals import refusal
from retoure_dpd_meta.settings import DpdMetaSettings, api_url
from retoure_dpd_meta.wire import CODE, JSON_HEADERS, NO_SEARCH

_QR = "qrcode"
_OF_THE_LABEL = ("label", _QR)


class DpdMetaLabels:
    """Labels of one account."""

    def __init__(self, settings: DpdMetaSettings, context: CarrierContext) -> None:
        self._settings = settings
        self._context = context

    def check(self, order: LabelOrder) -> Call[Sequence[Problem]]:
        """Every problem that can be seen here, and where there is none, DPD's own: it simulates and makes nothing. Free."""
        chosen_formats(order.formats)
        if problems := find_problems(order, self._settings, self._context):
            return problems
        response = yield build_check_request(order, self._settings, self._context)
        return parse_check_response(response)

    def create(self, order: LabelOrder) -> Call[Label]:
        """Buy a label. DPD does not say whether one that nobody uses is billed; the account's word on it is in the label."""
        response = yield build_create_request(order, self._settings, self._context)
        return parse_create_response(response, order, self._settings)

    def documents(self, label: LabelReference, formats: Formats) -> Call[Sequence[LabelDocument]]:
        """The printed label once more. Costs nothing; a QR code is shown once only."""
        response = yield build_documents_request(label, formats, self._settings)
        return parse_documents_response(response)

    def void(self, label: LabelReference) -> Call[VoidResult]:
        """Discard a label on our books where unused labels are not billed. No call leaves: DPD has none."""
        return (yield from immediate(void_without_call(label, self._settings)))

    def find(self, key: str, attempted_at: datetime) -> Call[Found[Label] | Candidates[Label] | NotSeen]:
        """Not offered by DPD."""
        return (yield from unsupported(NO_SEARCH))


def build_create_request(order: LabelOrder, settings: DpdMetaSettings, context: CarrierContext) -> HttpRequest:
    """Buy a return label.

    Raises:
        Unsupported: a needed format cannot be had.
        RequestRejected: something is missing, too long or too heavy; all of it is told at once, and nothing is sent.
    """
    return _shipment_request(order, settings, context, effect=Effect.ONCE)


def build_check_request(order: LabelOrder, settings: DpdMetaSettings, context: CarrierContext) -> HttpRequest:
    """Have an order simulated; nothing is made."""
    return _shipment_request(order, settings, context, effect=Effect.READ, simulate="true")


def _shipment_request(
    order: LabelOrder, settings: DpdMetaSettings, context: CarrierContext, *, effect: Effect, **more: str
) -> HttpRequest:
    paper, made = chosen_formats(order.formats)
    if problems := find_problems(order, settings, context):
        raise rejected(problems)
    query = {"LabelPrintFormat": paper.value, "LabelPaperFormat": settings.paper, "DropOffType": made, **more}
    return _request(settings, "/shipment", query, [shipment(order, settings, context)], effect)


def _request(settings: DpdMetaSettings, path: str, query: Mapping[str, str], body: Any, effect: Effect) -> HttpRequest:  # noqa: ANN401
    return HttpRequest(
        method="POST",
        url=api_url(settings, path, query),
        effect=effect,
        headers=JSON_HEADERS,
        content=exact_json(body).encode(),
        auth=settings.auth,
    )


def parse_check_response(response: HttpResponse) -> tuple[Problem, ...]:
    """What DPD found wrong. A refusal of the account is raised."""
    if response.ok:
        return ()
    error = refusal(response)
    if isinstance(error, RequestRejected):
        return error.problems
    raise error


def parse_create_response(response: HttpResponse, order: LabelOrder, settings: DpdMetaSettings) -> Label:
    """The label that was bought. A document that is missing or unreadable is a notice: the number is bought all the same.

    Raises:
        RequestRejected, AuthenticationFailed: DPD refused, with its reason.
        MalformedResponse: the answer does not name one parcel; whether a label exists is not known.
    """
    if not response.ok:
        raise refusal(response)
    answer = read_json(response)
    numbers = texts(answer, "parcelIds")
    if len(numbers) != 1:
        raise MalformedResponse(f"DPD's answer (HTTP {response.status}) names {len(numbers)} parcels")
    documents, notices = _documents(answer)
    network = texts(answer, "networkParcelIds")
    barcodes = [text_of(row.get("barcode")) for row in rows(answer, "parcelBarcodes")]
    return Label(
        account=order.account,
        carrier=CODE,
        service=settings.product,
        tracking_number=numbers[0],
        carrier_reference=text_of(answer.get("shipmentId")),
        references=filled(
            network_parcel_id=next(iter(network), ""),
            barcode=next(iter(barcodes), ""),
            pin=text_of(part(answer, "qrcode").get("pincode")),
        ),
        rma=order.request.rma,
        key=order.key,
        order=order,
        return_to=order.return_to,
        documents=tuple(documents),
        charge_event=settings.charge_event,
        label_source=settings.label_source,
        issued_at=response.requested_at,
        notices=(*notices, *_remarks(answer, order, documents)),
    )


def _documents(answer: Mapping[str, Any]) -> tuple[list[LabelDocument], list[str]]:
    """The label, the code that stands for it, and whatever DPD adds; formats are told by the bytes."""
    held = [(name, part(answer, name)) for name in _OF_THE_LABEL]
    held += [("a further document", row) for row in rows(answer, "others")]
    documents, notices = [], []
    for name, holder in held:
        content = text_of(holder.get("base64Data"))
        if not content:
            continue
        try:
            document = read_base64_document(content, qr=name == _QR)
        except MalformedResponse as error:
            notices.append(f"{name} came but cannot be used: {error.message}")
            continue
        kind = DocumentKind.LABEL if name in _OF_THE_LABEL else DocumentKind.OTHER
        documents.append(document.model_copy(update={"kind": kind}))
    return documents, notices


def _remarks(answer: Mapping[str, Any], order: LabelOrder, documents: Sequence[LabelDocument]) -> list[str]:
    warning = text_of(answer.get("warningMessage"))
    remarks = [f"DPD says: {warning}"] if warning else []
    came = {document.format for document in documents if document.kind is DocumentKind.LABEL}
    remarks += [f"{name} was asked for and did not come" for name in sorted(order.formats.need - came)]
    if not came:
        remarks.append("the label was bought, but no document came: fetch its documents again")
    return remarks


def build_documents_request(label: LabelReference, formats: Formats, settings: DpdMetaSettings) -> HttpRequest:
    """Ask for the printed label once more; raises ``Unsupported`` for a code, and for formats that DPD does not make."""
    paper, _ = chosen_formats(formats)
    if LabelFormat.QR in formats.need:
        raise Unsupported("the META-API shows a QR code once: keep the documents of the purchase")
    body = {
        "shipment": filled(shipmentId=label.carrier_reference, parcelNumbers=[label.tracking_number]),
        "customerInfos": customer_infos(settings),
    }
    query = {"LabelPrintFormat": paper.value, "LabelPaperFormat": settings.paper}
    return _request(settings, "/label", query, body, Effect.READ)


def parse_documents_response(response: HttpResponse) -> tuple[LabelDocument, ...]:
    """The printed label; raises what a refusal means, and ``MalformedResponse`` where no document came."""
    if not response.ok:
        raise refusal(response)
    return (read_base64_document(text_of(part(read_json(response), "label").get("base64Data"))),)
