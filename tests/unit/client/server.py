"""A loopback HTTP server that does what a script says, one step a request, and counts what reached it."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Step = bytes | Callable[[socket.socket], None]


def answer(status: int, body: bytes = b"{}", **headers: str) -> bytes:
    """A whole HTTP answer."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def hang_up(connection: socket.socket) -> None:
    """Read the request and close."""


def say_nothing(connection: socket.socket) -> None:
    """Read the request and wait until the other side gives up."""
    connection.settimeout(10)
    with contextlib.suppress(OSError):
        connection.recv(1)


def cut(connection: socket.socket) -> None:
    """Answer with half a body and close."""
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"number": ')


def drip(head: bytes, interval_s: float = 0.05) -> Step:
    """Send ``head``, then one byte at a time for as long as anyone listens."""

    def step(connection: socket.socket) -> None:
        connection.sendall(head)
        give_up = time.monotonic() + 10
        while time.monotonic() < give_up:
            try:
                connection.sendall(b"x")
            except OSError:
                return
            threading.Event().wait(interval_s)

    return step


class Script:
    """What the server saw, and what it will do."""

    def __init__(self, steps: list[Step]) -> None:
        self.steps = steps
        self.requests: list[bytes] = []
        self.tokens = 0
        self.base_url = ""
        self._lock = threading.Lock()

    def take(self, request: bytes) -> Step:
        with self._lock:
            if request.startswith(b"POST /token"):
                self.tokens += 1
                number = self.tokens
                return answer(200, b'{"access_token": "canary-token-%d", "expires_in": "3600"}' % number)
            self.requests.append(request)
            return self.steps[min(len(self.requests), len(self.steps)) - 1]


def _read(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = connection.recv(65536)
        if not chunk:
            return data
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


@contextmanager
def serving(*steps: Step) -> Iterator[Script]:
    """Run the script on a loopback port; the last step repeats."""
    script = Script(list(steps))
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    script.base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"

    def serve_one(connection: socket.socket) -> None:
        with connection:
            try:
                request = _read(connection)
                if not request:
                    return
                step = script.take(request)
                if isinstance(step, bytes):
                    connection.sendall(step)
                else:
                    step(connection)
            except OSError:
                return

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=serve_one, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield script
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def closed_port() -> str:
    """The base URL of a port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"
