"""A stored quote is priced again by the card that it names: boundary test 57 of the rating rules."""

from datetime import date

import pytest
from tests.unit.ratecards.shelf import Shelf
from tests.unit.ratecards.test_series import ENERGY, TEN, VOLUME, table

from retoure.errors import InvalidRateCard, NoRateCard, NoRateForDate
from retoure.model import Quote
from retoure.ratecards import requoted

SECOND = "\nreturn,DE,5 kg,99.00\n"
PICKUP = """
[[surcharges]]
id = "pickup"
code = "PICKUP"
text = "Pickup"
index = "pickups"
requirement = "OPTIONAL"
"""
INDEX = "2026-01-01,2026-04-01,3.75"


def again(shelf: Shelf, quote: Quote) -> Quote:
    """The quote as it came out of a drawer, by cards that are read anew."""
    stored = Quote.model_validate_json(quote.model_dump_json())
    return requoted(Shelf(shelf.root).cards, stored, stored.card)


@pytest.fixture
def stored(shelf):
    """A quote whose price rests on two dated tables."""
    shelf.add(more=ENERGY + PICKUP + VOLUME, prices=TEN)
    table(shelf, "energy", INDEX)
    table(shelf, "pickups")
    table(shelf, "parcels", "2026-01-01,2026-02-01,100")
    return shelf.price("1 kg", ship_date=date(2026, 2, 15))


def test_57_a_stored_quote_is_priced_again_to_the_last_field(shelf, stored):
    assert [line.code for line in stored.charges] == ["BASE", "ENERGY", "VOLUME_DISCOUNT"]
    assert again(shelf, stored) == stored


def test_57_newer_cards_newer_revisions_and_newer_rows_do_not_matter(shelf, stored):
    shelf.add(more=ENERGY, prices=SECOND, folder="2026-01-01.1")
    shelf.add(more=ENERGY, prices=SECOND, valid_from="2026-02-01")
    table(shelf, "energy", INDEX, "2026-04-01,2026-05-01,9")
    table(shelf, "pickups", "2026-02-01,2026-03-01,3")
    table(shelf, "parcels", "2026-01-01,2026-02-01,100", "2026-02-01,2026-03-01,500")
    assert str(Shelf(shelf.root).price("1 kg", ship_date=date(2026, 2, 15)).charges[0].amount) == "99.00 EUR"
    assert again(shelf, stored) == stored


def test_57_what_was_wished_is_wished_again(shelf):
    shelf.add(more=PICKUP, prices=TEN)
    table(shelf, "pickups", "2026-01-01,2026-04-01,3")
    quote = shelf.price("1 kg", wishes={"include": ["PICKUP"], "hand_in": "shop"})
    assert again(shelf, quote) == quote
    assert [line.optional for line in quote.charges] == [False, False]


def test_57_a_revision_that_has_changed_is_told_with_both_hashes(shelf, stored):
    (shelf.root / "card" / "2026-01-01" / "prices.csv").write_text("service,zone,up_to,price" + SECOND)
    with pytest.raises(NoRateCard, match=f"'2026-01-01', has changed: the quote names sha256 {stored.card.sha256}, and it is"):
        again(shelf, stored)


def test_57_a_revision_that_is_gone_is_told(shelf, stored):
    shelf.add(more=ENERGY, prices=SECOND, folder="2026-01-01.1")
    folder = shelf.root / "card" / "2026-01-01"
    folder.rename(shelf.root / "card" / ".2026-01-01")
    with pytest.raises(NoRateCard, match="has no revision '2026-01-01'"):
        again(shelf, stored)


def test_57_a_revision_that_cannot_be_read_any_more_is_told(shelf, stored):
    shelf.add(more=ENERGY, prices=SECOND, folder="2026-01-01.1")
    (shelf.root / "card" / "2026-01-01" / "prices.csv").unlink()
    with pytest.raises(InvalidRateCard, match="revision '2026-01-01', cannot be used"):
        again(shelf, stored)


@pytest.mark.parametrize(
    ("name", "row", "was", "now"),
    [
        ("energy", "2026-01-01,2026-04-01,3.76", "energy/energy/2026-01-01#", "energy/energy/2026-01-01#"),
        ("energy", "2026-01-01,2026-03-01,3.75", "energy/energy/2026-01-01#", "energy/energy/2026-01-01#"),
        ("energy", "2026-02-01,2026-04-01,3.75", "energy/energy/2026-01-01#", "energy/energy/2026-02-01#"),
        ("parcels", "2026-01-01,2026-02-01,101", "volume/parcels/2026-01-01#", "volume/parcels/2026-01-01#"),
        ("parcels", "2026-01-01,2026-02-01,99", "volume/parcels/2026-01-01#", "nothing"),
    ],
)
def test_57_a_row_of_a_dated_table_that_was_rewritten_is_told(shelf, stored, name, row, was, now):
    table(shelf, name, row)
    with pytest.raises(NoRateCard, match=f"a dated table beside it has changed, where .* made with {was}.* there is {now}"):
        again(shelf, stored)


def test_57_a_count_that_came_to_light_later_is_told(shelf):
    shelf.add(more=VOLUME, prices=TEN)
    table(shelf, "parcels")
    quote = shelf.price("1 kg", ship_date=date(2026, 2, 15))
    table(shelf, "parcels", "2026-01-01,2026-02-01,100")
    with pytest.raises(NoRateCard, match="made with nothing there is volume/parcels/2026-01-01#"):
        again(shelf, quote)


def test_57_a_row_that_is_gone_leaves_the_day_without_a_price(shelf, stored):
    table(shelf, "energy")
    with pytest.raises(NoRateForDate, match=r"energy\.csv has no value for"):
        again(shelf, stored)


def test_57_an_instant_that_is_none_of_the_revisions_is_told(shelf, stored):
    elsewhere = stored.model_copy(update={"priced_at": stored.priced_at.replace(year=2025)})
    with pytest.raises(NoRateForDate, match="has no prices for 2025-02-15"):
        again(shelf, elsewhere)


def test_57_a_service_that_the_revision_does_not_have_is_told(shelf, stored):
    with pytest.raises(NoRateCard, match="has no price for service 'gone'"):
        again(shelf, stored.model_copy(update={"service": "gone"}))
