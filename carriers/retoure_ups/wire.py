"""What all of the package's calls share: one way to make a request, and UPS's ways to write money and remarks."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from typing import Any

from retoure.carrier import (
    AddressLimits,
    CarrierContext,
    Effect,
    HttpRequest,
    Limit,
    check_text,
    exact_json,
    plain_number,
    rows,
    text_of,
    url_with,
)
from retoure.carrier.wire import EMPTY
from retoure.errors import Problem
from retoure.model import Address, Money
from retoure_ups.settings import UpsSettings, api_origin

CODE = "ups"
SOURCE = "retoure"
PRESENT = ""
"""The value of UPS's indicators: only whether they stand there counts."""
LIST_PRICE = "UPS named no negotiated price: this is its list price"
IMPERIAL = frozenset({"US", "PR"})
"""Origins whose parcels are measured in pounds and inches."""
ZIP_LENGTH = 5
_ZIP = (re.compile(r"[0-9]{5}([0-9]{4})?"), "5 or 9 digits")
# ShipTo, PostalCode in the description of Shipping.
_POSTCODES = {"US": _ZIP, "PR": _ZIP, "CA": (re.compile(r"([A-Z][0-9]){3}"), "a postcode like M5V 3L9")}
_STATES_NEEDED = frozenset({"US", "CA", "VN"})  # StateProvinceCode in the descriptions of Shipping and Pickup


def api_request(
    context: CarrierContext,
    settings: UpsSettings,
    method: str,
    path: str,
    *,
    effect: Effect,
    query: Mapping[str, str] = EMPTY,
    headers: Mapping[str, str] = EMPTY,
    body: Mapping[str, Any] | None = None,
) -> HttpRequest:
    """A request below UPS's ``/api``. Every one carries ``transId`` and ``transactionSrc``, which tracking refuses to do without.

    The trace id is a digest of the request and the moment: it names one attempt to UPS's support and holds nobody's data.
    """
    content = b"" if body is None else exact_json(body).encode()
    url = url_with(api_origin(settings), f"/api{path}", query)
    trace = sha256(f"{context.clock().astimezone(UTC).isoformat()} {method} {url} ".encode() + content).hexdigest()[:32]
    sent = {"Accept": "application/json", "transId": trace, "transactionSrc": SOURCE, **headers}
    if content:
        sent["Content-Type"] = "application/json"
    return HttpRequest(method=method, url=url, effect=effect, headers=sent, content=content, auth=settings.grant)


def plainly(value: Any) -> str:  # noqa: ANN401 - JSON is anything
    """UPS's words on one line, without the ``&#xD;`` that its test environment leaves in."""
    return " ".join(text_of(value).replace("&#xD;", " ").split())


def money_of(value: Mapping[str, Any]) -> Money | None:
    """``{CurrencyCode, MonetaryValue}`` as money, or None where it is not."""
    try:
        return Money(amount=Decimal(text_of(value.get("MonetaryValue"))), currency=text_of(value.get("CurrencyCode")))
    except (InvalidOperation, ValueError):
        return None


def alerts_of(value: Any, name: str = "Alert") -> list[str]:  # noqa: ANN401
    """UPS's remarks as texts, each with its code."""
    said = ((text_of(row.get("Code")), plainly(row.get("Description"))) for row in rows(value, name))
    return [f"UPS {code}: {text}" if text else f"UPS {code}" for code, text in said if code or text]


def check_address(field: str, address: Address, lines: AddressLimits, postcode: Limit) -> Iterator[Problem]:
    """What is wrong with an address that the user calls ``field``."""
    yield from lines.check(field, address)
    yield from check_postcode(f"{field}.postal_code", address.country, address.postal_code, postcode)
    if address.country in _STATES_NEEDED and not address.state:
        yield Problem(f"{field}.state", "missing", f"UPS needs the state or province in {address.country}")


def postcode_of(country: str, postcode: str) -> str:
    """A postcode as UPS takes it: ``94103-1234`` without the hyphen, ``m5v 3l9`` as M5V3L9, others as they are."""
    return plain_number(postcode) if country in _POSTCODES else postcode


def check_postcode(field: str, country: str, postcode: str, limit: Limit) -> Iterator[Problem]:
    """What is wrong with a postcode; its form is UPS's to know but in the countries of which its descriptions tell it."""
    form, text = _POSTCODES.get(country, (None, ""))
    if form is None:
        yield from check_text(field, postcode, limit)
    elif not postcode:
        yield Problem(field, "missing", f"UPS needs the postcode in {country}")
    elif not form.fullmatch(postcode_of(country, postcode)):
        yield Problem(field, "wrong_form", f"UPS takes {text} in {country}")
