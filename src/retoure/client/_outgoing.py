"""A request on its way out: proof and secrets put in, for one attempt only."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import get_args
from urllib.parse import parse_qsl

from retoure._version import __version__
from retoure.carrier.auth import (
    ApiKeyAuth,
    Auth,
    BasicAuth,
    CombinedAuth,
    Grant,
    HeaderLogin,
    Token,
    auth_headers,
    build_token_request,
    parse_token_response,
)
from retoure.carrier.credentials import SecretSource
from retoure.carrier.wire import Call, HttpRequest, sealed
from retoure.client._run import Job
from retoure.client.accounts import Account
from retoure.client.redaction import Redactor
from retoure.errors import InvalidSettings

GRANTS = get_args(Grant)
_USER_AGENT = f"retoure/{__version__}"


@dataclass(slots=True)
class Prepared:
    """A request with its secrets in: it lives for one attempt and has no repr."""

    method: str
    url: str
    headers: Mapping[str, str]
    content: bytes
    redactor: Redactor

    def __repr__(self) -> str:
        return "Prepared()"


def prepare(request: HttpRequest, token: Token | None, redactor: Redactor) -> Prepared:
    """Fill in proof and sealed secrets; whatever is filled in, the redactor masks from now on.

    Raises:
        InvalidSettings: a key or token that no header can carry, like one with a line break at its end.
    """
    proof = auth_headers(request.auth, token) if request.auth else {}
    for name, value in proof.items():
        if not (value.isascii() and value.isprintable()):
            raise InvalidSettings(
                f"a credential cannot stand in the HTTP header {name}: it has a line break or a character beyond ASCII"
            )
    url, content, filled = request.url, request.content, []
    for name, seal in request.seals.items():
        plain = seal.credential.get_secret_value()
        secret = seal.encode(plain)
        filled += [plain, secret]
        url = url.replace(sealed(name), secret)
        content = content.replace(sealed(name).encode(), secret.encode())
    shown = [part for value in proof.values() for part in (value, value.rpartition(" ")[2])]
    headers = {"User-Agent": _USER_AGENT, "Accept-Encoding": "gzip", **request.headers, **proof}
    redactor.learn([*filled, *shown])
    redactor.learn_of(request.personal)
    return Prepared(request.method, url, headers, content, redactor)


def renewable(request: HttpRequest) -> bool:
    """Whether asking again can differ: a token, or a credential that is read from a callable."""
    credentials = [seal.credential for seal in request.seals.values()]
    match request.auth:
        case BasicAuth(username, password):
            credentials += [username, password]
        case ApiKeyAuth(_, key):
            credentials.append(key)
        case CombinedAuth(parts):
            for part in parts:
                credentials += [part.key] if isinstance(part, ApiKeyAuth) else [part.username, part.password]
        case None:
            pass
        case _:
            return True
    return any(isinstance(credential, SecretSource) for credential in credentials)


def login_id(request: HttpRequest, account: str) -> str:
    """A name for what a request logs in with, sealed secrets included: what a carrier that counts failed logins locks out."""
    sealed_values = [seal.credential.get_secret_value() for seal in request.seals.values()]
    return sha256("\0".join([credential_id(request.auth, account), *sealed_values]).encode()).hexdigest()


def credential_id(auth: Auth | None, account: str) -> str:
    """A name for what a quota is counted against: equal credentials of two accounts share it."""
    if auth is None:
        return account
    if isinstance(auth, HeaderLogin):
        values = [auth.token_url, *(credential.get_secret_value() for _, credential in auth.credentials)]
    elif isinstance(auth, GRANTS):
        values = [auth.token_url, auth.client_id.get_secret_value()]
    else:
        values = list(auth_headers(auth, None).values())
    return sha256("\0".join(values).encode()).hexdigest()


def token_job(grant: Grant, account: Account) -> Job[Token]:
    """Asking for a token, as a job of its own: nobody observes it, and its errors are redacted before anyone shares them.

    It is urgent, since whoever waits for it may be.
    """
    redactor = account.redactor.also(())
    return Job(
        account=account.name,
        carrier=account.plugin.code,
        operation="auth.token",
        call=_token_call(grant, account, redactor),
        redactor=redactor,
        urgent=True,
    )


def _token_call(grant: Grant, account: Account, redactor: Redactor) -> Call[Token]:
    request = build_token_request(grant)
    account.permit(request.url)
    redactor.learn(value for name, value in parse_qsl(request.content.decode()) if name != "grant_type")
    redactor.learn(value.rpartition(" ")[2] for name, value in request.headers.items() if name == "Authorization")
    if isinstance(grant, HeaderLogin):
        redactor.learn(credential.get_secret_value() for _, credential in grant.credentials)
        redactor.withhold(grant.token_header)
    response = yield request
    return parse_token_response(response, grant)
