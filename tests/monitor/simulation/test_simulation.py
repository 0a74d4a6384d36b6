"""Some returns over two months with a clock change: what is told is what is true."""

import asyncio
from datetime import date

import pytest

from tests.monitor.simulation.running import Simulation
from tests.monitor.simulation.world import MINUTE


@pytest.mark.parametrize(
    ("returns", "begins", "days"), [(50, date(2026, 9, 25), 36), (20, date(2026, 3, 1), 32)], ids=["October", "March"]
)
def test_a_simulated_stretch_with_a_clock_change_tells_what_is_true(returns, begins, days, tmp_path):
    outcome = asyncio.run(Simulation(returns, begins, days, tick=20 * MINUTE).run(str(tmp_path)))
    assert outcome.judgement.notes == []
    assert outcome.good, str(outcome)
    assert outcome.judgement.expected > returns
