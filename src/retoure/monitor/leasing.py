"""Which labels are read next: the most urgent ones, each by one poller at a time."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from sqlalchemy import Connection, Integer, Row, bindparam, func, literal, select
from sqlalchemy import case as sql_case

from retoure.model.tracking import TrackedParcel
from retoure.monitor.contents import UNREADABLE, unreadable
from retoure.monitor.jumps import at_the_right_time, went_back
from retoure.monitor.labels import UNLEASED
from retoure.monitor.logbook import hold
from retoure.monitor.premises import Premises
from retoure.monitor.reasons import Rank, Reason
from retoure.monitor.recording import MENDING
from retoure.monitor.records import Lease
from retoure.monitor.tables import label as labels

log = logging.getLogger("retoure.monitor")

OVERDUE = timedelta(days=1)
"""What is overdue by more goes before what is merely more urgent."""

_AT_ONCE = 10_000
"""So many labels are taken in one transaction: others wait for it, and a statement names no more than 65,535."""
_STARVING_SHARE = 4
_FIRST = (Rank.DEADLINE, Rank.INDETERMINATE)
_RIDING = timedelta(hours=12)
_ACTIVE = labels.c.stopped_at.is_(None)
_OF_ACCOUNT = (_ACTIVE, labels.c.account == bindparam("of"))
_EARLIEST = select(
    *(select(func.min(labels.c.due_at)).where(*_OF_ACCOUNT, labels.c.rank == int(rank)).scalar_subquery() for rank in Rank)
)
"""When the first label of each rank is due: a seek for each, in one statement."""
_UNNEEDED = {
    "refund_at_scan", "pickup_on", "watched_at", "ride_from", "raw_digest", "lease_owner", "lease_token", "lease_until",
}  # fmt: skip
_NEEDED = tuple(column for column in labels.columns if column.name not in _UNNEEDED)
"""What a look needs, and writing it down where it tells nothing new. Each column that is fetched costs."""
_OF_RANK = (*_OF_ACCOUNT, labels.c.rank == bindparam("rank"), labels.c.due_at <= bindparam("at"))
DUE = select(*_NEEDED).where(*_OF_RANK).order_by(labels.c.due_at).limit(bindparam("most", type_=Integer))
"""The due labels of one rank, the one that has waited longest first: one seek in an index."""

_DUE = DUE.with_for_update(skip_locked=True)
_RIDE = _DUE.where(labels.c.due_at > bindparam("now"), labels.c.ride_from <= bindparam("now"), labels.c.lease_until.is_(None))
_OVERTAKEN = (
    select(*_NEEDED)
    .where(*_OF_ACCOUNT, labels.c.deadline_at <= bindparam("at"), labels.c.due_at <= bindparam("at"))
    .where(labels.c.rank != int(Rank.DEADLINE))
    .order_by(labels.c.deadline_at)
    .limit(bindparam("most", type_=Integer))
)
"""Labels whose forced read came while a lesser one was still waiting for its turn."""
_PASSED = _OVERTAKEN.with_for_update(skip_locked=True)
FIRST_ACCOUNT = select(func.min(labels.c.account)).where(_ACTIVE)
NEXT_ACCOUNT = FIRST_ACCOUNT.where(labels.c.account > bindparam("last"))
"""A seek each, in an index that holds all they name: SQLite takes another one else."""
SAMPLE = select(labels.c.parcel).where(*_OF_ACCOUNT).order_by(labels.c.rank, labels.c.due_at).limit(100)
COUNTS = select(labels.c.reason, func.count()).where(*_OF_ACCOUNT).group_by(labels.c.reason)
_COLUMNS = tuple(column.name for column in _NEEDED)
_RANKS, _REASONS = {int(rank): rank for rank in Rank}, {reason.value: reason for reason in Reason}
_OWED = select(labels.c.deadlines_booked.label("reads")).where(*_OF_ACCOUNT, labels.c.deadline_at < bindparam("at"))
_OWED_UNTIL = select(func.coalesce(func.sum(_OWED.limit(bindparam("most", type_=Integer)).subquery().c.reads), 0))
_FIRST_DEADLINE = select(func.min(labels.c.deadline_at)).where(*_OF_ACCOUNT, labels.c.due_at <= labels.c.deadline_at)
_FIRST_WAKE = select(func.min(labels.c.wake_at))


def lease(
    premises: Premises, account: str, *, calls: int, owner: str, batch_size: int, lasts: timedelta, deadlines_only: bool,
) -> tuple[Lease, ...]:  # fmt: skip
    """Take the most urgent due labels, as far as one transaction reaches, and fill the last batch."""
    calls = min(calls, max(1, _AT_ONCE // batch_size))
    with premises.database.reading() as connection:
        now = premises.database.now(connection)
        if not went_back(connection, now) and not _anything(connection, account, now, deadlines_only=deadlines_only):
            return ()
    with premises.database.writing() as connection:
        at_the_right_time(connection, now)
        rows = {row.id: row for row in _due(connection, account, now, calls * batch_size, deadlines_only=deadlines_only)}
        if rows and (room := -len(rows) % batch_size):
            rows |= {row.id: row for row in _riders(connection, account, now, room)}
        token, until = token_hex(16), now + lasts
        values = {"lease_owner": owner, "lease_token": token, "lease_until": until, "due_at": until}
        connection.execute(labels.update().where(labels.c.id.in_(list(rows))).values(**values))
        return tuple(_readable(connection, premises, rows.values(), token, now, until))


def _readable(
    connection: Connection, premises: Premises, rows: Iterable[Row[Any]], token: str, now: datetime, until: datetime
) -> Iterator[Lease]:
    """Leases for the rows that can be read; one that cannot is told, and left alone until somebody may have mended it."""
    for row in rows:
        try:
            yield _lease(premises, row, token, now, until)
        except UNREADABLE as error:
            log.warning("%s", unreadable(f"the row {row.id} of monitor_label", error))
            connection.execute(labels.update().where(labels.c.id == row.id).values(**UNLEASED, due_at=now + MENDING))


def _anything(connection: Connection, account: str, now: datetime, *, deadlines_only: bool) -> bool:
    """Whether something is due; no row is locked where nothing is taken."""
    waiting = _due_ranks(connection, account, now)
    if not deadlines_only or not waiting or Rank.DEADLINE in waiting:
        return bool(waiting)
    return connection.execute(_OVERTAKEN, {"of": account, "at": now, "most": 1}).first() is not None


def _due_ranks(connection: Connection, account: str, now: datetime) -> frozenset[Rank]:
    """The ranks of which something is due."""
    earliest = connection.execute(_EARLIEST, {"of": account}).one()
    return frozenset(rank for rank, due_at in zip(Rank, earliest, strict=True) if due_at is not None and due_at <= now)


def _due(connection: Connection, account: str, now: datetime, most: int, *, deadlines_only: bool) -> Iterator[Row[Any]]:
    """What is due, the most urgent first: forced and indeterminate reads, a share for what starves, then by rank."""
    left = most
    taken: set[int] = set()
    waiting = _due_ranks(connection, account, now) | {Rank.DEADLINE}
    ranks = (Rank.DEADLINE,) if deadlines_only else (*_FIRST, None, *list(Rank)[len(_FIRST) :])
    for rank in (rank for rank in ranks if rank is None or rank in waiting):
        share = left if rank is not None else -(-left // _STARVING_SHARE)
        rows = (
            _starving(connection, account, now, share, waiting)
            if rank is None
            else _of_rank(connection, account, rank, now, share, taken)
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
    asked = {"of": account, "rank": int(rank), "at": now, "most": most + len(taken)}
    rows = [*connection.execute(_DUE, asked).all()]
    if rank is Rank.DEADLINE:
        rows += connection.execute(_PASSED, asked).all()
    return [row for row in rows if row.id not in taken][:most]


def _starving(
    connection: Connection, account: str, now: datetime, most: int, waiting: frozenset[Rank]
) -> list[Row[Any]]:  # fmt: skip
    rows: list[Row[Any]] = []
    for rank in sorted(waiting.difference(_FIRST)):
        rows += connection.execute(_DUE, {"of": account, "rank": int(rank), "at": now - OVERDUE, "most": most}).all()
    return sorted(rows, key=lambda row: row.due_at)[:most]


def _riders(connection: Connection, account: str, now: datetime, most: int) -> list[Row[Any]]:
    """Labels that are due soon, and cost nothing in a call that leaves anyway."""
    rows: list[Row[Any]] = []
    for rank in Rank:
        rows += connection.execute(_RIDE, {"of": account, "rank": int(rank), "at": now + _RIDING, "now": now, "most": most}).all()
    return sorted(rows, key=lambda row: row.due_at)[:most]


def _lease(premises: Premises, row: Row[Any], token: str, now: datetime, until: datetime) -> Lease:
    values = dict(zip(_COLUMNS, row, strict=True))  # a row's own attributes take ten times as long
    forced = values["deadline_at"] is not None and values["deadline_at"] <= now
    rank, reason = _RANKS[values["rank"]], _REASONS[values["reason"]]  # of forced reads too: no outcome could be written down
    return Lease(
        label=values["id"],
        case=values["case_id"],
        account=values["account"],
        carrier=values["carrier"],
        parcel=_parcel(values),
        rank=Rank.DEADLINE if forced else rank,
        reason=Reason.DEADLINE if forced else reason,
        planned_at=values["next_poll_at"],
        attempts=values["attempts"],
        last_attempt_at=values["last_attempt_at"],
        token=token,
        until=until,
        outlook=premises.planning.read_outlook(values["outlook"]),
        row=values,
    )


def _parcel(values: Mapping[str, Any]) -> TrackedParcel:
    parcel = TrackedParcel.model_validate_json(values["parcel"])
    return parcel.model_copy(update={"precise": True}) if values["precise"] else parcel


def release(premises: Premises, leases: Iterable[Lease], not_before: datetime | None) -> None:
    """Give labels back that were not asked for."""
    given = sorted(leases, key=lambda lease: lease.label)
    with premises.database.writing() as connection:
        hold(connection, {lease.case for lease in given})
        for lease in given:
            held = (labels.c.id == lease.label, labels.c.lease_token == lease.token)
            planned = labels.c.next_poll_at  # what was wished since then is part of it
            due = (
                planned
                if not_before is None
                else sql_case((planned < not_before, literal(not_before, planned.type)), else_=planned)
            )
            connection.execute(labels.update().where(*held).values(**UNLEASED, due_at=due))


def accounts(premises: Premises) -> tuple[str, ...]:
    """The accounts that have labels to be read: a seek for each."""
    with premises.database.reading() as connection:
        return tuple(accounts_in(connection))


def accounts_in(connection: Connection) -> Iterator[str]:
    """The accounts that have labels to be read, in the order of their names."""
    account = connection.execute(FIRST_ACCOUNT).scalar()
    while account is not None:
        yield account
        account = connection.execute(NEXT_ACCOUNT, {"last": account}).scalar()


def sample(premises: Premises, account: str) -> TrackedParcel | None:
    """Any parcel of an account that is still read: what a look at it costs is known from it, without asking."""
    with premises.database.reading() as connection:
        for parcel in connection.execute(SAMPLE, {"of": account}).scalars():
            with suppress(ValueError):  # whoever leases that row is told
                return TrackedParcel.model_validate_json(parcel)
    return None


def next_due(premises: Premises, of: Iterable[str], *, deadlines_only: bool) -> datetime | None:
    """When the next label is due, or the calendar brings something."""
    with premises.database.reading() as connection:
        moments = [connection.execute(_FIRST_WAKE).scalar()]
        for account in of:
            if deadlines_only:
                moments.append(connection.execute(_FIRST_DEADLINE, {"of": account}).scalar())
            earliest = connection.execute(_EARLIEST, {"of": account}).one()
            moments += earliest[: int(Rank.DEADLINE) + 1] if deadlines_only else earliest
    return min(filter(None, moments), default=None)


def counts(premises: Premises, account: str) -> Mapping[Reason, int]:
    """How many active labels are planned for which reason."""
    with premises.database.reading() as connection:
        return {Reason(reason): number for reason, number in connection.execute(COUNTS, {"of": account})}


def earliest_due(connection: Connection, account: str) -> datetime | None:
    """When the first label of an account is due, or may be taken over."""
    return min(filter(None, connection.execute(_EARLIEST, {"of": account}).one()), default=None)


def deadlines_until(connection: Connection, account: str, until: datetime, limit: int) -> int:
    """How many forced reads are owed until a moment, as far as they matter."""
    return int(connection.execute(_OWED_UNTIL, {"of": account, "at": until, "most": limit}).scalar_one())


def deadlines(premises: Premises, account: str, until: datetime) -> int:
    """How many forced reads of an account are owed until a moment."""
    with premises.database.reading() as connection:
        return deadlines_until(connection, account, until, 1_000_000)
