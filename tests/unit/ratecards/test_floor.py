"""The measured floor does the same work: it finds the values that the library finds."""

from pathlib import Path

import pytest

from retoure.carrier import Environment
from retoure.ratecards import RateCards

ROOT = Path(__file__).parents[3]


@pytest.fixture
def pricing(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))
    from benchmarks import pricing

    return pricing


def test_the_floor_finds_the_same_services_and_amounts(pricing, tmp_path):
    pricing.write_card(tmp_path)
    cards, floor = RateCards([tmp_path]), pricing.build_floor()
    settings = pricing.BenchSettings(environment=Environment.SANDBOX, rate_card="bench")
    for request in pricing.parcels():
        quotes = cards.quote(request, settings=settings, now=pricing.NOW).quotes
        found = [(quote.service, quote.net.amount, quote.tax.amount.amount, quote.gross.amount) for quote in quotes]
        assert len(found) == 5
        assert found == floor(request, pricing.NOW)


def test_the_floor_of_a_catalogue_finds_the_same_cheapest(pricing, tmp_path):
    from benchmarks.floors_pricing import make_catalogue_floor

    pricing.write_card(tmp_path)
    floor = pricing.build_floor(make_catalogue_floor)
    requests = [asked.request for asked in pricing.parcels()]
    with pricing.shop(str(tmp_path)) as client:
        found = [best.quote for best in client.quote_many(requests)]
    assert len(found) == len(requests)
    for request, quote in zip(requests, found, strict=True):
        assert (quote.service, quote.net.amount, quote.tax.amount.amount, quote.gross.amount) == floor(request, pricing.NOW)


def test_a_result_of_the_benchmark_says_what_was_measured_against_which_budget(pricing, monkeypatch):
    monkeypatch.setattr(pricing, "CATALOGUE", 400)
    one, many = pricing.run()
    assert (one.budget, one.unit, one.ok) == (4.0, "ratio", one.measured <= 4.0)
    assert (many.budget, many.ok) == (1.5, many.measured <= 1.5)
