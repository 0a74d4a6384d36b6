"""Where a customer's postcode decides: areas within areas, areas of two zones, postcodes with the country's sign."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retoure.errors import OutsideRateCard
from retoure.ratecards import check_cards
from retoure.ratecards.schema import Zone
from retoure.ratecards.zones import ZoneFinder, overlaps

ISLAND = '[[surcharges]]\nid = "island"\ncode = "ISLAND"\ntext = "Island"\namount = "5.00"\npostcodes = { DE = [%s] }\n'


def codes(shelf, postcode: str) -> list[str]:
    return [charge.code for charge in shelf.price("1 kg", postcode=postcode).charges]


@pytest.mark.parametrize("postcode", ["25900", "25938", "25950", "25999"])
def test_an_area_within_another_takes_nothing_from_it(shelf, postcode):
    shelf.add(more=ISLAND % '"25900..25999", "25938..25940"')
    assert codes(shelf, postcode) == ["BASE", "ISLAND"]
    assert codes(shelf, "26000") == ["BASE"]


def test_an_area_of_a_zone_within_another_of_it_takes_nothing_from_it(shelf):
    shelf.add(
        more='[[zones]]\nid = "A"\npostcodes = { DE = ["10..90", "20..30"] }\n', prices="\nreturn,DE,5 kg,9\nreturn,A,5 kg,4\n"
    )
    assert shelf.price(postcode="35000").zone == "A"


def areas() -> st.SearchStrategy[list[str]]:
    pair = st.tuples(st.integers(0, 99), st.integers(0, 99)).map(sorted)
    return st.lists(pair.map(lambda two: f"{two[0]:02}..{two[1]:02}"), min_size=1, max_size=6)


def within(texts: list[str], head: str) -> bool:
    return any(first <= head <= last for first, last in (text.split("..") for text in texts))


@given(texts=areas(), number=st.integers(0, 99))
def test_a_postcode_is_in_a_zone_whose_areas_have_it_however_they_lie(texts, number):
    finder = ZoneFinder([Zone(id="A", postcodes={"DE": texts})])
    assert (finder.find("DE", f"{number:02}123") == "A") is within(texts, f"{number:02}")


@given(mine=areas(), other=areas())
def test_two_zones_overlap_where_both_have_a_postcode(mine, other):
    zones = [Zone(id="A", postcodes={"DE": mine}), Zone(id="B", postcodes={"DE": other})]
    both = any(within(mine, f"{number:02}") and within(other, f"{number:02}") for number in range(100))
    assert bool(list(overlaps(zones))) is both


def test_an_area_of_another_zone_in_the_wider_of_two_is_a_fault(shelf):
    zones = (
        '[[zones]]\nid = "A"\npostcodes = { DE = ["10..90", "20..30"] }\n[[zones]]\nid = "B"\npostcodes = { DE = ["50..60"] }\n'
    )
    shelf.add(more=zones, prices="\nreturn,A,5 kg,4\nreturn,B,5 kg,4\n")
    (fault,) = check_cards(shelf.root).faults
    assert fault.text == "zones: service 'return': zones 'A' and 'B' both have DE 50"


@pytest.mark.parametrize("postcode", ["D-25980", "DE-25980", "de 25980", "25980", " 259 80 "])
def test_a_postcode_may_be_written_with_the_sign_of_its_country(shelf, postcode):
    shelf.add(more=ISLAND % '"25938..25999"')
    assert codes(shelf, postcode) == ["BASE", "ISLAND"]


@pytest.mark.parametrize("postcode", ["CH-25980", "Sylt", "A-25980", "-"])
def test_a_postcode_that_the_country_cannot_have_is_not_taken_for_one_of_the_mainland(shelf, postcode):
    shelf.add(more=ISLAND % '"25938..25999"')
    with pytest.raises(OutsideRateCard, match="surcharge 'island' depends on the postal code, which is missing or none of DE"):
        shelf.ask(postcode=postcode)


def test_a_zone_needs_a_postcode_that_the_country_can_have(shelf):
    shelf.add(more='[[zones]]\nid = "A"\npostcodes = { DE = ["10"] }\n', prices="\nreturn,DE,5 kg,9\nreturn,A,5 kg,4\n")
    assert shelf.price(postcode="D-10115").zone == "A"
    with pytest.raises(OutsideRateCard, match="the zone in DE needs the postal code, which is missing or none of DE"):
        shelf.ask(postcode="Berlin")


def test_letters_of_a_postcode_are_kept_where_the_areas_have_letters(shelf):
    shelf.add(more='[[zones]]\nid = "N"\npostcodes = { GB = ["BT"] }\n', prices="\nreturn,DE,5 kg,9\nreturn,N,5 kg,4\n")
    assert shelf.price(country="GB", postcode="bt1 5gs").zone == "N"
