"""Which zone a customer is in: by country, or by the longest postcode prefix where a zone covers part of a country."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from retoure.ratecards.schema import Zone


class PostcodeNeededError(LookupError):
    """The zones of the country differ by postcode, and the address has none."""


@dataclass(frozen=True, slots=True)
class _Area:
    first: str
    last: str
    zone: str


def _compact(postcode: str) -> str:
    return "".join(character for character in postcode.upper() if character.isalnum())


def _areas(zones: Iterable[Zone]) -> Mapping[str, Mapping[int, list[_Area]]]:
    """Postcode areas by country and length, sorted."""
    found: dict[str, dict[int, list[_Area]]] = defaultdict(lambda: defaultdict(list))
    for zone in zones:
        for country, areas in zone.postcodes.items():
            for text in areas:
                first, _, last = text.partition("..")
                found[country][len(first)].append(_Area(first, last or first, zone.id))
    return {country: {length: _joined(areas) for length, areas in lengths.items()} for country, lengths in found.items()}


def _joined(areas: list[_Area]) -> list[_Area]:
    """Sorted; those of one zone that overlap are one, so that the last to begin before a postcode tells if it is in any."""
    joined: list[_Area] = []
    for area in sorted(areas, key=lambda area: (area.first, area.last)):
        if joined and joined[-1].zone == area.zone and area.first <= joined[-1].last:
            joined[-1] = replace(joined[-1], last=max(joined[-1].last, area.last))
        else:
            joined.append(area)
    return joined


class ZoneFinder:
    """The zones of one service."""

    def __init__(self, zones: Iterable[Zone]) -> None:
        zones = tuple(zones)
        self._countries = {country: zone.id for zone in zones for country in zone.countries}
        self._areas = {
            country: [(length, [area.first for area in areas], areas) for length, areas in sorted(lengths.items(), reverse=True)]
            for country, lengths in _areas(zones).items()
        }

    def splits(self, country: str) -> bool:
        """Whether the postcode matters in this country."""
        return country in self._areas

    def find(self, country: str, postcode: str) -> str | None:
        """The zone of an address, or None where the service goes nowhere there.

        Raises:
            PostcodeNeededError: the postcode decides, and there is none.
        """
        lengths = self._areas.get(country)
        if lengths:
            compact = _compact(postcode)
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
            for before, area in pairwise(areas):
                if area.first <= before.last and before.zone != area.zone:
                    yield f"zones {before.zone!r} and {area.zone!r} both have {country} {area.first}"
