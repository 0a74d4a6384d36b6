"""What a report says, apart from when it was asked for: so a store can tell an answer that it knows without folding it."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

from pydantic import TypeAdapter

from retoure.model.tracking import TrackingReport

_REPORT: TypeAdapter[TrackingReport] = TypeAdapter(TrackingReport)
_WHENEVER = datetime(1970, 1, 1, tzinfo=UTC)


def statement(report: TrackingReport) -> bytes:
    """What a report says, as JSON: all of it but when it was asked for and the digest of its raw answer."""
    return _REPORT.dump_json(replace(report, read_at=_WHENEVER, digest=""))


def fingerprint(statement: bytes) -> str:
    """A short name for what a report says: two that have the same one say the same."""
    return hashlib.blake2b(statement, digest_size=16).hexdigest()


def report_of(statement: bytes, read_at: datetime, digest: str) -> TrackingReport:
    """The report that said it.

    Raises:
        ValidationError: it is no statement.
    """
    return replace(_REPORT.validate_json(statement), read_at=read_at, digest=digest)
