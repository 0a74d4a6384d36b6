"""The command line over a replayed carrier: the real commands, the real client, a transport that plays scenarios."""

import io
import json
import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from retoure.cli.app import app
from retoure.cli.schemas import schema_of
from retoure.cli.surroundings import Surroundings
from retoure.testing.clients import Replay
from retoure.testing.samples import SAMPLES

CONFIG = """
[client]
rate_cards = []
{purchases}
[accounts.dhl]
carrier = "dhl_paket"
environment = "sandbox"
username = "example-user"
password = "canary-password"
client_id = "canary-key"
client_secret = "canary-secret"
pickup_billing_number = "22222222220801"
rate_card = "example-dhl-paket"
{settings}
[return_addresses.berlin.address]
name = "Retourenstelle"
street = "Lagermusterweg"
house_number = "8"
postal_code = "10115"
city = "Berlin"
country = "DE"
[return_addresses.berlin.bindings.dhl]
receiver_ids = {{ DE = "deu", AT = "aut" }}
"""


@dataclass(frozen=True)
class Ran:
    """What one run of the command line came to."""

    code: int
    out: str
    err: str

    @property
    def value(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> Any:
        return json.loads(self.err)


class CommandLine:
    """Runs commands as a user would, in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config: Path | None = None
        self.surroundings = Surroundings(environ={})
        self.replay: Replay | None = None

    def configure(self, *, unprotected: bool = False, settings: str = "") -> "CommandLine":
        self.config = self.folder / "shop.toml"
        purchases = 'purchases = "unprotected"' if unprotected else ""
        self.config.write_text(CONFIG.format(purchases=purchases, settings=settings))
        return self

    def replaying(self, *names: str, **options: Any) -> "CommandLine":
        self.replay = Replay.of(*names, **options)
        self.surroundings.options["transport"] = self.replay.transport
        self.surroundings.options["clock"] = self.replay.clock
        self.surroundings.options["sleep"] = lambda _: None
        return self

    def at(self, year: int, month: int, day: int) -> "CommandLine":
        self.surroundings.clock = lambda: datetime(year, month, day, 9, tzinfo=UTC)
        return self

    def file(self, content: Any, name: str = "input.json") -> str:
        path = self.folder / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
        return str(path)

    def request(self, **changes: Any) -> str:
        return self.file({**SAMPLES["munich_to_berlin"]["request"], **changes}, "request.json")

    def __call__(self, *arguments: str, stdin: str | bytes | None = None) -> Ran:
        chosen = ["--config", str(self.config)] if self.config else []
        result = CliRunner().invoke(app, [*chosen, *map(str, arguments)], input=stdin, obj=self.surroundings)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ran(result.exit_code, result.stdout, result.stderr)

    def printing_to(self, stream: Any, *arguments: str) -> tuple[int, str]:
        """The exit code and what stood on standard error, of a run whose standard output is this stream, or closed."""
        chosen = ["--config", str(self.config)] if self.config else []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "stdout", stream)
            patch.setattr(sys, "stderr", told := io.StringIO())
            with pytest.raises(SystemExit) as left:
                app([*chosen, *arguments], obj=self.surroundings)
        return left.value.code, told.getvalue()


@pytest.fixture(params=["full disk", "broken pipe"])
def unwritable(request):
    """A standard output that takes nothing."""
    if request.param == "broken pipe":
        reader, writer = os.pipe()
        os.close(reader)
    elif Path("/dev/full").exists():
        writer = os.open("/dev/full", os.O_WRONLY)
    else:
        pytest.skip("this system has no /dev/full")
    stream = os.fdopen(os.dup(writer), "w", encoding="utf-8", closefd=False)
    yield stream
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # so that what is still in the buffer goes somewhere
    stream.close()
    os.close(writer)


@pytest.fixture
def retoure(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("RETOURE_CONFIG", raising=False)
    return CommandLine(tmp_path)


@pytest.fixture
def fits():
    """Whether a JSON value is what ``retoure schema NAME`` describes."""

    def check(value: Any, name: str) -> None:
        jsonschema.Draft202012Validator(schema_of(name)).validate(value)

    return check
