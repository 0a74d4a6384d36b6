"""What a command stands in: its configuration, its clock, its client. Tests put their own in place."""

import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from retoure.carrier.registry import Registry
from retoure.client import Client
from retoure.client.config import Options, read_config
from retoure.client.setup import now_utc
from retoure.errors import ConfigurationError, OutcomeUnknown
from retoure.model.addresses import ReturnAddress
from retoure.purchases import Unprotected

if TYPE_CHECKING:
    from retoure.client.async_ import AsyncClient
    from retoure.monitor.monitor import Monitor
    from retoure.programmes import Policy
    from retoure.purchases import Purchases

__all__ = ["Surroundings", "booking", "here"]

_NO_ACCOUNTS = (
    "no account is configured: name a file with --config or RETOURE_CONFIG, put a retoure.toml here, "
    "or set RETOURE_ACCOUNTS__<ACCOUNT>__<FIELD>"
)
_NO_PURCHASES = (
    'nothing can be bought yet: set purchases = "sqlite:///retoure.db" under [client] in the configuration, or pass '
    "--unprotected. Without books a key holds within one run only: the same key in a second run buys a second time"
)
_NO_STORE = (
    'nothing can be watched yet: set store = "sqlite:///retoure.db" under [monitor] in the configuration, set '
    "RETOURE_MONITOR__STORE, or pass --store"
)
_NO_BOOKS = 'there are no books of purchases: set purchases = "sqlite:///retoure.db" under [client] in the configuration'


@dataclass
class Surroundings:
    """Where a command gets everything from that is not on its line.

    Attributes:
        config: The configuration file; without one ``$RETOURE_CONFIG``, else ``retoure.toml`` if it is there.
        as_json: Whether this run prints JSON; errors then do, too.
        environ: The environment to merge, instead of the process's.
        options: Anything else the client is made with: a transport, a clock.
        registry: Carriers to show instead of the installed ones.
    """

    config: Path | None = None
    as_json: bool = False
    environ: Mapping[str, str] | None = None
    options: Options = field(default_factory=Options)
    registry: Registry = field(default_factory=Registry)
    clock: Callable[[], datetime] = now_utc
    sleep: Callable[[float], None] = time.sleep

    def client(self) -> Client:
        """A client of the configured accounts.

        Raises:
            ConfigurationError: there is none, or the configuration is wrong.
        """
        client = Client.from_config(self.config, environ=self.environ, **self.options)
        if not client.accounts:
            raise self.no_accounts()
        return client

    @staticmethod
    def no_accounts() -> ConfigurationError:
        """What is said where no account is configured."""
        return ConfigurationError(_NO_ACCOUNTS)

    def buying_client(self, *, unprotected: bool) -> Client:
        """A client that may buy, because the configuration or the command line says how purchases are remembered.

        Raises:
            ConfigurationError: neither does.
        """
        options = self.options.copy()
        if unprotected:
            options["purchases"] = Unprotected()
        elif not {**read_config(self.config, self.environ).options, **options}.get("purchases"):
            raise ConfigurationError(_NO_PURCHASES)
        return Surroundings(self.config, environ=self.environ, options=options).client()

    def books(self) -> "Purchases":
        """The configured books of purchases, to be looked into: a file that is not there yet is not made.

        Raises:
            ConfigurationError: there are none.
        """
        from retoure.purchases.sql import Purchases

        books = {**read_config(self.config, self.environ).options, **self.options}.get("purchases")
        if not isinstance(books, Purchases):
            raise ConfigurationError(_NO_BOOKS)
        if books.file is not None and not books.file.exists():
            raise ConfigurationError(f"nothing was bought yet, or the path is another: there is no {books.file}")
        return books

    def store(self, named: str | None) -> str:
        """The URL of the monitor's store, named on the command line or configured.

        Raises:
            ConfigurationError: there is none.
        """
        url = named or read_config(self.config, self.environ).monitor.store
        if not url:
            raise ConfigurationError(_NO_STORE)
        return url

    def policy(self) -> "str | Policy":
        """The rules of returns that name none: shipped ones by name, or a file of the user's own."""
        from retoure.programmes import load_policy

        named = read_config(self.config, self.environ).monitor.policy
        path = Path(named)
        return load_policy(path.stem, [path.parent]) if path.suffix == ".toml" else named

    def policies(self) -> "tuple[Policy, ...]":
        """The user's further rules, which returns may name."""
        from retoure.programmes import load_policy

        paths = map(Path, read_config(self.config, self.environ).monitor.policies)
        return tuple(load_policy(path.stem, [path.parent]) for path in paths)

    def rules(self, name: str) -> "Policy":
        """The rules that a watched return is judged by; the user's own are those that the configuration names."""
        from retoure.programmes import load_policy

        own = {one.id: one for one in (*self.policies(), self.policy()) if not isinstance(one, str)}
        return own.get(name) or load_policy(name)

    @asynccontextmanager
    async def monitors(
        self, named: str | None, *, at_a_time: int = 32
    ) -> "AsyncIterator[tuple[Callable[[], Monitor], AsyncClient]]":
        """What makes monitors over the configured accounts and store, and the client that they ask with.

        Args:
            named: The store's URL, where the command line names it.
            at_a_time: How many calls are under way at a time.

        Raises:
            ConfigurationError: there is no store, or the configuration is wrong.
        """
        from retoure.client.async_ import AsyncClient
        from retoure.monitor.monitor import Monitor

        url, policy, policies = self.store(named), self.policy(), self.policies()
        threads = not url.startswith("sqlite")  # nothing else goes on in this loop, and a thread beside it would slow it down
        async with AsyncClient.from_config(self.config, environ=self.environ, **self.options) as client:
            yield partial(Monitor, client, url, policy=policy, policies=policies, at_a_time=at_a_time, threads=threads), client

    @asynccontextmanager
    async def monitor(
        self, named: str | None, *, at_a_time: int = 32, heard: bool = False
    ) -> "AsyncIterator[tuple[Monitor, AsyncClient]]":
        """One such monitor, closed in the end. Unless its log is to be heard, the command alone says what there is to say."""
        if not heard:
            logging.getLogger("retoure.monitor").addHandler(logging.NullHandler())
        async with self.monitors(named, at_a_time=at_a_time) as (make, client), make() as monitor:
            yield monitor, client

    def return_addresses(self) -> Mapping[str, ReturnAddress]:
        """The configured return addresses by name."""
        merged: Options = {**read_config(self.config, self.environ).options, **self.options}
        return merged.get("return_addresses") or {}


def here(context: typer.Context) -> Surroundings:
    """The surroundings of a command."""
    return context.ensure_object(Surroundings)


@contextmanager
def booking(key: str, clock: Callable[[], datetime]) -> Iterator[None]:
    """Around a purchase: one that is interrupted from the keyboard may have happened."""
    begun = clock()
    try:
        yield
    except KeyboardInterrupt:
        text = "interrupted while the carrier was asked; it may have happened"
        raise OutcomeUnknown(text, key=key, attempted_at=begun) from None
