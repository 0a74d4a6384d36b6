"""DPD's push: one message is one event, and the order and number of deliveries change nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retoure.errors import MalformedResponse
from retoure.lifecycle import CaseLabel, Push, ReturnCase, State, assess, fold
from retoure.model import Custody, Kind
from retoure_dpd import acknowledgement, parse_push
from retoure_dpd_common.push import STATUSES

NUMBER = "09999900000101"
CAME = datetime(2026, 3, 4, 8, tzinfo=UTC)


def query(pushid="77001", status="pickup_depot", at="03032026214800", **more):
    return {"pushid": pushid, "pnr": NUMBER, "status": status, "statusdate": at, "depot": "0180", "ref": "RMA-1001",
            "receiver": "Retourenstelle", "services": "101", "pod": "", "weight": "2.4", **more}  # fmt: skip


def push(*, late=timedelta(0), **fields):
    return parse_push(query(**fields), received_at=CAME + late)


def test_a_push_tells_one_event_in_german_time():
    message = push()
    (event,) = message.events
    assert (message.number, message.message_id, message.received_at) == (NUMBER, "77001", CAME)
    assert (event.kind, event.custody, event.raw_code) == (Kind.ORIGIN_SCAN, Custody.PHYSICAL, "pickup_depot")
    assert event.instant == datetime(2026, 3, 3, 20, 48, tzinfo=UTC)
    assert (event.local_text, event.zone_source, event.precision) == ("03032026214800", "CARRIER", "SECOND")
    assert event.location.text == "0180"


def test_the_receivers_name_is_left_behind():
    assert "Retourenstelle" not in repr(push())


def test_an_hour_that_occurs_twice_is_taken_as_the_first_and_flagged():
    (event,) = push(at="25102026023000").events
    assert event.instant == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert event.flags == ("dst_overlap",)


def test_a_status_that_no_list_has_stays_unknown():
    (event,) = push(status="delivery_by_drone").events
    assert (event.kind, event.custody, event.raw_code) == (Kind.UNKNOWN, Custody.UNKNOWN, "delivery_by_drone")
    assert event.flags == ("unlisted_code",)


def test_only_an_announcement_and_a_failed_pickup_prove_nothing():
    assert {status for status, (_, custody) in STATUSES.items() if custody is Custody.NONE} == {"start_order", "error_pickup"}


def test_turned_round_is_not_yet_back():
    assert STATUSES["error_return"] == (Kind.RETURNING_TO_ORIGIN, Custody.PHYSICAL)


@pytest.mark.parametrize("missing", ["pushid", "pnr", "status"])
def test_a_push_without_what_makes_it_one_is_refused_by_name(missing):
    with pytest.raises(MalformedResponse, match=missing):
        push(**{missing: " "})


@pytest.mark.parametrize("at", ["", "2026-03-03", "99992026214800", "0303202621480", "0303202621480x", "٠٣٠٣٢٠٢٦٢١٤٨٠٠"])
def test_a_time_that_cannot_be_read_is_refused(at):
    with pytest.raises(MalformedResponse, match="time of a push"):
        push(at=at)


def test_the_acknowledgement_echoes_the_id():
    assert acknowledgement(push().message_id) == "<push><pushid>77001</pushid><status>OK</status></push>"
    assert acknowledgement("<&>") == "<push><pushid>&lt;&amp;&gt;</pushid><status>OK</status></push>"


@pytest.mark.parametrize("at", ["01010001000000", "31129999235959"])
def test_the_date_that_stands_for_none_is_refused(at):
    with pytest.raises(MalformedResponse, match="has no time"):
        push(at=at)


@pytest.mark.parametrize("name", ["pushid", "pnr", "status", "statusdate", "depot"])
@pytest.mark.parametrize("value", [["77001"], None, 77001, "7\x007001", "7\n7", "\ud800", "7" * 101])
def test_a_parameter_that_is_no_short_line_of_text_is_refused_by_name(name, value):
    with pytest.raises(MalformedResponse, match=name):
        parse_push({**query(), name: value}, received_at=CAME)


@pytest.mark.parametrize("push_id", ["\x00", "7\x1b7", "\ufffe", "\ud800"])
def test_an_id_that_no_xml_can_carry_is_not_acknowledged(push_id):
    with pytest.raises(MalformedResponse, match="pushid"):
        acknowledgement(push_id)


STORY = (
    push(pushid="1", status="start_order", at="02032026090000"),
    push(pushid="2", status="pickup_depot", at="03032026214800"),
    push(pushid="3", status="delivery_depot", at="04032026060500"),
    push(pushid="4", status="delivery_customer", at="04032026114200"),
)


NOW = CAME + timedelta(days=1)


def verdict_of(messages):
    """What a case comes to whose account trusts DPD's messages, told as they come in."""
    case = ReturnCase(labels=(CaseLabel(number=NUMBER, carrier="dpd", label_source="own_contract", trust_push=True),))
    for message in sorted(messages, key=lambda message: message.received_at):
        case, _ = fold(case, Push(message=message), "amazon_aprl_de", message.received_at)
    return assess(case, "amazon_aprl_de", at=NOW + timedelta(days=3))


DELIVERIES = st.lists(
    st.tuples(st.sampled_from(STORY), st.integers(0, 48 * 60).map(lambda minutes: timedelta(minutes=minutes))), max_size=8
)


@given(st.permutations(STORY), DELIVERIES)
def test_a_push_that_comes_twice_late_or_first_leads_to_the_same_case_as_in_order(shuffled, again):
    in_turn = [_delivered(message, timedelta(minutes=turn)) for turn, message in enumerate(shuffled)]
    assert verdict_of([*in_turn, *(_delivered(message, late) for message, late in again)]) == verdict_of(STORY)


def _delivered(message, late):
    """The message, delivered again or later."""
    (event,) = message.events
    return parse_push(query(message.message_id, event.raw_code, event.local_text), received_at=CAME + late)


def test_the_story_in_order_is_a_delivery_after_a_first_scan():
    found = verdict_of(STORY)
    assert (found.state, found.first_scan.instant) == (State.DELIVERED, datetime(2026, 3, 3, 20, 48, tzinfo=UTC))
