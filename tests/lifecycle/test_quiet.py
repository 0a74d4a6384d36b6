"""What tells nothing new can be known without folding it."""

from dataclasses import replace
from datetime import timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from retoure.lifecycle import ReturnCase, fingerprint, fold, quiet_until, report_of, statement
from retoure.model import Kind, Place
from retoure.programmes import load_policy
from retoure.programmes.records import RULE
from tests.lifecycle.builders import ACCEPTED, NUMBER, REFUND, case, delivered, event, failed, hub, label, read, when
from tests.lifecycle.folds import types

POLICY = load_policy("amazon_aprl_de")


def folded(*observations):
    at = ReturnCase(rma="RMA-1", labels=(label(),))
    for one in observations:
        at, _ = fold(at, one, POLICY, one.observed_at)
    return at


def test_a_parcel_on_its_way_is_quiet_until_something_may_come_due():
    quiet = quiet_until(folded(read("06-02 09:00", ACCEPTED)), POLICY, NUMBER)
    assert when("06-02 09:00") < quiet < when("06-23 00:00")


def test_a_parcel_that_arrived_damaged_is_quiet_until_its_claim_opens():
    opening = next(rule for rule in POLICY.rules if rule.id == "de.aprl.claim.damaged.open").model_dump()
    waits = {"anchor": "return_delivery", "wait_full_days": 3, "day_rule": "EXCLUSIVE", "safety_days": 0}
    policy = POLICY.overridden_by([RULE.validate_python(opening | {"value": waits})])
    arrived = read("06-04 12:00", ACCEPTED, event(Kind.DAMAGED, "06-03 10:00"), delivered("06-04 10:00"))
    at = ReturnCase(rma="RMA-1", labels=(label(),))
    for one in (REFUND, arrived):
        at, _ = fold(at, one, policy, one.observed_at)
    woken = quiet_until(at, policy, NUMBER)
    assert woken == when("06-08 00:00")
    assert "claim_opening" in types(fold(at, None, policy, woken)[1])


def test_asking_leaves_the_case_as_quick_to_fold_as_before():
    at = folded(read("06-02 09:00", ACCEPTED))
    assert quiet_until(at, POLICY, NUMBER) == quiet_until(at, POLICY, NUMBER) is not None


def test_what_waits_for_a_fresh_answer_is_not_quiet():
    at = folded(read("06-02 09:00", ACCEPTED), failed("06-22 09:00"))
    assert quiet_until(at, POLICY, NUMBER) <= when("06-22 09:00")


def test_a_case_that_was_not_just_folded_is_not_known_to_be_quiet():
    assert quiet_until(case(read("06-02 09:00", ACCEPTED)), POLICY, NUMBER) is None


@given(st.integers(0, 400), st.booleans())
def test_until_then_the_same_answer_and_none_give_no_signal(hours, answered):
    at = folded(read("06-02 09:00", ACCEPTED))
    moment = when("06-02 09:00") + timedelta(hours=hours, minutes=1)
    text = moment.isoformat()
    told = read(text, ACCEPTED) if answered else failed(text)
    if moment < quiet_until(at, POLICY, NUMBER):
        assert fold(at, told, POLICY, moment)[1] == ()


def test_the_same_answer_at_another_time_has_the_same_fingerprint():
    one, other = read("06-02 09:00", ACCEPTED).report, read("06-03 09:00", ACCEPTED).report
    assert fingerprint(one) == fingerprint(other)
    assert statement(one) == statement(other)


def test_a_time_in_another_zone_is_the_same_time():
    moved = replace(ACCEPTED, instant=ACCEPTED.instant.astimezone(timezone(timedelta(hours=9))))
    assert fingerprint(read("06-02 09:00", ACCEPTED).report) == fingerprint(read("06-02 09:00", moved).report)


def test_whatever_an_answer_says_otherwise_has_another_fingerprint():
    report = read("06-02 09:00", ACCEPTED, hub("06-02 03:00")).report
    event = report.events[0]
    changes = {
        "kind": hub("06-01 10:00").kind, "custody": event.custody.NONE, "instant": event.instant + timedelta(minutes=1),
        "local_text": "x", "zone_source": "STATED", "precision": "DATE", "raw_code": "x", "text": "x", "sequence": 9,
        "flags": ("x",), "location": Place(city="x"),
    }  # fmt: skip
    others = [replace(report, events=(replace(event, **{name: value}), report.events[1])) for name, value in changes.items()]
    others += [
        replace(report, **{name: value})
        for name, value in {
            "number": "x", "carrier": "x", "events": (), "destination": Place(), "successor": "x", "pieces": ("x",),
            "flags": ("x",),
        }.items()
    ]  # fmt: skip
    others.append(replace(report, flags=("x",), pieces=("y",)))
    others.append(replace(report, flags=("y",), pieces=("x",)))
    assert len({fingerprint(one) for one in (report, *others)}) == 1 + len(others)


@given(
    st.lists(st.text(alphabet="ab\x1e\x1f", max_size=3), min_size=2, max_size=2),
    st.lists(st.text("ab\x1e\x1f"), min_size=2, max_size=2),
)
def test_no_text_makes_two_answers_look_alike(one, other):
    reports = [read("06-02 09:00", replace(ACCEPTED, raw_code=words[0], text=words[1])).report for words in (one, other)]
    assert (fingerprint(reports[0]) == fingerprint(reports[1])) is (one == other)


def test_a_statement_gives_the_report_back():
    report = read("06-02 09:00", ACCEPTED, hub("06-02 03:00"), destination=Place(city="Berlin")).report
    assert report_of(statement(report), report.read_at, report.digest) == report
