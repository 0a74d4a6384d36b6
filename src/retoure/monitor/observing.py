"""What is learned beside reads: messages of carriers, what only the merchant knows, and wishes to read at once or no more."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from retoure.carrier.shaping import plain_number
from retoure.errors import ConfigurationError
from retoure.lifecycle import Observation, Push
from retoure.monitor.changes import Changed, Learned
from retoure.monitor.changing import change
from retoure.monitor.logbook import case_row
from retoure.monitor.premises import Premises
from retoure.monitor.reasons import Reason, Stop
from retoure.monitor.records import Recorded
from retoure.monitor.tables import case as cases
from retoure.monitor.tables import label as labels
from retoure.monitor.watching import refuse_ahead, refuse_erased

_OF_RMA = select(cases.c.id).where(cases.c.rma == bindparam("name"))


def observe(premises: Premises, observations: Iterable[Observation], account: str | None) -> Recorded:
    """Write down what was learned otherwise, return by return."""
    changed = Changed()
    with premises.database.writing() as connection:
        now = premises.database.now(connection)
        observations = tuple(observations)
        refuse_ahead(now, observations)
        of: dict[int, list[Observation]] = {}
        for one in observations:
            of.setdefault(_case_of(connection, one, account), []).append(one)
        for case_id, told in sorted(of.items()):
            row = case_row(connection, case_id, lock=True)
            refuse_erased(row)
            wanted = {plain_number(one.number): Reason.PUSHED for one in told if isinstance(one, Push)}
            learned = [Learned(one) for one in told]
            try:
                change(connection, premises, row, learned, now, changed, wanted=wanted)
            except ValueError as error:
                raise ConfigurationError(f"the return {row.rma or row.id} cannot take that: {error}") from None
        changed.write(connection)
    premises.cases.keep(changed.folded)
    return changed.told()


def _case_of(connection: Connection, observation: Observation, account: str | None) -> int:
    rma, number = getattr(observation, "rma", ""), plain_number(getattr(observation, "number", ""))
    if rma:
        found = connection.execute(_OF_RMA, {"name": rma}).scalar()
        if found is None:
            raise ConfigurationError(f"the return {rma} is not watched")
        return int(found)
    return int(label_row(connection, number, account).case_id)


def label_row(connection: Connection, number: str, account: str | None) -> Row[Any]:
    """A label by its number: the one that is read, else the one that was read last.

    Raises:
        ConfigurationError: it is not watched, or several accounts have it.
    """
    query = select(labels).where(labels.c.number == plain_number(number)).order_by(labels.c.id.desc())
    found = connection.execute(query.where(labels.c.account == account) if account is not None else query).all()
    if not found:
        raise ConfigurationError(f"the number {plain_number(number) or '(none)'} is not watched")
    active = [row for row in found if row.stopped_at is None] or found[:1]
    if len(active) > 1:
        names = ", ".join(sorted(row.account for row in active))
        raise ConfigurationError(f"the number {plain_number(number)} is watched for several accounts ({names}): name one")
    return active[0]


def refresh(premises: Premises, number: str, account: str | None) -> None:
    """Make a label due at once."""
    changed = Changed()
    with premises.database.writing() as connection:
        now = premises.database.now(connection)
        row = case_row(connection, label_row(connection, number, account).case_id, lock=True)
        refuse_erased(row)
        change(connection, premises, row, (), now, changed, wanted={plain_number(number): Reason.ASKED})
        changed.write(connection)
    premises.cases.keep(changed.folded)


def stop(premises: Premises, number: str, account: str | None) -> None:
    """Read a label no more."""
    with premises.database.writing() as connection:
        now = premises.database.now(connection)
        row = label_row(connection, number, account)
        stopped = {"due_at": None, "next_poll_at": None, "stopped_at": row.stopped_at or now, "stop_reason": Stop.BY_HAND.value}
        values = {**stopped, "version": row.version + 1}
        connection.execute(labels.update().where(labels.c.id == row.id).values(**values))
