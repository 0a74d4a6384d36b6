"""Which card prices a parcel: boundary tests 1 to 9, 52, 56 and 57 of the rating rules."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from retoure.errors import InvalidRateCard, NoRateCard, NoRateForDate
from retoure.ratecards import check_cards

BERLIN = ZoneInfo("Europe/Berlin")
CHEAP, DEAR = "\nreturn,DE,5 kg,4.00\n", "\nreturn,DE,5 kg,4.20\n"


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=BERLIN)


@pytest.fixture
def two_years(shelf):
    shelf.add(valid_from="2026-01-01", valid_until="2027-01-01", prices=CHEAP)
    shelf.add(valid_from="2027-01-01", valid_until="2028-01-01", prices=DEAR)
    return shelf


def test_1_the_first_day_of_a_card_is_priced_by_it(two_years):
    assert two_years.price(priced_at=at(2026, 1, 1, 0, 0)).net.amount == Decimal("4.00")


def test_2_the_day_a_card_ends_is_priced_by_the_next(two_years):
    assert two_years.price(priced_at=at(2027, 1, 1, 0, 0)).net.amount == Decimal("4.20")


def test_3_the_day_before_the_first_card_has_no_price(two_years):
    with pytest.raises(NoRateForDate, match="begins on 2026-01-01"):
        two_years.ask(priced_at=at(2025, 12, 31, 23, 59))


def test_the_day_after_the_last_card_has_no_price(two_years):
    with pytest.raises(NoRateForDate, match="ended before 2028-01-01, and none follows"):
        two_years.ask(priced_at=at(2028, 1, 1, 0, 0))


@pytest.mark.parametrize(
    ("priced_at", "price"),
    [
        (datetime(2026, 12, 31, 22, 30, tzinfo=UTC), "4.00"),
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "4.20"),
        (at(2026, 12, 31, 23, 30), "4.00"),
        (at(2027, 1, 1, 0, 30), "4.20"),
    ],
)
def test_4_the_date_that_counts_is_the_one_in_the_cards_zone(two_years, priced_at, price):
    quote = two_years.price(priced_at=priced_at)
    assert (quote.net.amount, quote.priced_at) == (Decimal(price), priced_at)


def test_4_without_an_instant_the_ship_date_counts_at_noon_in_the_cards_zone(two_years):
    quote = two_years.price(ship_date=date(2027, 1, 1))
    assert (quote.net.amount, quote.priced_at) == (Decimal("4.20"), at(2027, 1, 1, 12, 0))


def test_an_instant_counts_before_a_ship_date(two_years):
    assert two_years.price(ship_date=date(2027, 1, 1), priced_at=at(2026, 6, 1, 12)).net.amount == Decimal("4.00")


def test_without_instant_and_ship_date_the_clock_counts(two_years):
    assert two_years.price().priced_at == datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_5_cards_that_overlap_by_a_day_are_refused_with_both_and_the_day(shelf):
    shelf.add(valid_from="2026-01-01", valid_until="2026-07-02")
    shelf.add(valid_from="2026-07-01")
    with pytest.raises(InvalidRateCard, match=r"card/2026-01-01 and card/2026-07-01 overlap from 2026-07-01 to 2026-07-01"):
        shelf.ask()


def test_5_two_revisions_of_one_date_are_no_overlap_and_the_highest_number_prices(shelf):
    for number in ("", ".2", ".10"):
        shelf.add(folder=f"2026-01-01{number}", prices=f"\nreturn,DE,5 kg,{4 + len(number)}.00\n")
    quote = shelf.price()
    assert (quote.card.revision, quote.net.amount) == ("2026-01-01.10", Decimal("7.00"))


def test_5_a_gap_between_cards_is_a_warning_that_names_the_day_and_has_no_price(shelf):
    shelf.add(valid_from="2026-01-01", valid_until="2026-06-30")
    shelf.add(valid_from="2026-07-01")
    report = check_cards(shelf.root)
    assert report.ok
    assert "no prices on 2026-06-30" in str(report.warnings[0])
    with pytest.raises(NoRateForDate, match="the next begins on 2026-07-01"):
        shelf.ask(priced_at=at(2026, 6, 30, 12))


def test_a_longer_gap_is_named_from_its_first_to_its_last_day(shelf):
    shelf.add(valid_from="2026-01-01", valid_until="2026-06-01")
    shelf.add(valid_from="2026-07-01")
    assert "no prices on 2026-06-01 to 2026-06-30" in str(check_cards(shelf.root).warnings[0])


def test_a_card_without_an_end_holds_until_the_next_one_begins(shelf):
    shelf.add(valid_from="2026-01-01", prices=CHEAP)
    assert shelf.price(priced_at=at(2030, 1, 1)).valid_until is None
    shelf.add(valid_from="2026-07-01", prices=DEAR)
    later = type(shelf)(shelf.root)
    assert later.price(priced_at=at(2026, 6, 30, 23, 59)).net.amount == Decimal("4.00")
    assert later.price(priced_at=at(2026, 6, 30, 23, 59)).valid_until == at(2026, 7, 1, 0, 0)
    assert later.price(priced_at=at(2026, 7, 1)).net.amount == Decimal("4.20")


def test_7_a_new_tax_rate_counts_from_its_day_on(shelf):
    shelf.add(
        more="""
[[taxes]]
treatment = "NET_PLUS_VAT"
rate_percent = 16
valid_until = 2026-04-01
[[taxes]]
treatment = "NET_PLUS_VAT"
rate_percent = 19
valid_from = 2026-04-01
"""
    )
    before, after = shelf.price(priced_at=at(2026, 3, 31, 23)), shelf.price(priced_at=at(2026, 4, 1))
    assert (before.tax.rate_percent, before.gross.amount) == (16, Decimal("4.64"))
    assert (after.tax.rate_percent, after.gross.amount) == (19, Decimal("4.76"))


def test_8_a_parcel_rated_again_at_its_first_scan_takes_the_card_of_that_day(shelf):
    shelf.add(valid_from="2026-01-01", valid_until="2026-07-01", prices=CHEAP)
    shelf.add(valid_from="2026-07-01", prices=DEAR)
    label, scan = shelf.price(priced_at=at(2026, 6, 28, 9)), shelf.price(priced_at=at(2026, 7, 3, 9))
    assert scan.net.amount - label.net.amount == Decimal("0.20")


def test_9_a_card_may_begin_on_a_leap_day(shelf):
    shelf.add(valid_from="2026-01-01", prices=CHEAP)
    shelf.add(valid_from="2028-02-29", prices=DEAR)
    assert shelf.price(ship_date=date(2028, 2, 28)).net.amount == Decimal("4.00")
    assert shelf.price(ship_date=date(2028, 2, 29)).net.amount == Decimal("4.20")


PEAK = """
[[surcharges]]
id = "peak-2026"
code = "PEAK"
text = "Peak season"
basis = "FIXED"
amount = "0.20"
valid_from = 2026-11-01
valid_until = 2027-01-01
"""


@pytest.mark.parametrize(("day", "lines"), [("2026-10-31", 1), ("2026-11-01", 2), ("2026-12-31", 2), ("2027-01-01", 1)])
def test_52_a_peak_surcharge_is_charged_inside_its_window_only(shelf, day, lines):
    shelf.add(more=PEAK)
    assert len(shelf.price(ship_date=date.fromisoformat(day)).charges) == lines


def test_56_a_quote_holds_no_longer_than_the_records_that_priced_it(shelf):
    shelf.add(more=PEAK, valid_until="2027-06-01")
    assert shelf.price(ship_date=date(2026, 10, 1)).valid_until == at(2026, 11, 1)
    assert shelf.price(ship_date=date(2026, 12, 1)).valid_until == at(2027, 1, 1)
    assert shelf.price(ship_date=date(2027, 2, 1)).valid_until == at(2027, 6, 1)


def test_57_a_stored_quotes_revision_can_be_read_after_newer_ones_came(shelf):
    shelf.add(prices=CHEAP)
    stored = shelf.price()
    shelf.add(folder="2026-01-01.1", prices=DEAR)
    later = type(shelf)(shelf.root)
    assert later.price().card.revision == "2026-01-01.1"
    card = later.cards.card("card").revision(stored.card.revision)
    assert (card.sha256, card.rows[0].price) == (stored.card.sha256, Decimal("4.00"))


@pytest.mark.parametrize(
    "moment", ["9999-12-31T23:59:00+00:00", "0001-01-01T00:00:00+05:00"], ids=["the last day", "the first day"]
)
def test_an_instant_at_the_end_of_the_calendar_has_no_price(shelf, moment):
    shelf.add(head="# far from Greenwich on both sides\n", valid_from="0001-01-02")
    with pytest.raises(NoRateForDate, match="has no date in Europe/Berlin"):
        shelf.ask(priced_at=datetime.fromisoformat(moment))


def test_a_revision_that_never_was_is_named(shelf):
    shelf.add()
    with pytest.raises(NoRateCard, match=r"no revision '2025-01-01'; there are 2026-01-01"):
        shelf.cards.card("card").revision("2025-01-01")
