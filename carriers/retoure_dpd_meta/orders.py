"""What the META-API takes for a return label: the rules that can be checked before the call, and the shipment in its words.

Fields: description of META-API 2.30.48, schema shipment.Shipment (version 1). Numbers are texts there, weights grams.
"""

import re
from collections.abc import Iterator
from typing import Any

from retoure.carrier import CarrierContext, Limit, check_text, crosses_customs, day_in, declared_value, filled
from retoure.errors import Problem, Unsupported
from retoure.model import CustomsLine, Dimensions, Formats, LabelFormat, LabelOrder, Parcel
from retoure_dpd_common.parcels import SHOP, check_parcel, grams
from retoure_dpd_meta.parties import contact, customer_infos, party_problems, place
from retoure_dpd_meta.settings import DpdMetaSettings
from retoure_dpd_meta.wire import CODE

# What is printed and can be told by its bytes; which of them a unit makes is its own affair.
_PAPER = (LabelFormat.PDF, LabelFormat.ZPL, LabelFormat.PNG)
_MADE = frozenset({*_PAPER, LabelFormat.QR})
_HS_CODE = re.compile(r"[0-9]{6,11}")
_DESCRIPTION = Limit("description", 200, 1)
_MOST_PIECES = 9999
_RETURN_OR_REPLACEMENT = "s02"
_GOODS = "P"
_LONGEST_CM = 999


def chosen_formats(formats: Formats) -> tuple[LabelFormat, str]:
    """The one printed format, and DPD's word for what is made: the label, a code instead of it, or both.

    Raises:
        Unsupported: a needed format that DPD does not make, or two printed ones: a shipment has one.
    """
    if strange := formats.need - _MADE:
        raise Unsupported(
            f"the META-API makes labels as PDF, ZPL or PNG, and QR codes; {', '.join(sorted(strange))} is not to be had"
        )
    needed = [one for one in _PAPER if one in formats.need]
    if len(needed) > 1:
        raise Unsupported("the META-API makes one printed format of a label: need one of PDF, ZPL and PNG")
    paper = next((one for one in (*needed, *_PAPER) if one in formats.wanted), LabelFormat.PDF)
    if LabelFormat.QR not in formats.wanted:
        return paper, "FULL_LABEL"
    alone = formats.need == {LabelFormat.QR} and not formats.prefer.intersection(_PAPER)
    return paper, "QR_CODE" if alone else "BOTH"


def find_problems(order: LabelOrder, settings: DpdMetaSettings, context: CarrierContext) -> tuple[Problem, ...]:
    """Everything that would stop this order, by the user's own field names."""
    return tuple(_problems(order, settings, context))


def _problems(order: LabelOrder, settings: DpdMetaSettings, context: CarrierContext) -> Iterator[Problem]:
    request, bound = order.request, order.return_to
    if order.service not in ("", settings.product):
        text = f"this account buys returns as product {settings.product!r}, not as {order.service!r}: leave the service empty"
        yield Problem("service", "unknown_service", text)
    yield from party_problems("ship_from", request.ship_from, reachable=request.contact_consent)
    yield from party_problems(f"return_addresses.{bound.name}.address", bound.address, reachable=True)
    yield from check_parcel("parcel", request.parcel, SHOP)
    yield from _side_problems(request.parcel.dimensions)
    if request.ship_date and request.ship_date < day_in(context.clock(), context.zone):
        yield Problem("ship_date", "in_the_past", f"{request.ship_date} has passed")
    if crosses_customs(request.ship_from, bound.address):
        yield from _customs_problems(request.ship_from.country, request.customs)
    for name in request.extras.get(CODE, ()):
        yield Problem(f"extras.{CODE}.{name}", "unknown", "DPD's META-API knows no wishes of its own")


def _side_problems(dimensions: Dimensions | None) -> Iterator[Problem]:
    if dimensions and any(side > _LONGEST_CM for side in _sides(dimensions).values()):
        yield Problem("parcel.dimensions", "out_of_range", f"DPD takes at most {_LONGEST_CM} cm a side")


def _customs_problems(country: str, lines: tuple[CustomsLine, ...]) -> Iterator[Problem]:
    if not lines:
        needed = "description, quantity, weight and value"
        yield Problem("customs", "missing", f"a return from {country} needs at least one customs line with {needed}")
    if len({line.value.currency for line in lines}) > 1:
        yield Problem("customs", "wrong_currency", "DPD takes the values of a parcel in one currency")
    for index, line in enumerate(lines):
        field = f"customs[{index}]"
        yield from check_text(f"{field}.description", line.description, _DESCRIPTION)
        if line.quantity > _MOST_PIECES:
            yield Problem(f"{field}.quantity", "out_of_range", f"DPD takes at most {_MOST_PIECES} pieces a line")
        if line.value.amount < 0:
            yield Problem(f"{field}.value", "out_of_range", "a value is not below nothing")
        if line.hs_code and not _HS_CODE.fullmatch(line.hs_code):
            yield Problem(f"{field}.hs_code", "wrong_form", "DPD takes 6 to 11 digits, without dots or spaces")


def shipment(order: LabelOrder, settings: DpdMetaSettings, context: CarrierContext) -> dict[str, Any]:
    """The shipment as the META-API wants it; it has been found without problems."""
    request, destination = order.request, order.return_to.address
    account = customer_infos(settings)
    parties = {
        "sender": {
            "address": place(request.ship_from),
            "contact": contact(request.ship_from, reachable=request.contact_consent),
        },
        "receiver": {"address": place(destination), "contact": contact(destination, reachable=True)},
    }
    parties[settings.account_party]["customerInfos"] = account
    crossing = crosses_customs(request.ship_from, destination)
    return filled(
        shipmentInfos={"productCode": settings.product, "weight": weight_text(request.parcel)},
        sendingDepot=settings.sending_depot,
        customerReferenceNumbers=[request.rma, order.key],
        numberOfParcels="1",
        **parties,
        international=_international(order, settings) if crossing else None,
        parcel=[_parcel(order, settings)],
        payerType=settings.payer,
        shippingDate=(request.ship_date or day_in(context.clock(), context.zone)).isoformat(),
    )


def weight_text(parcel: Parcel) -> str:
    """The weight in grams, up to the next ten, as the text that DPD wants."""
    return f"{grams(parcel.weight):f}"


def _sides(dimensions: Dimensions) -> dict[str, int]:
    names = ("length", "width", "height")
    return {name: int(side.round_up("cm")) for name, side in zip(names, dimensions.sides, strict=True)}


def _parcel(order: LabelOrder, settings: DpdMetaSettings) -> dict[str, Any]:
    parcel = order.request.parcel
    return {
        "parcelInfos": filled(weight=weight_text(parcel), dimensions=_sides(parcel.dimensions) if parcel.dimensions else None),
        "senderParcelRefs": [order.request.rma],
        "parcelContent": parcel.contents.strip() or settings.contents,
    }


def _international(order: LabelOrder, settings: DpdMetaSettings) -> dict[str, Any]:
    lines = order.request.customs
    total = declared_value(lines)
    return {
        "parcelType": _GOODS,
        "customsAmount": {"amount": total.amount, "currency": total.currency} if total else None,
        "customsTerms": settings.customs_terms,
        "customsInvoice": order.request.rma,
        "exportReason": _RETURN_OR_REPLACEMENT,
        "numberOfArticles": str(len(lines)),
        "interInvoiceLines": [_invoice_line(number, line) for number, line in enumerate(lines, 1)],
    }


def _invoice_line(number: int, line: CustomsLine) -> dict[str, Any]:
    weight = f"{line.weight.round_up('g'):f}"
    return filled(
        invoicePosition=str(number),
        quantityOfItems=str(line.quantity),
        content=line.description,
        amountOfPosition=line.value.amount,
        manufacturedCountry=line.country_of_origin,
        netWeight=weight,
        grossWeight=weight,
        importTarifCode=line.hs_code,
        exportTarifCode=line.hs_code,
    )
