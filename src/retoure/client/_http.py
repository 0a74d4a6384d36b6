"""What both drivers do with httpx: connections, timeouts, and what its errors and answers mean."""

from datetime import datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from retoure.carrier.wire import HttpResponse
from retoure.client._retry import TransportFailure, Tries, Trouble

_CONNECT_S = 10.0
_KEPT_OPEN_S = 2.0
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)


def limits(*, once: bool, lane: bool = False) -> httpx.Limits:
    """How many connections, and how long they are kept.

    A purchase gets a connection of its own. On a kept one it may cross with the server's hanging up, and then nobody can say
    whether it arrived.
    """
    most = 4 if lane else 100
    return httpx.Limits(
        max_connections=most, max_keepalive_connections=0 if once else min(most, 50), keepalive_expiry=_KEPT_OPEN_S
    )


def no_cookies() -> CookieJar:
    """A jar that takes nothing: one account's session must never ride along with another's request."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))


def timeout_of(deadline_s: float) -> httpx.Timeout:
    """The timeouts of an attempt; httpx's are per read, so that each driver keeps the deadline of the whole besides."""
    return httpx.Timeout(deadline_s, connect=min(_CONNECT_S, deadline_s), pool=min(_CONNECT_S, deadline_s))


def trouble_of(error: httpx.HTTPError, tries: Tries) -> Exception:
    """What a failed attempt is worth: whether anything was sent, as far as httpx knows."""
    kind = type(error).__name__
    if isinstance(error, httpx.DecodingError):
        return tries.unreadable(f"the answer's compression cannot be undone ({kind})")
    if isinstance(error, _NOT_SENT):
        return tries.failed(TransportFailure(Trouble.NOT_SENT, f"the carrier could not be reached ({kind})"))
    return tries.failed(TransportFailure(Trouble.NO_ANSWER, f"the request left and no whole answer came ({kind})"))


TOO_LATE = "the request left and no whole answer came within the deadline"


class Unreadable(Exception):  # noqa: N818
    """The body is not read to its end; the message says why."""


def too_large(max_bytes: int) -> Unreadable:
    """The body is larger than its request allows."""
    return Unreadable(f"the answer is larger than {max_bytes / 2**20:g} MiB and was not read to its end")


def look_at(response: httpx.Response, max_bytes: int) -> None:
    """Refuse a body that is too large by its own word, or packed twice: each layer may unpack to a thousand times its size."""
    length = response.headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length) > max_bytes:
        raise too_large(max_bytes)
    coding = response.headers.get("content-encoding", "").strip().lower()
    if coding not in ("", "identity", "gzip", "x-gzip"):
        raise Unreadable("the answer is packed in a way that nobody asked for, and was not read")


def response_of(response: httpx.Response, content: bytes, requested_at: datetime) -> HttpResponse:
    """An answer as adapters see it."""
    return HttpResponse(response.status_code, {k.lower(): v for k, v in response.headers.items()}, content, requested_at)
