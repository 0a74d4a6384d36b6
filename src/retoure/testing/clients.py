"""Clients over replayed scenarios: everything runs but the network, and what left can be looked at."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypedDict

from pydantic import ValidationError

from retoure.carrier.registry import Registry
from retoure.carrier.settings import CarrierSettings
from retoure.client import AsyncClient, Client, Exchange
from retoure.errors import ConfigurationError
from retoure.model.addresses import ReturnAddress
from retoure.purchases import Unprotected
from retoure.replay.files import deep_merge, fault_list
from retoure.replay.finding import find, installed
from retoure.replay.matching import Match
from retoure.replay.mounting import Mounted
from retoure.replay.scenario import Scenario

if TYPE_CHECKING:
    import httpx


class ReplayClient(Client):
    """A client whose carrier is a scenario.

    Attributes:
        sent: What left, in order: each with ``account``, ``operation``, ``request`` (the domain request that it served, of a
            purchase the :class:`~retoure.model.ReturnRequest`) and ``http`` (the HTTP request, placeholders where secrets go).
    """

    sent: list[Exchange]


class AsyncReplayClient(AsyncClient):
    """An async client whose carrier is a scenario; ``sent`` is that of :class:`ReplayClient`."""

    sent: list[Exchange]


class _Options(TypedDict):
    purchases: Unprotected
    return_addresses: Mapping[str, ReturnAddress]
    registry: Registry
    clock: Callable[[], datetime]
    observer: Callable[[Exchange], None]


@dataclass(frozen=True, kw_only=True)
class Replay:
    """Scenarios made ready to be put under a client.

    Attributes:
        accounts: The settings of the accounts, by name.
        mounted: The scenarios; its ``verify_used()`` fails if an interaction was not used.
        transport: The transport that plays them, for either client.
    """

    accounts: Mapping[str, CarrierSettings]
    return_addresses: Mapping[str, ReturnAddress]
    clock: Callable[[], datetime]
    registry: Registry
    mounted: Mounted
    transport: "httpx.MockTransport"

    @classmethod
    def of(
        cls,
        *names: str,
        match: Match = "operation",
        account: str | None = None,
        settings: Mapping[str, Any] | None = None,
        return_addresses: Mapping[str, ReturnAddress | Mapping[str, Any]] | None = None,
        registry: Registry | None = None,
    ) -> "Replay":
        """Load scenarios and put them on a transport.

        Args:
            names: ``carrier/capability/situation``, one or several.
            match: ``operation`` lets a test send its own addresses; ``exact`` compares everything.
            account: The name of the account, if not the carrier's code; for scenarios of one carrier.
            settings: Merged into the account's settings; for scenarios of one carrier.
            return_addresses: Further or other entries of the return-address book.
            registry: Carriers to use instead of the installed ones.

        Raises:
            UnknownScenario: there is none of that name; the closest names are told.
            InvalidScenario: a file cannot be used.
            ConfigurationError: no name was given, or the settings do not fit.
        """
        if not names:
            raise ConfigurationError("name the scenario to replay: carrier/capability/situation")
        plugins = registry or installed()
        scenarios = [find(name, plugins) for name in names]
        carriers = {scenario.carrier for scenario in scenarios}
        if len(carriers) > 1 and (account or settings):
            raise ConfigurationError(f"account and settings are for one carrier, these scenarios are of {sorted(carriers)}")
        mounted = Mounted(tuple(scenarios), match)
        book: dict[str, ReturnAddress] = {}
        for scenario in scenarios:
            for name, entry in scenario.account.return_addresses.items():
                book[name] = _bound(book.get(name, entry), entry, scenario.carrier, account)
        own = {name: ReturnAddress.model_validate(entry) for name, entry in (return_addresses or {}).items()}
        return cls(
            accounts=_accounts(scenarios, account, settings or {}, plugins),
            return_addresses={**book, **own},
            clock=lambda: scenarios[0].clock,
            registry=plugins,
            mounted=mounted,
            transport=mounted.transport(),
        )

    def client(self) -> ReplayClient:
        """A synchronous client over the scenarios."""
        sent: list[Exchange] = []
        client = ReplayClient(self.accounts, transport=self.transport, sleep=lambda _: None, **self._options(sent))
        client.sent = sent
        return client

    def async_client(self) -> AsyncReplayClient:
        """An asynchronous client over the scenarios."""
        sent: list[Exchange] = []
        client = AsyncReplayClient(self.accounts, transport=self.transport, sleep=_no_sleep, **self._options(sent))
        client.sent = sent
        return client

    def _options(self, sent: list[Exchange]) -> _Options:
        return {
            "purchases": Unprotected(),
            "return_addresses": self.return_addresses,
            "registry": self.registry,
            "clock": self.clock,
            "observer": sent.append,
        }


def _no_sleep(_seconds: float) -> Awaitable[None]:
    import asyncio

    return asyncio.sleep(0)


def _bound(known: ReturnAddress, entry: ReturnAddress, carrier: str, account: str | None) -> ReturnAddress:
    """An entry of the book with one carrier's bindings more, under the account's name too."""
    bindings = {**known.bindings, **entry.bindings}
    if account is not None and carrier in bindings:
        bindings[account] = bindings[carrier]
    return known.model_copy(update={"bindings": bindings})


def _accounts(
    scenarios: Sequence[Scenario], account: str | None, changes: Mapping[str, Any], registry: Registry
) -> dict[str, CarrierSettings]:
    values: dict[str, Mapping[str, Any]] = {}
    for scenario in scenarios:
        values[scenario.carrier] = deep_merge(values.get(scenario.carrier, {}), scenario.account.settings)
    accounts = {}
    for carrier, settings in values.items():
        try:
            accounts[account or carrier] = registry.get(carrier).settings(**deep_merge(settings, changes))
        except ValidationError as error:
            faults = "; ".join(f"{field}: {reason}" for field, reason in fault_list(error))
            raise ConfigurationError(f"the settings of {carrier!r} do not fit: {faults}") from None
    return accounts
