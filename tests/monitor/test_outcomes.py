"""Answers as the planner reads them, row by row."""

from datetime import timedelta

import pytest

from retoure.errors import (
    AuthenticationFailed,
    CarrierUnavailable,
    MalformedResponse,
    NotFound,
    RateLimited,
    RedactedResponse,
    RequestRejected,
)
from retoure.model import ReadFailure, TrackingFailure, TrackingReport
from retoure.monitor import FailureClass, Reason
from retoure.monitor.outcomes import class_of
from tests.lifecycle.builders import ACCEPTED, NUMBER, when
from tests.monitor.watching import answered, hours_until, outlook, planned

ASKED = when("06-05 12:00")
NEW = outlook(Reason.UNSCANNED)
KNOWN = outlook(Reason.MOVING, retained_until=when("09-01 00:00"))


def failure(reason: ReadFailure) -> TrackingFailure:
    return TrackingFailure(number=NUMBER, carrier="dhl_paket", reason=reason, read_at=ASKED)


def report(*events) -> TrackingReport:
    return TrackingReport(number=NUMBER, carrier="dhl_paket", events=events, read_at=ASKED, digest="")


def error_of(status: int) -> CarrierUnavailable:
    return CarrierUnavailable("out of order", response=RedactedResponse(status, "", ""))


def test_a_history_is_no_failure() -> None:
    assert class_of(report(ACCEPTED), KNOWN, asked_at=ASKED) is None


def test_an_empty_history_is_none_where_nothing_was_known() -> None:
    assert class_of(report(), NEW, asked_at=ASKED) is None


def test_an_empty_history_is_gone_where_events_were_known() -> None:
    assert class_of(report(), KNOWN, asked_at=ASKED) is FailureClass.GONE


def test_not_found_is_too_new_for_half_an_hour() -> None:
    young = NEW.issued_at + timedelta(minutes=29)
    assert class_of(failure(ReadFailure.NOT_FOUND), NEW, asked_at=young) is FailureClass.TOO_NEW
    assert class_of(NotFound("404"), NEW, asked_at=young + timedelta(minutes=1)) is FailureClass.NEGATIVE


def test_what_is_too_new_is_asked_again_when_it_is_half_an_hour_old() -> None:
    young = answered(NEW.issued_at + timedelta(minutes=10), failure=FailureClass.TOO_NEW)
    plan = planned(NEW, young, draw=0.0)
    assert (plan.at, plan.reason) == (NEW.issued_at + timedelta(minutes=30), Reason.FIRST_LOOK)


def test_not_found_without_events_keeps_the_normal_interval() -> None:
    assert hours_until(NEW, answered(ASKED, failure=FailureClass.NEGATIVE)) == 24


def test_not_found_with_events_known_is_gone_and_asked_once_more_after_a_day() -> None:
    assert class_of(failure(ReadFailure.NOT_FOUND), KNOWN, asked_at=ASKED) is FailureClass.GONE
    plan = planned(KNOWN, answered(ASKED, failure=FailureClass.GONE, reason=Reason.MOVING))
    assert (plan.at, plan.reason) == (ASKED + timedelta(days=1), Reason.GONE)


def test_another_shipment_keeps_the_normal_interval() -> None:
    assert class_of(failure(ReadFailure.WRONG_SHIPMENT), KNOWN, asked_at=ASKED) is FailureClass.WRONG_SHIPMENT
    assert hours_until(KNOWN, answered(ASKED, failure=FailureClass.WRONG_SHIPMENT)) == 6


@pytest.mark.parametrize(
    ("outcome", "expected"),
    [
        (RateLimited("429"), FailureClass.BURST),
        (error_of(503), FailureClass.TRANSIENT),
        (CarrierUnavailable("timeout"), FailureClass.TRANSIENT),
        (TimeoutError(), FailureClass.TRANSIENT),
        (MalformedResponse("an empty body"), FailureClass.FAILED),
        (RequestRejected("400"), FailureClass.FAILED),
        (failure(ReadFailure.FAILED), FailureClass.FAILED),
        (AuthenticationFailed("401"), FailureClass.AUTH),
    ],
)
def test_every_error_has_its_class(outcome, expected: FailureClass) -> None:
    assert class_of(outcome, KNOWN, asked_at=ASKED) is expected


def test_a_500_for_an_old_number_means_that_it_was_deleted() -> None:
    beyond = when("09-01 00:00")
    assert class_of(error_of(500), KNOWN, asked_at=ASKED) is FailureClass.TRANSIENT
    assert class_of(error_of(500), KNOWN, asked_at=beyond) is FailureClass.GONE
    assert class_of(error_of(503), KNOWN, asked_at=beyond) is FailureClass.TRANSIENT
    assert class_of(failure(ReadFailure.FAILED), KNOWN, asked_at=beyond) is FailureClass.GONE
    assert class_of(error_of(500), NEW, asked_at=beyond) is FailureClass.TRANSIENT


def test_what_the_carrier_answered_for_is_told_from_what_it_did_not() -> None:
    assert {one for one in FailureClass if one.answered} == {
        FailureClass.TOO_NEW, FailureClass.NEGATIVE, FailureClass.GONE, FailureClass.WRONG_SHIPMENT,
    }  # fmt: skip
