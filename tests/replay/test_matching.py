"""Comparing requests: two strengths, and a difference that says where."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retoure.replay.differences import compare_leaves, json_leaves, parse_xml, same, xml_leaves
from retoure.replay.files import to_json
from retoure.replay.matching import Expected, Sent, differences, prepare
from retoure.replay.scenario import RecordedRequest

URL = "https://api.acme.example/v1/orders"


def expected(url=URL, method="POST", **parts) -> Expected:
    return prepare(RecordedRequest.model_validate({"method": method, "url": url, **parts}), None)


def sent(url=URL, content=b"", method="POST", headers=(), *, unsealed=False) -> Sent:
    return Sent(method, url, dict(headers), content, unsealed)


def told(expectation, request, match="exact"):
    return [str(difference) for difference in differences(expectation, request, match)]


def test_an_equal_request_has_no_difference():
    assert told(expected(json={"a": 1}), sent(content=b'{"a": 1}')) == []


def test_json_is_compared_by_value_and_not_by_text():
    assert told(expected(json={"a": 1, "b": [True, None]}), sent(content=b'{"b":[true,null],\n"a":1.0}')) == []


def test_a_different_value_is_named_by_its_path():
    want = expected(json={"shipper": {"postalCode": "80331", "tags": ["a", "b"]}})
    got = sent(content=b'{"shipper": {"postalCode": "80333", "tags": ["a", "c"]}}')
    assert told(want, got) == [
        '$.shipper.postalCode: expected "80331", sent "80333"',
        '$.shipper.tags[1]: expected "b", sent "c"',
    ]


def test_a_missing_and_an_extra_field_are_told_apart():
    assert told(expected(json={"a": 1}), sent(content=b'{"b": 2}')) == ["$.a: expected 1, not sent", "$.b: not expected, sent 2"]


def test_a_postcode_is_not_a_number():
    assert told(expected(json={"code": "01067"}), sent(content=b'{"code": 1067}')) == ['$.code: expected "01067", sent 1067']


def test_true_is_not_one():
    assert told(expected(json={"a": True}), sent(content=b'{"a": 1}')) == ["$.a: expected true, sent 1"]


def test_an_empty_object_is_not_no_object():
    assert told(expected(json={"a": {}}), sent(content=b'{"a": []}')) == ["$.a: expected {}, sent []"]


def test_a_body_that_is_no_json_is_told_so():
    assert told(expected(json={"a": 1}), sent(content=b"a=1")) == ["body: expected JSON, sent 3 bytes that are not JSON"]


def test_a_missing_body_is_told():
    assert told(expected(json={"a": 1}), sent()) == ["body: expected 8 bytes, not sent"]


def test_a_body_where_none_is_expected_is_told():
    assert told(expected(), sent(content=b"x")) == ["body: not expected, sent 1 bytes"]


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False) | st.text(),
                    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20))  # fmt: skip
def test_any_json_equals_itself_after_a_round_trip(value):
    again = json.loads(to_json(value), parse_float=Decimal)
    assert compare_leaves(json_leaves(value), json_leaves(again)) == []


@given(st.integers() | st.decimals(allow_nan=False, allow_infinity=False), st.integers(1, 5))
def test_trailing_zeros_do_not_make_another_number(value, zeros):
    digits = f"{Decimal(value):f}"
    assert same(value, Decimal(digits + ("" if "." in digits else ".") + "0" * zeros))


def test_query_order_does_not_matter():
    assert told(expected(f"{URL}?a=1&b=2&a=3"), sent(f"{URL}?a=3&b=2&a=1")) == []


def test_the_same_query_parameter_counts_as_often_as_it_stands():
    assert told(expected(f"{URL}?a=1&a=1"), sent(f"{URL}?a=1")) == ['query a: expected "1", not sent']


def test_query_encoding_does_not_matter():
    assert told(expected(f"{URL}?city=M%C3%BCnchen%20Ost"), sent(f"{URL}?city=M%c3%bcnchen+Ost")) == []


def test_an_empty_query_value_is_a_value():
    assert told(expected(f"{URL}?a="), sent(URL)) == ['query a: expected "", not sent']


def test_a_different_query_value_is_named():
    assert told(expected(f"{URL}?labelType=BOTH"), sent(f"{URL}?labelType=QR&x=1")) == [
        'query labelType: expected "BOTH", sent "QR"',
        'query x: not expected, sent "1"',
    ]


@pytest.mark.parametrize(
    "url",
    [
        "https://api.acme.example/v1/orders/",
        "https://api.acme.example/v1%2Forders",
        "https://api.acme.example/v2/orders",
        "https://acme.example/v1/orders",
        "http://api.acme.example/v1/orders",
        "https://api.acme.example:8443/v1/orders",
    ],
)
@pytest.mark.parametrize("match", ["exact", "operation"])
def test_another_place_differs_in_both_strengths(url, match):
    assert told(expected(), sent(url), match) == [f"URL: expected {URL}, sent {url}"]


@pytest.mark.parametrize("url", ["https://API.acme.example/v1/orders", "https://api.acme.example:443/v1/orders"])
def test_the_same_place_spelled_otherwise_is_the_same(url):
    assert told(expected(), sent(url)) == []


@pytest.mark.parametrize("match", ["exact", "operation"])
def test_another_method_differs_in_both_strengths(match):
    assert told(expected(), sent(method="PUT"), match) == ["method: expected POST, sent PUT"]


def test_operation_strength_looks_at_method_host_and_path_only():
    want = expected(f"{URL}?a=1", json={"a": 1}, headers={"X-Kind": "return"})
    assert told(want, sent(f"{URL}?b=2", content=b"anything"), "operation") == []


def test_only_listed_headers_are_compared_whatever_their_case():
    want = expected(headers={"Content-Type": "application/json"})
    assert told(want, sent(headers={"content-type": "application/json", "x-other": "1"})) == []


def test_a_different_header_is_named():
    want = expected(headers={"Accept-Language": "de-DE", "X-Kind": "return"})
    assert told(want, sent(headers={"accept-language": "en"})) == [
        'header accept-language: expected "de-DE", sent "en"',
        'header x-kind: expected "return", not sent',
    ]


@pytest.mark.parametrize(
    "name", ["DHL-API-Key", "X-API-Key", "UserCredentials-Token", "X-DPD-TOKEN", "Proxy-Authorization", "Cookie"]
)
def test_no_header_that_is_named_like_a_proof_is_shown(name):
    (difference,) = told(expected(headers={name: "fake"}), sent(headers={name.lower(): "real-proof"}))
    assert "real-proof" not in difference


def test_a_proof_of_identity_is_never_shown():
    want = expected(headers={"Authorization": "Bearer SEALED.token.SEALED"})
    (difference,) = told(want, sent(headers={"authorization": "Bearer real-token"}))
    assert difference == 'header authorization: expected "Bearer SEALED.token.SEALED", sent something else'


XML = '<ns:data xmlns:ns="urn:x" b="2" a="1"><ns:item>one</ns:item><ns:item>two</ns:item></ns:data>'


def test_xml_is_compared_in_its_canonical_form():
    other = (
        '<?xml version="1.0"?>\n<d:data a="1" xmlns:d="urn:x" b=\'2\'>\n'
        "  <d:item>one</d:item><!-- x --><d:item>two</d:item>\n</d:data>"
    )
    assert told(expected(text=XML), sent(content=other.encode())) == []


def test_a_difference_in_xml_is_named_by_its_path():
    other = XML.replace("two", "three").replace('a="1"', 'a="9"')
    assert told(expected(text=XML), sent(content=other.encode())) == [
        'body /{urn:x}data/@a: expected "1", sent "9"',
        'body /{urn:x}data/{urn:x}item[2]: expected "two", sent "three"',
    ]


def test_the_order_of_xml_elements_counts():
    other = XML.replace("one", "x").replace("two", "one").replace("x<", "two<")
    assert len(told(expected(text=XML), sent(content=other.encode()))) == 2


def test_text_after_an_xml_element_counts():
    assert told(expected(text="<a><b/>one</a>"), sent(content=b"<a><b/>two</a>")) == [
        'body /a/b/following text: expected "one", sent "two"'
    ]


def test_a_file_is_compared_byte_by_byte(copy):
    (copy.folder / "labels/form.bin").write_bytes(b"\xff\x00")
    want = prepare(RecordedRequest(method="POST", url=URL, file="form.bin"), copy.find("labels/pdf"))
    assert told(want, sent(content=b"\xff\x00")) == []
    assert told(want, sent(content=b"\xff\x01")) == ["body: expected 2 bytes, sent 2 bytes that differ"]


def test_an_xml_namespace_counts():
    assert told(expected(text="<a/>"), sent(content=b'<a xmlns="urn:x"/>')) == [
        'body /a: expected "", not sent',
        'body /{urn:x}a: not expected, sent ""',
    ]


def test_xml_with_a_document_type_is_not_read():
    assert parse_xml('<!DOCTYPE x [<!ENTITY e "y">]><x>&e;</x>') is None
    assert told(expected(text=XML), sent(content=b"<!DOCTYPE x><x/>")) == ["body: expected XML, sent something else that is not"]


def test_an_xml_query_value_is_compared_in_its_canonical_form():
    want = expected(f"{URL}?xml=%3Ca%20b%3D%221%22%20c%3D%222%22%2F%3E")
    assert told(want, sent(f"{URL}?xml=%3Ca+c%3D%272%27+b%3D%271%27%3E%3C/a%3E")) == []
    assert told(want, sent(f"{URL}?xml=%3Ca+b%3D%271%27+c%3D%273%27/%3E")) == ['query xml /a/@c: expected "2", sent "3"']


@given(st.text(alphabet="abc<>&\"' \n", max_size=20), st.text(alphabet="abc", min_size=1))
def test_xml_leaves_keep_attributes_and_text(attribute, text):
    from xml.etree.ElementTree import Element, tostring

    element = Element("root", {"a": attribute})
    element.text = text
    leaves = dict(xml_leaves(parse_xml(tostring(element, "unicode"))))
    assert leaves == {"/root": text, "/root/@a": attribute}


def test_other_text_is_compared_to_the_letter():
    assert told(expected(text="a=1&b=2"), sent(content=b"b=2&a=1")) == ['body: expected "a=1&b=2", sent "b=2&a=1"']


def test_a_long_value_is_cut():
    (difference,) = told(expected(text="x"), sent(content=b"y" * 5000))
    assert len(difference) < 300
    assert "(5002 characters)" in difference


SECRET = "hunter2-canary"


def test_a_placeholder_fits_the_secret_that_was_put_in_its_place():
    want = expected(f"{URL}?xml=%3Ca%20app%3D%22SEALED.app.SEALED%22%20n%3D%221%22%2F%3E", json={"pass": "SEALED.p.SEALED"})
    url = f"{URL}?xml=%3Ca%20app%3D%22{SECRET}%22%20n%3D%221%22%2F%3E"
    assert told(want, sent(url, json.dumps({"pass": SECRET}).encode(), unsealed=True)) == []


def test_before_secrets_are_put_in_a_placeholder_is_compared_to_the_letter():
    want = expected(json={"pass": "SEALED.p.SEALED"})
    assert told(want, sent(content=b'{"pass": "plain"}')) == ['$.pass: expected "SEALED.p.SEALED", sent "plain"']


@pytest.mark.parametrize(
    ("want", "got"),
    [
        (expected(json={"login": "app/SEALED.p.SEALED"}), sent(content=json.dumps({"login": SECRET}).encode(), unsealed=True)),
        (expected(json={"p": "SEALED.p.SEALED"}), sent(content=json.dumps({"q": SECRET}).encode(), unsealed=True)),
        (expected(text="p=SEALED.p.SEALED"), sent(content=f"q={SECRET}".encode(), unsealed=True)),
        (expected(text="<a p='SEALED.p.SEALED'/>"), sent(content=f"<b p='{SECRET}'/>".encode(), unsealed=True)),
        (expected(f"{URL}?p=x-SEALED.p.SEALED"), sent(f"{URL}?p={SECRET}", unsealed=True)),
        (expected(f"{URL}?p=1"), sent(f"{URL}?p=1&q={SECRET}", unsealed=True)),
        (expected(headers={"X-Key": "k SEALED.p.SEALED"}), sent(headers={"x-key": SECRET}, unsealed=True)),
        (expected("https://api.acme.example/other"), sent(f"{URL}?p={SECRET}", unsealed=True)),
        (expected(f"{URL}/SEALED.p.SEALED/x"), sent(f"{URL}/{SECRET}/y", unsealed=True)),
    ],
)
def test_a_secret_on_the_wire_never_stands_in_a_difference(want, got):
    assert told(want, got)
    assert SECRET not in " ".join(told(want, got))
    assert SECRET not in repr(got)
