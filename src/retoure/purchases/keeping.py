"""What a person does with the books: look into them, settle what nobody knows, have personal data erased."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from retoure.errors import ConfigurationError, PurchaseConflict
from retoure.model.labels import Label, LabelOrder
from retoure.model.pickups import Pickup, PickupState
from retoure.purchases.contents import facts_of, personal_of, read_order
from retoure.purchases.entries import Bought, State, number_of
from retoure.purchases.records import Erased, LostPurchase, PurchaseRecord
from retoure.purchases.rows import payload_of, row_of, write_content
from retoure.purchases.tables import content, lost, purchase
from retoure.storage.database import Database

RESOLVED = "the answer to the purchase was lost; a person settled that this is what it bought"
_PARAMETERS = 500  # of one statement


def records(database: Database) -> tuple[PurchaseRecord, ...]:
    """Every key, the latest first."""
    with database.reading() as connection:
        now = database.now(connection)
        rows = connection.execute(select(purchase).order_by(purchase.c.written_at.desc(), purchase.c.key))
        return tuple(_record(row, now) for row in rows)


def record(database: Database, key: str) -> PurchaseRecord:
    """One key; raises ``ConfigurationError`` where it is not on the books."""
    with database.reading() as connection:
        return _record(_known(connection, key), database.now(connection))


def _known(connection: Connection, key: str, *, lock: bool = False) -> Row[Any]:
    row = row_of(connection, key, lock=lock)
    if row is None:
        raise ConfigurationError(f"there is no key {key!r} on the books of purchases")
    return row


def _record(row: Row[Any], now: datetime) -> PurchaseRecord:
    state = row.state
    if state == State.OPEN:
        held = row.lease_until is not None and row.lease_until > now
        state = "in progress" if held else "unknown" if row.attempted_at else "not sent"
    return PurchaseRecord(
        key=row.key, kind=row.kind, account=row.account, carrier=row.carrier, rma=row.rma, state=state,
        number=row.number or "", candidates=tuple(row.candidates.split()), adopted=row.adopted,
        erased=row.erased_at is not None, written_at=row.written_at, attempted_at=row.attempted_at, bought_at=row.bought_at,
        given_up_at=row.given_up_at,
    )  # fmt: skip


def resolve(database: Database, key: str, number: str | None) -> Bought | None:
    """Settle an unknown outcome: it bought this number, or with None nothing.

    Raises:
        ConfigurationError: the key is not on the books.
        PurchaseConflict: it is settled already, or somebody is at it.
    """
    with database.writing() as connection:
        row, now = _known(connection, key, lock=True), database.now(connection)
        if row.state != State.OPEN:
            raise PurchaseConflict(f"the key {key!r} is settled: it is {row.state}, number {row.number}")
        if row.lease_until is not None and row.lease_until > now:
            raise PurchaseConflict(f"somebody is buying under the key {key!r}: try again after {row.lease_until:%H:%M:%S %z}")
        if number is None:
            connection.execute(purchase.delete().where(purchase.c.key == key))
            return None
        bought = _settled(row, number.strip(), payload_of(connection, key, "order"), now)
        changes = {"state": State.BOUGHT, "owner": "", "lease_until": None, "bought_at": now, "candidates": ""}
        facts = {"number": number_of(bought), "facts": facts_of(bought)}
        connection.execute(purchase.update().where(purchase.c.key == key).values(**changes, **facts))
        write_content(connection, key, "bought", personal_of(bought), now)
    return bought


def _settled(row: Row[Any], number: str, payload: bytes | None, now: datetime) -> Bought:
    if not number:
        raise ConfigurationError("name the number that the carrier gave")
    order: Any = read_order(row.key, row.kind, payload) if payload else None
    shared = {"account": row.account, "carrier": row.carrier, "key": row.key, "order": order, "notices": (RESOLVED,)}
    if row.kind == "pickup":
        window = order.window if order else None
        day, numbers = (window.day if window else None), tuple(p.tracking_number for p in order.parcels) if order else ()
        return Pickup(
            **shared, confirmation_number=number, day=day, requested=window, state=PickupState.UNKNOWN,
            booked_at=row.attempted_at or now, tracking_numbers=tuple(filter(None, numbers)),
        )  # fmt: skip
    known: dict[str, Any] = {"service": order.service, "return_to": order.return_to} if isinstance(order, LabelOrder) else {}
    return Label(**shared, **known, tracking_number=number, rma=row.rma, issued_at=row.attempted_at or now)


def lost_purchases(database: Database) -> tuple[LostPurchase, ...]:
    """What was given up as unknown or bought once too often."""
    with database.reading() as connection:
        rows = connection.execute(select(lost).order_by(lost.c.id)).mappings()
        return tuple(LostPurchase(**{**row, "number": row["number"] or ""}) for row in rows)


def name_lost(database: Database, id: int, number: str) -> None:  # noqa: A002 - the column's name
    """Write down the number of a lost purchase, now that it is known."""
    with database.writing() as connection:
        connection.execute(lost.update().where(lost.c.id == id).values(number=number))


def lose(connection: Connection, row: Row[Any], now: datetime) -> None:
    """Write down a purchase that is given up with its outcome unknown."""
    shared = {name: getattr(row, name) for name in ("key", "kind", "account", "carrier", "rma", "attempted_at")}
    connection.execute(lost.insert().values(**shared, given_up_at=now))


def erase(database: Database, rmas: tuple[str, ...]) -> Erased:
    """Erase the personal data of returns, at once and from the whole file; keys, numbers, digests, codes and times stay.

    What somebody is buying this moment is kept, and told with the reason.
    """
    with database.writing() as connection:
        now = database.now(connection)
        rows = connection.execute(select(purchase).where(purchase.c.rma.in_(rmas), purchase.c.rma != "")).all()
        kept = {row.key: "somebody is buying under this key" for row in rows if row.lease_until and row.lease_until > now}
        keys = tuple(sorted(row.key for row in rows if row.key not in kept))
        for start in range(0, len(keys), _PARAMETERS):
            some = keys[start : start + _PARAMETERS]
            connection.execute(content.delete().where(content.c.key.in_(some)))
            connection.execute(purchase.update().where(purchase.c.key.in_(some)).values(erased_at=now))
    database.scrub()
    return Erased(keys=keys, kept=kept)


def purge(database: Database, before: datetime) -> Erased:
    """Erase all personal data written before an instant; what somebody is buying this moment is left out."""
    if before.utcoffset() is None:
        raise ConfigurationError("purge(before) needs an aware instant, like datetime(2026, 3, 1, tzinfo=UTC)")
    with database.writing() as connection:
        now = database.now(connection)
        free = select(purchase.c.key).where((purchase.c.lease_until.is_(None)) | (purchase.c.lease_until <= now))
        due = (content.c.written_at < before, content.c.key.in_(free))
        keys = tuple(connection.execute(select(content.c.key).where(*due).distinct().order_by(content.c.key)).scalars())
        marked = purchase.c.key.in_(select(content.c.key).where(*due))
        connection.execute(purchase.update().where(marked).values(erased_at=now))
        connection.execute(content.delete().where(*due))
    database.scrub()
    return Erased(keys=keys)
