"""What every driver asks of an answer's body before and while it reads it."""

from collections.abc import Mapping

from retoure.carrier.wire import MIB

PLAIN = frozenset({"", "identity"})
PACKED = frozenset({"gzip", "x-gzip"})
_ASKED_FOR = PLAIN | PACKED


class Unreadable(Exception):  # noqa: N818
    """The body is not read to its end; the message says why."""


def too_large(max_bytes: int) -> Unreadable:
    """The body is larger than its request allows."""
    return Unreadable(f"the answer is larger than {max_bytes / MIB:g} MiB and was not read to its end")


def not_unpacked(what: str) -> Unreadable:
    """The body's compression is broken."""
    return Unreadable(f"the answer's compression cannot be undone ({what})")


def look_at(headers: Mapping[str, str], max_bytes: int) -> bool:
    """Whether a body is packed, by its headers, whose names may be written in any case.

    Raises:
        Unreadable: it is too large by its own word, or packed twice: each layer may unpack to a thousand times its size.
    """
    length = headers.get("content-length", "")
    if length.isascii() and length.isdigit() and int(length) > max_bytes:
        raise too_large(max_bytes)
    coding = headers.get("content-encoding", "").strip().lower()
    if coding not in _ASKED_FOR:
        raise Unreadable("the answer is packed in a way that nobody asked for, and was not read")
    return coding in PACKED
