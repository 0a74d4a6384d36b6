"""One card read from its folder: ``tariff.toml`` and ``prices.csv``, all faults in one pass."""

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from importlib.resources.abc import Traversable
from typing import Any, Final

from pydantic import ValidationError

from retoure.ratecards.checks import (
    check_amounts,
    check_keys,
    check_lanes,
    check_place,
    check_series,
    check_weight_rules,
    never_valid,
    unpriced_zones,
)
from retoure.ratecards.faults import Fault, Lines, Location, written
from retoure.ratecards.outline import Outline
from retoure.ratecards.prices import (
    PriceRow,
    check_names,
    check_prices,
    falling,
    free_of_charge,
    read_names,
    read_prices,
)
from retoure.ratecards.schema import Tariff

TARIFF: Final = "tariff.toml"
PRICES: Final = "prices.csv"
_LINE: Final = re.compile(r"at line (\d+)")


@dataclass(frozen=True, slots=True)
class RateCard:
    """One revision of a card. ``sha256`` is that of its two files, so that a stored quote names exactly what priced it."""

    tariff: Tariff = field(repr=False)
    rows: tuple[PriceRow, ...] = field(repr=False)
    id: str
    revision: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Span:
    """A card and the dates it holds for, ``until`` exclusive or open."""

    card: RateCard
    start: date
    until: date | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading a folder: the card where it is usable, and everything there is to say about it.

    ``outline`` is what can be told of a card, also of one that is not usable; None where its tariff is missing or no TOML.
    """

    place: str
    outline: Outline | None
    card: RateCard | None
    faults: tuple[Fault, ...]
    warnings: tuple[Fault, ...]


def read_card(folder: Traversable, card_id: str, valid_from: date, series: Collection[str] = ()) -> Reading:
    """Read one revision of a card. A fault hides no other: what can be read is checked.

    Args:
        folder: Named after ``valid_from``, with the number of a correction.
        card_id: The name of the folder around it.
        valid_from: Its first day.
        series: The names of the dated tables that there are beside it.
    """
    place = f"{card_id}/{folder.name}"
    tariff_bytes, prices_bytes = _content(folder / TARIFF), _content(folder / PRICES)
    faults = [Fault(f"{place}/{name}", None, "the file is missing")
              for name, content in ((TARIFF, tariff_bytes), (PRICES, prices_bytes)) if content is None]  # fmt: skip
    warnings: list[Fault] = []
    tariff: Tariff | None = None
    outline: Outline | None = None
    rows: tuple[PriceRow, ...] = ()
    if tariff_bytes is not None:
        raw, lines, broken = _read_toml(tariff_bytes, f"{place}/{TARIFF}")
        faults += broken
        if raw is not None:
            outline = Outline.of(raw, valid_from)
            tariff, findings = parse_tariff(raw)
            findings += [*check_keys(raw), *check_series(raw, series), *check_place(outline, card_id, valid_from)]
            findings += [*check_weight_rules(outline), *(check_amounts(tariff) if tariff else ())]
            notes = [*never_valid(outline)]
            named, complete = read_names(prices_bytes or b"", f"{place}/{PRICES}")
            priced = {(service, zone) for _, service, zone in named}
            findings += check_lanes(outline, priced, complete=complete)
            notes += unpriced_zones(outline, priced) if complete else ()
            faults += _at(findings, lines, f"{place}/{TARIFF}")
            faults += check_names(named, outline.keys, outline.zone_ids, f"{place}/{PRICES}")
            warnings += _at(notes, lines, f"{place}/{TARIFF}")
    if prices_bytes is not None:
        rows, unreadable = read_prices(prices_bytes, f"{place}/{PRICES}")
        faults += [*unreadable, *_price_faults(rows, outline, f"{place}/{PRICES}")]
        warnings += free_of_charge(rows, f"{place}/{PRICES}")
    if outline is None or outline.confidential:
        faults = [fault.without_amounts() for fault in faults]
    card = None
    if not faults and tariff is not None:
        digest = hashlib.sha256((tariff_bytes or b"") + b"\0" + (prices_bytes or b"")).hexdigest()
        card = RateCard(tariff, rows, card_id, folder.name, digest)
    return Reading(place, outline, card, tuple(faults), tuple(warnings))


def _price_faults(rows: tuple[PriceRow, ...], outline: Outline | None, file: str) -> Iterable[Fault]:
    """The faults of readable rows; of a tariff that cannot be read, neither keys nor currency are known."""
    if outline is None:
        yield from check_prices(rows, {}, None, file)
    else:
        yield from check_prices(rows, outline.keys, outline.decimals, file)
        yield from falling(rows, outline.falling, file)


def parse_tariff(raw: Mapping[str, Any]) -> tuple[Tariff | None, list[tuple[Location, str]]]:
    """A tariff from its plain values, or what is wrong with them and where; a float is refused wherever it stands."""
    floats = dict.fromkeys(_floats(raw, ()), "a float is not exact: write the number as text, like '4.10'")
    try:
        tariff = Tariff.model_validate(raw)
    except ValidationError as error:
        found = {fault["loc"]: fault["msg"].removeprefix("Value error, ") for fault in error.errors(include_url=False)}
        return None, list({**floats, **found}.items())
    return None if floats else tariff, list(floats.items())


def _floats(value: object, where: Location) -> Iterable[Location]:
    if isinstance(value, float):
        yield where
    items = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list | tuple) else ()
    for name, inner in items:
        yield from _floats(inner, (*where, name))


def _content(file: Traversable) -> bytes | None:
    return file.read_bytes() if file.is_file() else None


def _decimal(text: str) -> Decimal | str:
    """A TOML float as an exact decimal; an exponent, NaN or infinity stays text, which no amount accepts."""
    return Decimal(text) if text.lstrip("+-").replace(".", "", 1).replace("_", "").isdecimal() else text


def _read_toml(content: bytes, file: str) -> tuple[Mapping[str, Any] | None, Lines, list[Fault]]:
    import tomllib

    try:
        text = content.decode("utf-8-sig")
        return tomllib.loads(text, parse_float=_decimal), Lines(text), []
    except ValueError as error:  # not UTF-8, or not TOML
        line = _LINE.search(str(error))
        return None, Lines(""), [Fault(file, int(line[1]) if line else None, f"not TOML: {error}")]


def _at(findings: Iterable[tuple[Location, str]], lines: Lines, file: str) -> list[Fault]:
    return [Fault(file, lines.of(place), f"{written(place)}: {text}" if place else text) for place, text in findings]
