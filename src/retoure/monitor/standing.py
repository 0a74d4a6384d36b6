"""How an account stands after a call: left alone for how long, and why. Pure; the store keeps it for all processes."""

from datetime import datetime, timedelta

from retoure.monitor.reasons import FailureClass
from retoure.monitor.records import Pause

CIRCUIT_AFTER = 5
"""Calls that fail in a row before a credential is left alone (polling.md, section 6, row 9, has no figure of a carrier)."""
_CIRCUIT_S = 300.0
_BURST_S = 30.0
_MOST_S = 30 * 60.0
"""One call in so long shows whether a carrier is back: a forced read that fell into its outage is made soon after its end."""
LONGEST_TOLD = timedelta(hours=6)
"""No carrier's word holds for longer: a Retry-After of ten days is a mistake."""
_JITTER_SHARE = 0.2


def _doubled(first_s: float, times: int, most_s: float, draw: float) -> timedelta:
    """Longer each time, and never at the same moment as others that began together."""
    return timedelta(seconds=min(first_s * 2.0 ** min(times, 32), most_s) * (1 + _JITTER_SHARE * draw))


def pause_after(
    failure: FailureClass, before: Pause, *, now: datetime, told: timedelta | None, resets_at: datetime | None, draw: float
) -> Pause | None:
    """How a credential stands after a call that failed; None where the failure is a number's own and says nothing of it.

    Args:
        failure: What the call came to.
        before: How it stood.
        now: The moment.
        told: How long the carrier asked to be left alone.
        resets_at: When the next day's budget begins, where this day's is spent.
        draw: In [0, 1), by chance.
    """
    failures = before.failures + 1
    match failure:
        case FailureClass.AUTH:
            return Pause(why="the carrier does not accept the credentials", failures=failures, stopped=True)
        case FailureClass.DAILY_EXHAUSTED if resets_at is not None:
            return Pause(until=resets_at, why="the day's budget is spent", failures=before.failures)
        case FailureClass.BURST | FailureClass.DAILY_EXHAUSTED:
            wait = min(told, LONGEST_TOLD) if told else _doubled(_BURST_S, before.failures, _MOST_S, draw)
            return Pause(until=now + wait, why="the carrier asks to wait", failures=failures)
        case FailureClass.TRANSIENT:
            if failures < CIRCUIT_AFTER:
                return Pause(failures=failures, why=before.why, ordinary_until=before.ordinary_until)
            wait = _doubled(_CIRCUIT_S, failures - CIRCUIT_AFTER, _MOST_S, draw)
            return Pause(
                until=now + max(wait, min(told or wait, LONGEST_TOLD)), why="the carrier does not answer", failures=failures
            )
    return None


def turned_away(before: Pause, *, retry_at: datetime | None, urgent: bool) -> Pause | None:
    """How a credential stands after our own ledger let nothing out, the day's budget being spent: forced reads may still go."""
    if retry_at is None:
        return None
    until = retry_at if urgent else before.until
    return Pause(until=until, ordinary_until=retry_at, why="the day's budget is spent", failures=before.failures)


def on_trial(pause: Pause) -> bool:
    """Whether one call may show whether the carrier answers again."""
    return pause.failures >= CIRCUIT_AFTER


def said(pause: Pause, now: datetime) -> str:
    """Why a credential is left alone, and until when, in words; empty where it is not."""
    if pause.stopped:
        return f"until it is resumed: {pause.why}"
    if pause.until is not None and now < pause.until:
        return f"until {pause.until:%Y-%m-%d %H:%M %z}: {pause.why}"
    if pause.ordinary_until is not None and now < pause.ordinary_until:
        return f"but for forced reads until {pause.ordinary_until:%Y-%m-%d %H:%M %z}: {pause.why}"
    return ""
