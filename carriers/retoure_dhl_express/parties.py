"""The parties of a shipment as MyDHL API takes them. Lengths: description 3.3.1, schemas Address and Contact."""

from collections.abc import Iterator
from typing import Any

from retoure.carrier import AddressLimits, Limit, check_text, filled
from retoure.errors import Problem
from retoure.model import Address
from retoure_dhl_express.settings import DhlExpressSettings

_LINE = 45
_ADDRESS = AddressLimits(
    Limit("name", 100, 1), Limit("company", 100), Limit("addition", _LINE), Limit("postal_code", 12), Limit("city", _LINE, 1),
    Limit("state", 35),
)  # fmt: skip
_STREET, _PHONE, _EMAIL = Limit("street", _LINE, 1), Limit("phone", 70), Limit("email", 70)
_NO_PHONE = (
    "DHL needs a phone number of every party: give it with contact_consent, or set the account's phone, which stands in for it"
)


def party_problems(field: str, address: Address, settings: DhlExpressSettings, *, reachable: bool) -> Iterator[Problem]:
    """What is wrong with a party that the user calls ``field``; ``reachable`` where phone and e-mail may be told."""
    yield from _ADDRESS.check(field, address)
    yield from check_text(f"{field}.street", address.street_line, _STREET)
    if len(address.state) == 1:
        yield Problem(f"{field}.state", "too_short", "DHL needs at least 2 characters of a state, or none")
    if reachable:
        yield from check_text(f"{field}.phone", address.phone, _PHONE)
        yield from check_text(f"{field}.email", address.email, _EMAIL)
    if not _phone(address, settings, reachable=reachable):
        yield Problem(f"{field}.phone", "missing", _NO_PHONE)


def _phone(address: Address, settings: DhlExpressSettings, *, reachable: bool) -> str:
    return (address.phone if reachable else "") or settings.phone


def party(address: Address, settings: DhlExpressSettings, *, reachable: bool) -> dict[str, Any]:
    """A party with address and contact; it has been found without problems."""
    return {
        "postalAddress": {
            **place(address),
            **filled(addressLine1=address.street_line, addressLine2=address.addition, provinceCode=address.state),
        },
        "contactInformation": filled(
            phone=_phone(address, settings, reachable=reachable),
            companyName=address.company or address.name,
            fullName=address.name,
            email=address.email if reachable else "",
        ),
    }


def place(address: Address) -> dict[str, Any]:
    """Where a party is, as far as a price needs it. The postcode is there even where it is empty."""
    return {"postalCode": address.postal_code, "cityName": address.city, "countryCode": address.country}
