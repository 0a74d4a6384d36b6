"""Policies as data: what the loader refuses, and which record holds for a case."""

import re
from dataclasses import replace
from datetime import date, timedelta
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from retoure.errors import ConfigurationError, InvalidPolicy, UnknownPolicy
from retoure.lifecycle import assess
from retoure.model import LabelSource
from retoure.programmes import (
    ClaimCase,
    ClosingRule,
    Facts,
    NeverScannedRule,
    OpeningRule,
    RetentionRule,
    SelectBy,
    TraceRule,
    load_policy,
    policy_names,
    read_carrier_rules,
    read_policy,
)
from retoure.programmes.records import RULE
from retoure.programmes.values import Opening, Routing, Trace
from tests.lifecycle.builders import ACCEPTED, case, read, when

HEADER = """
[policy]
id = "test"
title = "Test"
market = "DE"
programme = "APRL"
zone = "Europe/Berlin"
must_cover = ["never_scanned"]
"""

RECORD = """
[[rule]]
id = "{id}"
market = "{market}"
programme = "APRL"
subject = "never_scanned"
value = {{ anchor = "label_created", wait_days = {days} }}
select_by = "filing_date"
evidence = "R"
source = "test"
{dates}
"""


def record(id="a", days=30, dates="", market="DE"):  # noqa: A002 - the field's name
    return RECORD.format(id=id, days=days, dates=dates, market=market)


def facts(day: date, **more):
    return Facts(carrier="dhl_paket", label_source=LabelSource.OWN_CONTRACT, dates={SelectBy.FILING_DATE: day}, **more)


def days_on(policy, day):
    found = policy.find(NeverScannedRule, facts(day))
    return found and found.value.wait_days


def test_the_shipped_policy_loads_and_is_kept():
    assert policy_names() == (
        "amazon_aprl_de", "amazon_aprl_fr", "amazon_aprl_it", "amazon_aprl_uk", "amazon_aprl_us", "own_shop_de",
    )  # fmt: skip
    assert load_policy("amazon_aprl_de") is load_policy("amazon_aprl_de")


def test_every_shipped_record_names_its_source_and_its_evidence():
    for rule in load_policy("amazon_aprl_de").rules:
        assert rule.source
        assert rule.evidence in {"O", "2", "U", "R"}


def test_the_package_holds_no_price():
    text = (resources.files("retoure.programmes") / "policies" / "amazon_aprl_de.toml").read_text(encoding="utf-8")
    assert not re.search(r"EUR|€|\bprice\b", text)


def test_an_unknown_policy_is_refused_with_the_names_there_are():
    with pytest.raises(UnknownPolicy, match="amazon_aprl_de"):
        load_policy("amazon_aprl_at")
    assert issubclass(UnknownPolicy, ConfigurationError)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[policy", "not TOML"),
        (HEADER + "[extra]\n", "extra: unknown key"),
        (HEADER + record() + "colour = 1\n", "a: never_scanned.colour: Extra inputs"),
        (HEADER + record(days=0), "wait_days"),
        (HEADER + record().replace("never_scanned", "never"), "never"),
        (HEADER + record().replace("label_created", "moonrise"), "anchor"),
        (HEADER + record().replace('evidence = "R"', 'evidence = "sure"'), "evidence"),
        (HEADER + record(market="FR"), "is of market 'FR'"),
        (HEADER + record().replace("APRL", "FBA"), "is of programme 'FBA'"),
        (HEADER + record("a") + record("b"), "a and b: both hold"),
        (
            HEADER + record("a", dates="valid_until = 2026-03-02") + record("b", dates="valid_from = 2026-03-01"),
            "from 2026-03-01",
        ),
        (
            HEADER + record("a", dates="valid_until = 2026-03-01") + record("b", dates="valid_from = 2026-03-02"),
            "none may be missing",
        ),
        (HEADER + record("a", dates="valid_from = 2026-03-01\nvalid_until = 2026-03-01"), "must lie after"),
        (HEADER.replace("Europe/Berlin", "Europe/Nowhere") + record(), "not an IANA time zone"),
        (HEADER.replace('must_cover = ["never_scanned"]', 'must_cover = ["weather"]') + record(), "must_cover"),
        (record(), "policy: id"),
        ("rule = 1\n" + HEADER, "must be a list of tables"),
    ],
)
def test_a_policy_that_cannot_be_used_is_refused_by_name(text, says):
    with pytest.raises(InvalidPolicy, match=re.escape(says)):
        read_policy(text)


@pytest.mark.parametrize(
    ("records", "says"),
    [
        ("", "no record of never_scanned, where"),
        (record(dates="valid_until = 2026-01-01"), "no record of never_scanned from 2026-01-01, as for any other carrier"),
        (record(dates="valid_from = 2026-01-01"), "no record of never_scanned until 2026-01-01, as for any other carrier"),
        (
            record(dates='applies = { carrier = ["dpd"] }'),
            "no record of never_scanned, as for any other carrier, amazon_negotiated",
        ),
        (
            record("dpd", dates='valid_until = 2026-01-01\napplies = { carrier = ["dpd"] }')
            + record("any", dates="valid_from = 2026-01-01"),
            "no record of never_scanned until 2026-01-01, as for any other carrier",
        ),
        (
            record("own", dates='applies = { label_source = ["OWN_CONTRACT"] }')
            + record("amazon", dates='applies = { label_source = ["AMAZON_NEGOTIATED"] }'),
            "no record of never_scanned, as for any other carrier, seller_uploaded",
        ),
    ],
    ids=["none", "ended", "begins", "one carrier's", "one carrier's before all", "some labels"],
)
def test_a_subject_that_must_be_covered_has_a_record_on_every_day_for_every_label(records, says):
    with pytest.raises(InvalidPolicy, match=re.escape(says)):
        read_policy(HEADER + records)


def test_an_exception_may_come_and_go_where_a_general_record_stands():
    exception = record("dpd", 14, dates='valid_from = 2026-02-01\nvalid_until = 2026-03-01\napplies = { carrier = ["dpd"] }')
    assert days_on(read_policy(HEADER + record() + exception), date(2026, 2, 15)) == 30


def test_a_gap_is_told_once_however_many_cases_meet_it():
    with pytest.raises(InvalidPolicy) as refused:
        read_policy(HEADER + record(dates="valid_until = 2026-01-01"))
    assert len(refused.value.faults) == 1


def test_all_faults_are_named_at_once():
    with pytest.raises(InvalidPolicy) as refused:
        read_policy(HEADER + record("a", days=0) + record("b", days=-1))
    assert [fault.split(":")[0] for fault in refused.value.faults] == ["a", "b"]


def test_records_that_speak_of_crossing_cases_equally_exactly_are_refused():
    dpd = record("dpd", dates='applies = { carrier = ["DPD"] }')
    own = record("own", dates='applies = { label_source = ["OWN_CONTRACT"] }')
    with pytest.raises(InvalidPolicy, match="dpd and own"):
        read_policy(HEADER + dpd + own)


def test_the_record_that_names_most_wins():
    text = HEADER + record("all", 30) + record("dhl", 20, dates='applies = { carrier = ["DHL_PAKET"] }')
    assert days_on(read_policy(text), date(2026, 6, 1)) == 20


CASED = """
[[rule]]
id = "{id}"
market = "*"
programme = "*"
subject = "claim_close"
{case}
applies = {{ carrier = [{carrier}], route = ["CARRIER"] }}
value = {{ anchor = "handover", days = {days}, advise_days_before = 1, warn_days_before = 3 }}
select_by = "filing_date"
evidence = "U"
source = "test"
"""
LOSS, DAMAGE = ClaimCase.LOST_IN_RETURN_TRANSIT, ClaimCase.DAMAGED_IN_RETURN_TRANSIT


def closing(id, days, case="", carrier='"dhl_paket"'):  # noqa: A002 - the field's name
    return CASED.format(id=id, days=days, case=case and f'case = "{case}"', carrier=carrier)


def closes(policy, case):
    found = policy.find(ClosingRule, facts(date(2026, 6, 1), route="CARRIER"), case)
    return found and found.value.days


@pytest.mark.parametrize("order", [1, -1])
def test_a_record_that_names_a_case_wins_over_one_that_names_none_wherever_it_stands(order):
    written = [closing("any", 30), closing("loss", 21, LOSS)][::order]
    policy = read_policy(HEADER + record() + "".join(written))
    assert (closes(policy, LOSS), closes(policy, DAMAGE)) == (21, 30)


def test_a_case_and_something_else_named_beside_it_are_equally_exact_and_refused():
    cased = closing("cased", 21, LOSS).replace('carrier = ["dhl_paket"], ', "")
    with pytest.raises(InvalidPolicy, match="any and cased: both hold"):
        read_policy(HEADER + record() + closing("any", 30) + cased)


def test_a_users_record_of_one_case_takes_the_place_of_a_carriers_record_of_every_case():
    head = '[policy]\nid = "mine"\nextends = "amazon_aprl_de"\n'
    policy = read_policy(head + closing("mine", 21, LOSS, carrier='"dhl_express"'))
    express = replace(facts(date(2026, 6, 1), route="CARRIER"), carrier="dhl_express")
    assert [policy.find(ClosingRule, express, case).value.days for case in (LOSS, DAMAGE)] == [21, 30]


def test_a_users_record_of_every_case_takes_the_place_of_the_records_of_each():
    shipped = read_policy(HEADER + record() + closing("loss", 60, LOSS) + closing("damage", 60, DAMAGE))
    newer = read_policy(HEADER + record() + closing("mine", 30)).rules[1:]
    assert {closes(shipped.overridden_by(newer), case) for case in (LOSS, DAMAGE)} == {30}


def test_a_record_holds_from_its_first_day_to_the_day_before_its_end():
    policy = read_policy(
        HEADER + record("a", 30, dates="valid_until = 2026-03-01") + record("b", 20, dates="valid_from = 2026-03-01")
    )
    assert (days_on(policy, date(2026, 2, 28)), days_on(policy, date(2026, 3, 1))) == (30, 20)


def test_a_gap_is_answered_with_no_rule():
    text = HEADER.replace('must_cover = ["never_scanned"]', "")
    policy = read_policy(text + record("a", dates="valid_until = 2026-03-01") + record("b", dates="valid_from = 2026-04-01"))
    assert days_on(policy, date(2026, 3, 15)) is None


def test_a_record_of_every_case_that_begins_some_day_leaves_no_gap_beside_records_of_each():
    head = HEADER.replace("never_scanned", "claim_close")
    later = closing("any", 30, carrier="").replace('source = "test"', 'source = "test"\nvalid_from = 2026-03-01')
    assert closes(read_policy(head + closing("loss", 60, LOSS, carrier="") + later), DAMAGE) == 30
    with pytest.raises(InvalidPolicy, match="no record of claim_close until 2026-03-01"):
        read_policy(head + later)


def picked_by(date, text):
    return text.replace('select_by = "filing_date"', f'select_by = "{date}"')


def test_a_record_that_is_picked_by_another_date_leaves_a_gap_where_the_last_one_ends():
    """A label of January that is asked about in March: its first record has ended, its second has not begun for it."""
    first = record("a", dates="valid_until = 2026-02-16")
    second = record("b", dates="valid_from = 2026-02-16")
    assert read_policy(HEADER + first + second)
    with pytest.raises(InvalidPolicy, match=r"no record of never_scanned .* where none may be missing"):
        read_policy(HEADER + first + picked_by("label_created", second))
    assert read_policy(HEADER + record("any") + picked_by("label_created", closing("b", 30)))


@pytest.mark.parametrize("dates", ["valid_from = 2026-02-16", "valid_until = 2026-02-16"])
def test_an_override_for_a_time_that_is_picked_by_another_date_is_refused(dates):
    head = '[policy]\nid = "mine"\nextends = "amazon_aprl_de"\n'
    with pytest.raises(InvalidPolicy, match=r"a: must be picked by the filing_date, as de\.aprl\.never_scanned is"):
        read_policy(head + picked_by("label_created", record("a", 14, dates=dates)))
    assert read_policy(head + picked_by("label_created", record("a", 14)))


def test_a_date_the_case_does_not_know_picks_no_rule():
    policy = load_policy("amazon_aprl_de")
    nothing = Facts(carrier="dhl_paket", label_source=LabelSource.OWN_CONTRACT, dates={})
    assert policy.find(NeverScannedRule, nothing) is None


DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))


@given(begins=st.none() | DAYS, length=st.none() | st.integers(1, 400), asked=DAYS)
def test_an_override_holds_for_exactly_as_long_as_it_says(begins, length, asked):
    ends = (begins or date(2026, 1, 1)) + timedelta(days=length) if length else None
    shipped = read_policy(HEADER + record("shipped", 30))
    newer = RULE.validate_python(
        {"id": "mine", "market": "DE", "programme": "APRL", "subject": "never_scanned", "select_by": "filing_date",
         "evidence": "R", "value": {"anchor": "label_created", "wait_days": 14}, "source": "me",
         "valid_from": begins, "valid_until": ends}
    )  # fmt: skip
    inside = (begins is None or begins <= asked) and (ends is None or asked < ends)
    assert days_on(shipped.overridden_by([newer]), asked) == (14 if inside else 30)
    assert days_on(shipped, asked) == 30


def test_overrides_that_contradict_each_other_are_refused():
    policy = load_policy("amazon_aprl_de")
    own = policy.find(ClosingRule, facts(date(2026, 6, 1), route="AMAZON"), "LOST_IN_RETURN_TRANSIT")
    assert own is not None
    one, other = (own.model_copy(update={"id": name, "applies": own.applies.model_copy(update=more)}) for name, more in (
        ("one", {"carrier": frozenset({"dpd"})}), ("other", {"label_source": frozenset({LabelSource.OWN_CONTRACT})})
    ))  # fmt: skip
    with pytest.raises(InvalidPolicy, match="one and other"):
        policy.overridden_by([one, other])


@pytest.mark.parametrize("value", [{"route": "NONE"}, {"route": "CARRIER", "blocked_by": "NOT_ELIGIBLE"}])
def test_a_route_to_nowhere_says_why_and_only_that_one(value):
    with pytest.raises(ValidationError, match="blocked_by something"):
        Routing.model_validate(value)


def test_a_record_id_twice_for_the_same_time_is_refused():
    with pytest.raises(InvalidPolicy, match="a: occurs twice"):
        read_policy(HEADER + record("a") + record("a"))


def test_an_override_after_the_end_of_a_record_leaves_it_alone():
    head = HEADER.replace('must_cover = ["never_scanned"]', "")
    shipped = read_policy(head + record("shipped", 30, dates="valid_until = 2026-03-01"))
    later = read_policy(head + record("later", 14, dates="valid_from = 2026-03-01")).rules
    assert [rule.id for rule in shipped.overridden_by(later).rules] == ["shipped", "later"]


def test_a_policy_that_does_not_say_when_a_parcel_is_lost_gives_no_window_and_says_so():
    found = assess(case(read("08-01 08:00", ACCEPTED)), read_policy(HEADER + record()), at=when("08-01 09:00"))
    assert (found.state, found.opens_on) == ("IN_TRANSIT", None)
    assert found.reasons[0].code == "NO_RULE"


@pytest.mark.parametrize("name", policy_names())
def test_every_shipped_policy_loads_names_its_file_and_covers_what_must_be_covered(name):
    policy = load_policy(name)
    assert policy.id == name
    assert {rule.subject for rule in policy.rules} >= policy.must_cover
    assert all(rule.evidence and rule.source for rule in policy.rules)


def test_a_carriers_own_rules_stand_in_every_policy():
    for name in policy_names():
        policy = load_policy(name)
        dhl = policy.find(TraceRule, facts(date(2026, 6, 1)))
        assert (dhl.id, dhl.value.from_days) == ("carrier.dhl_paket.trace", 7)
        assert policy.find(RetentionRule, facts(date(2026, 6, 1))).value.days == 90


@pytest.mark.parametrize("carrier", ["dpd", "dpd_meta"])
@pytest.mark.parametrize("name", policy_names())
def test_dpd_publishes_no_period_so_no_policy_claims_one_and_the_default_retention_holds(name, carrier):
    policy, dpd = load_policy(name), replace(facts(date(2026, 6, 1), route="CARRIER"), carrier=carrier)
    assert policy.find(TraceRule, dpd) is None
    assert [policy.find(ClosingRule, dpd, case) for case in ClaimCase] == [None] * len(ClaimCase)
    assert policy.find(RetentionRule, dpd).id == "carrier.default.retention"


CARRIERS_RECORD = """
[[rule]]
id = "{id}"
market = "{market}"
programme = "*"
subject = "{subject}"
applies = {applies}
value = {value}
select_by = "filing_date"
evidence = "R"
source = "test"
"""


def carriers(id="c", market="*", subject="retention", applies='{ carrier = ["pigeon"] }', value="{ days = 9 }"):  # noqa: A002
    return CARRIERS_RECORD.format(id=id, market=market, subject=subject, applies=applies, value=value)


CLOSING = '{ anchor = "handover", days = 9, advise_days_before = 1, warn_days_before = 3 }'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (carriers(applies='{ carrier = ["dhl_paket"] }'), "must be ['pigeon'] alone"),
        (carriers(applies="{}"), "must be ['pigeon'] alone"),
        (carriers(market="DE"), "of market '*'"),
        (
            carriers(subject="never_scanned", value='{ anchor = "label_created", wait_days = 3 }'),
            "does not decide on never_scanned",
        ),
        (carriers(subject="claim_close", value=CLOSING), "applies.route must be ['CARRIER']"),
        (carriers() + "[policy]\nid = 1", "policy: unknown key"),
        (carriers(value="{ days = 9, weeks = 1 }"), "weeks"),
        ("[[rule", "not TOML"),
    ],
)
def test_a_carriers_file_speaks_of_that_carrier_and_of_what_is_a_carriers_alone(text, says):
    with pytest.raises(InvalidPolicy, match=re.escape(says)):
        read_carrier_rules(text, "pigeon")


def test_a_carriers_file_in_order_is_read():
    assert [rule.id for rule in read_carrier_rules(carriers(), "pigeon")] == ["c"]


def test_a_users_file_takes_the_place_of_a_shipped_one_by_name(tmp_path):
    (tmp_path / "amazon_aprl_de.toml").write_text(HEADER + record(days=12))
    own = load_policy("amazon_aprl_de", [tmp_path])
    assert (own.id, days_on(own, date(2026, 6, 1))) == ("test", 12)
    assert own.find(OpeningRule, facts(date(2026, 6, 1))) is None
    assert load_policy("amazon_aprl_uk", [tmp_path]).id == "amazon_aprl_uk"
    assert days_on(load_policy("amazon_aprl_de"), date(2026, 6, 1)) == 30
    assert policy_names([tmp_path]) == policy_names()
    with pytest.raises(UnknownPolicy):
        load_policy("amazon_mars", [tmp_path])


def test_a_users_file_that_extends_a_policy_holds_only_what_differs(tmp_path):
    head = '[policy]\nid = "mine"\nextends = "amazon_aprl_de"\n'
    (tmp_path / "mine.toml").write_text(head + record(days=12, dates="valid_from = 2026-07-01"))
    own = load_policy("mine", [tmp_path])
    assert own.id == "mine"
    held = {rule.id for rule in own.rules}
    assert held >= {"de.aprl.claim.lost.open", "carrier.dhl_paket.trace", "a"}
    assert (days_on(own, date(2026, 6, 30)), days_on(own, date(2026, 7, 1))) == (30, 12)


def extension(directory, name, base, *records):
    directory.mkdir(exist_ok=True)
    (directory / f"{name}.toml").write_text(f'[policy]\nid = "{name}"\nextends = "{base}"\n' + "".join(records))


def test_a_users_file_may_extend_another_of_the_users(tmp_path):
    extension(tmp_path, "house", "amazon_aprl_de", record("house", 12, dates="valid_from = 2026-07-01"))
    extension(tmp_path, "shop", "house", record("shop", 9, dates="valid_from = 2026-08-01"))
    own = load_policy("shop", [tmp_path])
    assert [days_on(own, date(2026, month, 15)) for month in (6, 7, 8)] == [30, 12, 9]


def test_a_users_file_that_extends_its_own_name_extends_the_one_whose_place_it_takes(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    extension(first, "amazon_aprl_de", "amazon_aprl_de", record("a", 9, dates="valid_from = 2026-08-01"))
    extension(second, "amazon_aprl_de", "amazon_aprl_de", record("b", 12, dates="valid_from = 2026-07-01"))
    own = load_policy("amazon_aprl_de", [first, second])
    assert [days_on(own, date(2026, month, 15)) for month in (6, 7, 8)] == [30, 12, 9]


def test_policies_that_extend_each_other_in_a_circle_are_refused_and_named(tmp_path):
    extension(tmp_path, "one", "other")
    extension(tmp_path, "other", "one")
    extension(tmp_path, "alone", "alone")
    with pytest.raises(InvalidPolicy, match="one extends other extends one"):
        load_policy("one", [tmp_path])
    with pytest.raises(InvalidPolicy, match="alone extends alone"):
        load_policy("alone", [tmp_path])


def test_an_extension_of_what_is_nowhere_names_what_there_is(tmp_path):
    extension(tmp_path, "mine", "yours")
    with pytest.raises(UnknownPolicy, match=r"'yours'.*amazon_aprl_de.*mine"):
        load_policy("mine", [tmp_path])


def test_a_users_file_that_is_not_utf_8_is_refused_by_name(tmp_path):
    (tmp_path / "mine.toml").write_bytes((HEADER + record()).replace("Test", "Rückgabe").encode("latin-1"))
    with pytest.raises(InvalidPolicy, match=r"mine\.toml is not UTF-8: invalid start byte at byte"):
        load_policy("mine", [tmp_path])


def test_a_users_file_may_begin_with_a_byte_order_mark(tmp_path):
    (tmp_path / "mine.toml").write_text(HEADER + record(days=12), encoding="utf-8-sig")
    assert days_on(load_policy("mine", [tmp_path]), date(2026, 6, 1)) == 12


@pytest.mark.parametrize(
    ("head", "says"),
    [('id = "x"\nextends = "amazon_aprl_de"\nzone = "UTC"', "zone"), ('id = "x"\nextends = "nothing"', "nothing")],
)
def test_an_extension_that_cannot_be_one_is_refused(head, says):
    with pytest.raises(ConfigurationError, match=says):
        read_policy(f"[policy]\n{head}\n")


def test_a_market_of_the_union_takes_its_records_and_another_does_not():
    text = HEADER + record(market="EU")
    assert read_policy(text.replace('market = "DE"', 'market = "FR"')).market == "FR"
    with pytest.raises(InvalidPolicy, match="is of market 'EU'"):
        read_policy(text.replace('market = "DE"', 'market = "US"'))


@pytest.mark.parametrize(
    "value", [{"wait_full_days": 0}, {"safety_days": 0}, {"anchor": "return_delivery", "wait_full_days": -1}]
)
def test_a_loss_is_never_presumed_without_a_wait_and_a_day_of_safety(value):
    opening = {"anchor": "first_scan", "wait_full_days": 20, "safety_days": 1} | value
    with pytest.raises(ValidationError):
        Opening.model_validate(opening)


@pytest.mark.parametrize("written", ["true", '"20"', "20.0"])
@pytest.mark.parametrize("count", ["wait_full_days", "safety_days"])
def test_a_count_of_days_is_a_whole_number_and_nothing_that_could_be_read_as_one(written, count):
    counts = {"wait_full_days": "20", "safety_days": "1"} | {count: written}
    value = ", ".join(f"{name} = {number}" for name, number in counts.items())
    opening = (
        record()
        .replace("never_scanned", "claim_open")
        .replace('anchor = "label_created", wait_days = 30', "anchor = 'first_scan', " + value)
    )
    with pytest.raises(InvalidPolicy, match=f"{count}: Input should be a valid integer"):
        read_policy(HEADER.replace("never_scanned", "claim_open") + opening)


@pytest.mark.parametrize("count", ["days = 30", "advise_days_before = 1", "warn_days_before = 3"])
def test_a_count_of_days_that_no_calendar_holds_is_refused(count):
    with pytest.raises(InvalidPolicy, match="less than or equal to 3650"):
        read_policy(HEADER + record() + closing("a", 30).replace(count, f"{count.split(' =')[0]} = 3651"))


def test_whether_a_search_comes_before_a_claim_is_said_by_true_or_false():
    with pytest.raises(ValidationError, match="before_claim"):
        Trace.model_validate({"anchor": "handover", "from_days": 5, "by_days": 7, "before_claim": "yes"})


def test_a_search_begins_before_it_is_due():
    with pytest.raises(ValidationError, match="lies before from_days"):
        Trace.model_validate({"anchor": "handover", "from_days": 7, "by_days": 5})
