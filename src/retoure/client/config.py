"""Accounts from a TOML file and the environment.

.. code-block:: toml

    [client]
    rate_cards = ["rates"]              # directories, relative to this file
    purchases = "sqlite:///retoure.db"  # relative to this file; or "unprotected"; absent: then nothing can be bought

    [accounts.dhl_de]
    carrier = "dhl_paket"
    environment = "sandbox"

    [monitor]
    store = "sqlite:///retoure.db"      # relative to this file; several machines share a postgresql:// one
    policy = "amazon_aprl_de"           # the rules of returns that name none: shipped ones, or a TOML file relative to this file

    [return_addresses.berlin.address]
    name = "Returns"

    [return_addresses.berlin.bindings.dhl_de]
    receiver_ids = { DE = "deu" }

A variable ``RETOURE_ACCOUNTS__DHL_DE__CLIENT_SECRET`` sets or replaces ``client_secret`` of account ``dhl_de``, and
``RETOURE_MONITOR__STORE`` the monitor's store, whose URL may hold a password. ``base_url`` is for code only. Settings built in
code never pick anything up from the environment.
"""

import os
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, TypedDict

from pydantic import BaseModel, ConfigDict, ValidationError

from retoure.carrier.registry import Registry
from retoure.carrier.settings import CarrierSettings
from retoure.errors import ConfigurationError, InvalidSettings, PluginLoadError
from retoure.model.addresses import ReturnAddress
from retoure.purchases.entries import Books
from retoure.purchases.unprotected import Unprotected

_PREFIX = "RETOURE_ACCOUNTS__"
_MONITOR = "RETOURE_MONITOR__"
_DEFAULT = "retoure.toml"


class Options(TypedDict, total=False):
    """What a client takes beside its accounts."""

    purchases: Books | None
    return_addresses: Mapping[str, ReturnAddress] | None
    rate_cards: Sequence[str | Path]
    registry: Registry | None
    transport: Any
    clock: Callable[[], Any] | None
    sleep: Callable[[float], Any] | None
    deadline_s: float
    raw_sink: Callable[..., None] | None
    observer: Callable[..., None] | None


class _ClientTable(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    rate_cards: tuple[str, ...] = ()
    purchases: str | None = None
    deadline_s: float = 30.0


class MonitorTable(BaseModel):
    """What a configuration says of the monitor.

    Attributes:
        store: A database's URL.
        policy: The rules of returns that name none: the name of shipped ones, or the path of a TOML file.
        policies: The paths of further TOML files, whose rules returns may name.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
    store: str | None = None
    policy: str = "amazon_aprl_de"
    policies: tuple[str, ...] = ()


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
    client: _ClientTable = _ClientTable()
    monitor: MonitorTable = MonitorTable()
    accounts: dict[str, dict[str, Any]] = {}
    return_addresses: dict[str, ReturnAddress] = {}


@dataclass(frozen=True, slots=True)
class Config:
    """What a file and the environment say."""

    accounts: Mapping[str, CarrierSettings | PluginLoadError]
    options: Options
    monitor: MonitorTable


def faults_of(error: ValidationError) -> str:
    """The fields that are wrong and why, without the values."""
    return "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'it'}: {fault['msg']}" for fault in error.errors())


def read_config(
    path: str | Path | None = None, environ: Mapping[str, str] | None = None, registry: Registry | None = None
) -> Config:
    """Merge the file and the environment. An account whose carrier cannot be loaded takes no other account down.

    Raises:
        InvalidSettings: a named file is absent or not TOML, or a setting is missing, unknown or wrong.
    """
    variables = os.environ if environ is None else environ
    file, where = _read_file(path, variables)
    accounts = {name: dict(table) for name, table in file.accounts.items()}
    for account, field, value in _from_environment(variables):
        accounts.setdefault(account, {})[field] = value
    plugins = registry or Registry()
    settings = {name: _settings_or_fault(name, table, plugins) for name, table in accounts.items()}
    options: Options = {
        "return_addresses": file.return_addresses,
        "rate_cards": tuple(where.parent / directory for directory in file.client.rate_cards),
        "deadline_s": file.client.deadline_s,
    }
    match file.client.purchases:
        case "unprotected":
            options["purchases"] = Unprotected()
        case None:
            pass
        case url:
            options["purchases"] = _books(url, where)
    return Config(settings, options, _monitor(file.monitor, where, variables))


def _books(url: str, where: Path) -> Books:
    """The books at a database's URL."""
    from retoure.purchases import Purchases

    try:
        return Purchases.at(_beside(where, url))
    except ConfigurationError as error:
        raise InvalidSettings(f"{where}: client.{error}") from None


def _monitor(table: MonitorTable, where: Path, variables: Mapping[str, str]) -> MonitorTable:
    """The monitor's part, with what the environment replaces of it."""
    told = table.model_dump()
    if table.store:
        told["store"] = _beside(where, table.store)
    if table.policy.endswith(".toml"):
        told["policy"] = str(where.absolute().parent / table.policy)
    told["policies"] = [str(where.absolute().parent / path) for path in table.policies]
    named = {name.removeprefix(_MONITOR).lower(): value for name, value in variables.items() if name.startswith(_MONITOR)}
    try:
        return MonitorTable(**{**told, **named})
    except ValidationError as error:
        faults = faults_of(error)
    raise InvalidSettings(f"{_MONITOR}...: {faults}")


def _beside(where: Path, url: str) -> str:
    """A database's URL, a file's path being relative to the configuration, wherever the program is started."""
    scheme, _, path = url.partition(":///")
    local = scheme == "sqlite" and path and not path.startswith(":")
    return f"sqlite:///{where.absolute().parent / path}" if local else url


def _settings_or_fault(name: str, table: Mapping[str, Any], registry: Registry) -> CarrierSettings | PluginLoadError:
    """One account's settings, or what keeps its carrier from loading: that is told when the account is used."""
    try:
        return build_settings(name, table, registry)
    except PluginLoadError as error:
        return error


def build_settings(name: str, table: Mapping[str, Any], registry: Registry) -> CarrierSettings:
    """One account's settings from plain values; ``carrier`` names the plugin.

    Raises:
        InvalidSettings: a setting is missing, unknown or wrong; the message names account and field, never the value.
    """
    values = dict(table)
    carrier = values.pop("carrier", None)
    if not isinstance(carrier, str):
        raise InvalidSettings(f"account {name!r}: carrier is missing; installed are: {', '.join(registry.codes()) or 'none'}")
    if "base_url" in values:
        raise InvalidSettings(f"account {name!r}: base_url is set in code only, never by a file or the environment")
    try:
        return registry.get(carrier).settings(**values)
    except ValidationError as error:
        faults = faults_of(error)
    raise InvalidSettings(f"account {name!r} ({carrier}): {faults}")


def _read_file(path: str | Path | None, variables: Mapping[str, str]) -> tuple[_File, Path]:
    named = path or variables.get("RETOURE_CONFIG")
    where = Path(named or _DEFAULT)
    if not named and not where.exists():
        return _File(), where
    try:
        content = tomllib.loads(where.read_text("utf-8"), parse_float=Decimal)
    except OSError as error:
        raise InvalidSettings(f"{where} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        fault = str(error)
    else:
        try:
            return _File.model_validate(content), where
        except ValidationError as error:
            fault = faults_of(error)
    raise InvalidSettings(f"{where}: {fault}")


def _from_environment(variables: Mapping[str, str]) -> list[tuple[str, str, str]]:
    found = []
    for variable, value in variables.items():
        if not variable.startswith(_PREFIX):
            continue
        account, separator, field = variable.removeprefix(_PREFIX).lower().partition("__")
        if not account or not separator or not field:
            raise InvalidSettings(f"{variable}: write {_PREFIX}<ACCOUNT>__<FIELD>")
        found.append((account, field, value))
    return found
