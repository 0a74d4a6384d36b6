"""What a case is planned by, and when the calendar alone tells something."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retoure.lifecycle import ClaimFiled, LabelVoided, RefundIssued, ReturnCase, WarehouseReceipt, fold, signals_of
from retoure.lifecycle.ahead import next_date
from retoure.lifecycle.verdict import standings
from retoure.model import Kind, Place, ReadFailure, ZoneSource
from retoure.monitor import Reason, Stop, outlook_of
from retoure.programmes import load_policy
from tests.lifecycle.builders import ACCEPTED, NUMBER, case, delivered, event, failed, hub, label, not_found, read, when
from tests.monitor.watching import DE, MINUTE, watched

OWN_SHOP = load_policy("own_shop_de")


def seen(of: ReturnCase, at: str, number: str = NUMBER, policy=DE, **more):
    return outlook_of(of, policy, number, at=when(at), watched_at=when("06-01 08:00"), **more)


@pytest.mark.parametrize(
    ("events", "phase"),
    [
        ((), Reason.UNSCANNED),
        ((event(Kind.DATA_RECEIVED, "06-01 08:05"),), Reason.UNSCANNED),
        ((event(Kind.PICKUP_BOOKED, "06-01 09:00"),), Reason.UNSCANNED),
        ((event(Kind.PICKUP_FAILED, "06-01 09:00"),), Reason.EXCEPTION),
        ((event(Kind.CANCELLED, "06-01 09:00"),), Reason.ENDED),
        ((ACCEPTED,), Reason.MOVING),
        ((ACCEPTED, hub("06-01 20:00")), Reason.MOVING),
        ((ACCEPTED, event(Kind.OUT_FOR_DELIVERY, "06-02 06:00")), Reason.OUT_FOR_DELIVERY),
        ((ACCEPTED, event(Kind.READY_FOR_COLLECTION, "06-02 06:00")), Reason.COLLECTION),
        ((ACCEPTED, event(Kind.DELIVERY_FAILED, "06-02 06:00")), Reason.EXCEPTION),
        ((ACCEPTED, event(Kind.RETURNING_TO_ORIGIN, "06-02 06:00")), Reason.EXCEPTION),
        ((ACCEPTED, event(Kind.LOST_BY_CARRIER, "06-02 06:00")), Reason.LOST),
        ((event(Kind.LOST_BY_CARRIER, "06-02 06:00"),), Reason.LOST),
        ((ACCEPTED, delivered("06-02 06:00")), Reason.CONFIRMING),
    ],
)
def test_a_history_is_read_for_its_reason(events, phase: Reason) -> None:
    assert seen(case(read("06-02 12:00", *events)), "06-02 12:00").phase is phase


def test_a_promise_of_a_refund_changes_what_an_unscanned_label_is_read_for() -> None:
    assert seen(case(), "06-02 12:00", refund_at_scan=True).phase is Reason.REFUND_AT_SCAN
    scanned = case(read("06-02 12:00", ACCEPTED))
    assert seen(scanned, "06-02 12:00", refund_at_scan=True).phase is Reason.MOVING


def test_a_verdict_that_is_open_waits_for_a_fresh_answer() -> None:
    looking = seen(case(read("06-21 18:00", ACCEPTED)), "06-22 12:00")
    assert looking.phase is Reason.INDETERMINATE
    assert looking.since == when("06-22 00:00")
    assert looking.restless


def test_a_loss_is_read_for_recovery() -> None:
    assert seen(case(read("06-22 00:05", ACCEPTED)), "06-22 00:05").phase is Reason.LOST


def test_a_label_past_its_last_day_is_read_for_thirty_days_more() -> None:
    looking = seen(case(not_found("06-12 12:00"), expires_on=date(2026, 6, 10)), "06-12 12:00")
    assert (looking.phase, looking.stop) == (Reason.ENDED, Stop.EXPIRED)
    assert looking.until == when("07-11 00:00")


def test_a_label_that_can_long_be_used_is_not_given_up_before() -> None:
    looking = seen(case(not_found("07-02 12:00"), expires_on=date(2026, 9, 10)), "07-02 12:00")
    assert looking.phase is Reason.ENDED
    assert looking.until == when("10-11 00:00")


def test_a_voided_label_is_read_for_thirty_days() -> None:
    looking = seen(case(LabelVoided(rma="RMA-1", at=when("06-03 12:00"))), "06-03 12:00")
    assert (looking.phase, looking.stop, looking.until) == (Reason.ENDED, Stop.CANCELLED, when("07-03 12:00"))


def test_the_merchant_s_word_that_it_arrived_is_confirmed_once() -> None:
    receipt = WarehouseReceipt(rma="RMA-1", at=when("06-05 09:00"), observed_at=when("06-05 10:00"))
    looking = seen(case(read("06-02 12:00", ACCEPTED), receipt), "06-05 10:00")
    assert (looking.phase, looking.since, looking.stop) == (Reason.CONFIRMING, when("06-05 10:00"), Stop.DELIVERED)


def test_an_end_counts_from_when_it_was_learned_and_not_from_when_it_is_told_again() -> None:
    late = case(
        read("06-08 12:00", ACCEPTED, delivered("06-03 10:00")),
        read("06-09 12:00", ACCEPTED, delivered("06-03 10:00"), delivered("06-03 10:02")),
    )
    assert seen(late, "06-09 12:00").since == when("06-08 12:00")


def test_a_number_that_has_a_successor_is_read_seldom_and_forces_nothing() -> None:
    both = ReturnCase(
        rma="RMA-1",
        labels=(label(), label(number="B", successor_of=NUMBER)),
        observations=(read("06-02 12:00", ACCEPTED), read("06-02 12:01", hub("06-02 09:00"), number="B")),
    )
    before, after = seen(both, "06-02 12:01"), seen(both, "06-02 12:01", "B")
    assert (before.phase, before.opens_at) == (Reason.SILENT, None)
    assert (after.phase, after.opens_at) == (Reason.MOVING, when("06-22 00:00"))


def test_a_number_that_has_a_successor_is_not_confirmed() -> None:
    parcel = ReturnCase(
        rma="RMA-1",
        labels=(label(), label(number="B", successor_of=NUMBER)),
        observations=(read("06-02 12:00", ACCEPTED), read("06-03 12:00", delivered("06-03 09:00"), number="B")),
    )
    assert seen(parcel, "06-03 12:00").until == when("06-03 12:00")
    assert seen(parcel, "06-03 12:00", "B").until is None


def test_day_is_told_by_the_destination_s_clock() -> None:
    british = seen(case(destination=Place(country="GB", postal_code="N1 9GU", city="London")), "06-02 12:00")
    american = seen(case(destination=Place(country="US", postal_code="10001", city="New York")), "06-02 12:00")
    assert british.day_zone == "Europe/London"
    assert american.day_zone == "Europe/Berlin"


def test_a_guessed_first_scan_asks_for_exact_times() -> None:
    guessed = event(Kind.DROPPED_OFF, "06-01 14:10", zone_source=ZoneSource.ASSUMED)
    assert seen(case(read("06-02 12:00", guessed)), "06-02 12:00").guessed_since == when("06-02 12:00")
    assert seen(case(read("06-02 12:00", ACCEPTED)), "06-02 12:00").guessed_since is None


def test_retention_is_the_policy_s_and_counts_from_the_last_event() -> None:
    looking = seen(case(read("06-03 12:00", ACCEPTED, hub("06-03 04:00"))), "06-03 12:00")
    assert looking.retained_until == when("06-03 04:00") + timedelta(days=90)
    assert seen(case(carrier="nobody"), "06-03 12:00").retained_until == when("06-01 08:00") + timedelta(days=60)


def test_a_moment_before_the_last_observation_counts_as_that_observation_s() -> None:
    assert seen(case(read("06-02 12:00", ACCEPTED)), "06-01 09:00").phase is Reason.MOVING


def test_a_number_of_another_return_is_refused_without_being_named() -> None:
    with pytest.raises(ValueError, match="no label of this return") as refused:
        seen(case(), "06-02 12:00", "0034123")
    assert "0034123" not in str(refused.value)


def at_night(signals, type_: str) -> datetime:
    (found,) = [signal for signal in signals if signal.type == type_]
    return found.at


def test_a_trace_is_recommended_by_the_clock_and_not_by_the_next_read() -> None:
    parcel = watched(ACCEPTED).run("06-09 00:00")
    assert at_night(parcel.signals, "trace_recommended") == when("06-08 00:00")
    assert "06-08 00:00" not in parcel.times("06-07 00:00")


def test_a_closing_window_and_a_closed_one_are_told_by_the_clock() -> None:
    parcel = watched(ACCEPTED).run("09-01 00:00")
    assert at_night(parcel.signals, "claim_closing_soon") == when("07-28 00:00")
    assert at_night(parcel.signals, "claim_closed") == when("08-01 00:00")


def test_a_purge_is_told_although_the_label_is_read_no_more() -> None:
    parcel = watched(ACCEPTED).run("10-01 00:00")
    assert at_night(parcel.signals, "evidence_purge_near") == when("08-16 00:00")
    assert parcel.made[-1][0] < when("08-01 00:00")


def test_a_label_s_expiry_is_reminded_of_by_the_clock() -> None:
    parcel = watched()
    parcel.case = ReturnCase(rma="RMA-1", labels=(label(expires_on=date(2026, 6, 20)),))
    parcel.observe(None)
    days = next(rule.value.warn_days_before for rule in DE.rules if rule.subject == "label_expiring")
    parcel.run("06-20 12:00")
    assert at_night(parcel.signals, "label_expiring") == when("06-20 00:00") - timedelta(days=days)


def test_a_refund_that_falls_due_is_told_with_the_delivery() -> None:
    parcel = watched(ACCEPTED, delivered("06-03 10:00"), refunded=False).run("06-04 00:00")
    assert at_night(parcel.signals, "refund_due") == at_night(parcel.signals, "delivered")


def test_a_parcel_that_arrived_waits_for_no_date() -> None:
    """No claim of its loss opens or closes any more, and nobody need search for it."""
    arrived = case(RefundIssued(rma="RMA-1", at=when("06-01 14:30")), read("06-03 12:00", ACCEPTED, delivered("06-03 10:00")))
    on_its_way = case(RefundIssued(rma="RMA-1", at=when("06-01 14:30")), read("06-03 12:00", ACCEPTED))
    assert seen(arrived, "06-03 12:00").wake_at is None
    assert seen(on_its_way, "06-03 12:00").wake_at == when("06-08 00:00")


STORY = st.lists(st.tuples(st.integers(0, 60 * 24 * 30), st.sampled_from(list(Kind))), max_size=5)


@given(story=STORY, hours=st.integers(1, 24 * 100), refunded=st.booleans(), expires=st.none() | st.integers(5, 60))
@settings(max_examples=150, deadline=None)
def test_between_two_wakings_the_clock_tells_nothing(story, hours: int, refunded: bool, expires: int | None) -> None:
    """Fold whenever woken, and whenever else: the same signals at the same time, so no other moment needs a fold."""
    events = sorted((event(kind, when("06-01 09:00") + minutes * MINUTE) for minutes, kind in story), key=lambda one: one.instant)
    known = max([when("06-02 09:00"), *(one.instant + MINUTE for one in events)])
    parcel = ReturnCase(rma="RMA-1", labels=(label(expires_on=date(2026, 6, 1) + timedelta(days=expires) if expires else None),))
    learned = [read(known.isoformat(), *events)] if events else [not_found(known.isoformat())]
    if refunded:
        learned = [RefundIssued(rma="RMA-1", at=when("06-01 14:30")), *learned]
    for one in learned:
        parcel, _ = fold(parcel, one, DE, one.observed_at)
    end, at, told = known + timedelta(hours=hours), known, {}
    while True:
        looking = outlook_of(parcel, DE, NUMBER, at=at, watched_at=known)
        if looking.wake_at is None or looking.wake_at > end:
            break
        assert looking.wake_at > at
        at = looking.wake_at
        parcel, signals = fold(parcel, None, DE, at)
        told |= {signal.id: signal.at for signal in signals}
    _, late = fold(parcel, None, DE, end)
    assert not late
    assert set(told) <= {signal.id for signal in signals_of(parcel, DE, until=end)} | set(told)


@given(asked=st.lists(st.integers(0, 60 * 24 * 70), max_size=12, unique=True), gone=st.booleans())
@settings(max_examples=60, deadline=None)
def test_an_answer_that_is_quiet_needs_no_fold(asked: list[int], gone: bool) -> None:
    """Where an outlook says that the same answer tells nothing, folding it tells nothing."""
    start = when("06-02 09:00")
    parcel, _ = fold(ReturnCase(rma="RMA-1", labels=(label(),)), read("06-02 09:00", ACCEPTED), DE, start)
    looking = outlook_of(parcel, DE, NUMBER, at=start, watched_at=start)
    for minutes in sorted(asked):
        at = start + (minutes + 1) * MINUTE
        quiet = looking.quiet(at)
        again = failed(at.isoformat(), ReadFailure.FAILED) if gone else read(at.isoformat(), ACCEPTED)
        parcel, signals = fold(parcel, again, DE, at)
        assert not (quiet and signals)
        if not quiet:
            looking = outlook_of(parcel, DE, NUMBER, at=at, watched_at=start, before=looking)


def test_a_date_that_begins_later_in_another_zone_is_waited_for_there_too() -> None:
    """A rule that counts by Los Angeles' midnights beside one that counts by Berlin's: each midnight is one to look at."""
    rules = [rule.model_copy(update={"zone": "America/Los_Angeles"}) for rule in DE.rules if rule.subject == "trace"]
    policy = DE.overridden_by(rules)
    parcel = case(read("06-02 12:00", ACCEPTED))
    (standing,) = standings(parcel, policy, at=when("06-08 00:00"))
    assert next_date(standing) == when("2026-06-08T07:00+00:00")


def test_after_an_answer_settled_nothing_an_open_verdict_keeps_its_beginning() -> None:
    """A change of the rules moved the opening to before a usable answer: open since that was found, until a later answer."""
    parcel = case(read("06-02 12:00", ACCEPTED), read("06-20 12:00", ACCEPTED))
    sooner = [
        rule.model_copy(update={"value": rule.value.model_copy(update={"wait_full_days": 10}), "valid_from": date(2026, 6, 21)})
        for rule in DE.rules
        if rule.subject == "claim_open" and rule.value.wait_full_days == 20
    ]
    policy = DE.overridden_by(sooner)
    first = seen(parcel, "06-21 00:00", policy=policy)
    assert (first.phase, first.since) == (Reason.INDETERMINATE, when("06-21 00:00"))
    assert seen(parcel, "06-21 03:00", policy=policy, before=first).since == when("06-21 00:00")


def test_a_policy_without_an_opening_forces_no_reads() -> None:
    none = DE.overridden_by([])
    bare = type(none)(
        none.id, none.title, none.market, none.programme, none.zone,
        tuple(rule for rule in none.rules if rule.subject != "claim_open"),
    )  # fmt: skip
    looking = seen(case(read("06-02 12:00", ACCEPTED)), "06-02 12:00", policy=bare)
    assert looking.opens_at is None
    assert looking.until == when("08-01 00:00")


def test_what_is_planned_ahead_is_kept_in_utc() -> None:
    looking = seen(case(read("06-02 12:00", ACCEPTED)), "06-02 12:00", policy=OWN_SHOP)
    moments = [looking.since, looking.issued_at, looking.watched_at, looking.moved_at, looking.until, looking.wake_at]
    assert {moment.tzinfo for moment in moments if moment} == {UTC}


def test_a_claim_that_is_filed_elsewhere_leaves_the_way_watched() -> None:
    filed = ClaimFiled(rma="RMA-1", at=when("06-23 12:00"), route="AMAZON")
    looking = seen(case(read("06-22 00:05", ACCEPTED), filed), "06-23 12:00")
    assert looking.phase is Reason.LOST
    assert looking.closes_on is None
    assert looking.until == when("08-01 00:00")
