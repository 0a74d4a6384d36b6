"""A scenario under a whole client: respx answers what httpx sends, below the drivers, with tokens and secrets in place."""

import json
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from retoure.replay.matching import Match, Sent
from retoure.replay.player import Player
from retoure.replay.scenario import Scenario

if TYPE_CHECKING:
    import httpx
    import respx

TOKEN_VALUE = "constructed-token"  # noqa: S105 - it opens nothing
TOKEN = {"access_token": TOKEN_VALUE, "token_type": "Bearer", "expires_in": 1800}
_PROOFS = frozenset({"authorization", "proxy-authorization", "cookie"})


class Mounted:
    """What a mounted scenario was asked.

    Attributes:
        sent: What was sent, in order, token requests and ``Authorization`` headers left out. Sealed secrets stand in it as they
            went over the wire, so that only the method stands in its repr.
    """

    def __init__(self, scenarios: tuple[Scenario, ...], match: Match) -> None:
        self.sent: list[Sent] = []
        self._player = Player(scenarios, match, in_order=False)
        self._logins = {login.path: login.token_header for scenario in scenarios if (login := scenario.account.login)}

    def verify_used(self) -> None:
        """See that every interaction was played and nothing else was asked for.

        Raises:
            ScenarioMismatch: a request did not match, even if whoever sent it swallowed the error; or an interaction is left.
        """
        self._player.verify_used()

    def transport(self) -> "httpx.MockTransport":
        """A transport that gives the recorded answers, for a client that needs no router of respx."""
        import httpx

        return httpx.MockTransport(self.answer)

    def answer(self, request: "httpx.Request") -> "httpx.Response":
        """The recorded answer to a request, or a constructed token.

        Raises:
            ScenarioMismatch: no such request is expected, or not another one.
        """
        import httpx

        content = request.read()
        if asks_for_a_token(request.method, request.headers.get("content-type", ""), content):
            return httpx.Response(200, headers={"Content-Type": "application/json"}, content=json.dumps(TOKEN))
        for path, token_header in self._logins.items():
            if request.method == "POST" and request.url.path.endswith(path):
                return httpx.Response(200, headers={token_header: TOKEN_VALUE})
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _PROOFS}
        sent = Sent(request.method, str(request.url), headers, content, unsealed=True)
        self.sent.append(sent)
        answer = self._player.answer(sent)
        return httpx.Response(answer.status, headers=dict(answer.headers), content=answer.content)


def asks_for_a_token(method: str, content_type: str, content: bytes) -> bool:
    """Whether a request is a driver's, for a token, and no adapter's."""
    form = content_type.startswith("application/x-www-form-urlencoded")
    return method == "POST" and form and "grant_type" in parse_qs(content.decode("utf-8", "replace"))


def mount(router: "respx.MockRouter", scenario: Scenario, *more: Scenario, match: Match = "operation") -> Mounted:
    """Put scenarios under a whole client.

    Either use the router as a context manager, which patches httpx, or give the client a transport made of it, which patches
    nothing: ``transport=httpx.MockTransport(router.handler)``. A form that asks for a token is answered by itself, and so is the
    login that the carrier's ``account.json`` names.

    Args:
        router: A router of respx; it gets one route that takes every request.
        scenario: What is answered, in any order.
        more: Further scenarios, for a test that does several things.
        match: ``operation`` compares method, host and path, so that a test sends its own addresses; ``exact`` everything.

    Returns:
        What was sent; its ``verify_used()`` fails if an interaction was not used.
    """
    mounted = Mounted((scenario, *more), match)
    router.route().mock(side_effect=mounted.answer)
    return mounted
