"""The network, closed: whatever tries to leave while a scenario is played fails, and says where it wanted to go.

The doors are those that every Python program goes through, :mod:`socket` and its name look-ups. Above them httpx, urllib, urllib3
(with it requests) and aiohttp are listened to, so that the failure names the URL and not the host alone. A program's own fakes,
which answer before a socket is opened, keep working; so do UNIX sockets and the pipes of event loops.
"""

import http.client
import re
import socket
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    import pytest

_INTERNET = frozenset({socket.AF_INET, socket.AF_INET6})


class NetworkClosed(AssertionError):  # noqa: N818 - what is the case, as an AssertionError says it
    """Something tried to reach the network in a test that replays a scenario.

    Attributes:
        target: The URL without its user and query, or host and port.
    """

    def __init__(self, target: str) -> None:
        self.target = target
        super().__init__(
            f"the network is closed while a scenario is replayed, but the test wanted to reach {target}; "
            "fake it, or allow the host: @pytest.mark.retoure(..., allow=['localhost:5432'])"
        )


class Gate:
    """Lets allowed hosts through, and keeps the refusals in case whoever was refused swallows the error.

    Args:
        allow: Hosts as ``name`` or ``name:port``.
    """

    def __init__(self, allow: Iterable[str] = ()) -> None:
        self.refused: list[str] = []
        self._ports: dict[str, set[str]] = {}
        self._names: dict[str, str] = {}
        self._indoors = threading.local()
        for entry in allow:
            host, _, port = entry.partition(":")
            self._ports.setdefault(host, set()).add(port)

    def admits(self, host: str, port: object = None) -> bool:
        """Whether this host may be reached on this port, or at all where none is given."""
        ports = self._ports.get(self._names.get(host, host))
        return getattr(self._indoors, "open", False) or (
            ports is not None and (port is None or "" in ports or str(port) in ports)
        )

    def learn(self, name: str, addresses: Iterable[str]) -> None:
        """Remember by which name an address was looked up."""
        self._names.update(dict.fromkeys(addresses, name))

    def refuse(self, target: str) -> NoReturn:
        """Fail, naming the target."""
        self.refused.append(target)
        raise NetworkClosed(target)

    def refuse_address(self, host: str, port: object) -> NoReturn:
        """Fail, naming the host as it was looked up, and the port."""
        name = self._names.get(host, host)
        self.refuse(f"{name}:{port}" if port else name)

    def verify(self) -> None:
        """See that nothing was refused.

        Raises:
            NetworkClosed: something was, and whoever was refused swallowed the error.
        """
        if self.refused:
            raise NetworkClosed(" and ".join(dict.fromkeys(self.refused)))

    @contextmanager
    def indoors(self) -> Iterator[None]:
        """Let this thread through: what it does stays within the process."""
        self._indoors.open = True
        try:
            yield
        finally:
            self._indoors.open = False

    @contextmanager
    def naming(self, target: str) -> Iterator[None]:
        """Name a refusal below by the URL that led to it."""
        before = len(self.refused)
        try:
            yield
            return
        except NetworkClosed:
            pass
        except BaseExceptionGroup as group:
            if group.subgroup(NetworkClosed) is None:
                raise
        del self.refused[before:]
        self.refuse(target)


def close_network(monkeypatch: "pytest.MonkeyPatch", allow: Iterable[str] = ()) -> Gate:
    """Close the network until ``monkeypatch`` is undone.

    Args:
        monkeypatch: Undoes it.
        allow: Hosts that stay reachable, as ``name`` or ``name:port``: a database on ``localhost:5432``.
    """
    gate = Gate(allow)
    _close_sockets(monkeypatch, gate)
    _name_urls(monkeypatch, gate)
    return gate


def _host_and_port(address: object) -> tuple[str, object]:
    if isinstance(address, tuple) and len(address) > 1:
        host = address[0].decode() if isinstance(address[0], bytes) else str(address[0])
        return host, address[1]
    return str(address), ""


def _is_local(host: str) -> bool:
    """Whether looking the name up, or binding to it, stays on this machine."""
    return not host or host in ("localhost", "0.0.0.0", "::", "::1", socket.gethostname()) or host.startswith("127.")  # noqa: S104


def _close_sockets(monkeypatch: "pytest.MonkeyPatch", gate: Gate) -> None:
    make_pair = socket.socketpair

    def socketpair(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        # Where the system has no pairs, an event loop makes its own over the loopback interface.
        with gate.indoors():
            return make_pair(*args, **kwargs)

    for name, address_at in (("connect", 0), ("connect_ex", 0), ("sendto", -1), ("sendmsg", 3)):
        if hasattr(socket.socket, name):  # not every system has sendmsg
            monkeypatch.setattr(socket.socket, name, _guarded_method(gate, name, address_at))
    for name in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
        monkeypatch.setattr(socket, name, _guarded_look_up(gate, name))
    monkeypatch.setattr(socket, "socketpair", socketpair)


def _guarded_method(gate: Gate, name: str, address_at: int) -> Callable[..., Any]:
    original = getattr(socket.socket, name)

    def through_the_gate(self: socket.socket, *args: Any) -> Any:  # noqa: ANN401
        # sendmsg names an address only on a socket that is not connected.
        if self.family in _INTERNET and len(args) > address_at and args[address_at] is not None:
            host, port = _host_and_port(args[address_at])
            if not gate.admits(host, port):
                self.close()  # whoever opened it expects an OSError to tidy up after, and would leave it open
                gate.refuse_address(host, port)
        return original(self, *args)

    return through_the_gate


def _guarded_look_up(gate: Gate, name: str) -> Callable[..., Any]:
    original = getattr(socket, name)

    def through_the_gate(host: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        wanted = host.decode() if isinstance(host, bytes) else host or ""
        if not _is_local(wanted) and not gate.admits(wanted):
            gate.refuse_address(wanted, args[0] if args else kwargs.get("port"))
        found = original(host, *args, **kwargs)
        if wanted and name == "getaddrinfo":
            gate.learn(wanted, (str(entry[4][0]) for entry in found))
        return found

    return through_the_gate


def _bare(url: object) -> str:
    base, _, query = re.sub(r"(?<=://)[^/?#]*@", "", str(url)).partition("?")
    return f"{base}?..." if query else base


def _name_urls(monkeypatch: "pytest.MonkeyPatch", gate: Gate) -> None:
    import httpx

    sync_send, async_send = httpx.HTTPTransport.handle_request, httpx.AsyncHTTPTransport.handle_async_request

    def handle_request(self: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        with gate.naming(f"{request.method} {_bare(request.url)}"):
            return sync_send(self, request)

    async def handle_async_request(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        with gate.naming(f"{request.method} {_bare(request.url)}"):
            return await async_send(self, request)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", handle_request)
    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", handle_async_request)
    _name_urls_of_urllib(monkeypatch, gate)
    if urllib3 := _installed("urllib3.connectionpool"):
        _name_urls_of_urllib3(monkeypatch, gate, urllib3.HTTPConnectionPool)
    if aiohttp := _installed("aiohttp"):
        _name_urls_of_aiohttp(monkeypatch, gate, aiohttp.ClientSession)


def _installed(module: str) -> Any:  # noqa: ANN401 - a library that may be absent
    """The module, imported now: the test itself may be the first to import it. None where it is not installed."""
    with warnings.catch_warnings(action="ignore"):  # of another library's import, which would fail the test
        try:
            return import_module(module)
        except ImportError:
            return None


def _name_urls_of_urllib(monkeypatch: "pytest.MonkeyPatch", gate: Gate) -> None:
    send = http.client.HTTPConnection.request

    def request(self: http.client.HTTPConnection, method: str, url: str, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        scheme = "https" if isinstance(self, http.client.HTTPSConnection) else "http"
        host = getattr(self, "_tunnel_host", None) or self.host  # behind a proxy, self.host is the proxy's
        with gate.naming(f"{method} {_bare(url if '://' in url else f'{scheme}://{host}{url}')}"):
            send(self, method, url, *args, **kwargs)

    monkeypatch.setattr(http.client.HTTPConnection, "request", request)


def _name_urls_of_urllib3(monkeypatch: "pytest.MonkeyPatch", gate: Gate, pool: Any) -> None:  # noqa: ANN401
    send = pool.urlopen

    def urlopen(self: Any, method: str, url: str, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        with gate.naming(f"{method} {_bare(url if '://' in url else f'{self.scheme}://{self.host}{url}')}"):
            return send(self, method, url, *args, **kwargs)

    monkeypatch.setattr(pool, "urlopen", urlopen)


def _name_urls_of_aiohttp(monkeypatch: "pytest.MonkeyPatch", gate: Gate, session: Any) -> None:  # noqa: ANN401
    send = session._request  # noqa: SLF001 - what all its public methods come to

    async def request(self: Any, method: str, url: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        with gate.naming(f"{method} {_bare(self._build_url(url))}"):  # a session may have a base URL
            return await send(self, method, url, **kwargs)

    monkeypatch.setattr(session, "_request", request)
