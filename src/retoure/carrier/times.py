"""Carriers' local times made aware, with what had to be assumed said aloud."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timezone
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

DST_GAP = "dst_gap"
DST_OVERLAP = "dst_overlap"


def aware(local: datetime, zone: ZoneInfo) -> tuple[datetime, tuple[str, ...]]:
    """The instant of a local time without offset, and the flags ``dst_gap`` or ``dst_overlap``.

    A time that occurs twice is taken as its first occurrence; one that does not exist is moved forward by the gap. The instant
    carries a fixed offset: Python holds a time inside an overlap unequal to every other zone's spelling of the same instant.
    """
    first = local.replace(tzinfo=zone, fold=0)
    offset = first.utcoffset()
    later = first.replace(fold=1).utcoffset()
    if offset is None or later is None:
        raise ValueError(f"{zone} names no offset for {local:%Y-%m-%d %H:%M}")
    if offset == later:
        return local.replace(tzinfo=timezone(offset), fold=0), ()
    if offset > later:
        return local.replace(tzinfo=timezone(offset), fold=0), (DST_OVERLAP,)
    # In a gap, fold=0 carries the offset before the change and fold=1 the one after it; through UTC it lands after the gap.
    return first.astimezone(UTC).astimezone(timezone(later)), (DST_GAP,)


def first_instant(day: date, zone: ZoneInfo) -> datetime:
    """The first instant that has this date in the zone: midnight, or the end of a gap that swallows it."""
    instant, _ = aware(datetime.combine(day, time.min), zone)
    return instant


def day_in(instant: datetime, zone: ZoneInfo) -> date:
    """The calendar date of an instant in a zone."""
    return instant.astimezone(zone).date()


@cache
def _zones_of_countries() -> Mapping[str, tuple[ZoneInfo, ...]]:
    """The IANA zones of each country, from the table that comes with the zones themselves."""
    zones: dict[str, list[ZoneInfo]] = defaultdict(list)
    for line in (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            country, _, name, *_ = line.split("\t")
            zones[country].append(ZoneInfo(name))
    return {country: tuple(found) for country, found in zones.items()}


def country_zone(country: str, local: datetime) -> ZoneInfo | None:
    """The zone of a country at a local time, where all its IANA zones show the same offset then; None where they differ.

    ``country`` is an ISO 3166-1 alpha-2 code; an unknown one has no zone.
    """
    zones = _zones_of_countries().get(country, ())
    offsets = {local.replace(tzinfo=zone, fold=0).utcoffset() for zone in zones}
    return zones[0] if len(offsets) == 1 else None
