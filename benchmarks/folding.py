"""What it costs to fold a parcel's story, beside building the events that its answers tell."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from benchmarks.measuring import Row, at_most, ratio
from retoure.lifecycle import CaseLabel, Read, ReturnCase, fold
from retoure.model import Custody, Kind, LabelSource, Place, Precision, TrackingEvent, TrackingReport, ZoneSource
from retoure.programmes import load_policy

CREATED = datetime(2026, 6, 1, 6, tzinfo=UTC)
EVERY, READS = timedelta(hours=6), 100
POLICY = load_policy("amazon_aprl_de")
LABEL = CaseLabel(
    number="00340434000000000017",
    carrier="dhl_paket",
    label_source=LabelSource.AMAZON_NEGOTIATED,
    issued_at=CREATED,
    origin=Place(country="DE", postal_code="80331", city="München"),
    destination=Place(country="DE", postal_code="10115", city="Berlin"),
)
# Code, kind, custody, instant and place of a parcel that is announced, handed in, sorted six times and then not seen again.
ROWS = tuple(
    (
        f"code {number}",
        (Kind.DATA_RECEIVED, Kind.DROPPED_OFF, *[Kind.HUB_SCAN] * 6)[number],
        Custody.PHYSICAL if number else Custody.NONE,
        CREATED + number * 3 * EVERY,
        Place(f"Paketzentrum {number}", "DE", f"{number:05}", f"Ort {number}"),
    )
    for number in range(8)
)
ASKED = tuple((CREATED + number * EVERY, min(1 + number // 3, 8), f"{number:064}") for number in range(READS))


def reports() -> list[TrackingReport]:
    """The answers of 25 days, one every six hours, each with events of its own as an adapter makes them."""
    carrier, minute = ZoneSource.CARRIER, Precision.MINUTE
    return [
        TrackingReport(
            LABEL.number,
            LABEL.carrier,
            tuple(
                [
                    TrackingEvent(kind, custody, instant, "", carrier, minute, code, "", place, sequence)
                    for sequence, (code, kind, custody, instant, place) in enumerate(ROWS[:known])
                ]
            ),
            asked,
            digest,
        )
        for asked, known, digest in ASKED
    ]


ANSWERS = [Read(report=report) for report in reports()]


def fold_all() -> ReturnCase:
    """The story, folded answer by answer: the answers that say nothing new among them."""
    case = ReturnCase(labels=(LABEL,))
    for answer in ANSWERS:
        case, _ = fold(case, answer, POLICY, answer.observed_at)
    return case


def run() -> Iterator[Row]:
    """The budget: 20,000 observations a second where building the events of one takes 12 us."""
    yield at_most("fold an observation, over building its events", ratio(fold_all, reports, repeats=2, rounds=15), 4)
