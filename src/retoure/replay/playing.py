"""Playing a scenario to an adapter, without any HTTP: the loop and the failure table are those of the live client."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from tenacity import Retrying

from retoure.carrier.wire import Call, HttpRequest, HttpResponse, Judgement
from retoure.client._outgoing import renewable
from retoure.client._retry import Tries, policy
from retoure.client._run import Job, run
from retoure.client.redaction import Redactor
from retoure.errors import RetoureError
from retoure.replay.matching import Match, Sent
from retoure.replay.player import Player
from retoure.replay.scenario import Scenario

T = TypeVar("T")


def no_wait(_seconds: float) -> None:
    """Sleep that does not: in replay no time passes."""


def frozen(scenario: Scenario) -> Callable[[], datetime]:
    """The scenario's clock, which stands still."""
    return lambda: scenario.clock


def play(call: Call[T], scenario: Scenario, *, match: Match = "exact") -> T:
    """Drive an adapter's call with a scenario's answers and return its result.

    Args:
        call: What an adapter's method returned.
        scenario: What is sent and answered, in this order.
        match: ``exact`` compares the whole request; ``operation`` only method, host and path.

    Raises:
        ScenarioMismatch: the adapter asked for something else, for more, or for less; the message says where they differ.
        CarrierError: whatever the call raises, named and redacted as by a client.
    """
    account = scenario.carrier
    job = Job(account=account, carrier=account, operation=scenario.given.operation, call=call, redactor=Redactor())
    player = Player([scenario], match, in_order=True)
    try:
        result = run(job, lambda request: exchange(request, player, scenario))
    except RetoureError:
        player.verify_used()
        raise
    player.verify_used()
    return result


def exchange(request: HttpRequest, player: Player, scenario: Scenario) -> HttpResponse:
    """Answer one request as the live driver does: judged, and asked again where the failure table says so."""
    tries = Tries(request, frozen(scenario))
    sent = Sent(request.method, request.url, request.headers, request.content)

    def attempt() -> HttpResponse:
        response = player.answer(sent)
        judgement = request.judge(response)
        if judgement is Judgement.TOKEN_EXPIRED and not tries.renewed and renewable(request):
            tries.renewed = True
            return attempt()
        if trouble := tries.judged(response, judgement):
            raise trouble
        return response

    answer: HttpResponse = Retrying(**policy(no_wait))(attempt)
    return answer
