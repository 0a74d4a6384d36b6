"""A catalogue finds what one request at a time finds, the quick way where it can, one by one where it must."""

from datetime import UTC, date, datetime
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.ratecards import random_cards
from tests.unit.ratecards.shelf import NOON, Settings, Shelf, request_for
from tests.unit.ratecards.test_naive import asked_for

from retoure.carrier import Environment
from retoure.errors import RetoureError
from retoure.model import Best, Offers, Parcel, ReturnRequest
from retoure.ratecards import RateCards
from retoure.ratecards.catalogue import CardAccount, Catalogue

TWO = """
[[zones]]
id = "DE"
countries = ["DE"]
[[services]]
code = "slow"
name = "Slow"
key = "WEIGHT_TIER"
limits = [ { measure = "WEIGHT", max = "20 kg" }, { measure = "SIDES", max = "120 x 60 x 60 cm" } ]
[[services]]
code = "any"
name = "Any"
key = "FLAT"
[[taxes]]
treatment = "NET_PLUS_VAT"
rate_percent = 19
"""
TWO_PRICES = "\nslow,DE,2 kg,4.00\nslow,DE,5 kg,5.00\nslow,DE,10 kg,7.00\nslow,DE,31.5 kg,9.00\nany,DE,,6.00\n"


def market(name: str) -> str | None:
    return "DE" if name == "berlin" else None


def accounts_of(cards: RateCards, **names: str) -> list[CardAccount]:
    return [
        CardAccount(account, Settings(environment=Environment.SANDBOX, rate_card=card), cards, market)
        for account, card in names.items()
    ]


def one_by_one(accounts: list[CardAccount], request: ReturnRequest, priced_at: datetime | None = None) -> Best:
    def answer(account: CardAccount):
        asked = request_for(request.parcel).model_copy(
            update={"account": account.name, "request": request, "priced_at": priced_at}
        )  # fmt: skip
        try:
            return account.cards.quote(asked, settings=account.settings, now=NOON)
        except RetoureError as error:
            return error

    return Best.of(Offers.of({account.name: answer(account) for account in accounts}))


@pytest.fixture
def two(shelf):
    shelf.add(body=TWO, prices=TWO_PRICES)
    return shelf


WEIGHTS = [f"{grams} g" for grams in (1, 2000, 2001, 5000, 5001, 10_000, 20_000, 20_001, 31_500, 31_501, 90_000)]


@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("sides", [None, "30 x 20 x 10 cm", "121 x 60 x 60 cm"])
def test_the_quick_way_finds_the_cheapest_quote_to_the_last_field(two, weight, sides):
    accounts = accounts_of(two.cards, dhl="card")
    request = request_for(Parcel.of(weight, sides, weight_source="listed")).request
    quote = Catalogue(accounts, None, NOON).cheapest(request)
    best = one_by_one(accounts, request)
    assert quote == best.quote
    assert quote.model_dump_json() == best.quote.model_dump_json()
    assert list(quote.__dict__) == list(best.quote.__dict__)


def test_the_cheapest_of_several_accounts_is_found_and_equals_go_to_the_first_by_name(two, new_shelf):
    two.add(card="dear", body=TWO, prices=TWO_PRICES.replace("4.00", "4.10"))
    accounts = accounts_of(two.cards, zeta="card", dear="dear", alpha="card")
    catalogue = Catalogue(accounts, None, NOON)
    for weight in ("1 kg", "3 kg", "20 kg"):
        request = request_for(Parcel.of(weight)).request
        quote = catalogue.cheapest(request)
        assert quote == one_by_one(accounts, request).quote
        assert quote.account == "alpha"


def test_each_ship_date_is_priced_by_its_own_card(shelf):
    shelf.add(valid_from="2026-01-01", valid_until="2027-01-01", prices="\nreturn,DE,5 kg,4.00\n")
    shelf.add(valid_from="2027-01-01", prices="\nreturn,DE,5 kg,4.20\n")
    catalogue = Catalogue(accounts_of(shelf.cards, dhl="card"), None, NOON)
    found = [
        str(catalogue.cheapest(request_for(Parcel.of("1 kg"), ship_date=day).request).net)
        for day in (None, date(2027, 1, 1), date(2026, 12, 31), date(2027, 1, 1))
    ]
    assert found == ["4.00 EUR", "4.20 EUR", "4.00 EUR", "4.20 EUR"]


def test_a_given_instant_counts_before_every_ship_date(shelf):
    shelf.add(valid_from="2026-01-01", prices="\nreturn,DE,5 kg,4.00\n")
    shelf.add(valid_from="2027-01-01", prices="\nreturn,DE,5 kg,4.20\n")
    catalogue = Catalogue(accounts_of(shelf.cards, dhl="card"), datetime(2027, 6, 1, tzinfo=UTC), NOON)
    assert str(catalogue.cheapest(request_for(Parcel.of("1 kg"), ship_date=date(2026, 6, 1)).request).net) == "4.20 EUR"


@pytest.mark.parametrize(
    ("more", "parcel"),
    [
        ('[[services.billable_weight]]\nround_up_to = "1 kg"\n', Parcel.of("1 kg")),
        ('[[surcharges]]\nid="a"\ncode="A"\ntext="a"\namount=1\nwhen=[{measure="WEIGHT",over="3 kg"}]\n', Parcel.of("1 kg")),
        ('[[surcharges]]\nid="a"\ncode="A"\ntext="a"\namount=1\nbasis="PER_KG"\n', Parcel.of("1 kg")),
        ('[[surcharges]]\nid="a"\ncode="A"\ntext="a"\namount=1\npostcodes={DE=["8"]}\n', Parcel.of("1 kg")),
        ("", Parcel.of("1 kg", packaging=["roll"])),
        ("", Parcel.of("1 kg", other_weights={"listed": "1 kg"})),
        ("", Parcel.of("32 kg")),
    ],
    ids=["billed weight", "condition", "per kg", "postcode", "packaging", "weights", "beyond the last band"],
)
def test_what_weight_alone_does_not_price_is_left_to_be_asked_one_by_one(shelf, more, parcel):
    shelf.add(more=more)
    assert Catalogue(accounts_of(shelf.cards, dhl="card"), None, NOON).cheapest(request_for(parcel).request) is None


def test_an_account_that_cannot_quote_is_never_left_out_in_silence(two):
    request = request_for(Parcel.of("1 kg")).request
    accounts = accounts_of(two.cards, dhl="card", lost="absent")
    assert Catalogue(accounts, None, NOON).cheapest(request) is None
    best = one_by_one(accounts, request)
    assert (best.quote.account, list(best.failed)) == ("dhl", ["lost"])


def test_an_unconditional_surcharge_is_priced_the_quick_way(shelf):
    shelf.add(more='[[surcharges]]\nid="peak"\ncode="PEAK"\ntext="Peak"\namount="0.20"\n')
    quote = Catalogue(accounts_of(shelf.cards, dhl="card"), None, NOON).cheapest(request_for(Parcel.of("1 kg")).request)
    assert str(quote.net) == "4.20 EUR"


def test_a_quote_of_a_catalogue_shares_nothing_that_can_be_changed_with_the_next_one(two):
    catalogue, request = Catalogue(accounts_of(two.cards, dhl="card"), None, NOON), request_for(Parcel.of("1 kg")).request
    first = catalogue.cheapest(request)
    first.limits["max_weight"] = "1 g"
    assert catalogue.cheapest(request).limits["max_weight"] == "20 kg"


@pytest.fixture(scope="module")
def random_shelf(new_shelf):
    return new_shelf()


def quick_ones(shelf: Shelf, seed: int) -> int:
    """How many of twenty parcels went the quick way, each with the quote that it has one by one."""
    random, names, quick = Random(seed), {}, 0
    for account in ("one", "two"):
        card = random_cards.a_card(random) if random.random() < 0.2 else random_cards.a_plain_card(random)
        names[account] = f"card{seed}-{account}"
        if not (shelf.root / names[account]).exists():
            random_cards.put(shelf.root, card, names[account])
    accounts = accounts_of(shelf.cards, **names)
    catalogue = Catalogue(accounts, NOON, NOON)
    for _ in range(20):
        request = asked_for({**random_cards.a_parcel(random), "hand_in": None}, NOON).request
        quote = catalogue.cheapest(request)
        if quote is not None:
            best = one_by_one(accounts, request, NOON)
            assert (best.quote, best.failed) == (quote, {})
            quick += 1
    return quick


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(min_value=0, max_value=2**32))
def test_bulk_equals_single_over_random_cards_and_parcels(random_shelf, seed):
    quick_ones(random_shelf, seed)


def test_the_quick_way_is_gone_often_enough_to_mean_something(random_shelf):
    assert sum(quick_ones(random_shelf, seed) for seed in range(30)) > 100
