"""The check against SOAP types finds what it is there to find."""

import json

import pytest

from tests.contract.checking import Message
from tests.contract.wsdl import WsdlDescription

TYPES = """<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://www.w3.org/2001/XMLSchema">
<wsdl:types><s:schema>
<s:complexType name="setOrderRequestType"><s:sequence>
  <s:element minOccurs="1" name="Version" type="s:int"/>
  <s:element minOccurs="1" name="OrderAction" type="tns:Action"/>
  <s:element minOccurs="0" name="Weight" type="s:decimal"/>
  <s:element minOccurs="0" name="List" type="tns:ArrayOfThing"/>
</s:sequence></s:complexType>
<s:simpleType name="Action"><s:restriction base="s:string"><s:enumeration value="startOrder"/></s:restriction></s:simpleType>
<s:complexType name="ArrayOfThing"><s:sequence>
  <s:element minOccurs="0" maxOccurs="unbounded" name="Thing" type="tns:Thing"/>
</s:sequence></s:complexType>
<s:complexType name="Thing"><s:complexContent><s:extension base="tns:Base"><s:sequence>
  <s:element minOccurs="0" name="At" type="s:dateTime"/>
</s:sequence></s:extension></s:complexContent></s:complexType>
<s:complexType name="Base"><s:sequence><s:element minOccurs="1" name="Reached" type="s:boolean"/></s:sequence></s:complexType>
<s:complexType name="setOrderResponseType"><s:sequence>
  <s:element minOccurs="1" name="Ack" type="s:boolean"/>
</s:sequence></s:complexType>
<s:complexType name="getOrderStatusRequestType"><s:sequence>
  <s:element minOccurs="1" name="Version" type="s:int"/>
  <s:element minOccurs="0" name="ParcelNo" type="s:string"/>
  <s:element minOccurs="0" name="DeliveryZipCode" type="s:string"/>
</s:sequence></s:complexType>
</s:schema></wsdl:types></wsdl:definitions>"""
DESCRIPTION = WsdlDescription("made-up.wsdl", TYPES)
ORDERS = "https://cloud.example/api/v1/setOrder"
GOOD = {"OrderAction": "startOrder", "Weight": 2.4, "List": [{"Reached": True, "At": "2026-03-01T10:00:00.1234567+01:00"}]}


def request_findings(body, url=ORDERS):
    message = Message("POST", url, {}, body if isinstance(body, bytes) else json.dumps(body).encode())
    return [(found.pointer, found.keyword) for found in DESCRIPTION.request_violations(message)]


def test_a_body_of_the_types_passes():
    assert request_findings(GOOD) == []


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"OrderAction": "stopOrder"}, ("body/OrderAction", "enum")),
        ({"Weight": "2.4"}, ("body/Weight", "type")),
        ({"Wieght": 2}, ("body/Wieght", "unknown")),
        ({"Version": 100}, ("body/Version", "unknown")),
        ({"List": {"Thing": []}}, ("body/List", "type")),
        ({"List": [{"At": "2026-03-01T10:00:00"}]}, ("body/List/0", "required")),
        ({"List": [{"Reached": 1}]}, ("body/List/0/Reached", "type")),
        ({"List": [{"Reached": True, "At": "2026-03-01"}]}, ("body/List/0/At", "type")),
    ],
)
def test_a_departure_is_found_where_it_is(change, finding):
    assert request_findings({**GOOD, **change}) == [finding]


def test_a_missing_member_and_a_body_that_is_no_json_are_found():
    assert request_findings({}) == [("body", "required")]
    assert request_findings(b"{") == [("body", "json")]


@pytest.mark.parametrize(
    ("path", "finding"),
    [
        ("getOrderStatus/0123/10115", []),
        ("getOrderStatus/0123/null", []),
        ("getOrderStatus/0123", [("url", "path")]),
        ("getOrderStatus/0123/", [("path/DeliveryZipCode", "required")]),
        ("getNothing", [("url", "path")]),
    ],
)
def test_a_path_carries_as_many_values_as_the_operation_has(path, finding):
    assert request_findings(b"", f"https://cloud.example/api/v1/{path}") == finding


@pytest.mark.parametrize(
    ("status", "answer", "found"), [(200, {"Ack": False}, []), (200, {"Ack": "no"}, ["type"]), (500, {"Ack": False}, ["status"])]
)
def test_an_answer_is_held_against_its_type(status, answer, found):
    message = Message("POST", ORDERS, {}, b"", status, {}, json.dumps(answer).encode())
    assert [violation.keyword for violation in DESCRIPTION.response_violations(message)] == found


def test_it_serves_the_operations_of_its_own_paths():
    assert DESCRIPTION.serves(ORDERS)
    assert not DESCRIPTION.serves("https://cloud.example/api/v1/other")
