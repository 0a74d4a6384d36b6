"""Stories 103 to 106: several pieces, and numbers that succeed one another."""

from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retoure.lifecycle import Detail, Flag, Read, ReturnCase, State, assess, fold, signals_of
from retoure.lifecycle.learning import in_order
from retoure.model import Custody, Kind, Place, TrackingReport
from tests.lifecycle.builders import ACCEPTED, ANNOUNCED, NUMBER, REFUND, delivered, event, hub, label, not_found, read, when
from tests.lifecycle.folds import folded, folded_when_named, only, types
from tests.lifecycle.test_fold_invariants import ROWS, on_its_way
from tests.lifecycle.test_invariants import moments, offsets

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
    assert early.first_scan.instant == when("06-01 14:10")
    found = assess(case.observed(not_found("07-02 12:00", number=P2)), at=when("07-02 12:00"))
    assert (found.number, found.state) == (P2, State.NEVER_SCANNED)
    assert [(piece.number, piece.state) for piece in found.pieces] == [(P1, State.DELIVERED)]


def test_a_shipment_of_which_one_piece_was_scanned_is_on_its_way():
    case = TWO.observed(read("06-02 12:00", ACCEPTED, number=P1), read("06-02 12:00", ANNOUNCED, number=P2))
    found = assess(case, at=when("06-02 12:00"))
    assert (found.number, found.state, found.detail) == (P2, State.IN_TRANSIT, Detail.IN_TRANSIT)
    assert found.first_scan == found.shipment_first_scan == found.pieces[0].first_scan
    assert (found.acceptance.instant, found.inferred, found.opens_on) == (when("06-01 14:10"), False, None)


def test_a_second_label_beside_a_shipment_of_which_one_piece_was_scanned_is_a_duplicate():
    labels = (*TWO.labels, label())
    case = ReturnCase(rma="RMA-1", labels=labels, observations=(THERE, read("06-02 12:00", ACCEPTED)))
    assert Flag.DUPLICATE_LABEL in assess(case, at=when("07-06 12:00")).flags


def test_a_shipment_is_delivered_when_all_its_pieces_are():
    case = TWO.observed(THERE, read("06-05 12:00", SCANNED_LATER, delivered("06-05 11:00"), number=P2))
    found = assess(case, at=when("06-05 12:00"))
    assert (found.state, [piece.state for piece in found.pieces]) == (State.DELIVERED, [State.DELIVERED])
    assert Flag.PARTIALLY_DELIVERED not in found.flags


NEW = "00340434999"


def relabelled(asked: str, *events, number: str = NUMBER, successor: str = NEW) -> Read:
    report = read(asked, *events, number=number).report
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
    for number in (NUMBER, NEW):
        with pytest.raises(ValueError, match="own successor"):
            fold(
                case, relabelled("06-06 12:00", ACCEPTED, number=number, successor=number), "amazon_aprl_de", when("06-06 12:00")
            )
        assert case.model_dump_json() == before


def test_story_106_of_links_in_a_circle_the_one_that_was_learned_first_holds_in_any_order():
    two = ReturnCase(rma="RMA-1", labels=(label(), label(number=NEW)))
    back = relabelled("06-06 12:00", ACCEPTED, number=NEW, successor=NUMBER)
    for order in permutations([ON_5_JUNE, back, relabelled("06-07 12:00", ACCEPTED, number=NEW, successor=NUMBER)]):
        case, _ = folded(two, *order)
        assert [one.successor_of for one in case.labels] == ["", NUMBER]
        assert len(case.observations) == 3


def test_story_106_a_link_that_is_not_followed_is_for_a_person_to_look_at():
    two = ReturnCase(rma="RMA-1", labels=(label(), label(number=NEW)))
    there = relabelled("06-05 12:00", ACCEPTED)
    on = relabelled("06-06 12:00", ACCEPTED, number=NEW, successor="THIRD")
    skips = relabelled("06-07 12:00", ACCEPTED, successor="THIRD")
    back = relabelled("06-08 12:00", ACCEPTED, number=NEW, successor=NUMBER)
    for known, looked_at in (((), False), ((on, skips), False), ((back,), True)):
        flags = assess(two.observed(there, *known), at=when("06-08 12:00")).flags
        assert (Flag.NEEDS_REVIEW in flags) is looked_at


@pytest.mark.parametrize("given", [(label(),), (label(), label(number=NEW))])
def test_links_are_the_same_in_whatever_order_the_answers_come(given):
    ways = [
        ON_5_JUNE, relabelled("06-06 12:00", ACCEPTED, successor="THIRD"),
        relabelled("06-07 12:00", hub("06-07 04:00"), number=NEW, successor="FOURTH"),
        relabelled("06-08 12:00", hub("06-07 04:00"), number=NEW, successor="THIRD"),
    ]  # fmt: skip
    in_order, _ = folded(ReturnCase(rma="RMA-1", labels=given), *ways)
    assert [(one.number, one.successor_of) for one in in_order.labels] == [
        (NUMBER, ""), (NEW, NUMBER), ("THIRD", NUMBER), ("FOURTH", NEW),
    ]  # fmt: skip
    for order in permutations(ways):
        assert folded_when_named(ReturnCase(rma="RMA-1", labels=given), order) == in_order


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


def test_a_parcel_that_was_scanned_under_its_second_number_is_charged_once():
    """The link is told after both numbers were known: what was told of the one was told of the parcel."""
    two = ReturnCase(rma="RMA-1", labels=(label(), label(number=NEW)))
    scanned = read("06-02 12:00", ACCEPTED, delivered("06-02 11:00"), number=NEW)
    case, signals = folded(two, scanned, relabelled("06-05 12:00"))
    assert [(one.type, one.number) for one in signals] == [
        ("first_scan", NEW), ("delivered", NEW), ("refund_due", NEW), ("relabelled", NUMBER),
    ]  # fmt: skip
    assert [one.id for one in signals_of(case)] == [one.id for one in signals]


def test_a_loss_that_was_told_before_the_link_is_recovered_by_the_second_numbers_delivery():
    two = ReturnCase(rma="RMA-1", labels=(label(), label(number=NEW)))
    arrived = read("06-10 12:00", delivered("06-10 11:00"), number=NEW)
    lost, linked = read("06-22 08:00", ACCEPTED), relabelled("06-24 12:00", ACCEPTED)
    case, signals = folded(two, REFUND, arrived, lost, linked)
    assert {"recovered", "relabelled"} <= set(types(signals))
    assert assess(case, at=when("06-23 12:00")) == assess(two.observed(REFUND, arrived, lost), at=when("06-23 12:00"))
    assert assess(case, at=when("06-24 12:00")).state is State.RECOVERED


SEVERAL = st.lists(
    st.builds(
        on_its_way, offsets, st.just(ANNOUNCED) | st.sampled_from(ROWS), st.sampled_from([timedelta(0), timedelta(days=3)]),
        st.permutations([NUMBER, P1, P2, "", "", ""]).map(lambda numbers: numbers[:2]).filter(lambda numbers: numbers[0]),
    ),
    max_size=6,
)  # fmt: skip
THREE = ReturnCase(rma="RMA-1", labels=tuple(label(number=number) for number in (NUMBER, P1, P2)))


@given(story=SEVERAL, at=moments)
def test_story_81_what_was_known_of_several_numbers_is_what_it_was_before_a_link_was_told(story, at):
    known = [one for one in story if one.observed_at <= at]
    assert assess(THREE.observed(*story), at=at) == assess(THREE.observed(*known), at=at)


@given(story=SEVERAL)
def test_invariant_1_several_numbers_give_the_same_ids_whenever_they_are_folded(story):
    case, signals = folded(THREE, *in_order(story))
    assert [one.id for one in signals_of(case)] == [one.id for one in signals]


@given(story=SEVERAL)
def test_invariant_6_there_are_no_more_charges_than_numbers_that_were_scanned(story):
    _, signals = folded(THREE, *in_order(story))
    charged = [one.number for one in signals if one.type == "first_scan"]
    scanned = {one.number for one in story if any(row.custody is Custody.PHYSICAL for row in one.report.events)}
    assert len(set(charged)) == len(charged) <= len(scanned)
