"""Where the two judges differ."""

from pathlib import Path

from retoure import assess
from tests.lifecycle.daybyday.claims import claim
from tests.lifecycle.daybyday.judge import judge
from tests.lifecycle.daybyday.ours import case_of, policy_of
from tests.lifecycle.daybyday.told import Message, Story
from tests.lifecycle.daybyday.days import days_of

FLAGS = {"inferred", "retracted", "number_reuse", "future_event", "wrong_shipment", "reuse_unchecked", "wrong_place", "lost_by_carrier",
         "delivered_to_neighbour", "unmapped_code", "handover_proven", "warehouse_receipt", "claim_filed"}


def differences(story: Story, directory: Path) -> list[tuple[str, object, object]]:
    """What each says where they differ: the oracle's word, then the library's."""
    days = days_of(story.zone)
    seen = judge(story)
    told = assess(case_of(story), policy_of(story.rules, directory), at=story.now)
    window = claim(story, seen)
    own = told.carrier_claim
    both = {
        "detail": (seen.detail, str(told.detail)),
        "state": (seen.state, str(told.state)),
        "first": (seen.first and (seen.first_day, seen.first.row.code, seen.first.gone), told.first_scan and (told.first_scan.day, told.first_scan.raw_code, told.first_scan.retracted)),
        "acceptance": (seen.acceptance and seen.acceptance.row.code, told.acceptance and told.acceptance.raw_code),
        "opens_on": (seen.opens, told.opens_on),
        "opens_at": (seen.opens and days.on(seen.opens), told.opens_at),
        "file_from": (seen.file_from and days.on(seen.file_from), told.recommended_file_from),
        "delivered": (seen.delivered, told.delivered_at),
        "recovery": (seen.recovery, str(told.recovery_kind or "")),
        "route": (window.route, str(told.claim_route)),
        "closes": (window.closes, told.closes_on),
        "file_by": (window.file_by, told.recommended_file_by),
        "status": (window.status, str(told.claim_status)),
        "blocks": (window.blocks, set(map(str, told.blocked_by))),
        "trace": (window.trace, own and (own.trace_from, own.trace_by) or (None, None)),
        "carrier_closes": (window.carrier_closes, own and own.closes_on),
        "refund_due": (window.refund_due, told.refund_due_on),
    }
    if seen.detail == "DISPOSED":
        for what in ("closes", "file_by", "status"):
            del both[what]
    for flag in FLAGS:
        both["flag " + flag] = (flag in seen.flags, flag in told.flags)
    if story.trusting and any(isinstance(one, Message) for one in story.heard):
        del both["flag retracted"]
        both["first"] = tuple(one and one[:2] for one in both["first"])
    return [(what, mine, theirs) for what, (mine, theirs) in both.items() if mine != theirs]
