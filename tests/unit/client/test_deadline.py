"""The deadline bounds the whole attempt, headers and body."""

import time

import pytest
from tests.unit.client.either import EITHER, Either
from tests.unit.client.server import drip, serving

from retoure import CarrierUnavailable, OutcomeUnknown

IN_THE_BODY = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n{"
IN_THE_HEADERS = b"HTTP/1.1 200 OK\r\nX-Slow: "


@pytest.mark.parametrize("kind", EITHER)
@pytest.mark.parametrize("head", [IN_THE_BODY, IN_THE_HEADERS], ids=["body", "headers"])
async def test_a_dripping_server_is_cut_off_at_the_deadline(kind, head):
    with serving(drip(head)) as server:
        async with Either(kind, server.base_url, deadline_s=0.4) as client:
            started = time.monotonic()
            with pytest.raises(OutcomeUnknown):
                await client.buy()
            took_s = time.monotonic() - started
    assert 0.4 <= took_s < 5
    assert len(server.requests) == 1


@pytest.mark.parametrize("kind", EITHER)
async def test_each_attempt_of_a_read_has_a_deadline_of_its_own(kind):
    with serving(drip(IN_THE_BODY)) as server:
        async with Either(kind, server.base_url, deadline_s=0.5) as client:
            with pytest.raises(CarrierUnavailable):
                await client.track()
    assert len(server.requests) == 4


def test_the_addresses_of_a_host_share_one_deadline(monkeypatch):
    import httpcore

    from retoure.client import _deadline

    tried = []

    class Dead:
        def connect_tcp(self, host, port, timeout, *_more):
            tried.append((host, timeout))
            raise httpcore.ConnectTimeout("nobody there")

    backend = _deadline._BoundedBackend()
    backend._backend = Dead()
    monkeypatch.setattr("socket.getaddrinfo", lambda *_a, **_k: [(2, 1, 6, "", (f"127.0.0.{n}", 80)) for n in (1, 2, 1)])
    with _deadline.bounded(5), pytest.raises(httpcore.ConnectTimeout):
        backend.connect_tcp("carrier.example", 80, timeout=1.0)
    assert [host for host, _ in tried] == ["127.0.0.1", "127.0.0.2"]
    assert all(timeout <= 1.0 for _, timeout in tried)


def test_a_host_without_an_address_cannot_be_connected(monkeypatch):
    import httpcore

    from retoure.client import _deadline

    def unknown(*_args, **_kwargs):
        raise OSError("no such host")

    monkeypatch.setattr("socket.getaddrinfo", unknown)
    with pytest.raises(httpcore.ConnectError, match="no such host"):
        _deadline._BoundedBackend().connect_tcp("carrier.example", 80)
