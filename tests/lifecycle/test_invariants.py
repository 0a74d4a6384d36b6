"""What holds for every history: invariants 1 to 5, 8 and 9, on stories nobody wrote."""

from datetime import UTC, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from retoure.lifecycle import State, assess
from retoure.lifecycle.events import History
from retoure.lifecycle.rows import Known
from retoure.model import Custody, Kind, Place, Precision, ReadFailure, ZoneSource
from tests.lifecycle.builders import ANNOUNCED, MERCHANT, MUNICH, case, event, failed, read, when

START = when("06-01 08:00").astimezone(UTC)
PLACES = st.sampled_from([Place(), MUNICH, MERCHANT, Place(country="DE", city="Hamburg"), Place(text="Paketzentrum")])

offsets = st.integers(0, 60 * 24 * 40).map(lambda minutes: timedelta(minutes=minutes))
events = st.builds(
    lambda kind, offset, place, zone_source, flags: event(
        kind, START + offset, place=place, zone_source=zone_source, flags=flags,
        precision=Precision.DATE if zone_source is ZoneSource.ASSUMED else Precision.MINUTE,
    ),
    st.sampled_from(Kind), offsets, PLACES, st.sampled_from(ZoneSource), st.sampled_from([(), ("returning",)]),
)  # fmt: skip
answers = st.builds(
    lambda offset, rows, lag: read(str(START + offset), *rows, observed=str(START + offset + lag)),
    offsets, st.lists(events, max_size=5), st.integers(0, 60).map(lambda seconds: timedelta(seconds=seconds)),
)  # fmt: skip
failures = st.builds(lambda offset, reason: failed(str(START + offset), reason), offsets, st.sampled_from(ReadFailure))
learned = st.lists(answers | failures, max_size=8)
moments = offsets.map(lambda offset: START + offset + timedelta(days=5))


@given(observations=learned, at=moments, random=st.randoms(use_true_random=False))
def test_invariant_1_the_order_of_delivery_makes_no_difference(observations, at, random):
    shuffled = list(observations)
    random.shuffle(shuffled)
    assert assess(case(*observations), at=at) == assess(case(*shuffled), at=at)


@given(observations=learned, at=moments, offset=offsets)
def test_invariant_2_an_event_without_custody_never_makes_a_first_scan(observations, at, offset):
    announcements = read(str(START + offset), ANNOUNCED, event(Kind.INFO, START + offset, custody=Custody.NONE))
    before, after = assess(case(*observations), at=at), assess(case(*observations, announcements), at=at)
    assert (before.first_scan is None) == (after.first_scan is None)


@given(observations=st.lists(answers, max_size=8))
def test_invariant_3_the_first_scan_moves_to_later_only_with_a_corrected_zone(observations):
    ordered = sorted(observations, key=lambda one: one.observed_at)
    earlier = None
    for count in range(1, len(ordered) + 1):
        scan = assess(case(*ordered[:count]), at=START + timedelta(days=400)).first_scan
        if earlier is not None:
            assert scan is not None
            later = scan.instant - earlier.instant
            whole_hours = later <= timedelta(hours=14) and not later.seconds % 3600
            guessed = ZoneSource.ASSUMED in (scan.zone_source, earlier.zone_source)
            assert later <= timedelta(0) or (whole_hours and scan.raw_code == earlier.raw_code) or guessed
        earlier = scan


@given(observations=learned, at=moments)
def test_invariant_5_a_loss_is_presumed_only_from_a_read_sent_since_the_opening(observations, at):
    found = assess(case(*observations), at=at)
    if found.state is State.LOST_PRESUMED:
        assert found.opens_at is not None
        assert at >= found.opens_at
        sent = [one.report.read_at for one in observations if one.type == "read" and one.observed_at <= at and one.report.events]
        assert any(moment >= found.opens_at for moment in sent)


@given(reports=st.lists(st.lists(events, max_size=5), max_size=6))
def test_invariant_8_no_event_is_ever_deleted(reports):
    history = History(START, None)
    told: set[tuple[object, ...]] = set()
    for number, rows in enumerate(reports):
        answer = read(str(START + timedelta(days=number)), *rows)
        history.take(answer.report, answer.observed_at)
        told |= {(row.raw_code, row.instant.replace(second=0)) for row in answer.report.events}
        kept = [version for known in history.events for version in (known.event, *known.superseded)]
        kept += [aside.event for aside in history.aside.values()]
        assert told <= {(row.raw_code, row.instant.replace(second=0)) for row in kept}


@given(observations=learned, at=moments, offset=offsets)
def test_invariant_9_a_failed_read_changes_a_state_to_indeterminate_or_not_at_all(observations, at, offset):
    before = assess(case(*observations), at=at)
    after = assess(case(*observations, failed(str(START + offset))), at=at)
    assert after.state in (before.state, State.INDETERMINATE)


@settings(max_examples=50)
@given(observations=learned, at=moments)
def test_a_verdict_survives_being_asked_again_with_everything_repeated(observations, at):
    once = assess(case(*observations), at=at)
    assert assess(case(*observations, *observations), at=at) == once


rows_of_answers = st.lists(
    st.builds(
        event,
        st.sampled_from([Kind.HUB_SCAN, Kind.DROPPED_OFF, Kind.DELIVERED, Kind.RETRACTION]),
        st.integers(0, 5).map(lambda hour: f"06-02 {hour:02}:10"),
        code=st.sampled_from(["A", "B"]),
        zone_source=st.sampled_from([ZoneSource.CARRIER, ZoneSource.CARRIER, ZoneSource.STATED, ZoneSource.ASSUMED]),
        precision=st.sampled_from([Precision.MINUTE, Precision.MINUTE, Precision.DATE]),
    ),
    max_size=7,
)


@settings(max_examples=300)
@given(tellings=st.lists(st.tuples(rows_of_answers, st.lists(st.integers(0, 7), max_size=4)), max_size=3))
def test_an_answer_that_goes_on_from_the_last_one_is_taken_like_any_other(tellings):
    """Taken row by row that is new, and with every row looked at again: the same events."""
    quick, careful = (History(when("06-01 08:00"), None) for _ in range(2))
    at = when("06-02 06:00")
    for rows, lengths in tellings:
        for length in sorted(lengths):
            report = read("06-02 06:00", *rows[:length]).report
            careful._last = ()
            assert quick.take(report, at) == careful.take(report, at)
            assert [told_of(quick, known) for known in quick.events] == [told_of(careful, known) for known in careful.events]
            assert quick.aside == careful.aside


def told_of(history: History, known: Known):
    return known.event, known.position, known.order, known.superseded, known.recalled, history.retracted(known)
