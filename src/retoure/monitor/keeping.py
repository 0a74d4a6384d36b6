"""Having personal data erased: at once, or of what is long over; open claims are kept."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from retoure.errors import ConfigurationError, StoreError
from retoure.lifecycle import Assessment, ClaimLife, Flag, assess
from retoure.lifecycle.signals import SIGNAL
from retoure.monitor.labels import UNLEASED
from retoure.monitor.logbook import case_row, whole_case
from retoure.monitor.premises import Premises
from retoure.monitor.reading import single_row
from retoure.monitor.reasons import Stop
from retoure.monitor.shown import Erased
from retoure.monitor.tables import case as cases
from retoure.monitor.tables import content, log, signal
from retoure.monitor.tables import label as labels
from retoure.programmes import ClaimStatus

_OPEN = frozenset({ClaimStatus.OPEN, ClaimStatus.CLOSING_SOON})
_UNSETTLED = frozenset({None, ClaimLife.INFO_REQUESTED})
_PERSONAL = frozenset({"location", "text"})


def erase(premises: Premises, of: Iterable[str]) -> Erased:
    """Erase returns by rma or number, and rewrite the file."""
    unknown, found, unclear = [], set(), {}
    with premises.database.writing() as connection:
        for name in sorted({name.strip() for name in of}):
            try:
                row = single_row(connection, name)
            except ConfigurationError as error:  # several had the number
                unclear[name] = str(error)
                continue
            if row is None:
                unknown.append(name)
            else:
                found.add(row.id)
        erased = _erase(connection, premises, [case_row(connection, one, lock=True) for one in sorted(found)])
    premises.database.scrub()
    return erased.model_copy(update={"kept": {**unclear, **erased.kept}, "unknown": tuple(unknown)})


def purge(premises: Premises, before: datetime) -> Erased:
    """Erase returns that were over before a moment."""
    if before.utcoffset() is None:
        raise ConfigurationError("purge(before) needs an aware instant, like datetime(2026, 3, 1, tzinfo=UTC)")
    with premises.database.writing() as connection:
        over = select(labels.c.case_id).where(labels.c.stopped_at < before).distinct()
        alive = select(labels.c.case_id).where((labels.c.stopped_at.is_(None)) | (labels.c.stopped_at >= before))
        due = select(cases).where(cases.c.erased_at.is_(None), cases.c.id.in_(over), cases.c.id.not_in(alive))
        erased = _erase(connection, premises, connection.execute(due.order_by(cases.c.id).with_for_update()).all())
    premises.database.scrub()
    return erased


def _erase(connection: Connection, premises: Premises, rows: Iterable[Row[Any]]) -> Erased:
    now = premises.database.now(connection)
    gone, kept = [], {}
    for row in rows:
        name = row.rma or _number(connection, row)
        if row.erased_at is None:
            if why := _why_kept(connection, premises, row, now):
                kept[name] = why
                continue
            _blank(connection, row.id, now)
            premises.cases.take(row.id)
        gone.append(name)
    return Erased(returns=tuple(sorted(gone)), kept=kept)


def _number(connection: Connection, row: Row[Any]) -> str:
    """What a return without an rma is called by."""
    of_case = select(labels.c.number).where(labels.c.case_id == row.id).order_by(labels.c.id)
    return str(connection.execute(of_case).scalar() or f"#{row.id}")


def _why_kept(connection: Connection, premises: Premises, row: Row[Any], now: datetime) -> str:
    try:
        return open_claim(assess(whole_case(connection, row), premises.policy(row.policy), at=now))
    except (ConfigurationError, StoreError) as error:  # whether a claim is open is not known
        return str(error)


def open_claim(verdict: Assessment) -> str:
    """Why a return must be kept; empty where it need not."""
    for one in (verdict, *verdict.pieces, *verdict.other_labels):
        if Flag.CLAIM_FILED in one.flags:
            if one.claim_update in _UNSETTLED:
                return f"a claim for {one.number} was filed and is not settled"
        elif one.claim_case is not None and one.claim_status in _OPEN:
            until = f" until {one.closes_on}" if one.closes_on else ""
            return f"a claim for {one.number} can be filed{until}"
    return ""


def _blank(connection: Connection, case_id: int, now: datetime) -> None:
    """Delete the contents; a raw answer of several numbers goes from the other returns as well: it holds this one's data."""
    shared = select(log.c.digest).where(log.c.case_id == case_id, log.c.type == "read")
    connection.execute(content.delete().where(content.c.what == "raw", content.c.ref.in_(shared)))
    connection.execute(content.delete().where(content.c.case_id == case_id))
    for row in connection.execute(select(signal.c.id, signal.c.body).where(signal.c.case_id == case_id)).all():
        connection.execute(signal.update().where(signal.c.id == row.id).values(body=_bare(row.body)))
    stopped = {"stopped_at": now, "stop_reason": Stop.ERASED.value, "due_at": None, "next_poll_at": None}
    forgotten = {"outlook": "", "wake_at": None, "quiet_until": None, "version": labels.c.version + 1}
    of = labels.c.case_id == case_id
    connection.execute(labels.update().where(of, labels.c.stopped_at.is_(None)).values(**stopped))
    connection.execute(labels.update().where(of).values(**forgotten, **UNLEASED))
    for one in connection.execute(select(labels.c.id, labels.c.number).where(of)).all():
        connection.execute(labels.update().where(labels.c.id == one.id).values(parcel=json.dumps({"number": one.number})))
    connection.execute(cases.update().where(cases.c.id == case_id).values(erased_at=now, version=cases.c.version + 1))


def _bare(body: str) -> str:
    """A signal without places and the carrier's words; nothing of one that cannot be read."""
    try:
        told = SIGNAL.validate_json(body).model_dump(mode="json")
    except ValueError:
        return "{}"
    return SIGNAL.validate_python(_without(told)).model_dump_json()


def _without(value: Any) -> Any:  # noqa: ANN401 - what JSON has
    if isinstance(value, Mapping):
        return {name: _emptied(name, one) for name, one in value.items()}
    return [_without(one) for one in value] if isinstance(value, list) else value


def _emptied(name: str, value: Any) -> Any:  # noqa: ANN401
    if name not in _PERSONAL:
        return _without(value)
    return {} if isinstance(value, Mapping) else ""
