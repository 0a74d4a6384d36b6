"""Some returns over two months with a clock change: what is told is what is true."""

import asyncio
from datetime import date

import pytest

from tests.monitor.simulation.running import Simulation


@pytest.mark.parametrize("begins", [date(2026, 9, 20), date(2026, 2, 25)], ids=["October", "March"])
def test_a_simulated_stretch_with_a_clock_change_tells_what_is_true(begins, tmp_path):
    outcome = asyncio.run(Simulation(60, begins, 60).run(str(tmp_path)))
    assert outcome.judgement.notes == []
    assert outcome.good, str(outcome)
    assert outcome.judgement.expected > 60
