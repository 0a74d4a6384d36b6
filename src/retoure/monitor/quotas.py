"""Quotas that all processes share: a call is reserved before it is made, and credentials that need rest are left alone.

A daily quota counts the days of its own zone. A rate is a row of slots, evenly spaced, so that no window of its length ever holds
more calls than it allows. Ordinary reads leave a reserve of each day alone: a share of it, and the forced reads still to come.
"""

import hashlib
import hmac
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import count
from operator import itemgetter
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, func, or_, select

from retoure.carrier.plugin import Quota
from retoure.carrier.times import day_in, first_instant
from retoure.monitor.contents import insert_new
from retoure.monitor.leasing import deadlines_until
from retoure.monitor.premises import Premises
from retoure.monitor.reasons import FailureClass
from retoure.monitor.records import Ask, Grant, Pause
from retoure.monitor.tables import label as labels
from retoure.monitor.tables import pause as pauses
from retoure.monitor.tables import slot, usage

RESERVE_SHARE = 0.1
"""What ordinary reads leave of a day's budget, beside the forced reads to come."""

_ONE_DAY = timedelta(days=1)
_KEPT_DAYS = 7
_LONGEST_PAUSE = timedelta(days=2)
_TROUBLE = (FailureClass.TRANSIENT, FailureClass.BURST, FailureClass.AUTH)
"""What an account's trouble leaves in its labels; it says nothing of them."""

_OF_DAY = (usage.c.credential == bindparam("of"), usage.c.quota == bindparam("name"), usage.c.day == bindparam("on"))
_USED = select(usage.c.used).where(*_OF_DAY).with_for_update()
_USE = usage.update().where(*_OF_DAY).values(used=usage.c.used + bindparam("calls"))
_FORGET = usage.delete().where(*_OF_DAY[:2], usage.c.day < bindparam("before"))
_OF_RATES = (slot.c.credential == bindparam("of"), slot.c.quota.in_(bindparam("names", expanding=True)))
_FREE = select(slot.c.free_at).where(*_OF_RATES).order_by(slot.c.quota).with_for_update()
_TAKE = slot.update().where(*_OF_RATES).values(free_at=bindparam("until"))
_PAUSES = select(pauses).where(pauses.c.credential.in_(bindparam("names", expanding=True)))
"""Made once: to make a statement takes SQLAlchemy longer than SQLite takes to run it."""


def digest(premises: Premises, credential: str) -> str:
    """What a credential is known by in the database: it cannot be guessed without the store's secret."""
    return hmac.new(premises.database.secret, credential.encode(), hashlib.sha256).hexdigest()


def reserve(premises: Premises, asks: Sequence[Ask]) -> tuple[Grant, ...]:
    """Reserve calls, for all asks in one transaction; forced reads are served first, and asks that are alike at once."""
    alike = Counter(asks)
    named = sorted(((digest(premises, ask.credential), not ask.urgent, ask) for ask in alike), key=itemgetter(0, 1))
    with premises.database.writing() as connection:
        now = premises.database.now(connection)
        granted = {ask: _shared_out(ask, _granted(connection, ask, alike[ask], credential, now)) for credential, _, ask in named}
        return tuple(next(granted[ask]) for ask in asks)


def _shared_out(ask: Ask, grant: Grant) -> Iterator[Grant]:
    """What each of several asks gets that are alike: the first ones all that they asked for."""
    for start in count(step=ask.calls):
        slots = grant.slots[start : start + ask.calls]
        short = len(slots) < ask.calls
        yield Grant(ask, slots, grant.reserved_at, spent=short and grant.spent, retry_at=grant.retry_at if short else None)


def _granted(connection: Connection, ask: Ask, times: int, credential: str, now: datetime) -> Grant:
    counted = [quota for quota in ask.quotas if ask.path.startswith(quota.path)]
    calls, spent, retry_at = ask.calls * times, False, None
    for quota in counted:
        if quota.daily_zone is not None:
            room, reset = _room(connection, ask, credential, quota, now)
            if room < calls:
                calls, spent, retry_at = max(0, room), True, reset
    slots, later = _slots(connection, [quota for quota in counted if quota.per], credential, now, calls, ask.patience)
    for quota in counted:
        if quota.daily_zone is not None and slots:
            _use(connection, credential, quota, now, len(slots))
    in_time = len(slots) == calls  # else there is room in the day, and no turn yet
    return Grant(ask, slots, now, spent=spent and in_time, retry_at=retry_at if in_time else later)


def _day(quota: Quota, now: datetime) -> tuple[date, datetime]:
    """The quota's day, and when the next one starts."""
    zone = ZoneInfo(quota.daily_zone or "UTC")
    today = day_in(now, zone)
    return today, first_instant(today + _ONE_DAY, zone)


def _room(connection: Connection, ask: Ask, credential: str, quota: Quota, now: datetime) -> tuple[int, datetime]:
    day, reset = _day(quota, now)
    insert_new(connection, usage, {"credential": credential, "quota": quota.name, "day": day, "used": 0})
    used = connection.execute(_USED, {"of": credential, "name": quota.name, "on": day}).scalar_one()
    return quota.calls - used - (0 if ask.urgent else kept_back(connection, ask, quota, reset)), reset


def kept_back(connection: Connection, ask: Ask, quota: Quota, reset: datetime) -> int:
    """What ordinary reads leave alone until the reset."""
    owed = sum(deadlines_until(connection, account, reset, quota.calls) for account in ask.accounts)
    return math.ceil(quota.calls * RESERVE_SHARE) + math.ceil(owed / max(1, ask.numbers_per_call))


def _use(connection: Connection, credential: str, quota: Quota, now: datetime, calls: int) -> None:
    day, _ = _day(quota, now)
    same = {"of": credential, "name": quota.name}
    connection.execute(_USE, {**same, "on": day, "calls": calls})
    connection.execute(_FORGET, {**same, "before": day - _KEPT_DAYS * _ONE_DAY})


def _slots(
    connection: Connection, quotas: Sequence[Quota], credential: str, now: datetime, calls: int, patience: timedelta
) -> tuple[tuple[datetime, ...], datetime | None]:
    """The moments at which calls may leave, as many as lie within patience, and when the next one would."""
    if not quotas or not calls:
        return (now,) * calls, None
    apart = max(-(-quota.per // quota.calls) for quota in quotas if quota.per)  # rounded up
    same = {"of": credential, "names": [quota.name for quota in quotas]}
    for quota in quotas:
        insert_new(connection, slot, {"credential": credential, "quota": quota.name, "free_at": now})
    held = connection.execute(_FREE, same).scalars().all()
    # A slot further ahead than any patience was given by a clock that has gone back since.
    free_at = max([now, *(at for at in held if at <= now + _ONE_DAY)])
    within = max(0, math.floor((now + patience - free_at) / apart) + 1)
    slots = tuple(free_at + number * apart for number in range(min(calls, within)))
    if slots:
        free_at = slots[-1] + apart
        connection.execute(_TAKE, {**same, "until": free_at})
    return slots, free_at


def give_back(premises: Premises, grant: Grant, calls: int) -> None:
    """Give back what was not used, on the day that it was reserved for."""
    if not grant.slots or calls <= 0:
        return
    credential = digest(premises, grant.ask.credential)
    with premises.database.writing() as connection:
        for quota in grant.ask.quotas:
            if quota.daily_zone is not None and grant.ask.path.startswith(quota.path):
                day, _ = _day(quota, grant.reserved_at)
                same = (usage.c.credential == credential, usage.c.quota == quota.name, usage.c.day == day)
                left = usage.c.used - min(calls, grant.calls)
                connection.execute(usage.update().where(*same, left >= 0).values(used=left))


def used(connection: Connection) -> Mapping[str, int]:
    """Calls by quota and day, of the newest day of each."""
    newest = select(usage.c.quota, func.max(usage.c.day).label("day")).group_by(usage.c.quota).subquery()
    rows = select(usage.c.credential, usage.c.quota, usage.c.day, usage.c.used)
    rows = rows.join(newest, (usage.c.quota == newest.c.quota) & (usage.c.day == newest.c.day))
    return {f"{row.quota} {row.day} {row.credential[:8]}": row.used for row in connection.execute(rows)}


def pauses_of(premises: Premises, credentials: Iterable[str]) -> Mapping[str, Pause]:
    """The pauses that there are. One that ran out is told for its failures; one that a wrong clock made is not."""
    names = {digest(premises, one): one for one in credentials}
    with premises.database.reading() as connection:
        now = premises.database.now(connection)
        rows = connection.execute(_PAUSES, {"names": list(names)}).all()
    return {
        names[row.credential]: Pause(
            until=row.until, ordinary_until=row.ordinary_until, why=row.why, failures=row.failures, stopped=row.stopped
        )
        for row in rows
        if row.stopped or row.since <= now + _ONE_DAY
    }


def pause(premises: Premises, credential: str, wanted: Pause) -> None:
    """Leave a credential alone."""
    with premises.database.writing() as connection:
        now = premises.database.now(connection)
        longest = now + _LONGEST_PAUSE
        values = {
            "until": wanted.until and min(wanted.until, longest), "why": wanted.why[:200], "failures": wanted.failures,
            "ordinary_until": wanted.ordinary_until and min(wanted.ordinary_until, longest), "stopped": wanted.stopped,
            "since": now,
        }  # fmt: skip
        same = digest(premises, credential)
        insert_new(connection, pauses, {"credential": same, **values})
        connection.execute(pauses.update().where(pauses.c.credential == same).values(**values))


def resume(premises: Premises, credential: str, accounts: Iterable[str]) -> None:
    """Forget a pause; forced reads that its accounts' trouble left owed are due at once."""
    with premises.database.writing() as connection:
        connection.execute(pauses.delete().where(pauses.c.credential == digest(premises, credential)))
        _make_up(connection, premises, accounts)


def _make_up(connection: Connection, premises: Premises, accounts: Iterable[str]) -> None:
    """Make forced reads due that wait for another try after their accounts' trouble, as far as their day has reads left."""
    now, cadence = premises.database.now(connection), premises.planning.cadence
    day_has_room = or_(labels.c.reads_on != premises.planning.day(now), labels.c.reads_count < cadence.reads_per_day)
    rested = labels.c.last_attempt_at <= now - timedelta(seconds=cadence.least_gap_seconds)
    active = (labels.c.stopped_at.is_(None), labels.c.account.in_(list(accounts)), labels.c.lease_until.is_(None))
    owed = (labels.c.deadline_at <= now, labels.c.due_at > now, labels.c.last_error_class.in_(_TROUBLE))
    waiting = select(labels.c.id).where(*active, *owed, rested, day_has_room).with_for_update(skip_locked=True)
    connection.execute(labels.update().where(labels.c.id.in_(waiting)).values(due_at=now, next_poll_at=now))
