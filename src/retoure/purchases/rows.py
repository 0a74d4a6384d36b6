"""Rows of the books."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select
from sqlalchemy.dialects import postgresql, sqlite

from retoure.errors import BooksError
from retoure.model.labels import LabelOrder
from retoure.purchases.contents import facts_of, kind_of, read_bought
from retoure.purchases.entries import Bought, Entry, Order, State, number_of
from retoure.purchases.tables import content, lost, purchase, purchase_rma

_INSERT: dict[str, Callable[[Any], Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def row_of(connection: Connection, key: str, *, lock: bool = False) -> Row[Any] | None:
    """A key's row, held until the end of the transaction where it is to be changed.

    Raises:
        BooksError: it cannot be read.
    """
    query = select(purchase).where(purchase.c.key == key)
    try:
        return connection.execute(query.with_for_update() if lock else query).one_or_none()
    except (ValueError, TypeError) as error:
        raise unreadable(key, str(error)) from None


def entry_of(row: Row[Any]) -> Entry:
    """A row as the rules see it; raises like :func:`row_of`."""
    try:
        state = State(row.state)
    except ValueError:
        raise unreadable(row.key, f"there is no state {row.state!r}") from None
    return Entry(
        key=row.key, account=row.account, digest=row.digest, state=state, owner=row.owner,
        lease_until=row.lease_until, attempted_at=row.attempted_at,
    )  # fmt: skip


def unreadable(key: str, why: str) -> BooksError:
    """The error of a row that cannot be read."""
    return BooksError(f"the books are unreadable at the key {key!r} ({why}): restore its row from a backup; nothing was bought")


def insert_row(connection: Connection, values: dict[str, Any], rmas: Iterable[str]) -> bool:
    """Write a new key down, and the returns that it belongs to; False where there is one."""
    insert = _INSERT[connection.dialect.name](purchase).values(**values).on_conflict_do_nothing(index_elements=["key"])
    # The row that is returned tells; the count of rows does not, on PostgreSQL it is -1 here.
    if connection.execute(insert.returning(purchase.c.key)).scalar() is None:
        return False
    if belonging := [{"key": values["key"], "rma": rma} for rma in sorted(set(rmas) - {""})]:
        connection.execute(purchase_rma.insert(), belonging)
    return True


def lease(now: datetime, lease_s: float) -> dict[str, Any]:
    """A lease from now on; its length is kept, too."""
    return {"lease_until": now + timedelta(seconds=lease_s), "lease_s": lease_s}


def is_stranded(row: Row[Any], now: datetime) -> bool:
    """Whether a lease ends further ahead than it is long: the clock was set back since it was taken.

    Raises:
        BooksError: its length cannot be read.
    """
    if row.lease_until is None or row.lease_s is None:
        return False
    try:
        return bool(row.lease_until > now + timedelta(seconds=row.lease_s))
    except (OverflowError, ValueError, TypeError) as error:
        raise unreadable(row.key, f"its lease's length: {error}") from None


def rein_in(connection: Connection, row: Row[Any], now: datetime) -> None:
    """Let a stranded lease run for its whole length from now on: nobody waits for longer, and nobody is overtaken."""
    if is_stranded(row, now):
        connection.execute(purchase.update().where(purchase.c.key == row.key).values(**lease(now, row.lease_s)))


def payload_of(connection: Connection, key: str, what: str) -> bytes | None:
    """The personal part of what was ordered or bought; None once it is erased."""
    query = select(content.c.payload).where(content.c.key == key, content.c.what == what)
    return connection.execute(query).scalars().first()


def bought_in(connection: Connection, row: Row[Any]) -> Bought:
    """What a row says was bought."""
    return read_bought(row.key, row.kind, row.facts, payload_of(connection, row.key, "bought"))


def write_bought(connection: Connection, row: Row[Any], bought: Bought, personal: bytes | None, now: datetime) -> None:
    """Write down what a key stands for. What was erased stays so: its personal part is not written anew."""
    changes = {"state": State.BOUGHT, "owner": "", "lease_until": None, "bought_at": now, "candidates": ""}
    facts = {"number": number_of(bought), "facts": facts_of(bought)}
    connection.execute(purchase.update().where(purchase.c.key == row.key).values(**changes, **facts))
    connection.execute(content.delete().where(content.c.key == row.key, content.c.what == "bought"))
    if personal is not None and row.erased_at is None:
        write_content(connection, row.key, "bought", personal, now)
    # What a look-up brings may be what was given up before: it is lost no longer.
    same = (lost.c.account == row.account, lost.c.kind == row.kind, lost.c.number == number_of(bought))
    connection.execute(lost.delete().where(lost.c.key == row.key, *same))


def write_content(connection: Connection, key: str, what: str, payload: bytes, at: datetime) -> None:
    """Write personal data down, in a row of their own."""
    connection.execute(content.insert().values(key=key, what=what, payload=payload, written_at=at))


def lose(connection: Connection, row: Row[Any], cause: str, now: datetime) -> None:
    """Write down a purchase that is given up with its outcome unknown."""
    shared = {name: getattr(row, name) for name in ("key", "kind", "account", "carrier", "rma", "attempted_at")}
    connection.execute(lost.insert().values(**shared, given_up_at=now, cause=cause))


def answered(connection: Connection, key: str, attempted_at: datetime | None) -> None:
    """Write down that an attempt which was given up is what its key stands for after all: it is lost no longer."""
    attempt = (lost.c.key == key, lost.c.attempted_at == attempted_at, lost.c.number.is_(None))
    connection.execute(lost.delete().where(*attempt))


def lose_bought(connection: Connection, bought: Bought, rma: str, attempted_at: datetime | None, now: datetime) -> None:
    """Write down what was bought under a key that stands for another; if its attempt was given up before, under that."""
    attempt = (lost.c.key == bought.key, lost.c.attempted_at == attempted_at, lost.c.number.is_(None))
    if connection.execute(lost.update().where(*attempt).values(number=number_of(bought))).rowcount:
        return
    values = {
        "key": bought.key, "kind": kind_of(bought), "account": bought.account, "carrier": bought.carrier, "rma": rma,
        "attempted_at": attempted_at, "given_up_at": now, "number": number_of(bought), "cause": "one too many",
    }  # fmt: skip
    connection.execute(lost.insert().values(**values))


def rmas_of(connection: Connection, order: Order) -> list[str]:
    """The returns that an order belongs to; a pickup belongs to those of all the labels that it fetches."""
    if isinstance(order, LabelOrder):
        return [order.request.rma]
    numbers = [parcel.tracking_number for parcel in order.parcels if parcel.tracking_number]
    labels = select(purchase.c.rma).where(purchase.c.number.in_(numbers), purchase.c.kind == "label")
    known = connection.execute(labels.order_by(purchase.c.written_at)).scalars()
    return list(filter(None, dict.fromkeys((*(parcel.rma for parcel in order.parcels), *known))))


def key_of(connection: Connection, bought: Bought) -> str | None:
    """The key that something was bought or adopted under; carriers use numbers again, the latest one is meant."""
    mine = [purchase.c.kind == kind_of(bought), purchase.c.account == bought.account, purchase.c.number == number_of(bought)]
    if bought.key:
        mine.append(purchase.c.key == bought.key)
    latest = select(purchase.c.key).where(*mine).order_by(purchase.c.bought_at.desc()).limit(1)
    return connection.execute(latest).scalar()
