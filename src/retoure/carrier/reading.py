"""Reading answers: JSON, XML and documents, each refused by name where it is not what was promised.

Everything here raises ``MalformedResponse``, which the client turns into ``OutcomeUnknown`` after a purchase.
"""

import binascii
import json
import re
from base64 import b64decode
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from retoure.carrier.shaping import text_of
from retoure.carrier.wire import HttpResponse
from retoure.errors import MalformedResponse
from retoure.model.labels import DocumentKind, LabelDocument, LabelFormat

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

W = TypeVar("W", bound=BaseModel)
# json.loads would make a decoder for every answer, which takes longer than reading a short one.
_exact_decoder = json.JSONDecoder(parse_float=Decimal)


class WireModel(BaseModel):
    """A carrier's answer as it comes: unknown fields are ignored, and it never leaves its carrier package."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", hide_input_in_errors=True, defer_build=True, coerce_numbers_to_str=True
    )


_HTML = (b"<!doctype html", b"<html")


def _what_it_is(response: HttpResponse) -> str:
    head = response.content[:200].lstrip().lower()
    kind = response.headers.get("content-type", "").partition(";")[0]
    if not head:
        return "is empty"
    if head.startswith(_HTML):
        return "is an HTML page"
    return f"says it is {kind}" if kind else "does not say what it is"


def read_json(response: HttpResponse) -> Any:  # noqa: ANN401 - JSON is anything
    """The answer's JSON, with numbers that have a fraction as exact decimals.

    Raises:
        MalformedResponse: it is empty, an HTML page, cut short, or otherwise not JSON.
    """
    try:
        return _exact_decoder.decode(response.content.decode(json.detect_encoding(response.content), "surrogatepass"))
    except (ValueError, RecursionError):
        raise MalformedResponse(
            f"the answer (HTTP {response.status}) cannot be read as JSON: "
            f"it {_what_it_is(response)}, {len(response.content)} bytes"
        ) from None


def read_model(response: HttpResponse, model: type[W]) -> W:
    """The answer's JSON as a wire model.

    Raises:
        MalformedResponse: it is not JSON, or a needed field is missing or of another type; the message names the fields.
    """
    return as_model(read_json(response), model)


def as_model(value: Any, model: type[W]) -> W:  # noqa: ANN401
    """A piece of JSON as a wire model; raises like :func:`read_model`."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        fields = "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'the answer'}: {fault['msg']}" for fault in error.errors()[:5])
    raise MalformedResponse(f"the answer is not what the interface promises: {fields}")


def number_of(value: Any) -> Decimal | None:  # noqa: ANN401
    """A number of JSON, or None; a text is none."""
    return Decimal(value) if isinstance(value, int | Decimal) and not isinstance(value, bool) else None


def texts(value: Any, name: str) -> list[str]:  # noqa: ANN401
    """The texts of that name in an object of JSON, without the empty ones, whether the carrier wrote a list of them or one."""
    found = value.get(name) if isinstance(value, dict) else None
    return [text for item in (found if isinstance(found, list) else (found,)) if (text := text_of(item))]


def read_xml(response: HttpResponse) -> "Element":
    """The root of the answer's XML. A document type declaration, an entity or anything external is refused.

    Raises:
        MalformedResponse: it is not well-formed, cut short, or carries a DTD.
    """
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import ParseError, fromstring

    try:
        root: Element = fromstring(response.content, forbid_dtd=True)
        return root
    except DefusedXmlException:
        reason = "it carries a document type declaration, which is refused"
    except (ParseError, ValueError, LookupError, RecursionError):
        reason = f"it {_what_it_is(response)}, {len(response.content)} bytes"
    raise MalformedResponse(f"the answer (HTTP {response.status}) cannot be read as XML: {reason}")


_MAGIC: tuple[tuple[bytes, LabelFormat, str], ...] = (
    (b"%PDF-", LabelFormat.PDF, "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", LabelFormat.PNG, "image/png"),
    (b"GIF8", LabelFormat.GIF, "image/gif"),
    (b"^XA", LabelFormat.ZPL, "application/zpl"),
)
# Zebra's own drivers set the command characters before the format begins.
_ZPL_AFTER_SETTINGS = re.compile(rb"[\x00-\x20]*(?:CT)?[\^~][\x00-\x7f]*?\^XA")
_BOM = b"\xef\xbb\xbf"
_FIRST_BYTES = frozenset(magic[:1] for magic, _, _ in _MAGIC)


def read_document(content: bytes, *, qr: bool = False, kind: DocumentKind = DocumentKind.LABEL) -> LabelDocument:
    """A document, its format told by its first bytes and not by what was asked for; ``qr`` marks an image as a counter code.

    An HTML page is a document only where it accompanies the label: in a label's place it is an error page.

    Raises:
        MalformedResponse: the bytes are none of the formats a document comes in.
    """
    head = content[:16] if content[:1] in _FIRST_BYTES else content[:1024].removeprefix(_BOM).lstrip()
    for magic, format_, media_type in _MAGIC:
        if head.startswith(magic):
            return LabelDocument(format=LabelFormat.QR if qr else format_, content=content, media_type=media_type, kind=kind)
    if _ZPL_AFTER_SETTINGS.match(content[:1024].removeprefix(_BOM)):
        return LabelDocument(format=LabelFormat.ZPL, content=content, media_type="application/zpl", kind=kind)
    if kind is not DocumentKind.LABEL and head.lower().startswith(_HTML):
        return LabelDocument(format=LabelFormat.HTML, content=content, media_type="text/html", kind=kind)
    raise MalformedResponse(f"a document of {len(content)} bytes is neither PDF, PNG, GIF nor ZPL")


def read_base64_document(text: str, *, qr: bool = False, kind: DocumentKind = DocumentKind.LABEL) -> LabelDocument:
    """A document that came as base64; raises like :func:`read_document`."""
    try:
        content = _decoded(text)
    except (binascii.Error, ValueError):
        raise MalformedResponse("a document is not valid base64") from None
    return read_document(content, qr=qr, kind=kind)


def _decoded(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except binascii.Error:  # some carriers break the lines, which is worth a copy only then
        return b64decode("".join(text.split()), validate=True)


def link_document(url: str, kind: DocumentKind = DocumentKind.LABEL) -> LabelDocument:
    """A deep link as a document."""
    return LabelDocument(format=LabelFormat.LINK, content=url.encode(), media_type="text/uri-list", kind=kind)
