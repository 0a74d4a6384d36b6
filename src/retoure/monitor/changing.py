"""A case learns something, or time passes: fold it, and write all that follows in the transaction of the caller."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, Row, bindparam, select

from retoure.carrier.shaping import plain_number
from retoure.lifecycle import Assessment, FailedRead, Observation, Read, ReturnCase, SameRead, assess, fold, quiet_until
from retoure.lifecycle.signals import AnySignal
from retoure.monitor.exhibits import body_of, keep_raw, reasons_of, take
from retoure.monitor.labels import BY_STORE, UNLEASED, WATCHED_ELSEWHERE, asked, new_label, planned, reads_of
from retoure.monitor.logbook import as_kept, inserted, load, number_in, write_labels, write_log
from retoure.monitor.premises import FoldedCase, Premises
from retoure.monitor.reasons import Reason, Stop
from retoure.monitor.records import Outcome
from retoure.monitor.tables import case as cases
from retoure.monitor.tables import label as labels
from retoure.monitor.tables import signal
from retoure.programmes import Policy
from retoure.storage.many import execute_many

_FOLDED = ("version", "state", "detail", "signals", "snapshots", "chain", "opening_at")
_PLANNED = tuple(column.name for column in labels.c if column.name not in ("id", "case_id", "account", "carrier", "number"))
_OF: BindParameter[int] = bindparam("of")
_LABELS = select(labels).where(labels.c.case_id == _OF).order_by(labels.c.id).with_for_update()
_ADD = labels.insert().returning(labels.c.id)
_TAKEN = select(labels.c.id).where(
    labels.c.account == bindparam("named"), labels.c.number == bindparam("plain"), labels.c.stopped_at.is_(None),
    labels.c.case_id != _OF,
)  # fmt: skip
_WRITE_CASE = cases.update().where(cases.c.id == _OF).values({name: bindparam(name) for name in _FOLDED})
_WRITE_LABEL = labels.update().where(labels.c.id == _OF).values({name: bindparam(name) for name in _PLANNED})
_WISHES = frozenset({Reason.PUSHED.value, Reason.ASKED.value})


@dataclass(frozen=True, slots=True)
class Learned:
    """An observation, and the lease it was made under.

    Attributes:
        held: Nobody took the lease over.
    """

    observation: Observation
    outcome: Outcome | None = None
    held: bool = False


@dataclass(slots=True)
class Changed:
    """What a transaction changed, to be told once it is committed."""

    signals: list[AnySignal] = field(default_factory=list)
    added: list[str] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)
    folded: dict[int, FoldedCase] = field(default_factory=dict)
    cases: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)
    planned: list[dict[str, Any]] = field(default_factory=list)

    def write(self, connection: Connection) -> None:
        """Write the rows of cases and labels, many at once: the last thing that the transaction does with them."""
        if self.rows:
            execute_many(connection, _WRITE_CASE, self.rows)
        if self.planned:
            execute_many(connection, _WRITE_LABEL, self.planned)
        self.rows, self.planned = [], []


class _Change:
    """One case within one transaction."""

    def __init__(
        self, connection: Connection, premises: Premises, row: Row[Any], now: datetime, before: FoldedCase | None
    ) -> None:
        self.connection, self.premises, self.now = connection, premises, now
        self.row = row._asdict()
        self.policy: Policy = premises.policy(row.policy)
        self.folded = before or load(connection, premises, row)
        found = connection.execute(_LABELS, {"of": row.id}).mappings()
        self.labels: dict[str, dict[str, Any]] = {one["number"]: dict(one) for one in found}
        self.signals: dict[str, AnySignal] = {}
        self.added: list[str] = []
        self.planned: list[dict[str, Any]] = []

    def still_wanted(self, learned: Iterable[Learned]) -> dict[str, Reason]:
        """What was wanted at once while it was being asked for: the answer may be older than the wish."""
        wanted = {}
        for one in learned:
            row = self.labels.get(number_in(one.observation))
            if one.outcome and row and row["reason"] in _WISHES and row["version"] != one.outcome.lease.row["version"]:
                wanted[row["number"]] = Reason(row["reason"])
        return wanted

    def learn(self, one: Learned, at: datetime) -> None:
        """Fold an observation, and write it down where it is new."""
        case = self.folded.case
        observation = as_kept(one.observation, case.labels)
        try:
            grown, told = fold(case, observation, self.policy, at)
        except ValueError:
            if not isinstance(observation, Read) or not observation.report.successor:
                raise
            # A carrier that names a successor that cannot be one is believed in all else.
            observation = observation.model_copy(update={"report": replace(observation.report, successor="")})
            grown, told = fold(case, observation, self.policy, at)
        self.signals |= {signal.id: signal for signal in told}
        self._note_reading(one, observation)
        if len(grown.observations) > len(case.observations):
            self._write(observation, grown)
        self.folded = replace(self.folded, case=grown)

    def _write(self, observation: Observation, grown: ReturnCase) -> None:
        row = self.labels.get(number_in(observation))
        newest = row is not None and (row["learned_at"] is None or observation.observed_at > row["learned_at"])
        repeats = isinstance(grown.observations[-1], SameRead) and isinstance(observation, Read | SameRead) and newest
        logged = write_log(self.connection, self.row["id"], observation, row["report_id"] if row and repeats else None)
        if logged.row is not None:
            self.folded = replace(self.folded, last=logged.row, rows=self.folded.rows + 1)
        if row is None or not isinstance(observation, Read | SameRead | FailedRead) or not newest:
            return
        row["learned_at"] = observation.observed_at
        if isinstance(observation, Read):
            row |= {"fingerprint": logged.said, "report_id": logged.content}

    def _note_reading(self, one: Learned, observation: Observation) -> None:
        row = self.labels.get(number_in(observation))
        if row is None or not isinstance(observation, Read | FailedRead):
            return
        outcome = one.outcome
        row |= asked(row, observation, outcome.failure if outcome else None, self.premises.planning)
        if outcome is not None and one.held:
            row |= UNLEASED
        if outcome is not None and outcome.exchange is not None and isinstance(observation, Read):
            row["raw_digest"] = keep_raw(self.connection, self.row["id"], row["raw_digest"], outcome.exchange)

    def passes(self) -> None:
        """Fold by the clock alone."""
        case, told = fold(self.folded.case, None, self.policy, self.now)
        self.signals |= {signal.id: signal for signal in told}
        self.folded = replace(self.folded, case=case)

    def succeed(self, known: Sequence[Any]) -> None:
        """Watch numbers that answers named."""
        case = self.folded.case
        if case.labels != known:
            write_labels(self.connection, self.row["id"], case.labels, new=False)
        for label in case.labels:
            number = plain_number(label.number)
            if number in self.labels:
                continue
            before = self.labels.get(plain_number(label.successor_of)) or next(iter(self.labels.values()))
            more = {"refund_at_scan": before["refund_at_scan"]}
            self.labels[number] = self.add(new_label(self.row["id"], label, before["account"], self.now, more))
            self.added.append(label.number)

    def add(self, values: dict[str, Any]) -> dict[str, Any]:
        """Insert a label; one whose number the account's other return still watches is not read."""
        if self._taken(values):
            values |= {"stopped_at": self.now, "stop_reason": WATCHED_ELSEWHERE}
        values["id"] = self.connection.execute(_ADD, values).scalar_one()
        return values

    def _taken(self, row: Mapping[str, Any]) -> bool:
        same = {"of": row["case_id"], "named": row["account"], "plain": row["number"]}
        return self.connection.execute(_TAKEN, same).first() is not None

    def plan(self, wanted: Mapping[str, Reason], not_before: Mapping[str, datetime | None]) -> None:
        """Plan every label anew."""
        case, planning = self.folded.case, self.premises.planning
        given = {plain_number(label.number): label.number for label in case.labels}
        for number, row in self.labels.items():
            outlook = planning.outlook(
                case, self.policy, given[number], at=self.now, watched_at=row["watched_at"], refund_at_scan=row["refund_at_scan"],
                pickup_on=row["pickup_on"], before=planning.read_outlook(row["outlook"]) if row["outlook"] else None,
            )  # fmt: skip
            plan = planning.plan(
                outlook, reads_of(row, self.now, planning), row["account"], now=self.now, wanted=wanted.get(number),
                not_before=not_before.get(number),
            )  # fmt: skip
            quiet = {"quiet_until": quiet_until(case, self.policy, given[number])}
            values = {**row, **quiet, "outlook": outlook.to_json(), "version": row["version"] + 1}
            values |= self._by_plan(values, planned(values, plan, self.now), wanted=number in wanted)
            self.planned.append({"of": row["id"], **{name: values[name] for name in _PLANNED}})

    def _by_plan(self, row: Mapping[str, Any], plan: dict[str, Any], *, wanted: bool) -> dict[str, Any]:
        """What a plan comes to for a label that was stopped: some stops no plan lifts."""
        by_hand = row["stop_reason"] == Stop.BY_HAND
        if wanted and by_hand:
            return plan | {"stop_reason": Stop.BY_HAND.value, "quiet_until": None}  # it is read once, and not again
        revived = row["stopped_at"] is not None and plan["stopped_at"] is None
        if (row["stop_reason"] in BY_STORE and not wanted) or (revived and self._taken(row)):
            stopped = {"stopped_at": row["stopped_at"] or self.now, "stop_reason": row["stop_reason"]}
            return plan | stopped | {"due_at": None, "next_poll_at": None}
        return plan

    def tell(self) -> list[AnySignal]:
        """Write signals that are new, in the order in which they were found."""
        told = []
        for one in self.signals.values():
            place = self.row["signals"] + 1
            values = {
                "id": one.id, "case_id": self.row["id"], "place": place, "type": one.type, "at": one.at,
                "body": one.model_dump_json(), "due_at": self.now, "lease_owner": "", "acknowledged_at": None,
            }  # fmt: skip
            if inserted(self.connection, signal, values) is not None:
                self.row["signals"] = place
                told.append(one)
        return told

    def testify(self, learned: Sequence[Learned], told: Iterable[AnySignal], verdict: Assessment) -> None:
        """Take the snapshot that is due, if one is."""
        observations = [one.observation for one in learned]
        reasons = reasons_of(told, observations, verdict, self.row["state"], self.row["opening_at"])
        if not reasons:
            return
        number = next((one.number for one in reversed(observations) if isinstance(one, Read | FailedRead)), verdict.number)
        exchange = next(
            (
                one.outcome.exchange
                for one in reversed(learned)
                if one.outcome and number_in(one.observation) == plain_number(number)
            ),
            None,
        )
        self.snapshot(verdict, number, ", ".join(reasons), exchange)
        if "opening" in reasons:
            self.row["opening_at"] = verdict.opens_at

    def snapshot(self, verdict: Assessment, number: str, why: str, exchange: Any = None) -> None:  # noqa: ANN401 - an Exchange or None
        """Take a snapshot."""
        kept = self.labels.get(plain_number(number), {}).get("raw_digest", "")
        body = body_of(self.folded.case, verdict, number, why=why, before=self.row["chain"], raw_digest=kept, exchange=exchange)
        self.row |= take(self.connection, self.row, number, body)

    def verdict(self) -> Assessment:
        """Where the return stands now."""
        last = self.folded.case.observations[-1].observed_at if len(self.folded.case.observations) else self.now
        return assess(self.folded.case, self.policy, at=max(self.now, last))

    def close(self, verdict: Assessment, changed: Changed) -> None:
        """Write the case's row."""
        self.row |= {"version": self.row["version"] + 1, "state": verdict.state.value, "detail": verdict.detail.value}
        changed.rows.append({"of": self.row["id"], **{name: self.row[name] for name in _FOLDED}})
        changed.planned += self.planned
        changed.folded[self.row["id"]] = replace(self.folded, version=self.row["version"])
        changed.cases += 1
        changed.added += self.added


def change(
    connection: Connection,
    premises: Premises,
    row: Row[Any],
    learned: Sequence[Learned],
    now: datetime,
    changed: Changed,
    *,
    wanted: dict[str, Reason] | None = None,
    before: FoldedCase | None = None,
    added: Sequence[dict[str, Any]] = (),
    as_learned: bool = False,
    why: str = "",
) -> None:
    """Let a case learn something, or time pass, and write what follows.

    Args:
        connection: The caller's transaction.
        premises: The store's own.
        row: The case's row, held.
        learned: What is learned, in any order; nothing: time passes.
        now: The moment.
        changed: Takes what is to be told.
        wanted: Numbers to be read at once, with the reason.
        before: The case as it is, where it is at hand; else it is loaded.
        added: Labels that are new, as rows.
        as_learned: What is learned was learned over time: fold it as it was, then by the clock.
        why: Take a snapshot for this.

    Raises:
        ValueError: an observation is not of this return.
    """
    at = _Change(connection, premises, row, now, before)
    for values in added:
        at.labels[values["number"]] = at.add(values)
    known, still_wanted = at.folded.case.labels, at.still_wanted(learned)
    for one in learned:
        at.learn(one, one.observation.observed_at if as_learned else now)
    if as_learned or not learned:
        at.passes()
    at.succeed(known)
    verdict = at.verdict()
    told = at.tell()
    at.testify(learned, told, verdict)
    if why:
        at.snapshot(verdict, verdict.number, why)
    not_before = {number_in(one.observation): one.outcome.not_before for one in learned if one.outcome}
    at.plan(still_wanted | (wanted or {}), not_before)
    at.close(verdict, changed)
    changed.signals += told
