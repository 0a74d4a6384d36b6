"""What came of a read, as the planner needs it."""

from datetime import datetime

from retoure.model.tracking import TrackingFailure, TrackingReport
from retoure.monitor.outlooks import Outlook
from retoure.monitor.reasons import FailureClass


def class_of(
    outcome: TrackingReport | TrackingFailure | Exception, outlook: Outlook, *, asked_at: datetime, day_spent: bool = False
) -> FailureClass | None:
    """What an outcome is to the planner; None for a history.

    Args:
        outcome: What one number's read gave, or the error that the whole call ended in.
        outlook: What was known of the number before.
        asked_at: When the request left.
        day_spent: Our own count says that the day's budget is used up, which is what a 429 then means.
    """
    raise NotImplementedError
