"""Whether a request is the one that a scenario expects, in two strengths, and if not, why not.

``exact`` is for an adapter's own tests: method, URL, the listed headers and the body. ``operation`` is for a user's tests, who
sends other addresses and parcels: method, host and path.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, TypeAlias
from urllib.parse import parse_qsl, unquote, urlsplit

from retoure.replay.differences import SEALED, Difference, compare_leaves, fits, json_leaves, parse_xml, shown, xml_leaves
from retoure.replay.files import to_json
from retoure.replay.scenario import RecordedRequest, Scenario
from retoure.replay.secrecy import names_a_secret

Match: TypeAlias = Literal["exact", "operation"]

_PORTS = {"https": 443, "http": 80}


class ScenarioMismatch(AssertionError):  # noqa: N818 - what is the case, as an AssertionError says it
    """What was sent is not what the scenario expects; the message says where they differ."""


def bare(url: str) -> str:
    """A URL whose query, which may hold what nobody should read, is left out."""
    base, _, query = url.partition("?")
    return f"{base}?..." if query else base


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that left. ``unsealed``: it was caught below the driver, so that secrets stand in it."""

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    content: bytes = field(repr=False)
    unsealed: bool = False

    @property
    def place(self) -> str:
        """Method and URL, without what the query says."""
        return f"{self.method} {bare(self.url)}"

    @property
    def host(self) -> str:
        """Method and host, where the path may hold a secret."""
        parts = urlsplit(self.url)
        return f"{self.method} {parts.scheme}://{parts.hostname}/..."


@dataclass(frozen=True, slots=True)
class Expected:
    """A request of a scenario, made ready for comparing."""

    method: str
    url: str
    target: tuple[str, ...]
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    kind: Literal["json", "text", "file"] | None
    content: bytes

    @property
    def place(self) -> str:
        """Method and URL, without what the query says."""
        return f"{self.method} {bare(self.url)}"


def prepare(request: RecordedRequest, scenario: Scenario) -> Expected:
    """Make a scenario's request ready for comparing."""
    match request.body_kind:
        case "json":
            content = to_json(request.json_body).encode()
        case "text":
            content = (request.text or "").encode()
        case "file":
            content = scenario.source.sibling(request.file or "")
        case None:
            content = b""
    headers = {name.lower(): value for name, value in request.headers.items()}
    target, query = _parts(request.url)
    return Expected(request.method, request.url, target, query, headers, request.body_kind, content)


def _parts(url: str) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    parts = urlsplit(url)
    port = parts.port or _PORTS.get(parts.scheme)
    # Segments are decoded one by one, so that an encoded slash stays another thing than a slash.
    segments = (unquote(segment) for segment in (parts.path or "/").split("/"))
    target = (parts.scheme, (parts.hostname or "").lower(), str(port), *segments)
    return target, tuple(parse_qsl(parts.query, keep_blank_values=True))


def differences(expected: Expected, sent: Sent, match: Match) -> list[Difference]:
    """Every difference between a scenario's request and the one that was sent; none means that they match."""
    target, query = _parts(sent.url)
    found = []
    if expected.method != sent.method:
        found.append(Difference("method", expected.method, sent.method))
    if len(expected.target) != len(target) or not all(
        fits(want, got, unsealed=sent.unsealed) for want, got in zip(expected.target, target, strict=True)
    ):
        hidden = sent.unsealed and SEALED.search(expected.url.partition("?")[0])
        found.append(Difference("URL", bare(expected.url), "something else" if hidden else bare(sent.url)))
    if match == "operation" or found:
        return found
    return [*_query(expected.query, query, sent), *_headers(expected, sent), *_body(expected, sent)]


def _query(expected: Sequence[tuple[str, str]], sent: Sequence[tuple[str, str]], request: Sent) -> list[Difference]:
    found = []
    for name in dict.fromkeys(name for name, _ in (*expected, *sent)):
        wanted = [value for key, value in expected if key == name]
        got = [value for key, value in sent if key == name]
        for want in list(wanted):
            match = next((value for value in got if not _text(want, value, "", unsealed=request.unsealed)), None)
            if match is not None:
                wanted.remove(want)
                got.remove(match)
        field = f"query {name}"
        for want, value in zip(wanted, got, strict=False):
            found += _text(want, value, field, unsealed=request.unsealed)
        found += [Difference(field, shown(want), "") for want in wanted[len(got) :]]
        hidden = "a value that is not shown"
        found += [Difference(field, "", hidden if request.unsealed else shown(value)) for value in got[len(wanted) :]]
    return found


def _headers(expected: Expected, sent: Sent) -> list[Difference]:
    got = {name.lower(): value for name, value in sent.headers.items()}
    found = []
    for name, want in expected.headers.items():
        value = got.get(name)
        if value is None or not fits(want, value, unsealed=sent.unsealed):
            hidden = names_a_secret(name) or (sent.unsealed and SEALED.search(want))
            what = "" if value is None else "something else" if hidden else shown(value)
            found.append(Difference(f"header {name}", shown(want), what))
    return found


def _body(expected: Expected, sent: Sent) -> list[Difference]:
    if expected.content == sent.content:
        return []
    if not expected.content or not sent.content:
        return [Difference("body", _size(expected.content), _size(sent.content))]
    if expected.kind == "json":
        try:
            got = json.loads(sent.content, parse_float=Decimal)
        except ValueError:
            return [Difference("body", "JSON", f"{_size(sent.content)} that are not JSON")]
        wanted = json.loads(expected.content, parse_float=Decimal)
        return compare_leaves(json_leaves(wanted), json_leaves(got), unsealed=sent.unsealed)
    try:
        want, value = expected.content.decode(), sent.content.decode()
    except UnicodeDecodeError:
        return [Difference("body", _size(expected.content), f"{_size(sent.content)} that differ")]
    return _text(want, value, "body", unsealed=sent.unsealed)


def _size(content: bytes) -> str:
    return f"{len(content)} bytes" if content else ""


def _text(want: str, got: str, field: str, *, unsealed: bool) -> list[Difference]:
    """The differences of two texts; of two XML documents those of their canonical forms."""
    if want == got:
        return []
    wanted_root = parse_xml(want)
    if wanted_root is not None:
        root = parse_xml(got)
        if root is None:
            return [Difference(field, "XML", "something else that is not")]
        return compare_leaves(xml_leaves(wanted_root), xml_leaves(root), prefix=f"{field} ", unsealed=unsealed)
    if fits(want, got, unsealed=unsealed):
        return []
    hidden = unsealed and SEALED.search(want)
    return [Difference(field, shown(want), "something else" if hidden else shown(got))]
