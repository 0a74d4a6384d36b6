"""Engines: SQLite so that nothing that was committed is lost, and PostgreSQL."""

import os
from pathlib import Path
from typing import Any
from weakref import WeakSet

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from retoure.errors import ConfigurationError
from retoure.storage.schemas import Schema

_BUSY_S = 30.0
_engines: "WeakSet[Engine]" = WeakSet()


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
    except ArgumentError:
        raise ConfigurationError(f"{option}: write {schema.wanted}, like sqlite:///retoure.db") from None
    match parsed.get_backend_name():
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
    arguments: dict[str, Any] = {"timeout": _BUSY_S} if sqlite else {}
    try:
        engine = create_engine(
            url, hide_parameters=True, connect_args=arguments, pool_size=10, max_overflow=0, pool_pre_ping=not sqlite
        )
    except (ImportError, NoSuchModuleError):
        raise ConfigurationError(f"{schema.option} on PostgreSQL need its driver: pip install 'retoure[postgres]'") from None
    event.listen(engine, "connect", _sqlite_connected if sqlite else _postgres_connected)
    if sqlite:
        event.listen(engine, "begin", _sqlite_begins)
    _engines.add(engine)
    return engine


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
    reading = connection.get_execution_options().get("retoure_reads")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


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
    return bytes.fromhex(secret)


def _touch(file: Path, schema: Schema) -> None:
    """Make the file readable by its owner only: it will hold addresses."""
    try:
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise schema.error(f"{schema.name} cannot be opened: {file}: {error.strerror}") from None
