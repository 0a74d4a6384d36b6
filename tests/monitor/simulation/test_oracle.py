"""The oracle's answers to small stories, and the judge's to what was told or not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from retoure.lifecycle import Disposed
from tests.monitor.simulation.forced import forced_of
from tests.monitor.simulation.judging import Judgement, Punctuality
from tests.monitor.simulation.oracle import Expected, expected_of
from tests.monitor.simulation.views import Trouble, views_of
from tests.monitor.simulation.world import DAY, HOUR, SHOPS, Parcel, Return, Row, first_instant

ISSUED = datetime(2026, 9, 1, 8, tzinfo=UTC)
ENDS = ISSUED + 120 * DAY
SHOP = {shop.account: shop for shop in SHOPS}
HANDED_IN = ISSUED + DAY
OPENS = first_instant(HANDED_IN.date() + 21 * DAY)


def row(name, at, *, visible=None, **more):
    return Row(name, at, visible or at, **more)


def of(*rows, account="dhl_own", troubles=(), ends=ENDS, **facts):
    label = {name: facts.pop(name) for name in ("gone_from", "expires_on", "superseded") if name in facts}
    announced = row("announced", ISSUED)
    parcel = Parcel("N1", SHOP[account], ISSUED, (announced, *rows), ISSUED, **label)
    told = Return("R1", "story", (parcel,), **facts)
    views = views_of(told, troubles)
    return views, {kind: one for one in expected_of(views, ends) for kind in one.kinds}


def test_a_parcel_that_arrives_is_scanned_and_delivered_and_its_refund_is_due():
    _, told = of(row("dropped_off", HANDED_IN), row("delivered", HANDED_IN + 2 * DAY), account="dhl_amazon")
    assert set(told) == {"first_scan", "delivered", "refund_due"}
    assert all(one.latest is not None for one in told.values())


def test_a_refund_that_was_given_is_not_due():
    rows = row("dropped_off", HANDED_IN), row("delivered", HANDED_IN + 2 * DAY)
    assert "refund_due" not in of(*rows, account="dhl_amazon", refund_at=HANDED_IN)[1]


def test_a_loss_is_told_from_the_opening_on_and_not_before():
    _, told = of(row("dropped_off", HANDED_IN))
    assert told["lost_presumed"].earliest == OPENS
    assert told["lost_presumed"].latest == OPENS + 9 * HOUR


def test_a_loss_that_the_carrier_declares_in_the_same_row_again_is_told_once():
    lost = row("lost", HANDED_IN + 5 * DAY)
    views, _ = of(row("dropped_off", HANDED_IN), lost, replace(lost, visible=lost.visible + 3 * DAY))
    assert [one.earliest for one in expected_of(views, ENDS) if "lost_by_carrier" in one.kinds] == [lost.visible]


def test_the_opening_is_midnight_in_berlin_on_either_side_of_a_clock_change():
    _, told = of(row("dropped_off", datetime(2026, 10, 10, 9, tzinfo=UTC)))
    assert told["lost_presumed"].earliest == datetime(2026, 10, 30, 23, tzinfo=UTC)


def test_what_is_delivered_after_it_counted_as_lost_is_recovered():
    _, told = of(row("dropped_off", HANDED_IN), row("delivered", OPENS + 5 * DAY))
    assert "delivered" not in told
    assert told["lost_presumed"].latest < told["recovered"].earliest == OPENS + 5 * DAY


def test_a_delivery_told_within_hours_of_the_opening_may_be_either():
    _, told = of(row("dropped_off", HANDED_IN), row("delivered", OPENS + 3 * HOUR))
    assert told["delivered"] is told["recovered"]
    assert told["lost_presumed"].latest is None


def test_a_delivery_before_the_opening_leaves_nothing_lost():
    assert "lost_presumed" not in of(row("dropped_off", HANDED_IN), row("delivered", OPENS - HOUR))[1]


def test_a_history_that_is_gone_before_the_opening_proves_no_loss():
    assert "lost_presumed" not in of(row("dropped_off", HANDED_IN), gone_from=OPENS - DAY)[1]


def test_an_outage_over_the_opening_puts_off_when_a_loss_must_be_told_and_not_when_it_may():
    trouble = Trouble("dhl_paket", OPENS - HOUR, OPENS + 30 * HOUR)
    _, told = of(row("dropped_off", HANDED_IN), troubles=[trouble])
    assert told["lost_presumed"].earliest == OPENS
    assert told["lost_presumed"].latest > trouble.until


def test_a_hand_in_that_is_told_late_revises_the_first_scan_once():
    _, told = of(row("hub", HANDED_IN + DAY), row("dropped_off", HANDED_IN, visible=HANDED_IN + 4 * DAY))
    assert told["first_scan_revised"].earliest == HANDED_IN + 4 * DAY
    assert told["first_scan"].facts["scan"] == {HANDED_IN + DAY}


def test_a_hand_in_that_is_told_together_with_the_hub_revises_nothing_for_sure():
    _, told = of(row("hub", HANDED_IN + DAY), row("dropped_off", HANDED_IN, visible=HANDED_IN + DAY + HOUR))
    assert told["first_scan_revised"].latest is None
    assert told["first_scan"].facts["scan"] == {HANDED_IN, HANDED_IN + DAY}


def test_a_backfill_that_opens_the_window_shows_the_loss_by_the_same_read():
    shown = OPENS + 10 * HOUR
    _, told = of(row("hub", HANDED_IN + 2 * DAY), row("dropped_off", HANDED_IN, visible=shown))
    assert told["lost_presumed"].earliest == shown


def test_a_scan_told_anew_an_hour_later_is_the_same_scan_corrected():
    shown = HANDED_IN + 4 * DAY
    rows = row("dropped_off", HANDED_IN, hidden=shown), row("dropped_off", HANDED_IN + HOUR, visible=shown)
    _, told = of(*rows)
    assert told["first_scan_revised"].latest is not None
    assert told["lost_presumed"].earliest == OPENS


def test_nobody_hands_it_in_and_after_thirty_days_it_is_told():
    _, told = of()
    assert set(told) == {"never_scanned"}
    assert told["never_scanned"].earliest == first_instant(ISSUED.date() + 30 * DAY)


def test_a_label_that_expires_is_warned_of_and_unused_from_the_day_after():
    _, told = of(expires_on=ISSUED.date() + 20 * DAY)
    assert told["label_expiring"].earliest == first_instant(ISSUED.date() + 17 * DAY)
    assert told["never_scanned"].earliest == first_instant(ISSUED.date() + 21 * DAY)


def test_a_voided_label_is_never_told_as_unused():
    assert not of(voided_at=ISSUED + DAY)[1]


def test_an_older_parcel_under_the_number_is_quarantined_and_not_delivered():
    old = ISSUED - 400 * DAY
    rows = (row("delivered", old, visible=ISSUED, hidden=ISSUED + 9 * DAY, own=False),)
    assert set(of(*rows)[1]) == {"quarantined", "never_scanned"}


def test_amazons_claim_opens_with_the_refund_and_closes_sixty_days_after_it():
    refund_at = OPENS + 3.5 * DAY
    _, told = of(row("dropped_off", HANDED_IN), account="dhl_amazon", refund_at=refund_at)
    assert told["claim_opening"].earliest == refund_at
    assert told["claim_closing_soon"].earliest == first_instant(refund_at.date() + 57 * DAY)
    assert told["claim_closed"].earliest == first_instant(refund_at.date() + 61 * DAY)


def test_a_claim_that_was_filed_leaves_no_closing_to_warn_of():
    rows = (row("dropped_off", HANDED_IN),)
    told = of(*rows, account="dhl_amazon", refund_at=HANDED_IN + DAY, claim_at=OPENS + 4 * DAY)[1]
    assert "claim_opening" in told
    assert not {"claim_closing_soon", "claim_closed"} & set(told)


def test_what_comes_after_the_end_of_the_simulation_need_not_come():
    _, told = of(row("dropped_off", HANDED_IN), ends=HANDED_IN + HOUR)
    assert told["first_scan"].latest is None


def test_three_reads_are_owed_around_an_opening_and_none_once_it_is_delivered():
    views, _ = of(row("dropped_off", HANDED_IN))
    forced = [one.at for one in forced_of(views, ENDS)]
    assert forced == [OPENS - 6 * HOUR, OPENS + timedelta(minutes=5), OPENS + 8 * HOUR]
    views, _ = of(row("dropped_off", HANDED_IN), row("delivered", OPENS - DAY))
    assert not list(forced_of(views, ENDS))


def test_a_read_owed_in_an_outage_may_be_made_within_an_hour_of_its_end():
    trouble = Trouble("dhl_paket", OPENS, OPENS + 20 * HOUR)
    views, _ = of(row("dropped_off", HANDED_IN), troubles=[trouble])
    assert {one.until for one in forced_of(views, ENDS)} == {OPENS + 21 * HOUR}


EXPECTED = Expected("R1", "N1", frozenset({"disposed"}), HANDED_IN, HANDED_IN + DAY)


def signal(at):
    return Disposed(id=str(at), rma="R1", number="N1", carrier="dhl_paket", at=at, policy="amazon_aprl_de")


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ([HANDED_IN], (1, 0, 0, 0)),
        ([], (1, 1, 0, 0)),
        ([HANDED_IN + 2 * DAY], (1, 1, 0, 0)),
        ([HANDED_IN, HANDED_IN + HOUR], (1, 0, 1, 0)),
        ([HANDED_IN - HOUR], (1, 1, 0, 1)),
    ],
    ids=["in time", "missing", "late", "twice", "early"],
)
def test_the_judge_tells_what_is_missing_late_twice_or_early(told, found):
    judged = Judgement()
    judged.weigh("story", [EXPECTED], [signal(at) for at in told])
    assert (judged.expected, judged.missing, judged.duplicate, judged.early) == found


def test_the_judge_counts_what_nothing_calls_for_as_early():
    judged = Judgement()
    judged.weigh("story", [], [signal(HANDED_IN)])
    assert (judged.expected, judged.early) == (0, 1)


def test_a_read_counts_as_kept_only_within_its_time():
    kept = Punctuality()
    assert kept.note([OPENS], OPENS, OPENS + HOUR)
    assert not kept.note([OPENS - HOUR, OPENS + 2 * HOUR], OPENS, OPENS + HOUR)
    assert kept.share == 50
