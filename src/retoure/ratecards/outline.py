"""What of a tariff can be told although it is faulty elsewhere, so that one fault does not hide the others."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Self, TypeVar

from pydantic import ConfigDict, TypeAdapter, ValidationError

from retoure.model.money import minor_unit
from retoure.ratecards.fields import Day
from retoure.ratecards.records import Period
from retoure.ratecards.schema import BandKey, Zone

T = TypeVar("T")
_DAY = TypeAdapter(Day | None)


class Scope(Period):
    """When, and for which services and zones, a record holds; whatever else it says is not looked at."""

    model_config = ConfigDict(extra="ignore")

    services: tuple[str, ...] = ()
    zones: tuple[str, ...] = ()


_SCOPE, _ZONE = TypeAdapter(Scope), TypeAdapter(Zone)


def tables(raw: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The records of one table of an unread tariff; those that are no tables are left to the schema."""
    found = raw.get(name)
    return [entry if isinstance(entry, dict) else {} for entry in found] if isinstance(found, list) else []


@dataclass(frozen=True, slots=True)
class Outline:
    """The readable parts of a tariff.

    Attributes:
        dated: Whether its days are known; else the days of its records cannot be held against them.
        zones: By their place; None where one is faulty.
    """

    raw: Mapping[str, Any]
    valid_from: date
    valid_until: date | None
    dated: bool
    zones: tuple[Zone | None, ...]

    @classmethod
    def of(cls, raw: Mapping[str, Any], folder_date: date) -> Self:
        """An unread tariff's; one that does not say when it begins is taken to begin on its folder's date."""
        start, until = (_read(_DAY, raw.get(name)) for name in ("valid_from", "valid_until"))
        readable = all((raw.get(name) is None) == (day is None) for name, day in (("valid_from", start), ("valid_until", until)))
        start = start or folder_date
        zones = tuple(_read(_ZONE, entry) for entry in tables(raw, "zones"))
        return cls(raw, start, until, readable and (until is None or start < until), zones)

    @property
    def confidential(self) -> bool:
        """Whether its prices are to be kept from everybody, or it does not say properly."""
        return self.raw.get("confidential", False) is not False

    @property
    def decimals(self) -> int | None:
        """How many its currency has, None where it names none."""
        currency = self.raw.get("currency")
        return minor_unit(currency.strip().upper()) if isinstance(currency, str) else None

    @property
    def keys(self) -> dict[str, BandKey | None]:
        """Its services; None where one does not say properly what it is priced by."""
        known = {key.value: key for key in BandKey}
        return {str(entry.get("code")): known.get(str(entry.get("key"))) for entry in tables(self.raw, "services")}

    @property
    def zone_ids(self) -> list[str]:
        """The ids of its zones, faulty ones included."""
        return [str(zone.get("id")) for zone in tables(self.raw, "zones")]

    @property
    def falling(self) -> frozenset[str]:
        """The services whose prices may fall."""
        return frozenset(str(entry.get("code")) for entry in tables(self.raw, "services") if entry.get("may_fall") is True)

    @property
    def series(self) -> frozenset[str]:
        """The dated tables that it refers to."""
        fields = (("surcharges", "index"), ("discounts", "counts"))
        return frozenset(str(entry[field]) for table, field in fields for entry in tables(self.raw, table) if field in entry)


def scopes(raw: Mapping[str, Any], table: str) -> list[Scope | None]:
    """When and where each record of a table holds, None where it does not say properly."""
    return [_read(_SCOPE, entry) for entry in tables(raw, table)]


def _read(kind: TypeAdapter[T], value: object) -> T | None:
    try:
        return kind.validate_python(value)
    except ValidationError:
        return None
