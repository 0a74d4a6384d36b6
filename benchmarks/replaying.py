"""A scenario played without HTTP."""

import statistics

from benchmarks.measuring import Row, at_most, seconds
from retoure import Registry
from retoure.replay import find, verify


def run() -> list[Row]:
    """Build the carrier, play the exchange, compare what was sent and what came of it."""
    registry = Registry()
    scenarios = [find("dhl_paket/labels/pdf_and_qr", registry), find("dhl_paket/tracking/delivered", registry)]
    slowest = max(statistics.median(seconds(lambda s=s: verify(s, registry), 20) for _ in range(9)) for s in scenarios)
    return [at_most("a scenario played without HTTP", slowest * 1000, 2.0, "ms")]
