"""What it costs to fold a parcel's story, beside building the events that its answers tell."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
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


def folded(answers: Iterable[Read]) -> ReturnCase:
    """A story, folded answer by answer: the answers that say nothing new among them."""
    case = ReturnCase(labels=(LABEL,))
    for answer in answers:
        case, _ = fold(case, answer, POLICY, answer.observed_at)
    return case


def same_answers(number: int) -> list[Read]:
    """The last answer again and again, every minute. Their events are equal to the first one's, and not the same objects."""
    first, again = reports()[-1], reports()[-1]
    minute = timedelta(minutes=1)
    return [
        Read(report=replace(again if count else first, read_at=again.read_at + count * minute, digest=f"{count:064}"))
        for count in range(number)
    ]


SAME = same_answers(10_000)


def fold_long() -> None:
    """One log of all of them."""
    folded(SAME)


def fold_short() -> None:
    """As many observations, in logs of a hundred."""
    for _ in range(len(SAME) // READS):
        folded(SAME[:READS])


def growing_reports() -> list[TrackingReport]:
    """Answers that each bring one more row, until there are 300."""
    carrier, minute = ZoneSource.CARRIER, Precision.MINUTE
    hour = timedelta(hours=1)
    rows = [(CREATED + number * hour, Place(f"Paketzentrum {number}", "DE", f"{number:05}")) for number in range(300)]
    return [
        TrackingReport(
            LABEL.number,
            LABEL.carrier,
            tuple(
                [
                    TrackingEvent(Kind.HUB_SCAN, Custody.PHYSICAL, instant, "", carrier, minute, "code", "", place, sequence)
                    for sequence, (instant, place) in enumerate(rows[: known + 1])
                ]
            ),
            asked,
            f"{known:064}",
        )
        for known, (asked, _) in enumerate(rows)
    ]


GROWING = [Read(report=report) for report in growing_reports()]


def run() -> Iterator[Row]:
    """The budgets. The first: more than 25,000 observations a second where building the events of one takes 12 us."""
    story = ratio(lambda: folded(ANSWERS), reports, repeats=2, rounds=75)
    yield at_most("fold an observation, over building its events", story, 3)
    longer = ratio(fold_long, fold_short, repeats=1, rounds=5)
    yield at_most("fold 10,000 reads of one parcel, over 100 reads of each of 100", longer, 1.5)
    grown = ratio(lambda: folded(GROWING), growing_reports, repeats=1, rounds=3)
    yield at_most("fold 300 answers with a new row each, over building their events", grown, 2.5)
