"""aiohttp on an event loop, for reads alone: a poller asks thousands of times an hour, and httpx costs several times as much.

aiohttp was measured to report a server that read a request and hung up as one that could not be reached, and it sends some
requests a second time by itself. A read may bear the first; the second is kept from happening, since a call that leaves is a call
that a quota counts.
"""

import zlib
from datetime import datetime
from functools import lru_cache
from math import inf

import aiohttp
from aiohttp.client_middlewares import ClientHandlerType
from httpx import create_ssl_context
from yarl import URL

from retoure.carrier.wire import Effect, HttpRequest, HttpResponse
from retoure.client._bodies import look_at, not_unpacked, too_large
from retoure.client._outgoing import Prepared
from retoure.client._retry import CONNECT_S, KEPT_OPEN_S, TOO_LATE, TransportFailure, Trouble

_ADDED_BY_AIOHTTP = ("Content-Type",)
_NOT_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)
_GZIP = 16 + zlib.MAX_WBITS
_PIECE = 2**14
"""The rest behind each member of a gzip body is copied: of thousands of empty ones no piece may be large."""
_left_to_parents: list[aiohttp.ClientSession] = []


def _failure_of(error: aiohttp.ClientError) -> TransportFailure:
    """What a failed attempt is worth: whether anything was sent, as far as aiohttp knows."""
    kind = type(error).__name__
    if isinstance(error, _NOT_SENT):
        return TransportFailure(Trouble.NOT_SENT, f"the carrier could not be reached ({kind})")
    return TransportFailure(Trouble.NO_ANSWER, f"the request left and no whole answer came ({kind})")


async def _sent_once(request: aiohttp.ClientRequest, handler: ClientHandlerType) -> aiohttp.ClientResponse:
    """Tell of a lost connection in our own words, at which aiohttp does not send the request again."""
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        failure = _failure_of(error)
    raise failure


@lru_cache(maxsize=16)
def _within(deadline_s: float) -> aiohttp.ClientTimeout:
    """A deadline for head and body, to the moment: aiohttp rounds longer ones up to whole seconds unless it is told not to."""
    return aiohttp.ClientTimeout(total=deadline_s, sock_connect=CONNECT_S, ceil_threshold=inf)


class AiohttpWire:
    """Takes reads and nothing else."""

    effects = frozenset({Effect.READ})

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    def start_over(self) -> None:
        """Leave the connections to the parent process, and start with none.

        The session is kept from being collected: closing it would say good-bye on the parent's connections.
        """
        if self._session is not None:
            _left_to_parents.append(self._session)
        self._session = None

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def send(self, request: HttpRequest, prepared: Prepared, deadline_s: float, requested_at: datetime) -> HttpResponse:
        """One attempt within the deadline."""
        session = self._session or self._open()
        failure: TransportFailure
        try:
            async with session.request(
                prepared.method,
                URL(prepared.url, encoded=True),
                headers=prepared.headers,
                data=prepared.content or None,
                skip_auto_headers=None if prepared.method == "GET" and not prepared.content else _ADDED_BY_AIOHTTP,
                allow_redirects=False,
                timeout=_within(deadline_s),
            ) as answer:
                content = await _read(answer, request.max_bytes)
                return HttpResponse(answer.status, _headers_of(answer), content, requested_at)
        except TransportFailure as told:
            failure = TransportFailure(told.trouble, told.what)
        except aiohttp.ClientError as error:  # before the next: a timeout of aiohttp's own is both
            failure = _failure_of(error)
        except TimeoutError:
            failure = TransportFailure(Trouble.NO_ANSWER, TOO_LATE)
        raise failure

    def _open(self) -> aiohttp.ClientSession:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=create_ssl_context(), limit=0, keepalive_timeout=KEPT_OPEN_S),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            middlewares=(_sent_once,),
        )
        return self._session


def _headers_of(answer: aiohttp.ClientResponse) -> dict[str, str]:
    """By their names in lower case; what stands several times is joined."""
    headers = {name.lower(): value for name, value in answer.headers.items()}
    several = len(headers) < len(answer.headers)
    return {name: ", ".join(answer.headers.getall(name)) for name in headers} if several else headers


async def _read(answer: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    """The body, unpacked no further than it may be long."""
    packed = look_at(answer.headers, max_bytes)
    rest = await answer.content.read(_PIECE)
    if not packed and len(rest) <= max_bytes and answer.content.at_eof():
        return rest  # most bodies come in one piece
    unpacker: zlib._Decompress | None = None
    body = bytearray()
    while True:
        while rest:
            if packed and (unpacker is None or unpacker.eof):  # a body may have several members
                unpacker = zlib.decompressobj(_GZIP)
            body += rest if unpacker is None else _unpacked(unpacker, rest, max_bytes + 1 - len(body))
            if len(body) > max_bytes:
                raise too_large(max_bytes)
            rest = unpacker.unused_data if unpacker is not None else b""
        if answer.content.at_eof():
            break
        rest = await answer.content.read(_PIECE)
    if unpacker is not None and not unpacker.eof:
        raise not_unpacked("it ends too early")
    return bytes(body)


def _unpacked(unpacker: "zlib._Decompress", chunk: bytes, at_most: int) -> bytes:
    try:
        return unpacker.decompress(chunk, at_most)
    except zlib.error as error:
        broken = not_unpacked(type(error).__name__)
    raise broken
