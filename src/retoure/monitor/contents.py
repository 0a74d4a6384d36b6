"""Rows that are there once: inserted where they are new, found where they are not, and named where they cannot be read."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, Table, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite

from retoure.errors import StoreError
from retoure.monitor.tables import content
from retoure.storage.many import execute_many

UNREADABLE = (ValidationError, ValueError, TypeError, KeyError)
_INSERT: dict[str, Callable[[Any], Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_SAME = select(content.c.id).where(
    content.c.case_id == bindparam("of"), content.c.what == bindparam("kind"), content.c.ref == bindparam("name")
)


def insert_new(connection: Connection, table: Table, *rows: Mapping[str, Any]) -> None:
    """Insert rows, and leave alone what is there."""
    execute_many(connection, _new(connection.dialect.name, table), rows)


def inserted(connection: Connection, table: Table, values: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a number or a name
    """Insert a row, and return its id; None where it is there."""
    return connection.execute(_new_returned(connection.dialect.name, table), values).scalar()


@cache
def _new(dialect: str, table: Table) -> Any:  # noqa: ANN401 - SQLAlchemy's own; made once, it takes longer than it runs
    return _INSERT[dialect](table).on_conflict_do_nothing()


@cache
def _new_returned(dialect: str, table: Table) -> Any:  # noqa: ANN401
    return _new(dialect, table).returning(table.c.id)


@contextmanager
def readable(what: str) -> Iterator[None]:
    """Say which row cannot be read."""
    try:
        yield
    except UNREADABLE as error:
        raise unreadable(what, error) from None


def unreadable(what: str, error: Exception) -> StoreError:
    """Which row cannot be read, without a word of what it holds."""
    kept = "nothing was changed: restore the row from a backup"
    return StoreError(f"{what} cannot be read from the monitor's store ({type(error).__name__}); {kept}")


def put_content(connection: Connection, case_id: int, what: str, ref: str, payload: bytes) -> int:
    """Write a content down, once, and return its number."""
    values = {"case_id": case_id, "what": what, "ref": ref, "payload": payload}
    added = inserted(connection, content, values)
    return int(connection.execute(_SAME, {"of": case_id, "kind": what, "name": ref}).scalar_one() if added is None else added)
