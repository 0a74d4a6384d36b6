"""Runs a made-up quarter through a monitor, in simulated time, against the carriers in a box."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

from retoure.carrier import CarrierSettings
from retoure.lifecycle import Observation, ReturnCase, Signal
from retoure.monitor.cadence import Cadence
from retoure.monitor.monitor import Monitor
from retoure.monitor.planning import Planning
from retoure.monitor.store import Store
from retoure.replay.sandbox import Sandbox
from tests.monitor.simulation.boxed import BoxClient, Clock, Journal
from tests.monitor.simulation.forced import forced_of
from tests.monitor.simulation.judging import Judgement, Punctuality
from tests.monitor.simulation.merchant import labels_of, merchant_facts, scripts_of
from tests.monitor.simulation.oracle import expected_of
from tests.monitor.simulation.quarter import quarter
from tests.monitor.simulation.troubles import as_troubles, outages
from tests.monitor.simulation.views import views_of
from tests.monitor.simulation.world import DAY, HOUR, MINUTE, SHOPS, Return, Shop, first_instant

TICK = 15 * MINUTE
"""How often the poller looks at most."""
_HAND_OUT = 6 * HOUR


@dataclass
class Outcome:
    """What a run came to."""

    plots: Sequence[str]
    judgement: Judgement = field(default_factory=Judgement)
    punctuality: Punctuality = field(default_factory=Punctuality)
    calls: int = 0
    reads: int = 0
    overrun: list[str] = field(default_factory=list)
    took_s: float = 0.0

    @property
    def good(self) -> bool:
        """Whether nothing is missing, nothing came twice or too early, forced reads were kept and no quota was overrun."""
        judged = self.judgement
        return not (judged.missing or judged.duplicate or judged.early or self.overrun) and self.punctuality.share >= PUNCTUAL

    def __str__(self) -> str:
        judged = self.judgement
        return (
            f"signals: expected={judged.expected} missing={judged.missing} duplicate={judged.duplicate} early={judged.early} "
            f"deadline_reads={self.punctuality.share:.2f}% calls_per_return={self.calls / len(self.plots):.2f}"
        )


PUNCTUAL = 99.9
"""The share of forced reads to be kept, in percent."""


class Simulation:
    """A quarter, its carriers in a box, and a monitor that watches all of it.

    Args:
        returns: How many.
        begins: The quarter's first day.
        days: How long it is.
        seed: What chance starts from.
        tick: How often the poller looks at most.
        progress: Told the share of the time that has passed, and the signals so far.
    """

    def __init__(
        self, returns: int, begins: date, days: int, *, seed: int = 7, tick: timedelta = TICK,
        progress: Callable[[float, int], None] | None = None,
    ) -> None:  # fmt: skip
        self.returns = list(quarter(returns, begins, days, seed))
        self.starts, self.ends = first_instant(begins), first_instant(begins + days * DAY)
        self.clock = Clock(self.starts)
        self.journal = Journal(self.clock)
        self.outages = tuple(outages(begins))
        self.signals: list[Signal] = []
        self._tick = tick
        self._progress = progress or (lambda share, signals: None)
        self._chance = Random(seed)
        self.box = Sandbox([*{shop.carrier for shop in SHOPS}], port=None, clock=self.clock)
        self.box.outages = self.outages
        for told in self.returns:
            for carrier, script in scripts_of(told):
                self.box.script(carrier, script)
        self.quotas = {"parcel_de_tracking_per_day": max(60, returns // 20)}

    async def run(self, folder: str) -> Outcome:
        """Let the quarter pass, and judge what was told."""
        started = time.monotonic()
        with self.box:
            accounts = {shop.account: self._account(shop) for shop in SHOPS}
            client = BoxClient(self.box, accounts, self.clock, self.journal)
            store = Store.at(
                f"sqlite:///{folder}/quarter.db",
                planning=Planning(Cadence(), self._chance.random),
                clock=self.clock,
                cases=len(self.returns),
            )
            async with client, Monitor(client, store, threads=False) as monitor:
                await self._pass(monitor, store)
        outcome = self._judged()
        outcome.took_s = time.monotonic() - started
        return outcome

    def _account(self, shop: Shop) -> CarrierSettings:
        own = {"client_id": f"id-{shop.account}", "quotas": self.quotas} if shop.carrier == "dhl_paket" else {}
        return self.box.account(shop.carrier, **own)

    async def _pass(self, monitor: Monitor, store: Store) -> None:
        happenings = sorted(self._happenings(), key=lambda one: one[0])
        place, booked_at = 0, self.starts
        while self.clock.now < self.ends:
            now = self.clock.now
            until = next((index for index in range(place, len(happenings)) if happenings[index][0] > now), len(happenings))
            await self._happen(monitor, store, [what for _, what in happenings[place:until]])
            place = until
            polled = await monitor.poll_due()
            while polled.calls and polled.next_due is not None and polled.next_due <= self.clock.now:
                polled = await monitor.poll_due()
            if now - booked_at >= _HAND_OUT:
                booked_at = now
                await self._book(monitor)
                self._progress((now - self.starts) / (self.ends - self.starts), len(self.signals))
            coming = happenings[place][0] if place < len(happenings) else self.ends
            self.clock.now = max(self.clock.now, now + self._tick, min(coming, polled.next_due or self.ends))
        await self._book(monitor)

    def _happenings(self) -> Iterator[tuple[datetime, Return | Observation]]:
        for told in self.returns:
            yield told.parcels[0].issued_at, told
            yield from merchant_facts(told)

    async def _happen(self, monitor: Monitor, store: Store, happened: Sequence[Return | Observation]) -> None:
        """New labels are watched, and what the merchant did is told, all that came up since the last look at once."""
        watches: dict[tuple[str, bool], list[ReturnCase]] = defaultdict(list)
        facts = []
        for one in happened:
            if isinstance(one, Return):
                watches[one.shop.policy, one.refund_at_scan].append(ReturnCase(rma=one.rma, labels=labels_of(one)))
            else:
                facts.append(one.model_copy(update={"observed_at": self.clock.now}))
        for (policy, refund_at_scan), cases in watches.items():
            for watched in await monitor.watch_many(cases, policy=policy, refund_at_scan=refund_at_scan):
                assert not watched.refused, watched.refused
        if facts:
            store.observe(facts)

    async def _book(self, monitor: Monitor) -> None:
        booked = [signal async for signal in monitor.signals()]
        while booked:
            self.signals += booked
            await monitor.acknowledge(*booked)
            booked = [signal async for signal in monitor.signals()]

    def _judged(self) -> Outcome:
        troubles = as_troubles(self.outages)
        outcome = Outcome([told.plot for told in self.returns], calls=self.journal.calls.total())
        outcome.reads = sum(map(len, self.journal.asked.values()))
        told: dict[str, list[Signal]] = defaultdict(list)
        for signal in self.signals:
            told[signal.rma].append(signal)
        for one in self.returns:
            views = views_of(one, troubles)
            outcome.judgement.weigh(one.plot, expected_of(views, self.ends), told[one.rma])
            for forced in forced_of(views, self.ends):
                if not outcome.punctuality.note(self._answered(forced.number, one.shop.carrier), forced.at, forced.until):
                    outcome.judgement.notes.append(f"forced read: {one.plot} {one.rma} {forced}")
        for (account, day), calls in self.journal.calls.items():
            if account.startswith("dhl") and calls > self.quotas["parcel_de_tracking_per_day"]:
                outcome.overrun.append(f"{account} made {calls} calls on {day}")
        return outcome

    def _answered(self, number: str, carrier: str) -> list[datetime]:
        asked = self.journal.asked.get(number, [])
        return [moment for moment in asked if not any(outage.befalls(carrier, moment) for outage in self.outages)]
