"""Two hands, one verdict: 100,000 random histories in many zones, judged by the library and by a count that goes day by day."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from retoure.lifecycle import CaseLabel, FailedRead, Observation, Read, ReturnCase, State, assess, fold
from retoure.lifecycle.judging import judge
from retoure.lifecycle.record import Record
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
from retoure.programmes import Policy, load_policy
from tests.lifecycle.builders import MERCHANT, MUNICH, NUMBER, custody_of
from tests.lifecycle.oracle import Answer, Row, opinion

HISTORIES, PORTIONS = 100_000, 10
FOLDED_EVERY = 50
CREATED = datetime(2027, 1, 1, tzinfo=UTC)
LABEL = CaseLabel(
    number=NUMBER, carrier="dhl_paket", label_source=LabelSource.AMAZON_NEGOTIATED, issued_at=CREATED, origin=MUNICH,
    destination=MERCHANT,
)  # fmt: skip
ZONES = [
    "Europe/Berlin", "Europe/London", "America/Los_Angeles", "America/St_Johns", "Africa/Cairo", "Asia/Tokyo", "Asia/Kathmandu",
    "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Chatham", "America/Sao_Paulo", "Asia/Beirut", "UTC",
]  # fmt: skip
ELSEWHERE = (ZoneInfo("Asia/Tokyo"), ZoneInfo("America/Los_Angeles"))
PLACES = {
    "merchant": MERCHANT,
    "customer": MUNICH,
    "third": Place(country="DE", postal_code="20095", city="Hamburg"),
    "": Place(),
}
WAYS = ["DROPPED_OFF", "PICKED_UP", "HUB_SCAN", "HUB_SCAN", "OUT_FOR_DELIVERY", "READY_FOR_COLLECTION", "CUSTOMS", "UNKNOWN"]
RARE = ["RETURNING_TO_ORIGIN", "LOST_BY_CARRIER", "DISPOSED", "RETURNED_TO_ORIGIN", "DELIVERED", "DELIVERED"]


class Chance:
    """Chances that can be repeated; ``random`` alone is quick."""

    def __init__(self, seed: int) -> None:
        self.share = random.Random(seed).random

    def upto(self, end: int, begin: int = 0) -> int:
        return begin + int(self.share() * (end - begin))

    def of(self, things):
        return things[int(self.share() * len(things))]


@cache
def policy_in(zone: str) -> Policy:
    """The German rules, counted in another zone."""
    german = load_policy("amazon_aprl_de")
    moved = tuple(rule.model_copy(update={"zone": None}) for rule in german.rules)
    return replace(german, zone=zone, rules=moved)


def rows_of(chance: Chance, created: datetime, zone: ZoneInfo) -> list[Row]:
    """What happens to a parcel: told to the minute or to the day, in the policy's zone, in UTC or far away."""
    rows, at = [Row("DATA_RECEIVED", "VA", created)], created
    for number in range(chance.upto(5)):
        at += timedelta(minutes=chance.of([chance.upto(3000, 1), chance.upto(40_000, 1)]))
        kind = chance.of(WAYS if chance.share() < 0.7 else RARE)
        where = chance.of(["merchant", "merchant", "customer", "third", ""]) if kind in RARE else ""
        told_in = chance.of([zone, UTC, *ELSEWHERE])
        instant = at.astimezone(told_in)
        local = instant.replace(tzinfo=timezone(instant.utcoffset() or timedelta(0)), fold=0)
        dated = chance.share() < 0.1
        rows.append(
            Row(kind, f"{kind}/{number}", local.replace(hour=0, minute=0) if dated else local, where, chance.share() < 0.5, dated)
        )
    return rows


def answers_of(chance: Chance, created: datetime, rows: list[Row]) -> list[Answer]:
    """What the carrier is asked, mostly around the days that matter; it may be late, silent, or wrong about an hour."""
    answers: dict[datetime, Answer] = {}
    first = next((row.instant for row in rows if row.physical), created)
    for _ in range(chance.upto(4, 1)):
        near = chance.of([created, first, first + timedelta(days=20), first + timedelta(days=21), created + timedelta(days=30)])
        asked = near + timedelta(seconds=chance.upto(200_000, -100_000))
        learned = asked + timedelta(seconds=chance.of([0, 1, 90]))
        if learned in answers:
            continue
        luck = chance.share()
        if luck < 0.1:
            answers[learned] = Answer(asked, learned, broken=True)
        elif luck < 0.2:
            answers[learned] = Answer(asked, learned, missing=True)
        else:
            told = [row for row in rows if row.instant <= asked + timedelta(hours=chance.of([0, 0, 0, 40]))]
            if chance.share() < 0.2:
                told = [row for row in told if chance.share() < 0.7]
            if told and chance.share() < 0.2:
                index = chance.upto(len(told))
                shifted = told[index].instant + timedelta(hours=chance.upto(15, -14))
                told[index] = replace(told[index], instant=told[index].instant if told[index].dated else shifted)
            if chance.share() < 0.1:
                told.append(
                    Row("DELIVERED", "OLD", created - timedelta(days=chance.of([1, 2, 600]), minutes=chance.upto(3)), "merchant")
                )
            answers[learned] = Answer(asked, learned, tuple(sorted(told, key=lambda row: row.instant)))
    return sorted(answers.values(), key=lambda answer: answer.learned)


def event_of(row: Row, sequence: int) -> TrackingEvent:
    kind = Kind(row.kind)
    return TrackingEvent(
        kind, Custody(custody_of(kind)), row.instant, "", ZoneSource.STATED if row.stated else ZoneSource.CARRIER,
        Precision.DATE if row.dated else Precision.MINUTE, row.code, "", PLACES[row.where], sequence,
    )  # fmt: skip


def observation_of(answer: Answer) -> Observation:
    digest = f"{answer.asked.timestamp()}"
    if answer.missing or answer.broken:
        reason = ReadFailure.NOT_FOUND if answer.missing else ReadFailure.FAILED
        failure = TrackingFailure(NUMBER, "dhl_paket", reason, answer.asked, digest=digest)
        return FailedRead.model_construct(type="failed_read", failure=failure, observed_at=answer.learned)
    events = tuple(event_of(row, sequence) for sequence, row in enumerate(answer.rows))
    report = TrackingReport(NUMBER, "dhl_paket", events, answer.asked, digest)
    return Read.model_construct(type="read", report=report, observed_at=answer.learned)


def coarse(state: State, detail: str) -> str:
    """The oracle does not tell a stop on the way from the way."""
    under_way = state is State.IN_TRANSIT or (state is State.EXCEPTION and detail not in ("DISPOSED", "LOST_BY_CARRIER"))
    return "UNDER_WAY" if under_way else state.value


@pytest.mark.parametrize("portion", range(PORTIONS))
def test_a_second_hand_counts_the_same_day_by_day(portion):
    for seed in range(portion * HISTORIES // PORTIONS, (portion + 1) * HISTORIES // PORTIONS):
        compare(seed)


def compare(seed: int) -> str:
    chance = Chance(seed)
    name = chance.of(ZONES)
    zone, policy = ZoneInfo(name), policy_in(name)
    created = CREATED + timedelta(minutes=chance.upto(2 * 525_600))
    answers = answers_of(chance, created, rows_of(chance, created, zone))
    at = answers[-1].learned + timedelta(seconds=chance.of([0, 1, 3600, 86_400]))
    label = LABEL.model_copy(update={"issued_at": created})
    observations = [observation_of(answer) for answer in answers]
    record = Record([label], policy).follow(observations)
    found, first = judge(record, at), record.scans.first
    window = found.window
    expected = opinion(created, answers, zone, at)
    judged = (
        coarse(found.state, found.detail), first and first.event.instant,
        window and window.opens_on, window and window.opens_at,
    )  # fmt: skip
    assert judged == (expected.state, expected.first, expected.opens_on, expected.opens_at), f"history {seed}"
    if seed % FOLDED_EVERY == 0:
        case = ReturnCase(labels=(label,))
        for observation in observations:
            case, _ = fold(case, observation, policy, observation.observed_at)
        afresh = assess(ReturnCase(labels=(label,), observations=tuple(observations)), policy, at=at)
        assert assess(case, policy, at=at) == afresh
        assert afresh.state is found.state
    return expected.state
