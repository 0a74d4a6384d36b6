"""Where the two judges differ, and the smallest return on which they do."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from retoure import ReturnCase, assess
from retoure.lifecycle import fold
from tests.lifecycle.daybyday.claims import claim
from tests.lifecycle.daybyday.days import days_of
from tests.lifecycle.daybyday.judge import Look, judge, told_so_far
from tests.lifecycle.daybyday.library import case_of, label_of, observation_of, policy_of
from tests.lifecycle.daybyday.told import Answer, Message, Story

FLAGS = (
    "inferred", "retracted", "number_reuse", "future_event", "wrong_shipment", "reuse_unchecked", "wrong_place",
    "lost_by_carrier", "delivered_to_neighbour", "unmapped_code", "handover_proven", "warehouse_receipt", "claim_filed",
)  # fmt: skip
SIGNALS = {
    "LOST_PRESUMED": "lost_presumed",
    "DELIVERED": "delivered",
    "RECOVERED": "recovered",
    "NEVER_SCANNED": "never_scanned",
    "BACK_AT_CUSTOMER": "back_at_customer",
}
Differences = dict[str, tuple[object, object]]


def differences(story: Story, directory: Path, *, folded: bool = False) -> Differences:
    """What each says where they differ: the walk's word, then the library's."""
    seen = judge(story)
    both = {**_verdict(story, seen, directory), **(_folded(story, directory) if folded else {})}
    return {what: (mine, theirs) for what, (mine, theirs) in both.items() if mine != theirs}


def _verdict(story: Story, seen: Look, directory: Path) -> Differences:
    days = days_of(story.zone)
    told = assess(case_of(story), policy_of(story.rules, directory), at=story.now)
    window = claim(story, seen)
    own = told.carrier_claim
    both: Differences = {
        "detail": (seen.detail, str(told.detail)),
        "state": (seen.state, str(told.state)),
        "first scan": (
            seen.first and (seen.first_day, seen.first.row.code),
            told.first_scan and (told.first_scan.day, told.first_scan.raw_code),
        ),
        "acceptance": (seen.acceptance and seen.acceptance.row.code, told.acceptance and told.acceptance.raw_code),
        "opens_on": (seen.opens, told.opens_on),
        "opens_at": (seen.opens and days.on(seen.opens), told.opens_at),
        "recommended_file_from": (seen.file_from and days.on(seen.file_from), told.recommended_file_from),
        "delivered_at": (seen.delivered, told.delivered_at),
        "recovery_kind": (seen.recovery, str(told.recovery_kind or "")),
        "claim_route": (window.route, str(told.claim_route)),
        "blocked_by": (window.blocks, set(map(str, told.blocked_by))),
        "trace": (window.trace, (own.trace_from, own.trace_by) if own else (None, None)),
        "carrier's closing": (window.carrier_closes, own and own.closes_on),
        "refund_due_on": (window.refund_due, told.refund_due_on),
        **{f"flag {flag}": (flag in seen.flags, flag in told.flags) for flag in FLAGS},
    }
    if seen.detail != "DISPOSED":  # what may be claimed for a parcel that was destroyed, and until when, is written nowhere
        both["closes_on"] = (window.closes, told.closes_on)
        both["recommended_file_by"] = (window.file_by, told.recommended_file_by)
        both["claim_status"] = (window.status, str(told.claim_status))
    if story.trusting and any(isinstance(one, Message) for one in story.heard):
        del both["flag retracted"]  # whether an answer leaves a message's event out, or tells it in other words, is a guess
    elif seen.first is not None and told.first_scan is not None:
        both["first scan retracted"] = (seen.first.gone, told.first_scan.retracted)
    return both


def _folded(story: Story, directory: Path) -> Differences:
    """The signals of a case that grows as things were learned, and whether it ends as the whole case does."""
    policy = policy_of(story.rules, directory)
    grown, types = ReturnCase(labels=(label_of(story),)), []
    for one in sorted(story.heard, key=lambda one: one.known):
        if one.known <= story.now:
            grown, signals = fold(grown, observation_of(one, story), policy, one.known)
            types += [signal.type for signal in signals]
    grown, signals = fold(grown, None, policy, story.now)
    types += [signal.type for signal in signals]
    looks = told_so_far(story)
    expected = {SIGNALS[look.state] for look in looks if look.state in SIGNALS}
    return {
        "the folded case": (assess(case_of(story), policy, at=story.now), assess(grown, policy, at=story.now)),
        "first_scan signals": (int(any(look.first for look in looks)), types.count("first_scan")),
        "signals": (expected, set(types) & set(SIGNALS.values())),
    }


def smallest(story: Story, directory: Path, what: str) -> Story:
    """The return with everything left out that the difference does not need."""
    for smaller in _smaller(story):
        if what in differences(smaller, directory, folded=True):
            return smallest(smaller, directory, what)
    return story


def _smaller(story: Story) -> Iterator[Story]:
    heard = story.heard
    for place, one in enumerate(heard):
        yield replace(story, heard=(*heard[:place], *heard[place + 1 :]))
        for row in one.rows if isinstance(one, Answer | Message) else ():
            rest = tuple(other for other in one.rows if other is not row)
            yield replace(story, heard=(*heard[:place], replace(one, rows=rest), *heard[place + 1 :]))
    if story.expires or story.promised or story.trusting:
        yield replace(story, expires=None, promised=None, trusting=False)
