"""The return that the stories are told about, and the words they are told in.

A DHL Paket label on Amazon's rate, created 2026-06-01 08:00 in Berlin, accepted at a counter the same day at 14:10: it counts
as lost from 2026-06-22. The customer lives in Munich, the merchant in Berlin; a refund was issued on the day of the acceptance.
"""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from retoure.lifecycle import (
    Assessment,
    CaseLabel,
    FailedRead,
    Observation,
    Read,
    RefundIssued,
    ReturnCase,
    assess,
)
from retoure.model import (
    Custody,
    Kind,
    LabelSource,
    Place,
    Precision,
    ReadFailure,
    TrackingEvent,
    TrackingFailure,
    TrackingReport,
    ZoneSource,
)

BERLIN = ZoneInfo("Europe/Berlin")
NUMBER = "003404341234567890"
MUNICH = Place(country="DE", postal_code="80331", city="München")
MERCHANT = Place(country="DE", postal_code="10115", city="Berlin")

NO_CUSTODY = {
    Kind.DATA_RECEIVED, Kind.PICKUP_BOOKED, Kind.PICKUP_FAILED, Kind.RETRACTION, Kind.CANCELLED, Kind.INFO,
}  # fmt: skip
NOT_TOLD = {Kind.CUSTOMS, Kind.LOST_BY_CARRIER, Kind.UNKNOWN}


def when(text: str) -> datetime:
    """A time in Berlin, or with the offset it states: ``06-01 14:10``, ``2027-01-09 12:00``, ``2026-06-01T22:30Z``."""
    full = text if text[:2] == "20" else f"2026-{text}"
    instant = datetime.fromisoformat(full)
    return instant if instant.tzinfo else instant.replace(tzinfo=BERLIN)


def custody_of(kind: Kind) -> Custody:
    if kind in NO_CUSTODY:
        return Custody.NONE
    return Custody.UNKNOWN if kind in NOT_TOLD else Custody.PHYSICAL


def event(
    kind: Kind,
    at: str | datetime,
    *,
    place: Place = Place(),  # noqa: B008 - frozen
    code: str | None = None,
    custody: Custody | None = None,
    zone_source: ZoneSource = ZoneSource.CARRIER,
    precision: Precision = Precision.MINUTE,
    flags: tuple[str, ...] = (),
    text: str = "",
) -> TrackingEvent:
    instant = when(at) if isinstance(at, str) else at
    return TrackingEvent(
        kind=kind, custody=custody or custody_of(kind), instant=instant, local_text=str(at), zone_source=zone_source,
        precision=precision, raw_code=kind.value if code is None else code, text=text, location=place, flags=flags,
    )  # fmt: skip


def dated(kind: Kind, day: str, **more: object) -> TrackingEvent:
    return event(kind, f"{day} 00:00", precision=Precision.DATE, **more)  # type: ignore[arg-type]


ACCEPTED = event(Kind.DROPPED_OFF, "06-01 14:10", code="ES/SHRCU/PCKST")
ANNOUNCED = event(Kind.DATA_RECEIVED, "06-01 08:05", code="VA")


def hub(at: str, **more: object) -> TrackingEvent:
    return event(Kind.HUB_SCAN, at, **more)  # type: ignore[arg-type]


def delivered(at: str, **more: object) -> TrackingEvent:
    return event(Kind.DELIVERED, at, code="ZU/DLVRD", **more)  # type: ignore[arg-type]


def read(
    asked: str,
    *events: TrackingEvent,
    observed: str | None = None,
    destination: Place | None = None,
    number: str = NUMBER,
    flags: tuple[str, ...] = (),
) -> Read:
    """A successful read, asked at a moment and known at once unless told."""
    numbered = tuple(replace(one, sequence=index) for index, one in enumerate(events))
    report = TrackingReport(
        number=number,
        carrier="dhl_paket",
        events=numbered,
        read_at=when(asked),
        digest=f"digest of {asked}",
        destination=destination,
        flags=flags,
    )
    return Read(report=report, observed_at=when(observed or asked))


def failed(asked: str, reason: ReadFailure = ReadFailure.FAILED, number: str = NUMBER) -> FailedRead:
    failure = TrackingFailure(number=number, carrier="dhl_paket", reason=reason, read_at=when(asked), digest=f"digest of {asked}")
    return FailedRead(failure=failure, observed_at=when(asked))


def not_found(asked: str, number: str = NUMBER) -> FailedRead:
    return failed(asked, ReadFailure.NOT_FOUND, number)


REFUND = RefundIssued(rma="RMA-1", at=when("06-01 14:30"))


def label(**more: object) -> CaseLabel:
    values = {
        "number": NUMBER,
        "carrier": "dhl_paket",
        "label_source": LabelSource.AMAZON_NEGOTIATED,
        "issued_at": when("06-01 08:00"),
        "origin": MUNICH,
        "destination": MERCHANT,
    }
    return CaseLabel.model_validate(values | more)


def case(*observations: Observation, **more: object) -> ReturnCase:
    return ReturnCase(rma="RMA-1", labels=(label(**more),), observations=(REFUND, *observations))


def verdict(at: str, *observations: Observation, **more: object) -> Assessment:
    return assess(case(*observations, **more), at=when(at))


def utc(text: str) -> datetime:
    return when(text).astimezone(UTC)
