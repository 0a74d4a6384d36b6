"""What is wrong with scenario files: every fault of every file."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from retoure.carrier.plugin import CarrierPlugin
from retoure.carrier.registry import Registry
from retoure.client.accounts import allowed_origins
from retoure.errors import ConfigurationError
from retoure.replay.files import InvalidScenario, Source
from retoure.replay.finding import ACCOUNT_FILE, installed, sources
from retoure.replay.given import asked
from retoure.replay.matching import ScenarioMismatch
from retoure.replay.scenario import FILE_BASE64, Scenario, read_account, read_scenario
from retoure.replay.secrecy import account_faults, secrecy_faults
from retoure.replay.verifying import settings_of, verify


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is wrong with a file."""

    file: str
    field: str
    text: str

    def __str__(self) -> str:
        return ": ".join(part for part in (self.file, self.field, self.text) if part)


def check(carrier: str | None = None, registry: Registry | None = None, *, played: bool = True) -> tuple[Fault, ...]:
    """Every fault of every scenario of one carrier, or of all; none means that they are sound.

    Args:
        carrier: The carrier whose files to check.
        registry: Carriers to use instead of the installed ones.
        played: Also play each sound scenario to its adapter and compare what comes of it.
    """
    known = registry or installed()
    found: list[Fault] = []
    for code in known.codes() if carrier is None else (carrier,):
        try:
            plugin = known.get(code)
            lying = list(sources(code, known))
        except ConfigurationError as error:
            found.append(Fault(code, "", str(error)))
            continue
        if lying:
            found += _account_faults(plugin)
        scenarios: list[Scenario] = []
        for source in lying:
            try:
                scenarios.append(read_scenario(source))
            except InvalidScenario as error:
                found += [Fault(source.name, field, reason) for field, reason in error.faults]
        found += _unused_files(lying, scenarios)
        for scenario in scenarios:
            faults = list(dict.fromkeys(_scenario_faults(scenario, plugin, known)))
            found += [Fault(scenario.name, field, text) for field, text in faults]
            if played and not faults:
                found += _played(scenario, known)
    return tuple(found)


def _played(scenario: Scenario, registry: Registry) -> Iterator[Fault]:
    try:
        verify(scenario, registry)
    except (ScenarioMismatch, ConfigurationError) as error:
        yield Fault(scenario.name, "", str(error))


def _account_faults(plugin: CarrierPlugin) -> Iterator[Fault]:
    if plugin.scenarios is None:
        return
    name = f"{plugin.code}/{ACCOUNT_FILE}"
    try:
        account = read_account(plugin.scenarios.joinpath(ACCOUNT_FILE))
    except InvalidScenario as error:
        yield from (Fault(name, field, reason) for field, reason in error.faults)
        return
    schema = plugin.settings.model_json_schema()["properties"]
    secrets = frozenset(field for field, described in schema.items() if '"password"' in str(described).replace("'", '"'))
    yield from (Fault(name, field, text) for field, text in account_faults(account, secrets))


def _files(value: Any) -> Iterator[str]:  # noqa: ANN401 - JSON is anything
    if isinstance(value, dict):
        if value.keys() == {FILE_BASE64}:
            yield value[FILE_BASE64]
        else:
            for item in value.values():
                yield from _files(item)
    elif isinstance(value, list):
        for item in value:
            yield from _files(item)


def _siblings(scenario: Scenario) -> Iterator[tuple[str, str]]:
    for number, interaction in enumerate(scenario.interactions):
        for part, message in (("request", interaction.request), ("response", interaction.response)):
            named = [message.file] if message.file is not None else list(_files(message.json_body))
            yield from ((f"interactions.{number}.{part}", name) for name in named)


def _unused_files(lying: list[Source], scenarios: list[Scenario]) -> Iterator[Fault]:
    """Files beside the scenarios that none of them uses; unknowable while one of them cannot be read."""
    if len(lying) != len(scenarios):
        return
    folders = {source.name.rpartition("/")[0]: source.folder for source in lying}
    used = {(scenario.name.rpartition("/")[0], name) for scenario in scenarios for _, name in _siblings(scenario)}
    for name, folder in folders.items():
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
            hidden = entry.name.startswith((".", "__init__"))
            if entry.is_file() and not hidden and not entry.name.endswith(".json") and (name, entry.name) not in used:
                yield Fault(f"{name}/{entry.name}", "", "no scenario uses this file")


def _scenario_faults(scenario: Scenario, plugin: CarrierPlugin, registry: Registry) -> Iterator[tuple[str, str]]:
    capability = scenario.name.split("/")[1]
    operation = scenario.given.operation
    if operation.partition(".")[0] != capability:
        yield "given.operation", f"{operation} does not belong into the folder {capability!r}"
    missing = False
    for field, name in _siblings(scenario):
        try:
            scenario.source.sibling(name)
        except InvalidScenario as error:
            missing = True
            yield from ((f"{field}.file", reason) for _, reason in error.faults)
    if not missing:
        yield from secrecy_faults(scenario)
    try:
        asked(scenario)
        origins = allowed_origins(plugin, settings_of(scenario, registry))
    except InvalidScenario as error:
        yield from error.faults
        return
    for number, interaction in enumerate(scenario.interactions):
        url = interaction.request.url
        if not any(url == origin or url.startswith((f"{origin}/", f"{origin}?")) for origin in origins):
            yield f"interactions.{number}.request.url", f"not below an address that {plugin.code} may call in this environment"
