"""Return labels by the META-API: what leaves, and what comes of each answer."""

from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.carriers.dpd_meta.asking import CONTEXT, NUMBER, account, answer, label_order, sent_json

from retoure.carrier import Effect
from retoure.errors import (
    AuthenticationFailed,
    MalformedResponse,
    RateLimited,
    RequestRejected,
    ServiceNotAvailable,
    Unsupported,
)
from retoure_dpd_meta.labels import build_check_request, build_create_request, parse_create_response
from retoure_dpd_meta.orders import chosen_formats, find_problems
from retoure_dpd_meta.refusals import refusal


def problems(sample="munich_to_berlin", settings=None, **changes):
    found = find_problems(label_order(sample, **changes), settings or account(), CONTEXT)
    return {(problem.field, problem.code) for problem in found}


def shipment(order=None, **settings):
    (one,) = sent_json(build_create_request(order or label_order(), account(**settings), CONTEXT))
    return one


def query_of(request):
    return {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}


def test_a_shipment_is_a_list_of_one_and_its_numbers_are_texts():
    one = shipment()
    assert (one["numberOfParcels"], one["shipmentInfos"]) == ("1", {"productCode": "332", "weight": "2400"})
    assert one["parcel"][0]["parcelInfos"] == {"weight": "2400", "dimensions": {"length": 30, "width": 20, "height": 10}}


@pytest.mark.parametrize(("weight", "grams"), [("1200.5 g", "1210"), ("1201 g", "1210"), ("1210 g", "1210"), ("1 lb", "460")])
def test_the_weight_is_in_grams_up_to_ten(weight, grams):
    assert shipment(label_order(request={"parcel": {"weight": weight}}))["shipmentInfos"]["weight"] == grams


def test_the_customer_sends_the_merchant_receives_and_the_account_stands_with_the_merchant():
    one = shipment()
    assert (one["sender"]["address"]["name1"], one["receiver"]["address"]["name1"]) == ("Lena Beispiel", "Returns")
    assert "customerInfos" not in one["sender"]
    assert one["receiver"]["customerInfos"] == {"customerAccountNumber": "9990001"}


def test_a_contact_person_is_always_named_because_dpd_wants_one():
    one = shipment()
    assert one["sender"]["contact"] == {"contactPerson": "Lena Beispiel"}
    assert one["receiver"]["contact"] == {"contactPerson": "Returns"}


@pytest.mark.parametrize(
    ("phone", "sent"),
    [("+49 89 5550100", "+49895550100"), ("+49 (0) 89/55-50.100", "+49895550100"), ("089 5550100", "0895550100")],
)
def test_a_phone_number_is_digits_with_the_country_in_front_or_without(phone, sent):
    order = label_order(request={"contact_consent": True, "ship_from": {"phone": phone}})
    assert shipment(order)["sender"]["contact"]["phone1"] == sent


def test_a_phone_number_of_words_is_refused_and_one_that_stays_here_is_not():
    wordy = {"ship_from": {"phone": "ask my mother"}}
    assert problems(request={**wordy, "contact_consent": True}) == {("ship_from.phone", "wrong_form")}
    assert problems(request=wordy) == set()


@pytest.mark.parametrize(
    ("formats", "chosen"),
    [
        ({}, ("PDF", "FULL_LABEL")),
        ({"need": ["ZPL"]}, ("ZPL", "FULL_LABEL")),
        ({"prefer": ["PNG"]}, ("PNG", "FULL_LABEL")),
        ({"need": ["PNG"], "prefer": ["PDF"]}, ("PNG", "FULL_LABEL")),
        ({"need": ["QR"]}, ("PDF", "QR_CODE")),
        ({"prefer": ["QR"]}, ("PDF", "BOTH")),  # where the unit makes none, the label comes all the same
        ({"need": ["QR"], "prefer": ["ZPL"]}, ("ZPL", "BOTH")),
        ({"need": ["PDF", "QR"]}, ("PDF", "BOTH")),
    ],
)
def test_label_code_or_both_is_ordered_as_it_is_wanted(formats, chosen):
    assert chosen_formats(label_order(formats=formats).formats) == chosen


@pytest.mark.parametrize("need", [["GIF"], ["LINK"], ["PDF", "ZPL"]])
def test_a_needed_format_that_cannot_be_had_is_unsupported(need):
    with pytest.raises(Unsupported):
        chosen_formats(label_order(formats={"need": need}).formats)


def test_a_check_is_a_simulation_and_a_read():
    check, create = (build(label_order(), account(), CONTEXT) for build in (build_check_request, build_create_request))
    assert (check.effect, query_of(check)["simulate"]) == (Effect.READ, "true")
    assert create.effect is Effect.ONCE
    assert "simulate" not in query_of(create)


def test_customs_are_declared_where_a_border_is_crossed_and_only_there():
    one = shipment(label_order("zurich_to_berlin"))["international"]
    assert one["customsAmount"] == {"amount": Decimal("44.90"), "currency": "CHF"}
    assert (one["exportReason"], one["numberOfArticles"], len(one["interInvoiceLines"])) == ("s02", "2", 2)
    assert "international" not in shipment()


def test_a_declaration_is_whole_and_in_one_currency():
    assert problems("zurich_to_berlin", request={"customs": []}) == {("customs", "missing")}
    line = {"description": "Shirt", "quantity": 1, "weight": "1 kg", "value": {"amount": "5", "currency": "EUR"}}
    odd = [
        {**line, "quantity": 10_000},
        {**line, "hs_code": "6109.10"},
        {**line, "value": {"amount": "-1", "currency": "CHF"}},
        {**line, "description": "x" * 201},
    ]
    assert problems("zurich_to_berlin", request={"customs": odd}) == {
        ("customs", "wrong_currency"), ("customs[0].quantity", "out_of_range"), ("customs[1].hs_code", "wrong_form"),
        ("customs[2].value", "out_of_range"), ("customs[3].description", "too_long"),
    }  # fmt: skip


def test_everything_that_is_wrong_is_told_at_once():
    found = problems(
        service="101",
        request={
            "ship_date": "2026-02-28", "extras": {"dpd_meta": {"x": 1}, "dpd": {"y": 1}}, "parcel": {"weight": "20.01 kg"},
            "ship_from": {"postal_code": "80!31", "house_number": "123456789"},
        },
    )  # fmt: skip
    assert found == {
        ("service", "unknown_service"), ("ship_date", "in_the_past"), ("extras.dpd_meta.x", "unknown"),
        ("parcel.weight", "too_heavy"), ("ship_from.postal_code", "wrong_form"), ("ship_from.house_number", "too_long"),
    }  # fmt: skip


def test_another_product_is_the_accounts_to_name():
    assert problems(service="447", settings=account(product="447")) == set()
    assert shipment(product="447")["shipmentInfos"]["productCode"] == "447"


def test_two_parcels_for_one_cannot_be_read():
    with pytest.raises(MalformedResponse, match="2 parcels"):
        parse_create_response(answer({"parcelIds": [NUMBER, "2"]}), label_order(), account())


@pytest.mark.parametrize(
    ("status", "body", "kind", "message"),
    [
        (400, {"errorCode": "COMMON_2", "errorMessage": "x", "errorOrigin": "META-API"}, RequestRejected, "META-API: x"),
        (400, {"errorCode": "ROUTING_21", "errorMessage": "x", "errorOrigin": "BU-API"}, ServiceNotAvailable, "BU-API: x"),
        (404, {}, RequestRejected, "did not say why"),
        (401, {"errorCode": "E"}, AuthenticationFailed, "HTTP 401"),
        (403, [], AuthenticationFailed, "HTTP 403"),
        (429, {}, RateLimited, "wait"),
        (408, {"errorMessage": "slow", "errorOrigin": "BU-API"}, MalformedResponse, "BU-API: slow"),
        (302, {}, MalformedResponse, "HTTP 302"),
    ],
)
def test_an_error_says_what_and_which_system(status, body, kind, message):
    error = refusal(answer(body, status))
    assert type(error) is kind
    assert message in error.message
