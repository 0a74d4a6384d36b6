"""Running an adapter's call: the one loop behind live and replay, and the naming of what went wrong."""

import asyncio
import copy
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from retoure.carrier.wire import Call, Effect, HttpRequest, HttpResponse
from retoure.client.redaction import Redactor
from retoure.errors import CarrierError, CarrierUnavailable, ConfigurationError, MalformedResponse, OutcomeUnknown, RetoureError
from retoure.purchases.entries import Overtaken
from retoure.purchases.steps import Deed, Departures, Pause, Steps

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
_TOLD = (RetoureError, ConfigurationError, Overtaken)


@dataclass(slots=True, kw_only=True)
class Job(Generic[T_co]):
    """A call with the names it goes by in errors and logs.

    Attributes:
        operation: An ``Operation``, or ``auth.token``.
        subject: The domain request it serves.
        key: The key of the purchase, where it is one.
        redactor: Masks the account's credentials and the subject's personal data.
        urgent: What a quota keeps back is for this call.
        asked, exchanged: What it has asked for by now, and what of that was answered with what.
        departures: Is told when a request that changes something is about to leave, and when it turns out to have done nothing.
    """

    account: str
    carrier: str
    operation: str
    call: Call[T_co]
    redactor: Redactor
    subject: object = field(default=None, repr=False)
    key: str = ""
    urgent: bool = False
    departures: Departures | None = field(default=None, repr=False)
    asked: list[HttpRequest] = field(default_factory=list, repr=False)
    exchanged: list[tuple[HttpRequest, HttpResponse]] = field(default_factory=list, repr=False)


def run(job: Job[T], exchange: Callable[[HttpRequest], HttpResponse]) -> T:
    """Drive a call to its result, synchronously."""
    call, bought = guarded(job), False
    try:
        request = next(call)
        while True:
            answer: HttpResponse | CarrierError
            try:
                answer = exchange(request)
            except Exception as error:  # noqa: BLE001 - see there
                answer = _as_answer(error, bought=bought)
            bought = bought or _buys(request, answer)
            request = hand_in(call, answer)
    except StopIteration as stop:
        result: T = stop.value
        return result
    finally:
        call.close()


async def run_async(job: Job[T], exchange: Callable[[HttpRequest], Awaitable[HttpResponse]]) -> T:
    """Drive a call to its result, asynchronously."""
    call, bought = guarded(job), False
    try:
        request = next(call)
        while True:
            answer: HttpResponse | CarrierError
            try:
                answer = await exchange(request)
            except Exception as error:  # noqa: BLE001 - see there
                answer = _as_answer(error, bought=bought)
            bought = bought or _buys(request, answer)
            request = hand_in(call, answer)
    except StopIteration as stop:
        result: T = stop.value
        return result
    finally:
        call.close()


def _buys(request: HttpRequest, answer: HttpResponse | CarrierError) -> bool:
    return request.effect is Effect.ONCE and isinstance(answer, HttpResponse)


def _as_answer(error: Exception, *, bought: bool) -> CarrierError:
    """An error of an exchange, for the adapter to deal with: once something is bought, whatever follows must not lose it."""
    if isinstance(error, CarrierError):
        return error
    if not bought:
        raise error
    ours = isinstance(error, RetoureError | ConfigurationError)  # others may show what must not be shown
    return CarrierUnavailable(
        f"it could not be asked for: {error}" if ours else f"it could not be asked for ({type(error).__name__})"
    )


def hand_in(call: Call[T], answer: HttpResponse | CarrierError) -> HttpRequest:
    """Resume a call with an answer or an error; outside any handler, so that no error becomes the context of another."""
    return call.throw(answer) if isinstance(answer, CarrierError) else call.send(answer)


def walk(steps: Steps, run_job: Callable[[Job[Any]], Any]) -> Any:  # noqa: ANN401 - what the steps return
    """Run the jobs, deeds and pauses that the steps ask for, and hand each one's outcome or error back in."""
    try:
        step = next(steps)
        while True:
            step = _next(steps, _outcome(run_job, step))
    except StopIteration as stop:
        return stop.value
    finally:
        steps.close()


async def walk_async(steps: Steps, run_job: Callable[[Job[Any]], Awaitable[Any]]) -> Any:  # noqa: ANN401
    """The same, for tasks: deeds are done in a thread, and what an interrupted purchase leaves is put in order there, too."""
    try:
        step = next(steps)
        while True:
            step = _next(steps, await _outcome_async(run_job, step))
    except StopIteration as stop:
        return stop.value
    except BaseException:
        await in_thread(steps.close)
        raise


async def in_thread(do: Callable[..., T], *args: Any) -> T:  # noqa: ANN401 - as they are taken
    """Do something that blocks, to its end: a task that is cancelled waits until it is known what was written."""
    work = asyncio.ensure_future(asyncio.to_thread(do, *args))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        work.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody is left to be told
        await asyncio.wait([work])
        raise


def _outcome(run_job: Callable[[Job[Any]], Any], step: Job[Any] | Deed | Pause) -> Any:  # noqa: ANN401 - a result, or its error
    try:
        match step:
            case Deed(do):
                return do()
            case Pause(seconds):
                return time.sleep(seconds)
            case job:
                return run_job(job)
    except _TOLD as error:
        return error


async def _outcome_async(run_job: Callable[[Job[Any]], Awaitable[Any]], step: Job[Any] | Deed | Pause) -> Any:  # noqa: ANN401
    try:
        match step:
            case Deed(do):
                return await in_thread(do)
            case Pause(seconds):
                return await asyncio.sleep(seconds)
            case job:
                return await run_job(job)
    except _TOLD as error:
        return error


def _next(steps: Steps, outcome: Any) -> Any:  # noqa: ANN401 - the next step
    return steps.throw(outcome) if isinstance(outcome, _TOLD) else steps.send(outcome)


def guarded(job: Job[T]) -> Call[T]:
    """The job's call, with every error named, redacted and weighed against the effect of the request that it answers.

    An answer that cannot be read is a ``MalformedResponse`` to a read and an ``OutcomeUnknown`` after a write; what fails after a
    purchase was answered is no refusal of it. No error keeps a cause that could show a request.
    """
    call = job.call
    answered: HttpRequest | None = None
    response: HttpResponse | None = None
    purchase: HttpResponse | None = None
    failure: CarrierError
    try:
        request = next(call)
        while True:
            answered = request
            answer: HttpResponse | CarrierError
            try:
                answer = response = yield request
            except CarrierError as error:
                answer, response = error, None
            request = hand_in(call, answer)
            if answered.effect is Effect.ONCE and response is not None:
                purchase = response
    except StopIteration as stop:
        result: T = stop.value
        return result
    except CarrierError as error:
        failure = copy.copy(error)
    except Exception as error:
        if purchase is None and (response is None or isinstance(error, RetoureError | ConfigurationError)):
            raise
        failure = MalformedResponse(f"the answer could not be read: {_where(error)}")
    finally:
        call.close()
    if purchase is not None:
        what = f"the purchase was answered, and what followed failed: {failure.message}"
        failure = OutcomeUnknown(what, attempted_at=purchase.requested_at)
    raise _named(failure, job, answered, response)


def _where(error: Exception) -> str:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f" at {trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}" if trace else ""
    return f"{type(error).__name__}{place}"


def _named(error: CarrierError, job: Job[T], answered: HttpRequest | None, response: HttpResponse | None) -> CarrierError:
    unread = isinstance(error, MalformedResponse) and response is not None
    if unread and answered is not None and answered.effect is not Effect.READ:
        error = OutcomeUnknown(
            f"{error.message}; it may have happened: look it up before asking again",
            carrier_code=error.carrier_code,
            request_id=error.request_id,
        )
    error.account, error.carrier, error.operation = job.account, job.carrier, str(job.operation)
    if response is not None and error.response is None:
        error.response = job.redactor.response(response)
    if isinstance(error, OutcomeUnknown):
        error.key = error.key or job.key
        error.attempted_at = error.attempted_at or (response.requested_at if response else None)
    job.redactor.error(error)
    error.__cause__ = error.__context__ = None
    error.with_traceback(None)
    return error
