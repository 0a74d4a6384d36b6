"""``retoure quote --csv``: a catalogue of parcels in, the cheapest quote of each out; a bad row is told beside the good ones."""

import csv
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from pydantic import ValidationError
from rich.console import Group, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from retoure.cli.inputs import BadInput, problems_of
from retoure.cli.output import bullets, console
from retoure.client import Client
from retoure.model.addresses import Address
from retoure.model.base import Model
from retoure.model.labels import ReturnRequest
from retoure.model.measures import Parcel
from retoure.model.offers import Best
from retoure.model.quotes import Decline, DeclineReason

__all__ = ["CatalogueReport", "catalogue_report", "price_catalogue"]

REQUIRED = ("country", "weight")
OPTIONAL = ("id", "postal_code", "city", "dimensions", "weight_source", "packaging", "return_to", "ship_date")
ADDED = (
    "account", "carrier", "service", "net", "tax", "gross", "currency", "billable_weight", "billed_by", "zone", "price_basis",
    "card", "revision", "priced_at", "warnings", "problem",
)  # fmt: skip
_TOLD = 10
"""How many bad rows the summary repeats; all of them stand in the output."""


class RowProblem(Model):
    """A row without a price, by its line in the input."""

    line: int
    problem: str


class CatalogueReport(Model):
    """What came of a catalogue. Every row stands in the output file, with its price or its problem."""

    rows: int
    priced: int
    problems: tuple[RowProblem, ...]


@dataclass
class _Row:
    line: int
    cells: dict[str, str]
    problem: str = ""


def price_catalogue(
    client: Client,
    source: str,
    target: Path | None,
    return_to: str | None,
    **wishes: Any,  # noqa: ANN401 - quote_many's
) -> CatalogueReport:
    """Price every row of a CSV file and write it, with its price or its problem, to another one or to standard output.

    Raises:
        BadInput: a file cannot be read or written, or a column is unknown or missing.
    """
    with _reading(source) as text, _writing(target, source) as out:
        reader = csv.DictReader(text, strict=True)
        columns = _columns(reader, source)
        writer = csv.DictWriter(out, [*columns, *ADDED], lineterminator="\n")
        writer.writeheader()
        pending: deque[_Row] = deque()
        problems: list[RowProblem] = []
        rows = 0

        def write(row: _Row, priced: dict[str, str]) -> None:
            nonlocal rows
            rows += 1
            if problem := priced.get("problem"):
                problems.append(RowProblem(line=row.line, problem=problem))
            writer.writerow({**row.cells, **priced})

        def flush() -> None:
            while pending and pending[0].problem:
                row = pending.popleft()
                write(row, {"problem": row.problem})

        requests = _requests(_progress(_rows(reader, source), source), pending, return_to)
        for best in client.quote_many(requests, **wishes):
            flush()
            write(pending.popleft(), _priced(best))
        flush()
    return CatalogueReport(rows=rows, priced=rows - len(problems), problems=tuple(problems))


def _columns(reader: "csv.DictReader[str]", source: str) -> list[str]:
    try:
        columns = list(reader.fieldnames or ())
    except (csv.Error, UnicodeDecodeError) as error:
        raise BadInput(f"{source} cannot be read: {error}") from None
    missing = [name for name in REQUIRED if name not in columns]
    unknown = [name for name in columns if name not in (*REQUIRED, *OPTIONAL)]
    doubled = sorted({name for name in columns if columns.count(name) > 1})
    if missing or unknown or doubled:
        faults = [f"{what} {', '.join(names)}" for what, names in
                  (("misses", missing), ("has the unknown", unknown), ("has twice", doubled)) if names]  # fmt: skip
        raise BadInput(f"{source}: the first line {' and '.join(faults)}; columns are {', '.join((*REQUIRED, *OPTIONAL))}")
    return columns


def _rows(reader: "csv.DictReader[str]", source: str) -> Iterator[_Row]:
    try:
        for cells in reader:
            if None in cells or None in cells.values():
                whole = {name: value or "" for name, value in cells.items() if isinstance(name, str)}
                yield _Row(reader.line_num, whole, "the row has more or fewer cells than the first line")
            else:
                yield _Row(reader.line_num, cells)
    except (csv.Error, UnicodeDecodeError) as error:
        raise BadInput(f"{source} cannot be read after line {reader.line_num}: {error}") from None


def _requests(rows: Iterable[_Row], pending: deque[_Row], return_to: str | None) -> Iterator[ReturnRequest]:
    """The request of every good row; each row is put to the pending ones first, a bad one with its problem."""
    for row in rows:
        request = None
        if not row.problem:
            try:
                request = _request(row, return_to)
            except ValidationError as error:
                row.problem = "; ".join(map(str, problems_of(error)))
            except ValueError as error:
                row.problem = str(error)
        pending.append(row)
        if request is not None:
            yield request


def _request(row: _Row, return_to: str | None) -> ReturnRequest:
    get: Callable[[str], str] = lambda name: row.cells.get(name, "").strip()  # noqa: E731
    target = get("return_to") or return_to
    if not target:
        raise ValueError("return_to: name a return address in the row, or for all of them with --return-to")
    parcel = Parcel.of(
        get("weight"),
        get("dimensions") or None,
        weight_source=get("weight_source") or "measured",
        packaging=get("packaging").split(),
    )
    customer = {
        "name": "-",
        "street": "-",
        "city": get("city") or "-",
        "postal_code": get("postal_code"),
        "country": get("country"),
    }
    return ReturnRequest(
        rma=get("id") or f"line {row.line}",
        ship_from=Address.model_validate(customer),
        return_to=target,
        parcel=parcel,
        ship_date=datetime.strptime(get("ship_date"), "%Y-%m-%d").date() if get("ship_date") else None,  # noqa: DTZ007
    )


def _priced(best: Best) -> dict[str, str]:
    quote = best.quote
    if quote is None:
        elsewhere = [one for one in best.declined if one.reason is DeclineReason.NO_COVERAGE]
        declined = [one for one in best.declined if one not in elsewhere] or elsewhere
        reasons = [f"{one.service or one.account}: {one.reason} {_why(one)}" for one in declined]
        failures = [f"{name}: {error}" for name, error in best.failed.items()]
        return {"problem": "; ".join(dict.fromkeys([*reasons, *failures])) or best.problem}
    cells = {
        "account": quote.account,
        "carrier": quote.carrier,
        "service": quote.service,
        "net": f"{quote.net.amount:f}",
        "tax": f"{quote.tax.amount.amount:f}" if quote.tax else "",
        "gross": f"{quote.gross.amount:f}" if quote.gross else "",
        "currency": quote.net.currency,
        "billable_weight": str(quote.billable_weight or ""),
        "billed_by": str(quote.billed_by),
        "zone": quote.zone,
        "price_basis": str(quote.price_basis),
        "priced_at": quote.priced_at.isoformat(),
        "warnings": "; ".join(quote.warnings),
    }
    return cells | ({"card": quote.card.id, "revision": quote.card.revision} if quote.card else {})


def _why(decline: Decline) -> str:
    return f"({decline.actual}, limit {decline.limit})" if decline.limit else f"({decline.detail or decline.actual})"


def _reading(source: str) -> AbstractContextManager[TextIO]:
    if source == "-":
        if sys.stdin is None:
            raise BadInput("standard input is closed")
        return nullcontext(sys.stdin)
    try:
        return Path(source).open(encoding="utf-8-sig", newline="")
    except OSError as error:
        raise BadInput(f"{source} cannot be read: {error.strerror}") from None


def _writing(target: Path | None, source: str) -> AbstractContextManager[TextIO]:
    if target is None:
        return nullcontext(sys.stdout)
    if source != "-" and target.resolve() == Path(source).resolve():
        raise BadInput(f"--out {target} is the catalogue itself: name another file")
    try:
        return target.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise BadInput(f"--out {target} cannot be written: {error.strerror}") from None


def _progress(rows: Iterable[_Row], source: str) -> Iterator[_Row]:
    """The rows, with a bar at a terminal."""
    screen = console(error=True)
    if not screen.is_terminal:
        yield from rows
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    total = None if source == "-" else _line_count(Path(source)) - 1
    with Progress(*columns, console=screen, transient=True) as progress:
        yield from progress.track(rows, total=total, description="Pricing")


def _line_count(file: Path) -> int:
    with file.open("rb") as lines:
        return sum(1 for _ in lines)


def catalogue_report(report: CatalogueReport, target: Path | None) -> RenderableType:
    """How many rows have a price, and the first of those that have none."""
    where = f" in {target}" if target else ""
    told = [f"line {one.line}: {one.problem}" for one in report.problems[:_TOLD]]
    more = len(report.problems) - len(told)
    told += [f"and {more} more, in the column 'problem'"] if more else []
    verdict = f"{report.priced} of {report.rows} rows have a price{where}."
    return Group(bullets("Without a price", told, "red"), Text(verdict, "bold red" if report.problems else "green"))
