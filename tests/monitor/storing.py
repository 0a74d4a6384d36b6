"""A store with a planner that a test can predict, and the return whose story it is told."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text

from retoure.lifecycle import CaseLabel, FailedRead, Observation, Read, ReturnCase
from retoure.model import Kind, LabelSource, Place, ReadFailure, TrackingEvent, TrackingFailure, TrackingReport
from retoure.monitor.planning import Planning
from retoure.monitor.plans import Plan
from retoure.monitor.reads import Reads
from retoure.monitor.reasons import FailureClass, Rank, Reason, Stop
from retoure.monitor.records import Exchange, Lease, Outcome, Watch
from retoure.monitor.store import Store
from retoure.monitor.tables import label as labels
from retoure.programmes import Policy
from tests.lifecycle.builders import event, when

POLICY = "amazon_aprl_de"
CREATED = when("06-01 08:00")
MUNICH = Place(country="DE", postal_code="80331", city="München")
BERLIN = Place(country="DE", postal_code="10115", city="Berlin")
ACCOUNT = "dhl"
HOURS = timedelta(hours=1)
ACCEPTED = event(Kind.ACCEPTED, "06-01 08:30", place=MUNICH)
HUB = event(Kind.HUB_SCAN, "06-01 12:00")
DELIVERED = event(Kind.DELIVERED, "06-01 14:00", place=BERLIN)


@dataclass(frozen=True)
class Sight:
    """As much of an outlook as the store needs."""

    number: str
    known: bool
    ended: bool
    wake_at: datetime

    def quiet(self, at: datetime) -> bool:
        return at < self.wake_at

    def to_json(self) -> str:
        return json.dumps({**asdict(self), "wake_at": self.wake_at.isoformat()})

    @classmethod
    def from_json(cls, text: str) -> "Sight":
        fields = json.loads(text)
        return cls(**{**fields, "wake_at": datetime.fromisoformat(fields["wake_at"])})


class Simple:
    """Every label is read again ``every`` so often; a test may say otherwise of a number."""

    def __init__(self) -> None:
        self.every = timedelta(hours=6)
        self.ranks: dict[str, Rank] = {}
        self.deadlines: dict[str, datetime] = {}
        self.quiet = timedelta(days=1000)
        self.seen: list[Reads] = []
        self.looked = 0

    def outlook_of(self, case: ReturnCase, policy: Policy, number: str, *, at: datetime, **_: Any) -> Sight:
        self.looked += 1
        kinds = {told.kind for one in case.observations if isinstance(one, Read) for told in one.report.events}
        return Sight(number, bool(kinds), Kind.DELIVERED in kinds, at + self.quiet)

    def next_read(
        self, outlook: Sight, reads: Reads, *, now: datetime, wanted: Reason | None, not_before: datetime | None, **_: Any
    ) -> Plan:
        self.seen.append(reads)
        rank, deadline = self.ranks.get(outlook.number, Rank.MOVING), self.deadlines.get(outlook.number)
        if outlook.ended and wanted is None:
            return Plan(at=None, reason=Reason.CONFIRMING, rank=rank, stop=Stop.DELIVERED, wake_at=outlook.wake_at)
        at = now if wanted or reads.asked_at is None else max(now + self.every, not_before or now)
        return Plan(
            at=at, reason=wanted or Reason.MOVING, rank=rank, deadline_at=deadline, deadlines_booked=1 if deadline else 0,
            ride_from=at - HOURS, wake_at=outlook.wake_at,
        )  # fmt: skip

    @property
    def planning(self) -> Planning:
        told: dict[str, Any] = {"outlook_of": self.outlook_of, "next_read": self.next_read, "read_outlook": Sight.from_json}
        return Planning(draw=lambda: 0.5, **told)


def label(number: str = "A1", **more: Any) -> CaseLabel:
    given = {
        "number": number, "carrier": "dhl_paket", "account": ACCOUNT, "label_source": LabelSource.AMAZON_NEGOTIATED,
        "issued_at": CREATED, "origin": MUNICH, "destination": BERLIN,
    }  # fmt: skip
    return CaseLabel(**{**given, **more})


def watch(store: Store, *numbers: str, rma: str = "R1", **more: Any) -> None:
    """Watch a return of these labels."""
    case = ReturnCase(rma=rma, labels=tuple(label(number, **more) for number in numbers or ("A1",)))
    (watched,) = store.watch([Watch(case, POLICY)])
    assert not watched.refused, watched.refused


def watch_each(store: Store, *numbers: str, **more: Any) -> None:
    """Watch a return for each number."""
    cases = [ReturnCase(rma=f"R-{number}", labels=(label(number, **more),)) for number in numbers]
    assert not [one.refused for one in store.watch([Watch(case, POLICY) for case in cases]) if one.refused]


def write(store: Store, statement: str, **values: Any) -> None:
    """Change what is stored behind the store's back."""
    with store._premises.database.writing() as connection:
        connection.execute(text(statement), values)


def multiply(store: Store, times: int) -> None:
    """Have the return with the one label there is get so many more, alike but for their numbers."""
    columns = [column.name for column in labels.columns]
    anew = {"id": "id + place", "number": "number || '-' || place"}
    given = ", ".join(anew.get(name, name) for name in columns)
    places = f"WITH RECURSIVE places(place) AS (SELECT 1 UNION ALL SELECT place + 1 FROM places WHERE place < {times})"
    write(store, f"INSERT INTO monitor_label ({', '.join(columns)}) {places} SELECT {given} FROM monitor_label, places")


def lease(store: Store, calls: int = 100, owner: str = "me", account: str = ACCOUNT, **more: Any) -> tuple[Lease, ...]:
    return store.lease(account, calls=calls, owner=owner, **more)


def number(lease: Lease) -> str:
    return lease.parcel.number


def numbers(leases: Any) -> list[str]:
    return [number(one) for one in leases]


def answer(
    lease: Lease, now: datetime, *events: TrackingEvent, digest: str = "", exchange: Exchange | None = None, **more: Any
) -> Outcome:
    """An answer that came at once."""
    told = tuple(events)
    report = TrackingReport(number(lease), lease.carrier, told, now, digest or f"{int(now.timestamp()):064}", **more)
    return Outcome(lease, Read(report=report), exchange=exchange)


def failure(
    lease: Lease,
    now: datetime,
    reason: ReadFailure = ReadFailure.FAILED,
    kind: FailureClass = FailureClass.TRANSIENT,
    **more: Any,
) -> Outcome:
    said = TrackingFailure(number(lease), lease.carrier, reason, now, **more)
    return Outcome(lease, FailedRead(failure=said), failure=kind)


def types(told: Any) -> list[str]:
    return [one.type for one in told]


def log_of(store: Store, of: str = "R1") -> list[Observation]:
    return list(store.case(of).observations)
