"""Answers that are not what was promised are refused by name."""

from base64 import b64encode
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retoure import DocumentKind, LabelFormat, MalformedResponse
from retoure.carrier import HttpResponse, WireModel, read_base64_document, read_document, read_json, read_model, read_xml
from retoure.carrier.wire import Judgement, by_status, immediate

NOW = datetime(2026, 6, 1, tzinfo=UTC)
BOMB = b'<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><d>&b;</d>'


def response(content: bytes, status: int = 200, content_type: str = "") -> HttpResponse:
    return HttpResponse(status, {"content-type": content_type} if content_type else {}, content, NOW)


class Answer(WireModel):
    number: str
    price: Decimal


def test_json_keeps_a_fraction_exact_and_a_number_as_text():
    answer = read_model(response(b'{"number": 340434161094, "price": 4.10, "more": 1}'), Answer)
    assert (answer.number, answer.price) == ("340434161094", Decimal("4.10"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"<!DOCTYPE html><p>down</p>", "HTML page"),
        (b'{"number": "1"', "cannot be read as JSON"),
        (b"[" * 100_000, "cannot be read as JSON"),
        (b"\xff\xfe\x00", "cannot be read as JSON"),
    ],
)
def test_what_is_not_json_is_refused_with_what_it_is(content, words):
    with pytest.raises(MalformedResponse, match=words):
        read_json(response(content))


def test_a_missing_field_is_named_without_the_answers_content():
    with pytest.raises(MalformedResponse, match="price") as raised:
        read_model(response(b'{"number": "Marta Beispiel"}'), Answer)
    assert "Marta" not in str(raised.value)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (BOMB, "document type declaration"),
        (b'<!DOCTYPE d SYSTEM "file:///etc/passwd"><d/>', "document type declaration"),
        (b"<data><data", "cannot be read as XML"),
        (b"", "is empty"),
        (b'<?xml version="1.0" encoding="no-such"?><d/>', "cannot be read as XML"),
    ],
)
def test_dangerous_or_broken_xml_is_refused(content, words):
    with pytest.raises(MalformedResponse, match=words):
        read_xml(response(content))


def test_xml_is_read():
    assert read_xml(response(b'<data name="x"><data/></data>')).get("name") == "x"


@pytest.mark.parametrize(
    ("content", "format_"),
    [(b"%PDF-1.4", "PDF"), (b"\x89PNG\r\n\x1a\n", "PNG"), (b"GIF89a", "GIF"), (b"^XA^XZ", "ZPL"), (b"\n\n%PDF-1.4", "PDF")],
)
def test_a_documents_format_is_told_by_its_bytes(content, format_):
    assert read_base64_document(b64encode(content).decode()).format == format_


@pytest.mark.parametrize(
    "content",
    [b"\x10CT~~CD,~CC^~CT~\n^XA^XZ", b"\xef\xbb\xbf^XA^XZ", b"CT~~CD,~CC^~CT~^XA^XZ", b"~SD15\r\n^XA^XZ", b"^FX hello\n^XA^XZ"],
)
def test_zpl_is_known_behind_what_sets_the_printer_up_and_kept_whole(content):
    document = read_document(content)
    assert (document.format, document.content) == (LabelFormat.ZPL, content)


@pytest.mark.parametrize("content", [b"see ^XA", b"<p>^XA</p>", b"~" * 5000, b"~no label"])
def test_a_text_that_mentions_zpl_is_no_label(content):
    with pytest.raises(MalformedResponse):
        read_document(content)


def test_a_counter_code_is_a_code_whatever_image_it_is():
    assert read_document(b"\x89PNG\r\n\x1a\n", qr=True).format is LabelFormat.QR


def test_a_page_of_html_is_a_document_beside_a_label_and_never_in_its_place():
    page = b"<!DOCTYPE html><html></html>"
    assert read_document(page, kind=DocumentKind.RECEIPT).format is LabelFormat.HTML
    with pytest.raises(MalformedResponse):
        read_document(page)


@pytest.mark.parametrize("text", ["!!!!", "SGVsbG8=", ""])
def test_what_is_no_document_is_refused(text):
    with pytest.raises(MalformedResponse):
        read_base64_document(text)


@pytest.mark.parametrize(
    ("status", "judgement"),
    [
        (200, "answer"),
        (201, "answer"),
        (400, "answer"),
        (404, "answer"),
        (401, "token"),
        (408, "ambiguous"),
        (429, "retry"),
        (503, "ambiguous"),
    ],
)
def test_an_answer_is_judged_by_its_status(status, judgement):
    assert by_status(response(b"", status)) is Judgement(judgement)


def test_an_immediate_call_answers_without_a_request():
    call = immediate(7)
    with pytest.raises(StopIteration) as stop:
        next(call)
    assert stop.value.value == 7


@given(st.binary(max_size=200))
def test_no_bytes_at_all_make_a_reader_fail_otherwise_than_by_name(content):
    for read in (read_json, read_xml):
        with suppress(MalformedResponse):
            read(response(content))
