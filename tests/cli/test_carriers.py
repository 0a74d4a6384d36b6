"""``retoure carriers`` and ``retoure accounts``."""

import json
from importlib.metadata import EntryPoint

from retoure import Registry
from retoure.carrier import Operation
from retoure.cli.matrix import carrier_reports
from retoure.replay import Origin, all_scenarios
from retoure_dhl_paket import PLUGIN

BROKEN = EntryPoint(name="broken", value="no_such_module:PLUGIN", group="retoure.carriers")


def test_the_matrix_says_the_level_and_the_weakest_evidence_of_every_operation(retoure, fits):
    ran = retoure("carriers", "--json")
    fits({"reports": ran.value}["reports"][0], "CarrierReport")
    (report,) = [one for one in ran.value if one["code"] == "dhl_paket"]
    assert set(report["operations"]) == {operation.value for operation in Operation}
    own = [one for one in all_scenarios("dhl_paket") if one.given.operation is Operation.PICKUP_CANCEL]
    weakest = max((one.origin for one in own), key=list(Origin).index)
    cell = report["operations"]["pickups.cancel"]
    assert (cell["level"], cell["evidence"], sum(cell["scenarios"].values())) == ("full", weakest, len(own))
    assert cell["official_description"]


def test_the_caption_of_the_matrix_is_a_whole_sentence(retoure):
    assert "full or in part, and the weakest evidence of its scenarios" in " ".join(retoure("carriers").out.split())


def test_an_operation_without_a_scenario_has_no_evidence():
    bare = PLUGIN.__class__(**{**{name: getattr(PLUGIN, name) for name in PLUGIN.__dataclass_fields__}, "scenarios": None})
    (report,) = carrier_reports(Registry(entries=(), plugins=[bare]))
    assert {cell.evidence for cell in report.operations.values()} == {None}
    assert not any(cell.official_description for cell in report.operations.values())


def test_a_broken_carrier_is_listed_with_its_error_and_takes_no_other_down(retoure):
    retoure.surroundings.registry = Registry(entries=[BROKEN], plugins=[PLUGIN])
    ran = retoure("carriers")
    assert ran.code == 0
    assert "no_such_module" in ran.out
    assert "DHL Paket" in ran.out
    by_code = {one["code"]: one for one in retoure("carriers", "--json").value}
    assert by_code["broken"]["error"]
    assert by_code["broken"]["operations"] == {}
    assert by_code["dhl_paket"]["operations"]


def test_the_matrix_comes_as_markdown_for_a_readme(retoure):
    lines = retoure("carriers", "--markdown").out.splitlines()
    names = [retoure.surroundings.registry.get(code).name for code in retoure.surroundings.registry.codes()]
    assert lines[:2] == [f"| | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    assert len([line for line in lines if line.startswith("| `")]) == len(Operation)
    assert any(line.startswith("- `labels.find`, not offered: ") for line in lines)


def test_accounts_are_listed_without_a_credential(retoure, fits):
    retoure.configure()
    listed, drawn = retoure("accounts", "--json"), retoure("accounts")
    fits(listed.value[0], "AccountReport")
    assert listed.value[0]["name"] == "dhl"
    assert listed.value[0]["environment"] == "sandbox"
    assert "labels.find" not in listed.value[0]["carrier_offers"]
    assert "What their carriers offer" in drawn.out
    assert "canary" not in json.dumps(listed.value) + drawn.out
    assert drawn.code == listed.code == 0


def test_scenarios_that_cannot_be_read_are_told_and_the_carrier_stays(retoure, tmp_path):
    folder = tmp_path / "scenarios" / "labels"
    folder.mkdir(parents=True)
    (folder / "spoilt.json").write_text("{")
    spoilt = PLUGIN.__class__(
        **{**{name: getattr(PLUGIN, name) for name in PLUGIN.__dataclass_fields__}, "scenarios": tmp_path / "scenarios"}
    )
    retoure.surroundings.registry = Registry(entries=(), plugins=[spoilt])
    ran = retoure("carriers")
    assert ran.code == 0
    assert "spoilt.json" in ran.out
    assert "DHL Paket" in ran.out
