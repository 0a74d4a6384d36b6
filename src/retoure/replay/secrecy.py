"""What must never lie in a scenario: a credential, or the address of somebody who exists."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from retoure.replay.differences import SEALED, json_leaves, parse_xml, xml_leaves
from retoure.replay.scenario import Account, RecordedRequest, RecordedResponse, Scenario

_EMAIL = re.compile(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)")
# RFC 2606 and RFC 6761: names that belong to nobody.
_NOBODYS = re.compile(r"(?:.+\.)?(?:example\.(?:com|net|org)|example|test|invalid)", re.IGNORECASE)
_CREDENTIAL = re.compile(
    r"\bBearer\s+[\w.~+/-]{8,}|\bBasic\s+[A-Za-z0-9+/]{8,}=*|\beyJ[\w-]{8,}\.[\w-]+\.|-----BEGIN [A-Z ]*PRIVATE KEY|://[^/\s@]+:[^/\s@]+@"
)
_SECRET_NAME = re.compile(r"(?:passw(?:or)?d|pwd|secret|api[_-]?key|token|authorization|cookie)\W*$", re.IGNORECASE)
_FAKE = re.compile(r"example|fake|dummy|invented|invalid|not[-_ ]?real|test|sandbox|canary|constructed", re.IGNORECASE)


def names_a_secret(name: str) -> bool:
    """Whether a field or a header of this name holds a credential."""
    return _SECRET_NAME.search(name) is not None


def secrecy_faults(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """The places of a scenario, and of the text files beside it, that show what they must not, with the reason."""
    for path, value in json_leaves(scenario.model_dump(mode="json", by_alias=True, exclude_unset=True), ""):
        yield from ((path.removeprefix("."), text) for text in told_by(value))
    for number, interaction in enumerate(scenario.interactions):
        for part, message in (("request", interaction.request), ("response", interaction.response)):
            where = f"interactions.{number}.{part}"
            for path, value in _named_values(message):
                if names_a_secret(path) and isinstance(value, str) and not _harmless(value):
                    yield f"{where} {path}", "looks like a credential: seal it, leave it to the driver, or say that it is fake"
            if message.file:
                text = _text_of(scenario.source.sibling(message.file))
                yield from ((f"{where}.file", fault) for fault in told_by(text))


def account_faults(account: Account, secrets: frozenset[str]) -> Iterator[tuple[str, str]]:
    """The places of an account file that show what they must not; ``secrets`` names the fields that hold credentials."""
    for field, value in account.settings.items():
        if field in secrets and not _harmless(str(value)):
            yield f"settings.{field}", "a credential here says that it is fake: put 'fake' or 'example' into it"
    for path, value in json_leaves(account.model_dump(mode="json"), ""):
        yield from ((path.removeprefix("."), text) for text in told_by(value))


def told_by(value: Any) -> Iterator[str]:  # noqa: ANN401 - a leaf of JSON
    """What a text shows that it must not."""
    if not isinstance(value, str):
        return
    plain = unquote(value)
    for found in _EMAIL.finditer(plain):
        if not _NOBODYS.fullmatch(found[1]):
            yield f"an e-mail address at {found[1]}, which may be somebody's: use example.com"
    if _CREDENTIAL.search(plain):
        yield "holds what looks like a credential"


def _harmless(value: str) -> bool:
    return not value or bool(SEALED.search(value) or _FAKE.search(value))


def _named_values(message: RecordedRequest | RecordedResponse) -> Iterator[tuple[str, Any]]:
    yield from message.headers.items()
    if message.body_kind == "json":
        yield from json_leaves(message.json_body)
    texts: Mapping[str, str] = {"": message.text} if message.text else {}
    if isinstance(message, RecordedRequest):
        texts = {**texts, **dict(parse_qsl(urlsplit(message.url).query))}
    for name, text in texts.items():
        yield name, text
        root = parse_xml(text)
        yield from xml_leaves(root) if root is not None else parse_qsl(text)


def _text_of(content: bytes) -> str:
    try:
        return "" if b"\0" in content else content.decode()
    except UnicodeDecodeError:
        return ""
