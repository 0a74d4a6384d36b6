from importlib.resources import files

import pytest

from retoure.carrier import Operation
from retoure.replay import all_scenarios, verify
from retoure_dhl_paket import PLUGIN

SCENARIOS = all_scenarios("dhl_paket")
OWN = [scenario for scenario in SCENARIOS if not scenario.given.operation.startswith("quotes.")]
# A check answers with problems, a search for a day with what it found.
NEVER_REFUSED = {Operation.LABEL_CHECK, Operation.PICKUP_FIND}


@pytest.mark.parametrize("scenario", OWN, ids=lambda scenario: scenario.name)
def test_a_scenario_comes_to_what_it_expects(scenario):
    verify(scenario)


@pytest.mark.parametrize("operation", [one for one in Operation if PLUGIN.support[one].offered and one is not Operation.QUOTE])
def test_every_offered_operation_has_a_success_and_a_refusal_on_record(operation):
    of_it = [scenario for scenario in OWN if scenario.given.operation is operation]
    refused = [scenario.name for scenario in of_it if scenario.expect.error]
    succeeded = [scenario.name for scenario in of_it if not scenario.expect.error]
    assert succeeded
    assert refused or operation in NEVER_REFUSED


def test_the_example_label_is_a_document_of_one_page():
    content = (files("retoure_fixtures") / "dhl_paket/labels/label.pdf").read_bytes()
    assert content.startswith(b"%PDF-")
    assert content.count(b"/Type /Page ") == 1
    assert content.rstrip().endswith(b"%%EOF")
