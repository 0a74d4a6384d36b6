"""When carriers are out of order in a quarter, and how."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from retoure.replay.sandbox import Outage
from retoure.replay.sandbox import Trouble as How
from tests.monitor.simulation.views import Trouble
from tests.monitor.simulation.world import HOUR, MINUTE, first_instant

# Carrier, what, from which hour of the quarter on, for how many hours, what HTTP 429 tells to wait, and whether by a date.
_TROUBLES = (
    ("dhl_paket", How.ERROR, 9 * 24 + 10, 3, None, False),
    ("dhl_paket", How.SILENCE, 20 * 24 + 23.5, 1.5, None, False),
    ("dhl_paket", How.BUSY, 30 * 24 + 14, 0.5, 10 * MINUTE, False),
    ("dhl_paket", How.BUSY, 44 * 24, 48, None, False),
    ("dhl_paket", How.ERROR, 61 * 24 + 21, 4, None, False),
    ("dpd", How.CALL_LIMIT, 12 * 24 + 11, 0.4, None, False),
    ("dpd", How.CALL_LIMIT, 47 * 24 + 7, 0.7, None, False),
    ("dpd", How.ERROR, 40 * 24 + 20, 9, None, False),
    ("ups", How.BUSY, 15 * 24 + 9, 0.5, 20 * MINUTE, True),
    ("ups", How.SILENCE, 37 * 24 + 22, 3, None, False),
    ("ups", How.BUSY, 66 * 24 + 6, 1, 24 * 10 * HOUR, False),
    ("dhl_express", How.ERROR, 50 * 24 + 12, 30, None, False),
)


def outages(begins: date) -> Iterator[Outage]:
    """The outages of a quarter that begins on that day."""
    start = first_instant(begins)
    for carrier, how, hours, lasting, wait, by_date in _TROUBLES:
        since = start + timedelta(hours=hours)
        until = since + timedelta(hours=lasting)
        yield Outage(carrier=carrier, trouble=how, start=since, until=until, retry_after=wait, as_date=by_date)


def as_troubles(found: Iterator[Outage] | tuple[Outage, ...]) -> list[Trouble]:
    """What of them concerns whoever waits for an answer."""
    return [Trouble(outage.carrier, outage.start, _over(outage)) for outage in found]


def _over(outage: Outage) -> datetime:
    """Until when nobody may ask: a carrier that told to wait is waited for, up to some hours."""
    return outage.until + min(outage.retry_after or timedelta(), 6 * HOUR)
