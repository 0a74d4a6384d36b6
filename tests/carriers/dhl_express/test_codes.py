import json
import os
from pathlib import Path

import pytest

from retoure.model import Custody, Kind
from retoure_dhl_express.codes import EVENTS, FAULTS

PHYSICAL = [
    "PU",
    "SA",
    "PL",
    "AF",
    "DF",
    "LV",
    "CI",
    "RW",
    "AR",
    "TR",
    "UV",
    "HN",
    "CC",
    "WC",
    "OK",
    "DD",
    "PD",
    "ND",
    "NH",
    "RD",
    "DM",
    "DS",
    "RT",
]
NONE = ["SD", "MF", "EM", "DI", "ES", "IA", "BN", "RR", "IC", "BR", "CR", "TT", "DP", "PY", "TI"]
UNKNOWN = [
    "MC",
    "MS",
    "SC",
    "BA",
    "CD",
    "CM",
    "HP",
    "MD",
    "NA",
    "OH",
    "ST",
    "TD",
    "UD",
    "CA",
    "CS",
    "SS",
    "TP",
    "AD",
    "BL",
    "CU",
    "DG",
    "FD",
    "HI",
    "HO",
    "PW",
    "SI",
    "SM",
]


SPECS = Path(__file__).parents[3] / (os.environ.get("RETOURE_SPECS") or "../shared/specs")
TABLE = SPECS.resolve().parent / "carriers" / "codes" / "dhl_express_event_codes.json"


def test_every_listed_code_proves_custody_as_the_table_says():
    if not TABLE.is_file():
        pytest.skip(f"the table of DHL's codes is absent: looked at {TABLE}; RETOURE_SPECS names the folder of specs beside it")
    listed = {row["code"]: row["custody"] for row in json.loads(TABLE.read_text(encoding="utf-8"))["codes"]}
    assert {code: reading.custody for code, reading in EVENTS.items()} == listed


def test_the_table_has_all_sixty_five_codes_of_dhls_list():
    assert sorted(EVENTS) == sorted((*PHYSICAL, *NONE, *UNKNOWN))
    assert len(EVENTS) == 65


@pytest.mark.parametrize(("codes", "custody"), [(PHYSICAL, Custody.PHYSICAL), (NONE, Custody.NONE), (UNKNOWN, Custody.UNKNOWN)])
def test_a_code_proves_custody_or_does_not(codes, custody):
    assert {code: EVENTS[code].custody for code in codes} == dict.fromkeys(codes, custody)


def test_only_a_delivery_is_delivered():
    assert {code for code, reading in EVENTS.items() if reading.kind is Kind.DELIVERED} == {"OK", "DD"}


def test_what_ends_without_delivery_asks_for_a_persons_look():
    assert all("needs_review" in EVENTS[code].flags for code in ("CA", "CS", "SS", "TP", "DD"))
    assert EVENTS["OK"].flags == ()


def test_a_collection_point_is_no_delivery_and_a_partial_one_stays_open():
    assert (EVENTS["CC"].kind, EVENTS["PD"].kind) == (Kind.READY_FOR_COLLECTION, Kind.PARTIALLY_DELIVERED)


def test_every_error_code_has_a_meaning_of_ours():
    assert all(fault.meaning and code.isdecimal() for code, fault in FAULTS.items())
