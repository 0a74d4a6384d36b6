"""What the calendar brings, whether or not anything is read."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Integer, bindparam, select

from retoure.errors import ConfigurationError, StoreError
from retoure.monitor.changes import Changed
from retoure.monitor.changing import change
from retoure.monitor.jumps import at_the_right_time, went_back
from retoure.monitor.premises import Premises
from retoure.monitor.recording import MENDING
from retoure.monitor.records import Recorded
from retoure.monitor.tables import case as cases
from retoure.monitor.tables import label as labels

_WOKEN = (
    select(labels.c.case_id)
    .where(labels.c.wake_at <= bindparam("at"))
    .order_by(labels.c.wake_at)
    .limit(bindparam("most", type_=Integer))
)


def tick(premises: Premises, limit: int) -> Recorded:
    """Fold the returns on which the calendar brings something by now."""
    changed = Changed()
    with premises.database.reading() as connection:
        now = premises.database.now(connection)
        woken, back = _woken(connection, now, limit), went_back(connection, now)
    if not woken and not back:
        return Recorded()
    with premises.database.writing() as connection:
        at_the_right_time(connection, now)
        woken = _woken(connection, now, limit) if back else woken
        for case_id in sorted(set(woken)):
            row = connection.execute(select(cases).where(cases.c.id == case_id).with_for_update(skip_locked=True)).one_or_none()
            if row is None:
                continue  # another process has it
            if row.erased_at is not None:
                connection.execute(labels.update().where(labels.c.case_id == case_id).values(wake_at=None))
                continue
            try:
                with connection.begin_nested():
                    change(connection, premises, row, (), now, changed)
            except (StoreError, ConfigurationError, ValueError) as error:
                changed.broken[row.rma or str(row.id)] = type(error).__name__ if isinstance(error, ValueError) else str(error)
                connection.execute(labels.update().where(labels.c.case_id == case_id).values(wake_at=now + MENDING))
        changed.write(connection)
    premises.cases.keep(changed.folded)
    return changed.told()


def _woken(connection: Connection, now: datetime, limit: int) -> Sequence[int]:
    return connection.execute(_WOKEN, {"at": now, "most": limit}).scalars().all()


def replan(premises: Premises, policy: str | None) -> int:
    """Have returns folded and planned anew by the next ticks."""
    with premises.database.writing() as connection:
        now = premises.database.now(connection)
        of = select(cases.c.id).where(cases.c.erased_at.is_(None))
        of = of if policy is None else of.where(cases.c.policy == policy)
        return connection.execute(labels.update().where(labels.c.case_id.in_(of)).values(wake_at=now)).rowcount
