"""Reads that are forced: around the opening of a window, and before its closing."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from retoure.monitor.cadence import Cadence


def deadlines_of(opens_at: datetime | None, closes_on: date | None, zone: ZoneInfo, cadence: Cadence) -> tuple[datetime, ...]:
    """Every forced read, the earliest first."""
    raise NotImplementedError
