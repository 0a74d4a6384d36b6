"""The closed network, beside what the plugin's tests show of it."""

import socket
import sys
from types import SimpleNamespace

import pytest

from retoure.testing.network import NetworkClosed, close_network


@pytest.fixture
def closing():
    """A function that closes the network until the test ends."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield lambda *allow: close_network(monkeypatch, allow)


class Pool:
    """As much of urllib3's pool as is listened to: it connects by itself, below its one entrance."""

    scheme, host = "https", "api.elsewhere.example"

    def urlopen(self, method, url):
        socket.create_connection((self.host, 443))


def test_urllib3_names_the_url(closing, monkeypatch):
    class ThisPool(Pool):
        def urlopen(self, method, url):
            super().urlopen(method, url)

    monkeypatch.setitem(sys.modules, "urllib3.connectionpool", SimpleNamespace(HTTPConnectionPool=ThisPool))
    closing()
    with pytest.raises(NetworkClosed, match=r"reach PUT https://api.elsewhere.example/v1/me\?\.\.\.;"):
        ThisPool().urlopen("PUT", "/v1/me?key=secret")


def test_an_error_of_another_kind_passes(closing, monkeypatch):
    import http.client

    class Broken(http.client.HTTPConnection):
        def putrequest(self, *_args, **_kwargs):
            raise ExceptionGroup("several", [ValueError("x")])

    closing()
    with pytest.raises(ExceptionGroup):
        Broken("api.elsewhere.example").request("GET", "/")


def test_a_look_up_of_another_kind_is_closed_too(closing):
    closing()
    with pytest.raises(NetworkClosed, match=r"reach api.elsewhere.example;"):
        socket.gethostbyname("api.elsewhere.example")
    assert socket.gethostbyname("localhost").startswith("127.")


def test_a_name_that_is_bytes_is_a_name(closing):
    closing()
    with pytest.raises(NetworkClosed, match=r"reach api.elsewhere.example:80;"):
        socket.getaddrinfo(b"api.elsewhere.example", 80)


def test_an_allowed_address_is_open_on_every_port(closing):
    closing("127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        pass


def test_a_refused_socket_is_closed(closing):
    closing()
    refused = socket.socket()
    with pytest.raises(NetworkClosed):
        refused.connect(("192.0.2.7", 80))
    assert refused.fileno() == -1


def test_every_refusal_is_told_when_it_is_verified(closing):
    gate = closing()
    for host in ("a.example", "b.example", "a.example"):
        with pytest.raises(NetworkClosed):
            socket.getaddrinfo(host, 80)
    with pytest.raises(NetworkClosed, match=r"reach a.example:80 and b.example:80;"):
        gate.verify()
