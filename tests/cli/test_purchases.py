"""``purchases`` and ``sandbox``: the books as a person looks at them, and a box served from the command line."""

import json
import signal
import subprocess
import sys
from datetime import UTC, datetime

import httpx
import pytest
from sqlalchemy import event

from retoure import BooksError, Label, Purchases
from retoure.cli.failures import exit_code
from retoure.replay.sandbox import Faults, Sandbox

BUY = ("--account", "dhl", "--key", "RMA-1001/1", "--json")


@pytest.fixture
def shop(retoure):
    """A shop that keeps books beside its configuration."""
    retoure.configure()
    retoure.config.write_text(retoure.config.read_text().replace("[client]", '[client]\npurchases = "sqlite:///books.db"'))
    return retoure.replaying("dhl_paket/labels/pdf_and_qr", account="dhl", match="operation")


def buy(shop):
    return shop("label", "buy", shop.request(), *BUY)


def test_a_second_run_with_the_same_key_prints_the_stored_label(shop):
    first = buy(shop)
    assert (first.code, buy(shop).value) == (0, first.value)
    assert len(shop.replay.mounted.sent) == 1


def test_the_books_are_listed_and_a_key_is_shown(shop):
    number = buy(shop).value["tracking_number"]
    (record,) = shop("purchases", "list", "--json").value
    assert (record["key"], record["state"], record["number"]) == ("RMA-1001/1", "bought", number)
    assert shop("purchases", "show", "RMA-1001/1", "--json").value == record
    assert shop("purchases", "list", "--state", "unknown", "--json").value == []
    for command in (("list",), ("show", "RMA-1001/1")):
        assert number in shop("purchases", *command).out


def test_a_state_that_does_not_exist_or_fits_no_lost_purchase_is_refused(shop):
    buy(shop)
    assert shop("purchases", "list", "--state", "nonsense").code == 2
    assert shop("purchases", "list", "--state", "unknown", "--lost").code == 2


def test_looking_into_books_that_are_not_there_makes_none(shop):
    ran = shop("purchases", "list")
    assert ran.code == 2
    assert "books.db" in ran.err.replace("\n", "")
    assert not (shop.config.parent / "books.db").exists()


def test_an_unknown_outcome_is_listed_and_settled(shop):
    shop.surroundings.options["transport"] = httpx.MockTransport(cut)
    bought = buy(shop)
    assert (bought.code, bought.error["type"]) == (3, "OutcomeUnknown")
    assert "purchases resolve" in bought.error["advice"]
    assert [record["state"] for record in shop("purchases", "list", "--json").value] == ["unknown"]
    settled = shop("purchases", "resolve", "RMA-1001/1", "--number", "999900000101", "--json").value
    assert (settled["state"], settled["number"]) == ("bought", "999900000101")
    assert buy(shop).value["tracking_number"] == "999900000101"


def cut(request):
    if "grant_type" in request.content.decode():
        return httpx.Response(200, json={"access_token": "t"})
    raise httpx.ReadError("cut", request=request)


def test_a_key_that_bought_nothing_is_freed(shop):
    shop.surroundings.options["transport"] = httpx.MockTransport(cut)
    buy(shop)
    assert shop("purchases", "resolve", "RMA-1001/1", "--nothing-bought", "--json").value["state"] == "free"
    assert shop("purchases", "list", "--json").value == []
    assert "none" in shop("purchases", "list").out


def test_a_superseded_purchase_is_listed_as_lost(shop):
    free = 'password = "x"\nunused_labels_billed = "no"'
    shop.config.write_text(shop.config.read_text().replace('password = "canary-password"', free))
    playing = shop.surroundings.options["transport"]
    shop.surroundings.options["transport"] = httpx.MockTransport(cut)
    buy(shop)
    shop.surroundings.options["transport"] = playing
    assert shop("label", "buy", shop.request(), *BUY, "--on-unknown", "supersede").code == 0
    (lost,) = shop("purchases", "list", "--lost", "--json").value
    assert (lost["key"], lost["number"]) == ("RMA-1001/1", "")
    assert "not known" in shop("purchases", "list", "--lost").out


def test_personal_data_are_erased_by_return_or_by_age(shop):
    buy(shop)
    assert shop("purchases", "erase", "RMA-1001", "--json").value == {"keys": ["RMA-1001/1"], "kept": {}, "unknown": []}
    assert shop("purchases", "show", "RMA-1001/1", "--json").value["erased"]
    later = datetime(2100, 1, 1, tzinfo=UTC).isoformat()
    assert shop("purchases", "erase", "--before", later, "--json").value["keys"] == []
    assert shop("purchases", "erase").code == shop("purchases", "erase", "RMA-1", "--before", later).code == 2


def test_a_return_that_the_books_do_not_know_is_told_when_it_is_to_be_erased(shop):
    buy(shop)
    told = shop("purchases", "erase", "RMA-1001", "RMA-1O01", "--json").value
    assert told == {"keys": ["RMA-1001/1"], "kept": {}, "unknown": ["RMA-1O01"]}
    assert "RMA-1O01" in shop("purchases", "erase", "RMA-1O01").out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("show", "no-such-key"), "no key 'no-such-key'"),
        (("resolve", "no-such-key", "--nothing-bought"), "no key 'no-such-key'"),
        (("resolve", "RMA-1001/1"), "--number or --nothing-bought"),
        (("resolve", "RMA-1001/1", "--nothing-bought", "--number", "1"), "--number or --nothing-bought"),
        (("resolve", "RMA-1001/1", "--nothing-bought"), "is settled"),
    ],
)
def test_what_cannot_be_done_is_said(shop, arguments, words):
    buy(shop)
    ran = shop("purchases", *arguments)
    assert (ran.code, words in ran.err) == (2, True), ran.err


def test_without_books_it_is_said_how_to_have_them(retoure):
    ran = retoure.configure(unprotected=True)("purchases", "list")
    assert (ran.code, "sqlite:///retoure.db" in ran.err) == (2, True)


def test_books_that_fail_before_a_purchase_and_after_it_leave_with_different_codes():
    label = Label(account="a", carrier="c", tracking_number="N1", issued_at=datetime(2026, 3, 1, tzinfo=UTC))
    assert (exit_code(BooksError("full")), exit_code(BooksError("full", bought=label))) == (2, 3)


def test_a_label_that_the_books_could_not_keep_is_still_printed(shop):
    books = shop.surroundings.options["purchases"] = Purchases.at(f"sqlite:///{shop.folder}/books.db")
    books.records()
    transport = shop.surroundings.options["transport"]

    def answer(request):
        if "grant_type" not in request.content.decode():
            books.close()
            event.listen(books._database._engine, "connect", lambda new, _: new.execute("PRAGMA query_only = ON").close())
        return transport.handle_request(request)

    shop.surroundings.options["transport"] = httpx.MockTransport(answer)
    ran = buy(shop)
    assert (ran.code, ran.value["tracking_number"], ran.error["type"]) == (3, "999900000101", "BooksError")
    books.close()


def served(*arguments):
    command = [sys.executable, "-c", "from retoure.cli import main; main()", "sandbox", "--port", "0", "--json", *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_box_is_served_until_interrupted(tmp_path):
    faults = tmp_path / "faults.json"
    faults.write_text(Faults(rates={"cut_before": 1.0}).model_dump_json())
    with served("ups", "--faults", str(faults), "--books", str(tmp_path / "sold.db")) as process:
        report = ""
        while not report.rstrip().endswith("}\n}") and (line := process.stdout.readline()):
            report += line
        told = json.loads(report)
        assert list(told["carriers"]) == ["ups"]
        assert httpx.get(f"{told['origin']}/_sandbox/books").json() == []
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    assert (tmp_path / "sold.db").exists()


def test_a_port_that_is_taken_and_a_carrier_that_is_none_are_named(retoure):
    with Sandbox(["ups"]) as box:
        port = box.origin.rpartition(":")[2]
        ran = retoure("sandbox", "--port", port)
        assert (ran.code, f"127.0.0.1:{port}" in ran.err) == (2, True)
    assert retoure("sandbox", "no_carrier").code == 2
    assert retoure("sandbox", "ups", "--port", "0", "--books", "/no/such/folder/sold.db").code == 2
