"""Errors as a person or a program reads them, and the exit code each comes to: the one place that decides."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import typer
from pydantic import AwareDatetime, Field
from rich.text import Text
from typer.core import TyperGroup

from retoure.cli.inputs import BadInput
from retoure.cli.output import console, write_json
from retoure.cli.surroundings import here
from retoure.errors import (
    AuthenticationFailed,
    BooksError,
    CarrierError,
    CarrierUnavailable,
    ConfigurationError,
    InvalidRateCard,
    MalformedResponse,
    MissingMeasure,
    NoRateCard,
    NotFound,
    OutcomeUnknown,
    Problem,
    PurchaseConflict,
    RateLimited,
    RequestRejected,
    RetoureError,
)
from retoure.model.base import Model
from retoure.purchases.entries import number_of

__all__ = ["ErrorReport", "Guarded", "NotHandedOver", "exit_code", "handing_over", "report_of"]

REFUSED, USAGE, UNKNOWN = 1, 2, 3

_MISUSED = (BooksError, ConfigurationError, PurchaseConflict, NoRateCard, InvalidRateCard, OSError)
"""Errors that the caller puts right, without a carrier."""
_UsageError: type[Exception] = typer.BadParameter.__bases__[0]  # typer does not export it, and its module differs by version


class NotHandedOver(RetoureError):  # noqa: N818 - what is the case, as its neighbours in the tree
    """Something was bought or booked, and could not be printed or written."""

    def __init__(self, message: str, *, key: str) -> None:
        super().__init__(message)
        self.key = key


_ADVICE: Mapping[type[Exception], str] = {
    AuthenticationFailed: "check the account's credentials, and that they cover this interface of the carrier",
    NotFound: "check the number; it may be too new or deleted by now. It does not mean that the parcel is lost",
    RateLimited: "wait, then ask again",
    CarrierUnavailable: "nothing happened: try again later",
    OutcomeUnknown: "do not buy again: ask once more under the same key, or look it up (retoure label find, retoure pickup find, "
    "or at the carrier) and settle it with retoure purchases resolve",
    MalformedResponse: "the carrier's answer is not what its interface promises; nothing is known from it",
    MissingMeasure: "add what is missing to the parcel",
    NotHandedOver: "do not buy again: note the number, and look it up by its key or at the carrier",
    PurchaseConflict: "choose another key for another order",
}


class ProblemReport(Model):
    """One thing that is wrong, with its field."""

    field: str
    code: str
    text: str


class ErrorReport(Model):
    """An error as JSON. ``retry_after`` is an ISO 8601 duration."""

    type: str
    message: str
    account: str = ""
    carrier: str = ""
    operation: str = ""
    carrier_code: str = ""
    request_id: str = ""
    retry_after: timedelta | None = None
    problems: tuple[ProblemReport, ...] = ()
    key: str = ""
    number: str = Field(default="", description="of what was bought all the same")
    attempted_at: AwareDatetime | None = None
    candidates: tuple[str, ...] = Field(default=(), description="numbers of what the look-up found that it may be")
    advice: str = Field(default="", description="what to do")


def exit_code(error: Exception) -> int:
    """1: the carrier refused. 2: usage, configuration, input, output. 3: it may have happened, or did and was not handed over."""
    if isinstance(error, OutcomeUnknown | NotHandedOver) or (isinstance(error, BooksError) and error.bought):
        return UNKNOWN
    return USAGE if isinstance(error, _MISUSED) else REFUSED


def report_of(error: Exception) -> ErrorReport:
    """An error as data."""
    problems: tuple[Problem, ...] = getattr(error, "problems", ()) if isinstance(error, RequestRejected | BadInput) else ()
    message = error.message if isinstance(error, CarrierError) else _told_by_system(error) or str(error)
    if problems and message == "; ".join(map(str, problems)):
        message = "the request is not accepted"
    details: dict[str, Any] = {}
    if isinstance(error, CarrierError):
        names = ("account", "carrier", "operation", "carrier_code", "request_id", "retry_after")
        details = {name: getattr(error, name) for name in names}
    if isinstance(error, OutcomeUnknown):
        details |= {
            "key": error.key,
            "attempted_at": error.attempted_at,
            "candidates": tuple(number_of(one) for one in error.candidates),
        }
    if isinstance(error, NotHandedOver):
        details["key"] = error.key
    if isinstance(error, BooksError) and error.bought is not None:
        details |= {"key": error.bought.key, "number": number_of(error.bought)}
    return ErrorReport(
        type=type(error).__name__,
        message=message,
        problems=tuple(ProblemReport(field=problem.field, code=problem.code, text=problem.text) for problem in problems),
        advice=next((advice for kind, advice in _ADVICE.items() if isinstance(error, kind)), ""),
        **details,
    )


def _told_by_system(error: Exception) -> str:
    """What the operating system says about a file, or about standard output; empty for other errors."""
    if not isinstance(error, OSError):
        return ""
    reason = error.strerror or str(error)
    return f"{error.filename}: {reason}" if error.filename else f"standard output cannot be written: {reason}"


@contextmanager
def handing_over(what: str, key: str) -> Iterator[None]:
    """Around all that follows a purchase: where it cannot be printed or written, at least number and key are told."""
    try:
        yield
    except (OSError, UnicodeError) as error:
        reason = _told_by_system(error) or str(error)
        raise NotHandedOver(f"{what}, but {reason}", key=key) from None


def told(report: ErrorReport) -> Text:
    """An error as a person reads it: what is wrong, which field, what to do."""
    where = " ".join(filter(None, (report.account, report.operation)))
    text = Text.assemble(("Error", "bold red"), f" {report.type}: ", f"{where}: " if where else "", report.message)
    for problem in report.problems:
        text.append(f"\n  {problem.field or 'request'}: ", "bold").append(problem.text)
    details = {
        "carrier code": report.carrier_code,
        "request id": report.request_id,
        "wait": f"{report.retry_after.total_seconds():g} s" if report.retry_after is not None else "",
        "key": report.key,
        "number": report.number,
        "attempted at": report.attempted_at.isoformat() if report.attempted_at else "",
    }
    for name, value in details.items():
        if value:
            text.append(f"\n  {name}: {value}", "dim")
    if report.advice:
        text.append(f"\n  {report.advice}", "italic")
    return text


class Guarded(TyperGroup):
    """The root of the commands: an error leaves as a message and an exit code, never as a traceback."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer's own context, see _UsageError
        """Read the root's own options; whether errors are JSON is known from here on, and to every command below."""
        here(ctx).as_json = "--json" in args
        with _told_to_the_user(ctx):
            return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401
        """Run the command."""
        with _told_to_the_user(ctx):
            return super().invoke(ctx)


@contextmanager
def _told_to_the_user(ctx: Any) -> Iterator[None]:  # noqa: ANN401
    as_json = here(ctx).as_json
    try:
        yield
        return
    except (RetoureError, ConfigurationError, OSError) as error:
        report = report_of(error)
        code = exit_code(error)
    except _UsageError as error:
        if not as_json:
            raise  # typer tells it, with the command's usage
        misuse: Any = error
        report = ErrorReport(type=_UsageError.__name__, message=misuse.format_message())
        code = USAGE
    if as_json:
        write_json(report, error=True)
    else:
        console(error=True).print(told(report))
    raise typer.Exit(code)
