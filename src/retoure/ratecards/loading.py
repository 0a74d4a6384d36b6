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

from retoure.ratecards.checks import check_lanes, check_names, check_series, check_tariff, tables, unpriced_zones
from retoure.ratecards.faults import Fault, Lines, Location, written
from retoure.ratecards.prices import PriceRow, check_prices, falling, read_prices
from retoure.ratecards.schema import BandKey, Tariff

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
class Reading:
    """What came of reading a folder: the card where it is usable, and everything there is to say about it."""

    card: RateCard | None
    faults: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()


def read_card(folder: Traversable, card_id: str, valid_from: date, series: Collection[str] = ()) -> Reading:
    """Read one revision of a card.

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
    tariff: Tariff | None = None
    raw: Mapping[str, Any] = {}
    lines = Lines("")
    rows: tuple[PriceRow, ...] = ()
    if tariff_bytes is not None:
        tariff, raw, lines, found = _read_tariff(tariff_bytes, f"{place}/{TARIFF}")
        faults += [*found, *_at(check_series(raw, series), lines, f"{place}/{TARIFF}")]
    if prices_bytes is not None:
        rows, unreadable = read_prices(prices_bytes, f"{place}/{PRICES}")
        faults += unreadable
        if raw:
            zones = frozenset(str(zone.get("id")) for zone in tables(raw, "zones"))
            faults += check_prices(rows, _keys(raw), zones, f"{place}/{PRICES}")
            faults += falling(rows, _falling(raw), f"{place}/{PRICES}")
    if tariff is None or tariff_bytes is None or prices_bytes is None:
        return Reading(None, tuple(faults))
    findings = [
        *_check_place(tariff, card_id, valid_from),
        *check_tariff(tariff),
        *check_lanes(tariff, rows, complete=not unreadable),
    ]
    faults += _at(findings, lines, f"{place}/{TARIFF}")
    warnings = tuple(_at(unpriced_zones(tariff, rows), lines, f"{place}/{TARIFF}"))
    if faults:
        return Reading(None, tuple(faults), warnings)
    digest = hashlib.sha256(tariff_bytes + b"\0" + prices_bytes).hexdigest()
    return Reading(RateCard(tariff, rows, card_id, folder.name, digest), (), warnings)


def parse_tariff(raw: Mapping[str, Any]) -> tuple[Tariff | None, list[tuple[Location, str]]]:
    """A tariff from its plain values, or what is wrong with them and where; a float is refused like any other fault."""
    try:
        return Tariff.model_validate(raw), []
    except ValidationError as error:
        return None, [(fault["loc"], fault["msg"].removeprefix("Value error, ")) for fault in error.errors(include_url=False)]


def _content(file: Traversable) -> bytes | None:
    return file.read_bytes() if file.is_file() else None


def _decimal(text: str) -> Decimal | str:
    """A TOML float as an exact decimal; an exponent, NaN or infinity stays text, which no amount accepts."""
    return Decimal(text) if text.lstrip("+-").replace(".", "", 1).replace("_", "").isdecimal() else text


def _read_tariff(content: bytes, file: str) -> tuple[Tariff | None, Mapping[str, Any], Lines, list[Fault]]:
    import tomllib

    try:
        text = content.decode("utf-8-sig")
        raw = tomllib.loads(text, parse_float=_decimal)
    except ValueError as error:  # not UTF-8, or not TOML
        line = _LINE.search(str(error))
        return None, {}, Lines(""), [Fault(file, int(line[1]) if line else None, f"not TOML: {error}")]
    tariff, findings = parse_tariff(raw)
    lines = Lines(text)
    return tariff, raw, lines, _at([*findings, *check_names(raw)], lines, file)


def _at(findings: Iterable[tuple[Location, str]], lines: Lines, file: str) -> list[Fault]:
    return [Fault(file, lines.of(place), f"{written(place)}: {text}" if place else text) for place, text in findings]


def _check_place(tariff: Tariff, card_id: str, valid_from: date) -> Iterable[tuple[Location, str]]:
    if tariff.id != card_id:
        yield ("id",), f"the card lies in the folder {card_id!r}"
    if tariff.valid_from != valid_from:
        yield ("valid_from",), f"the card lies in the folder of {valid_from}"


def _keys(raw: Mapping[str, Any]) -> dict[str, BandKey | None]:
    """The services of a tariff that may be faulty elsewhere, so that its prices are still checked against them."""
    known = {key.value: key for key in BandKey}
    return {str(entry.get("code")): known.get(str(entry.get("key"))) for entry in tables(raw, "services")}


def _falling(raw: Mapping[str, Any]) -> frozenset[str]:
    """The services whose prices may fall."""
    return frozenset(str(entry.get("code")) for entry in tables(raw, "services") if entry.get("may_fall") is True)
