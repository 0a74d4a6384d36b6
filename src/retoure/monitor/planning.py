"""The planner as the store calls it: cadence, chance and stretch bound, so that every process plans alike."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from random import random
from zoneinfo import ZoneInfo

from retoure.carrier.times import day_in
from retoure.lifecycle import ReturnCase
from retoure.monitor.cadence import NO_STRETCH, Cadence, Stretch
from retoure.monitor.looking import outlook_of
from retoure.monitor.outlooks import Outlook
from retoure.monitor.plans import Plan, next_read
from retoure.monitor.reads import Reads
from retoure.monitor.reasons import Reason
from retoure.programmes import Policy


@dataclass(frozen=True)
class Planning:
    """When labels are read. Pure but for ``draw``, and called within transactions.

    Attributes:
        draw: Chance, in [0, 1): the jitter of a read.
        stretches: How far the intervals of an account are stretched; whoever reckons the feasibility writes it.
        outlook_of, next_read: The planner.
        read_outlook: Reads an outlook from its text.
    """

    cadence: Cadence = field(default_factory=Cadence)
    draw: Callable[[], float] = random
    stretches: dict[str, Stretch] = field(default_factory=dict)
    outlook_of: Callable[..., Outlook] = outlook_of
    next_read: Callable[..., Plan] = next_read
    read_outlook: Callable[[str], Outlook] = Outlook.from_json

    def outlook(
        self, case: ReturnCase, policy: Policy, number: str, *, at: datetime, watched_at: datetime, refund_at_scan: bool,
        pickup_on: date | None, before: Outlook | None,
    ) -> Outlook:  # fmt: skip
        """What a label's reads are planned by, after a fold."""
        return self.outlook_of(
            case, policy, number, at=at, watched_at=watched_at, refund_at_scan=refund_at_scan, pickup_on=pickup_on, before=before,
            cadence=self.cadence,
        )  # fmt: skip

    def plan(
        self, outlook: Outlook, reads: Reads, account: str, *, now: datetime, wanted: Reason | None = None,
        not_before: datetime | None = None,
    ) -> Plan:  # fmt: skip
        """When a label of an account is read next."""
        return self.next_read(
            outlook, reads, now=now, draw=self.draw(), wanted=wanted, not_before=not_before, cadence=self.cadence,
            stretch=self.stretches.get(account, NO_STRETCH),
        )  # fmt: skip

    def day(self, at: datetime) -> date:
        """The day that reads are counted on."""
        return day_in(at, ZoneInfo(self.cadence.reads_day_zone))
