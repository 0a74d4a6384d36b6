"""No naive time enters a report."""

from datetime import UTC, datetime

import pytest
from pydantic import TypeAdapter

from retoure import TrackingEvent, TrackingFailure, TrackingReport
from retoure.model import Custody, Kind, Precision, ReadFailure, ZoneSource

NAIVE, AWARE = datetime(2026, 6, 1, 23, 50), datetime(2026, 6, 1, 21, 50, tzinfo=UTC)  # noqa: DTZ001 - the point of the test


def event(instant):
    return TrackingEvent(Kind.HUB_SCAN, Custody.PHYSICAL, instant, "x", ZoneSource.CARRIER, Precision.MINUTE, "AA")


@pytest.mark.parametrize(("events", "read_at"), [((event(NAIVE),), AWARE), ((), NAIVE), ((event(AWARE), event(NAIVE)), AWARE)])
def test_a_report_with_a_naive_time_is_refused_by_name(events, read_at):
    with pytest.raises(ValueError, match="no time zone"):
        TrackingReport("N1", "toy", events, read_at, "d")


def test_a_failure_with_a_naive_time_is_refused():
    with pytest.raises(ValueError, match="no time zone"):
        TrackingFailure("N1", "toy", ReadFailure.NOT_FOUND, NAIVE)


def test_a_report_survives_json():
    report = TrackingReport("N1", "toy", (event(AWARE),), AWARE, "d")
    reader = TypeAdapter(TrackingReport)
    assert reader.validate_json(reader.dump_json(report)).events[0].instant == AWARE
