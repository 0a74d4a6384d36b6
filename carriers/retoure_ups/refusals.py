"""What UPS's error answers mean: one table of codes, one function.

Every interface answers ``{"response": {"errors": [{"code", "message"}]}}``, at times without the outer name or as the ``Fault``
of UPS's older interfaces; the Locator may say it inside a 200, and a text with a control character is answered by an empty 200
with the header ``apierrorcode``. A 404 in other words is not UPS's: it comes from what stands before its interfaces.
UPS's lists of codes stand on its portal; those below are named in its descriptions, were recorded, or were reported by others
(README.md says which).
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from retoure.carrier import HttpResponse, part, rows, text_of
from retoure.errors import (
    AddressRejected,
    AuthenticationFailed,
    CarrierError,
    CarrierUnavailable,
    MalformedResponse,
    NotFound,
    Problem,
    RateLimited,
    RequestRejected,
    ServiceNotAvailable,
)
from retoure_ups.wire import plainly

VOID_PERIOD_OVER = "190102"
INVALID_NUMBER = "TV1002"
NO_INFORMATION = "TW0001"


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code means: which error, in our words, and the user's field where it is one."""

    error: type[CarrierError]
    text: str
    field: str = ""


_NOT_ACCEPTED = Meaning(AuthenticationFailed, "UPS does not accept the app's credentials, or the app lacks this API product")
_TOKEN = Meaning(AuthenticationFailed, "UPS does not accept the access token")
_FORM = Meaning(RequestRejected, "UPS cannot read the request")
_TROUBLE = Meaning(CarrierUnavailable, "UPS is out of order for the moment")

CODES: Mapping[str, Meaning] = {
    "250002": _NOT_ACCEPTED,
    "250003": _NOT_ACCEPTED,
    "251004": _TOKEN,
    "UJ0001": _TOKEN,
    "403": Meaning(AuthenticationFailed, "UPS has blocked this account"),
    "112111": Meaning(AuthenticationFailed, "UPS does not know the shipper number", "account_number"),
    "10001": _FORM,
    "10002": _FORM,
    "10007": _FORM,
    "405": _FORM,
    "VSS002": _FORM,
    "VSS004": _FORM,
    "111549": Meaning(RequestRejected, "UPS needs the weight", "parcel.weight"),
    "120512": Meaning(RequestRejected, "UPS needs a description of the goods", "parcel.contents"),
    "120317": Meaning(ServiceNotAvailable, "UPS takes no return between these countries on this account", "ship_from.country"),
    "121100": Meaning(ServiceNotAvailable, "UPS does not offer this service here", "service"),
    "111210": Meaning(ServiceNotAvailable, "UPS offers no such service between these places", "service"),
    "9510119": Meaning(ServiceNotAvailable, "UPS does not take this service for pickups here", "pickup_service"),
    "111285": Meaning(AddressRejected, "postcode and state do not belong together", "{address}.postal_code"),
    "120202": Meaning(AddressRejected, "UPS does not accept the street of the return address", "return_to"),
    "120802": Meaning(AddressRejected, "UPS does not accept the address", "{address}"),
    VOID_PERIOD_OVER: Meaning(RequestRejected, "the period for voiding is over, or UPS does not know the shipment"),
    INVALID_NUMBER: Meaning(RequestRejected, "UPS does not take this for a number", "parcels"),
    NO_INFORMATION: Meaning(NotFound, "UPS knows nothing of this number"),
    "10429": Meaning(RateLimited, "UPS asks to wait"),
    "10004": _TROUBLE,
    "VSS100": _TROUBLE,
}
STATUSES: Mapping[int, Meaning] = {
    401: _NOT_ACCEPTED,
    403: Meaning(AuthenticationFailed, "UPS does not allow this to the account"),
    404: Meaning(NotFound, "UPS does not know this"),
    429: Meaning(RateLimited, "UPS asks to wait"),
}
_REFUSED = Meaning(RequestRejected, "UPS does not accept the request")
_EMPTY = Meaning(RequestRejected, "UPS answered nothing but an error code, as it does for a character it cannot read")
_NOT_REACHED = Meaning(CarrierUnavailable, "the request did not reach UPS's interface")
_MOST_SHOWN = 300


def faults_of(response: HttpResponse) -> list[tuple[str, str]]:
    """Code and text of every error in an answer."""
    try:
        answer = json.loads(response.content)
    except (ValueError, RecursionError):
        return []
    named = (
        (rows(part(answer, "response"), "errors") or rows(answer, "errors"), "code", "message"),
        (rows(part(answer, "LocatorResponse", "Response"), "Error"), "ErrorCode", "ErrorDescription"),
        (_older_errors(part(answer, "Fault")), "Code", "Description"),
        (rows(answer, "Fault"), "faultcode", "faultstring"),
    )
    for found, code, text in named:
        if faults := [pair for row in found if any(pair := (text_of(row.get(code)), plainly(row.get(text))))]:
            return faults
    return []


def _older_errors(fault: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [part(row, "PrimaryErrorCode") for row in rows(part(fault, "detail", "Errors"), "ErrorDetail")]


def request_id(response: HttpResponse) -> str:
    """The number under which UPS's support finds an exchange."""
    return response.headers.get("bkndtransid") or response.headers.get("x-request-id") or ""


def refusal(response: HttpResponse, *, address: str = "ship_from") -> CarrierError:
    """The error that an answer other than a success means; ``address`` is what the user calls the address of this call."""
    faults = faults_of(response)
    if not faults and (code := response.headers.get("errorcode") or response.headers.get("apierrorcode")):
        faults = [(code, plainly(response.headers.get("errordescription") or response.headers.get("apierrormsg")))]
    known = [(CODES[code], code) for code, _ in faults if code in CODES]
    meaning, code = (
        known[0] if known else (_by_status(response, told=bool(faults)), faults[0][0] if faults else str(response.status))
    )
    said = "; ".join(f"{code} {text}".strip() for code, text in faults)[:_MOST_SHOWN] or _speechless(response)
    details: dict[str, Any] = {"carrier_code": code, "request_id": request_id(response)}
    if meaning is None:
        text = f"UPS answered HTTP {response.status}, which its description does not know: {said}"
        return MalformedResponse(text, **details)
    message = f"{meaning.text} (HTTP {response.status}: {said})"
    if issubclass(meaning.error, RequestRejected):
        return meaning.error(message, problems=_problems(faults, address), **details)
    return meaning.error(message, **details)


def _by_status(response: HttpResponse, *, told: bool) -> Meaning | None:
    status = response.status
    if status == 404 and not told:
        return _NOT_REACHED
    if status == 200:
        return _EMPTY if not response.content.strip() else _REFUSED
    return STATUSES.get(status) or (_REFUSED if 400 <= status < 500 and status != 408 else None)


def _problems(faults: Iterable[tuple[str, str]], address: str) -> list[Problem]:
    meanings = [(code, text, CODES.get(code, _REFUSED)) for code, text in faults]
    return [Problem(meaning.field.format(address=address), code, text or meaning.text) for code, text, meaning in meanings]


def _speechless(response: HttpResponse) -> str:
    kind = response.headers.get("content-type", "").partition(";")[0] or "of no stated type"
    return f"it did not say why; the answer is {kind}, {len(response.content)} bytes"


def check_answer(response: HttpResponse, *, address: str = "ship_from") -> None:
    """Raise what a refusal means; an empty 200 with ``apierrorcode`` is one, and nothing was done."""
    if not response.ok or (not response.content.strip() and response.headers.get("apierrorcode")):
        raise refusal(response, address=address)
