"""The box's HTTP: requests read, answers written, lines cut."""

import socket
import sqlite3
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

from retoure.replay.sandbox.messages import Answer, Asked

_LONGEST_BODY = 2**20
_WRITTEN_BY_US = frozenset({"content-length", "transfer-encoding", "connection", "content-encoding"})


class Cut(Exception):  # noqa: N818
    """The line is to be cut after this many bytes of the answer."""

    def __init__(self, answer: Answer | None = None) -> None:
        super().__init__("cut")
        self.answer = answer


class Answering(Protocol):
    """What the server serves."""

    def answer(self, code: str, asked: Asked) -> Answer:
        """A carrier's answer; raises ``Cut`` where its line is cut instead."""
        ...

    def control(self, method: str, what: str, content: bytes) -> Answer:
        """An answer of the box itself."""
        ...


class BoxServer(ThreadingHTTPServer):
    """Serves a box on 127.0.0.1, one thread for each connection."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, box: Answering) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.box = box

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - the standard library's signature
        """Say nothing of those who hang up; whoever asks the box for the impossible is answered."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "retoure-sandbox"
    timeout = 60

    def setup(self) -> None:
        """Answer at once: an answer is written in two pieces, and the second must not wait for the first to arrive."""
        super().setup()
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the standard library
        """Say nothing."""

    def _serve(self) -> None:
        content = self._body()
        if content is None:
            self._send(Answer(413))
            return
        parts = urlsplit(self.path)
        code, _, path = parts.path.lstrip("/").partition("/")
        box: Answering = self.server.box  # type: ignore[attr-defined]
        try:
            if code == "_sandbox":
                self._send(box.control(self.command, path, content))
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            query = parse_qsl(parts.query, keep_blank_values=True)
            self._send(
                box.answer(code, Asked(method=self.command, path=f"/{path}", query=query, headers=headers, content=content))
            )
        except Cut as cut:
            if cut.answer:
                self._send(cut.answer, part=len(cut.answer.content) // 2)
            self.close_connection = True
        except OSError:
            self.close_connection = True  # whoever asked has gone
        except sqlite3.Error as error:
            self._send(Answer(500, {}, f"the box's books: {error}".encode()))

    def _body(self) -> bytes | None:
        """The body; None where it is too long. It is read to its end all the same: nothing of it is taken for a request."""
        length = self.headers.get("content-length", "0")
        left = int(length) if length.isdigit() else 0
        if left <= _LONGEST_BODY:
            return self.rfile.read(left)
        while left > 0 and (piece := self.rfile.read(min(left, _LONGEST_BODY))):
            left -= len(piece)
        return None

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - the names of the standard library

    def _send(self, answer: Answer, part: int | None = None) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            if name not in _WRITTEN_BY_US:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content[:part])
        self.wfile.flush()
