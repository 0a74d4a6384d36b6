"""A database: opened when first used, a transaction at a time, one clock."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any
from weakref import WeakSet

from sqlalchemy import Connection, event, func, select

from retoure.storage.engine import BUSY_S, open_engine, parse_url, prepare
from retoure.storage.schemas import Schema

_AGAIN_S = 0.02
_databases: "WeakSet[Database]" = WeakSet()


def _after_fork() -> None:
    for database in list(_databases):
        database._opening = Lock()  # noqa: SLF001 - a thread of the parent's may have held it


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


class Database:
    """Connections of its own: every transaction is committed before it is told to be done."""

    def __init__(self, url: str, clock: Callable[[], datetime] | None, schema: Schema) -> None:
        self._url = parse_url(url, schema)
        self._engine = open_engine(self._url, schema)
        self._closed = 0  # so many times
        event.listen(self._engine, "connect", self._opened)
        event.listen(self._engine, "checkin", self._done_with)  # never while connections are in use: that is not safe for threads
        self._clock = clock
        self._schema = schema
        self._opening = Lock()
        _databases.add(self)

    def __str__(self) -> str:
        return self._url.set(query={}).render_as_string(hide_password=True)  # a password may stand in the query, too

    def close(self) -> None:
        """Close the connections, what is in use as soon as it is done with; they are opened again when needed."""
        self._closed += 1
        self._engine.pool.dispose()  # the pool stays: one that took its place would know nothing of whoever is still at this one

    def _opened(self, _connection: object, record: Any) -> None:  # noqa: ANN401 - the pool's own
        record.info["closed"] = self._closed

    def _done_with(self, _connection: object, record: Any) -> None:  # noqa: ANN401
        if record.info.get("closed") != self._closed:
            record.invalidate()

    @property
    def file(self) -> Path | None:
        """SQLite's file; None for a server."""
        return Path(self._url.database or "") if self._engine.dialect.name == "sqlite" else None

    @property
    def is_file(self) -> bool:
        """Whether it is SQLite's."""
        return self.file is not None

    @cached_property
    def secret(self) -> bytes:
        """What digests are keyed with; asking for it opens the database."""
        with self._opening:
            return prepare(self._engine, self._schema)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that reads."""
        _ = self.secret
        with self._schema.told("read"), self._engine.connect().execution_options(retoure_reads=True) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes."""
        _ = self.secret
        with self._schema.told("written"), self._engine.begin() as connection:
            yield connection

    def now(self, connection: Connection) -> datetime:
        """The time of leases: on a server its own, so that several machines measure on one clock."""
        if self._clock is None and not self.is_file:
            at: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
            return at
        return self._clock().astimezone(UTC) if self._clock else datetime.now(UTC)

    def scrub(self) -> None:
        """Rewrite an SQLite file, so that nothing of what was deleted is left in it or in its log.

        PostgreSQL keeps deleted rows in its files until ``VACUUM FULL``, which locks a table and is its operator's to run.
        """
        if not self.is_file:
            return
        with self._schema.told("rewritten"), closing(self._engine.raw_connection()) as connection:
            driver: Any = connection.driver_connection
            driver.execute("VACUUM").close()
            until = time.monotonic() + BUSY_S
            # SQLite waits for readers by itself, and not for somebody else who empties the log at the same time.
            while (busy := driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]) and time.monotonic() < until:
                time.sleep(_AGAIN_S)
        if busy:
            raise self._schema.error(f"the data are erased, but {self} still holds them: another process reads it")
