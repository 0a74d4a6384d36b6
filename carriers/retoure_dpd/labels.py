"""Return labels: DPD Cloud Service, version 1, ``POST setOrder`` with the customer as the address of shipping.

https://esolutions.dpd.com - tokens of partner and user in headers. Whether a label that nobody uses is billed is not published.
There is no cancelling, no reprint, no search and no idempotency key; every order here has one parcel, so that at most one label
is ever in doubt.
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
    immediate,
    part,
    read_base64_document,
    rejected,
    text_of,
    unsupported,
)
from retoure.errors import MalformedResponse, Problem, RequestRejected
from retoure.model import Formats, Label, LabelDocument, LabelOrder, LabelReference, VoidResult
from retoure_dpd.orders import find_problems, label_format, service_of, set_order
from retoure_dpd.refusals import errors_of, http_refusal, refusal, words
from retoure_dpd.settings import DpdSettings, api_url
from retoure_dpd.wire import (
    CODE,
    COOL_DOWN,
    NO_REPRINT,
    NO_SEARCH,
    acknowledged,
    headers,
    judge,
    parcel_numbers,
    read_answer,
)
from retoure_dpd_common.billing import void_without_call

_BUY, _CHECK = "startOrder", "checkOrderData"


class DpdLabels:
    """Labels of one account."""

    def __init__(self, settings: DpdSettings, context: CarrierContext) -> None:
        self._settings = settings
        self._context = context

    def check(self, order: LabelOrder) -> Call[Sequence[Problem]]:
        """Every problem that can be seen here, and where there is none, DPD's own: it validates and makes nothing. Free."""
        label_format(order.formats)
        if problems := find_problems(order, self._context):
            return problems
        response = yield build_check_request(order, self._settings, self._context)
        return parse_check_response(response)

    def create(self, order: LabelOrder) -> Call[Label]:
        """Buy a label. DPD does not say whether one that nobody uses is billed; the account's word on it is in the label."""
        response = yield build_create_request(order, self._settings, self._context)
        return parse_create_response(response, order, self._settings)

    def documents(self, label: LabelReference, formats: Formats) -> Call[Sequence[LabelDocument]]:
        """Not offered by DPD."""
        return (yield from unsupported(NO_REPRINT))

    def void(self, label: LabelReference) -> Call[VoidResult]:
        """Discard a label on our books where unused labels are not billed. No call leaves: DPD has none."""
        return (yield from immediate(void_without_call(label, self._settings)))

    def find(self, key: str, attempted_at: datetime) -> Call[Found[Label] | Candidates[Label] | NotSeen]:
        """Not offered by DPD."""
        return (yield from unsupported(NO_SEARCH))


def build_create_request(order: LabelOrder, settings: DpdSettings, context: CarrierContext) -> HttpRequest:
    """Buy a return label.

    Raises:
        Unsupported: a needed format cannot be had.
        RequestRejected: something is missing, too long or too heavy; all of it is told at once, and nothing is sent.
    """
    return _order_request(order, settings, context, action=_BUY, effect=Effect.ONCE)


def build_check_request(order: LabelOrder, settings: DpdSettings, context: CarrierContext) -> HttpRequest:
    """Have an order validated; nothing is made."""
    return _order_request(order, settings, context, action=_CHECK, effect=Effect.READ)


def _order_request(
    order: LabelOrder, settings: DpdSettings, context: CarrierContext, *, action: str, effect: Effect
) -> HttpRequest:
    label_format(order.formats)
    if problems := find_problems(order, context):
        raise rejected(problems)
    return HttpRequest(
        method="POST",
        url=api_url(settings, "/setOrder"),
        effect=effect,
        headers=headers(settings, writes=True),
        content=exact_json(set_order(order, settings, context, action)).encode(),
        auth=settings.auth,
        judge=judge,
        cool_down=COOL_DOWN,
    )


def parse_check_response(response: HttpResponse) -> tuple[Problem, ...]:
    """What DPD found wrong: every line of it. A refusal of the account is raised."""
    if not response.ok:
        raise http_refusal(response)
    answer = read_answer(response)
    if acknowledged(answer):
        return ()
    error = refusal(answer)
    if isinstance(error, RequestRejected):
        return error.problems
    raise error


def parse_create_response(response: HttpResponse, order: LabelOrder, settings: DpdSettings) -> Label:
    """The label that was bought. A document that is missing or unreadable is a notice: the number is bought all the same.

    Raises:
        RequestRejected, AuthenticationFailed: DPD refused, with every reason.
        MalformedResponse: the answer names no parcel, or refuses and names one; whether a label exists is not known.
    """
    if not response.ok:
        raise http_refusal(response)
    answer = read_answer(response)
    numbers = parcel_numbers(answer)
    if not acknowledged(answer) and not numbers:
        raise refusal(answer)
    if not acknowledged(answer) or len(numbers) != 1:
        raise MalformedResponse(f"DPD's answer names {len(numbers)} parcels, acknowledged: {acknowledged(answer)}")
    documents, notices = _documents(answer)
    return Label(
        account=order.account,
        carrier=CODE,
        service=service_of(order),
        tracking_number=numbers[0],
        rma=order.request.rma,
        key=order.key,
        order=order,
        return_to=order.return_to,
        documents=documents,
        charge_event=settings.charge_event,
        label_source=settings.label_source,
        issued_at=response.requested_at,
        notices=(*notices, *_remarks(answer, order, documents)),
    )


def _documents(answer: Mapping[str, Any]) -> tuple[tuple[LabelDocument, ...], list[str]]:
    """The label, its format told by its bytes: ZPL that was asked for has been seen to come as a PDF."""
    content = text_of(part(answer, "LabelResponse").get("LabelPDF"))
    if not content:
        return (), []
    try:
        return (read_base64_document(content),), []
    except MalformedResponse as error:
        return (), [f"a label came but cannot be used: {error.message}"]


def _remarks(answer: Mapping[str, Any], order: LabelOrder, documents: Sequence[LabelDocument]) -> list[str]:
    remarks = [f"DPD says: {words(row)}" for row in errors_of(answer)]
    came = {document.format for document in documents}
    remarks += [f"{name} was asked for and did not come" for name in sorted({label_format(order.formats)} - came) if came]
    if not documents:
        remarks.append("the label was bought, but no document came; DPD does not show it again: ask DPD by the parcel number")
    if said := text_of(answer.get("SystemInformation")):
        remarks.append(said)
    return remarks
