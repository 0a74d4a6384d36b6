"""``retoure assess``."""

import json

import pytest

from retoure.cli.verdicts import NEGATIVE
from retoure.lifecycle import State

NUMBER = "00349900000000000017"
BEFORE, AFTER = "2026-06-22T23:59:00+02:00", "2026-06-24T09:00:00+02:00"
KNOWN = ("--label-source", "AMAZON_NEGOTIATED", "--issued-at", "2026-06-01T08:00:00+02:00")


@pytest.fixture
def silent(retoure):
    """The report of a parcel that was scanned on 2 June and not seen again, read on 24 June."""
    retoure.configure().replaying("dhl_paket/tracking/scanned_then_silent", account="dhl")
    ran = retoure("track", NUMBER, "--account", "dhl", "--json")
    assert ran.code == 0
    return ran.out


def test_what_track_prints_can_be_piped_into_assess(retoure, silent, fits):
    ran = retoure("assess", "-", "--policy", "amazon_aprl_de", "--at", AFTER, *KNOWN, "--json", stdin=silent)
    assert ran.code == 1
    fits(ran.value, "Assessment")
    assert (ran.value["state"], ran.value["opens_on"]) == ("LOST_PRESUMED", "2026-06-23")
    assert ran.value["claim_route"] == "AMAZON"


def test_without_a_label_source_nobody_can_be_claimed_against(retoure, silent):
    ran = retoure("assess", "-", "--at", AFTER, "--json", stdin=silent)
    assert (ran.value["claim_route"], ran.value["blocked_by"]) == ("NONE", ["SOURCE_UNKNOWN"])


def test_before_the_opening_a_parcel_is_in_transit_and_the_verdict_leaves_with_0(retoure):
    retoure.configure().replaying("dhl_paket/tracking/dropped_off", account="dhl")
    report = retoure("track", NUMBER, "--account", "dhl", "--json").out
    ran = retoure("assess", "-", "--at", BEFORE, *KNOWN, stdin=report)
    assert ran.code == 0
    assert "IN_TRANSIT" in ran.out
    assert "2026-06-23" in ran.out


def test_a_report_that_was_learned_later_is_not_used(retoure, silent):
    ran = retoure("assess", "-", "--at", BEFORE, "--json", stdin=silent)
    assert (ran.code, ran.value["state"]) == (0, "AWAITING_FIRST_SCAN")


def test_a_naive_moment_is_refused_with_what_to_write(retoure, silent):
    ran = retoure("assess", "-", "--at", "2026-06-24T09:00:00", stdin=silent)
    assert ran.code == 2
    assert "no time zone" in ran.err
    assert "+01:00" in ran.err


@pytest.mark.parametrize("option", ["--at", "--issued-at"])
@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "1999-12-31T23:59:59Z"])
def test_a_moment_near_the_ends_of_the_calendar_is_refused(retoure, silent, option, moment):
    ran = retoure("assess", "-", option, moment, stdin=silent)
    assert ran.code == 2
    assert f"{option} '{moment}' lies outside the years 2000 to 2200" in ran.err


@pytest.mark.parametrize("text", ["[" * 100_000, '{"labels": ' + "[" * 100_000])
def test_json_that_is_nested_too_deeply_is_refused(retoure, text):
    ran = retoure("assess", "-", stdin=text)
    assert ran.code == 2
    assert "standard input is no ReturnCase" in ran.err


def test_the_moment_is_now_unless_told(retoure, silent):
    ran = retoure.at(2026, 6, 25)("assess", "-", "--json", stdin=silent)
    assert ran.value["at"] == "2026-06-25T09:00:00Z"


def test_a_case_file_is_assessed(retoure, silent):
    label = {"number": NUMBER, "carrier": "dhl_paket", "label_source": "own_contract", "issued_at": "2026-06-01T08:00:00+02:00"}
    case = {"rma": "RMA-1", "labels": [label], "observations": [{"type": "read", "report": json.loads(silent)}]}
    ran = retoure("assess", retoure.file(case), "--at", AFTER, "--json")
    assert (ran.code, ran.value["state"], ran.value["claim_route"]) == (1, "LOST_PRESUMED", "CARRIER")


def test_a_merchants_receipt_in_a_case_is_a_delivery(retoure, silent):
    label = {"number": NUMBER, "carrier": "dhl_paket"}
    receipt = {"type": "warehouse_receipt", "at": "2026-06-10T10:00:00+02:00"}
    case = {"labels": [label], "observations": [{"type": "read", "report": json.loads(silent)}, receipt]}
    ran = retoure("assess", retoure.file(case), "--at", AFTER, "--json")
    assert (ran.code, ran.value["state"]) == (0, "DELIVERED")


def test_the_options_of_a_report_do_not_go_with_a_case(retoure):
    case = retoure.file({"labels": [{"number": NUMBER, "carrier": "dhl_paket"}]})
    ran = retoure("assess", case, "--label-source", "own_contract")
    assert ran.code == 2
    assert "--label-source" in ran.err


def test_a_failed_look_up_never_makes_a_parcel_lost(retoure):
    retoure.configure().replaying("dhl_paket/tracking/never_found", account="dhl")
    failure = retoure("track", NUMBER, "--account", "dhl", "--json").out
    ran = retoure("assess", "-", "--at", AFTER, "--json", stdin=failure)
    assert ran.code == 0
    assert ran.value["state"] == "AWAITING_FIRST_SCAN"


def test_several_reports_are_refused(retoure, silent):
    ran = retoure("assess", "-", "--at", AFTER, stdin=f"[{silent}, {silent}]")
    assert ran.code == 2
    assert "one parcel at a time" in ran.err


def test_an_unknown_policy_names_those_there_are(retoure, silent):
    ran = retoure("assess", "-", "--policy", "amazon_mars", "--at", AFTER, stdin=silent)
    assert ran.code == 2
    assert "amazon_aprl_de" in ran.err


def test_a_timeline_tells_what_led_there_and_what_lies_ahead(retoure, silent):
    ran = retoure("assess", "-", "--at", AFTER, *KNOWN, "--timeline", stdin=silent)
    assert ran.code == 1
    for told in ("Timeline", "first scan", "lost unless a delivery is seen", "verdict", "LOST_PRESUMED"):
        assert told in ran.out


def test_a_timeline_for_a_program_holds_the_verdict_and_the_moments_in_order(retoure, silent, fits):
    ran = retoure("assess", "-", "--at", AFTER, *KNOWN, "--timeline", "--json", stdin=silent)
    fits(ran.value, "Timeline")
    assert ran.value["assessment"]["state"] == "LOST_PRESUMED"
    kinds = [moment["what"] for moment in ran.value["moments"]]
    assert kinds.index("LABEL") < kinds.index("SCAN") < kinds.index("SIGNAL") < kinds.index("VERDICT")


def test_a_policy_can_be_a_file_of_ones_own(retoure, silent, tmp_path):
    own = tmp_path / "patient.toml"
    value = '{ anchor = "first_scan", wait_full_days = 30 }'
    own.write_text(
        '[policy]\nid = "patient"\nextends = "amazon_aprl_de"\n[[rule]]\nid = "mine"\nmarket = "DE"\nprogramme = "APRL"\n'
        f'subject = "claim_open"\ncase = "LOST_IN_RETURN_TRANSIT"\nvalue = {value}\nselect_by = "filing_date"\nevidence = "R"\n'
        'source = "mine"\napplies = { carrier = ["dhl_paket"], label_source = ["AMAZON_NEGOTIATED"] }\n'
    )
    ran = retoure("assess", "-", "--policy", str(own), "--at", AFTER, *KNOWN, "--json", stdin=silent)
    assert (ran.value["policy"], ran.value["opens_on"], ran.value["state"]) == ("patient", "2026-07-03", "IN_TRANSIT")
    missing = retoure("assess", "-", "--policy", str(tmp_path / "none.toml"), "--at", AFTER, stdin=silent)
    assert missing.code == 2
    assert "none.toml" in missing.err


def test_a_policy_file_that_is_not_utf_8_is_refused_by_name(retoure, silent, tmp_path):
    (tmp_path / "mine.toml").write_bytes(b'[policy]\ntitle = "R\xfcckgabe"\n')
    ran = retoure("assess", "-", "--policy", str(tmp_path / "mine.toml"), "--at", AFTER, stdin=silent)
    assert ran.code == 2
    assert "mine.toml is not UTF-8" in ran.err.replace("\n", "")


def test_a_policy_file_may_extend_another_beside_it(retoure, silent, tmp_path):
    (tmp_path / "house.toml").write_text('[policy]\nid = "house"\nextends = "amazon_aprl_de"\n')
    (tmp_path / "shop.toml").write_text('[policy]\nid = "shop"\nextends = "house"\n')
    ran = retoure("assess", "-", "--policy", str(tmp_path / "shop.toml"), "--at", AFTER, *KNOWN, "--json", stdin=silent)
    assert (ran.code, ran.value["policy"]) == (1, "shop")


@pytest.mark.parametrize("text", ["{}", "7", "[1", '{"labels": []}', '{"events": 1}'])
def test_what_is_no_case_is_refused(retoure, text):
    ran = retoure("assess", "-", stdin=text)
    assert ran.code == 2
    assert "standard input" in ran.err


def test_the_negative_states_are_those_that_the_help_names():
    assert {State.LOST_PRESUMED, State.NEVER_SCANNED, State.EXCEPTION, State.BACK_AT_CUSTOMER} == NEGATIVE
