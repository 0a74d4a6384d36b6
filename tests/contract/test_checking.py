"""The check itself, on a small description of our own: what it must find, and what it must not."""

import json
from decimal import Decimal

import pytest

from tests.contract.checking import Description, Message
from tests.contract.known_defects import KnownDefect, explain

ORIGIN = "https://api.carrier.example/v1"


def _wished(name):
    inner = {"type": "object", "properties": {"day": {"type": "string", "maxLength": 8}}}
    return {"type": "object", "required": [name], "properties": {name: inner}}


PARCEL = {
    "type": "object",
    "required": ["name", "weight"],
    "properties": {
        "name": {"type": "string", "minLength": 1},
        "weight": {"type": "number", "multipleOf": Decimal("0.001")},
        "email": {"type": "string", "format": "email"},
        "when": {
            "oneOf": [{"$ref": "#/components/schemas/Dated"}, {"$ref": "#/components/schemas/Soon"}],
            "discriminator": {
                "propertyName": "type",
                "mapping": {"Date": "#/components/schemas/Dated", "ASAP": "#/components/schemas/Soon"},
            },
        },
        "wish": {"oneOf": [_wished("pickup"), _wished("drop_off")]},
    },
}
KIND = {"type": {"type": "string"}}
DESCRIPTION = {
    "openapi": "3.0.0",
    "info": {"title": "A carrier", "version": "1"},
    "servers": [{"url": ORIGIN}],
    "security": [{"Token": []}],
    "paths": {
        "/parcels": {
            "post": {
                "parameters": [{"in": "query", "name": "form", "schema": {"type": "string", "enum": ["PDF", "QR"]}}],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Parcel"}}}},
                "responses": {
                    "201": {
                        "description": "made",
                        "content": {"application/json; charset=utf-8": {"schema": {"$ref": "#/components/schemas/Parcel"}}},
                    }
                },
            }
        },
        "/parcels/{number}": {
            "parameters": [{"in": "path", "name": "number", "required": True, "schema": {"type": "string", "minLength": 4}}],
            "delete": {
                "parameters": [{"in": "header", "name": "X-Version", "required": True, "schema": {"type": "string"}}],
                "responses": {"204": {"description": "gone"}},
            },
        },
    },
    "components": {
        "schemas": {
            "Parcel": PARCEL,
            "Dated": {"type": "object", "required": ["type", "value"], "properties": {**KIND, "value": {"type": "string"}}},
            "Soon": {"type": "object", "required": ["type"], "properties": KIND},
        },
        "securitySchemes": {"Token": {"type": "oauth2", "flows": {"password": {"tokenUrl": "/token", "scopes": {}}}}},
    },
}  # fmt: skip
GOOD = {"name": "A", "weight": 0.7}


@pytest.fixture(scope="module")
def description() -> Description:
    return Description("carrier/api.yaml", DESCRIPTION)


def post(
    body, *, query="?form=PDF", kind="application/json", headers=None, status=201, answer=b"", answer_kind="application/json"
):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {"Content-Type": kind, "Authorization": "Bearer none"} if headers is None else headers
    return Message("POST", f"{ORIGIN}/parcels{query}", sent, content, status, {"content-type": answer_kind}, answer)


def delete(number, *, content=b"", **headers):
    return Message("DELETE", f"{ORIGIN}/parcels/{number}", {"Authorization": "Bearer none", **headers}, content)


def found(violations):
    return [(violation.pointer, violation.keyword) for violation in violations]


def test_a_good_request_has_no_violation(description):
    assert description.request_violations(post(GOOD)) == ()


def test_a_decimal_is_a_multiple_of_a_thousandth_although_its_float_is_not(description):
    assert 0.7 % 0.001 > 0.0009
    assert description.request_violations(post({"name": "A", "weight": 0.7})) == ()


def test_a_finer_weight_than_the_description_allows_is_found(description):
    assert found(description.request_violations(post({"name": "A", "weight": 0.7001}))) == [("body/weight", "multipleOf")]


def test_every_fault_of_a_body_is_found_with_its_place(description):
    violations = description.request_violations(post({"name": "", "wieght": 1}))
    assert sorted(found(violations)) == [("body", "required"), ("body", "unknown"), ("body/name", "minLength")]


@pytest.mark.parametrize("email", ["max", "max@", "@example.org", "max example@example.org"])
def test_what_is_no_email_address_is_found(description, email):
    assert found(description.request_violations(post({**GOOD, "email": email}))) == [("body/email", "format")]


def test_an_email_address_is_no_violation(description):
    assert description.request_violations(post({**GOOD, "email": "max@example.org"})) == ()


def test_a_discriminator_decides_between_alternatives(description):
    assert description.request_violations(post({**GOOD, "when": {"type": "Date", "value": "2026-03-01"}})) == ()
    assert found(description.request_violations(post({**GOOD, "when": {"type": "Date"}}))) == [("body/when", "required")]


def test_the_findings_of_the_shape_that_is_meant_are_found_and_not_those_of_its_neighbour(description):
    message = post({**GOOD, "wish": {"drop_off": {"day": "2026-03-03"}}})
    assert found(description.request_violations(message)) == [("body/wish/drop_off/day", "maxLength")]


def test_a_body_that_is_meant_for_no_shape_fits_none(description):
    assert found(description.request_violations(post({**GOOD, "wish": {"other": {}}}))) == [("body/wish", "oneOf")]


def test_a_wrong_value_of_a_query_parameter_is_found(description):
    assert found(description.request_violations(post(GOOD, query="?form=ZPL"))) == [("query/form", "enum")]


def test_a_query_parameter_that_the_operation_does_not_know_is_found(description):
    assert found(description.request_violations(post(GOOD, query="?from=PDF"))) == [("query/from", "unknown")]


def test_a_body_where_none_is_described_is_found(description):
    assert found(description.request_violations(delete("1234", content=b"{}", **{"X-Version": "1"}))) == [("body", "unknown")]


def test_a_missing_header_is_found(description):
    assert found(description.request_violations(delete("1234"))) == [("header/X-Version", "MissingRequiredParameter")]


def test_a_wrong_part_of_the_path_is_found(description):
    assert found(description.request_violations(delete("123", **{"X-Version": "1"}))) == [("path/number", "minLength")]


def test_a_path_that_is_not_described_is_found(description):
    message = Message("POST", f"{ORIGIN}/parcel", {}, b"")
    assert found(description.request_violations(message)) == [("url", "path")]
    assert description.operation(message) == ""


def test_a_host_that_is_not_described_is_found(description):
    message = Message("POST", "https://api.other.example/v1/parcels", {}, b"")
    assert found(description.request_violations(message)) == [("url", "path")]
    assert not description.serves(message.url)


def test_a_request_without_its_token_is_found(description):
    message = post(GOOD, headers={"Content-Type": "application/json"})
    assert found(description.request_violations(message)) == [("headers", "security")]


def test_a_body_of_another_type_is_found(description):
    assert found(description.request_violations(post(b"<parcel/>", kind="text/xml"))) == [("body", "media type")]


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "application/json;charset=UTF-8", "application/json"])
def test_a_charset_of_json_makes_no_difference(description, kind):
    assert description.request_violations(post(GOOD, kind=kind)) == ()
    assert description.response_violations(post(GOOD, answer=json.dumps(GOOD).encode(), answer_kind=kind)) == ()


def test_an_operation_is_named_by_its_path_template(description):
    assert description.operation(delete("1234")) == "DELETE /parcels/{number}"


def test_a_good_answer_has_no_violation(description):
    assert description.response_violations(post(GOOD, answer=json.dumps(GOOD).encode())) == ()


@pytest.mark.parametrize(
    ("answer", "finding"),
    [
        ({"answer": b'{"name": "A"}'}, ("body", "required")),
        ({"answer": b'{"name": "A", "weight": 1, "new": 1}'}, ("body", "unknown")),
        ({"answer": b'{"name": "A", '}, ("body", "MediaTypeDeserializeError")),
        ({"answer": b'{"name": "A", "weight": NaN}'}, ("body", "MediaTypeDeserializeError")),
        ({"answer": b"<html>", "answer_kind": "text/html"}, ("body", "media type")),
        ({"status": 500}, ("status", "status")),
    ],
)
def test_a_wrong_answer_is_found(description, answer, finding):
    assert finding in found(description.response_violations(post(GOOD, **answer)))


DEFECT = KnownDefect(
    description="carrier/api.yaml", side="response", operation="POST /parcels", pointer="body", keyword="required",
    says="'weight'", reason="it may be absent",
)  # fmt: skip


def test_a_known_defect_explains_its_own_violation(description):
    violations = description.response_violations(post(GOOD, answer=b'{"name": "A"}'))
    assert explain(violations, "carrier/api.yaml", "POST /parcels", (DEFECT,)) == ((), {DEFECT})


@pytest.mark.parametrize(
    ("name", "operation", "answer"),
    [
        ("carrier/other.yaml", "POST /parcels", b'{"name": "A"}'),
        ("carrier/api.yaml", "PUT /parcels", b'{"name": "A"}'),
        ("carrier/api.yaml", "POST /parcels", b'{"weight": 1}'),
        ("carrier/api.yaml", "POST /parcels", b'{"name": "A", "weight": "1"}'),
    ],
)
def test_a_known_defect_explains_nothing_else(description, name, operation, answer):
    violations = description.response_violations(post(GOOD, answer=answer))
    assert explain(violations, name, operation, (DEFECT,)) == (violations, frozenset())
