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
        for sent in asked_in_vain(found, over):
            purged = story.issued is not None and sent > story.issued + kept * DAY
            if not found.entries and not purged:
                return "NEVER_SCANNED"
        if any(asked_in_vain(found, over)):
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


def asked_in_vain(found: Ledger, since: datetime) -> list[datetime]:
    """When the carrier said that it does not know the number, or had nothing to say about it."""
    return [failure.sent for failure in found.failures if failure.why == "NOT_FOUND" and failure.sent >= since] + [
        answer.sent for answer, rows in found.answers if not rows and answer.sent >= since
    ]


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
