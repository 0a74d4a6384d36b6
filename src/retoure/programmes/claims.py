"""Who can be claimed against, from when and until when: a look-up in a policy's records, recomputed whenever it is asked.

The library prepares a claim; it files nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import TypeAlias
from zoneinfo import ZoneInfo

from retoure.carrier.times import day_in, first_instant
from retoure.model.labels import LabelSource
from retoure.programmes.policy import Facts, Policy
from retoure.programmes.records import (
    Anchor,
    Block,
    ClaimCase,
    ClaimRoute,
    ClosingRule,
    PreconditionRule,
    RouteRule,
    Rule,
    SelectBy,
)

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
    """

    carrier: str
    label_source: LabelSource
    at: datetime
    anchors: Mapping[Anchor, DayIn]
    opens_at: datetime | None = None
    opens_on: date | None = None
    blocks: tuple[Block, ...] = ()
    delivered_elsewhere: bool = False
    ended_by_carrier: bool = False
    disposed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimWindow:
    """A claim for a loss in return transit: where, how it stands, until when.

    ``closes_on`` is the last usable date; None where no period is known, or its anchor has not happened.
    """

    route: ClaimRoute
    status: ClaimStatus
    closes_on: date | None = None
    recommended_file_by: date | None = None
    blocked_by: tuple[Block, ...] = ()
    rules: tuple[Rule, ...] = ()


def facts_of(situation: Situation, policy: Policy, route: ClaimRoute | None = None) -> Facts:
    """What a case says of itself when a rule is looked up."""
    zone = policy.zone_of()
    dates = {SelectBy.FILING_DATE: day_in(situation.at, zone)}
    for select_by, anchor in ((SelectBy.FIRST_SCAN, Anchor.FIRST_SCAN), (SelectBy.LABEL_CREATED, Anchor.LABEL_CREATED)):
        if anchor in situation.anchors:
            dates[select_by] = situation.anchors[anchor](zone)
    return Facts(carrier=situation.carrier.casefold(), label_source=situation.label_source, dates=dates, route=route)


def claim_window(policy: Policy, situation: Situation) -> ClaimWindow:
    """The claim for a loss, as it stands at ``situation.at``."""
    routing = policy.find(RouteRule, facts_of(situation, policy), LOST)
    if situation.disposed and routing is not None and routing.value.route is ClaimRoute.AMAZON:
        return ClaimWindow(route=ClaimRoute.CARRIER, status=ClaimStatus.OPEN, rules=(routing,))
    if routing is None or routing.value.route is ClaimRoute.NONE:
        block = routing.value.blocked_by if routing else Block.NOT_ELIGIBLE
        return ClaimWindow(
            route=ClaimRoute.NONE, status=ClaimStatus.NOT_ELIGIBLE,
            blocked_by=(block,) if block else (), rules=(routing,) if routing else (),
        )  # fmt: skip
    facts = facts_of(situation, policy, routing.value.route)
    closing = policy.find(ClosingRule, facts, LOST)
    precondition = policy.find(PreconditionRule, facts, LOST)
    blocks = tuple(_blocks(situation, routing, precondition))
    closes_on = _closes_on(closing, policy, situation.anchors)
    return ClaimWindow(
        route=routing.value.route,
        status=_status(situation, closing, closes_on, blocks, policy),
        closes_on=closes_on,
        recommended_file_by=closes_on - timedelta(days=closing.value.advise_days_before) if closing and closes_on else None,
        blocked_by=blocks,
        rules=tuple(rule for rule in (routing, precondition, closing) if rule is not None),
    )


def _blocks(situation: Situation, routing: RouteRule, precondition: PreconditionRule | None) -> Iterator[Block]:
    yield from situation.blocks
    if situation.delivered_elsewhere and routing.value.route is ClaimRoute.AMAZON:
        yield Block.DELIVERED
    if precondition is not None and Anchor.REFUND not in situation.anchors:
        yield Block.REFUND_FIRST


def _closes_on(closing: ClosingRule | None, policy: Policy, anchors: Mapping[Anchor, DayIn]) -> date | None:
    if closing is None or closing.value.anchor not in anchors:
        return None
    return anchors[closing.value.anchor](policy.zone_of(closing)) + timedelta(days=closing.value.days)


def _status(
    situation: Situation, closing: ClosingRule | None, closes_on: date | None, blocks: tuple[Block, ...], policy: Policy
) -> ClaimStatus:
    """The first that applies; a window that closes before it opens is told on the day of the first scan, not when it opens."""
    carrier_now = situation.ended_by_carrier and closing is None
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
