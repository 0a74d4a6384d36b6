"""Who pays for an international return: the merchant's account at the carrier, never the customer."""

import json

import pytest

from retoure.replay import ask, find
from retoure.testing.clients import Replay

CUSTOMERS = {"from_vienna": "AT", "customs_from_zurich": "CH"}


@pytest.fixture(params=CUSTOMERS)
def situation(request):
    return request.param


def _bought(carrier, situation):
    """The label, and the body of the purchase, compared with the scenario in every field."""
    scenario = find(f"{carrier}/labels/{situation}")
    replay = Replay.of(scenario.name, match="exact", settings=scenario.given.settings)
    with replay.client() as client:
        label = ask(client, scenario)
    return label, json.loads(replay.mounted.sent[0].content)


def test_ups_bills_the_account_of_the_german_merchant(situation):
    label, sent = _bought("ups", situation)
    shipment = sent["ShipmentRequest"]["Shipment"]
    assert label.documents
    assert shipment["PaymentInformation"] == {"ShipmentCharge": [{"Type": "01", "BillShipper": {"AccountNumber": "EXMPL1"}}]}
    assert shipment["Shipper"]["ShipperNumber"] == "EXMPL1"
    parties = [shipment[party]["Address"]["CountryCode"] for party in ("Shipper", "ShipFrom", "ShipTo")]
    assert parties == ["DE", CUSTOMERS[situation], "DE"]


@pytest.mark.parametrize("role", ["shipper", "payer"])
def test_dhl_express_bills_the_merchants_account_in_the_role_that_the_contract_names(situation, role):
    scenario = find(f"dhl_express/labels/{situation}")
    replay = Replay.of(scenario.name, settings={**scenario.given.settings, "bill_to": role})
    with replay.client() as client:
        label = ask(client, scenario)
    sent = json.loads(replay.mounted.sent[0].content)
    assert label.documents
    assert sent["accounts"][0] == {"typeCode": role, "number": "999999999"}
    assert {account["typeCode"] for account in sent["accounts"][1:]} <= {"duties-taxes"}
    parties = [sent["customerDetails"][party]["postalAddress"]["countryCode"] for party in ("shipperDetails", "receiverDetails")]
    assert parties == [CUSTOMERS[situation], "DE"]


def test_the_customs_lines_of_a_swiss_return_are_declared_as_returned_goods():
    _, ups = _bought("ups", "customs_from_zurich")
    forms = ups["ShipmentRequest"]["Shipment"]["ShipmentServiceOptions"]["InternationalForms"]
    _, express = _bought("dhl_express", "customs_from_zurich")
    declaration = express["content"]["exportDeclaration"]
    assert (forms["ReasonForExport"], declaration["exportReasonType"]) == ("RETURN", "return")
    assert [line["Description"] for line in forms["Product"]] == [["Cotton T-shirt"], ["Paperback"]]
    assert [line["description"] for line in declaration["lineItems"]] == ["Cotton T-shirt", "Paperback"]
