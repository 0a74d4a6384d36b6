"""The log in the database: observations as rows, their contents apart, and a case put together from both.

Reads that say the same share one content; a failed read has none, its carrier's words are not kept. So a read that tells nothing
new costs a bare row.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import BindParameter, Connection, Row, bindparam, func, select

from retoure.carrier.shaping import plain_number
from retoure.lifecycle import (
    OBSERVATION,
    CaseLabel,
    FailedRead,
    Observation,
    Push,
    Read,
    RefundIssued,
    ReturnCase,
    SameRead,
    fingerprint,
    fold,
    report_of,
    statement,
)
from retoure.model.tracking import ReadFailure, TrackingFailure, TrackingReport
from retoure.monitor.contents import inserted, put_content, readable
from retoure.monitor.premises import FoldedCase, Premises
from retoure.monitor.tables import case as cases
from retoure.monitor.tables import content, log
from retoure.programmes import Policy

_LABELS: TypeAdapter[tuple[CaseLabel, ...]] = TypeAdapter(tuple[CaseLabel, ...])
_OF: BindParameter[int] = bindparam("of")
_CASE = select(cases).where(cases.c.id == _OF)
_HELD_CASE = _CASE.with_for_update()
_OF_LABELS = select(content.c.payload).where(content.c.case_id == _OF, content.c.what == "labels")
_TOLD = select(content.c.id, content.c.payload).where(content.c.case_id == _OF, content.c.what.in_(("report", "push", "fact")))
_COUNTED = select(func.count()).select_from(log).where(log.c.case_id == _OF)
_NEWER = select(log).where(log.c.case_id == _OF, log.c.id > bindparam("after")).order_by(log.c.id)


def write_labels(connection: Connection, case_id: int, labels: tuple[CaseLabel, ...], *, new: bool) -> None:
    """Write the labels of a case down."""
    payload = _LABELS.dump_json(labels)
    if new:
        put_content(connection, case_id, "labels", "", payload)
    else:
        connection.execute(
            content.update().where(content.c.case_id == case_id, content.c.what == "labels").values(payload=payload)
        )


def labels_of(connection: Connection, row: Row[Any]) -> tuple[CaseLabel, ...]:
    """The labels of a case."""
    with readable(_name(row)):
        return _LABELS.validate_json(connection.execute(_OF_LABELS, {"of": row.id}).scalar() or b"")


def _name(row: Row[Any]) -> str:
    return f"the return {row.rma or row.id}"


def number_in(observation: Observation) -> str:
    """The plain number that an observation is about; empty where it is about the whole return."""
    return "" if isinstance(observation, RefundIssued) else plain_number(observation.number)


def log_values(case_id: int, number: str, observation: Observation, content_id: int | None) -> dict[str, Any]:
    """An observation as a row."""
    reason = code = ""
    match observation:
        case Read(report=answer):
            kind, read_at, digest = "read", answer.read_at, answer.digest
        case SameRead():
            kind, read_at, digest = "read", observation.read_at, observation.digest
        case FailedRead(failure=answer):
            kind, read_at, digest = observation.type, answer.read_at, answer.digest
            reason, code = answer.reason.value, answer.carrier_code[:100]
        case Push(message=message):
            kind, read_at, digest = observation.type, message.received_at, _digest(observation)
        case _:
            kind, read_at, digest = observation.type, observation.at, _digest(observation)
    return {
        "case_id": case_id, "number": number, "type": kind, "observed_at": observation.observed_at, "read_at": read_at,
        "digest": digest, "reason": reason, "code": code, "content_id": content_id,
    }  # fmt: skip


def as_kept(observation: Observation, labels: Iterable[CaseLabel]) -> Observation:
    """An observation as the log gives it back: of a failed read class and time, without the carrier's words."""
    if not isinstance(observation, FailedRead):
        return observation
    failure = observation.failure
    named = {plain_number(label.number): label for label in labels}
    label = named.get(plain_number(failure.number))
    number, carrier = (label.number, label.carrier) if label else (failure.number, failure.carrier)
    kept = replace(failure, number=number, carrier=carrier, carrier_code=failure.carrier_code[:100], message="")
    return observation.model_copy(update={"failure": kept})


@dataclass(frozen=True, slots=True)
class Logged:
    """An observation that was written down.

    Attributes:
        row: The log row's number; None where it was there.
        content: Its content's.
        said: The fingerprint of what a read says.
    """

    row: int | None
    content: int | None
    said: str


def write_log(connection: Connection, case_id: int, observation: Observation, same_as: int | None) -> Logged:
    """Write one observation down, with its content; a read that is known to say what the content ``same_as`` does needs none."""
    number = number_in(observation)
    content_id, said = same_as, ""
    match observation:
        case Read(report=report):
            said = fingerprint(report)
            content_id = same_as or put_content(connection, case_id, "report", said, statement(report))
        case FailedRead() | SameRead():
            pass
        case Push():
            content_id = put_content(connection, case_id, "push", _digest(observation), observation.model_dump_json().encode())
        case _:
            content_id = put_content(connection, case_id, "fact", _digest(observation), observation.model_dump_json().encode())
    return Logged(inserted(connection, log, log_values(case_id, number, observation, content_id)), content_id, said)


def _digest(observation: Observation) -> str:
    return hashlib.sha256(observation.model_dump_json().encode()).hexdigest()


def whole_case(connection: Connection, row: Row[Any]) -> ReturnCase:
    """A case with all its log, from the database alone."""
    return _case(connection, row, labels_of(connection, row), _rows(connection, row.id, 0))


def load(connection: Connection, premises: Premises, row: Row[Any]) -> FoldedCase:
    """A case, folded: the one that is held here with what was logged since, or from the database."""
    held, policy = premises.cases.take(row.id), premises.policy(row.policy)
    if held is not None and held.version == row.version:
        newer = _rows(connection, row.id, held.last)
        rows = connection.execute(_COUNTED, {"of": row.id}).scalar_one()
        if rows == held.rows + len(newer):
            return replace(held, **_grown(connection, row, held, newer, policy))
    newer = _rows(connection, row.id, 0)
    whole = _case(connection, row, labels_of(connection, row), newer)
    return FoldedCase(whole, row.version, newer[-1].id if newer else 0, len(newer))


def _grown(connection: Connection, row: Row[Any], held: FoldedCase, newer: Sequence[Row[Any]], policy: Policy) -> dict[str, Any]:
    if not newer:
        return {}
    whole, last = held.case, newer[-1].id
    for observation in _observations(connection, row, held.case.labels, newer):
        whole, _ = fold(whole, observation, policy, observation.observed_at)
    return {"case": whole, "last": last, "rows": held.rows + len(newer)}


def _rows(connection: Connection, case_id: int, after: int) -> Sequence[Row[Any]]:
    return connection.execute(_NEWER, {"of": case_id, "after": after}).all()


def _case(connection: Connection, row: Row[Any], labels: tuple[CaseLabel, ...], rows: Sequence[Row[Any]]) -> ReturnCase:
    with readable(_name(row)):
        observations = tuple(_observations(connection, row, labels, rows))
        return ReturnCase(rma=row.rma, labels=labels, observations=observations)


def _observations(
    connection: Connection, row: Row[Any], labels: tuple[CaseLabel, ...], rows: Sequence[Row[Any]]
) -> list[Observation]:
    wanted = {one.content_id for one in rows if one.content_id is not None}
    found = connection.execute(_TOLD, {"of": row.id}).all() if wanted else ()
    with readable(_name(row)):
        payloads = {one.id: one.payload for one in found if one.id in wanted}
        return list(_told(rows, payloads, labels))


def _told(rows: Iterable[Row[Any]], payloads: dict[int, bytes], labels: tuple[CaseLabel, ...]) -> Iterator[Observation]:
    named = {plain_number(label.number): label for label in labels}
    reports: dict[int, TrackingReport] = {}
    for row in rows:
        match row.type:
            case "read":
                report = reports.get(row.content_id)
                if report is None:
                    report = reports[row.content_id] = report_of(payloads[row.content_id], row.read_at, row.digest)
                yield _read(row, report)
            case "failed_read":
                yield _failed(row, named.get(row.number))
            case _:
                yield OBSERVATION.validate_json(payloads[row.content_id])


def _read(row: Row[Any], report: TrackingReport) -> Read:
    again = TrackingReport(
        report.number, report.carrier, report.events, row.read_at, row.digest,
        report.destination, report.successor, report.pieces, report.flags,
    )  # fmt: skip
    return Read.model_construct(type="read", report=again, observed_at=row.observed_at)


def _failed(row: Row[Any], label: CaseLabel | None) -> FailedRead:
    number, carrier = (label.number, label.carrier) if label else (row.number, "")
    failure = TrackingFailure(number, carrier, ReadFailure(row.reason), row.read_at, carrier_code=row.code, digest=row.digest)
    return FailedRead.model_construct(type="failed_read", failure=failure, observed_at=row.observed_at)


def hold(connection: Connection, ids: Collection[int]) -> None:
    """Hold cases until the end of the transaction, before any of their labels, in one order: nobody waits in a circle."""
    if connection.dialect.name == "postgresql":
        connection.execute(select(cases.c.id).where(cases.c.id.in_(ids)).order_by(cases.c.id).with_for_update())


def case_row(connection: Connection, case_id: int, *, lock: bool = False) -> Row[Any]:
    """A case's row, held until the end of the transaction where it is to be changed."""
    return connection.execute(_HELD_CASE if lock else _CASE, {"of": case_id}).one()
