"""A case's log: cases that grow from one another share it, none of them ever changes, and what is new can be told cheaply."""

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retoure.lifecycle import ReturnCase, SameRead, fingerprint, fold
from retoure.lifecycle.learning import in_order
from retoure.lifecycle.logs import Log
from tests.lifecycle.builders import ACCEPTED, NUMBER, delivered, hub, label, read
from tests.lifecycle.folds import empty, folded, folded_when_named
from tests.lifecycle.test_fold_invariants import bare, stories

READS = tuple(read(f"06-02 {hour:02}:00", ACCEPTED) for hour in range(8, 12))
SPELT = f"{NUMBER[:4]} {NUMBER[4:]}"
LATE = read("06-02 09:30", ACCEPTED, hub("06-02 09:00"))


def grown_from(case: ReturnCase, observation) -> ReturnCase:
    return fold(case, observation, "amazon_aprl_de", observation.observed_at)[0]


def test_a_log_reads_like_a_tuple():
    case, _ = folded(empty(), *READS)
    log, entries = case.observations, tuple(case.observations)
    assert (log, len(log), log[0], log[-1], log[1:3]) == (entries, 4, READS[0], entries[-1], entries[1:3])
    assert hash(log) == hash(entries)
    assert repr(log) == repr(entries)
    assert log != list(entries)
    assert log + READS[:1] == (*entries, READS[0])
    assert READS[:1] + log == (READS[0], *entries)
    with pytest.raises(IndexError):
        log[4]


def test_a_case_stays_as_it_was_when_others_grow_from_it():
    base, _ = folded(empty(), *READS[:2])
    before = base.model_dump_json()
    longer, other = grown_from(base, READS[2]), grown_from(base, READS[3])
    assert base.model_dump_json() == before
    assert [len(one.observations) for one in (base, longer, other)] == [2, 3, 3]
    assert longer.observations[-1].observed_at != other.observations[-1].observed_at
    assert hash(base) == hash(ReturnCase.model_validate_json(before))


def test_a_copy_holds_nothing_that_was_learned_since():
    base, _ = folded(empty(), *READS[:2])
    grown_from(base, READS[2])
    for twin in (copy.deepcopy(base), pickle.loads(pickle.dumps(base))):
        assert twin == base
        assert tuple(twin.observations) == tuple(base.observations)


def test_what_a_fold_adds_is_the_end_of_the_log():
    base, _ = folded(empty(), *READS[:3])
    longer = grown_from(base, READS[3])
    assert longer.since(base) == (3, longer.observations[3:])
    assert [type(one) for one in longer.observations[3:]] == [SameRead]
    assert longer.since(longer) == (4, ())
    assert longer.since(ReturnCase(rma="RMA-1", labels=(label(),))) == (0, longer.observations[:])


def test_what_was_learned_late_stands_further_up_and_moves_what_follows():
    base, _ = folded(empty(), *READS)
    place, entries = grown_from(base, LATE).since(base)
    assert place == 2
    assert [one.type for one in entries] == ["read", "read", "same_read"]


@given(story=stories, trust=st.booleans(), random=st.randoms(use_true_random=False))
def test_a_store_that_writes_what_is_new_holds_the_case(story, trust, random):
    """Loaded from JSON before every fold, as a process does that keeps nothing in between."""
    random.shuffle(story)
    case, stored = bare(trust=trust), []
    for one in story:
        loaded = ReturnCase.model_validate_json(case.model_copy(update={"observations": tuple(stored)}).model_dump_json())
        case = fold(loaded, one, "amazon_aprl_de", one.observed_at)[0]
        place, entries = case.since(loaded)
        stored[place:] = entries
    assert case == folded(bare(trust=trust), *story)[0]
    assert tuple(stored) == case.observations


@given(story=stories)
def test_a_log_is_in_order_already(story):
    log = in_order(story)
    assert in_order(log) == in_order([*log, *log[-1:]]) == log


def test_a_log_of_another_list_is_compared_by_what_it_holds():
    one, other = Log.of(READS), Log.of(READS)
    assert one == other
    assert one.since(other) == (4, ())
    assert one.since(Log.of((READS[0], read("06-02 09:00", delivered("06-02 08:30"))))) == (1, READS[1:])


@given(story=stories, random=st.randoms(use_true_random=False))
def test_reads_that_come_short_and_in_any_spelling_make_the_same_log_in_any_order(story, random):
    reads = [one for one in story if one.type == "read"]
    in_full = {fingerprint(one.report): one for one in reads}
    short = [
        SameRead(number=random.choice([NUMBER, SPELT]), read_at=one.report.read_at, digest=one.report.digest,
                 observed_at=one.observed_at, repeats=fingerprint(one.report)) for one in reads
    ]  # fmt: skip
    delivered = [*in_full.values(), *short]
    log = folded_when_named(empty(), random.sample(delivered, len(delivered))).observations
    assert log == in_order(reads) == in_order(delivered)
    assert in_order([*log, *delivered]) == log
