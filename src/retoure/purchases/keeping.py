"""What a person does with the books: look into them, settle what nobody knows, have personal data erased."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import ColumnElement, Connection, Row, select

from retoure.errors import BooksError, ConfigurationError, PurchaseConflict
from retoure.model.labels import Label, LabelOrder, LabelSource, Number
from retoure.model.pickups import Pickup, PickupState
from retoure.purchases.contents import personal_of, read_order
from retoure.purchases.entries import Bought, State, number_of
from retoure.purchases.records import Erased, LostPurchase, PurchaseRecord, RecordState
from retoure.purchases.rows import bought_in, lose, payload_of, rein_in, row_of, write_bought
from retoure.purchases.tables import content, lost, purchase, purchase_rma
from retoure.storage.database import Database

RESOLVED = "the answer to the purchase was lost; a person settled that this is what it bought"
_PARAMETERS = 500  # of one statement
_NUMBER: TypeAdapter[str] = TypeAdapter(Number)
_USED_AGAIN = timedelta(days=365)  # carriers use a label's number again after 18 months and more


def records(database: Database) -> tuple[PurchaseRecord, ...]:
    """Every key, the latest first. A corrupt row hides no other."""
    with database.reading() as connection:
        now, latest_first = database.now(connection), (purchase.c.written_at.desc(), purchase.c.key)
        try:
            return tuple(_record(row, now) for row in connection.execute(select(purchase).order_by(*latest_first)).all())
        except (ValueError, TypeError):
            keys = connection.execute(select(purchase.c.key).order_by(*latest_first)).scalars().all()
            return tuple(_record_of(connection, key, now) for key in keys)


def _record_of(connection: Connection, key: str, now: datetime) -> PurchaseRecord:
    try:
        return _record(_known(connection, key), now)
    except (BooksError, ValueError, TypeError):
        names = ("key", "kind", "account", "carrier", "rma", "number", "adopted")
        row = connection.execute(select(*(purchase.c[name] for name in names)).where(purchase.c.key == key)).mappings().one()
        return PurchaseRecord(
            **{**row, "number": row["number"] or ""}, state=RecordState.UNREADABLE, candidates=(), erased=False,
            written_at=None, attempted_at=None, bought_at=None, given_up_at=None,
        )  # fmt: skip


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
        held, left = row.lease_until is not None and row.lease_until > now, row.attempted_at is not None
        state = RecordState.IN_PROGRESS if held else RecordState.UNKNOWN if left else RecordState.NOT_SENT
    return PurchaseRecord(
        key=row.key, kind=row.kind, account=row.account, carrier=row.carrier, rma=row.rma, state=RecordState(state),
        number=row.number or "", candidates=tuple(row.candidates.split()), adopted=row.adopted,
        erased=row.erased_at is not None, written_at=row.written_at, attempted_at=row.attempted_at, bought_at=row.bought_at,
        given_up_at=row.given_up_at,
    )  # fmt: skip


def resolve(database: Database, key: str, number: str | None) -> Bought | None:
    """Settle an unknown outcome: it bought this number, or with None nothing; or what was asked to be given up stands.

    Raises:
        ConfigurationError: the key is not on the books, or that is no number.
        PurchaseConflict: it is settled already, somebody is at it, or another key bought that number.
    """
    with database.writing() as connection:
        rein_in(connection, _known(connection, key, lock=True), database.now(connection))
    with database.writing() as connection:
        row, now = _known(connection, key, lock=True), database.now(connection)
        if row.state == State.VOIDING and number is not None and number.strip() == row.number:
            connection.execute(purchase.update().where(purchase.c.key == key).values(state=State.BOUGHT, owner=""))
            return bought_in(connection, row)
        if row.state == State.VOIDING:
            what = f"what the key {key!r} bought, number {row.number}, was asked to be given up, and no answer is known"
            raise PurchaseConflict(f"{what}: do that again, or settle it with that number if it stands")
        if row.state != State.OPEN:
            raise PurchaseConflict(f"the key {key!r} is settled: it is {row.state}, number {row.number}")
        if row.lease_until is not None and row.lease_until > now:
            raise PurchaseConflict(f"somebody is buying under the key {key!r}: try again after {row.lease_until:%H:%M:%S %z}")
        if number is None:
            if row.attempted_at is not None:  # should the carrier have booked it after all, it is not forgotten
                lose(connection, row, "settled by hand", now)
            connection.execute(purchase.delete().where(purchase.c.key == key))
            return None
        try:
            bought = _settled(row, _NUMBER.validate_python(number), payload_of(connection, key, "order"), now)
        except ValidationError:
            raise ConfigurationError(
                "name the number that the carrier gave: up to 100 characters, and none of them control"
            ) from None
        _refuse_taken(connection, row, bought)
        write_bought(connection, row, bought, personal_of(bought), now)
    return bought


def _refuse_taken(connection: Connection, row: Row[Any], bought: Bought) -> None:
    """Two customers on one label are one too many. Pickups may share a number, and labels after a year."""
    since = (row.attempted_at or row.written_at) - _USED_AGAIN
    taken = (purchase.c.kind == "label", purchase.c.account == row.account, purchase.c.number == number_of(bought))
    others = select(purchase.c.key).where(*taken, purchase.c.key != row.key, purchase.c.bought_at > since).limit(1)
    if row.kind == "label" and (other := connection.execute(others).scalar()) is not None:
        raise PurchaseConflict(f"the number {number_of(bought)} was bought under the key {other!r}")


def _settled(row: Row[Any], number: str, payload: bytes | None, now: datetime) -> Bought:
    order: Any = read_order(row.key, row.kind, payload) if payload else None
    shared = {"account": row.account, "carrier": row.carrier, "key": row.key, "order": order, "notices": (RESOLVED,)}
    if row.kind == "pickup":
        window = order.window if order and row.number is None else None  # one that was moved is not where it was booked
        day, numbers = (window.day if window else None), tuple(p.tracking_number for p in order.parcels) if order else ()
        return Pickup(
            **shared, confirmation_number=number, day=day, requested=window, state=PickupState.UNKNOWN,
            booked_at=row.attempted_at or now, tracking_numbers=tuple(filter(None, numbers)),
        )  # fmt: skip
    known: dict[str, Any] = {"service": order.service, "return_to": order.return_to} if isinstance(order, LabelOrder) else {}
    source = LabelSource(row.label_source or LabelSource.UNKNOWN)
    return Label(
        **shared, **known, tracking_number=number, rma=row.rma, issued_at=row.attempted_at or now, label_source=source
    )  # fmt: skip


def lost_purchases(database: Database) -> tuple[LostPurchase, ...]:
    """What was given up as unknown or bought once too often."""
    with database.reading() as connection:
        rows = connection.execute(select(lost).order_by(lost.c.id)).mappings()
        return tuple(LostPurchase(**{**row, "number": row["number"] or ""}) for row in rows)


def name_lost(database: Database, id: int, number: str) -> None:  # noqa: A002 - the column's name
    """Write down the number of a lost purchase, now that it is known."""
    with database.writing() as connection:
        connection.execute(lost.update().where(lost.c.id == id).values(number=number))


def erase(database: Database, rmas: tuple[str, ...]) -> Erased:
    """Erase the personal data of returns, at once and from the whole file; keys, numbers, digests, codes and times stay.

    What somebody is buying this moment is kept, and told with the reason.
    """
    with database.writing() as connection:
        now, wanted = database.now(connection), select(purchase_rma.c.key).where(purchase_rma.c.rma.in_(rmas))
        rows = _locked(connection, purchase.c.key.in_(wanted))
        kept = {row.key: "somebody is buying under this key" for row in rows if row.lease_until and row.lease_until > now}
        keys = _taken(connection, [row.key for row in rows if row.key not in kept], now)
        known = set(connection.execute(select(purchase_rma.c.rma).where(purchase_rma.c.rma.in_(rmas)).distinct()).scalars())
    database.scrub()
    return Erased(keys=keys, kept=kept, unknown=tuple(rma for rma in dict.fromkeys(rmas) if rma not in known))


def purge(database: Database, before: datetime) -> Erased:
    """Erase all personal data written before an instant; what somebody is buying this moment is left out."""
    if before.utcoffset() is None:
        raise ConfigurationError("purge(before) needs an aware instant, like datetime(2026, 3, 1, tzinfo=UTC)")
    with database.writing() as connection:
        now, due = database.now(connection), content.c.written_at < before
        free = (purchase.c.lease_until.is_(None)) | (purchase.c.lease_until <= now)
        rows = _locked(connection, purchase.c.key.in_(select(content.c.key).where(due)), free)
        keys = _taken(connection, [row.key for row in rows], now, due)
    database.scrub()
    return Erased(keys=keys)


def _locked(connection: Connection, *which: ColumnElement[bool]) -> Sequence[Any]:
    """Keys in their order, held: whoever buys under one of them locks its row before its contents, too."""
    query = select(purchase.c.key, purchase.c.lease_until).where(*which).order_by(purchase.c.key).with_for_update()
    return connection.execute(query).all()


def _taken(connection: Connection, keys: list[str], now: datetime, *due: ColumnElement[bool]) -> tuple[str, ...]:
    """Delete what is due of these keys' personal data, and return the keys of which none is left."""
    gone: list[str] = []
    for start in range(0, len(keys), _PARAMETERS):
        some = keys[start : start + _PARAMETERS]
        connection.execute(content.delete().where(content.c.key.in_(some), *due))
        left = set(connection.execute(select(content.c.key).where(content.c.key.in_(some))).scalars())
        empty = [key for key in some if key not in left]
        connection.execute(purchase.update().where(purchase.c.key.in_(empty)).values(erased_at=now))
        gone += empty
    return tuple(gone)
