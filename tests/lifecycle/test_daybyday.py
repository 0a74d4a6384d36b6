"""Two judges, one verdict: random returns, judged by the library and by a walk through the calendar that knows nothing of it."""

import os

import pytest

from tests.lifecycle.daybyday.compare import differences, smallest
from tests.lifecycle.daybyday.histories import story_of

# A return takes two milliseconds, most of them the library's own: `make oracle` walks through 100,000 of them.
RETURNS = int(os.environ.get("RETOURE_RETURNS", "4000"))
PORTIONS = 8
FOLDED_EVERY = 10


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    return tmp_path_factory.mktemp("policies")


@pytest.mark.parametrize("portion", range(PORTIONS))
def test_a_walk_through_the_calendar_comes_to_the_same_verdict(portion, directory):
    for seed in range(portion, RETURNS, PORTIONS):
        told = story_of(seed)
        for what, (walked, judged) in differences(told, directory, folded=seed // PORTIONS % FOLDED_EVERY == 0).items():
            pytest.fail(f"return {seed}, {what}: {walked}, not {judged}\n{smallest(told, directory, what)}")
