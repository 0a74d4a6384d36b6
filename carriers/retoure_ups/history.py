"""A parcel's activities as events in our words: which instant a row has, where it was, what it says.

UPS gives local time, and beside it GMT with an offset where it does at all: GMT counts first, then the offset, then the zone
of the scan's country where it has one, then the account's, and the last is told as a guess.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from retoure.carrier import aware, country_zone, date_of, part, text_of
from retoure.errors import MalformedResponse
from retoure.model import NOWHERE, Place, Precision, TrackingEvent, ZoneSource
from retoure_ups.codes import classify

_When: TypeAlias = tuple[datetime, ZoneSource, Precision, tuple[str, ...]]
# "-05:00", in pushed messages "-04.00".
_OFFSET = re.compile(r"([+-])([0-9]{1,2})[:.]?([0-9]{2})?")
_TIME = re.compile(r"([0-9]{1,2})(:?)([0-9]{2})\2([0-9]{2})")
_MIDNIGHT = time()
_LONGEST_OFFSET = timedelta(hours=15)


def read_activities(
    activities: Sequence[Mapping[str, Any]], zone: ZoneInfo, counted: frozenset[str]
) -> tuple[TrackingEvent, ...]:
    """The events, oldest first: UPS lists the newest first, and its order decides where the clock does not.

    Raises:
        MalformedResponse: a row's date cannot be read; without that row the history could look as if nothing had happened.
    """
    read = [(row, place, _when(row, place.country, zone)) for row in activities for place in (_place(row),)]
    if len(read) > 1 and read[0][2][0] >= read[-1][2][0]:
        read.reverse()
    return tuple([_event(row, place, when, sequence, counted) for sequence, (row, place, when) in enumerate(read)])


def triple_of(status: Mapping[str, Any]) -> tuple[str, str, str]:
    """Type, code and status code of a status; where only a code is given and it is three digits long, it is the status code."""
    type_, code, number = text_of(status.get("type")), text_of(status.get("code")), text_of(status.get("statusCode"))
    if not type_ and not number and len(code) == 3 and code.isdigit():
        return "", "", code
    return type_, code, number.zfill(3) if number else ""


def _event(row: Mapping[str, Any], place: Place, when: _When, sequence: int, counted: frozenset[str]) -> TrackingEvent:
    instant, source, precision, flags = when
    status = part(row, "status")
    type_, code, number = triple_of(status)
    reading = classify(type_, code, number, logical=row.get("logicalScan") in (True, "true"), counted=counted)
    return TrackingEvent(
        reading.kind, reading.custody, instant, f"{text_of(row.get('date'))} {text_of(row.get('time'))}".strip(), source,
        precision, f"{type_}/{code}/{number}".rstrip("/"), text_of(status.get("description")), place, sequence,
        flags + reading.flags,
    )  # fmt: skip


def _place(row: Mapping[str, Any]) -> Place:
    address = part(row, "location", "address")
    if not address:
        return NOWHERE
    get = address.get
    return _named_place(
        text_of(get("city")), text_of(get("stateProvince")), text_of(get("country")), text_of(get("postalCode")),
        country_of(address),
    )  # fmt: skip


@lru_cache(maxsize=4096)
def _named_place(city: str, state: str, country: str, postal_code: str, code: str) -> Place:
    return Place(", ".join(filter(None, (city, state, country or code))), code, postal_code, city)


def country_of(address: Mapping[str, Any]) -> str:
    """The country of an address, where it is a code: UPS writes it under one name or the other."""
    for name in ("countryCode", "country"):
        code = text_of(address.get(name))
        if len(code) == 2 and code.isalpha():
            return code.upper()
    return ""


def _when(row: Mapping[str, Any], country: str, zone: ZoneInfo) -> _When:
    get = row.get
    return _instant(
        text_of(get("date")), text_of(get("time")), text_of(get("gmtDate")), text_of(get("gmtTime")), text_of(get("gmtOffset")),
        country, zone,
    )  # fmt: skip


@lru_cache(maxsize=4096)
def _instant(local_date: str, local_time: str, gmt_date: str, gmt_time: str, offset: str, country: str, zone: ZoneInfo) -> _When:
    shift = read_offset(offset)
    gmt_day, gmt_clock = date_of(gmt_date), read_time(gmt_time)
    if gmt_day and gmt_clock:
        stated = datetime.combine(gmt_day, gmt_clock, UTC)
        return stated.astimezone(shift) if shift else stated, ZoneSource.STATED, Precision.SECOND, ()
    clock = read_time(local_time)
    day = date_of(local_date)
    if day is None:
        raise MalformedResponse(f"an activity's date cannot be read: {local_date[:12]!r}")
    local = datetime.combine(day, clock or _MIDNIGHT)
    precision = Precision.SECOND if clock else Precision.DATE
    if shift:
        return local.replace(tzinfo=shift), ZoneSource.STATED, precision, ()
    if own := country_zone(country, local):
        instant, flags = aware(local, own)
        return instant, ZoneSource.COUNTRY, precision, flags
    instant, flags = aware(local, zone)
    return instant, ZoneSource.ASSUMED, Precision.DATE, flags


def read_offset(text: str) -> timezone | None:
    """An offset from GMT, with a colon or a dot, or None where there is none that can be read."""
    found = _OFFSET.fullmatch(text)
    if not found:
        return None
    shift = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return timezone(-shift if found[1] == "-" else shift) if shift <= _LONGEST_OFFSET else None


def read_time(text: str) -> time | None:
    """A time of day, ``09:41:00``, ``094100`` or ``74700``, or None: ``0941`` may be twenty to ten or ten past midnight."""
    found = _TIME.fullmatch(text)
    try:
        return time(int(found[1]), int(found[3]), int(found[4])) if found else None
    except ValueError:
        return None
