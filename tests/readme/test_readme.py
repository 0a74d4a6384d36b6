"""The README says what is so: its snippet runs, its matrix is the generated one, its test is a test."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import respx
from typer.testing import CliRunner

from retoure import Client, Purchases, ReturnRequest
from retoure.cli.app import app
from retoure.cli.matrix import carrier_reports, markdown
from retoure.cli.surroundings import Surroundings
from retoure.client.config import read_config
from retoure.ratecards import check_cards
from retoure.replay import find, mount
from retoure.testing.samples import SAMPLES

README = Path(__file__).parents[2].joinpath("README.md").read_text("utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
TOML = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
CSV = re.findall(r"```csv\n(.*?)```", README, re.DOTALL)


def _block(word: str) -> str:
    """The only snippet with that word."""
    (block,) = [block for block in BLOCKS if word in block]
    return block


DAY_ONE = ("dhl_paket/labels/demo", "dhl_paket/pickups/demo", "dhl_paket/tracking/demo_first_scan")


def test_the_day_one_snippet_and_what_follows_it_run_as_they_stand(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names = {}
    with respx.MockRouter(assert_all_called=False) as router:
        mounted = mount(router, *map(find, DAY_ONE))
        exec(compile(BLOCKS[0], "README.md", "exec"), names)
    mounted.verify_used()
    assert capsys.readouterr().out.startswith("999900000101 ON_FIRST_SCAN ")
    exec(compile(BLOCKS[1], "README.md", "exec"), names)
    # The label is of this moment, and the replayed scan older: it is another parcel's under the same number.
    assert capsys.readouterr().out.endswith(" quarantined RMA-1001\n")
    assert any(path.read_bytes().startswith(b"%PDF-") for path in (tmp_path / "out").iterdir())


def test_the_configuration_is_read_as_it_stands(tmp_path):
    block = TOML[0]
    file = tmp_path / "retoure.toml"
    file.write_text(block, "utf-8")
    secrets = {"RETOURE_ACCOUNTS__DHL__PASSWORD": "example", "RETOURE_ACCOUNTS__DHL__CLIENT_SECRET": "example"}
    assert all(name in block for name in secrets)
    config = read_config(file, secrets)
    assert config.accounts["dhl"].password_grant
    assert config.options["purchases"]
    assert config.options["rate_cards"] == (tmp_path / "rates",)
    assert config.options["return_addresses"]["berlin"].bindings["dhl"]["receiver_ids"] == {"DE": "deu", "AT": "aut"}


@pytest.fixture
def own_card(tmp_path):
    """The README's rate card, with its prices and its energy table, and its catalogue."""
    folder = tmp_path / "rates" / "contract" / "2026-01-01"
    folder.mkdir(parents=True)
    for file, text in (
        (folder / "tariff.toml", TOML[1]), (folder / "prices.csv", CSV[0]), (folder.parent / "energy.csv", CSV[1]),
        (tmp_path / "parcels.csv", CSV[2]),
        (tmp_path / "retoure.toml", TOML[0].replace("example-dhl-paket", "contract")),
    ):  # fmt: skip
        file.write_text(text, "utf-8")
    return tmp_path


def test_the_rate_card_has_no_fault(own_card):
    report = check_cards(own_card / "rates", today=date(2026, 11, 21))
    assert (report.faults, report.warnings) == ((), ())


def test_the_commands_about_rate_cards_run_as_they_stand(own_card, monkeypatch):
    monkeypatch.chdir(own_card)
    monkeypatch.delenv("RETOURE_CONFIG", raising=False)
    commands = re.findall(r"^retoure ((?:rate-cards|quote --csv).*?)(?:  +#.*)?$", README, re.MULTILINE)
    assert len(commands) == 6
    secrets = {"RETOURE_ACCOUNTS__DHL__PASSWORD": "example", "RETOURE_ACCOUNTS__DHL__CLIENT_SECRET": "example"}
    surroundings = Surroundings(environ=secrets)
    surroundings.options["clock"] = surroundings.clock = lambda: datetime(2026, 2, 1, 9, tzinfo=UTC)
    for command in commands:
        result = CliRunner().invoke(app, command.split(), obj=surroundings)
        assert result.exit_code == 0, (command, result.output)
    rows = (own_card / "priced.csv").read_text("utf-8").splitlines()
    assert [row.split(",")[5:10] for row in rows[1:]] == [
        ["dhl", "dhl_paket", "retoure", "4.05", "0.77"],
        ["dhl", "dhl_paket", "retoure", "15.19", "2.89"],
    ]


def test_the_matrix_is_the_generated_one():
    shown = README.split("<!-- matrix", 1)[1].split("-->", 1)[1].split("<!-- /matrix -->")[0]
    assert shown.strip() == markdown(carrier_reports()).strip()


def test_the_users_test_of_the_readme_passes(pytester):
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    pytester.makepyfile(
        "import pytest\n"
        "from retoure.testing.samples import SAMPLES\n"
        "from retoure import ReturnRequest\n"
        "my_rma = ReturnRequest.model_validate({**SAMPLES['munich_to_berlin']['request'], 'rma': 'R1'})\n"
        "def issue_label(client, request):\n"
        "    return client.buy(request, account='dhl_paket', key='R1/1')\n" + _block("retoure_client")
    )
    pytester.runpytest("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_the_box_of_the_readme_sells_and_tracks(tmp_path):
    block = _block("Sandbox(")
    quiet = block.replace('rates={"cut_after": 0.1}, look_up_lag_s=2.0', "")  # the block's chance may leave the outcome unknown
    assert quiet != block
    sample = {**SAMPLES["munich_to_berlin"]["request"], "ship_date": None}
    given = {
        "Client": Client, "timedelta": timedelta, "request": ReturnRequest.model_validate(sample),
        "books": Purchases.at(f"sqlite:///{tmp_path}/books.db"),
    }  # fmt: skip
    exec(compile(quiet, "README.md", "exec"), given)
    assert given["label"].key == "RMA-1001/1"
    given["books"].close()


@pytest.mark.parametrize("link", re.findall(r"\]\(([^)#]+)\)", README))
def test_a_link_of_the_readme_leads_somewhere(link):
    assert link.startswith("https://") or Path(__file__).parents[2].joinpath(link).exists()


@pytest.mark.parametrize("target", ["demo", "test", "check", "bench"])
def test_the_makefile_has_the_target(target):
    makefile = Path(__file__).parents[2].joinpath("Makefile").read_text("utf-8")
    assert re.search(rf"^{target}:", makefile, re.MULTILINE)


def test_the_monitor_of_the_readme_watches_polls_tells_and_is_told_that_it_was_heard(tmp_path, monkeypatch):
    import asyncio

    from tests.monitor.world import Shop

    shop = Shop(tmp_path)
    monkeypatch.chdir(tmp_path)
    charged = []
    names = {"label": shop.label("N1"), "charge": lambda id, rma: charged.append(id)}  # noqa: A006
    exec(compile(_block("watch_returns"), "README.md", "exec"), names)

    async def twice():
        for _ in range(3):
            async with shop.client() as client:
                await names["watch_returns"](client)
            shop.ahead(hours=2)
            shop.box.scan("N1", at=shop.clock())

    asyncio.run(twice())
    assert len(charged) == 1
