"""Engines: SQLite so that nothing that was committed is lost, and PostgreSQL."""

import os
import sqlite3
from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar
from weakref import WeakSet

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from retoure.errors import ConfigurationError
from retoure.storage.schemas import Schema

T = TypeVar("T")
BUSY_S = 30.0
_at_once: ContextVar[bool] = ContextVar("retoure_at_once", default=False)
_engines: "WeakSet[Engine]" = WeakSet()


class Busy(Exception):  # noqa: N818
    """Somebody else is writing to the file; nothing was done."""


def at_once(work: Callable[..., T], /, *args: Any, **kwargs: Any) -> T:  # noqa: ANN401 - the work's own
    """Do work whose first write waits for nobody; what it writes after that does, being half done.

    Raises:
        Busy: somebody else is writing to SQLite's file. The work may be done from its beginning.
    """
    before = _at_once.set(True)
    try:
        return work(*args, **kwargs)
    finally:
        _at_once.reset(before)


def _after_fork() -> None:
    for engine in list(_engines):
        engine.dispose(close=False)  # the parent's connections stay the parent's


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def parse_url(url: str, schema: Schema) -> URL:
    """A database's URL as it is used.

    Raises:
        ConfigurationError: it is none, or names a database that keeps nothing or is not supported.
    """
    option = schema.option
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ConfigurationError(f"{option}: write {schema.wanted}, like sqlite:///retoure.db") from None
    match parsed.get_backend_name():
        case "sqlite" if parsed.query or "\0" in (parsed.database or ""):
            raise ConfigurationError(f"{option}: name SQLite's file and nothing else, like sqlite:///retoure.db")
        case "sqlite" if parsed.database and ":memory:" not in parsed.database:
            return parsed.set(drivername="sqlite", database=str(Path(parsed.database).absolute()))
        case "sqlite":
            raise ConfigurationError(f"{option}: a database in memory forgets {schema.forgets}")
        case "postgresql" | "postgres":
            return parsed.set(drivername="postgresql+psycopg")
        case other:
            raise ConfigurationError(f"{option}: {other} is not supported; there are sqlite and postgresql")


def open_engine(url: URL, schema: Schema) -> Engine:
    """An engine; nothing is connected yet.

    Raises:
        ConfigurationError: the driver is not installed.
    """
    sqlite = url.get_backend_name() == "sqlite"
    arguments: dict[str, Any] = {"timeout": BUSY_S} if sqlite else {}
    more: dict[str, Any] = {} if sqlite else {"isolation_level": "READ COMMITTED", "pool_pre_ping": True}
    try:
        engine = create_engine(url, hide_parameters=True, connect_args=arguments, pool_size=10, max_overflow=0, **more)
    except (ImportError, NoSuchModuleError):
        raise ConfigurationError(f"{schema.option} on PostgreSQL need its driver: pip install 'retoure[postgres]'") from None
    event.listen(engine, "connect", _sqlite_connected if sqlite else _postgres_connected)
    if sqlite:
        event.listen(engine, "begin", _sqlite_begins)
        same = _SameFile(Path(url.database or ""), schema)
        event.listen(engine, "do_connect", same.before)
        event.listen(engine, "checkout", same.after)
    _engines.add(engine)
    return engine


class _SameFile:
    """Keeps to the file that was opened first: one that is moved or replaced would go on being written to, out of sight."""

    def __init__(self, file: Path, schema: Schema) -> None:
        self._file = file
        self._schema = schema
        self._first: tuple[int, int] | None = None

    def before(self, *_: object) -> None:
        """Before a connection is made: a file that is gone is not made anew."""
        self._check()

    def after(self, *_: object) -> None:
        """Before a connection is used."""
        self._check()

    def _check(self) -> None:
        try:
            found = self._file.stat()
        except OSError as error:
            raise self._schema.error(f"{self._schema.name} are gone: {self._file}: {error.strerror}") from None
        self._first = self._first or (found.st_dev, found.st_ino)
        if self._first != (found.st_dev, found.st_ino):
            what = f"{self._schema.name} were replaced while they were open: {self._file} is another file than before"
            raise self._schema.error(f"{what}; nothing was written. Put the right file in place, and start the program anew")


def _sqlite_connected(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own
    connection.isolation_level = None  # transactions are begun below, and not by the driver as it thinks fit
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}").close()


def _postgres_connected(connection: Any, _record: object) -> None:  # noqa: ANN401
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")
    connection.commit()


def _sqlite_begins(connection: Connection) -> None:
    """Take the write lock at once: a transaction that reads first and writes then cannot be made to wait."""
    if connection.get_execution_options().get("retoure_reads"):
        connection.exec_driver_sql("BEGIN")
    elif _at_once.get():
        _begin_at_once(connection.connection.driver_connection)
        _at_once.set(False)
    else:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_at_once(driver: Any) -> None:  # noqa: ANN401 - the driver's own
    driver.execute("PRAGMA busy_timeout = 0").close()
    try:
        driver.execute("BEGIN IMMEDIATE").close()
    except sqlite3.OperationalError:  # any other trouble is told when it is done with patience
        raise Busy from None
    finally:
        driver.execute(f"PRAGMA busy_timeout = {BUSY_S * 1000:.0f}").close()


def prepare(engine: Engine, schema: Schema) -> bytes:
    """Bring a schema up to date, and return the secret that its digests are keyed with.

    Raises:
        RetoureError: the schema's own; the database cannot be used, or was written by a newer version.
    """
    if engine.url.get_backend_name() == "sqlite":
        _touch(Path(engine.url.database or ""), schema)
    with schema.told("opened"):
        with engine.connect().execution_options(retoure_reads=True) as connection:
            secret = schema.secret(connection)
        if secret is None:
            with engine.begin() as connection:
                secret = schema.brought_up_to_date(connection)
    return schema.key(secret)


def _touch(file: Path, schema: Schema) -> None:
    """Make the file readable by its owner only: it will hold addresses."""
    try:
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise schema.error(f"{schema.name} cannot be opened: {file}: {error.strerror}") from None
