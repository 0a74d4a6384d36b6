"""What the drivers do with httpx: connections, timeouts, and what its errors and answers mean."""

from datetime import datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx

from retoure.carrier.wire import HttpResponse
from retoure.client._bodies import Unreadable, not_unpacked
from retoure.client._retry import CONNECT_S, KEPT_OPEN_S, TransportFailure, Trouble

_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)


def limits(*, once: bool, lane: bool = False) -> httpx.Limits:
    """How many connections, and how long they are kept.

    A purchase gets a connection of its own. On a kept one it may cross with the server's hanging up, and then nobody can say
    whether it arrived.
    """
    most = 4 if lane else 100
    return httpx.Limits(
        max_connections=most, max_keepalive_connections=0 if once else min(most, 50), keepalive_expiry=KEPT_OPEN_S
    )


def no_cookies() -> CookieJar:
    """A jar that takes nothing: one account's session must never ride along with another's request."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=[]))


def timeout_of(deadline_s: float) -> httpx.Timeout:
    """The timeouts of an attempt; httpx's are per read, so that each driver keeps the deadline of the whole besides."""
    return httpx.Timeout(deadline_s, connect=min(CONNECT_S, deadline_s), pool=min(CONNECT_S, deadline_s))


def failure_of(error: httpx.HTTPError) -> TransportFailure | Unreadable:
    """What a failed attempt is worth: whether anything was sent, as far as httpx knows."""
    kind = type(error).__name__
    if isinstance(error, httpx.DecodingError):
        return not_unpacked(kind)
    if isinstance(error, _NOT_SENT):
        return TransportFailure(Trouble.NOT_SENT, f"the carrier could not be reached ({kind})")
    return TransportFailure(Trouble.NO_ANSWER, f"the request left and no whole answer came ({kind})")


def response_of(response: httpx.Response, content: bytes, requested_at: datetime) -> HttpResponse:
    """An answer as adapters see it."""
    return HttpResponse(response.status_code, {k.lower(): v for k, v in response.headers.items()}, content, requested_at)
