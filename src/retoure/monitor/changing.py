"""A case learns something, or time passes: fold it, and write all that follows in the transaction of the caller."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from retoure.carrier.shaping import plain_number
from retoure.lifecycle import Assessment, FailedRead, Observation, Read, ReturnCase, SameRead, assess, fold
from retoure.lifecycle.learning import key_of, repeated
from retoure.lifecycle.signals import AnySignal
from retoure.monitor.changes import FOLDED, Changed, Learned
from retoure.monitor.contents import inserted
from retoure.monitor.exhibits import body_of, keep_raw, reasons_of, take
from retoure.monitor.labelling import Labels
from retoure.monitor.labels import UNLEASED, asked, new_label
from retoure.monitor.logbook import as_kept, load, number_in, write_labels, write_log
from retoure.monitor.premises import FoldedCase, Premises
from retoure.monitor.reasons import Reason
from retoure.monitor.tables import signal
from retoure.programmes import Policy


class _Change:
    """One case within one transaction."""

    def __init__(
        self, connection: Connection, premises: Premises, row: Row[Any], now: datetime, before: FoldedCase | None
    ) -> None:
        self.connection, self.premises, self.now = connection, premises, now
        self.row = row._asdict()
        self.policy: Policy = premises.policy(row.policy)
        self.folded = before or load(connection, premises, row)
        self.labels = Labels(connection, premises, row.id, now)
        self.signals: dict[str, AnySignal] = {}
        self.added: list[str] = []

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
        self._hear(told)
        self._note_reading(one, observation)
        if len(grown.observations) > len(case.observations):
            self._write(observation, grown)
        self.folded = replace(self.folded, case=grown)

    def _write(self, observation: Observation, grown: ReturnCase) -> None:
        row = self.labels.rows.get(number_in(observation))
        newest = row is not None and (row["learned_at"] is None or observation.observed_at > row["learned_at"])
        if isinstance(observation, SameRead):
            observation = _in_full(observation, grown)
        repeats = newest and _repeats(observation, grown.observations[-1])
        logged = write_log(self.connection, self.row["id"], observation, row["report_id"] if row and repeats else None)
        if logged.row is not None:
            self.folded = replace(self.folded, last=logged.row, rows=self.folded.rows + 1)
        if row is None or not isinstance(observation, Read | SameRead | FailedRead) or not newest:
            return
        row["learned_at"] = observation.observed_at
        if isinstance(observation, Read):
            row |= {"fingerprint": logged.said, "report_id": logged.content}

    def _note_reading(self, one: Learned, observation: Observation) -> None:
        row = self.labels.rows.get(number_in(observation))
        if row is None or not isinstance(observation, Read | SameRead | FailedRead):
            return
        outcome = one.outcome
        row |= asked(row, observation, outcome.failure if outcome else None, self.premises.planning)
        if outcome is not None and one.held:
            row |= UNLEASED
        if outcome is not None and outcome.exchange is not None and not isinstance(observation, FailedRead):
            row["raw_digest"] = keep_raw(self.connection, self.row["id"], row["raw_digest"], outcome.exchange)

    def passes(self) -> None:
        """Fold by the clock alone."""
        case, told = fold(self.folded.case, None, self.policy, self.now)
        self._hear(told)
        self.folded = replace(self.folded, case=case)

    def _hear(self, told: Iterable[AnySignal]) -> None:
        """Take signals; of those with one id the first is told."""
        for one in told:
            self.signals.setdefault(one.id, one)

    def succeed(self, known: Sequence[Any]) -> None:
        """Watch numbers that answers named."""
        case = self.folded.case
        if case.labels != known:
            write_labels(self.connection, self.row["id"], case.labels, new=False)
        for label in case.labels:
            number = plain_number(label.number)
            if number in self.labels.rows:
                continue
            before = self.labels.rows.get(plain_number(label.successor_of)) or next(iter(self.labels.rows.values()))
            more = {"refund_at_scan": before["refund_at_scan"]}
            self.labels.add(new_label(self.row["id"], label, before["account"], self.now, more))
            self.added.append(label.number)

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
        kept = self.labels.rows.get(plain_number(number), {}).get("raw_digest", "")
        body = body_of(self.folded.case, verdict, number, why=why, before=self.row["chain"], raw_digest=kept, exchange=exchange)
        self.row |= take(self.connection, self.row, number, body)

    def verdict(self) -> Assessment:
        """Where the return stands now."""
        last = self.folded.case.observations[-1].observed_at if len(self.folded.case.observations) else self.now
        return assess(self.folded.case, self.policy, at=max(self.now, last))

    def close(self, verdict: Assessment, changed: Changed) -> None:
        """Write the case's row."""
        self.row |= {"version": self.row["version"] + 1, "state": verdict.state.value, "detail": verdict.detail.value}
        changed.rows.append({"of": self.row["id"], **{name: self.row[name] for name in FOLDED}})
        changed.folded[self.row["id"]] = replace(self.folded, version=self.row["version"])
        changed.cases += 1
        changed.added += self.added


def _in_full(short: SameRead, case: ReturnCase) -> Read:
    """A read that was written short, as the log that it went into tells it."""
    key, told = key_of(short), None
    for one in case.observations:
        if isinstance(one, Read) and number_in(one) == number_in(short):
            told = one
        if key_of(one) == key:
            break
    if told is None:
        raise ValueError(f"no read of {short.number} holds what it repeats")
    return repeated(short, told.report)


def _repeats(observation: Observation, last: Observation) -> bool:
    """Whether a read is what the log now ends with, written short."""
    if not isinstance(observation, Read) or not isinstance(last, SameRead):
        return False
    return number_in(last) == number_in(observation) and last.observed_at == observation.observed_at


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
        at.labels.add(values)
    known, still_wanted = at.folded.case.labels, at.labels.still_wanted(learned)
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
    changed.planned += at.labels.planned(at.folded.case, at.policy, still_wanted | (wanted or {}), not_before)
    at.close(verdict, changed)
    changed.signals += told
