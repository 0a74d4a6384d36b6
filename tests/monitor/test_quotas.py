"""Calls are reserved before they are made, and no quota is overrun however many processes ask."""

from datetime import timedelta
from threading import Thread

import pytest

from retoure.carrier.plugin import Quota
from retoure.monitor.reasons import FailureClass
from retoure.monitor.records import Ask, Pause
from tests.lifecycle.builders import when
from tests.monitor.storing import ACCOUNT, HOURS, failure, lease, multiply, number, watch_each

DAILY = Quota("daily", 20, daily_zone="UTC")
RATE = Quota("rate", 3, per=timedelta(seconds=1))


def ask(calls=1, *quotas, **more):
    return Ask("key", quotas or (DAILY,), calls=calls, **more)


def reserve(store, *asks):
    return store.reserve(asks)


def test_ordinary_reads_leave_a_tenth_of_the_day_alone(store):
    (grant,) = reserve(store, ask(100))
    assert (grant.calls, grant.spent) == (18, True)
    assert grant.retry_at == when("2026-06-02T00:00Z")


def test_forced_reads_may_use_the_reserve(store):
    reserve(store, ask(100))
    (grant,) = reserve(store, ask(5, urgent=True))
    assert (grant.calls, grant.spent) == (2, True)


def test_forced_reads_still_to_come_are_kept_back(store, planner, time):
    planner.deadlines = {"A1": time.now + HOURS, "A2": time.now + 2 * HOURS, "A3": when("06-05 00:05")}
    watch_each(store, "A1", "A2", "A3")
    (grant,) = reserve(store, ask(100, accounts=(ACCOUNT,)))
    assert grant.calls == 20 - 2 - 2


def test_a_call_for_many_numbers_is_one_call(store, planner, time):
    planner.deadlines = {f"A{index}": time.now + HOURS for index in range(6)}
    watch_each(store, *planner.deadlines)
    (grant,) = reserve(store, ask(100, accounts=(ACCOUNT,), numbers_per_call=3))
    assert grant.calls == 20 - 2 - 2


def test_the_day_starts_anew_in_the_quotas_zone(store, time):
    reserve(store, ask(100))
    time.now = when("2026-06-02T00:00Z")
    assert reserve(store, ask(100))[0].calls == 18


def test_a_restart_keeps_the_count(store, other):
    reserve(store, ask(10))
    assert reserve(other, ask(100))[0].calls == 8


def test_processes_at_once_never_overrun_a_day(store, other):
    granted: list[int] = []

    def take(one):
        granted.extend(reserve(one, ask(2))[0].calls for _ in range(12))

    threads = [Thread(target=take, args=(one,)) for one in (store, other)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(granted) == 18


def test_what_was_not_used_is_given_back(store, time):
    (grant,) = reserve(store, ask(100))
    time.now = when("2026-06-02T10:00Z")
    store.give_back(grant, 5)
    assert reserve(store, ask(100))[0].calls == 18
    time.now = when("2026-06-01T10:00Z")
    assert reserve(store, ask(100))[0].calls == 5


def test_no_more_is_given_back_than_was_reserved(store):
    (grant,) = reserve(store, ask(3))
    store.give_back(grant, 50)
    assert reserve(store, ask(100))[0].calls == 18


def test_a_quota_counts_only_the_paths_it_is_of(store):
    tracking = Quota("daily", 20, daily_zone="UTC", path="/track")
    assert reserve(store, ask(100, tracking, path="/labels"))[0].calls == 100
    assert reserve(store, ask(100, tracking, path="/track/1"))[0].calls == 18


def test_credentials_have_their_own_days(store):
    reserve(store, ask(100))
    assert store.reserve([Ask("another", (DAILY,), calls=100)])[0].calls == 18


@pytest.mark.parametrize("calls", [1, 7])
def test_no_second_holds_more_calls_than_its_quota(store, other, time, calls):
    slots = []
    for _ in range(6):
        for one in (store, other):
            slots += reserve(one, ask(calls, RATE))[0].slots
        time.passes(seconds=0.4)
    second = timedelta(seconds=1)
    assert all(sum(first <= at < first + second for at in slots) <= 3 for first in slots)
    assert len(slots) == 12 * calls


def test_slots_further_ahead_than_anybody_waits_are_not_given(store, time):
    slow = Quota("slow", 1, per=timedelta(seconds=5))
    (grant,) = reserve(store, ask(10, slow, patience=timedelta(seconds=11)))
    assert [slot - time.now for slot in grant.slots] == [timedelta(seconds=5 * index) for index in range(3)]
    assert grant.retry_at == time.now + timedelta(seconds=15)


def test_calls_without_a_slot_do_not_count_for_the_day(store):
    slow = Quota("slow", 1, per=timedelta(seconds=5))
    reserve(store, ask(10, slow, DAILY, patience=timedelta()))
    assert store.reserve([ask(100)])[0].calls == 17


def test_forced_reads_are_served_first(store):
    ordinary, urgent = reserve(store, ask(30), ask(19, urgent=True))
    assert (ordinary.calls, urgent.calls) == (0, 19)


def test_calls_that_many_ask_for_alike_are_granted_as_if_one_asked_for_all(store):
    grants = reserve(store, *[ask(1, DAILY, RATE) for _ in range(30)])
    assert [grant.calls for grant in grants] == [1] * 18 + [0] * 12
    assert len({grant.slots for grant in grants[:18]}) == 18
    assert {(grant.spent, grant.retry_at) for grant in grants[18:]} == {(True, when("2026-06-02T00:00Z"))}
    store.give_back(grants[0], 1)
    assert reserve(store, ask())[0].calls == 1


def test_those_whose_turn_does_not_come_in_time_have_not_spent_the_day(store):
    slow = Quota("slow", 1, per=timedelta(seconds=10))
    grants = reserve(store, *[ask(1, slow, DAILY) for _ in range(30)])
    assert [grant.calls for grant in grants] == [1] * 4 + [0] * 26
    assert not any(grant.spent for grant in grants)


def test_a_pause_holds_for_every_process_until_it_is_lifted(store, other, time):
    store.pause("key", Pause(until=time.now + HOURS, why="429", failures=2))
    assert other.pauses(["key", "another"]) == {"key": Pause(until=time.now + HOURS, why="429", failures=2)}
    other.resume("key")
    assert store.pauses(["key"]) == {}


@pytest.mark.parametrize(
    ("kind", "tries", "made_up"),
    [
        (FailureClass.TRANSIENT, 1, True),
        (FailureClass.BURST, 10, True),
        (FailureClass.TRANSIENT, 10, False),
        (FailureClass.FAILED, 1, False),
    ],
    ids=["no answer", "turned away", "its day is full", "the number's own failure"],
)
def test_a_forced_read_is_made_up_for_as_soon_as_its_account_answers_again(store, planner, time, kind, tries, made_up):
    planner.deadlines, planner.every = {"A1": time.now}, timedelta(minutes=5)
    watch_each(store, "A1", "A2")
    for _ in range(tries):
        store.record([failure(one, time.now, kind=kind) for one in lease(store)])
        time.passes(minutes=5)
    time.passes(minutes=-3)
    planned_at = store.label("A2").next_poll_at
    store.resume("key", [ACCOUNT])
    assert planned_at > time.now
    assert store.label("A2").next_poll_at == planned_at
    assert store.label("A1").next_poll_at == (time.now if made_up else planned_at)
    assert [number(one) for one in lease(store)] == (["A1"] if made_up else [])


def test_however_many_forced_reads_are_owed_they_are_made_up_for(store, planner, time):
    planner.deadlines, planner.every = {"A1": time.now}, timedelta(hours=1)
    watch_each(store, "A1")
    store.record([failure(one, time.now, kind=FailureClass.TRANSIENT) for one in lease(store)])
    multiply(store, 70_000)
    time.passes(minutes=5)
    store.resume("key", [ACCOUNT])
    assert store.status().accounts[0].due == 70_001


def test_a_pause_that_a_wrong_clock_made_is_forgotten(store, time):
    time.passes(days=300)
    store.pause("key", Pause(until=time.now + HOURS))
    time.passes(days=-300)
    assert store.pauses(["key"]) == {}


def test_no_pause_outlasts_two_days(store, time):
    store.pause("key", Pause(until=time.now + 1000 * HOURS))
    assert store.pauses(["key"])["key"].until == time.now + 48 * HOURS


def test_a_clock_that_went_back_does_not_leave_slots_in_the_far_future(store, time):
    time.passes(days=300)
    reserve(store, ask(1, RATE))
    time.passes(days=-300)
    assert reserve(store, ask(1, RATE))[0].slots == (time.now,)


def test_no_credential_lies_in_the_database(file_store, tmp_path):
    file_store.reserve([Ask("canary-credential", (DAILY, RATE))])
    file_store.pause("canary-credential", Pause(stopped=True, why="401"))
    file_store.close()
    assert b"canary-credential" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
