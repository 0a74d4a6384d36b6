"""The reads that a poller owes at certain moments, by the script alone."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from tests.monitor.simulation.views import FOR_EVER, View
from tests.monitor.simulation.world import HOUR


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
        opening, closing = view.edges(view.turns[-1])
        for moments in (opening, closing if _claims(view) else ()):
            for index, moment in enumerate(moments):
                following = moments[index + 1] if index + 1 < len(moments) else moment
                until = max(following, moment + HOUR)
                if until < ends and _owed(view, moment):
                    yield Forced(_asked_number(view, moment), moment, _after_trouble(view, moment, until))


def _claims(view: View) -> bool:
    """Whether a claim is open whose closing is to be warned of."""
    refunded = view.told.refund_at is not None or view.parcel.shop.account != "dhl_amazon"
    return view.lost is not None and view.told.claim_at is None and refunded


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
