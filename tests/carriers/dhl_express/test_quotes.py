from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.carriers.dhl_express.asking import CONTEXT, NOW, account, answer, quote_request, result_of, sent_json

from retoure.carrier import Effect
from retoure.errors import MalformedResponse, NoPrice, RequestRejected
from retoure.model import DeclineReason, PriceBasis
from retoure_dhl_express.quotes import DhlExpressQuotes, build_rate_request, parse_rate_response

LINE = {"description": "Shirt", "quantity": 2, "weight": "400 g", "value": {"amount": "25", "currency": "CHF"},
        "country_of_origin": "PT"}  # fmt: skip


def product(*lines, price=38.46, tax=None, totals=None, code="U", **more):
    billed = [{"currencyType": "BILLC", "priceCurrency": "EUR", "price": price}]
    return {
        "productCode": code, "localProductCode": code, "totalPrice": billed if totals is None else totals,
        "totalPriceBreakdown": [
            {"currencyType": "BILLC", "priceBreakdown": [{"typeCode": "STTXA", "price": tax}] if tax else []}
        ],
        "detailedPriceBreakdown": [{"currencyType": "BILLC", "priceCurrency": "EUR", "breakdown": list(lines)}], **more,
    }  # fmt: skip


def priced(*products, settings=None, warnings=()):
    body = {"products": list(products), "warnings": list(warnings)}
    return parse_rate_response(answer(body), quote_request(), settings or account()).quotes


def sent(settings=None, sample="vienna_to_berlin", **changes):
    return sent_json(build_rate_request(quote_request(sample, **changes), settings or account(), CONTEXT))


def test_a_quote_goes_in_the_direction_of_the_label():
    details = sent()["customerDetails"]
    assert (details["shipperDetails"]["countryCode"], details["receiverDetails"]["countryCode"]) == ("AT", "DE")


def test_a_price_needs_nobodys_name_or_street():
    body = sent()
    assert set(body["customerDetails"]["shipperDetails"]) == {"postalCode", "cityName", "countryCode"}


def test_an_empty_postcode_is_told_all_the_same():
    assert sent(request={"ship_from": {"postal_code": ""}})["customerDetails"]["shipperDetails"]["postalCode"] == ""


def test_asking_for_a_price_may_be_repeated():
    assert build_rate_request(quote_request(), account(), CONTEXT).effect is Effect.READ


def test_the_services_of_every_return_are_priced():
    assert sent(account(data_staging_months=6, services=("PH",)))["valueAddedServices"] == [
        {"serviceCode": "PH"},
        {"serviceCode": "PU"},
    ]


def test_across_customs_the_value_is_declared():
    body = sent(sample="zurich_to_berlin")
    assert body["isCustomsDeclarable"] is True
    assert body["monetaryAmount"] == [{"typeCode": "declaredValue", "value": Decimal("44.9"), "currency": "CHF"}]


def test_within_the_union_nothing_is_declared():
    assert "monetaryAmount" not in sent(request={"customs": [LINE]})


def test_a_weight_is_told_in_kilograms_and_never_lighter():
    package = sent(request={"parcel": {"weight": "1200.0004 g"}})["packages"][0]
    assert package["weight"] == Decimal("1.201")


def test_a_price_of_another_moment_cannot_be_asked_for():
    asked = quote_request().model_copy(update={"priced_at": NOW})
    with pytest.raises(RequestRejected, match="ship_date"):
        build_rate_request(asked, account(), CONTEXT)


def test_a_lane_across_customs_without_lines_is_declined_without_asking():
    found, asked = result_of(DhlExpressQuotes(account(), CONTEXT).quote(quote_request("london_to_berlin")))
    assert [decline.reason for decline in found.declined] == [DeclineReason.CUSTOMS_DATA_MISSING]
    assert asked == []


def test_a_place_with_a_tax_border_of_its_own_is_priced_with_its_value():
    body = sent(request={"ship_from": {"country": "ES", "postal_code": "35001"}, "customs": [LINE]})
    assert (body["isCustomsDeclarable"], body["monetaryAmount"][0]["value"]) == (True, 25)


def test_the_billed_price_is_taken_among_three():
    totals = [
        {"currencyType": "PULCL", "price": 0},
        {"currencyType": "BASEC", "priceCurrency": "USD", "price": 99},
        {"currencyType": "BILLC", "priceCurrency": "EUR", "price": 38.46},
    ]
    (quote,) = priced(product(totals=totals))
    assert (quote.net.amount, quote.net.currency) == (Decimal("38.46"), "EUR")


@pytest.mark.parametrize(
    "totals",
    [
        [],
        [{"currencyType": "PULCL", "priceCurrency": "EUR", "price": 38}],
        [{"currencyType": "BILLC", "priceCurrency": "EUR", "price": 0}],
        [{"currencyType": "BILLC", "price": 38}],
        [{"currencyType": "BILLC", "priceCurrency": "EUR", "price": -38.46}],
        [{"currencyType": "BILLC", "priceCurrency": "EUR", "price": "-38.46"}],
        [{"currencyType": "BILLC", "priceCurrency": "EUR", "price": "38,46"}],
        [{"currencyType": "BILLC", "priceCurrency": "EUR", "price": "1E2"}],
    ],
)
def test_without_a_usable_billed_price_there_is_none(totals):
    with pytest.raises(NoPrice):
        priced(product(totals=totals))


def test_a_product_without_a_price_is_named_beside_those_with_one():
    (quote,) = priced(product(), product(totals=[], code="T"))
    assert quote.warnings == ("DHL offers T without a price",)


def test_lines_without_a_price_are_no_charges():
    (quote,) = priced(product({"name": "Base", "price": 38.46}, {"name": "Feature", "serviceCode": "30"}))
    assert [charge.code for charge in quote.charges] == ["base"]


@given(
    st.decimals(Decimal("0.01"), 5000, places=2),
    st.lists(st.decimals(Decimal("0.01"), 500, places=2), max_size=4),
    st.sampled_from([None, True, False]),
    st.decimals(0, 50, places=2),
)
def test_the_charges_add_up_to_the_net_and_net_and_tax_to_the_gross(price, lines, includes, tax):
    rows = [{"name": f"line {n}", "price": float(amount)} for n, amount in enumerate(lines)]
    (quote,) = priced(product(*rows, price=float(price), tax=float(tax)), settings=account(total_includes_tax=includes))
    assert sum(charge.amount.amount for charge in quote.charges) == quote.net.amount
    assert (quote.gross is None) is (quote.tax is None)
    if quote.tax and quote.gross:
        assert quote.gross.amount == quote.net.amount + quote.tax.amount.amount
        assert price == (quote.gross.amount if includes else quote.net.amount)


def test_a_tax_of_zero_is_not_known_to_be_one():
    (quote,) = priced(product(tax=0), settings=account(total_includes_tax=True))
    assert (quote.tax, quote.gross, quote.warnings) == (None, None, ())


@pytest.mark.parametrize(
    ("warning", "basis"),
    [
        ("6995: not applied", PriceBasis.LIST),
        ("The Account Settings have not been applied", PriceBasis.LIST),
        ("7992: the state code was replaced", PriceBasis.API_LIVE),
    ],
)
def test_a_price_without_the_accounts_settings_is_the_lists(warning, basis):
    (quote,) = priced(product(), warnings=[warning])
    assert (quote.price_basis, quote.warnings) == (basis, (warning,))


def test_an_answer_that_is_no_object_is_malformed():
    with pytest.raises(MalformedResponse):
        parse_rate_response(answer([]), quote_request(), account())


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ship_date": "2026-03-12"}, "ship_date"),
        ({"ship_from": {"city": "x" * 46}}, "ship_from.city"),
        ({"extras": {"dhl_express": {"carbon": 1}}}, "extras.dhl_express.carbon"),
    ],
)
def test_what_cannot_be_priced_is_refused_before_the_call(change, field):
    with pytest.raises(RequestRejected) as raised:
        build_rate_request(quote_request(request=change), account(), CONTEXT)
    assert [problem.field for problem in raised.value.problems] == [field]


def test_a_declaration_in_two_currencies_is_not_priced():
    lines = [LINE, {**LINE, "value": {"amount": "10", "currency": "EUR"}}]
    with pytest.raises(RequestRejected, match="one currency"):
        build_rate_request(quote_request("zurich_to_berlin", request={"customs": lines}), account(), CONTEXT)


def test_a_price_that_comes_as_a_text_is_read_to_the_digit():
    lines = [{"name": "EXPRESS", "price": "40.00"}, {"name": "FUEL", "serviceCode": "FF", "price": 5.1}]
    (quote,) = priced(product(*lines, price="45.10"))
    assert (quote.net.amount, quote.net.currency) == (Decimal("45.10"), "EUR")
    assert [charge.amount.amount for charge in quote.charges] == [Decimal("40.00"), Decimal("5.1")]
