"""``retoure label``."""

import io
import json

import pytest

from retoure.testing.samples import SAMPLES

BUY = ("--account", "dhl", "--key", "RMA-1001/1")
NAMED = ("--account", "dhl", "--tracking-number", "999900000101", "--issued-at", "2026-03-01T10:00:00+01:00")
REPLAYED = {"account": "dhl"}


def test_a_bought_label_is_printed_as_json_with_its_documents(retoure, fits):
    retoure.configure(unprotected=True).replaying("dhl_paket/labels/pdf_and_qr", **REPLAYED)
    ran = retoure("label", "buy", retoure.request(), *BUY, "--format", "pdf", "--prefer", "QR", "--json")
    assert ran.code == 0
    fits(ran.value, "Label")
    assert ran.value["tracking_number"] == "999900000101"
    assert {one["format"] for one in ran.value["documents"]} == {"PDF", "QR", "LINK"}
    assert list(retoure.folder.glob("*.pdf")) == []


def test_without_json_the_documents_are_written_because_some_carriers_never_show_them_again(retoure):
    retoure.configure(unprotected=True).replaying("dhl_paket/labels/pdf_and_qr", **REPLAYED)
    ran = retoure("label", "buy", retoure.request(), *BUY)
    assert ran.code == 0
    (path,) = retoure.folder.glob("*.pdf")
    assert path.read_bytes().startswith(b"%PDF-")
    assert path.name in ran.out


def test_documents_are_written_where_out_says(retoure):
    retoure.configure(unprotected=True).replaying("dhl_paket/labels/pdf_and_qr", **REPLAYED)
    ran = retoure("label", "buy", retoure.request(), *BUY, "--out", "labels/today", "--json")
    assert ran.code == 0
    assert len(list((retoure.folder / "labels" / "today").iterdir())) == 3


def test_buying_needs_purchases_and_nothing_is_sent_without(retoure):
    retoure.configure().replaying("dhl_paket/labels/pdf_and_qr", **REPLAYED)
    ran = retoure("label", "buy", retoure.request(), *BUY)
    assert ran.code == 2
    assert "--unprotected" in ran.err
    assert retoure.replay.mounted.sent == []


def test_unprotected_may_be_spelled_out_on_the_line(retoure):
    retoure.configure().replaying("dhl_paket/labels/pdf_and_qr", **REPLAYED)
    assert retoure("label", "buy", retoure.request(), *BUY, "--unprotected").code == 0


def test_nothing_is_bought_where_its_documents_could_not_be_written(retoure):
    retoure.configure(unprotected=True).replaying("dhl_paket/labels/pdf_and_qr", **REPLAYED)
    blocked = retoure.file("a file, no folder", "taken")
    ran = retoure("label", "buy", retoure.request(), *BUY, "--out", f"{blocked}/labels")
    assert ran.code == 2
    assert "nothing was bought" in ran.err
    assert retoure.replay.mounted.sent == []


def test_documents_that_cannot_be_written_after_the_purchase_are_not_lost(retoure):
    retoure.configure(unprotected=True).replaying("dhl_paket/labels/pdf_and_qr", **REPLAYED)
    (retoure.folder / "999900000101-pdf.pdf").mkdir()
    ran = retoure("label", "buy", retoure.request(), *BUY)
    assert ran.code == 3
    assert "the label 999900000101 was bought, but 999900000101-pdf.pdf: " in ran.err
    assert "key: RMA-1001/1" in ran.err
    assert ran.value["tracking_number"] == "999900000101"


@pytest.mark.parametrize("as_json", [True, False], ids=["json", "table"])
def test_a_label_that_cannot_be_printed_is_told_with_its_number_and_key_and_leaves_with_3(retoure, unwritable, as_json):
    retoure.configure(unprotected=True).replaying("dhl_paket/labels/pdf_and_qr", **REPLAYED)
    code, told = retoure.printing_to(unwritable, "label", "buy", retoure.request(), *BUY, *(["--json"] if as_json else []))
    assert code == 3
    assert "the label 999900000101 was bought, but standard output cannot be written: " in told
    assert (json.loads(told)["key"] == "RMA-1001/1") if as_json else ("key: RMA-1001/1" in told)


def test_the_documents_of_a_label_that_cannot_be_printed_as_json_are_written_here(retoure, unwritable):
    retoure.configure(unprotected=True).replaying("dhl_paket/labels/pdf_and_qr", **REPLAYED)
    retoure.printing_to(unwritable, "label", "buy", retoure.request(), *BUY, "--json")
    (path,) = retoure.folder.glob("*.pdf")
    assert path.read_bytes().startswith(b"%PDF-")


def test_nothing_is_bought_where_standard_output_is_closed(retoure):
    retoure.configure(unprotected=True).replaying("dhl_paket/labels/pdf_and_qr", **REPLAYED)
    code, told = retoure.printing_to(None, "label", "buy", retoure.request(), *BUY)
    assert code == 2
    assert "standard output is closed" in told
    assert retoure.replay.mounted.sent == []


def test_a_name_beyond_the_encoding_of_the_output_is_escaped_in_json(retoure):
    retoure.configure(unprotected=True).replaying("dhl_paket/labels/pdf_and_qr", **REPLAYED)
    sender = {**SAMPLES["munich_to_berlin"]["request"]["ship_from"], "name": "Łukasz Müller"}
    paper = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
    code, _ = retoure.printing_to(paper, "label", "buy", retoure.request(ship_from=sender), *BUY, "--json")
    assert code == 0
    assert json.loads(paper.buffer.getvalue().decode("ascii"))["order"]["request"]["ship_from"]["name"] == "Łukasz Müller"


def test_a_refused_address_leaves_with_1_and_shows_no_personal_datum(retoure, fits):
    retoure.configure(unprotected=True).replaying("dhl_paket/labels/address_not_accepted", **REPLAYED)
    ran = retoure("label", "buy", retoure.request(), *BUY, "--json")
    assert (ran.code, ran.out) == (1, "")
    fits(ran.error, "ErrorReport")
    assert ran.error["type"] == "AddressRejected"
    assert (ran.error["account"], ran.error["operation"]) == ("dhl", "labels.create")
    assert ran.error["problems"]
    personal = SAMPLES["munich_to_berlin"]["request"]["ship_from"]
    assert not [field for field in ("name", "street", "email", "phone") if personal[field] in ran.err]
    assert "canary" not in ran.err


UPS = """
[accounts.ups]
carrier = "ups"
environment = "sandbox"
client_id = "canary-id"
client_secret = "canary-secret"
account_number = "EXMPL1"
account_country = "DE"
"""


def bought_from_ups(retoure, scenario):
    retoure.configure(unprotected=True).replaying(scenario, account="ups")
    config = retoure.config.read_text()
    retoure.config.write_text(config.replace("[return_addresses", UPS + "[return_addresses", 1))
    return retoure("label", "buy", retoure.request(), "--account", "ups", "--key", "RMA-1001/1", "--json")


def test_a_lost_purchase_that_the_look_up_finds_is_a_label_and_says_so(retoure):
    ran = bought_from_ups(retoure, "ups/labels/lost_and_found")
    assert ran.code == 0
    assert ran.value["tracking_number"] == "1ZEXMPL19012345675"
    assert "looked up by its key and found" in ran.value["notices"][-1]


def test_a_lost_purchase_that_may_be_several_names_them_and_leaves_with_3(retoure, fits):
    ran = bought_from_ups(retoure, "ups/labels/lost_and_several")
    assert (ran.code, ran.error["type"], ran.error["key"]) == (3, "OutcomeUnknown", "RMA-1001/1")
    fits(ran.error, "ErrorReport")
    assert ran.error["candidates"]
    assert all(number in ran.error["message"] for number in ran.error["candidates"])


def test_a_lost_answer_leaves_with_3_and_names_the_key(retoure):
    retoure.configure(unprotected=True).replaying("dhl_paket/labels/server_error", **REPLAYED)
    ran = retoure("label", "buy", retoure.request(), *BUY, "--json")
    assert ran.code == 3
    assert (ran.error["type"], ran.error["key"]) == ("OutcomeUnknown", "RMA-1001/1")
    assert ran.error["attempted_at"]
    assert "do not buy again" in ran.error["advice"]
    assert len(retoure.replay.mounted.sent) == 1


def test_a_key_with_spaces_is_refused_before_the_call(retoure):
    retoure.configure(unprotected=True).replaying("dhl_paket/labels/pdf_and_qr", **REPLAYED)
    ran = retoure("label", "buy", retoure.request(), "--account", "dhl", "--key", "two words")
    assert ran.code == 2
    assert "--key 'two words'" in ran.err
    assert retoure.replay.mounted.sent == []


def test_a_void_that_is_not_needed_is_told(retoure, fits):
    ran = retoure.configure()("label", "void", *NAMED, "--json")
    assert ran.code == 0
    fits(ran.value, "VoidReport")
    assert ran.value == {"tracking_number": "999900000101", "result": "NOT_NEEDED"}


def test_a_void_that_the_carrier_does_not_have_leaves_with_1(retoure):
    ran = retoure.configure(settings='unused_labels_billed = "yes"')("label", "void", *NAMED)
    assert ran.code == 1
    assert "Unsupported" in ran.err


def test_a_void_takes_the_label_that_was_printed(retoure):
    retoure.configure(unprotected=True).replaying("dhl_paket/labels/pdf_and_qr", **REPLAYED)
    bought = retoure("label", "buy", retoure.request(), *BUY, "--json").out
    assert retoure("label", "void", "-", stdin=bought).code == 0


@pytest.mark.parametrize(
    "arguments", [(), ("--account", "dhl"), ("label.json", *NAMED)], ids=["nothing", "half of it", "file and options"]
)
def test_a_label_is_named_once_and_wholly(retoure, arguments):
    ran = retoure.configure()("label", "void", *arguments)
    assert ran.code == 2
    assert "name the label" in ran.err


def test_a_naive_moment_of_issue_is_refused(retoure):
    ran = retoure.configure()("label", "void", *NAMED[:-1], "2026-03-01T10:00:00")
    assert ran.code == 2
    assert "no time zone" in ran.err


def test_a_look_up_that_the_carrier_does_not_have_leaves_with_1(retoure):
    ran = retoure.configure()("label", "find", *BUY, "--attempted-at", "2026-03-01T10:00:00Z")
    assert ran.code == 1
    assert "no search" in ran.err


def test_documents_that_the_carrier_does_not_show_twice_leave_with_1(retoure):
    ran = retoure.configure()("label", "documents", *NAMED)
    assert ran.code == 1
    assert "Unsupported" in ran.err


def test_a_label_without_a_number_cannot_be_adopted(retoure):
    ran = retoure.configure()("label", "adopt", *NAMED[:3], "", *NAMED[4:], "--rma", "RMA-1001")
    assert ran.code == 2
    assert "number" in ran.err


@pytest.mark.parametrize("json_too", [(), ("--json",)])
def test_an_adopted_label_is_printed_as_json_in_any_case(retoure, fits, json_too):
    source = ("--label-source", "AMAZON_NEGOTIATED", "--return-to", "berlin")
    ran = retoure.configure()("label", "adopt", *NAMED, "--rma", "RMA-1001", *source, *json_too)
    assert ran.code == 0
    fits(ran.value, "Label")
    assert (ran.value["label_source"], ran.value["return_to"]["name"]) == ("amazon_negotiated", "berlin")
