"""``monitor``: returns watched from the command line, over a carrier in a box."""

import gc
import json
import logging
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from tests.cli.conftest import CommandLine
from tests.unit.client.toy import Clock

from retoure.cli.collecting import collecting_seldom
from retoure.cli.monitor_log import following
from retoure.cli.monitor_signals import TYPES
from retoure.lifecycle.signals import SIGNAL
from retoure.monitor.tables import STORE, content
from retoure.replay.sandbox import Sandbox
from retoure.replay.sandbox.scripts import Script, ScriptedRow
from retoure.storage.engine import open_engine, parse_url

NOW = datetime(2026, 3, 12, 9, tzinfo=UTC)
ISSUED = datetime(2026, 3, 10, 8, tzinfo=UTC)
NUMBER, OTHER, LOST = "00340434123400000001", "00340434123400000002", "00340434123400000003"
WAY = ((1, "announced"), (6, "dropped_off"), (14, "origin_hub"), (26, "hub"), (60, "delivered"))
_HOSTS = {"api-sandbox.dhl.com": "dhl_paket", "wwwcie.ups.com": "ups"}


class Shop:
    """The command line of a shop whose carriers are in a box, at a moment of its own."""

    def __init__(self, run: CommandLine) -> None:
        self.clock = Clock(NOW)
        self.box = Sandbox(["dhl_paket", "ups"], port=None, clock=self.clock)
        self.asked = 0
        self.answer: httpx.Response | None = None
        for number, issued in ((NUMBER, ISSUED), (OTHER, ISSUED), (LOST, ISSUED - timedelta(days=30))):
            rows = WAY[:3] if number == LOST else WAY
            told = tuple(ScriptedRow(row=row, at=issued + timedelta(hours=hours)) for hours, row in rows)
            self.box.script("dhl_paket", Script(number=number, issued_at=issued, rows=told))
        self.run = run.configure()
        assert run.config is not None
        ups = '[accounts.ups]\ncarrier = "ups"\nenvironment = "sandbox"\nclient_id = "a"\nclient_secret = "b"\n'
        run.config.write_text(f'{run.config.read_text()}\n{ups}\n[monitor]\nstore = "sqlite:///monitor.db"\n')
        options = run.surroundings.options
        options["transport"], options["clock"] = httpx.MockTransport(self._answered), self.clock
        run.surroundings.clock = self.clock

    def _answered(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        if self.answer is not None:
            return self.answer
        code = _HOSTS[request.url.host]
        url = f"https://box/{code}{request.url.raw_path.decode()}"
        told = self.box.ask(request.method, url, dict(request.headers), request.content)
        return httpx.Response(told.status, headers=dict(told.headers), content=told.content)

    def __call__(self, *arguments: str, stdin: str | None = None):
        return self.run("monitor", *arguments, stdin=stdin)

    def watch(self, number: str = NUMBER, rma: str = "RMA-1", *more: str):
        issued = ISSUED - timedelta(days=30) if number == LOST else ISSUED
        return self("watch", number, "--account", "dhl", "--rma", rma, "--issued-at", issued.isoformat(), *more)

    def sheet(self, *rows: str, name: str = "in.csv") -> str:
        return self.run.file("\n".join(rows) + "\n", name)


@pytest.fixture
def shop(retoure):
    shop = Shop(retoure)
    yield shop
    shop.box.close()


def test_a_number_is_watched_until_it_is_told_what_became_of_it(shop, fits):
    watched = shop.watch(NUMBER, "RMA-1", "--return-to", "berlin", "--json")
    fits(watched.value, "WatchReport")
    assert watched.value["added"] == [NUMBER]
    polled = shop("poll", "--json")
    fits(polled.value, "Polled")
    assert (polled.code, polled.value["outcomes"], polled.value["signals"]) == (0, {"READ": 1}, {"first_scan": 1})
    (told,) = shop("signals", "--json").value
    assert SIGNAL.validate_python(told).rma == "RMA-1"


def test_the_same_number_again_changes_nothing(shop):
    shop.watch()
    again = shop.watch()
    assert (again.code, "it was watched before" in again.out) == (0, True)


def test_a_label_as_json_is_watched(shop):
    label = {"account": "dhl", "carrier": "dhl_paket", "tracking_number": NUMBER, "rma": "RMA-2", "issued_at": ISSUED.isoformat()}
    assert shop("watch", "--label", "-", "--json", stdin=json.dumps(label)).value["rma"] == "RMA-2"


def test_a_return_as_json_is_watched(shop):
    case = {"rma": "RMA-3", "labels": [{"number": NUMBER, "carrier": "dhl_paket", "account": "dhl"}]}
    assert shop("watch", "--label", shop.run.file(case), "--json").value["numbers"] == [NUMBER]


def test_a_row_with_a_date_that_no_calendar_can_reckon_with_takes_no_good_one_with_it(shop):
    rows = shop.sheet("number,account,expires_on", f"{NUMBER},dhl,9999-12-31", f"{OTHER},dhl,", f"{LOST},dhl,0001-01-01")
    report = shop("import", rows, "--json").value
    assert (report["added"], report["refused"]) == (1, 2)
    assert {(one["line"], one["field"], one["reason"]) for one in report["problems"]} == {
        (line, "expires_on", "lies outside the years 2000 to 2200") for line in (2, 4)
    }


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "name a tracking number, or a file with --label"),
        ((NUMBER, "--account", "dhl", "--expires-on", "9999-12-31"), "'9999-12-31' lies outside the years 2000 to 2200"),
        (("0034/0434", "--account", "dhl"), "a tracking number has 1 to 50 letters, digits"),
        ((NUMBER,), "account: name the account"),
        ((NUMBER, "--account", "nobody"), "there are: dhl, ups"),
        ((NUMBER, "--account", "dhl", "--return-to", "nowhere"), "there are: berlin"),
        ((NUMBER, "--account", "dhl", "--policy", "nothing"), "policy: "),
        ((NUMBER, "--account", "dhl", "--issued-at", "2026-03-01"), "has no time zone"),
        ((NUMBER, "--account", "dhl", "--label", "x.json"), "name a tracking number, or a file"),
        (("--label", "x.json", "--account", "dhl"), "--account goes with a number"),
    ],
)
def test_what_cannot_be_watched_is_told_with_its_field(shop, arguments, words):
    ran = shop("watch", *arguments)
    assert (ran.code, words in " ".join(ran.err.split())) == (2, True), ran.err


@pytest.mark.parametrize(
    ("number", "account", "words"),
    [("notanumber", "dhl", "this is no tracking number: it has no digit"), ("12345", "ups", "7 to 34 letters and digits")],
)
def test_a_malformed_number_is_refused(shop, number, account, words):
    ran = shop("watch", number, "--account", account)
    assert (ran.code, words in " ".join(ran.err.split())) == (1, True), ran.err


def test_a_number_of_another_carrier_is_refused_with_what_to_do(shop):
    ran = shop("watch", "1Z12345E0291980793", "--account", "dhl")
    assert (ran.code, "number of UPS" in ran.err, "name ups as its account" in ran.err) == (1, True, True), ran.err


def test_good_rows_of_a_file_are_kept_and_bad_ones_told_with_line_field_and_reason(shop, fits):
    file = shop.sheet(
        "number;account;rma;issued_at;return_to;refund_at_scan",
        f"{NUMBER};dhl;R-1;2026-03-10T09:00:00+01:00;berlin;yes",
        f"{OTHER};dhl;R-2;2026-03-10T09:00:00;berlin;no",
        f"{OTHER};nobody;R-2;;berlin;no",
        "1Z12345E0291980793;dhl;R-3;;berlin;no",
        "0034/0434;dhl;R-4;;berlin;no",
        f"{OTHER};dhl;R-5;;;perhaps",
        f"{NUMBER};dhl;R-6;;;no",
        f"{OTHER};dhl",
        f"{OTHER};dhl;R-7;2026-03-10T09:00:00+01:00;berlin;no",
    )
    ran = shop("import", file, "--json")
    fits(ran.value, "ImportReport")
    assert (ran.code, ran.value["added"], ran.value["refused"], ran.value["lines"]) == (1, 2, 7, 9)
    told = [(one["line"], one["field"]) for one in ran.value["problems"]]
    assert told == [(3, "issued_at"), (4, "account"), (5, "number"), (6, "number"), (7, "refund_at_scan"), (8, "number"), (9, "")]
    assert all(one["reason"] for one in ran.value["problems"])
    assert "line 3: issued_at: has no time zone" in " ".join(shop("import", file).out.split())


def test_a_file_again_changes_nothing(shop):
    file = shop.sheet("number,rma", f"{NUMBER},R-1", f"{OTHER},R-2")
    assert shop("import", file, "--account", "dhl", "--json").value["added"] == 2
    again = shop("import", file, "--account", "dhl", "--json")
    assert (again.code, again.value["added"], again.value["known"]) == (0, 0, 2)


def test_lines_of_json_are_rows_labels_or_returns(shop):
    label = {"account": "dhl", "carrier": "dhl_paket", "tracking_number": OTHER, "rma": "R-2", "issued_at": ISSUED.isoformat()}
    case = {"rma": "R-3", "labels": [{"number": LOST, "carrier": "dhl_paket", "account": "dhl"}]}
    lines = [json.dumps(one) for one in ({"number": NUMBER, "account": "dhl", "rma": "R-1"}, label, case)]
    ran = shop("import", shop.sheet(*lines, "", "{broken", "[1]", '{"number": 5, "surprise": 1}', name="in.jsonl"), "--json")
    assert (ran.value["added"], ran.value["refused"], [one["line"] for one in ran.value["problems"]]) == (3, 3, [5, 6, 7, 7])
    assert "there is no such field" in {one["reason"] for one in ran.value["problems"]}


def test_a_column_is_told_without_signs_that_a_terminal_obeys_and_those_there_are_once(shop):
    told = " ".join(shop("import", shop.sheet("number,\x1b[31mbad\x07", NUMBER)).err.split())
    assert r"'\x1b[31mbad\x07'" in told
    assert "columns are number, account, carrier" in told


def test_columns_that_are_none_are_told_before_anything_is_watched(shop):
    ran = shop("import", shop.sheet("number,colour", f"{NUMBER},red"))
    assert (ran.code, "misses account" in ran.err, "unknown colour" in ran.err) == (2, True, True)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_a_file_in_utf_16_is_told_in_words(shop, encoding):
    (shop.run.folder / "in.csv").write_text(f"number,account\n{NUMBER},dhl\n", encoding)
    ran = shop("import", str(shop.run.folder / "in.csv"))
    assert (ran.code, "is not UTF-8, but UTF-16 or no text" in " ".join(ran.err.split())) == (2, True)
    assert "\0" not in ran.err
    lines = shop("import", "--jsonl", str(shop.run.folder / "in.csv"))
    assert (lines.code, "the file is UTF-16 or no text" in " ".join(lines.out.split())) == (1, True)


def test_many_rows_are_watched_in_several_goes(shop):
    rows = [f"0034043499{place:010d},R-{place}" for place in range(1001)]
    assert shop("import", shop.sheet("number,rma", *rows), "--account", "dhl", "--json").value["added"] == 1001


def test_the_status_tells_what_is_watched_and_what_the_quotas_carry(shop, fits):
    shop.watch()
    shop.watch(LOST, "RMA-L")
    shop("poll")
    ran = shop("status", "--json")
    fits(ran.value, "StatusReport")
    assert ran.value["states"] == {"IN_TRANSIT": 1, "LOST_PRESUMED": 1}
    (prospect,) = ran.value["prospects"]
    assert (prospect["account"], prospect["budget_per_day"]) == ("dhl", 1000)
    (used,) = ran.value["used"].values()
    assert used == 1
    assert "900 calls a day of 1000 carry" in shop("status").out


def test_the_status_warns_where_a_budget_does_not_carry_what_is_watched(shop):
    text = shop.run.config.read_text()
    shop.run.config.write_text(text.replace("[accounts.dhl]", "[accounts.dhl]\nquotas = { parcel_de_tracking_per_day = 2 }"))
    shop("import", shop.sheet("number", *[f"0034043499{place:010d}" for place in range(100)]), "--account", "dhl")
    assert "ask the carrier for" in " ".join(shop("status").out.split())


def test_an_account_that_is_left_alone_is_told_and_resumed(shop):
    shop.watch()
    shop.answer = httpx.Response(401)
    assert shop("poll", "--json").value["outcomes"] == {"AUTH": 1}
    assert "dhl is left alone until it is resumed" in " ".join(shop("status").out.split())
    shop.answer = None
    shop.clock.now += timedelta(hours=1)
    assert shop("poll", "--json").value["calls"] == 0
    assert shop("resume", "dhl", "--json").value == {"account": "dhl"}
    assert shop("poll", "--json").value["outcomes"] == {"READ": 1}


def test_looking_at_signals_takes_none(shop):
    shop.watch()
    shop("poll")
    assert shop("signals", "--json").value == shop("signals", "--json").value != []
    assert shop("signals", "--type", "delivered", "--json").value == []
    assert "none waits" in shop("signals", "--type", "delivered").out


def test_signals_are_acknowledged_on_demand_each_on_a_line(shop):
    shop.watch(LOST, "RMA-L")
    shop("poll")
    waiting = shop("signals", "--json").value
    taken = [json.loads(line) for line in shop("signals", "--acknowledge", "--json").out.splitlines()]
    assert taken == waiting
    assert [one["type"] for one in taken][:2] == ["first_scan", "lost_presumed"]
    assert shop("signals", "--json").value == []


def test_signals_are_acknowledged_by_their_ids(shop):
    shop.watch()
    shop("poll")
    (one,) = shop("signals", "--json").value
    assert shop("acknowledge", one["id"], "--json").value == {"acknowledged": 1, "unknown": []}
    assert shop("signals", "--json").value == []


def test_an_id_that_no_signal_has_is_told_and_leaves_with_1(shop):
    shop.watch()
    shop("poll")
    (told,) = shop("signals", "--json").value
    ran = shop("acknowledge", told["id"], "abc")
    assert (ran.code, "1 acknowledged." in ran.out, "no signal has the id 'abc'" in ran.out) == (1, True, True)
    again = shop("acknowledge", told["id"])
    assert (again.code, "0 acknowledged, 1 were before" in again.out) == (0, True)


def test_a_type_that_is_none_is_told_with_those_there_are(shop):
    ran = shop("signals", "--type", "frist_scan")
    assert (ran.code, "first_scan" in ran.err) == (2, True)
    assert "first_scan" in TYPES


def test_a_return_is_shown_with_plan_timeline_and_verdict(shop, fits):
    shop.watch()
    shop("poll")
    ran = shop("show", NUMBER)
    assert ran.code == 0
    for words in ("RMA-1", "moving", "first scan", "the carrier tells 4 events", "counts as lost", "IN_TRANSIT"):
        assert words in ran.out, words
    told = shop("show", "RMA-1", "--json").value
    fits(told, "ReturnReport")
    assert told["timeline"]["assessment"]["state"] == "IN_TRANSIT"


def test_a_negative_verdict_leaves_with_1(shop):
    shop.watch(LOST, "RMA-L")
    shop("poll")
    assert shop("show", "RMA-L").code == 1


@pytest.mark.parametrize("command", ["show", "evidence", "refresh", "stop"])
def test_what_is_not_watched_is_told(shop, command):
    ran = shop(command, "999")
    assert (ran.code, "watched" in ran.err) == (2, True)


def test_evidence_is_listed_checked_and_written_into_files(shop, fits, tmp_path):
    shop.watch()
    shop("poll")
    ran = shop("evidence", "RMA-1", "--take", "--out", str(tmp_path / "proof"), "--json")
    fits(ran.value, "EvidenceReport")
    assert (ran.code, ran.value["intact"], [one["why"] for one in ran.value["snapshots"]]) == (0, True, ["first scan", "asked"])
    chain = json.loads((tmp_path / "proof" / "RMA-1-chain.json").read_text())
    assert _sha256(tmp_path / "proof" / "RMA-1-001.json") == chain[0]["sha256"] == chain[1]["before"]
    assert b"piece-event" in (tmp_path / "proof" / "RMA-1-001.answer").read_bytes()
    assert "the chain is intact" in shop("evidence", "RMA-1").out


def _sha256(file: Path) -> str:
    import hashlib

    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_evidence_that_was_changed_is_told_and_leaves_with_1(shop, tmp_path):
    shop.watch()
    shop("poll")
    engine = open_engine(parse_url(f"sqlite:///{tmp_path}/monitor.db", STORE), STORE)
    with engine.begin() as connection:
        connection.execute(content.update().where(content.c.what == "evidence").values(payload=b'{"before": ""}'))
    engine.dispose()
    ran = shop("evidence", "RMA-1", "--json")
    assert (ran.code, ran.value["intact"]) == (1, False)


def test_evidence_that_there_is_not_is_not_exported(shop, tmp_path):
    shop.watch()
    assert "none yet" in shop("evidence", "RMA-1").out
    assert shop("evidence", "RMA-1", "--out", str(tmp_path)).code == 2


def test_a_number_is_stopped_and_refreshed(shop):
    shop.watch()
    shop("poll")
    assert shop("stop", NUMBER, "--json").value["next_poll_at"] is None
    assert shop("refresh", NUMBER, "--json").value["reason"] == "ASKED"
    shop.clock.now += timedelta(minutes=2)  # nothing is asked for twice within a minute
    assert shop("poll", "--json").value["outcomes"] == {"READ": 1}
    assert "Stopped" in shop("stop", NUMBER).out


def test_what_was_refreshed_in_vain_is_asked_for_again(shop):
    shop.watch()
    for _ in range(6):
        shop("poll")
        shop.clock.now += timedelta(days=1)
    assert shop("show", NUMBER, "--json").value["labels"][0]["stop_reason"] == "DELIVERED"
    shop("refresh", NUMBER)
    shop.answer = httpx.Response(503)
    assert shop("poll", "--json").value["outcomes"] == {"TRANSIENT": 1}
    shop.answer = None
    shop.clock.now += timedelta(hours=1)
    assert shop("poll", "--json").value["outcomes"] == {"READ": 1}


def test_what_the_merchant_knows_is_observed(shop):
    shop.watch()
    receipt = {"type": "warehouse_receipt", "rma": "RMA-1", "at": NOW.isoformat()}
    told = shop("observe", "-", "--json", stdin=json.dumps(receipt)).value
    assert "delivered" in {one["type"] for one in told}
    assert shop("observe", shop.run.file([receipt]), "--json").value == []


def test_personal_data_are_erased_by_return_or_by_age(shop):
    shop.watch()
    shop("poll")
    assert shop("erase", "RMA-1", "--json").value == {"returns": ["RMA-1"], "kept": {}, "unknown": []}
    assert "erased" in shop("show", "RMA-1").out
    assert shop("erase", "--before", NOW.isoformat(), "--json").value["returns"] == []
    assert shop("erase").code == shop("erase", "RMA-1", "--before", NOW.isoformat()).code == 2


def test_a_file_that_holds_no_observation_is_told_with_the_noun(shop):
    for wrong in ("{}", "[{}]"):
        ran = shop("observe", shop.run.file(wrong))
        assert (ran.code, "is no Observation (retoure schema Observation describes one)" in " ".join(ran.err.split())) == (
            2,
            True,
        )


def test_a_return_whose_rules_are_gone_is_shown_with_how_to_mend_it(shop):
    rules = '[policy]\nid = "ours"\ntitle = "Ours"\nextends = "amazon_aprl_de"\n'
    (shop.run.folder / "ours.toml").write_text(rules)
    text = shop.run.config.read_text()
    shop.run.config.write_text(f'{text}policies = ["ours.toml"]\n')
    watched = shop.watch(NUMBER, "RMA-1", "--policy", "ours")
    assert watched.code == 0, watched.err
    shop("poll")
    shop.run.config.write_text(text)
    ran = shop("show", "RMA-1")
    told = " ".join(ran.out.split())
    assert (ran.code, "no policy is named 'ours'" in told, "under policies in [monitor]" in told) == (1, True, True), told
    assert NUMBER in told
    assert "no policy is named" in shop("show", "RMA-1", "--json").value["trouble"]
    shop.run.config.write_text(f'{text}policies = ["ours.toml"]\n')
    assert shop("show", "RMA-1", "--json").value["trouble"] == ""


def test_a_signal_that_cannot_be_read_keeps_no_other_from_being_listed(shop):
    shop.watch()
    shop.watch(OTHER, "RMA-2")
    shop("poll")
    with sqlite3.connect(shop.run.config.parent / "monitor.db") as store:
        (broken,) = store.execute("SELECT min(id) FROM monitor_signal").fetchone()
        store.execute("UPDATE monitor_signal SET body = '{' WHERE id = ?", (broken,))
    assert len(shop("signals", "--json").value) == 1


def test_a_return_without_an_rma_is_erased_by_its_number_and_a_name_that_is_none_is_told(shop):
    shop("watch", NUMBER, "--account", "dhl")
    ran = shop("erase", "RMA-404", NUMBER)
    assert (ran.code, NUMBER in ran.out, "neither a return nor a number 'RMA-404'" in ran.out) == (1, True, True)
    assert "erased" in shop("show", NUMBER).out


def test_trouble_of_an_account_is_told_and_leaves_with_1(shop):
    shop.watch()
    text = shop.run.config.read_text()
    shop.run.config.write_text(text.replace("[accounts.dhl]", "[accounts.renamed]").replace("bindings.dhl]", "bindings.renamed]"))
    ran = shop("poll")
    assert (ran.code, "it is not configured" in " ".join(ran.out.split())) == (1, True)


def test_without_a_store_it_is_said_how_to_have_one(retoure):
    ran = retoure.configure()("monitor", "status")
    assert (ran.code, "RETOURE_MONITOR__STORE" in ran.err, "--store" in ran.err) == (2, True, True)


def test_the_store_is_named_by_the_environment_or_the_command_line(shop, tmp_path):
    shop.run.surroundings.environ = {"RETOURE_MONITOR__STORE": f"sqlite:///{tmp_path}/theirs.db"}
    shop("status")
    shop("status", "--store", f"sqlite:///{tmp_path}/named.db")
    assert sorted(file.name for file in tmp_path.glob("*.db")) == ["named.db", "theirs.db"]


def test_a_variable_that_is_none_is_told(shop):
    shop.run.surroundings.environ = {"RETOURE_MONITOR__COLOUR": "red"}
    ran = shop("status")
    assert (ran.code, "colour" in ran.err) == (2, True)


def test_rules_of_the_users_own_are_used_where_the_configuration_names_them(shop):
    rules = '[policy]\nid = "ours"\ntitle = "Ours"\nextends = "amazon_aprl_de"\n'
    (shop.run.folder / "ours.toml").write_text(rules)
    shop.run.config.write_text(shop.run.config.read_text().replace("[monitor]", '[monitor]\npolicy = "ours.toml"'))
    shop.watch()
    shop("poll")
    assert shop("show", "RMA-1", "--json").value["policy"] == "ours"


def test_returns_may_name_further_rules_of_the_users_own(shop):
    rules = '[policy]\nid = "ours"\ntitle = "Ours"\nextends = "amazon_aprl_de"\n'
    (shop.run.folder / "ours.toml").write_text(rules)
    shop.run.config.write_text(shop.run.config.read_text().replace("[monitor]", '[monitor]\npolicies = ["ours.toml"]'))
    shop.watch(NUMBER, "RMA-1", "--policy", "ours")
    assert shop("show", "RMA-1", "--json").value["policy"] == "ours"


@pytest.mark.parametrize("named", ["nonsense", "no.such.module:book", "json:nothing", "json:__name__"])
def test_a_handler_that_is_none_is_told(shop, named):
    ran = shop("worker", "--handler", named)
    assert (ran.code, "--handler" in ran.err) == (2, True)


@pytest.mark.parametrize(("store", "beside"), [("sqlite:///monitor.db", False), ("postgresql://shop@db/monitor", True)])
async def test_a_store_that_answers_over_a_network_is_used_beside_the_event_loop_and_a_file_in_it(shop, store, beside):
    async with shop.run.surroundings.monitors(store) as (make, _):
        assert make()._threads is beside


def test_a_process_that_watches_collects_garbage_seldom_and_in_the_end_as_before():
    before = gc.get_threshold(), gc.get_freeze_count()
    with collecting_seldom():
        assert gc.get_threshold() > before[0]
        assert gc.get_freeze_count() > before[1]
    assert (gc.get_threshold(), gc.get_freeze_count()) == before


def test_a_worker_wants_a_store_on_postgresql(shop):
    ran = shop("worker")
    assert (ran.code, "PostgreSQL" in ran.err) == (2, True)


@pytest.mark.skipif(sys.platform == "win32", reason="ends a process as a POSIX shell does")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_ends_politely_and_tells_what_it_did(tmp_path, number):
    config = tmp_path / "retoure.toml"
    account = 'carrier = "ups"\nenvironment = "sandbox"\nclient_id = "a"\nclient_secret = "b"'
    config.write_text(f'[monitor]\nstore = "sqlite:///m.db"\n[accounts.ups]\n{account}\n')
    code = "from retoure.cli import main; main()"
    command = [sys.executable, "-c", code, "--config", str(config), "monitor"]
    with subprocess.Popen([*command, "run", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert json.loads(process.stderr.readline())["message"]
        process.send_signal(number)
        out, _ = process.communicate(timeout=60)
    assert (process.returncode, json.loads(out)) == (0, {"outcomes": {}, "warnings": 0, "errors": 0})


def test_a_run_tells_of_looks_without_the_numbers_that_a_client_names(capsys):
    with following(as_json=True) as seen:
        logging.getLogger("retoure.monitor").info("dhl f00d: READ in 0.1 s", extra={"outcome": "READ"})
        logging.getLogger("retoure.client").info("dhl tracking.track: GET /track/%s -> 200", NUMBER)
        logging.getLogger("retoure.client").warning("the raw sink failed")
    told = [json.loads(line)["message"] for line in capsys.readouterr().err.splitlines()]
    assert told == ["dhl f00d: READ in 0.1 s", "the raw sink failed"]
    assert (dict(seen.report.outcomes), seen.report.warnings) == ({"READ": 1}, 1)
