"""A return told from its beginning."""

from datetime import datetime

import pytest

from retoure.lifecycle import Assessment, ClaimFiled, ReturnCase, Timeline, Told, timeline
from retoure.model import Kind, Place
from tests.lifecycle.builders import (
    ACCEPTED,
    ANNOUNCED,
    BERLIN,
    NUMBER,
    REFUND,
    case,
    delivered,
    event,
    failed,
    hub,
    label,
    read,
    when,
)
from tests.lifecycle.test_pushes import push

STORY = case(
    read("06-01 15:00", ANNOUNCED, ACCEPTED),
    failed("06-10 10:00"),
    push("06-11 10:00", hub("06-11 09:00")),
    read("06-22 08:00", ANNOUNCED, ACCEPTED, hub("06-02 04:00", place=Place(text="Paketzentrum Nord"))),
    read("06-22 20:00", ANNOUNCED, ACCEPTED, hub("06-02 04:00", place=Place(text="Paketzentrum Nord"))),
    ClaimFiled(rma="RMA-1", at=when("06-24 10:00"), route="AMAZON"),
)


def lines(told: Timeline, what: Told) -> list[str]:
    return [moment.text for moment in told.moments if moment.what is what]


def test_events_scans_facts_signals_window_and_verdict_stand_in_one_order():
    told = timeline(STORY, at=when("06-25 10:00"))
    assert [moment.at for moment in told.moments] == sorted(moment.at for moment in told.moments)
    assert lines(told, Told.EVENT) == ["data received [code VA]"]
    assert lines(told, Told.SCAN)[0] == "dropped off [first scan; code ES/SHRCU/PCKST]"
    assert lines(told, Told.SCAN)[1].startswith("hub scan, Paketzentrum Nord")
    assert lines(told, Told.FACT) == ["refund issued", "claim filed"]
    assert lines(told, Told.SIGNAL) == ["first scan", "trace recommended", "lost presumed", "claim opening"]
    assert lines(told, Told.VERDICT) == ["LOST_PRESUMED (LOST_PRESUMED)"]
    assert "counts as lost unless a delivery is seen" in lines(told, Told.DATE)
    assert told.assessment.number == NUMBER


@pytest.mark.parametrize("at", ["2026-10-25T02:45", "2026-10-26T12:00"])
def test_a_story_of_the_hour_that_comes_twice_survives_its_json(at):
    moment = datetime.fromisoformat(at).replace(tzinfo=BERLIN, fold=1)
    scanned = event(Kind.DROPPED_OFF, "2026-10-25T01:30Z")
    told = timeline(case(read("2026-10-25T01:40Z", scanned), issued_at=when("10-24 08:00")), at=moment)
    assert Timeline.model_validate_json(told.model_dump_json()) == told
    assert Assessment.model_validate_json(told.assessment.model_dump_json()) == told.assessment


def test_every_asking_is_told_by_what_came_of_it():
    told = lines(timeline(STORY, at=when("06-25 10:00")), Told.READ)
    assert told == [
        "the carrier tells 2 events", "the carrier gives no history: failed", "the carrier sends a message: hub scan",
        "the carrier tells 3 events", "the carrier tells the same again",
    ]  # fmt: skip


def test_what_was_learned_later_is_not_told():
    told = timeline(STORY, at=when("06-02 00:00"))
    assert lines(told, Told.SIGNAL) == ["first scan"]
    assert len(lines(told, Told.READ)) == 1
    assert lines(told, Told.VERDICT) == ["IN_TRANSIT (ACCEPTED)"]


def test_a_row_of_an_older_parcel_is_told_as_not_used():
    told = timeline(case(read("06-02 12:00", delivered("2024-10-20 12:00"))), at=when("06-02 12:00"))
    assert "delivered: not used, number reuse" in lines(told, Told.EVENT)


def test_a_corrected_and_a_recalled_row_say_so():
    shifted = event(Kind.HUB_SCAN, "06-01 15:10", code="H")
    story = case(
        read("06-02 12:00", event(Kind.HUB_SCAN, "06-01 14:10", code="H")),
        read("06-03 12:00", shifted),
        read("06-04 12:00", ACCEPTED),
    )
    scans = lines(timeline(story, at=when("06-04 12:00")), Told.SCAN)
    assert any("told until then as 2026-06-01 14:10" in line and "taken back by the carrier" in line for line in scans)


def test_a_timeline_survives_its_json_and_refuses_a_naive_moment():
    told = timeline(STORY, at=when("06-25 10:00"))
    assert Timeline.model_validate_json(told.model_dump_json()) == told
    with pytest.raises(ValueError, match="time zone"):
        timeline(STORY, at=when("06-25 10:00").replace(tzinfo=None))


def test_of_several_labels_each_line_says_which():
    two = ReturnCase(rma="RMA-1", labels=(label(), label(number="SECOND")), observations=(REFUND, read("06-02 12:00", ACCEPTED)))
    told = timeline(two, at=when("06-02 12:00"))
    assert [moment.number for moment in told.moments if moment.what is Told.LABEL] == [NUMBER, "SECOND"]


def test_of_answers_that_say_the_same_those_are_told_that_show_something_and_the_last():
    same = [read(at, ACCEPTED) for at in ("06-10 12:00", "06-11 12:00", "06-22 08:00", "06-23 08:00", "06-23 09:00")]
    told = timeline(case(read("06-01 15:00", ACCEPTED), *same), at=when("06-23 10:00"))
    again = [moment.at for moment in told.moments if moment.text == "the carrier tells the same again"]
    assert {when("06-22 08:00"), when("06-23 09:00")} <= set(again)
    assert not {when("06-11 12:00"), when("06-23 08:00")} & set(again)
