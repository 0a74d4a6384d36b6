"""What the errors of the Cloud Service mean. A business error is an HTTP 200 with ``Ack`` false and a list of errors.

DPD publishes no full list: numbers and codes are those that users of the service report. One that is not here is a refusal of
the request, with DPD's words.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from retoure.carrier import HttpResponse, text_of
from retoure.errors import (
    AddressRejected,
    AuthenticationFailed,
    CarrierError,
    MalformedResponse,
    Problem,
    RateLimited,
    RequestRejected,
)
from retoure_dpd.wire import COOL_DOWN, is_call_limit, listed

_MOST_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Fault:
    """What an error means: the kind, the user's field where it has one, and our words."""

    error: type[CarrierError]
    meaning: str
    field: str = ""


_BY_ID: Mapping[str, Fault] = {
    "2000": Fault(AuthenticationFailed, "DPD does not accept the partner's credentials"),
    "2121": Fault(RequestRejected, "DPD does not accept the weight", "parcel.weight"),
    "2122": Fault(RequestRejected, "DPD does not accept the purchase key as its internal id", "key"),
    "2123": Fault(RequestRejected, "DPD does not accept the reference", "rma"),
    "2125": Fault(RequestRejected, "DPD does not accept the contents", "parcel.contents"),
}
_BY_CODE: tuple[tuple[re.Pattern[str], Fault], ...] = (
    (re.compile("CREDENTIALS|NOLOGIN"), Fault(AuthenticationFailed, "DPD does not accept the account's credentials")),
    (re.compile("CLASSICRETURN_NOBULKPRINT"), Fault(RequestRejected, "DPD takes a Classic_Return by itself only", "service")),
    (re.compile("CLOUD_ADDRESS_"), Fault(AddressRejected, "DPD does not accept the address", "{address}")),
)
_LIMIT = Fault(RateLimited, "too many calls: DPD wants to be left alone for ten minutes")
_OTHER = Fault(RequestRejected, "DPD does not accept the request")
# Words of the codes of address errors, and the user's field behind them; the first that occurs counts.
_LINES = (
    ("ZIP", "postal_code"), ("HOUSE", "house_number"), ("STREET", "street"), ("CITY", "city"), ("COUNTRY", "country"),
    ("COMPANY", "company"), ("NAME", "name"), ("PHONE", "phone"), ("MAIL", "email"), ("STATE", "state"),
)  # fmt: skip
# One error for several faults: the one that stands first here.
_FIRST = (AuthenticationFailed, RateLimited)


def fault_of(row: Mapping[str, Any]) -> Fault:
    """What one error of the list means."""
    if is_call_limit(row):
        return _LIMIT
    known = _BY_ID.get(text_of(row.get("ErrorID")))
    code = text_of(row.get("ErrorCode")).upper()
    return known or next((fault for pattern, fault in _BY_CODE if pattern.search(code)), _OTHER)


def words(row: Mapping[str, Any]) -> str:
    """What DPD says of an error."""
    said = text_of(row.get("ErrorMsgLong")) or text_of(row.get("ErrorMsgShort")) or text_of(row.get("ErrorCode"))
    return said[:_MOST_SHOWN]


def code_of(row: Mapping[str, Any]) -> str:
    """DPD's number of an error, else its name."""
    return text_of(row.get("ErrorID")) or text_of(row.get("ErrorCode"))


def _field(row: Mapping[str, Any], fault: Fault, address: str) -> str:
    if fault.error is not AddressRejected:
        return fault.field
    code = text_of(row.get("ErrorCode")).upper().partition("CLOUD_ADDRESS_")[2]
    return next((f"{address}.{line}" for word, line in _LINES if word in code), address)


def errors_of(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The errors of an answer."""
    return listed(answer, "ErrorDataList")


def problems_of(errors: Iterable[Mapping[str, Any]], address: str = "ship_from") -> tuple[Problem, ...]:
    """The errors as problems of the user's fields."""
    found = [(row, fault_of(row)) for row in errors]
    return tuple(
        Problem(_field(row, fault, address), code_of(row), ": ".join(filter(None, (fault.meaning, words(row)))))
        for row, fault in found
    )


def refusal(answer: Mapping[str, Any], *, address: str = "ship_from") -> CarrierError:
    """The error that an answer with ``Ack`` false means; of several faults all are told.

    Args:
        answer: The answer.
        address: What the user calls the address of this call.
    """
    errors = errors_of(answer)
    problems = problems_of(errors, address)
    if not problems:
        return MalformedResponse("DPD refused and did not say why")
    faults = [fault_of(row) for row in errors]
    for kind in _FIRST:
        for fault, problem in zip(faults, problems, strict=True):
            if fault.error is kind:
                pause = COOL_DOWN if kind is RateLimited else None
                return kind(problem.text, carrier_code=problem.code, retry_after=pause)
    kinds = {fault.error for fault in faults}
    error = kinds.pop() if len(kinds) == 1 else RequestRejected
    chosen = error if issubclass(error, RequestRejected) else RequestRejected
    return chosen(problems=problems, carrier_code=problems[0].code)


def http_refusal(response: HttpResponse) -> CarrierError:
    """The error that an answer other than a success means, by its status: DPD puts its reasons into successes."""
    status = response.status
    if status in (401, 403):
        return AuthenticationFailed(f"DPD does not accept the account's credentials (HTTP {status})", carrier_code=str(status))
    if 400 <= status < 500:
        return RequestRejected(f"DPD does not accept the request and does not say why (HTTP {status})", carrier_code=str(status))
    return MalformedResponse(f"DPD answered HTTP {status}, which it does not document")
