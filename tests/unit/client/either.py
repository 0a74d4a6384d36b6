"""One test body for every driver: each method of a client is awaited, whichever it goes over."""

import inspect
from typing import Any, Self

from tests.unit.client.toy import REQUEST, Clock, ToySettings, options

from retoure import AsyncClient, Client
from retoure.client._aiohttp import AiohttpWire
from retoure.client._async_driver import AsyncDriver

EITHER = ("sync", "async")
READING = (*EITHER, "aiohttp")


class OverAiohttp(AsyncClient):
    """A client all of whose calls go over the wire that takes reads alone."""

    def __init__(self, accounts: Any, **more: Any) -> None:
        super().__init__(accounts, **more)
        self._driver = AsyncDriver(self._setup.surroundings, AiohttpWire(), sleep=self._sleep)


class Either:
    """A client of one kind whose methods are awaited whatever it is."""

    def __init__(
        self, kind: str, base_url: str | None = None, *, clock: Clock | None = None, settings: dict | None = None, **more: Any
    ) -> None:
        self.clock = clock or Clock()
        account = ToySettings(environment="sandbox", base_url=base_url, **(settings or {}))
        chosen = {"deadline_s": 5.0, **options(self.clock, **more)}
        if kind == "sync":
            self.client: Any = Client({"toy": account}, sleep=self.clock.sleep, **chosen)
        else:
            made = AsyncClient if kind == "async" else OverAiohttp
            self.client = made({"toy": account}, sleep=self.clock.sleep_async, **chosen)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc: object) -> None:
        closed = self.client.close() if isinstance(self.client, Client) else self.client.aclose()
        await _awaited(closed)

    async def call(self, method: str, *args: Any, **kwargs: Any) -> Any:
        return await _awaited(getattr(self.client, method)(*args, **kwargs))

    async def buy(self, key: str = "k1") -> Any:
        return await self.call("buy", REQUEST, account="toy", key=key)

    async def track(self, number: str = "N1") -> Any:
        return await self.call("track", number, account="toy")

    async def void(self) -> Any:
        label = await self.call("adopt", account="toy", tracking_number="N1", issued_at=self.clock(), rma="R1")
        return await self.call("void", label)


async def _awaited(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value
