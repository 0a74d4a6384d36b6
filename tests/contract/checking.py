"""Checks HTTP messages against a description with openapi-core, and says in one form what it found.

openapi-core is taken as it is, because it checks what a bare JSON Schema validator would leave to us: servers and path
templates, parameters with their styles, required headers and credentials, media types and statuses. Eight things are set
around it, each for a reason:

* Numbers are decimals on both sides, in the message and in the description; through binary floats 0.7 is no multiple of 0.001.
* A member that the description does not know is a finding: the carrier would ignore a misspelt optional field without a word.
* So are a query parameter that the operation does not know, and a body where it describes none; openapi-core lets both pass.
* An OAuth 2 scheme is read as a bearer header, which is all that a request shows of it (RFC 6750, section 2.1).
* A charset is no part of a JSON media type: it has no meaning there (RFC 8259, section 11), and carriers write it or not.
* An e-mail address has something on both sides of its @, and a decimal is a double or a float.
* Where a body fits none of several shapes, the findings are those of the one shape whose own members it has.
* A description's own correctness is not checked: several official ones fail their meta-schema in places no message touches.

A discriminator decides between alternatives, so that DHL's dated pickup is not ambiguous here as it is to other checkers.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, NoReturn
from urllib.parse import parse_qsl, urlsplit

from jsonschema.exceptions import ValidationError
from openapi_core import Config, OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.templating.media_types.exceptions import MediaTypeNotFound
from openapi_core.templating.paths.exceptions import PathError
from openapi_core.templating.paths.finders import APICallPathFinder
from openapi_core.templating.responses.exceptions import ResponseNotFound
from openapi_core.validation.request.exceptions import ParameterValidationError, SecurityValidationError
from openapi_core.validation.response.exceptions import HeaderValidationError
from openapi_core.validation.schemas.exceptions import InvalidSchemaValue
from werkzeug.datastructures import Headers, ImmutableMultiDict

LONGEST_MESSAGE = 300
Side = Literal["request", "response"]


@dataclass(frozen=True, slots=True)
class Violation:
    """One departure from a description: ``pointer`` is where (``body/shipper/city``), ``keyword`` what it is about."""

    side: Side
    pointer: str
    keyword: str
    message: str

    def __str__(self) -> str:
        return f"{self.side} {self.pointer or '-'} [{self.keyword}] {self.message}"


@dataclass(frozen=True, slots=True)
class Message:
    """One HTTP request and, where there is one, its answer, as bytes."""

    method: str
    url: str
    headers: Mapping[str, str]
    content: bytes = b""
    status: int = 0
    answer_headers: Mapping[str, str] | None = None
    answer: bytes = b""


def _without_charset(media_type: str) -> str:
    kind, _, parameters = media_type.partition(";")
    means_nothing = kind.strip().lower().endswith("json") and parameters.strip().lower().startswith("charset=")
    return kind.strip() if means_nothing else media_type


def _plain_media_types(description: Any) -> Any:
    """The description with its JSON media types without charset."""
    match description:
        case dict():
            return {
                _without_charset(name) if isinstance(name, str) else name: _plain_media_types(value)
                for name, value in description.items()
            }
        case list():
            return [_plain_media_types(value) for value in description]
        case _:
            return description


class _Request:
    """A message's request in the shape openapi-core asks for."""

    def __init__(self, message: Message) -> None:
        parts = urlsplit(message.url)
        headers = Headers(list(message.headers.items()))
        self.host_url = f"{parts.scheme}://{parts.netloc}"
        self.path = parts.path
        self.method = message.method.lower()
        self.content_type = _without_charset(headers.get("Content-Type", ""))
        self.body = message.content or None
        query = ImmutableMultiDict(parse_qsl(parts.query, keep_blank_values=True))
        self.parameters = RequestParameters(query=query, header=headers)


class _Response:
    """A message's answer in the shape openapi-core asks for."""

    def __init__(self, message: Message) -> None:
        self.headers = Headers(list((message.answer_headers or {}).items()))
        self.status_code = message.status
        self.content_type = _without_charset(self.headers.get("Content-Type", ""))
        self.data = message.answer


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def read_exact_json(content: bytes) -> Any:
    """JSON with its numbers as they are written."""
    return json.loads(content, parse_float=Decimal, parse_constant=_no_constant)


def _bearer_for_oauth(description: Mapping[str, Any]) -> dict[str, Any]:
    components = dict(description.get("components") or {})
    schemes = components.get("securitySchemes") or {}
    components["securitySchemes"] = {
        name: {"type": "http", "scheme": "bearer"} if scheme.get("type") == "oauth2" else scheme
        for name, scheme in schemes.items()
    }
    return {**description, "components": components}


def _cause(error: Exception) -> Exception:
    return error.__cause__ if isinstance(error.__cause__, Exception) else error


def _meant(finding: ValidationError) -> Iterator[ValidationError]:
    """The findings of the one alternative that a value was meant for, or the finding itself where that is not clear."""
    if finding.validator != "oneOf" or not finding.context:
        yield finding
        return
    branches: dict[object, list[ValidationError]] = {}
    for inner in finding.context:
        branches.setdefault(inner.schema_path[0], []).append(inner)
    likely = [inner for inner in branches.values() if all(one.relative_path for one in inner)]
    if len(likely) == 1:
        for inner in likely[0]:
            yield from _meant(inner)
    else:
        yield finding


def _found(side: Side, error: Exception) -> Iterator[Violation]:
    """What one error of openapi-core means; a schema error is taken apart into its single findings."""
    cause = _cause(error)
    match error:
        case PathError():
            yield Violation(side, "url", "path", str(error))
            return
        case SecurityValidationError():
            yield Violation(side, "headers", "security", str(cause))
            return
        case ResponseNotFound():
            yield Violation(side, "status", "status", str(error))
            return
        case ParameterValidationError():
            base = f"{error.location}/{error.name}"
        case HeaderValidationError():
            base = f"header/{error.name}"
        case _:
            base = "body"
    match cause:
        case InvalidSchemaValue():
            for finding in (meant for error in cause.schema_errors for meant in _meant(error)):
                # openapi-core reports an unknown member without a keyword of its own.
                keyword = "unknown" if "Additional properties" in finding.message else finding.validator
                yield Violation(
                    side, "/".join([base, *map(str, finding.absolute_path)]), str(keyword), finding.message[:LONGEST_MESSAGE]
                )
        case MediaTypeNotFound():
            yield Violation(side, base, "media type", str(cause))
        case _:
            yield Violation(side, base, type(cause).__name__, str(cause))


def _is_email(value: Any) -> bool:
    # Something on both sides of one @; jsonschema alone is content with the sign.
    return not isinstance(value, str) or re.fullmatch(r"[^@\s]+@[^@\s]+", value) is not None


def _is_number(value: Any) -> bool:
    # A number here is a decimal, which openapi-core takes for neither double nor float.
    return not isinstance(value, str | bool | list | dict)


class Description:
    """One official description, ready to check messages against."""

    def __init__(self, name: str, data: Mapping[str, Any]) -> None:
        self.name = name
        config = Config(
            spec_validator_cls=None,
            additional_properties_default_policy="forbid",
            extra_format_validators={"email": _is_email, "double": _is_number, "float": _is_number},
            extra_media_type_deserializers=dict.fromkeys(("application/json", "application/problem+json"), read_exact_json),
        )  # fmt: skip
        self._api = OpenAPI.from_dict(_plain_media_types(_bearer_for_oauth(data)), config=config)
        self._paths = APICallPathFinder(self._api.spec)
        self.servers = tuple(server["url"] for server in data.get("servers", ()))
        schemes = (data.get("components") or {}).get("securitySchemes") or {}
        kinds = {(s.get("type"), str(s.get("scheme", "")).lower()) for s in schemes.values()}
        self._basic_only = ("http", "basic") in kinds and not kinds & {("oauth2", ""), ("http", "bearer")}
        self._key_headers = tuple(s["name"] for s in schemes.values() if s.get("type") == "apiKey" and s.get("in") == "header")

    def serves(self, url: str) -> bool:
        """Whether the URL lies below one of the description's servers."""
        return any(url == server or url.startswith((f"{server.rstrip('/')}/", f"{server}?")) for server in self.servers)

    def operation(self, message: Message) -> str:
        """Method and path template of the message, or nothing where the description has no such operation."""
        request = _Request(message)
        try:
            found = self._paths.find(request.method, request.host_url + request.path)
        except PathError:
            return ""
        return f"{message.method} {found.path_result.pattern}"

    def any_credentials(self) -> dict[str, str]:
        """Headers that satisfy every scheme of the description, for messages whose credentials the driver adds."""
        authorization = "Basic bm9uZTpub25l" if self._basic_only else "Bearer none"
        return {"Authorization": authorization, **dict.fromkeys(self._key_headers, "none")}

    def request_violations(self, message: Message) -> tuple[Violation, ...]:
        """Everything in the request that the description does not allow."""
        request = _Request(message)
        found = [v for error in self._api.iter_request_errors(request) for v in _found("request", error)]
        return (*found, *self._unknown_to_the_operation(request))

    def response_violations(self, message: Message) -> tuple[Violation, ...]:
        """Everything in the answer that the description does not allow."""
        errors = self._api.iter_response_errors(_Request(message), _Response(message))
        return tuple(v for error in errors for v in _found("response", error))

    def _unknown_to_the_operation(self, request: _Request) -> Iterator[Violation]:
        try:
            path, operation, *_ = self._paths.find(request.method, request.host_url + request.path)
        except PathError:
            return
        described = [p for holder in (path, operation) if "parameters" in holder for p in holder / "parameters"]
        known = {(parameter / "name").read_str() for parameter in described if (parameter / "in").read_str() == "query"}
        for name in request.parameters.query:
            if name not in known:
                yield Violation("request", f"query/{name}", "unknown", f"the operation has no query parameter {name!r}")
        if request.body is not None and "requestBody" not in operation:
            yield Violation("request", "body", "unknown", "the operation has no body")
