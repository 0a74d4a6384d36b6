"""The player: hands out the answers of scenarios, one for each request that matches, and says what did not fit."""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from retoure.carrier.wire import HttpResponse
from retoure.replay.differences import SEALED, Difference
from retoure.replay.matching import Expected, Match, ScenarioMismatch, Sent, differences, prepare
from retoure.replay.scenario import Scenario


@dataclass(frozen=True, slots=True)
class _Exchange:
    name: str
    expected: Expected
    answer: HttpResponse


def _exchanges(scenario: Scenario) -> list[_Exchange]:
    total = len(scenario.interactions)
    return [
        _Exchange(
            f"{scenario.name}, interaction {number} of {total}",
            prepare(interaction.request, scenario),
            HttpResponse(*answer, requested_at=scenario.clock),
        )
        for number, (interaction, answer) in enumerate(zip(scenario.interactions, scenario.answers, strict=True), start=1)
    ]


class Player:
    """Plays scenarios once. Safe for threads.

    Args:
        scenarios: What may be asked for.
        match: How closely a request is compared.
        in_order: Whether the next request must be the next of the scenario; else any that is left and matches will do.
    """

    def __init__(self, scenarios: Sequence[Scenario], match: Match, *, in_order: bool) -> None:
        self._names = ", ".join(scenario.name for scenario in scenarios)
        self._match: Match = match
        self._in_order = in_order
        self._lock = Lock()
        self._left = [exchange for scenario in scenarios for exchange in _exchanges(scenario)]
        self._total = len(self._left)
        self._secret_paths = any(SEALED.search(exchange.expected.place) for exchange in self._left)
        self._refusals: list[str] = []

    def answer(self, sent: Sent) -> HttpResponse:
        """The recorded answer to a request.

        Raises:
            ScenarioMismatch: no such request is expected, or not another one.
        """
        with self._lock:
            refused: list[tuple[_Exchange, list[Difference]]] = []
            for exchange in self._left[:1] if self._in_order else self._left:
                found = differences(exchange.expected, sent, self._match)
                if not found:
                    self._left.remove(exchange)
                    return exchange.answer
                refused.append((exchange, found))
            refusal = self._refusal(sent, refused)
            self._refusals.append(refusal)
        raise ScenarioMismatch(refusal)

    def _refusal(self, sent: Sent, refused: Sequence[tuple[_Exchange, list[Difference]]]) -> str:
        where = sent.host if sent.unsealed and self._secret_paths else sent.place
        if not refused:
            played = "it has no interaction" if not self._total else f"all {self._total} of its interactions were played"
            return f"{self._names}: nothing more is expected ({played}), but this was sent\n  {where}"
        # One that differs in its content only is nearer than one that goes elsewhere.
        nearest, found = min(refused, key=lambda pair: any(difference.field in ("method", "URL") for difference in pair[1]))
        lines = [
            f"{nearest.name}: what was sent does not match ({self._match})",
            f"  expected  {nearest.expected.place}",
            f"  sent      {where}",
            *(f"  {difference}" for difference in found),
        ]
        return "\n".join(lines)

    def verify_used(self) -> None:
        """See that every interaction was played and nothing else was asked for.

        Raises:
            ScenarioMismatch: a request did not match, even if whoever sent it swallowed the error; or an interaction is left.
        """
        if self._refusals:
            raise ScenarioMismatch("\n".join(self._refusals))
        if self._left:
            lines = [f"  {exchange.name}: {exchange.expected.place}" for exchange in self._left]
            raise ScenarioMismatch("\n".join((f"expected, but never sent ({len(self._left)} of {self._total}):", *lines)))
