"""A database: opened when first used, a transaction at a time, one clock."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import cached_property
from threading import Lock
from typing import Any

from sqlalchemy import Connection, func, select

from retoure.storage.engine import open_engine, parse_url, prepare
from retoure.storage.schemas import Schema


class Database:
    """Connections of its own: every transaction is committed before it is told to be done."""

    def __init__(self, url: str, clock: Callable[[], datetime] | None, schema: Schema) -> None:
        self._url = parse_url(url, schema)
        self._engine = open_engine(self._url, schema)
        self._clock = clock
        self._schema = schema
        self._opening = Lock()

    def __str__(self) -> str:
        return self._url.render_as_string(hide_password=True)

    def close(self) -> None:
        """Close the connections; they are opened again when needed."""
        self._engine.dispose()

    @property
    def is_file(self) -> bool:
        """Whether it is SQLite's."""
        return self._engine.dialect.name == "sqlite"

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
        """Rewrite an SQLite file, so that nothing of what was deleted is left in it or in its log."""
        if not self.is_file:
            return
        with self._schema.told("rewritten"), closing(self._engine.raw_connection()) as connection:
            driver: Any = connection.driver_connection
            driver.execute("VACUUM").close()
            busy, *_ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise self._schema.error(f"the data are erased, but {self} still holds them: another process reads it")
