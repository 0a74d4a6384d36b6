"""What a person sees of the store."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, bindparam, func, select, text

from retoure.carrier.shaping import plain_number
from retoure.errors import ConfigurationError, StoreError
from retoure.lifecycle import ReturnCase, assess
from retoure.lifecycle.signals import SIGNAL
from retoure.monitor.changes import Changed
from retoure.monitor.changing import change
from retoure.monitor.exhibits import chain
from retoure.monitor.leasing import COUNTS, accounts_in, earliest_due
from retoure.monitor.logbook import case_row, whole_case
from retoure.monitor.observing import label_row
from retoure.monitor.premises import Premises
from retoure.monitor.quotas import used
from retoure.monitor.shown import AccountStatus, LabelShown, Shown, SignalShown, Snapshot, Status
from retoure.monitor.tables import case as cases
from retoure.monitor.tables import label as labels
from retoure.monitor.tables import pause, signal
from retoure.storage.instants import Moment

_PLACE = re.compile(r"#([0-9]{1,18})")
_ACTIVE = labels.c.stopped_at.is_(None)
_OF_ACCOUNT = (_ACTIVE, labels.c.account == bindparam("of"))
_NOW: BindParameter[datetime] = bindparam("now", type_=Moment)
STATES = select(cases.c.state, func.count()).group_by(cases.c.state)
STOPPED = select(func.count()).select_from(labels).where(~_ACTIVE)
CARRIER = select(labels.c.carrier).where(*_OF_ACCOUNT).limit(1)
DUE_NOW = select(func.count()).select_from(labels).where(*_OF_ACCOUNT, labels.c.due_at <= _NOW)
LEASED = select(func.count()).select_from(labels).where(*_OF_ACCOUNT, labels.c.lease_until > _NOW)
OLDEST = select(func.min(labels.c.deadline_at)).where(*_OF_ACCOUNT, labels.c.deadline_at <= _NOW)
UNACKNOWLEDGED = select(func.count()).select_from(signal).where(signal.c.acknowledged_at.is_(None))
HANDED_OUT = UNACKNOWLEDGED.where(signal.c.lease_owner != "", signal.c.due_at > _NOW)
UNMAPPED = select(func.count()).select_from(signal).where(signal.c.type == text("'unmapped_code'"))
"""What the status counts: whatever is counted by the million lies in an index."""


def _by_name(connection: Connection, of: str) -> Row[Any] | None:
    """A return by its rma; one without goes by its place in the store, like ``#7``."""
    row = connection.execute(select(cases).where(cases.c.rma == of.strip(), cases.c.rma != "")).one_or_none()
    if row is None and (told := _PLACE.fullmatch(of.strip())):
        return connection.execute(select(cases).where(cases.c.id == int(told[1]), cases.c.rma == "")).one_or_none()
    return row


def single_row(connection: Connection, of: str) -> Row[Any] | None:
    """A return by its rma, or by a number that no other return had whose data are there; None where there is none.

    Raises:
        ConfigurationError: several returns had the number.
    """
    if row := _by_name(connection, of):
        return row
    had = select(labels.c.case_id).where(labels.c.number == plain_number(of))
    several = connection.execute(select(cases).where(cases.c.id.in_(had), cases.c.erased_at.is_(None)).order_by(cases.c.id)).all()
    if len(several) > 1:
        names = ", ".join(row.rma or f"#{row.id}" for row in several)
        raise ConfigurationError(f"several returns had the number {plain_number(of)}: name {names}")
    return several[0] if several else known_row(connection, of)


def known_row(connection: Connection, of: str) -> Row[Any] | None:
    """A return by its rma or one of its numbers, the one that is read, else the one that was read last; None where there is none.

    Raises:
        ConfigurationError: several accounts watch the number.
    """
    if row := _by_name(connection, of):
        return row
    if not plain_number(of) or not connection.execute(select(labels.c.id).where(labels.c.number == plain_number(of))).first():
        return None
    return case_row(connection, label_row(connection, of, None).case_id)


def row_of(connection: Connection, of: str) -> Row[Any]:
    """A return by its rma or one of its numbers.

    Raises:
        ConfigurationError: there is none, or several accounts watch the number.
    """
    row = known_row(connection, of)
    if row is None:
        raise ConfigurationError(f"neither a return nor a number {of!r} is watched")
    return row


def case(premises: Premises, of: str) -> ReturnCase:
    """A return with its whole log."""
    with premises.database.reading() as connection:
        row = row_of(connection, of)
        if row.erased_at is not None:
            raise ConfigurationError(f"the return {row.rma or row.id} was erased at {row.erased_at:%Y-%m-%d %H:%M %z}")
        return whole_case(connection, row)


def show(premises: Premises, of: str) -> Shown:
    """All about a return, as far as it can be read."""
    with premises.database.reading() as connection:
        row, now = row_of(connection, of), premises.database.now(connection)
        of_case = select(labels).where(labels.c.case_id == row.id).order_by(labels.c.id)
        told = select(signal).where(signal.c.case_id == row.id).order_by(signal.c.place)
        shown = Shown(
            rma=row.rma, policy=row.policy, state=row.state, detail=row.detail, watched_at=row.watched_at,
            erased_at=row.erased_at, labels=tuple(_label(one) for one in connection.execute(of_case)),
            signals=tuple(_signal(one) for one in connection.execute(told)), evidence=chain(connection, row.id),
        )  # fmt: skip
        if row.erased_at is not None:
            return shown
        try:
            case = whole_case(connection, row)
            shown = shown.model_copy(update={"case": case})
            return shown.model_copy(update={"assessment": assess(case, premises.policy(row.policy), at=now)})
        except (StoreError, ConfigurationError) as error:
            return shown.model_copy(update={"trouble": str(error)})


def _signal(row: Row[Any]) -> SignalShown:
    """A signal; of one that cannot be read what lies beside it."""
    try:
        told = SIGNAL.validate_json(row.body).model_dump(mode="json")
    except ValueError:
        told = {"id": row.id, "type": row.type, "at": row.at.isoformat()}
    return SignalShown(signal=told, acknowledged_at=row.acknowledged_at)


def _label(row: Row[Any]) -> LabelShown:
    return LabelShown(
        number=row.number, account=row.account, carrier=row.carrier, reason=row.reason, rank=row.rank,
        next_poll_at=row.next_poll_at, deadline_at=row.deadline_at, last_attempt_at=row.last_attempt_at,
        last_success_at=row.last_success_at, attempts=row.attempts, last_error_class=row.last_error_class,
        leased_until=row.lease_until, stopped_at=row.stopped_at, stop_reason=row.stop_reason,
    )  # fmt: skip


def evidence(premises: Premises, of: str) -> tuple[Snapshot, ...]:
    """The chain of snapshots of a return."""
    with premises.database.reading() as connection:
        return chain(connection, row_of(connection, of).id)


def snapshot(premises: Premises, of: str, why: str) -> Snapshot:
    """Take a snapshot now."""
    changed = Changed()
    with premises.database.writing() as connection:
        row = case_row(connection, row_of(connection, of).id, lock=True)
        if row.erased_at is not None:
            raise ConfigurationError(f"the return {row.rma or row.id} was erased: there is nothing to take a snapshot of")
        change(connection, premises, row, (), premises.database.now(connection), changed, why=why)
        changed.write(connection)
        taken = chain(connection, row.id)[-1]
    premises.cases.keep(changed.folded)
    return taken


def label(premises: Premises, number: str, account: str | None) -> LabelShown:
    """A watched label by its number."""
    with premises.database.reading() as connection:
        return _label(label_row(connection, number, account))


def status(premises: Premises) -> Status:
    """How the monitor stands; counts everything, so it takes a while where there are millions."""
    with premises.database.reading() as connection:
        now = premises.database.now(connection)
        states = _counted(connection, STATES)
        accounts = tuple(_account(connection, name, now) for name in list(accounts_in(connection)))
        return Status(
            at=now, returns=sum(states.values()), active=sum(one.active for one in accounts),
            stopped=connection.execute(STOPPED).scalar_one(), states=states, accounts=accounts,
            unacknowledged=connection.execute(UNACKNOWLEDGED).scalar_one(),
            leased_signals=connection.execute(HANDED_OUT, {"now": now}).scalar_one(),
            unmapped_codes=connection.execute(UNMAPPED).scalar_one(), used=used(connection),
            pauses={row.credential[:8]: _pause(row) for row in connection.execute(select(pause))},
        )  # fmt: skip


def _counted(connection: Connection, query: Any, of: Mapping[str, Any] | None = None) -> dict[str, int]:  # noqa: ANN401 - a select
    return {str(name): int(number) for name, number in connection.execute(query, of or {})}


def _pause(row: Row[Any]) -> str:
    if row.stopped:
        return f"stopped: {row.why}"
    until, kind = (row.until, "") if row.until else (row.ordinary_until, "ordinary reads ")
    return f"{kind}until {until:%Y-%m-%d %H:%M %z}: {row.why}" if until else row.why


def _account(connection: Connection, account: str, now: datetime) -> AccountStatus:
    of = {"of": account, "now": now}
    reasons = _counted(connection, COUNTS, of)
    return AccountStatus(
        account=account, carrier=connection.execute(CARRIER, of).scalar_one(), active=sum(reasons.values()),
        due=connection.execute(DUE_NOW, of).scalar_one(), leased=connection.execute(LEASED, of).scalar_one(),
        oldest_overdue_deadline=connection.execute(OLDEST, of).scalar(), next_due=earliest_due(connection, account),
        by_reason=reasons,
    )  # fmt: skip
