"""Stories 103 to 106: several pieces, and numbers that succeed one another."""

import pytest

from retoure.lifecycle import Detail, Flag, Read, ReturnCase, State, assess, fold, signals_of
from retoure.model import Kind, Place, TrackingReport
from tests.lifecycle.builders import ACCEPTED, NUMBER, REFUND, delivered, event, hub, label, not_found, read, when
from tests.lifecycle.folds import folded, only, types

P1, P2 = "PIECE1", "PIECE2"
TWO = ReturnCase(rma="RMA-1", labels=(label(number=P1, shipment="S"), label(number=P2, shipment="S")))
THERE = read("06-04 12:00", ACCEPTED, delivered("06-04 11:00"), number=P1)
SCANNED_LATER = event(Kind.HUB_SCAN, "06-03 04:00")


def test_story_103_a_piece_that_stays_away_is_lost_by_its_own_clock():
    case = TWO.observed(REFUND, THERE, read("06-04 12:00", SCANNED_LATER, number=P2))
    found = assess(case, at=when("06-20 12:00"))
    assert (found.number, found.state, found.detail) == (P2, State.IN_TRANSIT, Detail.PARTIALLY_DELIVERED)
    assert (str(found.opens_on), found.shipment_first_scan.instant) == ("2026-06-24", when("06-01 14:10"))
    assert [(piece.number, piece.state) for piece in found.pieces] == [(P1, State.DELIVERED)]
    lost = assess(case.observed(read("06-24 08:00", SCANNED_LATER, number=P2)), at=when("06-24 08:00"))
    assert (lost.number, lost.state) == (P2, State.LOST_PRESUMED)
    assert [piece.state for piece in lost.pieces] == [State.DELIVERED]
    assert Flag.PARTIALLY_DELIVERED in lost.flags
    assert Flag.DUPLICATE_LABEL not in lost.flags


def test_story_103_the_loss_is_told_of_that_piece_alone():
    _, signals = folded(
        TWO, REFUND, read("06-04 12:00", SCANNED_LATER, number=P2), THERE, read("06-24 08:00", SCANNED_LATER, number=P2)
    )
    assert [(signal.type, signal.number) for signal in signals if signal.type in ("delivered", "lost_presumed")] == [
        ("delivered", P1), ("lost_presumed", P2),
    ]  # fmt: skip
    assert "duplicate_label" not in types(signals)


def test_story_104_a_piece_that_nobody_scanned_is_never_scanned_while_the_other_is_delivered():
    case = TWO.observed(THERE, not_found("06-05 12:00", number=P2))
    early = assess(case, at=when("06-05 12:00"))
    assert (early.number, early.state, early.detail) == (P2, State.IN_TRANSIT, Detail.PARTIALLY_DELIVERED)
    found = assess(case.observed(not_found("07-02 12:00", number=P2)), at=when("07-02 12:00"))
    assert (found.number, found.state) == (P2, State.NEVER_SCANNED)
    assert [(piece.number, piece.state) for piece in found.pieces] == [(P1, State.DELIVERED)]


def test_a_shipment_is_delivered_when_all_its_pieces_are():
    case = TWO.observed(THERE, read("06-05 12:00", SCANNED_LATER, delivered("06-05 11:00"), number=P2))
    found = assess(case, at=when("06-05 12:00"))
    assert (found.state, [piece.state for piece in found.pieces]) == (State.DELIVERED, [State.DELIVERED])
    assert Flag.PARTIALLY_DELIVERED not in found.flags


NEW = "00340434999"


def relabelled(asked: str, *events, successor: str = NEW) -> Read:
    report = read(asked, *events).report
    told = TrackingReport(report.number, report.carrier, report.events, report.read_at, report.digest, successor=successor)
    return Read(report=told)


ON_5_JUNE = relabelled("06-05 12:00", ACCEPTED, event(Kind.RELABELLED, "06-05 10:00"))


def test_story_105_a_successors_delivery_is_the_parcels():
    arrived = read("06-07 12:00", hub("06-06 04:00"), delivered("06-07 11:00"), number=NEW)
    case, signals = folded(ReturnCase(rma="RMA-1", labels=(label(),)), REFUND, ON_5_JUNE, arrived)
    assert [one.successor_of for one in case.labels] == ["", NUMBER]
    found = assess(case, at=when("06-07 12:00"))
    assert (found.number, found.state, found.first_scan.instant) == (NUMBER, State.DELIVERED, when("06-01 14:10"))
    assert types(signals) == ["first_scan", "relabelled", "delivered"]
    assert only(signals, "relabelled").successor == NEW


def test_a_relabelled_parcel_is_lost_only_by_an_answer_for_its_last_number():
    base = ReturnCase(rma="RMA-1", labels=(label(),), observations=(REFUND, ON_5_JUNE))
    old = base.observed(relabelled("06-22 08:00", ACCEPTED, event(Kind.RELABELLED, "06-05 10:00")))
    assert assess(old, at=when("06-22 08:00")).state is State.INDETERMINATE
    asked = old.observed(read("06-22 08:01", event(Kind.DATA_RECEIVED, "06-05 10:05"), number=NEW))
    assert assess(asked, at=when("06-22 09:00")).state is State.LOST_PRESUMED
    purged = old.observed(not_found("06-22 08:01", number=NEW))
    assert assess(purged, at=when("06-22 09:00")).state is State.INDETERMINATE


def test_before_the_link_was_learned_the_first_number_alone_decided():
    silent = read("06-22 08:00", ACCEPTED)
    linked = relabelled("06-24 12:00", ACCEPTED, event(Kind.RELABELLED, "06-23 10:00"))
    case, signals = folded(ReturnCase(rma="RMA-1", labels=(label(),)), REFUND, read("06-01 15:00", ACCEPTED), silent, linked)
    assert assess(case, at=when("06-22 08:00")).state is State.LOST_PRESUMED
    assert Flag.RELABELLED not in assess(case, at=when("06-22 08:00")).flags
    assert [signal.id for signal in signals_of(case)] == [signal.id for signal in signals]


def test_a_successor_that_the_merchant_links_otherwise_stays_where_the_merchant_put_it():
    labels = (label(), label(number="OTHER"), label(number=NEW, successor_of="OTHER"))
    case = ReturnCase(rma="RMA-1", labels=labels, observations=(ON_5_JUNE,))
    assert [one.successor_of for one in case.labels] == ["", "", "OTHER"]
    assert assess(case, at=when("06-05 12:00")).first_scan.instant == when("06-01 14:10")


def test_a_number_that_was_known_becomes_a_successor_when_the_carrier_says_so():
    two = ReturnCase(rma="RMA-1", labels=(label(), label(number=NEW)), observations=(ON_5_JUNE,))
    assert [one.successor_of for one in two.labels] == ["", NUMBER]
    assert Flag.RELABELLED in assess(two, at=when("06-05 12:00")).flags


def test_story_106_a_link_back_to_itself_is_refused_and_changes_nothing():
    case, _ = folded(ReturnCase(rma="RMA-1", labels=(label(),)), ON_5_JUNE)
    before = case.model_dump_json()
    for number, successor in ((NUMBER, NUMBER), (NEW, NUMBER)):
        report = read("06-06 12:00", ACCEPTED, number=number).report
        told = TrackingReport(number, "dhl_paket", report.events, report.read_at, "d", successor=successor)
        with pytest.raises(ValueError, match=r"own successor|in a circle"):
            fold(case, Read(report=told), "amazon_aprl_de", when("06-06 12:00"))
        assert case.model_dump_json() == before


@pytest.mark.parametrize(
    ("labels", "says"),
    [
        ((label(successor_of=NUMBER),), "in a circle"),
        ((label(successor_of=NEW), label(number=NEW, successor_of=NUMBER)), "in a circle"),
        ((label(successor_of="STRANGER"),), "no label of this case"),
    ],
)
def test_links_that_lead_nowhere_are_refused(labels, says):
    with pytest.raises(ValueError, match=says):
        ReturnCase(labels=labels)


def test_a_destination_told_for_the_new_number_is_held_against_the_labels():
    base = ReturnCase(rma="RMA-1", labels=(label(),), observations=(ON_5_JUNE,))
    stray = base.observed(read("06-07 12:00", delivered("06-07 11:00"), number=NEW, destination=Place(country="AT")))
    found = assess(stray, at=when("06-07 12:00"))
    assert found.state is State.IN_TRANSIT
    assert Flag.WRONG_SHIPMENT in found.flags
