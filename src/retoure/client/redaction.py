"""Masking: credentials and the parties' personal data, wherever a text may show them, in whichever encoding."""

import json
import re
from base64 import b64encode
from collections.abc import Iterable
from html import escape
from urllib.parse import quote, quote_plus

from retoure.carrier.credentials import SecretSource
from retoure.carrier.settings import CarrierSettings
from retoure.carrier.wire import HttpResponse
from retoure.errors import CarrierError, Problem, RedactedResponse, RequestRejected

MASK = "***"
_SHORTEST = 3  # a shorter value would mask every other word
_KEPT_CHARACTERS = 4000
_EXPLAINING = frozenset(
    ("code", "description", "detail", "error", "error_description", "errorcode", "errorid", "errormessage", "errormsglong",
     "errormsgshort", "errororigin", "errors", "instance", "message", "messages",
     "property", "reason", "status", "statuscode", "text", "title", "type", "validationmessage", "validationstate")
)  # fmt: skip
_EXPLAINING_ATTRIBUTES = frozenset({"code", "encoding", "error", "error-status", "name", "request-id", "version"})
_JSON_PIECE = re.compile(r'"(?P<name>[^"\\]*)"\s*:|"(?:[^"\\]|\\.)*"?|\d{5,}')
_ATTRIBUTE = re.compile(r'(?P<name>[\w:.-]+)\s*=\s*(?:"[^"]*"?|\'[^\']*\'?)')
_TEXT = re.compile(r">[^<>]*[^<>\s][^<>]*(?:<|\Z)")
_BYTES = r"""b(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""  # as httpcore writes them
_QUERY = re.compile(r"\?[^\s\"'<>]+")


def _spellings(value: str) -> Iterable[str]:
    yield value
    yield quote(value)
    yield quote(value, safe="")
    yield quote_plus(value)
    yield escape(value)
    yield quote(escape(value), safe="")
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    yield b64encode(value.encode()).decode().rstrip("=")
    yield repr(value)[1:-1]
    yield "".join(char if char.isascii() and char.isalnum() else f"&#{ord(char)};" for char in value)


def outline(text: str) -> str:
    """JSON or XML, whole or cut short, with its values masked where they explain nothing; other text as it stands."""
    head = text.lstrip("\ufeff \t\r\n")[:15].lower()
    if head.startswith(("{", "[", '"')):
        return _json_outline(text)
    if head.startswith("<") and not head.startswith(("<!doctype html", "<html")):
        return _TEXT.sub(f">{MASK}<", _ATTRIBUTE.sub(_attribute_outline, text))
    return text


def _json_outline(text: str) -> str:
    name = ""

    def outlined(found: re.Match[str]) -> str:
        nonlocal name
        if found["name"] is not None:
            name = found["name"].casefold()
            return found[0]
        return found[0] if name in _EXPLAINING else f'"{MASK}"'

    return _JSON_PIECE.sub(outlined, text)


def _attribute_outline(found: re.Match[str]) -> str:
    return found[0] if found["name"].casefold() in _EXPLAINING_ATTRIBUTES else f'{found["name"]}="{MASK}"'


def _any_of(values: Iterable[str]) -> str:
    spellings = {spelling for value in values for spelling in _spellings(value)}
    return "|".join(map(re.escape, sorted(spellings, key=len, reverse=True)))


def _with(known: frozenset[str], more: Iterable[str]) -> frozenset[str]:
    """What is known, and what is not known yet and long enough: mostly nothing."""
    new = [value for value in more if value not in known and len(value) >= _SHORTEST]
    return known.union(new) if new else known


class Redactor:
    """Masks a set of values, however they are spelled: plain, percent-encoded, as XML, JSON or base64, in any case.

    Credentials are masked wherever they stand, people's data where it stands as words: a customer called Post must not take the
    word out of every sentence. One redactor serves one job: it learns the tokens and the credentials from callables
    that the job's requests use.
    """

    def __init__(self, secrets: Iterable[str] = (), personal: Iterable[str] = ()) -> None:
        self._secrets = _with(frozenset(), secrets)
        self._personal = _with(frozenset(), personal)
        self._compiled: dict[bool, tuple[int, re.Pattern[str] | None]] = {}
        self._withheld: re.Pattern[str] | None = None

    def withhold(self, header: str) -> None:
        """Keep the value of an answer's header out of log lines: the line is written before anybody can learn the value."""
        self._withheld = re.compile(rf"(\(b'{re.escape(header)}', ){_BYTES}", re.IGNORECASE)

    def learn(self, secrets: Iterable[str]) -> None:
        """Mask these credentials from now on."""
        self._secrets = _with(self._secrets, secrets)

    def learn_of(self, people: Iterable[str]) -> None:
        """Mask these people's data from now on."""
        self._personal = _with(self._personal, people)

    def also(self, personal: Iterable[str]) -> "Redactor":
        """Another redactor, which masks these people's data too."""
        other = Redactor()
        other._secrets, other._personal = self._secrets, _with(self._personal, personal)
        return other

    def _pattern(self, *, personal: bool) -> re.Pattern[str] | None:
        known = self._compiled.get(personal)
        if known is None or known[0] != len(self._secrets) + len(self._personal):
            parts = [_any_of(self._secrets)] if self._secrets else []
            if personal and self._personal:
                parts.append(rf"(?<!\w)(?:{_any_of(self._personal)})(?!\w)")
            pattern = re.compile("|".join(parts), re.IGNORECASE) if parts else None
            known = self._compiled[personal] = (len(self._secrets) + len(self._personal), pattern)
        return known[1]

    def text(self, text: str, *, personal: bool = True) -> str:
        """The text with every credential masked, and people's data too unless that is not wanted."""
        pattern = self._pattern(personal=personal)
        return pattern.sub(MASK, text) if pattern else text

    def line(self, text: str) -> str:
        """A log line: values masked, and the query of every URL in it left out."""
        if self._withheld:
            text = self._withheld.sub(rf"\1b'{MASK}'", text)
        return self.text(_QUERY.sub("?...", text))

    def response(self, response: HttpResponse) -> RedactedResponse:
        """An answer to be kept on an error: what it says went wrong, and the shape of the rest.

        An answer may speak of people who are not party to the request: every value of JSON and XML is masked, unless its name is
        one that holds a carrier's explanation.
        """
        content_type = response.headers.get("content-type", "")
        start = response.content[: 4 * _KEPT_CHARACTERS].decode("utf-8", "replace")
        return RedactedResponse(response.status, content_type, self.text(outline(start))[:_KEPT_CHARACTERS])

    def error(self, error: CarrierError) -> None:
        """Mask what an error says, in place."""
        error.message = self.text(error.message)
        error.carrier_code = self.text(error.carrier_code, personal=False)
        error.args = (error.message,)
        if isinstance(error, RequestRejected):
            error.problems = tuple(Problem(p.field, self.text(p.code, personal=False), self.text(p.text)) for p in error.problems)


def secrets_of(settings: CarrierSettings) -> frozenset[str]:
    """The plain values of every fixed credential in an account's settings; a callable one is masked where it is used."""
    found = set()
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if not isinstance(value, SecretSource) and hasattr(value, "get_secret_value"):
            found.add(str(value.get_secret_value()))
    return frozenset(found)
