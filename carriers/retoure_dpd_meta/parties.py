"""Sender, receiver and places in the META-API's words, and the rules that can be checked of them before the call.

Lengths: the description's schemas of pickups and collection requests, version 1; its schema of shipments states none. A contact
person is wanted of every party (error COMMON_2), which the description does not say.
"""

import re
from collections.abc import Iterator
from typing import Any

from retoure.carrier import AddressLimits, Limit, filled
from retoure.errors import Problem
from retoure.model import Address
from retoure_dpd_meta.settings import DpdMetaSettings

_LINES = AddressLimits(
    Limit("company", 100), Limit("name", 100, 1), Limit("street", 100, 1), Limit("house_number", 8),
    Limit("postal_code", 9, 1), Limit("city", 100, 1), Limit("email", 100),
)  # fmt: skip
_POSTCODE = re.compile(r"[A-Za-z0-9]+([ -]?[A-Za-z0-9]+)*")
_SEPARATORS = str.maketrans("", "", " -/().")
_PHONE = re.compile(r"(\+|00)?[0-9]{3,20}")


def phone_number(address: Address) -> str:
    """A phone number as DPD writes it: digits, with ``+`` and the country in front or without."""
    return address.phone.replace("(0)", "").translate(_SEPARATORS)


def party_problems(field: str, address: Address, *, reachable: bool) -> Iterator[Problem]:
    """What is wrong with a party that the user calls ``field``."""
    yield from _LINES.check(field, address)
    if address.postal_code and not _POSTCODE.fullmatch(address.postal_code):
        text = "DPD takes letters and digits with single spaces or hyphens between"
        yield Problem(f"{field}.postal_code", "wrong_form", text)
    if reachable and address.phone and not _PHONE.fullmatch(phone_number(address)):
        yield Problem(f"{field}.phone", "wrong_form", "DPD takes digits, with + and the country in front or without")


def place(address: Address) -> dict[str, Any]:
    """An address."""
    return filled(
        companyName=address.company,
        name1=address.name,
        street=address.street,
        houseNumber=address.house_number,
        addressLine2=address.addition,
        zipCode=address.postal_code,
        city=address.city,
        country=address.country,
        state=address.state,
    )


def contact(address: Address, *, reachable: bool) -> dict[str, Any]:
    """Whom to ask for, and how to reach them where that may be told."""
    return filled(
        contactPerson=address.name,
        phone1=phone_number(address) if reachable else "",
        email=address.email if reachable else "",
    )


def customer_infos(settings: DpdMetaSettings) -> dict[str, str]:
    """The numbers of the merchant's account."""
    return filled(
        customerAccountNumber=settings.customer_number,
        customerSubAccountNumber=settings.customer_sub_number,
        customerID=settings.customer_id,
    )
