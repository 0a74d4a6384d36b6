"""What the rows of all answers come to: each event once, with what became of it."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise

from tests.lifecycle.daybyday.days import DAY, Days, days_of
from tests.lifecycle.daybyday.told import Answer, Failure, Message, Row, Story

HOUR = timedelta(hours=1)
ACCEPTING = ("DROPPED_OFF", "PICKED_UP", "ACCEPTED", "ORIGIN_SCAN")
LAST_MILE = ("OUT_FOR_DELIVERY", "DELIVERY_FAILED", "READY_FOR_COLLECTION")
HANDED_OVER = ("DELIVERED", "DELIVERED_TO_NEIGHBOUR", "RETURNED_TO_ORIGIN")


@dataclass
class Entry:
    """One event, however often it was told.

    Attributes:
        row: The telling that counts.
        days: The dates of every telling, in the policy's zone.
        heard_at: Which answers held it, by their place among them.
        gone: It was taken back, in words or by leaving it out.
    """

    row: Row
    days: list[date]
    heard_at: set[int]
    order: int
    gone: bool = False
    tellings: list[Row] = field(default_factory=list)


@dataclass
class Ledger:
    """All that is known of a parcel at a moment.

    Attributes:
        answers: What can be trusted, with those rows of it that are this parcel's.
        aside: Rows that are not used, with the reason.
        strangers: When answers about another shipment were asked for.
        listed: The rows of this parcel in every answer, trusted or not.
    """

    entries: list[Entry]
    answers: list[tuple[Answer, list[Row]]]
    aside: set[tuple[str, datetime, str]]
    strangers: list[datetime]
    failures: list[Failure]
    listed: list[list[Row]]


@lru_cache(maxsize=4096)
def moment_of(row: Row) -> datetime:
    """When it happened."""
    if row.offset is not None:
        return row.wall.replace(tzinfo=UTC) - timedelta(minutes=row.offset)
    return days_of(row.clock).moment_of(row.wall)


def day_of(row: Row, days: Days) -> date:
    """Its date in the policy's zone; a row that has only a date keeps it."""
    return row.wall.date() if row.date_only else days.date_of(moment_of(row))


def rank(row: Row) -> int:
    """How far along the chain of custody it lies."""
    if row.kind in ACCEPTING:
        return 1
    if row.kind in LAST_MILE:
        return 3
    return 4 if row.kind in HANDED_OVER or row.kind == "DISPOSED" else 2


def out_of_bounds(row: Row, issued: datetime | None, known: datetime) -> str:
    """Why it cannot be this parcel's: too old or in the future; else nothing."""
    first = last = moment_of(row)
    if row.date_only:
        midnight = row.wall.replace(hour=0, minute=0)
        first, last = moment_of(replace(row, wall=midnight)), moment_of(replace(row, wall=midnight + DAY)) - timedelta(seconds=1)
    if issued is not None and last < issued - 24 * HOUR:
        return "NUMBER_REUSE"
    return "FUTURE" if first > known + 26 * HOUR else ""


def whole_hours(one: Row, other: Row) -> bool:
    """They are the same event, told by another clock: the same code and place, whole hours apart, fourteen at most."""
    if (one.code, one.place, one.date_only) != (other.code, other.place, other.date_only) or one.date_only:
        return False
    apart = abs(moment_of(one) - moment_of(other))
    return apart <= 14 * HOUR and apart % HOUR == timedelta()


def enter(book: list[Entry], row: Row, answer: int, companions: tuple[Row, ...], days: Days) -> None:
    """Write one row of an answer down: a further telling of an event, or a new one."""
    for entry in book:
        if any((told.code, told.place, told.wall) == (row.code, row.place, row.wall) for told in entry.tellings):
            return retell(entry, row, answer, days)
    for entry in book:
        if whole_hours(entry.row, row) and not any(
            (mate.code, mate.place, mate.wall) == (entry.row.code, entry.row.place, entry.row.wall) for mate in companions
        ):
            return retell(entry, row, answer, days)
    book.append(Entry(row, [day_of(row, days)], {answer}, len(book), tellings=[row]))
    return None


def retell(entry: Entry, row: Row, answer: int, days: Days) -> None:
    """The same event once more: a stated offset beats one that is not, and else the newer telling counts."""
    if not (entry.row.source == "STATED" and row.source != "STATED"):
        entry.row = row
    entry.heard_at.add(answer)
    entry.tellings.append(row)
    entry.days.append(day_of(row, days))


def ledger_of(story: Story, moment: datetime) -> Ledger:
    """Everything known by a moment."""
    days = days_of(story.zone)
    found = Ledger([], [], set(), [], [], [])
    heard = sorted((one for one in story.heard if one.known <= moment), key=lambda one: one.known)
    answer = 0
    for one in heard:
        if isinstance(one, Failure):
            found.failures.append(one)
        elif isinstance(one, Answer) and one.bound_for == "stranger" and story.aimed:
            found.strangers.append(one.sent)
            found.aside |= {(row.code, row.wall, "WRONG_SHIPMENT") for row in one.rows}
        elif isinstance(one, Answer | Message):
            reasons = [out_of_bounds(row, story.issued, one.known) for row in one.rows]
            found.aside |= {(row.code, row.wall, why) for row, why in zip(one.rows, reasons, strict=True) if why}
            good = [row for row, why in zip(one.rows, reasons, strict=True) if not why]
            if isinstance(one, Answer):
                answer += 1
                found.listed.append(good)
                if "FUTURE" not in reasons and (good or not one.rows):
                    found.answers.append((one, good))
            for row in good if isinstance(one, Answer) or story.trusting else ():
                enter(found.entries, row, answer if isinstance(one, Answer) else 0, one.rows, days)
            if isinstance(one, Answer) and good:
                for entry in found.entries:
                    entry.gone = answer not in entry.heard_at and any(entry.heard_at)
    take_back(found)
    return found


def take_back(found: Ledger) -> None:
    """A row that deletes the one that its answer lists before it."""
    for rows in found.listed:
        lined_up = sorted(rows, key=lambda row: row.sequence)
        for before, row in pairwise(lined_up):
            if row.kind == "RETRACTION":
                for entry in found.entries:
                    entry.gone = entry.gone or before in entry.tellings


def first_of(entries: list[Entry]) -> Entry:
    """The earliest: a date alone is the end of its day, unless it lies before the others in the chain of custody."""
    if any(entry.row.source == "ASSUMED" for entry in entries):
        return min(entries, key=lambda entry: entry.row.sequence)
    timed, dated = _of_one_day(entries, min(entry.row.wall.date() for entry in entries))
    if timed and dated:
        return dated[0] if rank(dated[0].row) < rank(timed[0].row) else timed[0]
    return (timed or dated)[0]


def last_of(entries: list[Entry]) -> Entry:
    """The latest, by the same order."""
    if any(entry.row.source == "ASSUMED" for entry in entries):
        return max(entries, key=lambda entry: entry.row.sequence)
    timed, dated = _of_one_day(entries, max(entry.row.wall.date() for entry in entries))
    if timed and dated:
        return dated[-1] if rank(dated[-1].row) >= rank(timed[-1].row) else timed[-1]
    return (timed or dated)[-1]


def _of_one_day(entries: list[Entry], day: date) -> tuple[list[Entry], list[Entry]]:
    """What happened on a day of the carrier's calendar: with a time, in its order, and without, along the chain of custody."""
    today = [entry for entry in entries if entry.row.wall.date() == day]
    timed = [entry for entry in today if not entry.row.date_only]
    dated = [entry for entry in today if entry.row.date_only]
    timed.sort(key=lambda entry: (moment_of(entry.row), entry.row.sequence, entry.order))
    return timed, sorted(dated, key=lambda entry: (rank(entry.row), entry.row.sequence, entry.order))
