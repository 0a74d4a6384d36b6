"""What came of a read, as the planner needs it."""

from datetime import datetime, timedelta

from retoure.errors import AuthenticationFailed, CarrierError, MalformedResponse, NotFound, RateLimited, RequestRejected
from retoure.model.tracking import ReadFailure, TrackingFailure, TrackingReport
from retoure.monitor.cadence import Cadence
from retoure.monitor.outlooks import Outlook
from retoure.monitor.reasons import FailureClass

_SERVER_ERROR = 500


def class_of(
    outcome: TrackingReport | TrackingFailure | Exception,
    outlook: Outlook,
    *,
    asked_at: datetime,
    day_spent: bool = False,
    cadence: Cadence = Cadence(),  # noqa: B008 - frozen
) -> FailureClass | None:
    """What an outcome is to the planner; None for a history, and for an answer without events where none were known.

    Args:
        outcome: What one number's read gave, or the error that the whole call ended in.
        outlook: What was known of the number before.
        asked_at: When the request left.
        day_spent: Our own count says that the day's budget is used up, which is what a 429 then means.
        cadence: How old a label must be before the carrier knows it.
    """
    match outcome:
        case TrackingReport():
            return FailureClass.GONE if outlook.known and not outcome.events else None
        case TrackingFailure(reason=ReadFailure.WRONG_SHIPMENT):
            return FailureClass.WRONG_SHIPMENT
        case TrackingFailure(reason=ReadFailure.NOT_FOUND) | NotFound():
            return _unknown(outlook, asked_at, cadence)
        case RateLimited():
            return FailureClass.DAILY_EXHAUSTED if day_spent else FailureClass.BURST
        case AuthenticationFailed():
            return FailureClass.AUTH
        case _ if _deleted(outcome, outlook, asked_at):
            return FailureClass.GONE
        case TrackingFailure() | MalformedResponse() | RequestRejected():
            return FailureClass.FAILED
        case _:
            return FailureClass.TRANSIENT


def _unknown(outlook: Outlook, asked_at: datetime, cadence: Cadence) -> FailureClass:
    """Not found: forgotten, not known yet, or never handed in."""
    if outlook.known:
        return FailureClass.GONE
    young = asked_at - outlook.issued_at < timedelta(minutes=cadence.first_look_minutes)
    return FailureClass.TOO_NEW if young else FailureClass.NEGATIVE


def _deleted(outcome: object, outlook: Outlook, asked_at: datetime) -> bool:
    """Whether a server's error is how a carrier answers for a number whose history it deleted: only beyond the retention."""
    response = outcome.response if isinstance(outcome, CarrierError) else None
    told = isinstance(outcome, TrackingFailure) or (response is not None and response.status == _SERVER_ERROR)
    return told and outlook.known and outlook.retained_until is not None and asked_at >= outlook.retained_until
