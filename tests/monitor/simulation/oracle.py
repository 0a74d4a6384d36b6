"""What a merchant has to be told of a return, worked out from its script by the rules of polling, tracking and claims.

Nothing of the library's own judging is used. For each signal there is the first moment at which it may come, as the carrier shows
what it rests on, and the last one by which it must have, as the carrier is asked at the intervals of the cadence. What happens
within one interval may be seen or not: such a signal may come and need not.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from itertools import pairwise
from typing import Any

from tests.monitor.simulation.world import (
    BACK_HOME,
    BERLIN,
    DAY,
    HOUR,
    MINUTE,
    Parcel,
    Return,
    Row,
    day_of,
    first_instant,
)

JITTER = 1.1
GRACE = HOUR
"""How late a read may be: what is due at once cannot all leave at once."""
BY_THE_CLOCK = 2 * HOUR
"""How late a date may be noticed."""
OPENING = 9 * HOUR
"""From the opening to the forced read of the morning, and an hour for it."""
RECOVERY, LONG_RECOVERY, LONG = 5 * HOUR, 9 * HOUR, 6 * HOUR
"""After an outage, and after a long one: what is overdue is spread."""
TRACE_DAYS = {"dhl_paket": 7, "dhl_express": 5}
NEVER, FOR_EVER = datetime.max.replace(tzinfo=UTC), timedelta.max


@dataclass(frozen=True)
class Trouble:
    """A time at which a carrier does not answer."""

    carrier: str
    start: datetime
    until: datetime


@dataclass(frozen=True)
class Expected:
    """A signal that is to come.

    Attributes:
        kinds: Its type, or the types one of which it is.
        latest: By when it must have come; None where it need not.
        facts: What it has to tell, by field: one of these.
    """

    rma: str
    number: str
    kinds: frozenset[str]
    earliest: datetime
    latest: datetime | None
    facts: Mapping[str, frozenset[Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Span:
    """When something comes to be known: not before, and by when; ``by`` is NEVER where it need not be."""

    since: datetime
    by: datetime

    def __and__(self, other: "Span") -> "Span":
        return Span(max(self.since, other.since), max(self.by, other.by))


def expected_of(told: Return, troubles: Sequence[Trouble], ends: datetime) -> Iterator[Expected]:
    """Every signal that must or may come of a return until the end of the simulation."""
    views = [View(told, parcel, troubles) for parcel in told.parcels]
    for view in views:
        for one in _Signals(view).all():
            yield _within(one, ends)
    scanned = [view for view in views if view.scans]
    if len(scanned) > 1:
        spans = [view.first_seen for view in scanned]
        span = spans[0] & spans[1]
        yield _within(Expected(told.rma, "", frozenset({"duplicate_label"}), span.since, span.by), ends)


def _within(one: Expected, ends: datetime) -> Expected:
    late = one.latest is None or one.latest > ends
    return Expected(one.rma, one.number, one.kinds, one.earliest, None if late else one.latest, one.facts)


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
            due = NEVER if interval is FOR_EVER else self.pushed(moment, moment + JITTER * interval + GRACE + slower)
            before = self._seen[moment] = max(due, before)

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


class _Signals:
    def __init__(self, view: View) -> None:
        self.view, self.told, self.parcel = view, view.told, view.parcel
        self.amazon = self.parcel.shop.account == "dhl_amazon"
        self.claimed = self.told.claim_at or NEVER

    def all(self) -> Iterator[Expected]:
        yield from self._of_scans()
        yield from self._of_rows()
        yield from self._of_the_end()
        yield from self._of_the_loss()
        yield from self._of_unused()
        yield from self._of_dates()

    def _one(self, kinds: str, span: Span, **facts: frozenset[Any]) -> Expected:
        latest = None if span.by == NEVER else span.by
        return Expected(self.told.rma, self.parcel.number, frozenset(kinds.split("|")), span.since, latest, facts)

    def _before(self, span: Span, stop: Span) -> Span | None:
        """What is told as long as something has not come: surely, if it comes later; perhaps, if it is not known yet by then."""
        if stop.by <= span.since:
            return None
        return span if span.by < stop.since else Span(span.since, NEVER)

    def _of_scans(self) -> Iterator[Expected]:
        view = self.view
        if not view.scans:
            return
        first = view.first_seen
        instants = {view.first_at(moment) for moment in view.turns if moment <= first.by}
        yield self._one("first_scan", first, scan=frozenset(instants))
        if self.parcel.superseded:
            yield self._one("orphan_scanned", first)
        turns = view.turns
        for before, after in pairwise(turns):
            surely = view.seen(before).by < after
            yield self._one("first_scan_revised", view.seen(after) if surely else Span(after, NEVER))

    def _of_rows(self) -> Iterator[Expected]:
        view = self.view
        for row in view.rows:
            span = view.seen(row.visible)
            if row.name == "unknown" and row.own:
                yield self._one("unmapped_code", span)
            if row.name == "lost":
                yield self._one("lost_by_carrier", span)
            if row.name == "relabelled":
                yield self._one("relabelled", span, successor=frozenset({self.parcel.successor}))
            if row.name == "ready_for_collection":
                later = min((other.visible for other in view.scans if other.at > row.at), default=NEVER)
                yield self._one("ready_for_collection", span if span.by < later else Span(span.since, NEVER))
        foreign = [row for row in view.rows if not row.own]
        if foreign:
            reason = "WRONG_SHIPMENT" if foreign[0].name == "elsewhere" else "NUMBER_REUSE"
            span = view.seen(foreign[0].visible)
            told = span if span.by < (foreign[0].hidden or NEVER) else Span(span.since, NEVER)
            yield self._one("quarantined", told, reason=frozenset({reason}))

    def _of_the_end(self) -> Iterator[Expected]:
        view = self.view
        if view.end is None:
            return
        kind, at, span = view.end
        declared = any(row.name == "lost" and row.at < at for row in view.rows)
        if kind == "delivered":
            surely = declared or (view.lost is not None and view.lost.by != NEVER)
            kind = "recovered" if surely else "delivered|recovered" if view.lost else "delivered"
            yield self._one(kind, span, delivered_at=frozenset({at}))
            refunded = self.told.refund_at or NEVER
            if self.parcel.shop.policy == "amazon_aprl_de" and refunded > span.since:
                yield self._one("refund_due", span if span.by < refunded else Span(span.since, NEVER))
        else:
            yield self._one(kind, span)
        if kind == "disposed" and self.claimed > span.since:
            yield self._one("claim_opening", span)

    def _of_the_loss(self) -> Iterator[Expected]:
        view, lost = self.view, self.view.lost
        if lost is not None:
            opens_on = frozenset({day_of(view.opens_at(moment)) for moment in (*view.turns, lost.since)})
            yield self._one("lost_presumed", lost, opens_on=opens_on)
        stop = _earlier(view.ended, Span(self.claimed, self.claimed))
        declared = next((view.seen(row.visible) for row in view.rows if row.name == "lost"), None)
        opened = lost
        if self.amazon:
            refunded = self.told.refund_at
            opened = lost & Span(refunded, refunded + GRACE) if lost and refunded else None
        elif declared is not None:
            opened = declared
        told = self._before(opened, stop) if opened else None
        if told is None or opened is None:
            return
        yield self._one("claim_opening", told)
        closes_on = self.closes_on()
        if closes_on is None or lost is None:
            return
        day = frozenset({closes_on})
        for kind, moment in (
            ("claim_closing_soon", first_instant(closes_on - 3 * DAY)),
            ("claim_closed", first_instant(closes_on + DAY)),
        ):
            closing = self._before(opened & Span(moment, moment + BY_THE_CLOCK), stop)
            if closing is not None:
                yield self._one(kind, closing, closes_on=day)

    def closes_on(self) -> date | None:
        """The last day of a claim, where one is known."""
        if self.amazon:
            return day_of(self.told.refund_at) + 60 * DAY if self.told.refund_at else None
        if self.parcel.shop.carrier == "dhl_express":
            return day_of(self.view.first_at(self.view.turns[-1])) + 30 * DAY
        return None

    def _of_unused(self) -> Iterator[Expected]:
        view, voided = self.view, self.told.voided_at
        scanned = view.first_seen if view.scans else Span(NEVER, NEVER)
        stop = _earlier(scanned, view.ended)
        since = view.patience_ends
        if voided is None:
            told = self._before(Span(since, view.pushed(since, since + JITTER * 48 * HOUR + GRACE)), stop)
            if told is not None:
                yield self._one("never_scanned", told)
        if self.parcel.expires_on and voided is None:
            warned = first_instant(self.parcel.expires_on - 3 * DAY)
            told = self._before(Span(warned, warned + BY_THE_CLOCK), stop)
            if told is not None:
                yield self._one("label_expiring", told, expires_on=frozenset({self.parcel.expires_on}))

    def _of_dates(self) -> Iterator[Expected]:
        view = self.view
        if not view.scans:
            return
        days = TRACE_DAYS.get(self.parcel.shop.carrier)
        if days:
            dates = {day_of(view.first_at(moment)) + days * DAY for moment in view.turns if moment <= view.gone}
            earliest, latest = first_instant(min(dates)), first_instant(max(dates)) + BY_THE_CLOCK
            seen = view.first_seen
            told = Span(max(earliest, seen.since), max(latest, seen.by + BY_THE_CLOCK) if seen.by != NEVER else NEVER)
            stop = _earlier(view.ended, Span(self.claimed, self.claimed))
            if kept := self._before(told, stop):
                yield self._one("trace_recommended", kept)
        yield from self._of_the_purge()

    def _of_the_purge(self) -> Iterator[Expected]:
        """Two weeks before the carrier may delete what a claim rests on, by the last event that it told."""
        view = self.view
        last: list[Row] = []
        for row in view.rows:
            if row.own and (not last or row.at > last[-1].at):
                last.append(row)
        closes_on = self.closes_on()
        for row, after in zip(last, [*last[1:], None], strict=True):
            purged_from = day_of(row.at) + self.parcel.shop.retention_days * DAY
            moment = first_instant(purged_from - 14 * DAY)
            seen = view.seen(row.visible) & view.first_seen
            by = max(moment, seen.by) + BY_THE_CLOCK if seen.by != NEVER else NEVER
            next_seen = view.seen(after.visible) if after else Span(NEVER, NEVER)
            told = self._before(Span(max(moment, seen.since), by), _earlier(view.ended, next_seen))
            if told is None:
                continue
            # Nothing is left to claim once the window has closed: whether it is told all the same, the rules leave open.
            closed = closes_on is not None and first_instant(closes_on + DAY) <= told.since
            yield self._one(
                "evidence_purge_near", Span(told.since, NEVER) if closed else told, purged_from=frozenset({purged_from})
            )


def _earlier(one: Span, other: Span) -> Span:
    return Span(min(one.since, other.since), min(one.by, other.by))


@dataclass(frozen=True)
class Forced:
    """A read that is planned for a moment around an opening or a closing.

    Attributes:
        until: Until when it counts as kept.
    """

    number: str
    at: datetime
    until: datetime


def forced_of(told: Return, troubles: Sequence[Trouble], ends: datetime) -> Iterator[Forced]:
    """Every forced read that a poller owes, as far as it can know of it by then."""
    for parcel in told.parcels:
        view = View(told, parcel, troubles)
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
    signals = _Signals(view)
    closes_on = signals.closes_on()
    if closes_on and view.lost and signals.claimed == NEVER and (not signals.amazon or view.told.refund_at):
        days = (closes_on - 3 * DAY, closes_on - DAY)
        yield [datetime(*day.timetuple()[:3], 8, tzinfo=BERLIN).astimezone(UTC) for day in days]


def _owed(view: View, moment: datetime) -> bool:
    """Whether the parcel's way goes on at that moment, and a poller knows its first scan."""
    known = view.seen(view.turns[-1]).by < moment
    return known and moment < min(view.ended.since, view.gone) and _still_asked(view, moment)


def _still_asked(view: View, moment: datetime) -> bool:
    return view.interval(moment) is not FOR_EVER


def _asked_number(view: View, moment: datetime) -> str:
    moved = next((row for row in view.rows if row.name == "relabelled"), None)
    return view.parcel.successor if moved and view.seen(moved.visible).by < moment else view.parcel.number


def _after_trouble(view: View, moment: datetime, until: datetime) -> datetime:
    for trouble in sorted(view.troubles, key=lambda trouble: trouble.start):
        if trouble.start < until and moment < trouble.until:
            until = max(until, trouble.until + HOUR)
    return until
