"""Named accounts: their plugin, their capabilities, and what their requests may touch."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from threading import Lock
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from retoure.carrier.plugin import Carrier, CarrierContext, CarrierPlugin, Level, Operation, Quota, RateCardSource, Support
from retoure.carrier.registry import Registry
from retoure.carrier.settings import CarrierSettings
from retoure.carrier.shaping import plain_number
from retoure.client.redaction import Redactor, secrets_of
from retoure.errors import ConfigurationError, InvalidSettings, PluginLoadError, UnknownAccount, Unsupported

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*\Z")
_UNBUILT = Support(Level.NOT_IMPLEMENTED, "not built yet")
_SUSPICIOUS = re.compile(r"/\.\.?(/|$)|%2e|%2f|[\\\x00-\x20]", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Account:
    """One account, ready to be used."""

    name: str
    plugin: CarrierPlugin
    settings: CarrierSettings
    carrier: Carrier
    redactor: Redactor
    origins: frozenset[str]
    quotas: tuple[Quota, ...]

    def api_path(self, url: str) -> str:
        """The path of a URL as the carrier knows it, without that of a ``base_url``."""
        path = urlsplit(url).path
        return path.removeprefix(urlsplit(self.settings.base_url).path) if self.settings.base_url else path

    @cached_property
    def _inside(self) -> tuple[str, ...]:
        return tuple(origin + mark for origin in self.origins for mark in "/?")

    def support(self, operation: Operation) -> Support:
        """How far the account's carrier goes with an operation."""
        return self.plugin.support.get(operation, _UNBUILT)

    def require(self, operation: Operation) -> None:
        """Raise ``Unsupported`` with the reason where the carrier does not offer the operation. No call leaves."""
        support = self.support(operation)
        if not support.offered:
            raise Unsupported(
                f"{self.plugin.name} does not do this: {support.reason}",
                account=self.name,
                carrier=self.plugin.code,
                operation=operation,
            )

    def permit(self, url: str) -> None:
        """Refuse a URL outside the carrier's own, before anything is sent."""
        inside = url.startswith(self._inside) or url in self.origins
        if not inside or _SUSPICIOUS.search(url.partition("?")[0].partition("#")[0]):
            raise ConfigurationError(
                f"account {self.name!r}: a call to {urlsplit(url).hostname or 'a URL without host'} was refused; "
                f"{self.plugin.code} may call only {', '.join(sorted(self.origins))}"
            )


def allowed_origins(plugin: CarrierPlugin, settings: CarrierSettings) -> frozenset[str]:
    """The URL prefixes an account may call: its environment's, or the same paths under its ``base_url``."""
    origins = plugin.origins.get(settings.environment, frozenset())
    if settings.base_url is None:
        return origins
    return frozenset(settings.base_url + urlsplit(origin).path for origin in origins)


def quotas_of(name: str, plugin: CarrierPlugin, settings: CarrierSettings) -> tuple[Quota, ...]:
    """The carrier's quotas with the account's own figures; raises ``InvalidSettings`` for a name that the carrier has not."""
    known = {quota.name for quota in plugin.quotas}
    if unknown := sorted(settings.quotas.keys() - known):
        raise InvalidSettings(
            f"account {name!r}: quotas names {', '.join(unknown)}; {plugin.code} has: {', '.join(sorted(known)) or 'none'}"
        )
    return tuple(replace(quota, calls=settings.quotas.get(quota.name, quota.calls)) for quota in plugin.quotas)


class Accounts(Mapping[str, Account]):
    """The accounts of a client, each built when it is first used; one that cannot be built takes no other down."""

    def __init__(
        self,
        settings: Mapping[str, CarrierSettings | PluginLoadError],
        *,
        registry: Registry,
        clock: Callable[[], datetime],
        rate_cards: RateCardSource,
    ) -> None:
        for name, value in settings.items():
            if not _NAME.match(name):
                raise InvalidSettings(
                    f"account name {name!r}: use lower-case letters, digits and single underscores, starting with a letter"
                )
            if not isinstance(value, CarrierSettings | PluginLoadError):
                raise InvalidSettings(f"account {name!r}: expected a carrier's settings, got {type(value).__name__}")
        self._settings = dict(settings)
        self._registry = registry
        self._clock = clock
        self._rate_cards = rate_cards
        self._built: dict[str, Account] = {}
        self._lock = Lock()

    def __getitem__(self, name: str) -> Account:
        """The account of that name.

        Raises:
            UnknownAccount: there is none.
            PluginLoadError: its carrier cannot be loaded.
        """
        if (built := self._built.get(name)) is not None:
            return built
        with self._lock:
            if name not in self._built:
                self._built[name] = self._build(name)
            return self._built[name]

    def _build(self, name: str) -> Account:
        settings = self._settings.get(name)
        if settings is None:
            raise UnknownAccount(f"no account {name!r}; there are: {', '.join(sorted(self._settings)) or 'none'}")
        if isinstance(settings, PluginLoadError):
            raise settings
        plugin = self._registry.get(settings.carrier)
        context = CarrierContext(account=name, clock=self._clock, rate_cards=self._rate_cards, zone=ZoneInfo(plugin.zone))
        return Account(
            name=name,
            plugin=plugin,
            settings=settings,
            carrier=plugin.build(settings, context),
            redactor=Redactor(secrets_of(settings)),
            origins=allowed_origins(plugin, settings),
            quotas=quotas_of(name, plugin, settings),
        )

    def of_carrier(self, code: str) -> tuple[str, ...]:
        """The names of the accounts of a carrier."""
        return tuple(name for name, one in sorted(self._settings.items()) if getattr(one, "carrier", "") == code)

    def owner(self, number: str) -> CarrierPlugin | None:
        """The installed carrier that a tracking number is surely of; None where that cannot be told."""
        plain = plain_number(number)
        return next((plugin for form, plugin in self._forms if form.fullmatch(plain)), None)

    @cached_property
    def _forms(self) -> tuple[tuple[re.Pattern[str], CarrierPlugin], ...]:
        plugins = [self._registry.get(code) for code in self._registry.working()]
        return tuple((re.compile(plugin.own_numbers), plugin) for plugin in plugins if plugin.own_numbers)

    def __contains__(self, name: object) -> bool:
        return name in self._settings

    def __iter__(self) -> Iterator[str]:
        return iter(self._settings)

    def __len__(self) -> int:
        return len(self._settings)
