from base64 import b64encode
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.carriers.dhl_paket.asking import CONTEXT, NOW, account, answer, key_only, label_order, result_of, sent_json

from retoure.carrier import Effect
from retoure.errors import AddressRejected, MalformedResponse, RequestRejected, ServiceNotAvailable, Unsupported
from retoure.model import ChargeEvent, Formats, LabelFormat, LabelReference, VoidResult
from retoure_dhl_paket.labels import (
    DhlPaketLabels,
    build_create_request,
    check_order,
    label_type,
    parse_create_response,
    void_without_call,
)

PDF = b64encode(b"%PDF-1.4 example").decode()
PNG = b64encode(b"\x89PNG\r\n\x1a\nexample").decode()
CREATED = {"sstatus": {"title": "Created", "status": 201}, "shipmentNo": "0999900000101", "routingCode": "40327653113"}


def built(*args, **changes):
    return build_create_request(label_order(*args, **changes), account())


def sent(*args, **changes):
    return sent_json(built(*args, **changes))


def problems_of(*args, **changes):
    return [(problem.field, problem.code) for problem in check_order(label_order(*args, **changes), account())]


def label_from(body, *, order=None, **settings):
    return parse_create_response(answer(body, 201), order or label_order(), account(**settings))


def reference(**more):
    return LabelReference(account="dhl", tracking_number="1", issued_at=NOW, **more)


# What is sent.


def test_an_order_is_a_purchase():
    assert built().effect is Effect.ONCE


@pytest.mark.parametrize(
    ("formats", "expected"),
    [
        (Formats(), "BOTH"),
        (Formats(need={"PDF"}), "SHIPMENT_LABEL"),
        (Formats(prefer={"PNG"}), "SHIPMENT_LABEL"),
        (Formats(need={"QR"}), "QR_LABEL"),
        (Formats(need={"LINK"}), "QR_LABEL"),
        (Formats(need={"PDF"}, prefer={"QR"}), "BOTH"),
        (Formats(prefer={"ZPL"}), "BOTH"),
    ],
)
def test_the_documents_ordered_follow_the_formats_asked_for(formats, expected):
    assert label_type(formats) == expected


@pytest.mark.parametrize("format_", [LabelFormat.ZPL, LabelFormat.GIF])
def test_a_needed_format_that_dhl_does_not_make_is_unsupported(format_):
    with pytest.raises(Unsupported, match=format_):
        built(formats={"need": [format_, "PDF"]})


def test_the_senders_country_chooses_the_receiver_id():
    assert sent("vienna_to_berlin")["receiverId"] == "aut"


def test_a_receiver_id_bound_in_small_letters_is_found():
    assert sent(binding={"receiver_ids": {"de": "my_receiver"}})["receiverId"] == "my_receiver"


def test_the_key_is_the_shipment_reference_and_the_rma_the_customers():
    body = sent(key="K-1")
    assert (body["shipmentReference"], body["customerReference"]) == ("K-1", "RMA-1001")


def test_company_and_addition_go_into_the_second_and_third_line():
    shipper = sent(request={"ship_from": {"company": "Musterbau", "addition": "Hinterhaus"}})["shipper"]
    assert (shipper["name1"], shipper["name2"], shipper["name3"]) == ("Lena Beispiel", "Musterbau", "Hinterhaus")


def test_phone_and_email_stay_here_without_consent():
    assert not {"email", "phone"} & set(sent()["shipper"])


def test_phone_and_email_go_along_with_consent():
    assert {"email", "phone"} <= set(sent(request={"contact_consent": True})["shipper"])


def test_postcode_and_house_number_stay_text():
    shipper = sent(request={"ship_from": {"postal_code": "01067", "house_number": "007"}})["shipper"]
    assert (shipper["postalCode"], shipper["addressHouse"]) == ("01067", "007")


@given(st.decimals(Decimal("0.001"), Decimal(31500), places=3))
def test_a_weight_is_sent_in_whole_grams_and_never_less_than_it_is(grams):
    value = sent(request={"parcel": {"weight": f"{grams:f} g"}})["itemWeight"]["value"]
    assert isinstance(value, int)
    assert grams <= value < grams + 1


def test_customs_lines_are_those_of_one_piece():
    item = sent("zurich_to_berlin")["customsDetails"]["items"][0]
    assert item == {
        "itemDescription": "Cotton T-shirt",
        "packagedQuantity": 2,
        "countryOfOrigin": "PRT",
        "hsCode": "61091000",
        "itemWeight": {"uom": "g", "value": 200},
        "itemValue": {"currency": "CHF", "value": Decimal("12.5")},
    }


@given(st.integers(0, 10_000_000), st.integers(1, 7))
def test_a_value_that_divides_arrives_to_the_cent(cents_each, pieces):
    amount = str(Decimal(cents_each * pieces) / 100)
    line = {"description": "Cup", "quantity": pieces, "weight": "100 g", "value": {"amount": amount, "currency": "EUR"}}
    item = sent("zurich_to_berlin", request={"customs": [line]})["customsDetails"]["items"][0]
    assert item["itemValue"]["value"] == Decimal(cents_each) / 100


@pytest.mark.parametrize("wish", [True, False])
def test_go_green_plus_is_sent_as_wished(wish):
    assert sent(request={"extras": {"dhl_paket": {"go_green_plus": wish}}})["services"] == {"goGreenPlus": wish}


def test_another_carriers_extras_are_ignored():
    assert "services" not in sent(request={"extras": {"ups": {"anything": 1}}})


# What is refused before the call.


def test_an_address_without_house_number_is_refused_under_the_users_name():
    with pytest.raises(AddressRejected) as raised:
        built(request={"ship_from": {"house_number": ""}})
    assert [problem.field for problem in raised.value.problems] == ["ship_from.house_number"]


def test_all_problems_are_told_at_once():
    changes = {"ship_from": {"house_number": "", "city": "M" * 41}, "parcel": {"weight": "40 kg"}}
    assert problems_of(request=changes) == [
        ("ship_from.house_number", "missing"), ("ship_from.city", "too_long"), ("parcel.weight", "too_heavy"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("field", "longest"),
    [("name", 50), ("company", 50), ("addition", 50), ("street", 50), ("house_number", 10), ("city", 40), ("state", 20)],
)
def test_a_line_of_the_greatest_length_passes_and_a_longer_one_is_refused(field, longest):
    assert problems_of(request={"ship_from": {field: "x" * longest}}) == []
    assert problems_of(request={"ship_from": {field: "x" * (longest + 1)}}) == [(f"ship_from.{field}", "too_long")]


@pytest.mark.parametrize(
    ("postcode", "code"),
    [("", "missing"), ("12", "too_short"), ("12345678901", "too_long"), ("12--3", "wrong_form"), ("-123", "wrong_form")],
)
def test_a_postcode_of_another_form_is_refused(postcode, code):
    assert problems_of(request={"ship_from": {"postal_code": postcode}}) == [("ship_from.postal_code", code)]


def test_a_weight_on_the_limit_passes():
    assert problems_of(request={"parcel": {"weight": "31.5 kg"}}) == []


def test_a_country_that_dhl_does_not_serve_is_no_service():
    with pytest.raises(ServiceNotAvailable, match="no returns from US"):
        built(request={"ship_from": {"country": "US"}})


def test_a_country_without_receiver_id_names_what_to_add():
    with pytest.raises(ServiceNotAvailable) as raised:
        built(request={"ship_from": {"country": "FR"}})
    assert raised.value.problems[0].field == "return_addresses.berlin.bindings.dhl.receiver_ids.FR"


@pytest.mark.parametrize(
    "binding", [{}, {"receiver_ids": {}}, {"receiver_ids": "deu"}, {"receiver_ids": {"XX": "deu"}}, {"ids": {}}]
)
def test_a_binding_of_another_shape_is_refused_with_an_example(binding):
    with pytest.raises(RequestRejected, match="receiver_ids"):
        built(binding=binding)


@pytest.mark.parametrize("country", ["CH", "GB", "NO"])
def test_a_return_from_outside_the_union_needs_customs_lines(country):
    found = problems_of(request={"ship_from": {"country": country}}, binding={"receiver_ids": {country: "x"}})
    assert found == [("customs", "missing")]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"description": "x" * 51}, ("customs[0].description", "too_long")),
        ({"hs_code": "6109.10"}, ("customs[0].hs_code", "wrong_form")),
        ({"hs_code": "61091"}, ("customs[0].hs_code", "wrong_form")),
        ({"value": {"amount": "5.00", "currency": "USD"}}, ("customs[0].value", "wrong_currency")),
        ({"value": {"amount": "100000.01", "currency": "EUR"}}, ("customs[0].value", "out_of_range")),
        ({"value": {"amount": "-1", "currency": "EUR"}}, ("customs[0].value", "out_of_range")),
        ({"value": {"amount": "1.005", "currency": "EUR"}}, ("customs[0].value", "not_divisible")),
        ({"quantity": 3}, ("customs[0].value", "not_divisible")),
        ({"weight": "32 kg"}, ("customs[0].weight", "too_heavy")),
        ({"country_of_origin": "AQ"}, ("customs[0].country_of_origin", "unknown_origin")),
    ],
)
def test_a_customs_line_that_dhl_could_not_take_is_refused(change, problem):
    line = {"description": "Cup", "quantity": 1, "weight": "400 g", "value": {"amount": "25.00", "currency": "CHF"}, **change}
    assert problem in problems_of("zurich_to_berlin", request={"customs": [line]})


def test_more_than_twenty_customs_lines_are_refused():
    line = {"description": "Cup", "quantity": 1, "weight": "40 g", "value": {"amount": "2.50", "currency": "CHF"}}
    assert problems_of("zurich_to_berlin", request={"customs": [line] * 21}) == [("customs", "too_many")]


@pytest.mark.parametrize("extras", [{"gogreen": True}, {"go_green_plus": "yes"}])
def test_an_unknown_wish_for_dhl_is_an_error(extras):
    ((field, code),) = problems_of(request={"extras": {"dhl_paket": extras}})
    assert (field, code) == (f"extras.dhl_paket.{next(iter(extras))}", "unknown")


def test_an_unknown_service_is_an_error():
    with pytest.raises(ServiceNotAvailable, match="express"):
        built(service="express")


def test_a_check_asks_nobody():
    assert result_of(DhlPaketLabels(account(), CONTEXT).check(label_order())) == ()


def test_a_check_of_an_account_that_cannot_make_labels_says_so():
    with pytest.raises(Unsupported, match="missing"):
        result_of(DhlPaketLabels(key_only(), CONTEXT).check(label_order()))


# What comes back.


def test_a_shipment_number_keeps_its_leading_zero():
    assert label_from(CREATED).tracking_number == "0999900000101"


def test_a_shipment_number_written_as_a_number_is_text():
    assert label_from({**CREATED, "shipmentNo": 999900000101}).tracking_number == "999900000101"


def test_the_format_is_told_by_the_bytes():
    documents = label_from({**CREATED, "label": {"b64": PNG}, "qrLabel": {"b64": PNG}}).documents
    assert [document.format for document in documents] == [LabelFormat.PNG, LabelFormat.QR]


def test_the_deep_link_is_a_document():
    link = label_from({**CREATED, "qrLink": "https://example.com/x"}).document(LabelFormat.LINK)
    assert link.content == b"https://example.com/x"


@pytest.mark.parametrize("broken", [{"b64": "***"}, {"b64": 5}, {"b64": None}, "JVBERi0=", ["x"], 7, {"other": 1}])
def test_an_unreadable_document_after_the_purchase_is_a_notice(broken):
    label = label_from({**CREATED, "label": broken, "qrLabel": {"b64": PNG}})
    assert [document.format for document in label.documents] == [LabelFormat.QR]
    assert "cannot be used" in label.notices[0]


def test_a_label_without_any_document_says_where_it_can_be_seen():
    assert "portal" in label_from(CREATED).notices[0]


@pytest.mark.parametrize(
    "body", [{"label": {"b64": PDF}}, {"shipmentNo": ""}, {"shipmentNo": None}, {"shipmentNo": True}, [], '"x"', 5]
)
def test_an_answer_without_a_number_is_malformed(body):
    with pytest.raises(MalformedResponse, match="no shipment number"):
        label_from(body)


def test_an_error_inside_a_success_is_a_refusal():
    with pytest.raises(AddressRejected):
        label_from({"sstatus": {"title": "Bad Request", "status": 400, "detail": "The street is invalid."}})


def test_a_server_error_inside_a_success_is_not_known():
    with pytest.raises(MalformedResponse):
        label_from({"sstatus": {"title": "Internal Server Error", "status": 500}})


def test_a_number_beside_an_error_is_kept_with_a_notice():
    label = label_from({**CREATED, "label": {"b64": PDF}, "sstatus": {"title": "Odd", "status": 422, "detail": "Not so good"}})
    assert label.notices == ("DHL says 422 beside the number: Not so good",)


@pytest.mark.parametrize(
    ("billed", "event"),
    [("no", ChargeEvent.ON_FIRST_SCAN), ("yes", ChargeEvent.ON_CREATION), ("unknown", ChargeEvent.UNKNOWN)],
)
def test_the_charge_event_follows_the_contract(billed, event):
    assert label_from(CREATED, unused_labels_billed=billed).charge_event is event


def test_the_label_keeps_what_was_ordered():
    order = label_order(key="K-9")
    label = label_from(CREATED, order=order, label_source="seller_uploaded")
    assert (label.order, label.key, label.label_source, label.issued_at) == (order, "K-9", "seller_uploaded", NOW)


# What cannot be undone, searched or printed again.


def test_a_void_where_unused_labels_are_not_billed_is_not_needed():
    assert result_of(DhlPaketLabels(account(), CONTEXT).void(reference())) is VoidResult.NOT_NEEDED


@pytest.mark.parametrize("billed", ["yes", "unknown"])
def test_a_void_where_unused_labels_may_be_billed_is_unsupported(billed):
    with pytest.raises(Unsupported, match="unused_labels_billed"):
        void_without_call(reference(), account(unused_labels_billed=billed))


def test_a_label_in_the_outbound_box_is_cancelled_elsewhere():
    with pytest.raises(Unsupported, match="outbound"):
        void_without_call(reference(enclosed=True), account())


def test_a_label_cannot_be_searched_for():
    with pytest.raises(Unsupported, match="no search"):
        result_of(DhlPaketLabels(account(), CONTEXT).find("K-1", NOW))


def test_a_label_cannot_be_printed_again():
    with pytest.raises(Unsupported, match="cannot show a label again"):
        result_of(DhlPaketLabels(account(), CONTEXT).documents(reference(), Formats()))
