"""``retoure rate-cards``, ``scenarios``, ``schema`` and ``doctor``: what needs no carrier."""

import json
import shutil
from importlib.metadata import EntryPoint
from importlib.resources import as_file, files

import jsonschema
import pytest

from retoure import Registry
from retoure.cli.schemas import schema_of
from retoure_dhl_paket import PLUGIN

EXAMPLE = "example-dhl-paket"


@pytest.fixture
def cards(retoure):
    """A directory with the example card, which may be spoilt."""
    folder = retoure.folder / "rates"
    with as_file(files("retoure_dhl_paket") / "rates") as source:
        shutil.copytree(source, folder)
    return folder


def test_sound_cards_are_told_to_be_usable(retoure, cards, fits):
    ran = retoure("rate-cards", "check", str(cards), "--json")
    assert ran.code == 0
    fits(ran.value, "CardCheckReport")
    assert ran.value["ok"]
    assert [one["id"] for one in ran.value["cards"]] == [EXAMPLE]


def test_every_fault_of_a_card_is_told_with_its_line_and_leaves_with_2(retoure, cards):
    prices = cards / EXAMPLE / "2026-01-01" / "prices.csv"
    prices.write_text(prices.read_text().replace("retoure,DE,2 kg,4.00", "retoure,DE,2 kg,cheap").replace("GB,5 kg", "GB,1 kg"))
    ran = retoure("rate-cards", "check", str(cards))
    assert ran.code == 2
    assert "prices.csv:2" in ran.out
    assert "cannot be used" in ran.out


def test_a_missing_directory_of_cards_leaves_with_2(retoure):
    assert retoure("rate-cards", "check", "nowhere").code == 2


def test_the_prices_of_a_card_are_shown_with_their_currency(retoure, cards, fits):
    ran = retoure.at(2026, 3, 1)("rate-cards", "show", str(cards), EXAMPLE)
    assert ran.code == 0
    assert "€4.00" in ran.out
    assert "EXAMPLE" in ran.out
    report = retoure.at(2026, 3, 1)("rate-cards", "show", str(cards), EXAMPLE, "--json").value
    fits(report, "CardReport")
    assert (report["revision"], report["prices"][0]["price"]) == ("2026-01-01", "4.00")


def test_a_date_without_prices_is_never_answered_with_the_nearest(retoure, cards):
    ran = retoure("rate-cards", "show", str(cards), EXAMPLE, "--on", "2025-12-31")
    assert ran.code == 1
    assert "no prices for 2025-12-31" in ran.err


def test_an_unknown_card_names_those_there_are(retoure, cards):
    ran = retoure("rate-cards", "show", str(cards), "contract-2026")
    assert ran.code == 2
    assert EXAMPLE in ran.err


def test_the_scenarios_are_listed_by_the_names_that_tests_use(retoure, fits):
    ran = retoure("scenarios", "list", "--carrier", "dhl_paket", "--json")
    assert ran.code == 0
    for one in ran.value:
        fits(one, "ScenarioSummary")
    assert "dhl_paket/labels/pdf_and_qr" in {one["name"] for one in ran.value}
    assert {one["origin"] for one in ran.value} <= {"recorded", "documented", "constructed"}


def test_a_broken_carrier_hides_no_scenario_of_another_and_is_told(retoure):
    broken = EntryPoint(name="broken", value="no_such_module:PLUGIN", group="retoure.carriers")
    retoure.surroundings.registry = Registry(entries=[broken], plugins=[PLUGIN])
    ran = retoure("scenarios", "list", "--json")
    assert ran.code == 0
    assert "dhl_paket/labels/pdf_and_qr" in {one["name"] for one in ran.value}
    assert "no_such_module" in ran.err
    assert retoure("scenarios", "list", "--carrier", "broken").code == 2


def test_the_scenarios_that_ship_are_sound(retoure, fits):
    ran = retoure("scenarios", "check", "--json")
    assert ran.value == {"ok": True, "faults": []}
    assert ran.code == 0


def test_a_scenario_with_a_fault_leaves_with_2(retoure, tmp_path):
    folder = tmp_path / "scenarios"
    with as_file(files("retoure_fixtures") / "dhl_paket") as source:
        shutil.copytree(source / "drop_offs", folder / "drop_offs")
        shutil.copy(source / "account.json", folder)
    file = folder / "drop_offs" / "none_found.json"
    scenario = json.loads(file.read_text("utf-8"))
    del scenario["origin"]
    file.write_text(json.dumps(scenario), "utf-8")
    spoilt = PLUGIN.__class__(**{**{name: getattr(PLUGIN, name) for name in PLUGIN.__dataclass_fields__}, "scenarios": folder})
    retoure.surroundings.registry = Registry(entries=(), plugins=[spoilt])
    ran = retoure("scenarios", "check")
    assert ran.code == 2
    assert "origin" in ran.out


def test_every_name_that_is_listed_has_a_valid_schema(retoure, fits):
    names = retoure("schema", "--json").value
    for one in names:
        fits(one, "SchemaName")
        jsonschema.Draft202012Validator.check_schema(schema_of(one["name"]))
    wanted = {
        "ReturnRequest", "Label", "LabelOrder", "Quote", "Offers", "Pickup", "PickupOrder", "TrackingReport", "ReturnCase",
        "Assessment", "Scenario", "RateCard", "DhlPaketSettings",
    }  # fmt: skip
    assert wanted <= {one["name"] for one in names}


def test_a_schema_is_printed_as_json(retoure):
    ran = retoure("schema", "returnrequest")
    assert ran.value["title"] == "ReturnRequest"
    assert {"rma", "ship_from", "return_to", "parcel"} <= set(ran.value["required"])


def test_an_unknown_schema_tells_the_closest(retoure):
    ran = retoure("schema", "ReturnRequst")
    assert ran.code == 2
    assert "ReturnRequest" in ran.err


def test_the_doctor_finds_nothing_wrong_with_a_good_configuration(retoure, fits):
    ran = retoure.configure(unprotected=True)("doctor", "--json")
    assert ran.code == 0
    fits(ran.value, "DoctorReport")
    assert ran.value["ok"]
    found = {one["subject"]: one["health"] for one in ran.value["findings"]}
    assert found["account dhl"] == found["time zones"] == found["clock"] == found["carrier dhl_paket"] == "ok"


def test_the_doctor_names_a_setting_that_is_wrong_without_its_value(retoure):
    ran = retoure.configure(settings='billing_number = "canary-number"')("doctor")
    assert ran.code == 2
    assert "billing_number" in ran.out
    assert "canary" not in ran.out


def test_the_doctor_finds_a_rate_card_that_does_not_exist(retoure):
    retoure.configure()
    retoure.config.write_text(retoure.config.read_text().replace(EXAMPLE, "contract-2026"))
    ran = retoure("doctor")
    assert ran.code == 2
    assert "contract-2026" in ran.out


def test_the_doctor_finds_a_fault_in_the_merchants_cards(retoure, cards):
    (cards / EXAMPLE / "2026-01-01" / "prices.csv").unlink()
    retoure.configure()
    retoure.config.write_text(retoure.config.read_text().replace("rate_cards = []", 'rate_cards = ["rates"]'))
    ran = retoure("doctor")
    assert ran.code == 2
    assert "the file is missing" in ran.out


def test_the_doctor_finds_a_carrier_that_cannot_be_loaded(retoure):
    broken = EntryPoint(name="broken", value="no_such_module:PLUGIN", group="retoure.carriers")
    retoure.surroundings.registry = Registry(entries=[broken], plugins=[PLUGIN])
    ran = retoure("doctor")
    assert ran.code == 2
    assert "no_such_module" in ran.out


def test_the_doctor_finds_a_clock_without_a_time_zone(retoure):
    from datetime import datetime

    retoure.surroundings.clock = lambda: datetime(2026, 3, 1, 9)  # noqa: DTZ001 - that is what is wrong with it
    ran = retoure("doctor")
    assert ran.code == 2
    assert "no time zone" in ran.out


def test_the_doctor_warns_where_nothing_is_configured(retoure):
    ran = retoure("doctor")
    assert ran.code == 0
    assert "no account" in ran.out
    assert "There are warnings, but no faults." in ran.out
    assert "Everything is in place." not in ran.out


def test_the_doctor_says_that_everything_is_in_place_where_nothing_is_left_to_say(retoure):
    assert "Everything is in place." in retoure.configure(unprotected=True)("doctor").out


def test_the_doctor_finds_a_return_address_that_is_bound_for_an_unknown_account(retoure):
    retoure.configure()
    retoure.config.write_text(retoure.config.read_text().replace("bindings.dhl]", "bindings.dlh]"))
    ran = retoure("doctor")
    assert ran.code == 2
    assert "bindings.dlh: there is no account 'dlh'; there are: dhl" in " ".join(ran.out.split())


def test_lists_are_tables_without_json(retoure):
    assert "dhl_paket/labels/pdf_and_qr" in "".join(retoure("scenarios", "list").out.split())
    assert "every command that fails" in retoure("schema").out
    assert "Every scenario is sound." in retoure("scenarios", "check").out


def test_a_confidential_card_keeps_its_prices_to_itself(retoure, cards):
    tariff = cards / EXAMPLE / "2026-01-01" / "tariff.toml"
    tariff.write_text(tariff.read_text("utf-8").replace('currency = "EUR"', 'currency = "EUR"\nconfidential = true'), "utf-8")
    ran = retoure.at(2026, 3, 1)("rate-cards", "show", str(cards), EXAMPLE)
    assert ran.code == 0
    assert "confidential" in ran.out
    assert "4.00" not in ran.out


def test_a_directory_without_a_card_is_told_so(retoure):
    (retoure.folder / "empty").mkdir()
    ran = retoure("rate-cards", "check", "empty")
    assert ran.code == 0
    assert "There is no rate card in empty." in ran.out


def test_the_cards_of_a_directory_are_listed(retoure, cards):
    ran = retoure("rate-cards", "show", str(cards))
    assert ran.code == 0
    assert EXAMPLE in ran.out


def test_the_doctor_warns_of_what_will_be_missed(retoure):
    retoure.config = retoure.folder / "bare.toml"
    retoure.config.write_text('[accounts.dhl]\ncarrier = "dhl_paket"\nenvironment = "sandbox"\n')
    ran = retoure("doctor", "--json")
    assert ran.code == 0
    warned = {one["subject"] for one in ran.value["findings"] if one["health"] == "warning"}
    assert warned == {"account dhl", "return addresses", "purchases"}


def test_the_doctor_finds_that_no_carrier_is_installed(retoure):
    retoure.surroundings.registry = Registry(entries=())
    ran = retoure("doctor")
    assert ran.code == 2
    assert "none is installed" in ran.out
