"""A parcel's history as events in our words, from the life cycle or from the order status.

Both list every status that a parcel can have, so that only those count which are said to have been reached. Times are German
local time without offset.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
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

_FORMS = (
    ("%d.%m.%Y, %H:%M", Precision.MINUTE), ("%d.%m.%Y %H:%M", Precision.MINUTE), ("%d.%m.%Y, %H:%M:%S", Precision.SECOND),
    ("%d.%m.%Y %H:%M:%S", Precision.SECOND), ("%d.%m.%Y", Precision.DATE),
)  # fmt: skip


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
    code = text_of(row.get("status"))
    trouble = [text for item in rows(row, "errorItems") for text in _contents(item)]
    said = text_of(part(row, "label").get("content"))
    return _Status(
        code,
        LIFE_CYCLE.get(code, UNLISTED),
        text_of(part(row, "date").get("content")),
        "; ".join(filter(None, (said, *trouble))),
        _place(text_of(part(row, "location").get("content"))),
        (*_unlisted(code in LIFE_CYCLE), *((NEEDS_REVIEW,) if trouble else ())),
    )


def _contents(item: Mapping[str, Any]) -> Iterator[str]:
    yield text_of(part(item, "label").get("content"))
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
    events = sorted((_event(status, zone) for status in dated), key=lambda event: event.instant)
    flags = () if len(dated) == len(reached) else (UNDATED, *_to_review(reached))
    return tuple(replace(event, sequence=index) for index, event in enumerate(events)), flags


def _to_review(reached: Iterable[_Status]) -> tuple[str, ...]:
    undated = any(not status.date and status.reading[1] is Custody.PHYSICAL for status in reached)
    return (NEEDS_REVIEW,) if undated else ()


def _event(status: _Status, zone: ZoneInfo) -> TrackingEvent:
    instant, source, precision, flags = moment(status.date, zone)
    kind, custody = status.reading
    return TrackingEvent(
        kind, custody, instant, status.date, source, precision, status.code, status.text, status.place, 0, flags + status.flags
    )


@lru_cache(maxsize=4096)
def moment(text: str, zone: ZoneInfo) -> tuple[datetime, ZoneSource, Precision, tuple[str, ...]]:
    """A time as DPD writes it: ``dd.MM.yyyy, HH:mm`` in status texts, ISO in scans. It is German unless it states an offset.

    An event whose time cannot be read makes the read a failed one: without it the history could look as if nothing had happened.
    """
    local, precision = _local(text)
    if local.tzinfo:
        return local, ZoneSource.STATED, precision, ()
    instant, flags = aware(local, zone)
    return instant, ZoneSource.CARRIER, precision, flags


def _local(text: str) -> tuple[datetime, Precision]:
    for form, precision in _FORMS:
        try:
            return datetime.strptime(text, form), precision  # noqa: DTZ007 - the zone comes next
        except ValueError:
            continue
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        raise MalformedResponse(f"an event's time cannot be read: {text[:40]!r}") from None
    return local, Precision.DATE if len(text) == 10 else Precision.MINUTE if len(text) == 16 else Precision.SECOND
