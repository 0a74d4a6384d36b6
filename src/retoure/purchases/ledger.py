"""The books as buying needs them, on a database: one transaction for each step.

Every transaction is on a connection of its own and committed before it is told: a caller's rolled-back transaction loses nothing,
and a crash loses nothing that was told.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, Update, select
from sqlalchemy.dialects import postgresql, sqlite

from retoure.errors import BooksError
from retoure.model.labels import Label, LabelOrder
from retoure.model.pickups import Pickup
from retoure.purchases import keeping
from retoure.purchases.contents import facts_of, kind_of, personal_of
from retoure.purchases.digest import order_digest
from retoure.purchases.entries import (
    Bought,
    Entered,
    Entry,
    Order,
    Overtaken,
    State,
    Step,
    next_step,
    number_of,
    stands_for,
)
from retoure.purchases.rows import bought_in, row_of, write_content
from retoure.purchases.tables import content, lost, purchase
from retoure.storage.database import Database

_INSERT: dict[str, Callable[[Any], Any]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
UNKEPT = "its documents could not be written to the books: keep them now"


class Ledger:
    """Intents, departures and outcomes, written down one by one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def enter(self, order: Order, carrier: str, owner: str, lease_s: float) -> Entered:
        """Take the key if it is to be had, writing the intent down before anything leaves."""
        digest = order_digest(order, self._database.secret)
        with self._database.reading() as connection:  # whoever waits asks often, and must not keep the holder from writing
            row = row_of(connection, order.key)
            if row is not None:
                entered = self._entered(connection, row, order, digest, owner)
                if entered.step in (Step.WAIT, Step.RETURN):
                    return entered
        while True:
            with self._database.writing() as connection:
                if self._intend(connection, order, carrier, digest, owner, lease_s):
                    return Entered(Step.BUY)
                row = row_of(connection, order.key, lock=True)
                if row is None:
                    continue  # freed between the two statements
                entered = self._entered(connection, row, order, digest, owner)
                if entered.step in (Step.BUY, Step.LOOK_UP):
                    connection.execute(_update(order.key).values(owner=owner, lease_until=self._until(connection, lease_s)))
                return entered

    def _entered(self, connection: Connection, row: Row[Any], order: Order, digest: str, owner: str) -> Entered:
        now = self._database.now(connection)
        step = next_step(_entry(row), account=order.account, digest=digest, owner=owner, now=now)
        bought = bought_in(connection, row) if step is Step.RETURN else None
        return Entered(step, row.attempted_at, bought)

    def _until(self, connection: Connection, lease_s: float) -> datetime:
        return self._database.now(connection) + timedelta(seconds=lease_s)

    def _intend(self, connection: Connection, order: Order, carrier: str, digest: str, owner: str, lease_s: float) -> bool:
        now = self._database.now(connection)
        values = {
            **_EMPTY, "key": order.key, "kind": kind_of(order), "account": order.account, "carrier": carrier,
            "rma": _rma(connection, order), "digest": digest, "owner": owner, "lease_until": now + timedelta(seconds=lease_s),
            "written_at": now,
        }  # fmt: skip
        if not _insert(connection, values):
            return False
        write_content(connection, order.key, "order", order.model_dump_json().encode(), now)
        return True

    def departing(self, key: str, owner: str, at: datetime, lease_s: float) -> None:
        """Write down that the order leaves now, and take the lease anew."""
        with self._database.writing() as connection:
            changes = {"attempted_at": at, "lease_until": self._until(connection, lease_s)}
            if connection.execute(_held(key, owner).values(**changes)).rowcount != 1:
                raise Overtaken

    def keep(self, key: str, owner: str, bought: Bought, attempted_at: datetime | None) -> Bought | None:
        """Write down what was bought. Where its documents find no room, its number is kept without them."""
        try:
            return self._keep(key, owner, bought, attempted_at, personal_of(bought))
        except BooksError as error:
            kept = self._keep(key, owner, bought, attempted_at, None)
            return kept and kept.model_copy(update={"notices": (*kept.notices, f"{UNKEPT} ({error})")})

    def _keep(self, key: str, owner: str, bought: Bought, attempted_at: datetime | None, personal: bytes | None) -> Bought | None:
        with self._database.writing() as connection:
            row = row_of(connection, key, lock=True)
            if row is None or not stands_for(_entry(row), owner=owner, attempted_at=attempted_at):
                return self._one_too_many(connection, row, bought, attempted_at)
            now = self._database.now(connection)
            changes = {"state": State.BOUGHT, "owner": "", "lease_until": None, "bought_at": now, "candidates": ""}
            facts = {"number": number_of(bought), "facts": facts_of(bought)}
            connection.execute(_update(key).values(**changes, **facts))
            if personal is not None:
                write_content(connection, key, "bought", personal, now)
        return bought

    def _one_too_many(
        self, connection: Connection, row: Row[Any] | None, bought: Bought, attempted_at: datetime | None
    ) -> Bought | None:
        if row is None or row.number != number_of(bought):
            rma = bought.rma if isinstance(bought, Label) else ""
            connection.execute(
                lost.insert().values(
                    key=bought.key,
                    kind=kind_of(bought),
                    account=bought.account,
                    carrier=bought.carrier,
                    rma=rma,
                    attempted_at=attempted_at,
                    given_up_at=self._database.now(connection),
                    number=number_of(bought),
                )
            )
        if row is None:
            return bought
        return bought_in(connection, row) if row.state == State.BOUGHT else None

    def free(self, key: str, owner: str) -> None:
        """Forget an attempt that bought nothing."""
        with self._database.writing() as connection:
            connection.execute(purchase.delete().where(*_is_held(key, owner)))

    def release(self, key: str, owner: str, candidates: tuple[str, ...] = ()) -> None:
        """Leave the outcome open, for whoever asks next."""
        with self._database.writing() as connection:
            connection.execute(_held(key, owner).values(owner="", lease_until=None, candidates=" ".join(candidates)))

    def clear(self, key: str, owner: str, *, lost: bool) -> None:
        """Close the attempt that has left, so that the key can be bought again."""
        with self._database.writing() as connection:
            row = row_of(connection, key, lock=True)
            if row is not None and lost and row.owner == owner:
                keeping.lose(connection, row, self._database.now(connection))
            connection.execute(_held(key, owner).values(attempted_at=None, candidates=""))

    def get(self, key: str) -> Bought | None:
        """What the key has bought, if it has. A label that was voided is still told."""
        with self._database.reading() as connection:
            row = row_of(connection, key)
            return bought_in(connection, row) if row is not None and _entry(row).state is not State.OPEN else None

    def give_up(self, bought: Bought, result: str) -> None:
        """Write down that a label was voided or a pickup cancelled; nothing where it is not on the books."""
        with self._database.writing() as connection:
            mine = (purchase.c.kind == kind_of(bought), purchase.c.number == number_of(bought))
            connection.execute(
                purchase.update()
                .where(*mine, purchase.c.account == bought.account, purchase.c.state == State.BOUGHT)
                .values(state=State.VOIDED, given_up=str(result), given_up_at=self._database.now(connection))
            )

    def amend(self, pickup: Pickup) -> None:
        """Write down what a pickup has become; nothing where its key is not on the books."""
        with self._database.writing() as connection:
            row = row_of(connection, pickup.key, lock=True)
            if row is None or row.state != State.BOUGHT:
                return
            connection.execute(_update(pickup.key).values(number=number_of(pickup), facts=facts_of(pickup)))
            connection.execute(content.delete().where(content.c.key == pickup.key, content.c.what == "bought"))
            write_content(connection, pickup.key, "bought", personal_of(pickup), self._database.now(connection))

    def adopt(self, label: Label) -> None:
        """Write down a label that was bought elsewhere; one that is written down already stays as it is."""
        with self._database.writing() as connection:
            now = self._database.now(connection)
            values = {
                **_EMPTY, "key": f"adopted/{label.account}/{label.tracking_number}", "kind": "label", "account": label.account,
                "carrier": label.carrier, "rma": label.rma, "digest": "", "state": State.BOUGHT, "adopted": True,
                "written_at": now, "bought_at": now, "number": label.tracking_number, "facts": facts_of(label),
            }  # fmt: skip
            _insert(connection, values)


_EMPTY: dict[str, Any] = {"state": State.OPEN, "adopted": False, "owner": "", "candidates": "", "given_up": ""}


def _insert(connection: Connection, values: dict[str, Any]) -> bool:
    insert = _INSERT[connection.dialect.name](purchase).values(**values).on_conflict_do_nothing(index_elements=["key"])
    # The row that is returned tells; the count of rows does not, on PostgreSQL it is -1 here.
    return connection.execute(insert.returning(purchase.c.key)).scalar() is not None


def _rma(connection: Connection, order: Order) -> str:
    """The return that an order belongs to; a pickup belongs to that of the label it fetches."""
    if isinstance(order, LabelOrder):
        return order.request.rma
    numbers = [parcel.tracking_number for parcel in order.parcels if parcel.tracking_number]
    found = connection.execute(select(purchase.c.rma).where(purchase.c.number.in_(numbers), purchase.c.kind == "label"))
    return found.scalars().first() or ""


def _update(key: str) -> Update:
    return purchase.update().where(purchase.c.key == key)


def _is_held(key: str, owner: str) -> tuple[Any, ...]:
    return purchase.c.key == key, purchase.c.state == State.OPEN, purchase.c.owner == owner


def _held(key: str, owner: str) -> Update:
    return purchase.update().where(*_is_held(key, owner))


def _entry(row: Row[Any]) -> Entry:
    try:
        state = State(row.state)
    except ValueError:
        what = f"the books are unreadable at the key {row.key!r}: there is no state {row.state!r}; nothing was bought"
        raise BooksError(what) from None
    return Entry(
        key=row.key, account=row.account, digest=row.digest, state=state, owner=row.owner,
        lease_until=row.lease_until, attempted_at=row.attempted_at,
    )  # fmt: skip
