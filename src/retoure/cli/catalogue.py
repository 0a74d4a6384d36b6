"""``retoure quote --csv``: a catalogue of parcels in, the cheapest quote of each out; a bad row is told beside the good ones."""

import csv
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from pydantic import ValidationError
from rich.console import Group, RenderableType
from rich.text import Text

from retoure.cli.inputs import problems_of
from retoure.cli.output import bullets
from retoure.cli.sheets import Row, Sheet, pointed, progressing, reading, writing
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
    with reading(source) as text:
        sheet = Sheet(text, (*REQUIRED, *OPTIONAL))
        sheet.check(REQUIRED, OPTIONAL, source)
        with writing(target, source) as out:
            return _price(client, sheet, out, source, return_to, wishes)


def _price(
    client: Client, sheet: Sheet, out: TextIO, source: str, return_to: str | None, wishes: Mapping[str, Any]
) -> CatalogueReport:
    writer = csv.DictWriter(out, [*sheet.columns, *ADDED], delimiter=sheet.delimiter, lineterminator="\n")
    writer.writeheader()
    pending: deque[Row] = deque()
    problems: list[RowProblem] = []
    rows = 0

    def write(row: Row, priced: dict[str, str]) -> None:
        nonlocal rows
        rows += 1
        if problem := priced.get("problem"):
            problems.append(RowProblem(line=row.line, problem=problem))
        writer.writerow({**row.cells, **priced})

    def flush() -> None:
        while pending and pending[0].problem:
            row = pending.popleft()
            write(row, {"problem": row.problem})

    requests = _requests(progressing(sheet.rows, source, "Pricing", head_lines=1), pending, sheet, return_to)
    for best in client.quote_many(requests, **wishes):
        flush()
        write(pending.popleft(), _priced(best))
    flush()
    return CatalogueReport(rows=rows, priced=rows - len(problems), problems=tuple(problems))


def _requests(rows: Iterable[Row], pending: deque[Row], sheet: Sheet, return_to: str | None) -> Iterator[ReturnRequest]:
    """The request of every good row; each row is put to the pending ones first, a bad one with its problem."""
    for row in rows:
        request = None
        if not row.problem:
            try:
                request = _request(row, return_to, str if sheet.delimiter == "," else pointed)
            except ValidationError as error:
                row.problem = "; ".join(map(str, problems_of(error)))
            except ValueError as error:
                row.problem = str(error)
        pending.append(row)
        if request is not None:
            yield request


def _request(row: Row, return_to: str | None, measure: Callable[[str], str]) -> ReturnRequest:
    get: Callable[[str], str] = lambda name: row.cells.get(name, "").strip()  # noqa: E731
    target = get("return_to") or return_to
    if not target:
        raise ValueError("return_to: name a return address in the row, or for all of them with --return-to")
    parcel = Parcel.of(
        measure(get("weight")),
        measure(get("dimensions")) or None,
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


def catalogue_report(report: CatalogueReport, target: Path | None) -> RenderableType:
    """How many rows have a price, and the first of those that have none."""
    where = f" in {target}" if target else ""
    told = [f"line {one.line}: {one.problem}" for one in report.problems[:_TOLD]]
    more = len(report.problems) - len(told)
    told += [f"and {more} more, in the column 'problem'"] if more else []
    verdict = f"{report.priced} of {report.rows} rows have a price{where}."
    return Group(bullets("Without a price", told, "red"), Text(verdict, "bold red" if report.problems else "green"))
