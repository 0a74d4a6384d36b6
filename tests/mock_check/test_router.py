"""The parts of the mock check that need neither node nor a description."""

import json

import httpx
import pytest

from tests.mock_check.__main__ import unneeded
from tests.mock_check.router import TOKEN_ANSWER, TOKEN_HEADERS, Exchange, Router, Service, passed_on, route
from tests.mock_check.running import Outcome, judged
from tests.mock_check.violations import HEADER, KNOWN_FALSE, Finding, known_false, read_findings

RETURNS = Service("/parcel/de/shipping/returns/v1", "dhl_paket/pp-parcel-returns.yaml")
PICKUP = Service("/parcel/de/transportation/pickup/v3", "dhl_paket/parcel-de-pickup-v3.yaml")
SHIPPING = Service("/parcel/de/shipping", "dhl_paket/shipping.yaml")
IN_THE_BODY = {"location": ["request", "body", "shipper"], "severity": "Error", "code": "required", "message": "must have name1"}
IN_THE_ANSWER = {"location": ["response", "body"], "severity": "Error", "code": "required", "message": "must have label"}


def a_finding(*location, code="multipleOf", message="Request body property must be multiple of 0.01"):
    return Finding(("request", "body", *location), code, message)


def a_router(answer, services=(RETURNS, PICKUP)):
    sent = []

    def handle(request):
        sent.append(request)
        return answer

    mocks = {service.description: f"http://127.0.0.1:{port}" for port, service in enumerate(services, start=4010)}
    client = httpx.Client(transport=httpx.MockTransport(handle))
    return Router(services, frozenset({"/token"}), mocks, client), sent


def test_a_prefix_is_stripped_and_picks_the_service():
    assert route("/parcel/de/transportation/pickup/v3/orders?orderID=1", (RETURNS, PICKUP)) == (PICKUP, "/orders?orderID=1")


def test_a_service_whose_paths_are_whole_in_its_description_has_no_prefix():
    whole = Service("", "dpd/meta-api-docs.json", ("/shipping/v1/",))
    assert route("/shipping/v1/label?x=1", (RETURNS, whole)) == (whole, "/shipping/v1/label?x=1")
    assert route("/elsewhere", (RETURNS, whole)) is None


def test_the_longest_prefix_wins():
    assert route("/parcel/de/shipping/returns/v1/orders", (SHIPPING, RETURNS)) == (RETURNS, "/orders")


def test_services_that_share_a_prefix_are_told_apart_by_what_follows():
    rating, labels = Service("/api", "rating.yaml", ("/rating/",)), Service("/api", "labels.yaml", ("/labels/", "/ship"))
    assert route("/api/labels/v1/recovery", (rating, labels)) == (labels, "/labels/v1/recovery")
    assert route("/api/track/v1", (rating, labels)) is None


def test_the_bare_prefix_is_the_root():
    assert route("/parcel/de/shipping/returns/v1", (RETURNS,)) == (RETURNS, "/")


@pytest.mark.parametrize("path", ["/parcel/de/shipping/returns/v11/orders", "/orders", "/"])
def test_a_path_below_no_prefix_has_no_service(path):
    assert route(path, (RETURNS, PICKUP)) is None


def test_headers_of_one_hop_are_not_passed_on():
    assert passed_on({"Host": "a", "Authorization": "b", "Content-Length": "1", "connection": "close"}) == {"Authorization": "b"}


def test_findings_in_the_answer_are_the_mocks_own_affair():
    findings = read_findings(json.dumps([IN_THE_ANSWER, IN_THE_BODY]))
    assert findings == (Finding(("request", "body", "shipper"), "required", "must have name1"),)


def test_no_header_means_no_finding():
    assert read_findings("") == ()


@pytest.mark.parametrize("header", ["[{", "{}", '[{"code": "required"}]'])
def test_a_header_that_cannot_be_read_is_not_taken_for_no_finding(header):
    with pytest.raises((ValueError, KeyError)):
        read_findings(header)


def test_a_request_goes_to_its_mock_and_its_findings_are_kept():
    router, sent = a_router(httpx.Response(201, headers={HEADER: json.dumps([IN_THE_BODY])}, json={"shipmentNo": "1"}))
    status, _, content = router.answer("POST", f"{RETURNS.prefix}/orders?labelType=BOTH", {"Host": "x", "A": "b"}, b"{}")
    assert (status, json.loads(content)) == (201, {"shipmentNo": "1"})
    assert str(sent[0].url) == "http://127.0.0.1:4010/orders?labelType=BOTH"
    (kept,) = router.take()
    assert (kept.description, kept.status, kept.body) == (RETURNS.description, 201, b"{}")
    assert [finding.code for finding in kept.findings] == ["required"]


def test_what_was_taken_is_not_given_twice():
    router, _ = a_router(httpx.Response(200))
    router.answer("GET", f"{PICKUP.prefix}/orders", {}, b"")
    assert len(router.take()) == 1
    assert router.take() == ()


def test_a_token_is_answered_by_the_router_itself():
    router, sent = a_router(httpx.Response(500))
    status, headers, content = router.answer("POST", "/token", {}, b"grant_type=password")
    assert (status, json.loads(content)) == (200, TOKEN_ANSWER)
    assert headers.items() >= TOKEN_HEADERS.items()
    assert sent == []
    assert router.take() == ()


def test_a_request_to_nowhere_is_a_fault():
    router, _ = a_router(httpx.Response(200))
    assert router.answer("GET", "/elsewhere", {}, b"")[0] == 404
    assert judged("NotFound", router.take())[2]


def test_a_mock_that_fails_is_a_fault():
    def refuse(request):
        raise httpx.ConnectError("refused", request=request)

    router = Router(
        (RETURNS,), frozenset(), {RETURNS.description: "http://127.0.0.1:1"}, httpx.Client(transport=httpx.MockTransport(refuse))
    )
    assert router.answer("GET", f"{RETURNS.prefix}/orders", {}, b"")[0] == 502
    assert judged("CarrierUnavailable", router.take())[2]


def test_unreadable_findings_are_a_fault():
    router, _ = a_router(httpx.Response(200, headers={HEADER: "{"}))
    router.answer("GET", f"{RETURNS.prefix}/orders", {}, b"")
    assert judged("result", router.take())[2]


def test_a_call_that_reaches_no_mock_is_a_fault():
    assert judged("AddressRejected", ())[2] == ("no request reached the mock: AddressRejected",)


def test_a_violation_in_the_request_is_a_fault():
    finding = a_finding("shipper", code="required", message="must have name1")
    findings, false, faults = judged("result", [Exchange("POST", "/o", RETURNS.description, 201, b"{}", (finding,))])
    assert (findings, false, len(faults)) == ((finding,), (), 1)


def test_a_known_false_violation_is_counted_and_is_no_fault():
    finding = a_finding("itemValue", "value")
    body = b'{"itemValue": {"value": 19.99}}'
    findings, false, faults = judged("result", [Exchange("POST", "/o", RETURNS.description, 422, body, (finding,))])
    assert (findings, [known.code for known in false], faults) == ((), ["multipleOf"], ())


@pytest.mark.parametrize("body", [b'{"itemValue": {"value": 19.995}}', b'{"itemValue": {}}', b"[]", b"no json"])
def test_a_multiple_known_false_only_where_the_exact_decimal_proves_it(body):
    assert not known_false(RETURNS.description, a_finding("itemValue", "value"), body)


def test_an_entry_of_the_table_is_for_its_own_service_only():
    body = b'{"itemValue": {"value": 19.99}}'
    assert not known_false(PICKUP.description, a_finding("itemValue", "value"), body)


@pytest.mark.parametrize(
    ("date", "known"),
    [
        ({"type": "Date", "value": "2026-03-02"}, True),
        ({"type": "ASAP"}, False),
        ({"type": "Date"}, False),
        ({"type": "Date", "value": "2026-03-02", "extra": 1}, False),
    ],
)
def test_an_ambiguous_choice_known_false_only_for_a_whole_dated_pickup(date, known):
    finding = a_finding("pickupDetails", "pickupDate", code="oneOf", message="must match exactly one schema in oneOf")
    body = json.dumps({"pickupDetails": {"pickupDate": date}}).encode()
    assert (known_false(PICKUP.description, finding, body) is not None) is known


@pytest.mark.parametrize(("date", "known"), [("20260303", True), ("2026-03-03", False), ("", False)])
def test_a_wrong_length_is_known_false_only_for_a_value_that_the_text_names(date, known):
    finding = a_finding("PickupCreationRequest", "PickupDateInfo", "PickupDate", code="maxLength")
    body = json.dumps({"PickupCreationRequest": {"PickupDateInfo": {"PickupDate": date}}}).encode()
    assert (known_false("ups/Pickup.yaml", finding, body) is not None) is known


@pytest.mark.parametrize(("members", "known"), [({"TrackingNumber": "1Z"}, True), ({"ReferenceValues": {}}, True), ({}, False)])
def test_a_missing_member_is_known_false_only_beside_one_that_is_enough(members, known):
    finding = a_finding("LabelRecoveryRequest", code="required")
    body = json.dumps({"LabelRecoveryRequest": members}).encode()
    assert (known_false("ups/Shipping.yaml", finding, body) is not None) is known


def an_outcome(*known):
    return Outcome("dhl_paket", "label", "sync", "result: Label", (), known, ())


def test_an_entry_of_the_table_that_no_call_meets_is_told():
    of_the_carrier = [known for known in KNOWN_FALSE if known.service.startswith("dhl_paket/")]
    assert unneeded([an_outcome(of_the_carrier[0])]) == tuple(of_the_carrier[1:])


def test_entries_of_a_carrier_that_was_not_checked_are_not_told():
    assert unneeded([]) == ()
