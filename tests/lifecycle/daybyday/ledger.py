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
        silent: When the carrier was asked and told nothing, and whether something had been known by then.
    """

    entries: list[Entry]
    answers: list[tuple[Answer, list[Row]]]
    aside: set[tuple[str, datetime, str]]
    strangers: list[datetime]
    failures: list[Failure]
    listed: list[list[Row]]
    silent: list[tuple[datetime, bool]]


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
    return 4 if row.kind in HANDED_OVER else 2


def out_of_bounds(row: Row, issued: datetime | None, known: datetime) -> str:
    """Why it cannot be this parcel's: too old or in the future; else nothing."""
    first = last = moment_of(row)
    if row.date_only:
        first, last = day_around(row)
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
    found = Ledger([], [], set(), [], [], [], [])
    for one in sorted((one for one in story.heard if one.known <= moment), key=lambda one: one.known):
        if isinstance(one, Failure):
            found.failures.append(one)
            if one.why == "NOT_FOUND":
                found.silent.append((one.sent, bool(found.entries)))
        elif isinstance(one, Answer) and one.bound_for == "stranger" and story.aimed:
            found.strangers.append(one.sent)
            found.aside |= {(row.code, row.wall, "WRONG_SHIPMENT") for row in one.rows}
        elif isinstance(one, Answer):
            hear(found, one, story)
        elif isinstance(one, Message):
            ours = ours_of(found, one, story)
            for row in ours if story.trusting else ():
                enter(found.entries, row, 0, one.rows, days_of(story.zone))
    take_back(found)
    return found


def hear(found: Ledger, one: Answer, story: Story) -> None:
    """Write an answer down, and mark what it leaves out."""
    good = ours_of(found, one, story)
    found.listed.append(good)
    if (good or not one.rows) and not any(out_of_bounds(row, story.issued, one.known) == "FUTURE" for row in one.rows):
        found.answers.append((one, good))
    if not one.rows:
        found.silent.append((one.sent, bool(found.entries)))
    number = len(found.listed)
    for row in good:
        enter(found.entries, row, number, one.rows, days_of(story.zone))
    if good:
        for entry in found.entries:
            entry.gone = number not in entry.heard_at and any(entry.heard_at)


def ours_of(found: Ledger, one: Answer | Message, story: Story) -> list[Row]:
    """The rows that can be this parcel's; the others are put aside."""
    reasons = [(row, out_of_bounds(row, story.issued, one.known)) for row in one.rows]
    found.aside |= {(row.code, row.wall, why) for row, why in reasons if why}
    return [row for row, why in reasons if not why]


def take_back(found: Ledger) -> None:
    """A row that deletes the one that its answer lists before it."""
    for rows in found.listed:
        lined_up = sorted(rows, key=lambda row: row.sequence)
        for before, row in pairwise(lined_up):
            if row.kind == "RETRACTION":
                for entry in found.entries:
                    entry.gone = entry.gone or before in entry.tellings


def in_order(entries: list[Entry]) -> list[Entry]:
    """Oldest first. A date alone is the end of its day, unless something further along the chain of custody happened that day."""
    if any(entry.row.source == "ASSUMED" for entry in entries):
        return sorted(entries, key=lambda entry: entry.row.sequence)
    timed = [entry for entry in entries if not entry.row.date_only]

    def place(entry: Entry) -> tuple[datetime, bool, int, int, int]:
        if not entry.row.date_only:
            return moment_of(entry.row), True, 0, entry.row.sequence, entry.order
        begins, ends = day_around(entry.row)
        later = [moment_of(one.row) for one in timed if rank(one.row) > rank(entry.row) and begins <= moment_of(one.row) <= ends]
        return min([ends, *later]), not later, rank(entry.row), entry.row.sequence, entry.order

    return sorted(entries, key=place)


def day_around(row: Row) -> tuple[datetime, datetime]:
    """The first and the last second of a row's date, by the clock that shows it."""
    midnight = row.wall.replace(hour=0, minute=0)
    return moment_of(replace(row, wall=midnight)), moment_of(replace(row, wall=midnight + DAY)) - timedelta(seconds=1)
