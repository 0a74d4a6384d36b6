"""Taking returns in, and what is learned of them beside reads: messages of carriers, and what only the merchant knows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from retoure.carrier.shaping import plain_number
from retoure.errors import ConfigurationError, StoreError
from retoure.lifecycle import CaseLabel, Observation, Push, ReturnCase, State
from retoure.monitor.changing import Changed, Learned, change
from retoure.monitor.labels import new_label
from retoure.monitor.logbook import case_row, labels_of, load, write_labels
from retoure.monitor.premises import FoldedCase, Premises
from retoure.monitor.reasons import Reason, Stop
from retoure.monitor.recording import MENDING
from retoure.monitor.records import Recorded, Watch, Watched
from retoure.monitor.tables import case as cases
from retoure.monitor.tables import label as labels


def recorded(changed: Changed) -> Recorded:
    """What a transaction came to."""
    return Recorded(
        folded=changed.cases, signals=tuple(changed.signals), added=tuple(changed.added), broken=changed.broken
    )  # fmt: skip


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
    row = _known(connection, given)
    more = {"refund_at_scan": watch.refund_at_scan, "pickup_on": watch.pickup_on}
    if row is None:
        row = _new_case(connection, watch, now)
        write_labels(connection, row.id, given.labels, new=True)
        before = FoldedCase(ReturnCase(rma=given.rma, labels=given.labels), row.version, 0, 0)
        fresh = given.labels
    else:
        _refuse_erased(row)
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


def _known(connection: Connection, given: ReturnCase) -> Row[Any] | None:
    """The return that is watched already: by its rma, or one without an rma by an active label."""
    if given.rma:
        return connection.execute(select(cases).where(cases.c.rma == given.rma).with_for_update()).one_or_none()
    label = given.labels[0]
    same = (labels.c.account == label.account, labels.c.number == plain_number(label.number), labels.c.stopped_at.is_(None))
    found = connection.execute(select(labels.c.case_id).where(*same)).scalar()
    row = case_row(connection, found, lock=True) if found is not None else None
    return row if row is not None and not row.rma else None


def _new_case(connection: Connection, watch: Watch, now: datetime) -> Row[Any]:
    values = {
        "rma": watch.case.rma, "policy": watch.policy, "version": 0, "state": State.AWAITING_FIRST_SCAN.value, "detail": "",
        "signals": 0, "snapshots": 0, "chain": "", "opening_at": None, "watched_at": now, "erased_at": None,
    }  # fmt: skip
    return connection.execute(cases.insert().values(**values).returning(*cases.c)).one()


def _with_labels(connection: Connection, premises: Premises, row: Row[Any], fresh: tuple[CaseLabel, ...]) -> FoldedCase:
    held = load(connection, premises, row)
    if not fresh:
        return held
    whole = ReturnCase(rma=row.rma, labels=(*held.case.labels, *fresh), observations=held.case.observations)
    write_labels(connection, row.id, whole.labels, new=False)
    return FoldedCase(whole, held.version, held.last, held.rows)


def _refuse_taken(connection: Connection, values: Mapping[str, Any]) -> None:
    same = (labels.c.account == values["account"], labels.c.number == values["number"], labels.c.stopped_at.is_(None))
    query = select(cases.c.id, cases.c.rma).join(labels, labels.c.case_id == cases.c.id).where(*same)
    other = connection.execute(query).first()
    if other is not None:
        raise ConfigurationError(
            f"the number {values['number']} of account {values['account']!r} is watched for the return {other.rma or other.id}: "
            "stop that one first, if the carrier gave its number away again"
        )


def _refuse_erased(row: Row[Any]) -> None:
    if row.erased_at is not None:
        raise ConfigurationError(f"the return {row.rma or row.id} was erased: nothing can be added to it")


def observe(premises: Premises, observations: Iterable[Observation], account: str | None) -> Recorded:
    """Write down what was learned otherwise, return by return."""
    changed = Changed()
    with premises.database.writing() as connection:
        now = premises.database.now(connection)
        of: dict[int, list[Observation]] = {}
        for one in observations:
            of.setdefault(_case_of(connection, one, account), []).append(one)
        for case_id, told in sorted(of.items()):
            row = case_row(connection, case_id, lock=True)
            _refuse_erased(row)
            wanted = {plain_number(one.number): Reason.PUSHED for one in told if isinstance(one, Push)}
            learned = [Learned(one) for one in told]
            try:
                change(connection, premises, row, learned, now, changed, wanted=wanted)
            except ValueError as error:
                raise ConfigurationError(f"the return {row.rma or row.id} cannot take that: {error}") from None
        changed.write(connection)
    premises.cases.keep(changed.folded)
    return recorded(changed)


def _case_of(connection: Connection, observation: Observation, account: str | None) -> int:
    rma, number = getattr(observation, "rma", ""), plain_number(getattr(observation, "number", ""))
    if rma:
        found = connection.execute(select(cases.c.id).where(cases.c.rma == rma)).scalar()
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
        _refuse_erased(row)
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


def tick(premises: Premises, limit: int) -> Recorded:
    """Fold the returns on which the calendar brings something by now."""
    changed = Changed()
    with premises.database.reading() as connection:
        now = premises.database.now(connection)
        woken = tuple(_woken(connection, now, limit))
    if not woken:
        return Recorded()
    with premises.database.writing() as connection:
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
            except (StoreError, ValueError) as error:
                changed.broken[row.rma or str(row.id)] = str(error) if isinstance(error, StoreError) else type(error).__name__
                connection.execute(labels.update().where(labels.c.case_id == case_id).values(wake_at=now + MENDING))
        changed.write(connection)
    premises.cases.keep(changed.folded)
    return recorded(changed)


def _woken(connection: Connection, now: datetime, limit: int) -> Iterator[int]:
    query = select(labels.c.case_id).where(labels.c.wake_at <= now).order_by(labels.c.wake_at).limit(limit)
    return iter(connection.execute(query).scalars().all())


def replan(premises: Premises, policy: str | None) -> int:
    """Have returns folded and planned anew by the next ticks."""
    with premises.database.writing() as connection:
        now = premises.database.now(connection)
        of = select(cases.c.id).where(cases.c.erased_at.is_(None))
        of = of if policy is None else of.where(cases.c.policy == policy)
        return connection.execute(labels.update().where(labels.c.case_id.in_(of)).values(wake_at=now)).rowcount
