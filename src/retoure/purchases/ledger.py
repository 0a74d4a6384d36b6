"""The books as buying needs them, on a database: one transaction for each step.

Every transaction is on a connection of its own and committed before it is told: a caller's rolled-back transaction loses nothing,
and a crash loses nothing that was told.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, Update

from retoure.errors import BooksError, PurchaseConflict
from retoure.model.labels import Label
from retoure.model.pickups import CancelResult, Pickup
from retoure.purchases.contents import facts_of, kind_of, personal_of
from retoure.purchases.digest import order_digest
from retoure.purchases.entries import (
    Bought,
    Entered,
    Order,
    Overtaken,
    Seller,
    State,
    Step,
    check_move,
    may_depart,
    may_give_up,
    next_step,
    number_of,
    stands_for,
)
from retoure.purchases.rows import (
    answered,
    bought_in,
    entry_of,
    insert_row,
    is_stranded,
    key_of,
    lease,
    lose,
    lose_bought,
    rein_in,
    rmas_of,
    row_of,
    write_bought,
    write_content,
)
from retoure.purchases.tables import purchase
from retoure.storage.database import Database

UNKEPT = "its documents could not be written to the books: keep them now"
_EMPTY: dict[str, Any] = {
    "state": State.OPEN,
    "adopted": False,
    "owner": "",
    "candidates": "",
    "given_up": "",
    "label_source": "",
}


class Ledger:
    """Intents, departures and outcomes, written down one by one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def enter(self, order: Order, seller: Seller, owner: str, lease_s: float) -> Entered:
        """Take the key if it is to be had, writing the intent down before anything leaves."""
        digest = order_digest(order, self._database.secret)
        with self._database.reading() as connection:  # whoever waits asks often, and must not keep the holder from writing
            row, now = row_of(connection, order.key), self._database.now(connection)
            if row is not None and not is_stranded(row, now):
                entered = _entered(connection, row, order, digest, owner, now)
                if entered.step in (Step.WAIT, Step.RETURN):
                    return entered
        while True:
            with self._database.writing() as connection:
                now = self._database.now(connection)
                if _intend(connection, order, seller, digest, owner, lease_s, now):
                    return Entered(Step.BUY)
                row = row_of(connection, order.key, lock=True)
                if row is None:
                    continue  # freed between the two statements
                rein_in(connection, row, now)
                entered = _entered(connection, row, order, digest, owner, now)
                if entered.step in (Step.BUY, Step.LOOK_UP):
                    connection.execute(_update(order.key).values(owner=owner, **lease(now, lease_s), erased_at=None))
                    if row.erased_at is not None:  # whoever asks again brings the personal data again
                        write_content(connection, order.key, "order", order.model_dump_json().encode(), now)
                return entered

    def departing(self, key: str, owner: str, at: datetime, lease_s: float) -> None:
        """Write down that the order leaves now, and take the lease anew."""
        with self._database.writing() as connection:
            row = row_of(connection, key, lock=True)
            if row is None or not may_depart(entry_of(row), owner):
                raise Overtaken
            now = self._database.now(connection)
            connection.execute(_update(key).values(owner=owner, attempted_at=at, **lease(now, lease_s)))

    def renew(self, key: str, owner: str, lease_s: float) -> None:
        """Take the lease anew."""
        with self._database.writing() as connection:
            connection.execute(_held(key, owner).values(**lease(self._database.now(connection), lease_s)))

    def keep(self, key: str, owner: str, bought: Bought, attempted_at: datetime | None) -> Bought | None:
        """Write down what was bought. Where its documents find no room, its number is kept without them."""
        try:
            return self._keep(key, owner, bought, attempted_at, personal_of(bought))
        except BooksError as error:
            kept = self._keep(key, owner, bought, attempted_at, None)
            return kept and kept.model_copy(update={"notices": (*kept.notices, f"{UNKEPT} ({error})")})

    def _keep(self, key: str, owner: str, bought: Bought, attempted_at: datetime | None, personal: bytes | None) -> Bought | None:
        with self._database.writing() as connection:
            row, now = row_of(connection, key, lock=True), self._database.now(connection)
            if row is not None and stands_for(entry_of(row), owner=owner, attempted_at=attempted_at):
                write_bought(connection, row, bought, personal, now)
                if attempted_at not in (None, row.attempted_at):
                    answered(connection, key, attempted_at)
                return bought
            if row is None or row.number != number_of(bought):
                rma = bought.rma if isinstance(bought, Label) else row.rma if row else ""
                lose_bought(connection, bought, rma, attempted_at, now)
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

    def clear(self, key: str, owner: str, lease_s: float, *, lost: bool) -> None:
        """Close the attempt that has left, and take the lease anew."""
        with self._database.writing() as connection:
            row, now = row_of(connection, key, lock=True), self._database.now(connection)
            if row is not None and lost and row.owner == owner:
                lose(connection, row, "superseded", now)
            connection.execute(_held(key, owner).values(attempted_at=None, candidates="", **lease(now, lease_s)))

    def get(self, key: str) -> Bought | None:
        """What the key has bought, if it has and it was not given up."""
        with self._database.reading() as connection:
            row = row_of(connection, key)
            return bought_in(connection, row) if row is not None and entry_of(row).state is State.BOUGHT else None

    def give_up(self, bought: Bought, state: State, owner: str, result: str = "") -> bool:
        """Write down how far giving something up has come; nothing where it is not on the books."""
        with self._database.writing() as connection:
            mine = key_of(connection, bought)
            row = row_of(connection, mine, lock=True) if mine else None
            entry = entry_of(row) if row is not None else None
            if entry is None or not may_give_up(entry, state, owner):
                return False
            at = self._database.now(connection) if state is State.VOIDED else None
            asks = owner if state is State.VOIDING else ""
            connection.execute(_update(entry.key).values(state=state, owner=asks, given_up=result, given_up_at=at))
            return entry.state is State.VOIDING

    def moving(self, pickup: Pickup, owner: str, at: datetime, lease_s: float) -> bool:
        """Write down that a pickup is about to be moved: its key is open from now on."""
        with self._database.writing() as connection:
            row = row_of(connection, pickup.key, lock=True)
            if row is None:
                return False
            check_move(entry_of(row), row.number, pickup, owner)
            now = self._database.now(connection)
            connection.execute(_update(pickup.key).values(state=State.OPEN, owner=owner, attempted_at=at, **lease(now, lease_s)))
        return True

    def stay(self, key: str, owner: str, *, cancelled: bool) -> None:
        """Write down that a pickup could not be moved."""
        with self._database.writing() as connection:
            state: dict[str, Any] = {"state": State.BOUGHT}
            if cancelled:
                at = self._database.now(connection)
                state = {"state": State.VOIDED, "given_up": CancelResult.CANCELLED, "given_up_at": at}
            connection.execute(_held(key, owner).values(**state, owner="", lease_until=None))

    def adopt(self, label: Label) -> None:
        """Write down a label that was bought elsewhere; one that is written down already stays as it is.

        Raises:
            PurchaseConflict: a label of that number and day was adopted for another return.
        """
        with self._database.writing() as connection:
            now, day = self._database.now(connection), label.issued_at.astimezone(UTC).date()
            key = f"adopted/{label.account}/{label.tracking_number}/{day}"  # carriers use numbers again
            values = {
                **_EMPTY, "key": key, "kind": "label", "account": label.account,
                "carrier": label.carrier, "rma": label.rma, "digest": "", "state": State.BOUGHT, "adopted": True,
                "written_at": now, "bought_at": now, "number": label.tracking_number, "facts": facts_of(label),
                "label_source": label.label_source,
            }  # fmt: skip
            if insert_row(connection, values, (label.rma,)):
                return
            row = row_of(connection, key)
            if row is not None and row.rma != label.rma:
                what = f"the label {label.tracking_number} of {day} was adopted for the return {row.rma!r}"
                raise PurchaseConflict(f"{what}, not for {label.rma!r}")


def _entered(connection: Connection, row: Row[Any], order: Order, digest: str, owner: str, now: datetime) -> Entered:
    step = next_step(entry_of(row), account=order.account, digest=digest, owner=owner, now=now)
    bought = bought_in(connection, row) if step is Step.RETURN else None
    return Entered(step, row.attempted_at, bought)


def _intend(connection: Connection, order: Order, seller: Seller, digest: str, owner: str, lease_s: float, now: datetime) -> bool:
    rmas = rmas_of(connection, order)
    values = {
        **_EMPTY, "key": order.key, "kind": kind_of(order), "account": order.account, "carrier": seller.carrier,
        "label_source": seller.label_source, "rma": next(iter(rmas), ""), "digest": digest, "owner": owner,
        **lease(now, lease_s), "written_at": now,
    }  # fmt: skip
    if not insert_row(connection, values, rmas):
        return False
    write_content(connection, order.key, "order", order.model_dump_json().encode(), now)
    return True


def _update(key: str) -> Update:
    return purchase.update().where(purchase.c.key == key)


def _is_held(key: str, owner: str) -> tuple[Any, ...]:
    return purchase.c.key == key, purchase.c.state == State.OPEN, purchase.c.owner == owner


def _held(key: str, owner: str) -> Update:
    return purchase.update().where(*_is_held(key, owner))
