"""Playing a scenario to an adapter, without HTTP, through the loop of the live client."""

import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from retoure.carrier import CarrierContext
from retoure.errors import AddressRejected, CarrierUnavailable, MalformedResponse, OutcomeUnknown, RateLimited
from retoure.model import BoundReturnAddress, DropOffQuery, LabelOrder, ReturnRequest, TrackedParcel
from retoure.replay import ScenarioMismatch, find, play
from retoure.testing.samples import SAMPLES
from tests.replay.acme import AcmeSettings, build


@pytest.fixture
def carrier():
    settings = AcmeSettings(environment="sandbox", client_id="fake", client_secret="fake", app_name="fake")
    context = CarrierContext(account="acme", clock=lambda: datetime.now(UTC), rate_cards=None, zone=ZoneInfo("UTC"))
    return build(settings, context)


def order(scenario, **changes):
    request = ReturnRequest.model_validate({**SAMPLES["munich_to_berlin"]["request"], "rma": "R1", **changes})
    berlin = scenario.account.return_addresses["berlin"]
    bound = BoundReturnAddress(name="berlin", address=berlin.address, binding=berlin.bindings["acme"])
    return LabelOrder(account="acme", request=request, return_to=bound, key="R1/1")


def test_an_adapter_plays_without_http(acme, carrier):
    scenario = find("acme/labels/pdf", acme)
    label = play(carrier.labels.create(order(scenario)), scenario)
    assert label.tracking_number == "00340000000000000017"
    assert label.documents[0].content.startswith(b"%PDF-")
    assert label.issued_at == scenario.clock


def test_an_exact_mismatch_names_scenario_request_and_field(acme, carrier):
    scenario = find("acme/labels/pdf", acme)
    other = order(scenario, parcel={"weight": "1 kg"})
    with pytest.raises(ScenarioMismatch) as caught:
        play(carrier.labels.create(other), scenario)
    assert str(caught.value) == (
        "acme/labels/pdf, interaction 1 of 1: what was sent does not match (exact)\n"
        "  expected  POST https://api.acme.example/v1/labels\n"
        "  sent      POST https://api.acme.example/v1/labels\n"
        "  $.grams: expected 2400, sent 1000"
    )


def test_operation_strength_takes_another_parcel(acme, carrier):
    scenario = find("acme/labels/pdf", acme)
    other = order(scenario, parcel={"weight": "1 kg"})
    assert play(carrier.labels.create(other), scenario, match="operation").tracking_number == "00340000000000000017"


def test_a_sealed_secret_is_seen_as_its_placeholder(acme, carrier):
    scenario = find("acme/tracking/two_numbers", acme)
    outcomes = play(carrier.tracking.track([TrackedParcel(number="A1"), TrackedParcel(number="A2")]), scenario)
    assert set(outcomes) == {"A1", "A2"}


def test_an_interaction_that_is_not_used_fails(copy, carrier):
    def twice(value):
        value["interactions"].append(value["interactions"][0])

    copy.change("labels/pdf", twice)
    scenario = copy.find("labels/pdf")
    with pytest.raises(
        ScenarioMismatch, match=r"(?s)never sent \(1 of 2\).*interaction 2 of 2: POST https://api.acme.example/v1/labels"
    ):
        play(carrier.labels.create(order(scenario)), scenario)


def test_an_interaction_that_is_not_used_fails_even_when_the_carrier_refuses(copy, carrier):
    def refused_twice(value):
        value["interactions"][0]["response"].update(status=422, json={"code": "PLZ", "text": "unknown postcode"})
        value["interactions"].append(value["interactions"][0])

    copy.change("labels/pdf", refused_twice)
    scenario = copy.find("labels/pdf")
    with pytest.raises(ScenarioMismatch, match="never sent"):
        play(carrier.labels.create(order(scenario)), scenario)


def test_a_request_beyond_the_last_one_fails(copy, carrier):
    copy.change("drop_offs/two_pages", lambda value: value["interactions"].pop())
    with pytest.raises(ScenarioMismatch, match=r"nothing more is expected \(all 1 of its interactions were played\)"):
        play(carrier.drop_offs.near(DropOffQuery(country="DE")), copy.find("drop_offs/two_pages"))


def test_an_adapter_keeps_the_order_of_the_scenario(copy, carrier):
    copy.change("drop_offs/two_pages", lambda value: value["interactions"].reverse())
    with pytest.raises(ScenarioMismatch, match='query page: expected "2", sent "1"'):
        play(carrier.drop_offs.near(DropOffQuery(country="DE")), copy.find("drop_offs/two_pages"))


def test_a_refusal_is_raised_with_the_names_a_client_gives(copy, carrier):
    refusal = {"status": 422, "json": {"code": "PLZ", "text": "unknown postcode"}}
    copy.change("labels/pdf", lambda value: value["interactions"][0].update(response=refusal))
    scenario = copy.find("labels/pdf")
    with pytest.raises(AddressRejected) as caught:
        play(carrier.labels.create(order(scenario)), scenario)
    assert (caught.value.account, caught.value.operation, caught.value.response.status) == ("acme", "labels.create", 422)


def test_an_unreadable_answer_to_a_purchase_is_an_unknown_outcome(copy, carrier):
    answer = {"status": 201, "text": '{"number": "0034'}
    copy.change("labels/pdf", lambda value: value["interactions"][0].update(response=answer))
    scenario = copy.find("labels/pdf")
    with pytest.raises(OutcomeUnknown) as caught:
        play(carrier.labels.create(order(scenario)), scenario)
    assert caught.value.attempted_at == scenario.clock


def test_an_unreadable_answer_to_a_read_is_malformed(copy, carrier):
    answer = {"status": 200, "text": "<html>maintenance</html"}
    copy.change("tracking/two_numbers", lambda value: value["interactions"][0].update(response=answer))
    with pytest.raises(MalformedResponse):
        play(carrier.tracking.track([TrackedParcel(number="A1"), TrackedParcel(number="A2")]), copy.find("tracking/two_numbers"))


def test_a_purchase_answered_with_a_server_error_is_not_sent_again(copy, carrier):
    copy.change("labels/pdf", lambda value: value["interactions"][0].update(response={"status": 500}))
    scenario = copy.find("labels/pdf")
    with pytest.raises(OutcomeUnknown):
        play(carrier.labels.create(order(scenario)), scenario)


def test_a_carrier_that_asks_to_wait_is_asked_again_at_once(copy, carrier):
    def busy_first(value):
        busy = {"request": value["interactions"][0]["request"], "response": {"status": 429, "headers": {"Retry-After": "30"}}}
        value["interactions"].insert(0, busy)

    copy.change("labels/pdf", busy_first)
    scenario = copy.find("labels/pdf")
    started = time.monotonic()
    assert play(carrier.labels.create(order(scenario)), scenario).tracking_number
    assert time.monotonic() - started < 5


def test_a_token_that_expired_is_renewed_once(copy, carrier):
    def refused_first(value):
        value["interactions"].insert(0, {"request": value["interactions"][0]["request"], "response": {"status": 401}})

    copy.change("labels/pdf", refused_first)
    scenario = copy.find("labels/pdf")
    assert play(carrier.labels.create(order(scenario)), scenario).tracking_number


@pytest.mark.parametrize(("status", "error"), [(503, CarrierUnavailable), (429, RateLimited)])
def test_a_read_is_given_up_after_as_many_attempts_as_a_client_makes(copy, carrier, status, error):
    def always(value):
        one = value["interactions"][0]
        one["response"] = {"status": status}
        value["interactions"] = [one] * 4

    copy.change("tracking/two_numbers", always)
    with pytest.raises(error):
        play(carrier.tracking.track([TrackedParcel(number="A1"), TrackedParcel(number="A2")]), copy.find("tracking/two_numbers"))


def test_an_error_of_the_program_is_not_dressed_up(acme):
    def broken():
        raise ZeroDivisionError
        yield

    with pytest.raises(ZeroDivisionError):
        play(broken(), find("acme/labels/pdf", acme))


def test_a_scenario_plays_within_two_milliseconds(acme, carrier):
    scenario = find("acme/labels/pdf", acme)
    wanted = order(scenario)
    took = []
    for _ in range(30):
        started = time.perf_counter()
        play(carrier.labels.create(wanted), scenario)
        took.append(time.perf_counter() - started)
    assert min(took) < 0.002  # the best of many, so that a busy machine fails nobody
