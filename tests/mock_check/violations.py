"""What Prism says of a request, and which of it is known to be false.

Prism lists its findings in the header ``sl-violations``. Only findings located in the request count: its own generated answers
are often invalid, and that is its own affair.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

HEADER = "sl-violations"


@dataclass(frozen=True, slots=True)
class Finding:
    """One entry of the header: where in the request, which keyword, and Prism's words."""

    location: tuple[str, ...]
    code: str
    message: str

    def __str__(self) -> str:
        return f"{'.'.join(self.location)} [{self.code}] {self.message}"


def read_findings(header: str) -> tuple[Finding, ...]:
    """The findings that are located in the request.

    Raises:
        ValueError: the header is not what Prism writes, so that nothing can be concluded from it.
    """
    entries = json.loads(header or "[]")
    if not isinstance(entries, list):
        raise ValueError(f"{HEADER} is no list: {header[:200]}")
    found = (Finding(tuple(map(str, e["location"])), str(e.get("code", "")), str(e.get("message", ""))) for e in entries)
    return tuple(finding for finding in found if finding.location[:1] != ("response",))


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFalse:
    """A finding that is wrong: of which service, at which place, with which keyword, and why.

    ``proof`` looks at the request's body and must agree; an empty ``location`` matches any place.
    """

    service: str
    location: tuple[str, ...]
    code: str
    reason: str
    proof: Callable[[Finding, bytes], bool]

    def covers(self, service: str, finding: Finding, body: bytes) -> bool:
        """Whether the finding is that wrong one."""
        return (
            self.service == service
            and self.code == finding.code
            and (not self.location or self.location == finding.location)
            and self.proof(finding, body)
        )  # fmt: skip


def value_at(finding: Finding, body: bytes) -> Any:
    """The value in the body that the finding is about, its numbers exact.

    Raises:
        LookupError: there is none.
    """
    value = json.loads(body, parse_float=Decimal)
    for step in finding.location[2:]:
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


def is_exact_multiple(finding: Finding, body: bytes) -> bool:
    """Whether the number is the multiple that Prism misses: it divides binary floats, and 19.99 / 0.01 is not whole there."""
    step = re.search(r"multiple of ([0-9.]+)$", finding.message)
    try:
        return step is not None and Decimal(value_at(finding, body)) % Decimal(step[1]) == 0
    except (LookupError, ValueError, TypeError, InvalidOperation):
        return False


def is_a_dated_choice(finding: Finding, body: bytes) -> bool:
    """Whether the object says by its own ``type`` that it is a date, which the discriminator would have told Prism."""
    try:
        value = value_at(finding, body)
    except (LookupError, ValueError):
        return False
    return isinstance(value, dict) and value.keys() == {"type", "value"} and value["type"] == "Date"


def _value_fits(pattern: str) -> Callable[[Finding, bytes], bool]:
    """A proof that the value is one that the description's own text names."""

    def proof(finding: Finding, body: bytes) -> bool:
        try:
            return re.fullmatch(pattern, str(value_at(finding, body))) is not None
        except (LookupError, ValueError, TypeError):
            return False

    return proof


def _one_is_enough(*groups: tuple[str, ...]) -> Callable[[Finding, bytes], bool]:
    """A proof that one of the groups of members, of which the description's text asks for any one, is whole."""

    def proof(finding: Finding, body: bytes) -> bool:
        try:
            value = value_at(finding, body)
        except (LookupError, ValueError, TypeError):
            return False
        return isinstance(value, dict) and any(value.keys() >= set(group) for group in groups)

    return proof


_UPS_LENGTHS = (
    ("ups/Shipping.yaml", ("LabelRecoveryRequest", "LabelSpecification", "LabelImageFormat", "Code"), "minLength", "GIF|PDF|ZPL"),
    ("ups/Pickup.yaml", ("PickupCreationRequest", "PickupDateInfo", "PickupDate"), "maxLength", "[0-9]{8}"),
    ("ups/Pickup.yaml", ("PickupCreationRequest", "TotalWeight", "Weight"), "minLength", r"[0-9]{1,3}\.[0-9]"),
    ("ups/Locator.yaml", ("LocatorRequest", "Request", "RequestAction"), "minLength", "Locator"),
)

KNOWN_FALSE: tuple[KnownFalse, ...] = (
    KnownFalse(
        service="dhl_paket/parcel-de-pickup-v3.yaml",
        location=("request", "body", "pickupDetails", "pickupDate"),
        code="oneOf",
        reason="a Date object also matches the ASAP branch; Prism does not heed the discriminator",
        proof=is_a_dated_choice,
    ),
    KnownFalse(
        service="dhl_paket/pp-parcel-returns.yaml",
        location=(),
        code="multipleOf",
        reason="binary floating-point error of the checker: the exact decimal is a multiple",
        proof=is_exact_multiple,
    ),
    KnownFalse(
        service="dhl_express/dpdhl-express-api-3.3.1.yaml",
        location=(),
        code="multipleOf",
        reason="binary floating-point error of the checker: the exact decimal is a multiple",
        proof=is_exact_multiple,
    ),
    *(
        KnownFalse(
            service=service,
            location=("request", "body", *location),
            code=code,
            reason="a wrong length: the value is one that the text beside it names",
            proof=_value_fits(pattern),
        )
        for service, location, code, pattern in _UPS_LENGTHS
    ),
    KnownFalse(
        service="ups/Shipping.yaml",
        location=("request", "body", "LabelRecoveryRequest"),
        code="required",
        reason="a label is named by its number, by Roadie numbers or by a reference; the schema requires all of them",
        proof=_one_is_enough(("TrackingNumber",), ("ReferenceValues",)),
    ),
    KnownFalse(
        service="ups/Locator.yaml",
        location=("request", "body", "LocatorRequest", "OriginAddress", "AddressKeyFormat"),
        code="required",
        reason="by its text a postcode or a city is enough, and many countries have no states",
        proof=_one_is_enough(("PostcodePrimaryLow", "CountryCode"), ("PoliticalDivision2", "CountryCode")),
    ),
)


def known_false(service: str, finding: Finding, body: bytes) -> KnownFalse | None:
    """The entry of the table that covers the finding, if any."""
    return next((known for known in KNOWN_FALSE if known.covers(service, finding, body)), None)
