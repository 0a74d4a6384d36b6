"""Instants come out of a database as they went in, and in their order."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, Table, create_engine, insert, select

from retoure.storage.instants import Instant, Moment

ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
INSTANTS = st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=ZONES)  # noqa: DTZ001


@pytest.mark.parametrize("kind", [Instant, Moment])
@given(instants=st.lists(st.none() | INSTANTS, min_size=1, max_size=5), bound=INSTANTS)
def test_instants_survive_and_compare_to_the_microsecond(kind, instants, bound):
    table = Table("kept", MetaData(), Column("id", Integer, primary_key=True), Column("at", kind))
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        table.create(connection)
        connection.execute(insert(table), [{"id": place, "at": at} for place, at in enumerate(instants)])
        kept = connection.execute(select(table.c.at).order_by(table.c.id)).scalars().all()
        until = connection.execute(select(table.c.id).where(table.c.at <= bound)).scalars().all()
    engine.dispose()
    assert kept == instants
    assert all(at is None or at.tzinfo is UTC for at in kept)
    assert sorted(until) == [place for place, at in enumerate(instants) if at is not None and at <= bound]
