"""Quotes of DHL Paket: from the account's rate card, the shipped example included."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from retoure.carrier import Billed, CardQuotes, CarrierContext, Environment
from retoure.errors import NoRateCard, OutsideRateCard
from retoure.model import (
    Address,
    BoundReturnAddress,
    CustomsLine,
    Money,
    Parcel,
    QuoteAnswer,
    QuoteRequest,
    ReturnRequest,
    Weight,
)
from retoure.ratecards import RateCards, check_cards, load_cards
from retoure_dhl_paket import PLUGIN
from retoure_dhl_paket.settings import DhlPaketSettings

NOW = datetime(2026, 3, 1, 9, tzinfo=UTC)
BERLIN = Address(name="Laden GmbH", street="Hof", house_number="2", postal_code="10115", city="Berlin", country="DE")
SHIRT = CustomsLine(description="Shirt", quantity=1, weight=Weight.parse("1 kg"), value=Money.of("20", "EUR"))


def quotes_of(*directories, **settings) -> CardQuotes:
    cards = RateCards([*directories, PLUGIN.rates])
    context = CarrierContext(account="dhl", clock=lambda: NOW, rate_cards=cards, zone=ZoneInfo("Europe/Berlin"))
    chosen = {"environment": Environment.SANDBOX, "rate_card": "example-dhl-paket", **settings}
    return CardQuotes(DhlPaketSettings(**chosen), context)


def asked(
    parcel: str = "2.4 kg", sides: str = "30 x 20 x 10 cm", *, country: str = "DE", customs=(), ship_date=None
) -> QuoteRequest:
    customer = Address(name="Erika Mustermann", street="Weg", house_number="1", postal_code="80331", city="Ort", country=country)
    request = ReturnRequest(
        rma="RMA-1001",
        ship_from=customer,
        return_to="berlin",
        parcel=Parcel.of(parcel, sides, weight_source="listed"),
        customs=customs,
        ship_date=ship_date,
    )
    return QuoteRequest(account="dhl", request=request, return_to=BoundReturnAddress(name="berlin", address=BERLIN))


def answered(quotes: CardQuotes, request: QuoteRequest) -> QuoteAnswer:
    """Run a call that is expected to send nothing."""
    with pytest.raises(StopIteration) as stop:
        next(quotes.quote(request))
    answer: QuoteAnswer = stop.value.value
    return answer


def test_the_example_card_has_no_fault_and_no_warning():
    report = check_cards(PLUGIN.rates)
    assert (report.ok, report.warnings) == (True, ())


def test_the_example_card_calls_itself_an_example_and_stays_open():
    (history,) = load_cards(PLUGIN.rates)
    tariff = history.spans[0].card.tariff
    assert (history.id, tariff.origin, tariff.valid_until) == ("example-dhl-paket", "example", None)
    assert "EXAMPLE" in tariff.title


def test_a_domestic_return_is_quoted_net_and_gross_and_marked_as_an_example():
    (quote,) = answered(quotes_of(), asked()).quotes
    assert (quote.carrier, quote.service, quote.zone, quote.price_basis) == ("dhl_paket", "retoure", "DE", "EXAMPLE")
    assert (str(quote.net), str(quote.tax.amount), str(quote.gross)) == ("5.00 EUR", "0.95 EUR", "5.95 EUR")
    assert quote.warnings[0].startswith("EXAMPLE")
    assert (quote.card.id, quote.card.revision, len(quote.card.sha256)) == ("example-dhl-paket", "2026-01-01", 64)


def test_the_clock_prices_a_request_without_a_date_and_the_ship_date_one_with():
    assert answered(quotes_of(), asked()).quotes[0].priced_at == NOW
    noon = datetime(2026, 4, 2, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    assert answered(quotes_of(), asked(ship_date=date(2026, 4, 2))).quotes[0].priced_at == noon


@pytest.mark.parametrize(
    ("country", "zone", "net"), [("AT", "EU", "12.00"), ("CH", "CH", "25.00"), ("GB", "GB", "25.00"), ("NO", "NO", "30.00")]
)
def test_the_customers_country_picks_the_zone(country, zone, net):
    (quote,) = answered(quotes_of(), asked(country=country, customs=(SHIRT,))).quotes
    assert (quote.service, quote.zone, quote.net.amount) == ("retoure_international", zone, Decimal(net))
    assert (quote.tax, quote.gross) == (None, None)


@pytest.mark.parametrize("country", ["CH", "GB", "NO"])
def test_a_customer_outside_the_customs_union_is_declined_without_customs_lines(country):
    answer = answered(quotes_of(), asked(country=country))
    reasons = {decline.service: decline.reason for decline in answer.declined}
    assert (answer.quotes, reasons["retoure_international"]) == ((), "CUSTOMS_DATA_MISSING")


def test_34_a_country_outside_the_card_has_no_price():
    with pytest.raises(OutsideRateCard, match="no zone for US"):
        answered(quotes_of(), asked(country="US"))


@pytest.mark.parametrize(
    ("weight", "sides", "reason", "limit"),
    [
        ("31.501 kg", "30 x 20 x 10 cm", "WEIGHT_LIMIT", "31.5 kg"),
        ("1 kg", "120.1 x 60 x 60 cm", "SIZE_LIMIT", "120 x 60 x 60 cm"),
        ("1 kg", "14.9 x 11 x 1 cm", "BELOW_MINIMUM_SIZE", "15 x 11 x 1 cm"),
    ],
)
def test_a_parcel_beyond_dhls_limits_is_declined_with_the_limit(weight, sides, reason, limit):
    answer = answered(quotes_of(), asked(weight, sides))
    assert (reason, limit) in [(decline.reason, decline.limit) for decline in answer.declined]
    assert answer.quotes == ()


@pytest.mark.parametrize(("billed", "event"), [(None, "ON_FIRST_SCAN"), (Billed.YES, "ON_CREATION"), (Billed.UNKNOWN, "UNKNOWN")])
def test_when_a_label_is_charged_follows_the_account_where_the_card_is_silent(billed, event):
    settings = {"unused_labels_billed": billed} if billed else {}
    assert answered(quotes_of(**settings), asked()).quotes[0].charge_event == event


def test_when_a_label_is_charged_is_the_cards_word_where_it_has_one(tmp_path):
    folder = tmp_path / "contract" / "2026-01-01"
    folder.mkdir(parents=True)
    source = PLUGIN.rates / "example-dhl-paket" / "2026-01-01"
    text = (source / "tariff.toml").read_text(encoding="utf-8").replace('"example-dhl-paket"', '"contract"')
    text = text.replace('origin = "example"', 'origin = "contract"\ncharge_event = "ON_CREATION"')
    (folder / "tariff.toml").write_text(text, encoding="utf-8")
    (folder / "prices.csv").write_bytes((source / "prices.csv").read_bytes())
    (quote,) = answered(quotes_of(tmp_path, rate_card="contract"), asked()).quotes
    assert (quote.charge_event, quote.price_basis, quote.warnings) == ("ON_CREATION", "CONTRACT_TABLE", ())


def test_an_account_without_a_card_is_told_what_to_do_when_the_call_runs():
    call = quotes_of(rate_card=None).quote(asked())
    with pytest.raises(NoRateCard, match="set its rate_card"):
        next(call)
