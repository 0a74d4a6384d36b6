"""The prices of a card: ``prices.csv``, with the columns ``service,zone,up_to,price``.

``up_to`` is the upper bound of a band, inclusive, with its unit: ``5 kg`` for a weight tier, ``35 cm`` for a size class, empty
for a flat price. Bands stand in ascending order. After the last, ``+1 kg`` prices each further kilogram begun, where the
service's key is PER_KG_ABOVE.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby, pairwise
from operator import attrgetter
from typing import Final, TypeVar

from retoure.model.measures import Length, Weight
from retoure.ratecards.faults import Fault
from retoure.ratecards.fields import plain_decimal
from retoure.ratecards.schema import BandKey

COLUMNS: Final = ("service", "zone", "up_to", "price")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One band of one service and zone; ``further`` is the row for each step above the last. The price stays out of the repr."""

    line: int
    service: str
    zone: str
    up_to: Weight | Length | None
    price: Decimal = field(repr=False)
    further: bool = False

    @property
    def written(self) -> str:
        """The bound as the file has it, in one spelling."""
        return f"{'+' * self.further}{self.up_to or ''}"

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


def read_prices(content: bytes, file: str) -> tuple[tuple[PriceRow, ...], list[Fault]]:
    """Every readable row, and a fault for every other one."""
    return read_rows(content, file, COLUMNS, _read_row)


def read_rows(
    content: bytes, file: str, columns: tuple[str, ...], read: Callable[[list[str], int], R]
) -> tuple[tuple[R, ...], list[Fault]]:
    """The rows of a CSV file that ``read`` makes something of, and a fault for every other one."""
    import csv

    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return (), [Fault(file, None, f"not UTF-8: {error.reason} at byte {error.start}")]
    rows: list[R] = []
    faults: list[Fault] = []
    reader = csv.reader(text.splitlines(), strict=True)
    try:
        header = next(reader, [])
        if tuple(header) != columns:
            return (), [Fault(file, 1, f"the first line must be {','.join(columns)}")]
        for cells in reader:
            if not cells:
                continue
            try:
                rows.append(read(_cells(cells, columns), reader.line_num))
            except ValueError as error:
                faults.append(Fault(file, reader.line_num, str(error)))
    except csv.Error as error:
        faults.append(Fault(file, reader.line_num, f"not CSV: {error}"))
    return tuple(rows), faults


def _cells(cells: list[str], columns: tuple[str, ...]) -> list[str]:
    if len(cells) != len(columns):
        raise ValueError(f"{len(cells)} columns instead of {len(columns)}")
    return [cell.strip() for cell in cells]


def _read_row(cells: list[str], line: int) -> PriceRow:
    service, zone, up_to, price = cells
    bound = _read_bound(up_to.removeprefix("+"))
    if up_to.startswith("+") and not isinstance(bound, Weight):
        raise ValueError(f"up_to {up_to!r}: only a weight is counted further, like '+1 kg'")
    return PriceRow(line, service, zone, bound, plain_decimal(price), up_to.startswith("+"))


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
    BandKey.PER_KG_ABOVE: (Weight, "a weight, like '5 kg'"),
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
        where = f"service {service!r}, zone {zone!r}"
        yield from _check_bands([row for row in bands if not row.further], where, file)
        yield from _check_further(bands, keys.get(service), where, file)


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


def _check_further(bands: list[PriceRow], key: BandKey | None, where: str, file: str) -> Iterator[Fault]:
    """What is wrong with the row for all that is heavier than the last band."""
    places = [index for index, row in enumerate(bands) if row.further]
    if key is BandKey.PER_KG_ABOVE:
        if places != [len(bands) - 1] or len(bands) < 2:
            text = "one row, the last, prices what is above the last band, like '+1 kg'; and a band stands before it"
            yield Fault(file, bands[places[0] if places else -1].line, f"{where}: {text}")
    elif key:
        yield from (Fault(file, bands[at].line, f"{where}: '{bands[at].written}' needs key = 'PER_KG_ABOVE'") for at in places)


def falling(rows: tuple[PriceRow, ...], allowed: frozenset[str], file: str) -> Iterator[Fault]:
    """Where a larger parcel costs less than a smaller one, and its service does not say that this is meant."""
    for (service, zone), bands in lanes(rows).items():
        for before, row in pairwise(bands):
            if row.price < before.price and service not in allowed and not row.further:
                text = f"the price falls after the band up to {before.up_to}: if that is meant, set the service's may_fall = true"
                yield Fault(file, row.line, f"service {service!r}, zone {zone!r}: {text}")
