"""Who can be claimed against, from when and until when: a look-up in a policy's records, recomputed whenever it is asked.

The library prepares a claim; it files nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import TypeAlias
from zoneinfo import ZoneInfo

from pydantic import ConfigDict, with_config

from retoure.carrier.times import day_in, first_instant
from retoure.model.labels import LabelSource
from retoure.programmes.policy import Facts, Policy
from retoure.programmes.records import ClosingRule, OpeningRule, PreconditionRule, RouteRule, Rule, TraceRule
from retoure.programmes.vocabulary import Anchor, Block, ClaimCase, ClaimRoute, DayRule, RefundMode, SelectBy

LOST = ClaimCase.LOST_IN_RETURN_TRANSIT
DayIn: TypeAlias = Callable[[ZoneInfo], date]
"""The date of something in a zone; what is known to the day only has the same one everywhere."""


class ClaimStatus(StrEnum):
    """How a claim window stands."""

    NOT_STARTED = "NOT_STARTED"
    WAITING = "WAITING"
    OPEN = "OPEN"
    CLOSING_SOON = "CLOSING_SOON"
    CLOSED = "CLOSED"
    NEVER_OPENS = "NEVER_OPENS"
    NOT_ELIGIBLE = "NOT_ELIGIBLE"
    BLOCKED = "BLOCKED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What a claim depends on.

    Attributes:
        anchors: The dates that periods are counted from, as far as they are known.
        opens_at: When the loss is presumed; None before the first scan.
        opens_on: Its date.
        blocks: What the parcel's own state puts in the way: DELIVERED, EVIDENCE_STALE.
        delivered_elsewhere: A delivery scan is visible, at a place the parcel was not bound for: Amazon sees a delivery, and the
            carrier has to answer for it.
        ended_by_carrier: The carrier itself declared the loss or disposed of the parcel: nothing is left to wait for.
        disposed: The parcel exists no more, which is a matter between merchant and carrier alone.
        refund_mode: How the buyer was refunded, where known.
        case: What would be claimed for.
    """

    carrier: str
    label_source: LabelSource
    at: datetime
    anchors: Mapping[Anchor, DayIn]
    case: ClaimCase = LOST
    refund_mode: RefundMode | None = None
    opens_at: datetime | None = None
    opens_on: date | None = None
    blocks: tuple[Block, ...] = ()
    delivered_elsewhere: bool = False
    ended_by_carrier: bool = False
    disposed: bool = False
    _dates: dict[ZoneInfo, dict[SelectBy, date]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def dates_in(self, zone: ZoneInfo) -> Mapping[SelectBy, date]:
        """What picks the records by their dates, counted in a zone."""
        if zone not in self._dates:
            dates = self._dates[zone] = {SelectBy.FILING_DATE: day_in(self.at, zone)}
            for select_by, anchor in ((SelectBy.FIRST_SCAN, Anchor.FIRST_SCAN), (SelectBy.LABEL_CREATED, Anchor.LABEL_CREATED)):
                if anchor in self.anchors:
                    dates[select_by] = self.anchors[anchor](zone)
        return self._dates[zone]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimWindow:
    """A claim for a loss or damage in return transit: where, how it stands, from when until when.

    ``closes_on`` is the last usable date; None where no period is known, or its anchor has not happened.
    """

    route: ClaimRoute
    status: ClaimStatus
    opens_on: date | None = None
    closes_on: date | None = None
    recommended_file_by: date | None = None
    blocked_by: tuple[Block, ...] = ()
    rules: tuple[Rule, ...] = ()


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True, slots=True, kw_only=True)
class CarrierClaim:
    """What the carrier itself wants of who claims against it, by its own dates.

    Attributes:
        trace_from: From when to ask for a search.
        trace_by: When it should have been asked for.
        trace_before_claim: The carrier takes a claim only after the search.
        closes_on: The last date on which the carrier takes a claim, where one is known.
        file_by: The date to file by.
    """

    trace_from: date | None = None
    trace_by: date | None = None
    trace_before_claim: bool = False
    closes_on: date | None = None
    file_by: date | None = None


def facts_of(situation: Situation, policy: Policy, route: ClaimRoute | None = None) -> Facts:
    """What a case says of itself when a rule is looked up."""
    return Facts(
        carrier=situation.carrier.casefold(), label_source=situation.label_source, dates=situation.dates_in(policy.zone_of()),
        route=route, refund_mode=situation.refund_mode,
    )  # fmt: skip


def carrier_claim(policy: Policy, situation: Situation) -> tuple[CarrierClaim | None, tuple[Rule, ...]]:
    """The carrier's own dates and their records; None where there are none, or what they count from has not happened."""
    facts = facts_of(situation, policy, ClaimRoute.CARRIER)
    trace, closing = policy.find(TraceRule, facts), policy.find(ClosingRule, facts, situation.case)
    begins = situation.anchors.get(trace.value.anchor) if trace else None
    closes_on = _closes_on(closing, policy, situation.anchors)
    if (trace is None or begins is None) and closes_on is None:
        return None, ()
    day = begins(policy.zone_of(trace)) if begins else None
    dates = CarrierClaim(
        trace_from=day + timedelta(days=trace.value.from_days) if trace and day else None,
        trace_by=day + timedelta(days=trace.value.by_days) if trace and day else None,
        trace_before_claim=trace is not None and trace.value.before_claim,
        closes_on=closes_on,
        file_by=_file_by(closing, closes_on),
    )
    return dates, tuple(rule for rule in (trace, closing) if rule is not None)


def claim_window(policy: Policy, situation: Situation) -> ClaimWindow:
    """The claim as it stands at ``situation.at``."""
    routing = policy.find(RouteRule, facts_of(situation, policy), situation.case)
    if routing is None or routing.value.route is ClaimRoute.NONE:
        block = routing.value.blocked_by if routing else Block.NOT_ELIGIBLE
        return ClaimWindow(
            route=ClaimRoute.NONE, status=ClaimStatus.NOT_ELIGIBLE,
            blocked_by=(block,) if block else (), rules=(routing,) if routing else (),
        )  # fmt: skip
    route = ClaimRoute.CARRIER if situation.disposed else routing.value.route
    if situation.case is not LOST:
        situation = _opened_by_delivery(situation, policy)
    facts = facts_of(situation, policy, route)
    closing = policy.find(ClosingRule, facts, situation.case)
    precondition = policy.find(PreconditionRule, facts, situation.case)
    blocks = tuple(_blocks(situation, route, precondition))
    closes_on = _closes_on(closing, policy, situation.anchors)
    return ClaimWindow(
        route=route,
        status=_status(situation, route, closing, closes_on, blocks, policy),
        opens_on=situation.opens_on,
        closes_on=closes_on,
        recommended_file_by=_file_by(closing, closes_on),
        blocked_by=blocks,
        rules=tuple(rule for rule in (routing, precondition, closing) if rule is not None),
    )


def _opened_by_delivery(situation: Situation, policy: Policy) -> Situation:
    """A damage is claimed from the delivery on; before it, nothing but a loss can be."""
    rule = policy.find(OpeningRule, facts_of(situation, policy), situation.case)
    arrived = situation.anchors.get(rule.value.anchor) if rule else None
    if rule is None or arrived is None:
        return replace(situation, opens_on=None, opens_at=None)
    zone = policy.zone_of(rule)
    wait = rule.value.wait_full_days + (rule.value.day_rule is DayRule.EXCLUSIVE)
    opens_on = arrived(zone) + timedelta(days=wait)
    return replace(situation, opens_on=opens_on, opens_at=first_instant(opens_on, zone))


def _file_by(closing: ClosingRule | None, closes_on: date | None) -> date | None:
    return closes_on - timedelta(days=closing.value.advise_days_before) if closing and closes_on else None


def _blocks(situation: Situation, route: ClaimRoute, precondition: PreconditionRule | None) -> Iterator[Block]:
    yield from situation.blocks
    if situation.delivered_elsewhere and route is ClaimRoute.AMAZON:
        yield Block.DELIVERED
    if precondition is not None and Anchor.REFUND not in situation.anchors:
        yield Block.REFUND_FIRST


def _closes_on(closing: ClosingRule | None, policy: Policy, anchors: Mapping[Anchor, DayIn]) -> date | None:
    if closing is None:
        return None
    named = [closing.value.anchor, *filter(None, [closing.value.or_later])]
    if any(anchor not in anchors for anchor in named):
        return None
    zone = policy.zone_of(closing)
    return max(anchors[anchor](zone) for anchor in named) + timedelta(days=closing.value.days)


def _status(
    situation: Situation,
    route: ClaimRoute,
    closing: ClosingRule | None,
    closes_on: date | None,
    blocks: tuple[Block, ...],
    policy: Policy,
) -> ClaimStatus:
    """The first that applies; a window that closes before it opens is told on the day of the first scan, not when it opens."""
    carrier_now = situation.ended_by_carrier and route is ClaimRoute.CARRIER
    if situation.opens_at is None and not carrier_now:
        return ClaimStatus.NOT_STARTED
    if Block.DELIVERED in blocks:
        return ClaimStatus.BLOCKED
    zone = policy.zone_of(closing)
    now = situation.at.astimezone(UTC)
    if closes_on and situation.opens_on and closes_on < situation.opens_on:
        return ClaimStatus.NEVER_OPENS
    if closes_on and now >= first_instant(closes_on + timedelta(days=1), zone):
        return ClaimStatus.CLOSED
    if situation.opens_at and now < situation.opens_at and not carrier_now:
        return ClaimStatus.WAITING
    if blocks:
        return ClaimStatus.BLOCKED
    if closing and closes_on and now >= first_instant(closes_on - timedelta(days=closing.value.warn_days_before), zone):
        return ClaimStatus.CLOSING_SOON
    return ClaimStatus.OPEN
