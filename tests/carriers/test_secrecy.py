"""Every installed carrier, every exchange that ships: a canary in every setting that takes one shows nowhere."""

import asyncio
import inspect
import logging
import traceback
from typing import Any

import httpx
import pytest
from tests.unit.client.either import OverAiohttp
from tests.unit.client.server import answer, serving

from retoure import AsyncClient, Client, Registry, RetoureError, Unprotected
from retoure.carrier.credentials import SecretSource
from retoure.replay import all_scenarios, ask
from retoure.replay.verifying import settings_of

REGISTRY = Registry()
SCENARIOS = [pytest.param(s, id=s.name) for code in REGISTRY.codes() for s in all_scenarios(code, REGISTRY)]
LOGGERS = ("", "httpx", "httpcore", "httpcore.http11", "httpcore.connection", "retoure", "retoure.client", "asyncio")


def canary_settings(scenario, *, rotating: bool):
    """The account's settings with a canary, which needs escaping everywhere, for every credential that is set."""
    settings, changes, canaries = settings_of(scenario, REGISTRY), {}, []
    for name in type(settings).model_fields:
        if hasattr(getattr(settings, name), "get_secret_value"):
            canary = f"canary&<{name}>\"'="
            canaries.append(canary)
            changes[name] = (lambda value=canary: value) if rotating else canary
    return type(settings)(**{**{n: getattr(settings, n) for n in settings.model_fields_set}, **changes}), canaries


def echo(status: int, content_type: str):
    """A carrier that repeats all it was sent."""

    def reply(request: httpx.Request) -> httpx.Response:
        if b"grant_type" in request.content:
            return httpx.Response(200, json={"access_token": "canary-token", "expires_in": 600})
        if request.url.path.endswith("/login"):
            return httpx.Response(200, headers={"X-DPD-TOKEN": "canary-token"})
        told = f"{request.method} {request.url} {dict(request.headers)} {request.content.decode()}"
        return httpx.Response(status, text=told, headers={"Content-Type": content_type})

    return reply


def lose(request: httpx.Request) -> httpx.Response:
    """A carrier that hangs up, under a transport that tells everything."""
    raise httpx.ReadError(f"{request.url} {request.headers}", request=request)


def refuse_token(request: httpx.Request) -> httpx.Response:
    """A carrier whose token endpoint repeats the form."""
    return httpx.Response(400, json={"error": "invalid", "error_description": request.content.decode()})


CARRIERS = {
    "refuses": echo(400, "application/json"),
    "accepts nonsense": echo(200, "text/html"),
    "breaks": echo(500, "text/plain"),
    "hangs up": lose,
    "refuses the token": refuse_token,
}


def shown(error: BaseException) -> str:
    chain: list[str] = []
    seen: BaseException | None = error
    while seen is not None:
        chain += [repr(seen), str(seen), repr(vars(seen)), "".join(traceback.format_exception(seen))]
        seen = seen.__cause__ or seen.__context__
    return "\n".join(chain)


def ask_either(kind: str, scenario, settings, reply, seen: list[Any]) -> str:
    options: dict[str, Any] = {
        "purchases": Unprotected(), "return_addresses": scenario.account.return_addresses, "registry": REGISTRY,
        "clock": lambda: scenario.clock, "transport": httpx.MockTransport(reply), "observer": seen.append,
    }  # fmt: skip

    async def no_sleep(_seconds: float) -> None:
        return None

    async def ask_async() -> str:
        async with AsyncClient({scenario.carrier: settings}, sleep=no_sleep, **options) as client:
            return await said(client)

    async def said(client) -> str:
        try:
            answer = ask(client, scenario)
            answer = await answer if inspect.isawaitable(answer) else answer
        except RetoureError as error:
            return shown(error) + repr(client)
        return repr(answer) + repr(client)

    if kind == "async":
        return asyncio.run(ask_async())
    with Client({scenario.carrier: settings}, sleep=lambda _: None, **options) as client:
        return asyncio.run(said(client))


@pytest.mark.parametrize(("kind", "rotating"), [("sync", False), ("async", True)], ids=["sync, fixed", "async, from a callable"])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_no_canary_shows(scenario, kind, rotating, caplog):
    for name in LOGGERS:
        caplog.set_level(logging.DEBUG, name)
    settings, canaries = canary_settings(scenario, rotating=rotating)
    said = repr(settings) + str(settings) + settings.model_dump_json()
    exchanges: list[Any] = []
    for reply in CARRIERS.values():
        said += ask_either(kind, scenario, settings, reply, exchanges)
    said += caplog.text + repr(exchanges) + "".join(f"{e.http.url}{e.http.content!r}{dict(e.http.headers)}" for e in exchanges)
    # The name inside the canary is searched for, so that no escaping hides it.
    names = [canary.split("<")[1].split(">")[0] for canary in canaries]
    leaks = [
        name for name in names if f"canary&<{name}" in said or f"canary%26%3C{name}" in said or f"canary&amp;&lt;{name}" in said
    ]
    assert leaks == []
    assert "canary-token" not in said


def test_a_canary_would_be_seen():
    settings, canaries = canary_settings(SCENARIOS[0].values[0], rotating=False)
    assert canaries
    assert canaries[0] in {
        getattr(settings, name).get_secret_value()
        for name in settings.model_fields_set
        if hasattr(getattr(settings, name), "get_secret_value")
    }
    assert not any(isinstance(getattr(settings, name), SecretSource) for name in settings.model_fields_set)


READS = [param for param in SCENARIOS if param.values[0].given.operation == "tracking.track"]


@pytest.mark.parametrize("scenario", READS)
def test_no_canary_shows_over_the_wire_that_takes_reads_alone(scenario, caplog):
    for name in (*LOGGERS, "aiohttp", "aiohttp.client", "aiohttp.internal"):
        caplog.set_level(logging.DEBUG, name)
    settings, canaries = canary_settings(scenario, rotating=True)
    with serving(lambda connection: connection.sendall(answer(400, server.requests[-1]))) as server:
        told = settings.model_copy(update={"base_url": server.base_url})
        said = asyncio.run(_read_over_aiohttp(scenario, told)) + caplog.text
    names = [canary.split("<")[1].split(">")[0] for canary in canaries]
    leaks = [name for name in names if any(sign in said for sign in (f"&<{name}", f"%26%3C{name}", f"&amp;&lt;{name}"))]
    assert server.requests or not scenario.interactions
    assert leaks == []


async def _read_over_aiohttp(scenario, settings) -> str:
    async with OverAiohttp({scenario.carrier: settings}, registry=REGISTRY, clock=lambda: scenario.clock) as client:
        try:
            return repr(await ask(client, scenario)) + repr(client)
        except RetoureError as error:
            return shown(error) + repr(client)
