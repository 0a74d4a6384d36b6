"""Quotes of DPD: from the account's rate card, stricter at the shop than at the door."""

import pytest
from tests.carriers.dpd.asking import BERLIN, NOW, WAREHOUSE, account

from retoure.carrier import CarrierContext
from retoure.errors import NoRateCard
from retoure.model import Address, BoundReturnAddress, Parcel, QuoteRequest, ReturnRequest
from retoure.ratecards import RateCards, check_cards, load_cards
from retoure_dpd import PLUGIN
from retoure_dpd.quotes import DpdCloudQuotes


def answered(parcel="2.4 kg", sides="30 x 20 x 10 cm", *, country="DE", bound=True, **settings):
    context = CarrierContext(account="dpd", clock=lambda: NOW, rate_cards=RateCards([PLUGIN.rates]), zone=BERLIN)
    customer = Address(name="Erika Muster", street="Weg", house_number="1", postal_code="80331", city="Ort", country=country)
    request = ReturnRequest(rma="R1", ship_from=customer, return_to="berlin", parcel=Parcel.of(parcel, sides))
    return_to = BoundReturnAddress(name="berlin", address=WAREHOUSE, binding={"account_address": True} if bound else {})
    asked = QuoteRequest(account="dpd", request=request, return_to=return_to)
    with pytest.raises(StopIteration) as stop:
        next(DpdCloudQuotes(account(**{"rate_card": "example-dpd", **settings}), context).quote(asked))
    return stop.value.value


def prices(answer):
    return {quote.service: str(quote.net) for quote in answer.quotes}


def test_the_example_card_has_no_fault_and_no_warning_and_calls_itself_an_example():
    report = check_cards(PLUGIN.rates)
    assert (report.ok, report.warnings) == (True, ())
    (history,) = load_cards(PLUGIN.rates)
    tariff = history.spans[0].card.tariff
    assert (history.id, tariff.origin, tariff.valid_until) == ("example-dpd", "example", None)


def test_a_shop_return_is_priced_by_two_sides_and_a_collected_one_by_weight():
    assert prices(answered()) == {"Shop_Return": "4.00 EUR", "Classic_Return": "8.00 EUR"}
    assert prices(answered("12 kg", "60 x 30 x 30 cm")) == {"Shop_Return": "9.00 EUR", "Classic_Return": "13.00 EUR"}


@pytest.mark.parametrize(
    ("weight", "sides", "reason", "limit"),
    [
        ("20.001 kg", "30 x 20 x 10 cm", "WEIGHT_LIMIT", "20 kg"),
        ("2 kg", "101 x 20 x 10 cm", "LENGTH_LIMIT", "100 cm"),
        ("2 kg", "100 x 45 x 35 cm", "GIRTH_LIMIT", "250 cm"),
    ],
)
def test_what_a_shop_does_not_take_a_driver_still_does(weight, sides, reason, limit):
    answer = answered(weight, sides)
    assert list(prices(answer)) == ["Classic_Return"]
    assert [(decline.service, decline.reason, decline.limit) for decline in answer.declined] == [("Shop_Return", reason, limit)]


def test_on_the_limit_is_allowed():
    assert "Shop_Return" in prices(answered("20 kg", "100 x 40 x 35 cm"))


def test_what_does_not_go_over_the_belts_costs_more():
    (quote,) = answered("10 kg", "140 x 30 x 20 cm").quotes
    assert [str(charge.amount) for charge in quote.charges] == ["10.00 EUR", "10.00 EUR"]


def test_nobody_fetches_a_parcel_abroad():
    answer = answered(country="AT")
    assert prices(answer) == {"Shop_Return": "10.00 EUR"}
    assert [(decline.service, decline.reason) for decline in answer.declined] == [("Classic_Return", "NO_COVERAGE")]


@pytest.mark.parametrize(("billed", "event"), [("no", "ON_FIRST_SCAN"), ("yes", "ON_CREATION"), ("unknown", "UNKNOWN")])
def test_when_a_label_is_charged_follows_the_account_where_the_card_is_silent(billed, event):
    assert {quote.charge_event for quote in answered(unused_labels_billed=billed).quotes} == {event}


def test_an_account_without_a_card_is_told_what_to_do():
    with pytest.raises(NoRateCard, match="set its rate_card"):
        answered(rate_card=None)


def test_what_no_label_can_be_bought_for_is_declined_with_the_reason():
    answer = answered(bound=False)
    assert answer.quotes == ()
    assert [(decline.service, decline.reason) for decline in answer.declined] == [
        ("Shop_Return", "NOT_ENABLED_FOR_ACCOUNT"),
        ("Classic_Return", "NOT_ENABLED_FOR_ACCOUNT"),
    ]
    assert all("return_addresses.berlin.bindings.dpd.account_address" in decline.detail for decline in answer.declined)
