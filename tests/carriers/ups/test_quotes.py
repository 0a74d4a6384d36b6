from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.carriers.ups.asking import CONTEXT, NEW_YORK, NOW, WAREHOUSE, account, answer, driven, fault, quote_request, sent_json

from retoure.carrier import Effect
from retoure.errors import AddressRejected, NoPrice, RequestRejected, Unsupported
from retoure.model import BilledBy, DeclineReason, PriceBasis
from retoure_ups.quotes import UpsQuotes, build_quote_request, parse_quote_response


def eur(value, currency="EUR"):
    return {"CurrencyCode": currency, "MonetaryValue": value}


def rated(service="11", total="9.80", **more):
    return {"Service": {"Code": service}, "TotalCharges": eur(total), **more}


def answered(*shipments, **response):
    body = {"RateResponse": {"Response": response, "RatedShipment": list(shipments)}}
    return parse_quote_response(answer(body), quote_request(), account())


def quoted(**more):
    (quote,) = answered(rated(**more)).quotes
    return quote


def sent(*args, **changes):
    return sent_json(build_quote_request(quote_request(*args, **changes), account(), CONTEXT))["RateRequest"]


def test_the_return_service_stands_under_the_options_and_not_on_the_shipment():
    shipment = sent()["Shipment"]
    assert shipment["ShipmentServiceOptions"] == {"ReturnService": {"Code": "9"}}
    assert "ReturnService" not in shipment


def test_a_quote_may_be_asked_for_again():
    assert build_quote_request(quote_request(), account(), CONTEXT).effect is Effect.READ


def test_negotiated_prices_are_asked_for_with_the_number_that_has_them():
    shipment = sent()["Shipment"]
    assert "NegotiatedRatesIndicator" in shipment["ShipmentRatingOptions"]
    assert shipment["Shipper"]["ShipperNumber"] == "EXMPL1"
    assert shipment["PaymentDetails"]["ShipmentCharge"][0]["BillShipper"] == {"AccountNumber": "EXMPL1"}


def test_a_state_of_two_letters_goes_along_and_a_longer_one_does_not():
    assert sent(ship_from=NEW_YORK)["Shipment"]["ShipFrom"]["Address"]["StateProvinceCode"] == "NY"
    assert "StateProvinceCode" not in sent(ship_from={"state": "BY-1"})["Shipment"]["ShipFrom"]["Address"]


def test_a_return_service_that_cannot_be_quoted_is_refused_before_the_call():
    with pytest.raises(RequestRejected, match=r"extras\.ups\.return_service"):
        sent(extras={"ups": {"return_service": "2"}})


@pytest.mark.parametrize("country", ["GB", "PL"])
def test_within_a_country_that_wants_dimensions_they_are_wanted(country):
    warehouse = WAREHOUSE.model_copy(update={"country": country})
    asked = quote_request(warehouse=warehouse, ship_from={"country": country}, parcel={"dimensions": None})
    with pytest.raises(RequestRejected, match=r"parcel\.dimensions"):
        build_quote_request(asked, account(), CONTEXT)


def test_an_address_that_ups_cannot_take_is_refused():
    with pytest.raises(AddressRejected):
        sent(ship_from={"city": "C" * 31})


@pytest.mark.parametrize("days", [-2, 0, 2])
def test_live_prices_are_those_of_no_chosen_moment(days):
    asked = quote_request().model_copy(update={"priced_at": NOW + timedelta(days=days)})
    with pytest.raises(Unsupported):
        build_quote_request(asked, account(), CONTEXT)


@pytest.mark.parametrize(
    ("parcel", "reason"),
    [
        ({"weight": "70.1 kg"}, DeclineReason.WEIGHT_LIMIT),
        ({"dimensions": {"length": "275 cm", "width": "1 cm", "height": "1 cm"}}, DeclineReason.LENGTH_LIMIT),
        ({"dimensions": {"length": "200 cm", "width": "60 cm", "height": "50 cm"}}, DeclineReason.GIRTH_LIMIT),
    ],
)
def test_a_parcel_beyond_every_limit_is_declined_without_a_call(parcel, reason):
    result, requests = driven(UpsQuotes(account(), CONTEXT).quote(quote_request(parcel=parcel)))
    assert [decline.reason for decline in result.declined] == [reason]
    assert not requests


def test_the_negotiated_price_is_a_live_one_and_the_published_a_list_price():
    live = quoted(NegotiatedRateCharges={"TotalCharge": eur("6.45")})
    assert (str(live.net), live.price_basis) == ("6.45 EUR", PriceBasis.API_LIVE)
    listed = quoted()
    assert (str(listed.net), listed.price_basis) == ("9.80 EUR", PriceBasis.LIST)
    assert any("list price" in warning for warning in listed.warnings)


def test_the_weight_is_ups_figure_and_so_is_what_decided_the_price():
    quote = quoted(BillingWeight={"UnitOfMeasurement": {"Code": "LBS"}, "Weight": "5.5"})
    assert (str(quote.billable_weight), quote.billed_by) == ("5.5 lb", BilledBy.CARRIER)
    assert quoted(BillingWeight={"UnitOfMeasurement": {"Code": "KGS"}, "Weight": "0.0"}).billable_weight is None


def test_taxes_are_the_difference_on_the_same_side():
    negotiated = {"TotalCharge": eur("10.00"), "TotalChargesWithTaxes": eur("11.90")}
    quote = quoted(NegotiatedRateCharges=negotiated, TotalChargesWithTaxes=eur("20.00"))
    assert (str(quote.gross), str(quote.tax.amount), str(quote.tax.rate_percent)) == ("11.90 EUR", "1.90 EUR", "19.00")


def test_taxes_of_the_other_side_are_none():
    quote = quoted(NegotiatedRateCharges={"TotalCharge": eur("6.45")}, TotalChargesWithTaxes=eur("11.66"))
    assert (quote.tax, quote.gross) == (None, None)


def test_lines_are_those_of_the_side_that_counts():
    negotiated = {
        "TotalCharge": eur("6.45"),
        "BaseServiceCharge": [eur("6.00")],
        "ItemizedCharges": {"Code": "375", **eur("0.45")},
    }
    quote = quoted(NegotiatedRateCharges=negotiated, ItemizedCharges=[{"Code": "999", **eur("3")}])
    assert [(charge.code, str(charge.amount)) for charge in quote.charges] == [("BASE", "6.00 EUR"), ("375", "0.45 EUR")]


def test_a_rate_modifier_is_a_line_that_may_take_away():
    modifier = {"ModifierType": "DTM", "ModifierDesc": "Destination", "Amount": "-0.55"}
    negotiated = {"TotalCharge": eur("5.45"), "BaseServiceCharge": eur("6.00"), "RateModifier": modifier}
    assert [charge.code for charge in quoted(NegotiatedRateCharges=negotiated).charges] == ["BASE", "DTM"]


def test_what_the_options_cost_is_told_as_such():
    quote = quoted(BaseServiceCharge=eur("9.00"), ServiceOptionsCharges=eur("0.80"))
    assert [charge.code for charge in quote.charges] == ["BASE", "OPTIONS"]


@pytest.mark.parametrize(
    "broken", [{"Code": "375", "CurrencyCode": "EUR", "MonetaryValue": "n/a"}, {"Code": "375", **eur("1", "USD")}]
)
def test_a_line_that_cannot_be_read_leaves_one_line_for_all(broken):
    assert [charge.code for charge in quoted(ItemizedCharges=[broken]).charges] == ["TOTAL"]


@given(st.lists(st.decimals(-5, 20, places=2), max_size=5), st.decimals("0.01", 100, places=2))
def test_the_lines_always_add_up_to_the_price(amounts, total):
    items = [{"Code": "001", **eur(str(amount))} for amount in amounts]
    quote = quoted(total=str(total), ItemizedCharges=items)
    assert sum(charge.amount.amount for charge in quote.charges) == total


@pytest.mark.parametrize("total", ["0", "0.00", "-1", "", "n/a"])
def test_a_service_without_a_price_is_no_free_service(total):
    with pytest.raises(NoPrice):
        answered(rated(total=total))


def test_a_service_without_a_price_is_told_beside_one_that_has_a_price():
    result = answered(rated(), rated("65", "0.00"))
    assert [quote.service for quote in result.quotes] == ["11"]
    assert [(decline.service, decline.reason) for decline in result.declined] == [("65", DeclineReason.UNKNOWN)]


def test_an_answer_without_services_is_no_price_and_says_what_ups_remarked():
    with pytest.raises(NoPrice, match="110920"):
        answered(Alert={"Code": "110920", "Description": "changed"})


def test_remarks_are_warnings_of_every_quote():
    result = answered(rated(), rated("65", "20.00"), Alert=[{"Code": "110971", "Description": "may vary"}])
    assert all("UPS 110971: may vary" in quote.warnings for quote in result.quotes)


@pytest.mark.parametrize("code", ["111210", "121100", "120317"])
def test_no_service_between_the_places_is_a_decline(code):
    result = parse_quote_response(fault(code), quote_request(), account())
    assert [(decline.reason, decline.limit) for decline in result.declined] == [(DeclineReason.NO_COVERAGE, code)]


def test_how_long_it_takes_is_told_in_days():
    assert quoted(GuaranteedDelivery={"BusinessDaysInTransit": "2"}).transit.latest_days == 2
    assert quoted().transit is None
