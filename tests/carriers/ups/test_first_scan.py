"""What UPS's rows come to in a verdict: which of them is a first scan, and which never is."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.carriers.ups.asking import CONTEXT, NUMBER, account, answer, parcel

from retoure import assess
from retoure.lifecycle import CaseLabel, Read, ReturnCase, State
from retoure.model import Place
from retoure_ups.tracking import parse_track_response

CREATED = datetime(2026, 6, 1, 6, tzinfo=UTC)
# Every code that the appendix's texts place before the hand-over, by the type under which it means that.
STATUSES = ["003", "007", "043", "044", "045", "065", "077", "079", "080", "131", "133", "135", "157", "166"]
EXCEPTIONS = ["30", "6E", "G4", "G5", "K1", "KY", "TC", "YU", "YV", "YW", "1T", "5D", "9C", "TR", "TS"]
BEFORE_CUSTODY = [
    *(("I", code, status) for status in STATUSES for code in ("", "MP", "AR", "OR")),
    *(("", "", status) for status in STATUSES),
    *((type_, code, "003") for type_ in ("M", "MV", "U") for code in ("", "DP", "MP", "RD", "VP", "AR", "XD")),
    *(("I", code, status) for code in ("OC", "PL", "SP", "VP", "CA", "CD", "CL", "PX", "UP", "UT") for status in ("", "005")),
    *(("X", code, status) for code in EXCEPTIONS for status in ("", "013")),
    *(("D", code, "") for code in ["MY", "CI", "CO", "DI", "DO", "EA", "EB", "EC", "EE", "F1", "F2", "FI", "FO", "FV", "FZ"]),
]
LOGICAL = st.sampled_from([None, False, True, "false", "true"])
SCAN = ("I", "XD", "167")


def row(triple, day, logical=None, city="München"):
    type_, code, status = triple
    told = {} if logical is None else {"logicalScan": logical}
    return {
        "status": {"type": type_, "code": code, "statusCode": status}, "date": f"202606{day:02}", "time": "120000",
        "gmtOffset": "+02:00", "location": {"address": {"city": city, "countryCode": "DE"}}, **told,
    }  # fmt: skip


def verdict(*oldest_first):
    package = {"trackingNumber": NUMBER, "activity": list(reversed(oldest_first))}
    body = {"trackResponse": {"shipment": [{"package": [package]}]}}
    report = parse_track_response(answer(body), parcel(), account(), CONTEXT)
    at = datetime(2026, 6, 20, tzinfo=UTC)
    label = CaseLabel(
        number=NUMBER, carrier="ups", account="ups", issued_at=CREATED, origin=Place(country="DE", city="München"),
        destination=Place(country="DE", city="Berlin"),
    )  # fmt: skip
    read = Read(report=type(report)(report.number, "ups", report.events, at - timedelta(hours=1), report.digest))
    return assess(ReturnCase(rma="R1", labels=(label,), observations=(read,)), at=at)


@pytest.mark.parametrize("triple", BEFORE_CUSTODY, ids="/".join)
@given(logical=LOGICAL)
def test_a_row_before_the_hand_over_is_never_a_scan_whatever_logical_scan_says(triple, logical):
    found = verdict(row(triple, 2, logical))
    assert found.first_scan is None
    assert found.state is State.AWAITING_FIRST_SCAN


@given(
    before=st.lists(st.tuples(st.sampled_from(BEFORE_CUSTODY), LOGICAL), max_size=4),
    after=st.lists(st.tuples(st.sampled_from(BEFORE_CUSTODY), LOGICAL), max_size=2),
    marked=st.sampled_from([None, False]),
)
def test_the_first_physical_row_is_the_scan_whatever_data_stands_around_it(before, after, marked):
    rows = [row(triple, day, logical) for day, (triple, logical) in enumerate(before, start=2)]
    found = verdict(*rows, row(SCAN, 8, marked), *(row(triple, 9, logical) for triple, logical in after))
    assert found.first_scan.instant == datetime(2026, 6, 8, 10, tzinfo=UTC)
    assert found.acceptance is not None
    assert not found.inferred


def test_of_two_physical_rows_the_earlier_one_is_the_scan():
    found = verdict(row(("M", "MP", "003"), 1, logical=False), row(SCAN, 3), row(("I", "OR", "005"), 4))
    assert found.first_scan.instant == datetime(2026, 6, 3, 10, tzinfo=UTC)


def test_a_lone_delivery_that_nobody_scanned_is_a_delivery_and_no_first_scan():
    found = verdict(row(("D", "FS", "011"), 4, logical=True, city="Berlin"))
    assert (found.state, found.first_scan) == (State.DELIVERED, None)


@pytest.mark.parametrize("before", [(), (row(("M", "MP", "003"), 2, logical=False),)])
def test_a_report_that_holds_only_delivered_gives_an_inferred_first_scan(before):
    found = verdict(*before, row(("D", "FS", "011"), 4, city="Berlin"))
    assert found.state is State.DELIVERED
    assert found.inferred
    assert found.first_scan.instant == datetime(2026, 6, 4, 10, tzinfo=UTC)
    assert found.acceptance is None
