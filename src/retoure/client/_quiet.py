"""What the HTTP libraries may log of our requests."""

import logging
from contextvars import ContextVar

from retoure.client.redaction import Redactor

# httpx logs whole URLs at INFO and httpcore headers at DEBUG. Records that our own attempts cause are redacted; a program's other
# uses of them are not touched.
_redacting: ContextVar[Redactor | None] = ContextVar("retoure_redacting", default=None)
_CHATTY = ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.http2", "httpcore.proxy", "httpcore.socks",
           "aiohttp.client", "aiohttp.internal")  # fmt: skip


class _RedactingFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        redactor = _redacting.get()
        if redactor is not None:
            record.msg, record.args = redactor.line(record.getMessage()), ()
        return True


_FILTER = _RedactingFilter()


def quieten() -> None:
    for name in _CHATTY:
        logging.getLogger(name).addFilter(_FILTER)


class SpeakingOf:
    """Around an attempt: what is logged of it is redacted. Not made of a generator, which takes twice as long."""

    __slots__ = ("_before", "_redactor")

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor

    def __enter__(self) -> None:
        self._before = _redacting.set(self._redactor)

    def __exit__(self, *exc: object) -> None:
        _redacting.reset(self._before)
