"""Evidence: snapshots of what was known when it mattered, each holding the hash of the one before.

A snapshot holds the verdict, the events, the label's facts, what was asked and answered, and the versions of what judged it. Of
the answer the SHA-256 is part of it; the bytes lie beside it, as long as nobody's personal data in it had to be erased.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from retoure._version import __version__
from retoure.carrier.shaping import plain_number
from retoure.lifecycle import Assessment, FailedRead, Read, ReturnCase, SameRead, State
from retoure.lifecycle.observations import Observation
from retoure.lifecycle.signals import AnySignal
from retoure.model.tracking import TrackingEvent, TrackingReport
from retoure.monitor.contents import put_content, readable
from retoure.monitor.logbook import number_in
from retoure.monitor.records import Exchange
from retoure.monitor.shown import Snapshot
from retoure.monitor.tables import case as cases
from retoure.monitor.tables import content, evidence

_SIGNALS = {
    "first_scan": "first scan", "first_scan_revised": "first scan revised", "delivered": "delivered", "recovered": "recovered",
    "lost_presumed": "lost presumed", "evidence_purge_near": "purge near",
}  # fmt: skip
_TESTIFY = evidence.insert()
_CITED = select(evidence.c.raw_digest).where(evidence.c.case_id == bindparam("of"), evidence.c.raw_digest == bindparam("digest"))
_DROP_RAW = content.delete().where(
    content.c.case_id == bindparam("of"), content.c.what == "raw", content.c.ref == bindparam("digest"), ~_CITED.exists()
)
_LAST = (cases.c.snapshots.label("last_place"), cases.c.chain.label("last_sha256"))
_HEADERS = ("content-type", "date", "x-request-id", "x-correlation-id", "x-response-id", "message-reference", "etag")


def reasons_of(
    signals: Iterable[AnySignal],
    learned: Iterable[Observation],
    verdict: Assessment,
    state_before: str,
    opening_before: datetime | None,
) -> tuple[str, ...]:
    """What a snapshot is due for: what was told, the first answer to a question after the opening, and why nothing is known."""
    reasons = {_SIGNALS[signal.type]: None for signal in signals if signal.type in _SIGNALS}
    opens_at = verdict.opens_at
    if opens_at is not None and opens_at != opening_before and any(_asked_since(one, opens_at) for one in learned):
        reasons["opening"] = None
    if verdict.state is State.INDETERMINATE and state_before != State.INDETERMINATE:
        reasons["indeterminate"] = None
    return tuple(reasons)


def _asked_since(observation: Observation, opens_at: datetime) -> bool:
    match observation:
        case Read(report=TrackingReport(read_at=read_at)) | SameRead(read_at=read_at):
            return read_at >= opens_at
        case _:
            return False


def body_of(
    case: ReturnCase, verdict: Assessment, number: str, *, why: str, before: str, raw_digest: str, exchange: Exchange | None
) -> dict[str, Any]:
    """A snapshot's body, of values that JSON has.

    Args:
        case: The return.
        verdict: Where it stands.
        number: The label that it is about.
        why: What it is taken for.
        before: The hash of the snapshot before.
        raw_digest: Of the newest raw answer that is kept.
        exchange: The answer that just came, if one did.
    """
    label = next((one for one in case.labels if plain_number(one.number) == plain_number(number)), case.labels[0])
    own = [one for one in case.observations if number_in(one) == plain_number(number)]
    last = own[-1] if own else None
    read = next((one for one in reversed(own) if isinstance(one, Read)), None)
    return {
        "format": 1,
        "library": f"retoure {__version__}",
        "policy": verdict.policy,
        "rules": [rule.id for rule in verdict.rules],
        "why": why,
        "at": _utc(verdict.at),
        "before": before,
        "rma": case.rma,
        "number": plain_number(number),
        "label": label.model_dump(mode="json"),
        "verdict": verdict.model_dump(mode="json", exclude_defaults=True),
        "asked": _asked(last, exchange),
        "raw_sha256": raw_digest,
        "events": [_event(event) for event in read.report.events] if read else [],
    }


def _asked(last: Observation | None, exchange: Exchange | None) -> dict[str, Any]:
    """What was asked last and when; of a failed asking class and time only."""
    asked: dict[str, Any] = {}
    match last:
        case None:
            return asked
        case FailedRead(failure=failure):
            asked = {"failure": failure.reason.value, "requested_at": _utc(failure.read_at)}
        case Read(report=report):
            asked = {"sha256": report.digest, "requested_at": _utc(report.read_at)}
        case _:
            asked = {"type": last.type, "requested_at": _utc(getattr(last, "read_at", last.observed_at))}
            asked |= {"sha256": digest} if (digest := getattr(last, "digest", "")) else {}
    asked["observed_at"] = _utc(last.observed_at)
    if exchange is not None:
        response = exchange.response
        headers = {name: response.headers[name] for name in _HEADERS if name in response.headers}
        asked |= {"method": exchange.request.method, "path": exchange.path, "status": response.status, "headers": headers}
    return asked


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()


def _event(event: TrackingEvent) -> dict[str, Any]:
    place = event.location
    return {
        "kind": event.kind, "custody": event.custody, "instant": event.instant.isoformat(), "local_text": event.local_text,
        "zone_source": event.zone_source, "precision": event.precision, "raw_code": event.raw_code, "text": event.text,
        "location": [place.text, place.country, place.postal_code, place.city], "flags": event.flags,
    }  # fmt: skip


def _line(event: Mapping[str, Any]) -> str:
    told = (event["instant"], event["kind"], event["raw_code"], event["text"], *event["location"])
    return "  " + "  ".join(filter(None, told))


def rendered(body: Mapping[str, Any]) -> str:
    """A snapshot as a person reads it."""
    verdict, asked = body["verdict"], body["asked"]
    lines = [
        f"Return {body['rma'] or '(no number)'}, label {body['label']['number']} ({body['label']['carrier']})",
        f"Taken {body['at']} for: {body['why']}",
        f"Verdict: {verdict['state']} ({verdict['detail']}), by {body['policy']} and {body['library']}",
        *(f"  {reason['text']}" for reason in verdict.get("reasons", ())),
        "Asked: " + (", ".join(f"{name} {value}" for name, value in asked.items() if name != "headers") or "never"),
        f"Events told: {len(body['events'])}",
        *map(_line, body["events"]),
        f"Snapshot before this: {body['before'] or 'none'}",
    ]
    return "\n".join(lines)


def written(body: Mapping[str, Any]) -> bytes:
    """A snapshot's body as it is hashed."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def take(connection: Connection, row: Mapping[str, Any], number: str, body: dict[str, Any]) -> dict[str, Any]:
    """Write a snapshot down, and return what changes in the case's row."""
    place = row["snapshots"] + 1
    payload = written(body)
    sha256 = hashlib.sha256(payload).hexdigest()
    put_content(connection, row["id"], "evidence", sha256, payload)
    values = {
        "case_id": row["id"], "place": place, "number": plain_number(number), "why": body["why"][:200],
        "at": datetime.fromisoformat(body["at"]), "sha256": sha256, "before": row["chain"], "raw_digest": body["raw_sha256"],
    }  # fmt: skip
    connection.execute(_TESTIFY, values)
    return {"snapshots": place, "chain": sha256}


def keep_raw(connection: Connection, case_id: int, before: str, exchange: Exchange) -> str:
    """Keep a raw answer as the newest one of its label; the one before goes, unless a snapshot rests on it."""
    digest = exchange.response.digest
    put_content(connection, case_id, "raw", digest, exchange.response.content)
    if before and before != digest:
        connection.execute(_DROP_RAW, {"of": case_id, "digest": before})
    return digest


def chain(connection: Connection, case_id: int) -> tuple[Snapshot, ...]:
    """The snapshots of a return, checked against their hashes and against what the return knows of its last one.

    Where the last ones are missing, the last of them stands for them, without a body.
    """
    told = select(evidence, *_LAST).select_from(cases.outerjoin(evidence, evidence.c.case_id == cases.c.id))
    rows = connection.execute(told.where(cases.c.id == case_id).order_by(evidence.c.place)).all()
    query = select(content.c.what, content.c.ref, content.c.payload)
    query = query.where(content.c.case_id == case_id, content.c.what.in_(("evidence", "raw")))
    payloads = {(one.what, one.ref): one.payload for one in connection.execute(query)}
    before, place, found = "", 0, []
    for row in rows:
        if row.place is not None:
            found.append(_snapshot(row, before, payloads.get(("evidence", row.sha256)), payloads.get(("raw", row.raw_digest))))
            before, place = row.sha256, row.place
    last = rows[-1]
    if (place, before) != (last.last_place, last.last_sha256):
        found.append(
            Snapshot(
                place=last.last_place, number="", why="missing", at=None, sha256=last.last_sha256, before="",
                intact=False,
            )
        )  # fmt: skip
    return tuple(found)


def _snapshot(row: Row[Any], before: str, payload: bytes | None, raw: bytes | None) -> Snapshot:
    intact = row.before == before and (payload is None or hashlib.sha256(payload).hexdigest() == row.sha256)
    body = None
    if payload is not None and intact:  # one that was changed may be anything
        with readable(f"the snapshot {row.place}"):
            body = json.loads(payload)
        said = (body.get("before"), body.get("number"), body.get("why", "")[:200], body.get("at"), body.get("raw_sha256"))
        intact = said == (before, row.number, row.why, _utc(row.at), row.raw_digest)
    if raw is not None:
        intact = intact and hashlib.sha256(raw).hexdigest() == row.raw_digest
    return Snapshot(
        place=row.place, number=row.number, why=row.why, at=row.at, sha256=row.sha256, before=row.before, body=body,
        text=rendered(body) if body else "", raw=raw, intact=intact,
    )  # fmt: skip
