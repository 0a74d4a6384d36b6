"""A second opinion on verdicts, worked out from the rules alone: nothing of the library's own judging is used here.

It is slow in the way a person is: everything known is looked at afresh for every question, days are counted one after another,
and whether a parcel ever counted as lost is found by asking again for every moment at which something was learned.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

ONE_DAY, AHEAD, QUARTER = timedelta(hours=24), timedelta(hours=26), timedelta(minutes=15)
GERMANY = ZoneInfo("Europe/Berlin")
HANDED_IN = {"DROPPED_OFF", "PICKED_UP", "ACCEPTED", "ORIGIN_SCAN"}
NOT_PHYSICAL = {"DATA_RECEIVED", "UNKNOWN", "LOST_BY_CARRIER", "CUSTOMS"}
AT_THE_END = {"DELIVERED": 3, "RETURNED_TO_ORIGIN": 3, "OUT_FOR_DELIVERY": 2, "READY_FOR_COLLECTION": 2, "DELIVERY_FAILED": 2}


@dataclass(frozen=True)
class Row:
    """A line of a carrier's answer. ``where``: merchant, customer, third, or nothing told."""

    kind: str
    code: str
    instant: datetime
    where: str = ""
    stated: bool = False
    dated: bool = False

    @property
    def physical(self) -> bool:
        return self.kind not in NOT_PHYSICAL


@dataclass(frozen=True)
class Answer:
    """What one asking brought: rows, or ``missing`` (not found), or ``broken`` (no answer)."""

    asked: datetime
    learned: datetime
    rows: tuple[Row, ...] = ()
    missing: bool = False
    broken: bool = False


@dataclass(frozen=True)
class Opinion:
    state: str
    first: datetime | None
    opens_on: date | None
    opens_at: datetime | None


def opinion(created: datetime, answers: list[Answer], zone: ZoneInfo, at: datetime) -> Opinion:
    """What to think of a parcel at a moment."""
    known = sorted((answer for answer in answers if answer.learned <= at), key=lambda answer: answer.learned)
    state, first, opens_on = _thought(created, known, zone, at)
    if state == "DELIVERED" and _was_lost(created, known, zone):
        state = "RECOVERED"
    return Opinion(state, first, opens_on, _begin(opens_on, zone) if opens_on else None)


def _was_lost(created: datetime, known: list[Answer], zone: ZoneInfo) -> bool:
    events = _events(created, known, zone)
    lost = [index for index, row in enumerate(events) if row.kind == "LOST_BY_CARRIER"]
    there = [index for index, row in enumerate(events) if _meaning(row, events) == "DELIVERED"]
    if lost and there and lost[0] < there[0]:
        return True
    return any(_counts_as_lost(created, known[: count + 1], zone) for count in range(len(known)))


def _counts_as_lost(created: datetime, known: list[Answer], zone: ZoneInfo) -> bool:
    """At the moment of the last answer: by the days that have passed, or by the carrier's own word."""
    events = _events(created, known, zone)
    declared = any(row.kind == "LOST_BY_CARRIER" for row in events)
    there = any(_meaning(row, events) == "DELIVERED" for row in events)
    return (declared and not there) or _thought(created, known, zone, known[-1].learned)[0] == "LOST_PRESUMED"


def _thought(created: datetime, known: list[Answer], zone: ZoneInfo, at: datetime) -> tuple[str, datetime | None, date | None]:
    events = _events(created, known, zone)
    scans = [row for row in events if row.physical]
    first = scans[0] if scans else None
    told = next((versions for versions in _versions(created, known, zone) if first in versions), [])
    opens_on = max((_opening(version, zone) for version in told), default=None)
    meanings = [meaning for row in events if (meaning := _meaning(row, events)) in ("DELIVERED", "BACK", "GONE")]
    if "DELIVERED" in meanings:
        state = "DELIVERED"
    elif meanings:
        state = "BACK_AT_CUSTOMER" if meanings[-1] == "BACK" else "EXCEPTION"
    elif first is None:
        state = _unscanned(created, known, events, zone, at)
    elif at < _begin(opens_on, zone):
        state = "EXCEPTION" if any(row.kind == "LOST_BY_CARRIER" for row in events) else "UNDER_WAY"
    else:
        proof = any(_proves(answer, created, zone) and answer.asked >= _begin(opens_on, zone) for answer in known)
        state = "LOST_PRESUMED" if proof else "INDETERMINATE"
    return state, first.instant if first else None, opens_on


def _unscanned(created: datetime, known: list[Answer], events: list[Row], zone: ZoneInfo, at: datetime) -> str:
    if any(row.kind == "LOST_BY_CARRIER" for row in events):
        return "EXCEPTION"
    day = created.astimezone(zone).date()
    for _ in range(30):
        day += timedelta(days=1)
    patience_ends, forgotten = _begin(day, zone), created + timedelta(hours=24 * 90)
    if at < patience_ends:
        return "AWAITING_FIRST_SCAN"
    negative, purged, announced = [], [], False
    for count, answer in enumerate(known):
        if answer.broken or answer.asked < patience_ends:
            continue
        if answer.missing or not answer.rows:
            (purged if _events(created, known[:count], zone) else negative).append(answer.asked)
        elif _usable(answer, created, zone):
            announced = True
    if announced or any(asked <= forgotten for asked in negative):
        return "NEVER_SCANNED"
    return "INDETERMINATE" if negative or purged else "AWAITING_FIRST_SCAN"


def _usable(answer: Answer, created: datetime, zone: ZoneInfo) -> bool:
    """All rows that are told belong here, or at least one does and none lies in the future; or there is none."""
    inside = [row for row in answer.rows if _belongs(row, created, answer, zone)]
    late = any(_span(row, zone)[0] > answer.learned + AHEAD for row in answer.rows)
    return not late and (bool(inside) or not answer.rows)


def _proves(answer: Answer, created: datetime, zone: ZoneInfo) -> bool:
    if answer.broken or answer.missing or not _usable(answer, created, zone):
        return False
    return any(row.physical and _belongs(row, created, answer, zone) for row in answer.rows)


def _belongs(row: Row, created: datetime, answer: Answer, zone: ZoneInfo) -> bool:
    begins, ends = _span(row, zone)
    return ends >= created - ONE_DAY and begins <= answer.learned + AHEAD


def _span(row: Row, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """A date lasts as long as the clocks show it that showed it: 23, 24 or 25 hours. Every place that is told is in Germany."""
    if not row.dated:
        return row.instant, row.instant
    for clock in (zone, GERMANY) if row.where else (zone,):
        if row.instant.astimezone(clock).replace(tzinfo=None) == row.instant.replace(tzinfo=None):
            day = row.instant.date()
            return _begin(day, clock), _begin(day + timedelta(days=1), clock) - timedelta(microseconds=1)
    midnight = row.instant.replace(hour=0, minute=0, second=0)
    return midnight, midnight + timedelta(hours=24) - timedelta(microseconds=1)


def _events(created: datetime, known: list[Answer], zone: ZoneInfo) -> list[Row]:
    """Every event once, as it is told best, in the order in which it happened."""
    best = [_best(versions) for versions in _versions(created, known, zone)]
    return sorted(best, key=lambda row: _when(row, best, zone))


def _versions(created: datetime, known: list[Answer], zone: ZoneInfo) -> list[list[Row]]:
    """Every event in all the ways in which it was told."""
    told: list[list[tuple[int, Row]]] = []
    for number, answer in enumerate(known):
        for row in answer.rows:
            if _belongs(row, created, answer, zone):
                alike = [versions for versions in told if _same(versions, number, row)]
                if alike:
                    min(alike, key=lambda versions: _distance(versions, row)).append((number, row))
                else:
                    told.append([(number, row)])
    return [[row for _, row in versions] for versions in told]


def _same(versions: list[tuple[int, Row]], number: int, row: Row) -> bool:
    """One code at one place, at the same time or shifted by whole hours, and not in the same answer."""
    last, known = versions[-1]
    if (known.code, known.where) != (row.code, row.where) or last == number:
        return False
    if any(version.instant == row.instant for _, version in versions):
        return True
    apart = abs((known.instant - row.instant).total_seconds()) / 3600
    return apart == int(apart) and apart <= 14


def _distance(versions: list[tuple[int, Row]], row: Row) -> timedelta:
    """How far a row is from an event; one that was told at just that time before is it."""
    if any(known.instant == row.instant for _, known in versions):
        return timedelta(-1)
    return abs(versions[-1][1].instant - row.instant)


def _best(versions: list[Row]) -> Row:
    stated = [row for row in versions if row.stated]
    return (stated or versions)[-1]


def _when(row: Row, others: list[Row], zone: ZoneInfo) -> tuple[datetime, int]:
    if not row.dated:
        return row.instant, 1
    begins, ends = _span(row, zone)
    own = 0 if row.kind in HANDED_IN else AT_THE_END.get(row.kind, 1)
    later = [
        other.instant
        for other in others
        if not other.dated
        and begins <= other.instant <= ends
        and (0 if other.kind in HANDED_IN else AT_THE_END.get(other.kind, 1)) > own
    ]
    return min([ends, *later]), 0 if later and min(later) <= ends else 1


def _meaning(row: Row, events: list[Row]) -> str:
    if row.kind == "DISPOSED":
        return "GONE"
    if row.kind not in ("DELIVERED", "RETURNED_TO_ORIGIN"):
        return ""
    if row.where in ("merchant", "customer"):
        return "DELIVERED" if row.where == "merchant" else "BACK"
    if row.where == "third":
        return ""
    before = events[: next(index for index, event in enumerate(events) if event is row)]
    turned = row.kind == "RETURNED_TO_ORIGIN" or any(event.kind == "RETURNING_TO_ORIGIN" for event in before)
    return "BACK" if turned else "DELIVERED"


def _opening(first: Row, zone: ZoneInfo) -> date:
    """The day of the scan does not count; twenty full days follow it, and then it is open."""
    day = first.instant.date() if first.dated else first.instant.astimezone(zone).date()
    passed = 0
    while passed < 20:
        day += timedelta(days=1)
        passed += 1
    return day + timedelta(days=1)


@lru_cache(maxsize=100_000)
def _begin(day: date, zone: ZoneInfo) -> datetime:
    """The first moment at which a clock in the zone shows that date, found by looking at it every quarter of an hour."""
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=15)
    while moment.astimezone(zone).date() < day:
        moment += QUARTER
    return moment
