from base64 import b64encode
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.carriers.ups.asking import (
    CONTEXT,
    NEW_YORK,
    NOW,
    NUMBER,
    OTHER_NUMBER,
    WAREHOUSE,
    account,
    answer,
    driven,
    fault,
    label_order,
    query_of,
    sent_json,
)

from retoure.carrier import Candidates, Effect, Found, NotSeen
from retoure.errors import (
    AddressRejected,
    CarrierUnavailable,
    MalformedResponse,
    RequestRejected,
    ServiceNotAvailable,
    Unsupported,
)
from retoure.model import ChargeEvent, Formats, LabelFormat, LabelReference, Parcel, VoidResult
from retoure_ups.documents import build_recovery_request, image_format, to_fetch
from retoure_ups.finding import build_find_request, parse_find_response
from retoure_ups.labels import UpsLabels, build_create_request, check_order, parse_create_response
from retoure_ups.shipments import dimensions_of, weight_of
from retoure_ups.voids import build_void_request, parse_void_response

GIF = b64encode(b"GIF89a example").decode()
PDF = b64encode(b"%PDF-1.4 example").decode()
REFERENCE = LabelReference(account="ups", tracking_number=NUMBER, issued_at=NOW)


def created(**results):
    package = {"TrackingNumber": NUMBER, "ShippingLabel": {"ImageFormat": {"Code": "GIF"}, "GraphicImage": GIF}}
    found = {"ShipmentIdentificationNumber": NUMBER, "PackageResults": [package], **results}
    return answer({"ShipmentResponse": {"Response": {}, "ShipmentResults": found}})


def recovered(image=PDF):
    result = {"TrackingNumber": NUMBER, "LabelImage": {"GraphicImage": image}}
    return answer({"LabelRecoveryResponse": {"ShipmentIdentificationNumber": NUMBER, "LabelResults": result}})


def request_of(*args, own=None, **changes):
    return build_create_request(label_order(*args, **changes), own or account(), CONTEXT)


def shipment(*args, **changes):
    return sent_json(request_of(*args, **changes))["ShipmentRequest"]["Shipment"]


def problems_of(*args, own=None, **changes):
    return [(problem.field, problem.code) for problem in check_order(label_order(*args, **changes), own or account())]


# What is sent.


def test_an_order_is_a_purchase():
    assert request_of().effect is Effect.ONCE


def test_the_merchant_ships_the_customer_sends_and_the_warehouse_receives():
    sent = shipment("vienna_to_berlin")
    assert (sent["Shipper"]["ShipperNumber"], sent["Shipper"]["Address"]["CountryCode"]) == ("EXMPL1", "DE")
    assert (sent["ShipFrom"]["Name"], sent["ShipFrom"]["AttentionName"]) == ("Musterhof Keramik", "Franz Muster")
    assert sent["ShipTo"]["Address"]["PostalCode"] == "10115"


@pytest.mark.parametrize("sample", ["munich_to_berlin", "vienna_to_berlin", "zurich_to_berlin"])
def test_the_shippers_account_pays_wherever_the_parcel_comes_from(sample):
    (charge,) = shipment(sample)["PaymentInformation"]["ShipmentCharge"]
    assert charge == {"Type": "01", "BillShipper": {"AccountNumber": "EXMPL1"}}


def test_the_account_holder_may_sit_elsewhere():
    own = account(
        shipper={"name": "Example Holding", "street": "Hauptweg 1", "city": "Wien", "postal_code": "1010", "country": "AT"}
    )
    assert shipment(own=own)["Shipper"]["Address"]["CountryCode"] == "AT"


def test_the_return_service_stands_on_the_shipment():
    assert shipment()["ReturnService"] == {"Code": "9"}


def test_a_package_and_a_shipment_are_always_described():
    sent = shipment()
    assert sent["Description"] == sent["Package"][0]["Description"] == "Returned goods"
    assert shipment(request={"parcel": {"contents": "Boots"}})["Package"][0]["Description"] == "Boots"


def test_the_only_line_of_a_declaration_describes_the_goods():
    line = {"description": "Cotton T-shirt", "quantity": 1, "weight": "400 g", "value": {"amount": "25", "currency": "CHF"}}
    assert shipment("zurich_to_berlin", request={"customs": [line]})["Description"] == "Cotton T-shirt"


def test_the_key_is_the_first_reference_of_the_shipment_and_the_rma_the_second():
    assert shipment(key="K-1")["ReferenceNumber"] == [{"Value": "K-1"}, {"Value": "RMA-1001"}]


def test_within_the_united_states_the_references_stand_on_the_package():
    warehouse = WAREHOUSE.model_copy(update={"country": "US", "state": "NJ"})
    sent = shipment(warehouse=warehouse, request={"ship_from": NEW_YORK})
    assert "ReferenceNumber" not in sent
    assert sent["Package"][0]["ReferenceNumber"][0] == {"Value": "RMA-1001/1"}
    assert len(sent["Package"]) == 1


def test_an_american_parcel_is_measured_in_pounds_and_inches():
    parcel = Parcel.of("2.4 kg", "30 x 20 x 10 cm")
    assert weight_of(parcel, "US")["Weight"] == "5.3"
    assert [dimensions_of(parcel, "US")[side] for side in ("Length", "Width", "Height")] == ["12", "8", "4"]


def test_a_weight_is_rounded_up_to_a_tenth_and_a_side_to_a_whole():
    parcel = Parcel.of("1200.5 g", "10.1 x 30.5 x 20 cm")
    assert weight_of(parcel, "DE") == {"UnitOfMeasurement": {"Code": "KGS", "Description": "Kilograms"}, "Weight": "1.3"}
    assert [dimensions_of(parcel, "DE")[side] for side in ("Length", "Width", "Height")] == ["31", "20", "11"]


@given(st.decimals("0.001", 70, places=3))
def test_a_parcel_is_never_announced_lighter_than_it_is(kilograms):
    parcel = Parcel.of(f"{kilograms} kg")
    sent = weight_of(parcel, "DE")["Weight"]
    assert kilograms <= type(kilograms)(sent) < kilograms + type(kilograms)("0.1")
    assert len(sent) <= 5


def test_the_merchants_phones_and_a_person_go_along_across_borders_only():
    assert not {"Phone"} & (set(shipment()["ShipTo"]) | set(shipment()["Shipper"]))
    home = {"name": "Example Holding", "street": "Hauptweg 1", "city": "Berlin", "postal_code": "10115", "country": "DE"}
    sent = shipment("vienna_to_berlin", own=account(shipper=home, phone="+49 30 5550111"))
    assert sent["ShipTo"]["Phone"] == {"Number": "49305550199"}
    assert (sent["Shipper"]["Phone"], sent["Shipper"]["AttentionName"]) == ({"Number": "49305550111"}, "Example Holding")
    assert "Phone" not in sent["ShipFrom"]


def test_where_goods_are_declared_the_customer_is_named_and_can_be_called():
    sent = shipment("zurich_to_berlin")["ShipFrom"]
    assert (sent["AttentionName"], sent["Phone"]) == ("Regula Probst", {"Number": "49305550199"})
    changes = {"contact_consent": True, "ship_from": {"phone": "+41 44 5550100"}}
    assert shipment("zurich_to_berlin", request=changes)["ShipFrom"]["Phone"] == {"Number": "41445550100"}


def test_where_goods_are_declared_and_nobody_can_be_called_each_phone_is_named():
    home = {"name": "Example Holding", "street": "Hauptweg 1", "city": "Berlin", "postal_code": "10115", "country": "DE"}
    found = problems_of("zurich_to_berlin", own=account(shipper=home, phone=""))
    assert found == [("shipper.phone", "missing"), ("ship_from.phone", "missing")]


CUSTOMS = [{"description": "Shirt", "quantity": 1, "weight": "400 g", "value": {"amount": "25", "currency": "EUR"}}]
AMERICA = {
    "name": "Grace Sample", "street": "Specimen Avenue", "house_number": "12", "city": "San Francisco", "state": "CA",
    "country": "US",
}  # fmt: skip


@pytest.mark.parametrize(
    ("country", "written", "sent"),
    [
        ("US", "94103-1234", "941031234"), ("US", "94103 1234", "941031234"), ("US", "94103", "94103"),
        ("PR", "00901-1234", "009011234"), ("CA", "M5V 3L9", "M5V3L9"), ("CA", "m5v-3l9", "M5V3L9"),
        ("GB", "SW1A 1AA", "SW1A 1AA"), ("PT", "1000-001", "1000-001"),
    ],
)  # fmt: skip
def test_a_postcode_goes_out_as_its_country_writes_it_to_ups(country, written, sent):
    address = {**AMERICA, "country": country, "postal_code": written}
    sent_address = shipment(request={"ship_from": address, "customs": CUSTOMS})["ShipFrom"]["Address"]
    assert sent_address["PostalCode"] == sent


@pytest.mark.parametrize(
    ("country", "postcode", "code"),
    [
        ("US", "9410", "wrong_form"), ("US", "94103-12", "wrong_form"), ("US", "", "missing"), ("PR", "ABCDE", "wrong_form"),
        ("CA", "M5V3L", "wrong_form"), ("CA", "", "missing"), ("DE", "1234567890", "too_long"),
    ],
)  # fmt: skip
def test_a_postcode_that_is_none_there_is_refused_by_name(country, postcode, code):
    address = {**AMERICA, "country": country, "postal_code": postcode, "state": "CA"}
    changes = {"request": {"ship_from": address, "customs": CUSTOMS}}
    assert ("ship_from.postal_code", code) in problems_of(**changes)


def test_without_any_phone_a_parcel_across_borders_is_refused():
    warehouse = WAREHOUSE.model_copy(update={"phone": ""})
    assert problems_of("vienna_to_berlin", warehouse=warehouse, own=account(phone="")) == [
        ("return_addresses.berlin.address.phone", "missing")
    ]


def test_the_customers_phone_stays_here_without_consent():
    assert "Phone" not in shipment()["ShipFrom"]
    assert shipment(request={"contact_consent": True})["ShipFrom"]["Phone"] == {"Number": "49895550100"}


def test_a_phone_of_more_than_15_digits_is_refused_and_its_spelling_does_not_count():
    changes = {"contact_consent": True, "ship_from": {"phone": "+49 (0) 89 / 555-0100"}}
    assert problems_of(request=changes) == []
    changes["ship_from"] = {"phone": "1234567890123456"}
    assert problems_of(request=changes) == [("ship_from.phone", "too_long")]


def test_an_electronic_label_is_sent_to_the_customer():
    sent = shipment(request={"contact_consent": True, "extras": {"ups": {"return_service": "8"}}})
    assert sent["ReturnService"] == {"Code": "8"}
    options = sent["ShipmentServiceOptions"]
    assert options["LabelDelivery"]["EMail"] == {"EMailAddress": "lena.beispiel@example.com"}
    assert options["Notification"][0]["NotificationCode"] == "2"


def test_an_electronic_label_without_consent_is_refused():
    assert problems_of(request={"extras": {"ups": {"return_service": "8"}}}) == [("contact_consent", "missing")]


@pytest.mark.parametrize("wish", [{"return_service": "2"}, {"return_service": "3"}, {"saturday": True}])
def test_a_wish_that_cannot_be_expressed_is_refused_by_name(wish):
    ((field, code),) = problems_of(request={"extras": {"ups": wish}})
    assert (field, code) == (f"extras.ups.{next(iter(wish))}", "unknown")


def test_another_carriers_wishes_are_not_for_ups():
    assert problems_of(request={"extras": {"dhl_paket": {"go_green_plus": True}}}) == []


def test_a_label_in_german_letters_is_asked_for_where_the_account_says_so():
    assert (
        sent_json(request_of(own=account(character_set="deu")))["ShipmentRequest"]["LabelSpecification"]["CharacterSet"] == "deu"
    )


@pytest.mark.parametrize("service", ["13", "59", "82", "C6"])
def test_a_service_that_takes_no_returns_is_refused(service):
    with pytest.raises(ServiceNotAvailable):
        request_of(service=service)


def test_a_control_character_never_leaves():
    with pytest.raises(AddressRejected):
        request_of(request={"ship_from": {"street": "Birken\tweg"}})


def test_a_state_is_wanted_in_the_united_states():
    assert ("ship_from.state", "missing") in problems_of(request={"ship_from": {**NEW_YORK, "state": ""}})


def test_street_and_number_share_a_line_and_its_limit():
    assert problems_of(request={"ship_from": {"street": "B" * 33}}) == [("ship_from.street", "too_long")]


# Customs.


def declared(customs=True, **changes):
    order = label_order(request={"customs": CUSTOMS if customs else [], **changes})
    sent = sent_json(build_create_request(order, account(), CONTEXT))["ShipmentRequest"]["Shipment"]
    notices = [notice for notice in parse_create_response(created(), order, account()).notices if "customs lines" in notice]
    return "InternationalForms" in sent.get("ShipmentServiceOptions", {}), notices


@pytest.mark.parametrize(("country", "postcode"), [("ES", "35001"), ("IT", "23041"), ("DE", "27498"), ("CH", "8001")])
def test_goods_from_beyond_a_customs_or_tax_border_are_declared_though_the_country_may_not_tell(country, postcode):
    place = {"country": country, "postal_code": postcode}
    assert declared(ship_from=place) == (True, [])
    assert ("customs", "missing") in problems_of(request={"ship_from": place})


@pytest.mark.parametrize(("country", "postcode"), [("DE", "80331"), ("AT", "1070"), ("GB", "BT1 1AA")])
def test_lines_that_need_no_declaration_are_not_sent_and_a_notice_says_so(country, postcode):
    sent, (notice,) = declared(ship_from={"country": country, "postal_code": postcode})
    assert not sent
    assert "crosses no customs or tax border" in notice
    assert declared(customs=False, ship_from={"country": country, "postal_code": postcode}) == (False, [])


def test_the_requests_own_word_on_a_declaration_decides():
    assert declared(extras={"ups": {"declarable": True}}) == (True, [])
    swiss = {"country": "CH", "postal_code": "8001"}
    sent, (notice,) = declared(ship_from=swiss, extras={"ups": {"declarable": False}})
    assert not sent
    assert "own word" in notice


def test_goods_that_are_not_declared_are_not_said_to_be_worth_little():
    belfast = {"country": "GB", "postal_code": "BT1 1AA"}
    assert "EUDeMinimisIndicator" not in shipment(request={"ship_from": belfast}).get("ShipmentServiceOptions", {})


def test_a_form_goes_along_across_a_customs_border_and_only_there():
    assert "ShipmentServiceOptions" not in shipment("vienna_to_berlin")
    forms = shipment("zurich_to_berlin")["ShipmentServiceOptions"]["InternationalForms"]
    assert (forms["FormType"], forms["ReasonForExport"], forms["CurrencyCode"]) == (["05"], "RETURN", "CHF")


def test_a_line_of_a_form_has_the_value_of_one_unit():
    product = shipment("zurich_to_berlin")["ShipmentServiceOptions"]["InternationalForms"]["Product"][0]
    assert product["Unit"] == {"Number": "2", "UnitOfMeasurement": {"Code": "PCS", "Description": "PCS"}, "Value": "12.5"}
    assert (product["OriginCountryCode"], product["CommodityCode"]) == ("PT", "61091000")


def line(**changes):
    base = {"description": "Shirt", "quantity": 1, "weight": "1 kg", "value": {"amount": "10", "currency": "CHF"}}
    return {**base, **changes}


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([], [("customs", "missing")]),
        ([line(), line(value={"amount": "1", "currency": "EUR"})], [("customs", "several_currencies")]),
        ([line(quantity=3)], [("customs[0].value", "not_divisible")]),
        ([line(value={"amount": "0", "currency": "CHF"})], [("customs[0].value", "out_of_range")]),
        ([line(hs_code="6109.10")], [("customs[0].hs_code", "wrong_form")]),
        ([line(description="word " * 40)], [("customs[0].description", "too_long")]),
        ([line()] * 51, [("customs", "too_many")]),
    ],
)
def test_a_declaration_that_ups_cannot_take_is_refused_by_its_line(lines, expected):
    assert problems_of("zurich_to_berlin", request={"customs": lines}) == expected


@pytest.mark.parametrize(("amount", "expected"), [("150", "Y"), ("150.01", "N")])
def test_goods_of_little_value_into_the_eu_are_told_by_their_euros(amount, expected):
    lines = [line(value={"amount": amount, "currency": "EUR"})]
    options = shipment("zurich_to_berlin", request={"customs": lines})["ShipmentServiceOptions"]
    assert options["EUDeMinimisIndicator"] == expected


def test_a_value_in_another_currency_is_not_converted_but_asked_for():
    assert "EUDeMinimisIndicator" not in shipment("zurich_to_berlin")["ShipmentServiceOptions"]
    said = {"extras": {"ups": {"eu_de_minimis": False}}}
    assert shipment("zurich_to_berlin", request=said)["ShipmentServiceOptions"]["EUDeMinimisIndicator"] == "N"


def test_the_parties_of_goods_into_the_eu_are_declared_as_the_user_says():
    wish = {"extras": {"ups": {"shipper_type": "02", "consignee_type": "01"}}}
    sent = shipment("zurich_to_berlin", request=wish)
    assert (sent["ShipperType"], sent["ConsigneeType"]) == ("02", "01")
    assert "ShipperType" not in shipment("vienna_to_berlin", request=wish)


# Formats.


@pytest.mark.parametrize(
    ("formats", "image", "fetched"),
    [
        (Formats(), "GIF", ()),
        (Formats(need={"PDF"}), "GIF", ("PDF",)),
        (Formats(need={"ZPL"}), "ZPL", ()),
        (Formats(prefer={"ZPL"}), "ZPL", ()),
        (Formats(need={"GIF", "ZPL"}), "GIF", ("ZPL",)),
        (Formats(need={"GIF"}, prefer={"PDF", "QR"}), "GIF", ("PDF",)),
    ],
)
def test_a_label_is_bought_in_what_ups_makes_and_the_rest_is_fetched(formats, image, fetched):
    assert image_format(formats) == image
    assert to_fetch(formats, {LabelFormat(image)}) == fetched


def test_the_receipt_and_the_customs_form_are_kept_beside_the_label_and_behind_it():
    page = b64encode(b"<!DOCTYPE HTML><html>example</html>").decode()
    package = {
        "TrackingNumber": NUMBER,
        "ShippingReceipt": {"GraphicImage": page},
        "ShippingLabel": {"GraphicImage": GIF, "InternationalSignatureGraphicImage": GIF},
    }
    papers = {"Form": {"Image": {"GraphicImage": PDF}}, "LabelURL": "https://l.example", "ReceiptURL": "https://r.example"}
    label = parse_create_response(created(PackageResults=package, **papers), label_order(), account())
    assert [(document.kind, document.format) for document in label.documents] == [
        ("label", "GIF"), ("receipt", "HTML"), ("other", "GIF"), ("invoice", "PDF"), ("label", "LINK"), ("receipt", "LINK"),
    ]  # fmt: skip
    assert label.notices == ()


def test_a_customs_form_as_pdf_is_not_the_label_as_pdf():
    form = {"Form": {"Image": {"GraphicImage": PDF}}}
    order = label_order(formats={"need": ["PDF"]})
    label, requests = driven(UpsLabels(account(), CONTEXT).create(order), created(**form), recovered())
    assert len(requests) == 2
    assert [(document.kind, document.format) for document in label.documents][-1] == ("label", "PDF")


def test_a_page_of_html_in_the_labels_place_is_no_label():
    page = b64encode(b"<html>down for maintenance</html>").decode()
    package = {"TrackingNumber": NUMBER, "ShippingLabel": {"GraphicImage": page}}
    label = parse_create_response(created(PackageResults=package), label_order(), account())
    assert label.documents == ()
    assert any("cannot be used" in notice for notice in label.notices)


@pytest.mark.parametrize("format_", ["QR", "PNG"])
def test_a_needed_format_that_ups_does_not_make_is_unsupported(format_):
    with pytest.raises(Unsupported, match=format_):
        request_of(formats={"need": [format_, "PDF"]})


def test_a_lost_second_call_does_not_lose_the_number():
    call = UpsLabels(account(), CONTEXT).create(label_order(formats={"need": ["PDF"]}))
    label, requests = driven(call, created(), CarrierUnavailable("out of order"))
    assert label.tracking_number == NUMBER
    assert [notice for notice in label.notices if notice.startswith("PDF did not come")]
    assert [request.effect for request in requests] == [Effect.ONCE, Effect.READ]


# What is read.


def test_the_negotiated_price_counts():
    charges = {
        "ShipmentCharges": {"TotalCharges": {"CurrencyCode": "EUR", "MonetaryValue": "9.80"}},
        "NegotiatedRateCharges": {"TotalCharge": {"CurrencyCode": "EUR", "MonetaryValue": "6.45"}},
    }
    label = parse_create_response(created(**charges), label_order(), account())
    assert str(label.price) == "6.45 EUR"
    assert label.notices == ()


def test_a_label_whose_price_is_not_told_has_none():
    assert parse_create_response(created(), label_order(), account()).price is None


@pytest.mark.parametrize(("billed", "event"), [("yes", "ON_CREATION"), ("no", "ON_FIRST_SCAN"), ("unknown", "UNKNOWN")])
def test_when_a_label_is_charged_follows_the_contract(billed, event):
    label = parse_create_response(created(), label_order(), account(unused_labels_billed=billed))
    assert label.charge_event is ChargeEvent(event)


def test_an_unreadable_image_is_a_notice():
    package = {"TrackingNumber": NUMBER, "ShippingLabel": {"GraphicImage": "not base64!"}}
    label = parse_create_response(created(PackageResults=package), label_order(), account())
    assert label.documents == ()
    assert any("cannot be used" in notice for notice in label.notices)


def test_the_shipments_number_stands_in_where_no_package_has_one():
    assert parse_create_response(created(PackageResults=None), label_order(), account()).tracking_number == NUMBER


@pytest.mark.parametrize(
    "body", [{}, {"ShipmentResponse": ""}, [], {"ShipmentResponse": {"ShipmentResults": {"PackageResults": [{}]}}}]
)
def test_an_answer_without_a_number_leaves_the_outcome_open(body):
    with pytest.raises(MalformedResponse):
        parse_create_response(answer(body), label_order(), account())


def test_an_empty_success_with_an_error_code_is_a_refusal():
    with pytest.raises(RequestRejected) as caught:
        parse_create_response(answer("", apierrorcode="1"), label_order(), account())
    assert caught.value.carrier_code == "1"


# Void.


def void(*codes, summary="1", name="PackageLevelResults"):
    rows = [{"TrackingNumber": f"1Z{n}", "Status": {"Code": code}} for n, code in enumerate(codes)]
    body = {"SummaryResult": {"Status": {"Code": summary}}, name: rows if len(rows) != 1 else rows[0]}
    return parse_void_response(answer({"VoidShipmentResponse": body}))


def test_a_void_names_the_shipment_and_may_be_repeated():
    request = build_void_request(REFERENCE.model_copy(update={"tracking_number": NUMBER.lower()}), account(), CONTEXT)
    assert request.url.endswith(f"/void/cancel/{NUMBER}")
    assert request.effect is Effect.REPEATABLE


@pytest.mark.parametrize("codes", [(), ("1",), ("1", "1")])
def test_a_void_that_ups_confirms_is_one_also_the_second_time(codes):
    assert void(*codes) is VoidResult.VOIDED


@pytest.mark.parametrize("name", ["PackageLevelResults", "PackageLevelResult"])
def test_a_package_that_was_not_voided_is_told(name):
    with pytest.raises(RequestRejected, match="voided 1 of 2"):
        void("1", "0", name=name)


@pytest.mark.parametrize("billed", ["yes", "no", "unknown"])
def test_a_period_that_is_over_is_an_outcome_and_no_error_whatever_the_contract_says(billed):
    call = UpsLabels(account(unused_labels_billed=billed), CONTEXT).void(REFERENCE)
    result, _ = driven(call, fault("190102"))
    assert result is VoidResult.TOO_LATE


def test_another_refusal_of_a_void_is_an_error():
    with pytest.raises(RequestRejected):
        parse_void_response(fault("190117"))


# Reprints and look-ups.


def test_a_reprint_may_be_asked_for_again():
    request = build_recovery_request(NUMBER, LabelFormat.PDF, account(), CONTEXT)
    assert request.effect is Effect.READ
    assert sent_json(request)["LabelRecoveryRequest"]["LabelSpecification"] == {"LabelImageFormat": {"Code": "PDF"}}


def test_a_look_up_asks_by_key_and_shipper_number():
    body = sent_json(build_find_request("K-1", account(), CONTEXT))["LabelRecoveryRequest"]
    assert body["ReferenceValues"] == {"ReferenceNumber": {"Value": "K-1"}, "ShipperNumber": "EXMPL1"}


def find(response):
    return parse_find_response(response, "K-1", NOW, account(), CONTEXT)


def test_a_label_that_is_found_carries_its_key_and_document():
    found = find(recovered())
    assert isinstance(found, Found)
    assert (found.value.tracking_number, found.value.key) == (NUMBER, "K-1")
    assert found.value.documents[0].format is LabelFormat.PDF


def test_a_label_whose_image_cannot_be_read_is_found_all_the_same():
    assert find(recovered("?")).value.documents == ()


def test_candidates_are_for_a_person_to_choose_from_even_a_single_one():
    body = {"LabelRecoveryResponse": {"TrackingCandidate": {"TrackingNumber": OTHER_NUMBER}}}
    found = find(answer(body))
    assert isinstance(found, Candidates)
    assert [label.tracking_number for label in found.values] == [OTHER_NUMBER]


def looked_up(days, *answers):
    return driven(UpsLabels(account(), CONTEXT).find("K-1", NOW - timedelta(days=days)), *answers)


def tracked(*numbers):
    return answer({"trackResponse": {"shipment": [{"package": [{"trackingNumber": number} for number in numbers]}]}})


def test_within_30_days_the_label_is_looked_for_and_later_its_parcel():
    _, (early,) = looked_up(30, recovered())
    assert early.url.endswith("/labels/v1/recovery")
    found, (late,) = looked_up(31, tracked(NUMBER))
    assert "/track/v1/reference/details/K-1?" in late.url
    asked = query_of(late)
    assert (asked["fromPickUpDate"], asked["toPickUpDate"], asked["shipperNum"]) == ("20260128", "20260301", "EXMPL1")
    assert late.effect is Effect.READ
    assert (found.value.tracking_number, found.value.key, found.value.documents) == (NUMBER, "K-1", ())
    assert "30 days" in found.value.notices[0]


def test_a_key_with_a_slash_cannot_be_asked_for_in_a_path_and_that_is_said():
    found, requests = driven(UpsLabels(account(), CONTEXT).find("K/1", NOW - timedelta(days=31)))
    assert requests == []
    assert not found.conclusive
    assert "slash" in found.reason


def test_several_parcels_of_one_reference_are_for_a_person_to_choose_from():
    found, _ = looked_up(31, tracked(NUMBER, OTHER_NUMBER))
    assert [label.tracking_number for label in found.values] == [NUMBER, OTHER_NUMBER]


@pytest.mark.parametrize(
    "nothing",
    [
        tracked(), fault("TW0001", status=404),
        answer({"trackResponse": {"shipment": [{"warnings": [{"code": "TW0001", "message": "none"}]}]}}),
    ],
)  # fmt: skip
def test_a_parcel_that_tracking_does_not_name_proves_nothing(nothing):
    found, _ = looked_up(31, nothing)
    assert isinstance(found, NotSeen)
    assert not found.conclusive
    assert "never handed in" in found.reason


@pytest.mark.parametrize("response", [fault("300022"), fault("404", status=404), answer({"LabelRecoveryResponse": {}})])
def test_not_finding_a_label_proves_nothing(response):
    found = find(response)
    assert isinstance(found, NotSeen)
    assert not found.conclusive
