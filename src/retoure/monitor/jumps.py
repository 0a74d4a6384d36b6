"""A clock that was ahead and is right again: what was planned and stopped by the wrong time is planned anew."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, or_, select

from retoure.monitor.contents import insert_new
from retoure.monitor.labels import BY_STORE, UNLEASED
from retoure.monitor.tables import label as labels
from retoure.monitor.tables import setting

_LATEST = "latest"  # a moment at which labels were leased or the calendar moved, not much before the last one
_BACK = timedelta(minutes=5)  # a clock that goes back by less is waited for
_FAR = timedelta(days=1)  # what is due sooner comes by itself
_STAMP = select(setting.c.value).where(setting.c.name == _LATEST)


def went_back(connection: Connection, now: datetime) -> bool:
    """Whether the time was later already."""
    latest = _latest(connection)
    return latest is not None and now < latest - _BACK


def at_the_right_time(connection: Connection, now: datetime) -> None:
    """Remember the time; after the clock jumped back, undo what the wrong time did, in a transaction that writes.

    What was asked for is due within the minute, and no sooner. What was merely leased, planned far ahead or stopped is planned
    anew by the next ticks.
    """
    latest = _latest(connection)
    if latest is not None and now < latest - _BACK:
        _come_back(connection, now)
    elif latest is not None and now <= latest + _BACK:
        return
    value = now.isoformat()
    insert_new(connection, setting, {"name": _LATEST, "value": value})
    connection.execute(setting.update().where(setting.c.name == _LATEST).values(value=value))


def _latest(connection: Connection) -> datetime | None:
    latest = connection.execute(_STAMP).scalar()
    return datetime.fromisoformat(latest) if latest else None


def _come_back(connection: Connection, now: datetime) -> None:
    active = labels.c.stopped_at.is_(None)
    asked = labels.c.last_attempt_at > now
    soon = now + timedelta(minutes=1)
    due = {"due_at": soon, "next_poll_at": soon, "version": labels.c.version + 1, "quiet_until": None}
    stopped = and_(labels.c.stopped_at > now, labels.c.stop_reason.not_in(BY_STORE))
    unasked = or_(labels.c.last_attempt_at.is_(None), labels.c.last_attempt_at <= now)
    anew = or_(and_(active, unasked, labels.c.due_at > now + _FAR), stopped)
    connection.execute(labels.update().where(anew).values(**UNLEASED, wake_at=now))
    connection.execute(labels.update().where(active, asked).values(**due, **UNLEASED))
    connection.execute(labels.update().where(asked).values(last_attempt_at=now))
