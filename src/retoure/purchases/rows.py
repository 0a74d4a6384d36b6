"""Rows of the books."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from retoure.purchases.contents import read_bought
from retoure.purchases.entries import Bought
from retoure.purchases.tables import content, purchase


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
