"""How a request proves whose it is. Adapters name a scheme; drivers obtain, keep, apply and renew what it needs.

Grants follow RFC 6749 (sections 4.3 and 4.4), header schemes RFC 7617 and RFC 6750.
"""

import json
from base64 import b64encode, urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, TypeAlias
from urllib.parse import urlencode

from retoure.carrier.credentials import Credential
from retoure.carrier.wire import EMPTY, Effect, HttpRequest, HttpResponse, Judgement
from retoure.errors import AuthenticationFailed

_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
_UNSTATED_LIFETIME_S = 300.0
_LONGEST_LIFETIME_S = 86_400.0


@dataclass(frozen=True, slots=True)
class BasicAuth:
    """User name and password in an ``Authorization: Basic`` header."""

    username: Credential
    password: Credential


@dataclass(frozen=True, slots=True)
class ApiKeyAuth:
    """A key in a header of the carrier's choosing."""

    header: str
    key: Credential


@dataclass(frozen=True, slots=True)
class ClientCredentialsGrant:
    """OAuth 2 client-credentials grant; ``client_auth`` says where client id and secret go."""

    token_url: str
    client_id: Credential
    client_secret: Credential
    client_auth: Literal["basic", "form"] = "basic"


@dataclass(frozen=True, slots=True)
class PasswordGrant:
    """OAuth 2 resource-owner password grant, client id and secret in the form."""

    token_url: str
    client_id: Credential
    client_secret: Credential
    username: Credential
    password: Credential


@dataclass(frozen=True, slots=True)
class HeaderLogin:
    """A login of the carrier's own: an empty POST with credentials in its headers, answered with a token in a header.

    Attributes:
        credentials: Names of headers and what stands in them.
        headers: Further headers, nothing secret in them.
        token_header: The header of the answer that holds the token. Where it is a JWT, its ``exp`` says how long it lives.
    """

    token_url: str
    credentials: tuple[tuple[str, Credential], ...]
    headers: tuple[tuple[str, str], ...]
    token_header: str


Grant: TypeAlias = ClientCredentialsGrant | PasswordGrant | HeaderLogin
HeaderAuth: TypeAlias = BasicAuth | ApiKeyAuth


@dataclass(frozen=True, slots=True)
class CombinedAuth:
    """Several header schemes on one request, as with DHL's key beside Basic."""

    parts: tuple[HeaderAuth, ...]


Auth: TypeAlias = HeaderAuth | CombinedAuth | Grant


@dataclass(frozen=True, slots=True, repr=False)
class Token:
    """A bearer token and how long it lives from the moment it was asked for."""

    value: str
    lifetime_s: float


def _basic(username: str, password: str) -> str:
    return "Basic " + b64encode(f"{username}:{password}".encode()).decode()


def auth_headers(auth: Auth, token: Token | None) -> Mapping[str, str]:
    """The headers that prove whose a request is."""
    match auth:
        case BasicAuth(username, password):
            return {"Authorization": _basic(username.get_secret_value(), password.get_secret_value())}
        case ApiKeyAuth(header, key):
            return {header: key.get_secret_value()}
        case CombinedAuth(parts):
            return {name: value for part in parts for name, value in auth_headers(part, None).items()}
        case _:
            return {"Authorization": f"Bearer {token.value}"} if token else EMPTY


def build_token_request(grant: Grant) -> HttpRequest:
    """Ask for a token. Two tokens are as good as one, so the request may be resent."""
    if isinstance(grant, HeaderLogin):
        secrets = {name: credential.get_secret_value() for name, credential in grant.credentials}
        return _token_request(grant.token_url, {"Accept": "application/json", **dict(grant.headers), **secrets}, b"")
    client = {"client_id": grant.client_id.get_secret_value(), "client_secret": grant.client_secret.get_secret_value()}
    match grant:
        case PasswordGrant():
            form = {
                "grant_type": "password", **client,
                "username": grant.username.get_secret_value(), "password": grant.password.get_secret_value(),
            }  # fmt: skip
            headers = _FORM
        case ClientCredentialsGrant(client_auth="form"):
            form, headers = {"grant_type": "client_credentials", **client}, _FORM
        case ClientCredentialsGrant():
            form = {"grant_type": "client_credentials"}
            headers = {**_FORM, "Authorization": _basic(client["client_id"], client["client_secret"])}
    return _token_request(grant.token_url, headers, urlencode(form).encode())


def _token_request(url: str, headers: Mapping[str, str], content: bytes) -> HttpRequest:
    return HttpRequest(
        method="POST",
        url=url,
        effect=Effect.READ,
        headers=headers,
        content=content,
        judge=judge_token_answer,
        max_bytes=2**20,
    )


def judge_token_answer(response: HttpResponse) -> Judgement:
    """A 401 of a token endpoint is final: there is nothing left to renew."""
    if response.status == 429:
        return Judgement.RETRY
    return Judgement.AMBIGUOUS if response.status >= 500 or response.status == 408 else Judgement.ANSWER


def _refusal(answer: Mapping[str, Any]) -> tuple[str, str]:
    """Code and reason of a refusal, as RFC 6749 has them, as RFC 9457 does, or as UPS and DPD write them."""
    code = answer.get("error") or answer.get("errorCode")
    reason = answer.get("error_description") or answer.get("detail") or answer.get("title") or answer.get("errorMessage")
    match answer:
        case {"response": {"errors": [{"code": str(told), "message": str(text)}, *_]}}:
            code, reason = code or told, reason or text
    return str(code or ""), str(reason or "no reason given")


def parse_token_response(response: HttpResponse, grant: Grant) -> Token:
    """Read a token.

    ``expires_in`` may be a number or its text; a token in a header may be a JWT, which says until when it is good. One whose life
    is not stated is kept for five minutes, none for longer than a day.

    Raises:
        AuthenticationFailed: the endpoint refused, or its answer holds no token.
    """
    try:
        answer = json.loads(response.content)
    except ValueError:
        answer = None
    answer = answer if isinstance(answer, dict) else {}
    if not response.ok:
        code, reason = _refusal(answer)
        raise AuthenticationFailed(
            f"the token endpoint refused the account's credentials (HTTP {response.status}: {reason}); "
            "check user, password, client id and secret",
            carrier_code=code or str(response.status),
        )
    if isinstance(grant, HeaderLogin):
        return _token_in_header(response, grant.token_header)
    token = answer.get("access_token")
    if not isinstance(token, str) or not token:
        raise AuthenticationFailed("the token endpoint answered without an access token")
    return Token(token, _lifetime_s(answer.get("expires_in")))


def _token_in_header(response: HttpResponse, header: str) -> Token:
    token = response.headers.get(header.lower(), "").strip()
    if not token:
        raise AuthenticationFailed(f"the login was answered without a token in the header {header}")
    return Token(token, _jwt_lifetime_s(token, response.requested_at))


def _lifetime_s(stated: object) -> float:
    try:
        lifetime_s = float(str(stated))
    except ValueError:
        return _UNSTATED_LIFETIME_S
    return min(lifetime_s, _LONGEST_LIFETIME_S) if lifetime_s >= 0 else _UNSTATED_LIFETIME_S


def _jwt_lifetime_s(token: str, asked_at: datetime) -> float:
    """How long a JWT lives from the asking (RFC 7519, section 4.1.4); what is no JWT states nothing."""
    payload = token.split(".")[1] if token.count(".") == 2 else ""
    try:
        expires = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["exp"]
    except (ValueError, LookupError, TypeError):
        return _UNSTATED_LIFETIME_S
    stated = isinstance(expires, int | float) and not isinstance(expires, bool)
    return _lifetime_s(expires - asked_at.timestamp()) if stated else _UNSTATED_LIFETIME_S
