"""``retoure drop-offs``."""

from collections.abc import Sequence
from typing import Annotated

import typer
from rich.console import RenderableType
from rich.text import Text

from retoure.cli.inputs import made
from retoure.cli.options import AccountName, AsJson
from retoure.cli.output import Output, table
from retoure.cli.surroundings import here
from retoure.cli.words import place
from retoure.model.dropoffs import DropOffPoint, DropOffQuery, OpeningHours

__all__ = ["drop_offs"]

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def drop_offs(
    context: typer.Context,
    *,
    account: AccountName,
    country: Annotated[str, typer.Option("--country", help="Two letters, like DE.")],
    postal_code: Annotated[str, typer.Option("--postal-code")] = "",
    city: Annotated[str, typer.Option("--city")] = "",
    street: Annotated[str, typer.Option("--street")] = "",
    radius_m: Annotated[int, typer.Option("--radius", metavar="METRES")] = 5000,
    limit: Annotated[int, typer.Option("--limit", help="At most so many places.")] = 15,
    prints_labels: Annotated[bool, typer.Option("--prints-labels", help="Only places that print a label.")] = False,
    as_json: AsJson = False,
) -> None:
    """List places near the customer that take returns, nearest first. None found is an empty list, and no error."""
    out = Output(context, as_json=as_json)
    query = made(
        DropOffQuery, "the query", country=country, postal_code=postal_code, city=city, street=street,
        radius_m=radius_m, limit=limit, prints_labels=prints_labels,
    )  # fmt: skip
    with here(context).client() as client:
        points = client.drop_offs(query, account=account)
    out.show(points, lambda: _drawn(points), tuple[DropOffPoint, ...])


def _drawn(points: Sequence[DropOffPoint]) -> RenderableType:
    if not points:
        return Text("No place was found there.")
    printing = {True: "yes", False: "no", None: "not told"}
    rows = [
        [
            "-" if point.distance_m is None else f"{point.distance_m} m", point.name, point.street, place(point.place),
            printing[point.prints_labels], hours(point.hours),
        ]
        for point in points
    ]  # fmt: skip
    return table("Places that take returns", [">distance", "name", "street", "town", "prints labels", "open"], rows)


def hours(opening: Sequence[OpeningHours]) -> str:
    """Opening hours in short: days with the same hours together."""
    by_hours: dict[str, list[int]] = {}
    for weekday in range(1, 8):
        text = ", ".join(f"{one.opens:%H:%M}-{one.closes:%H:%M}" for one in opening if one.weekday == weekday)
        if text:
            by_hours.setdefault(text, []).append(weekday)
    return "\n".join(f"{_span(days)} {text}" for text, days in by_hours.items())


def _span(days: Sequence[int]) -> str:
    names = [_DAYS[day - 1] for day in days]
    in_a_row = len(days) > 2 and days[-1] - days[0] == len(days) - 1
    return f"{names[0]}-{names[-1]}" if in_a_row else ", ".join(names)
