"""Voiding a label: Shipping v2409.

https://developer.ups.com/api/reference/shipping - a void may be repeated. How long UPS takes it is not published; by one report
24 hours for returns.
"""

from urllib.parse import quote

from retoure.carrier import CarrierContext, Effect, HttpRequest, HttpResponse, part, read_json, rows, text_of
from retoure.errors import MalformedResponse, Problem, RequestRejected
from retoure.model import LabelReference, VoidResult
from retoure_ups.refusals import VOID_PERIOD_OVER, check_answer
from retoure_ups.settings import UpsSettings
from retoure_ups.wire import api_request

VOID_PATH = "/shipments/v2409/void/cancel"


def build_void_request(label: LabelReference, settings: UpsSettings, context: CarrierContext) -> HttpRequest:
    """Void a shipment as a whole: a return's packages cannot be voided one by one."""
    number = (label.carrier_reference or label.tracking_number).replace(" ", "").upper()
    path = f"{VOID_PATH}/{quote(number, safe='')}"
    return api_request(context, settings, "DELETE", path, effect=Effect.REPEATABLE)


def parse_void_response(response: HttpResponse) -> VoidResult:
    """What became of a void; a label that was voided before is voided.

    Raises:
        RequestRejected: UPS did not void it, or voided some of its packages only.
        AuthenticationFailed: as it says.
        MalformedResponse: the answer does not say what became of it.
    """
    try:
        check_answer(response)
    except RequestRejected as error:
        if error.carrier_code == VOID_PERIOD_OVER:
            return VoidResult.TOO_LATE
        raise
    answer = part(read_json(response), "VoidShipmentResponse")
    summary = text_of(part(answer, "SummaryResult", "Status").get("Code"))
    listed = rows(answer, "PackageLevelResults") or rows(answer, "PackageLevelResult")
    packages = {text_of(row.get("TrackingNumber")): text_of(part(row, "Status").get("Code")) for row in listed}
    kept = [number for number, code in packages.items() if code == "0"]
    if kept:
        text = f"UPS voided {len(packages) - len(kept)} of {len(packages)} packages, not {', '.join(kept)}"
        raise RequestRejected(problems=[Problem("tracking_number", "0", text)], carrier_code="0")
    if summary != "1":
        raise MalformedResponse(f"UPS's answer (HTTP {response.status}) does not say that the label was voided")
    return VoidResult.VOIDED
