"""A shipment in the words that UPS's Shipping and Rating APIs share; the order has been found without problems.

Descriptions of Shipping and Rating v2409. The merchant is the shipper, the return address the receiver, the customer the sender
(``ShipFrom``). References stand on the package within the United States and within Puerto Rico, on the shipment elsewhere.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from retoure.carrier import filled
from retoure.model import Address, LabelFormat, LabelOrder, Parcel, ReturnRequest
from retoure_ups.customs import de_minimis, enters_eu, goods_of, international_forms
from retoure_ups.extras import ELECTRONIC, Extras, extras_of
from retoure_ups.orders import crosses_border, merchant_phone, sender_phone
from retoure_ups.settings import UpsSettings
from retoure_ups.wire import IMPERIAL, PRESENT, postcode_of

_TENTH = Decimal("0.1")
_RETURN_NOTIFICATION = "2"


def shipment(order: LabelOrder, settings: UpsSettings, number: str) -> dict[str, Any]:
    """The shipment that makes a return label, billed to the shipper of this number."""
    request, receiver, sender = order.request, order.return_to.address, order.request.ship_from
    extras = extras_of(request)
    shipper, abroad = settings.shipper or receiver, crosses_border(request, receiver)
    # Our key, by which a label can be found again, and the merchant's number; UPS prints the first two.
    references = {"ReferenceNumber": [{"Value": order.key}, {"Value": request.rma}]}
    by_package = sender.country == receiver.country and sender.country in IMPERIAL
    description = description_of(request)
    package = {
        "Description": description,
        "Packaging": {"Code": "02"},
        **measured(request.parcel, sender.country),
        **(references if by_package else {}),
    }
    return {
        "Description": description,
        "ReturnService": {"Code": extras.return_service},
        "Shipper": {
            **_party(shipper, merchant_phone(shipper, settings) if abroad else "", person=abroad), "ShipperNumber": number,
        },
        "ShipTo": _party(receiver, merchant_phone(receiver, settings) if abroad else "", person=True),
        "ShipFrom": _party(sender, sender_phone(request, receiver, settings), person=abroad),
        "PaymentInformation": charge_to(number),
        "ShipmentRatingOptions": {"NegotiatedRatesIndicator": PRESENT},
        "Service": {"Code": order.service or settings.service},
        **({} if by_package else references),
        **_european_import(order, extras),
        **_options(order, extras),
        "Package": [package],
    }  # fmt: skip


def _party(address: Address, phone: str, *, person: bool) -> dict[str, Any]:
    """A party: the person is named where there is a company, and where one is wanted by name."""
    return filled(
        Name=address.company or address.name,
        AttentionName=address.name if person or address.company else "",
        Phone={"Number": phone} if phone else None,
        Address=address_of(address),
    )


def _european_import(order: LabelOrder, extras: Extras) -> Mapping[str, str]:
    """How the parties of goods into the EU are declared, where the user says so; UPS's texts leave open who is which."""
    return filled(ShipperType=extras.shipper_type, ConsigneeType=extras.consignee_type) if enters_eu(order) else {}


def _options(order: LabelOrder, extras: Extras) -> Mapping[str, Any]:
    """What goes along with a shipment: where an electronic label is sent, whether a link is wanted, and the customs form."""
    electronic, email = extras.return_service == ELECTRONIC, order.request.ship_from.email
    link = {"LabelLinksIndicator": PRESENT} if electronic or LabelFormat.LINK in order.formats.wanted else {}
    options = filled(
        LabelDelivery={"EMail": {"EMailAddress": email}, **link} if electronic else link,
        InternationalForms=international_forms(order),
        EUDeMinimisIndicator=de_minimis(order, extras.eu_de_minimis),
    )
    if electronic:
        options["Notification"] = [{"NotificationCode": _RETURN_NOTIFICATION, "EMail": {"EMailAddress": [email]}}]
    return {"ShipmentServiceOptions": options} if options else {}


def address_of(address: Address, *, state: str | None = None) -> dict[str, Any]:
    """An address as UPS takes it."""
    return filled(
        AddressLine=[line for line in (address.street_line, address.addition) if line],
        City=address.city,
        StateProvinceCode=address.state if state is None else state,
        PostalCode=postcode_of(address.country, address.postal_code),
        CountryCode=address.country,
    )


def charge_to(number: str) -> dict[str, Any]:
    """Transport is billed to the shipper, always: UPS bills no return to its receiver."""
    return {"ShipmentCharge": [{"Type": "01", "BillShipper": {"AccountNumber": number}}]}


def measured(parcel: Parcel, country: str) -> dict[str, Any]:
    """Weight and sides of a package, as far as they are known."""
    sides = dimensions_of(parcel, country)
    return {**({"Dimensions": sides} if sides else {}), "PackageWeight": weight_of(parcel, country)}


def weight_of(parcel: Parcel, country: str) -> dict[str, Any]:
    """The weight in the unit of the origin, up to a tenth: a parcel must never be announced lighter than it is."""
    unit, code, text = ("lb", "LBS", "Pounds") if country in IMPERIAL else ("kg", "KGS", "Kilograms")
    return {
        "UnitOfMeasurement": {"Code": code, "Description": text},
        "Weight": f"{parcel.weight.round_up(unit, _TENTH):f}",
    }


def dimensions_of(parcel: Parcel, country: str) -> dict[str, Any] | None:
    """The sides in whole units of the origin, rounded up, the longest as the length."""
    if parcel.dimensions is None:
        return None
    unit, code, text = ("in", "IN", "Inches") if country in IMPERIAL else ("cm", "CM", "Centimeters")
    sides = (f"{side.round_up(unit):f}" for side in parcel.dimensions.sides)
    return {
        "UnitOfMeasurement": {"Code": code, "Description": text},
        **dict(zip(("Length", "Width", "Height"), sides, strict=True)),
    }


def description_of(request: ReturnRequest) -> str:
    """What is inside, in up to 35 characters; UPS wants it of every return."""
    return request.parcel.contents or goods_of(request.customs) or "Returned goods"
