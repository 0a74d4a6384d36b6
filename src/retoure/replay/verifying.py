"""Whether what comes of a scenario is what it expects: every file that ships is checked so."""

import json
from base64 import b64decode
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import is_dataclass
from decimal import Decimal
from hashlib import sha256
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from retoure.carrier.plugin import Candidates, Found, NotSeen
from retoure.carrier.registry import Registry
from retoure.carrier.settings import CarrierSettings
from retoure.carrier.wire import HttpRequest, HttpResponse
from retoure.client import Client
from retoure.client._run import Job, run
from retoure.errors import CarrierError, RequestRejected, RetoureError
from retoure.purchases import Unprotected
from retoure.replay.differences import same, shown
from retoure.replay.files import InvalidScenario, fault_list
from retoure.replay.finding import installed
from retoure.replay.given import ask
from retoure.replay.matching import Match, ScenarioMismatch
from retoure.replay.player import Player
from retoure.replay.playing import exchange, frozen, no_wait
from retoure.replay.scenario import ExpectedError, Scenario

T = TypeVar("T")
_DOCUMENT = {"format", "content", "media_type", "kind"}


class _PlayedClient(Client):
    """A client with everything but HTTP: requests go to the player instead of the driver."""

    def __init__(self, scenario: Scenario, match: Match, registry: Registry) -> None:
        super().__init__(
            {scenario.carrier: settings_of(scenario, registry)},
            purchases=Unprotected(),
            return_addresses=scenario.account.return_addresses,
            registry=registry,
            clock=frozen(scenario),
            sleep=no_wait,
        )
        self._scenario = scenario
        self.player = Player([scenario], match, in_order=True)

    def _run(self, job: Job[T]) -> T:
        account = self.accounts[job.account]

        def answer(request: HttpRequest) -> HttpResponse:
            account.permit(request.url)
            return exchange(request, self.player, self._scenario)

        return run(job, answer)


def settings_of(scenario: Scenario, registry: Registry) -> CarrierSettings:
    """The settings of the scenario's account.

    Raises:
        InvalidScenario: ``account.json``, or what the scenario sets in it, does not fit the carrier's settings.
        PluginLoadError: no such carrier, or it cannot be loaded.
    """
    try:
        return registry.get(scenario.carrier).settings(**scenario.account.settings)
    except ValidationError as error:
        faults = [(f"settings.{field}", reason) for field, reason in fault_list(error)]
    raise InvalidScenario(str(scenario.source.account), faults)


def verify(scenario: Scenario, registry: Registry | None = None, *, match: Match = "exact") -> None:
    """Play a scenario to its carrier and compare what comes of it with what the scenario expects.

    Raises:
        ScenarioMismatch: a request, the result or the error is not as expected; the message says where they differ.
        InvalidScenario: the sample or the account does not fit.
        PluginLoadError: no such carrier, or it cannot be loaded.
    """
    client = _PlayedClient(scenario, match, registry or installed())
    outcome: object
    try:
        outcome = ask(client, scenario)
    except RetoureError as error:
        outcome = error
    client.player.verify_used()
    verify_outcome(scenario, outcome)


def verify_outcome(scenario: Scenario, outcome: object) -> None:
    """Compare a result, or the error that was raised, with what the scenario expects.

    Raises:
        ScenarioMismatch: they differ; the message says where.
    """
    expected = scenario.expect.error
    if isinstance(outcome, RetoureError):
        found = _error_differences(expected, outcome) if expected else [f"expected a result, raised {_name(outcome)}: {outcome}"]
    elif expected:
        found = [f"expected {expected.type}, came to a result"]
    else:
        found = _subset_differences(scenario.expect.result, as_json(outcome), "result")
    if found:
        raise ScenarioMismatch("\n".join((f"{scenario.name}: not what the scenario expects", *(f"  {line}" for line in found))))


def _name(error: RetoureError) -> str:
    return type(error).__name__


def _error_differences(expected: ExpectedError, error: RetoureError) -> list[str]:
    if _name(error) != expected.type:
        return [f"error: expected {expected.type}, raised {_name(error)}: {error}"]
    found = []
    if expected.message is not None and expected.message not in str(error):
        found.append(f"error.message: expected {shown(expected.message)} in {shown(str(error))}")
    if isinstance(error, CarrierError):
        retry_after_s = error.retry_after.total_seconds() if error.retry_after is not None else None
        for field, want, got in (
            ("carrier_code", expected.carrier_code, error.carrier_code),
            ("request_id", expected.request_id, error.request_id),
            ("retry_after_s", expected.retry_after_s, retry_after_s),
        ):
            if want is not None and want != got:
                found.append(f"error.{field}: expected {shown(want)}, got {shown(got)}")
    if expected.problems is not None:
        problems = error.problems if isinstance(error, RequestRejected) else ()
        raised = [{"field": problem.field, "code": problem.code} for problem in problems]
        wanted = [problem.model_dump(exclude_unset=True) for problem in expected.problems]
        found += _subset_differences(wanted, raised, "error.problems")
    return found


def as_json(value: object) -> Any:  # noqa: ANN401 - JSON is anything
    """A result's JSON form; documents by format, media type and digest, and the outcome of a look-up under its name."""
    match value:
        case Found(found):
            return {"found": as_json(found)}
        case Candidates(values):
            return {"candidates": as_json(values)}
        case NotSeen(conclusive, reason):
            return {"not_seen": {"conclusive": conclusive, "reason": reason}}
    kind: Any = type(value) if hasattr(value, "model_dump") or is_dataclass(value) else Any
    return _with_digests(json.loads(TypeAdapter(kind).dump_json(value), parse_float=Decimal))


def _with_digests(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, list):
        return [_with_digests(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    if value.keys() == _DOCUMENT:
        with suppress(ValueError, TypeError):
            digest = sha256(b64decode(value["content"].replace("-", "+").replace("_", "/"))).hexdigest()
            return {**{name: value[name] for name in ("format", "media_type", "kind")}, "sha256": digest}
    return {key: _with_digests(item) for key, item in value.items()}


def _subset_differences(expected: Any, got: Any, path: str) -> list[str]:  # noqa: ANN401
    if isinstance(expected, Mapping) and isinstance(got, Mapping):
        return [
            line
            for key, want in expected.items()
            for line in (
                _subset_differences(want, got[key], f"{path}.{key}")
                if key in got
                else [f"{path}.{key}: expected {shown(want)}, is absent"]
            )
        ]
    if isinstance(expected, list) and isinstance(got, list):
        if len(expected) != len(got):
            return [f"{path}: expected {len(expected)} entries, got {len(got)}: {shown(got)}"]
        return [
            line
            for index, (want, item) in enumerate(zip(expected, got, strict=True))
            for line in _subset_differences(want, item, f"{path}[{index}]")
        ]
    return [] if same(expected, got) else [f"{path}: expected {shown(expected)}, got {shown(got)}"]
