"""What holds for the folding of every story: invariants 1, 6, 8, 9 and 10, and that what is skipped would have told nothing."""

from datetime import UTC, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from retoure.lifecycle import (
    ClaimFiled,
    FirstScan,
    HandoverProof,
    LabelVoided,
    Push,
    RefundIssued,
    ReturnCase,
    SameRead,
    State,
    WarehouseReceipt,
    assess,
    fold,
    signals_of,
)
from retoure.lifecycle.folding import _Folded
from retoure.lifecycle.learning import in_order
from retoure.model import Kind, PushMessage
from retoure.programmes import load_policy
from tests.lifecycle.builders import ACCEPTED, ANNOUNCED, MUNICH, NUMBER, delivered, event, failed, hub, label, read, when
from tests.lifecycle.folds import folded, learned_in_order
from tests.lifecycle.test_invariants import START, answers, events, failures, moments, offsets

pushes = st.builds(
    lambda offset, event: Push(message=PushMessage(NUMBER, (event,), START + offset, str(offset))),
    offsets,
    events,
)
facts = st.builds(
    lambda offset, make: make(START + offset),
    offsets,
    st.sampled_from(
        [
            lambda at: RefundIssued(at=at),
            lambda at: WarehouseReceipt(at=at),
            lambda at: HandoverProof(at=at),
            lambda at: LabelVoided(at=at),
            lambda at: ClaimFiled(at=at, route="AMAZON"),
        ]
    ),
)
again = st.builds(lambda answer, lag: answer.model_copy(update={"observed_at": answer.observed_at + lag}), answers, offsets)
ROWS = [
    ANNOUNCED, ACCEPTED, event(Kind.DROPPED_OFF, "06-02 00:10", code=ACCEPTED.raw_code), hub("06-03 04:00"), hub("06-25 04:00"),
    event(Kind.UNKNOWN, "06-04 10:00", code="ZZ9"), event(Kind.HUB_SCAN, "06-04 10:00", code="ZZ9"), delivered("06-20 10:00"),
    delivered("06-23 10:00"), delivered("06-21 10:00", place=MUNICH), event(Kind.RETURNING_TO_ORIGIN, "06-05 10:00"),
    event(Kind.LOST_BY_CARRIER, "06-10 10:00"), event(Kind.READY_FOR_COLLECTION, "06-09 10:00"),
]  # fmt: skip
TIMES = [
    "06-02 12:00",
    "06-09 12:00",
    "06-20 12:00",
    "06-21 23:59",
    "06-22 00:00",
    "06-22 08:00",
    "06-24 12:00",
    "07-02 12:00",
    "08-01 12:00",
]
on_the_days_that_matter = st.builds(
    lambda at, rows, lag: read(str(when(at)), *sorted(rows, key=lambda row: row.instant), observed=str(when(at) + lag)),
    st.sampled_from(TIMES), st.lists(st.sampled_from(ROWS), max_size=5, unique=True),
    st.sampled_from([timedelta(0), timedelta(seconds=30), timedelta(days=3)]),
)  # fmt: skip
stories = st.lists(on_the_days_that_matter | answers | failures | pushes | facts | again, max_size=8) | st.lists(
    on_the_days_that_matter, min_size=2, max_size=6
)
trusting = st.booleans()
TOLD = {
    State.DELIVERED: "delivered", State.RECOVERED: "recovered", State.BACK_AT_CUSTOMER: "back_at_customer",
    State.LOST_PRESUMED: "lost_presumed", State.NEVER_SCANNED: "never_scanned",
}  # fmt: skip


def bare(*, trust: bool) -> ReturnCase:
    return ReturnCase(rma="RMA-1", labels=(label(trust_push=trust),))


@given(story=stories, trust=trusting, at=moments, random=st.randoms(use_true_random=False))
def test_invariant_1_shuffled_and_repeated_observations_end_in_the_same_case(story, trust, at, random):
    shuffled = [*story, *random.choices(story, k=len(story) // 2)] if story else []
    random.shuffle(shuffled)
    sorted_case, _ = folded(bare(trust=trust), *learned_in_order(story))
    other, _ = folded(bare(trust=trust), *shuffled)
    assert other == sorted_case == ReturnCase(rma="RMA-1", labels=sorted_case.labels, observations=tuple(shuffled))
    assert assess(other, at=at) == assess(sorted_case, at=at)


@given(story=stories, trust=trusting, cut=st.integers(0, 8))
def test_invariant_1_in_the_order_of_learning_the_signals_have_the_same_ids(story, trust, cut):
    story = list(in_order(story))
    kept, signals = folded(bare(trust=trust), *story)
    halfway, before = folded(bare(trust=trust), *story[:cut])
    resumed, after = folded(ReturnCase.model_validate_json(halfway.model_dump_json()), *story[cut:])
    assert resumed == kept
    assert {signal.id for signal in [*before, *after]} == {signal.id for signal in signals}
    assert {signal.id for signal in signals_of(kept)} == {signal.id for signal in signals}


@given(story=stories, trust=trusting, random=st.randoms(use_true_random=False))
def test_invariant_1_what_was_told_last_is_the_verdict_that_holds(story, trust, random):
    """No signal is taken back: whoever believes the last one about the verdict believes the truth."""
    random.shuffle(story)
    case, signals = bare(trust=trust), []
    for one in story:
        case, told = fold(case, one, "amazon_aprl_de", one.observed_at)
        signals += told
        at = max(known.observed_at for known in case.observations)
        state = assess(case, at=at).state
        believed = [signal for signal in signals if signal.type in {*TOLD.values(), "verdict_revised", "first_scan"}]
        if state in TOLD:
            assert believed[-1].type in (TOLD[state], "first_scan")
            assert any(signal.type == TOLD[state] for signal in believed)
        elif believed and believed[-1].type not in ("first_scan", "verdict_revised"):
            raise AssertionError(f"{believed[-1].type} was told, and the verdict is {state}")


@given(story=stories, trust=trusting, random=st.randoms(use_true_random=False))
def test_invariant_6_there_are_no_more_charges_than_labels_with_a_first_scan(story, trust, random):
    random.shuffle(story)
    case, signals = folded(bare(trust=trust), *story)
    charges = {signal.id for signal in signals if isinstance(signal, FirstScan)}
    assert len(charges) <= 1
    if not charges:
        assert assess(case, at=START + timedelta(days=400)).first_scan is None


@given(story=stories, trust=trusting)
def test_invariant_8_every_observation_stays_in_the_log(story, trust):
    case, _ = folded(bare(trust=trust), *story)
    times = {(one.observed_at.astimezone(UTC), "read" if isinstance(one, SameRead) else one.type) for one in case.observations}
    assert times == {(one.observed_at.astimezone(UTC), one.type) for one in story}


@given(story=stories, trust=trusting, offset=offsets)
def test_invariant_9_a_failed_read_tells_nothing_but_what_was_due_anyway(story, trust, offset):
    case, _ = folded(bare(trust=trust), *learned_in_order(story))
    now = max([START + offset, *(one.observed_at for one in story)]) + timedelta(seconds=1)
    _, due = fold(case.model_copy(), None, "amazon_aprl_de", now)
    _, told = fold(case, failed(str(now)), "amazon_aprl_de", now)
    assert {signal.id for signal in told} == {signal.id for signal in due}


@given(story=stories, trust=trusting)
def test_invariant_10_every_signal_carries_its_policy_and_those_on_claims_their_records(story, trust):
    _, signals = folded(bare(trust=trust), *learned_in_order(story))
    ids = {rule.id for rule in load_policy("amazon_aprl_de").rules}
    for signal in signals:
        assert signal.policy == "amazon_aprl_de"
        assert {rule.id for rule in signal.rules} <= ids
        if signal.type in ("lost_presumed", "never_scanned", "trace_recommended", "claim_opening", "claim_closing_soon"):
            assert signal.rules


@settings(max_examples=300)
@given(story=stories, trust=trusting, days=st.lists(st.integers(0, 40), max_size=4))
def test_what_is_skipped_as_quiet_would_have_told_nothing(story, trust, days):
    """Folded with every look taken, and folded as it is: the same signals."""
    policy = load_policy("amazon_aprl_de")
    ordered = in_order([*story, *(one.model_copy(update={"observed_at": one.observed_at + timedelta(days=day)})
                                  for one in story if one.type == "read" for day in days)])  # fmt: skip
    case, quick = folded(bare(trust=trust), *ordered)
    careful_case, careful = bare(trust=trust), []
    for one in ordered:
        kept = careful_case.__dict__.get("_kept")
        if isinstance(kept, _Folded):
            kept.quiet_until = None
        careful_case, told = fold(careful_case, one, policy, one.observed_at)
        careful += told
    assert careful_case == case
    assert [signal.id for signal in careful] == [signal.id for signal in quick]
