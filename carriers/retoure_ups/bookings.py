"""What UPS's Pickup API takes: the rules that can be checked before the call, and the order in its words.

Lengths: description of Pickup v2409 (PickupCreationRequest). UPS's earliest and latest hours for an area are not published.
"""

from collections.abc import Iterator
from datetime import date, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from retoure.carrier import AddressLimits, CarrierContext, Limit, check_text, country_zone, day_in, filled
from retoure.errors import Problem
from retoure.model import Address, PickupOrder, PickupParcel
from retoure_ups.orders import HEAVIEST_KG
from retoure_ups.settings import UpsSettings
from retoure_ups.wire import IMPERIAL, ZIP_LENGTH, check_address, postcode_of

_ADDRESS = AddressLimits(Limit("name", 22, 1), Limit("city", 50, 1), Limit("state", 50))
_POSTCODE = Limit("postal_code", 8)
_COMPANY, _STREET, _POINT = Limit("company", 27, 1), Limit("street", 73, 1), Limit("addition", 11)
_PHONE, _NOTE = Limit("phone", 25, 1), Limit("note", 57)
_MOST_PIECES, _MOST_NUMBERS = 999, 30
_OVERWEIGHT_G = 32_000
_NUMBER_LENGTH = 18
_LAST_OF_ALL = ZoneInfo("Etc/GMT+12")
_PAYMENTS = {"none": "00", "account": "01", "tracking_number": "04"}
DEFAULT_HOURS = "the window names no hours, and UPS wants some: {ready:%H:%M} to {close:%H:%M} of the account's settings went out"


def find_pickup_problems(order: PickupOrder, settings: UpsSettings, context: CarrierContext) -> tuple[Problem, ...]:
    """Everything that would stop this pickup, by the user's own field names."""
    return tuple(_problems(order, settings, context))


def _problems(order: PickupOrder, settings: UpsSettings, context: CarrierContext) -> Iterator[Problem]:
    address = order.address
    yield from check_address("address", address, _ADDRESS, _POSTCODE)
    yield from check_text("address.company", address.company or address.name, _COMPANY)
    yield from check_text("address.street", address.street_line, _STREET)
    yield from check_text("address.addition", address.addition, _POINT)
    phone = phone_of(order, settings)
    if not phone:
        text = "UPS needs a phone: the customer's, with contact_consent, or the account setting phone"
        yield Problem("address.phone", "missing", text)
    yield from check_text("address.phone", phone or "-", _PHONE)
    yield from check_text("note", order.note, _NOTE)
    if settings.account_country is None:
        yield Problem("account_country", "missing", "UPS needs the country of the shipper number: set account_country")
    yield from _window_problems(order, settings, context)
    yield from _parcel_problems(order, settings)


def _window_problems(order: PickupOrder, settings: UpsSettings, context: CarrierContext) -> Iterator[Problem]:
    if order.window.day is None:
        yield Problem("window.day", "missing", "UPS needs a day")
    elif order.window.day < (today := _today(order.address.country, context)):
        yield Problem("window.day", "out_of_range", f"{order.window.day} is past: it is {today} there")
    ready, close = hours_of(order, settings)
    if ready >= close:
        text = f"UPS needs hours, and with the account's the window is {ready:%H:%M} to {close:%H:%M}: name both"
        yield Problem("window.latest", "out_of_order", text)
    for name in ("earliest", "latest"):
        at: time | None = getattr(order.window, name)
        if at and (at.second or at.microsecond):
            yield Problem(f"window.{name}", "wrong_form", "UPS takes whole minutes")


def _today(country: str, context: CarrierContext) -> date:
    """The date in a country, and where its clocks differ the earliest there is on earth."""
    now = context.clock()
    return day_in(now, country_zone(country, now.replace(tzinfo=None)) or _LAST_OF_ALL)


def _parcel_problems(order: PickupOrder, settings: UpsSettings) -> Iterator[Problem]:
    if len(order.parcels) > _MOST_PIECES:
        yield Problem("parcels", "too_many", f"UPS fetches at most {_MOST_PIECES} pieces, these are {len(order.parcels)}")
    numbers = tracking_numbers(order)
    if len(numbers) > _MOST_NUMBERS:
        yield Problem("parcels", "too_many", f"UPS takes at most {_MOST_NUMBERS} tracking numbers, these are {len(numbers)}")
    if settings.pickup_payment == "tracking_number" and not numbers:
        yield Problem("parcels[0].tracking_number", "missing", "the account pays pickups by tracking number")
    for index, parcel in enumerate(order.parcels):
        field = f"parcels[{index}]"
        if parcel.tracking_number and len(parcel.tracking_number) != _NUMBER_LENGTH:
            yield Problem(f"{field}.tracking_number", "wrong_form", f"UPS's numbers have {_NUMBER_LENGTH} characters")
        if parcel.bulky:
            yield Problem(f"{field}.bulky", "not_offered", "UPS takes no word on what makes a parcel bulky: write a note")
        if parcel.parcel and parcel.parcel.weight.grams > HEAVIEST_KG * 1000:
            yield Problem(f"{field}.parcel.weight", "too_heavy", f"UPS takes at most {HEAVIEST_KG} kg")


def tracking_numbers(order: PickupOrder) -> list[str]:
    """The numbers of the parcels to be fetched, as far as they are told."""
    return [parcel.tracking_number for parcel in order.parcels if parcel.tracking_number]


def phone_of(order: PickupOrder, settings: UpsSettings) -> str:
    """The phone that the driver gets: the customer's where they consent, else the merchant's."""
    return (order.address.phone if order.contact_consent else "") or settings.phone


def hours_of(order: PickupOrder, settings: UpsSettings) -> tuple[time, time]:
    """When the parcel is ready and when the place closes."""
    return order.window.earliest or settings.pickup_from, order.window.latest or settings.pickup_until


def hours_notice(order: PickupOrder, settings: UpsSettings) -> list[str]:
    """What is to be said where the account's hours stood in for the window's."""
    if order.window.earliest and order.window.latest:
        return []
    ready, close = hours_of(order, settings)
    return [DEFAULT_HOURS.format(ready=ready, close=close)]


def pickup_order(order: PickupOrder, settings: UpsSettings, number: str) -> dict[str, Any]:
    """The order as UPS wants it; it has been found without problems. The key is its reference, by which it is found again."""
    ready, close = hours_of(order, settings)
    piece = {
        "ServiceCode": settings.pickup_service or f"0{settings.service}",
        "Quantity": str(len(order.parcels)),
        "DestinationCountryCode": settings.account_country,
        "ContainerCode": "01",
    }
    return filled(
        Request={"TransactionReference": {"CustomerContext": order.key}},
        RatePickupIndicator="Y",
        Shipper={"Account": {"AccountNumber": number, "AccountCountryCode": settings.account_country}},
        PickupDateInfo={
            "CloseTime": f"{close:%H%M}", "ReadyTime": f"{ready:%H%M}", "PickupDate": f"{order.window.day:%Y%m%d}",
        },
        PickupAddress=_address(order, settings),
        AlternateAddressIndicator="Y",
        PickupPiece=[piece],
        TotalWeight=_total_weight(order),
        OverweightIndicator=_overweight(order),
        TrackingData=[{"TrackingNumber": tracking} for tracking in tracking_numbers(order)],
        PaymentMethod=_PAYMENTS[settings.pickup_payment],
        SpecialInstruction=order.note,
        ReferenceNumber=order.key,
        ShippingLabelsAvailable="Y" if len(tracking_numbers(order)) == len(order.parcels) else None,
    )  # fmt: skip


def _address(order: PickupOrder, settings: UpsSettings) -> dict[str, Any]:
    address = order.address
    return filled(
        CompanyName=address.company or address.name,
        ContactName=address.name,
        AddressLine=[address.street_line],
        City=address.city,
        StateProvince=address.state,
        PostalCode=_postcode(address),
        CountryCode=address.country,
        ResidentialIndicator="N" if address.company else "Y",
        PickupPoint=address.addition,
        Phone={"Number": phone_of(order, settings)},
    )


def _postcode(address: Address) -> str:
    """The postcode: of a ZIP+4, which is too long here, the ZIP."""
    postcode = postcode_of(address.country, address.postal_code)
    return postcode[:ZIP_LENGTH] if address.country in IMPERIAL else postcode


def _unit(order: PickupOrder) -> tuple[str, str]:
    return ("lb", "LBS") if order.address.country in IMPERIAL else ("kg", "KGS")


def _total_weight(order: PickupOrder) -> dict[str, str] | None:
    weights = [parcel.parcel.weight for parcel in order.parcels if parcel.parcel]
    if len(weights) < len(order.parcels):
        return None  # a total of some of the parcels would be a wrong total
    unit, code = _unit(order)
    total = sum((weight.round_up(unit, Decimal("0.1")) for weight in weights), Decimal(0))
    return {"Weight": f"{total:f}", "UnitOfMeasurement": code}


def _overweight(order: PickupOrder) -> str | None:
    if any(parcel.parcel is None for parcel in order.parcels):
        return None
    return "Y" if any(_heavy(parcel) for parcel in order.parcels) else "N"


def _heavy(parcel: PickupParcel) -> bool:
    return parcel.parcel is not None and parcel.parcel.weight.grams > _OVERWEIGHT_G
