"""A label's row: how it was read so far, and the plan that follows."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from retoure.carrier.shaping import plain_number
from retoure.lifecycle import CaseLabel, FailedRead, Read, SameRead
from retoure.model.tracking import TrackedParcel
from retoure.monitor.planning import Planning
from retoure.monitor.plans import Plan
from retoure.monitor.reads import Reads
from retoure.monitor.reasons import FailureClass, Reason, Stop

WATCHED_ELSEWHERE = "WATCHED_ELSEWHERE"
"""Why a number that a carrier named is not read: another return of the account watches it."""

BY_STORE = frozenset({Stop.BY_HAND.value, Stop.ERASED.value, WATCHED_ELSEWHERE})
"""Stops that no plan lifts."""

_SOON_AGAIN = timedelta(hours=1)

UNLEASED: Mapping[str, Any] = {"lease_owner": "", "lease_token": "", "lease_until": None}


def new_label(case_id: int, label: CaseLabel, account: str, now: datetime, more: Mapping[str, Any]) -> dict[str, Any]:
    """A row for a label that nobody has read yet, without a plan.

    Raises:
        ValueError: the number is none that a carrier can be asked for.
    """
    place = label.destination
    parcel = TrackedParcel(
        number=label.number, issued_at=label.issued_at, postal_code=place.postal_code if place else "",
        country=(place.country or None) if place else None,
    )  # fmt: skip
    return {
        "case_id": case_id, "account": account, "carrier": label.carrier, "number": plain_number(label.number),
        "parcel": parcel.model_dump_json(exclude={"precise"}), "version": 0, "refund_at_scan": False, "pickup_on": None,
        "watched_at": now, "due_at": None, "next_poll_at": None, "reason": "", "rank": 0, "deadline_at": None,
        "deadlines_booked": 0, "ride_from": None, "precise": False, "wake_at": None, "quiet_until": None, "outlook": "",
        "last_attempt_at": None, "last_reason": "", "answered_at": None, "last_success_at": None, "learned_at": None,
        "attempts": 0, "last_error_class": "", "reads_on": None, "reads_count": 0, "fingerprint": "", "report_id": None,
        "raw_digest": "", "stopped_at": None, "stop_reason": "", **UNLEASED, **more,
    }  # fmt: skip


def asked(
    row: Mapping[str, Any], observation: Read | SameRead | FailedRead, failure: FailureClass | None, planning: Planning
) -> dict[str, Any]:
    """What changes in a row because its number was asked for; an asking before the last one changes nothing."""
    read, read_at = not isinstance(observation, FailedRead), _read_at(observation)
    last = row["last_attempt_at"]
    if last is not None and read_at < last:
        return {}
    on = planning.day(read_at)
    turned_away = failure in (FailureClass.DAILY_EXHAUSTED, FailureClass.BURST)
    answered = read or (failure is not None and failure.answered)
    return {
        "last_attempt_at": read_at,
        "last_reason": row["reason"],
        "answered_at": read_at if answered else row["answered_at"],
        "last_success_at": read_at if read else row["last_success_at"],
        "attempts": 0 if answered else row["attempts"] + 1,
        "last_error_class": failure.value if failure else "",
        "reads_on": on,
        "reads_count": (row["reads_count"] if row["reads_on"] == on else 0) + (not turned_away),
    }


def _read_at(observation: Read | SameRead | FailedRead) -> datetime:
    match observation:
        case Read(report=answer) | FailedRead(failure=answer):
            return answer.read_at
        case _:
            return observation.read_at


def reads_of(row: Mapping[str, Any], now: datetime, planning: Planning) -> Reads:
    """How a label was read so far, as the planner takes it."""
    return Reads(
        asked_at=row["last_attempt_at"],
        answered_at=row["answered_at"],
        reason=Reason(row["last_reason"]) if row["last_reason"] else None,
        failure=FailureClass(row["last_error_class"]) if row["last_error_class"] else None,
        failures=row["attempts"],
        today=row["reads_count"] if row["reads_on"] == planning.day(now) else 0,
    )


def planned(row: Mapping[str, Any], plan: Plan, now: datetime) -> dict[str, Any]:
    """A plan as columns. A label that is leased is due again when its lease ends."""
    stopped = plan.at is None
    leased = row["lease_until"] is not None
    return {
        "due_at": None if stopped else row["lease_until"] if leased else plan.at,
        "next_poll_at": plan.at,
        "reason": plan.reason.value,
        "rank": int(plan.rank),
        "deadline_at": plan.deadline_at,
        "deadlines_booked": plan.deadlines_booked,
        "ride_from": plan.ride_from,
        "precise": plan.precise,
        "wake_at": plan.wake_at if plan.wake_at is None or plan.wake_at > now else now + _SOON_AGAIN,
        "stopped_at": (row["stopped_at"] or now) if stopped else None,
        "stop_reason": (plan.stop.value if plan.stop else "") if stopped else "",
    }
