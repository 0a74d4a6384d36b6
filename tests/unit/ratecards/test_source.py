"""Finding the card of an account, its zones and its services."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from tests.unit.ratecards.shelf import NOON, Settings, request_for

from retoure.carrier import Environment, RateCardSource
from retoure.errors import InvalidRateCard, NoRateCard, OutsideRateCard
from retoure.model import Address, BoundReturnAddress, DeclineReason, Parcel
from retoure.ratecards import RateCards

TWO_SERVICES = """
[[zones]]
id = "DE"
countries = ["DE"]
[[zones]]
id = "ISLANDS"
postcodes = { DE = ["27498", "25938..25997"] }
[[zones]]
id = "EU"
countries = ["AT", "FR"]
[[services]]
code = "return"
name = "Return"
key = "WEIGHT_TIER"
[[services]]
code = "return_eu"
name = "Return from Europe"
key = "CLASS_SHORTEST_PLUS_LONGEST"
"""
TWO_PRICES = "\nreturn,DE,5 kg,5.00\nreturn,ISLANDS,5 kg,9.00\nreturn_eu,EU,100 cm,10.00\n"


@pytest.fixture
def europe(shelf):
    shelf.add(body=TWO_SERVICES, prices=TWO_PRICES)
    return shelf


def test_rate_cards_are_a_source_for_adapters(shelf):
    source: RateCardSource = shelf.cards
    assert source is shelf.cards


def test_46_an_account_without_a_card_is_told_what_to_do(shelf):
    shelf.add(card="contract-2026")
    with pytest.raises(NoRateCard, match=r"account 'dhl' names no rate card: set its rate_card .*there are contract-2026"):
        shelf.ask(card="")


def test_46_a_card_that_is_nowhere_is_told_with_what_there_is_and_where_was_looked(shelf):
    shelf.add(card="contract-2026")
    with pytest.raises(NoRateCard) as missing:
        shelf.ask(card="contract-2027")
    assert "no rate card 'contract-2027' (there are contract-2026)" in str(missing.value)
    assert str(shelf.root) in str(missing.value)


def test_a_directory_that_does_not_exist_is_told(tmp_path):
    cards = RateCards([tmp_path / "absent"])
    with pytest.raises(NoRateCard, match="absent \\(no such directory\\)"):
        cards.card("card")


@pytest.mark.parametrize("name", ["../card", "card/2026-01-01", ".", ""])
def test_a_card_id_is_no_path(shelf, name):
    shelf.add()
    with pytest.raises(NoRateCard):
        shelf.cards.card(name)


def test_a_card_of_another_carrier_is_refused(shelf):
    place = shelf.add()
    tariff = place / "tariff.toml"
    tariff.write_text(tariff.read_text().replace("test_carrier", "other"))
    with pytest.raises(NoRateCard, match="is with 'test_carrier', but its rate card 'card' is for 'other'"):
        shelf.ask()


def test_a_card_comes_from_the_first_directory_that_has_it(shelf, new_shelf):
    other = new_shelf()
    shelf.add(prices="\nreturn,DE,5 kg,1.00\n")
    other.add(prices="\nreturn,DE,5 kg,2.00\n")
    other.add(card="second")
    cards = RateCards([shelf.root, str(other.root)])
    assert cards.card("card").spans[0].card.rows[0].price == Decimal("1.00")
    assert cards.ids() == ("card", "second")


def test_nothing_is_read_before_the_first_question(tmp_path):
    cards = RateCards([tmp_path / "later"])
    (tmp_path / "later").mkdir()
    assert cards.ids() == ()


def test_a_card_is_read_once(shelf):
    place = shelf.add()
    first = shelf.price()
    (place / "prices.csv").write_text("service,zone,up_to,price\nreturn,DE,2 kg,99.00\n")
    assert shelf.price().net == first.net


def test_a_faulty_card_raises_its_faults_and_leaves_the_others_alone(shelf):
    shelf.add()
    shelf.add(card="broken", prices="\nreturn,XX,2 kg,4.00\n")
    with pytest.raises(InvalidRateCard) as invalid:
        shelf.ask(card="broken")
    assert invalid.value.faults[0] == "broken/2026-01-01/prices.csv:2: the tariff has no zone 'XX'"
    assert shelf.price()


def test_many_threads_may_ask_at_once(shelf):
    shelf.add()
    with ThreadPoolExecutor(16) as pool:
        prices = list(pool.map(lambda _: shelf.price().net, range(64)))
    assert len(set(map(str, prices))) == 1


def test_a_service_that_does_not_go_there_is_declined_beside_the_one_that_does(europe):
    answer = europe.ask("1 kg")
    assert [quote.service for quote in answer.quotes] == ["return"]
    assert [(d.service, d.reason, d.actual) for d in answer.declined] == [("return_eu", "NO_COVERAGE", "DE")]


def test_an_address_outside_all_zones_is_outside_the_card(europe):
    with pytest.raises(OutsideRateCard, match="has no zone for US"):
        europe.ask("1 kg", country="US")


def test_a_price_that_cannot_be_known_is_raised_where_there_is_no_other(europe):
    with pytest.raises(OutsideRateCard, match="the last band ends at 100 cm"):
        europe.ask("1 kg", "99 x 20 x 1.1 cm", country="FR")


def test_a_price_that_cannot_be_known_is_declined_as_unknown_beside_a_quote(shelf):
    body = TWO_SERVICES.replace('"AT", "FR"', '"AT"')
    shelf.add(body=body, prices="\nreturn,DE,5 kg,5.00\nreturn_eu,DE,100 cm,10.00\n")
    answer = shelf.ask("1 kg")
    assert [quote.service for quote in answer.quotes] == ["return"]
    (decline,) = answer.declined
    assert (decline.service, decline.reason) == ("return_eu", DeclineReason.UNKNOWN)
    assert "needs dimensions" in decline.detail


@pytest.mark.parametrize(
    ("postcode", "zone"),
    [
        ("27498", "ISLANDS"),
        ("25938", "ISLANDS"),
        ("25997", "ISLANDS"),
        ("25998", "DE"),
        ("25937", "DE"),
        ("D-27498", "ISLANDS"),
        ("80331", "DE"),
    ],
)
def test_a_postcode_area_counts_before_its_country(europe, postcode, zone):
    assert europe.price("1 kg", postcode=postcode).zone == zone


def test_the_longest_postcode_prefix_wins_and_spaces_do_not_matter(shelf):
    body = """
[[zones]]
id = "MAIN"
countries = ["GB"]
[[zones]]
id = "NORTH"
postcodes = { GB = ["IV", "KW1..KW9"] }
[[zones]]
id = "SKYE"
postcodes = { GB = ["IV41..IV56"] }
[[services]]
code = "return"
name = "Return"
key = "WEIGHT_TIER"
"""
    shelf.add(body=body, prices="".join(f"\nreturn,{zone},5 kg,5.00" for zone in ("MAIN", "NORTH", "SKYE")))
    found = {code: shelf.price(country="GB", postcode=code).zone for code in ("iv51 9xx", "IV1 1AA", "KW17 2AA", "SW1A 1AA")}
    assert list(found.values()) == ["SKYE", "NORTH", "NORTH", "MAIN"]


def test_a_missing_postcode_is_told_where_it_decides_the_zone(europe):
    with pytest.raises(OutsideRateCard, match="needs the postal code"):
        europe.ask("1 kg", postcode="")


def test_a_return_to_another_market_is_outside_the_card(shelf):
    shelf.add()
    vienna = Address(name="Laden", street="Ring", house_number="1", postal_code="1010", city="Wien", country="AT")
    request = request_for(Parcel.of("1 kg")).model_copy(update={"return_to": BoundReturnAddress(name="vienna", address=vienna)})
    with pytest.raises(OutsideRateCard, match="for returns to DE, not to AT"):
        shelf.cards.quote(request, settings=Settings(environment=Environment.SANDBOX, rate_card="card"), now=NOON)


def test_49_an_example_card_says_so_in_every_quote(shelf):
    shelf.add(origin="example")
    quote = shelf.price()
    assert quote.price_basis == "EXAMPLE"
    assert quote.warnings[0].startswith("EXAMPLE")


@pytest.mark.parametrize(("origin", "basis"), [("contract", "CONTRACT_TABLE"), ("published", "LIST")])
def test_the_origin_of_a_card_is_the_basis_of_its_prices(shelf, origin, basis):
    shelf.add(origin=origin)
    quote = shelf.price()
    assert (quote.price_basis, quote.warnings) == (basis, ())


def test_47_a_parcel_that_every_service_declines_is_no_error(shelf):
    shelf.add(more='limits = [ { measure = "WEIGHT", max = "1 kg" } ]\n')
    answer = shelf.ask("2 kg")
    assert (answer.quotes, len(answer.declined)) == ((), 1)


def test_a_quote_names_the_card_by_id_revision_and_content(shelf):
    place = shelf.add()
    card = shelf.price().card
    content = (place / "tariff.toml").read_bytes() + b"\0" + (place / "prices.csv").read_bytes()
    assert (card.id, card.revision, card.sha256) == ("card", "2026-01-01", hashlib.sha256(content).hexdigest())


def test_a_quote_keeps_what_was_asked(shelf):
    shelf.add(head='charge_event = "ON_CREATION"\n')
    quote = shelf.price(Parcel.of("1 kg", weight_source="listed"), priced_at=datetime(2026, 5, 1, tzinfo=UTC))
    assert (quote.account, quote.carrier, quote.weight_source, quote.charge_event) == (
        "dhl",
        "test_carrier",
        "listed",
        "ON_CREATION",
    )
    assert quote.request.parcel.weight == quote.billable_weight
