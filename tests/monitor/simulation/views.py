"""A parcel as its carrier shows it, and by when a poller that keeps to the cadence has seen what: by the script alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

from tests.monitor.simulation.world import BACK_HOME, BERLIN, DAY, HOUR, MINUTE, Parcel, Return, Row, day_of, first_instant

JITTER = 1.1
GRACE = HOUR
"""How late a read may be: what is due at once cannot all leave at once."""
OPENING = 9 * HOUR
"""From the opening to the forced read of the morning, and an hour for it."""
RECOVERY, LONG_RECOVERY, LONG = 5 * HOUR, 9 * HOUR, 6 * HOUR
"""After an outage, and after a long one: what is overdue is spread."""
NEVER, FOR_EVER = datetime.max.replace(tzinfo=UTC), timedelta.max


@dataclass(frozen=True)
class Trouble:
    """A time at which a carrier does not answer."""

    carrier: str
    start: datetime
    until: datetime


@dataclass(frozen=True)
class Span:
    """When something comes to be known: not before, and by when; ``by`` is NEVER where it need not be."""

    since: datetime
    by: datetime

    def __and__(self, other: "Span") -> "Span":
        return Span(max(self.since, other.since), max(self.by, other.by))


class View:
    """One parcel as its carrier shows it, and by when a poller that keeps to the cadence has seen what."""

    def __init__(self, told: Return, parcel: Parcel, troubles: Sequence[Trouble]) -> None:
        self.told, self.parcel = told, parcel
        self.troubles = [trouble for trouble in troubles if trouble.carrier == parcel.shop.carrier]
        moved = next((row.visible for row in parcel.rows if row.name == "relabelled"), None)
        self.rows = sorted((_as_read(row, parcel, moved) for row in parcel.rows), key=lambda row: row.visible)
        self.scans = [row for row in self.rows if row.scan]
        self.gone = parcel.gone_from or NEVER
        # Another number is asked for from the answer on that names it, and not at once.
        slower = 2 * HOUR if moved else timedelta()
        self._seen: dict[datetime, datetime] = {}
        before = datetime.min.replace(tzinfo=UTC)
        for moment in sorted({row.visible for row in self.rows} | {row.hidden for row in self.rows if row.hidden}):
            interval = self.interval(moment)
            due = NEVER if interval is FOR_EVER else self.pushed(moment, self._asked_by(moment, interval) + GRACE + slower)
            before = self._seen[moment] = max(due, before)

    def _asked_by(self, moment: datetime, interval: timedelta) -> datetime:
        """When it is asked for at the latest: a forced read that comes within half an interval more does for the ordinary one."""
        by = moment + JITTER * interval
        before = moment - MINUTE
        known = any(row.visible <= before for row in self.scans)
        forced = [at for edge in self.edges(before) for at in edge] if known else []
        return max([by, *(at for at in forced if by < at <= by + interval / 2)])

    def seen(self, moment: datetime) -> Span:
        """When it is learned what the carrier shows from that moment on."""
        by = self._seen[moment]
        return Span(moment, by if by < self.gone else NEVER)

    def pushed(self, since: datetime, by: datetime) -> datetime:
        """A moment by which somebody was asked, beyond the times at which nobody answers."""
        for trouble in sorted(self.troubles, key=lambda trouble: trouble.start):
            recovery = LONG_RECOVERY if trouble.until - trouble.start >= LONG else RECOVERY
            if trouble.start < by and since < trouble.until:
                by = max(by, trouble.until + recovery)
        return by

    def interval(self, moment: datetime) -> timedelta:
        """How often it is asked for by what was shown before that moment; FOR_EVER where no more."""
        known = [row for row in self.rows if row.visible < moment and row.own]
        scans = [row for row in known if row.scan]
        ends = [row for row in scans if row.name in ("delivered", "returned", "disposed")]
        received = self.told.receipt_at is not None and self.told.receipt_at < moment
        if ends or received or moment >= self.gone:
            return FOR_EVER
        if not scans:
            return self._unscanned(moment)
        opens_at = self.opens_at(moment)
        day_60 = first_instant(day_of(self.first_at(moment)) + 61 * DAY)
        moved = max(row.at for row in known)
        if moment >= opens_at:
            return DAY if moment < max(day_60, moved + 14 * DAY) else FOR_EVER
        if moment - moved > 4.5 * DAY or any(row.name == "lost" for row in known):
            return DAY
        last = max(scans, key=lambda row: row.at).name
        nightly = {"out_for_delivery": 14, "ready_for_collection": 12, "turned": 12, "delivery_failed": 12}
        return nightly.get(last, 6) * HOUR

    @property
    def closes_on(self) -> date | None:
        """The last day of a claim, where one is known."""
        if self.parcel.shop.account == "dhl_amazon":
            return day_of(self.told.refund_at) + 60 * DAY if self.told.refund_at else None
        if self.parcel.shop.carrier == "dhl_express":
            return day_of(self.first_at(self.turns[-1])) + 30 * DAY
        return None

    def edges(self, moment: datetime) -> list[list[datetime]]:
        """When reads are forced, by what is shown at that moment: around the opening, and before a claim closes."""
        opens_at = self.opens_at(moment)
        day, closes_on = day_of(opens_at), self.closes_on
        closing = [_at_clock(closes_on - days * DAY, 8) for days in (3, 1)] if closes_on else []
        return [[_at_clock(day - DAY, 18), opens_at + 5 * MINUTE, _at_clock(day, 8)], closing]

    def _unscanned(self, moment: datetime) -> timedelta:
        voided = self.told.voided_at
        ended = min(self.patience_ends, voided or NEVER)
        if moment >= ended:
            return 48 * HOUR if moment < ended + 30 * DAY else FOR_EVER
        if self.told.refund_at_scan:
            return 6 * HOUR
        return 48 * HOUR if moment - self.parcel.issued_at > 12 * DAY else DAY

    @cached_property
    def patience_ends(self) -> datetime:
        """From when on a label without a scan is one that nobody uses."""
        month = first_instant(day_of(self.parcel.issued_at) + 30 * DAY)
        return min(month, first_instant(self.parcel.expires_on + DAY)) if self.parcel.expires_on else month

    @property
    def first_seen(self) -> Span:
        return self.seen(self.scans[0].visible)

    def first(self, moment: datetime) -> list[Row]:
        """The first scan as it is shown by that moment, the corrected time last; a time that was told anew is the same scan."""
        events = ([row for row in event if row.visible <= moment] for event in self._events)
        return min((event for event in events if event), key=lambda versions: versions[-1].at)

    @cached_property
    def _events(self) -> list[list[Row]]:
        """The scans, each with the corrections of its time."""
        events = {row: [row, *(other for other in self.scans if _corrects(other, row))] for row in self.scans}
        corrections = {row for event in events.values() for row in event[1:]}
        return [event for row, event in events.items() if row not in corrections]

    def first_at(self, moment: datetime) -> datetime:
        return self.first(moment)[-1].at

    def opens_at(self, moment: datetime) -> datetime:
        """When it counts as lost, by what is shown at that moment: by the later of two times of one scan."""
        return first_instant(max(day_of(row.at) for row in self.first(moment)) + 21 * DAY)

    @cached_property
    def turns(self) -> list[datetime]:
        """The moments from which on the carrier shows another first scan than before."""
        found: list[datetime] = []
        for moment in sorted({row.visible for row in self.scans}):
            if not found or self.first_at(moment) != self.first_at(found[-1]):
                found.append(moment)
        return found

    @cached_property
    def end(self) -> tuple[str, datetime, Span] | None:
        """How it ends, by the carrier's word or the merchant's: what it is, when it happened, when it is learned."""
        if self.told.receipt_at:
            at = self.told.receipt_at
            return "delivered", at, Span(at, at + GRACE)
        row = next((row for row in self.scans if row.name in ("delivered", "returned", "disposed")), None)
        if row is None:
            return None
        home = row.where and row.where == BACK_HOME.get(self.parcel.shop.carrier)
        kind = "disposed" if row.name == "disposed" else "back_at_customer" if home else "delivered"
        return kind, row.at, self.seen(row.visible)

    @property
    def ended(self) -> Span:
        """When its end is learned."""
        return self.end[2] if self.end else Span(NEVER, NEVER)

    @cached_property
    def lost(self) -> Span | None:
        """When it is learned that it counts as lost; ``by`` is NEVER where it need not be learned."""
        turns = self.turns
        for since, until in zip(turns, [*turns[1:], *([NEVER] if turns else [])], strict=True):
            opens_at = self.opens_at(since)
            found = max(since, opens_at)
            if found >= until:
                continue
            by = self.pushed(opens_at, opens_at + OPENING)
            if self.seen(since).by > opens_at:
                by = max(by, self.seen(since).by)
            if found >= min(self.ended.since, self.gone):
                return None
            return Span(found, by if by < min(self.ended.since, self.gone, until) else NEVER)
        return None


def _at_clock(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), BERLIN).astimezone(UTC)


def _corrects(new: Row, old: Row) -> bool:
    if (new.name, new.where, new.leg) != (old.name, old.where, old.leg) or old.hidden != new.visible:
        return False
    return not (new.at - old.at) % HOUR and abs(new.at - old.at) <= 14 * HOUR


def _as_read(row: Row, parcel: Parcel, moved: datetime | None) -> Row:
    """A row as its reader understands it: where clocks go back, a time without an offset is the earlier of the two."""
    at = row.at
    if parcel.shop.carrier != "ups":
        at = at.astimezone(BERLIN).replace(fold=0).astimezone(UTC)
    visible = max(row.visible, parcel.known_from, moved if row.leg and moved else row.visible)
    return Row(row.name, at, visible, row.hidden, row.where, row.own, row.leg)


def views_of(told: Return, troubles: Sequence[Trouble]) -> list[View]:
    """Every parcel of a return."""
    return [View(told, parcel, troubles) for parcel in told.parcels]
