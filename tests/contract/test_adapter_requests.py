"""Every request that an adapter builds, from generated input, against the official description of where it goes."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from retoure.carrier.auth import Token, auth_headers
from retoure.carrier.plugin import Carrier, CarrierContext, Operation
from retoure.carrier.registry import Registry
from retoure.carrier.settings import Environment
from retoure.carrier.wire import HttpRequest
from retoure.errors import RequestRejected, Unsupported
from retoure.replay.finding import ACCOUNT_FILE
from retoure.replay.scenario import read_account
from tests.contract.checking import Message
from tests.contract.exchanges import all_exchanges
from tests.contract.inputs import sensible, wide
from tests.contract.known_defects import explain


def account_of(code):
    return read_account(Registry().get(code).scenarios.joinpath(ACCOUNT_FILE))


def return_address(code):
    """The first entry of the book that the carrier's own fixtures use, with its name."""
    return next(iter(account_of(code).return_addresses.items()))


METHODS: dict[Operation, Callable[[Carrier], Callable[..., Any]]] = {
    Operation.QUOTE: lambda carrier: carrier.quotes.quote,
    Operation.LABEL_CHECK: lambda carrier: carrier.labels.check,
    Operation.LABEL_CREATE: lambda carrier: carrier.labels.create,
    Operation.LABEL_DOCUMENTS: lambda carrier: carrier.labels.documents,
    Operation.LABEL_VOID: lambda carrier: carrier.labels.void,
    Operation.LABEL_FIND: lambda carrier: carrier.labels.find,
    Operation.PICKUP_SCHEDULE: lambda carrier: carrier.pickups.schedule,
    Operation.PICKUP_RESCHEDULE: lambda carrier: carrier.pickups.reschedule,
    Operation.PICKUP_CANCEL: lambda carrier: carrier.pickups.cancel,
    Operation.PICKUP_FIND: lambda carrier: carrier.pickups.find,
    Operation.TRACK: lambda carrier: carrier.tracking.track,
    Operation.DROP_OFFS: lambda carrier: carrier.drop_offs.near,
}
DESCRIBED: dict[tuple[str, Operation], frozenset[str]] = {}
for _exchange in all_exchanges():
    if _exchange.description:
        _key = (_exchange.scenario.carrier, _exchange.scenario.given.operation)
        DESCRIBED[_key] = DESCRIBED.get(_key, frozenset()) | {_exchange.description}
CASES = pytest.mark.parametrize(("code", "operation"), sorted(DESCRIBED))
PARTS = pytest.mark.parametrize(
    ("code", "operation", "part"),
    [(code, operation, part) for code, operation in sorted(DESCRIBED) for part in wide(operation, code, *return_address(code))],
)
# Always the same examples: a change elsewhere must not turn this red by chance. No explanation, which takes minutes.
GENERATED = settings(
    derandomize=True,
    phases=[Phase.generate, Phase.shrink],
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


class NoCards:
    """No prices: requests are what is checked here."""

    def quote(self, request, *, settings, now):
        raise LookupError("no rate cards")


def built(code, environment):
    plugin = Registry().get(code)
    own = plugin.settings.model_validate({**account_of(code).settings, "environment": environment})
    now = datetime(2026, 3, 1, 9, tzinfo=UTC)
    return plugin.build(own, CarrierContext(account=code, clock=lambda: now, rate_cards=NoCards(), zone=ZoneInfo(plugin.zone)))


def message_of(request: HttpRequest) -> Message:
    return Message(request.method, request.url, {**request.headers, **_credentials(request)}, request.content)


def _credentials(request: HttpRequest) -> dict[str, str]:
    return dict(auth_headers(request.auth, Token("none", 60.0))) if request.auth else {}


def unexplained(request, official, code, operation):
    """What the description of the request's place does not allow; a place that none describes is not allowed at all."""
    for name in sorted(DESCRIBED[code, operation]):
        description = official(name)
        if description.serves(request.url):
            message = message_of(request)
            left, _ = explain(description.request_violations(message), name, description.operation(message))
            return "\n".join(map(str, left))
    return f"no description serves {request.method} {request.url}"


@CASES
def test_a_sensible_wish_leaves_as_a_request_that_the_description_allows(code, operation, official):
    carriers = [built(code, environment) for environment in Environment]

    @GENERATED
    @given(sensible(operation, code, *return_address(code)), st.sampled_from(carriers))
    def leaves(asked, carrier):
        request = next(METHODS[operation](carrier)(*asked))
        assert not (wrong := unexplained(request, official, code, operation)), wrong

    leaves()


@PARTS
def test_any_wish_is_refused_before_the_call_or_leaves_as_the_description_allows(code, operation, part, official):
    carrier = built(code, Environment.SANDBOX)

    @GENERATED
    @given(wide(operation, code, *return_address(code))[part])
    def leaves_or_is_refused(asked):
        try:
            request = next(METHODS[operation](carrier)(*asked))
        except (RequestRejected, Unsupported, StopIteration):
            return  # refused, or answered without a call: a parcel too large for any price
        assert not (wrong := unexplained(request, official, code, operation)), wrong

    leaves_or_is_refused()
