"""A label's documents: what came with the purchase, and what Label Recovery v1 makes of it afterwards.

https://developer.ups.com/api/reference/shipping, LabelRecovery. A purchase is answered with GIF or ZPL; PDF, and a label once
more, come from recovery for 30 days. QR codes: the answer has a field for one, the request has none that asks for it.
"""

from collections.abc import Collection
from typing import Any

from retoure.carrier import (
    CarrierContext,
    Effect,
    HttpRequest,
    HttpResponse,
    filled,
    link_document,
    part,
    read_base64_document,
    read_json,
    rows,
    text_of,
)
from retoure.errors import MalformedResponse, Unsupported
from retoure.model import DocumentKind, Formats, LabelDocument, LabelFormat
from retoure_ups.refusals import check_answer
from retoure_ups.settings import UpsSettings
from retoure_ups.wire import PRESENT, api_request

RECOVERY_PATH = "/labels/v1/recovery"
_IMAGES = (LabelFormat.GIF, LabelFormat.ZPL, LabelFormat.PDF)
_PACKAGE_PAPERS = (
    ("ShippingLabel", "GraphicImage", DocumentKind.LABEL),
    ("ShippingReceipt", "GraphicImage", DocumentKind.RECEIPT),  # an HTML page for the customer
    ("ShippingLabel", "InternationalSignatureGraphicImage", DocumentKind.OTHER),  # where the sender signs; beside ZPL only
)
_SHIPMENT_PAPERS = (
    (("Form", "Image"), DocumentKind.INVOICE),
    (("HighValueReport", "Image"), DocumentKind.OTHER),
    (("ControlLogReceipt",), DocumentKind.OTHER),  # the driver's, for goods of high value
)
_LINKS = (
    (("LocalLanguageLabelURL", "LabelURL"), DocumentKind.LABEL),
    (("LocalLanguageReceiptURL", "ReceiptURL"), DocumentKind.RECEIPT),
)
_MADE = frozenset({*_IMAGES, LabelFormat.LINK})


def image_format(formats: Formats) -> str:
    """The format to buy a label in: ZPL where it is wanted and GIF is not, else GIF.

    Raises:
        Unsupported: a needed format that UPS does not make. A preferred one is let go.
    """
    if strange := formats.need - _MADE:
        names = ", ".join(sorted(strange))
        raise Unsupported(f"UPS's labels come as GIF, ZPL, PDF or a link to them; {names} is not to be had")
    zpl_first = LabelFormat.ZPL in formats.need or (LabelFormat.ZPL in formats.prefer and LabelFormat.GIF not in formats.need)
    both = LabelFormat.GIF in formats.need
    return "ZPL" if zpl_first and not both else "GIF"


def to_fetch(formats: Formats, there: Collection[LabelFormat]) -> tuple[LabelFormat, ...]:
    """The wanted formats that recovery can make and that are not there."""
    return tuple(format_ for format_ in (*_IMAGES, LabelFormat.LINK) if format_ in formats.wanted and format_ not in there)


def shipping_documents(results: dict[str, Any]) -> tuple[list[LabelDocument], list[str]]:
    """The documents in a purchase's answer, and what is to be said of them: labels first, then the papers that accompany them."""
    packages = rows(results, "PackageResults")
    found = [(part(row, holder).get(name), kind) for holder, name, kind in _PACKAGE_PAPERS for row in packages]
    found += [(part(results, *holders).get("GraphicImage"), kind) for holders, kind in _SHIPMENT_PAPERS]
    documents, notices = [], []
    for image, kind in found:
        if not image:
            continue
        try:
            documents.append(read_base64_document(text_of(image), kind=kind))
        except MalformedResponse as error:
            notices.append(f"a document ({kind}) came but cannot be used: {error.message}")
    for names, kind in _LINKS:
        if link := next(filter(None, (text_of(results.get(name)) for name in names)), ""):
            documents.append(link_document(link, kind))
    return documents, notices


def build_recovery_request(number: str, format_: LabelFormat, settings: UpsSettings, context: CarrierContext) -> HttpRequest:
    """Ask for a label once more, in one format."""
    link = format_ is LabelFormat.LINK
    recovery = filled(
        Request={"RequestOption": "nonvalidate"},
        LabelSpecification=None if link else label_specification(format_),
        LabelDelivery={"LabelLinkIndicator": PRESENT} if link else None,
        TrackingNumber=number,
    )
    body = {"LabelRecoveryRequest": recovery}
    return api_request(context, settings, "POST", RECOVERY_PATH, effect=Effect.READ, body=body)


def label_specification(format_: LabelFormat) -> dict[str, Any]:
    """How a recovered label is to be drawn."""
    return filled(
        HTTPUserAgent="Mozilla/4.5" if format_ is LabelFormat.GIF else None,
        LabelImageFormat={"Code": str(format_)},
        LabelStockSize={"Height": "6", "Width": "4"} if format_ is LabelFormat.ZPL else None,
    )


def parse_recovery_response(response: HttpResponse, format_: LabelFormat) -> LabelDocument:
    """The document; with PDF the first package's result carries all of it.

    Raises:
        RequestRejected, NotFound, AuthenticationFailed: UPS refused, with the reason.
        MalformedResponse: the answer holds no such document.
    """
    check_answer(response, address="tracking_number")
    answer = part(read_json(response), "LabelRecoveryResponse")
    for result in rows(answer, "LabelResults"):
        image = part(result, "LabelImage")
        if format_ is LabelFormat.LINK:
            if link := text_of(image.get("URL")):
                return link_document(link)
        elif graphic := text_of(image.get("GraphicImage")):
            return read_base64_document(graphic)
    raise MalformedResponse(f"UPS's answer (HTTP {response.status}) holds no label as {format_}")
