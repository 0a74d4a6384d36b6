"""``retoure doctor``: whether everything is in place. Asks nobody over the network."""

import sys
from collections.abc import Callable, Iterator
from datetime import datetime
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from rich.console import Group, RenderableType
from rich.text import Text

from retoure._version import __version__
from retoure.carrier.plugin import Operation
from retoure.cli.failures import USAGE
from retoure.cli.options import AsJson
from retoure.cli.output import Output, table
from retoure.cli.surroundings import Surroundings, here
from retoure.client.config import Config, read_config
from retoure.errors import ConfigurationError, InvalidPolicy, PluginLoadError
from retoure.model.base import Model
from retoure.programmes import load_policy, policy_names
from retoure.ratecards import check_cards

__all__ = ["DoctorReport", "doctor"]

_NEEDED = ("httpx", "pydantic", "tenacity", "pyrate-limiter", "pycountry", "defusedxml", "tzdata")
_OLDEST = (3, 11)


class Health(StrEnum):
    """How one thing stands."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


class Finding(Model):
    """One thing that was looked at."""

    subject: str
    health: Health
    text: str


class DoctorReport(Model):
    """Everything that was looked at; ``ok`` says that there is no fault."""

    ok: bool
    findings: tuple[Finding, ...]


def doctor(context: typer.Context, *, as_json: AsJson = False) -> None:
    """Check the installation and the configuration, without a network. Leaves with 2 if there is a fault."""
    out = Output(context, as_json=as_json)
    findings = tuple(_examine(here(context)))
    report = DoctorReport(ok=all(finding.health is not Health.FAULT for finding in findings), findings=findings)
    out.show(report, lambda: _drawn(report))
    if not report.ok:
        raise typer.Exit(USAGE)


def _drawn(report: DoctorReport) -> RenderableType:
    styles = {Health.OK: "green", Health.WARNING: "yellow", Health.FAULT: "bold red"}
    rows = [[Text(one.subject), Text(one.health, styles[one.health]), Text(one.text)] for one in report.findings]
    worst = max((one.health for one in report.findings), key=list(Health).index, default=Health.OK)
    last = {
        Health.OK: "Everything is in place.",
        Health.WARNING: "There are warnings, but no faults.",
        Health.FAULT: "There are faults.",
    }
    return Group(table("", ["what", "", "found"], rows), Text(last[worst], styles[worst]))


def _examine(surroundings: Surroundings) -> Iterator[Finding]:
    yield from _installation()
    yield _clock(surroundings.clock)
    yield from _carriers(surroundings)
    yield from _policies()
    yield from _configuration(surroundings)


def _installation() -> Iterator[Finding]:
    python = ".".join(map(str, sys.version_info[:3]))
    yield Finding(subject="python", health=Health.OK if sys.version_info >= _OLDEST else Health.FAULT, text=python)
    yield Finding(subject="retoure", health=Health.OK, text=__version__)
    for package in _NEEDED:
        try:
            yield Finding(subject=package, health=Health.OK, text=version(package))
        except PackageNotFoundError:
            yield Finding(subject=package, health=Health.FAULT, text="not installed: pip install retoure")
    try:
        ZoneInfo("Europe/Berlin")
    except ZoneInfoNotFoundError:
        yield Finding(subject="time zones", health=Health.FAULT, text="Europe/Berlin is not known: pip install tzdata")
    else:
        yield Finding(subject="time zones", health=Health.OK, text="Europe/Berlin is known")


def _clock(clock: Callable[[], datetime]) -> Finding:
    now = clock()
    if now.utcoffset() is None:
        return Finding(subject="clock", health=Health.FAULT, text="its time has no time zone")
    return Finding(subject="clock", health=Health.OK, text=f"{now:%Y-%m-%d %H:%M:%S %z}")


def _carriers(surroundings: Surroundings) -> Iterator[Finding]:
    codes = surroundings.registry.codes()
    if not codes:
        yield Finding(subject="carriers", health=Health.FAULT, text="none is installed")
    for code in codes:
        try:
            plugin = surroundings.registry.get(code)
        except ConfigurationError as error:
            yield Finding(subject=f"carrier {code}", health=Health.FAULT, text=str(error))
            continue
        offered = sum(support.offered for support in plugin.support.values())
        text = f"{plugin.name}: {offered} of {len(Operation)} operations"
        yield Finding(subject=f"carrier {code}", health=Health.OK, text=text)


def _policies() -> Iterator[Finding]:
    for name in policy_names():
        try:
            yield Finding(subject=f"policy {name}", health=Health.OK, text=load_policy(name).title)
        except InvalidPolicy as error:
            yield Finding(subject=f"policy {name}", health=Health.FAULT, text=str(error))


def _configuration(surroundings: Surroundings) -> Iterator[Finding]:
    try:
        config = read_config(surroundings.config, surroundings.environ)
    except ConfigurationError as error:
        yield Finding(subject="configuration", health=Health.FAULT, text=str(error))
        return
    yield from _bindings(config)
    if not config.accounts:
        text = "no account: name a file with --config or RETOURE_CONFIG, or put a retoure.toml here"
        yield Finding(subject="configuration", health=Health.WARNING, text=text)
        return
    yield from _accounts(surroundings, config)
    yield from _rate_cards(surroundings, config)
    if books := config.options.get("purchases"):
        yield Finding(subject="purchases", health=Health.OK, text=repr(books))
    else:
        text = 'nothing can be bought: set purchases = "sqlite:///retoure.db" under [client], or pass --unprotected'
        yield Finding(subject="purchases", health=Health.WARNING, text=text)


def _bindings(config: Config) -> Iterator[Finding]:
    known = ", ".join(sorted(config.accounts)) or "none"
    for name, entry in (config.options.get("return_addresses") or {}).items():
        for account in sorted(entry.bindings.keys() - config.accounts.keys()):
            text = f"bindings.{account}: there is no account {account!r}; there are: {known}"
            yield Finding(subject=f"return address {name}", health=Health.FAULT, text=text)


def _accounts(surroundings: Surroundings, config: Config) -> Iterator[Finding]:
    with surroundings.client() as client:
        for name in client.accounts:
            account = client.accounts[name]
            text = f"{account.plugin.code}, {account.settings.environment}"
            yield Finding(subject=f"account {name}", health=Health.OK, text=text)
    if not config.options.get("return_addresses"):
        yield Finding(subject="return addresses", health=Health.WARNING, text="none: nothing can be priced or bought")


def _rate_cards(surroundings: Surroundings, config: Config) -> Iterator[Finding]:
    known: set[str] = set()
    for directory in config.options.get("rate_cards", ()):
        report = check_cards(directory, today=surroundings.clock().date())
        subject = f"rate cards in {Path(directory).name}"
        known |= {history.id for history in report.cards}
        for fault in report.faults:
            yield Finding(subject=subject, health=Health.FAULT, text=str(fault))
        for warning in report.warnings:
            yield Finding(subject=subject, health=Health.WARNING, text=str(warning))
        if report.ok:
            text = ", ".join(history.id for history in report.cards) or "no card"
            yield Finding(subject=subject, health=Health.OK if report.cards else Health.WARNING, text=text)
    for name, settings in config.accounts.items():
        if isinstance(settings, PluginLoadError):
            yield Finding(subject=f"account {name}", health=Health.FAULT, text=str(settings))
            continue
        examples = surroundings.registry.get(settings.carrier).rates
        shipped = {entry.name for entry in examples.iterdir()} if examples else set[str]()
        if settings.rate_card and settings.rate_card not in known | shipped:
            text = f"rate_card {settings.rate_card!r} is in none of the client's rate_cards directories"
            yield Finding(subject=f"account {name}", health=Health.FAULT, text=text)
        elif not settings.rate_card:
            text = "names no rate card: where the carrier has no price call, nothing is quoted"
            yield Finding(subject=f"account {name}", health=Health.WARNING, text=text)
