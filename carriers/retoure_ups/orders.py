"""What UPS's Shipping and Rating APIs take: the rules that can be checked before the call, and the words both share.

The merchant is the shipper, the return address the receiver, the customer the sender (``ShipFrom``). Lengths and rules are
those of the OpenAPI descriptions of Shipping and Rating v2409; limits of size and weight are UPS's published ones, of which
only clear breaches are refused here. Nothing is cut to fit.
"""

import re
from collections.abc import Iterator

from retoure.carrier import AddressLimits, Limit, check_text, extras_problems
from retoure.errors import Problem
from retoure.model import Address, BoundReturnAddress, LabelOrder, ReturnRequest
from retoure_ups.customs import check_customs, is_declarable
from retoure_ups.extras import ELECTRONIC, Extras, extras_of
from retoure_ups.settings import UpsSettings
from retoure_ups.wire import CODE, check_address

# Service.Code in the description of Shipping: not available for return shipments.
NOT_FOR_RETURNS = frozenset(("13", "59", "82", "83", "84", "85", "86", "C6", "C7", "C8"))
_SERVICE = re.compile(r"[0-9A-Z]{2}")
_ADDRESS = AddressLimits(
    Limit("name", 35, 1), Limit("company", 35), Limit("addition", 35), Limit("city", 30, 1), Limit("state", 5),
)  # fmt: skip
_POSTCODE = Limit("postal_code", 9)
_STREET, _REFERENCE = Limit("street", 35, 1), Limit("rma", 35, 1)
_CONTENTS = Limit("contents", 35)
_EMAIL = Limit("email", 50, 1)
HEAVIEST_KG, LONGEST_CM, GIRTH_CM = 70, 274, 419
"""Length and girth together; UPS's pages and descriptions name 330, 400 and 419 cm, so that only the last is surely too much."""
_DIMENSIONS_NEEDED = frozenset({"GB", "PL"})


def find_problems(order: LabelOrder, settings: UpsSettings) -> tuple[Problem, ...]:
    """Everything that would stop this order, by the user's own field names."""
    return tuple(_problems(order, settings))


def _problems(order: LabelOrder, settings: UpsSettings) -> Iterator[Problem]:
    request = order.request
    service = order.service or settings.service
    if service in NOT_FOR_RETURNS:
        yield Problem("service", "not_offered", f"UPS has no returns by service {service}")
    elif not _SERVICE.fullmatch(service):
        yield Problem("service", "wrong_form", "UPS's services have codes of two characters, such as 11 for Standard")
    yield from check_parties(request, order.return_to, settings)
    yield from check_text("rma", request.rma, _REFERENCE)
    yield from check_text("parcel.contents", request.parcel.contents, _CONTENTS)
    yield from check_parcel(request)
    if wrong := tuple(extras_problems(request, CODE, Extras)):
        yield from wrong
        return  # what they would have decided is not known
    yield from _electronic_problems(request)
    yield from _phone_problems(request, order.return_to, settings)
    yield from check_customs(request, order.return_to.address)


def check_parties(request: ReturnRequest, return_to: BoundReturnAddress, settings: UpsSettings) -> Iterator[Problem]:
    """What is wrong with the three addresses."""
    yield from _address_problems("ship_from", request.ship_from)
    if request.contact_consent and request.ship_from.phone:
        yield from check_phone("ship_from.phone", request.ship_from.phone)
    yield from _address_problems(f"return_addresses.{return_to.name}.address", return_to.address)
    if settings.shipper:
        yield from _address_problems("shipper", settings.shipper)


def _address_problems(field: str, address: Address) -> Iterator[Problem]:
    yield from check_address(field, address, _ADDRESS, _POSTCODE)
    yield from check_text(f"{field}.street", address.street_line, _STREET)


def _phone_problems(request: ReturnRequest, return_to: BoundReturnAddress, settings: UpsSettings) -> Iterator[Problem]:
    home = return_to.address
    if crosses_border(request, home):
        parties = ((f"return_addresses.{return_to.name}.address", home), ("shipper", settings.shipper))
        for field, address in parties:
            if address and not merchant_phone(address, settings):
                text = "UPS needs this phone across borders; the account setting phone will do, too"
                yield Problem(f"{field}.phone", "missing", text)
    if is_declarable(request, home) and not sender_phone(request, home, settings):
        text = "UPS needs a phone where goods are declared: the customer's, with contact_consent, or the account setting phone"
        yield Problem("ship_from.phone", "missing", text)


def check_phone(field: str, phone: str) -> Iterator[Problem]:
    """What is wrong with a phone: UPS takes up to 15 digits."""
    digits = digits_of(phone)
    if not digits:
        yield Problem(field, "wrong_form", "a phone number has digits")
    elif len(digits) > 15:
        yield Problem(field, "too_long", f"UPS takes at most 15 digits, this has {len(digits)}")


def digits_of(phone: str) -> str:
    """A phone number as UPS takes it: ASCII digits only."""
    return "".join(character for character in phone if character in "0123456789")


def check_parcel(request: ReturnRequest) -> Iterator[Problem]:
    """What is wrong with the parcel itself; clear breaches only, the rest is for UPS to decide."""
    parcel, size = request.parcel, request.parcel.dimensions
    if parcel.weight.grams > HEAVIEST_KG * 1000:
        yield Problem("parcel.weight", "too_heavy", f"UPS takes at most {HEAVIEST_KG} kg, this is {parcel.weight}")
    if size is not None:
        sides = (size.length.millimetres, size.width.millimetres, size.height.millimetres)
        longest = max(sides)
        if longest > LONGEST_CM * 10:
            yield Problem("parcel.dimensions", "too_long", f"UPS takes at most {LONGEST_CM} cm, this is {size}")
        elif 2 * sum(sides) - longest > GIRTH_CM * 10:
            yield Problem(
                "parcel.dimensions", "too_large", f"UPS takes at most {GIRTH_CM} cm of length and girth, this is {size}"
            )


def check_dimensions(request: ReturnRequest, return_to: Address) -> Iterator[Problem]:
    """Dimensions that are missing where a price needs them: within Great Britain and within Poland."""
    country = request.ship_from.country
    if country == return_to.country and country in _DIMENSIONS_NEEDED and request.parcel.dimensions is None:
        yield Problem("parcel.dimensions", "missing", f"UPS needs dimensions within {country}")


def _electronic_problems(request: ReturnRequest) -> Iterator[Problem]:
    if extras_of(request).return_service == ELECTRONIC:
        if not request.contact_consent:
            yield Problem("contact_consent", "missing", "UPS sends an electronic label to the customer's e-mail address")
        yield from check_text("ship_from.email", request.ship_from.email, _EMAIL)


def crosses_border(request: ReturnRequest, return_to: Address) -> bool:
    """Whether UPS wants a person and a phone of the parties: from one country to another, and where goods are declared."""
    return request.ship_from.country != return_to.country or is_declarable(request, return_to)


def merchant_phone(address: Address, settings: UpsSettings) -> str:
    """A phone of the merchant's in digits: the address's, else the account's."""
    return digits_of(address.phone) or digits_of(settings.phone)


def sender_phone(request: ReturnRequest, return_to: Address, settings: UpsSettings) -> str:
    """The customer's phone in digits, with their consent; else the account's where goods are declared, and none elsewhere."""
    own = digits_of(request.ship_from.phone) if request.contact_consent else ""
    return own or (digits_of(settings.phone) if is_declarable(request, return_to) else "")
