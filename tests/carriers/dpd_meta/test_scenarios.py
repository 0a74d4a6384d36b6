from importlib.resources import files

import pytest

from retoure.carrier import Operation
from retoure.replay import all_scenarios, verify
from retoure_dpd_meta import PLUGIN

SCENARIOS = all_scenarios("dpd_meta")


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_scenario_comes_to_what_it_expects(scenario):
    verify(scenario)


@pytest.mark.parametrize("operation", [one for one in Operation if PLUGIN.support[one].offered and one is not Operation.QUOTE])
def test_every_offered_operation_has_a_success_and_a_refusal_on_record(operation):
    outcomes = {scenario.expect.error is None for scenario in SCENARIOS if scenario.given.operation is operation}
    assert outcomes == {True, False}


def test_the_example_label_is_a_document_of_one_page():
    content = (files("retoure_fixtures") / "dpd_meta/labels/label.pdf").read_bytes()
    assert content.startswith(b"%PDF-")
    assert content.count(b"/Type /Page ") == 1
