from importlib.resources import files

import pytest

from retoure.carrier import Operation
from retoure.replay import all_scenarios, verify
from retoure_ups import PLUGIN

SCENARIOS = all_scenarios("ups")


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_scenario_comes_to_what_it_expects(scenario):
    verify(scenario)


@pytest.mark.parametrize("operation", [one for one in Operation if PLUGIN.support[one].offered])
def test_every_offered_operation_has_a_success_and_a_refusal_on_record(operation):
    outcomes = {scenario.expect.error is None for scenario in SCENARIOS if scenario.given.operation is operation}
    assert True in outcomes
    assert operation is Operation.LABEL_CHECK or False in outcomes


@pytest.mark.parametrize("name", ["label.pdf", "invoice.pdf"])
def test_an_example_document_is_a_document_of_one_page(name):
    content = (files("retoure_fixtures") / "ups/labels" / name).read_bytes()
    assert content.startswith(b"%PDF-")
    assert content.count(b"/Type /Page ") == 1
    assert content.rstrip().endswith(b"%%EOF")
