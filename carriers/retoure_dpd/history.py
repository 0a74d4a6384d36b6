"""A parcel's history as events in our words, from the life cycle or from the order status.

Both list every status that a parcel can have, so that only those count which are said to have been reached. Times are German
local time without offset.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from retoure.carrier import aware, part, rows, text_of
from retoure.errors import MalformedResponse
from retoure.model import NOWHERE, Custody, Place, Precision, TrackingEvent, ZoneSource
from retoure_dpd.codes import LIFE_CYCLE, NEEDS_REVIEW, ORDER_STATUS, UNDATED, UNLISTED, UNLISTED_CODE, Reading
from retoure_dpd.wire import listed

History: TypeAlias = tuple[tuple[TrackingEvent, ...], tuple[str, ...]]
"""Events, oldest first, and flags of the whole answer."""
Moment: TypeAlias = tuple[datetime, ZoneSource, Precision, tuple[str, ...]]
"""An instant, where its offset comes from, how fine it is, and flags."""

_WRITTEN = re.compile(r"([0-9]{2})\.([0-9]{2})\.([0-9]{4})(?:,? ([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?)?")


@dataclass(frozen=True, slots=True)
class _Status:
    """A status that was reached, as either look-up tells it."""

    code: str
    reading: Reading
    date: str
    text: str
    place: Place
    flags: tuple[str, ...] = ()


def read_life_cycle(data: Mapping[str, Any], zone: ZoneInfo) -> History:
    """The statuses of a life cycle that have been reached; raises ``MalformedResponse`` where one cannot be placed in time."""
    reached = [row for row in listed(data, "statusInfo") if _true(row.get("statusHasBeenReached"))]
    return _history([_life_cycle_status(row) for row in reached], zone)


def _life_cycle_status(row: Mapping[str, Any]) -> _Status:
    code, said = text_of(row.get("status")), _content(row, "label")
    flags = _unlisted(code in LIFE_CYCLE)
    if row.get("errorItems"):
        said = "; ".join(filter(None, (said, *(text for item in rows(row, "errorItems") for text in _contents(item)))))
        flags += (NEEDS_REVIEW,)
    return _Status(code, LIFE_CYCLE.get(code, UNLISTED), _content(row, "date"), said, _place(_content(row, "location")), flags)


def _content(row: Mapping[str, Any], name: str) -> str:
    line = row.get(name)
    return text_of(line.get("content")) if isinstance(line, dict) else ""


def _contents(item: Mapping[str, Any]) -> Iterator[str]:
    yield _content(item, "label")
    for line in rows(item, "content"):
        yield text_of(line.get("content"))


def read_order_status(status: Mapping[str, Any], zone: ZoneInfo) -> History:
    """The containers of an order status that have been reached, and its last status where none of them tells it."""
    containers = part(status, "StatusInfoContainer")
    reached = [(code, row) for code in ORDER_STATUS if _true((row := part(containers, code)).get("StatusReached"))]
    found = [_order_status(code, row) for code, row in reached]
    last = part(status, "LastStatusInfo")
    if _true(last.get("StatusReached")) and not any(_same(last, row) for _, row in reached):
        found.append(_order_status(text_of(last.get("StatusID")), last))
    return _history(found, zone)


def _same(last: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    return all(text_of(last.get(name)) == text_of(row.get(name)) for name in ("StatusID", "StatusDate"))


def _order_status(code: str, row: Mapping[str, Any]) -> _Status:
    depot = part(row, "DepotData")
    address = part(depot, "Address")
    place = ", ".join(filter(None, (text_of(depot.get("Depot")), text_of(address.get("City")))))
    text = text_of(row.get("Headline")) or text_of(row.get("Description"))
    reading = ORDER_STATUS.get(code, UNLISTED)
    return _Status(code, reading, text_of(row.get("StatusDate")), text, _place(place), _unlisted(code in ORDER_STATUS))


def _unlisted(known: bool) -> tuple[str, ...]:  # noqa: FBT001 - it reads as one question
    return () if known else (UNLISTED_CODE,)


def _true(value: Any) -> bool:  # noqa: ANN401 - JSON is anything
    return value is True or text_of(value).casefold() == "true"


@lru_cache(maxsize=4096)
def _place(text: str) -> Place:
    # A depot's name: it says nothing sure of a town or a country.
    return Place(text=text) if text else NOWHERE


def _history(reached: list[_Status], zone: ZoneInfo) -> History:
    """The statuses as events.

    One without a time is passed over where a later one has been reached and has a time; the answer is flagged then. Were the last
    one passed over, a delivered parcel could look lost.
    """
    dated = [status for status in reached if status.date]
    last = next((status for status in reversed(reached) if status.reading[1] is not Custody.NONE), None)
    if last is not None and not last.date:
        raise MalformedResponse(f"the status {last.code!r} has been reached and has no time")
    timed = sorted([(moment(status.date, zone), status) for status in dated], key=_at)
    flags = () if len(dated) == len(reached) else (UNDATED, *_to_review(reached))
    return tuple([_event(when, status, sequence) for sequence, (when, status) in enumerate(timed)]), flags


def _at(timed: tuple[Moment, _Status]) -> datetime:
    return timed[0][0]


def _to_review(reached: Iterable[_Status]) -> tuple[str, ...]:
    undated = any(not status.date and status.reading[1] is Custody.PHYSICAL for status in reached)
    return (NEEDS_REVIEW,) if undated else ()


def _event(when: Moment, status: _Status, sequence: int) -> TrackingEvent:
    instant, source, precision, flags = when
    kind, custody = status.reading
    return TrackingEvent(
        kind, custody, instant, status.date, source, precision, status.code, status.text, status.place, sequence,
        flags + status.flags,
    )  # fmt: skip


@lru_cache(maxsize=4096)
def moment(text: str, zone: ZoneInfo) -> Moment:
    """A time as DPD writes it: ``dd.MM.yyyy, HH:mm`` in status texts, ISO in scans. It is German unless it states an offset.

    An event whose time cannot be read makes the read a failed one: without it the history could look as if nothing had happened.
    """
    local, precision = _local(text)
    if local.tzinfo:
        return local, ZoneSource.STATED, precision, ()
    instant, flags = aware(local, zone)
    return instant, ZoneSource.CARRIER, precision, flags


def _local(text: str) -> tuple[datetime, Precision]:
    try:
        if found := _WRITTEN.fullmatch(text):
            day, month, year, hour, minute, second = found.groups()
            local = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))  # noqa: DTZ001
            return local, Precision.SECOND if second else Precision.MINUTE if hour else Precision.DATE
        return datetime.fromisoformat(text), _precision(text)
    except ValueError:
        raise MalformedResponse(f"an event's time cannot be read: {text[:40]!r}") from None


def _precision(iso: str) -> Precision:
    return Precision.DATE if len(iso) == 10 else Precision.MINUTE if len(iso) == 16 else Precision.SECOND
