"""Reading scenario files: what they must say, and how a bad one is named."""

import json
import zipfile
from decimal import Decimal

import pytest

from retoure.errors import PluginLoadError
from retoure.replay import SCENARIO_SCHEMA, InvalidScenario, Origin, Scenario, UnknownScenario, all_scenarios, find, load
from tests.replay.acme import DATA, acme_registry

PDF = DATA / "acme/labels/pdf.json"


def test_a_scenario_is_found_by_carrier_capability_and_situation(acme):
    scenario = find("acme/labels/pdf", acme)
    assert (scenario.name, scenario.carrier, scenario.origin) == ("acme/labels/pdf", "acme", Origin.CONSTRUCTED)


def test_a_path_gives_the_same_name_as_the_registry(acme):
    assert load(PDF).name == load(str(PDF)).name == find("acme/labels/pdf", acme).name


def test_a_file_is_parsed_once(acme):
    assert find("acme/labels/pdf", acme) is find("acme/labels/pdf", acme)


def test_a_file_that_changed_is_parsed_again(copy):
    before = copy.find("labels/pdf")
    copy.change("labels/pdf", lambda value: value.update(title="Another title"))
    assert (before.title, copy.find("labels/pdf").title) == ("A label as PDF", "Another title")


def test_scenarios_are_found_inside_a_zip_file(tmp_path):
    archive = tmp_path / "scenarios.zip"
    with zipfile.ZipFile(archive, "w") as writer:
        for path in (DATA / "acme").rglob("*.*"):
            writer.write(path, path.relative_to(DATA))
    registry = acme_registry(zipfile.Path(archive, "acme/"))
    assert [scenario.name for scenario in all_scenarios("acme", registry)] == [
        "acme/drop_offs/two_pages",
        "acme/labels/pdf",
        "acme/tracking/two_numbers",
    ]
    assert b"%PDF" in registry.get("acme").scenarios.joinpath("labels/label.pdf").read_bytes()
    assert load(zipfile.Path(archive, "acme/labels/pdf.json")).account.settings["client_id"] == "fake-client-id"


def test_an_unknown_name_is_answered_with_the_closest_ones(acme):
    with pytest.raises(UnknownScenario, match="acme/labels/pdf"):
        find("acme/labels/pfd", acme)


def test_a_name_of_another_form_is_refused(acme):
    with pytest.raises(UnknownScenario, match="carrier/capability/situation"):
        find("../secrets", acme)


def test_a_scenario_of_a_carrier_that_is_not_installed_names_the_carrier(acme):
    with pytest.raises(PluginLoadError, match="pigeon"):
        find("pigeon/labels/pdf", acme)


def test_a_scenario_without_origin_is_refused_by_file_and_field(copy):
    path = copy.change("labels/pdf", lambda value: value.pop("origin"))
    with pytest.raises(InvalidScenario, match="origin: missing: say whether it is recorded, documented or constructed") as caught:
        copy.find("labels/pdf")
    assert str(path) in str(caught.value)


def test_a_recorded_scenario_says_when(copy):
    copy.change("labels/pdf", lambda value: value.update(origin="recorded"))
    with pytest.raises(InvalidScenario, match="recorded_at"):
        copy.find("labels/pdf")


def test_a_constructed_scenario_was_recorded_on_no_day(copy):
    copy.change("labels/pdf", lambda value: value.update(recorded_at="2026-03-01"))
    with pytest.raises(InvalidScenario, match="recorded_at"):
        copy.find("labels/pdf")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda value: value.update(comment="x"), "comment"),
        (lambda value: value.update(format=2), "format"),
        (lambda value: value["given"].update(operation="labels.crate"), "given.operation"),
        (lambda value: value.update(clock="2026-03-01T09:00:00"), "clock"),
        (lambda value: value["interactions"][0]["request"].update(text="x"), "interactions.0.request"),
        (lambda value: value["interactions"][0]["request"].update(url="/v1/labels"), "interactions.0.request.url"),
        (lambda value: value["interactions"][0]["response"].update(status="ok"), "interactions.0.response.status"),
        (lambda value: value["expect"].update(error={"type": "NotFound"}), "expect"),
        (lambda value: value.update(expect={}), "expect"),
    ],
)
def test_a_fault_is_named_by_its_field(copy, change, field):
    copy.change("labels/pdf", change)
    with pytest.raises(InvalidScenario) as caught:
        copy.find("labels/pdf")
    assert field in [place for place, _ in caught.value.faults]


def test_every_fault_of_a_file_is_told_at_once(copy):
    copy.change("labels/pdf", lambda value: (value.pop("origin"), value.pop("title")))
    with pytest.raises(InvalidScenario) as caught:
        copy.find("labels/pdf")
    assert {"origin", "title"} <= {field for field, _ in caught.value.faults}


def test_a_file_that_is_not_json_is_named_with_line_and_column(copy):
    (copy.folder / "labels/pdf.json").write_text('{\n  "format": 1,\n  oops')
    with pytest.raises(InvalidScenario, match="line 3, column 3"):
        copy.find("labels/pdf")


def test_a_key_that_stands_twice_is_refused(copy):
    (copy.folder / "labels/pdf.json").write_text('{"format": 1, "format": 1}')
    with pytest.raises(InvalidScenario, match="'format' stands twice"):
        copy.find("labels/pdf")


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InvalidScenario, match="no such file"):
        load(tmp_path / "acme/labels/none.json")


def test_an_answer_keeps_the_digits_of_its_numbers(copy):
    def price(value):
        value["interactions"][0]["response"]["json"] = {"price": "@"}

    path = copy.change("labels/pdf", price)
    path.write_text(path.read_text().replace('"@"', "7.90"))
    ((_, _, content),) = copy.find("labels/pdf").answers
    assert json.loads(content, parse_float=Decimal)["price"].as_tuple() == Decimal("7.90").as_tuple()


def test_a_sibling_file_is_put_in_as_base64(acme):
    ((_, _, content),) = find("acme/labels/pdf", acme).answers
    assert json.loads(content)["pdf"].startswith("JVBERi0")


def test_a_sibling_file_is_an_answer_byte_by_byte(copy):
    def as_file(value):
        response = value["interactions"][0]["response"]
        del response["json"]
        response["file"] = "label.pdf"

    copy.change("labels/pdf", as_file)
    ((_, _, content),) = copy.find("labels/pdf").answers
    assert content == (copy.folder / "labels/label.pdf").read_bytes()


@pytest.mark.parametrize("name", ["missing.pdf", "../account.json", ""])
def test_a_sibling_that_is_not_there_or_elsewhere_is_refused(copy, name):
    copy.change("labels/pdf", lambda value: value["interactions"][0]["response"].update(json={"pdf": {"$file_base64": name}}))
    with pytest.raises(InvalidScenario, match="beside the scenario"):
        copy.find("labels/pdf").answers  # noqa: B018 - read for its error


def test_settings_of_a_scenario_are_merged_into_the_account(copy):
    copy.change("labels/pdf", lambda value: value["given"].update(settings={"unused_labels_billed": "no"}))
    settings = copy.find("labels/pdf").account.settings
    assert (settings["unused_labels_billed"], settings["client_id"]) == ("no", "fake-client-id")


def test_the_schema_asks_for_an_origin():
    assert "origin" in SCENARIO_SCHEMA["required"]
    assert SCENARIO_SCHEMA["$defs"]["Origin"]["enum"] == ["recorded", "documented", "constructed"]


def test_a_traversable_whose_folder_cannot_be_told_is_refused():
    class Adrift:
        def __str__(self):
            return "adrift.json"

    with pytest.raises(InvalidScenario, match=r"adrift.json: the folder of this file cannot be told"):
        load(Adrift())


def test_a_scenario_made_in_code_has_no_place(acme):
    scenario = Scenario.model_validate(json.loads(PDF.read_text()))
    assert scenario.name == "A label as PDF"
    with pytest.raises(LookupError):
        scenario.source  # noqa: B018 - read for its error


def test_an_account_that_is_not_one_is_named_by_its_field(copy):
    copy.change("account", lambda value: value.update(colour="red"))
    with pytest.raises(InvalidScenario, match=r"account.json: colour"):
        copy.find("labels/pdf").account  # noqa: B018 - read for its error


def test_a_carrier_without_scenarios_brings_none():
    registry = acme_registry(None)
    assert all_scenarios("acme", registry) == ()
    with pytest.raises(UnknownScenario, match="carrier 'acme' brings none"):
        find("acme/labels/pdf", registry)
