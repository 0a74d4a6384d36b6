"""Which labels are read next: the most urgent ones, each by one poller at a time."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, select

from retoure.model.tracking import TrackedParcel
from retoure.monitor.contents import insert_new, readable
from retoure.monitor.labels import UNLEASED
from retoure.monitor.logbook import hold_cases
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


def lease(
    premises: Premises, account: str, *, calls: int, owner: str, batch_size: int, lasts: timedelta, deadlines_only: bool,
) -> tuple[Lease, ...]:  # fmt: skip
    """Take the most urgent due labels, and fill the last batch."""
    with premises.database.reading() as connection:
        now, latest = premises.database.now(connection), _latest(connection)
        went_back = latest is not None and now < latest - _BACK
        if not went_back and not any(True for _ in _due(connection, account, now, 1, deadlines_only=deadlines_only)):
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


def _due(connection: Connection, account: str, now: datetime, most: int, *, deadlines_only: bool) -> Iterator[Row[Any]]:
    """What is due, the most urgent first: forced and indeterminate reads, a share for what starves, then by rank."""
    left = most
    taken: set[int] = set()
    ranks = (Rank.DEADLINE,) if deadlines_only else tuple(Rank)
    for rank in (*_FIRST, None, *ranks[len(_FIRST) :]) if not deadlines_only else ranks:
        share = left if rank is not None else -(-left // _STARVING_SHARE)
        rows = (
            _starving(connection, account, now, share) if rank is None else _of_rank(connection, account, rank, now, share, taken)
        )
        for row in rows:
            if row.id not in taken:
                taken.add(row.id)
                left -= 1
                yield row
        if left <= 0:
            return


def _of_rank(
    connection: Connection, account: str, rank: Rank, now: datetime, most: int, taken: set[int]
) -> list[Row[Any]]:  # fmt: skip
    queries = [due_of_rank(account, rank, now)] + ([_passed(account, now)] if rank is Rank.DEADLINE else [])
    rows = [
        row
        for query in queries
        for row in connection.execute(query.limit(most + len(taken)).with_for_update(skip_locked=True))
        if row.id not in taken
    ]
    return rows[:most]


def _passed(account: str, now: datetime) -> Select[Any]:
    """Labels whose forced read came while a lesser one was still waiting for its turn."""
    waiting = (_ACTIVE, labels.c.account == account, labels.c.deadline_at <= now, labels.c.due_at <= now)
    return select(labels).where(*waiting, labels.c.rank != int(Rank.DEADLINE)).order_by(labels.c.deadline_at)


def due_of_rank(account: str, rank: Rank, now: datetime) -> Select[Any]:
    """The due labels of one rank, the one that has waited longest first: one seek in an index."""
    return (
        select(labels)
        .where(_ACTIVE, labels.c.account == account, labels.c.rank == int(rank), labels.c.due_at <= now)
        .order_by(labels.c.due_at)
    )


def _starving(connection: Connection, account: str, now: datetime, most: int) -> list[Row[Any]]:
    rows: list[Row[Any]] = []
    for rank in list(Rank)[len(_FIRST) :]:
        rows += connection.execute(due_of_rank(account, rank, now - OVERDUE).limit(most).with_for_update(skip_locked=True))
    return sorted(rows, key=lambda row: row.due_at)[:most]


def _riders(connection: Connection, account: str, now: datetime, most: int) -> list[Row[Any]]:
    """Labels that are due soon, and cost nothing in a call that leaves anyway."""
    rows: list[Row[Any]] = []
    for rank in Rank:
        soon = due_of_rank(account, rank, now + _RIDING).where(labels.c.due_at > now, labels.c.ride_from <= now)
        rows += connection.execute(soon.where(labels.c.lease_until.is_(None)).limit(most).with_for_update(skip_locked=True))
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
    """Give labels back that were not asked for. Cases are held first, as whoever records holds them: nobody waits in a circle."""
    given = sorted(leases, key=lambda lease: lease.label)
    with premises.database.writing() as connection:
        hold_cases(connection, {lease.case for lease in given})
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
            for rank in (Rank.DEADLINE,) if deadlines_only else Rank:
                query = select(func.min(labels.c.due_at)).where(_ACTIVE, labels.c.account == account, labels.c.rank == int(rank))
                moments.append(connection.execute(query).scalar())
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
