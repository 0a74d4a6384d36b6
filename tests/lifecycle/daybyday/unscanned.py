"""A label that no scan is known of: announced, cancelled, expired, or never handed in."""

from datetime import datetime

from tests.lifecycle.daybyday.days import DAY, Days, after
from tests.lifecycle.daybyday.ledger import Ledger
from tests.lifecycle.daybyday.told import Answer, Fact, Failure, Story

RETENTION = {"dhl_paket": 90, "ups": 120}
ORDINARY_RETENTION = 60


def waiting(story: Story, found: Ledger, facts: list[Fact], moment: datetime, days: Days) -> str:
    """Nobody has scanned it."""
    if any(fact.what == "void" for fact in facts) or any(entry.row.kind == "CANCELLED" for entry in found.entries):
        return "CANCELLED"
    over = deadline(story, days, moment)
    if over is not None and moment >= over:
        if any(answer.sent >= over and rows for answer, rows in found.answers):
            return "NEVER_SCANNED"
        kept = RETENTION.get(story.carrier, ORDINARY_RETENTION)
        for sent, had_been_known in found.silent:
            purged = story.issued is not None and sent > story.issued + kept * DAY
            if sent >= over and not had_been_known and not purged:
                return "NEVER_SCANNED"
        if any(sent >= over for sent, _ in found.silent):
            return "INDETERMINATE"
    if story.expires is not None and days.date_of(moment) > story.expires:
        return "EXPIRED"
    if any(entry.row.kind in ("PICKUP_BOOKED", "PICKUP_FAILED") for entry in found.entries):
        return "PICKUP_PENDING"
    if any(entry.row.custody == "NONE" for entry in found.entries):
        return "ANNOUNCED"
    refused = found.strangers or any(one.why == "WRONG_SHIPMENT" for one in found.failures)
    unknown = any(one.why == "NOT_FOUND" for one in found.failures)
    return "QUARANTINED" if refused and not (found.answers or found.entries or unknown) else "CREATED"


def deadline(story: Story, days: Days, moment: datetime) -> datetime | None:
    """From when a label that nobody handed in counts as unused; of unknown age, it is as old as the first asking."""
    ends = []
    created = story.issued or min(
        (one.known for one in story.heard if one.known <= moment and isinstance(one, Answer | Failure)), default=None
    )
    if created is not None:
        ends.append(days.on(after(days.date_of(created), 30) - DAY))
    if story.expires is not None:
        ends.append(days.on(story.expires + DAY))
    return min(ends, default=None)
