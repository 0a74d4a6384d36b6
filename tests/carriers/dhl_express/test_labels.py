from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from tests.carriers.dhl_express.asking import (
    CONTEXT,
    NOW,
    NUMBER,
    WAREHOUSE,
    account,
    answer,
    context,
    label_order,
    query_of,
    result_of,
    sent_json,
)

from retoure.carrier import Billed, Candidates, Effect, Found
from retoure.errors import MalformedResponse, RequestRejected, ServiceNotAvailable, Unsupported
from retoure.model import ChargeEvent, LabelReference, VoidResult
from retoure_dhl_express.labels import DhlExpressLabels, build_check_request, build_create_request, parse_create_response
from retoure_dhl_express.orders import find_problems
from retoure_dhl_express.search import build_find_request, parse_find_response

LABEL = {"imageFormat": "PDF", "typeCode": "label", "content": "JVBERi0xLjQ="}
LINE = {"description": "Shirt", "quantity": 2, "weight": "400 g", "value": {"amount": "25", "currency": "CHF"},
        "country_of_origin": "PT"}  # fmt: skip


def sent(settings=None, now=NOW, **changes):
    return sent_json(build_create_request(label_order(**changes), settings or account(), context(now)))


def problems(settings=None, **changes):
    return {(p.field, p.code) for p in find_problems(label_order(**changes), settings or account(), CONTEXT)}


def bought(body, settings=None, **changes):
    return parse_create_response(answer(body, 201), label_order(**changes), settings or account())


def test_a_label_is_bought_once_and_a_check_buys_nothing():
    assert build_create_request(label_order(), account(), CONTEXT).effect is Effect.ONCE
    check = build_check_request(label_order(), account(), CONTEXT)
    assert (check.effect, query_of(check)) == (Effect.READ, [("validateDataOnly", "true")])


def test_the_check_asks_what_the_purchase_will_say():
    order = label_order()
    check, purchase = (build(order, account(), CONTEXT) for build in (build_check_request, build_create_request))
    assert check.content == purchase.content


def test_the_customer_is_the_shipper_and_the_merchant_the_receiver():
    details = sent()["customerDetails"]
    assert details["shipperDetails"]["contactInformation"]["fullName"] == "Franz Muster"
    assert details["receiverDetails"]["postalAddress"]["cityName"] == "Berlin"


@pytest.mark.parametrize("kind", ["shipper", "payer"])
def test_the_merchants_account_pays_as_the_contract_says(kind):
    assert sent(account(bill_to=kind))["accounts"] == [{"typeCode": kind, "number": "999999999"}]


def test_pickup_and_incoterm_are_always_told():
    body = sent()
    assert (body["pickup"], body["content"]["incoterm"]) == ({"isRequested": False}, "DAP")


def test_no_country_name_is_told():
    assert "countryName" not in str(sent())


@pytest.mark.parametrize(
    ("day", "now", "written"),
    [
        ("2026-03-02", NOW, "2026-03-02T12:00:00 GMT+01:00"),
        ("2026-07-02", datetime(2026, 7, 1, 9, tzinfo=UTC), "2026-07-02T12:00:00 GMT+02:00"),
        (None, NOW, "2026-03-02T12:00:00 GMT+01:00"),
        ("2026-03-01", NOW, "2026-03-01T12:00:00 GMT+01:00"),
        # After noon of the day itself: half an hour from now, for "now" has passed when it arrives.
        ("2026-03-01", datetime(2026, 3, 1, 14, 7, 30, tzinfo=UTC), "2026-03-01T15:37:00 GMT+01:00"),
        ("2026-03-11", NOW, "2026-03-11T12:00:00 GMT+01:00"),
    ],
)
def test_the_time_of_shipping_is_local_with_its_offset_in_29_characters(day, now, written):
    body = sent(now=now, request={"ship_date": day})
    assert body["plannedShippingDateAndTime"] == written
    assert len(written) == 29


@pytest.mark.parametrize("day", ["2026-02-28", "2026-03-12"])
def test_a_day_that_has_passed_or_is_eleven_days_ahead_is_refused_here(day):
    assert problems(request={"ship_date": day}) == {("ship_date", "out_of_range")}


def test_a_country_with_several_zones_takes_the_accounts_word_on_them():
    spain = {"ship_from": {"country": "ES"}}
    written = sent(account(zones={"ES": "Atlantic/Canary"}), request=spain)["plannedShippingDateAndTime"]
    assert written == "2026-03-02T12:00:00 GMT+00:00"


def test_the_product_is_the_one_that_was_quoted_with_its_local_code():
    body = sent(service="P/S")
    assert (body["productCode"], body["localProductCode"]) == ("P", "S")


@pytest.mark.parametrize(("sample", "product"), [("munich_to_berlin", "N"), ("vienna_to_berlin", "U"), ("zurich_to_berlin", "P")])
def test_without_a_quote_the_lane_names_the_product(sample, product):
    body = sent(sample=sample, request={"customs": [LINE]})
    assert body["productCode"] == product
    assert "localProductCode" not in body


def test_a_name_that_is_no_product_is_refused():
    with pytest.raises(ServiceNotAvailable):
        build_create_request(label_order(service="express worldwide"), account(), CONTEXT)


def test_a_description_is_told_without_its_leading_blank():
    assert sent(request={"parcel": {"contents": "  Shoes "}})["content"]["description"] == "Shoes"


def test_lengths_are_refused_and_never_cut():
    long = {"ship_from": {"street": "x" * 44, "city": "y" * 46, "postal_code": "1" * 13}, "rma": "R" * 36,
            "parcel": {"contents": "z" * 71}}  # fmt: skip
    assert problems(request=long) == {
        ("ship_from.street", "too_long"), ("ship_from.city", "too_long"), ("ship_from.postal_code", "too_long"),
        ("rma", "too_long"), ("parcel.contents", "too_long"),
    }  # fmt: skip


def test_a_customers_phone_is_told_only_with_their_consent():
    def phone(consent):
        body = sent(sample="munich_to_berlin", request={"contact_consent": consent})
        return body["customerDetails"]["shipperDetails"]["contactInformation"]["phone"]

    assert (phone(consent=True), phone(consent=False)) == ("+49 89 5550100", "+49 30 5550199")


def test_a_party_without_any_phone_number_is_refused():
    fields = {field for field, _ in problems(account(phone=""))}
    assert fields == {"ship_from.phone", "return_addresses.berlin.address.phone"}


def test_within_a_customs_union_nothing_is_declared():
    assert sent(request={"customs": [LINE]})["content"]["isCustomsDeclarable"] is False


def notices_of(**request):
    return [notice for notice in bought({"shipmentTrackingNumber": NUMBER}, request=request).notices if "customs" in notice]


def test_lines_that_are_not_sent_are_told_with_the_reason():
    (notice,) = notices_of(customs=[LINE])
    assert "not sent" in notice
    assert "crosses no customs" in notice
    (said,) = notices_of(**LAS_PALMAS, customs=[LINE], extras={"dhl_express": {"declarable": False}})
    assert "the order's own word" in said


def test_where_nothing_is_left_out_nothing_is_told():
    assert notices_of() == []
    assert notices_of(**LAS_PALMAS, customs=[LINE]) == []


LAS_PALMAS = {"ship_from": {"country": "ES", "postal_code": "35001", "city": "Las Palmas"}}


def test_a_place_with_a_tax_border_of_its_own_is_declared_as_a_worldwide_parcel():
    body = sent(request={**LAS_PALMAS, "customs": [LINE]})
    assert body["content"]["isCustomsDeclarable"] is True
    assert len(body["content"]["exportDeclaration"]["lineItems"]) == 1
    assert body["productCode"] == "P"
    assert bought({"shipmentTrackingNumber": NUMBER}, request={**LAS_PALMAS, "customs": [LINE]}).service == "P"
    assert problems(request=LAS_PALMAS) == {("customs", "missing")}


def test_goods_of_northern_ireland_are_not_declared_in_the_union():
    belfast = {"ship_from": {"country": "GB", "postal_code": "BT1 1AA", "city": "Belfast"}}
    assert sent(request=belfast)["content"]["isCustomsDeclarable"] is False


def test_a_lane_that_crosses_no_border_is_declared_on_request():
    extras = {"dhl_express": {"declarable": True}}
    content = sent(request={"customs": [LINE], "extras": extras})["content"]
    assert content["isCustomsDeclarable"] is True
    assert content["exportDeclaration"]["exportReasonType"] == "return"


def test_a_wish_that_nobody_knows_is_refused():
    assert problems(request={"extras": {"dhl_express": {"carbon": 1}}}) == {("extras.dhl_express.carbon", "unknown")}


def test_a_line_has_the_price_of_a_piece_and_the_weight_of_all():
    (line,) = sent(sample="zurich_to_berlin", request={"customs": [LINE]})["content"]["exportDeclaration"]["lineItems"]
    assert (line["price"], line["quantity"]["value"], line["weight"]["netValue"]) == (Decimal("12.5"), 2, Decimal("0.4"))


def test_a_declaration_in_two_currencies_is_refused():
    other = {**LINE, "value": {"amount": "10", "currency": "EUR"}}
    assert problems(sample="zurich_to_berlin", request={"customs": [LINE, other]}) == {("customs", "several_currencies")}


@pytest.mark.parametrize("need", [["PNG"], ["LINK"], ["GIF", "PDF"], ["PDF", "ZPL"], ["QR"]])
def test_a_format_that_cannot_be_had_is_unsupported(need):
    with pytest.raises(Unsupported):
        build_create_request(label_order(formats={"need": need}), account(), CONTEXT)


@pytest.mark.parametrize(
    ("formats", "encoding"), [({}, "pdf"), ({"prefer": ["ZPL"]}, "zpl"), ({"need": ["ZPL"], "prefer": ["PDF"]}, "zpl")]
)
def test_the_label_comes_in_the_format_that_is_asked_for(formats, encoding):
    assert sent(formats=formats)["outputImageProperties"]["encodingFormat"] == encoding


def test_a_qr_code_that_is_only_preferred_is_let_go_where_it_is_not_enabled():
    assert "valueAddedServices" not in sent(formats={"prefer": ["QR"]})


def test_the_services_of_a_qr_code_are_the_accounts():
    body = sent(account(qr=True, qr_services=("PZ", "WY")), formats={"need": ["QR"]})
    assert body["valueAddedServices"] == [{"serviceCode": "PZ"}, {"serviceCode": "WY"}]


def test_the_key_and_the_rma_are_written_on_the_shipment():
    assert sent()["customerReferences"] == [
        {"value": "RMA-1002/1", "typeCode": "CU"},
        {"value": "RMA-1002", "typeCode": "RMA"},
    ]


@pytest.mark.parametrize("name", ["PDF", "Pdf", "pdf"])
def test_what_a_document_is_is_told_by_its_bytes_and_not_by_dhls_word_for_it(name):
    label = bought({"shipmentTrackingNumber": NUMBER, "documents": [{**LABEL, "imageFormat": name}]})
    assert [document.format for document in label.documents] == ["PDF"]


def test_urls_in_an_answer_are_not_kept():
    label = bought({"shipmentTrackingNumber": NUMBER, "cancelPickupUrl": "https://express.example.com/x", "documents": [LABEL]})
    assert "express.example.com" not in label.model_dump_json()


@pytest.mark.parametrize(
    ("now", "months", "until"),
    [
        ("2026-03-01", 3, date(2026, 6, 1)),
        ("2026-11-30", 3, date(2027, 2, 28)),
        ("2027-11-30", 3, date(2028, 2, 29)),
        ("2026-03-31", 6, date(2026, 9, 30)),
        ("2026-12-31", 12, date(2027, 12, 31)),
        ("2026-03-01", 24, date(2028, 3, 1)),
    ],
)
def test_a_staged_label_is_kept_whole_months(now, months, until):
    response = answer({"shipmentTrackingNumber": NUMBER, "documents": [LABEL]}, 201)
    at = datetime.fromisoformat(f"{now}T12:00:00+00:00")
    moved = type(response)(response.status, response.headers, response.content, at)
    assert parse_create_response(moved, label_order(), account(data_staging_months=months)).expires_on == until


def test_how_long_a_label_without_staging_lasts_is_said_to_be_unknown():
    label = bought({"shipmentTrackingNumber": NUMBER, "documents": [LABEL]}, request={"ship_date": "2026-03-11"})
    assert label.expires_on is None
    assert "not known" in label.notices[-1]


@pytest.mark.parametrize(
    ("billed", "event"),
    [(Billed.NO, ChargeEvent.ON_FIRST_SCAN), (Billed.YES, ChargeEvent.ON_CREATION), (Billed.UNKNOWN, ChargeEvent.UNKNOWN)],
)
def test_when_a_label_is_charged_is_the_accounts_word(billed, event):
    assert bought({"shipmentTrackingNumber": NUMBER}, account(unused_labels_billed=billed)).charge_event is event


def test_a_label_is_never_voided_over_the_wire():
    labels = DhlExpressLabels(account(unused_labels_billed="no"), CONTEXT)
    reference = LabelReference(account="express", tracking_number=NUMBER, issued_at=NOW)
    assert result_of(labels.void(reference)) == (VoidResult.NOT_NEEDED, [])


def test_an_answer_that_is_no_object_is_malformed():
    with pytest.raises(MalformedResponse):
        parse_create_response(answer([], 201), label_order(), account())


def test_a_check_with_problems_of_ours_asks_nobody():
    found, asked = result_of(DhlExpressLabels(account(), CONTEXT).check(label_order("zurich_to_berlin")))
    assert [problem.code for problem in found] == ["missing"]
    assert asked == []


def test_a_refused_address_of_ours_is_told_as_such():
    with pytest.raises(RequestRejected, match="45 characters"):
        build_create_request(label_order(request={"ship_from": {"city": "y" * 46}}), account(), CONTEXT)


@pytest.mark.parametrize(("bill_to", "name"), [("shipper", "shipperAccountNumber"), ("payer", "payerAccountNumber")])
def test_a_lost_label_is_looked_for_by_its_key_and_the_paying_account(bill_to, name):
    query = dict(query_of(build_find_request("RMA-1/1", NOW, account(bill_to=bill_to), CONTEXT)))
    assert query == {
        "shipmentReference": "RMA-1/1", "shipmentReferenceType": "CU", name: "999999999",
        "dateRangeFrom": "2026-02-28", "dateRangeTo": "2026-03-02",
    }  # fmt: skip


def looked_up(*rows):
    return parse_find_response(answer({"shipments": list(rows)}), "RMA-1/1", NOW, account(), CONTEXT)


def test_a_shipment_with_another_reference_is_not_the_lost_one():
    found = looked_up({"shipmentTrackingNumber": NUMBER, "shipperReferences": [{"value": "RMA-1/2"}]})
    assert found.conclusive is False


def test_a_shipment_that_tells_no_reference_is_for_a_person_to_decide():
    assert isinstance(looked_up({"shipmentTrackingNumber": NUMBER}), Candidates)


def test_the_found_label_is_no_older_than_the_attempt():
    found = looked_up({"shipmentTrackingNumber": NUMBER, "shipperReferences": [{"value": "RMA-1/1"}], "productCode": "U"})
    assert isinstance(found, Found)
    assert (found.value.issued_at, found.value.account) == (NOW, "express")


def test_the_receivers_address_is_checked_by_its_place_in_the_book():
    warehouse = WAREHOUSE.model_copy(update={"city": "y" * 46})
    found = find_problems(label_order(warehouse=warehouse), account(), CONTEXT)
    assert [problem.field for problem in found] == ["return_addresses.berlin.address.city"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"hs_code": "6109 1000"}, ("customs[0].hs_code", "wrong_form")),
        ({"quantity": 10**9 + 1, "value": {"amount": "0", "currency": "CHF"}}, ("customs[0].quantity", "out_of_range")),
        ({"value": {"amount": "-1", "currency": "CHF"}}, ("customs[0].value", "out_of_range")),
        ({"quantity": 3, "value": {"amount": "10", "currency": "CHF"}}, ("customs[0].value", "not_divisible")),
        ({"country_of_origin": None}, ("customs[0].country_of_origin", "missing")),
        ({"description": "x" * 513}, ("customs[0].description", "too_long")),
    ],
)
def test_a_line_that_dhl_does_not_take_is_named(change, problem):
    assert problems(sample="zurich_to_berlin", request={"customs": [{**LINE, **change}]}) == {problem}


def test_more_lines_than_a_declaration_has_are_refused():
    assert problems(sample="zurich_to_berlin", request={"customs": [LINE] * 1000}) == {("customs", "too_many")}


def test_a_state_of_one_letter_is_refused():
    assert problems(request={"ship_from": {"state": "W"}}) == {("ship_from.state", "too_short")}


def test_the_layout_of_the_label_is_the_accounts():
    options = sent(account(label_template="ECOM26_84_A4_001"))["outputImageProperties"]["imageOptions"]
    assert options == [{"typeCode": "label", "templateName": "ECOM26_84_A4_001"}]


SWISS = {"sample": "zurich_to_berlin", "request": {"customs": [LINE]}}


@pytest.mark.parametrize("order", [{}, SWISS], ids=["AT", "CH"])
@pytest.mark.parametrize("bill_to", ["shipper", "payer"])
def test_an_international_return_is_the_merchants_to_pay_in_the_contracts_role_and_no_one_elses(order, bill_to):
    body = sent(account(bill_to=bill_to), **order)
    assert body["accounts"] == [{"typeCode": bill_to, "number": "999999999"}]
    assert body["content"]["incoterm"] == "DAP"
    assert set(body["customerDetails"]) == {"shipperDetails", "receiverDetails"}


def test_duties_are_paid_by_the_account_that_the_contract_names_under_its_term():
    body = sent(account(bill_to="payer", duties_account="888888888", incoterm="DDP"), **SWISS)
    assert body["accounts"][1:] == [{"typeCode": "duties-taxes", "number": "888888888"}]
    assert (body["content"]["isCustomsDeclarable"], body["content"]["incoterm"]) == (True, "DDP")
