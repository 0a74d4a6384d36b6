"""What DHL's error answers mean: one table, one function.

Returns, Pickup, Location Finder and Shipment Tracking Unified answer ``{title, status, detail}`` (RFC 7807), as
``application/problem+json`` or plain JSON; Pickup's 422 is a list of ``{errorCode, title, instance, detail}``; the gateway in
front of them has texts of its own. What counts as which error: OpenAPI descriptions and the developer portal's help articles.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from retoure.carrier import HttpResponse, part, text_of
from retoure.errors import (
    AddressRejected,
    AuthenticationFailed,
    CarrierError,
    MalformedResponse,
    NotFound,
    Problem,
    RateLimited,
    RequestRejected,
    ServiceNotAvailable,
)

_ADDRESS = r"shipper|consignee|address|street|house ?(no|number)|stra(ß|ss)e|hausnummer|post(al)? ?code|\bplz\b|\bcity\b"


@dataclass(frozen=True, slots=True)
class Rule:
    """An answer of one of ``statuses`` whose text holds ``words`` is ``error``; ``meaning`` says so in our words."""

    statuses: frozenset[int]
    words: re.Pattern[str]
    error: type[CarrierError]
    meaning: str


def _rule(statuses: Iterable[int], words: str, error: type[CarrierError], meaning: str) -> Rule:
    return Rule(frozenset(statuses), re.compile(words, re.IGNORECASE), error, meaning)


_WRONG = frozenset(range(400, 500)) - {408}  # a 408 says nothing about what happened
RULES = (
    _rule((401,), r"apiproduct", AuthenticationFailed,
          "the API is not subscribed for this app: add it to the app in DHL's developer portal"),
    _rule((401,), r"client identifier", AuthenticationFailed, "DHL does not know the app's key"),
    _rule((401,), r"", AuthenticationFailed, "DHL does not accept the account's credentials"),
    _rule((403,), r"", AuthenticationFailed,
          "DHL does not allow this to the account: contract, billing number or the portal user's rights do not cover it"),
    _rule((404,), r"", NotFound, "DHL does not know this"),
    _rule((429,), r"", RateLimited, "DHL asks to wait"),
    _rule((400, 422), r"(postal ?code|postcode|zip).*(format)", AddressRejected,
          "the postcode has not the form of the country that the receiver id stands for: either the postcode is wrong, or the "
          "receiver id bound for the sender's country belongs to another country"),
    _rule((400, 422), r"receiver ?id|(sender|shipper) ?country|countr(y|ies)[^.]*(not|un)[- ]?(supported|allowed|available)",
          ServiceNotAvailable, "DHL has no return service for this sender country or receiver id"),
    _rule((400, 422), _ADDRESS, AddressRejected, "DHL does not accept the address"),
    _rule(_WRONG, r"", RequestRejected, "DHL does not accept the request"),
)  # fmt: skip

# Words of DHL's texts and properties, and the user's field behind them; the first that occurs counts.
_FIELDS = (
    ("addresshouse", "{address}.house_number"), ("house number", "{address}.house_number"),
    ("hausnummer", "{address}.house_number"), ("addressstreet", "{address}.street"), ("street", "{address}.street"),
    ("straße", "{address}.street"), ("postalcode", "{address}.postal_code"), ("postal code", "{address}.postal_code"),
    ("postcode", "{address}.postal_code"), ("city", "{address}.city"), ("name1", "{address}.name"),
    ("name2", "{address}.company"), ("name3", "{address}.addition"), ("email", "{address}.email"),
    ("phone", "{address}.phone"), ("receiverid", "return_to"), ("receiver id", "return_to"), ("customerreference", "rma"),
    ("customs", "customs"), ("weight", "parcel.weight"), ("billingnumber", "pickup_billing_number"),
    ("pickupdate", "window.day"), ("businesshours", "window.earliest"), ("bulkygood", "parcels.bulky"),
    ("shipmentdetails", "parcels"),
)  # fmt: skip
_MOST_SHOWN = 300
_MOST_READ = 20_000


def _user_field(text: str, address: str) -> str:
    lowered = text.casefold()
    return next((field.format(address=address) for word, field in _FIELDS if word.casefold() in lowered), "")


def _faults(response: HttpResponse) -> list[Mapping[str, Any]]:
    try:
        answer = json.loads(response.content)
    except (ValueError, RecursionError):
        return []
    rows = answer if isinstance(answer, list) else [answer]
    return [part(row, "sstatus") or row for row in rows if isinstance(row, dict)]


def _said(fault: Mapping[str, Any]) -> str:
    parts = [text_of(fault.get(name)) for name in ("title", "detail")]
    return " - ".join(dict.fromkeys(part for part in parts if part))


def _speechless(response: HttpResponse) -> str:
    kind = response.headers.get("content-type", "").partition(";")[0] or "of no stated type"
    return f"it did not say why; the answer is {kind}, {len(response.content)} bytes"


def refusal(response: HttpResponse, *, address: str = "ship_from", status: int | None = None) -> CarrierError:
    """The error that an answer other than a success means.

    Args:
        response: The answer.
        address: What the user calls the address of this call.
        status: The status to go by where it stands inside the answer and not in its head.
    """
    code = status or response.status
    text = response.text[:_MOST_READ]
    rule = next((rule for rule in RULES if code in rule.statuses and rule.words.search(text)), None)
    faults = _faults(response)
    said = "; ".join(filter(None, map(_said, faults)))[:_MOST_SHOWN] or _speechless(response)
    if rule is None:
        return MalformedResponse(f"DHL answered HTTP {response.status}, which its description does not know: {said}")
    message = f"{rule.meaning} (HTTP {code}: {said})"
    if not issubclass(rule.error, RequestRejected):
        return rule.error(message, carrier_code=str(code))
    problems = [
        Problem(
            _user_field(f"{text_of(fault.get('instance'))} {_said(fault)}", address),
            text_of(fault.get("errorCode")) or text_of(fault.get("code")) or str(code),
            _said(fault) or rule.meaning,
        )
        for fault in faults
    ]
    return rule.error(message, problems=problems, carrier_code=problems[0].code if problems else str(code))


SERVICE_CODES = frozenset({"not_offered", "no_receiver_id", "unknown_service"})
"""Codes of problems that mean that the account does not offer a service."""
