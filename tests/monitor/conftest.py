"""Stores of both kinds."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from retoure.monitor.store import Store
from tests.lifecycle.builders import when
from tests.monitor.storing import Simple
from tests.purchases.conftest import Time, server, url

__all__ = ["server", "url"]


@pytest.fixture
def time() -> Time:
    return Time(when("06-01 09:00"))


@pytest.fixture
def planner() -> Simple:
    return Simple()


@pytest.fixture
def store(url: str, time: Time, planner: Simple) -> Iterator[Store]:
    store = Store.at(url, clock=time, planning=planner.planning)
    yield store
    store.close()


@pytest.fixture
def other(url: str, time: Time, planner: Simple) -> Iterator[Store]:
    """Another process on the same database."""
    store = Store.at(url, clock=time, planning=planner.planning)
    yield store
    store.close()


@pytest.fixture
def file_store(tmp_path: Path, time: Time, planner: Simple) -> Iterator[Store]:
    store = Store.at(f"sqlite:///{tmp_path}/retoure.db", clock=time, planning=planner.planning)
    yield store
    store.close()
