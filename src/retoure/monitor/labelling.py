"""The labels of a case within one transaction: those that are new, and the plan of each."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, select

from retoure.carrier.shaping import plain_number
from retoure.lifecycle import ReturnCase, quiet_until
from retoure.monitor.changes import PLANNED, Learned
from retoure.monitor.labels import BY_STORE, WATCHED_ELSEWHERE, planned, reads_of
from retoure.monitor.logbook import number_in
from retoure.monitor.premises import Premises
from retoure.monitor.reasons import Reason, Stop
from retoure.monitor.tables import label as labels
from retoure.programmes import Policy

_OF: BindParameter[int] = bindparam("of")
_LABELS = select(labels).where(labels.c.case_id == _OF).order_by(labels.c.id).with_for_update()
_ADD = labels.insert().returning(labels.c.id)
_TAKEN = select(labels.c.id).where(
    labels.c.account == bindparam("named"), labels.c.number == bindparam("plain"), labels.c.stopped_at.is_(None),
    labels.c.case_id != _OF,
)  # fmt: skip
_WISHES = frozenset({Reason.PUSHED.value, Reason.ASKED.value})


_AGAIN = timedelta(days=1)


def _learned_ahead(case: ReturnCase, now: datetime) -> bool:
    """Whether the clock was ahead when the case learned last: the age that it was given then ends nothing before its time."""
    return len(case.observations) > 0 and case.observations[-1].observed_at > now + _AGAIN


class Labels:
    """The rows of a case's labels, by plain number; they are held until the end of the transaction."""

    def __init__(self, connection: Connection, premises: Premises, case_id: int, now: datetime) -> None:
        self._connection, self._premises, self._now = connection, premises, now
        found = connection.execute(_LABELS, {"of": case_id}).mappings()
        self.rows: dict[str, dict[str, Any]] = {one["number"]: dict(one) for one in found}

    def still_wanted(self, learned: Iterable[Learned]) -> dict[str, Reason]:
        """What is wanted at once and was not asked for since: what else is learned, or the calendar, does not fulfil a wish."""
        rows = {number: row for number, row in self.rows.items() if row["reason"] in _WISHES and row["next_poll_at"] is not None}
        for one in learned:
            number = number_in(one.observation)
            if one.outcome and number in rows and rows[number]["version"] == one.outcome.lease.row["version"]:
                del rows[number]
        return {number: Reason(row["reason"]) for number, row in rows.items()}

    def add(self, values: dict[str, Any]) -> None:
        """Insert a label; one whose number the account's other return still watches is not read."""
        if self._taken(values):
            values |= {"stopped_at": self._now, "stop_reason": WATCHED_ELSEWHERE}
        values["id"] = self._connection.execute(_ADD, values).scalar_one()
        self.rows[values["number"]] = values

    def _taken(self, row: Mapping[str, Any]) -> bool:
        same = {"of": row["case_id"], "named": row["account"], "plain": row["number"]}
        return self._connection.execute(_TAKEN, same).first() is not None

    def planned(
        self, case: ReturnCase, policy: Policy, wanted: Mapping[str, Reason], not_before: Mapping[str, datetime | None]
    ) -> Iterator[dict[str, Any]]:
        """Every label with a new plan, as it is written."""
        planning = self._premises.planning
        given = {plain_number(label.number): label.number for label in case.labels}
        for number, row in self.rows.items():
            outlook = planning.outlook(
                case, policy, given[number], at=self._now, watched_at=row["watched_at"], refund_at_scan=row["refund_at_scan"],
                pickup_on=row["pickup_on"], before=planning.read_outlook(row["outlook"]) if row["outlook"] else None,
            )  # fmt: skip
            plan = planning.plan(
                outlook, reads_of(row, self._now, planning), row["account"], now=self._now, wanted=wanted.get(number),
                not_before=not_before.get(number),
            )  # fmt: skip
            if plan.at is None and plan.reason is not Reason.CONFIRMING and _learned_ahead(case, self._now):
                plan = plan._replace(at=max(self._now, (row["last_attempt_at"] or row["watched_at"]) + _AGAIN))
            quiet = {"quiet_until": quiet_until(case, policy, given[number])}
            values = {**row, **quiet, "outlook": outlook.to_json(), "version": row["version"] + 1}
            values |= self._by_plan(values, planned(values, plan, self._now), wanted=number in wanted)
            yield {"of": row["id"], **{name: values[name] for name in PLANNED}}

    def _by_plan(self, row: Mapping[str, Any], plan: dict[str, Any], *, wanted: bool) -> dict[str, Any]:
        """What a plan comes to for a label that was stopped: some stops no plan lifts."""
        by_hand = row["stop_reason"] == Stop.BY_HAND
        if wanted and by_hand:
            return plan | {"stop_reason": Stop.BY_HAND.value, "quiet_until": None}  # it is read once, and not again
        revived = row["stopped_at"] is not None and plan["stopped_at"] is None
        if (row["stop_reason"] in BY_STORE and not wanted) or (revived and self._taken(row)):
            stopped = {"stopped_at": row["stopped_at"] or self._now, "stop_reason": row["stop_reason"]}
            return plan | stopped | {"due_at": None, "next_poll_at": None}
        return plan
