"""The database under the books: its own connections, durable commits, the schema brought up to date."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any
from weakref import WeakSet

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, select, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from retoure.errors import BooksError, ConfigurationError
from retoure.purchases.tables import setting

VERSION_TABLE = "retoure_purchases_version"
HEAD = "0001"
_MIGRATIONS = Path(__file__).parent / "migrations"
_BUSY_S = 30.0
_SECRET = "digest_secret"  # noqa: S105 - the name of a row
_LOCK = 0x7265746F757265  # names the migration's lock on PostgreSQL
_engines: "WeakSet[Engine]" = WeakSet()


def _after_fork() -> None:
    for engine in list(_engines):
        engine.dispose(close=False)  # the parent's connections stay the parent's


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def parse_url(url: str) -> URL:
    """A database's URL as the books use it.

    Raises:
        ConfigurationError: it is none, or names a database that keeps nothing or is not supported.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise ConfigurationError("purchases: write 'unprotected' or a database's URL, like sqlite:///retoure.db") from None
    match parsed.get_backend_name():
        case "sqlite" if parsed.database and ":memory:" not in parsed.database:
            return parsed.set(drivername="sqlite", database=str(Path(parsed.database).absolute()))
        case "sqlite":
            raise ConfigurationError("purchases: a database in memory forgets what was bought; name a file, or use Unprotected()")
        case "postgresql" | "postgres":
            return parsed.set(drivername="postgresql+psycopg")
        case other:
            raise ConfigurationError(f"purchases: {other} is not supported; there are sqlite and postgresql")


def open_engine(url: URL) -> Engine:
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
        raise ConfigurationError("purchases on PostgreSQL need its driver: pip install 'retoure[postgres]'") from None
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


@contextmanager
def told(what: str) -> Iterator[None]:
    """Name what the books could not do, without parameters: they may be personal."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        origin = getattr(error, "orig", None) or error
        cause = f"{type(origin).__name__}: {str(origin).partition(chr(10))[0]}"
        raise BooksError(f"the books of purchases cannot be {what} ({cause})") from None


def prepare(engine: Engine) -> bytes:
    """Bring the schema up to date, and return the secret that digests are keyed with.

    Raises:
        BooksError: the database cannot be used, or was written by a newer version.
    """
    if engine.url.get_backend_name() == "sqlite":
        _touch(Path(engine.url.database or ""))
    with told("opened"):
        with engine.connect().execution_options(retoure_reads=True) as connection:
            version = _version(connection)
            secret = _secret(connection) if version == HEAD else None
        if secret is None:
            with engine.begin() as connection:
                if engine.dialect.name == "postgresql":
                    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
                if (version := _version(connection)) != HEAD:
                    _upgrade(connection, version)
                secret = _secret(connection) or _new_secret(connection)
    return bytes.fromhex(secret)


def _touch(file: Path) -> None:
    """Make the file readable by its owner only: it will hold addresses."""
    try:
        os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise BooksError(f"the books of purchases cannot be opened: {file}: {error.strerror}") from None


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    return connection.execute(text(f"SELECT version_num FROM {VERSION_TABLE}")).scalar()  # noqa: S608 - a name of ours


def _upgrade(connection: Connection, version: str | None) -> None:
    from alembic.command import upgrade
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if version is not None and version not in known:
        raise BooksError(
            f"the books of purchases were written by a newer retoure (schema {version}, this one knows {HEAD}): upgrade retoure"
        )
    upgrade(config, "head")


def _secret(connection: Connection) -> str | None:
    return connection.execute(select(setting.c.value).where(setting.c.name == _SECRET)).scalar()


def _new_secret(connection: Connection) -> str:
    secret = token_hex(32)
    connection.execute(setting.insert().values(name=_SECRET, value=secret))
    return secret
