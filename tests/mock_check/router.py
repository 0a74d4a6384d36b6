"""One address in front of all mocks: it strips path prefixes, answers the token endpoints, and keeps the mocks' findings."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

import httpx

from tests.mock_check.violations import HEADER, Finding, read_findings

TOKEN_ANSWER = {"access_token": "token-of-the-mock", "token_type": "Bearer", "expires_in": 1799}
# DPD's META-API gives its token in a header, which its description does not say.
TOKEN_HEADERS = {"X-DPD-TOKEN": "token-of-the-mock"}
# Headers that belong to one hop (RFC 9110, section 7.6.1) or are written anew.
_NOT_PASSED_ON = frozenset(
    {
        "host",
        "connection",
        "keep-alive",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "content-length",
        "content-encoding",
        "date",
    }
)


@dataclass(frozen=True, slots=True)
class Service:
    """One description, and the path below which the carrier serves it, which the mock does not know.

    ``below``: how the rest of its paths begins, where several descriptions share a prefix.
    """

    prefix: str
    description: str
    below: tuple[str, ...] = ("",)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request that passed the router; ``unreadable`` says why its findings could not be read."""

    method: str
    path: str
    description: str
    status: int
    body: bytes
    findings: tuple[Finding, ...]
    unreadable: str = ""


def route(path: str, services: Sequence[Service]) -> tuple[Service, str] | None:
    """The service whose prefix the path lies below, the longest winning, and the rest of the path; None where there is none."""
    for service in sorted(services, key=lambda service: len(service.prefix), reverse=True):
        rest = path.removeprefix(service.prefix)
        if path.startswith(service.prefix) and (not rest or rest[0] in "/?") and rest.startswith(service.below):
            return service, rest if rest.startswith("/") else f"/{rest}"
    return None


def passed_on(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that go on to the next hop."""
    return {name: value for name, value in headers.items() if name.lower() not in _NOT_PASSED_ON}


class Router:
    """Routes requests to the mocks and remembers what passed, in order.

    Args:
        services: What lies below which prefix.
        token_paths: Paths of token endpoints, answered here: the descriptions lack them or state them unusably.
        mocks: The address of the mock of each description.
        mock: The client that reaches the mocks.
    """

    def __init__(
        self, services: Sequence[Service], token_paths: frozenset[str], mocks: Mapping[str, str], mock: httpx.Client
    ) -> None:
        self._services = tuple(services)
        self._token_paths = token_paths
        self._mocks = mocks
        self._mock = mock
        self._lock = Lock()
        self._passed: list[Exchange] = []

    def take(self) -> tuple[Exchange, ...]:
        """What passed since this was asked last."""
        with self._lock:
            passed, self._passed = tuple(self._passed), []
        return passed

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        """The answer to one request: a token, what the mock said, or a 404 where nothing is served."""
        if path.partition("?")[0] in self._token_paths:
            return 200, {"Content-Type": "application/json", **TOKEN_HEADERS}, json.dumps(TOKEN_ANSWER).encode()
        found = route(path, self._services)
        if found is None:
            # A request to nowhere is a defect of the adapter: it must not vanish.
            self._keep(Exchange(method, path, "", 404, body, (), "no description serves this path"))
            return 404, {"Content-Type": "text/plain"}, b"no description serves this path"
        service, rest = found
        try:
            answer = self._mock.request(method, self._mocks[service.description] + rest, headers=passed_on(headers), content=body)
        except httpx.HTTPError as error:
            self._keep(Exchange(method, path, service.description, 502, body, (), f"the mock failed: {error!r}"))
            return 502, {"Content-Type": "text/plain"}, b"the mock failed"
        try:
            findings, unreadable = read_findings(answer.headers.get(HEADER, "")), ""
        except (ValueError, KeyError, TypeError) as error:
            findings, unreadable = (), f"the findings of the mock cannot be read: {error}"
        self._keep(Exchange(method, path, service.description, answer.status_code, body, findings, unreadable))
        return answer.status_code, passed_on(answer.headers), answer.content

    def _keep(self, exchange: Exchange) -> None:
        with self._lock:
            self._passed.append(exchange)


def _handler(router: Router) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, headers, content = router.answer(self.command, self.path, dict(self.headers.items()), body)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _pass  # noqa: N815 - the names that http.server calls

        def log_message(self, *_: Any) -> None:
            """Say nothing: what passed is in the table."""

    return Handler


@contextmanager
def routing(services: Sequence[Service], token_paths: frozenset[str], mocks: Mapping[str, str]) -> Iterator[tuple[Router, str]]:
    """Run a router on a free port of the loopback and give it with its address."""
    with httpx.Client(timeout=20, trust_env=False) as mock:
        router = Router(services, token_paths, mocks, mock)
        server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(router))
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield router, f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
