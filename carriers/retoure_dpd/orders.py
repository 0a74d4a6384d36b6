"""What DPD's Cloud Service takes: every rule that can be checked before the call, with all problems told at once.

Names of fields: DPDCloudService.wsdl, which knows no lengths. Lengths: DPD's developer pages. Nothing is cut to make an order
fit.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from pydantic import ValidationError

from retoure.carrier import AddressLimits, CarrierContext, Limit, check_text, crosses_customs, day_in, filled
from retoure.errors import Problem, Unsupported
from retoure.model import Address, BoundReturnAddress, Formats, LabelFormat, LabelOrder, Model, ReturnRequest, alpha_3
from retoure_dpd.settings import DpdSettings
from retoure_dpd.wire import CODE
from retoure_dpd_common.parcels import COLLECTED, SHOP, ParcelLimits, check_parcel, grams

SHOP_RETURN, CLASSIC_RETURN = "Shop_Return", "Classic_Return"
SERVICES: dict[str, ParcelLimits] = {SHOP_RETURN: SHOP, CLASSIC_RETURN: COLLECTED}
_MADE = frozenset({LabelFormat.PDF, LabelFormat.ZPL})
_ADDRESS = AddressLimits(Limit("name", 50, 1), Limit("house_number", 8), Limit("email", 50))
_PHONE = Limit("phone", 20, 5, "DPD rings up before it comes: a Classic_Return needs the customer's phone number")
_COMPANY = Limit("company", 50)
_REFERENCE = Limit("rma", 35, 1)
_WITH_STATES = frozenset({"US", "CA"})


class AccountAddress(Model):
    """What the return-address book holds for a DPD account: that the entry is the address DPD has of this account."""

    account_address: bool = False


def service_of(order: LabelOrder) -> str:
    """DPD's service of an order: what was asked for, else the hand-over at a shop."""
    return order.service or SHOP_RETURN


def label_format(formats: Formats) -> LabelFormat:
    """The one format that is ordered; PDF where nothing else is asked for.

    Raises:
        Unsupported: a needed format that DPD does not make, or two of them: an order has one document.
    """
    if strange := formats.need - _MADE:
        raise Unsupported(f"the Cloud Service makes labels as PDF or ZPL; {', '.join(sorted(strange))} is not to be had")
    if len(formats.need) > 1:
        raise Unsupported("the Cloud Service makes one document of a label: need either PDF or ZPL")
    wanted = formats.need or formats.prefer
    return LabelFormat.ZPL if LabelFormat.ZPL in wanted and LabelFormat.PDF not in wanted else LabelFormat.PDF


def find_problems(order: LabelOrder, context: CarrierContext) -> tuple[Problem, ...]:
    """Everything that would stop this order, by the user's own field names."""
    return tuple(_problems(order, context))


def _problems(order: LabelOrder, context: CarrierContext) -> Iterator[Problem]:
    request, service = order.request, service_of(order)
    limits = SERVICES.get(service)
    if limits is None:
        yield Problem("service", "unknown_service", f"the Cloud Service knows {' and '.join(SERVICES)}, not {service!r}")
    else:
        yield from check_parcel("parcel", request.parcel, limits)
    yield from _destination_problems(order)
    yield from _sender_problems(request, service)
    yield from check_text("rma", request.rma, _REFERENCE)
    if request.ship_date and request.ship_date < day_in(context.clock(), context.zone):
        yield Problem("ship_date", "in_the_past", f"{request.ship_date} has passed")
    for name in request.extras.get(CODE, ()):
        yield Problem(f"extras.{CODE}.{name}", "unknown", "DPD's Cloud Service knows no wishes of its own")


def _destination_problems(order: LabelOrder) -> Iterator[Problem]:
    yield from binding_problems(order.return_to, order.account)
    if crosses_customs(order.request.ship_from, order.return_to.address):
        text = "the Cloud Service takes no customs declaration: use DPD's META-API (carrier dpd_meta)"
        yield Problem("ship_from.country", "not_offered", text)


def binding_problems(bound: BoundReturnAddress, account: str) -> Iterator[Problem]:
    """Why DPD would not send a return to this entry of the return-address book."""
    field = f"return_addresses.{bound.name}.bindings.{account}"
    try:
        own = AccountAddress.model_validate(bound.binding, strict=True).account_address
    except ValidationError as error:
        for fault in error.errors():
            yield Problem(".".join([field, *map(str, fault["loc"])]), "wrong_form", fault["msg"])
    else:
        if not own:
            text = (
                "DPD sends every return to the address it has of the account, and is never told another: bind the entry that is "
                'this address with {"account_address": true}'
            )
            yield Problem(f"{field}.account_address", "missing", text)


def _sender_problems(request: ReturnRequest, service: str) -> Iterator[Problem]:
    sender = request.ship_from
    yield from _ADDRESS.check("ship_from", sender)
    yield from check_text("ship_from.addition" if sender.addition else "ship_from.company", _second_line(sender), _COMPANY)
    if service == CLASSIC_RETURN and not request.contact_consent:
        yield Problem("contact_consent", "missing", f"a {CLASSIC_RETURN} hands the customer's phone number to DPD")
    if service == CLASSIC_RETURN or (request.contact_consent and sender.phone):
        yield from check_text("ship_from.phone", sender.phone, _PHONE)


def _second_line(address: Address) -> str:
    # DPD's address has no line for a floor or a name on a door; it shares the company's.
    return ", ".join(filter(None, (address.company, address.addition)))


def set_order(order: LabelOrder, settings: DpdSettings, context: CarrierContext, action: str) -> dict[str, Any]:
    """The order as DPD wants it; it has been found without problems."""
    size = "ZPL_A6" if label_format(order.formats) is LabelFormat.ZPL else f"PDF_{settings.label_size}"
    ship_date = order.request.ship_date or day_in(context.clock(), context.zone)
    return {
        "OrderAction": action,
        "OrderSettings": {
            "ShipDate": _midnight(ship_date),
            "LabelSize": size,
            "LabelStartPosition": settings.label_position if size == "PDF_A4" else "UpperLeft",
        },
        "OrderDataList": [_order_data(order, settings)],
    }


def _midnight(day: date) -> str:
    return f"{day:%Y-%m-%d}T00:00:00"


def _order_data(order: LabelOrder, settings: DpdSettings) -> dict[str, Any]:
    request = order.request
    return {
        # The customer: DPD prints the label from here to the address it has of the account.
        "ShipAddress": _ship_address(request, settings),
        "ParcelShopID": 0,
        "ParcelData": {
            "ShipService": service_of(order),
            "Weight": grams(request.parcel.weight) / 1000,
            "Content": request.parcel.contents.strip() or settings.contents,
            "YourInternalID": order.key,
            "Reference1": request.rma,
        },
    }


def _ship_address(request: ReturnRequest, settings: DpdSettings) -> dict[str, Any]:
    sender, reachable = request.ship_from, request.contact_consent
    return filled(
        Company=_second_line(sender),
        Name=sender.name,
        Street=sender.street,
        HouseNo=sender.house_number,
        Country=country_code(sender.country, settings),
        ZipCode=sender.postal_code,
        City=sender.city,
        State=sender.state if sender.country in _WITH_STATES else "",
        Phone=sender.phone if reachable else "",
        Mail=sender.email if reachable else "",
    )


def country_code(country: str, settings: DpdSettings) -> str:
    """A country's code with as many letters as the account says that DPD wants."""
    return alpha_3(country) if settings.country_letters == 3 else country
