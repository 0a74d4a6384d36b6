"""Every fixture's request and answer against the official description that its scenario names."""

from collections import Counter
from dataclasses import replace

import pytest

from retoure.carrier.registry import Registry
from tests.contract.exchanges import Exchange, all_exchanges
from tests.contract.known_defects import KNOWN_DEFECTS, KnownDefect, explain
from tests.contract.wsdl import PATHS

EXCHANGES = all_exchanges()
DESCRIBED = tuple(exchange for exchange in EXCHANGES if exchange.description)
FAITHFUL = tuple(exchange for exchange in DESCRIBED if not exchange.answer_departs)
DEPARTING = sorted({exchange.description for exchange in DESCRIBED if exchange.answer_departs})


def _what(exchange: Exchange) -> tuple[str, str, str]:
    api = exchange.scenario.api
    return exchange.scenario.carrier, str(exchange.scenario.given.operation), f"{api.name} {api.version}".strip()


UNDESCRIBED = Counter(_what(exchange) for exchange in EXCHANGES if not exchange.description)


def _examine(exchange: Exchange, official, side: str) -> tuple[str, frozenset[KnownDefect]]:
    """What no known defect explains, a line each, and the known defects that were met."""
    description = official(exchange.description)
    # The driver adds the credentials; they do not stand in the file.
    message = replace(exchange.message, headers={**exchange.message.headers, **description.any_credentials()})
    operation = description.operation(message)
    violations = description.request_violations(message) if side == "request" else description.response_violations(message)
    unexplained, used = explain(violations, description.name, operation)
    return "\n".join(map(str, unexplained)), used


@pytest.mark.parametrize("exchange", DESCRIBED, ids=str)
def test_the_request_of_a_fixture_is_one_that_the_description_allows(exchange, official):
    unexplained, _ = _examine(exchange, official, "request")
    assert not unexplained, unexplained


@pytest.mark.parametrize("exchange", FAITHFUL, ids=str)
def test_the_answer_of_a_fixture_is_one_that_the_description_allows(exchange, official):
    unexplained, _ = _examine(exchange, official, "response")
    assert not unexplained, unexplained


@pytest.mark.parametrize("defect", KNOWN_DEFECTS, ids=lambda defect: f"{defect.description}:{defect.pointer}:{defect.keyword}")
def test_a_known_defect_is_still_met_by_some_fixture(defect, official):
    met = (
        defect in _examine(exchange, official, defect.side)[1]
        for exchange in FAITHFUL
        if exchange.description == defect.description
    )
    assert any(met), f"no fixture needs this entry any more, remove it: {defect}"


@pytest.mark.parametrize(("carrier", "operation", "api"), sorted(UNDESCRIBED))
def test_an_operation_without_an_official_description_is_named(carrier, operation, api, record_property):
    exchanges = UNDESCRIBED[carrier, operation, api]
    record_property("unchecked", f"{carrier} {operation} over {api}: {exchanges} fixture exchanges, no official description")
    assert exchanges


@pytest.mark.parametrize("description", sorted({e.description for e in DESCRIBED if e.description.endswith(".wsdl")}))
def test_paths_and_headers_that_mirror_a_soap_description_are_named(description, record_property):
    paths = sorted(PATHS)
    record_property("unchecked", f"REST paths and headers ({', '.join(paths)}), for which {description} has only types")
    assert paths


@pytest.mark.parametrize("description", DEPARTING)
def test_an_answer_that_is_made_up_to_depart_from_its_description_is_named(description, record_property):
    names = [str(exchange) for exchange in DESCRIBED if exchange.description == description and exchange.answer_departs]
    record_property("unchecked", f"the answers, made up to depart from {description}, of {', '.join(names)}")
    assert len(names) < sum(exchange.description == description for exchange in EXCHANGES)


@pytest.mark.parametrize("code", Registry().codes())
def test_every_carrier_brings_fixtures_to_be_checked(code):
    assert any(exchange.scenario.carrier == code for exchange in EXCHANGES)
