"""``retoure demo``: the whole journey, replayed."""

import io
import socket
from datetime import datetime
from pathlib import Path

import pytest
from rich.console import Console

from retoure import Registry
from retoure.cli.demo import _tell
from retoure.cli.journey import load_journey, travel
from retoure_dhl_paket import PLUGIN


@pytest.fixture
def played(retoure):
    ran = retoure("demo", "--json")
    assert (ran.code, ran.err) == (0, "")
    return ran.value


def test_it_prints_one_object_with_the_whole_journey(played, fits):
    fits(played, "DemoReport")
    assert {"quotes", "declined", "label", "pickup", "tracking", "first_scan", "verdicts"} <= set(played)


def test_the_label_is_the_path_of_a_pdf(played):
    assert Path(played["label"]).read_bytes().startswith(b"%PDF-")


def test_something_is_quoted_from_an_example_and_something_declined(played, fits):
    assert {quote["price_basis"] for quote in played["quotes"]} == {"EXAMPLE"}
    assert "SIZE_LIMIT" in {decline["reason"] for decline in played["declined"]}


def test_the_pickup_fetches_the_label_that_was_bought(played):
    assert played["pickup"]["tracking_numbers"] == [played["label_details"]["tracking_number"]]


def test_the_first_scan_is_the_first_physical_event(played):
    physical = [event for event in played["tracking"][0]["events"] if event["custody"] == "PHYSICAL"]
    assert datetime.fromisoformat(played["first_scan"]["instant"]) == datetime.fromisoformat(physical[0]["instant"])


def test_the_same_parcel_is_in_transit_before_the_window_opens_and_presumed_lost_after(played):
    before, after = played["verdicts"]
    assert before["number"] == after["number"] == played["label_details"]["tracking_number"]
    assert (before["state"], before["claim_status"]) == ("IN_TRANSIT", "WAITING")
    assert after["state"] == "LOST_PRESUMED"
    assert before["at"][:10] < before["opens_on"] <= played["tracking"][1]["read_at"][:10]


def test_the_claim_goes_where_the_labels_source_says(played):
    assert played["label_details"]["label_source"] == "amazon_negotiated"
    assert played["verdicts"][1]["claim_route"] == "AMAZON"
    assert played["verdicts"][1]["claim_status"] == "OPEN"


def test_it_says_what_was_replayed_and_on_what_evidence(played):
    assert len(played["replayed"]) == 4
    assert {one["origin"] for one in played["replayed"]} <= {"documented", "constructed"}


def test_it_needs_no_network(retoure, monkeypatch):
    def closed(*_args, **_options):
        raise AssertionError("the demo went to the network")

    monkeypatch.setattr(socket.socket, "connect", closed)
    monkeypatch.setattr(socket, "getaddrinfo", closed)
    assert retoure("demo", "--json").code == 0


def test_it_needs_no_respx_and_no_pytest(retoure, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "respx", None)
    assert retoure("demo", "--json").code == 0


def test_where_nobody_watches_it_does_not_wait(retoure):
    waits = []
    retoure.surroundings.sleep = waits.append
    ran = retoure("demo")
    assert ran.code == 0
    assert waits == []


@pytest.mark.parametrize("width", [80, 120])
def test_on_a_terminal_it_plays_for_about_ten_seconds_and_fits(tmp_path, width):
    registry = Registry()
    report = travel(load_journey("dhl_paket", registry), tmp_path, registry)
    waits, paper = [], io.StringIO()
    screen = Console(file=paper, width=width, force_terminal=True, color_system=None, markup=False, highlight=False)
    _tell(screen, report, waits.append)
    told = paper.getvalue()
    assert 8 <= sum(waits) <= 12
    assert max(map(len, told.splitlines())) <= width
    words = " ".join(told.split())
    for text in ("replayed", "EXAMPLE", "RMA-1001", "München", "Berlin", "20 full calendar days", "2026-03-24", "LOST_PRESUMED"):
        assert text in words


def test_the_label_is_written_where_out_says(retoure):
    ran = retoure("demo", "--json", "--out", "here")
    assert Path(ran.value["label"]).parent == Path("here")


def test_a_carrier_without_the_scenarios_has_no_demo(retoure):
    bare = PLUGIN.__class__(**{**{name: getattr(PLUGIN, name) for name in PLUGIN.__dataclass_fields__}, "scenarios": None})
    retoure.surroundings.registry = Registry(entries=(), plugins=[bare])
    ran = retoure("demo")
    assert ran.code == 2
    assert "dhl_paket" in ran.err


def test_an_unknown_carrier_has_no_demo(retoure):
    ran = retoure("demo", "--carrier", "pigeon")
    assert ran.code == 2
    assert "pigeon" in ran.err


def test_a_label_that_cannot_be_written_is_told(retoure):
    ran = retoure("demo", "--json", "--out", retoure.file("a file", "taken") + "/below")
    assert ran.code == 2
    assert "cannot be written" in ran.error["message"]
