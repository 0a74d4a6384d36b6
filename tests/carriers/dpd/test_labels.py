"""Return labels: what leaves, and what comes of each answer."""

from decimal import Decimal

import pytest
from tests.carriers.dpd.asking import CONTEXT, account, answer, bought, label_order, refused, sent_json

from retoure.carrier import Effect, Judgement
from retoure.errors import AddressRejected, AuthenticationFailed, MalformedResponse, RateLimited, RequestRejected, Unsupported
from retoure.model import LabelReference
from retoure_dpd.labels import build_check_request, build_create_request, parse_create_response
from retoure_dpd.orders import find_problems, label_format
from retoure_dpd.refusals import refusal
from retoure_dpd.wire import COOL_DOWN, judge, listed
from retoure_dpd_common.billing import void_without_call


def problems(**changes):
    return {(problem.field, problem.code) for problem in find_problems(label_order(**changes), CONTEXT)}


def sent(order=None, **settings):
    return sent_json(build_create_request(order or label_order(), account(**settings), CONTEXT))


def test_the_address_of_shipping_is_the_customers_and_the_merchants_is_never_sent():
    request = build_create_request(label_order(), account(), CONTEXT)
    (data,) = sent_json(request)["OrderDataList"]
    assert data["ShipAddress"]["Name"] == "Lena Beispiel"
    assert b"Lagermusterweg" not in request.content


def test_a_purchase_is_never_resent_and_a_check_is_a_read():
    assert build_create_request(label_order(), account(), CONTEXT).effect is Effect.ONCE
    check = build_check_request(label_order(), account(), CONTEXT)
    assert (check.effect, sent_json(check)["OrderAction"]) == (Effect.READ, "checkOrderData")


def test_an_order_has_one_parcel_so_that_at_most_one_label_is_in_doubt():
    assert len(sent()["OrderDataList"]) == 1


@pytest.mark.parametrize(
    ("weight", "kilograms"),
    [("2.4 kg", "2.4"), ("1200.5 g", "1.21"), ("10 g", "0.01"), ("0.001 kg", "0.01"), ("1 lb", "0.46"), ("20 kg", "20")],
)
def test_the_weight_goes_out_in_kilograms_up_to_ten_grams(weight, kilograms):
    order = label_order(request={"parcel": {"weight": weight}})
    assert sent(order)["OrderDataList"][0]["ParcelData"]["Weight"] == Decimal(kilograms)


def test_a_shop_takes_20_kg_and_a_driver_more():
    heavy = {"parcel": {"weight": "20.5 kg"}}
    assert problems(request=heavy) == {("parcel.weight", "too_heavy")}
    assert problems(request={"parcel": {"weight": "20 kg"}}) == set()
    assert problems(request={**heavy, "contact_consent": True}, service="Classic_Return") == set()
    assert problems(request={"parcel": {"weight": "31.501 kg"}, "contact_consent": True}, service="Classic_Return") == {
        ("parcel.weight", "too_heavy")
    }


@pytest.mark.parametrize(
    ("sides", "found"),
    [
        ("100 x 40 x 35 cm", set()),  # girth 250, on the limit
        ("100 x 45 x 35 cm", {("parcel.dimensions", "too_large")}),
        ("100.1 x 10 x 10 cm", {("parcel.dimensions", "too_long")}),
    ],
)
def test_a_shop_takes_100_cm_and_a_girth_of_250_cm(sides, found):
    length, width, height = (f"{side} cm" for side in sides.removesuffix(" cm").split(" x "))
    dimensions = {"length": length, "width": width, "height": height}
    assert problems(request={"parcel": {"dimensions": dimensions}}) == found


def test_a_home_collection_needs_a_phone_number_that_may_be_passed_on():
    assert problems(service="Classic_Return") == {("contact_consent", "missing")}
    told = {"contact_consent": True}
    assert problems(service="Classic_Return", request=told) == set()
    assert problems(service="Classic_Return", request={**told, "ship_from": {"phone": "1234"}}) == {
        ("ship_from.phone", "too_short")
    }


def test_phone_and_mail_leave_only_with_consent():
    (data,) = sent()["OrderDataList"]
    assert data["ShipAddress"].keys().isdisjoint({"Phone", "Mail"})
    (data,) = sent(label_order(request={"contact_consent": True}))["OrderDataList"]
    assert (data["ShipAddress"]["Phone"], data["ShipAddress"]["Mail"]) == ("+49 89 5550100", "lena.beispiel@example.com")


@pytest.mark.parametrize(("country", "state", "sent_state"), [("DE", "BY", None), ("US", "CA", "CA")])
def test_a_state_is_sent_for_the_us_and_canada_only(country, state, sent_state):
    from retoure_dpd.orders import set_order

    order = label_order(request={"ship_from": {"country": country, "state": state}})
    (data,) = set_order(order, account(), CONTEXT, "startOrder")["OrderDataList"]
    assert data["ShipAddress"].get("State") == sent_state


def test_a_floor_shares_the_companys_line():
    order = label_order(request={"ship_from": {"company": "Laden GmbH", "addition": "2. OG"}})
    assert sent(order)["OrderDataList"][0]["ShipAddress"]["Company"] == "Laden GmbH, 2. OG"
    assert problems(request={"ship_from": {"company": "L" * 30, "addition": "A" * 20}}) == {("ship_from.addition", "too_long")}


@pytest.mark.parametrize("binding", [{}, {"account_address": False}])
def test_a_return_address_that_is_not_said_to_be_the_accounts_is_refused(binding):
    field = "return_addresses.berlin.bindings.dpd.account_address"
    assert problems(binding=binding) == {(field, "missing")}


def test_an_unknown_binding_is_refused_by_name():
    assert problems(binding={"acount_address": True}) == {("return_addresses.berlin.bindings.dpd.acount_address", "wrong_form")}


def test_everything_that_is_wrong_is_told_at_once():
    found = problems(
        service="Express", request={"rma": "R" * 36, "ship_date": "2026-02-28", "extras": {"dpd": {"x": 1}, "ups": {"y": 1}}}
    )
    assert found == {
        ("service", "unknown_service"),
        ("rma", "too_long"),
        ("ship_date", "in_the_past"),
        ("extras.dpd.x", "unknown"),
    }


@pytest.mark.parametrize(
    ("formats", "chosen"),
    [({}, "PDF"), ({"need": ["ZPL"]}, "ZPL"), ({"prefer": ["ZPL"]}, "ZPL"), ({"need": ["PDF"], "prefer": ["ZPL"]}, "PDF"),
     ({"prefer": ["ZPL", "PDF"]}, "PDF"), ({"prefer": ["QR"]}, "PDF")],
)  # fmt: skip
def test_one_format_is_ordered(formats, chosen):
    assert label_format(label_order(formats=formats).formats) == chosen


@pytest.mark.parametrize("need", [["QR"], ["PNG"], ["PDF", "ZPL"]])
def test_a_needed_format_that_cannot_be_had_is_unsupported(need):
    with pytest.raises(Unsupported):
        label_format(label_order(formats={"need": need}).formats)


def test_the_day_of_shipping_is_the_german_today_where_none_is_named():
    assert sent(label_order(request={"ship_date": None}))["OrderSettings"]["ShipDate"] == "2026-03-01T00:00:00"


def test_what_is_inside_is_told_where_the_parcel_says_it():
    order = label_order(request={"parcel": {"contents": "Shoes"}})
    assert sent(order)["OrderDataList"][0]["ParcelData"]["Content"] == "Shoes"
    assert sent(contents="Retoure")["OrderDataList"][0]["ParcelData"]["Content"] == "Retoure"


def test_a_pdf_that_comes_for_zpl_is_called_a_pdf():
    label = parse_create_response(answer(bought()), label_order(formats={"need": ["ZPL"]}), account())
    assert [document.format for document in label.documents] == ["PDF"]
    assert label.notices == ("ZPL was asked for and did not come",)


@pytest.mark.parametrize(("billed", "event"), [("no", "ON_FIRST_SCAN"), ("yes", "ON_CREATION"), ("unknown", "UNKNOWN")])
def test_the_account_says_when_a_label_is_charged(billed, event):
    label = parse_create_response(answer(bought()), label_order(), account(unused_labels_billed=billed))
    assert label.charge_event == event


@pytest.mark.parametrize(
    ("errors", "kind", "field"),
    [
        ([(2000, "CLOUD_API_PARTNERCREDENTIALS")], AuthenticationFailed, None),
        ([(2999, "CLOUD_API_NOLOGIN")], AuthenticationFailed, None),
        ([(2027, "CLOUD_API_USERCALLLIMIT")], RateLimited, None),
        ([(2122, "CLOUD_API_ORDER_INTERNALID")], RequestRejected, "key"),
        ([(2200, "CLOUD_API_ORDER_CLASSICRETURN_NOBULKPRINT")], RequestRejected, "service"),
        ([(2300, "CLOUD_ADDRESS_STREET")], AddressRejected, "ship_from.street"),
        ([(2300, "CLOUD_ADDRESS_SOMETHING")], AddressRejected, "ship_from"),
        ([(2300, "CLOUD_ADDRESS_CITY"), (2121, "CLOUD_API_ORDER_WEIGHT")], RequestRejected, "ship_from.city"),
        ([(2121, "CLOUD_API_ORDER_WEIGHT"), (2000, "CLOUD_API_PARTNERCREDENTIALS")], AuthenticationFailed, None),
        ([(1, "NEVER_SEEN")], RequestRejected, ""),
    ],
)
def test_an_error_inside_a_success_is_the_error_that_it_means(errors, kind, field):
    error = refusal(refused(*errors))
    assert type(error) is kind
    if field is not None:
        assert error.problems[0].field == field
        assert f"about {errors[0][1]}" in error.problems[0].text


def test_the_two_names_of_an_error_list_are_read_alike():
    row = {"ErrorID": 2000, "ErrorCode": "CLOUD_API_PARTNERCREDENTIALS"}
    for holder in ([row], {"ErrorDataType": [row]}, {"ErrorData": [row]}):
        assert listed({"ErrorDataList": holder}, "ErrorDataList") == [row]


def test_the_call_limit_is_a_pause_and_not_beside_a_number():
    assert judge(answer(refused((2027, "CLOUD_API_USERCALLLIMIT")))) is Judgement.RETRY
    # The last call that was allowed may say so, and has bought a label.
    beside = bought(ErrorDataList=[{"ErrorID": 2027, "ErrorCode": "CLOUD_API_USERCALLLIMIT"}])
    assert judge(answer(beside)) is Judgement.ANSWER
    assert judge(answer({**beside, "Ack": False})) is Judgement.ANSWER
    assert judge(answer(refused((20271, "OTHER")))) is Judgement.ANSWER
    assert judge(answer('{"ErrorID": 2027, "Ack": false')) is Judgement.ANSWER
    assert build_create_request(label_order(), account(), CONTEXT).cool_down == COOL_DOWN


@pytest.mark.parametrize("body", [[], {"LabelResponse": {}}, {"Ack": True}])
def test_an_answer_that_names_no_parcel_cannot_be_read(body):
    with pytest.raises(MalformedResponse):
        parse_create_response(answer(body), label_order(), account())


def test_a_label_on_another_contract_is_not_given_up_here():
    label = LabelReference(
        account="dpd", tracking_number="1", issued_at="2026-03-01T10:00:00+01:00", label_source="amazon_negotiated"
    )
    with pytest.raises(Unsupported, match="not on the account's contract"):
        void_without_call(label, account(unused_labels_billed="no"))
