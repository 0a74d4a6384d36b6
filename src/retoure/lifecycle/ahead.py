"""What the calendar alone may bring: until when a parcel that nothing is learned of stays as it is."""

from datetime import UTC, datetime

from retoure.carrier.times import day_in, first_instant
from retoure.lifecycle.assessment import State
from retoure.lifecycle.claiming import Standing
from retoure.lifecycle.telling import dates_ahead
from retoure.lifecycle.windows import ONE_DAY


def waits_for_answer(standing: Standing) -> bool:
    """Whether a fresh answer alone may change the verdict, be it the same as the last one."""
    finding = standing.finding
    return finding.state is State.INDETERMINATE or (finding.state is State.AWAITING_FIRST_SCAN and bool(finding.rules))


def next_date(standing: Standing) -> datetime | None:
    """The next moment at which the calendar alone may bring a fact, or a verdict that a fresh answer then brings.

    A date begins at different moments in the zones that records count in. Each of them counts: looking too early harms nothing.
    """
    policy, today = standing.record.policy, day_in(standing.at, standing.record.zone)
    days = [*dates_ahead(standing), *policy.turns]
    # What is today here may lie ahead in another zone; of the days that lie ahead in all of them the first will do.
    near = {day for day in days if abs(day - today) <= ONE_DAY}
    later = min((day for day in days if day - today > ONE_DAY), default=None)
    begins = [first_instant(day, zone).astimezone(UTC) for day in (*near, *filter(None, (later,))) for zone in policy.zones]
    if standing.finding.window is not None and not standing.record.over:
        begins.append(standing.finding.window.opens_at.astimezone(UTC))
    return min((moment for moment in begins if moment > standing.at), default=None)
