"""What all of the package's calls share: one way to make a request, and UPS's ways to write money and remarks."""

from collections.abc import Iterator, Mapping
from datetime import UTC
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from typing import Any

from retoure.carrier import AddressLimits, CarrierContext, Effect, HttpRequest, exact_json, rows, text_of, url_with
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


def check_address(field: str, address: Address, lines: AddressLimits) -> Iterator[Problem]:
    """What is wrong with an address that the user calls ``field``."""
    yield from lines.check(field, address)
    if address.country in _STATES_NEEDED and not address.state:
        yield Problem(f"{field}.state", "missing", f"UPS needs the state or province in {address.country}")
