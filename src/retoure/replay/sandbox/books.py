"""What a carrier in a box has sold, on disk: one row for each label and each pickup, whoever got the answer or did not."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Lock

from retoure.replay.sandbox.messages import Values, days

_SCHEMA = """
CREATE TABLE IF NOT EXISTS booking (
    serial INTEGER PRIMARY KEY AUTOINCREMENT, carrier TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL, number TEXT,
    parcel TEXT NOT NULL, day TEXT NOT NULL, booked_at TEXT NOT NULL, seen_from TEXT, cancelled_at TEXT, story TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS booking_number ON booking (carrier, number);
CREATE INDEX IF NOT EXISTS booking_key ON booking (carrier, key);
"""
_COLUMNS = "carrier, kind, key, number, parcel, day, booked_at, seen_from, cancelled_at, story"


@dataclass(frozen=True, slots=True)
class Booking:
    """Something sold.

    Attributes:
        kind: ``label`` or ``pickup``.
        key: The asker's reference, as it came over the wire.
        seen_from: From when on look-ups show it; None: never.
        story: Which story its tracking tells.
    """

    carrier: str
    kind: str
    key: str
    number: str
    parcel: str
    day: str
    booked_at: datetime
    seen_from: datetime | None
    cancelled_at: datetime | None
    story: str

    @property
    def values(self) -> Values:
        """What is put into an answer about it."""
        day = days(self.day) if self.day else {}
        return {"key": self.key, "number": self.number, "parcel": self.parcel, **day}


class BoxBooks:
    """The books of a box, shared by all its carriers. Safe for threads."""

    def __init__(self, path: str | Path) -> None:
        self._lock = Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def book(
        self,
        *,
        carrier: str,
        kind: str,
        values: Values,
        number: Callable[[int], str],
        booked_at: datetime,
        seen_from: datetime | None,
        story: str = "",
    ) -> Booking:
        """Write down a sale; its number is made from the serial of its row."""
        row = (carrier, kind, values.get("key", ""), values.get("parcel", ""), values.get("day", ""), booked_at.isoformat())
        with self._lock, self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            cursor = self._connection.execute(
                "INSERT INTO booking (carrier, kind, key, parcel, day, booked_at, seen_from, story) VALUES (?,?,?,?,?,?,?,?)",
                (*row, seen_from.isoformat() if seen_from else None, story),
            )
            named = number(cursor.lastrowid or 0)
            self._connection.execute("UPDATE booking SET number = ? WHERE serial = ?", (named, cursor.lastrowid))
        return Booking(row[0], kind, row[2], named, row[3], row[4], booked_at, seen_from, None, story)

    def change(self, carrier: str, number: str, **columns: str | None) -> None:
        """Write what became of a sale: ``cancelled_at``, ``day`` or ``story``."""
        names = ", ".join(f"{name} = ?" for name in columns)
        with self._lock:
            self._connection.execute(
                f"UPDATE booking SET {names} WHERE carrier = ? AND number = ?",  # noqa: S608 - names of our own
                (*columns.values(), carrier, number),
            )

    def bookings(self, **equal: str) -> list[Booking]:
        """What was sold, in order; ``equal`` narrows it by column."""
        where = " AND ".join(f"{name} = ?" for name in equal) or "1"
        with self._lock:
            rows = self._connection.execute(
                f"SELECT {_COLUMNS} FROM booking WHERE {where} ORDER BY serial",  # noqa: S608 - names of our own
                tuple(equal.values()),
            ).fetchall()
        return [_booking(row) for row in rows]


def _booking(row: sqlite3.Row) -> Booking:
    booked_at, seen_from, cancelled_at = (datetime.fromisoformat(text) if text else None for text in row[6:9])
    assert booked_at is not None  # noqa: S101 - the column cannot be null
    carrier, kind, key, number, parcel, day = row[:6]
    return Booking(carrier, kind, key, number, parcel, day, booked_at, seen_from, cancelled_at, row[9])
