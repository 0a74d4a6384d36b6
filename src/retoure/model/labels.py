"""What is ordered, and the label that comes of it."""

import hashlib
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import Annotated

from pydantic import AwareDatetime, Field, JsonValue, StringConstraints

from retoure.model.addresses import Address, BoundReturnAddress, Country
from retoure.model.base import Model, Word
from retoure.model.measures import Parcel, Weight
from retoure.model.money import Money

Key = Annotated[str, StringConstraints(min_length=1, max_length=35, pattern=r"^[\x21-\x7e]+$")]
"""The name of one purchase: at most 35 printable ASCII characters, no spaces."""

Reference = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50)]
Number = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""A carrier's number as a person writes it down."""


class LabelFormat(Word):
    """What a document is made of; what it is for is its kind.

    QR is a code shown at the counter instead of a label; LINK opens it in the carrier's app or on its site; HTML is a page that
    accompanies a label and never one itself.
    """

    PDF = "PDF"
    ZPL = "ZPL"
    PNG = "PNG"
    GIF = "GIF"
    QR = "QR"
    LINK = "LINK"
    HTML = "HTML"


class Formats(Model):
    """Which documents must come, and which are welcome. A needed one that a carrier cannot give is ``Unsupported``."""

    need: frozenset[LabelFormat] = frozenset()
    prefer: frozenset[LabelFormat] = frozenset()

    @property
    def wanted(self) -> frozenset[LabelFormat]:
        """Needed and preferred together."""
        return self.need | self.prefer


class LabelSource(Word):
    """Whose contract a label is on: it decides who bills and who may claim."""

    AMAZON_NEGOTIATED = "amazon_negotiated"
    OWN_CONTRACT = "own_contract"
    SELLER_UPLOADED = "seller_uploaded"
    CUSTOMER = "customer"
    UNKNOWN = "unknown"


class ChargeEvent(Word):
    """When the label is charged."""

    ON_CREATION = "ON_CREATION"
    ON_FIRST_SCAN = "ON_FIRST_SCAN"
    UNKNOWN = "UNKNOWN"


class CustomsLine(Model):
    """One line of a customs declaration; weight and value are those of the whole line."""

    description: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    quantity: Annotated[int, Field(gt=0)]
    weight: Weight
    value: Money
    country_of_origin: Country | None = None
    hs_code: str = ""


class ReturnRequest(Model):
    """One return parcel to be priced or labelled: one request, one label, one tracking number.

    Attributes:
        rma: The merchant's number of the return, which may have several parcels.
        order_number: The order the goods belong to.
        ship_from: The customer.
        return_to: A name in the client's return-address book.
        parcel: What is sent.
        ship_date: The day the customer is expected to hand it in.
        customs: Lines of the declaration, where the lane needs one.
        contact_consent: Whether the customer's phone and e-mail may be passed to the carrier.
        exemptions: Codes under which the marketplace exempts the item from its label programme, such as ``HIGH_PRICE``.
        extras: Wishes only one carrier understands, by carrier code: ``{"dhl_paket": {"go_green_plus": True}}``, as JSON.
    """

    rma: Reference
    order_number: str = ""
    ship_from: Address
    return_to: str
    parcel: Parcel
    ship_date: date | None = None
    customs: tuple[CustomsLine, ...] = ()
    contact_consent: bool = False
    exemptions: tuple[str, ...] = ()
    extras: Mapping[str, Mapping[str, JsonValue]] = Field(default_factory=dict)


class LabelOrder(Model):
    """A return request resolved for one account: what an adapter turns into the carrier's order."""

    account: str
    request: ReturnRequest
    return_to: BoundReturnAddress
    key: Key
    service: str = ""
    formats: Formats = Formats()


class DocumentKind(Word):
    """What a document is for. LABEL goes on the parcel (or is shown instead); the others accompany it."""

    LABEL = "label"
    WAYBILL = "waybill"
    INVOICE = "invoice"
    RECEIPT = "receipt"
    OTHER = "other"


class LabelDocument(Model):
    """A document of a label, as the carrier sent it; its format was told by its bytes."""

    format: LabelFormat
    content: bytes = Field(repr=False)
    media_type: str
    kind: DocumentKind = DocumentKind.LABEL

    @property
    def sha256(self) -> str:
        """The digest of the content, in hex."""
        return hashlib.sha256(self.content).hexdigest()


_EXTENSIONS = {
    "application/pdf": ".pdf", "image/png": ".png", "image/gif": ".gif", "application/zpl": ".zpl", "text/uri-list": ".url",
    "text/html": ".html",
}  # fmt: skip


class LabelReference(Model):
    """What is needed to name a label to its carrier again."""

    account: str
    tracking_number: str
    carrier_reference: str = ""
    issued_at: AwareDatetime
    key: str = ""
    enclosed: bool = False
    label_source: LabelSource = LabelSource.UNKNOWN


class Label(Model):
    """A bought or adopted return label.

    Attributes:
        tracking_number: As text; leading zeros count.
        carrier_reference: The carrier's own number of the shipment, where it differs.
        references: Further numbers the carrier gave, by name.
        documents: May be empty: a label adopted, or bought without its document having come through.
        price: Only where the carrier told it.
        charge_event: When it is charged.
        expires_on: The last day it can be used, where known.
        issued_at: When it was created; events long before it belong to another parcel.
        enclosed: Created together with an outbound label, in its box.
        notices: What the carrier remarked, in its words.
    """

    account: str
    carrier: str
    service: str = ""
    tracking_number: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    carrier_reference: str = ""
    references: Mapping[str, str] = Field(default_factory=dict)
    rma: str = ""
    key: str = ""
    order: LabelOrder | None = Field(default=None, repr=False)
    return_to: BoundReturnAddress | None = Field(default=None, repr=False)
    documents: tuple[LabelDocument, ...] = ()
    price: Money | None = None
    charge_event: ChargeEvent = ChargeEvent.UNKNOWN
    expires_on: date | None = None
    label_source: LabelSource = LabelSource.UNKNOWN
    issued_at: AwareDatetime
    enclosed: bool = False
    notices: tuple[str, ...] = ()

    @property
    def reference(self) -> LabelReference:
        """How to name this label to its carrier."""
        return LabelReference(
            account=self.account, tracking_number=self.tracking_number, carrier_reference=self.carrier_reference,
            issued_at=self.issued_at, key=self.key, enclosed=self.enclosed, label_source=self.label_source,
        )  # fmt: skip

    def document(
        self,
        format: LabelFormat,  # noqa: A002 - the field's name
        kind: DocumentKind = DocumentKind.LABEL,
    ) -> LabelDocument | None:
        """The document of that format and kind, if it came: a customs invoice is no label, though both be PDFs."""
        return next((document for document in self.documents if document.format is format and document.kind is kind), None)

    @property
    def label_formats(self) -> frozenset[LabelFormat]:
        """The formats in which the label itself came, papers that accompany it left aside."""
        return frozenset([document.format for document in self.documents if document.kind is DocumentKind.LABEL])

    def save(self, directory: str | Path) -> list[Path]:
        """Write every document into ``directory`` (made if absent) and return the paths.

        A file is named after the tracking number, the format, and the kind where it is not the label itself; a second one of
        these is numbered, and an existing file of that name is replaced.
        """
        folder = Path(directory)
        folder.mkdir(parents=True, exist_ok=True)
        stem = "".join(c if c.isalnum() or c in "-_" else "_" for c in self.tracking_number)
        paths: list[Path] = []
        for document in self.documents:
            kind = "" if document.kind is DocumentKind.LABEL else f"-{document.kind}"
            name, extension = f"{stem}{kind}-{document.format.lower()}", _EXTENSIONS.get(document.media_type, ".bin")
            numbered = (f"{name}-{number}" if number > 1 else name for number in count(1))
            path = next(path for each in numbered if (path := folder / f"{each}{extension}") not in paths)
            path.write_bytes(document.content)
            paths.append(path)
        return paths


class Adopted(Model):
    """What a person writes down of a label that was bought elsewhere, within the bounds of the books."""

    tracking_number: Number
    rma: Annotated[str, StringConstraints(max_length=50, pattern=r"^[^\x00-\x1f\x7f]*$")]


class VoidResult(StrEnum):
    """What became of a void.

    VOIDED: the carrier confirmed it. NOT_NEEDED: the carrier has no void, and the account says that unused labels are not
    billed, so the label is discarded on our books and no call leaves. TOO_LATE: the carrier's period is over.
    """

    VOIDED = "VOIDED"
    NOT_NEEDED = "NOT_NEEDED"
    TOO_LATE = "TOO_LATE"
