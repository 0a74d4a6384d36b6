"""A set of tables with a history of its own: several may lie in one database, each brought up to date by itself."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from sqlalchemy import Connection, Table, inspect, select, text
from sqlalchemy.exc import SQLAlchemyError

from retoure.errors import RetoureError

_SECRET = "digest_secret"  # noqa: S105 - the name of a row
_SECRET_BYTES = 32
_LOCKED = ": another transaction writes to this file, perhaps your own: give them a file of their own"
_LOCK = 0x7265746F757265  # names the migrations' lock on PostgreSQL


@dataclass(frozen=True)
class Schema:
    """Tables, and how they are spoken of.

    Attributes:
        name: What the tables are, in the plural: ``the books of purchases``.
        option: What a user calls them in a configuration.
        wanted: What to write for that option.
        forgets: What is said of a database that keeps nothing.
        error: What is raised where the database cannot be used.
        version_table: Where the schema's version stands.
        head: The version that this code knows.
        migrations: The folder of Alembic's scripts.
        setting: The table of names and values that holds the secret.
    """

    name: str
    option: str
    wanted: str
    forgets: str
    error: type[RetoureError]
    version_table: str
    head: str
    migrations: Path
    setting: Table

    @contextmanager
    def told(self, what: str) -> Iterator[None]:
        """Name what could not be done, without parameters: they may be personal."""
        try:
            yield
        except (SQLAlchemyError, sqlite3.Error, ValueError, TypeError) as error:  # a value that cannot be read is a ValueError
            origin = getattr(error, "orig", None) or error
            cause = f"{type(origin).__name__}: {str(origin).partition(chr(10))[0]}"
            advice = _LOCKED if "database is locked" in cause else ""
            raise self.error(f"{self.name} cannot be {what} ({cause}){advice}") from None

    def version(self, connection: Connection) -> str | None:
        """The version that the database has; None where it has no such tables."""
        if not inspect(connection).has_table(self.version_table):
            return None
        return connection.execute(text(f"SELECT version_num FROM {self.version_table}")).scalar()  # noqa: S608 - a name of ours

    def secret(self, connection: Connection) -> str | None:
        """The secret, if the tables are up to date and have one."""
        if self.version(connection) != self.head:
            return None
        return connection.execute(select(self.setting.c.value).where(self.setting.c.name == _SECRET)).scalar()

    def key(self, secret: str) -> bytes:
        """The secret as bytes; raises ``RetoureError``, the schema's own, where its row is corrupt."""
        with suppress(ValueError, TypeError):
            key = bytes.fromhex(secret)
            if len(key) == _SECRET_BYTES:
                return key
        raise self.error(
            f"the secret in {self.setting.name} is corrupt, so that nothing can be compared: restore it from a backup"
        )

    def brought_up_to_date(self, connection: Connection) -> str:
        """The secret, after the tables are what this code knows.

        Raises:
            RetoureError: the schema's own; they were written by a newer version.
        """
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        if (version := self.version(connection)) != self.head:
            self._upgrade(connection, version)
        return self.secret(connection) or self._new_secret(connection)

    def _upgrade(self, connection: Connection, version: str | None) -> None:
        from alembic.command import upgrade
        from alembic.config import Config
        from alembic.script import ScriptDirectory

        attributes = {"connection": connection, "version_table": self.version_table, "metadata": self.setting.metadata}
        config = Config(attributes=attributes)
        config.set_main_option("script_location", str(self.migrations).replace("%", "%%"))
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        if version is not None and version not in known:
            newer = f"(schema {version}, this one knows {self.head})"
            raise self.error(f"{self.name} were written by a newer retoure {newer}: upgrade retoure")
        upgrade(config, "head")

    def _new_secret(self, connection: Connection) -> str:
        secret = token_hex(_SECRET_BYTES)
        connection.execute(self.setting.insert().values(name=_SECRET, value=secret))
        return secret
