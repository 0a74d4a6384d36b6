"""What comes of a scenario, compared with what it expects."""

import hashlib

import pytest

from retoure.carrier import Candidates, Found, NotSeen
from retoure.errors import AddressRejected, ConfigurationError, NoRateCard, Problem, RateLimited
from retoure.replay import InvalidScenario, ScenarioMismatch, all_scenarios, as_json, verify, verify_outcome
from tests.replay.acme import DATA, acme_registry

NAMES = [scenario.name for scenario in all_scenarios("acme", acme_registry())]


@pytest.mark.parametrize("name", NAMES)
def test_every_scenario_of_the_invented_carrier_holds(acme, name):
    verify(next(scenario for scenario in all_scenarios("acme", acme) if scenario.name == name), acme)


def test_a_result_is_compared_as_a_subset(copy):
    copy.change("labels/pdf", lambda value: value.update(expect={"result": {"carrier": "acme"}}))
    verify(copy.find("labels/pdf"), copy.registry)


@pytest.mark.parametrize(
    ("result", "told"),
    [
        ({"tracking_number": "1"}, 'result.tracking_number: expected "1", got "00340000000000000017"'),
        ({"colour": "red"}, 'result.colour: expected "red", is absent'),
        ({"documents": []}, "result.documents: expected 0 entries, got 1"),
        ({"documents": [{"format": "ZPL"}]}, 'result.documents[0].format: expected "ZPL", got "PDF"'),
        ({"order": {"request": {"rma": "R2"}}}, 'result.order.request.rma: expected "R2", got "R1"'),
        ({"price": {"amount": "1"}}, 'result.price: expected {"amount": "1"}, got null'),
        ([1], "result: expected [1], got "),
    ],
)
def test_a_difference_of_the_result_is_named_by_its_path(copy, result, told):
    copy.change("labels/pdf", lambda value: value.update(expect={"result": result}))
    with pytest.raises(ScenarioMismatch) as caught:
        verify(copy.find("labels/pdf"), copy.registry)
    assert told in str(caught.value)


def test_a_document_is_compared_by_its_digest(copy):
    digest = hashlib.sha256((DATA / "acme/labels/label.pdf").read_bytes()).hexdigest()
    copy.change("labels/pdf", lambda value: value["expect"]["result"].update(documents=[{"sha256": digest}]))
    verify(copy.find("labels/pdf"), copy.registry)


def test_an_expected_error_is_told_from_a_result(copy):
    copy.change("labels/pdf", lambda value: value.update(expect={"error": {"type": "AddressRejected"}}))
    with pytest.raises(ScenarioMismatch, match="expected AddressRejected, came to a result"):
        verify(copy.find("labels/pdf"), copy.registry)


def refused(value):
    value["interactions"][0]["response"].update(status=422, json={"code": "PLZ", "text": "unknown postcode"})
    value["expect"] = {
        "error": {
            "type": "AddressRejected",
            "carrier_code": "PLZ",
            "message": "unknown postcode",
            "problems": [{"field": "ship_from.postal_code"}],
        }
    }


def test_an_expected_error_is_compared_by_what_is_given(copy):
    copy.change("labels/pdf", refused)
    verify(copy.find("labels/pdf"), copy.registry)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"type": "NotFound"}, "expected NotFound, raised AddressRejected"),
        ({"carrier_code": "X"}, 'error.carrier_code: expected "X", got "PLZ"'),
        ({"message": "street"}, 'error.message: expected "street" in '),
        ({"problems": []}, "error.problems: expected 0 entries, got 1"),
        ({"problems": [{"code": "X"}]}, 'error.problems[0].code: expected "X", got "PLZ"'),
        ({"retry_after_s": 3}, "error.retry_after_s: expected 3, got null"),
    ],
)
def test_a_difference_of_the_error_is_named(copy, change, told):
    copy.change("labels/pdf", refused)
    copy.change("labels/pdf", lambda value: value["expect"]["error"].update(change))
    with pytest.raises(ScenarioMismatch) as caught:
        verify(copy.find("labels/pdf"), copy.registry)
    assert told in str(caught.value)


def test_an_error_where_a_result_is_expected_is_told(copy):
    copy.change("labels/pdf", refused)
    copy.change("labels/pdf", lambda value: value.update(expect={"result": {}}))
    with pytest.raises(ScenarioMismatch, match="expected a result, raised AddressRejected"):
        verify(copy.find("labels/pdf"), copy.registry)


def test_a_tracking_read_that_fails_is_its_error(copy):
    def broken(value):
        value["interactions"][0]["response"] = {"status": 200, "text": "<data>"}
        value["expect"] = {"error": {"type": "MalformedResponse"}}
        value["given"]["overrides"] = {"parcels": [{"number": "A1"}]}
        value["interactions"][0]["request"]["url"] = value["interactions"][0]["request"]["url"].replace("A1%3BA2", "A1")

    copy.change("tracking/two_numbers", broken)
    verify(copy.find("tracking/two_numbers"), copy.registry)


def test_an_operation_that_is_refused_before_any_call_needs_no_interaction(copy):
    def pigeon(value):
        value["interactions"] = []
        value["given"]["overrides"]["service"] = "PIGEON"
        value["expect"] = {"error": {"type": "Unsupported", "message": "no pigeons"}}

    copy.change("labels/pdf", pigeon)
    verify(copy.find("labels/pdf"), copy.registry)


def test_an_unknown_sample_is_answered_with_the_known_ones(copy):
    copy.change("labels/pdf", lambda value: value["given"].update(sample="nobody"))
    with pytest.raises(InvalidScenario, match=r"no sample 'nobody'; there are: .*munich_to_berlin"):
        verify(copy.find("labels/pdf"), copy.registry)


def test_an_override_that_does_not_fit_is_named(copy):
    copy.change("labels/pdf", lambda value: value["given"].update(overrides={"request": {"colour": "red"}}))
    with pytest.raises(InvalidScenario, match=r"given \(request.colour\)"):
        verify(copy.find("labels/pdf"), copy.registry)


def test_an_account_that_does_not_fit_is_named_without_its_values(copy):
    copy.change("account", lambda value: value["settings"].update(environment="moon", client_id=""))
    with pytest.raises(InvalidScenario, match=r"account.json: settings.environment"):
        verify(copy.find("labels/pdf"), copy.registry)


def test_a_call_beyond_the_carriers_own_addresses_is_refused_in_replay_too(copy):
    copy.change("labels/pdf", lambda value: value["given"].update(settings={"environment": "production"}))
    with pytest.raises(ConfigurationError, match="may call only"):
        verify(copy.find("labels/pdf"), copy.registry)


def test_the_outcome_of_a_look_up_stands_under_its_name():
    assert as_json(NotSeen(conclusive=False, reason="x")) == {"not_seen": {"conclusive": False, "reason": "x"}}
    assert as_json(Found("a")) == {"found": "a"}
    assert as_json(Candidates(("a", "b"))) == {"candidates": ["a", "b"]}


def test_an_error_outside_a_carriers_is_compared_by_its_name(copy):
    copy.change("labels/pdf", lambda value: value.update(expect={"error": {"type": "NoRateCard", "message": "no card"}}))
    verify_outcome(copy.find("labels/pdf"), NoRateCard("no card for acme"))


def test_a_wait_that_was_told_is_compared(copy):
    from datetime import timedelta

    copy.change("labels/pdf", lambda value: value.update(expect={"error": {"type": "RateLimited", "retry_after_s": 30}}))
    verify_outcome(copy.find("labels/pdf"), RateLimited("wait", retry_after=timedelta(seconds=30)))


def test_problems_are_compared_in_order(copy):
    problems = [Problem("a", "missing", "x"), Problem("b", "too_long", "y")]
    expected = {"error": {"type": "AddressRejected", "problems": [{"field": "a"}, {"field": "b", "code": "too_long"}]}}
    copy.change("labels/pdf", lambda value: value.update(expect=expected))
    verify_outcome(copy.find("labels/pdf"), AddressRejected(problems=problems))
