"""The reads that a poller owes at certain moments, by the script alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from tests.monitor.simulation.oracle import Signals
from tests.monitor.simulation.views import FOR_EVER, NEVER, View
from tests.monitor.simulation.world import BERLIN, DAY, HOUR, MINUTE, day_of


@dataclass(frozen=True)
class Forced:
    """A read that is planned for a moment around an opening or a closing.

    Attributes:
        until: Until when it counts as kept.
    """

    number: str
    at: datetime
    until: datetime


def forced_of(views: Sequence[View], ends: datetime) -> Iterator[Forced]:
    """Every forced read that a poller owes, as far as it can know of it by then."""
    for view in views:
        if not view.scans:
            continue
        for moments in _edges(view):
            for index, moment in enumerate(moments):
                following = moments[index + 1] if index + 1 < len(moments) else moment
                until = max(following, moment + HOUR)
                if until < ends and _owed(view, moment):
                    yield Forced(_asked_number(view, moment), moment, _after_trouble(view, moment, until))


def _edges(view: View) -> Iterator[list[datetime]]:
    opens_at = view.opens_at(view.turns[-1])
    day = day_of(opens_at)
    evening = datetime(*(day - DAY).timetuple()[:3], 18, tzinfo=BERLIN).astimezone(UTC)
    morning = datetime(*day.timetuple()[:3], 8, tzinfo=BERLIN).astimezone(UTC)
    yield [evening, opens_at + 5 * MINUTE, morning]
    signals = Signals(view)
    closes_on = signals.closes_on()
    if closes_on and view.lost and signals.claimed == NEVER and (not signals.amazon or view.told.refund_at):
        days = (closes_on - 3 * DAY, closes_on - DAY)
        yield [datetime(*day.timetuple()[:3], 8, tzinfo=BERLIN).astimezone(UTC) for day in days]


def _owed(view: View, moment: datetime) -> bool:
    """Whether the parcel's way goes on at that moment, and a poller knows its first scan."""
    known = view.seen(view.turns[-1]).by < moment
    return known and moment < min(view.ended.since, view.gone) and view.interval(moment) is not FOR_EVER


def _asked_number(view: View, moment: datetime) -> str:
    moved = next((row for row in view.rows if row.name == "relabelled"), None)
    return view.parcel.successor if moved and view.seen(moved.visible).by < moment else view.parcel.number


def _after_trouble(view: View, moment: datetime, until: datetime) -> datetime:
    for trouble in sorted(view.troubles, key=lambda trouble: trouble.start):
        if trouble.start < until and moment < trouble.until:
            until = max(until, trouble.until + HOUR)
    return until
