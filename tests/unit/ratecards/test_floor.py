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


def test_a_result_of_the_benchmark_says_what_was_measured_against_which_budget(pricing):
    (row,) = pricing.run()
    assert (row.budget, row.unit) == (4.0, "ratio")
    assert row.ok == (row.measured <= 4.0)
