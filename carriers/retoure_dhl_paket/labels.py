"""Return labels: Parcel DE Returns (DHL Retoure Online and Retoure International), version 1.0.9.

https://developer.dhl.com/api-reference/dhl-parcel-de-returns-post-parcel-germany - OAuth password grant, or the app's key beside
Basic. Ordering a label costs nothing; DHL bills its first scan. There is no cancelling, reprinting or searching, and no
idempotency key: every order makes a new number.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
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
    exact_json,
    filled,
    immediate,
    link_document,
    part,
    read_base64_document,
    read_json,
    rejected,
    text_of,
    unsupported,
)
from retoure.errors import MalformedResponse, Problem, Unsupported
from retoure.model import (
    Formats,
    Label,
    LabelDocument,
    LabelFormat,
    LabelOrder,
    LabelReference,
    LabelSource,
    VoidResult,
)
from retoure_dhl_paket.orders import find_problems, return_order
from retoure_dhl_paket.refusals import SERVICE_CODES, refusal
from retoure_dhl_paket.settings import DhlPaketSettings, api_origin, returns_auth
from retoure_dhl_paket.wire import CODE, JSON_HEADERS, NO_REPRINT, NO_SEARCH

RETURNS_PATH = "/parcel/de/shipping/returns/v1"
_NO_VOID = (
    "DHL cannot cancel a return label, and this account's unused labels are or may be billed (unused_labels_billed is {billed}): "
    "leave the label unused; if the contract bills only scanned labels, set unused_labels_billed to 'no'"
)
_NOT_OURS = (
    "this label is not on the account's contract (its source is {source}), so the account does not know what an unused one "
    "costs: give it up where it was bought"
)
_ENCLOSED = (
    "this label lies in the outbound box and was made with the outbound shipment, through DHL's Shipping API, which is not built "
    "in: cancel it there together with the outbound shipment, before the day is closed"
)
_PAPER = frozenset({LabelFormat.PDF, LabelFormat.PNG})
_SCREEN = frozenset({LabelFormat.QR, LabelFormat.LINK})
_MADE = _PAPER | _SCREEN
_PRINTED_REFERENCE = 30


class DhlPaketLabels:
    """Labels of one account."""

    def __init__(self, settings: DhlPaketSettings, context: CarrierContext) -> None:
        self._settings = settings
        self._context = context

    def check(self, order: LabelOrder) -> Call[Sequence[Problem]]:
        """Every problem that can be seen here; DHL is not asked, it has no dry run for returns."""
        return (yield from immediate(check_order(order, self._settings)))

    def create(self, order: LabelOrder) -> Call[Label]:
        """Order a label. DHL bills it with its first scan; what the account's contract says otherwise is in the label."""
        response = yield build_create_request(order, self._settings)
        return parse_create_response(response, order, self._settings)

    def documents(self, label: LabelReference, formats: Formats) -> Call[Sequence[LabelDocument]]:
        """Not offered by DHL."""
        return (yield from unsupported(NO_REPRINT))

    def void(self, label: LabelReference) -> Call[VoidResult]:
        """Discard a label on our books where unused labels are not billed. No call leaves: DHL has none."""
        return (yield from immediate(void_without_call(label, self._settings)))

    def find(self, key: str, attempted_at: datetime) -> Call[Found[Label] | Candidates[Label] | NotSeen]:
        """Not offered by DHL."""
        return (yield from unsupported(NO_SEARCH))


def label_type(formats: Formats) -> str:
    """The documents to order: what is asked for, and both where nothing is - it costs nothing and makes one number.

    Raises:
        Unsupported: a needed format that DHL does not make. A preferred one is let go.
    """
    if strange := formats.need - _MADE:
        names = ", ".join(sorted(strange))
        raise Unsupported(f"DHL's return labels come as PDF or PNG, QR code and app link; {names} is not to be had")
    wanted = formats.wanted
    no_paper, no_screen = wanted.isdisjoint(_PAPER), wanted.isdisjoint(_SCREEN)
    if no_paper is no_screen:
        return "BOTH"
    return "QR_LABEL" if no_paper else "SHIPMENT_LABEL"


def check_order(order: LabelOrder, settings: DhlPaketSettings) -> tuple[Problem, ...]:
    """The problems of an order; raises ``Unsupported`` where the account or the format rules it out altogether."""
    returns_auth(settings)
    label_type(order.formats)
    return find_problems(order)


def build_create_request(order: LabelOrder, settings: DhlPaketSettings) -> HttpRequest:
    """Order a return label.

    Raises:
        Unsupported: the account lacks credentials for it, or a needed format does not exist.
        RequestRejected: something is missing or too long; all of it is told at once, and nothing is sent.
    """
    auth, documents = returns_auth(settings), label_type(order.formats)
    if problems := find_problems(order):
        raise rejected(problems, service_codes=SERVICE_CODES)
    return HttpRequest(
        method="POST",
        url=f"{api_origin(settings)}{RETURNS_PATH}/orders?labelType={documents}",
        effect=Effect.ONCE,
        headers=JSON_HEADERS,
        content=exact_json(return_order(order)).encode(),
        auth=auth,
    )


def parse_create_response(response: HttpResponse, order: LabelOrder, settings: DhlPaketSettings) -> Label:
    """The label that was ordered. A document that is missing or unreadable is a notice: the number is bought all the same.

    Raises:
        RequestRejected, AuthenticationFailed: DHL refused, with the reason.
        MalformedResponse: the answer names no shipment number; whether a label exists is not known.
    """
    if not response.ok:
        raise refusal(response)
    answer = read_json(response)
    number = text_of(answer.get("shipmentNo")) if isinstance(answer, dict) else ""
    if not number:
        raise _without_number(response, answer)
    documents, notices = _documents(answer)
    notices += _remarks(answer, order, documents)
    return Label(
        account=order.account,
        carrier=CODE,
        service=order.service,
        tracking_number=number,
        references=filled(
            international_shipment_number=text_of(answer.get("internationalShipmentNo")),
            routing_code=text_of(answer.get("routingCode")),
        ),
        rma=order.request.rma,
        key=order.key,
        order=order,
        return_to=order.return_to,
        documents=tuple(documents),
        charge_event=settings.charge_event,
        label_source=settings.label_source,
        issued_at=response.requested_at,
        notices=tuple(notices),
    )


def _inner_status(answer: Any) -> tuple[int, str]:  # noqa: ANN401 - JSON is anything
    """The status that stands inside an answer, and what is said with it."""
    status = part(answer, "sstatus") or answer
    if not isinstance(status, dict):
        return 0, ""
    code = status.get("status") or status.get("statusCode")
    return code if isinstance(code, int) else 0, text_of(status.get("detail"))


def _without_number(response: HttpResponse, answer: Any) -> Exception:  # noqa: ANN401
    inner, _ = _inner_status(answer)
    if 400 <= inner < 500:
        return refusal(response, status=inner)
    return MalformedResponse(f"DHL's answer (HTTP {response.status}) names no shipment number")


def _documents(answer: Mapping[str, Any]) -> tuple[list[LabelDocument], list[str]]:
    documents, notices = [], []
    for name, qr in (("label", False), ("qrLabel", True)):
        if not answer.get(name):
            continue
        try:
            documents.append(read_base64_document(text_of(part(answer, name).get("b64")), qr=qr))
        except MalformedResponse as error:
            notices.append(f"{name} came but cannot be used: {error.message}")
    if link := text_of(answer.get("qrLink")):
        documents.append(link_document(link))
    return documents, notices


def _remarks(answer: Mapping[str, Any], order: LabelOrder, documents: Sequence[LabelDocument]) -> list[str]:
    remarks = []
    if missing := order.formats.need.difference([document.format for document in documents]):
        remarks += [f"{name} was asked for and did not come" for name in sorted(missing)]
    if not documents:
        remarks.append("the label was bought, but no document came: DHL's business portal shows it")
    status, said = _inner_status(answer)
    if status >= 300:
        remarks.append(f"DHL says {status} beside the number: {said}")
    if len(order.request.rma) > _PRINTED_REFERENCE:
        remarks.append(f"the label prints the first {_PRINTED_REFERENCE} of the RMA's {len(order.request.rma)} characters")
    return remarks


def void_without_call(label: LabelReference, settings: DhlPaketSettings) -> VoidResult:
    """What a void comes to; raises ``Unsupported`` where giving the label up may cost money, and for an enclosed one."""
    if label.enclosed:
        raise Unsupported(_ENCLOSED)
    if label.label_source not in (settings.label_source, LabelSource.UNKNOWN):
        raise Unsupported(_NOT_OURS.format(source=label.label_source))
    if settings.unused_labels_billed is Billed.NO:
        return VoidResult.NOT_NEEDED
    raise Unsupported(_NO_VOID.format(billed=settings.unused_labels_billed))
