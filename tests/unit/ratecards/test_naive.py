"""A second pricer, written apart, finds what ours finds: over 100,000 random parcels and cards."""

from datetime import datetime
from functools import cache
from random import Random

import pytest
from tests.unit.ratecards import naive, random_cards
from tests.unit.ratecards.shelf import NOON, Settings, request_for

from retoure.carrier import Environment
from retoure.errors import RateCardError
from retoure.model import Dimensions, Length, Packaging, Parcel, QuoteRequest, Weight
from retoure.ratecards import RateCards

CARDS, MOMENTS, PARCELS = 500, 8, 200


def ours(cards: RateCards, name: str, asked: QuoteRequest) -> dict[str, object]:
    """What every service answers, in the naive pricer's words; every service is unknown where the price is."""
    try:
        answer = cards.quote(asked, settings=Settings(environment=Environment.SANDBOX, rate_card=name), now=NOON)
    except RateCardError:
        return {}
    found: dict[str, object] = {}
    for decline in answer.declined:
        reasons = found.setdefault(decline.service, ("no", set()))
        reasons[1].add(str(decline.reason))
    for quote in answer.quotes:
        money = (quote.net, quote.tax.amount if quote.tax else None, quote.gross)
        weight = quote.billable_weight.grams if quote.billable_weight else None
        found[quote.service] = ("price", *(one.amount if one else None for one in money), weight, str(quote.billed_by))
    return {service: ("unknown",) if outcome == ("no", {"UNKNOWN"}) else outcome for service, outcome in found.items()}


def expected(outcomes: dict[str, object]) -> dict[str, object]:
    """The naive pricer's answers as one account gives them: nothing where a price is unknown and there is no other."""
    kinds = {outcome[0] for outcome in outcomes.values()}
    nowhere = all(outcome == ("no", {"NO_COVERAGE"}) for outcome in outcomes.values())
    return {} if nowhere or ("unknown" in kinds and "price" not in kinds) else outcomes


def asked_for(parcel: dict[str, object], moment: datetime) -> QuoteRequest:
    length, width, height = (Length.parse(" ".join(side)) for side in parcel["sides"])
    given = Parcel(
        weight=Weight.parse(" ".join(parcel["weight"])),
        dimensions=Dimensions(length=length, width=width, height=height),
        packaging=tuple(map(Packaging, parcel["flags"])),
    )
    asked = nobody(parcel["country"], parcel["postcode"])
    changes = {"request": asked.request.model_copy(update={"parcel": given}), "priced_at": moment}
    return asked.model_copy(update={**changes, "hand_in": parcel["hand_in"], "include": tuple(parcel["include"])})


@cache
def nobody(country: str, postcode: str) -> QuoteRequest:
    return request_for(Parcel.of("1 kg"), country=country, postcode=postcode)


@pytest.mark.parametrize("seed", range(4))
def test_a_second_pricer_finds_the_same_prices_for_100_000_random_parcels_and_cards(tmp_path, seed):
    random = Random(seed)
    cards, kinds = RateCards([tmp_path]), set()
    for number in range(CARDS // 4):
        card, name = random_cards.a_card(random), f"card{number}"
        random_cards.put(tmp_path, card, name)
        moments = [random_cards.a_moment(random, card) for _ in range(MOMENTS)]
        edges = random_cards.measures_of(card)
        for _ in range(PARCELS):
            parcel, moment = random_cards.a_parcel(random, edges), random.choice(moments)
            second = expected(naive.prices(card, parcel, moment))
            assert ours(cards, name, asked_for(parcel, moment)) == second, (card, parcel, moment)
            kinds |= {outcome[0] if outcome[0] != "no" else frozenset(outcome[1]) for outcome in second.values()}
    assert {"price", "unknown"} <= kinds
