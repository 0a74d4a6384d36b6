"""Every scenario that ships: played to its adapter, and put under both whole clients, with the same outcome."""

import httpx
import pytest
import respx

from retoure import AsyncClient, Client
from retoure.carrier import Registry
from retoure.errors import RetoureError
from retoure.purchases import Unprotected
from retoure.replay import all_scenarios, ask, check, mount, verify, verify_outcome
from retoure.replay.verifying import settings_of

REGISTRY = Registry()
SCENARIOS = [pytest.param(scenario, id=scenario.name) for code in REGISTRY.codes() for scenario in all_scenarios(code, REGISTRY)]


def test_every_installed_carrier_brings_scenarios():
    assert {parameter.values[0].carrier for parameter in SCENARIOS} == set(REGISTRY.codes())


@pytest.mark.parametrize("carrier", REGISTRY.codes())
def test_the_files_of_a_carrier_have_no_fault(carrier):
    assert [str(fault) for fault in check(carrier, REGISTRY, played=False)] == []


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_plays_to_its_adapter(scenario):
    verify(scenario, REGISTRY)


def mounted(scenario):
    router = respx.MockRouter(assert_all_called=False)
    played = mount(router, scenario, match="exact")
    options = {
        "purchases": Unprotected(),
        "return_addresses": scenario.account.return_addresses,
        "registry": REGISTRY,
        "clock": lambda: scenario.clock,
        "transport": httpx.MockTransport(router.handler),
    }
    return played, {scenario.carrier: settings_of(scenario, REGISTRY)}, options


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_scenario_plays_under_the_whole_client(scenario):
    played, accounts, options = mounted(scenario)
    with Client(accounts, sleep=lambda _: None, **options) as client:
        try:
            outcome = ask(client, scenario)
        except RetoureError as error:
            outcome = error
    played.verify_used()
    verify_outcome(scenario, outcome)


async def no_sleep(_seconds):
    pass


@pytest.mark.parametrize("scenario", SCENARIOS)
async def test_a_scenario_plays_under_the_whole_async_client(scenario):
    played, accounts, options = mounted(scenario)
    async with AsyncClient(accounts, sleep=no_sleep, **options) as client:
        try:
            outcome = await ask(client, scenario)
        except RetoureError as error:
            outcome = error
    played.verify_used()
    verify_outcome(scenario, outcome)
