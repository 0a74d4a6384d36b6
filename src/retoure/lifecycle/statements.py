"""What a report says, apart from when it was asked for: so a store can tell an answer that it knows without folding it."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime

from pydantic import TypeAdapter

from retoure.model.tracking import Place, TrackingReport

_REPORT: TypeAdapter[TrackingReport] = TypeAdapter(TrackingReport)
_APART, _END = "\x1f", "\x1e"
_WHENEVER = datetime(1970, 1, 1, tzinfo=UTC)


def statement(report: TrackingReport) -> bytes:
    """What a report says, as JSON: all of it but when it was asked for and the digest of its raw answer."""
    return _REPORT.dump_json(replace(report, read_at=_WHENEVER, digest=""))


def fingerprint(report: TrackingReport) -> str:
    """A short name for what a report says: two that have the same one say the same, whenever they were asked for.

    Made for answers by the thousand: fields and rows are parted by characters that none of them holds; where one does,
    the name is that of the JSON.
    """
    fields = [report.number, report.carrier, report.successor, *_place(report.destination), *report.pieces, _END, *report.flags]
    for event in report.events:
        place = event.location
        fields += (
            _END, event.kind, event.custody, str(event.instant.timestamp()), event.local_text, event.zone_source, event.precision,
            event.raw_code, event.text, place.text, place.country, place.postal_code, place.city, str(event.sequence),
            *event.flags,
        )  # fmt: skip
    said = _APART.join(fields)
    plain = said.count(_APART) == len(fields) - 1 and said.count(_END) == len(report.events) + 1
    return hashlib.blake2b(said.encode() if plain else statement(report), digest_size=16).hexdigest()


def _place(place: Place | None) -> tuple[str, ...]:
    return ("-",) if place is None else (place.text, place.country, place.postal_code, place.city)


def report_of(statement: bytes, read_at: datetime, digest: str) -> TrackingReport:
    """The report that said it.

    Raises:
        ValidationError: it is no statement.
    """
    return replace(_REPORT.validate_json(statement), read_at=read_at, digest=digest)
