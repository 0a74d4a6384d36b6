"""The prices of a card: ``prices.csv``, with the columns ``service,zone,up_to,price``.

``up_to`` is the upper bound of a band, inclusive, with its unit: ``5 kg`` for a weight tier, ``35 cm`` for a size class, empty
for a flat price. Bands stand in ascending order.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby, pairwise
from operator import attrgetter
from typing import Final

from retoure.model.measures import Length, Weight
from retoure.ratecards.faults import Fault
from retoure.ratecards.fields import plain_decimal
from retoure.ratecards.schema import BandKey

COLUMNS: Final = ("service", "zone", "up_to", "price")


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One band of one service and zone. The price stays out of the repr."""

    line: int
    service: str
    zone: str
    up_to: Weight | Length | None
    price: Decimal = field(repr=False)

    @property
    def bound(self) -> Decimal:
        """The upper bound in grams or millimetres; zero for a flat price, which has none."""
        match self.up_to:
            case Weight():
                return self.up_to.grams
            case Length():
                return self.up_to.millimetres
            case _:
                return Decimal(0)


def read_prices(text: str, file: str) -> tuple[tuple[PriceRow, ...], list[Fault]]:
    """Every readable row, and a fault for every other one."""
    import csv

    rows: list[PriceRow] = []
    faults: list[Fault] = []
    reader = csv.reader(text.splitlines(), strict=True)
    try:
        header = next(reader, [])
        if tuple(header) != COLUMNS:
            return (), [Fault(file, 1, f"the first line must be {','.join(COLUMNS)}")]
        for cells in reader:
            if not cells:
                continue
            try:
                rows.append(_read_row(cells, reader.line_num))
            except ValueError as error:
                faults.append(Fault(file, reader.line_num, str(error)))
    except csv.Error as error:
        faults.append(Fault(file, reader.line_num, f"not CSV: {error}"))
    return tuple(rows), faults


def _read_row(cells: list[str], line: int) -> PriceRow:
    if len(cells) != len(COLUMNS):
        raise ValueError(f"{len(cells)} columns instead of {len(COLUMNS)}")
    service, zone, up_to, price = (cell.strip() for cell in cells)
    return PriceRow(line, service, zone, _read_bound(up_to), plain_decimal(price))


def _read_bound(text: str) -> Weight | Length | None:
    if not text:
        return None
    for kind in (Weight, Length):
        if text.rstrip().endswith(tuple(kind.factors)):
            try:
                return kind.parse(text)
            except ValueError:
                break
    raise ValueError(f"up_to {text!r} is neither a weight like '5 kg' nor a length like '35 cm'")


_BOUNDS: Final[Mapping[BandKey, tuple[type[Weight] | type[Length] | type[None], str]]] = {
    BandKey.WEIGHT_TIER: (Weight, "a weight, like '5 kg'"),
    BandKey.CLASS_SHORTEST_PLUS_LONGEST: (Length, "a length, like '35 cm'"),
    BandKey.FLAT: (type(None), "empty, because the service has one price"),
}


def check_prices(
    rows: tuple[PriceRow, ...], keys: Mapping[str, BandKey | None], zones: frozenset[str], file: str
) -> Iterator[Fault]:
    """What is wrong with rows that are readable one by one: unknown names, wrong kinds of bound, doubles, disorder.

    Args:
        rows: In the order of the file.
        keys: The services of the tariff; None where the tariff does not say it properly.
        zones: The ids of the tariff's zones.
        file: How the faults name the file.
    """
    for row in rows:
        if row.service not in keys:
            yield Fault(file, row.line, f"the tariff has no service {row.service!r}")
        if row.zone not in zones:
            yield Fault(file, row.line, f"the tariff has no zone {row.zone!r}")
        key = keys.get(row.service)
        if key and not isinstance(row.up_to, _BOUNDS[key][0]):
            yield Fault(file, row.line, f"up_to of service {row.service!r} is {_BOUNDS[key][1]}")
    for (service, zone), bands in lanes(rows).items():
        yield from _check_bands(bands, f"service {service!r}, zone {zone!r}", file)


def lanes(rows: tuple[PriceRow, ...]) -> dict[tuple[str, str], list[PriceRow]]:
    """The rows of each service and zone, in the order of the file."""
    where = attrgetter("service", "zone")
    return {lane: list(bands) for lane, bands in groupby(sorted(rows, key=where), key=where)}


def _check_bands(bands: list[PriceRow], where: str, file: str) -> Iterator[Fault]:
    seen: dict[Decimal, int] = {}
    for row in bands:
        if row.bound in seen:
            yield Fault(
                file, row.line, f"{where}: the band up to {row.up_to or 'any size'} stands on line {seen[row.bound]} already"
            )
        seen.setdefault(row.bound, row.line)
    for before, row in pairwise(bands):
        if row.bound < before.bound:
            yield Fault(
                file, row.line, f"{where}: the band up to {row.up_to} stands below the one up to {before.up_to}; sort the bands"
            )


def falling(rows: tuple[PriceRow, ...], file: str) -> Iterator[Fault]:
    """Where a larger parcel costs less than a smaller one, which is allowed and seldom meant."""
    for (service, zone), bands in lanes(rows).items():
        for before, row in pairwise(bands):
            if row.price < before.price:
                yield Fault(
                    file, row.line, f"service {service!r}, zone {zone!r}: the price falls after the band up to {before.up_to}"
                )
