"""Which labels are read next: the most urgent ones, each by one poller at a time."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, func, select

from retoure.model.tracking import TrackedParcel
from retoure.monitor.contents import insert_new, readable
from retoure.monitor.labels import UNLEASED
from retoure.monitor.logbook import hold
from retoure.monitor.premises import Premises
from retoure.monitor.reasons import Rank, Reason
from retoure.monitor.records import Lease
from retoure.monitor.tables import label as labels
from retoure.monitor.tables import setting

OVERDUE = timedelta(days=1)
"""What is overdue by more goes before what is merely more urgent."""

_STARVING_SHARE = 4
_FIRST = (Rank.DEADLINE, Rank.INDETERMINATE)
_RIDING = timedelta(hours=12)
_LATEST = "latest"  # a moment at which labels were leased, not much before the last one
_BACK = timedelta(minutes=5)  # a clock that goes back by less is waited for
_ACTIVE = labels.c.stopped_at.is_(None)
_LATER = tuple(rank for rank in Rank if rank not in _FIRST)
_ORDER = (*_FIRST, None, *_LATER)  # None: what starves
_OF = (_ACTIVE, labels.c.account == bindparam("of"))
_EARLIEST = select(
    *(select(func.min(labels.c.due_at)).where(*_OF, labels.c.rank == int(rank)).scalar_subquery() for rank in Rank)
)
"""When the first label of each rank is due: a seek for each, in one statement."""

_ANY = select(labels.c.id).where(*_OF, labels.c.rank.in_(bindparam("ranks", expanding=True)), labels.c.due_at <= bindparam("at"))
_ANY = _ANY.limit(1)
DUE = select(labels).where(*_OF, labels.c.rank == bindparam("rank"), labels.c.due_at <= bindparam("at"))
DUE = DUE.order_by(labels.c.due_at).limit(bindparam("most"))
"""The due labels of one rank, the one that has waited longest first: one seek in an index."""

_DUE = DUE.with_for_update(skip_locked=True)
_PASSED = select(labels).where(*_OF, labels.c.deadline_at <= bindparam("at"), labels.c.due_at <= bindparam("at"))
_PASSED = _PASSED.where(labels.c.rank != int(Rank.DEADLINE)).order_by(labels.c.deadline_at).limit(bindparam("most"))
"""Labels whose forced read came while a lesser one was still waiting for its turn."""

_RIDE = _DUE.where(labels.c.due_at > bindparam("now"), labels.c.ride_from <= bindparam("now"), labels.c.lease_until.is_(None))


def lease(
    premises: Premises, account: str, *, calls: int, owner: str, batch_size: int, lasts: timedelta, deadlines_only: bool,
) -> tuple[Lease, ...]:  # fmt: skip
    """Take the most urgent due labels, and fill the last batch."""
    with premises.database.reading() as connection:
        now, latest = premises.database.now(connection), _latest(connection)
        went_back = latest is not None and now < latest - _BACK
        if not went_back and not _any_due(connection, account, now, deadlines_only=deadlines_only):
            return ()
    with premises.database.writing() as connection:
        if went_back:
            _come_back(connection, now)
        rows = {row.id: row for row in _due(connection, account, now, calls * batch_size, deadlines_only=deadlines_only)}
        if rows and (room := -len(rows) % batch_size):
            rows |= {row.id: row for row in _riders(connection, account, now, room)}
        token, until = token_hex(16), now + lasts
        values = {"lease_owner": owner, "lease_token": token, "lease_until": until, "due_at": until}
        connection.execute(labels.update().where(labels.c.id.in_(list(rows))).values(**values))
        if latest is None or went_back or now > latest + _BACK:
            _stamp(connection, now)
        return tuple(_lease(premises, row, token, now, until) for row in rows.values())


def _any_due(connection: Connection, account: str, now: datetime, *, deadlines_only: bool) -> bool:
    ranks = [int(Rank.DEADLINE)] if deadlines_only else [int(rank) for rank in Rank]
    if connection.execute(_ANY, {"of": account, "ranks": ranks, "at": now}).first() is not None:
        return True
    return deadlines_only and connection.execute(_PASSED, {"of": account, "at": now, "most": 1}).first() is not None


def _due(connection: Connection, account: str, now: datetime, most: int, *, deadlines_only: bool) -> Iterator[Row[Any]]:
    """What is due, the most urgent first: forced and indeterminate reads, a share for what starves, then by rank."""
    left = most
    taken: set[int] = set()
    for rank in (Rank.DEADLINE,) if deadlines_only else _ORDER:
        if rank is None:
            rows = _starving(connection, account, now, -(-left // _STARVING_SHARE))
        else:
            asked = {"of": account, "at": now, "most": left + len(taken)}
            found = list(connection.execute(_DUE, {**asked, "rank": int(rank)}))
            if rank is Rank.DEADLINE:
                found += connection.execute(_PASSED.with_for_update(skip_locked=True), asked)
            rows = [row for row in found if row.id not in taken][:left]
        taken |= {row.id for row in rows}
        left -= len(rows)
        yield from rows
        if left <= 0:
            return


def _starving(connection: Connection, account: str, now: datetime, most: int) -> list[Row[Any]]:
    before = {"of": account, "at": now - OVERDUE, "most": most}
    rows = [row for rank in _LATER for row in connection.execute(_DUE, {**before, "rank": int(rank)})]
    return sorted(rows, key=lambda row: row.due_at)[:most]


def _riders(connection: Connection, account: str, now: datetime, most: int) -> list[Row[Any]]:
    """Labels that are due soon, and cost nothing in a call that leaves anyway."""
    soon = {"of": account, "at": now + _RIDING, "now": now, "most": most}
    rows = [row for rank in Rank for row in connection.execute(_RIDE, {**soon, "rank": int(rank)})]
    return sorted(rows, key=lambda row: row.due_at)[:most]


def _lease(premises: Premises, row: Row[Any], token: str, now: datetime, until: datetime) -> Lease:
    forced = row.deadline_at is not None and row.deadline_at <= now
    with readable(f"the label {row.number}"):
        return Lease(
            label=row.id,
            case=row.case_id,
            account=row.account,
            carrier=row.carrier,
            parcel=_parcel(row),
            rank=Rank.DEADLINE if forced else Rank(row.rank),
            reason=Reason.DEADLINE if forced else Reason(row.reason),
            planned_at=row.next_poll_at,
            attempts=row.attempts,
            last_attempt_at=row.last_attempt_at,
            token=token,
            until=until,
            outlook=premises.planning.read_outlook(row.outlook),
            row=row._asdict(),
        )


def _parcel(row: Row[Any]) -> TrackedParcel:
    parcel = TrackedParcel.model_validate_json(row.parcel)
    return parcel.model_copy(update={"precise": True}) if row.precise else parcel


def _latest(connection: Connection) -> datetime | None:
    latest = connection.execute(select(setting.c.value).where(setting.c.name == _LATEST)).scalar()
    return datetime.fromisoformat(latest) if latest else None


def _stamp(connection: Connection, now: datetime) -> None:
    value = now.isoformat()
    insert_new(connection, setting, {"name": _LATEST, "value": value})
    connection.execute(setting.update().where(setting.c.name == _LATEST).values(value=value))


def _come_back(connection: Connection, now: datetime) -> None:
    """After the clock jumped back: what was planned by the wrong time is due within the minute, and no sooner."""
    ahead = and_(_ACTIVE, labels.c.last_attempt_at > now)
    soon = {"due_at": now + timedelta(minutes=1), "next_poll_at": now + timedelta(minutes=1), "version": labels.c.version + 1}
    connection.execute(labels.update().where(ahead).values(**soon, **UNLEASED, last_attempt_at=now, quiet_until=None))


def release(premises: Premises, leases: Iterable[Lease], not_before: datetime | None) -> None:
    """Give labels back that were not asked for."""
    given = list(leases)
    with premises.database.writing() as connection:
        hold(connection, {lease.case for lease in given})
        for lease in given:
            held = (labels.c.id == lease.label, labels.c.lease_token == lease.token)
            planned = lease.planned_at
            due = max(filter(None, (planned, not_before)), default=None)
            connection.execute(labels.update().where(*held).values(**UNLEASED, due_at=due))


def accounts(premises: Premises) -> tuple[str, ...]:
    """The accounts that have labels to be read: a seek for each."""
    found: list[str] = []
    with premises.database.reading() as connection:
        while True:
            query = select(func.min(labels.c.account)).where(_ACTIVE)
            account = connection.execute(query.where(labels.c.account > found[-1]) if found else query).scalar()
            if account is None:
                return tuple(found)
            found.append(account)


def sample(premises: Premises, account: str) -> TrackedParcel | None:
    """Any parcel of an account that is still read: what a look at it costs is known from it, without asking."""
    query = select(labels.c.parcel).where(_ACTIVE, labels.c.account == account).order_by(labels.c.rank, labels.c.due_at).limit(1)
    with premises.database.reading() as connection:
        parcel = connection.execute(query).scalar()
    return None if parcel is None else TrackedParcel.model_validate_json(parcel)


def next_due(premises: Premises, of: Iterable[str], *, deadlines_only: bool) -> datetime | None:
    """When the next label is due, or the calendar brings something."""
    with premises.database.reading() as connection:
        moments = [connection.execute(select(func.min(labels.c.wake_at))).scalar()]
        for account in of:
            if deadlines_only:
                waiting = (_ACTIVE, labels.c.account == account, labels.c.due_at <= labels.c.deadline_at)
                moments.append(connection.execute(select(func.min(labels.c.deadline_at)).where(*waiting)).scalar())
            earliest = connection.execute(_EARLIEST, {"of": account}).one()
            moments += earliest[: int(Rank.DEADLINE) + 1] if deadlines_only else earliest
    return min(filter(None, moments), default=None)


def counts(premises: Premises, account: str) -> Mapping[Reason, int]:
    """How many active labels are planned for which reason."""
    query = select(labels.c.reason, func.count()).where(_ACTIVE, labels.c.account == account).group_by(labels.c.reason)
    with premises.database.reading() as connection:
        return {Reason(reason): number for reason, number in connection.execute(query)}


def deadlines_until(connection: Connection, account: str, until: datetime, limit: int) -> int:
    """How many forced reads are owed until a moment, as far as they matter."""
    soon = (_ACTIVE, labels.c.account == account, labels.c.deadline_at < until)
    owed = select(labels.c.deadlines_booked.label("reads")).where(*soon).limit(limit).subquery()
    return int(connection.execute(select(func.coalesce(func.sum(owed.c.reads), 0))).scalar_one())


def deadlines(premises: Premises, account: str, until: datetime) -> int:
    """How many forced reads of an account are owed until a moment."""
    with premises.database.reading() as connection:
        return deadlines_until(connection, account, until, 1_000_000)
