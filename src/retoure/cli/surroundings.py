"""What a command stands in: its configuration, its clock, its client. Tests put their own in place."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from retoure.carrier.registry import Registry
from retoure.client import Client
from retoure.client.config import Options, read_config
from retoure.client.setup import now_utc
from retoure.errors import ConfigurationError, OutcomeUnknown
from retoure.purchases import Unprotected

if TYPE_CHECKING:
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
            raise ConfigurationError(_NO_ACCOUNTS)
        return client

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
