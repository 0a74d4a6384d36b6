"""One fault hides no other: what can be read of a card is checked, and nothing that could be a price is repeated."""

from datetime import date
from decimal import Decimal

import pytest
from tests.unit.ratecards.shelf import BODY, PRICES

from retoure.model.money import minor_unit
from retoure.ratecards import RateCards, check_cards
from retoure.ratecards.faults import Lines
from retoure.ratecards.loading import parse_tariff

TARIFF, CSV = "card/2026-01-01/tariff.toml", "card/2026-01-01/prices.csv"
BAD_AMOUNT = '[[surcharges]]\nid = "a"\ncode = "A"\ntext = "a"\namount = "-1"\n'
SURCHARGE = '[[surcharges]]\nid = "a"\ncode = "A"\ntext = "a"\n'


def faults(shelf) -> list[str]:
    return [str(fault) for fault in check_cards(shelf.root).faults]


def warnings(shelf) -> list[str]:
    return [str(warning) for warning in check_cards(shelf.root).warnings]


def test_a_bad_amount_hides_no_wrong_folder_no_tax_gap_and_no_service_without_a_price(shelf):
    tax = '[[taxes]]\ntreatment = "EXEMPT"\nvalid_from = 2026-03-01\n'
    unpriced = '[[services]]\ncode = "bulky"\nname = "Bulky"\nkey = "FLAT"\n'
    shelf.add(folder="2026-02-01", more=BAD_AMOUNT + unpriced + tax)
    assert [text.partition("toml:")[2].partition(" ")[0] for text in faults(shelf)] == ["25:", "11:", "30:", "26:"]


def test_a_tax_with_a_bad_rate_still_leaves_its_gap(shelf):
    shelf.add(more='[[taxes]]\ntreatment = "NET_PLUS_VAT"\nrate_percent = "-1"\nvalid_from = 2026-02-01\n')
    rate, gap = faults(shelf)
    assert "taxes[0].rate_percent" in rate
    assert "has no record from 2026-01-01 until 2026-02-01" in gap


def test_where_a_day_cannot_be_read_no_gap_is_made_up(shelf):
    shelf.add(
        more='[[taxes]]\ntreatment = "EXEMPT"\nvalid_until = "soon"\n[[taxes]]\ntreatment = "EXEMPT"\nvalid_from = 2026-07-01\n'
    )
    (fault,) = faults(shelf)
    assert fault.startswith(f"{TARIFF}:23: taxes[0].valid_until")


def test_where_the_cards_own_day_cannot_be_read_no_gap_is_made_up(shelf):
    shelf.add(head='valid_until = "2027"\n', more='[[taxes]]\ntreatment = "EXEMPT"\nvalid_until = 2027-01-01\n')
    (fault,) = faults(shelf)
    assert fault.startswith(f"{TARIFF}:12: valid_until")


def test_a_faulty_zone_hides_no_overlap_of_others_and_is_not_missed_itself(shelf):
    zones = '[[zones]]\nid = "X"\ncountries = ["XX"]\n[[zones]]\nid = "ALL"\ncountries = ["DE"]\n'
    shelf.add(more=zones, prices=PRICES + "return,X,5 kg,5.00\nreturn,ALL,5 kg,5.00\n")
    country, overlap = faults(shelf)
    assert "zones[1].countries[0]" in country
    assert "zones 'DE' and 'ALL' both have DE" in overlap


def test_a_price_that_cannot_be_read_is_none_that_is_missing(shelf):
    shelf.add(prices="\nreturn,DE,2 kg,x\n")
    assert [text.partition(": ")[0] for text in faults(shelf)] == [f"{CSV}:2"]


def test_cards_that_overlap_are_told_although_one_has_a_bad_price(shelf):
    shelf.add(valid_until="2026-07-02", prices="\nreturn,DE,2 kg,x\n")
    shelf.add(valid_from="2026-07-01")
    price, overlap = faults(shelf)
    assert price.startswith(f"{CSV}:2: an amount")
    assert overlap == "card/2026-07-01: card/2026-01-01 and card/2026-07-01 overlap from 2026-07-01 to 2026-07-01"


def test_every_two_cards_that_overlap_are_told_with_their_days(shelf):
    shelf.add(valid_until="2027-07-01")
    shelf.add(valid_from="2026-03-01", valid_until="2026-05-01")
    shelf.add(valid_from="2026-05-01")
    assert faults(shelf) == [
        "card/2026-03-01: card/2026-01-01 and card/2026-03-01 overlap from 2026-03-01 to 2026-04-30",
        "card/2026-05-01: card/2026-01-01 and card/2026-05-01 overlap from 2026-05-01 to 2027-06-30",
    ]


def test_an_open_card_ends_where_the_next_begins_and_overlaps_until_then(shelf):
    shelf.add(valid_until="2027-01-01")
    shelf.add(valid_from="2026-03-01")
    shelf.add(valid_from="2026-05-01", valid_until="2026-06-01")
    assert [text.partition("overlap ")[2] for text in faults(shelf)] == [
        "from 2026-03-01 to 2026-04-30",
        "from 2026-05-01 to 2026-05-31",
    ]


def test_a_limit_tells_all_that_is_wrong_with_it(shelf):
    shelf.add(more='limits = [ { measure = "WEIGHT", max = "1 kg", min = "5 cm", comparison = "GE" } ]\n')
    assert [text.split(": ")[1] for text in faults(shelf)] == ["services[0].limits[0].min", "services[0].limits[0].comparison"]


def test_a_row_tells_all_that_is_wrong_with_it(shelf):
    shelf.add(prices="\nsend,AT,2,x\n")
    texts = [text.removeprefix(f"{CSV}:2: ") for text in faults(shelf)[1:]]
    assert [text.partition("'")[0] for text in texts[:3]] == ["the tariff has no service ", "the tariff has no zone ", "up_to "]
    assert texts[3].startswith("an amount is digits")


def test_one_stray_quote_hides_no_later_row(shelf):
    shelf.add(prices='\nreturn,DE,2 kg,"4.00\nreturn,DE,5 kg,x\nreturn,AT,9 kg,9\n')
    assert [text.partition(": ")[0] for text in faults(shelf)] == [f"{CSV}:4", f"{CSV}:2", f"{CSV}:3"]


def test_broken_toml_hides_no_fault_of_the_prices(shelf):
    shelf.add(body="\n[[zones]\n", prices="\nreturn,DE,5 kg,5\nreturn,DE,2 kg,x\nreturn,DE,2 kg,4\n")
    assert [text.partition(": ")[0] for text in faults(shelf)] == [f"{TARIFF}:13", f"{CSV}:3", f"{CSV}:4"]


@pytest.mark.parametrize("confidential", ["confidential = true\n", "confidential = 4.77\n", "[[broken\n"])
def test_what_stands_in_the_wrong_column_of_a_confidential_card_is_withheld(shelf, confidential):
    shelf.add(head=confidential, more='[[discounts]]\nid = "v"\ncounts = "energy"\nsteps = [ { from = 1, amount = 1 } ]\n',
              prices='\nreturn,DE,4.77,x\nreturn,4.77,5 kg,DE\n4.77,DE,"4,77 EUR",1\n')  # fmt: skip
    (shelf.root / "card" / "energy.csv").write_text("valid_from,valid_until,value\n7.77,2026-01-01,1\n")
    found = faults(shelf)
    assert not [text for text in found if "4.77" in text or "7.77" in text or "4,77" in text]
    assert f"{CSV}:2: up_to (withheld) is neither a weight like '5 kg' nor a length like '35 cm'" in found
    assert "card/energy.csv:2: (withheld) is no date like 2026-03-01" in found


def test_the_faults_of_a_card_that_is_not_confidential_say_what_they_found(shelf):
    shelf.add(prices="\nreturn,DE,4.77,1\n")
    assert faults(shelf)[0].startswith(f"{CSV}:2: up_to '4.77' is neither")


def test_a_float_is_refused_where_a_whole_number_belongs():
    tariff, found = parse_tariff(
        {
            "schema": 1, "id": "card", "origin": "contract", "title": "t", "source": "s", "carrier": "c", "currency": "EUR",
            "markets": ["DE"], "time_zone": "UTC", "valid_from": date(2026, 1, 1),
            "zones": [{"id": "DE", "countries": ["DE"]}], "services": [{"code": "a", "name": "a", "key": "FLAT"}],
            "discounts": [{"id": "v", "counts": "v", "lag_months": 1.0, "steps": [{"from": 100.0, "amount": Decimal("4.10")}]}],
        }
    )  # fmt: skip
    assert tariff is None
    assert [place for place, _ in found] == [("discounts", 0, "lag_months"), ("discounts", 0, "steps", 0, "from")]


def test_a_count_at_the_end_of_time_is_a_fault(shelf):
    shelf.add(more='[[discounts]]\nid = "v"\ncounts = "v"\nsteps = [ { from = 1, amount = 1 } ]\n')
    (shelf.root / "card" / "v.csv").write_text("valid_from,valid_until,value\n9999-12-01,9999-12-31,1\n")
    assert faults(shelf)[0].startswith("card/v.csv:2: a count is")


def test_a_price_of_nought_is_a_warning(shelf):
    shelf.add(prices="\nreturn,DE,2 kg,0.00\n")
    assert warnings(shelf) == [f"{CSV}:2: the price is 0"]
    assert shelf.price().net.amount == 0


@pytest.mark.parametrize(
    ("currency", "price", "refused"),
    [("EUR", "10.501", True), ("EUR", "10.500", False), ("JPY", "10.5", True), ("JPY", "10", False), ("KWD", "10.501", False)],
)
def test_a_price_is_no_finer_than_its_currency(shelf, currency, price, refused):
    place = shelf.add(head=f'round_to = "{Decimal(1).scaleb(-minor_unit(currency))}"\n', prices=f"\nreturn,DE,2 kg,{price}\n")
    file = place / "tariff.toml"
    file.write_text(file.read_text().replace("EUR", currency))
    assert [text.partition(" than")[0] for text in faults(shelf)] == [f"{CSV}:2: the price has more"] * refused


@pytest.mark.parametrize(
    ("head", "more", "where"),
    [
        ("", SURCHARGE + 'amount = "0.005"\n', "surcharges[0].amount"),
        ("", '[[discounts]]\nid = "v"\nbasis = "FIXED"\ncounts = "v"\nsteps = [ { from = 1, amount = "0.005" } ]\n', "discounts"),
        ('round_to = "0.001"\n', "", "round_to"),
    ],
)  # fmt: skip
def test_an_amount_that_is_added_as_it_is_written_is_no_finer_than_its_currency(shelf, head, more, where):
    place = shelf.add(head=head, more=more)
    (place.parent / "v.csv").write_text("valid_from,valid_until,value\n")
    (fault,) = faults(shelf)
    assert f": {where}" in fault
    assert "has more than the 2 decimals of EUR" in fault


def test_a_percentage_and_an_amount_per_kilogram_may_be_finer(shelf):
    more = SURCHARGE.replace('"a"', '"b"', 1) + 'basis = "PER_KG"\namount = "0.0123"\n'
    shelf.add(more=SURCHARGE + 'basis = "PERCENT_OF_BASE"\namount = "3.755"\n' + more)
    assert faults(shelf) == []


@pytest.mark.parametrize(("basis", "refused"), [("FIXED", True), ("PERCENT_OF_BASE", False)])
def test_a_table_of_amounts_is_no_finer_than_the_currency(shelf, basis, refused):
    place = shelf.add(more=SURCHARGE + f'basis = "{basis}"\nindex = "toll"\n')
    (place.parent / "toll.csv").write_text("valid_from,valid_until,value\n2026-01-01,2026-02-01,0.125\n")
    assert [text.partition(" than")[0] for text in faults(shelf)] == ["card/toll.csv:2: the value has more"] * refused


def test_a_file_beside_a_card_that_it_does_not_refer_to_is_a_warning(shelf):
    place = shelf.add()
    (place.parent / "invoices.csv").write_text("number;amount\n")
    assert faults(shelf) == []
    assert warnings(shelf) == ["card/invoices.csv: no card in force refers to this table"]
    assert shelf.price()


def test_a_file_beside_a_card_that_cannot_say_what_it_refers_to_is_checked(shelf):
    place = shelf.add(body="\n[[zones]\n")
    (place.parent / "energy.csv").write_text("a\n")
    assert [text.partition(": ")[0] for text in faults(shelf)] == [f"{TARIFF}:13", "card/energy.csv:1"]


def test_the_folder_of_a_revision_is_no_directory_of_cards(shelf):
    place = shelf.add()
    (fault,) = check_cards(place).faults
    assert fault.text == "this is one revision of a card: name the directory that the card's folder lies in"


def test_a_faulty_neighbour_leaves_a_good_card_usable(shelf):
    shelf.add()
    shelf.add(card="bad", prices="\nreturn,DE,2 kg,x\n")
    assert RateCards([shelf.root]).card("card").revisions == ("2026-01-01",)


@pytest.mark.parametrize("period", ["valid_until = 2026-01-01\n", "valid_from = 2027-01-01\n"])
def test_a_record_that_holds_on_no_day_of_its_card_is_a_warning(shelf, period):
    limit = '[[services.limits]]\nmeasure = "WEIGHT"\nmax = "1 kg"\n' + period
    shelf.add(valid_until="2027-01-01", more=limit + SURCHARGE + "amount = 1\n" + period)
    assert warnings(shelf) == [
        f"{TARIFF}:26: surcharges[0]: the record holds on no day of the card",
        f"{TARIFF}:22: services[0].limits[0]: the record holds on no day of the card",
    ]


def test_a_record_that_holds_on_the_last_day_of_its_card_is_none(shelf):
    shelf.add(valid_until="2027-01-01", more=SURCHARGE + "amount = 1\nvalid_from = 2026-12-31\n")
    assert warnings(shelf) == []


def test_a_fault_in_a_list_of_several_lines_names_the_line_of_its_item(shelf):
    limits = 'limits = [\n  # the carrier\'s "own" [\n  { measure = "WEIGHT", max = "1 kg", rule = "a]" },\n'
    limits += '  { measure = "MASS", max = "1 kg" },\n]\n'
    shelf.add(body=BODY + limits, more='transit = { DE = "soon" }\n')
    assert [text.partition(": ")[0] for text in faults(shelf)] == [f"{TARIFF}:24", f"{TARIFF}:26"]


def test_the_items_of_a_list_are_found_wherever_they_begin():
    lines = Lines('[[s]]\nlist = [ "a = b", { c = [1, 2] },\n  "d = e", # f, g\n\n  {\n  h = 1 }, ]\ni = 1\n')
    assert [lines.of(("s", 0, "list", place)) for place in range(5)] == [2, 2, 3, 5, 2]
    assert [lines.of(("s", 0, "i")), lines.of(("s", 0, "h"))] == [7, 1]
