"""The example cards of the carriers, and one by size class, are right by the carriers' published rules."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from tests.unit.ratecards import shelf
from tests.unit.ratecards.shelf import request_for

from retoure.carrier import Environment, Registry
from retoure.model import Parcel, QuoteRequest
from retoure.ratecards import RateCards, check_cards

CLASSES = Path(__file__).parent / "cards"
CARRIERS = ("dhl_express", "dhl_paket", "ups")


class ClassSettings(shelf.Settings):
    carrier = "dpd"


def ask(directory, settings, parcel, day=date(2026, 6, 1), wishes=None, **asked):
    request = request_for(parcel, ship_date=day, **asked)
    request = QuoteRequest.model_validate({**dict(request), **(wishes or {})})
    return RateCards([directory]).quote(request, settings=settings, now=datetime(2026, 6, 1, tzinfo=UTC))


def live(carrier):
    plugin = Registry().get(carrier)
    needed = {
        "dhl_express": {"username": "fake", "password": "fake", "account_number": "123456789"},
        "ups": {"client_id": "fake", "client_secret": "fake", "account_number": "1A2B3C"},
        "dhl_paket": {},
    }
    card = f"example-{carrier.replace('_', '-')}"
    return plugin.rates, plugin.settings(environment=Environment.SANDBOX, rate_card=card, **needed[carrier])


@pytest.mark.parametrize("carrier", CARRIERS)
def test_every_carrier_ships_one_faultless_card_that_says_example(carrier):
    report = check_cards(Registry().get(carrier).rates, today=date(2026, 11, 21))
    assert (report.faults, report.warnings) == ((), ())
    (history,) = report.cards
    tariff = history.spans[0].card.tariff
    assert (history.id, tariff.origin, tariff.carrier) == (f"example-{carrier.replace('_', '-')}", "example", carrier)
    assert "EXAMPLE" in tariff.title


def lines(quote):
    return {line.code: str(line.amount.amount) for line in quote.charges if not line.optional}


@pytest.mark.parametrize(
    ("weight", "sides", "billed", "extra"),
    [
        ("10 kg", "200 x 30 x 21 cm", "40 kg", "OVERSIZE"),  # 20: L + girth 302
        ("10 kg", "100 x 60 x 40 cm", "48.0 kg", None),  # 21: exactly 300
        ("32 kg", "100 x 76 x 10 cm", "32.0 kg", None),  # 33
        ("32.1 kg", "50 x 50 x 10 cm", "32.5 kg", "ADDITIONAL_HANDLING"),
        ("5 kg", "100.1 x 10 x 10 cm", "5.0 kg", "ADDITIONAL_HANDLING"),
        ("5 kg", "80 x 76.1 x 5 cm", "6.5 kg", "ADDITIONAL_HANDLING"),
        ("5 kg", "274 x 33 x 30 cm", "54.5 kg", "OVERSIZE"),  # 34: exactly 400
    ],
)
def test_20_21_33_34_ups_bills_large_packages_and_handling_over_its_thresholds(weight, sides, billed, extra):
    (quote,) = ask(*live("ups"), Parcel.of(weight, sides)).quotes
    assert str(quote.billable_weight) == billed
    assert set(lines(quote)) == {"BASE", "FUEL", *([extra] if extra else [])}


def test_ups_charges_fuel_on_all_that_stands_above_it_and_the_pickup_that_is_asked_for():
    (quote,) = ask(*live("ups"), Parcel.of("5 kg", "20 x 20 x 20 cm", packaging=["drum"]), wishes={"include": ["PICKUP"]}).quotes
    assert lines(quote) == {"BASE": "8.00", "ADDITIONAL_HANDLING": "10.00", "FUEL": "1.80", "PICKUP": "5.00"}
    assert str(quote.gross) == "29.51 EUR"


def test_dhl_express_prices_each_further_half_kilogram_begun():
    (quote,) = ask(*live("dhl_express"), Parcel.of("10.1 kg", "30 x 30 x 30 cm"), country="AT").quotes
    assert (str(quote.billable_weight), lines(quote)) == ("10.5 kg", {"BASE": "52.00", "FUEL": "10.40"})
    assert (quote.gross, quote.transit.latest_days) == (None, 2)


def test_dhl_express_needs_customs_lines_from_switzerland():
    parcel = Parcel.of("1 kg", "30 x 20 x 10 cm")
    answer = ask(*live("dhl_express"), parcel, country="CH")
    assert {decline.reason for decline in answer.declined} == {"CUSTOMS_DATA_MISSING", "NO_COVERAGE"}
    assert len(ask(*live("dhl_express"), parcel, country="CH", customs=True).quotes) == 1


def test_30_dhl_pakets_example_knows_the_packstation():
    directory, settings = live("dhl_paket")
    on, over = Parcel.of("1 kg", "75 x 60 x 40 cm"), Parcel.of("1 kg", "75.1 x 60 x 40 cm")
    assert ask(directory, settings, on, wishes={"hand_in": "locker"}).quotes
    declined = ask(directory, settings, over, wishes={"hand_in": "locker"}).declined
    assert [one.reason for one in declined if one.service == "retoure"] == ["DROP_OFF_LIMIT"]
    assert ask(directory, settings, over).quotes


def classes(parcel, day=date(2026, 1, 15), **asked):
    settings = ClassSettings(environment=Environment.SANDBOX, rate_card="example-class")
    return {quote.service: quote for quote in ask(CLASSES, settings, parcel, day, **asked).quotes}


def test_the_card_by_size_class_has_no_fault():
    assert check_cards(CLASSES).faults == ()


@pytest.mark.parametrize(
    ("sides", "price"), [("30 x 20 x 5 cm", "3.00"), ("30.1 x 20 x 5 cm", "4.00"), ("30 x 30 x 5 cm", "3.00")]
)
def test_32_the_class_is_the_shortest_plus_the_longest_side(sides, price):
    assert lines(classes(Parcel.of("1 kg", sides))["shop_return"])["BASE"] == price


@pytest.mark.parametrize(
    ("weight", "sides", "taken"),
    [
        ("20.000 kg", "30 x 20 x 5 cm", True),  # 15
        ("20.001 kg", "30 x 20 x 5 cm", False),
        ("1 kg", "100 x 40 x 35 cm", True),  # 28: 250
        ("1 kg", "100 x 45 x 35 cm", False),
    ],
)
def test_15_28_a_shop_takes_less_than_a_driver_collects(weight, sides, taken):
    found = classes(Parcel.of(weight, sides))
    assert ("shop_return" in found, "collected" in found) == (taken, True)


@pytest.mark.parametrize(
    ("weight", "sides", "code"),
    [
        ("1 kg", "100 x 50 x 40 cm", None),  # 35: exactly 200 l
        ("1 kg", "100.1 x 50 x 40 cm", "NON_CONVEYABLE"),
        ("1 kg", "130 x 10 x 10 cm", None),
        ("1 kg", "175 x 10 x 10 cm", "NON_CONVEYABLE"),
        ("1 kg", "175.1 x 10 x 10 cm", "OVERSIZE"),
        ("31.5 kg", "30 x 10 x 10 cm", None),
        ("31.6 kg", "30 x 10 x 10 cm", "OVERSIZE"),
    ],
)
def test_35_non_conveyable_and_oversize_exclude_each_other(weight, sides, code):
    found = set(lines(classes(Parcel.of(weight, sides))["collected"])) - {"BASE", "ENERGY"}
    assert found == ({code} if code else set())


def test_islands_peak_energy_and_volume_stack_as_written():
    on_island = classes(Parcel.of("1 kg", "30 x 20 x 5 cm"), postcode="27498")["shop_return"]
    assert lines(on_island) == {"BASE": "3.00", "ISLAND": "15.00", "ENERGY": "0.08"}
    march = classes(Parcel.of("1 kg", "30 x 20 x 5 cm"), date(2026, 3, 1))["shop_return"]
    assert lines(march) == {"BASE": "3.00", "ENERGY": "0.12", "VOLUME_DISCOUNT": "-0.31"}
