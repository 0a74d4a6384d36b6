"""Where a claim goes and between which dates, by the tables of the programmes, counted a day at a time."""

from dataclasses import dataclass, field
from datetime import date, datetime

from tests.lifecycle.daybyday.days import DAY, Days, days_of
from tests.lifecycle.daybyday.judge import Look
from tests.lifecycle.daybyday.ledger import day_of
from tests.lifecycle.daybyday.told import Fact, Story

OURS = ("own_contract", "seller_uploaded")


@dataclass
class Claim:
    """What a loss would be claimed for, with whom, and when."""

    route: str
    block: str = ""
    closes: date | None = None
    file_by: date | None = None
    status: str = ""
    trace: tuple[date | None, date | None] = (None, None)
    carrier_closes: date | None = None
    refund_due: date | None = None
    blocks: set[str] = field(default_factory=set)


def route_of(story: Story, facts: list[Fact]) -> tuple[str, str]:
    """With whom a loss is claimed, or why with nobody."""
    if story.source == "unknown":
        return "NONE", "SOURCE_UNKNOWN"
    market = story.rules.split("@")[0]
    if market.startswith("amazon_aprl_us") and any(fact.how == "AUTOMATED_BY_AMAZON" for fact in facts):
        return "NONE", "AUTOMATED_REFUND"
    if story.source in OURS:
        return "CARRIER", ""
    if market == "amazon_aprl_de" and story.source == "amazon_negotiated":
        return ("AMAZON", "") if story.carrier == "dhl_paket" else ("CARRIER", "")
    if market == "amazon_aprl_us_paying" and story.source == "amazon_negotiated":
        return "AMAZON", ""
    return "NONE", "NOT_ELIGIBLE"


def counted(day: date, dates: int) -> date:
    """The last of so many dates after a day."""
    for _ in range(dates):
        day += DAY
    return day


def business(day: date, dates: int) -> date:
    """The last of so many working days after a day, holidays not considered."""
    while dates:
        day += DAY
        if day.weekday() < 5:
            dates -= 1
    return day


def claim(story: Story, seen: Look) -> Claim:
    """The claim for a lost parcel, as it stands at the moment of the question."""
    days = days_of(story.zone)
    today = days.date_of(story.now)
    facts = [one for one in story.heard if isinstance(one, Fact) and one.known <= story.now]
    refunds = [days.date_of(fact.at) for fact in facts if fact.what == "refund"]
    route, block = (
        route_of(story, facts) if seen.detail not in ("BACK_AT_CUSTOMER", "NEVER_SCANNED") else ("NONE", "NOT_ELIGIBLE")
    )
    if seen.detail == "DISPOSED" and route == "AMAZON":
        route = "CARRIER"
    said = Claim(route, block)
    handed = hand_over(seen, facts, days)
    filed = days.date_of(filing(story, facts))
    if route == "AMAZON" and story.rules.startswith("amazon_aprl_us") and filed >= date(2026, 2, 16):
        said.closes = None if seen.last_scan is None else counted(seen.last_scan, 30)
    elif route == "AMAZON":
        said.closes = counted(min(refunds), 60) if refunds else None
    said.carrier_closes = carrier_closes(story, handed)
    if route == "CARRIER":
        said.closes = said.carrier_closes
    said.file_by = None if said.closes is None else said.closes - DAY
    said.trace = trace(story, handed)
    said.blocks = {block} if block else set()
    if route == "AMAZON" and not refunds:
        said.blocks.add("REFUND_FIRST")
    if route != "NONE" and seen.state == "INDETERMINATE" and not (seen.detail == "LOST_BY_CARRIER" and route == "CARRIER"):
        said.blocks.add("EVIDENCE_STALE")
    if route != "NONE" and (seen.delivered is not None or (route == "AMAZON" and "wrong_place" in seen.flags)):
        said.blocks.add("DELIVERED")
    said.status = status(story, seen, said, facts, days)
    if seen.delivered_on is not None and not refunds:
        said.refund_due = duty(story, seen.delivered_on, today)
    return said


def hand_over(seen: Look, facts: list[Fact], days: Days) -> date | None:
    """The day of the hand-over, by a receipt or the acceptance, whichever is earlier."""
    known = [days.date_of(fact.at) for fact in facts if fact.what == "handover"]
    if seen.acceptance is not None:
        known.append(day_of(seen.acceptance.row, days))
    elif seen.first_day is not None:
        known.append(seen.first_day)
    return min(known, default=None)


def carrier_closes(story: Story, handed: date | None) -> date | None:
    """The last date on which the carrier takes a claim."""
    if story.carrier == "dhl_express" and handed is not None:
        return counted(handed, 30)
    if story.carrier == "ups" and story.promised is not None:
        return counted(story.promised, 60)
    return None


def trace(story: Story, handed: date | None) -> tuple[date | None, date | None]:
    """From when to ask the carrier for a search, and until when."""
    if story.carrier == "dhl_paket" and handed is not None:
        return counted(handed, 7), counted(handed, 7)
    if story.carrier == "dhl_express" and handed is not None:
        return counted(handed, 5), counted(handed, 7)
    if story.carrier == "ups" and story.promised is not None:
        return counted(story.promised, 1), counted(story.promised, 7)
    return None, None


def status(story: Story, seen: Look, said: Claim, facts: list[Fact], days: Days) -> str:
    """How the window stands: today, or on the day on which a claim was filed."""
    moment = filing(story, facts)
    today = days.date_of(moment)
    declared = seen.detail == "LOST_BY_CARRIER" and said.route == "CARRIER"
    if said.route == "NONE":
        return "NOT_ELIGIBLE"
    if seen.opens is None and not declared:
        return "NOT_STARTED"
    if "DELIVERED" in said.blocks:
        return "BLOCKED"
    if seen.opens is not None and said.closes is not None and said.closes < seen.opens and not declared:
        return "NEVER_OPENS"
    if seen.opens is not None and moment < days.on(seen.opens) and not declared:
        return "WAITING"
    if said.closes is not None and today > said.closes:
        return "CLOSED"
    if said.blocks:
        return "BLOCKED"
    if said.closes is not None and today >= said.closes - 3 * DAY:
        return "CLOSING_SOON"
    return "OPEN"


def filing(story: Story, facts: list[Fact]) -> datetime:
    """When the claim was filed; it is filed now, if it was not yet."""
    return min([*(fact.at for fact in facts if fact.what == "claim"), story.now])


def duty(story: Story, delivered: date, today: date) -> date | None:
    """Until when the merchant has to refund what came back."""
    market = story.rules.split("@")[0]
    if market in ("amazon_aprl_de", "amazon_aprl_uk"):
        return business(delivered, 2)
    if market.startswith("amazon_aprl_us") and today >= date(2026, 1, 26):
        return counted(delivered, 4)
    return None
