"""``retoure rate-cards`` and ``retoure quote --csv``."""

import csv
import io
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

TARIFF = """
schema = 1
id = "contract"
origin = "contract"
title = "My contract"
source = "invented"
carrier = "dhl_paket"
currency = "EUR"
markets = ["DE"]
time_zone = "Europe/Berlin"
valid_from = {valid_from}
confidential = {confidential}
[[zones]]
id = "DE"
countries = ["DE"]
[[zones]]
id = "AT"
countries = ["AT"]
[[services]]
code = "retoure"
name = "Retoure"
key = "WEIGHT_TIER"
limits = [ {{ measure = "WEIGHT", max = "31.5 kg" }} ]
[[surcharges]]
id = "energy"
code = "ENERGY"
text = "Energy"
basis = "PERCENT_OF_BASE"
index = "energy"
[[discounts]]
id = "volume"
counts = "parcels"
steps = [ {{ from = 100, amount = 5 }} ]
[[taxes]]
treatment = "NET_PLUS_VAT"
rate_percent = 19
"""
CATALOGUE = """id,country,postal_code,weight,dimensions
A1,DE,80331,2.4 kg,30 x 20 x 10 cm
A2,DE,80331,"2,4 kg",
A3,AT,1010,1 kg,
A4,DE,80331,40 kg,
A5,DE
A6,XX,,1 kg,
"""


@pytest.fixture
def cards(tmp_path):
    """A directory with one card of two dates."""
    root = tmp_path / "rates"

    def put(valid_from="2026-01-01", price="5.00", confidential="false"):
        folder = root / "contract" / valid_from
        folder.mkdir(parents=True)
        (folder / "tariff.toml").write_text(TARIFF.format(valid_from=valid_from, confidential=confidential))
        (folder / "prices.csv").write_text(f"service,zone,up_to,price\nretoure,DE,5 kg,{price}\nretoure,AT,5 kg,9.00\n")
        (root / "contract" / "energy.csv").write_text("valid_from,valid_until,value\n2026-01-01,2027-01-01,3.75\n")
        (root / "contract" / "parcels.csv").write_text("valid_from,valid_until,value\n")
        return root

    return put


def test_the_prices_of_a_card_are_a_table_of_bands_and_zones_with_what_comes_on_top(retoure, cards):
    shown = retoure("rate-cards", "show", cards(), "contract", "--on", "2026-03-01").out
    assert [line.split() for line in shown.splitlines() if "5 kg" in line] == [["5", "kg", "€5.00", "€9.00"]]
    for text in ("ENERGY", "3.75", "Volume discount, from 100", "parcels", "NET_PLUS_VAT", "19"):
        assert text in shown


def test_a_card_is_shown_as_json(retoure, cards, fits):
    ran = retoure("rate-cards", "show", cards(), "contract", "--on", "2026-03-01", "--json")
    fits(ran.value, "CardReport")
    assert ran.value["levies"][0] == {
        "code": "ENERGY", "text": "Energy", "basis": "PERCENT_OF_BASE", "amount": "3.75", "table": "energy",
        "requirement": "MANDATORY",
    }  # fmt: skip


def test_what_changes_between_two_dates_is_told_and_nothing_else(retoure, cards, fits):
    cards()
    root = cards("2026-07-01", "5.20")
    ran = retoure("rate-cards", "diff", root, "contract", "2026-06-30", "2026-07-01", "--json")
    fits(ran.value, "CardDiffReport")
    assert ran.value["changes"] == [
        {"what": "revision", "before": "2026-01-01", "after": "2026-07-01"},
        {"what": "price retoure DE 5 kg", "before": "5.00 EUR", "after": "5.20 EUR"},
    ]
    assert "5.20 EUR" in retoure("rate-cards", "diff", root, "contract", "2026-06-30", "2026-07-01").out


def test_what_is_no_longer_there_has_an_empty_side(retoure, cards):
    cards()
    root = cards("2026-07-01")
    tariff = root / "contract" / "2026-07-01" / "tariff.toml"
    tariff.write_text(tariff.read_text().partition("[[taxes]]")[0])
    ran = retoure("rate-cards", "diff", root, "contract", "2026-06-30", "2026-07-01", "--json")
    assert {"what": "taxes[0].rate_percent", "before": "19", "after": ""} in ran.value["changes"]


def test_a_card_is_the_same_on_two_days_of_one_period(retoure, cards):
    assert "is the same" in retoure("rate-cards", "diff", cards(), "contract", "2026-06-01", "2026-06-30").out


def test_the_amounts_of_a_confidential_card_are_shown_nowhere(retoure, cards):
    cards(price="4711.00", confidential="true")
    root = cards("2026-07-01", "4712.00", confidential="true")
    for arguments in (("show", root, "contract", "--on", "2026-03-01"), ("diff", root, "contract", "2026-06-30", "2026-07-01")):
        shown = retoure("rate-cards", *arguments).out + retoure("rate-cards", *arguments, "--json").out
        assert "confidential" in shown
        assert not any(secret in shown for secret in ("4711", "4712", "3.75"))


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (("absent", "2026-01-01", "2026-02-01"), "there is no rate card 'absent'"),
        (("contract", "2025-01-01", "2026-02-01"), "has no prices for 2025-01-01"),
        (("contract", "January", "2026-02-01"), "'January' is no date"),
    ],
)
def test_a_comparison_that_cannot_be_made_says_why(retoure, cards, arguments, text):
    ran = retoure("rate-cards", "diff", cards(), *arguments)
    assert ran.code != 0
    assert text in ran.err


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_a_catalogue_comes_back_with_prices_and_problems_beside_them(retoure):
    ran = retoure.configure().at(2026, 3, 1)("quote", "--csv", retoure.file(CATALOGUE, "in.csv"), "--return-to", "berlin")
    rows = {row["id"]: row for row in rows_of(ran.out)}
    assert list(rows) == ["A1", "A2", "A3", "A4", "A5", "A6"]
    assert [rows["A1"][name] for name in ("account", "service", "net", "tax", "gross", "currency", "billable_weight")] == [
        "dhl", "retoure", "5.00", "0.95", "5.95", "EUR", "2.4 kg",
    ]  # fmt: skip
    assert (rows["A1"]["problem"], rows["A1"]["price_basis"], rows["A1"]["weight"]) == ("", "EXAMPLE", "2.4 kg")
    assert rows["A1"]["warnings"].startswith("EXAMPLE")
    assert (rows["A3"]["net"], rows["A3"]["gross"]) == ("10.00", "")
    for bad, text in (("A2", "decimal point"), ("A4", "WEIGHT_LIMIT (40 kg, limit 31.5 kg)"), ("A5", "cells"), ("A6", "'XX'")):
        assert text in rows[bad]["problem"]
        assert rows[bad]["net"] == ""
    assert ran.code == 1
    assert "2 of 6 rows have a price." in ran.err
    assert "line 3: cannot read '2,4 kg'" in ran.err


def test_a_catalogue_is_written_to_a_file_and_reported_as_json(retoure, fits):
    source = retoure.file(CATALOGUE, "in.csv")
    ran = retoure.configure()("quote", "--csv", source, "--return-to", "berlin", "--out", retoure.folder / "out.csv", "--json")
    fits(ran.value, "CatalogueReport")
    assert (ran.value["rows"], ran.value["priced"]) == (6, 2)
    assert [one["line"] for one in ran.value["problems"]] == [3, 5, 6, 7]
    assert len(rows_of((retoure.folder / "out.csv").read_text())) == 6


def test_a_catalogue_without_a_bad_row_leaves_with_0(retoure):
    source = retoure.file("country,weight,return_to,ship_date,packaging\nDE,1 kg,berlin,2026-05-01,\n", "in.csv")
    ran = retoure.configure()("quote", "--csv", source)
    assert ran.code == 0
    assert rows_of(ran.out)[0]["priced_at"].startswith("2026-05-01T12:00")


def test_a_catalogue_may_come_from_standard_input(retoure):
    ran = retoure.configure()("quote", "--csv", "-", "--return-to", "berlin", stdin="country,weight\nDE,1 kg\n")
    assert rows_of(ran.out)[0]["net"] == "4.00"


def test_a_row_without_a_return_address_says_how_to_name_one(retoure):
    ran = retoure.configure()("quote", "--csv", retoure.file("country,weight\nDE,1 kg\n", "in.csv"))
    assert "--return-to" in rows_of(ran.out)[0]["problem"]


def test_a_lost_end_of_a_catalogue_is_told_and_what_came_before_is_kept(retoure):
    source = retoure.file('country,weight\nDE,1 kg\nDE,"1 kg\n', "in.csv")
    ran = retoure.configure()("quote", "--csv", source, "--return-to", "berlin", "--out", retoure.folder / "out.csv")
    assert ran.code == 2
    assert "cannot be read after line" in ran.err
    assert len(rows_of((retoure.folder / "out.csv").read_text())) == 1


@pytest.mark.parametrize(
    ("head", "text"),
    [
        ("weight", "misses country"),
        ("country,weight,colour", "has the unknown colour"),
        ("country,weight,weight", "has twice weight"),
        ("", "misses country, weight"),
    ],
)
def test_wrong_columns_are_refused_before_anything_is_priced(retoure, head, text):
    ran = retoure.configure()("quote", "--csv", retoure.file(f"{head}\nDE,1 kg\n", "in.csv"), "--return-to", "berlin")
    assert (ran.code, ran.out) == (2, "")
    assert text in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("quote",),
        ("quote", "request.json", "--csv", "in.csv"),
        ("quote", "request.json", "--out", "out.csv"),
        ("quote", "--csv", "in.csv", "--json"),
        ("quote", "--csv", "nowhere.csv"),
        ("quote", "--csv", "in.csv", "--out", "in.csv"),
        ("quote", "--csv", "in.csv", "--out", "nowhere/out.csv"),
    ],
    ids=" ".join,
)
def test_what_does_not_go_together_is_refused_and_no_file_is_touched(retoure, arguments):
    retoure.configure()
    retoure.file(CATALOGUE, "in.csv")
    retoure.request()
    assert retoure(*arguments).code == 2
    assert (retoure.folder / "in.csv").read_text() == CATALOGUE
    assert not (retoure.folder / "out.csv").exists()


def test_an_optional_surcharge_and_a_way_of_handing_in_may_be_named(retoure):
    ran = retoure.configure()("quote", retoure.request(), "--include", "PICKUP", "--hand-in", "shop", "--json")
    assert ran.code == 1
    assert [one["reason"] for one in ran.value["declined"] if one["service"] == "retoure"] == ["VAS_UNSUPPORTED"]


@pytest.mark.skipif(sys.platform == "win32", reason="needs a terminal of its own")
def test_at_a_terminal_a_bar_shows_how_far_it_is(retoure):
    retoure.configure()
    retoure.file("country,weight\n" + "DE,1 kg\n" * 200, "in.csv")
    ours, theirs = pty.openpty()
    line = [Path(sys.executable).with_name("retoure"), "--config", "shop.toml", "quote", "--csv", "in.csv",
            "--return-to", "berlin", "--out", "out.csv"]  # fmt: skip
    environ = {**os.environ, "TERM": "xterm", "COLUMNS": "100"}
    done = subprocess.run(line, stdout=subprocess.PIPE, stderr=theirs, check=False, cwd=retoure.folder, env=environ)
    os.close(theirs)
    shown = os.read(ours, 1_000_000).decode()
    os.close(ours)
    assert (done.returncode, done.stdout.decode().strip()) == (0, "200 of 200 rows have a price in out.csv.")
    assert "Pricing" in shown
    assert "200/200" in shown
