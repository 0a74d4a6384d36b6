"""The pytest plugin: three lines replay a carrier in a test, with the network closed.

.. code-block:: python

    @pytest.mark.retoure("dhl_paket/labels/pdf_and_qr")
    def test_rma_gets_a_label(retoure_client):
        issue_label(retoure_client, my_rma)
        assert retoure_client.sent[0].request.rma == "R1"

It is loaded in every pytest run where the library is installed, so it imports nothing before a test asks for it.
"""

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from retoure.carrier import Registry
    from retoure.testing.clients import AsyncReplayClient, Replay, ReplayClient
    from retoure.testing.network import Gate

_MARKER = (
    "retoure(*names, match='operation', account=None, settings=None, return_addresses=None, allow=()): "
    "replay scenarios, named carrier/capability/situation, to the fixtures retoure_client and async_retoure_client; "
    "match='exact' compares whole requests, allow names hosts that stay reachable"
)
_ARGUMENTS = ("match", "account", "settings", "return_addresses", "allow")
_REPLAY: "pytest.StashKey[Replay]" = pytest.StashKey()
_GATE: "pytest.StashKey[Gate]" = pytest.StashKey()


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known."""
    config.addinivalue_line("markers", _MARKER)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Fail a test that left an interaction unused, or that swallowed a mismatch or a closed network."""
    result = yield
    if gate := pyfuncitem.stash.get(_GATE, None):
        gate.verify()
    if replay := pyfuncitem.stash.get(_REPLAY, None):
        replay.mounted.verify_used()
    return result


@pytest.fixture(scope="session")
def retoure_registry() -> "Registry | None":
    """The carriers to look for scenarios; override it for a carrier that is not installed."""
    return None


@pytest.fixture
def _retoure_replay(request: pytest.FixtureRequest, retoure_registry: "Registry | None") -> "Iterator[Replay]":
    marker = request.node.get_closest_marker("retoure")
    if marker is None:
        raise pytest.UsageError(
            f"{request.node.nodeid} replays a carrier: name the scenario, @pytest.mark.retoure('carrier/capability/situation')"
        )
    from retoure.testing.clients import Replay
    from retoure.testing.network import close_network

    options = dict(marker.kwargs)
    if unknown := sorted(options.keys() - set(_ARGUMENTS)):
        raise pytest.UsageError(f"@pytest.mark.retoure takes no {', '.join(unknown)}; it takes names and {', '.join(_ARGUMENTS)}")
    allow = options.pop("allow", ())
    replay = Replay.of(*marker.args, registry=retoure_registry, **options)
    request.node.stash[_REPLAY] = replay
    # Not the test's own monkeypatch: a test that undoes its changes would open the network.
    with pytest.MonkeyPatch.context() as monkeypatch:
        request.node.stash[_GATE] = close_network(monkeypatch, allow)
        yield replay


@pytest.fixture
def retoure_client(_retoure_replay: "Replay") -> "Iterator[ReplayClient]":
    """A client over the scenario of the marker, with the network closed; ``.sent`` says what left."""
    with _retoure_replay.client() as client:
        yield client


@pytest.fixture
def async_retoure_client(_retoure_replay: "Replay") -> "AsyncReplayClient":
    """An async client over the scenario of the marker, with the network closed; ``.sent`` says what left."""
    return _retoure_replay.async_client()
