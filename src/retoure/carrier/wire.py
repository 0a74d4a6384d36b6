"""HTTP messages as adapters see them, and the generator that chains them.

An adapter does no I/O: it yields an :class:`HttpRequest` and is sent an :class:`HttpResponse`. A driver does the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType
from typing import TYPE_CHECKING, Never, TypeAlias, TypeVar
from urllib.parse import quote, urlencode

from retoure.errors import Unsupported

if TYPE_CHECKING:
    from retoure.carrier.auth import Auth
    from retoure.carrier.credentials import Credential

T = TypeVar("T")
EMPTY: Mapping[str, str] = MappingProxyType({})
MIB = 2**20


class Effect(StrEnum):
    """What a request changes, and so whether it may be sent again."""

    READ = "read"  # may be resent
    REPEATABLE = "repeatable"  # changes something, but twice is as once (void, cancel): may be resent
    ONCE = "once"  # buys or books: never resent once bytes may have left


class Judgement(StrEnum):
    """What an adapter says of an answer before it is parsed."""

    ANSWER = "answer"  # final, success or refusal
    RETRY = "retry"  # refused without any effect, worth asking again
    TOKEN_EXPIRED = "token"  # noqa: S105 - renew the token and ask once more, purchases included: the gateway turned it away
    AMBIGUOUS = "ambiguous"  # something may have happened


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """An answer, read to its end. Header names are lower case; ``requested_at`` is when the request left."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)
    requested_at: datetime

    @property
    def ok(self) -> bool:
        """Whether the status is a success."""
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The body as UTF-8, with undecodable bytes replaced."""
        return self.content.decode("utf-8", "replace")

    @property
    def digest(self) -> str:
        """SHA-256 of the body, in hex."""
        return sha256(self.content).hexdigest()


def by_status(response: HttpResponse) -> Judgement:
    """Judge an answer by its HTTP status alone: 401 renews, 408 and 5xx are ambiguous, 429 waits, the rest is final.

    A redirect is ambiguous for a write: it is not followed, and whether the first host acted is not known.
    """
    match response.status:
        case 401:
            return Judgement.TOKEN_EXPIRED
        case 429:
            return Judgement.RETRY
        case 408:
            return Judgement.AMBIGUOUS
        case status if status >= 500:
            return Judgement.AMBIGUOUS
        case _:
            return Judgement.ANSWER


@dataclass(frozen=True, slots=True)
class Seal:
    """A secret that an API wants inside its URL or body.

    The request carries a placeholder, made by :func:`sealed`; the driver puts the secret in, through ``encode``, after
    logging and recording have seen the request.
    """

    credential: Credential
    encode: Callable[[str], str] = str


def sealed(name: str) -> str:
    """The placeholder of the seal of that name. It survives percent-encoding and XML unchanged."""
    return f"SEALED.{name}.SEALED"


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpRequest:
    """One request.

    Attributes:
        personal: Texts in the URL's path that tell of people, unencoded. Logs and errors show none of them.
        deadline_s: Bounds the whole attempt, headers and body; None takes the client's.
        cool_down: How long the carrier is left alone after an answer judged RETRY, longer where the answer says so. Until it is
            over, nothing leaves with the same credentials.
    """

    method: str
    url: str
    effect: Effect
    headers: Mapping[str, str] = field(default_factory=lambda: EMPTY)  # Python 3.11 takes no unhashable default
    content: bytes = field(default=b"", repr=False)
    auth: Auth | None = None
    judge: Callable[[HttpResponse], Judgement] = by_status
    deadline_s: float | None = None
    cool_down: timedelta | None = None
    max_bytes: int = 16 * MIB
    seals: Mapping[str, Seal] = field(default_factory=dict, repr=False)
    personal: frozenset[str] = field(default=frozenset(), repr=False)


Call: TypeAlias = Generator[HttpRequest, HttpResponse, T]
"""What an adapter's method returns: it yields requests, is sent responses, and returns a domain object."""


def immediate(value: T) -> Call[T]:
    """Make a call of an answer that needs no HTTP."""
    return value
    yield  # unreachable; it makes this function a generator


def unsupported(reason: str) -> Call[Never]:
    """A call that nobody can make: it says why."""
    raise Unsupported(reason)
    yield  # unreachable; it makes this function a generator


def url_with(base: str, path: str, query: Mapping[str, str] | Sequence[tuple[str, str]] = EMPTY) -> str:
    """Join a base URL, a path that is already encoded, and a query that is not."""
    joined = base.rstrip("/") + path
    return f"{joined}?{urlencode(query, quote_via=quote)}" if query else joined
