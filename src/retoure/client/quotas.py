"""Quotas: a ledger per credential. A call is reserved before it leaves; nobody sleeps here, the caller is told how long to wait.

The sliding windows are pyrate-limiter's buckets, used without its ``Limiter``, which has a thread of its own and sleeps by
itself; a bucket takes the time as an argument. A daily budget is no window: it counts calendar days in the carrier's zone.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

from retoure.carrier.plugin import Quota
from retoure.carrier.times import day_in, first_instant
from retoure.errors import RateLimited

if TYPE_CHECKING:
    from pyrate_limiter import InMemoryBucket

_ONE_DAY = timedelta(days=1)


class Ledger(Protocol):
    """What the credentials of a driver on an event loop have used, wherever that is written down."""

    async def reserve(self, credential: str, quotas: Sequence[Quota], path: str, now: datetime, *, urgent: bool) -> float:
        """Reserve one call of the quotas that count ``path`` and return 0, or return the seconds after which to ask again.

        Raises:
            RateLimited: a daily budget is used up, or what is left of it is kept for calls that are ``urgent``.
        """
        ...

    async def rest(self, credential: str, until: datetime) -> None:
        """Let nothing leave with these credentials before ``until``: the carrier asked to be left alone."""
        ...

    def start_over(self) -> None:
        """In a forked child: hold on to no lock that the parent may have held."""
        ...


class QuotaLedger:
    """What the credentials of one client have used. Safe for threads; holds no more than one quota period of entries."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, str], InMemoryBucket] = {}
        self._days: Counter[tuple[str, str, date]] = Counter()
        self._resting: dict[str, datetime] = {}
        self._lock = Lock()

    def copy(self) -> "QuotaLedger":
        """The same figures under a lock of their own, for a forked child whose parent may have held this one's."""
        theirs = QuotaLedger()
        theirs._days = Counter(self._days)
        theirs._resting = dict(self._resting)
        return theirs

    def rest(self, credential: str, until: datetime) -> None:
        """Let nothing leave with these credentials before ``until``: the carrier asked to be left alone."""
        with self._lock:
            self._resting[credential] = max(until, self._resting.get(credential, until))

    def reserve(self, credential: str, quotas: Iterable[Quota], path: str, now: datetime) -> float:
        """Reserve one call and return 0, or return the seconds after which to ask again.

        Where several windows count a call, one that had room keeps its reservation while another makes it wait: a quota is
        never overrun.

        Raises:
            RateLimited: a daily budget is used up; ``retry_after`` says when the next day starts.
        """
        if (until := self._resting.get(credential)) is not None and now < until:
            return (until - now).total_seconds()
        counted = [quota for quota in quotas if path.startswith(quota.path)]
        with self._lock:
            daily = [self._daily_key(credential, quota, now) for quota in counted if quota.daily_zone]
            wait_s = max((self._wait_s(credential, quota, now) for quota in counted if quota.per), default=0.0)
            if wait_s == 0.0:
                self._days.update(daily)
            return wait_s

    def _daily_key(self, credential: str, quota: Quota, now: datetime) -> tuple[str, str, date]:
        zone = ZoneInfo(quota.daily_zone or "UTC")
        today = day_in(now, zone)
        key = (credential, quota.name, today)
        if self._days[key] >= quota.calls:
            raise RateLimited(
                f"the quota {quota.name!r} of {quota.calls} calls a day is used up; nothing was sent",
                retry_after=first_instant(today + _ONE_DAY, zone) - now,
            )
        for old in [k for k in self._days if k[:2] == key[:2] and k[2] < today]:
            del self._days[old]
        return key

    def _wait_s(self, credential: str, quota: Quota, now: datetime) -> float:
        from pyrate_limiter import InMemoryBucket, Rate, RateItem

        if quota.per is None:
            return 0.0
        bucket = self._buckets.get((credential, quota.name))
        if bucket is None:
            rate = Rate(quota.calls, int(quota.per.total_seconds() * 1000))
            bucket = self._buckets[credential, quota.name] = InMemoryBucket([rate])
        # A bucket is sorted by time: a clock that went back must not put an entry before the last one.
        latest = bucket.items[-1].timestamp if bucket.items else 0
        item = RateItem(quota.name, max(int(now.timestamp() * 1000), latest))
        bucket.leak(item.timestamp)
        if bucket.put(item):
            return 0.0
        wait_ms = bucket.waiting(item)
        return max(wait_ms, 1) / 1000 if isinstance(wait_ms, int) else quota.per.total_seconds()


class MemoryLedger:
    """The ledger of one client on an event loop: it keeps nothing back for urgent calls, of which it knows none."""

    def __init__(self) -> None:
        self._ledger = QuotaLedger()

    async def reserve(self, credential: str, quotas: Sequence[Quota], path: str, now: datetime, *, urgent: bool) -> float:
        """Reserve one call and return 0, or return the seconds after which to ask again."""
        return self._ledger.reserve(credential, quotas, path, now)

    async def rest(self, credential: str, until: datetime) -> None:
        """Let nothing leave with these credentials before ``until``."""
        self._ledger.rest(credential, until)

    def start_over(self) -> None:
        """In a forked child: the same figures under a lock of its own."""
        self._ledger = self._ledger.copy()
