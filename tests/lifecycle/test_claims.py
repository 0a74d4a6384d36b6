"""Stories 77, 87 to 102 and the worked examples of claim windows: where a claim goes, and from when until when."""

from datetime import date

import pytest

from retoure.lifecycle import ClaimFiled, ClaimUpdated, HandoverProof, RefundIssued, ReturnCase, WarehouseReceipt, assess
from retoure.model import Kind, LabelSource
from retoure.programmes import load_policy
from retoure.programmes.records import RULE
from tests.lifecycle.builders import ACCEPTED, NUMBER, REFUND, delivered, event, hub, label, not_found, read, verdict, when
from tests.lifecycle.folds import only, told, types

LOST = read("06-22 08:00", ACCEPTED)


def rule(**values):
    base = {
        "market": "DE",
        "programme": "APRL",
        "case": "LOST_IN_RETURN_TRANSIT",
        "select_by": "filing_date",
        "evidence": "U",
        "source": "test",
    }
    return RULE.validate_python(base | values)


def closing(days, anchor="refund", **dates):
    value = {"anchor": anchor, "days": days, "advise_days_before": 1, "warn_days_before": 3}
    return rule(id=f"close.{days}", subject="claim_close", applies={"route": ["AMAZON"]}, value=value, **dates)


def without_refund(*observations, at, policy="amazon_aprl_de", **more):
    case = ReturnCase(rma="RMA-1", labels=(label(**more),), observations=observations)
    return assess(case, policy, at=when(at))


@pytest.mark.parametrize(
    ("source", "carrier", "route", "status", "blocks"),
    [
        (LabelSource.AMAZON_NEGOTIATED, "dhl_paket", "AMAZON", "OPEN", ()),
        (LabelSource.AMAZON_NEGOTIATED, "dpd", "CARRIER", "OPEN", ()),
        (LabelSource.AMAZON_NEGOTIATED, "dpd_meta", "CARRIER", "OPEN", ()),
        (LabelSource.AMAZON_NEGOTIATED, "ups", "CARRIER", "OPEN", ()),
        (LabelSource.AMAZON_NEGOTIATED, "dhl_express", "CARRIER", "OPEN", ()),
        (LabelSource.OWN_CONTRACT, "dhl_paket", "CARRIER", "OPEN", ()),
        (LabelSource.SELLER_UPLOADED, "dhl_paket", "CARRIER", "OPEN", ()),
        (LabelSource.CUSTOMER, "dhl_paket", "NONE", "NOT_ELIGIBLE", ("NOT_ELIGIBLE",)),
        (LabelSource.UNKNOWN, "dhl_paket", "NONE", "NOT_ELIGIBLE", ("SOURCE_UNKNOWN",)),
    ],
    ids=["base", "story 88", "DPD's other interface", "UPS", "DHL Express", "story 87", "enclosed label", "story 99", "story 89"],
)
def test_stories_87_to_89_and_99_the_route_follows_whose_label_it_is(source, carrier, route, status, blocks):
    found = verdict("06-23 08:00", LOST, label_source=source, carrier=carrier)
    assert found.state == "LOST_PRESUMED"
    assert (found.claim_route, found.claim_status, found.blocked_by) == (route, status, blocks)


def test_the_window_of_the_base_case_is_that_of_the_worked_example():
    found = verdict("06-23 08:00", LOST)
    assert found.recommended_file_from == when("06-23 00:00")
    assert (found.closes_on, found.recommended_file_by) == (date(2026, 7, 31), date(2026, 7, 30))


@pytest.mark.parametrize(
    ("at", "status"),
    [
        ("06-01 08:30", "NOT_STARTED"),
        ("06-21 23:59", "WAITING"),
        ("06-22 08:00", "OPEN"),
        ("07-27 23:59", "OPEN"),
        ("07-28 00:00", "CLOSING_SOON"),
        ("07-31 23:59", "CLOSING_SOON"),
        ("08-01 00:00", "CLOSED"),
    ],
)
def test_a_window_waits_opens_warns_and_closes(at, status):
    assert verdict(at, read("06-01 15:00", ACCEPTED), LOST).claim_status == status


def test_story_90_without_a_refund_the_claim_is_blocked_and_the_closing_has_no_anchor():
    found = without_refund(LOST, at="06-25 12:00")
    assert found.claim_status == "BLOCKED"
    assert found.blocked_by == ("REFUND_FIRST",)
    assert found.closes_on is None


def test_a_refund_is_no_precondition_of_a_claim_at_the_carrier():
    found = without_refund(LOST, at="06-25 12:00", label_source=LabelSource.OWN_CONTRACT)
    assert (found.claim_status, found.blocked_by) == ("OPEN", ())


def test_story_91_a_window_that_closes_before_it_opens_is_told_on_the_day_of_the_first_scan():
    scan = event(Kind.DROPPED_OFF, "05-20 14:00")
    refund = RefundIssued(rma="RMA-1", at=when("04-01 10:00"))
    found = without_refund(refund, read("05-20 15:00", scan), at="05-20 15:00", issued_at=when("03-30"))
    assert (str(found.opens_on), str(found.closes_on)) == ("2026-06-10", "2026-05-31")
    assert found.claim_status == "NEVER_OPENS"


def test_story_92_a_window_that_closes_by_the_last_scan_moves_with_it():
    policy = load_policy("amazon_aprl_de").overridden_by([closing(30, "last_scan")])
    scan = event(Kind.DROPPED_OFF, "03-01 14:00")
    refund = RefundIssued(at=when("03-02 10:00"))
    issued = when("03-01 08:00")
    once = without_refund(refund, read("03-22 08:00", scan), at="03-22 08:00", policy=policy, issued_at=issued)
    assert (str(once.opens_on), str(once.closes_on)) == ("2026-03-22", "2026-03-31")
    again = without_refund(
        refund, read("03-22 08:00", scan, hub("03-09 04:00")), at="03-22 08:00", policy=policy, issued_at=issued
    )
    assert (str(again.opens_on), str(again.closes_on)) == ("2026-03-22", "2026-04-08")


def test_story_93_a_window_looked_at_after_its_end_is_closed_with_the_date():
    policy = load_policy("amazon_aprl_de").overridden_by([closing(30, "last_scan")])
    refund = RefundIssued(at=when("03-02 10:00"))
    scan = read("03-22 08:00", event(Kind.DROPPED_OFF, "03-01 14:00"))
    found = without_refund(refund, scan, at="04-10 08:00", policy=policy, issued_at=when("03-01 08:00"))
    assert found.claim_status == "CLOSED"
    assert str(found.closes_on) == "2026-03-31"


@pytest.mark.parametrize(("at", "status"), [("07-31 12:00", "CLOSING_SOON"), ("08-01 12:00", "CLOSED")])
def test_story_94_the_sixtieth_day_after_the_refund_is_the_last(at, status):
    assert verdict(at, LOST).claim_status == status


def test_story_95_a_rule_that_changes_while_the_case_is_open_is_picked_by_the_filing_date():
    policy = load_policy("amazon_aprl_de").overridden_by(
        [closing(60, valid_until=date(2026, 2, 16)), closing(30, "last_scan", valid_from=date(2026, 2, 16))]
    )
    observations = RefundIssued(at=when("01-11 10:00")), read("02-01 08:00", event(Kind.DROPPED_OFF, "01-10 12:00"))
    on_the_15th, on_the_16th = (
        without_refund(*observations, at=at, policy=policy, issued_at=when("01-09")) for at in ("02-15 12:00", "02-16 12:00")
    )
    assert on_the_15th.claim_status == "OPEN"
    assert (on_the_16th.claim_status, str(on_the_16th.closes_on)) == ("CLOSED", "2026-02-09")


def test_the_earliest_refund_closes_the_window():
    second = RefundIssued(rma="RMA-1", at=when("06-20 10:00"))
    assert verdict("06-23 08:00", LOST, second).closes_on == date(2026, 7, 31)


def test_a_verdict_names_the_rules_it_rests_on_and_what_speaks_against_them():
    rules = {used.id: used for used in verdict("06-23 08:00", LOST).rules}
    assert rules.keys() == {
        "de.aprl.claim.lost.open",
        "de.aprl.claim.lost.route.dhl_amazon",
        "*.claim.refund_first",
        "eu.claim.close",
        "carrier.dhl_paket.trace",
    }
    assert "2022" in rules["de.aprl.claim.lost.route.dhl_amazon"].confidence
    assert rules["eu.claim.close"].evidence == "O"


def test_one_dated_record_takes_the_amazon_route_away():
    off = rule(
        id="mine.off", subject="claim_route", applies={"carrier": ["DHL_PAKET"], "label_source": ["AMAZON_NEGOTIATED"]},
        value={"route": "CARRIER"}, valid_from=date(2026, 6, 24),
    )  # fmt: skip
    policy = load_policy("amazon_aprl_de").overridden_by([off])
    assert without_refund(LOST, at="06-23 12:00", policy=policy).claim_route == "AMAZON"
    assert without_refund(LOST, at="06-24 12:00", policy=policy).claim_route == "CARRIER"


def test_a_delivered_parcel_leaves_nothing_to_claim():
    found = verdict("06-23 08:00", read("06-22 08:00", ACCEPTED, delivered("06-03 10:00")))
    assert (found.claim_case, found.claim_status, found.blocked_by) == (None, "BLOCKED", ("DELIVERED",))


def test_a_label_that_was_never_used_is_no_loss_to_claim():
    found = verdict("07-02 08:00", not_found("07-02 08:00"))
    assert (found.claim_case, found.claim_route) == ("BUYER_DID_NOT_RETURN", "NONE")


def test_a_second_policy_with_another_wait_gives_another_day():
    value = {"anchor": "first_scan", "wait_full_days": 30, "day_rule": "INCLUSIVE", "safety_days": 2}
    applies = {"carrier": ["DHL_PAKET"], "label_source": ["AMAZON_NEGOTIATED"]}
    policy = load_policy("amazon_aprl_de").overridden_by(
        [rule(id="mine.open", subject="claim_open", applies=applies, value=value)]
    )
    found = without_refund(LOST, at="06-23 08:00", policy=policy)
    assert (found.state, str(found.opens_on)) == ("IN_TRANSIT", "2026-07-01")
    assert found.recommended_file_from == when("07-03 00:00")
    assert found.number == NUMBER


def test_a_window_that_opens_on_its_last_day_can_still_be_used():
    scan = event(Kind.DROPPED_OFF, "05-20 14:00")
    refund = RefundIssued(rma="RMA-1", at=when("04-11 10:00"))
    found = without_refund(refund, read("06-10 08:00", scan), at="06-10 09:00", issued_at=when("05-20"))
    assert found.opens_on == found.closes_on == date(2026, 6, 10)
    assert found.claim_status == "CLOSING_SOON"


def test_story_75_the_carriers_own_declaration_opens_a_claim_at_the_carrier_at_once():
    declared = read("06-10 12:00", ACCEPTED, event(Kind.LOST_BY_CARRIER, "06-10 09:00"))
    found = verdict("06-11", declared, label_source=LabelSource.OWN_CONTRACT)
    assert (found.claim_route, found.claim_status) == ("CARRIER", "OPEN")
    assert verdict("06-11", read("06-10 12:00", ACCEPTED), label_source=LabelSource.OWN_CONTRACT).claim_status == "WAITING"


FILED = ClaimFiled(rma="RMA-1", at=when("06-23 10:00"), route="AMAZON", reference="S-1")
FOUND = read("06-30 12:00", ACCEPTED, delivered("06-30 10:00"))


def test_story_76_a_claim_that_was_filed_is_withdrawn_when_the_parcel_is_there():
    found = verdict("06-30 12:00", LOST, FILED, FOUND)
    assert (found.state, found.recovery_kind) == ("RECOVERED", "FOUND_AFTER_DEADLINE")
    assert {"WITHDRAW_CLAIM", "CLAIM_FILED"} <= {reason.code for reason in found.reasons}


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("GRANTED", "REPAY_OR_REFUSE_GOODS"),
        ("REPAID", "CLAIM_REPAID"),
        ("WITHDRAWN", "CLAIM_WITHDRAWN"),
        ("INFO_REQUESTED", "CLAIM_FILED"),
    ],
)
def test_story_77_a_compensated_parcel_that_is_found_is_repaid_or_refused(status, reason):
    went_on = ClaimUpdated(rma="RMA-1", at=when("06-29 10:00"), status=status)
    found = verdict("06-30 12:00", LOST, FILED, went_on, FOUND)
    assert (found.state, found.claim_update) == ("RECOVERED", status)
    (told,) = [one for one in found.reasons if one.code == reason]
    assert ("month" in told.text) == (status == "GRANTED")


DENIED = ClaimUpdated(rma="RMA-1", at=when("06-25 10:00"), status="DENIED", reference="S-1")
ASKED = ClaimUpdated(rma="RMA-1", at=when("06-24 10:00"), status="INFO_REQUESTED", observed_at=when("06-26 10:00"))
ANEW = ClaimFiled(rma="RMA-1", at=when("06-27 10:00"), route="CARRIER", reference="C-1")


@pytest.mark.parametrize(
    ("known", "status"),
    [
        ((DENIED, ASKED), "DENIED"),
        ((DENIED, ANEW), None),
        ((DENIED, ANEW, ClaimUpdated(rma="RMA-1", at=when("06-27"), status="INFO_REQUESTED", reference="C-1")), "INFO_REQUESTED"),
        ((ANEW, ClaimUpdated(rma="RMA-1", at=when("06-28 10:00"), status="DENIED", reference="S-1")), None),
    ],
    ids=["an older word learned late", "filed anew", "its own word, with a date", "another claim's word"],
)  # fmt: skip
def test_a_claims_state_is_what_came_last_of_the_claim_that_was_filed_last(known, status):
    assert verdict("06-29 12:00", LOST, FILED, *known).claim_update == status


def test_story_88_a_parcel_of_dpd_on_amazons_rate_is_claimed_at_the_carrier():
    found = verdict("06-23 08:00", LOST, carrier="dpd")
    assert (found.claim_route, found.claim_status) == ("CARRIER", "OPEN")
    assert "CLAIM_AT_CARRIER" in {reason.code for reason in found.reasons}


US_SCAN = event(Kind.DROPPED_OFF, "2026-01-10T12:00-08:00")
US_STORY = (RefundIssued(at=when("2026-01-11T10:00-08:00")), read("2026-02-01T08:00-08:00", US_SCAN))


def american(*observations, at, **more):
    """A merchant whose own record says that Amazon answers in the United States."""
    applies, value = {"label_source": ["AMAZON_NEGOTIATED"]}, {"route": "AMAZON"}
    route = rule(id="own", market="US", subject="claim_route", applies=applies, value=value)
    policy = load_policy("amazon_aprl_us").overridden_by([route])
    return without_refund(*observations, at=at, policy=policy, issued_at=when("2026-01-09T08:00-08:00"), **more)


def test_story_95_the_american_change_closes_a_window_that_was_open_the_day_before():
    before, after = (american(*US_STORY, at=f"2026-02-{day}T12:00-08:00") for day in (15, 16))
    assert (before.claim_status, str(before.opens_on), str(before.closes_on)) == ("OPEN", "2026-01-31", "2026-03-12")
    assert (after.claim_status, str(after.closes_on)) == ("CLOSED", "2026-02-09")
    assert "POLICY_CHANGE_SHORTENS_WINDOW" in {reason.code for reason in before.reasons}


def test_story_95_the_change_is_told_before_it_comes():
    own = american(*US_STORY, at="2026-02-01T08:00-08:00")
    (warning,) = [reason for reason in own.reasons if reason.code == "POLICY_CHANGE_SHORTENS_WINDOW"]
    assert "2026-02-16" in warning.text
    assert "2026-02-15" in warning.text


def test_story_95_the_change_is_a_signal_weeks_before():
    route = rule(
        id="own", market="US", subject="claim_route", applies={"label_source": ["AMAZON_NEGOTIATED"]}, value={"route": "AMAZON"}
    )
    policy = load_policy("amazon_aprl_us").overridden_by([route])
    refund, scan = US_STORY[0], read("2026-01-10T20:00-08:00", US_SCAN)
    signals = told(refund, scan, policy=policy, until="2026-01-12T08:00-08:00", issued_at=when("2026-01-09T08:00-08:00"))
    warning = only(signals, "policy_change_shortens_window")
    assert (str(warning.changes_on), str(warning.closes_on), str(warning.closes_then)) == (
        "2026-02-16",
        "2026-03-12",
        "2026-02-15",
    )


def test_story_96_a_claim_filed_under_the_old_record_stays_valid():
    filed = ClaimFiled(at=when("2026-02-14T12:00-08:00"), route="AMAZON")
    found = american(*US_STORY, filed, at="2026-02-20T12:00-08:00")
    assert (found.claim_status, str(found.closes_on)) == ("OPEN", "2026-03-12")


DAMAGED = event(Kind.DAMAGED, "06-03 10:00")


@pytest.mark.parametrize(
    "observations",
    [
        (read("06-04 12:00", ACCEPTED, DAMAGED, delivered("06-04 10:00")),),
        (read("06-04 12:00", ACCEPTED, delivered("06-04 10:00")), WarehouseReceipt(at=when("06-04 11:00"), damaged=True)),
    ],
    ids=["the carrier says so", "the merchant says so"],
)
def test_story_97_damage_on_amazons_rate_is_claimed_without_the_wait(observations):
    found = verdict("06-04 12:00", *observations)
    assert (found.state, found.claim_case) == ("DELIVERED", "DAMAGED_IN_RETURN_TRANSIT")
    assert (found.claim_route, found.claim_status, found.blocked_by) == ("AMAZON", "OPEN", ())
    assert (str(found.closes_on), "de.aprl.claim.damaged.route.dhl_amazon") == ("2026-07-31", found.rules[1].id)


@pytest.mark.parametrize("carrier", ["dpd", "ups", "dhl_express"])
def test_damage_on_amazons_rate_is_claimed_at_any_carrier_but_dhl_paket(carrier):
    found = verdict("06-04 12:00", read("06-04 12:00", ACCEPTED, DAMAGED, delivered("06-04 10:00")), carrier=carrier)
    assert (found.claim_case, found.claim_route, found.claim_status) == ("DAMAGED_IN_RETURN_TRANSIT", "CARRIER", "OPEN")


def test_damage_before_the_delivery_is_no_claim_yet():
    found = verdict("06-03 12:00", read("06-03 12:00", ACCEPTED, DAMAGED))
    assert (found.claim_case, found.claim_status) == ("LOST_IN_RETURN_TRANSIT", "WAITING")


@pytest.mark.parametrize("market", ["it", "fr", "uk"])
def test_story_98_the_same_loss_in_another_market_is_not_eligible(market):
    found = assess(
        ReturnCase(rma="RMA-1", labels=(label(),), observations=(REFUND, LOST)), f"amazon_aprl_{market}", at=when("06-23 08:00")
    )
    assert found.state == "LOST_PRESUMED"
    assert (found.claim_route, found.claim_status, found.blocked_by) == ("NONE", "NOT_ELIGIBLE", ("NOT_ELIGIBLE",))


def test_story_99_a_label_that_the_buyer_bought_is_not_eligible():
    found = verdict("06-23 08:00", LOST, label_source=LabelSource.CUSTOMER)
    assert (found.claim_route, found.claim_status) == ("NONE", "NOT_ELIGIBLE")


def test_story_100_dhl_express_has_a_search_and_a_deadline_of_its_own_beside_the_loss():
    express = {"carrier": "dhl_express", "label_source": LabelSource.OWN_CONTRACT}
    found = verdict("06-22 08:00", LOST, **express)
    dates = found.carrier_claim
    assert found.state == "LOST_PRESUMED"
    assert (str(dates.trace_from), str(dates.trace_by), dates.trace_before_claim) == ("2026-06-06", "2026-06-08", True)
    assert (str(dates.closes_on), str(found.closes_on), found.claim_route) == ("2026-07-01", "2026-07-01", "CARRIER")
    search = only(told(read("06-01 15:00", ACCEPTED), until="06-06 00:00", **express), "trace_recommended")
    assert (str(search.trace_from), str(search.closes_on), search.before_claim) == ("2026-06-06", "2026-07-01", True)
    assert told(read("06-01 15:00", ACCEPTED), until="06-05 23:59", **express)[1:] == []


def test_story_101_dhl_paket_is_asked_for_a_search_from_the_seventh_day():
    assert types(told(read("06-01 15:00", ACCEPTED), until="06-07 23:59")) == ["first_scan"]
    signals = told(read("06-01 15:00", ACCEPTED), until="06-08 00:00")
    assert str(only(signals, "trace_recommended").trace_from) == "2026-06-08"
    assert "carrier.dhl_paket.trace" in {rule.id for rule in signals[-1].rules}


def test_ups_counts_from_the_delivery_it_promised():
    known = verdict("06-23 08:00", LOST, carrier="ups", label_source=LabelSource.OWN_CONTRACT, expected_delivery=date(2026, 6, 3))
    assert (str(known.carrier_claim.trace_from), str(known.carrier_claim.closes_on)) == ("2026-06-04", "2026-08-02")
    assert verdict("06-23 08:00", LOST, carrier="ups", label_source=LabelSource.OWN_CONTRACT).carrier_claim is None


def test_a_receipt_of_the_hand_in_starts_the_carriers_dates_earlier_than_a_late_scan():
    proof = HandoverProof(at=when("05-31 18:00"))
    assert str(verdict("06-02 08:00", read("06-02 08:00", ACCEPTED), proof).carrier_claim.trace_from) == "2026-06-07"


def test_story_102_an_automated_refund_is_not_eligible():
    story = (
        RefundIssued(at=when("2026-03-02"), mode="AUTOMATED_BY_AMAZON"),
        read("2026-04-01", event(Kind.DROPPED_OFF, "2026-03-01 12:00")),
    )
    case = ReturnCase(labels=(label(issued_at=when("2026-03-01")),), observations=story)
    found = assess(case, "amazon_aprl_us", at=when("2026-04-01 12:00"))
    assert (found.claim_status, found.blocked_by) == ("NOT_ELIGIBLE", ("AUTOMATED_REFUND",))


def test_story_91_the_warning_is_told_on_the_day_of_the_first_scan():
    scan = event(Kind.DROPPED_OFF, "05-20 14:00")
    refund = RefundIssued(rma="RMA-1", at=when("04-01 10:00"))
    signals = told(refund, read("05-20 15:00", scan), issued_at=when("03-30"))
    warning = only(signals, "claim_never_opens")
    assert (str(warning.opens_on), str(warning.closes_on), warning.at) == ("2026-06-10", "2026-05-31", when("05-20 15:00"))


def test_a_refund_duty_counts_business_days_in_germany_and_calendar_days_in_america():
    arrived = read("06-05 12:00", ACCEPTED, delivered("06-05 10:00"))
    case = ReturnCase(labels=(label(),), observations=(arrived,))
    at = when("06-05 12:00")
    due = [assess(case, policy, at=at).refund_due_on for policy in ("amazon_aprl_de", "amazon_aprl_us", "own_shop_de")]
    assert due == [date(2026, 6, 9), date(2026, 6, 9), None]
    assert verdict("06-05 12:00", arrived).refund_due_on is None


def test_a_merchants_own_shop_claims_at_the_carrier_alone():
    case = ReturnCase(labels=(label(label_source=LabelSource.OWN_CONTRACT),), observations=(LOST,))
    found = assess(case, "own_shop_de", at=when("06-23 08:00"))
    assert (found.claim_route, found.claim_status, found.blocked_by) == ("CARRIER", "OPEN", ())


DECLARED = read("06-11 08:00", ACCEPTED, event(Kind.LOST_BY_CARRIER, "06-10 12:00"))


@pytest.mark.parametrize("at", ["06-12 12:00", "06-25 12:00"])
def test_a_claim_on_a_loss_that_the_carrier_declared_waits_for_no_further_answer(at):
    found = verdict(at, DECLARED, label_source=LabelSource.OWN_CONTRACT)
    assert (found.claim_route, found.claim_status, found.blocked_by) == ("CARRIER", "OPEN", ())


def test_the_claim_at_amazon_on_a_loss_that_the_carrier_declared_waits_for_an_answer_since_the_opening():
    found = verdict("06-25 12:00", DECLARED)
    assert (found.claim_status, found.blocked_by) == ("BLOCKED", ("EVIDENCE_STALE",))


@pytest.mark.parametrize(("at", "status"), [("06-20 12:00", "OPEN"), ("07-02 12:00", "CLOSED")])
def test_a_claim_on_a_declared_loss_is_open_though_the_carriers_last_date_lies_before_the_opening(at, status):
    proof = HandoverProof(at=when("06-01 10:00"))
    declared = read("06-19 08:00", hub("06-15 04:00"), event(Kind.LOST_BY_CARRIER, "06-18 12:00"))
    found = verdict(at, proof, declared, label_source=LabelSource.OWN_CONTRACT, carrier="dhl_express")
    assert (found.opens_on, found.closes_on, found.claim_status) == (date(2026, 7, 6), date(2026, 7, 1), status)
