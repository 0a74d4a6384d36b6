"""Tracking stories: recorded histories shown one after the other as time goes by, with their times moved to the booking's."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field

from retoure.model.base import Model
from retoure.replay.sandbox.exchanges import MovedTimes
from retoure.replay.sandbox.scripts import Scripting


class Times(Model):
    """How a carrier writes one instant: fields with their ``strptime`` form, in local time, UTC, and with the offset told."""

    local: Mapping[str, str]
    utc: Mapping[str, str] = Field(default_factory=dict)
    offset: str = ""


class Stories(Model):
    """The stories that a carrier's box can tell.

    Attributes:
        bought_at: When the label of the recorded histories was bought.
        zone: Where the carrier's clocks hang.
        unknown: The exchange for numbers that the box has not sold.
        times: How instants are written; of an object, those are moved whose fields it has, written so.
        stories: By name: from how many hours after the purchase on which exchange is shown.
        scripting: What scripted histories are made of, where it can tell such.
    """

    bought_at: AwareDatetime
    zone: str
    unknown: str
    times: tuple[Times, ...]
    stories: Mapping[str, tuple[tuple[float, str], ...]]
    scripting: Scripting | None = None

    def shown(self, story: str, age: timedelta) -> str:
        """The exchange that a story shows at this age of its parcel."""
        chapters = self.stories[story]
        return next(name for hours, name in reversed(chapters) if timedelta(hours=hours) <= max(age, timedelta(0)))

    def moved_to(self, booked_at: datetime) -> MovedTimes:
        """Moves the times of recorded histories as if their label had been bought then."""
        by, zone = booked_at - self.bought_at, ZoneInfo(self.zone)

        def moved(fields: dict[str, Any]) -> dict[str, Any]:
            for form in self.times:
                if form.local.keys() <= fields.keys() and (at := read_time(form, fields, zone)):
                    return {**fields, **_written(form, at + by, zone, fields)}
            return fields

        return moved


def read_time(form: Times, fields: Mapping[str, Any], zone: ZoneInfo) -> datetime | None:
    """The instant that some fields tell; None where they hold something else."""
    text = " ".join(str(fields[name]) for name in form.local)
    try:
        return datetime.strptime(text, " ".join(form.local.values())).replace(tzinfo=zone).astimezone(UTC)
    except ValueError:
        return None  # a field of the same name that holds something else, as DPD's "content" does


def _written(form: Times, at: datetime, zone: ZoneInfo, fields: Mapping[str, Any]) -> dict[str, str]:
    local = at.astimezone(zone)
    told = {name: local.strftime(pattern) for name, pattern in form.local.items()}
    told.update({name: at.strftime(pattern) for name, pattern in form.utc.items() if name in fields})
    return {**told, **({form.offset: local.isoformat()[-6:]} if form.offset in fields else {})}
