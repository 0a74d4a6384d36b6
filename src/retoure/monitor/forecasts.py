"""Whether the quotas carry what is watched: looked at when a monitor begins and once a day, told in numbers, and acted upon."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from math import ceil

from retoure.carrier.plugin import Quota
from retoure.client.reading import Fare
from retoure.monitor.cadence import Cadence, Stretch
from retoure.monitor.feasibility import DEADLINE_READS, Feasibility, feasibility
from retoure.monitor.reasons import Reason
from retoure.monitor.shown import Prospect
from retoure.monitor.store import Store

log = logging.getLogger("retoure.monitor")
_A_DAY = timedelta(days=1)


def calls_a_day(quotas: tuple[Quota, ...]) -> int | None:
    """What the tightest of an account's quotas lets out a day; None where nothing limits it."""
    limits = [quota.calls for quota in quotas if quota.daily_zone]
    limits += [int(quota.calls * (_A_DAY / quota.per)) for quota in quotas if quota.per]
    return min(limits, default=None)


def _seconds_per_call(quotas: tuple[Quota, ...]) -> float:
    return max((quota.per.total_seconds() / quota.calls for quota in quotas if quota.per), default=0.0)


class Forecaster:
    """Reckons a day ahead for each credential, once a day; how far an account's intervals are stretched, it writes down."""

    def __init__(self, store: Store, cadence: Cadence, stretches: dict[str, Stretch]) -> None:
        self._store = store
        self._cadence = cadence
        self._stretches = stretches
        self._done: dict[str, date] = {}

    def forecast(self, fares: Mapping[str, Fare], now: datetime) -> dict[str, Feasibility]:
        """Reckon for the credentials that were not looked at today; stretch what must be, and warn. Blocks."""
        told: dict[str, Feasibility] = {}
        for credential in {fare.credential for fare in fares.values()}:
            accounts = sorted(name for name, fare in fares.items() if fare.credential == credential)
            fare = fares[accounts[0]]
            budget = calls_a_day(fare.quotas)
            if budget is None or self._done.get(credential) == now.date():
                continue
            self._done[credential] = now.date()
            found = self.reckon(accounts, fare, budget, now)
            self._stretches |= dict.fromkeys(accounts, found.stretch)
            log.info("%s: %s", ", ".join(accounts), found.summary)
            for text in found.warnings:
                log.warning("%s: %s", ", ".join(accounts), text)
            if found.error:
                log.error("%s: %s", ", ".join(accounts), found.error)
            told |= dict.fromkeys(accounts, found)
        return told

    def reckon(self, accounts: Sequence[str], fare: Fare, budget: int, now: datetime) -> Feasibility:
        """A day ahead of accounts that share a budget. Blocks."""
        counts: Counter[Reason] = Counter()
        for name in accounts:
            counts.update(self._store.counts(name))
        deadlines = sum(self._store.deadlines(name, now + _A_DAY) for name in accounts)
        return feasibility(
            counts,
            budget_per_day=budget,
            numbers_per_call=fare.batch_size,
            deadlines_per_day=ceil(deadlines / DEADLINE_READS),
            seconds_per_call=_seconds_per_call(fare.quotas),
            cadence=self._cadence,
        )

    def prospect(self, account: str, accounts: Sequence[str], fare: Fare, now: datetime) -> Prospect:
        """What an account's budget carries, in words. Blocks."""
        shares, budget = tuple(name for name in accounts if name != account), calls_a_day(fare.quotas)
        if budget is None:
            return Prospect(account=account, shares=shares, summary="no quota limits the calls of a day")
        found = self.reckon(accounts, fare, budget, now)
        return Prospect(
            account=account, shares=shares, budget_per_day=budget, summary=found.summary, warnings=found.warnings,
            error=found.error,
        )  # fmt: skip
