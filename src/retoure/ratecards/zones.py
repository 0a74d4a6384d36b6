"""Which zone a customer is in: by country, or by the longest postcode prefix where a zone covers part of a country."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby

from retoure.ratecards.schema import Zone


class PostcodeNeededError(LookupError):
    """The zones of the country differ by postcode, and the address has none of that country."""


@dataclass(frozen=True, slots=True)
class _Area:
    first: str
    last: str
    zone: str


def _compact(postcode: str) -> str:
    return "".join(character for character in postcode.upper() if character.isalnum())


def _areas(zones: Iterable[Zone]) -> Mapping[str, Mapping[int, list[_Area]]]:
    """Postcode areas by country and length, sorted; those of one zone that touch or lie in one another are one."""
    found: dict[str, dict[int, list[_Area]]] = defaultdict(lambda: defaultdict(list))
    for zone in zones:
        for country, texts in zone.postcodes.items():
            areas = sorted((_area(text, zone.id) for text in texts), key=lambda area: (len(area.first), area.first))
            for length, several in groupby(areas, key=lambda area: len(area.first)):
                found[country][length] += _merged(several)
    for lengths in found.values():
        for sorted_areas in lengths.values():
            sorted_areas.sort(key=lambda area: (area.first, area.last))
    return found


def _area(text: str, zone: str) -> _Area:
    first, _, last = text.partition("..")
    return _Area(first, last or first, zone)


def _merged(areas: Iterable[_Area]) -> list[_Area]:
    merged: list[_Area] = []
    for area in areas:
        if merged and area.first <= merged[-1].last:
            merged[-1] = replace(merged[-1], last=max(merged[-1].last, area.last))
        else:
            merged.append(area)
    return merged


def _national(compact: str, country: str) -> str:
    """A postcode of digits without the country's sign that some write before it: ``D-25980``; empty where it is none."""
    digits = compact.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return digits if compact.removesuffix(digits) in {"", country, country[0]} else ""


class ZoneFinder:
    """The zones of one service."""

    def __init__(self, zones: Iterable[Zone]) -> None:
        zones = tuple(zones)
        self._countries = {country: zone.id for zone in zones for country in zone.countries}
        self._areas = {
            country: [(length, [area.first for area in areas], areas) for length, areas in sorted(lengths.items(), reverse=True)]
            for country, lengths in _areas(zones).items()
        }
        self._numeric = {
            country
            for country, lengths in self._areas.items()
            if all(first.isdigit() for _, firsts, _ in lengths for first in firsts)
        }

    def splits(self, country: str) -> bool:
        """Whether the postcode matters in this country."""
        return country in self._areas

    def find(self, country: str, postcode: str) -> str | None:
        """The zone of an address, or None where the service goes nowhere there.

        Raises:
            PostcodeNeededError: the postcode decides, and there is none, or one that the country cannot have.
        """
        lengths = self._areas.get(country)
        if lengths:
            compact = _compact(postcode)
            if country in self._numeric:
                compact = _national(compact, country)
            if not compact:
                raise PostcodeNeededError(country)
            for length, firsts, areas in lengths:
                head = compact[:length]
                place = bisect_right(firsts, head) - 1
                if place >= 0 and len(head) == length and head <= areas[place].last:
                    return areas[place].zone
        return self._countries.get(country)


def overlaps(zones: Iterable[Zone]) -> Iterator[str]:
    """What two zones of one service both claim."""
    zones = tuple(zones)
    claimed: dict[str, str] = {}
    for zone in zones:
        for country in zone.countries:
            other = claimed.setdefault(country, zone.id)
            if other != zone.id:
                yield f"zones {other!r} and {zone.id!r} both have {country}"
    for country, lengths in _areas(zones).items():
        for areas in lengths.values():
            reaches: dict[str, str] = {}
            for area in areas:
                for other, last in reaches.items():
                    if other != area.zone and area.first <= last:
                        yield f"zones {other!r} and {area.zone!r} both have {country} {area.first}"
                reaches[area.zone] = max(area.last, reaches.get(area.zone, ""))
