"""What DHL's Returns API takes: every rule that can be checked before the call, with all problems told at once.

Lengths and lists are those of the OpenAPI description of Parcel DE Returns 1.0.9 (schemas ReturnOrder, ContactAddress,
Commodity, Country). Nothing is cut, padded or left out to make an order fit.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from math import ceil
from operator import attrgetter
from typing import Annotated, Any

from pydantic import Field, StringConstraints, ValidationError

from retoure.carrier import AddressLimits, Limit, check_text, extras_problems, filled, piece_value, read_extras
from retoure.errors import Problem
from retoure.model import BoundReturnAddress, Country, CustomsLine, LabelOrder, Model, ReturnRequest, Weight, alpha_3
from retoure_dhl_paket.wire import CODE, NO_HOUSE_NUMBER

SERVICES = frozenset({"", "retoure", "retoure_international"})
SENDER_COUNTRIES = frozenset(
    ("AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB", "GR", "HR",
     "HU", "IE", "IT", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK")
)  # fmt: skip
CUSTOMS_COUNTRIES = frozenset({"CH", "GB", "NO"})
HEAVIEST_G = 31_500
_ADDRESS = AddressLimits(
    Limit("name", 50, 1), Limit("company", 50), Limit("addition", 50), Limit("street", 50, 1),
    Limit("house_number", 10, 1, NO_HOUSE_NUMBER), Limit("postal_code", 10, 3), Limit("city", 40, 1), Limit("state", 20),
)  # fmt: skip
_CONTACT = AddressLimits(Limit("email", 70), Limit("phone", 20))
_DESCRIPTION = Limit("description", 50, 1)
# DHL's field and ours.
_SHIPPER = {
    "name1": "name", "name2": "company", "name3": "addition", "addressStreet": "street", "addressHouse": "house_number",
    "postalCode": "postal_code", "city": "city", "state": "state",
}  # fmt: skip
_lines_of = attrgetter(*_SHIPPER.values())
_CURRENCIES = ("EUR", "GBP", "CHF")
_DEAREST = 100_000
_MOST_LINES = 20
_LONGEST_ID = 50
_CENT = Decimal("0.01")
_POSTCODE = re.compile(r"[0-9A-Za-z]+([ -]?[0-9A-Za-z]+)*")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
# Not in the description's list of countries of origin, which has every other ISO 3166 country.
_NO_ORIGIN = frozenset({"AQ", "EH", "GS", "IO", "TF", "UM"})
_HS_CODE = re.compile(r"[0-9]{6,11}")


class ReceiverBinding(Model):
    """What the return-address book holds for a DHL Paket account: the portal's receiver id for each sender country."""

    receiver_ids: Mapping[Country, Annotated[str, StringConstraints(min_length=1, max_length=_LONGEST_ID)]] = Field(min_length=1)


class Extras(Model):
    """Wishes that only DHL Paket understands."""

    go_green_plus: bool | None = None


def receiver_id(order: LabelOrder) -> str:
    """The portal's name for where a parcel from this customer's country goes; raises ``LookupError`` where none is bound."""
    bound, country = order.return_to, order.request.ship_from.country
    return _plainly_bound(bound, country) or ReceiverBinding.model_validate(bound.binding).receiver_ids[country]


def _plainly_bound(bound: BoundReturnAddress, country: str) -> str:
    """The receiver id of a binding that is as it should be, without the cost of a validation for every label."""
    ids = bound.binding.get("receiver_ids") if len(bound.binding) == 1 else None
    found = ids.get(country) if isinstance(ids, Mapping) else None
    return found if isinstance(found, str) and len(found) <= _LONGEST_ID else ""


def find_problems(order: LabelOrder) -> tuple[Problem, ...]:
    """Everything that would stop this order, by the user's own field names."""
    return tuple(_problems(order))


def _problems(order: LabelOrder) -> Iterator[Problem]:
    request, country = order.request, order.request.ship_from.country
    if country not in SENDER_COUNTRIES:
        yield Problem("ship_from.country", "not_offered", f"DHL offers no returns from {country}")
    elif not _plainly_bound(order.return_to, country):
        yield from _receiver_problems(order.return_to, order.account, country)
    if order.service not in SERVICES:
        yield Problem("service", "unknown_service", _service_text(order.service))
    yield from _address_problems(request)
    if request.parcel.weight.grams > HEAVIEST_G:
        yield _too_heavy("parcel.weight", request.parcel.weight)
    if request.customs or country in CUSTOMS_COUNTRIES:
        yield from _customs_problems(request)
    yield from extras_problems(request, CODE, Extras)


def _service_text(service: str) -> str:
    return f"DHL Paket returns know no service {service!r}; the receiver id decides, leave it empty or use 'retoure'"


def _receiver_problems(bound: BoundReturnAddress, account: str, country: str) -> Iterator[Problem]:
    field = f"return_addresses.{bound.name}.bindings.{account}.receiver_ids"
    try:
        ids = ReceiverBinding.model_validate(bound.binding).receiver_ids
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors()[:3])
        yield Problem(field, "missing", f'bind it like {{"receiver_ids": {{"{country}": "<receiver id>"}}}} ({faults})')
        return
    if country not in ids:
        yield Problem(
            f"{field}.{country}", "no_receiver_id",
            f"returns from {country} have no receiver id here (bound: {', '.join(sorted(ids))}); "
            "add the one that DHL's business portal lists for this sender country",
        )  # fmt: skip


def _address_problems(request: ReturnRequest) -> Iterator[Problem]:
    sender = request.ship_from
    yield from _ADDRESS.check("ship_from", sender)
    if len(sender.postal_code) in range(3, 11) and not _POSTCODE.fullmatch(sender.postal_code):
        text = "DHL takes letters and digits with single spaces or hyphens between"
        yield Problem("ship_from.postal_code", "wrong_form", text)
    if request.contact_consent:
        yield from _CONTACT.check("ship_from", sender)
        if sender.email and not _EMAIL.fullmatch(sender.email):
            yield Problem("ship_from.email", "wrong_form", "DHL takes an e-mail address; leave it empty where there is none")


def _too_heavy(field: str, weight: Weight) -> Problem:
    return Problem(field, "too_heavy", f"DHL takes at most {HEAVIEST_G} g, this is {weight.grams:f} g")


def _customs_problems(request: ReturnRequest) -> Iterator[Problem]:
    country, lines = request.ship_from.country, request.customs
    if not lines:
        needed = "description, quantity, weight and value"
        yield Problem("customs", "missing", f"a return from {country} needs at least one customs line with {needed}")
    if len(lines) > _MOST_LINES:
        yield Problem("customs", "too_many", f"DHL takes at most {_MOST_LINES} lines, these are {len(lines)}")
    for index, line in enumerate(lines):
        yield from _line_problems(f"customs[{index}]", line)


def _line_problems(field: str, line: CustomsLine) -> Iterator[Problem]:
    yield from check_text(f"{field}.description", line.description, _DESCRIPTION)
    if line.weight.grams > HEAVIEST_G:
        yield _too_heavy(f"{field}.weight", line.weight)
    if line.country_of_origin in _NO_ORIGIN:
        yield Problem(f"{field}.country_of_origin", "unknown_origin", f"DHL knows no goods from {line.country_of_origin}")
    if line.hs_code and not _HS_CODE.fullmatch(line.hs_code):
        yield Problem(f"{field}.hs_code", "wrong_form", "DHL takes 6 to 11 digits, without dots or spaces")
    currency = line.value.currency
    if currency not in _CURRENCIES:
        yield Problem(f"{field}.value", "wrong_currency", f"DHL takes {', '.join(_CURRENCIES)}, not {currency}")
    elif not 0 <= line.value.amount <= _DEAREST * line.quantity:
        yield Problem(f"{field}.value", "out_of_range", f"DHL takes 0 to {_DEAREST} {currency} a piece")
    elif piece_value(line, _CENT) is None:
        text = f"{line.value} for {line.quantity} pieces is no whole number of cents each: split the line"
        yield Problem(f"{field}.value", "not_divisible", text)


def return_order(order: LabelOrder) -> dict[str, Any]:
    """The order as DHL wants it; it has been found without problems."""
    request, sender = order.request, order.request.ship_from
    shipper = {name: line for name, line in zip(_SHIPPER, _lines_of(sender), strict=True) if line}
    if request.contact_consent:
        shipper |= filled(email=sender.email, phone=sender.phone)
    return filled(
        receiverId=receiver_id(order),
        customerReference=request.rma,
        shipmentReference=order.key,
        shipper=shipper,
        itemWeight=_grams(request.parcel.weight.grams),
        customsDetails={"items": [_commodity(line) for line in request.customs]} if request.customs else None,
        services=_services(request),
    )


def _services(request: ReturnRequest) -> dict[str, Any] | None:
    wish = read_extras(request, CODE, Extras).go_green_plus
    return None if wish is None else {"goGreenPlus": wish}


def _grams(grams: Decimal) -> dict[str, Any]:
    # Up to the whole gram: a parcel must never be announced lighter than it is.
    return {"uom": "g", "value": ceil(grams)}


def _commodity(line: CustomsLine) -> dict[str, Any]:
    return filled(
        itemDescription=line.description,
        packagedQuantity=line.quantity,
        countryOfOrigin=alpha_3(line.country_of_origin) if line.country_of_origin else None,
        hsCode=line.hs_code,
        itemWeight=_grams(line.weight.grams / line.quantity),
        # DHL multiplies by the quantity: Parcel DE Shipping 2.1.13 says so of the same object; the Returns API is silent.
        itemValue={"currency": line.value.currency, "value": piece_value(line, _CENT)},
    )
