"""Taking returns in, and what is learned of them beside reads: messages of carriers, and what only the merchant knows."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from retoure.carrier.shaping import plain_number
from retoure.errors import ConfigurationError, StoreError
from retoure.lifecycle import CaseLabel, Observation, ReturnCase, State
from retoure.monitor.changes import Changed, Learned
from retoure.monitor.changing import change
from retoure.monitor.labels import new_label
from retoure.monitor.logbook import case_row, labels_of, load, write_labels
from retoure.monitor.premises import FoldedCase, Premises
from retoure.monitor.records import Watch, Watched
from retoure.monitor.tables import case as cases
from retoure.monitor.tables import label as labels

_AHEAD = timedelta(days=1)
"""What is told may lie so far ahead, by somebody's fast clock or the end of a day; anything later is a slip."""

_OF_RMA = select(cases).where(cases.c.rma == bindparam("name")).with_for_update()
_NEW = cases.insert().returning(*cases.c)
_OF_NUMBER = (labels.c.account == bindparam("of"), labels.c.number == bindparam("plain"), labels.c.stopped_at.is_(None))
_OTHER = select(cases.c.id, cases.c.rma).join(labels, labels.c.case_id == cases.c.id).where(*_OF_NUMBER)


def watch(premises: Premises, watches: Sequence[Watch]) -> tuple[Watched, ...]:
    """Take returns in; one that cannot be taken says why."""
    changed = Changed()
    with premises.database.writing() as connection:
        now = premises.database.now(connection)
        taken = tuple(_watched(connection, premises, one, now, changed) for one in watches)
    premises.cases.keep(changed.folded)
    return taken


def _watched(connection: Connection, premises: Premises, watch: Watch, now: datetime, changed: Changed) -> Watched:
    premises.policy(watch.policy)
    try:
        with connection.begin_nested():
            taken = _take_in(connection, premises, watch, now, changed)
        changed.write(connection)
        return taken
    except (ValueError, ConfigurationError, StoreError) as error:
        return Watched(id=0, rma=watch.case.rma, refused=_why(error))


def _why(error: Exception) -> str:
    """The reason without what was given: that may be personal."""
    from pydantic import ValidationError

    if not isinstance(error, ValidationError):
        return str(error)
    return "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors(include_input=False))


def _take_in(connection: Connection, premises: Premises, watch: Watch, now: datetime, changed: Changed) -> Watched:
    given = watch.case
    refuse_ahead(now, given.observations, given.labels)
    row = _known(connection, given)
    more = {"refund_at_scan": watch.refund_at_scan, "pickup_on": watch.pickup_on}
    if row is None:
        row = _new_case(connection, watch, now)
        write_labels(connection, row.id, given.labels, new=True)
        before = FoldedCase(ReturnCase(rma=given.rma, labels=given.labels), row.version, 0, 0)
        fresh = given.labels
    else:
        refuse_erased(row)
        known = {plain_number(label.number) for label in labels_of(connection, row)}
        fresh = tuple(label for label in given.labels if plain_number(label.number) not in known)
        if not fresh and not given.observations:
            return Watched(id=row.id, rma=row.rma)
        before = _with_labels(connection, premises, row, fresh)
    added = [new_label(row.id, label, label.account, now, more) for label in fresh]
    for values in added:
        _refuse_taken(connection, values)
    learned = [Learned(one) for one in given.observations]
    change(connection, premises, row, learned, now, changed, before=before, added=added, as_learned=True)
    return Watched(id=row.id, rma=row.rma, added=tuple(label.number for label in fresh))


def refuse_ahead(now: datetime, observations: Iterable[Observation], given: Iterable[CaseLabel] = ()) -> None:
    """Refuse what was created or learned in days to come: nothing would be read, or believed, before then.

    Raises:
        ConfigurationError: something was.
    """
    told = [(f"the label {one.number} was created", one.issued_at) for one in given if one.issued_at is not None]
    told += [(f"an observation of type {one.type} was learned", one.observed_at) for one in observations]
    for what, at in told:
        if at > now + _AHEAD:
            raise ConfigurationError(f"{what} at {at:%Y-%m-%d %H:%M %z}, which lies ahead: it is {now:%Y-%m-%d %H:%M %z}")


def _known(connection: Connection, given: ReturnCase) -> Row[Any] | None:
    """The return that is watched already: by its rma, or one without an rma by an active label."""
    if given.rma:
        return connection.execute(_OF_RMA, {"name": given.rma}).one_or_none()
    label = given.labels[0]
    found = connection.execute(_OTHER, {"of": label.account, "plain": plain_number(label.number)}).first()
    row = case_row(connection, found.id, lock=True) if found is not None else None
    return row if row is not None and not row.rma else None


def _new_case(connection: Connection, watch: Watch, now: datetime) -> Row[Any]:
    values = {
        "rma": watch.case.rma, "policy": watch.policy, "version": 0, "state": State.AWAITING_FIRST_SCAN.value, "detail": "",
        "signals": 0, "snapshots": 0, "chain": "", "opening_at": None, "watched_at": now, "erased_at": None,
    }  # fmt: skip
    return connection.execute(_NEW, values).one()


def _with_labels(connection: Connection, premises: Premises, row: Row[Any], fresh: tuple[CaseLabel, ...]) -> FoldedCase:
    held = load(connection, premises, row)
    if not fresh:
        return held
    whole = ReturnCase(rma=row.rma, labels=(*held.case.labels, *fresh), observations=held.case.observations)
    write_labels(connection, row.id, whole.labels, new=False)
    return FoldedCase(whole, held.version, held.last, held.rows)


def _refuse_taken(connection: Connection, values: Mapping[str, Any]) -> None:
    other = connection.execute(_OTHER, {"of": values["account"], "plain": values["number"]}).first()
    if other is not None:
        name = other.rma or f"#{other.id}"
        raise ConfigurationError(
            f"the number {values['number']} of account {values['account']!r} is watched for the return {name}: "
            "stop that one first, if the carrier gave its number away again"
        )


def refuse_erased(row: Row[Any]) -> None:
    """Raise ``ConfigurationError`` for a return that was erased."""
    if row.erased_at is not None:
        raise ConfigurationError(f"the return {row.rma or row.id} was erased: nothing can be added to it")
