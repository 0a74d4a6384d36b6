"""Carriers' local times made aware, with what had to be assumed said aloud."""

from calendar import monthrange
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import cache, lru_cache
from importlib.resources import files
from typing import TypeVar
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
        return local.replace(tzinfo=fixed(offset), fold=0), ()
    if offset > later:
        return local.replace(tzinfo=fixed(offset), fold=0), (DST_OVERLAP,)
    # In a gap, fold=0 carries the offset before the change and fold=1 the one after it; through UTC it lands after the gap.
    return first.astimezone(UTC).astimezone(fixed(later)), (DST_GAP,)


@lru_cache(maxsize=4096)
def first_instant(day: date, zone: ZoneInfo) -> datetime:
    """The first instant that has this date in the zone: midnight, or the end of a gap that swallows it."""
    instant, _ = aware(datetime.combine(day, time.min), zone)
    return instant


def day_in(instant: datetime, zone: ZoneInfo) -> date:
    """The calendar date of an instant in a zone."""
    return instant.astimezone(zone).date()


def date_of(text: str) -> date | None:
    """The calendar date that a text in ISO 8601 begins with, or None."""
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last of that month where it has no such day."""
    year, month = divmod(day.month - 1 + months, 12)
    return date(day.year + year, month + 1, min(day.day, monthrange(day.year + year, month + 1)[1]))


def country_zone(country: str, local: datetime) -> ZoneInfo | None:
    """A zone whose clocks a country shows at a local time without offset, or None where its zones differ or none is known.

    Germany has one, its two zones being alike for decades; Spain has none because of the Canary Islands; a country whose zones
    are alike in one half of the year has one in that half only.

    Args:
        country: An ISO 3166-1 alpha-2 code.
        local: The local time that is to be made aware.
    """
    zones = _zones_by_country().get(country.upper(), ())
    return zones[0] if zones and len({_offsets(zone, local) for zone in zones}) == 1 else None


@lru_cache(maxsize=4096)
def country_offset(country: str, day: date) -> timezone | None:
    """The offset of a country's clocks all through a day of its calendar.

    None where its zones differ, none is known, or clocks change that day: :func:`country_zone` and :func:`aware` tell more then.
    """
    zones = _zones_by_country().get(country.upper(), ())
    ends = (datetime.combine(day, time.min), datetime.combine(day, time.max))
    offsets = {offset for zone in zones for end in ends for offset in _offsets(zone, end)}
    return fixed(offsets.pop()) if len(offsets) == 1 else None


YEARS = range(2000, 2201)
"""What a date may be of that somebody tells: any other is a slip, and near the ends of the calendar nothing can be reckoned."""

D = TypeVar("D", bound=date)


def in_reach(day: D) -> D:
    """A date or an instant that can be reckoned with; raises ``ValueError`` for any other."""
    if day.year not in YEARS:
        raise ValueError(f"lies outside the years {YEARS[0]} to {YEARS[-1]}")
    return day


@cache
def fixed(offset: timedelta) -> timezone:
    """An offset in whole minutes, as ISO 8601 writes it; clocks had seconds more before there were time zones.

    One object an offset: instants that share theirs are compared several times as fast.
    """
    return timezone(offset - offset % timedelta(minutes=1))


def _offsets(zone: ZoneInfo, local: datetime) -> tuple[timedelta, timedelta]:
    # Both sides of a change of clocks: zones that change at different moments are not alike in between.
    first = local.replace(tzinfo=zone, fold=0)
    return first.utcoffset() or timedelta(), first.replace(fold=1).utcoffset() or timedelta()


@cache
def _zones_by_country() -> Mapping[str, tuple[ZoneInfo, ...]]:
    """The table ``zone.tab`` of the IANA time zone database, read once: country code, position, zone, comment."""
    zones: dict[str, tuple[ZoneInfo, ...]] = {}
    for line in (files("tzdata") / "zoneinfo" / "zone.tab").read_text(encoding="ascii").splitlines():
        if not line.startswith("#"):
            country, _, name, *_ = line.split("\t")
            zones[country] = (*zones.get(country, ()), ZoneInfo(name))
    return zones
