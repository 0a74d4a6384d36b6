"""Books of both kinds, and a shop over carriers in a box."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from retoure import Client, Purchases, ReturnRequest
from retoure.purchases.entries import Seller
from retoure.replay.sandbox import Faults, Sandbox
from retoure.testing.samples import SAMPLES
from tests.crash.running import database
from tests.unit.client.toy import Clock, ToySettings, options

MUNICH = ReturnRequest.model_validate({**SAMPLES["munich_to_berlin"]["request"], "ship_date": None})
TOY = Seller("toy")
_numbers = itertools.count()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """A PostgreSQL server, by the URL of its first database."""
    with database("postgresql") as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/books.db"
    return empty_database(request.getfixturevalue("server"))


def empty_database(first: str) -> str:
    """A new database on a PostgreSQL server, by its URL."""
    import psycopg

    name = f"books{next(_numbers)}"
    with psycopg.connect(first, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return first.replace("/postgres?", f"/{name}?")


@dataclass
class Time:
    """The books' own clock."""

    now: datetime = datetime(2026, 3, 1, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def books(url: str, time: Time) -> Iterator[Purchases]:
    books = Purchases.at(url, clock=time)
    yield books
    books.close()


@pytest.fixture
def file_books(tmp_path: Path, time: Time) -> Iterator[Purchases]:
    """Books in an SQLite file."""
    books = Purchases.at(f"sqlite:///{tmp_path}/books.db", clock=time)
    yield books
    books.close()


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox() as box:
        yield box


def shop_of(box: Sandbox, books: Any, **options: Any) -> Client:
    """A shop with one account for each carrier, and one whose unused labels are free."""
    accounts = {code: code for code in box.carriers} | {"free": "ups"}
    settings = {name: box.account(code) for name, code in accounts.items()}
    settings["free"] = box.account("ups", unused_labels_billed="no")
    return Client(settings, purchases=books, return_addresses=box.return_addresses(**accounts), **options)


@pytest.fixture
def shop(box: Sandbox, books: Purchases) -> Iterator[Client]:
    with shop_of(box, books) as client:
        yield client


def goes_wrong(box: Sandbox, *faults: str, **more: Any) -> None:
    """From now on these befall every purchase; none: nothing goes wrong."""
    box.chance.faults = Faults(rates=dict.fromkeys(faults, 1.0), **more)


def toy_client(books: Any, reply: Callable[[httpx.Request], httpx.Response], **more: Any) -> Client:
    """A client of a carrier without a look-up, whose answers are a function."""
    settings = {"toy": ToySettings(environment="sandbox")}
    return Client(settings, transport=httpx.MockTransport(reply), **{**options(Clock()), "purchases": books, **more})
