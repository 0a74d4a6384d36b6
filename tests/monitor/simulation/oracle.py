"""What a merchant has to be told of a return, worked out from its script by the rules of polling, tracking and claims.

Nothing of the library's own judging is used. For each signal there is the first moment at which it may come, as the carrier shows
what it rests on, and the last one by which it must have, as the carrier is asked at the intervals of the cadence. What happens
within one interval may be seen or not: such a signal may come and need not.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

from tests.monitor.simulation.views import GRACE, JITTER, NEVER, Span, View
from tests.monitor.simulation.world import DAY, HOUR, Row, day_of, first_instant

BY_THE_CLOCK = 2 * HOUR
"""How late a date may be noticed."""
TRACE_DAYS = {"dhl_paket": 7, "dhl_express": 5}


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


def expected_of(views: Sequence[View], ends: datetime) -> Iterator[Expected]:
    """Every signal that must or may come of a return until the end of the simulation."""
    for view in views:
        for one in Signals(view).all():
            yield _within(one, ends)
    scanned = [view for view in views if view.scans]
    if len(scanned) > 1:
        spans = [view.first_seen for view in scanned]
        span = spans[0] & spans[1]
        yield _within(Expected(views[0].told.rma, "", frozenset({"duplicate_label"}), span.since, span.by), ends)


def _within(one: Expected, ends: datetime) -> Expected:
    late = one.latest is None or one.latest > ends
    return Expected(one.rma, one.number, one.kinds, one.earliest, None if late else one.latest, one.facts)


class Signals:
    """What has to be told of one parcel."""

    def __init__(self, view: View) -> None:
        self.view, self.told, self.parcel = view, view.told, view.parcel
        self.amazon = self.parcel.shop.account == "dhl_amazon"
        self.claimed = self.told.claim_at or NEVER

    def all(self) -> Iterator[Expected]:
        """All of it."""
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
        for row in _told_once(view.rows):
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
        closes_on = view.closes_on
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
        closes_on = view.closes_on
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


def _told_once(rows: Sequence[Row]) -> Iterator[Row]:
    """Rows as they were told first: the same happening, told again, says nothing new."""
    told = set()
    for row in sorted(rows, key=lambda one: one.visible):
        happened = (row.name, row.at, row.where, row.own, row.leg)
        if happened not in told:
            told.add(happened)
            yield row
