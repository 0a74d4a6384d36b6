from datetime import date
from importlib.resources import files

import pytest

from retoure import Client, Formats, PickupWindow, ReturnRequest, Unprotected, assess
from retoure.carrier import Operation
from retoure.lifecycle import Read, case_of
from retoure.replay import all_scenarios, find, verify
from retoure.replay.mounting import Mounted
from retoure.testing.samples import SAMPLES
from retoure_ups import PLUGIN, UpsSettings

SCENARIOS = all_scenarios("ups")
DEMO = ("labels/demo", "pickups/demo", "tracking/demo_first_scan", "tracking/demo_silence")
NEVER_REFUSED = {Operation.LABEL_CHECK}  # it answers with problems


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_scenario_comes_to_what_it_expects(scenario):
    verify(scenario)


@pytest.mark.parametrize("operation", [one for one in Operation if PLUGIN.support[one].offered])
def test_every_offered_operation_has_a_success_and_a_refusal_on_record(operation):
    of_it = [scenario for scenario in SCENARIOS if scenario.given.operation is operation]
    refused = [scenario.name for scenario in of_it if scenario.expect.error]
    succeeded = [scenario.name for scenario in of_it if not scenario.expect.error]
    assert succeeded
    assert refused or operation in NEVER_REFUSED


@pytest.mark.parametrize("name", ["label.pdf", "invoice.pdf"])
def test_an_example_document_is_a_document_of_one_page(name):
    content = (files("retoure_fixtures") / "ups/labels" / name).read_bytes()
    assert content.startswith(b"%PDF-")
    assert content.count(b"/Type /Page ") == 1
    assert content.rstrip().endswith(b"%%EOF")


def test_the_four_scenarios_of_the_demo_tell_one_journey():
    label, pickup, first, silence = (find(f"ups/{name}") for name in DEMO)
    now = [label.clock]
    played = Mounted((label, pickup, first, silence), "exact")
    client = Client(
        {"ups": UpsSettings(**label.account.settings)}, purchases=Unprotected(), return_addresses=label.account.return_addresses,
        transport=played.transport(), clock=lambda: now[0],
    )  # fmt: skip
    with client:
        request = ReturnRequest.model_validate(SAMPLES["munich_to_berlin"]["request"])
        bought = client.buy(request, account="ups", key="RMA-1001/1", formats=Formats(need={"PDF"}, prefer={"QR"}))
        now[0] = pickup.clock
        client.schedule_pickup(bought, PickupWindow(day=date(2026, 3, 3)), key="RMA-1001/pickup")
        case = case_of(bought)
        states = []
        for look in (first, silence):
            now[0] = look.clock
            case = case.observed(Read(report=client.track(bought)))
            states.append(assess(case, policy="amazon_aprl_de", at=look.clock).state)
    played.verify_used()
    assert states == ["IN_TRANSIT", "LOST_PRESUMED"]
