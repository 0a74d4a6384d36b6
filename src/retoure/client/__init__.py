"""The clients: from a request to a label, sync and async, over named accounts."""

from retoure.client._driver import Exchange
from retoure.client.async_ import AsyncClient
from retoure.client.sync import Client

__all__ = ["AsyncClient", "Client", "Exchange"]
