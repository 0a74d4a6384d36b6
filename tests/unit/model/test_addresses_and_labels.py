"""Addresses keep their personal parts to themselves; labels keep what came."""

from datetime import UTC, datetime

import pytest
from tests.unit.client.toy import BOOK, CUSTOMER, REQUEST

from retoure import Address, Formats, Label, LabelDocument, LabelFormat, PickupWindow
from retoure.model import DocumentKind, alpha_3

PNG = b"\x89PNG\r\n\x1a\n"


def label(**more) -> Label:
    return Label(account="a", carrier="toy", tracking_number="00340/1", issued_at=datetime(2026, 6, 1, tzinfo=UTC), **more)


@pytest.mark.parametrize("shown", [CUSTOMER, REQUEST, BOOK["berlin"], label(return_to={"name": "b", "address": CUSTOMER})])
def test_no_repr_shows_a_person(shown):
    for datum in ("Marta", "Lindwurmweg", "example.org", "5550100", "80331"):
        assert datum not in repr(shown)


def test_a_refused_address_does_not_repeat_what_was_entered():
    with pytest.raises(ValueError, match="country") as raised:
        Address(name="Marta Beispiel", street="Lindwurmweg", city="München", country="Bavaria", nickname="Mimi")
    assert "nickname" in str(raised.value)
    assert "Marta" not in str(raised.value)
    assert "Mimi" not in str(raised.value)


@pytest.mark.parametrize(("country", "code"), [("DE", "DEU"), ("AT", "AUT"), ("CH", "CHE"), ("GB", "GBR")])
def test_a_country_has_its_three_letter_code(country, code):
    assert alpha_3(country) == code


@pytest.mark.parametrize("country", ["DEU", "XX", "", "Germany"])
def test_what_is_no_country_is_refused(country):
    with pytest.raises(ValueError, match="alpha-2"):
        alpha_3(country)


def test_a_country_is_read_in_any_case():
    assert CUSTOMER.model_copy().country == "DE"
    assert Address(name="A", street="B", city="C", country=" de ").country == "DE"


def test_a_label_saves_its_documents_under_safe_names(tmp_path):
    documents = (
        LabelDocument(format=LabelFormat.PDF, content=b"%PDF-1.7", media_type="application/pdf"),
        LabelDocument(format=LabelFormat.QR, content=PNG, media_type="image/png"),
        LabelDocument(format=LabelFormat.LINK, content=b"https://x.example", media_type="text/uri-list"),
    )
    paths = label(documents=documents).save(tmp_path / "out")
    assert [path.name for path in paths] == ["00340_1-pdf.pdf", "00340_1-qr.png", "00340_1-link.url"]
    assert paths[0].read_bytes() == b"%PDF-1.7"


def test_a_label_saves_documents_of_one_format_side_by_side(tmp_path):
    documents = tuple(
        LabelDocument(format=LabelFormat.PDF, content=b"%PDF-" + name, media_type="application/pdf", kind=kind)
        for name, kind in ((b"1", "label"), (b"2", "waybill"), (b"3", "waybill"))
    )
    paths = label(documents=documents).save(tmp_path)
    assert [path.name for path in paths] == ["00340_1-pdf.pdf", "00340_1-waybill-pdf.pdf", "00340_1-waybill-pdf-2.pdf"]
    assert [path.read_bytes() for path in paths] == [b"%PDF-1", b"%PDF-2", b"%PDF-3"]


def test_a_document_is_the_label_unless_the_carrier_says_otherwise():
    assert LabelDocument(format="PDF", content=b"", media_type="application/pdf").kind is DocumentKind.LABEL


def test_a_label_survives_json_with_its_documents():
    original = label(documents=(LabelDocument(format="PDF", content=b"%PDF-\xff\x00", media_type="application/pdf"),))
    again = Label.model_validate_json(original.model_dump_json())
    assert again == original
    assert again.documents[0].sha256 == original.documents[0].sha256


def test_a_label_finds_a_document_by_format():
    document = LabelDocument(format="QR", content=PNG, media_type="image/png")
    assert label(documents=(document,)).document(LabelFormat.QR) is document
    assert label().document(LabelFormat.PDF) is None


def test_an_invoice_is_no_label_though_both_be_pdfs():
    invoice = LabelDocument(format="PDF", content=b"%PDF-1", media_type="application/pdf", kind=DocumentKind.INVOICE)
    code = LabelDocument(format="QR", content=PNG, media_type="image/png")
    both = label(documents=(invoice, code))
    assert both.document(LabelFormat.PDF) is None
    assert both.document(LabelFormat.PDF, DocumentKind.INVOICE) is invoice
    assert both.label_formats == {LabelFormat.QR}


def test_a_label_without_an_aware_time_is_refused():
    with pytest.raises(ValueError, match="timezone"):
        Label(account="a", carrier="toy", tracking_number="1", issued_at=datetime(2026, 6, 1))  # noqa: DTZ001


def test_formats_tell_needed_from_welcome():
    formats = Formats(need={"pdf"}, prefer={"QR"})
    assert formats.wanted == {LabelFormat.PDF, LabelFormat.QR}


def test_a_window_that_closes_before_it_opens_is_refused():
    with pytest.raises(ValueError, match="open before it closes"):
        PickupWindow(day="2026-06-01", earliest="12:00", latest="09:00")
