"""A scenario played without HTTP."""

import statistics
from zoneinfo import ZoneInfo

from benchmarks.adapters import ORDER
from benchmarks.asking import NOW
from benchmarks.measuring import Row, at_most, seconds
from retoure.carrier import CarrierContext
from retoure.ratecards import RateCards
from retoure.replay import find, play
from retoure_dhl_paket import PLUGIN, DhlPaketSettings

SETTINGS = DhlPaketSettings(
    environment="sandbox", username="user", password="fake-password", client_id="fake-key", client_secret="fake-secret"
)
CONTEXT = CarrierContext(account="dhl_paket", clock=lambda: NOW, rate_cards=RateCards([]), zone=ZoneInfo("Europe/Berlin"))


def run() -> list[Row]:
    """Play a label's exchange to its adapter, what is sent compared by method, host and path."""
    scenario = find("dhl_paket/labels/pdf_and_qr")
    account = PLUGIN.build(SETTINGS, CONTEXT)

    def played() -> object:
        return play(account.labels.create(ORDER), scenario, match="operation")

    took_s = statistics.median(seconds(played, 50) for _ in range(9))
    return [at_most("a scenario played without HTTP", took_s * 1000, 2.0, "ms")]
