"""Errors as a person or a program reads them, and the exit code each comes to: the one place that decides."""

from collections.abc import Mapping
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

__all__ = ["ErrorReport", "Guarded", "exit_code", "report_of"]

REFUSED, USAGE, UNKNOWN = 1, 2, 3

_MISUSED = (ConfigurationError, PurchaseConflict, NoRateCard, InvalidRateCard)
"""Errors that the caller puts right, without a carrier."""

_ADVICE: Mapping[type[Exception], str] = {
    AuthenticationFailed: "check the account's credentials, and that they cover this interface of the carrier",
    NotFound: "check the number; it may be too new or deleted by now. It does not mean that the parcel is lost",
    RateLimited: "wait, then ask again",
    CarrierUnavailable: "nothing happened: try again later",
    OutcomeUnknown: "do not buy again: look it up by its key first (retoure label find, retoure pickup find), or at the carrier",
    MalformedResponse: "the carrier's answer is not what its interface promises; nothing is known from it",
    MissingMeasure: "add what is missing to the parcel",
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
    attempted_at: AwareDatetime | None = None
    advice: str = Field(default="", description="what to do")


def exit_code(error: Exception) -> int:
    """1: the carrier refused. 2: usage, configuration, an input file. 3: it may have happened."""
    if isinstance(error, OutcomeUnknown):
        return UNKNOWN
    return USAGE if isinstance(error, _MISUSED) else REFUSED


def report_of(error: Exception) -> ErrorReport:
    """An error as data."""
    problems: tuple[Problem, ...] = getattr(error, "problems", ()) if isinstance(error, RequestRejected | BadInput) else ()
    message = error.message if isinstance(error, CarrierError) else str(error)
    if problems and message == "; ".join(map(str, problems)):
        message = "the request is not accepted"
    details: dict[str, Any] = {}
    if isinstance(error, CarrierError):
        names = ("account", "carrier", "operation", "carrier_code", "request_id", "retry_after")
        details = {name: getattr(error, name) for name in names}
    if isinstance(error, OutcomeUnknown):
        details |= {"key": error.key, "attempted_at": error.attempted_at}
    return ErrorReport(
        type=type(error).__name__,
        message=message,
        problems=tuple(ProblemReport(field=problem.field, code=problem.code, text=problem.text) for problem in problems),
        advice=next((advice for kind, advice in _ADVICE.items() if isinstance(error, kind)), ""),
        **details,
    )


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
        "attempted at": report.attempted_at.isoformat() if report.attempted_at else "",
    }
    for name, value in details.items():
        if value:
            text.append(f"\n  {name}: {value}", "dim")
    if report.advice:
        text.append(f"\n  {report.advice}", "italic")
    return text


class Guarded(TyperGroup):
    """The root of the commands: an error of the library leaves as a message and an exit code, never as a traceback."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - typer's own context, whose module differs between its versions
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (RetoureError, ConfigurationError) as error:
            report = report_of(error)
            code = exit_code(error)
        if here(ctx).as_json:
            write_json(report, error=True)
        else:
            console(error=True).print(told(report))
        raise typer.Exit(code)
