"""Runs one carrier's calls through the real clients and judges what came of each."""

import asyncio
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from threading import Thread
from typing import Any

from retoure import AsyncClient, Client, Unprotected
from retoure.carrier.registry import Registry
from retoure.errors import CarrierError
from retoure.replay.finding import ACCOUNT_FILE
from retoure.replay.given import ask
from retoure.replay.scenario import Scenario, Source
from tests.mock_check.carriers import MockCall, MockedCarrier
from tests.mock_check.router import Exchange, Router
from tests.mock_check.violations import Finding, KnownFalse, known_false

HANG_S = 60.0
CLOCK = "2026-03-01T09:00:00+00:00"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one call through one client. ``faults`` empty means that the call passed."""

    carrier: str
    call: str
    client: str
    outcome: str
    findings: tuple[Finding, ...]
    known_false: tuple[KnownFalse, ...]
    faults: tuple[str, ...]

    def __bool__(self) -> bool:
        return not self.faults


def asked_for(code: str, call: MockCall) -> Scenario:
    """The call as a scenario without exchanges, so that the client is asked as it is in replay."""
    root = Registry().get(code).scenarios
    if root is None:
        raise LookupError(f"carrier {code!r} brings no scenarios and so no account to run with")
    account = root.joinpath(ACCOUNT_FILE)
    given = {"operation": call.operation, "sample": call.sample, "overrides": call.overrides}
    api = {"name": "mock", "version": "", "source": "mock", "description": None}
    scenario = {
        "format": 1, "title": call.name, "origin": "constructed", "api": api, "given": given, "clock": CLOCK,
        "interactions": [], "expect": {"result": None},
    }  # fmt: skip
    return Scenario.model_validate(scenario, context=Source(f"{code}/mock/{call.name}", account, root, account))


def options_for(scenario: Scenario, base_url: str) -> dict[str, Any]:
    """How a client is made for the scenario's account, pointed at the mock."""
    account, code = scenario.account, scenario.carrier
    settings = Registry().get(code).settings.model_validate({**account.settings, "base_url": base_url})
    return {
        "accounts": {code: settings}, "purchases": Unprotected(), "return_addresses": account.return_addresses,
        "clock": lambda: scenario.clock, "deadline_s": 20.0,
    }  # fmt: skip


def _sync(scenario: Scenario, base_url: str) -> Any:
    with Client(**options_for(scenario, base_url)) as client:
        return ask(client, scenario)


def _async(scenario: Scenario, base_url: str) -> Any:
    async def run() -> Any:
        async with AsyncClient(**options_for(scenario, base_url)) as client:
            return await ask(client, scenario)

    return asyncio.run(run())


CLIENTS: tuple[tuple[str, Callable[[Scenario, str], Any]], ...] = (("sync", _sync), ("async", _async))


def _in_time(run: Callable[[], Any]) -> Any:
    """Run it in a thread of its own, so that a hang is seen from outside; raises ``TimeoutError`` then."""
    done: Future[Any] = Future()

    def work() -> None:
        try:
            done.set_result(run())
        except BaseException as error:
            done.set_exception(error)

    Thread(target=work, daemon=True).start()
    return done.result(HANG_S)


def judged(outcome: str, passed: Iterable[Exchange]) -> tuple[tuple[Finding, ...], tuple[KnownFalse, ...], tuple[str, ...]]:
    """The findings that count, the known false ones that were met, and all that is wrong with what passed the router."""
    exchanges = tuple(passed)
    counting, false = [], []
    for exchange in exchanges:
        for finding in exchange.findings:
            if known := known_false(exchange.description, finding, exchange.body):
                false.append(known)
            else:
                counting.append(finding)
    faults = [f"{exchange.method} {exchange.path}: {exchange.unreadable}" for exchange in exchanges if exchange.unreadable]
    if not exchanges:
        faults.append(f"no request reached the mock: {outcome}")
    return tuple(counting), tuple(false), (*faults, *(f"violation: {finding}" for finding in counting))


def run_calls(carrier: MockedCarrier, router: Router, base_url: str) -> Iterator[Outcome]:
    """Every call of the carrier through both clients, one after the other."""
    for call in carrier.calls:
        scenario = asked_for(carrier.code, call)
        for client, run in CLIENTS:
            router.take()
            faults: tuple[str, ...] = ()
            try:
                result = _in_time(partial(run, scenario, base_url))
                outcome = f"result: {type(result).__name__}"
            except CarrierError as error:
                outcome = f"{type(error).__name__}: {error.message}"
            except TimeoutError:
                outcome = f"hangs for {HANG_S:g} s"
                faults = (outcome,)
            except Exception as error:
                outcome = f"neither a result nor a CarrierError: {type(error).__name__}: {error}"
                faults = (outcome,)
            findings, false, wrong = judged(outcome, router.take())
            yield Outcome(carrier.code, call.name, client, outcome, findings, false, (*faults, *wrong))
