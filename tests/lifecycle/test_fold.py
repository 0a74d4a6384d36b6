"""Folding: a case grows by one observation at a time, and tells each thing once."""

import copy
import pickle
from dataclasses import replace
from datetime import date
from itertools import permutations

import pytest

from retoure.lifecycle import (
    SIGNAL,
    ClaimFiled,
    Flag,
    LabelVoided,
    Quarantine,
    ReturnCase,
    SameRead,
    State,
    WarehouseReceipt,
    assess,
    fold,
    signals_of,
)
from retoure.model import Kind, LabelSource, Place
from retoure.programmes import NeverScannedRule, OpeningRule, RetentionRule, load_policy
from tests.lifecycle.builders import (
    ACCEPTED,
    ANNOUNCED,
    MERCHANT,
    MUNICH,
    NUMBER,
    REFUND,
    case,
    delivered,
    event,
    failed,
    hub,
    label,
    not_found,
    read,
    when,
)
from tests.lifecycle.folds import empty, folded, folded_when_named, only, told, types

SCANNED, SILENT = read("06-01 15:00", ACCEPTED), read("06-22 08:00", ACCEPTED)


def test_a_lost_parcel_tells_its_story_once():
    again = read("06-23 08:00", ACCEPTED)
    signals = told(
        REFUND, read("06-01 10:00", ANNOUNCED), SCANNED, read("06-08 12:00", ACCEPTED), SILENT, again, until="08-02 00:00"
    )
    assert types(signals) == [
        "first_scan", "trace_recommended", "lost_presumed", "claim_opening", "claim_closed",
    ]  # fmt: skip


def test_story_7_a_backfilled_pickup_revises_the_first_scan_once_and_charges_nothing_more():
    first = read("06-04 12:00", delivered("06-04 11:00"))
    signals = told(REFUND, first, read("06-05 12:00", event(Kind.PICKED_UP, "06-03 16:00"), delivered("06-04 11:00")))
    assert types(signals) == ["first_scan", "delivered", "first_scan_revised"]
    revised = signals[-1]
    assert (revised.old.instant, revised.new.instant) == (when("06-04 11:00"), when("06-03 16:00"))
    assert revised.reason == "earlier_event"


def test_story_8_the_read_that_moves_the_opening_to_the_past_presumes_the_loss_itself():
    hub_scan = hub("06-03 04:00")
    signals = told(REFUND, read("06-03 12:00", hub_scan), read("06-23 08:00", ACCEPTED, hub_scan))
    assert {"first_scan_revised", "lost_presumed"} <= set(types(signals))
    assert only(signals, "lost_presumed").at == when("06-23 08:00")


def test_story_11_a_corrected_zone_revises_the_first_scan_as_such():
    scan = event(Kind.HUB_SCAN, "06-01 14:10", code="H")
    later = read("06-02 12:00", event(Kind.HUB_SCAN, "06-01 15:10", code="H"))
    revised = only(told(read("06-01 16:00", scan), later), "first_scan_revised")
    assert revised.reason == "corrected_time"


def test_story_14_an_unknown_code_is_told_once_with_code_and_text():
    strange = event(Kind.UNKNOWN, "06-02 10:00", code="ZZ9", text="Sendung im Zwielicht")
    signals = told(read("06-02 12:00", ANNOUNCED, strange), read("06-03 12:00", ANNOUNCED, strange, hub("06-03 04:00")))
    found = only(signals, "unmapped_code")
    assert (found.carrier, found.code, found.text) == ("dhl_paket", "ZZ9", "Sendung im Zwielicht")
    assert found.policy == "amazon_aprl_de"


def test_story_25_the_same_answer_fifty_times_tells_nothing_new_and_is_written_short():
    reads = [read(f"06-02 {12 + number // 60}:{number % 60:02d}", ACCEPTED) for number in range(50)]
    grown, signals = folded(empty(), *reads)
    assert types(signals) == ["first_scan"]
    assert [type(one) for one in grown.observations] == [type(reads[0])] + [SameRead] * 49
    assert grown == ReturnCase(rma="RMA-1", labels=grown.labels, observations=tuple(reads))
    assert assess(grown, at=when("06-22 08:00")).last_read == reads[-1].report.read_at


def test_story_26_a_code_mapped_better_later_tells_the_first_scan_then():
    before = event(Kind.UNKNOWN, "06-02 10:00", code="QX")
    signals = told(read("06-02 12:00", before), read("06-03 12:00", event(Kind.HUB_SCAN, "06-02 10:00", code="QX")))
    assert types(signals) == ["unmapped_code", "first_scan"]


def test_a_first_scan_whose_code_turns_out_to_be_none_is_revised_and_not_taken_back():
    signals = told(
        read("06-02 12:00", hub("06-02 10:00", code="QX")), read("06-03 12:00", event(Kind.INFO, "06-02 10:00", code="QX"))
    )
    revised = only(signals, "first_scan_revised")
    assert (revised.new, revised.reason) == (None, "no_longer_a_scan")


def test_stories_27_and_31_rows_of_another_parcel_are_told_with_the_reason():
    old = read("06-01 09:00", event(Kind.DELIVERED, "2024-10-20 12:00"))
    elsewhere = read("06-02 09:00", ACCEPTED, destination=Place(country="AT", postal_code="1010"))
    assert [signal.reason for signal in told(old, elsewhere)] == [Quarantine.NUMBER_REUSE, Quarantine.WRONG_SHIPMENT]


def test_story_51_a_delivery_before_the_first_read_since_the_opening_is_told_and_no_loss():
    signals = told(REFUND, SCANNED, read("06-22 00:05", ACCEPTED, delivered("06-22 00:01")))
    assert types(signals) == ["first_scan", "delivered"]


@pytest.mark.parametrize(("at", "kind"), [("06-22 00:01", "FOUND_AFTER_DEADLINE"), ("06-20 10:00", "LATE_DATA")])
def test_stories_52_and_53_a_recovery_follows_the_loss_that_stands(at, kind):
    signals = told(REFUND, SCANNED, read("06-22 00:00:30", ACCEPTED), read("06-24 08:00", ACCEPTED, delivered(at)))
    assert [one for one in types(signals) if one in ("lost_presumed", "recovered", "delivered")] == ["lost_presumed", "recovered"]
    assert only(signals, "recovered").recovery_kind == kind


def test_story_58_a_parcel_that_waits_is_told_before_it_counts_as_lost():
    waiting = event(Kind.READY_FOR_COLLECTION, "06-10 10:00")
    signals = told(REFUND, read("06-10 12:00", ACCEPTED, waiting), read("06-22 08:00", ACCEPTED, waiting))
    assert types(signals).index("ready_for_collection") < types(signals).index("lost_presumed")
    assert Flag.READY_FOR_COLLECTION in only(signals, "lost_presumed").flags


@pytest.mark.parametrize(("source", "told_now"), [("OWN_CONTRACT", True), ("AMAZON_NEGOTIATED", False)])
def test_story_75_the_carriers_own_declaration_is_told_and_opens_the_claim_against_it_alone(source, told_now):
    declared = event(Kind.LOST_BY_CARRIER, "06-10 10:00")
    story = REFUND, SCANNED, read("06-10 12:00", ACCEPTED, declared)
    signals = told(*story, label_source=source)
    assert "lost_by_carrier" in types(signals)
    assert ("claim_opening" in types(signals)) is told_now
    later = told(*story, read("06-22 08:00", ACCEPTED, declared), label_source=source)
    assert types(later).count("claim_opening") == 1
    assert "lost_presumed" in types(later)


def test_stories_54_and_61_the_ends_that_are_no_delivery_are_told():
    back = told(SCANNED, read("06-05 12:00", ACCEPTED, delivered("06-05 10:00", place=MUNICH)))
    assert types(back) == ["first_scan", "back_at_customer"]
    gone = told(SCANNED, read("06-05 12:00", ACCEPTED, event(Kind.DISPOSED, "06-05 10:00")))
    assert types(gone) == ["first_scan", "disposed", "claim_opening"]


def test_a_damage_is_told_as_a_claim_with_the_delivery():
    signals = told(REFUND, read("06-04 12:00", ACCEPTED, event(Kind.DAMAGED, "06-03 10:00"), delivered("06-04 10:00")))
    opening = only(signals, "claim_opening")
    assert (opening.claim_case, str(opening.opens_on), opening.recommended_file_from) == (
        "DAMAGED_IN_RETURN_TRANSIT", "2026-06-04", None,
    )  # fmt: skip


def test_a_claim_that_was_filed_is_not_told_of_again():
    filed = ClaimFiled(rma="RMA-1", at=when("06-22 09:00"), route="AMAZON")
    signals = told(REFUND, SCANNED, SILENT, filed, until="08-02 00:00")
    assert not {"claim_closing_soon", "claim_closed"} & set(types(signals))


def test_story_82_a_scan_after_the_voiding_is_charged_and_says_so():
    voided = LabelVoided(rma="RMA-1", at=when("06-02 10:00"))
    scan = only(told(voided, read("06-05 12:00", hub("06-05 10:00"))), "first_scan")
    assert Flag.SCANNED_AFTER_VOID in scan.flags


def test_story_84_two_labels_that_were_scanned_are_told_as_a_finding_and_charged_each():
    second = label(number="SECOND")
    two = ReturnCase(rma="RMA-1", labels=(label(), second))
    _, signals = folded(two, SCANNED, read("06-03 12:00", ACCEPTED, number="SECOND"))
    assert [signal.number for signal in signals if signal.type == "first_scan"] == [NUMBER, "SECOND"]
    assert only(signals, "duplicate_label").numbers == (NUMBER, "SECOND")


def test_story_85_a_label_that_went_astray_is_never_scanned_and_never_charged():
    two = ReturnCase(rma="RMA-1", labels=(label(superseded=True), label(number="SECOND")))
    _, signals = folded(two, read("06-03 12:00", ACCEPTED, number="SECOND"), not_found("07-02 12:00"))
    assert [(signal.type, signal.number) for signal in signals if signal.type in ("first_scan", "never_scanned")] == [
        ("first_scan", "SECOND"), ("never_scanned", NUMBER),
    ]  # fmt: skip


def test_a_label_that_went_astray_and_is_scanned_after_all_is_an_orphan():
    signals = told(SCANNED, superseded=True)
    assert types(signals) == ["first_scan", "orphan_scanned"]


def test_story_86_a_first_scan_revised_three_times_is_charged_once():
    scans = [event(Kind.HUB_SCAN, f"06-0{day} 04:00", code=f"H{day}") for day in (5, 4, 3, 2)]
    signals = told(*(read(f"06-{6 + number:02d} 12:00", *reversed(scans[: number + 1])) for number in range(4)))
    assert [one for one in types(signals) if one.startswith("first")] == ["first_scan"] + ["first_scan_revised"] * 3
    assert len({signal.id for signal in signals}) == len(signals)


@pytest.mark.parametrize("stored", [False, True])
def test_story_86_a_scan_after_the_first_one_turned_out_to_be_none_revises_it_and_is_charged_once(stored):
    scan, none = (event(kind, "06-02 10:00", code="X") for kind in (Kind.HUB_SCAN, Kind.INFO))
    case, signals = empty(superseded=True), []
    for one in (
        read("06-02 12:00", scan), read("06-03 12:00", none), read("06-03 18:00", none),
        read("06-04 12:00", none, hub("06-04 10:00", code="Y")),
    ):  # fmt: skip
        case, told_now = fold(case, one, "amazon_aprl_de", one.observed_at)
        signals += told_now
        case = ReturnCase.model_validate_json(case.model_dump_json()) if stored else case
    assert types(signals) == ["first_scan", "orphan_scanned", "first_scan_revised", "first_scan_revised"]
    gone, back = signals[2:]
    assert (gone.old.raw_code, gone.new, gone.reason) == ("X", None, "no_longer_a_scan")
    assert (back.old, back.new.raw_code, back.reason) == (None, "Y", "another_scan")
    assert [one.id for one in signals_of(case)] == [one.id for one in signals]


def test_another_row_that_is_set_aside_is_another_fact():
    came_true, other = hub("06-10 10:00", code="F"), hub("06-20 10:00", code="G")
    beside = hub("06-20 12:00", code="H")
    signals = told(
        read("06-02 12:00", came_true), read("06-03 12:00", came_true), read("06-11 12:00", came_true),
        read("06-12 12:00", came_true, other, beside), read("06-13 12:00", came_true, beside, other),
    )  # fmt: skip
    aside = [(one.reason, one.code, one.instant) for one in signals if one.type == "quarantined"]
    assert aside == [("FUTURE", "F", came_true.instant), ("FUTURE", "G", other.instant)]
    assert len({one.id for one in signals}) == len(signals)


def test_a_never_scanned_label_that_is_scanned_after_all_lives_again():
    signals = told(not_found("07-01 12:00"), read("07-05 12:00", hub("07-05 04:00")))
    assert types(signals) == ["never_scanned", "first_scan"]


def test_what_the_warehouse_has_is_delivered_and_the_refund_is_due():
    receipt = WarehouseReceipt(rma="RMA-1", at=when("06-05 10:00"))
    signals = told(SCANNED, receipt)
    assert only(signals, "refund_due").due_on.isoformat() == "2026-06-09"  # a Friday, two business days
    assert only(signals, "delivered").delivered_at == when("06-05 10:00")


def test_a_label_that_nobody_used_is_about_to_expire():
    signals = told(not_found("06-07 12:00"), expires_on=when("06-10").date())
    assert only(signals, "label_expiring").expires_on.isoformat() == "2026-06-10"
    assert told(not_found("06-06 12:00"), expires_on=when("06-10").date()) == []


def test_the_evidence_of_an_open_claim_is_about_to_be_deleted():
    signals = told(REFUND, SCANNED, SILENT, until="08-16 12:00")
    assert only(signals, "evidence_purge_near").purged_from.isoformat() == "2026-08-30"


def test_a_window_about_to_close_is_told_three_days_ahead():
    signals = told(REFUND, SCANNED, SILENT, until="07-28 00:00")
    closing = only(signals, "claim_closing_soon")
    assert (closing.closes_on.isoformat(), closing.recommended_file_by.isoformat()) == ("2026-07-31", "2026-07-30")
    assert "claim_closing_soon" not in types(told(REFUND, SCANNED, SILENT, until="07-27 23:59"))


def test_time_alone_tells_what_is_due():
    grown, _ = folded(empty(), SCANNED)
    same, signals = fold(grown, None, "amazon_aprl_de", when("06-08 00:00"))
    assert types(signals) == ["trace_recommended"]
    assert same == grown


def test_a_quiet_read_on_the_day_something_is_due_tells_it():
    assert types(told(SCANNED, read("06-07 23:59", ACCEPTED), read("06-08 00:00", ACCEPTED)))[-1] == "trace_recommended"


def test_a_log_tells_the_same_when_it_is_folded_from_json():
    reads = [REFUND, SCANNED, read("06-08 12:00", ACCEPTED), SILENT, read("06-30 08:00", ACCEPTED, delivered("06-29 10:00"))]
    kept, signals = folded(empty(), *reads)
    resumed, again = empty(), []
    for one in reads:
        resumed = ReturnCase.model_validate_json(resumed.model_dump_json())
        resumed, told_now = fold(resumed, one, "amazon_aprl_de", one.observed_at)
        again += told_now
    assert resumed == kept
    assert [signal.id for signal in again] == [signal.id for signal in signals]
    assert list(signals_of(resumed)) == signals


def test_the_same_case_folded_twice_tells_the_same_twice():
    grown, _ = folded(empty(), SCANNED)
    twin = grown.model_copy()
    for one in (grown, grown, twin):
        assert types(fold(one, None, "amazon_aprl_de", when("06-08 00:00"))[1]) == ["trace_recommended"]
    for one in (grown, grown, twin):
        assert "lost_presumed" in types(fold(one, SILENT, "amazon_aprl_de", SILENT.observed_at)[1])


def test_an_older_case_can_be_folded_again():
    base, _ = folded(empty(), SCANNED)
    one, _ = fold(base, SILENT, "amazon_aprl_de", SILENT.observed_at)
    other, _ = fold(base, read("06-03 12:00", ACCEPTED, delivered("06-03 10:00")), "amazon_aprl_de", when("06-03 12:00"))
    assert assess(one, at=when("06-22 08:00")).state is State.LOST_PRESUMED
    assert assess(other, at=when("06-22 08:00")).state is State.DELIVERED
    assert len(base.observations) == 1


def test_a_case_can_be_copied_and_pickled_after_folding():
    grown, _ = folded(empty(), SCANNED)
    for twin in (copy.deepcopy(grown), pickle.loads(pickle.dumps(grown)), grown.model_copy()):
        after, signals = fold(twin, SILENT, "amazon_aprl_de", SILENT.observed_at)
        assert twin == grown
        assert "lost_presumed" in types(signals)
        assert assess(after, at=when("06-22 08:00")).state is State.LOST_PRESUMED


def test_a_copy_with_another_label_never_has_its_originals_verdict_wherever_it_comes_to_lie():
    unknown = (label(label_source=LabelSource.UNKNOWN),)
    for _ in range(200):
        one, _ = folded(empty(), SCANNED)
        one = one.model_copy()  # lets go of the original, so that the next copy may lie where it lay
        one = one.model_copy(update={"labels": unknown})
        assert assess(one, at=SCANNED.observed_at).label_source is LabelSource.UNKNOWN


def test_a_quiet_observation_is_in_the_verdict_of_the_same_moment():
    now = when("06-28 12:00")
    grown, _ = folded(empty(), SCANNED, read("06-24 10:00", ACCEPTED), now=now)
    for quiet in (read("06-25 10:00", ACCEPTED), failed("06-26 11:00")):
        assess(grown, at=now)
        grown, _ = fold(grown, quiet, "amazon_aprl_de", now)
        assert assess(grown, at=now) == assess(ReturnCase.model_validate_json(grown.model_dump_json()), at=now)


def test_an_observation_of_another_return_is_refused_and_changes_nothing():
    grown, _ = folded(empty(), SCANNED)
    with pytest.raises(ValueError, match="no label of this case"):
        fold(grown, read("06-02 12:00", ACCEPTED, number="OTHER"), "amazon_aprl_de", when("06-02 12:00"))
    assert "lost_presumed" in types(fold(grown, SILENT, "amazon_aprl_de", SILENT.observed_at)[1])


def test_a_short_read_without_the_read_that_it_repeats_is_refused():
    short = SameRead(number=NUMBER, read_at=when("06-02"), digest="d", observed_at=when("06-02"))
    with pytest.raises(ValueError, match="must follow the read"):
        fold(empty(), short, "amazon_aprl_de", when("06-02"))
    with pytest.raises(ValueError, match="must follow the read"):
        ReturnCase(labels=(label(),), observations=(short,))


LOG = folded(empty(), SCANNED, SILENT, read("06-23 08:00", ACCEPTED, delivered("06-22 12:00", place=MERCHANT)))[0]


@pytest.mark.parametrize("order", list(permutations(LOG.observations)))
def test_a_cases_own_log_given_in_any_order_is_that_case(order):
    assert ReturnCase(rma="RMA-1", labels=LOG.labels, observations=order) == LOG
    assert folded_when_named(empty(), order) == LOG


def test_a_short_read_is_what_it_names_though_the_read_that_it_follows_is_another():
    answers = [ACCEPTED], [ACCEPTED, hub("06-02 04:00")], [ACCEPTED], [ACCEPTED]
    story = [read(f"06-0{2 + day} 12:00", *rows) for day, rows in enumerate(answers)]
    whole = case(*story)
    one, other, _, short = whole.observations[1:]
    assert isinstance(short, SameRead)
    without, _ = folded(case(), one, other, short)
    assert without == case(*story[:2], story[3])


def test_a_log_that_was_written_without_names_still_loads_in_its_order_and_in_no_other():
    before = [one.model_copy(update={"repeats": ""}) if isinstance(one, SameRead) else one for one in LOG.observations]
    assert [one.repeats for one in before if isinstance(one, SameRead)] == [""]
    assert ReturnCase(rma="RMA-1", labels=LOG.labels, observations=tuple(before)) == LOG
    assert folded(empty(), *before)[0] == LOG
    with pytest.raises(ValueError, match="must follow the read"):
        ReturnCase(rma="RMA-1", labels=LOG.labels, observations=(before[0], before[2], before[1]))
    with pytest.raises(ValueError, match="must follow the read"):
        folded(empty(), before[0], before[2], before[1])


def test_of_signals_with_one_id_the_first_is_told():
    told_twice = [
        read("06-02 12:00", hub("06-02 10:00", code="QX")),
        read("06-03 12:00", event(Kind.INFO, "06-02 10:00", code="QX")),
    ]
    again = read("06-04 12:00", hub("06-02 10:00", code="QX"))
    grown, _ = folded(empty(), *told_twice, again)
    assert only(signals_of(grown), "first_scan").at == when("06-02 12:00")


def test_two_answers_of_one_moment_before_their_number_is_named_are_folded_as_the_case_holds_them():
    naming = read("06-04 08:00", ACCEPTED)
    naming = naming.model_copy(update={"report": replace(naming.report, successor="JJD999")})
    second = failed("06-03 08:00", number="JJD999")
    worded = second.model_copy(update={"failure": replace(second.failure, message="closed")})
    for other in (not_found("06-03 08:00", "JJD999"), worded):
        grown, _ = folded(empty(), naming, second, other)
        assert len(grown.observations) == 3
        assert "relabelled" in types(signals_of(grown))


def test_a_clock_that_runs_behind_counts_as_the_moment_of_learning():
    _, signals = folded(empty(), SCANNED, SILENT, now=when("06-01 00:00"))
    assert only(signals, "lost_presumed").at == SILENT.observed_at
    with pytest.raises(ValueError, match="time zone"):
        fold(empty(), SCANNED, "amazon_aprl_de", when("06-01").replace(tzinfo=None))


def test_a_loss_that_an_answer_learned_late_disproves_is_followed_by_a_recovery():
    late = read("06-20 12:00", ACCEPTED, delivered("06-20 10:00"))
    grown, signals = folded(empty(), SCANNED, SILENT, late, now=when("06-23 00:00"))
    verdicts = [one for one in types(signals) if one in ("lost_presumed", "recovered", "delivered", "verdict_revised")]
    assert verdicts == ["lost_presumed", "recovered", "delivered"]
    assert grown == case(SCANNED, late, SILENT).model_copy(update={"observations": grown.observations})
    assert assess(grown, at=when("06-23 00:00")).state is State.DELIVERED


def test_an_answer_learned_late_that_moves_the_opening_revises_the_verdict():
    corrected = read("06-21 12:00", event(Kind.DROPPED_OFF, "06-02 00:10", code=ACCEPTED.raw_code))
    silent = read("06-22 08:00", event(Kind.DROPPED_OFF, "06-01 14:10", code=ACCEPTED.raw_code))
    later = read("06-22 09:00", event(Kind.DROPPED_OFF, "06-02 00:10", code=ACCEPTED.raw_code))
    _, signals = folded(empty(), SCANNED, silent, corrected, later, now=when("06-22 10:00"))
    assert only(signals, "verdict_revised").old is State.LOST_PRESUMED


def test_a_signal_survives_its_json():
    signals = told(REFUND, SCANNED, failed("06-03 12:00"), SILENT, read("06-30 08:00", ACCEPTED, delivered("06-29 10:00")))
    assert [SIGNAL.validate_json(signal.model_dump_json()) for signal in signals] == signals
    assert len({signal.id for signal in signals}) == len(signals)


def test_the_same_number_used_again_for_another_return_tells_under_other_ids():
    again = {"issued_at": when("2028-06-01 08:00")}
    (first,), (second,) = told(SCANNED), told(read("2028-06-01 15:00", event(Kind.DROPPED_OFF, "2028-06-01 14:10")), **again)
    assert first.id != second.id


def turned(day: date, kind: type, **values: int):
    """The German rules; from a day on those of one kind say something else."""
    german = load_policy("amazon_aprl_de")
    rules = []
    for rule in german.rules:
        if isinstance(rule, kind):
            value = rule.value.model_copy(update=values)
            rules.append(rule.model_copy(update={"id": f"{rule.id}.turned", "value": value, "valid_from": day}))
        rules.append(rule.model_copy(update={"valid_until": day}) if isinstance(rule, kind) else rule)
    return replace(german, rules=tuple(rules))


FOUND = [
    (None, "06-26 08:00"), (None, "06-29 08:00"), (failed("06-26 00:30"), "06-26 00:30"), (failed("06-29 07:00"), "06-29 08:00"),
    (failed("06-25 23:00"), "06-29 08:00"), (failed("06-22 09:00"), "06-29 08:00"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("policy", "answer", "told"),
    [
        (turned(date(2026, 6, 26), NeverScannedRule, wait_days=20), read("06-25 12:00", ANNOUNCED), "never_scanned"),
        (turned(date(2026, 6, 26), OpeningRule, wait_full_days=40), read("06-22 12:00", ACCEPTED), "verdict_revised"),
    ],
    ids=["sooner", "later"],
)
def test_what_changes_as_the_rules_turn_has_one_id_whenever_and_with_whatever_it_is_found(policy, answer, told):
    german = load_policy("amazon_aprl_de")
    ends = next(rule for rule in german.rules if isinstance(rule, RetentionRule)).model_copy(
        update={"valid_until": date(2026, 6, 28)}
    )
    policy = replace(policy, rules=(*policy.rules, ends))
    case, _ = folded(empty(), answer, policy=policy)
    stored = case.model_dump_json()
    found = [fold(ReturnCase.model_validate_json(stored), again, policy, when(at))[1] for again, at in FOUND]
    assert len({only(signals, told).id for signals in found}) == 1


def test_a_record_that_begins_to_hold_makes_nothing_lost_before_the_next_answer():
    policy = turned(date(2026, 6, 15), OpeningRule, wait_full_days=5)
    silent = read("06-10 12:00", ACCEPTED)
    case, _ = folded(empty(), silent, policy=policy)
    assert assess(case, policy, at=when("06-16 12:00")).state is State.INDETERMINATE
    case, signals = fold(case, None, policy, when("06-16 12:00"))
    assert "lost_presumed" not in types(signals)
    there = read("06-17 12:00", ACCEPTED, delivered("06-17 10:00"))
    arrived, signals = fold(case.model_copy(), there, policy, when("06-17 12:00"))
    assert types(signals) == ["delivered", "refund_due"]
    assert assess(arrived, policy, at=when("06-17 12:00")).state is State.DELIVERED
    lost, signals = fold(case, read("06-17 12:00", ACCEPTED), policy, when("06-17 12:00"))
    assert only(signals, "lost_presumed").id == only(signals_of(lost, policy), "lost_presumed").id


def test_a_first_scan_that_moves_to_and_fro_is_told_every_time_under_an_id_of_its_own():
    hours = [read(f"06-02 0{hour}:00", event(Kind.DROPPED_OFF, f"06-01 {14 + hour % 2}:10", code="ES")) for hour in range(1, 7)]
    signals = [one for one in told(*hours) if one.type == "first_scan_revised"]
    assert len({one.id for one in signals}) == len(signals) == 5


def test_waiting_for_collection_again_is_told_again_under_an_id_of_its_own():
    waits = event(Kind.READY_FOR_COLLECTION, "06-09 10:00")
    out, earlier = (event(Kind.OUT_FOR_DELIVERY, at, code="out") for at in ("06-09 12:00", "06-09 08:00"))
    story = (
        read("06-09 11:00", ACCEPTED, waits),
        read("06-09 13:00", ACCEPTED, waits, out),
        read("06-09 14:00", ACCEPTED, earlier, waits),
    )
    signals = [one for one in told(*story, until="06-10 12:00") if one.type == "ready_for_collection"]
    assert len({one.id for one in signals}) == len(signals) == 2
