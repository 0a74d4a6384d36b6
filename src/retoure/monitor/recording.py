"""Writing down what came of asking: many labels in one transaction, those without news as a bare row each."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from operator import itemgetter

from sqlalchemy import Connection, bindparam, select

from retoure.errors import ConfigurationError, StoreError
from retoure.lifecycle import FailedRead, SameRead, fingerprint
from retoure.model.tracking import ReadFailure
from retoure.monitor.changes import Changed, Learned
from retoure.monitor.changing import change
from retoure.monitor.contents import insert_new
from retoure.monitor.labels import UNLEASED, asked, planned, reads_of
from retoure.monitor.logbook import case_row, hold, log_values, number_in
from retoure.monitor.premises import Premises
from retoure.monitor.records import Outcome, Recorded
from retoure.monitor.tables import label as labels
from retoure.monitor.tables import log
from retoure.storage.many import execute_many

MENDING = timedelta(hours=1)
"""How long a label whose rows cannot be read is left alone: somebody has to mend them."""

_READ = (
    "due_at", "next_poll_at", "ride_from", "last_attempt_at", "last_reason", "answered_at", "last_success_at", "learned_at",
    "attempts", "last_error_class", "reads_on", "reads_count", "lease_owner", "lease_token", "lease_until",
)  # fmt: skip
_PLAN = ("reason", "rank", "deadline_at", "deadlines_booked", "precise", "wake_at", "stopped_at", "stop_reason")
_plan_of = itemgetter(*_PLAN)
_HELD = select(labels.c.id, labels.c.version, labels.c.lease_token).where(labels.c.id.in_(bindparam("of", expanding=True)))
_WRITE_READ = labels.update().where(labels.c.id == bindparam("of")).values({name: bindparam(name) for name in _READ})
_WRITE_PLAN = labels.update().where(labels.c.id == bindparam("of")).values({name: bindparam(name) for name in _PLAN})
"""Seldom needed, and dear: these columns are in indexes."""


def record(premises: Premises, outcomes: Sequence[Outcome]) -> Recorded:
    """Write outcomes down; again changes nothing."""
    changed = Changed()
    with premises.database.writing() as connection:
        now = premises.database.now(connection)
        held = _held(connection, outcomes)
        quiet = [one for one in outcomes if _is_quiet(one, held.get(one.lease.label), now)]
        _write_quiet(connection, premises, quiet, now)
        told = set(map(id, quiet))
        news: dict[int, list[Learned]] = {}
        overtaken = 0
        for one in outcomes:
            if id(one) not in told:
                holds = held.get(one.lease.label, (0, ""))[1] == one.lease.token
                overtaken += not holds
                news.setdefault(one.lease.case, []).append(Learned(one.observation, one, holds))
        for case_id, learned in sorted(news.items()):
            _change(connection, premises, case_id, learned, now, changed)
        changed.write(connection)
    premises.cases.keep(changed.folded)
    return changed.told(len(quiet), overtaken)


def _held(connection: Connection, outcomes: Sequence[Outcome]) -> Mapping[int, tuple[int, str]]:
    """The labels' versions and tokens; the cases are held."""
    hold(connection, {one.lease.case for one in outcomes})
    rows = connection.execute(_HELD, {"of": [one.lease.label for one in outcomes]}).all()
    return {id: (version, token) for id, version, token in rows}  # noqa: A001


def _is_quiet(outcome: Outcome, held: tuple[int, str] | None, now: datetime) -> bool:
    """Whether an outcome tells nothing that a fold would: the same answer, or none, before anything may come due."""
    row, observation = outcome.lease.row, outcome.observation
    if held != (row["version"], outcome.lease.token) or row["quiet_until"] is None or row["learned_at"] is None:
        return False
    learned_at = observation.observed_at
    at = max(now, learned_at)
    if at >= row["quiet_until"] or learned_at <= row["learned_at"] or not outcome.lease.outlook.quiet(at):
        return False
    if isinstance(observation, FailedRead):
        return observation.failure.reason is not ReadFailure.WRONG_SHIPMENT
    said = observation.repeats if isinstance(observation, SameRead) else fingerprint(observation.report)
    return bool(said) and said == row["fingerprint"]


def _write_quiet(connection: Connection, premises: Premises, outcomes: Sequence[Outcome], now: datetime) -> None:
    if not outcomes:
        return
    planning = premises.planning
    logged, read, replanned = [], [], []
    for one in outcomes:
        lease, observation = one.lease, one.observation
        row = {**lease.row, **UNLEASED, "of": lease.label, "learned_at": observation.observed_at}
        row |= asked(row, observation, one.failure, planning)
        plan = planning.plan(lease.outlook, reads_of(row, now, planning), lease.account, now=now, not_before=one.not_before)
        row |= planned(row, plan, now)
        read.append(row)
        if _plan_of(row) != _plan_of(lease.row):
            replanned.append(row)
        content_id = None if isinstance(observation, FailedRead) else row["report_id"]
        logged.append(log_values(lease.case, row["number"], observation, content_id))
    insert_new(connection, log, *logged)
    execute_many(connection, _WRITE_READ, read, ("of", *_READ))
    if replanned:
        execute_many(connection, _WRITE_PLAN, replanned, ("of", *_PLAN))


def _change(
    connection: Connection, premises: Premises, case_id: int, learned: Sequence[Learned], now: datetime, changed: Changed
) -> None:
    row = case_row(connection, case_id, lock=True)
    if row.erased_at is not None:
        _write_bare(connection, premises, learned)
        return
    try:
        with connection.begin_nested():
            change(connection, premises, row, learned, now, changed)
    except (StoreError, ConfigurationError, ValueError) as error:
        what = f"{type(error).__name__} while folding" if isinstance(error, ValueError) else str(error)
        changed.broken[row.rma or number_in(learned[0].observation)] = what
        ids = [one.outcome.lease.label for one in learned if one.outcome and one.held]
        connection.execute(labels.update().where(labels.c.id.in_(ids)).values(**UNLEASED, due_at=now + MENDING))


def _write_bare(connection: Connection, premises: Premises, learned: Sequence[Learned]) -> None:
    """What is learned of an erased return: that it was asked for, and nothing else."""
    for one in learned:
        number = number_in(one.observation)
        values = log_values(one.outcome.lease.case if one.outcome else 0, number, one.observation, None)
        insert_new(connection, log, values)
    ids = [one.outcome.lease.label for one in learned if one.outcome and one.held]
    connection.execute(labels.update().where(labels.c.id.in_(ids)).values(**UNLEASED))
