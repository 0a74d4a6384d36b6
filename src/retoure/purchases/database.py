"""A database for the books: opened when first used, a transaction at a time, one clock."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import cached_property
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Row, func, select

from retoure.errors import BooksError
from retoure.purchases.contents import read_bought
from retoure.purchases.engine import open_engine, parse_url, prepare, told
from retoure.purchases.entries import Bought
from retoure.purchases.tables import content, purchase


class Database:
    """Connections of its own: every transaction is committed before it is told to be done."""

    def __init__(self, url: str, clock: Callable[[], datetime] | None) -> None:
        self._url = parse_url(url)
        self._engine = open_engine(self._url)
        self._clock = clock
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
            return prepare(self._engine)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that reads."""
        _ = self.secret
        with told("read"), self._engine.connect().execution_options(retoure_reads=True) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes."""
        _ = self.secret
        with told("written"), self._engine.begin() as connection:
            yield connection

    def now(self, connection: Connection) -> datetime:
        """The time of leases: on a server its own, so that several machines measure on one clock."""
        if self._clock is None and not self.is_file:
            at: datetime = connection.execute(select(func.clock_timestamp())).scalar_one()
            return at
        return self._clock() if self._clock else datetime.now(UTC)

    def scrub(self) -> None:
        """Rewrite an SQLite file, so that nothing of what was deleted is left in it or in its log."""
        if not self.is_file:
            return
        with told("rewritten"), closing(self._engine.raw_connection()) as connection:
            driver: Any = connection.driver_connection
            driver.execute("VACUUM").close()
            busy, *_ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise BooksError(f"the data are erased, but {self} still holds them: another process reads it")


def row_of(connection: Connection, key: str, *, lock: bool = False) -> Row[Any] | None:
    """A key's row, held until the end of the transaction where it is to be changed."""
    query = select(purchase).where(purchase.c.key == key)
    return connection.execute(query.with_for_update() if lock else query).one_or_none()


def payload_of(connection: Connection, key: str, what: str) -> bytes | None:
    """The personal part of what was ordered or bought; None once it is erased."""
    query = select(content.c.payload).where(content.c.key == key, content.c.what == what)
    return connection.execute(query).scalars().first()


def bought_in(connection: Connection, row: Row[Any]) -> Bought:
    """What a row says was bought."""
    return read_bought(row.key, row.kind, row.facts, payload_of(connection, row.key, "bought"))


def write_content(connection: Connection, key: str, what: str, payload: bytes, at: datetime) -> None:
    """Write personal data down, in a row of their own."""
    connection.execute(content.insert().values(key=key, what=what, payload=payload, written_at=at))
