"""What all of the package's calls share: one way to make a request, tolerant picking, and length checks.

UPS promises lists from the versions used here on and has not always kept it, so that an object where a list belongs is a list of
one, and a text where an object belongs is an empty one.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from typing import Any, Never

from retoure.carrier import Call, CarrierContext, Effect, HttpRequest, url_with
from retoure.carrier.wire import EMPTY
from retoure.errors import Problem, Unsupported
from retoure.model import Address, Money
from retoure_ups.settings import UpsSettings, api_origin

CODE = "ups"
SOURCE = "retoure"
PRESENT = ""
"""The value of UPS's indicators: only whether they stand there counts."""
EU = frozenset(
    ("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT",
     "NL", "PL", "PT", "RO", "SE", "SI", "SK")
)  # fmt: skip
"""The member states of the European Union, within which goods need no customs form."""
IMPERIAL = frozenset({"US", "PR"})
"""Origins whose parcels are measured in pounds and inches."""
_STATES_NEEDED = frozenset({"US", "CA", "VN"})  # StateProvinceCode in the descriptions of Shipping and Pickup

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_plain_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


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
    content = b"" if body is None else _plain_json(body).encode()
    url = url_with(api_origin(settings), f"/api{path}", query)
    trace = sha256(f"{context.clock().isoformat()} {method} {url} ".encode() + content).hexdigest()[:32]
    sent = {"Accept": "application/json", "transId": trace, "transactionSrc": SOURCE, **headers}
    if content:
        sent["Content-Type"] = "application/json"
    return HttpRequest(method=method, url=url, effect=effect, headers=sent, content=content, auth=settings.grant)


def text_of(value: Any) -> str:  # noqa: ANN401 - JSON is anything
    """A text, also where UPS wrote it as a number; without the ``&#xD;`` that its test environment leaves in."""
    if isinstance(value, str):
        return " ".join(value.replace("&#xD;", " ").split()) if "&#xD;" in value or "\n" in value else value.strip()
    return str(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else ""


def part(value: Any, *names: str) -> dict[str, Any]:  # noqa: ANN401
    """The object at a path of names, or an empty one; of a list its first object."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
        if isinstance(value, dict):
            continue
        value = value[0] if isinstance(value, list) and value else None
    return value if isinstance(value, dict) else {}


def rows(value: Any, name: str) -> list[dict[str, Any]]:  # noqa: ANN401
    """The objects of that name, whether UPS wrote a list of them or one."""
    found = value.get(name) if isinstance(value, dict) else None
    listed = found if isinstance(found, list) else [found]
    return [row for row in listed if isinstance(row, dict)]


def filled(**fields: Any) -> dict[str, Any]:  # noqa: ANN401
    """The fields that hold something."""
    return {name: value for name, value in fields.items() if value}


def money_of(value: Mapping[str, Any]) -> Money | None:
    """``{CurrencyCode, MonetaryValue}`` as money, or None where it is not."""
    try:
        return Money(amount=Decimal(text_of(value.get("MonetaryValue"))), currency=text_of(value.get("CurrencyCode")))
    except (InvalidOperation, ValueError):
        return None


def alerts_of(value: Any, name: str = "Alert") -> list[str]:  # noqa: ANN401
    """UPS's remarks as texts, each with its code."""
    said = ((text_of(row.get("Code")), text_of(row.get("Description"))) for row in rows(value, name))
    return [f"UPS {code}: {text}" if text else f"UPS {code}" for code, text in said if code or text]


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a text may be that the user calls ``name``."""

    name: str
    most: int
    least: int = 0


def check_text(field: str, value: str, limit: Limit) -> Iterator[Problem]:
    """What is wrong with a text: its length, or a character that no label can print. Nothing is ever cut to fit."""
    size = len(value)
    if size > limit.most:
        yield Problem(field, "too_long", f"UPS takes at most {limit.most} characters, this has {size}")
    elif size < limit.least:
        yield Problem(field, "missing", "UPS needs this")
    if _CONTROL.search(value):
        # UPS answers such a text with an empty 200.
        yield Problem(field, "wrong_form", "this holds a control character")


def check_address(field: str, address: Address, limits: tuple[Limit, ...]) -> Iterator[Problem]:
    """What is wrong with the lines of an address that the user calls ``field``."""
    for limit in limits:
        yield from check_text(f"{field}.{limit.name}", getattr(address, limit.name), limit)
    if address.country in _STATES_NEEDED and not address.state:
        yield Problem(f"{field}.state", "missing", f"UPS needs the state or province in {address.country}")


def street_line(address: Address) -> str:
    """Street and house number on one line, as UPS prints them."""
    return f"{address.street} {address.house_number}".strip()


def same_customs_area(one: str, other: str) -> bool:
    """Whether goods go from one country to the other without a customs form."""
    return one == other or (one in EU and other in EU)


def unsupported(reason: str) -> Call[Never]:
    """A call that nobody can make: it says why."""
    raise Unsupported(reason)
    yield  # unreachable; it makes this function a generator
