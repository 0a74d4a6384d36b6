"""The shipment that makes a return label: every rule that can be checked before the call, with all problems told at once.

There is no call for returns: the customer is the shipper, the merchant the receiver, and the merchant's account pays. Lengths and
lists: description of MyDHL API 3.3.1, schema CreateShipmentRequest. Nothing is cut, padded or left out to make an order fit.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from retoure.carrier import CarrierContext, Limit, check_text, declared_value, extras_problems, filled, piece_value
from retoure.errors import Problem, Unsupported
from retoure.model import CustomsLine, LabelFormat, LabelOrder
from retoure_dhl_express.lanes import Extras, is_declarable, package, planned_shipping, product_of
from retoure_dhl_express.parties import party, party_problems
from retoure_dhl_express.settings import DhlExpressSettings
from retoure_dhl_express.wire import CODE, dhl_time

# Formats that DHL makes of a label and that can be told by their bytes; a shipment has one of them.
ENCODINGS = {LabelFormat.PDF: "pdf", LabelFormat.ZPL: "zpl"}
RETURN_INVOICE = "RET_COM_INVOICE_A4_01"
_SERVICE = re.compile(r"[0-9A-Z]{1,6}(/[0-9A-Z]{1,3})?")
_RMA, _CONTENTS, _LINE_TEXT = Limit("rma", 35), Limit("contents", 70), Limit("description", 512, 1)
_PLAIN_CONTENTS = "Returned goods"
_MOST_LINES, _MOST_PIECES = 999, 1_000_000_000
_HS_CODE = re.compile(r"[0-9A-Za-z.]{2,18}")
_DEAREST = Decimal(10) ** 15
_THOUSANDTH = Decimal("0.001")


def chosen_encoding(order: LabelOrder, settings: DhlExpressSettings) -> tuple[str, bool]:
    """The label's format, and whether a QR code is made as well.

    Raises:
        Unsupported: a needed format that DHL does not make, PDF and ZPL together, or a QR code that the account may not make.
    """
    need, wanted = order.formats.need, order.formats.wanted
    if strange := need - {*ENCODINGS, LabelFormat.QR}:
        raise Unsupported(f"DHL Express makes PDF, ZPL and QR codes; {', '.join(sorted(strange))} is not to be had")
    if LabelFormat.QR in need and not settings.qr:
        raise Unsupported("QR codes need DHL's service Label Free: set qr where the account has it, or ask for a PDF")
    if need >= ENCODINGS.keys():
        raise Unsupported("a shipment's label comes in one format: ask for PDF or for ZPL")
    one = next((name for name in ENCODINGS if name in need), None) or next((name for name in ENCODINGS if name in wanted), None)
    return ENCODINGS[one or LabelFormat.PDF], settings.qr and LabelFormat.QR in wanted


def find_problems(order: LabelOrder, settings: DhlExpressSettings, context: CarrierContext) -> tuple[Problem, ...]:
    """Everything that would stop this order, by the user's own field names."""
    return tuple(_problems(order, settings, context))


def _problems(order: LabelOrder, settings: DhlExpressSettings, context: CarrierContext) -> Iterator[Problem]:
    request, bound = order.request, order.return_to
    wrong_extras = tuple(extras_problems(request, CODE, Extras))
    yield from wrong_extras
    yield from party_problems("ship_from", request.ship_from, settings, reachable=request.contact_consent)
    yield from party_problems(f"return_addresses.{bound.name}.address", bound.address, settings, reachable=True)
    if order.service and not _SERVICE.fullmatch(order.service):
        text = f"DHL Express knows no product {order.service!r}: name one as its quotes do, like 'P', or leave it empty"
        yield Problem("service", "unknown_service", text)
    yield from check_text("rma", request.rma, _RMA)
    yield from check_text("parcel.contents", request.parcel.contents.strip(), _CONTENTS)
    try:
        planned_shipping(request, settings, context)
    except ValueError as error:
        yield Problem("ship_date", "out_of_range", str(error))
    if not wrong_extras and is_declarable(request, bound.address):
        yield from _customs_problems(order)


def _customs_problems(order: LabelOrder) -> Iterator[Problem]:
    lines, lane = order.request.customs, f"{order.request.ship_from.country} to {order.return_to.address.country}"
    if not lines:
        needed = "description, quantity, weight, value and country of origin"
        yield Problem("customs", "missing", f"a return from {lane} needs at least one customs line with {needed}")
    if len(lines) > _MOST_LINES:
        yield Problem("customs", "too_many", f"DHL takes at most {_MOST_LINES} lines, these are {len(lines)}")
    if len({line.value.currency for line in lines}) > 1:
        yield Problem("customs", "several_currencies", "DHL takes one currency for all lines of a declaration")
    for index, line in enumerate(lines):
        yield from _line_problems(f"customs[{index}]", line)


def _line_problems(field: str, line: CustomsLine) -> Iterator[Problem]:
    yield from check_text(f"{field}.description", line.description, _LINE_TEXT)
    if line.country_of_origin is None:
        yield Problem(f"{field}.country_of_origin", "missing", "DHL needs the country where the goods were made")
    if line.hs_code and not _HS_CODE.fullmatch(line.hs_code):
        yield Problem(f"{field}.hs_code", "wrong_form", "DHL takes 2 to 18 letters, digits and dots")
    if line.quantity > _MOST_PIECES:
        yield Problem(f"{field}.quantity", "out_of_range", f"DHL takes at most {_MOST_PIECES} pieces")
    if not 0 <= line.value.amount < _DEAREST:
        yield Problem(f"{field}.value", "out_of_range", "DHL takes no negative value, and less than 10^15")
    elif piece_value(line, _THOUSANDTH) is None:
        text = f"{line.value} for {line.quantity} pieces is no whole number of thousandths each: split the line"
        yield Problem(f"{field}.value", "not_divisible", text)


def shipment(order: LabelOrder, settings: DhlExpressSettings, context: CarrierContext) -> dict[str, Any]:
    """The shipment as DHL wants it; the order has been found without problems."""
    request, destination = order.request, order.return_to.address
    encoding, qr = chosen_encoding(order, settings)
    declarable = is_declarable(request, destination)
    product, local = product_of(order.service, request.ship_from.country, destination.country, settings, declarable=declarable)
    planned = planned_shipping(request, settings, context)
    services = dict.fromkeys((*settings.return_services, *(settings.qr_services if qr else ())))
    return filled(
        plannedShippingDateAndTime=dhl_time(planned),
        pickup={"isRequested": False},  # refused where it is absent
        productCode=product,
        localProductCode=local,
        accounts=settings.accounts,
        valueAddedServices=[{"serviceCode": code} for code in services],
        outputImageProperties=_images(encoding, settings, qr=qr, declarable=declarable),
        customerReferences=[{"value": order.key, "typeCode": "CU"}, {"value": request.rma, "typeCode": "RMA"}],
        customerDetails={
            "shipperDetails": party(request.ship_from, settings, reachable=request.contact_consent),
            "receiverDetails": party(destination, settings, reachable=True),
        },
        content={
            "packages": [package(request.parcel)],
            "isCustomsDeclarable": declarable,
            "description": _description(order),
            "incoterm": settings.incoterm,  # required within a country too
            "unitOfMeasurement": "metric",
            **(_declaration(order, planned.date().isoformat()) if declarable else {}),
        },
    )


def _description(order: LabelOrder) -> str:
    # A leading blank is refused.
    return order.request.parcel.contents.strip() or _PLAIN_CONTENTS


def _images(encoding: str, settings: DhlExpressSettings, *, qr: bool, declarable: bool) -> dict[str, Any]:
    options: list[dict[str, Any]] = []
    if settings.label_template:
        options.append({"typeCode": "label", "templateName": settings.label_template})
    if declarable:
        options.append({"typeCode": "invoice", "isRequested": True, "invoiceType": "returns", "templateName": RETURN_INVOICE})
    if qr:
        options.append({"typeCode": "qr-code", "isRequested": True, "encodingFormat": "png"})
    # Without splitting, DHL calls the label and the waybill alike.
    return {"encodingFormat": encoding, "splitTransportAndWaybillDocLabels": True, **filled(imageOptions=options)}


def _declaration(order: LabelOrder, day: str) -> dict[str, Any]:
    lines = order.request.customs
    total = declared_value(lines)
    value = {"declaredValue": total.amount, "declaredValueCurrency": total.currency} if total else {}
    return {
        **value,
        "exportDeclaration": {
            "lineItems": [_line(number, line) for number, line in enumerate(lines, start=1)],
            "invoice": {"number": order.request.rma, "date": day},
            "exportReason": "return",
            "exportReasonType": "return",
        },
    }


def _line(number: int, line: CustomsLine) -> dict[str, Any]:
    weight = line.weight.round_up("kg", _THOUSANDTH)
    return {
        "number": number,
        "description": line.description,
        "price": piece_value(line, _THOUSANDTH),
        "quantity": {"value": line.quantity, "unitOfMeasurement": "PCS"},
        **filled(commodityCodes=[{"typeCode": "outbound", "value": line.hs_code}] if line.hs_code else None),
        "exportReasonType": "return",
        "manufacturerCountry": line.country_of_origin,
        # DHL multiplies nothing: the weight is that of the whole line.
        "weight": {"netValue": weight, "grossValue": weight},
    }
