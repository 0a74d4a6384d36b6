"""A parcel's history as events in our words, from the life cycle or from the order status.

Both list every status that a parcel can have, so that only those count which are said to have been reached. Times are German
local time without offset.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, datetime
from functools import lru_cache
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from retoure.carrier import aware, part, rows, text_of
from retoure.errors import MalformedResponse
from retoure.model import NOWHERE, Custody, Kind, Place, Precision, TrackingEvent, ZoneSource
from retoure_dpd.codes import LIFE_CYCLE, NEEDS_REVIEW, ORDER_STATUS, UNDATED, UNLISTED, UNLISTED_CODE, Reading
from retoure_dpd.wire import is_true, listed

History: TypeAlias = tuple[tuple[TrackingEvent, ...], tuple[str, ...]]
"""Events, oldest first, and flags of the whole answer."""
Moment: TypeAlias = tuple[datetime, ZoneSource, Precision, tuple[str, ...]]
"""An instant, where its offset comes from, how fine it is, and flags."""

_WRITTEN = re.compile(r"([0-9]{2})\.([0-9]{2})\.([0-9]{4})(?:,? ([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?)?")

# The date of .NET that stands for none.
_NEVER = re.compile(r"01\.01\.0001|0001-01-01")


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
    reached = [row for row in listed(data, "statusInfo") if is_true(row.get("statusHasBeenReached"))]
    return _history([_life_cycle_status(row) for row in reached], zone)


def _life_cycle_status(row: Mapping[str, Any]) -> _Status:
    code, said = text_of(row.get("status")), _content(row, "label")
    flags = _unlisted(code in LIFE_CYCLE)
    if row.get("errorItems"):
        said = "; ".join(filter(None, (said, *(text for item in rows(row, "errorItems") for text in _contents(item)))))
        flags += (NEEDS_REVIEW,)
    return _Status(
        code, LIFE_CYCLE.get(code, UNLISTED), _date(_content(row, "date")), said, _place(_content(row, "location")), flags
    )


def _date(text: str) -> str:
    return "" if _NEVER.match(text) else text


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
    reached = [(code, row) for code in ORDER_STATUS if is_true((row := part(containers, code)).get("StatusReached"))]
    found = [_order_status(code, row) for code, row in reached]
    row = part(status, "LastStatusInfo")
    if is_true(row.get("StatusReached")):
        last = _order_status(_container(text_of(row.get("StatusID")), reached), row)
        if not any(_same(last, known, zone) for known in found):
            found.append(last)
    return _history(found, zone)


def _container(status_id: str, reached: Sequence[tuple[str, Mapping[str, Any]]]) -> str:
    """The reached container that has this id, the latest of them, or the id itself."""
    named = (code for code, row in reversed(reached) if status_id and status_id in (code, text_of(row.get("StatusID"))))
    return next(named, status_id)


def _same(last: _Status, known: _Status, zone: ZoneInfo) -> bool:
    if last.code not in ("", known.code):
        return False
    return bool(last.date and known.date) and moment(last.date, zone)[0] == moment(known.date, zone)[0]


def _order_status(code: str, row: Mapping[str, Any]) -> _Status:
    depot = part(row, "DepotData")
    address = part(depot, "Address")
    place = ", ".join(filter(None, (text_of(depot.get("Depot")), text_of(address.get("City")))))
    text = text_of(row.get("Headline")) or text_of(row.get("Description"))
    reading = ORDER_STATUS.get(code, UNLISTED)
    return _Status(code, reading, _date(text_of(row.get("StatusDate"))), text, _place(place), _unlisted(code in ORDER_STATUS))


def _unlisted(known: bool) -> tuple[str, ...]:  # noqa: FBT001 - it reads as one question
    return () if known else (UNLISTED_CODE,)


@lru_cache(maxsize=4096)
def _place(text: str) -> Place:
    # A depot's name: it says nothing sure of a town or a country.
    return Place(text=text) if text else NOWHERE


def _history(reached: list[_Status], zone: ZoneInfo) -> History:
    """The statuses as events.

    One without a time is passed over where its code has a time elsewhere, and with a flag where a later status or a delivery has
    one. Were the last one passed over, a delivered parcel could look lost. What an unlisted code without a time would prove is
    not known: it takes nothing away from the statuses that have one.
    """
    dated = [status for status in reached if status.date]
    codes = {status.code for status in dated}
    undated = [status for status in reached if not status.date and status.code not in codes]
    if hidden := _hidden(reached, dated):
        raise MalformedResponse(f"the status {hidden.code!r} has been reached and has no time")
    timed = sorted([(moment(status.date, zone), status) for status in dated], key=_at)
    review = any(status.reading[1] is not Custody.NONE for status in undated)
    flags = (*((UNDATED,) if undated else ()), *((NEEDS_REVIEW,) if review else ()))
    return tuple([_event(when, status, sequence) for sequence, (when, status) in enumerate(timed)]), flags


def _hidden(reached: Sequence[_Status], dated: Sequence[_Status]) -> _Status | None:
    """A status without a time that tells more than those which have one."""
    if any(status.reading[0] is Kind.DELIVERED for status in dated):
        return None
    proven = any(status.reading[1] is Custody.PHYSICAL for status in dated)
    codes = {status.code for status in dated}
    silent = (Custody.NONE, Custody.UNKNOWN) if proven else (Custody.NONE,)
    telling = [status for status in reached if status.reading[1] not in silent]
    last = telling[-1] if telling else None
    return last if last and not last.date and last.code not in codes else None


def _at(timed: tuple[Moment, _Status]) -> datetime:
    return timed[0][0]


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
    if not MINYEAR < local.year < MAXYEAR:  # no zone can be put to the ends of the calendar
        raise MalformedResponse(f"an event's time cannot be read: {text[:40]!r}")
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
