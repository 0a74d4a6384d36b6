"""What every command does alike: exit codes, errors, where things are printed."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import retoure as package
from retoure import cli
from retoure.cli.failures import exit_code, report_of, told
from retoure.cli.inputs import BadInput
from retoure.errors import (
    AddressRejected,
    AuthenticationFailed,
    CarrierUnavailable,
    ConfigurationError,
    InvalidRateCard,
    InvalidSettings,
    NoRateCard,
    NotFound,
    OutcomeUnknown,
    OutsideRateCard,
    Problem,
    PurchaseConflict,
    RateLimited,
    RequestRejected,
    Unsupported,
)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Unsupported("no"), 1),
        (AuthenticationFailed("no"), 1),
        (RequestRejected("no"), 1),
        (NotFound("no"), 1),
        (CarrierUnavailable("no"), 1),
        (RateLimited("no"), 1),
        (OutsideRateCard("no"), 1),
        (NoRateCard("no"), 2),
        (InvalidRateCard("no"), 2),
        (PurchaseConflict("no"), 2),
        (ConfigurationError("no"), 2),
        (InvalidSettings("no"), 2),
        (BadInput("no"), 2),
        (OutcomeUnknown("no"), 3),
    ],
)
def test_every_error_has_its_exit_code(error, code):
    assert exit_code(error) == code


def test_an_error_is_told_with_field_code_wait_and_what_to_do():
    error = AddressRejected(
        problems=[Problem("ship_from.house_number", "missing", "DHL needs the house number apart from the street")],
        account="dhl", operation="labels.create", carrier_code="400", request_id="abc",
    )  # fmt: skip
    text = told(report_of(error)).plain
    assert "AddressRejected" in text
    assert "dhl labels.create" in text
    assert "ship_from.house_number: DHL needs the house number" in text
    assert "carrier code: 400" in text
    assert text.count("DHL needs the house number") == 1


def test_a_wait_is_told_in_seconds_and_as_a_duration():
    report = report_of(RateLimited("too many calls", retry_after=timedelta(seconds=90)))
    assert "wait: 90 s" in told(report).plain
    assert report.model_dump(mode="json")["retry_after"] == "PT1M30S"


def test_an_unknown_outcome_says_under_which_key_and_not_to_buy_again():
    error = OutcomeUnknown("the answer was lost", key="RMA-1/1", attempted_at=datetime(2026, 3, 1, tzinfo=UTC))
    text = told(report_of(error)).plain
    assert "RMA-1/1" in text
    assert "2026-03-01T00:00:00+00:00" in text
    assert "do not buy again" in text


def test_square_brackets_in_a_message_are_printed_as_they_stand(retoure):
    ran = retoure("quote", "[bold]nowhere[/bold].json")
    assert "[bold]nowhere[/bold].json" in ran.err


def test_an_error_leaves_standard_output_empty(retoure):
    ran = retoure("quote", "nowhere.json")
    assert (ran.code, ran.out) == (2, "")
    assert "nowhere.json cannot be read" in ran.err


def test_with_json_an_error_is_one_json_object_on_standard_error(retoure, fits):
    ran = retoure("quote", "nowhere.json", "--json")
    assert (ran.code, ran.out) == (2, "")
    fits(ran.error, "ErrorReport")
    assert ran.error["type"] == "BadInput"


def test_without_an_account_the_message_says_where_to_configure_one(retoure):
    ran = retoure("quote", retoure.request())
    assert ran.code == 2
    assert "--config" in ran.err
    assert "RETOURE_CONFIG" in ran.err


def test_a_missing_configuration_file_is_a_configuration_error(retoure):
    ran = retoure("--config", "nowhere.toml", "accounts")
    assert ran.code == 2
    assert "nowhere.toml cannot be read" in ran.err


def test_a_wrong_setting_is_named_without_its_value(retoure):
    ran = retoure.configure(settings='billing_number = "canary-number"')("accounts")
    assert ran.code == 2
    assert "billing_number" in ran.err
    assert "canary" not in ran.err


def test_a_file_that_is_not_json_is_told_with_its_line(retoure):
    ran = retoure.configure()("quote", retoure.file('{"rma": "R1",\n oops}'))
    assert ran.code == 2
    assert "line 2" in ran.err


def test_a_file_that_is_not_utf_8_is_told_so(retoure):
    (retoure.folder / "latin.json").write_bytes('{"rma": "Rücksendung"}'.encode("latin-1"))
    ran = retoure.configure()("quote", str(retoure.folder / "latin.json"))
    assert ran.code == 2
    assert "is not UTF-8" in ran.err


def test_empty_standard_input_is_told_so(retoure):
    ran = retoure.configure()("quote", "-", stdin="")
    assert ran.code == 2
    assert "standard input is empty" in ran.err


def test_no_personal_datum_stands_in_the_error_of_a_wrong_request(retoure):
    address = {"name": "Lena Beispiel", "street": "Birkenmusterweg", "postal_code": "80331", "city": "München", "country": "DEU"}
    ran = retoure.configure()("quote", retoure.request(ship_from=address, surprise=1))
    assert ran.code == 2
    assert "ship_from.country" in ran.err
    assert "surprise: there is no such field" in ran.err
    assert not [word for word in ("Lena", "Birkenmusterweg", "80331") if word in ran.err]


def test_a_wrong_option_is_a_usage_error(retoure):
    assert retoure("quote", "--nonsense").code == 2


def test_the_version_needs_no_command(retoure):
    ran = retoure("--version")
    assert (ran.code, ran.out) == (0, f"retoure {package.__version__}\n")


def test_every_command_takes_json(retoure):
    from typer.main import get_command

    from retoure.cli.app import app

    def leaves(command):
        children = getattr(command, "commands", None)
        return [leaf for child in children.values() for leaf in leaves(child)] if children else [command]

    without = [one.name for one in leaves(get_command(app)) if not any("--json" in option.opts for option in one.params)]
    assert without == []


def test_an_interrupted_purchase_may_have_happened():
    from retoure.cli.surroundings import booking

    moment = datetime(2026, 3, 1, tzinfo=UTC)
    with pytest.raises(OutcomeUnknown) as caught, booking("RMA-1/1", lambda: moment):
        raise KeyboardInterrupt
    assert (caught.value.key, caught.value.attempted_at) == ("RMA-1/1", moment)


@pytest.mark.parametrize("package_name", ["typer", "rich", "babel"])
def test_without_the_extra_it_says_how_to_install_it(package_name, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, package_name, None)
    assert cli.main(["--version"]) == 2
    told_how = capsys.readouterr().err
    assert "pip install 'retoure[cli]'" in told_how
    assert package_name in told_how


def test_importing_the_library_does_not_import_the_command_lines_packages():
    # httpx imports rich by itself where it is installed.
    code = (
        "import sys, retoure; retoure.Client; print([name for name in ('typer', 'babel', 'retoure.cli') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def _run(folder, *arguments, **options):
    script = Path(sys.executable).with_name("retoure")
    return subprocess.run(
        [script, *arguments], **{"stdout": subprocess.PIPE, **options}, stderr=subprocess.PIPE, text=True, check=False, cwd=folder
    )


def test_errors_are_json_with_a_configuration_that_nobody_named(tmp_path):
    (tmp_path / "retoure.toml").write_text('[accounts.dhl]\ncarrier = "dhl_paket"\ncolour = "red"\n')
    done = _run(tmp_path, "accounts", "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert json.loads(done.stderr)["type"] == "InvalidSettings"


@pytest.mark.parametrize(
    "arguments",
    [("label", "buy", "request.json"), ("quote", "--nonsense"), ("nonsense",), ("--nonsense", "accounts")],
    ids=["a missing option", "an unknown option", "an unknown command", "an unknown option of the root"],
)
def test_a_usage_error_is_json_where_json_was_asked_for(retoure, fits, arguments):
    ran = retoure(*arguments, "--json")
    assert (ran.code, ran.out) == (2, "")
    fits(ran.error, "ErrorReport")
    assert ran.error["type"] == "UsageError"
    assert ran.error["message"]


def test_a_path_in_an_error_is_not_broken_into_lines(retoure):
    path = f"{'long/' * 60}nowhere.json"
    assert path in retoure("quote", path).err


def test_an_output_that_cannot_be_written_is_told_in_one_line_and_leaves_with_2(retoure, unwritable):
    code, told = retoure.printing_to(unwritable, "demo")
    assert code == 2
    assert told.startswith("Error ")
    assert told.count("\n") == 1
    assert "standard output cannot be written: " in told


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("arguments", [("schema", "Label"), ("demo",), ("--help",)], ids=" ".join)
def test_the_console_script_tells_in_words_that_its_output_cannot_be_written(tmp_path, arguments):
    with Path("/dev/full").open("w") as full:
        done = _run(tmp_path, *arguments, stdout=full)
    assert done.returncode == 2
    assert "standard output cannot be written: " in done.stderr
    assert not [word for word in ("Traceback", "Exception ignored") if word in done.stderr]


@pytest.mark.skipif(sys.platform == "win32", reason="closes a stream as a POSIX shell does")
@pytest.mark.parametrize(
    ("line", "text"),
    [("quote - <&-", "standard input is closed"), ("demo --json >&-", "standard output is closed")],
)
def test_a_closed_stream_is_told(tmp_path, line, text):
    script = Path(sys.executable).with_name("retoure")
    done = subprocess.run(f"'{script}' {line}", shell=True, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 2
    assert text in done.stderr
    assert "Traceback" not in done.stderr


def test_what_the_terminal_cannot_show_is_escaped_and_is_no_failure(tmp_path):
    done = _run(tmp_path, "demo", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, "")
    assert "M\\xfcnchen" in done.stdout


def test_the_console_script_runs_and_leaves_with_the_exit_code(tmp_path):
    script = Path(sys.executable).with_name("retoure")
    good = subprocess.run([script, "schema", "--json"], capture_output=True, text=True, check=False, cwd=tmp_path)
    bad = subprocess.run([script, "quote", "nowhere.json"], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (good.returncode, good.stderr) == (0, "")
    assert (bad.returncode, bad.stdout) == (2, "")
    assert "Traceback" not in bad.stderr
