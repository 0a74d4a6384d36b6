"""Which requests are sent again, and which error ends them: design's failure table as data, and one waiting policy."""

from collections.abc import Callable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any

from tenacity import RetryCallState, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter
from tenacity.stop import stop_base
from tenacity.wait import wait_base

from retoure.carrier.wire import Effect, HttpRequest, HttpResponse, Judgement
from retoure.client._bodies import Unreadable
from retoure.errors import CarrierError, CarrierUnavailable, MalformedResponse, OutcomeUnknown, RateLimited

ATTEMPTS = 4
LONGEST_WAIT_S = 60.0
CONNECT_S = 10.0
KEPT_OPEN_S = 2.0
TOO_LATE = "the request left and no whole answer came within the deadline"


class Trouble(StrEnum):
    """Why an attempt did not give a final answer."""

    NOT_SENT = "not sent"  # refused, DNS, TLS: no byte of the request left
    NO_ANSWER = "no answer"  # deadline, reset, cut: the request may have arrived
    TOLD_TO_WAIT = "told to wait"
    AMBIGUOUS = "ambiguous"


_ANY = frozenset(Effect)
_TWICE_IS_AS_ONCE = frozenset({Effect.READ, Effect.REPEATABLE})
RESENT: dict[Trouble, frozenset[Effect]] = {
    Trouble.NOT_SENT: _ANY,
    Trouble.TOLD_TO_WAIT: _ANY,
    Trouble.NO_ANSWER: _TWICE_IS_AS_ONCE,
    Trouble.AMBIGUOUS: _TWICE_IS_AS_ONCE,
}


class TransportFailure(Exception):  # noqa: N818
    """What a transport reports, without the request that it was about: no URL, no header, no cause."""

    def __init__(self, trouble: Trouble, what: str) -> None:
        super().__init__(what)
        self.trouble = trouble
        self.what = what


class Again(Exception):  # noqa: N818
    """The request may be sent again after ``wait_s``; ``final`` is the error if it is not."""

    def __init__(self, final: CarrierError, wait_s: float | None) -> None:
        super().__init__(str(final))
        self.final = final
        self.wait_s = wait_s


def retry_after(response: HttpResponse, now: datetime) -> timedelta | None:
    """How long a ``Retry-After`` header asks to wait, in seconds or as a date (RFC 9110, section 10.2.3)."""
    text = response.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return timedelta(seconds=int(text))
    try:
        return max(timedelta(0), parsedate_to_datetime(text) - now)
    except (ValueError, TypeError):
        return None


_WAITS = (Judgement.RETRY, Judgement.AMBIGUOUS)


class Tries:
    """One request on its way through the failure table."""

    def __init__(self, request: HttpRequest, clock: Callable[[], datetime]) -> None:
        self._effect = request.effect
        self._cool_down = request.cool_down
        self._clock = clock
        self._may_have_happened = False
        self.renewed = False
        self.attempted_at: datetime | None = None

    @property
    def did_nothing(self) -> bool:
        """Whether an attempt that may be repeated is known to have changed nothing; that of a read need not be known."""
        return self._effect is not Effect.READ and not self._may_have_happened

    def leaving(self, requested_at: datetime) -> None:
        """Take note of when the request first left: an unknown outcome is looked up from then on."""
        self.attempted_at = self.attempted_at or requested_at

    def after(self, failure: TransportFailure | Unreadable) -> Exception:
        """What to raise after an attempt without an answer, or with one that is not read to its end."""
        if isinstance(failure, Unreadable):
            return self.unreadable(str(failure))
        return self._next(failure.trouble, failure.what, None)

    def judged(self, response: HttpResponse, judgement: Judgement) -> Exception | None:
        """What to raise after an answer, or None if it is final and the adapter's to read."""
        told = retry_after(response, self._clock()) if judgement in _WAITS else None
        if judgement is Judgement.RETRY:
            told = max((wait for wait in (told, self._cool_down) if wait is not None), default=None)
            return self._next(Trouble.TOLD_TO_WAIT, f"the carrier asks to wait (HTTP {response.status})", told)
        if judgement is Judgement.AMBIGUOUS:
            return self._next(Trouble.AMBIGUOUS, f"the carrier answered HTTP {response.status}", told)
        if 300 <= response.status < 400:
            return self.unreadable(f"the answer is a redirect (HTTP {response.status}), which is not followed")
        return None

    def weighed(self, error: CarrierError) -> CarrierError:
        """An error of ours between two attempts: what an earlier attempt may have done, it cannot undo."""
        if not self._may_have_happened or isinstance(error, OutcomeUnknown):
            return error
        return self._unknown(error.message, error.retry_after)

    def unreadable(self, what: str) -> CarrierError:
        """What to raise when an answer came that is not one: final, since asking again would bring the same."""
        if self._effect is Effect.READ:
            return MalformedResponse(what)
        return self._unknown(what, None)

    def _next(self, trouble: Trouble, what: str, told: timedelta | None) -> Exception:
        if trouble in (Trouble.NO_ANSWER, Trouble.AMBIGUOUS) and self._effect is not Effect.READ:
            self._may_have_happened = True
        final = self._final(trouble, what, told)
        too_long = told is not None and told.total_seconds() > LONGEST_WAIT_S
        if self._effect not in RESENT[trouble] or too_long:
            return final
        return Again(final, None if told is None else told.total_seconds())

    def _final(self, trouble: Trouble, what: str, told: timedelta | None) -> CarrierError:
        if self._may_have_happened:
            return self._unknown(what, told)
        if trouble is Trouble.TOLD_TO_WAIT:
            return RateLimited(f"{what}; nothing happened", retry_after=told)
        return CarrierUnavailable(f"{what}; nothing happened, try again later", retry_after=told)

    def _unknown(self, what: str, told: timedelta | None) -> OutcomeUnknown:
        text = f"{what}; it may have happened: look it up before asking again"
        return OutcomeUnknown(text, attempted_at=self.attempted_at, retry_after=told)


_BACK_OFF = wait_exponential_jitter(multiplier=0.5, max=10.0, jitter=0.5)


class _AsTold(wait_base):
    """As long as the carrier asked; where it named no time, an exponential back-off with jitter."""

    def __call__(self, retry_state: RetryCallState) -> float:
        raised = retry_state.outcome.exception() if retry_state.outcome else None
        if isinstance(raised, Again) and raised.wait_s is not None:
            return raised.wait_s
        return _BACK_OFF(retry_state)


def _give_up(retry_state: RetryCallState) -> Any:  # noqa: ANN401 - tenacity's signature
    raised = retry_state.outcome.exception() if retry_state.outcome else None
    raise raised.final if isinstance(raised, Again) else RuntimeError("retried for an unknown reason")


def policy(sleep: Callable[[float], Any], attempts: int = ATTEMPTS) -> dict[str, Any]:
    """The keyword arguments of ``tenacity.Retrying`` and ``AsyncRetrying``: the same for every driver."""
    stop: stop_base = stop_after_attempt(attempts)
    return {
        "stop": stop,
        "wait": _AsTold(),
        "retry": retry_if_exception_type(Again),
        "retry_error_callback": _give_up,
        "sleep": sleep,
    }
