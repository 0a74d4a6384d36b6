import json
import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retoure.model import Custody, Kind
from retoure_dhl_paket.codes import ICE, STANDARD, classify

SPECS = Path(__file__).parents[3] / (os.environ.get("RETOURE_SPECS") or "../shared/specs")
TABLE = SPECS.resolve().parent / "carriers" / "codes" / "dhl_paket_ice_ric.json"
CUSTODY = {True: Custody.PHYSICAL, False: Custody.NONE, None: Custody.UNKNOWN}
# Where our reading differs from the table on purpose, with the reason.
DIFFERENCES: dict[tuple[str, str, str], str] = {}


@pytest.fixture(scope="module")
def table():
    if not TABLE.is_file():
        pytest.skip(f"the table of DHL's codes is absent: looked at {TABLE}; RETOURE_SPECS names the folder of specs beside it")
    return json.loads(TABLE.read_text(encoding="utf-8"))


def triple(row):
    return row["standard_event_code"], row["ice"], row["ric"]


def test_every_listed_combination_proves_custody_as_the_table_says(table):
    rows = table["combinations"]
    assert len(rows) == 338
    wrong = {
        triple(row): classify(*triple(row)).custody
        for row in rows
        if classify(*triple(row)).custody is not CUSTODY[row["proves_custody"]] and triple(row) not in DIFFERENCES
    }
    assert not wrong


def test_every_listed_combination_is_known(table):
    readings = [classify(*triple(row)) for row in table["combinations"]]
    assert not [reading for reading in readings if reading.kind is Kind.UNKNOWN or "unlisted_code" in reading.flags]


def test_the_classes_of_the_table_are_the_kinds_of_ours(table):
    kinds = {
        "delivered": {Kind.DELIVERED, Kind.DELIVERED_TO_NEIGHBOUR},
        "returning": {Kind.RETURNING_TO_ORIGIN},
        "out-for-delivery": {Kind.OUT_FOR_DELIVERY},
        "data-only": {Kind.DATA_RECEIVED, Kind.PICKUP_BOOKED, Kind.CANCELLED},
        "no-change": {Kind.INFO, Kind.RETRACTION},
    }
    wrong = [
        (triple(row), classify(*triple(row)).kind)
        for row in table["combinations"]
        if row["class"] in kinds and classify(*triple(row)).kind not in kinds[row["class"]]
    ]
    assert not wrong
    assert Counter(row["class"] for row in table["combinations"]).keys() >= kinds.keys()


def test_our_codes_are_those_of_the_table(table):
    assert (set(STANDARD), set(ICE)) == (set(table["standard_event_codes"]), set(table["ice_codes"]))


@pytest.mark.parametrize(
    ("codes", "kind", "custody"),
    [
        ("VA/PARCV/NRQRD", Kind.DATA_RECEIVED, Custody.NONE),
        ("VA/PURCR/BOOKN", Kind.PICKUP_BOOKED, Custody.NONE),
        ("ES/SHRCU/PCKST", Kind.DROPPED_OFF, Custody.PHYSICAL),
        ("ES/SRTED/NRQRD", Kind.DROPPED_OFF, Custody.PHYSICAL),
        ("AE/SRTED/NRQRD", Kind.PICKED_UP, Custody.PHYSICAL),
        ("NB/SRTED/NRQRD", Kind.HUB_SCAN, Custody.PHYSICAL),
        ("PO/SRTED/NRQRD", Kind.HUB_SCAN, Custody.PHYSICAL),
        ("PO/LDTMV/MVMTV", Kind.OUT_FOR_DELIVERY, Custody.PHYSICAL),
        ("NB/LDTMV/MVMTV", Kind.HUB_SCAN, Custody.PHYSICAL),
        ("PO/LDTMV/SECDA", Kind.OUT_FOR_DELIVERY, Custody.PHYSICAL),
        ("ZN/LDTMV/SECDA", Kind.DELIVERY_FAILED, Custody.PHYSICAL),
        ("PO/NTADT/NPRPF", Kind.EXCEPTION, Custody.NONE),
        ("AN/OFWRD/RDRCR", Kind.PICKUP_FAILED, Custody.NONE),
        ("BV/PBNDT/NDRFC", Kind.EXCEPTION, Custody.PHYSICAL),
        ("BV/CANCL/NRQRD", Kind.CANCELLED, Custody.NONE),
        ("LA/HLDCC/SERPT", Kind.READY_FOR_COLLECTION, Custody.PHYSICAL),
        ("ZF/LDTMV/SERPT", Kind.HUB_SCAN, Custody.PHYSICAL),
        ("ZO/ICPRC/NRQRD", Kind.CUSTOMS, Custody.PHYSICAL),
        ("ZN/NTDEL/NHOME", Kind.DELIVERY_FAILED, Custody.PHYSICAL),
        ("ZN/DLVRF/NTORD", Kind.DELIVERY_FAILED, Custody.PHYSICAL),
        ("ZN/RCCLS/LOSTX", Kind.LOST_BY_CARRIER, Custody.NONE),
        ("BV/CNFSC/LEGAT", Kind.DISPOSED, Custody.PHYSICAL),
        ("BV/DMGDS/NRQRD", Kind.DAMAGED, Custody.PHYSICAL),
        ("EE/OFWRD/RTSCR", Kind.RETURNING_TO_ORIGIN, Custody.PHYSICAL),
        ("PO/OFWRD/RDRCR", Kind.HUB_SCAN, Custody.PHYSICAL),
        ("ZU/DLVRD/ACCPT", Kind.DELIVERED, Custody.PHYSICAL),
        ("ZU/DLVRD/NGHBR", Kind.DELIVERED_TO_NEIGHBOUR, Custody.PHYSICAL),
        ("ZU/DSPSD/NTCLM", Kind.DISPOSED, Custody.PHYSICAL),
        ("GT/DLVRD/CODRP", Kind.INFO, Custody.NONE),
        ("DD/STORN/NRQRD", Kind.RETRACTION, Custody.NONE),
        ("ZU/STORN/NRQRD", Kind.RETRACTION, Custody.NONE),
    ],
)
def test_a_triple_says_one_thing(codes, kind, custody):
    reading = classify(*codes.split("/"))
    assert (reading.kind, reading.custody) == (kind, custody)


@pytest.mark.parametrize("ric", ["CUSTM", "HNDTC", "ACCDM", "ACCSI"])
def test_a_delivery_that_is_not_quite_one_wants_a_look(ric):
    assert classify("ZU", "DLVRD", ric).flags == ("needs_review",)


def test_an_arrival_under_the_code_of_a_delivery_is_no_delivery():
    reading = classify("ZU", "MVARR", "NRQRD")
    assert (reading.kind, reading.flags) == (Kind.HUB_SCAN, ("needs_review",))


def test_a_delivery_code_without_a_known_event_is_no_delivery():
    reading = classify("ZU", "QQQQQ", "QQQQQ")
    assert reading.kind is Kind.EXCEPTION
    assert "needs_review" in reading.flags


def test_an_unknown_reason_leaves_the_event_as_it_is():
    assert classify("ZU", "DLVRD", "QQQQQ").kind is Kind.DELIVERED


def test_an_unknown_event_under_a_known_standard_code_is_judged_by_that():
    reading = classify("NB", "QQQQQ", "QQQQQ")
    assert (reading.kind, reading.custody, reading.flags) == (Kind.HUB_SCAN, Custody.PHYSICAL, ("unlisted_code",))


def test_an_unknown_standard_code_is_judged_by_the_event():
    assert classify("QQ", "SRTED", "NRQRD").custody is Custody.PHYSICAL
    assert classify("QQ", "PARCV", "NRQRD").custody is Custody.NONE


def test_an_event_called_delivered_under_an_unknown_standard_code_is_no_delivery():
    assert classify("QQ", "DLVRD", "ACCPT").kind is Kind.EXCEPTION


@given(st.text(max_size=6), st.text(max_size=6), st.text(max_size=6))
def test_codes_that_nobody_listed_prove_nothing(standard, ice, ric):
    reading = classify(standard, ice, ric)
    if standard not in STANDARD and ice not in ICE:
        assert (reading.kind, reading.custody) == (Kind.UNKNOWN, Custody.UNKNOWN)


@given(st.sampled_from(sorted(STANDARD)), st.sampled_from(sorted(ICE)), st.text("ABCDE", min_size=5, max_size=5))
def test_only_the_delivery_code_with_the_delivery_event_is_a_delivery(standard, ice, ric):
    delivered = classify(standard, ice, ric).kind in (Kind.DELIVERED, Kind.DELIVERED_TO_NEIGHBOUR)
    assert delivered is ((standard, ice) == ("ZU", "DLVRD"))
