"""The same returns in the library's words, and its verdicts in the oracle's."""

from datetime import timedelta, timezone
from functools import cache
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

from retoure import LabelSource, ReturnCase
from retoure.carrier.times import aware
from retoure.lifecycle import (
    CaseLabel,
    ClaimFiled,
    FailedRead,
    HandoverProof,
    LabelVoided,
    Observation,
    Push,
    Read,
    RefundIssued,
    WarehouseReceipt,
)
from retoure.model.tracking import (
    NOWHERE,
    Custody,
    Kind,
    Place,
    Precision,
    PushMessage,
    ReadFailure,
    TrackingEvent,
    TrackingFailure,
    TrackingReport,
    ZoneSource,
)
from retoure.programmes import Policy, load_policy
from tests.lifecycle.daybyday.told import Answer, Failure, Heard, Message, Row, Story

PLACES = {
    "": NOWHERE,
    "merchant": Place(country="DE", postal_code="10115", city="Berlin"),
    "buyer": Place(country="DE", postal_code="80331", city="München"),
    "depot": Place(country="DE", postal_code="36251", city="Bad Hersfeld"),
    "elsewhere": Place(country="DE", postal_code="50667", city="Köln"),
    "stranger": Place(country="FR", postal_code="75001", city="Paris"),
}
PAYING = """
[policy]
id = "amazon_aprl_us_paying"
extends = "amazon_aprl_us"

[[rule]]
id = "us.route.mine"
market = "US"
programme = "APRL"
subject = "claim_route"
case = "LOST_IN_RETURN_TRANSIT"
applies = { label_source = ["AMAZON_NEGOTIATED"] }
value = { route = "AMAZON" }
select_by = "filing_date"
evidence = "R"
source = "a merchant's own word"
"""


@cache
def policy_of(name: str, directory: Path) -> Policy:
    """A shipped policy; ``name@zone`` is the same one counted in another zone."""
    shipped, _, zone = name.partition("@")
    if zone:
        name = f"{shipped}_in_{zone.replace('/', '_').lower()}"
        text = (files("retoure.programmes") / "policies" / f"{shipped}.toml").read_text(encoding="utf-8")
        text = text.replace(f'id = "{shipped}"', f'id = "{name}"').replace('"Europe/Berlin"', f'"{zone}"')
        (directory / f"{name}.toml").write_text(text, encoding="utf-8")
    elif name == "amazon_aprl_us_paying":
        (directory / f"{name}.toml").write_text(PAYING, encoding="utf-8")
    return load_policy(name, [directory])


def event_of(row: Row) -> TrackingEvent:
    if row.offset is not None:
        instant, flags = row.wall.replace(tzinfo=timezone(timedelta(minutes=row.offset))), ()
    else:
        instant, flags = aware(row.wall, ZoneInfo(row.clock))
    return TrackingEvent(
        Kind(row.kind), Custody(row.custody), instant, row.wall.isoformat(), ZoneSource(row.source),
        Precision.DATE if row.date_only else Precision.MINUTE, row.code, location=PLACES[row.place], sequence=row.sequence,
        flags=(*flags, "return_flag") if row.homeward else flags,
    )  # fmt: skip


def observation_of(one: Heard, story: Story) -> Observation:
    if isinstance(one, Answer):
        events = tuple(event_of(row) for row in one.rows)
        bound = PLACES[one.bound_for] if one.bound_for else None
        return Read(
            report=TrackingReport("N1", story.carrier, events, one.sent, str(one.sent), destination=bound), observed_at=one.known
        )
    if isinstance(one, Failure):
        return FailedRead(failure=TrackingFailure("N1", story.carrier, ReadFailure(one.why), one.sent), observed_at=one.known)
    if isinstance(one, Message):
        return Push(message=PushMessage("N1", tuple(event_of(row) for row in one.rows), one.known), observed_at=one.known)
    if one.what == "refund":
        return RefundIssued(at=one.at, observed_at=one.known, mode=one.how or None)
    if one.what == "claim":
        return ClaimFiled(at=one.at, observed_at=one.known, route="AMAZON")
    if one.what in ("receipt", "damaged_receipt"):
        return WarehouseReceipt(at=one.at, observed_at=one.known, number="N1", damaged=one.what == "damaged_receipt")
    return {"handover": HandoverProof, "void": LabelVoided}[one.what](at=one.at, observed_at=one.known, number="N1")


def label_of(story: Story) -> CaseLabel:
    return CaseLabel(
        number="N1", carrier=story.carrier, label_source=LabelSource(story.source), issued_at=story.issued,
        origin=PLACES["buyer"] if story.aimed else None, destination=PLACES["merchant"] if story.aimed else None,
        expires_on=story.expires, expected_delivery=story.promised, trust_push=story.trusting,
    )  # fmt: skip


def case_of(story: Story) -> ReturnCase:
    return ReturnCase(labels=(label_of(story),), observations=tuple(observation_of(one, story) for one in story.heard))
