import pytest

from retoure.carrier import Operation
from retoure.replay import all_scenarios, verify
from retoure_dhl_express import PLUGIN

SCENARIOS = all_scenarios("dhl_express")


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_scenario_comes_to_what_it_expects(scenario):
    verify(scenario)


@pytest.mark.parametrize("operation", [one for one in Operation if PLUGIN.support[one].offered])
def test_every_offered_operation_has_a_success_and_a_refusal_on_record(operation):
    outcomes = {scenario.expect.error is None for scenario in SCENARIOS if scenario.given.operation is operation}
    assert outcomes == {True, False}


@pytest.mark.parametrize("scenario", [s for s in SCENARIOS if s.interactions], ids=lambda scenario: scenario.name)
def test_every_recorded_request_names_the_version(scenario):
    assert {interaction.request.headers.get("x-version") for interaction in scenario.interactions} == {"3.3.1"}
