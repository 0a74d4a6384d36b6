"""The tables of the books. Personal data lie in ``purchase_content`` alone, so that erasing is deleting rows."""

from pathlib import Path

from sqlalchemy import Boolean, Column, Float, ForeignKey, Integer, LargeBinary, MetaData, String, Table, Text

from retoure.errors import BooksError
from retoure.storage.instants import Instant
from retoure.storage.schemas import Schema

metadata = MetaData()

purchase = Table(
    "purchase",
    metadata,
    Column("key", String(200), primary_key=True),
    Column("kind", String(10), nullable=False),  # label, pickup
    Column("account", String(200), nullable=False),
    Column("carrier", String(100), nullable=False),
    Column("label_source", String(30), nullable=False),
    Column("rma", String(50), nullable=False, index=True),  # the first of them
    Column("digest", String(64), nullable=False),
    Column("state", String(10), nullable=False),
    Column("adopted", Boolean, nullable=False),
    Column("owner", String(32), nullable=False),
    Column("lease_until", Instant),
    Column("lease_s", Float),  # its length: one that ends further ahead tells of a clock that was set back
    Column("attempted_at", Instant),
    Column("written_at", Instant, nullable=False),
    Column("bought_at", Instant),
    Column("number", String(100), index=True),
    Column("candidates", Text, nullable=False),  # numbers that an unknown outcome may be, by spaces
    Column("facts", Text),  # what was bought without personal data, as JSON
    Column("given_up", String(20), nullable=False),  # what became of a void or a cancellation
    Column("given_up_at", Instant),
    Column("erased_at", Instant),
)

purchase_rma = Table(
    "purchase_rma",
    metadata,
    Column("key", String(200), ForeignKey("purchase.key", ondelete="CASCADE"), primary_key=True),
    Column("rma", String(50), primary_key=True, index=True),
)

content = Table(
    "purchase_content",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("key", String(200), ForeignKey("purchase.key", ondelete="CASCADE"), nullable=False, index=True),
    Column("what", String(10), nullable=False),  # order, bought
    Column("payload", LargeBinary, nullable=False),
    Column("written_at", Instant, nullable=False, index=True),
    sqlite_autoincrement=True,
)

lost = Table(
    "purchase_lost",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("key", String(200), nullable=False, index=True),
    Column("kind", String(10), nullable=False),
    Column("account", String(200), nullable=False),
    Column("carrier", String(100), nullable=False),
    Column("rma", String(50), nullable=False),
    Column("attempted_at", Instant),
    Column("given_up_at", Instant, nullable=False),
    Column("number", String(100)),
    Column("cause", String(20), nullable=False),  # superseded, one too many, settled by hand
)

setting = Table(
    "purchase_setting",
    metadata,
    Column("name", String(50), primary_key=True),
    Column("value", String(200), nullable=False),
)

BOOKS = Schema(
    name="the books of purchases",
    option="purchases",
    wanted="'unprotected' or a database's URL",
    forgets="what was bought; name a file, or use Unprotected()",
    error=BooksError,
    version_table="retoure_purchases_version",
    head="0002",
    migrations=Path(__file__).parent / "migrations",
    setting=setting,
)
