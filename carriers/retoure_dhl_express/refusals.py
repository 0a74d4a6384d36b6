"""What MyDHL API's error answers mean.

The body is ``{title, detail, message, status, additionalDetails[]}``; DHL's own code is the beginning of a text (``7008: ...``)
in ``detail`` or ``additionalDetails``, or absent. The gateway in front answers ``{"reasons": [{"msg": ...}]}``, and a wrong path
with an empty 404: only a 404 in the API's own words says that something is unknown. Shapes: description of MyDHL API 3.3.1; the
gateway's from reports of others.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from retoure.carrier import Effect, HttpResponse, rows, text_of, texts
from retoure.errors import (
    AuthenticationFailed,
    CarrierError,
    MalformedResponse,
    NotFound,
    Problem,
    RateLimited,
    RequestRejected,
)
from retoure_dhl_express.codes import FAULTS, Fault

_CODED = re.compile(r"\s*([0-9]{3,6})\s*:\s*(.*)", re.DOTALL)
# The 404s of the description, in detail, title or message.
_UNKNOWN = re.compile(r"not? data found|no shipments? found|(pickup|shipment information) (was )?not found", re.IGNORECASE)
_ACCOUNT = re.compile(r"account number.*(invalid|not found)|(invalid|unknown) account", re.IGNORECASE)
_DATE = re.compile(r"date|timestamp", re.IGNORECASE)
_POINTER = re.compile(r"#?/([A-Za-z0-9/]+)")
_MOST_SHOWN = 1000
_PARTY = "shipperdetails"

# Parts of DHL's property paths, and the user's field; the first whose parts all occur counts.
_FIELDS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("receiverdetails",), "return_to"),
    (("postalcode",), "{address}.postal_code"), (("cityname",), "{address}.city"), (("countrycode",), "{address}.country"),
    (("addressline1",), "{address}.street"), (("addressline2",), "{address}.addition"), (("province",), "{address}.state"),
    (("phone",), "{address}.phone"), (("email",), "{address}.email"), (("fullname",), "{address}.name"),
    (("companyname",), "{address}.company"), ((_PARTY,), "{address}"),
    (("plannedshippingdate",), "ship_date"), (("plannedpickupdate",), "window"), (("closetime",), "window.latest"),
    (("lineitems",), "customs"), (("exportdeclaration",), "customs"), (("dimensions",), "parcel.dimensions"),
    (("weight",), "parcel.weight"), (("accounts",), "account_number"), (("productcode",), "service"),
    (("valueaddedservices",), "services"), (("content", "description"), "parcel.contents"),
    (("customerreferences",), "rma"), (("dispatchconfirmationnumber",), "confirmation_number"),
)  # fmt: skip


def _user_field(text: str, address: str) -> str:
    found = _POINTER.search(text)
    path = (found[1] if found else "").casefold()
    return next((field.format(address=address) for parts, field in _FIELDS if path and all(p in path for p in parts)), "")


def _answer(response: HttpResponse) -> Mapping[str, Any]:
    try:
        answer = json.loads(response.content)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def lines_of(answer: Mapping[str, Any]) -> tuple[str, ...]:
    """Everything that an error answer says, one text each; the phrase that points to the other lines is left out."""
    more = [*texts(answer, "additionalDetails"), *map(_detail, rows(answer, "additionalDetails"))]
    own = text_of(answer.get("detail")) or text_of(answer.get("message")) or text_of(answer.get("title"))
    reasons = [text_of(reason.get("msg")) for reason in rows(answer, "reasons")]
    if more and "additional details" in own.casefold():
        own = ""
    return tuple(dict.fromkeys(filter(None, (own, *more, *reasons))))


def _detail(row: Mapping[str, Any]) -> str:
    """A line that comes as an object in place of a text."""
    said = next(filter(None, (text_of(row.get(name)) for name in ("detail", "message", "title"))), "")
    return ": ".join(filter(None, (text_of(row.get("code")), said)))


def _problems(lines: Iterable[str], status: int, address: str) -> Iterator[tuple[Problem, Fault]]:
    for line in lines:
        coded = _CODED.match(line)
        code, text = (coded[1], coded[2]) if coded else (str(status), line)
        fault = FAULTS.get(code) or _uncoded(text, status)
        field = _user_field(text, address) or fault.field.format(address=address)
        if code == "998" and _DATE.search(text):
            field, fault = "ship_date", Fault(fault.error, "DHL does not accept the date or its form")
        yield Problem(field, code, f"{fault.meaning}: {text}" if text else fault.meaning), fault


def _uncoded(text: str, status: int) -> Fault:
    if _ACCOUNT.search(text):
        return Fault(AuthenticationFailed, "DHL does not accept the account number: check account_number", "account_number")
    if status == 404:
        return Fault(NotFound, "DHL does not know this")
    return Fault(RequestRejected, "DHL does not accept the request")


# One error for several problems: the one that stands first here.
_FIRST = (MalformedResponse, AuthenticationFailed, NotFound)


def _is_own(answer: Mapping[str, Any], lines: Iterable[str], status: int) -> bool:
    """Whether the API itself speaks: any text will do, but a 404 needs a code or the words that the API has for it."""
    if status != 404:
        return any(lines)
    own = (*lines, text_of(answer.get("title")), text_of(answer.get("message")))
    return any(_CODED.match(line) or _UNKNOWN.search(line) for line in own)


def refusal(response: HttpResponse, *, address: str = "ship_from", effect: Effect = Effect.READ) -> CarrierError:
    """The error that an answer other than a success means; of several problems all are told.

    A 4xx that does not come from the API itself refuses a purchase as any other; to the other calls it is no answer, and least of
    all one that something is unknown, or was cancelled before.

    Args:
        response: The answer.
        address: What the user calls the address of this call.
        effect: That of the request.
    """
    answer, status = _answer(response), response.status
    lines = lines_of(answer)
    said = "; ".join(lines)[:_MOST_SHOWN] or f"it did not say why; the answer has {len(response.content)} bytes"
    request_id = response.headers.get("message-reference", "")
    if status in (401, 403):
        return AuthenticationFailed(
            f"DHL does not accept the account's user and password for this API (HTTP {status}: {said})",
            carrier_code=str(status), request_id=request_id,
        )  # fmt: skip
    if status == 429:
        return RateLimited(f"DHL asks to wait (HTTP 429: {said})", carrier_code="429", request_id=request_id)
    refused = 400 <= status < 500 and status != 408
    if not refused or not _is_own(answer, lines, status):
        what = f"DHL answered HTTP {status}: {said}"
        if not refused or effect is not Effect.ONCE:
            return MalformedResponse(what, request_id=request_id)
        return RequestRejected(problems=[Problem("", str(status), what)], carrier_code=str(status), request_id=request_id)
    found = tuple(_problems(lines, status, address))
    problems = [problem for problem, _ in found]
    for error in _FIRST:
        coded = next((problem for problem, fault in found if fault.error is error), None)
        if coded:
            return error(f"{coded.text} (HTTP {status}: {said})", carrier_code=coded.code, request_id=request_id)
    kinds = {fault.error for _, fault in found}
    one = kinds.pop() if len(kinds) == 1 else RequestRejected
    kind = one if issubclass(one, RequestRejected) else RequestRejected
    return kind(problems=problems, carrier_code=problems[0].code, request_id=request_id)
