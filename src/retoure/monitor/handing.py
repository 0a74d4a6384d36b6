"""Handing signals out: each until it is acknowledged, of each return in their order."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Select, bindparam, or_, select

from retoure.errors import ConfigurationError, StoreError
from retoure.lifecycle.signals import SIGNAL, AnySignal
from retoure.monitor.contents import readable
from retoure.monitor.premises import Premises
from retoure.monitor.recording import MENDING
from retoure.monitor.tables import signal

log = logging.getLogger("retoure.monitor")

_OPEN = signal.c.acknowledged_at.is_(None)
_HELD = select(signal.c.id).where(_OPEN, signal.c.id == bindparam("handed"), signal.c.lease_owner == bindparam("by"))
_PARAMETERS = 500  # of one statement
_LEAST = timedelta(seconds=1)
"""A lease that is shorter may be over before its signal is told, which is then handed out again, without end."""
_LONGEST = timedelta(days=1)
"""No lease ends later: one that does was given by a clock that was ahead."""


def handed_out(
    premises: Premises, types: Iterable[str] | None, *, owner: str, lease: timedelta, limit: int
) -> tuple[AnySignal, ...]:
    """Of each return the first signal of these types that is not acknowledged, unless somebody has it."""
    if not _LEAST <= lease <= _LONGEST:
        raise ConfigurationError("lease: a signal is held for a second at the least, and for a day at the longest")
    wanted = None if types is None else sorted(set(types))
    with premises.database.reading() as connection:
        now = premises.database.now(connection)
        if connection.execute(heads(wanted, now).limit(1)).first() is None:
            return ()
    with premises.database.writing() as connection:
        while rows := connection.execute(heads(wanted, now).limit(limit).with_for_update(skip_locked=True)).all():
            given = dict(_readable(rows))
            left = [row.id for row in rows if row.id not in given]
            _taken(connection, list(given), now + lease, owner or "nobody")
            _taken(connection, left, now + MENDING, "nobody: it cannot be read")
            if given:
                return tuple(given.values())
    return ()


def _taken(connection: Connection, ids: Sequence[str], until: datetime, owner: str) -> None:
    connection.execute(signal.update().where(signal.c.id.in_(ids)).values(due_at=until, lease_owner=owner))


def _readable(rows: Iterable[Any]) -> Iterator[tuple[str, AnySignal]]:
    """The signals that can be read, by their ids; of the others the ids are told."""
    for row in rows:
        try:
            with readable(f"the signal {row.id}"):
                told = SIGNAL.validate_json(row.body)
        except StoreError as error:
            log.error("%s; or acknowledge it, so that those after it are told", error)  # noqa: TRY400 - said in full
        else:
            yield row.id, told


def holds(premises: Premises, id: str, owner: str) -> bool:  # noqa: A002 - the signal's
    """Whether a signal that was handed out is still this one's, and nobody has acknowledged it."""
    with premises.database.reading() as connection:
        return connection.execute(_HELD, {"handed": id, "by": owner}).first() is not None


def waiting(premises: Premises, types: Iterable[str] | None, limit: int) -> tuple[AnySignal, ...]:
    """What is not acknowledged, whoever has it, the oldest first."""
    query = select(signal.c.id, signal.c.body).where(_OPEN).order_by(signal.c.at, signal.c.case_id, signal.c.place)
    if types is not None:
        query = query.where(signal.c.type.in_(sorted(set(types))))
    found: list[AnySignal] = []
    seen = 0
    with premises.database.reading() as connection:
        while len(found) < limit and (rows := connection.execute(query.offset(seen).limit(limit - len(found))).all()):
            found += dict(_readable(rows)).values()
            seen += len(rows)
    return tuple(found)


def heads(types: list[str] | None, now: datetime) -> Select[Any]:
    """The signals that may be handed out, those that wait longest first: whatever nobody has, by whichever clock it was told."""
    earlier = signal.alias("earlier")
    before = select(earlier.c.id).where(
        earlier.c.case_id == signal.c.case_id, earlier.c.place < signal.c.place, earlier.c.acknowledged_at.is_(None)
    )
    free = or_(signal.c.due_at <= now, signal.c.lease_owner == "", signal.c.due_at > now + _LONGEST)
    query = select(signal).where(_OPEN, free)
    if types is not None:
        query, before = query.where(signal.c.type.in_(types)), before.where(earlier.c.type.in_(types))
    return query.where(~before.exists()).order_by(signal.c.due_at, signal.c.case_id)


def acknowledge(premises: Premises, ids: Iterable[str]) -> int:
    """Never hand these out again."""
    given, done = list(ids), 0
    with premises.database.writing() as connection:
        now = premises.database.now(connection)
        for start in range(0, len(given), _PARAMETERS):
            some = signal.update().where(_OPEN, signal.c.id.in_(given[start : start + _PARAMETERS]))
            done += len(connection.execute(some.values(acknowledged_at=now, lease_owner="").returning(signal.c.id)).all())
    return done


def unknown(premises: Premises, ids: Iterable[str]) -> tuple[str, ...]:
    """Those of some ids that no signal ever had, in their order."""
    given = list(dict.fromkeys(ids))
    known: set[str] = set()
    with premises.database.reading() as connection:
        for start in range(0, len(given), _PARAMETERS):
            some = select(signal.c.id).where(signal.c.id.in_(given[start : start + _PARAMETERS]))
            known.update(connection.execute(some).scalars())
    return tuple(one for one in given if one not in known)
